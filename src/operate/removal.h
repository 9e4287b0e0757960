/* removal.h — whether a source that was moved and archived may go, and its removal. */
#ifndef OPERATE_REMOVAL_H
#define OPERATE_REMOVAL_H

#include "operate/archive.h"
#include "postgres/journal.h"

/* Whether journal text (run.source_state) says the same as `state`. */
typedef bool removal_state_is(const char *json, const struct source_state *state);

struct removal {
    PGconn *conn;          /* to the target that knows the run; NULL: none */
    const struct run *run; /* the latest run of the source; NULL: none */
    removal_state_is *state_is;
    const struct archive_made *archive; /* just made, and so tested */
    int64_t age_seconds;                /* the verification is at least this old */
    bool accept_set_aside;              /* exit code 7 will do */
    struct progress *progress;
};

/* What a run has become. */
struct removal_facts {
    int64_t age_seconds; /* since it was verified, by the server's clock; -1: not over */
    int64_t differences; /* that its last verification found; but for constraints that are NOT
                            VALID because the source's own rows violate them */
};
MUST_USE bool removal_facts_read(PGconn *conn, int64_t run_id, struct removal_facts *facts,
                                 struct error *err);

/* Whether the source could go now: all of the conditions below but that the archive holds what the
 * source holds. Changes nothing; the same errors. */
MUST_USE bool removal_check(const struct removal *removal, struct arena *arena,
                            struct error *err);

/* Removes the source, its -wal, -shm and -journal, and the links of the manifest
 * that led to it. Only when: the run is verified and green, its verification is old
 * enough, nothing has written to the source since the run's backup, no other process
 * has it open, and the archive holds exactly what the source holds. While the last
 * looks are taken and the file goes, it is locked.
 *
 * removed: what was removed; lives as long as `arena`. On failure the source is
 * there, and `err` names the condition: ERROR_TARGET (no run, or not over),
 * ERROR_MISMATCH (not green), ERROR_USAGE (too early), ERROR_SOURCE (written to, or
 * in use), ERROR_SYSTEM. */
MUST_USE bool removal_carry_out(const struct removal *removal, struct arena *arena,
                                struct paths *removed, struct error *err);

#endif
