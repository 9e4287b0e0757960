/* live.h — outgrow.live: where each live source stands, and who may write.
 *
 * One row per source; its lock (live_lock) makes rounds and switches of that source exclude each
 * other, whoever runs them, also behind a pooler. What a round applied and the position it has
 * reached are committed together. */
#ifndef POSTGRES_LIVE_H
#define POSTGRES_LIVE_H

#include "postgres/target.h"

/* Who may write. Kept as text. The transitions between them: cutover/state.h. */
enum live_state {
    LIVE_LOADING,   /* SQLite; the initial copy is under way */
    LIVE_SYNCING,   /* SQLite; rounds forward */
    LIVE_PAUSED,    /* nobody for a moment: a switch holds SQLite's write lock */
    LIVE_FENCED,    /* nobody: SQLite's fence is up, PostgreSQL not open yet */
    LIVE_SWITCHED,  /* PostgreSQL; rounds back */
    LIVE_RETURNING, /* nobody: PostgreSQL's fence is up, SQLite's not down yet */
    LIVE_FINISHED,  /* PostgreSQL; no way back */
    LIVE_STATE_COUNT
};
const char *live_state_name(enum live_state state);
/* Rounds are made in it; else it is one between two others, or the end. */
bool live_state_lasts(enum live_state state);

/* The lock that the session of the process that keeps a source in step holds, for as long as that
 * lives: pg_try_advisory_lock(CLASS, FIRST + id). The second key of the journal's locks is small. */
enum { LIVE_TURN_CLASS = 1869968487, LIVE_TURN_FIRST = 1000 };

/* Asked of the process that syncs by another one (outgrow sync --pause ...). */
enum live_wish { LIVE_RUN, LIVE_HOLD, LIVE_STOP };
const char *live_wish_name(enum live_wish wish);

struct live {
    int64_t id;
    int64_t run_id;          /* the initial copy's run: profiles, plan, set-aside rows */
    const char *source_path; /* real path */
    const char *install_id;  /* capture_state.install_id */
    enum live_state state;
    int64_t epoch;           /* raised by every switch */
    int64_t seq;             /* of the log in SQLite: applied up to here */
    const char *fingerprint; /* of that log row */
    const char *nonce;
    int64_t schema_version; /* 0: not known; the next round reads every table whole */
    int64_t device; /* st_dev, st_ino of the source: a file moved into its place is seen */
    int64_t inode;
    enum live_wish wish;
    int64_t rate_rows;       /* rows a second at most; 0: no limit */
    int64_t max_log_rows;    /* changes that may wait in either log; 0: any number */
    bool way_back;           /* reverse capture is installed and sound */
    const char *no_way_back; /* why not, when it was given up; NULL */
    const char *reason;      /* why it waits or stopped, for people; NULL: it does not */
    bool
        untold; /* the primary has changed, and the application's file and hook are still due */
    const char *settings; /* JSON: what decides the plan, as in struct run */
};

/* A round's figures, for status; times in microseconds. */
struct live_round {
    int64_t keys;
    int64_t rows;
    int64_t set_aside;
    int64_t
        altered; /* back: cells for which SQLite has no value (NaN): their text stands there */
    int64_t backlog_keys; /* still to do when it began */
    int64_t lag_us;       /* since the last fully drained round began */
    bool whole;           /* all tables were read whole, for a log had been full */
    int64_t snapshot_us;  /* the read transaction on SQLite was held */
    int64_t target_us;
};

/* What the syncing process says of itself about once a second, also when nothing changes. */
struct live_pulse {
    int64_t log_rows;
    bool log_full; /* the source's: not all changes are in it any more */
    int64_t wal_bytes;
    int64_t backlog_keys;
    int64_t lag_us;
    int64_t round_p50_us; /* of the last rounds that had something to do; 0: none yet */
    int64_t round_p95_us;
    bool running; /* false: it has ended as told */
};

/* For status: sums since the source became live, the last round's times, the last pulse. */
struct live_figures {
    int64_t rounds;
    int64_t keys_applied;
    int64_t rows_applied;
    int64_t rows_set_aside;
    int64_t differences; /* found by the last comparison, and not mended since */
    int64_t snapshot_us;
    int64_t target_us;
    struct live_pulse pulse;
    int64_t since_seen_us;  /* -1: never */
    int64_t since_round_us; /* -1: never */
    bool kept; /* at this moment a process has the source's turn, or makes its initial copy */
    int64_t since_start_us; /* of the server; -1: the last pulse is younger */
};

/* journal_ensure makes the tables. All run in the caller's transaction, or alone. */
MUST_USE bool live_add(PGconn *conn, struct live *live, struct error *err);
MUST_USE bool live_load(PGconn *conn, struct arena *arena, const char *source_path,
                        struct live *live, bool *found, struct error *err);
MUST_USE bool live_load_all(PGconn *conn, struct arena *arena, struct live **lives,
                            size_t *count, struct error *err);
/* SELECT ... FOR UPDATE inside an open transaction, which then is the only one to move this
 * source. */
MUST_USE bool live_lock(PGconn *conn, struct arena *arena, int64_t id, struct live *live,
                        struct error *err);
/* The same, and for the same wait an answer. */
struct live_question {
    const char *sql;    /* a scalar expression */
    const char *answer; /* its value as text (NULL: NULL); lives as long as `arena` */
};
MUST_USE bool live_lock_asking(PGconn *conn, struct arena *arena, int64_t id,
                               struct live_question *question, struct live *live,
                               struct error *err);
/* state, epoch, way_back, no_way_back, reason, untold. Inside the transaction that holds the
 * lock. */
MUST_USE bool live_set_state(PGconn *conn, const struct live *live, struct error *err);
/* seq, fingerprint, nonce, schema_version, device, inode and the figures: one statement. */
MUST_USE bool live_set_position(PGconn *conn, const struct live *live,
                                const struct live_round *round, struct error *err);
MUST_USE bool live_set_wish(PGconn *conn, int64_t id, enum live_wish wish, int64_t rate_rows,
                            struct error *err);
MUST_USE bool live_set_max_log_rows(PGconn *conn, int64_t id, int64_t rows, struct error *err);
/* What changed in the source was not all noted: the next round reads every table whole
 * (schema_version 0). Nothing when it is not live. */
MUST_USE bool live_distrust(PGconn *conn, const char *source_path, struct error *err);
/* The application knows. */
MUST_USE bool live_set_told(PGconn *conn, int64_t id, struct error *err);
MUST_USE bool live_set_reason(PGconn *conn, int64_t id, const char *reason, struct error *err);
MUST_USE bool live_set_pulse(PGconn *conn, int64_t id, const struct live_pulse *pulse,
                             struct error *err);
MUST_USE bool live_figures_load(PGconn *conn, int64_t id, struct live_figures *figures,
                                struct error *err);
/* As if it had never been live. */
MUST_USE bool live_forget(PGconn *conn, int64_t id, struct error *err);

#endif
