/* rivals.c — the unique indexes through which REPLACE removes rows with another key.
 *
 * SQLite fires no delete trigger for such a row, so it is looked for before each write. */
#include "capture/internal.h"
#include "sql/grammar.h"
#include "sql/lexer.h"
#include "sql/parse.h"

#include <string.h>

static const struct sql_key *
primary_of(const struct sql_create_table *parsed)
{
    for (size_t i = 0; i < parsed->key_count; i++) {
        if (parsed->keys[i].primary) {
            return &parsed->keys[i];
        }
    }
    return NULL;
}

struct source_index_column *
capture_primary_key(struct arena *arena, const struct source_table *table)
{
    struct sql_create_table parsed = {0};
    struct error ignored;
    size_t count = table->primary_key_count;
    struct source_index_column *columns = arena_alloc(arena, (count + 1) * sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        int column = table->primary_key[i];
        columns[i] = (struct source_index_column){
            .column = column, .collation = table->columns[column].collation};
    }
    if (table->problem != NULL || table->sql == NULL ||
        !sql_parse_create_table(arena, table->sql, &parsed, &ignored)) {
        return columns;
    }
    const struct sql_key *key = primary_of(&parsed);
    for (size_t i = 0; key != NULL && key->column_count == count && i < count; i++) {
        if (key->columns[i].collation.text != NULL) {
            columns[i].collation = key->columns[i].collation.text;
        }
    }
    return columns;
}

bool
capture_expr_columns(const struct sql_expr *expr, const struct source_table *table,
                     bool *columns)
{
    if (expr == NULL) {
        return true;
    }
    if (expr->kind == SQL_EXPR_UNKNOWN) {
        return false;
    }
    if (expr->kind == SQL_EXPR_NAME) {
        int column = source_find_column(table, expr->name.text);
        if (column < 0) {
            return expr->name.quoted; /* then it is a string; else some name of the rowid */
        }
        columns[column] = true;
    }
    bool known = true;
    for (size_t i = 0; i < expr->arg_count; i++) {
        known &= capture_expr_columns(expr->args[i], table, columns);
    }
    return known;
}

/* Whether the token just read, and the dot behind it, only say which table a column is of. */
static bool
is_qualifier(struct sql_lexer *lexer)
{
    struct sql_token next = sql_lexer_peek(lexer);
    if (next.length != 1 || next.text[0] != '.') {
        return false;
    }
    sql_lexer_next(lexer);
    return true;
}

void
capture_expr_add(struct text *sql, const struct sql_expr *expr)
{
    struct sql_lexer lexer = {.at = expr->source};
    struct sql_token token = sql_lexer_next(&lexer);
    for (bool first = true; token.code != 0 && token.code != TK_ILLEGAL;
         token = sql_lexer_next(&lexer)) {
        if (is_qualifier(&lexer)) {
            continue;
        }
        text_add(sql, first ? "" : " ");
        text_add_bytes(sql, token.text, token.length);
        first = false;
    }
}

static bool
is_binary(const char *collation)
{
    return sqlite3_stricmp(collation, "BINARY") == 0;
}

/* Rows that are equal in the index may differ in the key only if they do so in the key's
 * index: by a collation that takes several texts for one, or as 1 and 1.0. */
static bool
key_is_exact(const struct source_table *table, const struct capture_table *capture,
             const struct source_index_column *columns)
{
    for (size_t i = 0; i < capture->key_count; i++) {
        if (!is_binary(columns[i].collation) || capture_key_is_loose(table, capture, i)) {
            return false;
        }
    }
    return true;
}

static bool
is_key(const struct capture_table *capture, const struct source_index_column *columns,
       size_t count)
{
    bool same = !capture->by_rowid && count == capture->key_count;
    for (size_t i = 0; same && i < count; i++) {
        same = columns[i].column == capture->key_columns[i];
    }
    return same;
}

static bool
has_rowid_alias(const struct source_table *table, const struct source_index_column *columns,
                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (columns[i].column >= 0 && table->columns[columns[i].column].rowid_alias) {
            return true;
        }
    }
    return false;
}

static bool
index_is_clear(struct arena *arena, const struct source_index *index, const char **why)
{
    for (size_t i = 0; i < index->column_count; i++) {
        if (index->columns[i].column < 0 && index->columns[i].expr == NULL) {
            *why = arena_printf(arena, "the unique index \"%s\" cannot be understood: %s",
                                index->name.text == NULL ? "" : index->name.text,
                                index->problem == NULL ? "its text is missing"
                                                       : index->problem);
            return false;
        }
    }
    return true;
}

static void
add_rival(struct arena *arena, const struct source_table *table, struct capture_rival rival,
          struct capture_rival **rivals, size_t *count)
{
    bool *ignored = arena_alloc(arena, table->column_count * sizeof *ignored);
    rival.everything = !capture_expr_columns(rival.where, table, ignored);
    for (size_t i = 0; i < rival.column_count; i++) {
        rival.everything |= rival.columns[i].column < 0 &&
                            !capture_expr_columns(rival.columns[i].expr, table, ignored);
    }
    *ARENA_APPEND(arena, *rivals, *count) = rival;
}

/* The rowid's own conflicts are about one key, so an index that holds it is none of these. */
static bool
is_rival(const struct source_table *table, const struct capture_table *capture,
         const struct source_index_column *columns, size_t count, bool *own_key)
{
    *own_key = is_key(capture, columns, count);
    if (has_rowid_alias(table, columns, count)) {
        return false;
    }
    return !*own_key || !key_is_exact(table, capture, columns);
}

bool
capture_rivals_find(struct arena *arena, const struct source_table *table,
                    const struct capture_table *capture, struct capture_rival **rivals,
                    size_t *count, const char **why)
{
    bool own_key = false;
    *rivals = NULL;
    *count = 0;
    struct source_index_column *primary = capture_primary_key(arena, table);
    if (table->primary_key_count > 0 &&
        is_rival(table, capture, primary, table->primary_key_count, &own_key)) {
        add_rival(arena, table,
                  (struct capture_rival){.columns = primary,
                                         .column_count = table->primary_key_count,
                                         .own_key = own_key},
                  rivals, count);
    }
    for (size_t i = 0; i < table->index_count; i++) {
        const struct source_index *index = &table->indexes[i];
        if (!index->unique) {
            continue;
        }
        if (!index_is_clear(arena, index, why)) {
            return false;
        }
        if (is_rival(table, capture, index->columns, index->column_count, &own_key)) {
            add_rival(arena, table,
                      (struct capture_rival){.columns = index->columns,
                                             .column_count = index->column_count,
                                             .where = index->where,
                                             .own_key = own_key && index->where == NULL},
                      rivals, count);
        }
    }
    return true;
}
