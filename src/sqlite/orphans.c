/* orphans.c — see orphans.h. */
#include "sqlite/orphans.h"

#include "base/stop.h"
#include "base/text.h"

static void
add_table(struct text *sql, const struct source_table *table)
{
    if (table->query != NULL) {
        text_printf(sql, "(%s)", table->query);
    } else {
        text_add(sql, "main.");
        source_quote(sql, table->name.text);
    }
}

static void
add_columns(struct text *sql, const struct source_table *table, const int *columns,
            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(sql, i == 0 ? "" : ", ");
        source_quote(sql, table->columns[columns[i]].name.text);
    }
}

static void
add_not_null(struct text *sql, const struct source_table *table, const int *columns,
             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(sql, i == 0 ? "" : " AND ");
        source_quote(sql, table->columns[columns[i]].name.text);
        text_add(sql, " IS NOT NULL");
    }
}

/* NOT IN is answered by one index for all rows, made on the way where there is none; NOT
 * EXISTS would read the parent for each row. */
static void
build_select(struct text *sql, const struct catalog *catalog, const struct source_table *table,
             const struct source_foreign_key *key)
{
    const struct source_table *parent = &catalog->tables[key->parent];
    text_printf(sql, "SELECT %s FROM ", table->rowid_name == NULL ? "0" : table->rowid_name);
    add_table(sql, table);
    text_add(sql, " WHERE ");
    add_not_null(sql, table, key->columns, key->column_count);
    text_add(sql, " AND (");
    add_columns(sql, table, key->columns, key->column_count);
    text_add(sql, ") NOT IN (SELECT ");
    add_columns(sql, parent, key->parent_columns, key->column_count);
    text_add(sql, " FROM ");
    add_table(sql, parent);
    text_add(sql, " WHERE ");
    add_not_null(sql, parent, key->parent_columns, key->column_count);
    text_add(sql, ")");
}

bool
orphans_count(const struct source *source, const struct catalog *catalog,
              const struct source_table *table, const struct source_foreign_key *key,
              struct orphan_count *orphans, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *statement = NULL;
    *orphans = (struct orphan_count){0};
    build_select(&sql, catalog, table, key);
    int step = sqlite3_prepare_v2(source->handle, text_string(&sql), -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step != SQLITE_ROW) {
            break;
        }
        if (table->rowid_name != NULL && orphans->sample_count < ORPHAN_SAMPLES_MAX) {
            orphans->samples[orphans->sample_count++] = sqlite3_column_int64(statement, 0);
        }
        orphans->count++;
        if (!stop_check(err)) {
            return false;
        }
    }
    return step == SQLITE_DONE ||
           source_failed(source, err, "look for rows of \"%s\" without a parent",
                         table->name.text);
}
