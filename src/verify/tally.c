/* tally.c — see tally.h. */
#include "verify/tally.h"

#include "base/hash.h"
#include "verify/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MIN = 256 };

static void *
resize(void *memory, size_t count, size_t size)
{
    void *resized = reallocarray(memory, count, size);
    if (resized == NULL) {
        fputs("outgrow: out of memory\n", stderr);
        abort();
    }
    return resized;
}

void
tally_free(struct tally *tally)
{
    free(tally->entries);
    free(tally->buckets);
    *tally = (struct tally){0};
}

void
tally_start(struct tally *tally, const uint8_t *wanted)
{
    tally->total = (struct tally_digest){0};
    tally->entry_count = 0;
    tally->bucketed = false;
    tally->pending_count = 0;
    tally->wanted = wanted;
}

void
tally_digest_add(struct tally_digest *digest, uint64_t row)
{
    digest->sum += row;
    digest->mix ^= XXH64_avalanche(row ^ 0x9E3779B97F4A7C15);
    digest->count++;
}

static void
settle(struct tally *tally)
{
    for (size_t i = 0; i < tally->pending_count; i++) {
        tally_digest_add(tally->pending_buckets[i], tally->pending_rows[i]);
    }
    tally->pending_count = 0;
}

/* The buckets are larger than a processor's nearest memory: what is asked for now is
 * there when the next rows have been read. */
static void
add_to_bucket(struct tally *tally, uint64_t key, uint64_t row)
{
    struct tally_digest *bucket = &tally->buckets[tally_bucket(key)];
    __builtin_prefetch(bucket, 1);
    tally->pending_buckets[tally->pending_count] = bucket;
    tally->pending_rows[tally->pending_count] = row;
    if (++tally->pending_count == TALLY_PENDING) {
        settle(tally);
    }
}

void
tally_fold(struct tally *tally)
{
    if (tally->bucketed) {
        settle(tally);
        return;
    }
    if (tally->buckets == NULL) {
        tally->buckets = resize(NULL, TALLY_BUCKETS, sizeof *tally->buckets);
    }
    memset(tally->buckets, 0, TALLY_BUCKETS * sizeof *tally->buckets);
    tally->bucketed = true;
    for (size_t i = 0; i < tally->entry_count; i++) {
        const struct tally_entry *entry = &tally->entries[i];
        for (uint64_t n = 0; n < entry->count; n++) {
            tally_digest_add(&tally->buckets[tally_bucket(entry->key)], entry->row);
        }
    }
}

/* Rows that occur many times take one entry. If that does not help, the table is
 * large: buckets; or the chosen buckets are larger than they could be with one row
 * per key, and memory follows. */
static void
make_room(struct tally *tally)
{
    if (tally->entry_capacity >= tally->entries_max) {
        tally->entry_count = match_sort(tally->entries, tally->entry_count);
        if (tally->entry_count <= tally->entry_capacity / 2) {
            return;
        }
        if (tally->wanted == NULL) {
            tally_fold(tally);
            return;
        }
    }
    tally->entry_capacity = tally->entry_capacity < ENTRIES_MIN ? ENTRIES_MIN
                                                                : tally->entry_capacity * 2;
    tally->entries = resize(tally->entries, tally->entry_capacity, sizeof *tally->entries);
}

void
tally_add(struct tally *tally, uint64_t key, uint64_t row, int64_t position)
{
    tally_digest_add(&tally->total, row);
    if (tally->wanted != NULL && tally->wanted[tally_bucket(key)] == 0) {
        return;
    }
    if (!tally->bucketed && tally->entry_count == tally->entry_capacity) {
        make_room(tally);
    }
    if (tally->bucketed) {
        add_to_bucket(tally, key, row);
    } else {
        tally->entries[tally->entry_count++] = (struct tally_entry){key, row, 1, position};
    }
}

static void
digest_merge(struct tally_digest *digest, const struct tally_digest *from)
{
    digest->sum += from->sum;
    digest->mix ^= from->mix;
    digest->count += from->count;
}

static void
append_entries(struct tally *tally, const struct tally *from)
{
    size_t count = tally->entry_count + from->entry_count;
    if (count > tally->entry_capacity) {
        tally->entries = resize(tally->entries, count, sizeof *tally->entries);
        tally->entry_capacity = count;
    }
    if (from->entry_count > 0) {
        memcpy(tally->entries + tally->entry_count, from->entries,
               from->entry_count * sizeof *from->entries);
    }
    tally->entry_count = count;
}

void
tally_merge(struct tally *tally, struct tally *from)
{
    digest_merge(&tally->total, &from->total);
    if (!tally->bucketed && !from->bucketed) {
        append_entries(tally, from);
        return;
    }
    tally_fold(tally);
    tally_fold(from);
    for (size_t i = 0; i < TALLY_BUCKETS; i++) {
        digest_merge(&tally->buckets[i], &from->buckets[i]);
    }
}

bool
tally_choose(const struct tally *source, const struct tally *target, uint8_t *wanted,
             size_t *next)
{
    uint64_t rows = 0;
    bool any = false;
    memset(wanted, 0, TALLY_BUCKETS);
    for (; *next < TALLY_BUCKETS; (*next)++) {
        const struct tally_digest *a = &source->buckets[*next];
        const struct tally_digest *b = &target->buckets[*next];
        if (tally_digest_equal(a, b)) {
            continue;
        }
        rows += a->count > b->count ? a->count : b->count;
        if (any && rows > source->entries_max) {
            return true;
        }
        wanted[*next] = 1;
        any = true;
    }
    return any;
}
