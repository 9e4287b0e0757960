/* existing_tables.c — see existing_tables.h. */
#include "copy/existing_tables.h"

#include "copy/orphans.h"
#include "copy/own_columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Dropped foreign keys are proven again when they are put back, so that is the better way; a
 * replica's session is for those who may load but do not own the tables. */
static bool
take_off(const struct copy_job *job, const struct existing_tables *tables,
         enum detach_means *means, struct error *err)
{
    struct detach_request request = {
        .run_id = job->run_id,
        .tables = tables->oids,
        .table_count = tables->count,
    };
    struct error refused;
    if (detach_tables(job->control, &request, means, &refused)) {
        return true;
    }
    if (!tables->may_be_replica || tables->live || !target_lacks_right(&refused)) {
        *err = refused;
        return false;
    }
    request.may_be_replica = true;
    return detach_tables(job->control, &request, means, err);
}

/* DELETE, as TRUNCATE is refused while other tables refer to one, and needs a right of its
 * own. */
static bool
empty_tables(const struct copy_job *job, struct error *err)
{
    for (size_t i = 0; i < job->plan->table_count; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        AUTO_TEXT sql = {0};
        if (table->problem != NULL) {
            continue;
        }
        text_add(&sql, "DELETE FROM ");
        target_quote_qualified(&sql, table->schema, table->name);
        if (!target_execute(job->control, text_string(&sql), err)) {
            return error_wrap(err, "empty %s.%s", table->schema, table->name);
        }
    }
    return true;
}

/* Triggers of ours: the fence, and the log of the way back. */
static const char our_triggers_sql[] =
    "SELECT pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname,"
    " t.tgrelid::pg_catalog.regclass) FROM pg_catalog.pg_trigger AS t"
    " JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid WHERE t.tgparentid = 0"
    " AND p.pronamespace = 'outgrow'::pg_catalog.regnamespace"
    " AND t.tgrelid = ANY ($1::pg_catalog.oid[])";

static const char *
oid_array(struct text *oids, const struct existing_tables *tables)
{
    text_add_char(oids, '{');
    for (size_t i = 0; i < tables->count; i++) {
        text_printf(oids, "%s%" PRIu32, i == 0 ? "" : ",", tables->oids[i]);
    }
    text_add_char(oids, '}');
    return text_string(oids);
}

static bool
remove_our_triggers(const struct copy_job *job, const struct existing_tables *tables,
                    struct error *err)
{
    AUTO_RESULT *found = NULL;
    AUTO_TEXT oids = {0};
    const char *const parameters[] = {oid_array(&oids, tables)};
    if (!target_query(job->control, our_triggers_sql, parameters, 1, &found, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(found); row++) {
        if (!target_execute(job->control, PQgetvalue(found, row, 0), err)) {
            return error_wrap(err, "remove the fence of an earlier move");
        }
    }
    return true;
}

static bool
add_hidden_columns(const struct copy_job *job, struct error *err)
{
    for (size_t t = 0; t < job->plan->table_count; t++) {
        const struct plan_table *table = &job->plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            if (!table->columns[c].rowid) {
                continue;
            }
            AUTO_TEXT sql = {0};
            text_add(&sql, "ALTER TABLE ");
            target_quote_qualified(&sql, table->schema, table->name);
            text_add(&sql, " ADD COLUMN IF NOT EXISTS ");
            target_quote_name(&sql, table->columns[c].name);
            text_add(&sql, " bigint");
            if (!target_execute(job->control, text_string(&sql), err)) {
                return error_wrap(err, "add a column for the number of the row to %s.%s",
                                  table->schema, table->name);
            }
        }
    }
    return true;
}

static bool
prepare_live(const struct copy_job *job, const struct existing_tables *tables,
             struct error *err)
{
    return !tables->live ||
           ((!job->replace || own_columns_keep(job, err)) &&
            remove_our_triggers(job, tables, err) && add_hidden_columns(job, err));
}

static bool
count_rows(const struct copy_job *job, struct error *err)
{
    for (size_t i = 0; i < job->plan->table_count; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        const struct run_table entry = {.source_table = table->source->name.text,
                                        .target_schema = table->schema,
                                        .target_table = table->name};
        if (table->problem == NULL &&
            !journal_table_count_before(job->control, job->run_id, &entry, err)) {
            return false;
        }
    }
    return true;
}

bool
existing_tables_take(const struct copy_job *job, const struct existing_tables *tables,
                     enum detach_means *means, struct error *err)
{
    *means = DETACH_DROP;
    if (job->reached >= RUN_COPIED) {
        return true;
    }
    if (!take_off(job, tables, means, err)) {
        return false;
    }
    if (job->reached >= RUN_CREATED) {
        return true;
    }
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, job->control, err) && prepare_live(job, tables, err) &&
           (!job->replace || empty_tables(job, err)) && count_rows(job, err) &&
           journal_run_advance(job->control, job->run_id, RUN_CREATED, err) &&
           target_commit(&transaction, err);
}

/* What went back otherwise than it was, or not at all. */
static const char unhappy_sql[] =
    "SELECT kind, table_schema, table_name, name, state, coalesce(message, '')"
    " FROM outgrow.detached WHERE run_id = $1::bigint AND state <> 'restored' ORDER BY id";

static bool
journal_unhappy(const struct copy_job *job, const PGresult *items, int row, struct error *err)
{
    AUTO_TEXT id = {0};
    AUTO_TEXT message = {0};
    const char *state = PQgetvalue(items, row, 4);
    bool gone = strcmp(state, "gone") == 0;
    text_printf(&id, "%s %s.%s.%s", PQgetvalue(items, row, 0), PQgetvalue(items, row, 1),
                PQgetvalue(items, row, 2), PQgetvalue(items, row, 3));
    text_printf(&message, "%s%s", gone ? "dropped by somebody meanwhile: " : "",
                PQgetvalue(items, row, 5));
    const struct run_step step = {
        .step = text_string(&id),
        .state = strcmp(state, "not valid") == 0 ? STEP_NOT_VALID : STEP_FAILED,
        .message = text_string(&message),
    };
    return journal_step_done(job->control, job->run_id, &step, err);
}

static bool
journal_all_unhappy(const struct copy_job *job, struct error *err)
{
    AUTO_RESULT *items = NULL;
    AUTO_TEXT run = {0};
    text_printf(&run, "%" PRId64, job->run_id);
    const char *const parameters[] = {text_string(&run)};
    if (!target_query(job->control, unhappy_sql, parameters, 1, &items, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(items); row++) {
        if (!journal_unhappy(job, items, row, err)) {
            return false;
        }
    }
    return true;
}

/* For each foreign key from or to the tables, a query that counts its orphans. With MATCH FULL
 * a row that has only a part of the key is one, too. */
static const char orphans_sql[] =
    "SELECT n.nspname, c.relname, k.conname, pg_catalog.format("
    "'SELECT pg_catalog.count(*) FROM %s AS c WHERE (%s) AND NOT EXISTS (SELECT FROM %s AS p"
    " WHERE %s)', k.conrelid::pg_catalog.regclass,"
    " (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname),"
    "  CASE k.confmatchtype WHEN 'f' THEN ' OR ' ELSE ' AND ' END)"
    "  FROM pg_catalog.unnest(k.conkey) AS u (n) JOIN pg_catalog.pg_attribute AS a"
    "  ON a.attrelid = k.conrelid AND a.attnum = u.n),"
    " k.confrelid::pg_catalog.regclass,"
    " (SELECT pg_catalog.string_agg(pg_catalog.format('p.%I = c.%I', b.attname, a.attname),"
    "  ' AND ') FROM ROWS FROM (pg_catalog.unnest(k.conkey),"
    "  pg_catalog.unnest(k.confkey)) AS u (n, m)"
    "  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n"
    "  JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.m))"
    " FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE k.contype = 'f'"
    " AND k.conparentid = 0 AND k.convalidated AND (k.conrelid = ANY ($1::pg_catalog.oid[])"
    " OR k.confrelid = ANY ($1::pg_catalog.oid[])) ORDER BY 1, 2, 3";

static bool
check_orphans(const struct copy_job *job, const PGresult *keys, int row, struct error *err)
{
    AUTO_RESULT *count = NULL;
    AUTO_TEXT id = {0};
    AUTO_TEXT message = {0};
    if (!target_query(job->control, PQgetvalue(keys, row, 3), NULL, 0, &count, err)) {
        return error_wrap(err, "look for rows that foreign key \"%s\" would not allow",
                          PQgetvalue(keys, row, 2));
    }
    if (strcmp(PQgetvalue(count, 0, 0), "0") == 0) {
        return true;
    }
    text_printf(&id, "foreign key %s.%s.%s", PQgetvalue(keys, row, 0), PQgetvalue(keys, row, 1),
                PQgetvalue(keys, row, 2));
    text_printf(
        &message,
        "%s rows refer to nothing, though the server takes the constraint for valid: the "
        "rows were loaded as a replica's",
        PQgetvalue(count, 0, 0));
    const struct run_step step = {
        .step = text_string(&id), .state = STEP_NOT_VALID, .message = text_string(&message)};
    return journal_step_done(job->control, job->run_id, &step, err);
}

/* A replica's session checks no foreign key, so we do. */
static bool
check_all_orphans(const struct copy_job *job, const struct existing_tables *tables,
                  struct error *err)
{
    AUTO_RESULT *keys = NULL;
    AUTO_TEXT oids = {0};
    const char *const parameters[] = {oid_array(&oids, tables)};
    if (!target_query(job->control, orphans_sql, parameters, 1, &keys, err)) {
        return error_wrap(err, "look for foreign keys");
    }
    for (int row = 0; row < PQntuples(keys); row++) {
        if (!check_orphans(job, keys, row, err)) {
            return false;
        }
    }
    return true;
}

static bool
settle_orphans(const struct copy_job *job, enum detach_means means, struct error *err)
{
    struct error unimportant;
    if (!detach_prepare_session(job->control, means, err)) {
        return false;
    }
    if (!copy_settle_orphans(job, err)) {
        (void)!target_execute(job->control, "RESET session_replication_role", &unimportant);
        return false;
    }
    return means == DETACH_DROP ||
           target_execute(job->control, "RESET session_replication_role", err);
}

bool
existing_tables_give_back(const struct copy_job *job, const struct existing_tables *tables,
                          enum detach_means means, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct detached *items = NULL;
    size_t count = 0;
    if (job->reached >= RUN_FINISHED) {
        return true;
    }
    if (tables->live) {
        return settle_orphans(job, means, err);
    }
    return settle_orphans(job, means, err) &&
           detach_restore(job->control, &memory, job->run_id, &items, &count, err) &&
           journal_all_unhappy(job, err) &&
           (means == DETACH_DROP || check_all_orphans(job, tables, err));
}

bool
existing_tables_restore_others(PGconn *conn, int64_t run_id, size_t *count, struct error *err)
{
    AUTO_RESULT *runs = NULL;
    AUTO_TEXT id = {0};
    text_printf(&id, "%" PRId64, run_id);
    const char *const parameters[] = {text_string(&id)};
    *count = 0;
    if (!target_query(conn,
                      "SELECT DISTINCT run_id FROM outgrow.detached WHERE state = 'detached'"
                      " AND run_id <> $1::bigint AND run_id NOT IN (SELECT run_id FROM"
                      " outgrow.live)",
                      parameters, 1, &runs, err)) {
        return error_wrap(err, "read outgrow.detached");
    }
    for (int row = 0; row < PQntuples(runs); row++) {
        AUTO_ARENA memory = {0};
        struct detached *items = NULL;
        size_t restored = 0;
        int64_t other = target_number(runs, row, 0);
        if (!detach_restore(conn, &memory, other, &items, &restored, err)) {
            return false;
        }
        *count += restored;
    }
    return true;
}
