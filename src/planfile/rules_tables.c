/* rules_tables.c — what `from` and `query` mean. */
#include "planfile/rules_internal.h"

#include <string.h>

static const struct source_object *
find_virtual_table(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->object_count; i++) {
        const struct source_object *object = &catalog->objects[i];
        if (object->kind == OBJECT_VIRTUAL_TABLE && sqlite3_stricmp(object->name, name) == 0) {
            return object;
        }
    }
    return NULL;
}

static bool
add_query(struct rules_fit *fit, struct source *handle, const struct plan_word *word,
          const char *name, const char *sql, struct error *err)
{
    struct error query_err;
    if (catalog_add_query(handle, fit->arena, fit->catalog, name, sql, &query_err)) {
        return true;
    }
    return plan_file_failed(fit->rules->file, word->place, err, "%s", query_err.message);
}

/* Rows of a virtual table are read through its module. */
static bool
add_virtual_table(struct rules_fit *fit, struct source *handle,
                  const struct plan_file_table *said, const char *name, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT * FROM main.");
    source_quote(&sql, name);
    return add_query(fit, handle, &said->from, name, text_string(&sql), err);
}

bool
rules_find_table(struct rules_fit *fit, struct source *handle,
                 const struct plan_file_table *said, const char *name, int *position,
                 struct error *err)
{
    if (said->query.text != NULL) {
        if (said->skip) {
            return true;
        }
        const char *shown = arena_printf(fit->arena, "%s (query)", said->to_name);
        *position = (int)fit->catalog->table_count;
        return add_query(fit, handle, &said->query, shown, said->query.text, err);
    }
    *position = catalog_find_table(fit->catalog, name);
    if (*position >= 0) {
        return true;
    }
    const struct source_object *object = find_virtual_table(fit->catalog, name);
    if (object == NULL) {
        return rules_no_table(fit, &said->from, name, err);
    }
    if (said->skip) {
        return true;
    }
    *position = (int)fit->catalog->table_count;
    return add_virtual_table(fit, handle, said, object->name, err);
}
