/* mend.c — rows that were set aside because another one had their place may fit by now. */
#include "base/clock.h"
#include "sqlite/scan.h"
#include "sync/aside_keys.h"
#include "sync/back_internal.h"
#include "sync/forward_internal.h"

#include <string.h>

enum { MEND_PAUSE_US = 10 * 1000000, KEY_MAX = 64 };

/* Only duplicates: whatever else was refused stays so until the row itself changes, which is
 * logged. */
static const char duplicates_sql[] =
    "SELECT source_table, \"position\", \"row\" FROM outgrow.set_aside WHERE run_id = "
    "$1::bigint"
    " AND NOT altered AND reason LIKE '%(SQLSTATE 23505)' LIMIT 1000";

static const struct live_table *
find_table(const struct sync_link *link, const char *name)
{
    for (size_t i = 0; i < link->table_count; i++) {
        const struct live_table *table = &link->tables[i];
        if (strcmp(table->source->name.text, name) == 0) {
            bool known = !table->read_whole && table->capture->key_count <= KEY_MAX;
            return known ? table : NULL;
        }
    }
    return NULL;
}

static bool
log_row(struct sync_link *link, const struct live_table *table, int64_t rowid,
        struct error *err)
{
    AUTO_SCAN scan = {0};
    sqlite3_value *values[KEY_MAX];
    const struct scan_range range = {rowid, rowid};
    /* Read by the writer itself: another connection that reads would be in its way. */
    if (!scan_open(&scan, &link->writer, table->source, range, err)) {
        return false;
    }
    enum scan_step step = scan_next(&scan, err);
    if (step != SCAN_ROW) {
        return step == SCAN_END;
    }
    for (size_t i = 0; i < table->capture->key_count; i++) {
        values[i] = table->capture->by_rowid
                        ? sqlite3_column_value(scan.statement, scan.rowid_column)
                        : scan_value(&scan, (size_t)table->capture->key_columns[i]);
    }
    return capture_log_key(&link->writer, table->capture, values, err);
}

struct logging {
    struct sync_link *link;
    const struct live_table *table;
};

static bool
log_key(void *context, sqlite3_value *const *values, struct error *err)
{
    const struct logging *logging = context;
    return capture_log_key(&logging->link->writer, logging->table->capture, values, err);
}

/* Without a rowid there is no position to find it at. */
static bool
log_entry(struct sync_link *link, const PGresult *rows, int i, struct error *err)
{
    struct logging logging = {link, find_table(link, PQgetvalue(rows, i, 0))};
    if (logging.table == NULL) {
        return true;
    }
    return logging.table->source->rowid_name != NULL
               ? log_row(link, logging.table, target_number(rows, i, 1), err)
               : aside_key_of(link, logging.table, PQgetvalue(rows, i, 2), log_key, &logging,
                              err);
}

/* One transaction that writes from its start: what begins with a look cannot write any more when
 * somebody has written meanwhile. */
static bool
log_rows(struct sync_link *link, const PGresult *rows, struct error *err)
{
    bool ok = back_execute(&link->writer, "BEGIN IMMEDIATE", err);
    for (int i = 0; ok && i < PQntuples(rows); i++) {
        ok = log_entry(link, rows, i, err);
    }
    ok = ok && back_execute(&link->writer, "COMMIT", err);
    if (!ok && sqlite3_get_autocommit(link->writer.handle) == 0) {
        back_tidy(&link->writer, "ROLLBACK");
    }
    return ok;
}

/* A round that reads these tables whole: the keys of such rows may be other ones by now (VACUUM).
 * It forgets, in the same transaction, what was set aside of them. */
static bool
bring_tables(struct sync_link *link, const PGresult *names, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_TRANSACTION transaction = {0};
    bool *whole = arena_alloc(&memory, link->table_count + 1);
    const struct round_request request = {.allowed = LIVE_SYNCING, .whole = whole};
    enum round_outcome outcome;
    struct live_round figures;
    bool any = false;
    for (size_t i = 0; i < link->table_count; i++) {
        for (int row = 0; row < PQntuples(names) && !whole[i]; row++) {
            whole[i] = strcmp(link->tables[i].source->name.text, PQgetvalue(names, row, 0)) ==
                       0;
        }
        any |= whole[i];
    }
    link->orphans_aside = any; /* until a look finds none */
    return !any || sync_round_forward(link, &request, &transaction, &outcome, &figures, err);
}

bool
sync_mend_orphans(struct sync_link *link, struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT sql = {0};
    if (!link->orphans_aside) {
        return true;
    }
    text_printf(&sql,
                "SELECT DISTINCT source_table FROM outgrow.set_aside WHERE run_id = %lld"
                " AND " SET_ASIDE_AS_ORPHAN,
                (long long)link->live.run_id);
    if (!target_query(link->conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "look up orphans that were set aside");
    }
    return bring_tables(link, result, err) || error_wrap(err, "bring orphans over again");
}

bool
sync_mend(struct sync_link *link, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char run[32];
    const char *const parameters[] = {run};
    int64_t now = clock_monotonic_us();
    if (!sync_mend_orphans(link, err)) {
        return false;
    }
    if (!link->mend_asked || now < link->mend_due_us) {
        return true;
    }
    link->mend_asked = false;
    link->mend_due_us = now + MEND_PAUSE_US;
    snprintf(run, sizeof run, "%lld", (long long)link->live.run_id);
    if (!target_query(link->conn, duplicates_sql, parameters, 1, &result, err)) {
        return error_wrap(err, "look up rows that were set aside");
    }
    link->mended_keys = PQntuples(result);
    if (PQntuples(result) > 0 && !log_rows(link, result, err)) {
        link->mend_asked = true;
        return error_wrap(err, "try rows again that were set aside");
    }
    return true;
}
