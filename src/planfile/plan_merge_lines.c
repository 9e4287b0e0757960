/* plan_merge_lines.c — lines of an old plan file taken out, moved, or made comments. */
#include "planfile/plan_merge_internal.h"

#include <stdlib.h>
#include <string.h>

#define GONE "gone from the source"

void
merge_edit(struct merge *merge, size_t start, size_t end, const char *text)
{
    struct edit *added = ARENA_APPEND(merge->arena, merge->edits, merge->edit_count);
    *added = (struct edit){start, end, text, merge->edit_count};
}

const char *
merge_slice(const struct merge *merge, const struct plan_text *from, size_t start, size_t end)
{
    return arena_strndup(merge->arena, from->text + start, end - start);
}

const char *
merge_in_a_line(struct arena *arena, const char *words)
{
    AUTO_TEXT line = {0};
    while (*words != '\0') {
        size_t blanks = strspn(words, " \t\r\n");
        if (blanks > 0) {
            text_add_char(&line, ' ');
            words += blanks;
        } else {
            text_add_char(&line, *words++);
        }
    }
    return arena_strdup(arena, text_string(&line));
}

const char *
merge_indented(const struct merge *merge, const struct plan_text *from, size_t start,
               size_t end, int by)
{
    AUTO_TEXT text = {0};
    while (start < end) {
        size_t next = plan_text_line_end(from, start);
        size_t skip = by < 0 ? strspn(from->text + start, " ") : 0;
        skip = skip > (size_t)-by ? (size_t)-by : skip;
        text_printf(&text, "%*s", by > 0 ? by : 0, "");
        text_add_bytes(&text, from->text + start + skip, next - start - skip);
        start = next;
    }
    return arena_strdup(merge->arena, text_string(&text));
}

/* Lines as comments, with a word on why. */
static const char *
commented(const struct merge *merge, size_t start, size_t end)
{
    AUTO_TEXT text = {0};
    size_t indent = strspn(merge->old->text + start, " ");
    text_printf(&text, "%*s# " GONE ":\n", (int)indent, "");
    while (start < end) {
        size_t next = plan_text_line_end(merge->old, start);
        size_t own = strspn(merge->old->text + start, " ");
        own = own < indent ? own : indent;
        text_printf(&text, "%*s# ", (int)indent, "");
        text_add_bytes(&text, merge->old->text + start + own, next - start - own);
        start = next;
    }
    return arena_strdup(merge->arena, text_string(&text));
}

static bool
is_all_ours(const struct merge *merge, const struct plan_text_table *table, size_t start,
            size_t end)
{
    bool ours = true;
    for (; ours && start < end; start = plan_text_line_end(merge->old, start)) {
        ours = plan_text_is_ours(merge->old, table, start);
    }
    return ours;
}

void
merge_remove_lines(struct merge *merge, const struct plan_text_table *table, size_t start,
                   size_t end)
{
    bool ours = is_all_ours(merge, table, start, end);
    merge_edit(merge, start, end, ours ? "" : commented(merge, start, end));
}

void
merge_remove_member(struct merge *merge, const struct yaml_node *parent, size_t index)
{
    const struct yaml_node *first = parent->kind == YAML_MAPPING ? parent->keys : parent->items;
    size_t start = first[index].start;
    size_t end = index + 1 == parent->count ? parent->end - 1 : first[index + 1].start;
    size_t line_end = plan_text_line_end(merge->old, parent->end);
    size_t line = plan_text_line_start(merge->old, parent->start);
    const char *was = merge_in_a_line(
        merge->arena, merge_slice(merge, merge->old, start, parent->items[index].end));
    merge_edit(merge, start, end, "");
    merge_edit(merge, line_end, line_end,
               arena_printf(merge->arena, "%*s# " GONE ": %s\n",
                            (int)strspn(merge->old->text + line, " "), "", was));
}

static int
compare_edits(const void *a, const void *b)
{
    const struct edit *left = a;
    const struct edit *right = b;
    return left->start != right->start  ? (left->start < right->start ? -1 : 1)
           : left->order < right->order ? -1
                                        : 1;
}

void
merge_apply(const struct merge *merge, struct text *yaml)
{
    size_t at = 0;
    if (merge->edit_count > 0) {
        qsort(merge->edits, merge->edit_count, sizeof *merge->edits, compare_edits);
    }
    for (size_t i = 0; i < merge->edit_count; i++) {
        const struct edit *next = &merge->edits[i];
        if (next->start > at) {
            text_add_bytes(yaml, merge->old->text + at, next->start - at);
            at = next->start;
        }
        text_add(yaml, next->text);
        at = next->end > at ? next->end : at;
    }
    text_add_bytes(yaml, merge->old->text + at, merge->old->size - at);
}
