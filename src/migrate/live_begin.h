/* live_begin.h — a source becomes live: capture is installed, a private copy made behind that,
 * and noted from which position rounds go on. */
#ifndef MIGRATE_LIVE_BEGIN_H
#define MIGRATE_LIVE_BEGIN_H

#include "postgres/journal.h"
#include "postgres/live.h"
#include "survey/survey.h"

/* Zero, and closed at the end. */
struct live_begin {
    const struct settings *settings; /* live; borrowed */
    const struct output *output;
    struct arena *arena;
    const char *source_path; /* real */
    struct survey original;  /* of the source itself, not of a copy */
    int64_t schema_version;  /* at the time of the copy; 0: not known */
    int64_t device;
    int64_t inode;
    int64_t max_log_rows; /* that may wait in its log; 0: any number */
    bool began;           /* to install capture */
    bool was_there;       /* capture: installed before, for another target perhaps */
};

/* A file that was switched belongs to the target that it was switched to, and to nobody else:
 * ERROR_NOT_NOW when it is fenced. */
MUST_USE bool live_begin_refuse_fenced(struct source *source, struct error *err);

/* Refuses what cannot be live, or is kept in step with another target, warns of what should be
 * known, installs capture. conn: the target, idle. */
MUST_USE bool live_begin_install(struct live_begin *begin, PGconn *conn, struct error *err);

/* How many changes may wait in the log: what is asked for, else what the file says, else the usual. */
int64_t live_begin_log_rows(const struct live_begin *begin, const struct capture_state *before);
/* Limits the log to begin->max_log_rows from here on. before: as it was; full, it takes changes
 * again, and whatever was read of the source before is known not to be enough. */
MUST_USE bool live_begin_make_room(const struct live_begin *begin, struct source *writer,
                                   const struct capture_state *before, PGconn *conn,
                                   struct error *err);

/* Copies the source to `path` as --copy says. */
MUST_USE bool live_begin_copy(struct live_begin *begin, const char *path, struct error *err);

/* Records it as loading, at the position of the run's copy; does nothing when that is done. */
MUST_USE bool live_begin_record(struct live_begin *begin, PGconn *conn, const struct run *run,
                                struct error *err);

/* The target's tables are there, and from now on refuse every session that is not ours
 * (target_session_is_ours). In a transaction of its own; again: does nothing. */
MUST_USE bool live_begin_fence(const struct live_begin *begin, const char *conninfo,
                               struct error *err);

/* Takes capture out again, if it was put there: nothing came of it. */
void live_begin_undo(struct live_begin *begin);

void live_begin_close(struct live_begin *begin);
#define AUTO_LIVE_BEGIN __attribute__((cleanup(live_begin_close))) struct live_begin

#endif
