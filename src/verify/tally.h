/* tally.h — what one side of a table holds, order-free and in bounded memory.
 *
 * A small table is kept as one entry a row. A larger one turns into digests of
 * buckets by key hash; a later pass then keeps the entries of chosen buckets. */
#ifndef VERIFY_TALLY_H
#define VERIFY_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TALLY_BUCKETS = 16384, TALLY_PENDING = 16 };

/* Equal digests of equal multisets. Two mixes: a sum, in which equal rows do not
 * cancel, and an xor of another hash of the row, which knows no carry. */
struct tally_digest {
    uint64_t sum;
    uint64_t mix;
    uint64_t count;
};

void tally_digest_add(struct tally_digest *digest, uint64_t row);

struct tally_entry {
    uint64_t key;
    uint64_t row;
    uint64_t count;   /* how often this row occurs */
    int64_t position; /* of the row, where rows are to be found again; else 0 */
};

struct tally {
    struct tally_digest total; /* of the rows of this pass */
    struct tally_entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    size_t entries_max;           /* more rows than this: buckets instead */
    struct tally_digest *buckets; /* TALLY_BUCKETS; NULL until first needed */
    bool bucketed;                /* buckets hold the rows, entries are void */
    /* Rows on their way into buckets, which memory is slow to bring. */
    struct tally_digest *pending_buckets[TALLY_PENDING];
    uint64_t pending_rows[TALLY_PENDING];
    size_t pending_count;
    const uint8_t *wanted; /* one byte a bucket: keep entries of these only; NULL: all */
};
void tally_free(struct tally *tally);

/* Starts a pass; memory is kept. */
void tally_start(struct tally *tally, const uint8_t *wanted);

void tally_add(struct tally *tally, uint64_t key, uint64_t row, int64_t position);

/* Adds what `from` holds, as if its rows had been added here. `from` is void then. */
void tally_merge(struct tally *tally, struct tally *from);

/* Turns entries into buckets, so that the other side's buckets can be compared. Right
 * behind tally_start: a table known to be large need not be kept row by row first. */
void tally_fold(struct tally *tally);

static inline size_t
tally_bucket(uint64_t key)
{
    return (size_t)(key >> 50);
}

static inline bool
tally_digest_equal(const struct tally_digest *a, const struct tally_digest *b)
{
    return a->sum == b->sum && a->mix == b->mix && a->count == b->count;
}

/* Chooses buckets that differ, from *next on, whose rows fit `entries_max` (at
 * least one bucket); marks them in `wanted`. False: none is left. */
bool tally_choose(const struct tally *source, const struct tally *target, uint8_t *wanted,
                  size_t *next);

#endif
