/* live_status.h — where live sources stand, as JSON and as text made of it. */
#ifndef REPORT_LIVE_STATUS_H
#define REPORT_LIVE_STATUS_H

#include "page/page.h"

#include <jansson.h>
#include <libpq-fe.h>

/* [{source, state, running, why, next, keys_logged, keys_applied, backlog_keys, lag_ms, ...}],
 * in order of their beginning. New reference. */
MUST_USE bool live_status_build(PGconn *conn, json_t **lives, struct error *err);

/* A section for each; and one line for each, however long. */
void live_status_print(struct page *page, const json_t *lives);
void live_status_print_lines(const struct output *output, const json_t *lives);

#endif
