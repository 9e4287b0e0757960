/* orphans.c — at the switch, rows that refer to nothing become what the plan says; see
 * cutover_internal.h. */
#include "copy/orphans.h"

#include "cutover/cutover_internal.h"

#include <string.h>

/* "orphans schema.table.name" -> "name" */
static const char *
key_name(const struct plan_table *table, const struct plan_reference *reference)
{
    size_t front = sizeof "orphans " + strlen(table->schema) + strlen(table->name) + 1;
    return strlen(reference->id) > front ? reference->id + front : "";
}

/* A foreign key that is there and proven leaves nothing to look for. */
static bool
is_proven(PGconn *conn, const struct plan *plan, const struct plan_reference *reference,
          bool *proven, struct error *err)
{
    AUTO_TEXT name = {0};
    AUTO_RESULT *result = NULL;
    const struct plan_table *table = &plan->tables[reference->table];
    target_quote_qualified(&name, table->schema, table->name);
    const char *const parameters[] = {text_string(&name), key_name(table, reference)};
    if (!target_query(
            conn,
            "SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND convalidated"
            " AND conrelid = pg_catalog.to_regclass($1) AND conname = $2",
            parameters, 2, &result, err)) {
        return false;
    }
    *proven = PQntuples(result) > 0;
    return true;
}

/* One that is in doubt brings all others into doubt: what refers to an orphan is one, too. */
static bool
is_doubtful(struct cutover *cutover, bool *doubtful, struct error *err)
{
    const struct plan *final = cutover->final;
    bool proven = true;
    for (size_t i = 0; i < final->reference_count && proven; i++) {
        if (!is_proven(cutover->link->conn, final, &final->references[i], &proven, err)) {
            return error_wrap(err, "look at the target's foreign keys");
        }
    }
    *doubtful = !proven;
    return true;
}

/* They come back with the opening, as the final plan has them, also after a crash. */
static bool
drop_keys(PGconn *conn, const struct doors *doors, struct error *err)
{
    for (size_t i = 0; i < doors->count; i++) {
        if (!target_execute(conn, doors->drop[i], err)) {
            return error_wrap(err, "drop the foreign keys that are made anew");
        }
    }
    return true;
}

/* Nobody else does the same, or has opened PostgreSQL meanwhile: the session's lock is held. */
static bool
settle(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct sync_link *link = cutover->link;
    struct standing standing;
    const struct copy_job job = {
        .snapshot_path = link->settings.source_path,
        .conninfo = link->settings.conninfo,
        .control = link->conn,
        .run_id = link->live.run_id,
        .plan = cutover->final,
        .bad_text = link->settings.bad_text,
        .utf16 = link->reader.utf16,
    };
    return standing_read(link, &standing, err) &&
           (standing.stance != STANCE_FENCED ||
            (drop_keys(link->conn, doors, err) && copy_settle_orphans(&job, err)));
}

static bool
settle_as_ours(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct error also;
    PGconn *conn = cutover->link->conn;
    bool ok = target_execute(conn,
                             "SET outgrow.applying = 'on'; SET lock_timeout = '10s';"
                             " SELECT pg_catalog.pg_advisory_lock("
                             "pg_catalog.hashtextextended('outgrow orphans', 0))",
                             err) &&
              settle(cutover, doors, err);
    bool undone = target_execute(
        conn,
        "RESET outgrow.applying; RESET lock_timeout; SELECT pg_catalog.pg_advisory_unlock("
        "pg_catalog.hashtextextended('outgrow orphans', 0))",
        &also);
    if (ok && !undone) {
        *err = also;
    }
    return ok && undone;
}

bool
settle_orphans(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct error refused;
    bool doubtful = false;
    if (!is_doubtful(cutover, &doubtful, err)) {
        return false;
    }
    if (!doubtful || settle_as_ours(cutover, doors, &refused)) {
        return true;
    }
    if (refused.kind == ERROR_STOPPED || PQstatus(cutover->link->conn) != CONNECTION_OK) {
        *err = refused;
        return false;
    }
    say(cutover, "rows that refer to nothing stay, for they could not be dealt with: %s",
        refused.message);
    return true;
}
