/* view_parse.h — a view's SELECT as a tree: what it selects, of what, and in which order. */
#ifndef SQL_VIEW_PARSE_H
#define SQL_VIEW_PARSE_H

#include "base/error.h"
#include "sql/ast.h"

struct sql_query;

/* One result column: an expression, or all columns. */
struct view_item {
    struct sql_expr *expr;   /* NULL: all columns, */
    struct sql_name star_of; /* of this table; text NULL: of every one */
    struct sql_name alias;   /* text NULL: none */
};

enum view_join { VIEW_FIRST, VIEW_INNER, VIEW_LEFT };

struct view_table {
    enum view_join join;     /* with what stands before it */
    struct sql_query *query; /* (SELECT ...); NULL: a table, a view or a name of WITH, */
    struct sql_name name;    /* this one */
    struct sql_name alias;   /* text NULL: none */
    struct sql_expr *on;     /* NULL: none */
};

/* One SELECT without what orders its rows. */
struct sql_select {
    bool distinct;
    struct view_item *items;
    size_t item_count;
    struct view_table *tables;
    size_t table_count;
    struct sql_expr *where; /* NULL: none */
    struct sql_expr **groups;
    size_t group_count;
    struct sql_expr *having; /* NULL: none */
};

enum sql_compound { SQL_ALONE, SQL_UNION, SQL_UNION_ALL, SQL_EXCEPT, SQL_INTERSECT };

struct sql_part {
    enum sql_compound compound; /* with what stands before it; the first: ALONE */
    struct sql_select select;
};

enum sql_nulls { SQL_NULLS_DEFAULT, SQL_NULLS_FIRST, SQL_NULLS_LAST };

struct sql_order {
    struct sql_expr *expr;
    bool descending;
    enum sql_nulls nulls;
};

/* WITH name (columns) AS (query) */
struct sql_common {
    struct sql_name name;
    struct sql_name *columns;
    size_t column_count; /* 0: as its query names them */
    struct sql_query *query;
};

struct sql_query {
    struct sql_common *commons;
    size_t common_count;
    struct sql_part *parts; /* at least one */
    size_t part_count;
    struct sql_order *orders;
    size_t order_count;
    struct sql_expr *limit; /* NULL: none */
    struct sql_expr *offset;
};

struct sql_view {
    struct sql_name name;
    struct sql_name *columns; /* CREATE VIEW v (a, b): their names; else none */
    size_t column_count;
    struct sql_query query;
};

/* False, with ERROR_SOURCE that says why ("it has a SELECT within"), for a SELECT that holds
 * more than this and for what is not understood. Input of any bytes is safe. Lives as long as
 * `arena`. */
MUST_USE bool sql_parse_view(struct arena *arena, const char *sql, struct sql_view *view,
                             struct error *err);

#endif
