/* plan_update.c — steps 1 and 2 of plan_update.h: what a file says that the source has no
 * more, and what in it is a person's. */
#include "planfile/plan_update.h"

#include <string.h>

/* YAML also ends a line in ways that an editor does not show: what looks like one line to a
 * person, and to us, may be two to the parser. */
static bool
has_odd_breaks(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((text[i] == '\r' && (i + 1 == size || text[i + 1] != '\n')) ||
            strncmp(text + i, "\xc2\x85", 2) == 0 ||
            strncmp(text + i, "\xe2\x80\xa8", 3) == 0 ||
            strncmp(text + i, "\xe2\x80\xa9", 3) == 0 ||
            (i > 0 && strncmp(text + i, "\xef\xbb\xbf", 3) == 0)) {
            return true;
        }
    }
    return false;
}

bool
plan_update_open(struct arena *arena, const char *path, const char *text, size_t size,
                 struct plan_update *update, struct error *err)
{
    *update = (struct plan_update){.arena = arena, .given = text, .given_size = size};
    if (!plan_text_read(arena, path, text, size, &update->old, err)) {
        return false;
    }
    if (has_odd_breaks(update->old.text, update->old.size)) {
        error_set(err, ERROR_USAGE, "%s has line breaks that are no newlines", path);
        return error_hint(err, "save it with plain newlines");
    }
    if (update->old.root.flow) {
        yaml_failed(path, update->old.root.place, err,
                    "a plan in {} is read, but not brought up to date");
        return error_hint(err, "write its keys without braces, one a line");
    }
    if (update->old.file.source_count == 0) {
        error_set(err, ERROR_USAGE, "%s names no sources", path);
        return error_hint(err, "write sources: {app: app.db}");
    }
    size_t count = update->old.file.table_count;
    update->table_gone = arena_alloc(arena, count * sizeof *update->table_gone);
    update->column_gone = arena_alloc(arena, count * sizeof *update->column_gone);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *columns = update->old.tables[i].columns;
        size_t column_count = columns == NULL ? 0 : columns->count;
        update->column_gone[i] = arena_alloc(arena, column_count * sizeof(bool));
    }
    return true;
}

static bool
is_virtual_table(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->object_count; i++) {
        if (catalog->objects[i].kind == OBJECT_VIRTUAL_TABLE &&
            sqlite3_stricmp(catalog->objects[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Columns of queries and of virtual tables are not in the catalog. */
static void
find_gone(struct plan_update *update, const struct catalog *catalog, size_t index)
{
    const struct plan_text_table *table = &update->old.tables[index];
    int position = catalog_find_table(catalog, table->name);
    update->table_gone[index] = position < 0 && !is_virtual_table(catalog, table->name);
    for (size_t i = 0; position >= 0 && table->columns != NULL && i < table->columns->count;
         i++) {
        update->column_gone[index][i] = source_find_column(&catalog->tables[position],
                                                           table->columns->keys[i].text) < 0;
    }
}

/* Blanks instead, so that every error still names the place in the file. */
static void
blank(char *text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        text[i] = text[i] == '\n' ? '\n' : ' ';
    }
}

/* One member of a mapping or list, with what parts it from the next one. */
static void
blank_member(const struct plan_update *update, char *edits, const struct yaml_node *parent,
             size_t index)
{
    const struct yaml_node *first = parent->kind == YAML_MAPPING ? parent->keys : parent->items;
    bool last = index + 1 == parent->count;
    if (parent->flow) {
        blank(edits, first[index].start, last ? parent->end - 1 : first[index + 1].start);
    } else {
        blank(edits, plan_text_line_start(&update->old, first[index].start),
              plan_text_line_end(&update->old, parent->items[index].end));
    }
}

static bool
is_ours(const struct plan_update *update, size_t table, const struct yaml_node *node)
{
    return plan_text_is_ours(&update->old, &update->old.tables[table],
                             plan_text_line_start(&update->old, node->start));
}

/* The key `columns` itself goes when nothing is left under it. */
static void
blank_columns(const struct plan_update *update, char *edits, size_t index)
{
    const struct yaml_node *columns = update->old.tables[index].columns;
    bool any = false;
    for (size_t i = 0; i < columns->count; i++) {
        if (update->column_gone[index][i] || is_ours(update, index, &columns->keys[i])) {
            blank_member(update, edits, columns, i);
        } else {
            any = true;
        }
    }
    const struct yaml_node *table = update->old.tables[index].node;
    for (size_t i = 0; !any && !columns->flow && i < table->count; i++) {
        if (&table->items[i] == columns) {
            blank(edits, table->keys[i].start, columns->start);
        }
    }
}

static void
blank_table(const struct plan_update *update, char *edits, size_t index)
{
    const struct plan_text_table *table = &update->old.tables[index];
    if (update->table_gone[index] && update->old.list->flow) {
        blank_member(update, edits, update->old.list, index);
        return;
    }
    if (update->table_gone[index]) {
        blank(edits, table->start, table->end);
        return;
    }
    for (size_t i = 0; i < table->node->count; i++) {
        if (strcmp(table->node->keys[i].text, "to") == 0 &&
            is_ours(update, index, &table->node->keys[i])) {
            blank_member(update, edits, table->node, i);
        }
    }
    if (table->columns != NULL) {
        blank_columns(update, edits, index);
    }
}

void
plan_update_look(struct plan_update *update, const struct catalog *const *catalogs)
{
    char *edits = arena_strndup(update->arena, update->old.text, update->old.size);
    for (size_t i = 0; i < update->old.file.table_count; i++) {
        const struct plan_text_table *table = &update->old.tables[i];
        const struct catalog *catalog = table->source < 0 ? NULL : catalogs[table->source];
        if (catalog != NULL && table->name != NULL) {
            find_gone(update, catalog, i);
            blank_table(update, edits, i);
        }
    }
    update->edits = edits;
}
