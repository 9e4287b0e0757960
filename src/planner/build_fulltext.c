/* build_fulltext.c — full-text tables of SQLite become search indexes on the tables whose
 * text they index, where it is certain which these are. */
#include "planner/builder.h"
#include "sqlite/virtual_table.h"

#include <string.h>

/* A tsvector holds at most 1 MB; a text well below that always fits. */
enum { TEXT_BYTES_MAX = 256 * 1024 };

/* The file speaks of it: copied as a table, or left out. */
static bool
is_spoken_of(const struct builder *builder, const char *name)
{
    const struct plan_rules *rules = builder->options->rules;
    for (size_t i = 0; rules != NULL && i < rules->file->table_count; i++) {
        const char *from;
        const struct plan_file_table *said = &rules->file->tables[i];
        int source = plan_file_source_of(rules->file, said, &from);
        if (said->query.text == NULL && source == (int)rules->source &&
            sqlite3_stricmp(from, name) == 0) {
            return true;
        }
    }
    return catalog_find_table(builder->catalog, name) >= 0;
}

static bool
has_columns(const struct builder *builder, size_t table, const struct fts_table *fts)
{
    for (size_t i = 0; i < fts->column_count; i++) {
        const struct source_table *source = &builder->catalog->tables[table];
        int column = source_find_column(source, fts->columns[i]);
        if (column < 0 || builder->plan->tables[table].columns[column].left_out) {
            return false;
        }
    }
    return true;
}

/* A trigger of the table that writes to the full-text table keeps the two in step. */
static bool
is_kept_by_trigger(const struct builder *builder, size_t table, const char *name)
{
    const char *owner = builder->catalog->tables[table].name.text;
    for (size_t i = 0; i < builder->catalog->object_count; i++) {
        const struct source_object *object = &builder->catalog->objects[i];
        if (object->kind == OBJECT_TRIGGER && object->table != NULL && object->sql != NULL &&
            sqlite3_stricmp(object->table, owner) == 0 && strstr(object->sql, name) != NULL) {
            return true;
        }
    }
    return false;
}

/* -1: none, or it is not certain which. */
static int
find_content(const struct builder *builder, const char *name, const struct fts_table *fts)
{
    int found = -1;
    if (fts->content != NULL) {
        bool kept = fts->content[0] != '\0'; /* "" is no table's name here: its rows are gone */
        found = kept ? catalog_find_table(builder->catalog, fts->content) : -1;
        return found >= 0 && has_columns(builder, (size_t)found, fts) ? found : -1;
    }
    for (size_t t = 0; t < builder->catalog->table_count; t++) {
        if (has_columns(builder, t, fts) && is_kept_by_trigger(builder, t, name)) {
            if (found >= 0) {
                return -1;
            }
            found = (int)t;
        }
    }
    return found;
}

static bool
texts_are_short(const struct builder *builder, size_t table, const struct fts_table *fts)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < fts->column_count; i++) {
        int column = source_find_column(&builder->catalog->tables[table], fts->columns[i]);
        const struct column_profile *profile = builder_profile(builder, table, (size_t)column);
        bytes += profile == NULL ? 0 : profile->bytes_max;
    }
    return bytes <= TEXT_BYTES_MAX;
}

static void
build_index(struct builder *builder, const struct source_object *object, size_t table,
            const struct fts_table *fts)
{
    const struct plan_column **columns = arena_alloc(builder->arena,
                                                     fts->column_count * sizeof *columns);
    for (size_t i = 0; i < fts->column_count; i++) {
        columns[i] = builder_find_column(builder, table, fts->columns[i]);
    }
    const char *config = fts->stems ? "english" : "simple";
    build_search(builder, table, columns, fts->column_count, config, NULL);
    const struct plan_note note = {.kind = NOTE_CHANGED,
                                   .object_kind = "virtual table",
                                   .name = object->name,
                                   .sql = object->sql};
    builder_note(builder, &note,
                 "a search index on %s instead: queries use to_tsvector('%s', ...)",
                 builder->plan->tables[table].name, config);
}

bool
build_fulltext(struct builder *builder, const struct source_object *object)
{
    struct fts_table fts;
    if (object->sql == NULL || is_spoken_of(builder, object->name) ||
        !fts_table_read(builder->arena, object->sql, &fts)) {
        return false;
    }
    int table = find_content(builder, object->name, &fts);
    const struct plan_file_table *said = table < 0 ? NULL
                                                   : builder_said(builder, (size_t)table);
    if (table < 0 || builder->plan->tables[table].problem != NULL ||
        (said != NULL && said->search_count > 0) ||
        !texts_are_short(builder, (size_t)table, &fts)) {
        return false;
    }
    build_index(builder, object, (size_t)table, &fts);
    return true;
}
