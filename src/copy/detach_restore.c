/* detach_restore.c — see detach.h: puts foreign keys and triggers back. */
#include "base/stop.h"
#include "copy/detach.h"
#include "copy/validate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the table's CHECK has them. */
static const char *const state_names[] = {
    [DETACHED_PENDING] = "detached",
    [DETACHED_RESTORED] = "restored",
    [DETACHED_NOT_VALID] = "not valid",
    [DETACHED_GONE] = "gone",
};

/* Foreign keys before triggers, which validating them must not wake; else as they were
 * taken off. */
static const char pending_sql[] =
    "SELECT id, kind, table_schema, table_name, name, restore_sql, validate_sql"
    " FROM outgrow.detached WHERE state = 'detached' AND $1::bigint IN (0, run_id)"
    " ORDER BY kind, id";

static const char *
text_of(struct arena *arena, const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column)
               ? NULL
               : arena_strdup(arena, PQgetvalue(result, row, column));
}

bool
detach_pending(PGconn *conn, struct arena *arena, int64_t run_id, struct detached **items,
               size_t *count, struct error *err)
{
    AUTO_RESULT *result = NULL;
    bool exists = false;
    const char *const parameters[] = {arena_printf(arena, "%" PRId64, run_id)};
    *items = NULL;
    *count = 0;
    if (!journal_exists(conn, &exists, err)) {
        return false;
    }
    if (!exists) {
        return true;
    }
    if (!target_query(conn, pending_sql, parameters, 1, &result, err)) {
        return error_wrap(err, "read outgrow.detached");
    }
    for (int row = 0; row < PQntuples(result); row++) {
        *ARENA_APPEND(arena, *items, *count) = (struct detached){
            .id = target_number(result, row, 0),
            .kind = text_of(arena, result, row, 1),
            .table_schema = text_of(arena, result, row, 2),
            .table_name = text_of(arena, result, row, 3),
            .name = text_of(arena, result, row, 4),
            .restore_sql = text_of(arena, result, row, 5),
            .validate_sql = text_of(arena, result, row, 6),
        };
    }
    return true;
}

static bool
journal_outcome(PGconn *conn, const struct detached *item, struct error *err)
{
    static const char sql[] =
        "UPDATE outgrow.detached SET state = $2, message = $3, restored_at ="
        " CASE WHEN $2 IN ('restored', 'not valid') THEN pg_catalog.clock_timestamp() END"
        " WHERE id = $1::bigint";
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, item->id);
    const char *const parameters[] = {id, state_names[item->state], item->message};
    AUTO_RESULT *result = NULL;
    return target_query(conn, sql, parameters, 3, &result, err);
}

static bool
validate(PGconn *conn, struct arena *arena, struct detached *item, struct error *err)
{
    struct error refused;
    bool valid = false;
    if (!copy_validate(conn, item->validate_sql, &valid, &refused, err)) {
        return false;
    }
    if (!valid) {
        item->state = DETACHED_NOT_VALID;
        item->message = arena_strdup(arena, refused.message);
    }
    return true;
}

static bool
restore_in_transaction(PGconn *conn, struct arena *arena, struct detached *item,
                       struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    item->state = DETACHED_RESTORED;
    item->message = NULL;
    return target_begin(&transaction, conn, err) &&
           target_execute(conn, item->restore_sql, err) &&
           (item->validate_sql == NULL || validate(conn, arena, item, err)) &&
           journal_outcome(conn, item, err) && target_commit(&transaction, err);
}

/* What a refusal means: undefined_table, invalid_schema_name and undefined_object say that
 * there is nothing left to put it on; duplicate_object, that somebody put it back. */
static enum detached_state
state_after(const struct error *refused)
{
    static const char *const gone[] = {"42P01", "3F000", "42704", "42703"};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        if (strcmp(refused->sqlstate, gone[i]) == 0) {
            return DETACHED_GONE;
        }
    }
    return strcmp(refused->sqlstate, "42710") == 0 ? DETACHED_RESTORED : DETACHED_PENDING;
}

static bool
restore_item(PGconn *conn, struct arena *arena, struct detached *item, struct error *err)
{
    struct error refused;
    do {
        if (!stop_check(err)) {
            return false;
        }
        if (restore_in_transaction(conn, arena, item, &refused)) {
            return true;
        }
    } while (target_lost_race(&refused));
    if (!target_refused_statement(&refused)) {
        *err = refused;
        return error_wrap(err, "put %s \"%s\" back on %s.%s", item->kind, item->name,
                          item->table_schema, item->table_name);
    }
    item->state = state_after(&refused);
    item->message = arena_strdup(arena, refused.message);
    return journal_outcome(conn, item, err);
}

bool
detach_restore(PGconn *conn, struct arena *arena, int64_t run_id, struct detached **items,
               size_t *count, struct error *err)
{
    if (!detach_pending(conn, arena, run_id, items, count, err)) {
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        if (!restore_item(conn, arena, &(*items)[i], err)) {
            return false;
        }
    }
    return true;
}

/* In a savepoint: what it was on may be gone. */
static bool
restore_unproven(PGconn *conn, struct arena *arena, struct detached *item, struct error *err)
{
    struct error refused;
    item->state = DETACHED_RESTORED;
    item->message = NULL;
    if (!target_execute(conn, "SAVEPOINT outgrow_restore", err)) {
        return false;
    }
    if (target_execute(conn, item->restore_sql, &refused)) {
        return target_execute(conn, "RELEASE SAVEPOINT outgrow_restore", err);
    }
    item->state = state_after(&refused);
    item->message = arena_strdup(arena, refused.message);
    if (!target_refused_statement(&refused) || item->state == DETACHED_PENDING) {
        *err = refused;
        return false;
    }
    return target_execute(conn, "ROLLBACK TO SAVEPOINT outgrow_restore", err);
}

bool
detach_restore_in_transaction(PGconn *conn, struct arena *arena, struct detached *items,
                              size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct detached *item = &items[i];
        if (!restore_unproven(conn, arena, item, err) || !journal_outcome(conn, item, err)) {
            return error_wrap(err, "put %s \"%s\" back on %s.%s", item->kind, item->name,
                              item->table_schema, item->table_name);
        }
    }
    return true;
}
