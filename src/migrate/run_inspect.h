/* run_inspect.h — a run's inspection, kept in the journal as it goes on. */
#ifndef MIGRATE_RUN_INSPECT_H
#define MIGRATE_RUN_INSPECT_H

#include "postgres/journal.h"
#include "survey/survey.h"

/* Fills in the tables that an earlier life of the run has inspected. A profile
 * that does not fit the catalog is left out, and so inspected again. */
MUST_USE bool run_inspection_load(PGconn *conn, int64_t run_id, struct survey *survey,
                                  struct arena *arena, struct error *err);

/* survey_examine of what is left; each finished table is journalled within a second or so. */
struct run_inspecting {
    PGconn *conn;
    int64_t run_id;
    const struct settings *settings;
    const struct output *output;
    bool checked;          /* as in survey_examination */
    const char *refuse_as; /* the same */
};
MUST_USE bool run_inspection_finish(const struct run_inspecting *work, struct survey *survey,
                                    struct arena *arena, struct error *err);

/* Journals where each table goes, or why not. After survey_plan. */
MUST_USE bool run_plan_save(PGconn *conn, int64_t run_id, const struct survey *survey,
                            struct error *err);

/* The check's findings, kept as the journal step "check" once there are tables.
 * found: false when there is none yet. */
MUST_USE bool run_check_save(PGconn *conn, int64_t run_id, const struct check_report *check,
                             struct error *err);
MUST_USE bool run_check_load(PGconn *conn, int64_t run_id, struct arena *arena,
                             struct check_report *check, bool *found, struct error *err);

#endif
