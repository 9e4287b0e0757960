/* orphan_keys.h — the keys without a parent, as the target sees them, and which of the
 * source's rows have one. */
#ifndef COPY_ORPHAN_KEYS_H
#define COPY_ORPHAN_KEYS_H

#include "copy/copy.h"
#include "copy/row_copier.h"
#include "sqlite/scan.h"
#include "value/encode.h"

struct orphan_keys {
    const struct copy_job *job;
    const struct plan_reference *reference;
    const struct plan_table *table;  /* whose rows refer */
    const struct row_copier *copier; /* knows what goes in place of NULL; NULL: NULL does */
    struct arena memory;             /* of the keys */
    struct orphan_key **slots;       /* open hash table; a power of two */
    size_t slot_count;
    size_t count;
    struct text buffer; /* the key of a row of the source */
    bool *groups;       /* [group]: a row of the source had one of its keys */
};

/* Finds a batch of them in the target: they stay in a temporary table, outgrow_orphans, until
 * the end of the open transaction. */
MUST_USE bool orphan_keys_find(struct orphan_keys *keys, PGconn *conn, struct error *err);

/* The keys of a temporary table that somebody else has made: ORPHAN_KEYS_TABLE, with the
 * reference's columns; and, with groups > 0, a last bigint, from 0 on, that keys share which are
 * one key to orphan_keys_take. */
#define ORPHAN_KEYS_TABLE "outgrow_orphans"
MUST_USE bool orphan_keys_read(struct orphan_keys *keys, PGconn *conn, size_t groups,
                               struct error *err);

/* Whether the scan's current row has one of these keys; *first: and no row before it had, of
 * those asked about since the keys were read. */
bool orphan_keys_take(struct orphan_keys *keys, const struct scan *scan, bool *first);

/* Whether the scan's current row has one of these keys. */
bool orphan_keys_hold(struct orphan_keys *keys, const struct scan *scan);

/* Removes the rows with these keys from the target, or their reference. *count: of rows. */
MUST_USE bool orphan_keys_remove(const struct orphan_keys *keys, PGconn *conn, uint64_t *count,
                                 struct error *err);

void orphan_keys_free(struct orphan_keys *keys);

#endif
