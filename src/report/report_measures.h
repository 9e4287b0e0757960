/* report_measures.h — what a run has cost, as parts of its report: seconds, bytes and cells,
 * per table and per kind of work. Times are sums over workers that ran side by side, so
 * together they may exceed the wall time of a phase. */
#ifndef REPORT_REPORT_MEASURES_H
#define REPORT_REPORT_MEASURES_H

#include "report/report_build.h"

/* Time of the steps behind the rows, by table and by phase of the plan. */
struct step_times {
    int64_t *table_us; /* one per plan table */
    int64_t phase_us[PHASE_ANALYZE + 1];
    size_t phase_steps[PHASE_ANALYZE + 1];
};

/* Lives as long as `arena`. */
void step_times_add_up(struct arena *arena, const struct report_facts *facts,
                       struct step_times *times);

/* {bytes, copy_seconds, finish_seconds, verify_seconds, cells, target_bytes} of a table;
 * run: NULL when the journal knows nothing of it. */
void report_add_measures(json_t *object, const struct report_facts *facts, size_t table,
                         const struct run_table *run, const struct step_times *times);

/* [{name, steps, seconds}] of what followed the rows. New reference. */
json_t *report_finish_work(const struct step_times *times);

/* Sums of the tables' "bytes", "target_bytes" and "cells" into `totals`. */
void report_add_measured_totals(json_t *totals, const json_t *tables);

/* {"schema.table": bytes with indexes} of all tables in the plan's schemas. New reference. */
MUST_USE bool report_target_sizes(PGconn *conn, const struct plan *plan, json_t **sizes,
                                  struct error *err);

#endif
