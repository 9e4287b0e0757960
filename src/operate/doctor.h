/* doctor.h — what would keep a migration from going well, found out beforehand.
 *
 * Looks, and changes nothing: neither in the source nor in the target. Nothing is
 * printed. The checks are a table (doctor.c); each gives a value, and says what to
 * do unless all is well. */
#ifndef OPERATE_DOCTOR_H
#define OPERATE_DOCTOR_H

#include "base/progress.h"
#include "postgres/target.h"

struct doctor_job {
    const char *source_path;          /* as named; NULL: the target only */
    const char *backup_directory;     /* need not exist yet */
    const char *conninfo;             /* NULL: no target is known yet */
    const struct error *target_error; /* why no conninfo could be found; NULL: none */
    bool private_target;              /* the private server is, or would be, the target */
    const char *schema;               /* in the target */
    size_t workers;                   /* connections that copy at the same time */
    bool replace;                     /* tables in the way are to be dropped */
    struct progress *progress;
};

enum doctor_state {
    DOCTOR_OK,
    DOCTOR_WARN,   /* works, but look at it */
    DOCTOR_FAIL,   /* would not work */
    DOCTOR_SKIPPED /* could not be looked at: another finding, or too few rights */
};

struct doctor_finding {
    const char *part; /* "source", "backup", "target" */
    const char *name; /* "free space" */
    enum doctor_state state;
    enum error_kind kind;  /* of a failure: decides the exit code */
    const char *value;     /* what was found; never NULL */
    const char *advice;    /* what to do; NULL when ok, or when skipped */
    const char *statement; /* SQL that helps, without a semicolon; NULL: none */
};

struct doctor_report {
    struct doctor_finding *findings; /* in the order of the table; lives as long as the arena */
    size_t count;
};

const char *doctor_state_name(enum doctor_state state); /* "ok", "warn", "fail", "skipped" */

/* False only when asked to stop: everything else is a finding. */
MUST_USE bool doctor_examine(const struct doctor_job *job, struct arena *arena,
                             struct doctor_report *report, struct error *err);

#endif
