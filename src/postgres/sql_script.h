/* sql_script.h — a file of SQL statements: where each begins, and whether the file can be
 * sent to a server by a program. Knows no connection. */
#ifndef POSTGRES_SQL_SCRIPT_H
#define POSTGRES_SQL_SCRIPT_H

#include "base/arena.h"

#include <stddef.h>

struct sql_statement {
    size_t start; /* byte offset of its first word */
    size_t end;   /* behind its semicolon, or behind its last character */
    bool setting; /* SET or RESET: what it did ends with the session */
};

struct sql_script {
    const char *text; /* borrowed; ends with NUL */
    size_t length;
    bool no_transaction; /* the first line says "-- outgrow: no-transaction" */
    struct sql_statement *statements;
    size_t statement_count;
};

/* Finds the statements of `text` as psql would: strings, dollar quotes, nested comments,
 * BEGIN ATOMIC bodies and parentheses are respected. Lives as long as `arena`.
 * ERROR_USAGE, with "line N: " in front, for what a program cannot send or must not:
 * psql's meta-commands, COPY with data in the file, transaction control, a statement that
 * cannot run in a transaction without the no-transaction mark, quotes that never end. */
MUST_USE bool sql_script_read(struct arena *arena, const char *text, size_t length,
                              struct sql_script *script, struct error *err);

/* Line and column (characters), both from 1, of a byte offset. */
void sql_script_locate(const struct sql_script *script, size_t offset, size_t *line,
                       size_t *column);

/* Byte offset of the character at `position` (from 1, as the server counts) behind the byte
 * offset `start`. */
size_t sql_script_offset(const struct sql_script *script, size_t start, long position);

#endif
