/* existing_plan.h — a survey's plan, fitted to the tables that the target has. */
#ifndef SURVEY_EXISTING_PLAN_H
#define SURVEY_EXISTING_PLAN_H

#include "copy/existing_tables.h"
#include "existing/existing.h"
#include "survey/survey.h"

struct existing_plan {
    struct target_catalog catalog;
    struct existing_fit fit;
    struct existing_tables tables;
};

/* What is asked of it. All borrowed. */
struct existing_request {
    PGconn *conn; /* idle */
    const struct settings *settings;
    const struct output *output; /* every problem is a line on its err_out; NULL: all in one */
    bool may_hold_rows;          /* as in struct existing_rules */
    bool lenient;                /* what has gone from the target since is left out */
};

/* Reads the target's catalog and changes survey->plan. ERROR_TARGET when something stands
 * against it; nothing was written then. Lives as long as `arena`. */
MUST_USE bool existing_plan_fit(const struct existing_request *request, struct survey *survey,
                                struct arena *arena, struct existing_plan *existing,
                                struct error *err);

/* Fills in plan_table.rows_before from the run's journal. */
MUST_USE bool existing_plan_load_rows(PGconn *conn, int64_t run_id, struct plan *plan,
                                      struct error *err);

#endif
