/* live.c — outgrow.live: see live.h. */
#include "postgres/live.h"

#include "postgres/journal_internal.h"

#include <inttypes.h>
#include <string.h>

static const char *const state_names[LIVE_STATE_COUNT] = {
    [LIVE_LOADING] = "loading",   [LIVE_SYNCING] = "syncing",   [LIVE_PAUSED] = "paused",
    [LIVE_FENCED] = "fenced",     [LIVE_SWITCHED] = "switched", [LIVE_RETURNING] = "returning",
    [LIVE_FINISHED] = "finished",
};
enum { WISH_COUNT = 3 };
static const char *const wish_names[WISH_COUNT] = {
    [LIVE_RUN] = "run", [LIVE_HOLD] = "hold", [LIVE_STOP] = "stop"};

static const char select_live[] =
    "SELECT id, run_id, source_path, install_id, state, epoch, seq, fingerprint, nonce,"
    " schema_version, device, inode, wish, rate_rows, way_back, no_way_back, reason, settings,"
    " untold, max_log_rows";
static const char from_live[] = " FROM outgrow.live";
enum { ANSWER_FIELD = 20 }; /* behind those of select_live */

const char *
live_state_name(enum live_state state)
{
    return state_names[state];
}

bool
live_state_lasts(enum live_state state)
{
    return state == LIVE_SYNCING || state == LIVE_SWITCHED;
}

const char *
live_wish_name(enum live_wish wish)
{
    return wish_names[wish];
}

/* The table's CHECKs allow no other words. */
static int
number_of_name(const char *const *names, int count, const char *name)
{
    int number = 0;
    while (number < count - 1 && strcmp(names[number], name) != 0) {
        number++;
    }
    return number;
}

static void
live_from_row(struct arena *arena, const PGresult *result, int row, struct live *live)
{
    *live = (struct live){
        .id = result_number(result, row, 0),
        .run_id = result_number(result, row, 1),
        .source_path = target_text(arena, result, row, 2),
        .install_id = target_text(arena, result, row, 3),
        .state = (enum live_state)number_of_name(state_names, LIVE_STATE_COUNT,
                                                 PQgetvalue(result, row, 4)),
        .epoch = result_number(result, row, 5),
        .seq = result_number(result, row, 6),
        .fingerprint = target_text(arena, result, row, 7),
        .nonce = target_text(arena, result, row, 8),
        .schema_version = result_number(result, row, 9),
        .device = result_number(result, row, 10),
        .inode = result_number(result, row, 11),
        .wish = (enum live_wish)number_of_name(wish_names, WISH_COUNT,
                                               PQgetvalue(result, row, 12)),
        .rate_rows = result_number(result, row, 13),
        .way_back = target_is_true(result, row, 14),
        .no_way_back = target_text(arena, result, row, 15),
        .reason = target_text(arena, result, row, 16),
        .settings = target_text(arena, result, row, 17),
        .untold = target_is_true(result, row, 18),
        .max_log_rows = result_number(result, row, 19),
    };
}

bool
live_add(PGconn *conn, struct live *live, struct error *err)
{
    static const char sql[] =
        "INSERT INTO outgrow.live (run_id, source_path, install_id, state, seq, fingerprint,"
        " nonce, schema_version, device, inode, rate_rows, settings, max_log_rows)"
        " VALUES ($1::bigint, $2, $3, $4, $5::bigint, $6, $7, $8::bigint, $9::bigint,"
        " $10::bigint, $11::bigint, $12::json, $13::bigint) RETURNING id";
    char numbers[7][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {
        number_text(live->run_id, numbers[0]),
        live->source_path,
        live->install_id,
        live_state_name(live->state),
        number_text(live->seq, numbers[1]),
        live->fingerprint,
        live->nonce,
        number_text(live->schema_version, numbers[2]),
        number_text(live->device, numbers[3]),
        number_text(live->inode, numbers[4]),
        number_text(live->rate_rows, numbers[5]),
        live->settings,
        number_text(live->max_log_rows, numbers[6]),
    };
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, sql, parameters, sizeof parameters / sizeof parameters[0], &result,
                      err)) {
        return error_wrap(err, "record the live source \"%s\"", live->source_path);
    }
    live->id = result_number(result, 0, 0);
    return true;
}

bool
live_load(PGconn *conn, struct arena *arena, const char *source_path, struct live *live,
          bool *found, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    const char *const parameters[] = {source_path};
    text_printf(&sql, "%s%s WHERE source_path = $1", select_live, from_live);
    if (!target_query(conn, text_string(&sql), parameters, 1, &result, err)) {
        return error_wrap(err, "look up the live source \"%s\"", source_path);
    }
    *found = PQntuples(result) > 0;
    if (*found) {
        live_from_row(arena, result, 0, live);
    }
    return true;
}

bool
live_load_all(PGconn *conn, struct arena *arena, struct live **lives, size_t *count,
              struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    text_printf(&sql, "%s%s ORDER BY id", select_live, from_live);
    if (!target_query(conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "list the live sources");
    }
    *count = (size_t)PQntuples(result);
    *lives = arena_alloc(arena, *count * sizeof **lives);
    for (size_t i = 0; i < *count; i++) {
        live_from_row(arena, result, (int)i, &(*lives)[i]);
    }
    return true;
}

bool
live_lock(PGconn *conn, struct arena *arena, int64_t id, struct live *live, struct error *err)
{
    struct live_question none = {.sql = "NULL"};
    return live_lock_asking(conn, arena, id, &none, live, err);
}

bool
live_lock_asking(PGconn *conn, struct arena *arena, int64_t id, struct live_question *question,
                 struct live *live, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number)};
    text_printf(&sql, "%s, (%s)::text%s WHERE id = $1::bigint FOR UPDATE", select_live,
                question->sql, from_live);
    if (!target_query(conn, text_string(&sql), parameters, 1, &result, err)) {
        return error_wrap(err, "take the live source's lock");
    }
    if (PQntuples(result) == 0) {
        error_set(err, ERROR_TARGET, "live source %s is no longer in the target's journal",
                  number);
        return error_hint(err, "outgrow sync begins it anew");
    }
    live_from_row(arena, result, 0, live);
    question->answer = target_text(arena, result, 0, ANSWER_FIELD);
    return true;
}

/* A statement about one live source, also behind a pipeline. */
static bool
update_live(PGconn *conn, const char *sql, const char *const *parameters, size_t count,
            struct error *err)
{
    return journal_run_statement(conn, sql, parameters, count, err) ||
           error_wrap(err, "record where the live source stands");
}

bool
live_set_state(PGconn *conn, const struct live *live, struct error *err)
{
    char numbers[2][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(live->id, numbers[0]),
                                      live_state_name(live->state),
                                      number_text(live->epoch, numbers[1]),
                                      live->way_back ? "t" : "f",
                                      live->no_way_back,
                                      live->reason,
                                      live->untold ? "t" : "f"};
    return update_live(conn,
                       "UPDATE outgrow.live SET state = $2, epoch = $3::bigint,"
                       " way_back = $4::boolean, no_way_back = $5, reason = $6,"
                       " untold = $7::boolean, state_at = clock_timestamp()"
                       " WHERE id = $1::bigint",
                       parameters, 7, err);
}

bool
live_set_told(PGconn *conn, int64_t id, struct error *err)
{
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number)};
    return update_live(
        conn, "UPDATE outgrow.live SET untold = false, reason = NULL WHERE id = $1::bigint",
        parameters, 1, err);
}

bool
live_set_position(PGconn *conn, const struct live *live, const struct live_round *round,
                  struct error *err)
{
    char numbers[13][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {
        number_text(live->id, numbers[0]),
        number_text(live->seq, numbers[1]),
        live->fingerprint,
        live->nonce,
        number_text(live->schema_version, numbers[2]),
        number_text(live->device, numbers[3]),
        number_text(live->inode, numbers[4]),
        number_text(round->keys, numbers[5]),
        number_text(round->rows, numbers[6]),
        number_text(round->set_aside, numbers[7]),
        number_text(round->backlog_keys, numbers[8]),
        number_text(round->lag_us, numbers[9]),
        number_text(round->snapshot_us, numbers[10]),
        number_text(round->target_us, numbers[11]),
    };
    return update_live(conn,
                       "UPDATE outgrow.live SET seq = $2::bigint, fingerprint = $3,"
                       " nonce = $4, schema_version = $5::bigint, device = $6::bigint,"
                       " inode = $7::bigint, rounds = rounds + 1,"
                       " keys_applied = keys_applied + $8::bigint,"
                       " rows_applied = rows_applied + $9::bigint,"
                       " rows_set_aside = rows_set_aside + $10::bigint,"
                       " backlog_keys = $11::bigint, lag_us = $12::bigint,"
                       " snapshot_us = $13::bigint, target_us = $14::bigint,"
                       " round_at = clock_timestamp(), seen_at = clock_timestamp()"
                       " WHERE id = $1::bigint",
                       parameters, sizeof parameters / sizeof parameters[0], err);
}

bool
live_set_wish(PGconn *conn, int64_t id, enum live_wish wish, int64_t rate_rows,
              struct error *err)
{
    char numbers[2][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, numbers[0]), live_wish_name(wish),
                                      number_text(rate_rows, numbers[1])};
    return update_live(conn,
                       "UPDATE outgrow.live SET wish = $2, rate_rows = $3::bigint"
                       " WHERE id = $1::bigint",
                       parameters, 3, err);
}

bool
live_set_max_log_rows(PGconn *conn, int64_t id, int64_t rows, struct error *err)
{
    char numbers[2][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, numbers[0]),
                                      number_text(rows, numbers[1])};
    return update_live(conn,
                       "UPDATE outgrow.live SET max_log_rows = $2::bigint"
                       " WHERE id = $1::bigint",
                       parameters, 2, err);
}

bool
live_distrust(PGconn *conn, const char *source_path, struct error *err)
{
    const char *const parameters[] = {source_path};
    return update_live(conn,
                       "UPDATE outgrow.live SET schema_version = 0 WHERE source_path = $1",
                       parameters, 1, err);
}

bool
live_set_reason(PGconn *conn, int64_t id, const char *reason, struct error *err)
{
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number), reason};
    return update_live(conn, "UPDATE outgrow.live SET reason = $2 WHERE id = $1::bigint",
                       parameters, 2, err);
}

bool
live_set_pulse(PGconn *conn, int64_t id, const struct live_pulse *pulse, struct error *err)
{
    char numbers[8][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {
        number_text(id, numbers[0]),
        number_text(pulse->log_rows, numbers[1]),
        number_text(pulse->wal_bytes, numbers[2]),
        number_text(pulse->backlog_keys, numbers[3]),
        number_text(pulse->lag_us, numbers[4]),
        number_text(pulse->round_p50_us, numbers[5]),
        number_text(pulse->round_p95_us, numbers[6]),
        pulse->running ? "t" : "f",
        pulse->log_full ? "t" : "f",
    };
    return update_live(conn,
                       "UPDATE outgrow.live SET log_rows = $2::bigint, wal_bytes = $3::bigint,"
                       " backlog_keys = $4::bigint, lag_us = $5::bigint,"
                       " round_p50_us = coalesce(nullif($6::bigint, 0), round_p50_us),"
                       " round_p95_us = coalesce(nullif($7::bigint, 0), round_p95_us),"
                       " running = $8::boolean, log_full = $9::boolean,"
                       " seen_at = clock_timestamp() WHERE id = $1::bigint",
                       parameters, sizeof parameters / sizeof parameters[0], err);
}

/* Whoever works at a source holds a lock for as long as its session lives; an initial copy that of the
 * journal, and is the latest run. */
static const char figures_sql[] =
    "SELECT rounds, keys_applied, rows_applied, rows_set_aside,"
    " backlog_keys, lag_us, snapshot_us, target_us, log_rows, wal_bytes,"
    " round_p50_us, round_p95_us, running,"
    " (1000000 * extract(epoch FROM clock_timestamp() - seen_at))::bigint,"
    " (1000000 * extract(epoch FROM clock_timestamp() - round_at))::bigint,"
    " log_full, (SELECT count(*) FROM outgrow.differences AS d WHERE d.run_id ="
    " l.run_id AND d.kind <> 'not carried'),"
    " EXISTS (SELECT FROM pg_catalog.pg_locks AS k WHERE k.locktype = 'advisory' AND k.granted"
    " AND k.classid = $2::oid AND k.objsubid = 2 AND k.objid ="
    " (CASE state WHEN 'loading' THEN 1 ELSE $3::bigint + l.id END)::oid"
    " AND (state <> 'loading' OR run_id = (SELECT max(r.run_id) FROM outgrow.runs AS r))"
    " AND k.database = (SELECT oid FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database())),"
    " CASE WHEN pg_catalog.pg_postmaster_start_time() > seen_at THEN (1000000 * extract("
    "epoch FROM clock_timestamp() - pg_catalog.pg_postmaster_start_time()))::bigint END"
    " FROM outgrow.live AS l WHERE id = $1::bigint";

bool
live_figures_load(PGconn *conn, int64_t id, struct live_figures *figures, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char numbers[3][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {
        number_text(id, numbers[0]),
        number_text(LIVE_TURN_CLASS, numbers[1]),
        number_text(LIVE_TURN_FIRST, numbers[2]),
    };
    if (!target_query(conn, figures_sql, parameters, 3, &result, err)) {
        return error_wrap(err, "read the figures of a live source");
    }
    if (PQntuples(result) == 0) {
        return error_set(err, ERROR_TARGET, "live source %s is no longer there", numbers[0]);
    }
    *figures = (struct live_figures){
        .rounds = result_number(result, 0, 0),
        .keys_applied = result_number(result, 0, 1),
        .rows_applied = result_number(result, 0, 2),
        .rows_set_aside = result_number(result, 0, 3),
        .differences = result_number(result, 0, 16),
        .snapshot_us = result_number(result, 0, 6),
        .target_us = result_number(result, 0, 7),
        .pulse = {.log_rows = result_number(result, 0, 8),
                  .wal_bytes = result_number(result, 0, 9),
                  .backlog_keys = result_number(result, 0, 4),
                  .lag_us = result_number(result, 0, 5),
                  .round_p50_us = result_number(result, 0, 10),
                  .round_p95_us = result_number(result, 0, 11),
                  .running = target_is_true(result, 0, 12),
                  .log_full = target_is_true(result, 0, 15)},
        .since_seen_us = result_number(result, 0, 13),
        .since_round_us = result_number(result, 0, 14),
        .kept = target_is_true(result, 0, 17),
        .since_start_us = result_number(result, 0, 18),
    };
    return true;
}

bool
live_forget(PGconn *conn, int64_t id, struct error *err)
{
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number)};
    return update_live(conn, "DELETE FROM outgrow.live WHERE id = $1::bigint", parameters, 1,
                       err);
}
