/* view_reader.h — what the files that read a view's text share; for them only. */
#ifndef SQL_VIEW_READER_H
#define SQL_VIEW_READER_H

#include "sql/lexer.h"
#include "sql/view_parse.h"

struct view_reader {
    struct arena *arena;
    struct sql_lexer lexer;
    struct sql_token token; /* the current one */
    int depth;              /* of SELECTs within SELECTs */
    struct error *err;
};

enum { VIEW_DEPTH_MAX = 20 };

void view_advance(struct view_reader *reader);

/* Moves on when the word is there. */
bool view_accept(struct view_reader *reader, const char *word);

/* Always false. */
bool view_fail(struct view_reader *reader, const char *why);

/* The clause that stands here and is not read; NULL: none. */
const char *view_unread_clause(const struct view_reader *reader);

bool view_read_name(struct view_reader *reader, struct sql_name *name);

/* (a, b), where there is one. */
bool view_read_names(struct view_reader *reader, struct sql_name **names, size_t *count);

/* Up to a clause's word outside of parentheses. `alias`, unless NULL, gets a name that stands
 * behind the expression without AS. */
bool view_read_expression(struct view_reader *reader, struct sql_expr **expr,
                          struct sql_name *alias);

/* SELECT ... up to what orders its rows. */
bool view_read_select(struct view_reader *reader, struct sql_select *select);

/* All of a query: WITH, SELECTs, ORDER BY, LIMIT. */
bool view_read_query(struct view_reader *reader, struct sql_query *query);

#endif
