/* target_catalog_find.c — looking things up in a target catalog, exactly or without case. */
#include "postgres/target_catalog.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
compare_tables(const void *left, const void *right)
{
    const struct target_table *a = left;
    const struct target_table *b = right;
    int order = strcmp(a->schema, b->schema);
    return order != 0 ? order : strcmp(a->name, b->name);
}

const struct target_table *
target_catalog_find(const struct target_catalog *catalog, const char *schema, const char *table)
{
    struct target_table wanted = {.schema = schema, .name = table};
    return catalog->table_count == 0 ? NULL
                                     : bsearch(&wanted, catalog->tables, catalog->table_count,
                                               sizeof *catalog->tables, compare_tables);
}

const struct target_column *
target_table_column(const struct target_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

const struct target_column *
target_table_attribute(const struct target_table *table, int attnum)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].attnum == attnum) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* The C locale's idea of case, whatever the process's locale: ASCII only. */
static bool
equal_folded(const char *a, const char *b)
{
    for (;; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y) {
            return false;
        }
        if (x == '\0') {
            return true;
        }
    }
}

const struct target_table *
target_catalog_find_folded(const struct target_catalog *catalog, const char *schema,
                           const char *table)
{
    const struct target_table *found = target_catalog_find(catalog, schema, table);
    if (found != NULL) {
        return found;
    }
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct target_table *candidate = &catalog->tables[i];
        if (strcmp(candidate->schema, schema) == 0 && equal_folded(candidate->name, table)) {
            if (found != NULL) {
                return NULL;
            }
            found = candidate;
        }
    }
    return found;
}

const struct target_column *
target_table_column_folded(const struct target_table *table, const char *name)
{
    const struct target_column *found = target_table_column(table, name);
    if (found != NULL) {
        return found;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (equal_folded(table->columns[i].name, name)) {
            if (found != NULL) {
                return NULL;
            }
            found = &table->columns[i];
        }
    }
    return found;
}
