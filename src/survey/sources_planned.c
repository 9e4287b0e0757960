/* sources_planned.c — the sources that a plan file lists, and which of them operands are. */
#include "base/path.h"
#include "survey/sources_internal.h"

#include <string.h>

bool
sources_add_planned(struct arena *arena, const struct plan_file *file, struct sources *sources,
                    struct error *err)
{
    sources->listed = file->source_count > 1;
    for (size_t i = 0; i < file->source_count; i++) {
        const char *path = plan_file_resolve(arena, file, file->sources[i].path.text);
        size_t before = sources->count;
        if (!sources->listed) {
            sources_add_single(arena, sources, path);
        } else if (!sources_add_file(arena, sources, path, true, err)) {
            return false;
        }
        if (sources->count > before) {
            sources->entries[before].name = file->sources[i].name.text;
            sources->entries[before].plan_source = i;
        }
    }
    return true;
}

static bool
is_file_of(struct arena *arena, const struct plan_file *file, size_t index,
           const struct source_entry *entry)
{
    char *real = NULL;
    struct error unimportant;
    const char *path = plan_file_resolve(arena, file, file->sources[index].path.text);
    return path_real(arena, path, &real, &unimportant) && strcmp(real, entry->real) == 0;
}

static bool
is_present(struct arena *arena, const struct plan_file *file, size_t index,
           const struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (is_file_of(arena, file, index, &sources->entries[i])) {
            return true;
        }
    }
    return false;
}

/* The source of the same file; else the one of the same name, unless its own file is among
 * the operands. source_count: none. */
static size_t
find_planned(struct arena *arena, const struct plan_file *file, const struct sources *sources,
             const struct source_entry *entry)
{
    for (size_t i = 0; i < file->source_count; i++) {
        if (is_file_of(arena, file, i, entry)) {
            return i;
        }
    }
    for (size_t i = 0; i < file->source_count; i++) {
        if (strcmp(file->sources[i].name.text, entry->name) == 0 &&
            !is_present(arena, file, i, sources)) {
            return i;
        }
    }
    return file->source_count;
}

bool
sources_match_planned(struct arena *arena, const struct plan_file *file,
                      struct sources *sources, struct error *err)
{
    size_t kept = 0;
    if (file->source_count <= 1) {
        return true;
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct source_entry entry = sources->entries[i];
        size_t index = find_planned(arena, file, sources, &entry);
        if (index < file->source_count) {
            entry.name = file->sources[index].name.text;
            entry.plan_source = index;
            sources->entries[kept++] = entry;
        } else if (entry.named) {
            return error_set(err, ERROR_USAGE, "%s has several sources, and %s is none of them",
                             file->path, entry.path);
        } else {
            sources_leave_out(arena, sources, entry.path, "none of the plan file's sources");
        }
    }
    sources->count = kept;
    return true;
}
