/* translated.h — the translator's parts, for its own files and for those of planner/ that
 * translate views and keys. */
#ifndef TRANSLATE_TRANSLATED_H
#define TRANSLATE_TRANSLATED_H

#include "translate/translate.h"

/* An expression in PostgreSQL's words, with what its neighbours must know. */
struct translated {
    const char *sql;
    struct value_type type;
    bool atom;                /* needs no parentheses beside an operator */
    bool condition;           /* needs none beside AND and OR: a comparison, IN, IS, NOT, ... */
    bool is_constant;         /* a literal, which adapts to the type beside it */
    struct constant constant; /* meaningful when is_constant */
    const struct plan_column *column; /* a bare column; else NULL */
    const char *collation;            /* NULL: none of its own, BINARY then */
    bool collation_explicit;
    bool maybe_integer; /* double or numeric here, but SQLite may hold an integer */
    uint64_t most; /* by what the columns hold no integer that it gives is larger, signs aside;
                      0: nothing is known, or it gives none */
    bool signed_zero; /* a double that may be -0.0 */
};

/* A bytea of texts and numbers, too, whose length, hex digits and order are other ones in
 * SQLite: is it refused? */
bool translate_is_mixed(struct translate_scope *scope, const struct translated *value);

/* Always false. */
bool translate_failed(struct translate_scope *scope, const char *format, ...) PRINTF_LIKE(2, 3);

/* The heart: any expression. */
bool translate_any(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out);
bool translate_name(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out);
bool translate_binary(struct translate_scope *scope, const struct sql_expr *expr,
                      struct translated *out);
bool translate_comparison(struct translate_scope *scope, const struct sql_expr *expr,
                          struct translated *out);
bool translate_is(struct translate_scope *scope, const struct sql_expr *expr, bool negated,
                  struct translated *out);
bool translate_in(struct translate_scope *scope, const struct sql_expr *expr,
                  struct translated *out);
bool translate_between(struct translate_scope *scope, const struct sql_expr *expr,
                       struct translated *out);
bool translate_like(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out);
bool translate_function(struct translate_scope *scope, const struct sql_expr *expr,
                        struct translated *out);
bool translate_case(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out);

bool translate_iif(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out);
bool translate_hex(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out);
bool translate_random(struct translate_scope *scope, const struct sql_expr *expr,
                      struct translated *out);
bool translate_randomblob(struct translate_scope *scope, const struct sql_expr *expr,
                          struct translated *out);

/* Whether it is a call of one: count, sum, min of one value, ...; also of one that has no
 * equivalent. */
bool translate_is_aggregate(const struct sql_expr *expr);
bool translate_aggregate(struct translate_scope *scope, const struct sql_expr *expr,
                         struct translated *out);

/* What is certain of the value as a whole. */
unsigned char translate_trust_of(const struct translate_scope *scope,
                                 const struct translated *value);

/* Refuses a value that is not certain to be equal, or in the same order, just where it is in
 * SQLite. Text is by its bytes: the caller says COLLATE "C". */
bool translate_must_equal(struct translate_scope *scope, const struct translated *value,
                          unsigned char trust, const char *what);
bool translate_must_order(struct translate_scope *scope, const struct translated *value,
                          unsigned char trust, const char *what);

/* json_extract(x, '$.a') and x ->> '$.a', in an index. */
bool translate_json_path(struct translate_scope *scope, const struct sql_expr *expr,
                         struct translated *out);

/* hex(randomblob(n)) in lower case; false, without a failure, for all else. */
bool translate_random_hex(struct translate_scope *scope, const struct sql_expr *expr,
                          struct translated *out);

/* Operands in a given role; each translates and adapts. */
bool translate_truth(struct translate_scope *scope, const struct sql_expr *expr,
                     struct translated *out);
bool translate_number(struct translate_scope *scope, const struct sql_expr *expr,
                      struct translated *out);
bool translate_text(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out);

/* The last one's second half: the value is translated already. */
bool translate_as_text(struct translate_scope *scope, struct translated *out);

/* Makes the first value comparable with each of the others by plain = (and <, when ordered):
 * one type, and their collation spelled out, which is refused where it is not one. */
bool translate_comparable(struct translate_scope *scope, struct translated *values,
                          size_t count, bool ordered);

/* Gives several values one type, literals following the others. */
bool translate_unify(struct translate_scope *scope, struct translated *values, size_t count,
                     struct value_type *type);

/* The result is one of these: what is known of all of them. */
void translate_set_one_of(struct translated *out, const struct translated *values,
                          size_t count);

/* Refuses integers beside doubles where the server, which makes doubles of them all, would take
 * two for the same that SQLite tells apart. */
bool translate_doubles_suffice(struct translate_scope *scope, const struct translated *values,
                               size_t count);

/* translate_unify for alternatives (CASE, COALESCE): SQLite leaves each as it is, so in an
 * exact scope integers and reals do not mix. */
bool translate_unify_results(struct translate_scope *scope, struct translated *values,
                             size_t count, struct value_type *type);

/* Turns the value into the column's type. */
bool translate_coerce(struct translate_scope *scope, const struct translated *value,
                      const struct plan_column *column, const char **sql);

/* `sql` ready to stand beside an operator. */
const char *translate_operand(struct translate_scope *scope, const struct translated *value);

/* A text that is compared by its bytes: x COLLATE "C", or x where its column is so already. */
const char *translate_bytewise(struct translate_scope *scope, const struct translated *value);
bool translated_is_bytewise(const struct translated *value);

/* A bare column with a collation of its own that is another: it may take two texts for one,
 * and does not compare with a column of a third. */
bool translated_is_foreign(const struct translated *value);

/* The result is a function call or the like. */
void translate_set_call(struct translated *out, enum type_kind kind, const char *sql);

/* The result is a comparison or the like. */
void translate_set_condition(struct translated *out, const char *sql);

bool type_is_text(enum type_kind kind);
bool type_is_number(enum type_kind kind);
const char *type_name(struct arena *arena, const struct value_type *type);

#define TYPE_OF(a_kind) ((struct value_type){.kind = (a_kind)})

#endif
