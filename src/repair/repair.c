/* repair.c — see repair.h.
 *
 * A table is locked against writers while its rows are looked for and repaired, in one
 * transaction: else the places of the rows would be somebody else's by then. Foreign keys
 * and triggers are off meanwhile, as in a load, and journalled so that a crash leaves
 * nothing behind. */
#include "repair/repair.h"

#include "copy/detach.h"
#include "repair/repair_internal.h"
#include "report/report_parts.h"
#include "verify/locate.h"

static bool
has_differing_rows(const struct table_verdict *verdict)
{
    return verdict->done &&
           verdict->rows_different + verdict->rows_missing + verdict->rows_extra > 0;
}

/* The rows of one table on their way into the file. */
struct gathering {
    FILE *file;
    bool ok;
    struct error err;
};

static void
gather(void *context, const struct located_row *found)
{
    struct gathering *gathering = context;
    const struct repair_row row = {.in_source = found->in_source,
                                   .position = found->source_position,
                                   .in_target = found->in_target,
                                   .place = found->target_place};
    gathering->ok = gathering->ok && repair_row_write(gathering->file, &row, &gathering->err);
}

/* The partitions are locked with it. */
static bool
lock_table(PGconn *conn, struct arena *arena, const struct plan_table *table,
           struct table_leaves *leaves, struct error *err)
{
    AUTO_TEXT name = {0};
    AUTO_TEXT sql = {0};
    target_quote_qualified(&name, table->schema, table->name);
    text_printf(&sql, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", text_string(&name));
    return target_execute(conn, text_string(&sql), err) &&
           table_leaves_read(conn, arena, text_string(&name), leaves, err);
}

static bool
locate_and_repair(struct repairing *repairing, size_t table, const struct table_leaves *leaves,
                  struct source *source, FILE *file, struct error *err)
{
    const struct verify_job *job = repairing->request->job;
    struct gathering gathering = {.file = file, .ok = true};
    struct repair_outcome outcome;
    const struct locate_request request = {.job = job,
                                           .table = (int)table,
                                           .leaves = leaves,
                                           .source = source,
                                           .conn = job->control};
    const struct repair_table repair = {.job = &repairing->copy,
                                        .table = table,
                                        .source = source,
                                        .conn = job->control,
                                        .leaves = leaves,
                                        .rows = file};
    if (!verify_locate(&request, gather, &gathering, err)) {
        return false;
    }
    if (!gathering.ok) {
        *err = gathering.err;
        return false;
    }
    if (!repair_rows(&repair, &outcome, err)) {
        return false;
    }
    repairing->rows.removed += outcome.removed;
    repairing->rows.stored += outcome.stored;
    repairing->rows.set_aside += outcome.set_aside;
    return true;
}

static bool
repair_in_transaction(struct repairing *repairing, size_t table, FILE *file, struct error *err)
{
    const struct verify_job *job = repairing->request->job;
    AUTO_SOURCE source = {0};
    AUTO_TRANSACTION transaction = {0};
    struct repair_outcome before = repairing->rows;
    struct table_leaves leaves;
    bool ok = target_begin(&transaction, job->control, err) &&
              lock_table(job->control, repairing->request->arena, &job->plan->tables[table],
                         &leaves, err) &&
              source_open(&source, job->source_path, err);
    if (ok && sqlite3_exec(source.handle, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        ok = source_failed(&source, err, "begin to read");
    }
    ok = ok && locate_and_repair(repairing, table, &leaves, &source, file, err) &&
         target_commit(&transaction, err);
    if (!ok) {
        repairing->rows = before;
    }
    return ok;
}

/* What the server or the source refuses concerns one table, and the others go on. */
static bool
repair_table_rows(struct repairing *repairing, size_t table, struct error *err)
{
    const struct verify_job *job = repairing->request->job;
    struct error refused = {0};
    FILE *file = tmpfile();
    if (file == NULL) {
        return error_set(err, ERROR_SYSTEM, "make a temporary file");
    }
    bool ok = repair_in_transaction(repairing, table, file, &refused);
    fclose(file);
    if (ok) {
        return true;
    }
    bool survivable = (refused.kind == ERROR_TARGET || refused.kind == ERROR_SOURCE) &&
                      PQstatus(job->control) == CONNECTION_OK;
    if (!survivable) {
        *err = refused;
        return false;
    }
    report_warn(repairing->request->warnings, "table %s was not repaired: %s",
                job->plan->tables[table].name, refused.message);
    return true;
}

/* pg_class.oid of the tables whose rows are to be repaired, and of those that inherit from
 * them: their rows are seen in these. */
static bool
find_oids(const struct repairing *repairing, uint32_t **oids, size_t *count, struct error *err)
{
    static const char sql[] =
        "WITH RECURSIVE tree (oid) AS (SELECT $1::pg_catalog.regclass::pg_catalog.oid"
        " UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i"
        " ON i.inhparent = tree.oid) SELECT oid FROM tree";
    const struct verify_job *job = repairing->request->job;
    for (size_t i = 0; i < job->plan->table_count; i++) {
        if (!has_differing_rows(&repairing->verdict->tables[i])) {
            continue;
        }
        AUTO_RESULT *result = NULL;
        AUTO_TEXT name = {0};
        target_quote_qualified(&name, job->plan->tables[i].schema, job->plan->tables[i].name);
        const char *const parameters[] = {text_string(&name)};
        if (!target_query(job->control, sql, parameters, 1, &result, err)) {
            return false;
        }
        for (int row = 0; row < PQntuples(result); row++) {
            *ARENA_APPEND(repairing->request->arena, *oids,
                          *count) = (uint32_t)target_number(result, row, 0);
        }
    }
    return true;
}

static bool
give_back(struct repairing *repairing, struct error *err)
{
    const struct verify_job *job = repairing->request->job;
    struct detached *items = NULL;
    size_t count = 0;
    if (!detach_restore(job->control, repairing->request->arena, job->run_id, &items, &count,
                        err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].message != NULL) {
            report_warn(repairing->request->warnings, "%s %s of %s.%s: %s", items[i].kind,
                        items[i].name, items[i].table_schema, items[i].table_name,
                        items[i].message);
        }
    }
    return true;
}

/* Foreign keys are dropped rather than ignored: they come back checked. */
static bool
repair_all_rows(struct repairing *repairing, struct error *err)
{
    const struct verify_job *job = repairing->request->job;
    size_t table_count = job->plan->table_count;
    uint32_t *oids = NULL;
    struct detach_request off = {.run_id = job->run_id};
    enum detach_means means;
    if (!find_oids(repairing, &oids, &off.table_count, err)) {
        return false;
    }
    off.tables = oids;
    if (off.table_count == 0) {
        return true;
    }
    bool ok = detach_tables(job->control, &off, &means, err);
    for (size_t i = 0; ok && i < table_count; i++) {
        if (has_differing_rows(&repairing->verdict->tables[i])) {
            ok = repair_table_rows(repairing, i, err);
        }
    }
    struct error later;
    if (!give_back(repairing, &later) && ok) {
        *err = later;
        return false;
    }
    return ok;
}

/* Compares what was touched, and takes the rest from before. */
static bool
verify_again(struct repairing *repairing, struct verdict *verdict, struct error *err)
{
    const struct repair_request *request = repairing->request;
    const struct plan *plan = request->job->plan;
    struct verify_job job = *request->job;
    struct verdict after;
    for (size_t i = 0; i < verdict->difference_count; i++) {
        int table = repair_table_of(plan, &verdict->differences[i]);
        if (table >= 0) {
            repairing->touched[table] = true;
        }
    }
    job.chosen = repairing->touched;
    job.source_state = NULL; /* the others' state is not forgotten */
    if (!verify_tables(&job, request->arena, &after, err)) {
        return false;
    }
    for (size_t i = 0; i < plan->table_count; i++) {
        if (!repairing->touched[i]) {
            after.tables[i] = verdict->tables[i];
        }
    }
    after.partial = verdict->partial;
    *verdict = after;
    return true;
}

bool
repair_target(const struct repair_request *request, struct verdict *verdict, json_t **repaired,
              struct error *err)
{
    const struct verify_job *job = request->job;
    const struct survey *survey = request->survey;
    struct repairing repairing = {
        .request = request,
        .verdict = verdict,
        .copy = {.snapshot_path = job->source_path,
                 .conninfo = job->conninfo,
                 .control = job->control,
                 .run_id = job->run_id,
                 .plan = job->plan,
                 .inspection = &survey->inspection,
                 .bad_text = job->bad_text,
                 .utf16 = survey->source.utf16},
        .touched = arena_alloc(request->arena, job->plan->table_count + 1),
        .steps = json_array(),
    };
    bool ok = give_back(&repairing, err) && repair_all_rows(&repairing, err) &&
              repair_definitions(&repairing, err) && verify_again(&repairing, verdict, err);
    *repaired = json_pack("{s:I, s:I, s:I, s:o}", "rows_removed",
                          (json_int_t)repairing.rows.removed, "rows_stored",
                          (json_int_t)repairing.rows.stored, "rows_set_aside",
                          (json_int_t)repairing.rows.set_aside, "steps", repairing.steps);
    return ok;
}
