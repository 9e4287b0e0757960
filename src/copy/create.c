/* create.c — the target's schema and tables, before any row.
 *
 * A batch of tables is dropped (when replaced), created and journalled in one
 * transaction: killed anywhere, no table is ever dropped twice, and a table
 * that this run made is never mistaken for one that was there before. */
#include "base/clock.h"
#include "base/stop.h"
#include "copy/copy.h"
#include "plan/ddl.h"

#include <stdlib.h>
#include <string.h>

/* Each table takes about four locks (its TOAST table and index, its sequence), and
 * a default server has room for some 6,400 in all. */
enum { BATCH_TABLES = 200, NAMES_SHOWN = 5 };

/* JSON array of [schema, name] of the tables [first, last) that come over. */
static char *
table_names_json(const struct copy_job *job, size_t first, size_t last)
{
    json_t *names = json_array();
    for (size_t i = first; i < last; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        if (table->problem == NULL) {
            json_array_append_new(names, json_pack("[ss]", table->schema, table->name));
        }
    }
    char *text = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    return text;
}

/* Asks one question about those of our tables that exist: $1 schemas and names. */
static bool
ask_about_tables(const struct copy_job *job, const char *sql, size_t first, size_t last,
                 PGresult **result, struct error *err)
{
    char *names = table_names_json(job, first, last);
    const char *parameters[] = {names};
    bool ok = target_query(job->control, sql, parameters, 1, result, err);
    free(names);
    return ok;
}

static bool
refuse_existing(const PGresult *existing, struct error *err)
{
    AUTO_TEXT names = {0};
    int count = PQntuples(existing);
    for (int i = 0; i < count && i < NAMES_SHOWN; i++) {
        text_printf(&names, "%s%s.%s", i > 0 ? ", " : "", PQgetvalue(existing, i, 2),
                    PQgetvalue(existing, i, 0));
    }
    if (count > NAMES_SHOWN) {
        text_printf(&names, " and %d more", count - NAMES_SHOWN);
    }
    error_set(err, ERROR_TARGET, "the target already holds %s; nothing was changed",
              text_string(&names));
    return error_hint(err, "--replace drops them and loads anew; --into-existing loads into "
                           "them as they are; --schema NAME loads beside them");
}

#define OUR_TABLES "(SELECT pair ->> 0, pair ->> 1 FROM json_array_elements($1::json) pair)"

/* Only tables are ever dropped: a view of that name is somebody's work. */
static const char existing_sql[] =
    "SELECT c.relname, c.relkind, n.nspname FROM pg_class c JOIN pg_namespace n "
    "ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN " OUR_TABLES
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY n.nspname, c.relname";

static bool
refuse_what_is_no_table(const PGresult *existing, struct error *err)
{
    for (int i = 0; i < PQntuples(existing); i++) {
        char kind = PQgetvalue(existing, i, 1)[0];
        if (kind != 'r' && kind != 'p') {
            error_set(err, ERROR_TARGET, "%s.%s is in the way and is not a table",
                      PQgetvalue(existing, i, 2), PQgetvalue(existing, i, 0));
            return error_hint(err, "rename or drop it, or use --schema NAME");
        }
    }
    return true;
}

/* Foreign keys among the tables about to be dropped would keep them, batch by batch. */
static const char foreign_keys_sql[] =
    "WITH ours AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE (n.nspname, c.relname) IN " OUR_TABLES ") "
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) "
    "FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 "
    "AND conrelid IN (SELECT oid FROM ours) AND confrelid IN (SELECT oid FROM ours)";

static bool
drop_foreign_keys_among(const struct copy_job *job, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!ask_about_tables(job, foreign_keys_sql, 0, job->plan->table_count, &result, err)) {
        return false;
    }
    for (int i = 0; i < PQntuples(result); i++) {
        if (!target_execute(job->control, PQgetvalue(result, i, 0), err)) {
            return false;
        }
    }
    return true;
}

static bool
drop_existing(const struct copy_job *job, size_t first, size_t last, struct error *err)
{
    AUTO_RESULT *existing = NULL;
    if (!ask_about_tables(job, existing_sql, first, last, &existing, err)) {
        return false;
    }
    if (PQntuples(existing) == 0) {
        return true;
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, "DROP TABLE ");
    for (int i = 0; i < PQntuples(existing); i++) {
        text_add(&sql, i > 0 ? ", " : "");
        target_quote_qualified(&sql, PQgetvalue(existing, i, 2), PQgetvalue(existing, i, 0));
    }
    if (!target_execute(job->control, text_string(&sql), err)) {
        error_wrap(err, "replace the tables");
        if (strcmp(err->sqlstate, "2BP01") == 0) { /* dependent_objects_still_exist */
            error_hint(err, "something else in the database depends on them; drop that first "
                            "(outgrow never drops with CASCADE)");
        }
        return false;
    }
    return true;
}

static bool
create_batch(const struct copy_job *job, size_t first, size_t last, const char *step_id,
             struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    if (!target_begin(&transaction, job->control, err) ||
        (job->replace && !drop_existing(job, first, last, err))) {
        return false;
    }
    AUTO_TEXT sql = {0};
    for (size_t i = first; i < last; i++) {
        if (job->plan->tables[i].problem == NULL) {
            ddl_create_table(&sql, &job->plan->tables[i]);
            text_add(&sql, ";\n");
            ddl_comments(&sql, &job->plan->tables[i]);
        }
    }
    int64_t started_us = clock_monotonic_us();
    if (sql.length > 0 && !target_execute(job->control, text_string(&sql), err)) {
        return false;
    }
    struct run_step step = {.step = step_id, .busy_us = clock_monotonic_us() - started_us};
    return journal_step_done(job->control, job->run_id, &step, err) &&
           target_commit(&transaction, err);
}

static bool
step_is_done(const struct run_step *steps, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(steps[i].step, id) == 0) {
            return true;
        }
    }
    return false;
}

static bool
refuse_existing_views(const struct copy_job *job, struct error *err)
{
    AUTO_RESULT *existing = NULL;
    json_t *names = json_array();
    for (size_t i = 0; i < job->plan->view_count && !job->replace; i++) {
        json_array_append_new(
            names, json_pack("[ss]", job->plan->views[i].schema, job->plan->views[i].name));
    }
    char *text = json_dumps(names, JSON_COMPACT);
    const char *parameters[] = {text};
    json_decref(names);
    bool ok = target_query(job->control, existing_sql, parameters, 1, &existing, err);
    free(text);
    return ok && (PQntuples(existing) == 0 || refuse_existing(existing, err));
}

/* A view on a table would keep it from being dropped; those of our own making go first, the
 * last, which may be made of the others, before them. */
static bool
drop_views(const struct copy_job *job, struct error *err)
{
    for (size_t i = job->plan->view_count; i-- > 0;) {
        AUTO_TEXT sql = {0};
        text_add(&sql, "DROP VIEW IF EXISTS ");
        target_quote_qualified(&sql, job->plan->views[i].schema, job->plan->views[i].name);
        if (!target_execute(job->control, text_string(&sql), err)) {
            return error_wrap(err, "replace the views");
        }
    }
    return true;
}

/* Before the first batch: is anything in the way, and may it be dropped? */
static bool
clear_the_way(const struct copy_job *job, struct error *err)
{
    AUTO_RESULT *existing = NULL;
    if (!ask_about_tables(job, existing_sql, 0, job->plan->table_count, &existing, err) ||
        !refuse_existing_views(job, err)) {
        return false;
    }
    if (PQntuples(existing) == 0) {
        return true;
    }
    if (!job->replace) {
        return refuse_existing(existing, err);
    }
    return refuse_what_is_no_table(existing, err) && drop_views(job, err) &&
           drop_foreign_keys_among(job, err);
}

static bool
create_schema(const struct copy_job *job, const char *schema, struct error *err)
{
    /* Asking first spares the CREATE right on the database where it is not needed. */
    AUTO_RESULT *found = NULL;
    const char *parameters[] = {schema};
    if (!target_query(job->control, "SELECT 1 FROM pg_namespace WHERE nspname = $1", parameters,
                      1, &found, err)) {
        return false;
    }
    if (PQntuples(found) > 0) {
        return true;
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE SCHEMA ");
    target_quote_name(&sql, schema);
    return target_execute(job->control, text_string(&sql), err);
}

/* All of it stands repetition: whoever is killed here does it again. */
static bool
prepare(const struct copy_job *job, struct error *err)
{
    const struct plan *plan = job->plan;
    for (size_t i = 0; i < plan->schema_count; i++) {
        if (!create_schema(job, plan->schemas[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < plan->prelude_count; i++) {
        if (!target_execute(job->control, plan->prelude[i], err)) {
            return error_wrap(err, "prepare the types");
        }
    }
    return true;
}

bool
copy_create_tables(const struct copy_job *job, struct error *err)
{
    if (job->reached >= RUN_CREATED) {
        return true;
    }
    AUTO_ARENA arena = {0};
    struct run_step *steps = NULL;
    size_t step_count = 0;
    if (!journal_steps_load(job->control, &arena, job->run_id, &steps, &step_count, err) ||
        (step_count == 0 && (!clear_the_way(job, err) || !prepare(job, err)))) {
        return false;
    }
    for (size_t first = 0; first < job->plan->table_count; first += BATCH_TABLES) {
        size_t last = first + BATCH_TABLES;
        last = last < job->plan->table_count ? last : job->plan->table_count;
        const char *id = arena_printf(&arena, "create tables %zu to %zu", first, last);
        if (step_is_done(steps, step_count, id)) {
            continue;
        }
        if (!stop_check(err) || !create_batch(job, first, last, id, err)) {
            return false;
        }
    }
    return journal_run_advance(job->control, job->run_id, RUN_CREATED, err);
}
