/* set_aside_list.h — the rows set aside, read back from the journal. */
#ifndef REPORT_SET_ASIDE_LIST_H
#define REPORT_SET_ASIDE_LIST_H

#include "postgres/journal.h"
#include "settings/settings.h"

#include <jansson.h>

struct set_aside_totals {
    int64_t rows;    /* not in the target */
    int64_t altered; /* in the target, with a cleaned value */
};
MUST_USE bool set_aside_count(PGconn *conn, int64_t run_id, struct set_aside_totals *totals,
                              struct error *err);

/* Calls `each` for every entry of the run, in order of table and position; reads
 * a few hundred at a time, so memory is constant. with_row: the original row is
 * part of it. limit: at most so many; 0: all. `entry` is borrowed. */
typedef bool set_aside_visit(void *context, const json_t *entry, struct error *err);
struct set_aside_query {
    int64_t run_id;
    bool with_row;
    int64_t limit;
};
MUST_USE bool set_aside_each(PGconn *conn, const struct set_aside_query *query,
                             set_aside_visit *each, void *context, struct error *err);

/* The first few as an array, without the rows. New reference. */
MUST_USE bool set_aside_sample(PGconn *conn, int64_t run_id, json_t **sample,
                               struct error *err);

#endif
