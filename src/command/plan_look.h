/* plan_look.h — all sources of a plan, looked at together, and the plan that comes of it. */
#ifndef COMMAND_PLAN_LOOK_H
#define COMMAND_PLAN_LOOK_H

#include "survey/scratch.h"
#include "survey/sources.h"
#include "survey/survey.h"

struct looked {
    struct sources sources;
    struct scratch_copy *copies; /* [source] */
    struct survey *surveys;      /* [source] */
};

void looked_close(struct looked *looked);
#define AUTO_LOOKED __attribute__((cleanup(looked_close))) struct looked

/* Finds the sources and copies them. settings->plan_file may be NULL. Lives as long as `arena`;
 * errors as of sources_find and scratch_copy_make. */
MUST_USE bool looked_find(const struct settings *settings, const struct output *output,
                          struct arena *arena, struct looked *looked, struct error *err);

/* Then surveys each copy, by the settings' plan file. Errors as of survey_look. */
MUST_USE bool looked_survey(const struct settings *settings, const struct output *output,
                            struct arena *arena, struct looked *looked, struct error *err);

/* Both. */
MUST_USE bool looked_all(const struct settings *settings, const struct output *output,
                         struct arena *arena, struct looked *looked, struct error *err);

/* The plan of all of them. */
void looked_write(struct text *yaml, const struct settings *settings, struct arena *arena,
                  const struct looked *looked);

/* Writes settings->output_path: a file that is there only with --replace. ERROR_USAGE,
 * ERROR_SYSTEM. */
MUST_USE bool plan_write_file(const struct settings *settings, const struct text *text,
                              struct error *err);

/* The same for a file that is there: it is either as it was or as it shall be, whatever
 * happens. Its mode and owner stay; of a link, the file that it names. ERROR_SYSTEM. */
MUST_USE bool plan_exchange_file(struct arena *arena, const char *path, const struct text *text,
                                 struct error *err);

#endif
