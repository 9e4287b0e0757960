/* plan_rules.c — finds the tables and columns that a plan file names. */
#include "planfile/plan_rules.h"

#include "base/suggest.h"
#include "planfile/rules_internal.h"

#include <string.h>

int
plan_file_source_of(const struct plan_file *file, const struct plan_file_table *table,
                    const char **name)
{
    const char *text = table->query.text != NULL ? table->source.text : table->from.text;
    const char *dot = text == NULL ? NULL : strchr(text, '.');
    size_t length = dot != NULL ? (size_t)(dot - text) : text == NULL ? 0 : strlen(text);
    *name = table->from.text;
    for (size_t i = 0; i < file->source_count && length > 0; i++) {
        const char *source = file->sources[i].name.text;
        bool same = strlen(source) == length && memcmp(source, text, length) == 0;
        if (same && (dot != NULL || table->query.text != NULL)) {
            *name = dot == NULL ? *name : dot + 1;
            return (int)i;
        }
    }
    bool unknown = table->query.text != NULL && table->source.text != NULL;
    return file->source_count > 1 || unknown ? -1 : 0;
}

const char *
plan_file_schema(struct arena *arena, const struct plan_file *file, size_t source)
{
    static const char placeholder[] = "{source}";
    AUTO_TEXT schema = {0};
    const char *name = source < file->source_count ? file->sources[source].name.text : "";
    if (source < file->source_count && file->sources[source].schema.text != NULL) {
        return file->sources[source].schema.text;
    }
    if (file->defaults.schema.text == NULL) {
        return NULL;
    }
    for (const char *at = file->defaults.schema.text; *at != '\0';) {
        if (strncmp(at, placeholder, sizeof placeholder - 1) == 0) {
            text_add(&schema, name);
            at += sizeof placeholder - 1;
        } else {
            text_add_char(&schema, *at++);
        }
    }
    return arena_strdup(arena, text_string(&schema));
}

bool
rules_no_column(const struct plan_rules *rules, const struct source_table *table,
                const struct plan_word *word, struct error *err)
{
    struct suggestion near = {.typed = word->text};
    for (size_t i = 0; i < table->column_count; i++) {
        suggest_consider(&near, table->columns[i].name.text);
    }
    plan_file_failed(rules->file, word->place, err, "%s has no column \"%s\"", table->name.text,
                     word->text);
    return near.best == NULL ? false : error_hint(err, "did you mean \"%s\"?", near.best);
}

bool
rules_no_table(const struct rules_fit *fit, const struct plan_word *word, const char *name,
               struct error *err)
{
    struct suggestion near = {.typed = name};
    for (size_t i = 0; i < fit->catalog->table_count; i++) {
        suggest_consider(&near, fit->catalog->tables[i].name.text);
    }
    plan_file_failed(fit->rules->file, word->place, err, "the source has no table \"%s\"",
                     name);
    return near.best == NULL ? false : error_hint(err, "did you mean \"%s\"?", near.best);
}

static bool
no_source(const struct rules_fit *fit, const struct plan_file_table *table, struct error *err)
{
    const struct plan_word *word = table->query.text == NULL    ? &table->from
                                   : table->source.text != NULL ? &table->source
                                                                : &table->query;
    plan_file_failed(fit->rules->file, word->place, err,
                     "there are several sources, and this does not name one of them");
    return error_hint(err, "write %s.table, or source: %s beside a query",
                      fit->rules->file->sources[0].name.text,
                      fit->rules->file->sources[0].name.text);
}

/* The columns that are spoken of, and those left out. */
static bool
fit_columns(struct rules_fit *fit, size_t table, struct error *err)
{
    struct table_rules *rules = &fit->rules->tables[table];
    const struct plan_file_table *said = rules->said;
    const struct source_table *source = &fit->catalog->tables[table];
    rules->columns = arena_alloc(fit->arena, source->column_count * sizeof *rules->columns);
    rules->left_out = arena_alloc(fit->arena, source->column_count * sizeof *rules->left_out);
    for (size_t i = 0; i < said->column_count; i++) {
        int column = source_find_column(source, said->columns[i].name.text);
        if (column < 0) {
            return rules_no_column(fit->rules, source, &said->columns[i].name, err);
        }
        if (rules->columns[column] != NULL) {
            return plan_file_failed(fit->rules->file, said->columns[i].name.place, err,
                                    "column \"%s\" is here twice",
                                    source->columns[column].name.text);
        }
        rules->columns[column] = &said->columns[i];
    }
    for (size_t i = 0; i < said->skip_columns.count; i++) {
        int column = source_find_column(source, said->skip_columns.items[i].text);
        if (column < 0) {
            return rules_no_column(fit->rules, source, &said->skip_columns.items[i], err);
        }
        rules->left_out[column] = true;
    }
    return true;
}

static bool
fit_table(struct rules_fit *fit, size_t number, struct error *err)
{
    const struct plan_file_table *said = &fit->rules->file->tables[number];
    int table = fit->positions[number];
    if (table < 0) {
        return true;
    }
    struct table_rules *rules = &fit->rules->tables[table];
    if (rules->said != NULL) {
        plan_file_failed(fit->rules->file, said->place, err,
                         "table \"%s\" is here twice, first in line %d",
                         fit->catalog->tables[table].name.text, rules->said->place.line);
        return error_hint(err, "for a second table out of it, use query: SELECT ...");
    }
    rules->said = said;
    return fit_columns(fit, (size_t)table, err);
}

/* Which of the catalog's tables each of the file's is; queries become tables first. */
static bool
find_tables(struct rules_fit *fit, struct source *handle, struct error *err)
{
    const struct plan_file *file = fit->rules->file;
    fit->positions = arena_alloc(fit->arena, file->table_count * sizeof *fit->positions);
    for (size_t i = 0; i < file->table_count; i++) {
        const struct plan_file_table *said = &file->tables[i];
        const char *name;
        int source = plan_file_source_of(file, said, &name);
        fit->positions[i] = -1;
        if (source < 0) {
            return no_source(fit, said, err);
        }
        if ((size_t)source == fit->rules->source &&
            !rules_find_table(fit, handle, said, name, &fit->positions[i], err)) {
            return false;
        }
    }
    return true;
}

bool
plan_rules_fit(struct plan_rules *rules, struct source *handle, struct catalog *catalog,
               struct arena *arena, struct error *err)
{
    struct rules_fit fit = {.arena = arena, .catalog = catalog, .rules = rules};
    if (!find_tables(&fit, handle, err)) {
        return false;
    }
    rules->tables = arena_alloc(arena, catalog->table_count * sizeof *rules->tables);
    for (size_t i = 0; i < rules->file->table_count; i++) {
        if (!fit_table(&fit, i, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (rules->tables[i].said != NULL &&
            (!rules_fit_keys(&fit, i, err) || !rules_fit_names(&fit, i, err))) {
            return false;
        }
    }
    return true;
}

const struct plan_file_table *
rules_table(const struct plan_rules *rules, size_t table)
{
    return rules == NULL ? NULL : rules->tables[table].said;
}

const struct plan_file_column *
rules_column(const struct plan_rules *rules, size_t table, size_t column)
{
    return rules_table(rules, table) == NULL ? NULL : rules->tables[table].columns[column];
}

bool
rules_leave_out(const struct plan_rules *rules, size_t table, size_t column)
{
    return rules_table(rules, table) != NULL && rules->tables[table].left_out[column];
}

enum plan_orphans
rules_orphans(const struct plan_rules *rules, size_t table)
{
    const struct plan_file_table *said = rules_table(rules, table);
    return said != NULL && said->orphans != ORPHANS_UNSAID ? said->orphans
           : rules != NULL                                 ? rules->file->defaults.orphans
                                                           : ORPHANS_UNSAID;
}

enum plan_nocase
rules_nocase(const struct plan_rules *rules, size_t table)
{
    const struct plan_file_table *said = rules_table(rules, table);
    return said != NULL && said->nocase != NOCASE_UNSAID ? said->nocase
           : rules != NULL                               ? rules->file->defaults.nocase
                                                         : NOCASE_UNSAID;
}

enum plan_conflict
rules_conflict(const struct plan_rules *rules, size_t table)
{
    const struct plan_file_table *said = rules_table(rules, table);
    return said != NULL && said->on_conflict != CONFLICT_UNSAID ? said->on_conflict
           : rules != NULL ? rules->file->defaults.on_conflict
                           : CONFLICT_UNSAID;
}

const char *
rules_collation(const struct plan_rules *rules)
{
    const char *said = rules == NULL ? NULL : rules->file->defaults.collation.text;
    return said == NULL ? "C" : said;
}
