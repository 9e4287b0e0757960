/* moment.h — SQLite's ways to say "now", and PostgreSQL's. */
#ifndef TRANSLATE_MOMENT_H
#define TRANSLATE_MOMENT_H

#include "sql/ast.h"
#include "value/type.h"

enum moment_kind {
    MOMENT_TEXT,   /* by `format` of strftime */
    MOMENT_EPOCH,  /* seconds since 1970 */
    MOMENT_JULIAN, /* days since noon of 24 November 4714 BC */
};

struct moment {
    enum moment_kind kind;
    const char *format;   /* of strftime: "%Y-%m-%d %H:%M:%S" */
    const char *interval; /* "7 days -1 hour"; NULL: none */
    bool local;           /* 'localtime' */
    bool fraction;        /* 'subsec': with milliseconds */
};

/* CURRENT_TIMESTAMP, datetime('now', ...), strftime('%s', 'now'), unixepoch(), ... */
bool moment_recognise(struct arena *arena, const struct sql_expr *expr, struct moment *moment);

/* The expression for a column of `type`; false when it would not give such a value. */
bool moment_to_sql(struct arena *arena, const struct moment *moment,
                   const struct value_type *type, const char **sql);

#endif
