/* capture.h — a live source notes the keys of all rows that change, in a table of its own.
 *
 * The application is not changed and may use an older SQLite than ours, so the triggers are
 * written in the language of SQLite 3.6.19. What is put into the file, all of it named
 * _outgrow_*, and taken out again by capture_remove:
 *
 *   _outgrow_log(seq INTEGER PRIMARY KEY, t, k1, k2, ...)  append-only; no AUTOINCREMENT (it would
 *       cost a page per transaction), no UNIQUE (the application's OR ABORT would override the
 *       trigger's own conflict clause), key columns without a type (1, '1' and x'31' stay apart)
 *   _outgrow_meta(k PRIMARY KEY, v)     format, install id, nonces, table ids, the fence's words
 *   a trigger on the log: keeps it from growing behind what capture_cap_set allows
 *   triggers per table: after insert, update, delete; after update of a key also its old value;
 *       before insert and update, where another unique index exists: the rows that REPLACE would
 *       remove without firing any delete trigger
 *
 * The log says which rows changed, not how: what they are is read from the table when the log is
 * (so rounds coalesce, and replaying one does no harm). */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "sqlite/catalog.h"

enum { CAPTURE_ID_SIZE = 33 }; /* 32 hexadecimal digits and NUL */

/* How the rows of one table are known while it is captured. */
struct capture_table {
    int position;     /* in catalog.tables */
    int64_t id;       /* `t` in the log; given by capture_install, kept in _outgrow_meta, where
                         capture_choose_keys finds it again; 0: none yet */
    bool by_rowid;    /* k1 is the rowid; else k1.. are key_columns */
    int *key_columns; /* positions in source_table.columns: primary key, or NOT NULL unique */
    size_t key_count; /* log columns used: 1 by rowid */
    bool rowid_moves; /* by rowid that is no column: VACUUM renumbers it; to be read whole when
                         the schema version changes */
    const char
        *refusal; /* changes cannot be seen by triggers (a query of the plan, no key and no
                            rowid, ...): why. Such a table is read whole in every round, and its
                            id is 0. NULL: none. capture_install may add one */
    bool renewed; /* by capture_install: its triggers were not there, or not as they must be, so
                     changes may have gone by unseen: to be read whole */
};

/* Decides for every table of the catalog by what it declares and holds (NULLs in a key, several
 * storage classes in one key column, collations of the application); where capture is installed, as
 * it was then, with its ids. must_be_rowid[table]: key
 * columns are not all carried to the target; NULL: all are. *tables: catalog->table_count
 * entries in its order; lives as long as `arena`. source: idle. ERROR_SOURCE. */
MUST_USE bool capture_choose_keys(struct source *source, struct arena *arena,
                                  const struct catalog *catalog, const bool *must_be_rowid,
                                  struct capture_table **tables, struct error *err);

/* What stands against a live move of this file, or should be known before it. */
enum capture_finding_kind { CAPTURE_REFUSED, CAPTURE_WARNING };
struct capture_finding {
    enum capture_finding_kind kind;
    const char *what; /* one line, lower case */
    const char *hint; /* what to do; "" */
};
/* Refused: a file of another owner, not writable (nor its directory), a network file system,
 * exclusive locking or a locked database, not SQLite. Warnings: AFTER triggers with RAISE(IGNORE),
 * rollback journal (readers can make a writer without busy_timeout fail), virtual tables, unknown
 * collations. Lives as long as `arena`. ERROR_SOURCE: cannot even be looked at. */
MUST_USE bool capture_assess(const char *path, const struct catalog *catalog,
                             struct arena *arena, struct capture_finding **findings,
                             size_t *count, struct error *err);

/* Who reads the log: one target, for what it has read is cut off. */
struct capture_owner {
    const char *id;    /* of the target: journal_identity */
    const char *words; /* for people: which one that is */
    int64_t log_rows;  /* that may wait for it in a log that is new; 0: any number */
};

/* Installs capture, or brings an installed one up to date (new tables; triggers that are missing
 * or older than the application's own: ours must be created last to run first). One transaction
 * of its own; ids of tables that had one stay. Sets tables[i].id. id_out: the install's id.
 * owner: NULL leaves it as it is. ERROR_NOT_NOW: the capture is somebody else's. */
MUST_USE bool capture_install(struct source *writer, const struct catalog *catalog,
                              struct capture_table *tables, const struct capture_owner *owner,
                              char id_out[CAPTURE_ID_SIZE], struct error *err);

/* Removes every _outgrow_* object, the fence too. Inside the writer's open transaction, or in one
 * of its own. */
MUST_USE bool capture_remove(struct source *writer, struct error *err);

/* Removes the triggers and empties the log, and lets the fence stand with what it needs: for a
 * source that is never to be written to again. In a transaction as above; again: does nothing. */
MUST_USE bool capture_retire(struct source *writer, struct error *err);

/* What the file says of itself, in the reader's open transaction (or one of its own). */
struct capture_state {
    bool installed;
    char install_id[CAPTURE_ID_SIZE];
    char nonce[CAPTURE_ID_SIZE];          /* changed by every trim */
    char previous_nonce[CAPTURE_ID_SIZE]; /* the one before: a crash may lie in between */
    int64_t schema_version;               /* PRAGMA: any DDL and VACUUM raise it */
    int64_t first_seq;                    /* 0: the log is empty */
    int64_t last_seq;
    int64_t log_cap;      /* rows that may wait; 0: any number */
    int64_t log_limit;    /* no row behind this number is kept; 0: any is */
    bool full;            /* up to there: what changed since then may not be in the log */
    bool triggers_intact; /* all of ours are there (only looked at when check_triggers) */
    bool fenced;
};
MUST_USE bool capture_state_read(struct source *source, bool check_triggers,
                                 struct capture_state *state, struct error *err);

/* So many rows may wait in the log behind `applied`; 0: any number. Beyond (a few hundred more) the
 * application's writes go on and are not logged any more: capture_state.full. What waits already is
 * never too much. */
MUST_USE bool capture_cap_set(struct source *writer, int64_t rows, int64_t applied,
                              struct error *err);
/* `applied` has moved, and the log is not trimmed: it may grow behind that. Not when it is full. */
MUST_USE bool capture_cap_follow(struct source *writer, int64_t applied, struct error *err);
/* Removes a slice of what waits in a full log behind `applied`, but for its last row: nothing can be
 * done with changes of which some are missing. Full it stays. *more: another slice is left. */
MUST_USE bool capture_cut_full(struct source *writer, int64_t applied, bool *more,
                               struct error *err);
/* A full log takes changes again. Whoever has read up to its last row has to read all tables whole
 * behind this, and must have noted that somewhere safe before. */
MUST_USE bool capture_reopen(struct source *writer, struct error *err);

/* The log row `seq` as text, to recognise after a restored copy that numbers were given anew;
 * "" when it is gone. Lives as long as `arena`. */
MUST_USE bool capture_fingerprint(struct source *source, int64_t seq, struct arena *arena,
                                  const char **fingerprint, struct error *err);

/* Tables (their log ids) that have rows in (after, upto], with how many; ascending ids. */
struct capture_backlog {
    struct capture_backlog_table {
        int64_t id;
        int64_t rows;
    } * tables;
    size_t count;
};
MUST_USE bool capture_backlog_read(struct source *source, int64_t after, int64_t upto,
                                   struct arena *arena, struct capture_backlog *backlog,
                                   struct error *err);
bool capture_backlog_has(const struct capture_backlog *backlog, int64_t id);

/* SELECT k1, ..., kN: the distinct keys of one table in (after, upto] (parameters 1 and 2). And
 * the rows that exist for them: the keys as in the log, the rowid where the table has one, then
 * all columns in catalog order; joined with k = ? AND k = ? COLLATE BINARY so that indexes
 * serve and 'A' is not 'a'. Prepared on `source`; the caller finalizes. */
MUST_USE bool capture_prepare_keys(struct source *source, const struct capture_table *table,
                                   sqlite3_stmt **statement, struct error *err);
MUST_USE bool capture_prepare_rows(struct source *source, const struct catalog *catalog,
                                   const struct capture_table *table, sqlite3_stmt **statement,
                                   struct error *err);

/* Puts keys into the log, so that the next round heals those rows. values[table->key_count]. */
MUST_USE bool capture_log_key(struct source *writer, const struct capture_table *table,
                              sqlite3_value *const *values, struct error *err);

/* A new nonce, in the writer's open transaction. `known`, the one that the target has, stays
 * known to the file until the next: the target's commit may not follow, as often as it
 * likes. */
MUST_USE bool capture_nonce_renew(struct source *writer, const char *known,
                                  char nonce_out[CAPTURE_ID_SIZE], struct error *err);

/* Removes applied rows up to `applied`, always keeping the newest (or numbers would start anew), in
 * slices of a few thousand rows, each in a short transaction, and writes a new nonce, also when
 * there is nothing to remove. *more: another slice is left. nonce_out: the new one, to be kept in
 * the target before the next call: the file knows two of them. */
MUST_USE bool capture_trim(struct source *writer, int64_t applied, bool *more,
                           char nonce_out[CAPTURE_ID_SIZE], struct error *err);

#endif
