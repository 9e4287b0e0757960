/* sources_internal.h — what the files behind sources.h share: files added to the sources. */
#ifndef SURVEY_SOURCES_INTERNAL_H
#define SURVEY_SOURCES_INTERNAL_H

#include "survey/sources.h"

bool sources_is_directory(const char *path);

/* One that was found, or (named) that a person asked for by name. What is no SQLite file is left
 * out. ERROR_USAGE: there is none of that name. */
MUST_USE bool sources_add_file(struct arena *arena, struct sources *sources, const char *path,
                               bool named, struct error *err);
/* The only operand, and neither a directory nor a pattern: opening it tells what it is. */
void sources_add_single(struct arena *arena, struct sources *sources, const char *path);
/* The files right in it. ERROR_SYSTEM. */
MUST_USE bool sources_add_directory(struct arena *arena, struct sources *sources,
                                    const char *path, struct error *err);
/* ERROR_SOURCE: no file matches. */
MUST_USE bool sources_add_pattern(struct arena *arena, struct sources *sources,
                                  const char *pattern, struct error *err);
/* reason: static. */
void sources_leave_out(struct arena *arena, struct sources *sources, const char *path,
                       const char *reason);

/* Those of the plan file, under the names it gives them. */
MUST_USE bool sources_add_planned(struct arena *arena, const struct plan_file *file,
                                  struct sources *sources, struct error *err);
/* Which source of the plan file each operand is. What a directory or a pattern brought and
 * the file does not know is left out; what was asked for by name is not. */
MUST_USE bool sources_match_planned(struct arena *arena, const struct plan_file *file,
                                    struct sources *sources, struct error *err);

#endif
