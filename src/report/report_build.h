/* report_build.h — what a migration did, as one JSON object; page/report.h shows it. */
#ifndef REPORT_REPORT_BUILD_H
#define REPORT_REPORT_BUILD_H

#include "postgres/journal.h"
#include "survey/survey.h"
#include "verify/verify.h"

#include <jansson.h>

struct report_phase {
    const char *name;
    double seconds;
    const char *beside; /* it ran at the same time as this other phase, within its time; NULL */
};

/* Everything a report is made of. All borrowed. */
struct report_facts {
    const struct survey *survey;
    const char *source_path;
    int64_t source_bytes;
    const char *snapshot_path;
    int64_t run_id;
    bool resumed;
    const char *target;       /* target_describe */
    const char *psql_command; /* without a password */
    const struct report_phase *phases;
    size_t phase_count;
    const struct run_table *run_tables; /* from the journal; matched by source table */
    size_t run_table_count;
    const struct run_step *steps;
    size_t step_count;
    const struct verdict *verdict;
    int64_t altered;          /* values set aside of rows that did arrive */
    json_t *set_aside_sample; /* array */
    json_t *warnings;         /* array of strings */
    json_t *repaired;         /* verify --repair: what was; NULL: nothing was asked for */
    const char *started_at;   /* ISO text; NULL: there is no run */
    const char *server;       /* "PostgreSQL 15.8" */
    const char *settings;     /* JSON text: the options that decide the result; NULL */
    json_t *target_sizes;     /* report_target_sizes; NULL */
};

/* New reference. Its "exit_code" is the command's. */
json_t *report_build(const struct report_facts *facts);

#endif
