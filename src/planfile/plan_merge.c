/* plan_merge.c — step 3 of plan_update.h: the file and today's proposal, line by line. */
#include "planfile/plan_update.h"

#include <stdlib.h>
#include <string.h>

#define GONE "gone from the source"
enum { LISTED_INDENT = 2 }; /* of the dashes in what planner/plan_yaml.c writes */

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

static void
edit(struct merge *merge, size_t start, size_t end, const char *text)
{
    struct edit *added = ARENA_APPEND(merge->arena, merge->edits, merge->edit_count);
    *added = (struct edit){start, end, text, merge->edit_count};
}

static const char *
slice(const struct merge *merge, const struct plan_text *from, size_t start, size_t end)
{
    return arena_strndup(merge->arena, from->text + start, end - start);
}

/* Every run of blanks and line breaks is one blank. */
static const char *
in_a_line(struct arena *arena, const char *words)
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

/* The comment behind a value: the reason. */
static const char *
reason_behind(const struct merge *merge, const struct plan_text *from, size_t at)
{
    size_t end = plan_text_line_end(from, at);
    at += strspn(from->text + at, " }");
    return at + 2 < end && from->text[at] == '#' ? slice(merge, from, at + 2, end - 1) : "";
}

static void
change(struct merge *merge, enum plan_change_kind kind, const struct plan_text_table *table,
       const char *column, const char *words, const char *reason)
{
    struct plan_update *update = merge->update;
    *ARENA_APPEND(merge->arena, update->changes, update->change_count) = (struct plan_change){
        .kind = kind,
        .name = column == NULL ? table->scope
                               : arena_printf(merge->arena, "%s.%s", table->scope, column),
        .words = words,
        .reason = reason,
    };
}

/* Lines, moved to the right or left. */
static const char *
indented(const struct merge *merge, const struct plan_text *from, size_t start, size_t end,
         int by)
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

/* Lines that are outgrow's own are removed; a person's stay, as comments. */
static void
remove_lines(struct merge *merge, const struct plan_text_table *table, size_t start, size_t end)
{
    bool ours = is_all_ours(merge, table, start, end);
    edit(merge, start, end, ours ? "" : commented(merge, start, end));
}

/* Of [a, b] or {a: b}: what stood there goes into a comment behind it. */
static void
remove_flow_member(struct merge *merge, const struct yaml_node *parent, size_t index)
{
    const struct yaml_node *first = parent->kind == YAML_MAPPING ? parent->keys : parent->items;
    size_t start = first[index].start;
    size_t end = index + 1 == parent->count ? parent->end - 1 : first[index + 1].start;
    size_t line_end = plan_text_line_end(merge->old, parent->end);
    size_t line = plan_text_line_start(merge->old, parent->start);
    const char *was = in_a_line(merge->arena,
                                slice(merge, merge->old, start, parent->items[index].end));
    edit(merge, start, end, "");
    edit(merge, line_end, line_end,
         arena_printf(merge->arena, "%*s# " GONE ": %s\n",
                      (int)strspn(merge->old->text + line, " "), "", was));
}

static int
find_table(const struct merge *merge, const struct plan_text_table *wanted)
{
    for (size_t i = 0; i < merge->old->file.table_count; i++) {
        const struct plan_text_table *table = &merge->old->tables[i];
        bool same_source = strncmp(table->scope, wanted->scope,
                                   strlen(wanted->scope) - strlen(wanted->name)) == 0;
        bool one = merge->old->file.source_count <= 1;
        if (table->name != NULL && (same_source || one) && !merge->update->table_gone[i] &&
            sqlite3_stricmp(table->name, wanted->name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int
find_key(const struct yaml_node *mapping, const char *name)
{
    for (size_t i = 0; mapping != NULL && i < mapping->count; i++) {
        if (sqlite3_stricmp(mapping->keys[i].text, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static const char *
value_of(const struct merge *merge, const struct plan_text *from, const struct yaml_node *node)
{
    return slice(merge, from, node->start, node->end);
}

/* A line of outgrow's own, as it would write it today. True: its value is another. */
static bool
refresh_line(struct merge *merge, const struct plan_text_table *table,
             const struct yaml_node *key, const struct yaml_node *value,
             const struct yaml_node *fresh_key, const struct yaml_node *fresh_value)
{
    size_t start = plan_text_line_start(merge->old, key->start);
    size_t fresh_start = plan_text_line_start(&merge->fresh, fresh_key->start);
    if (!plan_text_is_ours(merge->old, table, start)) {
        return false;
    }
    edit(merge, start, plan_text_line_end(merge->old, start),
         indented(merge, &merge->fresh, fresh_start,
                  plan_text_line_end(&merge->fresh, fresh_start),
                  key->place.column - fresh_key->place.column));
    return strcmp(value_of(merge, merge->old, value),
                  value_of(merge, &merge->fresh, fresh_value)) != 0;
}

/* Behind the column before it in the source, or in front of all. */
static void
insert_column(struct merge *merge, const struct plan_text_table *table, int anchor,
              const struct yaml_node *key, const struct yaml_node *value)
{
    const struct yaml_node *columns = table->columns;
    if (columns->flow) {
        const char *said = arena_printf(merge->arena, "%s: %s",
                                        value_of(merge, &merge->fresh, key),
                                        value_of(merge, &merge->fresh, value));
        size_t at = anchor < 0 ? columns->start + 1 : columns->items[anchor].end;
        bool alone = columns->count == 0;
        edit(merge, at, at,
             anchor >= 0 ? arena_printf(merge->arena, ", %s", said)
             : alone     ? said
                         : arena_printf(merge->arena, "%s, ", said));
        return;
    }
    size_t start = plan_text_line_start(&merge->fresh, key->start);
    size_t at = anchor < 0 ? plan_text_line_start(merge->old, columns->keys[0].start)
                           : plan_text_line_end(merge->old, columns->items[anchor].end);
    edit(merge, at, at,
         indented(merge, &merge->fresh, start, plan_text_line_end(&merge->fresh, start),
                  columns->keys[0].place.column - key->place.column));
}

static void
merge_column(struct merge *merge, size_t index, const struct yaml_node *key,
             const struct yaml_node *value, int *anchor)
{
    const struct plan_text_table *table = &merge->old->tables[index];
    int column = find_key(table->columns, key->text);
    const char *reason = reason_behind(merge, &merge->fresh, value->end);
    if (column < 0) {
        insert_column(merge, table, *anchor, key, value);
        change(merge, PLAN_ADDED, table, key->text, value_of(merge, &merge->fresh, value),
               reason);
        return;
    }
    *anchor = merge->update->column_gone[index][column] ? *anchor : column;
    if (refresh_line(merge, table, &table->columns->keys[column],
                     &table->columns->items[column], key, value)) {
        change(merge, PLAN_CHANGED, table, key->text, value_of(merge, &merge->fresh, value),
               reason);
    }
}

static void
remove_column(struct merge *merge, const struct plan_text_table *table, size_t column)
{
    const struct yaml_node *key = &table->columns->keys[column];
    const struct yaml_node *value = &table->columns->items[column];
    change(merge, PLAN_GONE, table, key->text,
           in_a_line(merge->arena, value_of(merge, merge->old, value)), "");
    if (table->columns->flow) {
        remove_flow_member(merge, table->columns, column);
    } else {
        remove_lines(merge, table, plan_text_line_start(merge->old, key->start),
                     plan_text_line_end(merge->old, value->end));
    }
}

/* The lines with from: and to:, when they are outgrow's own. */
static void
merge_head(struct merge *merge, const struct plan_text_table *table,
           const struct plan_text_table *fresh)
{
    static const char *const keys[] = {"from", "to"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int old_key = find_key(table->node, keys[i]);
        int key = find_key(fresh->node, keys[i]);
        if (old_key < 0 || key < 0) {
            continue;
        }
        const struct yaml_node *value = &fresh->node->items[key];
        if (refresh_line(merge, table, &table->node->keys[old_key],
                         &table->node->items[old_key], &fresh->node->keys[key], value)) {
            change(merge, PLAN_CHANGED, table, NULL,
                   arena_printf(merge->arena, "%s: %s", keys[i],
                                value_of(merge, &merge->fresh, value)),
                   "");
        }
    }
}

static void
merge_table(struct merge *merge, size_t index, const struct plan_text_table *fresh)
{
    const struct plan_text_table *table = &merge->old->tables[index];
    int anchor = -1;
    merge_head(merge, table, fresh);
    for (size_t i = 0; table->columns != NULL && i < fresh->columns->count; i++) {
        merge_column(merge, index, &fresh->columns->keys[i], &fresh->columns->items[i],
                     &anchor);
    }
}

/* "{from: app.a, to: public.a, columns: {id: {type: bigint}}}" */
static const char *
table_in_a_line(const struct merge *merge, const struct plan_text_table *fresh)
{
    AUTO_TEXT text = {0};
    for (size_t i = 0; i < fresh->node->count; i++) {
        const struct yaml_node *value = &fresh->node->items[i];
        text_printf(&text, "%s%s: ", i == 0 ? "{" : ", ", fresh->node->keys[i].text);
        if (value != fresh->columns) {
            text_add(&text, value_of(merge, &merge->fresh, value));
            continue;
        }
        for (size_t c = 0; c < value->count; c++) {
            text_printf(&text, "%s%s: %s", c == 0 ? "{" : ", ",
                        value_of(merge, &merge->fresh, &value->keys[c]),
                        value_of(merge, &merge->fresh, &value->items[c]));
        }
        text_add_char(&text, '}');
    }
    text_add_char(&text, '}');
    return arena_strdup(merge->arena, text_string(&text));
}

/* Where the file has no list of tables yet, or an empty one. */
static void
insert_first_table(struct merge *merge, const char *lines)
{
    const struct yaml_node *root = &merge->old->root;
    int key = find_key(root, "tables");
    size_t end = key < 0 ? root->end : root->items[key].end;
    size_t at = plan_text_line_end(merge->old, end);
    if (key < 0) {
        edit(merge, at, at, arena_printf(merge->arena, "tables:\n%s", lines));
        return;
    }
    if (root->items[key].end > root->items[key].start) {
        edit(merge, root->items[key].start, root->items[key].end, "");
    }
    edit(merge, at, at, lines);
}

static void
insert_table(struct merge *merge, int anchor, const struct plan_text_table *fresh, bool first)
{
    const struct plan_text *old = merge->old;
    const struct yaml_node *list = old->list;
    const char *lines = slice(merge, &merge->fresh, fresh->start, fresh->end);
    change(merge, PLAN_ADDED, fresh, NULL,
           arena_printf(merge->arena, "a table of %zu column%s", fresh->columns->count,
                        fresh->columns->count == 1 ? "" : "s"),
           reason_behind(merge, &merge->fresh, fresh->node->items[0].end));
    if (list == NULL || list->count == 0) {
        if (first) {
            insert_first_table(merge, lines);
        } else {
            size_t at = merge->edits[merge->edit_count - 1].start;
            edit(merge, at, at, lines);
        }
        return;
    }
    if (list->flow) {
        size_t at = anchor < 0 ? list->start + 1 : list->items[anchor].end;
        edit(merge, at, at,
             arena_printf(merge->arena, anchor < 0 ? "%s, " : ", %s",
                          table_in_a_line(merge, fresh)));
        return;
    }
    size_t at = anchor < 0 ? old->tables[0].start : old->tables[anchor].end;
    int dash = (int)strspn(old->text + old->tables[0].start, " ");
    edit(merge, at, at,
         indented(merge, &merge->fresh, fresh->start, fresh->end, dash - LISTED_INDENT));
}

static void
merge_tables(struct merge *merge)
{
    int anchor = -1;
    bool first = true;
    for (size_t i = 0; i < merge->fresh.file.table_count; i++) {
        const struct plan_text_table *fresh = &merge->fresh.tables[i];
        int index = find_table(merge, fresh);
        if (index < 0) {
            insert_table(merge, anchor, fresh, first);
            first = false;
        } else if (!merge->old->tables[index].said->skip) {
            merge_table(merge, (size_t)index, fresh);
        }
        anchor = index < 0 ? anchor : index;
    }
}

static void
remove_gone(struct merge *merge)
{
    for (size_t i = 0; i < merge->old->file.table_count; i++) {
        const struct plan_text_table *table = &merge->old->tables[i];
        if (merge->update->table_gone[i]) {
            change(merge, PLAN_GONE, table, NULL, "the table", "");
            if (merge->old->list->flow) {
                remove_flow_member(merge, merge->old->list, i);
            } else {
                remove_lines(merge, table, table->start, table->end);
            }
            continue;
        }
        for (size_t c = 0; table->columns != NULL && c < table->columns->count; c++) {
            if (merge->update->column_gone[i][c]) {
                remove_column(merge, table, c);
            }
        }
    }
}

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

static void
remove_marks(struct merge *merge)
{
    const struct plan_text *old = merge->old;
    for (size_t next, at = 0; at < old->size; at = next) {
        next = plan_text_line_end(old, at);
        if (plan_text_is_mark(old, at)) {
            edit(merge, follows_gap(old, at) ? at - 1 : at, next, "");
        }
    }
}

/* Those of the old file go, with the empty line before each group; today's take their place. */
static void
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
            edit(merge, start, next, "");
            place = place == old->size ? start : place;
        }
    }
    edit(merge, place, place, fresh_notes(merge));
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

static void
apply(const struct merge *merge, struct text *yaml)
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

/* The old file without its last lines. */
static bool
says_the_same(const struct merge *merge, const struct text *yaml)
{
    AUTO_TEXT bare = {0};
    struct merge none = {.update = merge->update, .old = merge->old, .arena = merge->arena};
    remove_marks(&none);
    apply(&none, &bare);
    return bare.length == yaml->length &&
           memcmp(text_string(&bare), text_string(yaml), bare.length) == 0;
}

bool
plan_update_merge(struct plan_update *update, const struct text *fresh, struct text *yaml,
                  struct error *err)
{
    struct plan_text again;
    struct merge merge = {.update = update, .old = &update->old, .arena = update->arena};
    text_reset(yaml);
    if (!plan_text_read(update->arena, "today's plan", text_string(fresh), fresh->length,
                        &merge.fresh, err)) {
        err->kind = ERROR_INTERNAL;
        return false;
    }
    merge_tables(&merge);
    remove_gone(&merge);
    merge_notes(&merge);
    remove_marks(&merge);
    apply(&merge, yaml);
    if (says_the_same(&merge, yaml)) {
        text_reset(yaml);
        text_add_bytes(yaml, update->given, update->given_size);
        return true;
    }
    plan_text_mark(yaml, &update->old, &merge.fresh);
    if (!plan_text_read(update->arena, "the new plan", text_string(yaml), yaml->length, &again,
                        err)) {
        err->kind = ERROR_INTERNAL;
        return false;
    }
    return true;
}
