/* test_target_choice.c — settings/target_choice.c, as far as no server is needed. */
#include "settings/target_choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
clean_environment(void **state)
{
    (void)state;
    unsetenv("DATABASE_URL");
    unsetenv("PGHOST");
    unsetenv("PGHOSTADDR");
    unsetenv("PGSERVICE");
    unsetenv("PGDATABASE");
    setenv("XDG_DATA_HOME", "/nonexistent", 1);
    return 0;
}

static void
assert_chosen(const char *argument, const char *conninfo)
{
    AUTO_ARENA arena = {0};
    struct error err;
    struct target_choice choice;
    const struct output output = {.out = stdout, .err_out = stderr};
    assert_true(target_choose(argument, TARGET_IF_EXISTS, &output, &arena, &choice, &err));
    assert_false(choice.private_server);
    assert_string_equal(choice.conninfo, conninfo);
}

static void
the_argument_wins_over_the_environment(void **state)
{
    (void)state;
    setenv("DATABASE_URL", "postgresql://env/d", 1);
    setenv("PGHOST", "elsewhere", 1);
    assert_chosen("postgresql://arg/d", "postgresql://arg/d");
    assert_chosen("host=h dbname=d", "host=h dbname=d");
    assert_chosen(NULL, "postgresql://env/d");
}

static void
libpqs_own_variables_are_left_to_libpq(void **state)
{
    (void)state;
    static const char *const variables[] = {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        setenv(variables[i], "x", 1);
        assert_chosen(NULL, "");
        unsetenv(variables[i]);
    }
}

static void
a_frameworks_driver_in_the_scheme_is_dropped(void **state)
{
    (void)state;
    setenv("DATABASE_URL", "postgresql+psycopg2://u@h/d", 1);
    assert_chosen(NULL, "postgresql://u@h/d");
    assert_chosen("postgres+asyncpg://u@h/d", "postgresql://u@h/d");
    assert_chosen("postgres://u@h/d", "postgres://u@h/d");
}

static void
another_kind_of_database_is_refused_without_its_password(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    struct target_choice choice;
    const struct output output = {.out = stdout, .err_out = stderr};
    setenv("DATABASE_URL", "mysql://u:hunter2@h/d", 1);
    assert_false(target_choose(NULL, TARGET_IF_EXISTS, &output, &arena, &choice, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "DATABASE_URL is a mysql URL, not a PostgreSQL one");
}

static void
a_private_server_that_is_not_there_is_not_made_just_to_look(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    struct target_choice choice;
    const struct output output = {.out = stdout, .err_out = stderr};
    assert_true(target_choose(NULL, TARGET_IF_EXISTS, &output, &arena, &choice, &err));
    assert_true(choice.private_server);
    assert_true(choice.absent);
}

static void
a_variable_that_a_client_did_not_fill_in_is_named(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    struct target_choice choice;
    const struct output output = {.out = stdout, .err_out = stderr};
    setenv("DATABASE_URL", "${DATABASE_URL}", 1);
    assert_false(target_choose(NULL, TARGET_IF_EXISTS, &output, &arena, &choice, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message,
                        "DATABASE_URL is ${DATABASE_URL}, which nobody has filled in");
    assert_non_null(strstr(err.hint, "${env:NAME}"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_variable_that_a_client_did_not_fill_in_is_named,
                               clean_environment),
        cmocka_unit_test_setup(the_argument_wins_over_the_environment, clean_environment),
        cmocka_unit_test_setup(libpqs_own_variables_are_left_to_libpq, clean_environment),
        cmocka_unit_test_setup(a_frameworks_driver_in_the_scheme_is_dropped, clean_environment),
        cmocka_unit_test_setup(another_kind_of_database_is_refused_without_its_password,
                               clean_environment),
        cmocka_unit_test_setup(a_private_server_that_is_not_there_is_not_made_just_to_look,
                               clean_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
