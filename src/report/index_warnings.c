/* index_warnings.c — see index_warnings.h. */
#include "report/index_warnings.h"

#include "report/report_parts.h"

#include <inttypes.h>

enum {
    KEY_BYTES_MAX = 2704, /* of a btree with pages of 8 kB */
    TUPLE_BYTES = 16,     /* around the values */
    NUMBER_BYTES = 8,
};

/* The columns of a key as they are added up. */
struct measured_key {
    const struct source_table *table;
    const struct table_inspection *seen;
    struct text names;
    uint64_t bytes; /* the widest values of all its columns together */
};

static void
add_column(struct measured_key *key, int column)
{
    const struct column_profile *profile = &key->seen->columns[column];
    text_printf(&key->names, "%s%s", key->names.length == 0 ? "" : ", ",
                key->table->columns[column].name.text);
    key->bytes += profile->bytes_max > NUMBER_BYTES ? profile->bytes_max : NUMBER_BYTES;
}

static void
warn_if_long(struct measured_key *key, const char *kind, const char *name, json_t *warnings)
{
    if (key->bytes + TUPLE_BYTES > KEY_BYTES_MAX) {
        report_warn(
            warnings,
            "%s%s%s on %s (%s): its longest values have %" PRIu64
            " bytes, and an index of PostgreSQL takes %d, unless they compress to that; "
            "making it may fail, and then the rows are there without it",
            kind, name == NULL ? "" : " ", name == NULL ? "" : name, key->table->name.text,
            text_string(&key->names), key->bytes, (int)KEY_BYTES_MAX);
    }
    text_free(&key->names);
}

static void
look_at_primary_key(const struct source_table *table, const struct table_inspection *seen,
                    json_t *warnings)
{
    struct measured_key key = {.table = table, .seen = seen};
    for (size_t i = 0; i < table->primary_key_count; i++) {
        add_column(&key, table->primary_key[i]);
    }
    warn_if_long(&key, "primary key", NULL, warnings);
}

/* Of an expression nothing is known. */
static void
look_at_index(const struct source_table *table, const struct table_inspection *seen,
              const struct source_index *index, json_t *warnings)
{
    struct measured_key key = {.table = table, .seen = seen};
    for (size_t i = 0; i < index->column_count; i++) {
        if (index->columns[i].column >= 0) {
            add_column(&key, index->columns[i].column);
        }
    }
    warn_if_long(&key, index->constraint ? "unique constraint" : "index", index->name.text,
                 warnings);
}

static void
look_at_table(const struct source_table *table, const struct table_inspection *seen,
              json_t *warnings)
{
    if (table->primary_key_count > 0) {
        look_at_primary_key(table, seen, warnings);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        look_at_index(table, seen, &table->indexes[i], warnings);
    }
}

void
index_warnings(const struct survey *survey, json_t *warnings)
{
    const struct plan *plan = &survey->plan;
    for (size_t i = 0; !plan->existing && i < plan->table_count; i++) {
        const struct table_inspection *seen =
            &survey->inspection.tables[plan->tables[i].source_position];
        if (plan->tables[i].problem == NULL && seen->done && seen->columns != NULL) {
            look_at_table(plan->tables[i].source, seen, warnings);
        }
    }
}
