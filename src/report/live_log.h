/* live_log.h — the log of the side that is written to: how much of it waits, and how much may. */
#ifndef REPORT_LIVE_LOG_H
#define REPORT_LIVE_LOG_H

#include "postgres/live.h"
#include "postgres/log_room.h"

struct live_log {
    struct log_room room;
    int64_t rows; /* of the source's log, with those that were brought over; -1: not known */
    bool stale;   /* the source cannot be seen from here: as last told */
};

/* figures->pulse is right while a process keeps the source in step; else the file is looked at,
 * where it is here and ours. ERROR_TARGET. */
MUST_USE bool live_log_look(PGconn *conn, const struct live *live,
                            const struct live_figures *figures, bool running,
                            struct live_log *log, struct error *err);

/* What to know of it, at once or before long; NULL: nothing. Lives as long as `arena`. */
const char *live_log_warning(const struct live_log *log, enum live_state state,
                             struct arena *arena);

#endif
