/* back_settle.c — what SQLite keeps beside its rows, after the last round back: the counters of
 * AUTOINCREMENT, and full-text indexes, whose triggers did not fire for us. */
#include "sqlite/virtual_table.h"
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* The last number that the target has given for the column; 0: none. */
static bool
read_sequence(struct sync_link *link, const struct live_table *table,
              const struct plan_column *column, int64_t *last, struct error *err)
{
    AUTO_TEXT name = {0};
    AUTO_TEXT sql = {0};
    AUTO_RESULT *named = NULL;
    AUTO_RESULT *result = NULL;
    *last = 0;
    target_quote_qualified(&name, table->plan->schema, table->plan->name);
    const char *const parameters[] = {text_string(&name), column->name};
    if (!target_query(link->conn, "SELECT pg_catalog.pg_get_serial_sequence($1, $2)",
                      parameters, 2, &named, err)) {
        return false;
    }
    if (PQgetisnull(named, 0, 0)) {
        return true;
    }
    text_printf(&sql,
                "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s",
                PQgetvalue(named, 0, 0));
    if (!target_query(link->conn, text_string(&sql), NULL, 0, &result, err)) {
        return false;
    }
    *last = target_number(result, 0, 0);
    return true;
}

/* Behind both counters and the largest row; a counter that is not there yet is made. */
static bool
raise_counter(struct source *writer, const struct source_table *table,
              const struct source_column *column, int64_t last, struct error *err)
{
    AUTO_TEXT sql = {0};
    char *name = sqlite3_mprintf("%Q", table->name.text);
    AUTO_TEXT largest = {0};
    text_add(&largest, "coalesce((SELECT max(");
    source_quote(&largest, column->name.text);
    text_add(&largest, ") FROM ");
    source_quote(&largest, table->name.text);
    text_add(&largest, "), 0)");
    text_printf(&sql,
                "INSERT INTO sqlite_sequence (name, seq) SELECT %s, 0 WHERE NOT EXISTS"
                " (SELECT 1 FROM sqlite_sequence WHERE name = %s) AND max(%s, %" PRId64 ") > 0;"
                "UPDATE sqlite_sequence SET seq = max(seq, %s, %" PRId64 ") WHERE name = %s",
                name, name, text_string(&largest), last, text_string(&largest), last, name);
    sqlite3_free(name);
    return back_execute(writer, text_string(&sql), err);
}

static bool
settle_counter(struct sync_link *link, const struct live_table *table, struct error *err)
{
    for (size_t i = 0; i < table->plan->column_count; i++) {
        const struct plan_column *column = &table->plan->columns[i];
        int64_t last = 0;
        if (column->source_position < 0 || !column->source->rowid_alias ||
            column->type.uuid_rule != NULL) {
            continue;
        }
        return read_sequence(link, table, column, &last, err) &&
               raise_counter(&link->writer, table->source, column->source, last, err);
    }
    return true;
}

static bool
rebuild(struct sync_link *link, const char *name, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "INSERT INTO ");
    source_quote(&sql, name);
    text_add(&sql, " (");
    source_quote(&sql, name);
    text_add(&sql, ") VALUES ('rebuild')");
    if (back_execute(&link->writer, text_string(&sql), err)) {
        return true;
    }
    error_wrap(err, "rebuild the full-text table \"%s\"", name);
    return error_hint(err, "drop it in the source, and make it again after the return");
}

/* Only where it indexes a table: one that keeps its own texts has nothing to read them from. */
static bool
rebuild_fulltext(struct sync_link *link, struct error *err)
{
    AUTO_ARENA memory = {0};
    const struct catalog *catalog = link->catalog;
    for (size_t i = 0; i < catalog->object_count; i++) {
        const struct source_object *object = &catalog->objects[i];
        struct fts_table table;
        if (object->kind != OBJECT_VIRTUAL_TABLE || object->sql == NULL ||
            !fts_table_read(&memory, object->sql, &table) || table.content == NULL ||
            table.content[0] == '\0') {
            continue;
        }
        if (!rebuild(link, object->name, err)) {
            return false;
        }
    }
    return true;
}

bool
back_settle_source(struct sync_link *link, struct error *err)
{
    for (size_t i = 0; i < link->table_count; i++) {
        const struct live_table *table = &link->tables[i];
        if (back_table_returns(table) && table->source->autoincrement &&
            !settle_counter(link, table, err)) {
            return error_wrap(err, "set the counter of \"%s\"", table->source->name.text);
        }
        if (back_table_returns(table) && !back_lost_remove(&link->writer, table, err)) {
            return false;
        }
    }
    return rebuild_fulltext(link, err) &&
           back_execute(&link->writer, "DROP TABLE IF EXISTS _outgrow_born", err);
}
