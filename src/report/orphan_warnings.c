/* orphan_warnings.c — see orphan_warnings.h. */
#include "report/orphan_warnings.h"

#include "report/report_parts.h"
#include "sqlite/orphans.h"

#include <inttypes.h>

static const char *
what_becomes(const struct survey *survey, size_t table, const struct source_foreign_key *key)
{
    enum plan_orphans orphans = rules_orphans(&survey->rules, table);
    bool can_be_null = false;
    for (size_t i = 0; i < key->column_count; i++) {
        const struct source_column *column =
            &survey->catalog.tables[table].columns[key->columns[i]];
        const struct plan_file_column *said = rules_column(&survey->rules, table,
                                                           (size_t)key->columns[i]);
        bool not_null = said != NULL && said->not_null != SWITCH_UNSAID
                            ? said->not_null == SWITCH_ON
                            : column->not_null;
        can_be_null = can_be_null || (!not_null && column->primary_key_position == 0);
    }
    if (orphans == ORPHANS_NULL && !can_be_null) {
        orphans = ORPHANS_SET_ASIDE;
    }
    return orphans == ORPHANS_SET_ASIDE ? "they are set aside"
           : orphans == ORPHANS_NULL    ? "they arrive with NULL there"
                                        : "they arrive, and the foreign key stays NOT VALID";
}

static void
add_names(struct text *words, const struct source_table *table, const int *columns,
          size_t count)
{
    text_printf(words, "%s (", table->name.text);
    for (size_t i = 0; i < count; i++) {
        text_printf(words, "%s%s", i == 0 ? "" : ", ", table->columns[columns[i]].name.text);
    }
    text_add_char(words, ')');
}

static void
warn(const struct survey *survey, size_t table, const struct source_foreign_key *key,
     const struct orphan_count *orphans, json_t *warnings)
{
    AUTO_TEXT words = {0};
    const struct source_table *tables = survey->catalog.tables;
    add_names(&words, &tables[table], key->columns, key->column_count);
    text_add(&words, " -> ");
    add_names(&words, &tables[key->parent], key->parent_columns, key->column_count);
    text_printf(&words, ": %" PRIu64 " row%s to a row that is not there", orphans->count,
                orphans->count == 1 ? " refers" : "s refer");
    for (size_t i = 0; i < orphans->sample_count; i++) {
        text_printf(&words, "%s%" PRId64, i == 0 ? " (rowid " : ", ", orphans->samples[i]);
    }
    text_add(&words, orphans->sample_count == 0               ? ""
                     : orphans->count > orphans->sample_count ? ", ...)"
                                                              : ")");
    report_warn(warnings, "%s: %s", text_string(&words), what_becomes(survey, table, key));
}

static bool
look_at_table(const struct survey *survey, size_t table, json_t *warnings, struct error *err)
{
    const struct source_table *source = &survey->catalog.tables[table];
    for (size_t i = 0; i < source->foreign_key_count; i++) {
        const struct source_foreign_key *key = &source->foreign_keys[i];
        struct orphan_count orphans;
        if (key->parent < 0 || key->parent_columns == NULL) {
            continue;
        }
        if (!orphans_count(&survey->source, &survey->catalog, source, key, &orphans, err)) {
            return false;
        }
        if (orphans.count > 0) {
            warn(survey, table, key, &orphans, warnings);
        }
    }
    return true;
}

bool
orphan_warnings(const struct survey *survey, json_t *warnings, struct error *err)
{
    for (size_t t = 0; survey->rules.file != NULL && t < survey->catalog.table_count; t++) {
        bool asked = rules_orphans(&survey->rules, t) != ORPHANS_UNSAID;
        const struct plan_file_table *said = rules_table(&survey->rules, t);
        if (asked && (said == NULL || !said->skip) &&
            !look_at_table(survey, t, warnings, err)) {
            return false;
        }
    }
    return true;
}
