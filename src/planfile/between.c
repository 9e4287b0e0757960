/* between.c — see between.h. */
#include "planfile/between.h"

#include "planfile/plan_rules.h"

#include <string.h>

static bool
is_named(const struct plan_word *word, const char *name)
{
    return word->text != NULL && strcmp(word->text, name) == 0;
}

/* A parent is named as in its source ("registry.agents") or as in the target. */
static int
find_parent(const struct plan_file *file, const struct plan_word *word, const char **parent)
{
    for (size_t i = 0; i < file->table_count; i++) {
        const struct plan_file_table *table = &file->tables[i];
        if (is_named(&table->from, word->text) || is_named(&table->to, word->text)) {
            return plan_file_source_of(file, table, parent);
        }
    }
    const struct plan_file_table alike = {.from = *word};
    return plan_file_source_of(file, &alike, parent);
}

bool
plan_between_parent(const struct plan_file *file, size_t source,
                    const struct plan_file_reference *said, size_t *parent_source,
                    const char **parent)
{
    int found = file->source_count > 1 ? find_parent(file, &said->table, parent) : -1;
    *parent_source = (size_t)found;
    return found >= 0 && (size_t)found != source && *parent != NULL;
}

void
plan_between(struct arena *arena, const struct plan_file *file,
             struct between_reference **references, size_t *count)
{
    *references = NULL;
    *count = 0;
    for (size_t t = 0; t < file->table_count; t++) {
        const struct plan_file_table *table = &file->tables[t];
        struct between_reference found = {0};
        int source = plan_file_source_of(file, table, &found.table);
        for (size_t i = 0; source >= 0 && i < table->reference_count; i++) {
            found.said = &table->references[i];
            found.source = (size_t)source;
            if (found.table != NULL &&
                plan_between_parent(file, found.source, found.said, &found.parent_source,
                                    &found.parent)) {
                *ARENA_APPEND(arena, *references, *count) = found;
            }
        }
    }
}
