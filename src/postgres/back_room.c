/* back_room.c — see back_room.h. */
#include "postgres/back_room.h"

#include "base/text.h"
#include "postgres/journal_internal.h"

#include <inttypes.h>

/* What a sequence gave out last; 0: nothing, or it is not there. */
static void
add_last_value(struct text *sql, const char *sequence, int64_t live_id)
{
    text_printf(sql,
                "coalesce(pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass("
                "'outgrow.%s_%" PRId64 "')), 0)",
                sequence, live_id);
}

bool
back_room_read(PGconn *conn, int64_t live_id, struct back_room *room, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    *room = (struct back_room){0};
    text_add(&sql, "SELECT ");
    add_last_value(&sql, "back_n", live_id);
    text_add(&sql, " - taken, ");
    add_last_value(&sql, "back_full", live_id);
    text_printf(&sql,
                " > 0, whole_after IS NOT NULL, coalesce(whole_after > 0, false), "
                "coalesce(whole_after > 0 AND whole_after <"
                " pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()), false)"
                " FROM outgrow.back_room WHERE live_id = %" PRId64,
                live_id);
    if (!target_query(conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "look at the log of the way back");
    }
    if (PQntuples(result) == 0) {
        return true;
    }
    room->there = true;
    room->waiting = result_number(result, 0, 0);
    room->full = target_is_true(result, 0, 1);
    room->whole = room->full || target_is_true(result, 0, 2);
    room->named = !room->full && target_is_true(result, 0, 3);
    room->settled = !room->full && target_is_true(result, 0, 4);
    return true;
}

/* taken = ..., upto = ... */
static void
add_limits(struct text *sql, int64_t live_id, int64_t max_rows)
{
    text_add(sql, "taken = ");
    add_last_value(sql, "back_n", live_id);
    text_add(sql, ", upto = ");
    if (max_rows > 0) {
        add_last_value(sql, "back_n", live_id);
        text_printf(sql, " + %" PRId64, max_rows);
    } else {
        text_add(sql, "NULL");
    }
}

bool
back_room_install(PGconn *conn, int64_t live_id, int64_t max_rows, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "CREATE SEQUENCE IF NOT EXISTS outgrow.back_n_%" PRId64
                "; CREATE SEQUENCE IF NOT EXISTS outgrow.back_full_%" PRId64
                "; INSERT INTO outgrow.back_room (live_id, taken) VALUES (%" PRId64
                ", 0) ON CONFLICT DO NOTHING; UPDATE outgrow.back_room SET ",
                live_id, live_id, live_id);
    add_limits(&sql, live_id, max_rows);
    text_printf(&sql, " WHERE live_id = %" PRId64, live_id);
    return target_execute(conn, text_string(&sql), err) ||
           error_wrap(err, "make room for the log of the way back");
}

bool
back_room_remove(PGconn *conn, int64_t live_id, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "DELETE FROM outgrow.back_room WHERE live_id = %" PRId64
                "; DROP SEQUENCE IF EXISTS outgrow.back_n_%" PRId64
                ", outgrow.back_full_%" PRId64,
                live_id, live_id, live_id);
    return target_execute(conn, text_string(&sql), err);
}

bool
back_room_take(PGconn *conn, int64_t live_id, int64_t max_rows, bool whole, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "UPDATE outgrow.back_room SET ");
    add_limits(&sql, live_id, max_rows);
    text_add(&sql, whole ? ", whole_after = NULL" : "");
    text_printf(&sql, " WHERE live_id = %" PRId64, live_id);
    return target_execute(conn, text_string(&sql), err);
}

/* Each of the four is on its own, and in this order: a crash in between leaves a log that is full,
 * or tables that are due with nobody known to be waited for, which is asked for again. What was
 * noted goes first, for all tables are read whole: such ends, time and again, would leave the log
 * longer each time. */
bool
back_room_reopen(PGconn *conn, int64_t live_id, int64_t max_rows, struct error *err)
{
    AUTO_TEXT due = {0};
    char empty[96];
    char open[96];
    char settle[160];
    snprintf(empty, sizeof empty, "DELETE FROM outgrow.back_log WHERE live_id = %" PRId64,
             live_id);
    text_add(&due, "UPDATE outgrow.back_room SET whole_after = 0, ");
    add_limits(&due, live_id, max_rows);
    text_printf(&due, " WHERE live_id = %" PRId64, live_id);
    snprintf(open, sizeof open,
             "SELECT pg_catalog.setval('outgrow.back_full_%" PRId64 "', 1, false)", live_id);
    snprintf(settle, sizeof settle,
             "UPDATE outgrow.back_room SET whole_after = pg_catalog.txid_current()"
             " WHERE live_id = %" PRId64,
             live_id);
    AUTO_RESULT *opened = NULL;
    return (target_execute(conn, empty, err) && target_execute(conn, text_string(&due), err) &&
            target_query(conn, open, NULL, 0, &opened, err) &&
            target_execute(conn, settle, err)) ||
           error_wrap(err, "have the log of the way back take changes again");
}
