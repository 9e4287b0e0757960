/* journal.h — the schema `outgrow` in the target: what was done, so that a
 * killed run goes on where it was.
 *
 * Facts are written in the same transaction as the work they speak of, so the
 * callers own the transactions; these functions only run statements on `conn`.
 * Tables: runs, tables, chunks, steps, set_aside, left_out, id_map, differences, schema_files
 * (schema_files.h), detached (copy/detach.h), healing (heal/record.h); journal.c holds
 * their DDL and a version. */
#ifndef POSTGRES_JOURNAL_H
#define POSTGRES_JOURNAL_H

#include "postgres/target.h"

#include <jansson.h>

/* Creates or checks the schema (own transaction; several processes may do it at
 * once). ERROR_TARGET when the version is newer than this program. */
MUST_USE bool journal_ensure(PGconn *conn, struct error *err);

/* All of its DDL, for a person who may create schemas to run. Lives as long as `arena`. */
const char *journal_schema_sql(struct arena *arena);

/* Whether the schema `outgrow` is there at all (status on a bare target). */
MUST_USE bool journal_exists(PGconn *conn, bool *exists, struct error *err);

/* What no other database has, whatever it is called and wherever it runs; a dump that is restored
 * has it, too. Lives as long as `arena`. */
MUST_USE bool journal_identity(PGconn *conn, struct arena *arena, const char **id,
                               struct error *err);

/* One run at a time in one database: a session-level advisory lock, held until
 * the connection ends. Refused: ERROR_TARGET (55P03) that names the other's backend
 * pid, since when and from where. */
MUST_USE bool journal_lock(PGconn *conn, struct error *err);

/* Where a run stands; in this order. Kept as text in the target. */
enum run_state {
    RUN_STARTED,
    RUN_INSPECTED,
    RUN_CREATED /* tables are there */,
    RUN_COPIED,
    RUN_FINISHED /* keys, indexes, constraints */,
    RUN_VERIFIED /* over */
};
const char *run_state_name(enum run_state state);

struct run {
    int64_t id;
    const char *source_path;   /* real path */
    const char *snapshot_path; /* the backup the run reads */
    const char *source_state;  /* JSON: struct source_state at the time of the backup */
    const char *settings;      /* JSON text: what decides the result; compared on resume */
    enum run_state state;
    int exit_code;           /* meaningful once verified; -1 before */
    const char *report;      /* JSON text of the final report; NULL before */
    const char *started_at;  /* ISO text */
    const char *finished_at; /* NULL: not over */
    const char *plan;        /* text of the plan file; NULL: none */
    int64_t batch_id;        /* the first run of one command over several sources; 0: alone */
};

/* The latest run of this source, or of any source when source_path is NULL.
 * found: false when there is none. Strings live as long as `arena`. */
MUST_USE bool journal_run_latest(PGconn *conn, struct arena *arena, const char *source_path,
                                 struct run *run, bool *found, struct error *err);
/* The run of that number. */
MUST_USE bool journal_run_load(PGconn *conn, struct arena *arena, int64_t run_id,
                               struct run *run, bool *found, struct error *err);
/* All runs, newest first. */
MUST_USE bool journal_runs(PGconn *conn, struct arena *arena, struct run **runs, size_t *count,
                           struct error *err);

/* Inserts; sets run->id and started_at. */
MUST_USE bool journal_run_add(PGconn *conn, struct arena *arena, struct run *run,
                              struct error *err);
/* Replaces what the result depends on (run.settings, run.plan). */
MUST_USE bool journal_run_settle(PGconn *conn, int64_t run_id, const char *settings,
                                 const char *plan, struct error *err);
/* Ties the run to a batch. */
MUST_USE bool journal_run_join(PGconn *conn, int64_t run_id, int64_t batch_id,
                               struct error *err);
MUST_USE bool journal_run_advance(PGconn *conn, int64_t run_id, enum run_state state,
                                  struct error *err);
/* Ends it: state verified, exit code, report. */
MUST_USE bool journal_run_end(PGconn *conn, int64_t run_id, int exit_code, const char *report,
                              struct error *err);
/* Which of the tables that the run made or filled are no longer there: "public.a, public.b and
 * 3 more", "" when all are. In the arena. */
MUST_USE bool journal_run_lost(PGconn *conn, struct arena *arena, int64_t run_id,
                               const char **names, struct error *err);
/* Forgets a run's facts (before --replace starts anew). */
MUST_USE bool journal_run_forget(PGconn *conn, int64_t run_id, struct error *err);

/* One source table of a run. */
struct run_table {
    const char *source_table;
    const char *target_schema;
    const char *target_table;
    const char
        *profile; /* JSON text of the inspection; NULL: not inspected, or (to save) as it is */
    const char *problem; /* why it does not come over; NULL: it does */
    int64_t rows_source; /* counted by the inspection */
    int64_t rows_copied; /* sums over the finished chunks */
    int64_t rows_set_aside;
    int64_t rows_left_out; /* the target held a row of the same key, which stays */
    int64_t rows_updated;  /* of rows_copied: took the place of such a row */
    int64_t rows_before; /* the target's before the first of ours; -1: a table of our making */
    int64_t bytes_sent;  /* in COPY's binary form */
    int64_t copy_us;     /* sum over the workers that copied it; at once, so no wall time */
};
/* Inserts or replaces the facts known (not the sums, nor rows_before). */
MUST_USE bool journal_tables_save(PGconn *conn, int64_t run_id, const struct run_table *tables,
                                  size_t count, struct error *err);
MUST_USE bool journal_tables_load(PGconn *conn, struct arena *arena, int64_t run_id,
                                  struct run_table **tables, size_t *count, struct error *err);

/* Counts what an existing table holds now: rows_before. */
MUST_USE bool journal_table_count_before(PGconn *conn, int64_t run_id,
                                         const struct run_table *table, struct error *err);

/* A finished chunk. In the same transaction as its rows; at least one, all in one round trip. */
struct run_chunk {
    const char *source_table;
    int32_t chunk; /* number within the table, from 0; below 0: a correction of the sums, as
                      when rows that were set aside went in later */
    int64_t rows_copied;
    int64_t rows_set_aside;
    int64_t rows_left_out; /* as in struct run_table */
    int64_t rows_updated;
    int64_t bytes_sent;
    int64_t busy_us; /* from the first row read to the server's word that all are in */
};
MUST_USE bool journal_chunks_done(PGconn *conn, int64_t run_id, const struct run_chunk *chunks,
                                  size_t count, struct error *err);
static inline bool
journal_chunk_done(PGconn *conn, int64_t run_id, const struct run_chunk *chunk,
                   struct error *err)
{
    return journal_chunks_done(conn, run_id, chunk, 1, err);
}
/* Corrects the sums of a table by so much (below 0: fewer), in the transaction that does it: rows
 * that were copied are set aside, or the other way. */
MUST_USE bool journal_chunk_correct(PGconn *conn, int64_t run_id, const char *source_table,
                                    int64_t rows_copied, int64_t rows_set_aside,
                                    struct error *err);
MUST_USE bool journal_chunks_load(PGconn *conn, struct arena *arena, int64_t run_id,
                                  struct run_chunk **chunks, size_t *count, struct error *err);

/* A finished DDL step: done, or not possible and why. In the same transaction as its work; at least
 * one. */
enum step_state {
    STEP_DONE,
    STEP_FAILED,
    STEP_NOT_VALID /* a constraint that its rows violate */
};
struct run_step {
    const char *step; /* plan_step.id */
    enum step_state state;
    const char *message; /* NULL when done */
    int64_t busy_us;     /* steps that one statement did together share its time evenly */
};
MUST_USE bool journal_steps_done(PGconn *conn, int64_t run_id, const struct run_step *steps,
                                 size_t count, struct error *err);
static inline bool
journal_step_done(PGconn *conn, int64_t run_id, const struct run_step *step, struct error *err)
{
    return journal_steps_done(conn, run_id, step, 1, err);
}
MUST_USE bool journal_steps_load(PGconn *conn, struct arena *arena, int64_t run_id,
                                 struct run_step **steps, size_t *count, struct error *err);

/* A row (or, altered, a value) that was set aside. Many are sent at once. */
struct set_aside_row {
    const char *source_table;
    int64_t position;   /* rowid, or row number in scan order without one */
    const char *key;    /* JSON object of the primary key in lossless form; NULL: no key */
    const char *column; /* NULL: the row as a whole */
    const char *reason;
    bool altered;    /* the row did arrive, with a cleaned value in `column` */
    bool nulled;     /* altered: with NULL in `column`, which referred to nothing */
    const char *row; /* JSON object, lossless.h */
};
/* One COPY for all; in the same transaction as the chunk. */
MUST_USE bool journal_set_aside_add(PGconn *conn, int64_t run_id,
                                    const struct set_aside_row *rows, size_t count,
                                    struct error *err);
/* Of rows of one source table. */
struct row_positions {
    int64_t *at; /* ascending, each once */
    size_t count;
};
bool row_positions_search(const struct row_positions *positions, int64_t position);
/* Asked of every row, and mostly there are none. */
static inline bool
row_positions_hold(const struct row_positions *positions, int64_t position)
{
    return positions->count > 0 && row_positions_search(positions, position);
}

/* Positions in `source_table` that were set aside (not altered); live as long as `arena`. */
MUST_USE bool journal_set_aside_positions(PGconn *conn, struct arena *arena, int64_t run_id,
                                          const char *source_table,
                                          struct row_positions *positions, struct error *err);

/* The source tables that have any such row, altered ones included. */
MUST_USE bool journal_set_aside_tables(PGconn *conn, struct arena *arena, int64_t run_id,
                                       const char ***tables, size_t *count, struct error *err);

/* The same for rows that were left out. */
MUST_USE bool journal_left_out_positions(PGconn *conn, struct arena *arena, int64_t run_id,
                                         const char *source_table,
                                         struct row_positions *positions, struct error *err);

/* A difference that verification found. */
struct difference {
    const char *target_table; /* schema.table as shown */
    const char *key;          /* as shown: id=12 */
    const char *column;       /* NULL: whole row */
    const char *kind;         /* "value", "missing row", "extra row", "constraint", ... */
    const char *source_value; /* bounded text; NULL: NULL or absent */
    const char *target_value;
};
/* A table that a verification under way has found the same. */
struct verified_table {
    const char *source_table;
    int64_t rows_source;
    int64_t rows_target;
    int64_t rows_set_aside;
    const char *snapshot_xmin; /* all transactions before it were seen, and none behind */
};
struct verified_tables {
    struct verified_table *items;
    size_t count;
};
/* source_state: what the source was. Only what still means something: recorded for that
 * source, in this very cluster (not a restored copy), and not so long ago that
 * transaction numbers have come round. */
MUST_USE bool journal_verified_load(PGconn *conn, struct arena *arena, int64_t run_id,
                                    const char *source_state, struct verified_tables *tables,
                                    struct error *err);
/* Inserts or replaces, in a transaction of its own, which a crash of the server may lose. */
MUST_USE bool journal_verified_add(PGconn *conn, int64_t run_id, const char *source_state,
                                   const struct verified_table *table, struct error *err);
MUST_USE bool journal_verified_forget(PGconn *conn, int64_t run_id, struct error *err);

/* A hash chain as it was found. */
struct chain_state {
    const char *schema_name; /* of the target */
    const char *table_name;
    int64_t links;
    const char *first_broken; /* its order value; NULL: intact */
    const char *expected;     /* of the first broken link */
    const char *found;
    int64_t source_links;
    const char *source_first_broken;
    const char *exposed_as; /* "schema.view"; NULL: nowhere */
};
/* Inserts or replaces, and makes or replaces the view that it is exposed as (its schema, if it is
 * not there), in a transaction of its own. ERROR_TARGET: something else has that name. */
MUST_USE bool journal_chain_save(PGconn *conn, const struct chain_state *state,
                                 struct error *err);

/* Replaces the differences recorded for the run. */
MUST_USE bool journal_differences_save(PGconn *conn, int64_t run_id,
                                       const struct difference *differences, size_t count,
                                       struct error *err);

#endif
