/* test_json_with_server.c — canonical/json.c against a real server: what it sends for a jsonb
 * has the form of the text it was made from, and two forms are equal exactly when it says so. */
#include "../postgres/own_server.h"
#include "canonical/canonical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY_KEYS_AS_TYPED                                                                     \
    "{\"q\":1,\"w\":2,\"e\":3,\"r\":4,\"t\":5,\"y\":6,\"u\":7,\"i\":8,\"o\":9,\"p\":10,\"a\":" \
    "11,"                                                                                      \
    "\"s\":12,\"d\":13,\"f\":14,\"g\":15,\"h\":16,\"j\":17,\"q\":18}"
#define MANY_KEYS_IN_ORDER                                                                     \
    "{\"a\":11,\"d\":13,\"e\":3,\"f\":14,\"g\":15,\"h\":16,\"i\":8,\"j\":17,\"o\":9,\"p\":10," \
    "\"q\":18,\"r\":4,\"s\":12,\"t\":5,\"u\":7,\"w\":2,\"y\":6}"

static const char *const documents[] = {
    "1",
    "1.0",
    "1.50",
    "1.5",
    "15e-1",
    "-0",
    "-0.00",
    "0",
    "0e5",
    "100",
    "1e2",
    "1E+2",
    "100.000",
    "1e-7",
    "0.00000010",
    "1e30",
    "1000000000000000000000000000000",
    "12345678901234567890.123456789012345678901234567890",
    "1e131071",
    "1e-16383",
    "123456789e-16000",
    "true",
    "false",
    "null",
    "\"\"",
    "\"1.50\"",
    "\"version 1.0\"",
    "\"a\"",
    "\"\\u0061\"",
    "\"\xc3\xa9\"",
    "\"\\u00e9\"",
    "\"e\\u0301\"",
    "\"\\ud83d\\ude00\"",
    "\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"",
    "\"\\u0008\\u000c\\u000A\\u000d\\u0009\\u002f\\u005C\\u0022\"",
    "\"\\u0001\\u001f\\u007f \"",
    "\"a longer text, of more than sixteen bytes, with a \\\" in it and \\u00fc\"",
    "[]",
    "{}",
    "[ ]",
    "[[],{}]",
    "[[[]]]",
    "[1,2]",
    "[2,1]",
    "[1, [2]]",
    "[\"1.50\", 1.50]",
    "{\"a\":1}",
    "{\"a\":1.00}",
    "{\"a\":2}",
    "{\"a\":1,\"b\":2}",
    "{\"b\":2,\"a\":1}",
    "{\"a\":2,\"b\":1}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":3}}",
    "{\"b\":{\"x\":3},\"a\":{\"y\":2,\"x\":1}}",
    "{\"a\":{\"x\":3},\"b\":{\"x\":1,\"y\":2}}",
    "{\"a\":0,\"b\":1,\"a\":{\"x\":1,\"x\":3}}",
    "{\"aa\":1,\"b\":2,\"\":3}",
    "{\"\":3,\"b\":2,\"aa\":1}",
    "{\"\\n\":1,\"aa\":2,\"b\":3}",
    "{\"b\":3,\"\\u000a\":1,\"aa\":2}",
    "{\"a long key \\\\ 1\":1,\"a long key \\\" 2\":2,\"a long key, 3 \":3}",
    "{\"a long key \\\" 2\":2,\"a long key, 3 \":3,\"a long key \\u005c 1\":1}",
    "{\"\xc3\xa9\":1,\"zz\":2,\"\\ud83d\\ude00\":3}",
    "{\"\\ud83d\\ude00\":3,\"zz\":2,\"\\u00e9\":1}",
    (MANY_KEYS_AS_TYPED),
    (MANY_KEYS_IN_ORDER),
};
enum { DOCUMENTS = sizeof documents / sizeof *documents };

static PGconn *control;
static sqlite3 *database;

static int
start(void **state)
{
    if (own_server_start(state) != 0 || sqlite3_open(":memory:", &database) != SQLITE_OK) {
        return -1;
    }
    control = own_server_connect();
    own_server_do(control, "CREATE TABLE document (i bigint, j jsonb)");
    for (size_t i = 0; i < DOCUMENTS; i++) {
        char number[20];
        snprintf(number, sizeof number, "%zu", i);
        const char *const values[] = {number, documents[i]};
        AUTO_RESULT *result = PQexecParams(control, "INSERT INTO document VALUES ($1, $2)", 2,
                                           NULL, values, NULL, NULL, 0);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            print_error("%s: %s\n", documents[i], PQerrorMessage(control));
            return -1;
        }
    }
    return 0;
}

static int
end(void **state)
{
    target_connection_close(&control);
    sqlite3_close(database);
    return own_server_stop(state);
}

static void
read_source(const char *document, struct text *form)
{
    struct canonical_settings settings = {0};
    struct canonical_scratch scratch = {0};
    struct canonical found = {0};
    struct value_type type = {.kind = TYPE_JSONB};
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, "SELECT ?1", -1, &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(statement, 1, document, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(canonical_source(sqlite3_column_value(statement, 0), &type, &settings,
                                      &scratch, &found),
                     CANONICAL_VALUE);
    text_add_bytes(form, found.bytes, found.size);
    sqlite3_finalize(statement);
    canonical_scratch_free(&scratch);
}

static void
what_the_server_sends_has_the_form_of_what_it_was_given(void **state)
{
    (void)state;
    size_t as_sent = 0;
    struct value_type type = {.kind = TYPE_JSONB};
    AUTO_RESULT *result = PQexecParams(control, "SELECT j FROM document ORDER BY i", 0, NULL,
                                       NULL, NULL, NULL, 1);
    assert_int_equal(PQntuples(result), DOCUMENTS);
    for (int i = 0; i < DOCUMENTS; i++) {
        struct canonical_scratch scratch = {0};
        struct canonical found = {0};
        AUTO_TEXT form = {0};
        const struct copy_field field = {(const uint8_t *)PQgetvalue(result, i, 0),
                                         PQgetlength(result, i, 0)};
        read_source(documents[i], &form);
        assert_int_equal(canonical_target(&field, &type, &scratch, &found), CANONICAL_VALUE);
        if (found.size != form.length || memcmp(found.bytes, form.bytes, form.length) != 0) {
            fail_msg("%s: %.*s beside %s", documents[i], (int)found.size,
                     (const char *)found.bytes, text_string(&form));
        }
        as_sent += found.bytes == field.bytes ? 1 : 0;
        canonical_scratch_free(&scratch);
    }
    assert_true(as_sent > DOCUMENTS / 2 && as_sent < DOCUMENTS);
}

static void
forms_are_equal_exactly_when_the_server_finds_the_values_equal(void **state)
{
    (void)state;
    static struct text forms[DOCUMENTS];
    AUTO_RESULT *result = PQexec(control, "SELECT a.j = b.j FROM document a, document b "
                                          "ORDER BY a.i, b.i");
    assert_int_equal(PQntuples(result), DOCUMENTS * DOCUMENTS);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        read_source(documents[i], &forms[i]);
    }
    for (size_t i = 0; i < (size_t)DOCUMENTS * DOCUMENTS; i++) {
        const struct text *a = &forms[i / DOCUMENTS];
        const struct text *b = &forms[i % DOCUMENTS];
        bool same = a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
        if (same != (*PQgetvalue(result, (int)i, 0) == 't')) {
            fail_msg("%s and %s", documents[i / DOCUMENTS], documents[i % DOCUMENTS]);
        }
    }
    for (size_t i = 0; i < DOCUMENTS; i++) {
        text_free(&forms[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_server_sends_has_the_form_of_what_it_was_given),
        cmocka_unit_test(forms_are_equal_exactly_when_the_server_finds_the_values_equal),
    };
    return cmocka_run_group_tests(tests, start, end);
}
