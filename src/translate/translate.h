/* translate.h — SQLite expressions as PostgreSQL expressions of the same meaning.
 *
 * Knows the types that the plan gave the columns. What is not certain to mean the
 * same is refused with a reason; nothing is guessed. */
#ifndef TRANSLATE_TRANSLATE_H
#define TRANSLATE_TRANSLATE_H

#include "base/arena.h"
#include "plan/plan.h"
#include "translate/constant.h"

/* What is known of a column's values here and in SQLite. */
enum translate_trust {
    TRUST_NULLS = 1,  /* NULL just where it is NULL in SQLite */
    TRUST_EQUAL = 2,  /* equal just where they are equal there */
    TRUST_ORDER = 4,  /* and in the same order */
    TRUST_MOMENT = 8, /* both, as long as the source writes all its texts in one way */
};
enum { TRUST_ALL = TRUST_NULLS | TRUST_EQUAL | TRUST_ORDER };

struct translate_scope {
    struct arena *arena;
    const struct plan_table *table; /* whose columns the text may name; NULL: none */
    const char *const *column_sql;  /* what stands for each of them; NULL: their names */
    bool exact;        /* the value itself is stored (a generated column): immutable, and the
                         same to the last bit */
    bool signed_zeros; /* the column keeps the sign of a zero: one with a type makes an integer
                          of it. translate_for_column sets this */
    bool index;        /* an indexed expression: one that queries can be rewritten to will do */
    bool view; /* a view's expression: need not be immutable, may read generated columns */
    bool volatile_ok;           /* the time, randomness: defaults only */
    const unsigned char *trust; /* per column of the table: enum translate_trust. Aggregates are
                                   taken then; NULL: they are not */
    const char *failure;        /* set when a translation returns false */
    const char *change; /* set when the result is an equivalent, not the same; else NULL */
};

/* A condition: CHECK, or WHERE of a partial index. */
bool translate_condition(struct translate_scope *scope, const struct sql_expr *expr,
                         const char **sql);

/* A value as it is: an indexed expression, in parentheses. `text`: whether it is text, which a
 * collation says something of. By which collation it is compared is the caller's to say. */
bool translate_value(struct translate_scope *scope, const struct sql_expr *expr,
                     const char **sql, bool *text);

/* The value as one of the column's type: GENERATED ALWAYS AS. */
bool translate_for_column(struct translate_scope *scope, const struct sql_expr *expr,
                          const struct plan_column *column, const char **sql);

/* DEFAULT of a column. A default of NULL gives *sql NULL. */
bool translate_default(struct translate_scope *scope, const struct plan_column *column,
                       const char **sql);

#endif
