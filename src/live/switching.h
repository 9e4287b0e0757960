/* switching.h — what cutover, return and finish have in common: operands, settings, words. */
#ifndef LIVE_SWITCHING_H
#define LIVE_SWITCHING_H

#include "cutover/cutover.h"
#include "settings/settings.h"

/* One step of theirs, behind everything being opened. */
typedef bool switching_step(struct cutover *cutover, struct error *err);

struct switching_job {
    const struct settings *settings;
    const struct output *output;
    const char *command;  /* "cutover" */
    const char *done;     /* "PostgreSQL is primary" */
    const char *done_dry; /* with --dry-run */
    switching_step *step;
};

/* Opens SOURCE and TARGET as the live move left them, takes the step, and reports: words, or with
 * --json the figures. */
MUST_USE bool switching_run(const struct switching_job *job, enum exit_code *code,
                            struct error *err);

#endif
