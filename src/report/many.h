/* many.h — a command done for each of several sources, with one report over all. */
#ifndef REPORT_MANY_H
#define REPORT_MANY_H

#include "survey/sources.h"

#include <jansson.h>

/* Does it for one source. settings: those given, with the source's schema and the operands
 * SOURCE [TARGET]. *report: a new reference, whose "exit_code" is the source's (none: 0). */
typedef bool many_function(void *context, const struct settings *settings, json_t **report,
                           struct error *err);

struct many_job {
    const struct settings *settings;
    const struct output *output;
    const struct sources *sources;
    many_function *run;
    void *context;
    void (*print)(const struct settings *settings, const json_t *report,
                  const struct output *output); /* of one source */
    bool brief; /* several: print only those that need a person's eye */
    /* Several: when all are done; may add to the report over all, also an "exit_code". NULL:
     * nothing follows. */
    bool (*after)(void *context, json_t *report, struct error *err);
    /* Several: with the report as it is shown. NULL: nothing follows. */
    bool (*finished)(void *context, const json_t *report, struct error *err);
};

/* One source: its report, as if there were no other; its error is the command's. Several: an
 * error concerns one source and the others go on; *code is that of the worst. False: stopped,
 * or err of a single source. */
MUST_USE bool many_run(const struct many_job *job, enum exit_code *code, struct error *err);

/* The schema that a source's tables go into; "{source}" in --schema stands for its name, and is
 * the default where there are several. */
const char *many_schema(struct arena *arena, const struct settings *settings,
                        const struct sources *sources, size_t index);

/* The settings of one source: its schema, the operands SOURCE [TARGET] (kept in `operands`), what
 * the plan file says of it. */
struct settings many_settings(struct arena *arena, const struct settings *settings,
                              const struct sources *sources, size_t index,
                              const char *operands[2]);

/* --schema, or "{source}" where that is the default. */
const char *many_schema_pattern(const struct settings *settings, const struct sources *sources);

/* The worse of two: an error is worse than a difference, that worse than rows set aside. */
enum exit_code many_worse(enum exit_code a, enum exit_code b);

#endif
