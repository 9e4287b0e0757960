/* sql_script_internal.h — the tokens of PostgreSQL's SQL that matter for finding statements. */
#ifndef POSTGRES_SQL_SCRIPT_INTERNAL_H
#define POSTGRES_SQL_SCRIPT_INTERNAL_H

#include "postgres/sql_script.h"

enum script_token_kind {
    SCRIPT_END,
    SCRIPT_WORD, /* a keyword or an unquoted name */
    SCRIPT_SEMICOLON,
    SCRIPT_OPEN,      /* ( */
    SCRIPT_CLOSE,     /* ) */
    SCRIPT_BACKSLASH, /* outside of any quotes: psql's */
    SCRIPT_OTHER,     /* strings, quoted names, numbers, operators */
    SCRIPT_UNENDED    /* a quote or comment that does not end */
};

struct script_token {
    enum script_token_kind kind;
    size_t start;
    size_t end;
};

/* The next token at or behind `offset`; comments and blanks are skipped. */
struct script_token script_token_next(const char *text, size_t length, size_t offset);

/* Whether a word is `keyword` (upper case), whatever its case. */
bool script_token_is(const char *text, const struct script_token *token, const char *keyword);

#endif
