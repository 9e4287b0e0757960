/* plan_merge_notes.c — what stands around the tables of a plan file: notes, and outgrow's marks. */
#include "planfile/plan_merge_internal.h"

#include <string.h>

/* What stands behind the tables in the fresh plan: comments on what does not come over. */
static const char *
fresh_notes(const struct merge *merge)
{
    const struct plan_text *fresh = &merge->fresh;
    size_t at = plan_text_line_end(fresh, fresh->root.end);
    AUTO_TEXT notes = {0};
    for (size_t next; at < fresh->size; at = next) {
        next = plan_text_line_end(fresh, at);
        if (!plan_text_is_mark(fresh, at)) {
            text_add_bytes(&notes, fresh->text + at, next - at);
        }
    }
    while (notes.length > 1 && notes.bytes[notes.length - 1] == '\n' &&
           notes.bytes[notes.length - 2] == '\n') {
        notes.bytes[--notes.length] = '\0';
    }
    return strcmp(text_string(&notes), "\n") == 0 ? ""
                                                  : arena_strdup(merge->arena, notes.bytes);
}

/* Whether an empty line stands right before. */
static bool
follows_gap(const struct plan_text *plan, size_t at)
{
    return at > 1 && plan->text[at - 1] == '\n' && plan->text[at - 2] == '\n';
}

void
merge_remove_marks(struct merge *merge)
{
    const struct plan_text *old = merge->old;
    for (size_t next, at = 0; at < old->size; at = next) {
        next = plan_text_line_end(old, at);
        if (plan_text_is_mark(old, at)) {
            merge_edit(merge, follows_gap(old, at) ? at - 1 : at, next, "");
        }
    }
}

void
merge_notes(struct merge *merge)
{
    const struct plan_text *old = merge->old;
    size_t cursor = 0;
    size_t place = old->size;
    for (size_t next, at = 0; at < old->size; at = next) {
        next = plan_text_line_end(old, at);
        bool inside = plan_text_table_at(old, at, &cursor) != NULL;
        if (!inside && old->text[at] == '#' && plan_text_is_ours(old, NULL, at)) {
            size_t start = follows_gap(old, at) ? at - 1 : at;
            merge_edit(merge, start, next, "");
            place = place == old->size ? start : place;
        }
    }
    merge_edit(merge, place, place, fresh_notes(merge));
}
