/* aside_keys.c — see aside_keys.h. */
#include "sync/aside_keys.h"

#include "value/lossless_read.h"

static bool
visit_row(struct lossless_reader *reader, const char *row, const char *const *names,
          sqlite3_value **values, size_t count, struct error *err)
{
    json_t *json = json_loads(row, 0, NULL);
    bool ok = lossless_reader_take(reader, json, names, count, err);
    json_decref(json);
    for (size_t i = 0; ok && i < count; i++) {
        values[i] = lossless_reader_value(reader, i);
    }
    return ok;
}

static bool
visit_rows(struct sync_link *link, const struct live_table *table, const PGresult *rows,
           aside_key_visit *visit, void *context, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_LOSSLESS_READER reader = {0};
    const struct capture_table *capture = table->capture;
    const char **names = arena_alloc(&memory, (capture->key_count + 1) * sizeof *names);
    sqlite3_value **values = arena_alloc(&memory, (capture->key_count + 1) * sizeof *values);
    for (size_t i = 0; i < capture->key_count; i++) {
        names[i] = table->source->columns[capture->key_columns[i]].name.text;
    }
    if (!lossless_reader_open(&reader, link->catalog->encoding, err)) {
        return false;
    }
    for (int i = 0; i < PQntuples(rows); i++) {
        if (!visit_row(&reader, PQgetvalue(rows, i, 0), names, values, capture->key_count,
                       err) ||
            !visit(context, values, err)) {
            return false;
        }
    }
    return true;
}

bool
aside_keys_each(struct sync_link *link, const struct live_table *table, const char *condition,
                aside_key_visit *visit, void *context, struct error *err)
{
    AUTO_RESULT *rows = NULL;
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "SELECT \"row\"::text FROM outgrow.set_aside WHERE run_id = %lld"
                " AND NOT altered AND (%s) AND source_table = ",
                (long long)link->live.run_id, condition);
    target_quote_literal(&sql, table->source->name.text);
    return (target_query(link->conn, text_string(&sql), NULL, 0, &rows, err) &&
            (PQntuples(rows) == 0 || visit_rows(link, table, rows, visit, context, err))) ||
           error_wrap(err, "look up which rows of \"%s\" were set aside",
                      table->source->name.text);
}
