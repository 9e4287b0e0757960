/* archive_paths.h — how `outgrow archive` shows names of files. */
#ifndef COMMAND_ARCHIVE_PATHS_H
#define COMMAND_ARCHIVE_PATHS_H

#include "operate/paths.h"
#include "page/page.h"

#include <jansson.h>

/* An array of strings; the new reference is the caller's. */
json_t *archive_paths_json(const struct paths *paths);

/* One below the other, the first behind `label`; nothing when there are none. */
void archive_add_paths(struct page *page, const char *label, size_t label_width,
                       const struct paths *paths);

#endif
