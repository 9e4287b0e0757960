/* scratch.h — a copy of a source that is looked at and then deleted.
 *
 * It lies in a directory of its own among the backups; the next process deletes what a kill
 * left behind. */
#ifndef SURVEY_SCRATCH_H
#define SURVEY_SCRATCH_H

#include "base/own_directory.h"
#include "settings/settings.h"

struct scratch_copy {
    const char *path; /* the copy; NULL: none */
    struct own_directory directory;
};

/* The strings live as long as `arena`. ERROR_SOURCE, ERROR_SYSTEM, ERROR_STOPPED;
 * whatever was made by then is removed by scratch_copy_remove. */
MUST_USE bool scratch_copy_make(struct arena *arena, const struct settings *settings,
                                const struct output *output, const char *source_path,
                                struct scratch_copy *copy, struct error *err);
void scratch_copy_remove(struct scratch_copy *copy);
#define AUTO_SCRATCH_COPY __attribute__((cleanup(scratch_copy_remove))) struct scratch_copy

#endif
