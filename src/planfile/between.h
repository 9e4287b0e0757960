/* between.h — references of a plan file from a table of one source to one of another. */
#ifndef PLANFILE_BETWEEN_H
#define PLANFILE_BETWEEN_H

#include "planfile/plan_file.h"

struct between_reference {
    const struct plan_file_reference *said;
    size_t source;     /* in the file's sources */
    const char *table; /* in that source, as the file writes it */
    size_t parent_source;
    const char *parent;
};

/* In the order of the file. Lives as long as `arena`; borrows from the file. */
void plan_between(struct arena *arena, const struct plan_file *file,
                  struct between_reference **references, size_t *count);

/* Whether the reference of a table of `source` goes to another source: to which, and to which
 * table there. */
bool plan_between_parent(const struct plan_file *file, size_t source,
                         const struct plan_file_reference *said, size_t *parent_source,
                         const char **parent);

#endif
