/* values.c — see values.h. */
#include "values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

void
values_open(struct values *values, const char *encoding)
{
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA encoding = '%s'", encoding);
    *values = (struct values){0};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    assert_int_equal(sqlite3_open_v2(":memory:", &values->database, flags, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(values->database, pragma, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(values->database, "SELECT ?1", -1, &values->bound, NULL), SQLITE_OK);
}

void
values_close(struct values *values)
{
    sqlite3_finalize(values->bound);
    sqlite3_finalize(values->sql);
    sqlite3_close(values->database);
    *values = (struct values){0};
}

static sqlite3_value *
step(sqlite3_stmt *statement)
{
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    return sqlite3_column_value(statement, 0);
}

sqlite3_value *
value_of_integer(struct values *values, int64_t number)
{
    sqlite3_reset(values->bound);
    sqlite3_bind_int64(values->bound, 1, number);
    return step(values->bound);
}

sqlite3_value *
value_of_real(struct values *values, double number)
{
    sqlite3_reset(values->bound);
    sqlite3_bind_double(values->bound, 1, number);
    return step(values->bound);
}

sqlite3_value *
value_of_text(struct values *values, const char *text)
{
    sqlite3_reset(values->bound);
    sqlite3_bind_text(values->bound, 1, text, -1, SQLITE_TRANSIENT);
    return step(values->bound);
}

sqlite3_value *
value_of_bytes(struct values *values, const void *bytes, size_t size)
{
    sqlite3_reset(values->bound);
    sqlite3_bind_text(values->bound, 1, bytes, (int)size, SQLITE_TRANSIENT);
    return step(values->bound);
}

sqlite3_value *
value_of_blob(struct values *values, const void *bytes, size_t size)
{
    sqlite3_reset(values->bound);
    sqlite3_bind_blob(values->bound, 1, bytes, (int)size, SQLITE_TRANSIENT);
    return step(values->bound);
}

sqlite3_value *
value_of_null(struct values *values)
{
    sqlite3_reset(values->bound);
    sqlite3_bind_null(values->bound, 1);
    return step(values->bound);
}

sqlite3_value *
value_of_sql(struct values *values, const char *sql)
{
    sqlite3_finalize(values->sql);
    values->sql = NULL;
    if (sqlite3_prepare_v2(values->database, sql, -1, &values->sql, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(values->database));
    }
    return step(values->sql);
}

uint64_t
next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15ULL;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31);
}
