/* constant.h — SQLite literals and constant arithmetic, and the same value as a
 * PostgreSQL literal of a given type. */
#ifndef TRANSLATE_CONSTANT_H
#define TRANSLATE_CONSTANT_H

#include "sqlite/catalog.h"
#include "value/type.h"

enum constant_kind {
    CONSTANT_NULL,
    CONSTANT_INTEGER,
    CONSTANT_REAL,
    CONSTANT_TEXT,
    CONSTANT_BLOB
};

struct constant {
    enum constant_kind kind;
    int64_t integer;
    double real;
    const char *text; /* of text: the value; of a blob: its hex digits */
};

/* Evaluates as SQLite would. False when `expr` is no constant, or its value
 * depends on rules that we do not follow (text in arithmetic, ...).
 * table: a quoted name that is none of its columns is a string; NULL: every
 * quoted name is. */
bool constant_evaluate(struct arena *arena, const struct sql_expr *expr,
                       const struct source_table *table, struct constant *constant);

/* Makes of a number the text that SQLite makes of it: 1e300 is '1.0e+300'. */
void constant_become_text(struct arena *arena, struct constant *constant);

/* Of an integer, without its sign; 0: it is none. */
uint64_t constant_most(const struct constant *constant);

bool constant_is_signed_zero(const struct constant *constant);

/* An integer that is one of the doubles as well. */
bool constant_is_double(const struct constant *constant);

/* The value as a literal that PostgreSQL reads as `type` without loss. False when
 * it is no such value. *sql lives as long as `arena`. */
bool constant_to_sql(struct arena *arena, const struct constant *constant,
                     const struct value_type *type, const char **sql);

/* A literal of the constant's own type; false for a blob or odd text. */
bool constant_print(struct arena *arena, const struct constant *constant, const char **sql);

/* 'abc' as PostgreSQL reads it. */
const char *sql_string(struct arena *arena, const char *string);

#endif
