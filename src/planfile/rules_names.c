/* rules_names.c — names of the target that the file gives, and columns named in indexes,
 * search and chain: found wrong here, before anything runs. */
#include "base/suggest.h"
#include "planfile/rules_internal.h"
#include "postgres/target.h"
#include "value/utf8.h"

#include <string.h>

static bool
fit_name(const struct rules_fit *fit, const struct plan_word *word, const char *name,
         struct error *err)
{
    size_t characters;
    size_t size = name == NULL ? 0 : strlen(name);
    if (size > NAME_BYTES_MAX) {
        return plan_file_failed(fit->rules->file, word->place, err,
                                "\"%s\" has %zu bytes, PostgreSQL's names have at most %d",
                                name, size, NAME_BYTES_MAX);
    }
    return name == NULL ||
           utf8_valid_prefix((const uint8_t *)name, size, &characters) == size ||
           plan_file_failed(fit->rules->file, word->place, err, "the name is not UTF-8");
}

static bool
fit_column_name(const struct rules_fit *fit, const struct plan_word *word, struct error *err)
{
    static const char *const taken[] = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"};
    for (size_t i = 0; word->text != NULL && i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(word->text, taken[i]) == 0) {
            return plan_file_failed(fit->rules->file, word->place, err,
                                    "\"%s\" is a column of PostgreSQL's own in every table",
                                    word->text);
        }
    }
    return fit_name(fit, word, word->text, err);
}

/* "created_at DESC NULLS LAST" -> "created_at"; a name with a blank is taken whole. */
size_t
rules_index_column(const char *text)
{
    const char *blank = strchr(text, ' ');
    return blank == NULL ? strlen(text) : (size_t)(blank - text);
}

static bool
names_a_column(const struct rules_fit *fit, size_t table, const char *name)
{
    const struct plan_file_table *said = fit->rules->tables[table].said;
    int column = source_find_column(&fit->catalog->tables[table], name);
    if (column >= 0) {
        return true;
    }
    for (size_t i = 0; i < said->column_count; i++) {
        const struct plan_file_column *other = &said->columns[i];
        if ((other->to.text != NULL && strcmp(other->to.text, name) == 0) ||
            (other->keep_old.text != NULL && strcmp(other->keep_old.text, name) == 0)) {
            return true;
        }
    }
    for (size_t i = 0; i < said->added_count; i++) {
        if (strcmp(said->added[i].name.text, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
fit_listed(const struct rules_fit *fit, size_t table, const struct plan_words *words,
           bool ordered, struct error *err)
{
    for (size_t i = 0; i < words->count; i++) {
        struct plan_word word = words->items[i];
        if (names_a_column(fit, table, word.text)) {
            continue;
        }
        word.text = ordered
                        ? arena_strndup(fit->arena, word.text, rules_index_column(word.text))
                        : word.text;
        if (!names_a_column(fit, table, word.text)) {
            return rules_no_column(fit->rules, &fit->catalog->tables[table], &word, err);
        }
    }
    return true;
}

/* The hint says which column was probably meant. */
static bool
no_chained_column(const struct rules_fit *fit, size_t table, const struct plan_word *word,
                  struct error *err)
{
    const struct source_table *source = &fit->catalog->tables[table];
    struct suggestion near = {.typed = word->text};
    for (size_t i = 0; i < source->column_count; i++) {
        suggest_consider(&near, source->columns[i].name.text);
    }
    plan_file_failed(fit->rules->file, word->place, err,
                     "the chain of %s needs column \"%s\", which there is not",
                     source->name.text, word->text);
    return near.best == NULL ? false : error_hint(err, "did you mean \"%s\"?", near.best);
}

static bool
fit_chained_column(const struct rules_fit *fit, size_t table, const char *name,
                   struct plan_place place, struct error *err)
{
    const struct plan_word word = {name, place};
    const struct plan_file_table *said = fit->rules->tables[table].said;
    const struct source_table *source = &fit->catalog->tables[table];
    if (name == NULL) {
        return true;
    }
    int column = source_find_column(source, name);
    if (column < 0) {
        return no_chained_column(fit, table, &word, err);
    }
    if (fit->rules->tables[table].left_out[column]) {
        return plan_file_failed(fit->rules->file, place, err,
                                "the chain of %s needs column \"%s\", which is left out",
                                source->name.text, name);
    }
    const struct plan_file_column *rules = fit->rules->tables[table].columns[column];
    bool exact = rules == NULL || !rules->has_type || chain_type_is_exact(rules->type.kind) ||
                 !chain_rule_reads(said->chain, name);
    if (!exact) {
        plan_file_failed(
            fit->rules->file, rules->name.place, err,
            "\"%s\" is under the chain of %s, and this type would change its bytes", name,
            source->name.text);
        return error_hint(err, "leave its type out; a generated column beside it can hold the "
                               "other type");
    }
    return true;
}

static bool
fit_chain(const struct rules_fit *fit, size_t table, struct error *err)
{
    const struct chain_rule *chain = fit->rules->tables[table].said->chain;
    if (chain == NULL) {
        return true;
    }
    for (size_t i = 0; i < chain->part_count; i++) {
        if (!fit_chained_column(fit, table, chain->parts[i].column, chain->parts[i].place,
                                err)) {
            return false;
        }
    }
    return fit_chained_column(fit, table, chain->order, chain->order_place, err) &&
           fit_chained_column(fit, table, chain->hash, chain->hash_place, err) &&
           fit_chained_column(fit, table, chain->previous, chain->previous_place, err);
}

static bool
fit_added(const struct rules_fit *fit, size_t table, const struct plan_file_column *added,
          struct error *err)
{
    if (source_find_column(&fit->catalog->tables[table], added->name.text) >= 0 &&
        !fit->rules->tables[table]
             .left_out[source_find_column(&fit->catalog->tables[table], added->name.text)]) {
        plan_file_failed(fit->rules->file, added->name.place, err,
                         "the source has column \"%s\" already", added->name.text);
        return error_hint(err, "speak of it under columns");
    }
    bool filled = added->default_value.kind == DEFAULT_VALUE ||
                  added->default_value.kind == DEFAULT_SQL || added->generated.text != NULL;
    if (added->not_null == SWITCH_ON && !filled) {
        return plan_file_failed(fit->rules->file, added->name.place, err,
                                "\"%s\" is NOT NULL and new: it needs a default",
                                added->name.text);
    }
    return fit_column_name(fit, &added->name, err);
}

/* The names in the target that the file gives to columns of one table. */
static size_t
given_names(const struct plan_file_table *said, struct plan_word *names)
{
    size_t count = 0;
    for (size_t i = 0; i < said->column_count; i++) {
        const struct plan_word *words[] = {&said->columns[i].to, &said->columns[i].keep_old};
        for (size_t w = 0; w < 2; w++) {
            if (words[w]->text != NULL) {
                names[count++] = *words[w];
            }
        }
    }
    for (size_t i = 0; i < said->added_count; i++) {
        names[count++] = said->added[i].name;
    }
    return count;
}

static bool
fit_different_columns(const struct rules_fit *fit, const struct plan_file_table *said,
                      struct error *err)
{
    AUTO_ARENA memory = {0};
    struct plan_word *names = arena_alloc(
        &memory, (2 * said->column_count + said->added_count) * sizeof *names);
    size_t count = given_names(said, names);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(names[i].text, names[j].text) == 0) {
                return plan_file_failed(fit->rules->file, names[i].place, err,
                                        "two columns would be called \"%s\"", names[i].text);
            }
        }
    }
    return true;
}

static bool
fit_columns(const struct rules_fit *fit, size_t table, struct error *err)
{
    const struct plan_file_table *said = fit->rules->tables[table].said;
    for (size_t i = 0; i < said->column_count; i++) {
        if (!fit_column_name(fit, &said->columns[i].to, err) ||
            !fit_column_name(fit, &said->columns[i].keep_old, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < said->added_count; i++) {
        if (!fit_added(fit, table, &said->added[i], err)) {
            return false;
        }
    }
    return fit_different_columns(fit, said, err);
}

static bool
same_word(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* With what stands before it in the file. */
static bool
fit_different_tables(const struct rules_fit *fit, const struct plan_file_table *said,
                     struct error *err)
{
    const struct plan_file *file = fit->rules->file;
    for (const struct plan_file_table *other = file->tables; other < said; other++) {
        bool same = said->to_name != NULL && same_word(said->to_name, other->to_name) &&
                    same_word(said->to_schema, other->to_schema);
        bool apart = said->to_schema == NULL &&
                     fit->positions[other - file->tables] < 0; /* each in its source's schema */
        if (same && !apart && !said->skip && !other->skip) {
            return plan_file_failed(file, said->to.place, err,
                                    "two tables would be called \"%s\"", said->to.text);
        }
    }
    return true;
}

static bool
fit_indexes(const struct rules_fit *fit, size_t table, struct error *err)
{
    const struct plan_file_table *said = fit->rules->tables[table].said;
    for (size_t i = 0; i < said->unique_count; i++) {
        if (!fit_listed(fit, table, &said->uniques[i], false, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < said->index_count; i++) {
        if (!fit_listed(fit, table, &said->indexes[i].columns, true, err) ||
            !fit_name(fit, &said->indexes[i].name, said->indexes[i].name.text, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < said->search_count; i++) {
        if (!fit_listed(fit, table, &said->searches[i].columns, false, err) ||
            !fit_name(fit, &said->searches[i].name, said->searches[i].name.text, err)) {
            return false;
        }
    }
    return true;
}

bool
rules_fit_names(const struct rules_fit *fit, size_t table, struct error *err)
{
    const struct plan_file_table *said = fit->rules->tables[table].said;
    return fit_name(fit, &said->to, said->to_schema, err) &&
           fit_name(fit, &said->to, said->to_name, err) &&
           fit_different_tables(fit, said, err) && fit_columns(fit, table, err) &&
           fit_indexes(fit, table, err) && fit_chain(fit, table, err);
}
