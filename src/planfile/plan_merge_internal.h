/* plan_merge_internal.h — what the files of plan_merge share: an old plan file and the places in
 * it that are written anew. */
#ifndef PLANFILE_PLAN_MERGE_INTERNAL_H
#define PLANFILE_PLAN_MERGE_INTERNAL_H

#include "planfile/plan_update.h"

/* Text that takes the place of the bytes from start to end of the old one. */
struct edit {
    size_t start;
    size_t end;
    const char *text;
    size_t order;
};

struct merge {
    struct plan_update *update;
    const struct plan_text *old;
    struct plan_text fresh;
    struct arena *arena;
    struct edit *edits;
    size_t edit_count;
};

/* Borrows `text`. Of several at one place the first comes first. */
void merge_edit(struct merge *merge, size_t start, size_t end, const char *text);
/* The old file with all edits made. */
void merge_apply(const struct merge *merge, struct text *yaml);

/* All of these live as long as merge->arena. */
const char *merge_slice(const struct merge *merge, const struct plan_text *from, size_t start,
                        size_t end);
/* Every run of blanks and line breaks is one blank. */
const char *merge_in_a_line(struct arena *arena, const char *words);
/* Lines, moved to the right or left. */
const char *merge_indented(const struct merge *merge, const struct plan_text *from,
                           size_t start, size_t end, int by);

/* Lines that are outgrow's own are removed; a person's stay, as comments. */
void merge_remove_lines(struct merge *merge, const struct plan_text_table *table, size_t start,
                        size_t end);
/* Of [a, b] or {a: b}: what stood there goes into a comment behind it. */
void merge_remove_member(struct merge *merge, const struct yaml_node *parent, size_t index);

/* Comments on what does not come over: those of the old file go, with the empty line before each
 * group; today's take their place. */
void merge_notes(struct merge *merge);
/* The last lines, which say what of the file is outgrow's own. */
void merge_remove_marks(struct merge *merge);

#endif
