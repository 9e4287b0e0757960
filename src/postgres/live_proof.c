/* live_proof.c — see live_proof.h. */
#include "postgres/live_proof.h"

#include "postgres/journal_internal.h"

bool
live_proof_load(PGconn *conn, int64_t id, struct live_proof *proof, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number)};
    if (!target_query(
            conn,
            "SELECT coalesce((extract(epoch FROM pg_catalog.clock_timestamp()"
            " - CASE WHEN l.compared_at = '-infinity' THEN NULL"
            " ELSE GREATEST(l.compared_at, r.finished_at) END) * 1000000)::bigint, -1),"
            " coalesce((extract(epoch FROM pg_catalog.clock_timestamp()"
            " - l.rehearsed_at) * 1000000)::bigint, -1), coalesce(l.orphans, -1)"
            " FROM outgrow.live AS l JOIN outgrow.runs AS r USING (run_id)"
            " WHERE l.id = $1::bigint",
            parameters, 1, &result, err)) {
        return error_wrap(err, "look up when the live source was proven");
    }
    *proof = (struct live_proof){-1, -1, -1};
    if (PQntuples(result) == 1) {
        *proof = (struct live_proof){.compared_age_us = result_number(result, 0, 0),
                                     .rehearsed_age_us = result_number(result, 0, 1),
                                     .orphans = result_number(result, 0, 2)};
    }
    return true;
}

static bool
note_proof(PGconn *conn, const char *sql, const char *const *parameters, size_t count,
           struct error *err)
{
    return journal_run_statement(conn, sql, parameters, count, err) ||
           error_wrap(err, "record how the live source is proven");
}

bool
live_note_compared(PGconn *conn, int64_t id, struct error *err)
{
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number)};
    return note_proof(conn,
                      "UPDATE outgrow.live SET compared_at = pg_catalog.clock_timestamp()"
                      " WHERE id = $1::bigint",
                      parameters, 1, err);
}

bool
live_void_compared(PGconn *conn, int64_t id, struct error *err)
{
    char number[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, number)};
    return note_proof(conn,
                      "UPDATE outgrow.live SET compared_at = '-infinity' WHERE id = $1::bigint",
                      parameters, 1, err);
}

bool
live_note_rehearsed(PGconn *conn, int64_t id, int64_t orphans, struct error *err)
{
    char numbers[2][NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(id, numbers[0]),
                                      number_text(orphans, numbers[1])};
    return note_proof(conn,
                      "UPDATE outgrow.live SET rehearsed_at = pg_catalog.clock_timestamp(),"
                      " orphans = NULLIF($2::bigint, -1) WHERE id = $1::bigint",
                      parameters, 2, err);
}
