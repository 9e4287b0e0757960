/* lexer.h — cuts SQLite's SQL text into the tokens of grammar.y.
 *
 * A token points into the text that was given; nothing is allocated. Words
 * that SQLite only treats as keywords at places we never reach (BEGIN, VACUUM,
 * ROWS ...) come as plain identifiers. */
#ifndef SQL_LEXER_H
#define SQL_LEXER_H

#include <stddef.h>

struct sql_token {
    int code;         /* a TK_ of grammar.h; 0: the end; TK_ILLEGAL: not SQL */
    const char *text; /* borrowed from the statement; not NUL-terminated */
    size_t length;    /* in bytes */
};

struct sql_lexer {
    const char *at; /* the next byte to read, in NUL-terminated text */
};

/* Skips spaces and comments, then reads one token. At the end, returns code 0
 * again and again. Reads every byte of the text at most twice. */
struct sql_token sql_lexer_next(struct sql_lexer *lexer);

/* The token after this one; `lexer` stays where it is. */
struct sql_token sql_lexer_peek(const struct sql_lexer *lexer);

#endif
