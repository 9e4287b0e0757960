/* run_plan.h — the plan of a run that is over, made again from what the journal kept of it. */
#ifndef MIGRATE_RUN_PLAN_H
#define MIGRATE_RUN_PLAN_H

#include "postgres/journal.h"
#include "survey/survey.h"

/* Sets the options to those of the run, its plan file among them. Strings live as long as `arena`
 * and `run`. ERROR_NOT_NOW: the run is not over. */
MUST_USE bool run_plan_settle(struct arena *arena, const struct run *run,
                              struct settings *settings, struct error *err);

/* All borrowed. */
struct run_plan_request {
    PGconn *conn;                    /* idle */
    int64_t run_id;                  /* 0: none; then every value of the source is looked at */
    const char *path;                /* the source, or its backup */
    const struct settings *settings; /* as settled */
    const struct output *output;
};

/* Opens the survey, takes what the run knew of the values, plans, and fits the plan to existing
 * tables where the run filled such. Reads only. The survey is to be closed also on failure. */
MUST_USE bool run_plan_again(const struct run_plan_request *request, struct arena *arena,
                             struct survey *survey, struct error *err);

#endif
