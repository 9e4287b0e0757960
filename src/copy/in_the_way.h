/* in_the_way.h — what the target holds already under the names of a plan's tables, views and
 * indexes. */
#ifndef COPY_IN_THE_WAY_H
#define COPY_IN_THE_WAY_H

#include "plan/plan.h"
#include "postgres/target.h"

struct in_the_way {
    const char *schema;
    const char *name;
    const char *kind; /* "table", "view", "index", "type" ...: what it is */
    bool replaceable; /* a table where the plan has a table, a view where it has a view */
};

/* An index that goes with its table, when that is replaced, is in nobody's way.
 * *found, by schema and name, lies in the arena. conn: idle, or in a transaction. */
MUST_USE bool in_the_way_find(PGconn *conn, const struct plan *plan, struct arena *arena,
                              const struct in_the_way **found, size_t *count,
                              struct error *err);

#endif
