/* fence.c — see fence.h. */
#include "sqlite/fence.h"

#include "sqlite/capture_internal.h"

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
    if (!schema_edit_begin(&edit, writer, err)) {
        return false;
    }
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (catalog->tables[i].query == NULL &&
            !fence_table(&edit, i + 1, catalog->tables[i].name.text, words, err)) {
            return false;
        }
    }
    return schema_edit_end(&edit, err) && meta_set(writer, CAPTURE_META_FENCE, words, err);
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
            meta_set(writer, CAPTURE_META_FENCE, NULL, err));
}
