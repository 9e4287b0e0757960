/* database_internal.h — the pools behind database.h. */
#ifndef AGENT_DATABASE_INTERNAL_H
#define AGENT_DATABASE_INTERNAL_H

#include "agent/database.h"

#include <pthread.h>

enum { POOL_MAX = 32, POOL_WRITERS = 2, POOL_ALTERERS = 1, WAIT_SLICE_MS = 100 };

/* Connections of one role: those not lent are on the stack `idle`. */
struct pool {
    PGconn *idle[POOL_MAX];
    int idle_count;
    int lent;
    int size;
    const char *conninfo; /* NULL: the role is not used */
};

struct database {
    struct tool_settings settings; /* borrowed strings */
    pthread_mutex_t lock;
    pthread_cond_t returned;
    struct pool pools[DATABASE_ROLES];
};

/* Opens one more, and looks what its role may do; ERROR_USAGE when that is too much. */
MUST_USE bool database_connect(struct database *database, enum database_role role,
                               PGconn **conn, struct error *err);

/* The server is asked to cancel what runs on the connection once the call is given up. False: it
 * was before. */
bool database_arm(struct database_lease *lease);

/* Waits for the next result. Past `deadline_ms` (of the monotonic clock) the statement is
 * cancelled from here, and the connection is given up when even that does not help. NULL: no more
 * results. */
PGresult *database_next_result(struct database_lease *lease, int64_t deadline_ms);

/* The answer to one statement while it is read. */
struct database_reading {
    struct database_lease *lease;
    struct arena *arena;
    const struct database_bounds *bounds;
    struct database_answer *answer;
    int64_t deadline_ms;
    size_t value_bytes_max;    /* values are clipped there; 0: VALUE_JSON_BYTES_MAX */
    const PGresult *described; /* names and types of the columns; NULL: as they come */
};
struct database_reading database_reading_begin(struct database_lease *lease,
                                               struct arena *arena,
                                               const struct database_bounds *bounds,
                                               struct database_answer *answer);
/* Values of parameters as text, for libpq. They live as long as `arena` and `parameters`. */
const char **database_parameters(struct arena *arena, const json_t *parameters, int *count);
void database_describe_failure(const struct database_reading *reading, const PGresult *result);
/* False: it was lost, or given up. */
MUST_USE bool database_is_connected(const struct database_reading *reading, struct error *err);
/* Reads all that comes of what was sent; see database_run. */
MUST_USE bool database_read(const struct database_reading *reading, bool sent,
                            struct error *err);

/* Adds a name in the server's words for each type number of the columns. */
bool database_name_types(struct database_lease *lease, json_t *columns, struct error *err);

#endif
