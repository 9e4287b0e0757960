/* sql_place.h — what stands at the place in a statement that the server complains about.
 *
 * The server names a missing column only in words that are translated; the parse tree has it. */
#ifndef GUARD_SQL_PLACE_H
#define GUARD_SQL_PLACE_H

#include "base/arena.h"

enum sql_place_kind { PLACE_NONE, PLACE_COLUMN, PLACE_RELATION };

struct sql_relation {
    const char *schema; /* NULL: none said */
    const char *name;
    const char *alias; /* NULL: none */
};

struct sql_place {
    enum sql_place_kind kind;
    const char *name;               /* of the column or relation */
    const char *qualifier;          /* of a column: the table or alias before it; NULL */
    struct sql_relation *relations; /* all of the statement, in its order */
    size_t relation_count;
    bool is_target; /* a column of the relation that is written to, which is the first */
};

/* position: in characters, from 1, as the server counts. kind is PLACE_NONE when the statement
 * cannot be parsed or nothing known stands there. Strings live as long as `arena`. */
void sql_place_find(struct arena *arena, const char *sql, int position,
                    struct sql_place *place);

/* The relation the column belongs to as far as names tell: the qualifier's, or the only one.
 * NULL: nobody can say. */
const struct sql_relation *sql_place_relation(const struct sql_place *place);

/* Columns of a condition as the server writes it in a plan ("(a = 5) AND (b > 3)"), those compared
 * for equality first, each once. They live as long as `arena`. */
void sql_condition_columns(struct arena *arena, const char *condition, const char ***columns,
                           size_t *count);

#endif
