/* test_plan_yaml.c — planner/plan_yaml.c and planfile/yaml_text.c, read back by libyaml. */
#include "planfile/yaml_text.h"
#include "planned.h"
#include "planner/plan_yaml.h"

#include <yaml.h>

/* Parses all of it; scalars go to `scalars` one a line. Fails the test on bad YAML. */
static void
parse(const struct text *yaml, struct text *scalars)
{
    yaml_parser_t parser;
    assert_int_equal(yaml_parser_initialize(&parser), 1);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text_string(yaml),
                                 yaml->length);
    bool end = false;
    while (!end) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) != 1) {
            fail_msg("line %zu: %s\n%s", parser.problem_mark.line + 1, parser.problem,
                     text_string(yaml));
        }
        if (event.type == YAML_SCALAR_EVENT) {
            text_add_bytes(scalars, event.data.scalar.value, event.data.scalar.length);
            text_add_char(scalars, '\n');
        }
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static void
every_string_reads_back_as_itself(void **state)
{
    (void)state;
    static const char *const strings[] = {
        "plain",
        "",
        "yes",
        "No",
        "null",
        "~",
        "12",
        "1.5",
        "a: b",
        "a #b",
        "- a",
        "{a}",
        "[a]",
        "a, b",
        "it's",
        "say \"hi\"",
        "back\\slash",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        " a ",
        "\xc3\xa4",
        "\xf0\x9f\x98\x80",
        "tab\there",
        "two\nlines",
        "\x01\x1f\x7f",
        "\xc2\x85",
        "\xef\xbb\xbf",
        "\xe2\x80\xa8",
        "numeric(10,2)",
        "/a/b.db",
        "?",
        "-",
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        AUTO_TEXT yaml = {0};
        AUTO_TEXT scalars = {0};
        text_add(&yaml, "{");
        yaml_add_scalar(&yaml, strings[i]);
        text_add(&yaml, ": ");
        yaml_add_scalar(&yaml, strings[i]);
        text_add(&yaml, "}\n");
        parse(&yaml, &scalars);
        AUTO_TEXT wanted = {0};
        text_printf(&wanted, "%s\n%s\n", strings[i], strings[i]);
        assert_string_equal(text_string(&scalars), text_string(&wanted));
    }
}

static void
comments_stay_on_one_line_whatever_is_in_them(void **state)
{
    (void)state;
    AUTO_TEXT yaml = {0};
    AUTO_TEXT scalars = {0};
    text_add(&yaml, "a: b # ");
    yaml_add_comment(&yaml, "x\ny: z\r\n\x01\xff\xc2\x85\xe2\x80\xa8\xef\xbb\xbf end \xc3\xa4");
    text_add_char(&yaml, '\n');
    assert_string_equal(text_string(&yaml), "a: b # x y: z ????? end \xc3\xa4\n");
    parse(&yaml, &scalars);
    assert_string_equal(text_string(&scalars), "a\nb\n");
}

static void
write_yaml(struct text *yaml, const struct planned *planned, const char *name, const char *path)
{
    const struct plan_yaml_source source = {&planned->plan, &planned->inspection, name, path};
    plan_write_yaml(yaml, &source, 1, &planned->options, planned->plan.schema);
}

static void
a_plan_is_well_formed_and_says_why(void **state)
{
    struct planned *planned = *state;
    planned_make(
        planned,
        "CREATE TABLE \"odd: {name}\"(\"a#b\" INTEGER, \"\" TEXT, \"yes\" TEXT DEFAULT 'it''s',"
        " d DECIMAL(10,2), \"new\nline\" TEXT);"
        "INSERT INTO \"odd: {name}\" VALUES ('text', '', '', 1.5, ''), (2, '', '', 2, '');"
        "CREATE TABLE Users(Id INTEGER PRIMARY KEY);"
        "CREATE VIEW v AS SELECT 1\n AS two_lines;");
    AUTO_TEXT yaml = {0};
    AUTO_TEXT scalars = {0};
    write_yaml(&yaml, planned, "app", "/data/my app.db");
    parse(&yaml, &scalars);
    assert_contains(text_string(&scalars), "version\n1\nname\napp\nnamespace\n");
    assert_contains(text_string(&scalars),
                    "sources\napp\n/data/my app.db\ntarget\n${DATABASE_URL}\n");
    assert_contains(text_string(&scalars), "a#b\ntype\ntext\n");
    assert_contains(text_string(&scalars), "type\nnumeric(10,2)\n");
    assert_contains(text_string(&scalars), "default\nit's\n");
    assert_contains(text_string(&scalars), "from\napp.Users\nto\napp.users\n");
    assert_contains(text_string(&yaml), "; row 2: 2\n");
    assert_contains(text_string(&yaml), "#   view v: ");
    assert_contains(text_string(&yaml), "SELECT 1 AS two_lines\n");
}

static void
a_plan_without_tables_is_well_formed(void **state)
{
    struct planned *planned = *state;
    planned_make(planned, "PRAGMA user_version = 1;");
    AUTO_TEXT yaml = {0};
    AUTO_TEXT scalars = {0};
    write_yaml(&yaml, planned, "null", "a.db");
    parse(&yaml, &scalars);
    assert_contains(text_string(&yaml), "tables: []\n");
    assert_contains(text_string(&yaml), "  \"null\": a.db\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_string_reads_back_as_itself),
        cmocka_unit_test(comments_stay_on_one_line_whatever_is_in_them),
        PLANNED_TEST(a_plan_is_well_formed_and_says_why),
        PLANNED_TEST(a_plan_without_tables_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
