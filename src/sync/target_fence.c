/* target_fence.c — the target refuses writers, because SQLite takes them: statement triggers
 * that raise. A trigger, not a row somewhere that they look up: a transaction that began
 * before would not see the row. */
#include "sqlite/scan.h"
#include "sync/back_internal.h"

#include <inttypes.h>
#include <string.h>

static const char fence_name[] = "outgrow_fence";

const char target_session_is_ours[] = "SET outgrow.applying = 'on'";

bool
target_apply_as_ours(PGconn *conn, struct error *err)
{
    return target_execute(conn, "SET LOCAL outgrow.applying = 'on'", err);
}

/* The SQLSTATE is that of a read-only database, which applications may know. */
bool
target_fence_reword(PGconn *conn, int64_t live_id, const char *words, struct error *err)
{
    AUTO_TEXT body = {0};
    AUTO_TEXT sql = {0};
    text_add(&body, "BEGIN RAISE EXCEPTION USING ERRCODE = '25006', MESSAGE = ");
    target_quote_literal(&body, words);
    text_add(&body, "; END");
    text_printf(&sql,
                "CREATE OR REPLACE FUNCTION outgrow.fence_%" PRId64
                "() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp"
                " AS ",
                live_id);
    target_quote_literal(&sql, text_string(&body));
    return target_execute(conn, text_string(&sql), err);
}

bool
target_fence_drop(PGconn *conn, int64_t live_id, struct error *err)
{
    char sql[96];
    snprintf(sql, sizeof sql, "DROP FUNCTION IF EXISTS outgrow.fence_%" PRId64 "() CASCADE",
             live_id);
    return target_execute(conn, sql, err) || error_wrap(err, "drop the target's fence");
}

static bool
raise_on(struct sync_link *link, const PGresult *relations, int row, struct error *err)
{
    const char *name = PQgetvalue(relations, row, BACK_RELATION_NAME);
    char state = back_relation_trigger(relations, row, fence_name);
    bool foreign = PQgetvalue(relations, row, BACK_RELATION_KIND)[0] == 'f';
    AUTO_TEXT sql = {0};
    if (state == 'A') {
        return true;
    }
    if (state == '\0') {
        text_printf(
            &sql,
            "CREATE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE%s ON %s"
            " FOR EACH STATEMENT WHEN %s EXECUTE FUNCTION outgrow.fence_%" PRId64 "(); ",
            fence_name, foreign ? "" : " OR TRUNCATE", name, back_not_ours_sql, link->live.id);
    }
    text_printf(&sql, "ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %s", name, fence_name);
    return target_execute(link->conn, text_string(&sql), err) ||
           error_wrap(err, "fence %s", name);
}

bool
target_fence_raise(struct sync_link *link, const char *words, struct error *err)
{
    AUTO_RESULT *relations = NULL;
    if (!target_fence_reword(link->conn, link->live.id, words, err) ||
        !back_relations_load(link, &relations, err)) {
        return error_wrap(err, "raise the target's fence");
    }
    for (int row = 0; row < PQntuples(relations); row++) {
        if (!raise_on(link, relations, row, err)) {
            return false;
        }
    }
    return true;
}

/* Rows that are born from now on get rowids behind all others, of both sides: a row that was set
 * aside is in the source only, and one of its number would take its place there. */
static bool
start_counting(struct sync_link *link, const struct live_table *table, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_TEXT name = {0};
    int64_t largest = 0;
    const struct plan_column *key = &table->plan->columns[table->key_fields[0]];
    if (!key->rowid) {
        return true;
    }
    if (!scan_largest_rowid(&link->writer, table->source, &largest, err)) {
        return false;
    }
    target_quote_qualified(&name, table->plan->schema, table->plan->name);
    text_add(&sql, "SELECT pg_catalog.setval(s.name, greatest((SELECT coalesce(max(");
    target_quote_name(&sql, key->name);
    text_printf(&sql, "), 0) FROM %s), %" PRId64 ") + 1, false) FROM (SELECT",
                text_string(&name), largest);
    text_add(&sql, " pg_catalog.pg_get_serial_sequence(");
    target_quote_literal(&sql, text_string(&name));
    text_add(&sql, ", ");
    target_quote_literal(&sql, key->name);
    text_add(&sql, ")) AS s (name) WHERE s.name IS NOT NULL");
    AUTO_RESULT *result = NULL;
    return target_query(link->conn, text_string(&sql), NULL, 0, &result, err) ||
           error_wrap(err, "set the counter of rowids of %s", text_string(&name));
}

bool
target_fence_lower(struct sync_link *link, struct error *err)
{
    AUTO_RESULT *relations = NULL;
    if (!back_relations_load(link, &relations, err)) {
        return error_wrap(err, "lower the target's fence");
    }
    for (size_t i = 0; i < link->table_count; i++) {
        if (back_table_returns(&link->tables[i]) &&
            (!back_count_rowids(link, &link->tables[i], err) ||
             !start_counting(link, &link->tables[i], err))) {
            return false;
        }
    }
    for (int row = 0; row < PQntuples(relations); row++) {
        AUTO_TEXT sql = {0};
        char state = back_relation_trigger(relations, row, fence_name);
        text_printf(&sql, "ALTER TABLE ONLY %s DISABLE TRIGGER %s",
                    PQgetvalue(relations, row, BACK_RELATION_NAME), fence_name);
        if (state != '\0' && state != 'D' &&
            !target_execute(link->conn, text_string(&sql), err)) {
            return error_wrap(err, "lower the target's fence");
        }
    }
    return true;
}

bool
target_fence_is_up(struct sync_link *link, bool *up, struct error *err)
{
    AUTO_RESULT *relations = NULL;
    if (!back_relations_load(link, &relations, err)) {
        return false;
    }
    *up = PQntuples(relations) > 0;
    for (int row = 0; row < PQntuples(relations); row++) {
        *up = *up && back_relation_trigger(relations, row, fence_name) == 'A';
    }
    return true;
}
