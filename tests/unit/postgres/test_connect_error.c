/* test_connect_error.c — postgres/connect_error.c: libpq's own messages in, one
 * line without a secret out. */
#include "postgres/target_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What target_connect says about a string that never leads anywhere. */
static void
try_to_connect(const char *conninfo, struct error *err)
{
    PGconn *conn = NULL;
    assert_false(target_connect(conninfo, &conn, err));
    assert_null(conn);
    assert_null(strchr(err->message, '\n'));
}

static void
a_malformed_string_never_shows_its_password(void **state)
{
    (void)state;
    static const char *const strings[] = {
        "host=/nowhere password=hush hushhush",
        "host=/nowhere password='hushhush",
        "postgresql://me:hush%zzhush@localhost/db",
        "postgresql://me:hush/hush@localhost/db",
        "postgresql://me:hush@hush@localhost:1/db",
        "postgresql://me:hush@[hush/db",
        "postgresql://me:hush@localhost:1hush/db",
        "postgresql://me:hush",
        "postgresql://me:hush/db",
        "postgresql://me@localhost:1/db?password=hush&hush",
        "postgresql://me@localhost:1/db?password=hush=hush",
        "password=\"hush\"hush hush\"hush",
        "postgresql://me:hu\"hush\"@loc\"al\"host%zz:1/db",
    };
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        struct error err = {0};
        try_to_connect(strings[i], &err);
        if (strstr(err.message, "hush") != NULL || strstr(err.hint, "hush") != NULL) {
            fail_msg("%s -> %s (%s)", strings[i], err.message, err.hint);
        }
    }
}

static void
a_misspelt_option_is_named(void **state)
{
    (void)state;
    struct error err = {0};
    try_to_connect("hots=here password=hush", &err);
    assert_string_equal(err.message,
                        "bad connection string: invalid connection option \"hots\"");
    assert_int_equal(err.kind, ERROR_USAGE);
}

static void
a_bad_value_names_its_option(void **state)
{
    (void)state;
    struct error err = {0};
    try_to_connect("postgresql://me:hush", &err);
    assert_string_equal(err.message, "bad connection string: invalid integer value \"...\" for"
                                     " connection option \"port\"");
}

/* Waiting for the server would change nothing. */
static void
a_string_that_cannot_be_right_is_not_a_server_that_is_away(void **state)
{
    (void)state;
    static const char *const strings[] = {
        "postgresql://localhost:99999/db",
        "host=/nonexistent sslmode=perhaps",
        "host=/nonexistent hots=x",
    };
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        struct error err = {0};
        try_to_connect(strings[i], &err);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.sqlstate, "");
        assert_false(target_was_away(&err));
    }
}

static void
each_address_that_was_tried_is_told_of_and_none_asks_a_question(void **state)
{
    (void)state;
    static const char refused[] =
        "connection to server at \"localhost\" (::1), port 5432 failed: Connection refused\n"
        "\tIs the server running on that host and accepting TCP/IP connections?\n"
        "connection to server at \"localhost\" (127.0.0.1), port 5432 failed: Connection"
        " refused\n"
        "\tIs the server running on that host and accepting TCP/IP connections?\n";
    static const char cut_off[] =
        "connection to server at \"a\" (10.0.0.1), port 5432 failed: server closed the"
        " connection unexpectedly\n"
        "\tThis probably means the server terminated abnormally\n"
        "\tbefore or while processing the request.\n"
        "connection to server at \"b\" (10.0.0.2), port 5432 failed: FATAL:  database \"shop\""
        " does not exist\n";
    struct error err = {0};
    connect_failed("host=localhost", refused, &err);
    assert_string_equal(
        err.message,
        "connection to server at \"localhost\" (::1), port 5432 failed: Connection refused;"
        " connection to server at \"localhost\" (127.0.0.1), port 5432 failed: Connection"
        " refused");
    connect_failed("host=a,b", cut_off, &err);
    assert_string_equal(
        err.message, "connection to server at \"a\" (10.0.0.1), port 5432 failed: server closed"
                     " the connection unexpectedly; connection to server at \"b\" (10.0.0.2),"
                     " port 5432 failed: FATAL: database \"shop\" does not exist");
    assert_string_equal(err.hint, "create it: createdb --encoding=UTF8 'shop'");
}

static void
a_refusal_is_not_a_server_that_is_away_unless_another_one_is(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        bool away;
    } told[] = {
        {"FATAL:  password authentication failed for user \"me\"\n", false},
        {"FATAL:  role \"me\" does not exist\n", false},
        {"FATAL:  database \"shop\" does not exist\n", false},
        {"FATAL:  no pg_hba.conf entry for host \"::1\", user \"me\"\n", false},
        {"fe_sendauth: no password supplied\n", false},
        {"Connection refused\n", true},
        {"timeout expired\n", true},
        {"could not translate host name \"db\" to address: Name or service not known\n", true},
        {"FATAL:  the database system is starting up\n", true},
        {"FATAL:  sorry, too many clients already\n", true},
        {"something that nobody has heard of\n", true},
        {"FATAL:  database \"shop\" does not exist\nconnection to b failed: Connection "
         "refused\n",
         true},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct error err = {0};
        connect_failed("dbname=shop", told[i].message, &err);
        assert_int_equal(err.kind, ERROR_TARGET);
        assert_string_equal(err.sqlstate, told[i].away ? "08001" : "28000");
        assert_int_equal(target_was_away(&err), told[i].away);
    }
}

static void
a_hint_is_one_word_to_the_shell_whatever_the_database_is_called(void **state)
{
    (void)state;
    struct error err = {0};
    connect_failed("dbname=x", "FATAL:  database \"o'brien\" does not exist\n", &err);
    assert_string_equal(err.hint, "create it: createdb --encoding=UTF8 'o'\\''brien'");
}

static void
no_server_on_the_socket_leads_to_the_private_server(void **state)
{
    (void)state;
    struct error err = {0};
    try_to_connect("host=/nonexistent/directory dbname=x", &err);
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_string_equal(
        err.message, "connection to server on socket \"/nonexistent/directory/.s.PGSQL.5432\""
                     " failed: No such file or directory");
    assert_non_null(strstr(err.hint, "private server"));
}

static void
a_missing_database_is_named_in_the_hint(void **state)
{
    (void)state;
    struct error err = {0};
    connect_failed("dbname=shop",
                   "connection to server at \"db\" (10.0.0.1), port 5432 failed:"
                   " FATAL:  database \"shop\" does not exist\n",
                   &err);
    assert_string_equal(err.message,
                        "connection to server at \"db\" (10.0.0.1), port 5432 failed:"
                        " FATAL: database \"shop\" does not exist");
    assert_string_equal(err.hint, "create it: createdb --encoding=UTF8 'shop'");
}

static void
a_wrong_password_is_explained(void **state)
{
    (void)state;
    struct error err = {0};
    connect_failed(
        "postgresql://me:hush@db/x",
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  password"
        " authentication failed for user \"me\"\n",
        &err);
    assert_non_null(strstr(err.message, "for user \"me\""));
    assert_non_null(strstr(err.hint, "PGPASSWORD"));
}

static void
each_cause_of_a_refusal_has_its_own_way_on(void **state)
{
    (void)state;
    static const struct {
        const char *message, *hint;
    } causes[] = {
        {"root certificate file \"/home/app/.postgresql/root.crt\" does not exist",
         "sslrootcert"},
        {"SSL error: certificate verify failed", "authority"},
        {"server does not support SSL, but SSL was required", "ssl = off"},
        {"FATAL:  too many connections for role \"app\"", "CONNECTION LIMIT"},
        {"FATAL:  remaining connection slots are reserved for roles with SUPERUSER", "--jobs"},
        {"received invalid response to SSL negotiation: H", "listens on this port"},
        {"expected authentication request from server, but received H", "listens on this port"},
        {"FATAL:  the database system is shutting down", "start it again"},
        {"FATAL:  role \"me\" does not exist", "name a user"},
    };
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        struct error err = {0};
        connect_failed("dbname=shop", causes[i].message, &err);
        if (strstr(err.hint, causes[i].hint) == NULL) {
            fail_msg("%s -> %s", causes[i].message, err.hint);
        }
    }
}

static void
lines_are_joined_and_lose_their_full_stop(void **state)
{
    (void)state;
    AUTO_TEXT line = {0};
    target_add_line(
        &line, "server closed the connection unexpectedly\n\tThis probably means the server "
               "terminated abnormally\n\tbefore or while processing the request.\n");
    assert_string_equal(text_string(&line), "server closed the connection unexpectedly");
    text_reset(&line);
    target_add_line(&line, "\n one\n\ttwo  three.\r\n");
    assert_string_equal(text_string(&line), "one two three");
    text_add(&line, ": ");
    target_add_line(&line, "");
    assert_string_equal(text_string(&line), "one two three:");
}

static void
a_bare_word_is_a_database_and_not_a_string(void **state)
{
    (void)state;
    assert_false(conninfo_is_string("shop"));
    assert_false(conninfo_is_string(""));
    assert_true(conninfo_is_string("dbname=shop"));
    assert_true(conninfo_is_string("postgres://"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_malformed_string_never_shows_its_password),
        cmocka_unit_test(a_misspelt_option_is_named),
        cmocka_unit_test(a_bad_value_names_its_option),
        cmocka_unit_test(a_string_that_cannot_be_right_is_not_a_server_that_is_away),
        cmocka_unit_test(each_address_that_was_tried_is_told_of_and_none_asks_a_question),
        cmocka_unit_test(a_refusal_is_not_a_server_that_is_away_unless_another_one_is),
        cmocka_unit_test(a_hint_is_one_word_to_the_shell_whatever_the_database_is_called),
        cmocka_unit_test(no_server_on_the_socket_leads_to_the_private_server),
        cmocka_unit_test(a_missing_database_is_named_in_the_hint),
        cmocka_unit_test(a_wrong_password_is_explained),
        cmocka_unit_test(each_cause_of_a_refusal_has_its_own_way_on),
        cmocka_unit_test(lines_are_joined_and_lose_their_full_stop),
        cmocka_unit_test(a_bare_word_is_a_database_and_not_a_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
