/* create.c — the target's schema and tables, before any row.
 *
 * A batch of tables is dropped (when replaced), created and journalled in one
 * transaction: killed anywhere, no table is ever dropped twice, and a table
 * that this run made is never mistaken for one that was there before. Several
 * batches are made at the same time. */
#include "base/clock.h"
#include "base/stop.h"
#include "base/workers.h"
#include "copy/copy.h"
#include "copy/in_the_way.h"
#include "plan/ddl.h"
#include "postgres/pipeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Each table takes about four locks (its TOAST table and index, its sequence), and
 * a default server has room for some 6,400 in all. A batch has its place in the journal,
 * so it is as large whatever --jobs says. */
enum { BATCH_TABLES = 50, BATCHES_AT_ONCE = 4, TRIES = 10, NAMES_SHOWN = 5 };

/* The batches, and who makes them. */
struct creation {
    const struct copy_job *job;
    const struct run_step *steps; /* of the journal, from before */
    size_t step_count;
    pthread_mutex_t lock;
    size_t next; /* guarded by lock: the first table of the next batch */
    bool failed; /* guarded by lock */
};

/* JSON array of [schema, name] of the tables that come over. */
static char *
table_names_json(const struct plan *plan)
{
    json_t *names = json_array();
    for (size_t i = 0; i < plan->table_count; i++) {
        const struct plan_table *table = &plan->tables[i];
        if (table->problem == NULL) {
            json_array_append_new(names, json_pack("[ss]", table->schema, table->name));
        }
    }
    char *text = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    return text;
}

static bool
refuse_existing(const struct in_the_way *found, size_t count, struct error *err)
{
    AUTO_TEXT names = {0};
    bool replaceable = true;
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        text_printf(&names, "%s%s.%s", i > 0 ? ", " : "", found[i].schema, found[i].name);
        if (!found[i].replaceable) {
            text_printf(&names, " (%s)", found[i].kind);
        }
    }
    if (count > NAMES_SHOWN) {
        text_printf(&names, " and %zu more", count - NAMES_SHOWN);
    }
    for (size_t i = 0; i < count; i++) {
        replaceable = replaceable && found[i].replaceable;
    }
    error_set(err, ERROR_TARGET, "the target already holds %s; nothing was changed",
              text_string(&names));
    return error_hint(err, replaceable
                               ? "--replace drops them and loads anew; --into-existing loads "
                                 "into them as they are; --schema NAME loads beside them"
                               : "--schema NAME loads beside them; else rename or drop what is "
                                 "named with its kind, which --replace does not");
}

/* A table makes room for a table, a view for a view; all else of those names is somebody's
 * work, with --replace too. */
static bool
refuse_irreplaceable(const struct in_the_way *found, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!found[i].replaceable) {
            error_set(err, ERROR_TARGET,
                      "%s.%s (%s) is in the way; outgrow drops tables for tables, views for "
                      "views, and nothing else",
                      found[i].schema, found[i].name, found[i].kind);
            return error_hint(err, "rename or drop it, or use --schema NAME");
        }
    }
    return true;
}

/* Foreign keys among the tables about to be dropped would keep them, batch by batch. */
static const char foreign_keys_sql[] =
    "WITH ours AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE (n.nspname, c.relname) IN "
    "(SELECT pair ->> 0, pair ->> 1 FROM json_array_elements($1::json) pair)) "
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) "
    "FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 "
    "AND conrelid IN (SELECT oid FROM ours) AND confrelid IN (SELECT oid FROM ours)";

static bool
drop_foreign_keys_among(const struct copy_job *job, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char *names = table_names_json(job->plan);
    const char *parameters[] = {names};
    bool ok = target_query(job->control, foreign_keys_sql, parameters, 1, &result, err);
    free(names);
    if (!ok) {
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
    AUTO_TEXT sql = {0};
    for (size_t i = first; i < last; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        if (table->problem == NULL) {
            text_add(&sql, sql.length > 0 ? ", " : "DROP TABLE IF EXISTS ");
            target_quote_qualified(&sql, table->schema, table->name);
        }
    }
    if (sql.length == 0) {
        return true;
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

/* From PostgreSQL 15 on, nobody but the owner may make tables in the schema public. */
static bool
explain_refusal(const struct copy_job *job, struct error *err)
{
    if (target_lacks_right(err)) {
        AUTO_TEXT grant = {0};
        text_add(&grant, "GRANT USAGE, CREATE ON SCHEMA ");
        target_quote_name(&grant, job->plan->schema);
        text_add(&grant, " TO ");
        target_quote_name(&grant, PQuser(job->control));
        error_hint(err,
                   "let the owner of the schema run: %s; or use --schema NAME, which is made",
                   text_string(&grant));
    }
    return false;
}

/* A table's own name for its array type, or for a sequence, may be taken by another batch
 * whose transaction was not over: now it is. */
static bool
should_be_repeated(const struct error *err)
{
    return strcmp(err->sqlstate, "23505") == 0 || target_lost_race(err);
}

static bool
create_in_transaction(PGconn *conn, const struct copy_job *job, size_t first, size_t last,
                      const char *step_id, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    if (!target_begin(&transaction, conn, err) ||
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
    if (sql.length > 0 && !target_execute(conn, text_string(&sql), err)) {
        return explain_refusal(job, err);
    }
    struct run_step step = {.step = step_id, .busy_us = clock_monotonic_us() - started_us};
    AUTO_PIPELINE pipeline = {0};
    return target_pipeline_begin(&pipeline, conn, err) &&
           journal_step_done(conn, job->run_id, &step, err) &&
           target_commit(&transaction, err) && target_pipeline_end(&pipeline, NULL, err);
}

static bool
step_is_done(const struct creation *creation, const char *id)
{
    for (size_t i = 0; i < creation->step_count; i++) {
        if (strcmp(creation->steps[i].step, id) == 0) {
            return true;
        }
    }
    return false;
}

static bool
create_batch(PGconn *conn, const struct creation *creation, size_t first, struct error *err)
{
    const struct copy_job *job = creation->job;
    AUTO_ARENA arena = {0};
    size_t left = job->plan->table_count - first;
    size_t last = first + (left < BATCH_TABLES ? left : BATCH_TABLES);
    const char *id = arena_printf(&arena, "create tables %zu to %zu", first, last);
    bool done = step_is_done(creation, id);
    for (int i = 0; !done && i < TRIES; i++) {
        if (!stop_check(err)) {
            return false;
        }
        done = create_in_transaction(conn, job, first, last, id, err);
        if (!done && !should_be_repeated(err)) {
            return false;
        }
    }
    return done;
}

static bool
take_batch(struct creation *creation, size_t *first)
{
    pthread_mutex_lock(&creation->lock);
    *first = creation->next;
    creation->next += BATCH_TABLES;
    bool taken = !creation->failed && *first < creation->job->plan->table_count;
    pthread_mutex_unlock(&creation->lock);
    return taken;
}

static void
fail_creation(struct creation *creation)
{
    pthread_mutex_lock(&creation->lock);
    creation->failed = true;
    pthread_mutex_unlock(&creation->lock);
}

/* The first one has the run's own connection, which nobody else uses meanwhile. */
static bool
worker_create(void *context, size_t index, struct error *err)
{
    struct creation *creation = context;
    const struct copy_job *job = creation->job;
    AUTO_CONNECTION *own = NULL;
    bool ok = index == 0 || (target_connect(job->conninfo, &own, err) &&
                             (job->session == NULL || target_execute(own, job->session, err)));
    size_t first;
    while (ok && take_batch(creation, &first)) {
        ok = create_batch(index == 0 ? job->control : own, creation, first, err);
    }
    if (!ok) {
        fail_creation(creation);
    }
    return ok;
}

/* Tables that are dropped may hang together in ways of their own: those one after the other. */
static size_t
worker_count(const struct copy_job *job)
{
    size_t batches = (job->plan->table_count + BATCH_TABLES - 1) / BATCH_TABLES;
    size_t count = job->workers < BATCHES_AT_ONCE ? job->workers : BATCHES_AT_ONCE;
    count = count < batches ? count : batches;
    return count == 0 || job->replace ? 1 : count;
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
    AUTO_ARENA arena = {0};
    const struct in_the_way *found;
    size_t count;
    if (!in_the_way_find(job->control, job->plan, &arena, &found, &count, err)) {
        return false;
    }
    if (count == 0) {
        return true;
    }
    if (!job->replace) {
        return refuse_existing(found, count, err);
    }
    return refuse_irreplaceable(found, count, err) && drop_views(job, err) &&
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
    struct creation creation = {.job = job,
                                .steps = steps,
                                .step_count = step_count,
                                .lock = PTHREAD_MUTEX_INITIALIZER};
    return workers_run(worker_count(job), worker_create, &creation, err) &&
           journal_run_advance(job->control, job->run_id, RUN_CREATED, err);
}
