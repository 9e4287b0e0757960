/* archive_paths.c — see archive_paths.h. */
#include "command/archive_paths.h"

#include "report/report_parts.h"

json_t *
archive_paths_json(const struct paths *paths)
{
    json_t *array = json_array();
    for (size_t i = 0; i < paths->count; i++) {
        json_array_append_new(array, report_words(paths->items[i]));
    }
    return array;
}

void
archive_add_paths(struct page *page, const char *label, size_t label_width,
                  const struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        page_pair(page, i == 0 ? label : "", label_width, "%s", paths->items[i]);
    }
}
