/* back_round.c — one round from PostgreSQL to SQLite.
 *
 * Under REPEATABLE READ the log and the rows are those of one snapshot, and the DELETE at the
 * end removes exactly the entries that the SELECTs before it have seen: what commits later, also
 * with a smaller number, is for the next round. */
#include "base/clock.h"
#include "base/stop.h"
#include "postgres/back_room.h"
#include "postgres/journal.h"
#include "sync/aside_keys.h"
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCK_ATTEMPTS = 20, ROWS_PER_STOP_CHECK = 256 };

/* row_security = off: a policy that would hide rows from us is an error, not a deletion. */
static const char settings_sql[] =
    "SET LOCAL outgrow.applying = 'on'; SET LOCAL row_security = off;"
    " SET LOCAL extra_float_digits = 3; SET LOCAL intervalstyle = 'postgres';"
    " SET LOCAL bytea_output = 'hex'";

struct round {
    struct sync_link *link;
    struct arena memory;
    PGresult *tables;          /* t, entries, of them in the log, TRUNCATE */
    struct back_shape *shapes; /* one per row of it */
    size_t shape_count;
    struct back_counts counts;
    bool whole; /* all tables, for the log was full */
    int64_t keys;
    int64_t logged;
};

static void
round_close(struct round *round)
{
    for (size_t i = 0; i < round->shape_count; i++) {
        back_shape_free(&round->shapes[i]);
    }
    PQclear(round->tables);
    arena_free(&round->memory);
}
#define AUTO_ROUND __attribute__((cleanup(round_close))) struct round

static bool
load_tables(struct round *round, struct error *err)
{
    char sql[768];
    char tables[128] = "";
    int64_t id = round->link->live.id;
    if (round->whole) {
        snprintf(tables, sizeof tables,
                 " UNION ALL SELECT t, NULL, false FROM outgrow.back_tables"
                 " WHERE live_id = %" PRId64,
                 id);
    }
    snprintf(sql, sizeof sql,
             "SELECT t, count(*), count(*) FILTER (WHERE logged),"
             " pg_catalog.bool_or(k IS NULL) FROM (SELECT t, k, true AS logged"
             " FROM outgrow.back_log WHERE live_id = %" PRId64 " UNION ALL"
             " SELECT t, k, false FROM outgrow.back_refused WHERE live_id = %" PRId64
             "%s) AS l GROUP BY t ORDER BY t",
             id, id, tables);
    if (!target_query(round->link->conn, sql, NULL, 0, &round->tables, err)) {
        return error_wrap(err, "read the log of the way back");
    }
    for (int row = 0; row < PQntuples(round->tables); row++) {
        round->keys += target_number(round->tables, row, 1);
        round->logged += target_number(round->tables, row, 2);
    }
    return true;
}

static bool
build_shapes(struct round *round, struct error *err)
{
    size_t count = (size_t)PQntuples(round->tables);
    round->shapes = arena_alloc(&round->memory, (count + 1) * sizeof *round->shapes);
    for (size_t i = 0; i < count; i++) {
        int64_t id = target_number(round->tables, (int)i, 0);
        const struct live_table *table = back_find_table(round->link, id);
        if (table == NULL || !back_table_returns(table)) {
            return error_set(err, ERROR_TARGET,
                             "the log of the way back speaks of table %" PRId64
                             ", which this plan does not bring back",
                             id);
        }
        round->shape_count++;
        if (!back_shape_build(round->link, table, &round->memory, &round->shapes[i], err) ||
            !back_forms_load(round->link, &round->shapes[i], err)) {
            return false;
        }
    }
    return true;
}

static bool
is_all(const struct round *round, size_t i)
{
    return target_is_true(round->tables, (int)i, 3);
}

/* Rows that were set aside on their way to the target are not gone there. */
static bool
spare_key(void *context, sqlite3_value *const *key, struct error *err)
{
    return back_apply_spare_key(context, key, err);
}

static bool
spare_set_aside(struct round *round, struct back_apply *apply, const struct live_table *table,
                struct error *err)
{
    struct row_positions positions;
    if (table->source->rowid_name == NULL) {
        return aside_keys_each(round->link, table, spare_key, apply, err);
    }
    return journal_set_aside_positions(round->link->conn, &round->memory,
                                       round->link->live.run_id, table->source->name.text,
                                       &positions, err) &&
           back_apply_spare(apply, &positions, err);
}

static bool
read_rows(struct round *round, const struct back_shape *shape, struct back_apply *apply,
          bool all, struct error *err)
{
    AUTO_COPY_READER reader = {0};
    AUTO_TEXT sql = {0};
    struct copy_field *fields = arena_alloc(&round->memory,
                                            shape->field_count * sizeof *fields);
    enum copy_read got;
    uint64_t rows = 0;
    back_rows_sql(&sql, shape, all);
    if (!copy_reader_begin(&reader, round->link->conn, text_string(&sql), err)) {
        return false;
    }
    while ((got = copy_reader_next(&reader, fields, shape->field_count, err)) == COPY_ROW) {
        if (!back_apply_row(apply, fields, &round->counts, err) ||
            (++rows % ROWS_PER_STOP_CHECK == 0 && !stop_check(err))) {
            return false;
        }
    }
    return got == COPY_END;
}

static bool
bring_table(struct round *round, size_t i, struct error *err)
{
    struct back_shape *shape = &round->shapes[i];
    struct back_apply *apply = NULL;
    bool all = is_all(round, i);
    bool good = back_apply_begin(&round->link->writer, shape, all, &round->memory, &apply,
                                 err) &&
                (!all || spare_set_aside(round, apply, shape->live, err)) &&
                read_rows(round, shape, apply, all, err) &&
                back_apply_finish(apply, round->link->conn, &round->counts, err);
    if (apply != NULL) {
        back_apply_close(apply);
    }
    return good || error_wrap(err, "bring back %s", shape->live->plan->name);
}

static bool
consume_log(struct round *round, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char sql[96];
    snprintf(sql, sizeof sql, "DELETE FROM outgrow.back_log WHERE live_id = %" PRId64,
             round->link->live.id);
    if (!target_query(round->link->conn, sql, NULL, 0, &result, err)) {
        return error_wrap(err, "take the log of the way back");
    }
    int64_t gone = strtoll(PQcmdTuples(result), NULL, 10);
    if (gone != round->logged) {
        return error_set(err, ERROR_INTERNAL,
                         "%" PRId64 " entries of the log were read, and %" PRId64 " taken",
                         round->logged, gone);
    }
    const struct live *live = &round->link->live;
    return back_room_take(round->link->conn, live->id, live->max_log_rows, round->whole, err);
}

/* Both transactions are open, the target's with one snapshot. */
static bool
bring_all(struct round *round, struct live_round *figures, struct error *err)
{
    struct source *writer = &round->link->writer;
    if (!load_tables(round, err) || !build_shapes(round, err) ||
        !back_refused_begin(writer, err)) {
        return false;
    }
    for (size_t i = 0; i < round->shape_count; i++) {
        if (!back_born_number(round->link, &round->shapes[i], is_all(round, i), err)) {
            return false;
        }
    }
    for (size_t i = 0; i < round->shape_count; i++) {
        if (!bring_table(round, i, err)) {
            return false;
        }
    }
    figures->keys = round->keys;
    figures->rows = round->counts.rows;
    figures->altered = round->counts.altered;
    figures->backlog_keys = round->keys;
    return consume_log(round, err) &&
           back_refused_save(writer, round->link->conn, round->link->live.id,
                             &figures->set_aside, err);
}

/* Without a transaction: is there anything to do, and may we? */
static bool
look(struct sync_link *link, enum live_state allowed, bool *wanted, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char sql[512];
    int64_t id = link->live.id;
    snprintf(
        sql, sizeof sql,
        "SELECT state = '%s', EXISTS (SELECT 1 FROM outgrow.back_log b WHERE b.live_id = l.id)"
        " OR EXISTS (SELECT 1 FROM outgrow.back_room r WHERE r.live_id = l.id"
        " AND (r.whole_after IS NOT NULL OR pg_catalog.pg_sequence_last_value("
        "pg_catalog.to_regclass('outgrow.back_full_%" PRId64 "')) IS NOT NULL))"
        " FROM outgrow.live l WHERE id = %" PRId64,
        live_state_name(allowed), id, id);
    if (!target_query(link->conn, sql, NULL, 0, &result, err)) {
        return error_wrap(err, "look at the log of the way back");
    }
    /* Not allowed: the lock tells what the state is. */
    *wanted = PQntuples(result) == 0 || PQgetvalue(result, 0, 0)[0] == 'f' ||
              target_is_true(result, 0, 1);
    return true;
}

/* Takes the lock as the first statement, so that the snapshot is behind it. A row that another
 * process changed meanwhile is a serialization failure: again, with a newer snapshot. */
static bool
begin_target(struct sync_link *link, struct target_transaction *transaction, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        struct error failure = {0};
        if (target_begin(transaction, link->conn, &failure) &&
            target_execute(link->conn, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                           &failure) &&
            sync_link_lock(link, &failure)) {
            return true;
        }
        target_transaction_close(transaction);
        if (!target_lost_race(&failure) || attempt == LOCK_ATTEMPTS) {
            *err = failure;
            return false;
        }
        if (!stop_check(err)) {
            return false;
        }
    }
}

static bool
run_in_transaction(struct sync_link *link, bool whole, struct live_round *figures,
                   struct error *err)
{
    AUTO_ROUND round = {.link = link, .whole = whole};
    return back_identity_take(link, err) && target_execute(link->conn, settings_sql, err) &&
           bring_all(&round, figures, err);
}

/* SQLite first: should the second commit not come, the log is still there, and the rows are
 * found as they are to be. */
static bool
commit_both(struct sync_link *link, struct target_transaction *transaction,
            struct live_round *figures, struct error *err)
{
    return live_set_position(link->conn, &link->live, figures, err) &&
           back_execute(&link->writer, "COMMIT", err) && target_commit(transaction, err);
}

/* What is read whole shows everything once those are gone who found the log full. */
static bool
wait_for_others(struct error *err)
{
    error_set(err, ERROR_TARGET,
              "the log of the way back was full, and transactions from before it took changes "
              "again are still open");
    snprintf(err->sqlstate, sizeof err->sqlstate, "55P03");
    return error_hint(err, "pg_stat_activity shows them, by xact_start");
}

/* Behind the snapshot. *whole: what is due. *reopened: the transaction is over, the log takes
 * changes again, and the next look is to be behind that. */
static bool
look_at_room(struct sync_link *link, struct target_transaction *transaction, bool *whole,
             bool *reopened, struct error *err)
{
    struct back_room room;
    *reopened = false;
    if (!back_room_read(link->conn, link->live.id, &room, err)) {
        return false;
    }
    *whole = room.whole;
    if (!room.whole || room.settled) {
        return true;
    }
    target_transaction_close(transaction);
    *reopened = room.full || !room.named;
    return *reopened ? back_room_reopen(link->conn, link->live.id, link->live.max_log_rows, err)
                     : wait_for_others(err);
}

static bool
run_alone(struct sync_link *link, const struct back_request *request, bool *applied,
          struct live_round *figures, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    bool whole = false;
    bool reopened = true;
    while (reopened) {
        if (!begin_target(link, &transaction, err)) {
            return false;
        }
        if (link->live.state != request->allowed || link->live.wish == LIVE_HOLD) {
            return true;
        }
        if (!look_at_room(link, &transaction, &whole, &reopened, err)) {
            return false;
        }
    }
    int64_t began = clock_monotonic_us();
    if (!back_execute(&link->writer, "BEGIN IMMEDIATE", err)) {
        return false;
    }
    bool good = run_in_transaction(link, whole, figures, err);
    figures->whole = whole;
    figures->target_us = clock_monotonic_us() - began;
    figures->snapshot_us = figures->target_us;
    good = good && commit_both(link, &transaction, figures, err);
    if (!sqlite3_get_autocommit(link->writer.handle)) {
        back_tidy(&link->writer, "ROLLBACK");
    }
    *applied = good;
    return good;
}

static bool
refuse_full(struct error *err)
{
    error_set(err, ERROR_NOT_NOW,
              "the log of the way back was full: not all changes of PostgreSQL are in it");
    return error_hint(err, "outgrow sync reads all tables whole; then try again");
}

bool
sync_round_back(struct sync_link *link, const struct back_request *request, bool *applied,
                struct live_round *figures, struct error *err)
{
    *applied = false;
    *figures = (struct live_round){0};
    if (request->in_transaction) {
        struct back_room room;
        if (!back_room_read(link->conn, link->live.id, &room, err) ||
            (room.whole && !refuse_full(err))) {
            return false;
        }
        /* The live source's row anew: an attempt before may have been rolled back. */
        *applied = sync_link_lock(link, err) && run_in_transaction(link, false, figures, err) &&
                   live_set_position(link->conn, &link->live, figures, err) &&
                   (!request->complete || back_refused_none(&link->writer, link, err));
        return *applied;
    }
    bool wanted = false;
    if (!look(link, request->allowed, &wanted, err)) {
        return false;
    }
    return !wanted || run_alone(link, request, applied, figures, err);
}
