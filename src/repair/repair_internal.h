/* repair_internal.h — single rows copied again, and steps made up for, after something was found
 * to differ. */
#ifndef REPAIR_REPAIR_INTERNAL_H
#define REPAIR_REPAIR_INTERNAL_H

#include "copy/copy.h"
#include "postgres/table_leaves.h"
#include "repair/repair.h"

#include <stdio.h>

/* A row that is not as it should be. */
struct repair_row {
    bool in_source; /* to be copied */
    int64_t position;
    bool in_target; /* to be removed first */
    int64_t place;  /* in repair_table.leaves */
};

/* Rows are gathered in a temporary file: there may be millions. */
MUST_USE bool repair_row_write(FILE *rows, const struct repair_row *row, struct error *err);

struct repair_table {
    const struct copy_job *job;
    size_t table;          /* in the plan */
    struct source *source; /* in the read transaction in which the rows were found */
    PGconn *conn;          /* in the transaction in which they were found, with the table locked
                     against writers */
    const struct table_leaves *leaves; /* of the table; its places are meant */
    FILE *rows;
};

struct repair_outcome {
    uint64_t removed;
    uint64_t stored;
    uint64_t set_aside; /* refused by the encoder, and now in outgrow.set_aside */
};

/* Removes the rows, then copies those of the source again, through the same encoder as
 * the run itself did. The transaction stays open. Foreign keys and triggers that could
 * act on it should be off (detach.h). ERROR_TARGET: the server refused. */
MUST_USE bool repair_rows(const struct repair_table *table, struct repair_outcome *outcome,
                          struct error *err);

/* Makes a key, index or constraint that is missing or not valid, in a transaction of its own,
 * and journals with the run how it went. conn: idle. *reason: why it is not there and valid now
 * (lives as long as `arena`); NULL: it is. False only when the connection is gone. */
MUST_USE bool repair_step(PGconn *conn, int64_t run_id, const struct plan_step *step,
                          struct arena *arena, const char **reason, struct error *err);

/* Sets the sequence of an identity column behind all its values and what the source's own
 * counter has given out; makes a column NOT NULL. ERROR_TARGET: refused. */
MUST_USE bool repair_sequence(PGconn *conn, const struct plan_table *table,
                              const struct plan_column *column, struct error *err);
MUST_USE bool repair_not_null(PGconn *conn, const struct plan_table *table,
                              const struct plan_column *column, struct error *err);

/* One repair on its way. */
struct repairing {
    const struct repair_request *request;
    const struct verdict *verdict; /* what was found */
    struct copy_job copy;
    bool *touched; /* one per plan table: to be compared again */
    struct repair_outcome rows;
    json_t *steps;
};

/* What differs that is no row: each step made up for in the order of the plan, keys before the
 * foreign keys that need them. What is refused becomes a warning. */
MUST_USE bool repair_definitions(struct repairing *repairing, struct error *err);

/* The table that a difference is about; -1: none of the plan's. */
int repair_table_of(const struct plan *plan, const struct difference *difference);

#endif
