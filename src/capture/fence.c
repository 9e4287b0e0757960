/* fence.c — see fence.h. */
#include "capture/fence.h"

#include "capture/internal.h"

#include <string.h>

static void
quote_words(struct text *sql, const char *words)
{
    text_add_char(sql, '\'');
    for (const char *c = words; *c != '\0'; c++) {
        if (*c == '\'') {
            text_add_char(sql, '\'');
        }
        text_add_char(sql, *c);
    }
    text_add_char(sql, '\'');
}

static bool
fence_table(struct schema_edit *edit, size_t number, const char *table, const char *words,
            struct error *err)
{
    static const char *const events[] = {"insert", "update", "delete"};
    static const char *const whens[] = {"INSERT", "UPDATE", "DELETE"};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        AUTO_TEXT sql = {0};
        char name[64];
        snprintf(name, sizeof name, CAPTURE_PREFIX "fence_%zu_%s", number, events[i]);
        text_printf(&sql, "CREATE TRIGGER %s BEFORE %s ON ", name, whens[i]);
        source_quote(&sql, table);
        text_add(&sql, " BEGIN SELECT RAISE(ABORT,");
        quote_words(&sql, words);
        text_add(&sql, "); END");
        if (!schema_edit_add(edit, name, table, text_string(&sql), err)) {
            return false;
        }
    }
    return true;
}

static bool
needs_transaction(struct source *writer, struct error *err)
{
    return sqlite3_get_autocommit(writer->handle) == 0 ||
           error_set(err, ERROR_INTERNAL, "the fence of %s needs an open transaction",
                     writer->path);
}

static bool
is_shadow(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->object_count; i++) {
        if (catalog->objects[i].kind == OBJECT_SHADOW_TABLE &&
            sqlite3_stricmp(catalog->objects[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Tables are those of this very transaction: one may have come since the catalog was read. A
 * trigger on a table behind a virtual one would be a damaged schema to a careful application. */
static bool
fence_tables(struct schema_edit *edit, const struct catalog *catalog, const char *words,
             struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    size_t number = 0;
    int step = sqlite3_prepare_v2(edit->writer->handle,
                                  "SELECT name FROM pragma_table_list WHERE schema = 'main' "
                                  "AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE "
                                  "'\\' AND name NOT LIKE '\\_outgrow\\_%' ESCAPE '\\'",
                                  -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        const char *name = step == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0)
                                              : NULL;
        if (name != NULL && !is_shadow(catalog, name) &&
            !fence_table(edit, ++number, name, words, err)) {
            return false;
        }
    }
    return step == SQLITE_DONE ||
           source_failed(edit->writer, err, "list the tables of %s", edit->writer->path);
}

bool
fence_raise(struct source *writer, const struct catalog *catalog, const char *words,
            struct error *err)
{
    AUTO_SCHEMA_EDIT edit = {0};
    struct capture_state state;
    if (!needs_transaction(writer, err) || !capture_state_read(writer, false, &state, err)) {
        return false;
    }
    if (!state.installed) {
        return error_set(err, ERROR_SOURCE, "%s is not captured, so it cannot be fenced",
                         writer->path);
    }
    if (state.fenced) {
        return true;
    }
    return schema_edit_begin(&edit, writer, err) && fence_tables(&edit, catalog, words, err) &&
           schema_edit_end(&edit, err) && meta_set(writer, CAPTURE_META_FENCE, words, err);
}

bool
fence_lower(struct source *writer, struct error *err)
{
    AUTO_SCHEMA_EDIT edit = {0};
    struct capture_state state;
    if (!needs_transaction(writer, err) || !capture_state_read(writer, false, &state, err)) {
        return false;
    }
    return !state.fenced ||
           (schema_edit_begin(&edit, writer, err) &&
            schema_edit_remove(&edit, CAPTURE_FENCE_GLOB, err) && schema_edit_end(&edit, err) &&
            meta_remove(writer, CAPTURE_META_FENCE, err));
}

bool
fence_stands(struct source *source, bool *stands, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    int code = sqlite3_prepare_v2(source->handle,
                                  "SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' "
                                  "AND name GLOB '" CAPTURE_FENCE_GLOB "' LIMIT 1",
                                  -1, &statement, NULL);
    code = code == SQLITE_OK ? sqlite3_step(statement) : code;
    *stands = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ||
           source_failed(source, err, "look for the fence of %s", source->path);
}
