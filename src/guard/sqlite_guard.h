/* sqlite_guard.h — what a model's SQL may do in SQLite, as SQLite's authorizer is asked. */
#ifndef GUARD_SQLITE_GUARD_H
#define GUARD_SQLITE_GUARD_H

#include <stdbool.h>

/* NULL: let it through; else what it is, for people. Unknown actions are refused. */
const char *sqlite_guard_refuses(int action, const char *first, const char *second,
                                 bool writes);

/* Whether UPDATE or DELETE stands without a WHERE of its own. */
bool sqlite_guard_lacks_where(const char *sql);

#endif
