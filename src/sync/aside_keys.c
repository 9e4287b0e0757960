/* aside_keys.c — see aside_keys.h. */
#include "sync/aside_keys.h"

#include "value/lossless_read.h"

static bool
visit_row(struct lossless_reader *reader, const struct live_table *table, const char *row,
          aside_key_visit *visit, void *context, struct error *err)
{
    AUTO_ARENA memory = {0};
    const struct capture_table *capture = table->capture;
    const char **names = arena_alloc(&memory, (capture->key_count + 1) * sizeof *names);
    sqlite3_value **values = arena_alloc(&memory, (capture->key_count + 1) * sizeof *values);
    for (size_t i = 0; i < capture->key_count; i++) {
        names[i] = table->source->columns[capture->key_columns[i]].name.text;
    }
    json_t *json = json_loads(row, 0, NULL);
    bool ok = lossless_reader_take(reader, json, names, capture->key_count, err);
    json_decref(json);
    for (size_t i = 0; ok && i < capture->key_count; i++) {
        values[i] = lossless_reader_value(reader, i);
    }
    return ok && visit(context, values, err);
}

bool
aside_key_of(struct sync_link *link, const struct live_table *table, const char *row,
             aside_key_visit *visit, void *context, struct error *err)
{
    AUTO_LOSSLESS_READER reader = {0};
    return lossless_reader_open(&reader, link->catalog->encoding, err) &&
           visit_row(&reader, table, row, visit, context, err);
}

static bool
visit_rows(struct sync_link *link, const struct live_table *table, const PGresult *rows,
           aside_key_visit *visit, void *context, struct error *err)
{
    AUTO_LOSSLESS_READER reader = {0};
    bool ok = lossless_reader_open(&reader, link->catalog->encoding, err);
    for (int i = 0; ok && i < PQntuples(rows); i++) {
        ok = visit_row(&reader, table, PQgetvalue(rows, i, 0), visit, context, err);
    }
    return ok;
}

bool
aside_keys_each(struct sync_link *link, const struct live_table *table, aside_key_visit *visit,
                void *context, struct error *err)
{
    AUTO_RESULT *rows = NULL;
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "SELECT \"row\"::text FROM outgrow.set_aside WHERE run_id = %lld"
                " AND NOT altered AND source_table = ",
                (long long)link->live.run_id);
    target_quote_literal(&sql, table->source->name.text);
    return (target_query(link->conn, text_string(&sql), NULL, 0, &rows, err) &&
            (PQntuples(rows) == 0 || visit_rows(link, table, rows, visit, context, err))) ||
           error_wrap(err, "look up which rows of \"%s\" were set aside",
                      table->source->name.text);
}
