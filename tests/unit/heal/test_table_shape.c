/* test_table_shape.c — the way back in heal/table_facts.h. */
#include "heal/table_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static json_t *
column(const char *type, int not_null, const char *value)
{
    return json_pack("{s:s, s:b, s:s?, s:i}", "type", type, "not_null", not_null, "default",
                     value, "statistics", -1);
}

/* Takes over both. */
static void
check(json_t *before, json_t *after, const char *expected)
{
    const struct table_name table = {.schema = "public", .table = "T"};
    json_t *differences = table_shape_difference(before, after);
    json_t *undo = table_shape_undo(&table, differences);
    char *dumped = json_dumps(undo, JSON_COMPACT);
    assert_string_equal(dumped, expected);
    free(dumped);
    json_decref(undo);
    json_decref(differences);
    json_decref(before);
    json_decref(after);
}

static json_t *
shape(const char *kind, const char *name, json_t *value)
{
    return value == NULL ? json_pack("{s:{}}", kind)
                         : json_pack("{s:{s:o}}", kind, name, value);
}

static void
a_column_that_was_added_goes_again(void **state)
{
    (void)state;
    check(shape("columns", "a b", NULL), shape("columns", "a b", column("integer", 0, NULL)),
          "[\"ALTER TABLE public.\\\"T\\\" DROP COLUMN \\\"a b\\\"\"]");
}

static void
a_column_that_was_dropped_does_not_come_back(void **state)
{
    (void)state;
    check(shape("columns", "a", column("integer", 0, NULL)), shape("columns", "a", NULL), "[]");
}

static void
what_fell_with_a_dropped_column_does_not_come_back_either_and_is_told(void **state)
{
    (void)state;
    const char *before =
        "{\"columns\":{\"a\":{},\"b\":{}},"
        "\"constraints\":{\"c\":{\"definition\":\"CHECK (a > b)\","
        "\"columns\":[\"a\",\"b\"]}},"
        "\"indexes\":{\"i\":{\"definition\":\"CREATE INDEX i ON t (b, a)\","
        "\"columns\":[\"a\",\"b\"]},"
        "\"j\":{\"definition\":\"CREATE INDEX j ON t (b)\",\"columns\":[\"b\"]}}}";
    const char *after = "{\"columns\":{\"b\":{}},\"constraints\":{},\"indexes\":{}}";
    json_t *shapes[] = {json_loads(before, 0, NULL), json_loads(after, 0, NULL)};
    json_t *differences = table_shape_difference(shapes[0], shapes[1]);
    json_t *lost = table_shape_lost(differences);
    char *dumped = json_dumps(lost, JSON_COMPACT);
    assert_string_equal(dumped, "[\"column a\",\"constraint c\",\"index i\"]");
    free(dumped);
    json_decref(lost);
    json_decref(differences);
    check(shapes[0], shapes[1], "[\"CREATE INDEX j ON t (b)\"]");
}

static void
what_changed_of_a_column_changes_back_in_one_statement(void **state)
{
    (void)state;
    check(shape("columns", "a", column("integer", 1, "5")),
          shape("columns", "a", column("text", 0, NULL)),
          "[\"ALTER TABLE public.\\\"T\\\" ALTER COLUMN a TYPE integer USING a::integer, ALTER "
          "COLUMN"
          " a SET DEFAULT 5, ALTER COLUMN a SET NOT NULL\"]");
    check(shape("columns", "a", column("text", 0, NULL)),
          shape("columns", "a", column("text", 0, "'x'::text")),
          "[\"ALTER TABLE public.\\\"T\\\" ALTER COLUMN a DROP DEFAULT\"]");
}

static void
constraints_and_indexes_come_and_go(void **state)
{
    (void)state;
    check(shape("constraints", "c", NULL),
          shape("constraints", "c", json_pack("{s:s}", "definition", "CHECK ((a > 0))")),
          "[\"ALTER TABLE public.\\\"T\\\" DROP CONSTRAINT c\"]");
    check(shape("constraints", "c", json_pack("{s:s}", "definition", "CHECK ((a > 0))")),
          shape("constraints", "c", NULL),
          "[\"ALTER TABLE public.\\\"T\\\" ADD CONSTRAINT c CHECK ((a > 0))\"]");
    check(shape("indexes", "i", NULL),
          shape("indexes", "i", json_pack("{s:s}", "definition", "CREATE INDEX i ON t (a)")),
          "[\"DROP INDEX public.i\"]");
    check(shape("indexes", "i", json_pack("{s:s}", "definition", "CREATE INDEX i ON t (a)")),
          shape("indexes", "i", NULL), "[\"CREATE INDEX i ON t (a)\"]");
}

/* The default of the new type would not go with the old one. */
static void
a_type_goes_back_without_the_new_types_default(void **state)
{
    (void)state;
    check(shape("columns", "a", column("integer", 0, NULL)),
          shape("columns", "a", column("boolean", 0, "false")),
          "[\"ALTER TABLE public.\\\"T\\\" ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE"
          " integer USING a::integer\"]");
    check(shape("columns", "a", column("integer", 0, "0")),
          shape("columns", "a", column("boolean", 0, "0")),
          "[\"ALTER TABLE public.\\\"T\\\" ALTER COLUMN a DROP DEFAULT, ALTER COLUMN a TYPE"
          " integer USING a::integer, ALTER COLUMN a SET DEFAULT 0\"]");
}

static void
a_generated_column_has_neither_default_nor_cast(void **state)
{
    (void)state;
    json_t *before = column("integer", 0, "(d * 2)");
    json_t *after = column("bigint", 0, "((d * 2))::bigint");
    json_object_set_new(before, "generated", json_string("s"));
    json_object_set_new(after, "generated", json_string("s"));
    check(shape("columns", "a", before), shape("columns", "a", after),
          "[\"ALTER TABLE public.\\\"T\\\" ALTER COLUMN a TYPE integer\"]");
}

/* From PostgreSQL 17 on; before, it is -1. */
static void
no_target_for_statistics_is_null(void **state)
{
    (void)state;
    json_t *before = column("integer", 0, NULL);
    json_t *after = column("integer", 0, NULL);
    json_object_set_new(before, "statistics", json_null());
    json_object_set_new(after, "statistics", json_integer(500));
    check(shape("columns", "a", before), shape("columns", "a", after),
          "[\"ALTER TABLE public.\\\"T\\\" ALTER COLUMN a SET STATISTICS -1\"]");
}

static void
nothing_changed_leads_nowhere(void **state)
{
    (void)state;
    check(shape("columns", "a", column("integer", 1, "5")),
          shape("columns", "a", column("integer", 1, "5")), "[]");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_that_was_added_goes_again),
        cmocka_unit_test(a_column_that_was_dropped_does_not_come_back),
        cmocka_unit_test(what_fell_with_a_dropped_column_does_not_come_back_either_and_is_told),
        cmocka_unit_test(what_changed_of_a_column_changes_back_in_one_statement),
        cmocka_unit_test(constraints_and_indexes_come_and_go),
        cmocka_unit_test(a_type_goes_back_without_the_new_types_default),
        cmocka_unit_test(a_generated_column_has_neither_default_nor_cast),
        cmocka_unit_test(no_target_for_statistics_is_null),
        cmocka_unit_test(nothing_changed_leads_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
