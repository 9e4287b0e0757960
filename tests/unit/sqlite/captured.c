/* captured.c — see captured.h. */
#include "captured.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

void
captured_install(struct captured *captured)
{
    struct error err = {0};
    if (!catalog_read(&captured->reader, &captured->arena, &captured->catalog, &err) ||
        !capture_choose_keys(&captured->reader, &captured->arena, &captured->catalog, NULL,
                             &captured->tables, &err) ||
        !capture_install(&captured->writer, &captured->catalog, captured->tables, captured->id,
                         &err)) {
        fail_msg("%s", err.message);
    }
}

void
captured_open(struct captured *captured, void **state, const char *sql)
{
    struct scratch *scratch = *state;
    struct error err = {0};
    *captured = (struct captured){.path = scratch->path};
    scratch_sql(scratch->path, sql);
    if (!source_open_writable(&captured->writer, scratch->path, 1000, &err) ||
        !source_open(&captured->reader, scratch->path, &err)) {
        fail_msg("%s", err.message);
    }
    captured_install(captured);
    captured->app = scratch_open(scratch->path);
    scratch_run(captured->app, "CREATE TEMP TABLE seen AS SELECT 0 AS seq");
}

void
captured_close(struct captured *captured)
{
    source_close(&captured->reader);
    source_close(&captured->writer);
    sqlite3_close(captured->app);
    arena_free(&captured->arena);
}

const struct capture_table *
captured_table(const struct captured *captured, const char *name)
{
    int found = catalog_find_table(&captured->catalog, name);
    if (found < 0) {
        fail_msg("no table \"%s\"", name);
    }
    return &captured->tables[found];
}

void
captured_run(struct captured *captured, const char *sql)
{
    scratch_run(captured->app, sql);
}

const char *
captured_value(struct captured *captured, sqlite3 *handle, const char *sql)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
    }
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    return text == NULL ? "" : arena_strdup(&captured->arena, text);
}

static void
add_keys(struct captured *captured, struct text *keys, const struct capture_table *table)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT coalesce(group_concat(key, ' '), '') FROM (SELECT DISTINCT ");
    for (size_t i = 1; i <= table->key_count; i++) {
        text_printf(&sql, "%squote(k%zu)", i == 1 ? "" : " || ',' || ", i);
    }
    text_printf(&sql,
                " AS key FROM _outgrow_log WHERE t = %" PRId64
                " AND seq > (SELECT seq FROM seen) ORDER BY k1)",
                table->id);
    const char *found = captured_value(captured, captured->app, text_string(&sql));
    if (*found != '\0') {
        text_printf(keys, "%s%s:%s", keys->length > 0 ? " " : "",
                    captured->catalog.tables[table->position].name.text, found);
    }
}

const char *
captured_keys(struct captured *captured)
{
    AUTO_TEXT keys = {0};
    for (size_t i = 0; i < captured->catalog.table_count; i++) {
        add_keys(captured, &keys, &captured->tables[i]);
    }
    captured_forget(captured);
    return arena_strdup(&captured->arena, text_string(&keys));
}

void
captured_forget(struct captured *captured)
{
    captured_run(captured,
                 "UPDATE temp.seen SET seq = (SELECT coalesce(max(seq), 0) FROM _outgrow_log)");
}

const char *
captured_schema(struct captured *captured)
{
    return captured_value(captured, captured->app,
                          "SELECT group_concat(rowid || ' ' || type || ' ' || name || ' ' || "
                          "tbl_name || ' ' || rootpage || ' ' || coalesce(sql, '-'), char(10)) "
                          "FROM sqlite_schema");
}
