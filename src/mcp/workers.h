/* workers.h — threads that run tools, and the queue before them. */
#ifndef MCP_WORKERS_H
#define MCP_WORKERS_H

#include "base/error.h"

#include <stddef.h>

enum { MCP_QUEUE_MAX = 512 };

struct mcp_workers;
typedef void mcp_job_function(void *context, void *item);

/* `run` is called with each item that is put in, on one of `count` threads. */
MUST_USE bool mcp_workers_start(struct mcp_workers **workers, size_t count,
                                mcp_job_function *run, void *context, struct error *err);

/* False: MCP_QUEUE_MAX wait already, or they are stopped. */
bool mcp_workers_put(struct mcp_workers *workers, void *item);

/* Runs what waits, then ends the threads and frees. False: not done within `timeout_ms`; then
 * they go on, and nothing they use may be freed. NULL is fine. */
bool mcp_workers_stop(struct mcp_workers *workers, int timeout_ms);

#endif
