/* plan_merge.c — step 3 of plan_update.h: the file and today's proposal, line by line. */
#include "planfile/plan_merge_internal.h"

#include <string.h>

enum { LISTED_INDENT = 2 }; /* of the dashes in what planner/plan_yaml.c writes */

/* The comment behind a value: the reason. */
static const char *
reason_behind(const struct merge *merge, const struct plan_text *from, size_t at)
{
    size_t end = plan_text_line_end(from, at);
    at += strspn(from->text + at, " }");
    return at + 2 < end && from->text[at] == '#' ? merge_slice(merge, from, at + 2, end - 1)
                                                 : "";
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
    return merge_slice(merge, from, node->start, node->end);
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
    merge_edit(merge, start, plan_text_line_end(merge->old, start),
               merge_indented(merge, &merge->fresh, fresh_start,
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
        merge_edit(merge, at, at,
                   anchor >= 0 ? arena_printf(merge->arena, ", %s", said)
                   : alone     ? said
                               : arena_printf(merge->arena, "%s, ", said));
        return;
    }
    size_t start = plan_text_line_start(&merge->fresh, key->start);
    size_t at = anchor < 0 ? plan_text_line_start(merge->old, columns->keys[0].start)
                           : plan_text_line_end(merge->old, columns->items[anchor].end);
    merge_edit(merge, at, at,
               merge_indented(merge, &merge->fresh, start,
                              plan_text_line_end(&merge->fresh, start),
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
           merge_in_a_line(merge->arena, value_of(merge, merge->old, value)), "");
    if (table->columns->flow) {
        merge_remove_member(merge, table->columns, column);
    } else {
        merge_remove_lines(merge, table, plan_text_line_start(merge->old, key->start),
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
        merge_edit(merge, at, at, arena_printf(merge->arena, "tables:\n%s", lines));
        return;
    }
    if (root->items[key].end > root->items[key].start) {
        merge_edit(merge, root->items[key].start, root->items[key].end, "");
    }
    merge_edit(merge, at, at, lines);
}

static void
insert_table(struct merge *merge, int anchor, const struct plan_text_table *fresh, bool first)
{
    const struct plan_text *old = merge->old;
    const struct yaml_node *list = old->list;
    const char *lines = merge_slice(merge, &merge->fresh, fresh->start, fresh->end);
    change(merge, PLAN_ADDED, fresh, NULL,
           arena_printf(merge->arena, "a table of %zu column%s", fresh->columns->count,
                        fresh->columns->count == 1 ? "" : "s"),
           reason_behind(merge, &merge->fresh, fresh->node->items[0].end));
    if (list == NULL || list->count == 0) {
        if (first) {
            insert_first_table(merge, lines);
        } else {
            size_t at = merge->edits[merge->edit_count - 1].start;
            merge_edit(merge, at, at, lines);
        }
        return;
    }
    if (list->flow) {
        size_t at = anchor < 0 ? list->start + 1 : list->items[anchor].end;
        merge_edit(merge, at, at,
                   arena_printf(merge->arena, anchor < 0 ? "%s, " : ", %s",
                                table_in_a_line(merge, fresh)));
        return;
    }
    size_t at = anchor < 0 ? old->tables[0].start : old->tables[anchor].end;
    int dash = (int)strspn(old->text + old->tables[0].start, " ");
    merge_edit(
        merge, at, at,
        merge_indented(merge, &merge->fresh, fresh->start, fresh->end, dash - LISTED_INDENT));
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
                merge_remove_member(merge, merge->old->list, i);
            } else {
                merge_remove_lines(merge, table, table->start, table->end);
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

/* The old file without its last lines. */
static bool
says_the_same(const struct merge *merge, const struct text *yaml)
{
    AUTO_TEXT bare = {0};
    struct merge none = {.update = merge->update, .old = merge->old, .arena = merge->arena};
    merge_remove_marks(&none);
    merge_apply(&none, &bare);
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
    merge_remove_marks(&merge);
    merge_apply(&merge, yaml);
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
