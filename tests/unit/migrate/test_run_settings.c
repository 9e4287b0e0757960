/* test_run_settings.c — migrate/run_settings.c. */
#include "migrate/run_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct settings plain = {.schema = "public"};

static void
assert_differences(const struct settings *then, const struct settings *now, bool with_replace,
                   const char *expected)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT differences = {0};
    run_settings_compare(&differences, run_settings_json(&arena, then),
                         run_settings_json(&arena, now), with_replace);
    assert_string_equal(text_string(&differences), expected);
}

static void
only_what_decides_the_result_is_compared(void **state)
{
    (void)state;
    struct settings other = plain;
    other.jobs = 3;
    other.quiet = true;
    other.json = true;
    other.full_check = true;
    assert_differences(&plain, &other, true, "");
}

static void
every_difference_is_named_with_both_values(void **state)
{
    (void)state;
    struct settings other = plain;
    other.types = TYPES_EVOLVE;
    other.schema = "app";
    other.replace = true;
    assert_differences(&plain, &other, true,
                       "replace: no then, yes now; schema: public then, app now; "
                       "types: faithful then, evolve now");
    assert_differences(&plain, &other, false,
                       "schema: public then, app now; types: faithful then, evolve now");
}

static void
settings_come_back_from_the_journal_as_they_were(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    const struct settings then = {.types = TYPES_EVOLVE,
                                  .names = NAMES_KEEP,
                                  .bad_text = BAD_TEXT_STRIP,
                                  .schema = "größe \"x\"",
                                  .damaged_ok = true};
    struct settings now = plain;
    now.jobs = 5;
    assert_true(run_settings_apply(&arena, run_settings_json(&arena, &then), &now, &err));
    assert_int_equal(now.types, TYPES_EVOLVE);
    assert_int_equal(now.names, NAMES_KEEP);
    assert_int_equal(now.bad_text, BAD_TEXT_STRIP);
    assert_string_equal(now.schema, then.schema);
    assert_true(now.damaged_ok);
    assert_int_equal(now.jobs, 5);
    assert_false(run_settings_apply(&arena, "{\"types\": \"lax\"}", &now, &err));
    assert_false(run_settings_apply(&arena, "not json", &now, &err));
}

static void
a_source_state_survives_the_journal_to_the_nanosecond(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct source_state source = {.size_bytes = 1LL << 40,
                                  .modified_ns = 1764096000123456789,
                                  .wal_size_bytes = 32,
                                  .wal_modified_ns = 1764096000987654321,
                                  .change_counter = 4000000000};
    const char *json = run_state_json(&arena, &source);
    assert_true(run_state_is(json, &source));
    source.modified_ns++;
    assert_false(run_state_is(json, &source));
    assert_false(run_state_is("nonsense", &source));
    assert_false(run_state_is(NULL, &source));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_decides_the_result_is_compared),
        cmocka_unit_test(every_difference_is_named_with_both_values),
        cmocka_unit_test(settings_come_back_from_the_journal_as_they_were),
        cmocka_unit_test(a_source_state_survives_the_journal_to_the_nanosecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
