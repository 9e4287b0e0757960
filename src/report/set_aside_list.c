/* set_aside_list.c — see set_aside_list.h. */
#include "report/set_aside_list.h"

#include "page/result.h"

#include <inttypes.h>

enum { SAMPLE_MAX = 20 };

bool
set_aside_count(PGconn *conn, int64_t run_id, struct set_aside_totals *totals,
                struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT id = {0};
    text_printf(&id, "%" PRId64, run_id);
    const char *parameters[] = {text_string(&id)};
    if (!target_query(
            conn,
            "SELECT count(*) FILTER (WHERE NOT altered), count(*) FILTER (WHERE altered) "
            "FROM outgrow.set_aside WHERE run_id = $1::bigint",
            parameters, 1, &result, err)) {
        return false;
    }
    totals->rows = target_number(result, 0, 0);
    totals->altered = target_number(result, 0, 1);
    return true;
}

static void
write_cursor(struct text *sql, const struct set_aside_query *query)
{
    text_printf(sql,
                "DECLARE set_aside_list NO SCROLL CURSOR FOR "
                "SELECT json_build_object('run', run_id, 'table', source_table, "
                "'position', position, 'key', key::json, 'column', column_name, "
                "'reason', reason, 'altered', altered%s)::text "
                "FROM outgrow.set_aside WHERE run_id = %" PRId64
                " ORDER BY source_table, position, column_name",
                query->with_row ? ", 'row', \"row\"" : "", query->run_id);
    if (query->limit > 0) {
        text_printf(sql, " LIMIT %" PRId64, query->limit);
    }
}

static bool
visit(const PGresult *result, set_aside_visit *each, void *context, struct error *err)
{
    for (int i = 0; i < PQntuples(result); i++) {
        AUTO_JSON *entry = json_loads(PQgetvalue(result, i, 0), 0, NULL);
        if (entry == NULL) {
            return error_set(err, ERROR_TARGET, "the journal's set-aside rows are not JSON");
        }
        if (!each(context, entry, err)) {
            return false;
        }
    }
    return true;
}

bool
set_aside_each(PGconn *conn, const struct set_aside_query *query, set_aside_visit *each,
               void *context, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    AUTO_TEXT sql = {0};
    write_cursor(&sql, query);
    if (!target_begin(&transaction, conn, err) ||
        !target_execute(conn, text_string(&sql), err)) {
        return false;
    }
    for (;;) {
        AUTO_RESULT *result = NULL;
        if (!target_query(conn, "FETCH 200 FROM set_aside_list", NULL, 0, &result, err) ||
            !visit(result, each, context, err)) {
            return false;
        }
        if (PQntuples(result) == 0) {
            return target_commit(&transaction, err);
        }
    }
}

static bool
append_entry(void *context, const json_t *entry, struct error *err)
{
    (void)err;
    json_array_append_new(context, json_deep_copy(entry));
    return true;
}

bool
set_aside_sample(PGconn *conn, int64_t run_id, json_t **sample, struct error *err)
{
    const struct set_aside_query query = {.run_id = run_id, .limit = SAMPLE_MAX};
    AUTO_JSON *entries = json_array();
    if (!set_aside_each(conn, &query, append_entry, entries, err)) {
        return false;
    }
    *sample = json_incref(entries);
    return true;
}
