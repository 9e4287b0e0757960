/* functions.h — which functions a model's SQL may call.
 *
 * Three answers: built in and harmless; never; or the server's catalog has to vouch for it.
 * Volatility is the server's own word (pg_proc), read when it is connected to. */
#ifndef GUARD_FUNCTIONS_H
#define GUARD_FUNCTIONS_H

#include "base/arena.h"

#include <libpq-fe.h>

struct guard_function {
    const char *name;
    bool volatile_any; /* an overload is VOLATILE */
};

struct guard_functions {
    const struct guard_function *built_in; /* of pg_catalog, by name in strcmp's order */
    size_t count;
    const char *const *allowed; /* by the operator, by name; not what is never allowed */
    size_t allowed_count;
};

enum guard_function_answer {
    FUNCTION_HARMLESS,
    FUNCTION_NEVER, /* acts outside the transaction, reads files, runs SQL text, ... */
    FUNCTION_VOLATILE,
    FUNCTION_UNKNOWN, /* not built in: the catalog must vouch */
};

/* for_writes: sequences may be moved. */
enum guard_function_answer guard_function_ask(const struct guard_functions *functions,
                                              const char *name, bool for_writes);
bool guard_function_is_allowed(const struct guard_functions *functions, const char *name);

/* Relations that hold secrets or tell about the machine; by name, whatever the schema. */
bool guard_relation_is_secret(const char *name);
/* Schemas whose tables are not a model's to change. */
bool guard_schema_is_protected(const char *schema);
/* Settings that SHOW may show. */
bool guard_setting_is_public(const char *name);

/* Reads the server's built-in functions; they live as long as `arena`. */
MUST_USE bool guard_functions_load(struct arena *arena, PGconn *conn,
                                   struct guard_functions *functions, struct error *err);

#endif
