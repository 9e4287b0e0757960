/* rules_keys.c — key and keys.references, as if the source had declared them. */
#include "planfile/rules_internal.h"

#include <string.h>

static bool
find_columns(struct rules_fit *fit, const struct source_table *table,
             const struct plan_words *words, int **columns, struct error *err)
{
    *columns = arena_alloc(fit->arena, (words->count + 1) * sizeof **columns);
    for (size_t i = 0; i < words->count; i++) {
        (*columns)[i] = source_find_column(table, words->items[i].text);
        if ((*columns)[i] < 0) {
            return rules_no_column(fit->rules, table, &words->items[i], err);
        }
        for (size_t j = 0; j < i; j++) {
            if ((*columns)[i] == (*columns)[j]) {
                return plan_file_failed(fit->rules->file, words->items[i].place, err,
                                        "column \"%s\" is here twice", words->items[i].text);
            }
        }
    }
    return true;
}

static bool
fit_primary_key(struct rules_fit *fit, struct source_table *table, const struct plan_words *key,
                struct error *err)
{
    int *columns;
    if (key->count == 0) {
        return true;
    }
    if (!find_columns(fit, table, key, &columns, err)) {
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        table->columns[i].primary_key_position = 0;
        table->columns[i].rowid_alias = table->columns[i].rowid_alias && key->count == 1 &&
                                        columns[0] == (int)i;
    }
    for (size_t i = 0; i < key->count; i++) {
        table->columns[columns[i]].primary_key_position = (int)i + 1;
    }
    table->primary_key = columns;
    table->primary_key_count = key->count;
    return true;
}

/* A parent is named as in the source ("users", "registry.agents"), or as in the target. */
static int
find_parent(const struct rules_fit *fit, const struct plan_word *word)
{
    const struct plan_file *file = fit->rules->file;
    for (size_t i = 0; i < file->table_count; i++) {
        const struct plan_file_table *said = &file->tables[i];
        bool named = (said->from.text != NULL && strcmp(said->from.text, word->text) == 0) ||
                     (said->to.text != NULL && strcmp(said->to.text, word->text) == 0);
        if (named && fit->positions[i] >= 0) {
            return fit->positions[i];
        }
    }
    const struct plan_file_table alike = {.from = *word};
    const char *name;
    int source = plan_file_source_of(file, &alike, &name);
    if (source >= 0 && (size_t)source != fit->rules->source) {
        return -1;
    }
    int position = catalog_find_table(fit->catalog, name);
    return position >= 0 ? position : catalog_find_table(fit->catalog, word->text);
}

/* Of another source of the file: fitted where both sides are known. */
static bool
is_elsewhere(const struct rules_fit *fit, const struct plan_word *word)
{
    const struct plan_file *file = fit->rules->file;
    for (size_t i = 0; i < file->table_count; i++) {
        const struct plan_file_table *said = &file->tables[i];
        bool named = (said->from.text != NULL && strcmp(said->from.text, word->text) == 0) ||
                     (said->to.text != NULL && strcmp(said->to.text, word->text) == 0);
        if (named && fit->positions[i] < 0) {
            return true;
        }
    }
    const struct plan_file_table alike = {.from = *word};
    const char *name;
    int source = plan_file_source_of(file, &alike, &name);
    return source >= 0 && (size_t)source != fit->rules->source;
}

static bool
same_columns(const struct source_foreign_key *key, const int *columns, size_t count)
{
    return key->column_count == count &&
           memcmp(key->columns, columns, count * sizeof *columns) == 0;
}

static void
put_foreign_key(struct rules_fit *fit, struct source_table *table,
                const struct source_foreign_key *key)
{
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        if (same_columns(&table->foreign_keys[i], key->columns, key->column_count)) {
            table->foreign_keys[i] = *key;
            return;
        }
    }
    size_t count = table->foreign_key_count;
    struct source_foreign_key *keys = arena_alloc(fit->arena, (count + 1) * sizeof *keys);
    if (count > 0) {
        memcpy(keys, table->foreign_keys, count * sizeof *keys);
    }
    keys[count] = *key;
    table->foreign_keys = keys;
    table->foreign_key_count = count + 1;
}

static bool
fit_reference(struct rules_fit *fit, struct source_table *table,
              const struct plan_file_reference *said, struct error *err)
{
    struct source_foreign_key key = {.column_count = said->columns.count,
                                     .parent_name = said->table.text,
                                     .on_delete = said->on_delete,
                                     .on_update = said->on_update,
                                     .deferrable = said->deferrable == SWITCH_ON,
                                     .initially_deferred = said->deferrable == SWITCH_ON};
    key.parent = find_parent(fit, &said->table);
    if (!find_columns(fit, table, &said->columns, &key.columns, err)) {
        return false;
    }
    if (key.parent < 0) {
        return is_elsewhere(fit, &said->table) ||
               rules_no_table(fit, &said->table, said->table.text, err);
    }
    if (!find_columns(fit, &fit->catalog->tables[key.parent], &said->parent_columns,
                      &key.parent_columns, err)) {
        return false;
    }
    put_foreign_key(fit, table, &key);
    return true;
}

bool
rules_fit_keys(struct rules_fit *fit, size_t table, struct error *err)
{
    const struct plan_file_table *said = fit->rules->tables[table].said;
    struct source_table *source = &fit->catalog->tables[table];
    if (!fit_primary_key(fit, source, &said->key, err)) {
        return false;
    }
    for (size_t i = 0; i < said->reference_count; i++) {
        if (!fit_reference(fit, source, &said->references[i], err)) {
            return false;
        }
    }
    return true;
}
