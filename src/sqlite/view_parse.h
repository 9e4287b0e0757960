/* view_parse.h — a view that is one plain SELECT: columns of joined tables, with conditions. */
#ifndef SQLITE_VIEW_PARSE_H
#define SQLITE_VIEW_PARSE_H

#include "base/error.h"
#include "sqlite/sql_ast.h"

/* One result column: an expression, or all columns. */
struct view_item {
    struct sql_expr *expr;   /* NULL: all columns, */
    struct sql_name star_of; /* of this table; text NULL: of every one */
    struct sql_name alias;   /* text NULL: none */
};

enum view_join { VIEW_FIRST, VIEW_INNER, VIEW_LEFT };

struct view_table {
    enum view_join join; /* with what stands before it */
    struct sql_name name;
    struct sql_name alias;
    struct sql_expr *on; /* NULL: none */
};

struct sql_view {
    struct sql_name name;
    struct sql_name *columns; /* CREATE VIEW v (a, b): their names; else none */
    size_t column_count;
    struct view_item *items;
    size_t item_count;
    struct view_table *tables;
    size_t table_count;
    struct sql_expr *where; /* NULL: none */
};

/* False, with ERROR_SOURCE that says why ("it has GROUP BY"), for every other SELECT and for
 * what is not understood. Input of any bytes is safe. Lives as long as `arena`. */
MUST_USE bool sql_parse_view(struct arena *arena, const char *sql, struct sql_view *view,
                             struct error *err);

#endif
