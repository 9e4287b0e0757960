/* migration.h — one source on its way into the target: every step of a run.
 *
 * Every step but the report can be left at any moment; the same settings go on with it. */
#ifndef MIGRATE_MIGRATION_H
#define MIGRATE_MIGRATION_H

#include "copy/copy.h"
#include "migrate/live_begin.h"
#include "report/report_build.h"
#include "settings/target_choice.h"
#include "sqlite/backup.h"
#include "survey/existing_plan.h"

enum { MIGRATION_PHASES_MAX = 12 };

/* Zero but for the first group, and closed at the end. */
struct migration {
    const struct settings *settings;
    const struct output *output;
    struct arena *arena;                /* everything lives as long as it */
    const struct target_choice *target; /* borrowed */
    PGconn *conn;                       /* borrowed; holds the journal's lock */
    int64_t batch_id;                   /* other sources of the same command; 0: none */
    struct live_begin *live;            /* borrowed; NULL: the source is not kept in step */

    char *source_path; /* real */
    struct source_state source_state;
    struct run run;
    bool resumed;
    bool checked; /* by an earlier life of the run */
    struct survey survey;
    struct existing_plan existing; /* --into-existing */
    enum detach_means means;
    struct rate rate; /* --max-rate, over all workers */
    struct verdict verdict;
    json_t *warnings; /* array */
    struct report_phase phases[MIGRATION_PHASES_MAX];
    size_t phase_count;
    int64_t phase_started_ms;
};

/* Opens the source once, for the clear message when it is no SQLite file, and fills in its
 * path and state. */
MUST_USE bool migration_look(struct migration *migration, const char *path, struct error *err);

/* Begins a run, goes on with one, or finds that there is nothing to do. *report: a new
 * reference. */
MUST_USE bool migration_run(struct migration *migration, json_t **report, struct error *err);

void migration_close(struct migration *migration);
#define AUTO_MIGRATION __attribute__((cleanup(migration_close))) struct migration

/* ---- for the files that it is made of ---- */

/* Notes how long the phase that ends now has taken. Returns true. */
bool migration_phase_over(struct migration *migration, const char *name);

/* Takes back a run that has done nothing yet, the backup with it. Returns false, because what
 * led there is the error. */
bool migration_abandon(const struct migration *migration);

/* Whether the target has the collations that a plan file names, before anything is begun; true
 * where files under `before` may make them. ERROR_USAGE, ERROR_TARGET. */
MUST_USE bool migration_check_collations(const struct migration *migration, struct error *err);

/* The run's copy of the source opened, checked, inspected and planned, the plan fitted to existing
 * tables; SQL files under `before` run. What an earlier life of the run has done is not done again.
 * A run that cannot begin is taken back. */
MUST_USE bool migration_examine(struct migration *migration, struct error *err);

/* What every engine that moves rows is told; workers, rate and the like are the caller's. */
struct copy_job migration_copy_job(const struct migration *migration);

/* Tables, rows, and what follows them. */
MUST_USE bool migration_move(struct migration *migration, struct error *err);

/* Compares, and ends the run with a report. Both also for a run that is over already. */
MUST_USE bool migration_prove(struct migration *migration, struct error *err);
MUST_USE bool migration_report(struct migration *migration, json_t **report, struct error *err);

/* --report: adds what a page shows beyond the run itself. */
MUST_USE bool migration_complete_report(const struct migration *migration, json_t *report,
                                        struct error *err);

#endif
