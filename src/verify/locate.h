/* locate.h — every row of a table that differs, and where it stands on either side. */
#ifndef VERIFY_LOCATE_H
#define VERIFY_LOCATE_H

#include "postgres/table_leaves.h"
#include "sqlite/source.h"
#include "verify/verify.h"

struct located_row {
    bool in_source;
    int64_t source_position; /* as scan.position */
    bool in_target;
    int64_t target_place; /* in locate_request.leaves */
};

/* Gets each row, in no order; both sides are idle then. */
typedef void located_found(void *context, const struct located_row *row);

struct locate_request {
    const struct verify_job *job; /* compared in whole, whatever job->sample says */
    int table;
    const struct table_leaves *leaves; /* of the target's table; NULL: places are not wanted */
    struct source *source; /* in a read transaction; positions are as it sees them */
    PGconn *conn;          /* in a transaction that holds a lock against writers: else the
                              places are somebody else's a moment later */
};

/* Rows that an existing table held before are none. Memory: constant. */
MUST_USE bool verify_locate(const struct locate_request *request, located_found *found,
                            void *context, struct error *err);

#endif
