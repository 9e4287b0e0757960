/* writers.h — how many small transactions each side takes when several write at once.
 *
 * On tables of its own: a new SQLite file beside nobody's data, and a schema of the target that is
 * dropped afterwards. One transaction is one INSERT of a row of about 100 bytes, committed
 * durably, as an application does it that stores a message. */
#ifndef ACCESS_WRITERS_H
#define ACCESS_WRITERS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

enum { WRITERS_COUNT_MAX = 64 };

struct writers_request {
    const char *conninfo; /* the target */
    bool wal;             /* the SQLite file's journal mode: as the source's */
    size_t count;         /* 1 .. WRITERS_COUNT_MAX */
    int64_t duration_ms;  /* of each side */
};

struct writers_side {
    uint64_t commits;
    uint64_t refused;  /* "database is locked" after 5 s of waiting */
    int64_t median_us; /* of one transaction, waiting included */
    int64_t slow_us;   /* of 100 transactions, one took longer */
    int64_t elapsed_us;
};

struct writers_result {
    struct writers_side source;
    struct writers_side target;
};

/* The sides one after the other. ERROR_SOURCE, ERROR_TARGET, ERROR_SYSTEM, ERROR_STOPPED;
 * what was made is removed in every case. */
MUST_USE bool writers_measure(const struct writers_request *request,
                              struct writers_result *result, struct error *err);

#endif
