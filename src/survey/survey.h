/* survey.h — one SQLite file looked at from all sides: what it declares, whether
 * it is sound, every value, and the plan that follows from it all. */
#ifndef SURVEY_SURVEY_H
#define SURVEY_SURVEY_H

#include "base/rate.h"
#include "capture/capture.h"
#include "settings/settings.h"
#include "sqlite/check.h"

struct survey {
    const char *shown; /* set by the caller where a copy is looked at: what messages call it */
    struct source source; /* open from survey_open to survey_close */
    struct catalog catalog;
    struct check_report check;
    struct arena check_memory; /* the check's own, for it may run beside the inspection */
    double check_seconds;
    bool check_beside; /* the inspection ran at the same time */
    bool refused;      /* damage ended survey_examine */
    struct inspection inspection;
    struct plan plan;
    struct plan_rules rules;        /* where settings name a plan file */
    struct capture_table *captured; /* settings.live: how rows are known; one per table */
    bool *by_rowid;                 /* settings.live: as in plan_options */
};

/* Opens `path` (borrowed as long as the survey), reads its catalog, and fits the settings'
 * plan file to it; all results live as long as `arena`. ERROR_SOURCE; ERROR_USAGE with the
 * place in the plan file. */
MUST_USE bool survey_open(struct survey *survey, const char *path,
                          const struct settings *settings, struct arena *arena,
                          struct error *err);
void survey_close(struct survey *survey);
#define AUTO_SURVEY __attribute__((cleanup(survey_close))) struct survey

/* ERROR_SOURCE, naming the damaged tables, when the check found damage. */
MUST_USE bool survey_refuse_damage(const struct survey *survey, const char *shown_path,
                                   struct error *err);

/* Looks at every value of the tables that are not `done`. save may be NULL; wait_us as in
 * struct inspect_job. */
struct survey_saving {
    inspection_save *save;
    void *context;
    uint64_t wait_us;
};
MUST_USE bool survey_inspect(struct survey *survey, const struct settings *settings,
                             const struct output *output, struct survey_saving saving,
                             struct arena *arena, struct error *err);

/* quick_check or integrity_check, and survey_inspect: at the same time where there are two
 * workers, of which one checks before it inspects. The findings live as long as the survey.
 * Errors as of both; and survey_refuse_damage's, then survey->refused is set. */
struct survey_examination {
    bool checked;          /* an earlier check is to be believed */
    const char *refuse_as; /* damage ends it at once, in a file of this name; NULL: reported */
    struct survey_saving saving;
};
MUST_USE bool survey_examine(struct survey *survey, const struct settings *settings,
                             const struct output *output,
                             const struct survey_examination *examination, struct arena *arena,
                             struct error *err);

/* An inspection with room for every table of the catalog, none done. */
void survey_prepare_inspection(struct survey *survey, struct arena *arena);

/* All of it in a row, for commands that keep no journal: open, check, inspect,
 * plan. Damage is only reported. */
MUST_USE bool survey_look(struct survey *survey, const char *path,
                          const struct settings *settings, const struct output *output,
                          struct arena *arena, struct error *err);

/* ERROR_USAGE: a schema that cannot hold the tables; a default of the plan file is no value of
 * its column. */
MUST_USE bool survey_plan(struct survey *survey, const struct settings *settings,
                          struct arena *arena, struct error *err);
struct plan_options survey_plan_options(const struct survey *survey,
                                        const struct settings *settings);

/* --jobs, or as many as processors, at most 4. */
size_t settings_workers(const struct settings *settings);

/* --max-rate, if there is one. */
MUST_USE bool settings_rate(const struct settings *settings, struct rate *rate,
                            struct error *err);

#endif
