/* names.h — target names: folding, PostgreSQL's limit of 63 bytes, collisions.
 *
 * One name_set is one namespace in which no two names may be equal: the columns
 * of a table, its constraints, or the relations of a schema (tables, indexes
 * and sequences share one). The outcome depends on the order of the calls only. */
#ifndef PLAN_NAMES_H
#define PLAN_NAMES_H

#include "base/arena.h"
#include "planfile/plan_file.h"
#include "sqlite/catalog.h"

struct name_set {
    struct arena *arena; /* borrowed; the names live there */
    const char **slots;  /* open addressing; NULL: free */
    size_t slot_count;   /* a power of two, or 0 */
    size_t used;
};

/* What `name` would be without limits and collisions: folded as PostgreSQL folds
 * (ASCII letters only), or as it is. Lives as long as `arena`. */
const char *names_wanted(struct arena *arena, const struct sql_name *name,
                         enum names_mode mode);

/* Takes `wanted`, or the nearest free name: at most 63 bytes, cut between
 * characters, with "_" and 8 hex digits of the hash of `original` at the end.
 * Equal to `wanted` when nothing stood in the way. */
const char *names_claim(struct name_set *set, const char *original, const char *wanted);

/* The same for a column: PostgreSQL's system columns are never free. */
const char *names_claim_column(struct name_set *set, const char *original, const char *wanted);

bool names_taken(const struct name_set *set, const char *name);

/* PostgreSQL's own choice for a nameless object: "table_column_label", the longer
 * part cut until it fits (makeObjectName). column: NULL for none. */
const char *names_implicit(struct arena *arena, const char *table, const char *column,
                           const char *label);

#endif
