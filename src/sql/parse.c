/* parse.c — see parse.h. Takes tokens from lexer.c, folds what the
 * grammar does not look into, and pushes them into the parser that Lemon made
 * of grammar.y; the result grows in a struct sql_builder. */
#include "sql/parse.h"

#include "sql/build.h"
#include "sql/grammar.h"

#include <string.h>

/* The names and forms are Lemon's. NOLINTBEGIN(readability-identifier-naming) */
void *SqlGrammarAlloc(void *(*allocate)(size_t));
void SqlGrammarFree(void *grammar, void (*release)(void *));
void SqlGrammar(void *grammar, int code, struct sql_token token, struct sql_builder *builder);
/* NOLINTEND(readability-identifier-naming) */

static void
grammar_free(void **grammar)
{
    SqlGrammarFree(*grammar, free);
}

#define AUTO_GRAMMAR __attribute__((cleanup(grammar_free))) void

/* Extends `open`, a parenthesis, to the one that closes it. */
static struct sql_token
read_balanced(struct sql_lexer *lexer, struct sql_token open)
{
    size_t depth = 1;
    while (depth > 0) {
        struct sql_token token = sql_lexer_next(lexer);
        if (token.code == 0 || token.code == TK_ILLEGAL) {
            return token; /* which the grammar does not expect */
        }
        depth += token.code == TK_LP;
        depth -= token.code == TK_RP;
    }
    open.code = TK_BALANCED;
    open.length = (size_t)(lexer->at - open.text);
    return open;
}

/* WITH may be a column's name; WITH [RECURSIVE] name AS or ( begins a query. */
static bool
with_begins_query(struct sql_lexer lexer)
{
    struct sql_token name = sql_lexer_next(&lexer);
    if (name.code == TK_RECURSIVE) {
        name = sql_lexer_next(&lexer);
    }
    struct sql_token after = sql_lexer_next(&lexer);
    return (name.code == TK_ID || name.code == TK_STRING) &&
           (after.code == TK_AS || after.code == TK_LP);
}

static bool
query_begins(struct sql_lexer lexer)
{
    struct sql_token first = sql_lexer_next(&lexer);
    return first.code == TK_SELECT || first.code == TK_VALUES ||
           (first.code == TK_WITH && with_begins_query(lexer));
}

/* FILTER and OVER are keywords only behind f(...) and in front of ( or a name. */
static struct sql_token
read_window_word(struct sql_lexer *lexer, struct sql_token token, int previous)
{
    int after = sql_lexer_peek(lexer).code;
    bool behind_call = previous == TK_RP || previous == TK_BALANCED;
    bool before_window = after == TK_LP || (token.code == TK_OVER && after == TK_ID);
    if (!behind_call || !before_window) {
        token.code = TK_ID;
    }
    return token;
}

/* The next token for the grammar; previous: the code of the one before. */
static struct sql_token
read_token(struct sql_lexer *lexer, int previous)
{
    struct sql_token token = sql_lexer_next(lexer);
    if (token.code == TK_FILTER || token.code == TK_OVER) {
        return read_window_word(lexer, token, previous);
    }
    bool in_window = previous == TK_FILTER || previous == TK_OVER;
    if (token.code == TK_LP && (in_window || query_begins(*lexer))) {
        return read_balanced(lexer, token);
    }
    return token;
}

/* start: TK_EXPRESSION, or 0 for a statement. */
static bool
parse(struct sql_builder *builder, int start)
{
    AUTO_GRAMMAR *grammar = SqlGrammarAlloc(malloc);
    if (grammar == NULL) {
        return error_set(builder->err, ERROR_SYSTEM, "cannot allocate the SQL parser");
    }
    struct sql_lexer lexer = {.at = builder->sql};
    if (start != 0) {
        SqlGrammar(grammar, start, (struct sql_token){.code = start}, builder);
    }
    int previous = start;
    do {
        builder->token = read_token(&lexer, previous);
        previous = builder->token.code;
        SqlGrammar(grammar, previous, builder->token, builder);
    } while (previous != 0 && !builder->failed);
    return !builder->failed;
}

static struct sql_builder
builder_for(struct arena *arena, const char *sql, struct error *err)
{
    return (struct sql_builder){
        .arena = arena,
        .sql = sql,
        .err = err,
        .copied_bytes_left = SQL_COPIED_BYTES_MIN + SQL_COPIED_FACTOR * strlen(sql),
    };
}

bool
sql_parse_create_table(struct arena *arena, const char *sql, struct sql_create_table *table,
                       struct error *err)
{
    struct sql_builder builder = builder_for(arena, sql, err);
    if (!parse(&builder, 0)) {
        return false;
    }
    if (builder.table.column_count == 0) {
        return error_set(err, ERROR_SOURCE, "SQL text is not a CREATE TABLE");
    }
    *table = builder.table;
    return true;
}

bool
sql_parse_create_index(struct arena *arena, const char *sql, struct sql_create_index *index,
                       struct error *err)
{
    struct sql_builder builder = builder_for(arena, sql, err);
    if (!parse(&builder, 0)) {
        return false;
    }
    if (builder.index.column_count == 0) {
        return error_set(err, ERROR_SOURCE, "SQL text is not a CREATE INDEX");
    }
    *index = builder.index;
    return true;
}

bool
sql_parse_expression(struct arena *arena, const char *sql, struct sql_expr **expr,
                     struct error *err)
{
    struct sql_builder builder = builder_for(arena, sql, err);
    if (!parse(&builder, TK_EXPRESSION)) {
        return false;
    }
    *expr = builder.expression;
    return true;
}
