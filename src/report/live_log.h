/* live_log.h — the log of the side that is written to: how much of it waits, and how much may. */
#ifndef REPORT_LIVE_LOG_H
#define REPORT_LIVE_LOG_H

#include "postgres/live.h"

struct live_log {
    int64_t waiting; /* changes; -1: not known */
    int64_t rows;    /* of the source's log, with those that were brought over; -1: not known */
    int64_t max_rows; /* that may wait; 0: any number */
    bool full;  /* not all changes were noted, or not all had been: all tables are to be read */
    bool stale; /* the source cannot be seen from here: as last told */
};

/* figures->pulse is right while a process keeps the source in step; else the file is looked at,
 * where it is here and ours. ERROR_TARGET. */
MUST_USE bool live_log_look(PGconn *conn, const struct live *live,
                            const struct live_figures *figures, bool running,
                            struct live_log *log, struct error *err);

/* In percent of what may wait; 0 without a limit. */
int live_log_percent(const struct live_log *log);

/* What to know of it, at once or before long; NULL: nothing. Lives as long as `arena`. */
const char *live_log_warning(const struct live_log *log, enum live_state state,
                             struct arena *arena);

#endif
