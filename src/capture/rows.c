/* rows.c — from keys in the log to rows, and keys put into the log; see capture.h. */
#include "capture/internal.h"

#include <inttypes.h>

static void
add_log_keys(struct text *sql, const struct capture_table *capture, const char *row)
{
    for (size_t i = 1; i <= capture->key_count; i++) {
        text_printf(sql, "%s%sk%zu", i == 1 ? "" : ", ", row, i);
    }
}

/* DISTINCT takes 1 and 1.0 for one: where both may be keys, their classes are asked for too. */
static void
add_distinct(struct text *sql, const struct capture_table *capture)
{
    text_add(sql, "SELECT DISTINCT ");
    add_log_keys(sql, capture, "");
    for (size_t i = 1; !capture->by_rowid && i <= capture->key_count; i++) {
        text_printf(sql, ", typeof(k%zu)", i);
    }
    text_printf(sql, " FROM main._outgrow_log WHERE t = %" PRId64 " AND seq > ?1 AND seq <= ?2",
                capture->id);
}

bool
capture_prepare_keys(struct source *source, const struct capture_table *table,
                     sqlite3_stmt **statement, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT ");
    add_log_keys(&sql, table, "");
    text_add(&sql, " FROM (");
    add_distinct(&sql, table);
    text_add(&sql, ")");
    return writer_prepare(source, "read the keys of the log", text_string(&sql), statement,
                          err);
}

/* The table's column on the left: its collation and affinity count, so that its index serves.
 * Then byte by byte, for NOCASE finds 'a' with 'A'. */
static void
add_join(struct text *sql, const struct source_table *table,
         const struct capture_table *capture, size_t key)
{
    bool nullable = !capture->by_rowid && !table->columns[capture->key_columns[key]].not_null;
    const char *equals = nullable ? " IS " : " = ";
    text_add(sql, key == 0 ? " WHERE " : " AND ");
    capture_key_add(sql, table, capture, key, "c.");
    text_printf(sql, "%sd.k%zu", equals, key + 1);
    if (!capture->by_rowid) {
        text_add(sql, " AND ");
        capture_key_add(sql, table, capture, key, "c.");
        text_printf(sql, "%sd.k%zu COLLATE BINARY", equals, key + 1);
    }
    if (capture_key_is_loose(table, capture, key)) {
        text_add(sql, " AND typeof(");
        capture_key_add(sql, table, capture, key, "c.");
        text_printf(sql, ") = typeof(d.k%zu)", key + 1);
    }
}

bool
capture_prepare_rows(struct source *source, const struct catalog *catalog,
                     const struct capture_table *capture, sqlite3_stmt **statement,
                     struct error *err)
{
    AUTO_TEXT sql = {0};
    const struct source_table *table = &catalog->tables[capture->position];
    text_add(&sql, "SELECT ");
    add_log_keys(&sql, capture, "d.");
    if (table->rowid_name != NULL) {
        text_printf(&sql, ", c.%s", table->rowid_name);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(&sql, ", c.");
        source_quote(&sql, table->columns[i].name.text);
    }
    text_add(&sql, " FROM (");
    add_distinct(&sql, capture);
    text_add(&sql, ") AS d CROSS JOIN main.");
    source_quote(&sql, table->name.text);
    text_add(&sql, " AS c");
    for (size_t i = 0; i < capture->key_count; i++) {
        add_join(&sql, table, capture, i);
    }
    return writer_prepare(source, "read changed rows", text_string(&sql), statement, err) ||
           error_wrap(err, "table \"%s\"", table->name.text);
}

bool
capture_log_key(struct source *writer, const struct capture_table *table,
                sqlite3_value *const *values, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *statement = NULL;
    capture_log_into_add(&sql, table);
    text_printf(&sql, " VALUES(%" PRId64, table->id);
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(&sql, ",?");
    }
    text_add(&sql, ")");
    if (!writer_prepare(writer, "log a key", text_string(&sql), &statement, err)) {
        return false;
    }
    for (size_t i = 0; i < table->key_count; i++) {
        sqlite3_bind_value(statement, (int)i + 1, values[i]);
    }
    return sqlite3_step(statement) == SQLITE_DONE || source_failed(writer, err, "log a key");
}
