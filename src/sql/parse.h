/* parse.h — parses the texts of sqlite_schema.sql. */
#ifndef SQL_PARSE_H
#define SQL_PARSE_H

#include "base/error.h"
#include "sql/ast.h"

/* Each parses one statement of which SQLite itself has accepted the text, so
 * this is lenient where SQLite is. `sql` is borrowed; results live in `arena`.
 * False, with ERROR_SOURCE naming the offending token and its offset, when the
 * text is not understood; nothing is half filled then. Input of any bytes is
 * safe: depth is limited (1,000 levels) and time is linear. */
MUST_USE bool sql_parse_create_table(struct arena *arena, const char *sql,
                                     struct sql_create_table *table, struct error *err);
MUST_USE bool sql_parse_create_index(struct arena *arena, const char *sql,
                                     struct sql_create_index *index, struct error *err);

/* A bare expression, for tests and for the defaults that PRAGMA table_xinfo gives. */
MUST_USE bool sql_parse_expression(struct arena *arena, const char *sql, struct sql_expr **expr,
                                   struct error *err);

#endif
