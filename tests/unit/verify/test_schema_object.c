/* test_schema_object.c — verify/schema_object.c. */
#include "verify/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *sql;
    enum object_kind kind;
    const char *name;
} cases[] = {
    {"CREATE INDEX idx_a ON public.t (a)", OBJECT_INDEX, "idx_a"},
    {"CREATE UNIQUE INDEX IF NOT EXISTS \"idx \"\"A\" ON t (a)", OBJECT_INDEX, "idx \"A"},
    {"create index concurrently i on t (a)", OBJECT_INDEX, "i"},
    {"CREATE INDEX \"if\" ON t (a)", OBJECT_INDEX, "if"},
    {"ALTER TABLE ONLY s.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)", OBJECT_CONSTRAINT,
     "t_pkey"},
    {"ALTER TABLE \"ADD\".t ADD CONSTRAINT \"Fk\" FOREIGN KEY (a) REFERENCES b (c) NOT VALID",
     OBJECT_CONSTRAINT, "Fk"},
    {"ALTER TABLE t ADD PRIMARY KEY (id)", OBJECT_PRIMARY_KEY, ""},
    {"ALTER TABLE t\n  ADD CONSTRAINT n\xc3\xa9 CHECK (a > 0)", OBJECT_CONSTRAINT, "n\xc3\xa9"},
    {"ALTER TABLE t ALTER COLUMN a SET NOT NULL", OBJECT_NONE, ""},
    {"SELECT setval('s', 1)", OBJECT_NONE, ""},
    {"ANALYZE t", OBJECT_NONE, ""},
    {"CREATE VIEW v AS SELECT 1", OBJECT_NONE, ""},
    {"", OBJECT_NONE, ""},
    {"CREATE \"INDEX", OBJECT_NONE, ""},
};

static void
the_name_of_what_a_statement_creates_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_TEXT name = {0};
        enum object_kind kind = schema_object_of(cases[i].sql, &name);
        if (kind != cases[i].kind || strcmp(text_string(&name), cases[i].name) != 0) {
            fail_msg("%s: %d \"%s\"", cases[i].sql, (int)kind, text_string(&name));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_of_what_a_statement_creates_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
