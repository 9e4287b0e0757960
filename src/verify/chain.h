/* chain.h — audit hash chains: does each row still hold the hash over itself and the
 * row before, in the source and in the target? */
#ifndef VERIFY_CHAIN_H
#define VERIFY_CHAIN_H

#include "plan/plan.h"
#include "sqlite/source.h"
#include "verify/chain_digest.h"
#include "verify/verify.h"

/* A value as the rule's template takes it. */
struct chain_cell {
    const uint8_t *bytes; /* the stored text; a number in digits */
    size_t size;
    bool null;
    bool number; /* for {column:json} */
};

/* A rule with its columns found: the cells of a row are those of `columns`, in order. */
struct chain {
    const struct plan_table *table;
    const struct chain_rule *rule;
    const struct plan_column **columns;
    size_t column_count;
    size_t order; /* in columns */
    size_t hash;
    size_t previous;     /* SIZE_MAX: no column holds it */
    size_t *part_column; /* one per part of the rule; SIZE_MAX: a literal, or {previous} */
};

/* ERROR_USAGE names a column that is not there. Lives as long as `arena`. */
MUST_USE bool chain_build(struct arena *arena, const struct plan_table *table,
                          struct chain *chain, struct error *err);

/* From link to link. */
struct chain_walk {
    const struct chain *chain;
    struct chain_hasher hasher;
    struct text previous; /* the stored hash of the row before */
    struct text scratch;
    struct text shown;
    struct arena *arena; /* of the finding's strings */
    struct chain_finding finding;
};
MUST_USE bool chain_walk_open(struct chain_walk *walk, const struct chain *chain,
                              struct arena *arena, struct error *err);
void chain_walk_close(struct chain_walk *walk);

/* The next row in order. False only when no digest can be made. */
MUST_USE bool chain_walk_link(struct chain_walk *walk, const struct chain_cell *cells,
                              struct error *err);

/* All rows of one side, in order, in constant memory. */
MUST_USE bool chain_walk_source(struct chain_walk *walk, struct source *source,
                                struct error *err);
MUST_USE bool chain_walk_target(struct chain_walk *walk, PGconn *conn, struct error *err);

#endif
