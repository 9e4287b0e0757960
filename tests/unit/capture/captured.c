/* captured.c — see captured.h. */
#include "captured.h"

#include "base/text.h"
#include "sqlite/writer.h"

#include <inttypes.h>
#include <string.h>

void
captured_install(struct captured *captured)
{
    struct error err = {0};
    if (!catalog_read(&captured->reader, &captured->arena, &captured->catalog, &err) ||
        !capture_choose_keys(&captured->reader, &captured->arena, &captured->catalog, NULL,
                             &captured->tables, &err) ||
        !capture_install(&captured->writer, &captured->catalog, captured->tables, NULL,
                         captured->id, &err)) {
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
                " AS key FROM main._outgrow_log WHERE t = %" PRId64
                " AND seq > (SELECT seq FROM seen) ORDER BY %s)",
                table->id, table->key_count > 1 ? "k1, k2" : "k1");
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

/* SELECT key, row FROM schema.table, all of it quoted text. */
static void
add_rows(struct captured *captured, struct text *sql, const struct capture_table *table,
         const char *schema)
{
    const struct source_table *source = &captured->catalog.tables[table->position];
    text_add(sql, "SELECT ");
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(sql, i == 0 ? "quote(" : " || ',' || quote(");
        if (table->by_rowid) {
            text_add(sql, source->rowid_name);
        } else {
            source_quote(sql, source->columns[table->key_columns[i]].name.text);
        }
        text_add(sql, ")");
    }
    text_add(sql, table->key_count == 0 ? "'' AS key" : " AS key");
    for (size_t i = 0; i < source->column_count; i++) {
        text_add(sql, ", quote(");
        source_quote(sql, source->columns[i].name.text);
        text_add(sql, ")");
    }
    text_printf(sql, " FROM %s.", schema);
    source_quote(sql, source->name.text);
}

static void
add_different(struct captured *captured, struct text *sql, const struct capture_table *table)
{
    text_add(sql, "SELECT key FROM (");
    add_rows(captured, sql, table, "main");
    text_add(sql, " EXCEPT ");
    add_rows(captured, sql, table, "other");
    text_add(sql, ") UNION SELECT key FROM (");
    add_rows(captured, sql, table, "other");
    text_add(sql, " EXCEPT ");
    add_rows(captured, sql, table, "main");
    text_add(sql, ")");
}

/* Of one table: the keys of rows that differ and are not in the log behind `seq`. */
static const char *
table_missed(struct captured *captured, const struct capture_table *table, int64_t seq)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT group_concat(key, ' ') FROM (");
    add_different(captured, &sql, table);
    text_add(&sql, ") WHERE key NOT IN (SELECT ");
    for (size_t i = 1; i <= table->key_count; i++) {
        text_printf(&sql, "%squote(k%zu)", i == 1 ? "" : " || ',' || ", i);
    }
    text_printf(&sql, " FROM main._outgrow_log WHERE t = %" PRId64 " AND seq > %" PRId64 ")",
                table->id, seq);
    return captured_value(captured, captured->app, text_string(&sql));
}

static void
attach(struct captured *captured, const char *other)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "ATTACH '%s' AS other", other);
    captured_run(captured, text_string(&sql));
}

const char *
captured_missed(struct captured *captured, const char *other, int64_t seq)
{
    AUTO_TEXT all = {0};
    attach(captured, other);
    for (size_t i = 0; i < captured->catalog.table_count; i++) {
        const char *missed = captured->tables[i].refusal != NULL
                                 ? ""
                                 : table_missed(captured, &captured->tables[i], seq);
        if (*missed != '\0') {
            text_printf(&all, "%s:%s ",
                        captured->catalog.tables[captured->tables[i].position].name.text,
                        missed);
        }
    }
    captured_run(captured, "DETACH other");
    return arena_strdup(&captured->arena, text_string(&all));
}

void
captured_assert_covered(struct captured *captured, const char *other, int64_t seq)
{
    assert_string_equal(captured_missed(captured, other, seq), "");
}

int
captured_differences(struct captured *captured, const char *other)
{
    int differences = 0;
    attach(captured, other);
    for (size_t i = 0; i < captured->catalog.table_count; i++) {
        AUTO_TEXT sql = {0};
        AUTO_STATEMENT *statement = NULL;
        text_add(&sql, "SELECT count(*) FROM (");
        add_different(captured, &sql, &captured->tables[i]);
        text_add(&sql, ")");
        if (sqlite3_prepare_v2(captured->app, text_string(&sql), -1, &statement, NULL) !=
                SQLITE_OK ||
            sqlite3_step(statement) != SQLITE_ROW) {
            fail_msg("%s", sqlite3_errmsg(captured->app));
        }
        differences += sqlite3_column_int(statement, 0);
    }
    captured_run(captured, "DETACH other");
    return differences;
}

const char *
captured_schema(struct captured *captured)
{
    return captured_value(captured, captured->app,
                          "SELECT group_concat(rowid || ' ' || type || ' ' || name || ' ' || "
                          "tbl_name || ' ' || rootpage || ' ' || coalesce(sql, '-'), char(10)) "
                          "FROM sqlite_schema");
}
