/* test_report.c — page/report_text.c: a fixed report as text. */
#include "base/text.h"
#include "page/report.h"
#include "page/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char base_report[] =
    "{'run': 1, 'source': {'path': '/d/app.db', 'size': 13200000, 'tables': 2, 'rows': 12,"
    "  'snapshot': '/b/app-1.db'},"
    " 'target': {'description': '/s/outgrow', 'schema': 'public', 'psql': 'outgrow pg psql'},"
    " 'phases': [{'name': 'backup', 'seconds': 0.1}, {'name': 'copy', 'seconds': 1.25}],"
    " 'tables': ["
    "  {'source': 'small', 'target': 'public.small', 'problem': null, 'rows_source': 2,"
    "   'rows_copied': 2, 'rows_set_aside': 0, 'rows_target': 2, 'different': 0, 'missing': 0,"
    "   'extra': 0, 'columns': [{'source': 'v', 'name': 'v', 'type': 'text',"
    "   'reason': 'several kinds', 'sample': '3', 'position': 2}]},"
    "  {'source': 'Big', 'target': 'public.big', 'problem': null, 'rows_source': 1000,"
    "   'rows_copied': 1000, 'rows_set_aside': 0, 'rows_target': 1000, 'different': 0,"
    "   'missing': 0, 'extra': 0, 'columns': []}],"
    " 'totals': {'tables': 2, 'tables_failed': 0, 'rows_copied': 1002, 'rows_set_aside': 0,"
    "  'values_altered': 0},"
    " 'not_carried': [{'kind': 'view', 'name': 'v', 'reason': 'views are not translated'}],"
    " 'changed': [], 'renamed': [], 'failed_steps': [], 'not_valid': [], 'set_aside_sample': "
    "[],"
    " 'differences': [], 'warnings': [], 'outcome': 'proven', 'exit_code': 0}";

/* JSON with single quotes, so that it can be read here. */
static json_t *
load(const char *quoted)
{
    AUTO_TEXT text = {0};
    for (const char *c = quoted; *c != '\0'; c++) {
        text_add_char(&text, *c == '\'' ? '"' : *c);
    }
    json_t *json = json_loads(text_string(&text), 0, NULL);
    assert_non_null(json);
    return json;
}

static char *
render(const json_t *report, void (*print)(const json_t *, const struct output *))
{
    char *shown = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&shown, &size);
    const struct output output = {.out = out, .err_out = stderr, .columns = 80};
    print(report, &output);
    fclose(out);
    return shown;
}

static void
a_clean_report_fits_one_screen(void **state)
{
    (void)state;
    AUTO_JSON *report = load(base_report);
    char *shown = render(report, report_print);
    assert_string_equal(shown, "/d/app.db (13.2 MB) -> /s/outgrow, schema public\n"
                               "\n"
                               "  table         in source  in target  set aside  compared\n"
                               "  public.big        1,000      1,000          0  same\n"
                               "  public.small          2          2          0  same\n"
                               "\n"
                               "types that a value decided\n"
                               "  small.v text: several kinds (row 2: 3)\n"
                               "\n"
                               "does not come over (1)\n"
                               "  view v: views are not translated\n"
                               "\n"
                               "proven: 1,002 rows in 2 tables, every cell the same\n"
                               "  time      1.4 s (backup 0.1 s, copy 1.2 s)\n"
                               "  backup    /b/app-1.db\n"
                               "  look      outgrow pg psql\n");
    free(shown);
}

static void
what_went_wrong_comes_first_and_is_named(void **state)
{
    (void)state;
    AUTO_JSON *report = load(base_report);
    AUTO_JSON *bad = load("{'source': 'bad', 'target': 'public.bad', 'problem': 'page 7 is "
                          "corrupt', 'rows_source': 0, 'rows_set_aside': 0, 'columns': []}");
    AUTO_JSON *difference = load(
        "{'table': 'public.small', 'kind': 'value', 'key': 'id=1', 'column': 'v',"
        " 'source': 'a', 'target': null}");
    json_array_append(json_object_get(report, "tables"), bad);
    json_array_append(json_object_get(report, "differences"), difference);
    json_object_set_new(json_array_get(json_object_get(report, "tables"), 0), "different",
                        json_integer(1));
    json_object_set_new(report, "exit_code", json_integer(EXIT_DIFFERS));
    char *shown = render(report, report_print_comparison);
    const char *first = strstr(shown, "public.small");
    assert_non_null(strstr(shown, "1 differ"));
    assert_non_null(strstr(shown, "did not come over"));
    assert_true(first < strstr(shown, "public.big"));
    assert_non_null(strstr(shown, "  bad: page 7 is corrupt\n"));
    assert_non_null(
        strstr(shown, "differences (1)\n  public.small id=1 v: value: source a, target -\n"));
    assert_non_null(strstr(shown, "\nNOT THE SAME: "));
    free(shown);
}

static void
long_lists_are_cut_and_say_so(void **state)
{
    (void)state;
    AUTO_JSON *report = load(base_report);
    json_t *warnings = json_object_get(report, "warnings");
    for (int i = 0; i < 20; i++) {
        json_array_append_new(warnings, json_string("something is odd"));
    }
    char *shown = render(report, report_print);
    assert_non_null(strstr(shown, "warnings (20)\n"));
    assert_non_null(strstr(shown, "  ... and 8 more (--json lists all)\n"));
    free(shown);
}

static void
the_exit_code_is_read_from_the_report(void **state)
{
    (void)state;
    AUTO_JSON *report = load("{'exit_code': 7}");
    AUTO_JSON *broken = load("{}");
    assert_int_equal(report_exit_code(report), EXIT_SET_ASIDE);
    assert_int_equal(report_exit_code(broken), EXIT_INTERNAL);
}

static void
a_phase_beside_another_is_named_and_not_added(void **state)
{
    (void)state;
    AUTO_JSON *report = load(base_report);
    json_array_insert_new(json_object_get(report, "phases"), 0,
                          load("{'name': 'check', 'seconds': 1.5, 'beside': 'backup'}"));
    char *shown = render(report, report_print);
    assert_non_null(
        strstr(shown, "1.4 s (check 1.5 s beside backup, backup 0.1 s, copy 1.2 s)\n"));
    free(shown);
    shown = render(report, report_print_profile);
    assert_non_null(strstr(shown, "  check     1.500  beside backup\n"));
    assert_non_null(strstr(shown, "  copy      1.250            93%\n"));
    free(shown);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_report_fits_one_screen),
        cmocka_unit_test(what_went_wrong_comes_first_and_is_named),
        cmocka_unit_test(long_lists_are_cut_and_say_so),
        cmocka_unit_test(a_phase_beside_another_is_named_and_not_added),
        cmocka_unit_test(the_exit_code_is_read_from_the_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
