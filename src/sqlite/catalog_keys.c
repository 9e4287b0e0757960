/* catalog_keys.c — foreign keys, resolved to the columns they mean. */
#include "sqlite/catalog_internal.h"

#include <string.h>

enum { ACTION_NONE_LENGTH = 9 };

/* NULL for NO ACTION. */
static const char *
action_of(struct catalog_reader *reader, sqlite3_stmt *row, int column)
{
    const char *action = catalog_text(reader, row, column);
    return action == NULL || sqlite3_strnicmp(action, "NO ACTION", ACTION_NONE_LENGTH) == 0
               ? NULL
               : action;
}

static struct source_foreign_key *
key_begin(struct catalog_reader *reader, struct source_table *table, sqlite3_stmt *row)
{
    struct source_foreign_key *key = ARENA_APPEND(reader->arena, table->foreign_keys,
                                                  table->foreign_key_count);
    const char *parent = catalog_text(reader, row, 2);
    *key = (struct source_foreign_key){
        .parent_name = parent == NULL ? "" : parent,
        .on_update = action_of(reader, row, 5),
        .on_delete = action_of(reader, row, 6),
    };
    key->parent = catalog_find_table(reader->catalog, key->parent_name);
    return key;
}

/* Without a name, the column is one of the parent's primary key. Such a key
 * must have as many columns as that has (SQLite calls anything else a foreign
 * key mismatch), so they are only filled in when the last one comes. */
static void
resolve_parent_column(const struct source_table *parent, struct source_foreign_key *key,
                      const char *name)
{
    size_t last = key->column_count - 1;
    if (name != NULL) {
        key->parent_columns[last] = source_find_column(parent, name);
        return;
    }
    key->parent_columns[last] = -1;
    if (key->column_count == parent->primary_key_count) {
        memcpy(key->parent_columns, parent->primary_key, key->column_count * sizeof(int));
    }
}

/* One row per column; the columns of one key come together, seq from 0. */
static void
take_key_column(struct catalog_reader *reader, sqlite3_stmt *row)
{
    struct source_table *table = &reader->catalog->tables[reader->table];
    struct source_foreign_key *key = sqlite3_column_int(row, 1) == 0 ||
                                             table->foreign_key_count == 0
                                         ? key_begin(reader, table, row)
                                         : &table->foreign_keys[table->foreign_key_count - 1];
    size_t parent_count = key->column_count;
    int child = source_find_column(table, (const char *)sqlite3_column_text(row, 3));
    *ARENA_APPEND(reader->arena, key->columns, key->column_count) = child;
    if (key->parent < 0) {
        return;
    }
    ARENA_APPEND(reader->arena, key->parent_columns, parent_count);
    resolve_parent_column(&reader->catalog->tables[key->parent], key,
                          (const char *)sqlite3_column_text(row, 4));
}

static void
void_unless_complete(struct source_foreign_key *key)
{
    for (size_t i = 0; key->parent_columns != NULL && i < key->column_count; i++) {
        if (key->parent_columns[i] < 0) {
            key->parent_columns = NULL;
        }
    }
}

static bool
same_key(const struct source_table *table, const struct source_foreign_key *key,
         const struct sql_foreign_key *parsed)
{
    if (parsed->column_count != key->column_count || parsed->parent.text == NULL ||
        sqlite3_stricmp(parsed->parent.text, key->parent_name) != 0) {
        return false;
    }
    for (size_t i = 0; i < key->column_count; i++) {
        if (source_find_column(table, parsed->columns[i].text) != key->columns[i]) {
            return false;
        }
    }
    return true;
}

/* What only the text tells: the constraint's name, and whether it is deferred. */
static void
merge_parsed_key(struct source_foreign_key *key, const struct sql_foreign_key *parsed)
{
    key->constraint = parsed->constraint;
    key->deferrable = parsed->deferrable;
    key->initially_deferred = parsed->initially_deferred;
}

/* The PRAGMA names the last declared key first. */
static void
reverse_keys(struct source_table *table)
{
    for (size_t i = 0; i < table->foreign_key_count / 2; i++) {
        size_t other = table->foreign_key_count - 1 - i;
        struct source_foreign_key swap = table->foreign_keys[i];
        table->foreign_keys[i] = table->foreign_keys[other];
        table->foreign_keys[other] = swap;
    }
}

static void
finish_keys(struct source_table *table, const struct sql_create_table *parsed)
{
    reverse_keys(table);
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        struct source_foreign_key *key = &table->foreign_keys[i];
        void_unless_complete(key);
        if (i < parsed->foreign_key_count && same_key(table, key, &parsed->foreign_keys[i])) {
            merge_parsed_key(key, &parsed->foreign_keys[i]);
        }
    }
}

bool
catalog_read_foreign_keys(struct catalog_reader *reader, struct error *err)
{
    if (!catalog_each_of_table(
            reader,
            "SELECT s.name, k.seq, k.\"table\", k.\"from\", k.\"to\", k.on_update, k.on_delete "
            "FROM main.sqlite_schema AS s "
            "CROSS JOIN pragma_foreign_key_list(s.name, 'main') AS k "
            "WHERE s.type = 'table' AND s.rootpage > 0",
            take_key_column, err)) {
        return false;
    }
    for (size_t i = 0; i < reader->catalog->table_count; i++) {
        finish_keys(&reader->catalog->tables[i], &reader->notes[i].parsed);
    }
    return true;
}
