/* mcp_verify_watch.h — a thread beside a comparison: tells its progress, and ends it when the
 * call was given up or has taken too long. */
#ifndef LIVE_MCP_VERIFY_WATCH_H
#define LIVE_MCP_VERIFY_WATCH_H

#include "agent/tool.h"
#include "base/progress.h"
#include "base/ticker.h"

struct verify_watch {
    struct progress progress; /* the comparison's */
    struct stop_wish wish;    /* which the calling thread follows meanwhile */
    const struct tool_call *call;
    int64_t deadline_ms; /* of the monotonic clock */
    bool overdue;
    struct ticker ticker;
};

/* Afterwards stop_requested() of this thread speaks of the call, too. */
MUST_USE bool verify_watch_start(struct verify_watch *watch, const struct tool_call *call,
                                 int timeout_ms, struct error *err);
void verify_watch_stop(struct verify_watch *watch);

#endif
