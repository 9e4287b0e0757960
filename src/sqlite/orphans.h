/* orphans.h — rows whose foreign key refers to a row that does not exist. */
#ifndef SQLITE_ORPHANS_H
#define SQLITE_ORPHANS_H

#include "sqlite/catalog.h"

enum { ORPHAN_SAMPLES_MAX = 5 };

struct orphan_count {
    uint64_t count;
    int64_t samples[ORPHAN_SAMPLES_MAX]; /* the rowids of the first ones; none without rowid */
    size_t sample_count;
};

/* Counts them, whether the source declares the key or somebody else does. The key's parent
 * must be known, with its columns. ERROR_SOURCE, ERROR_STOPPED. */
MUST_USE bool orphans_count(const struct source *source, const struct catalog *catalog,
                            const struct source_table *table,
                            const struct source_foreign_key *key, struct orphan_count *orphans,
                            struct error *err);

#endif
