/* fuzz_sql_parse.c — any bytes through sql/parse.h.
 *
 * Besides not crashing: what SQLite's own parser accepts as CREATE TABLE or
 * CREATE INDEX, ours accepts; and the source of a parsed expression parses to
 * the same source again. */
#include "fuzz.h"
#include "sql/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

/* Preparing is all that is done, but even that must touch nothing. Seen:
 * what kind of statement it is. */
static int
authorize(void *seen, int action, const char *first, const char *second, const char *database,
          const char *trigger)
{
    (void)first;
    (void)second;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE: *(int *)seen = SQLITE_CREATE_TABLE; return SQLITE_OK;
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_INDEX:
        *(int *)seen = *(int *)seen == 0 ? SQLITE_CREATE_INDEX : *(int *)seen;
        return SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_READ:
    case SQLITE_REINDEX:
    case SQLITE_FUNCTION: return SQLITE_OK;
    default: return SQLITE_DENY;
    }
}

/* What SQLite takes the whole of `sql` for: one of the two CREATEs, or 0. */
static int
sqlite_accepts(const char *sql)
{
    sqlite3 *database = NULL;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK) {
        abort();
    }
    sqlite3_exec(database, "CREATE TABLE t(a, b TEXT, c INT)", NULL, NULL, NULL);
    int seen = 0;
    sqlite3_set_authorizer(database, authorize, &seen);
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, &tail);
    bool whole = code == SQLITE_OK && statement != NULL &&
                 tail[strspn(tail, "; \t\r\n")] == '\0';
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return whole ? seen : 0;
}

static void
require(bool holds, const char *what, const char *sql, const struct error *err)
{
    if (!holds) {
        fprintf(stderr, "%s: %s\n%s\n", what, err->message, sql);
        abort();
    }
}

static void
require_stable(struct arena *arena, const struct sql_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    struct sql_expr *again = NULL;
    struct error err = {0};
    require(sql_parse_expression(arena, expr->source, &again, &err), "source is refused",
            expr->source, &err);
    require(strcmp(again->source, expr->source) == 0, "source changes", expr->source, &err);
}

static void
parse_table(struct arena *arena, const char *sql, bool must_parse)
{
    struct sql_create_table table;
    struct error err = {0};
    bool parsed = sql_parse_create_table(arena, sql, &table, &err);
    require(parsed || !must_parse, "a table that SQLite accepts", sql, &err);
    require(parsed || err.kind == ERROR_SOURCE, "no error is set", sql, &err);
    if (!parsed) {
        return;
    }
    for (size_t i = 0; i < table.check_count; i++) {
        require_stable(arena, table.checks[i].expr);
    }
    for (size_t i = 0; i < table.column_count; i++) {
        require_stable(arena, table.columns[i].generated_as);
    }
}

static void
parse_index(struct arena *arena, const char *sql, bool must_parse)
{
    struct sql_create_index index;
    struct error err = {0};
    bool parsed = sql_parse_create_index(arena, sql, &index, &err);
    require(parsed || !must_parse, "an index that SQLite accepts", sql, &err);
    if (parsed) {
        require_stable(arena, index.where);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    const char *sql = arena_strndup(&arena, (const char *)data, size);
    int accepted = sqlite_accepts(sql);
    parse_table(&arena, sql, accepted == SQLITE_CREATE_TABLE);
    parse_index(&arena, sql, accepted == SQLITE_CREATE_INDEX);
    struct sql_expr *expr = NULL;
    struct error err = {0};
    if (sql_parse_expression(&arena, sql, &expr, &err)) {
        require_stable(&arena, expr);
    }
    return 0;
}
