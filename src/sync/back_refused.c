/* back_refused.c — rows of the target that SQLite does not take: kept by key, tried again with
 * every round. */
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>

bool
back_refused_begin(struct source *writer, struct error *err)
{
    return back_execute(writer,
                        "DROP TABLE IF EXISTS temp.outgrow_refused;"
                        "CREATE TABLE temp.outgrow_refused (t, k, reason)",
                        err);
}

static bool
save_one(sqlite3_stmt *rows, PGconn *conn, int64_t live_id, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, live_id);
    const char *const parameters[] = {id, (const char *)sqlite3_column_text(rows, 0),
                                      (const char *)sqlite3_column_text(rows, 1),
                                      (const char *)sqlite3_column_text(rows, 2)};
    return target_query(conn,
                        "INSERT INTO outgrow.back_refused (live_id, t, k, reason)"
                        " VALUES ($1::bigint, $2::bigint, $3::text[], $4)",
                        parameters, 4, &result, err);
}

bool
back_refused_save(struct source *writer, PGconn *conn, int64_t live_id, int64_t *count,
                  struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_TEXT sql = {0};
    AUTO_TEXT forget = {0};
    int code;
    *count = 0;
    text_printf(&forget, "DELETE FROM outgrow.back_refused WHERE live_id = %" PRId64, live_id);
    text_add(&sql, "SELECT t, k, reason FROM temp.outgrow_refused");
    if (!target_execute(conn, text_string(&forget), err) ||
        !back_prepare(writer, &sql, &rows, err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        if (!save_one(rows, conn, live_id, err)) {
            return false;
        }
        ++*count;
    }
    return code == SQLITE_DONE || source_failed(writer, err, "list what was refused");
}

bool
back_refused_none(struct source *writer, const struct sync_link *link, struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT t, k, reason, count(*) OVER () FROM temp.outgrow_refused LIMIT 1");
    if (!back_prepare(writer, &sql, &rows, err)) {
        return false;
    }
    int code = sqlite3_step(rows);
    if (code != SQLITE_ROW) {
        return code == SQLITE_DONE || source_failed(writer, err, "list what was refused");
    }
    const struct live_table *table = back_find_table(link, sqlite3_column_int64(rows, 0));
    error_set(err, ERROR_SOURCE, "SQLite does not take %" PRId64 " rows; first %s.%s %s: %s",
              (int64_t)sqlite3_column_int64(rows, 3), table->plan->schema, table->plan->name,
              (const char *)sqlite3_column_text(rows, 1),
              (const char *)sqlite3_column_text(rows, 2));
    return error_hint(err, "change or remove them in PostgreSQL; outgrow.back_refused has all");
}
