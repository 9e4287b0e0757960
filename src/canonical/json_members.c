/* json_members.c — puts an object's members in order. */
#include "base/text_put.h"
#include "canonical/json_reading.h"

#include <endian.h>
#include <stdlib.h>

enum { MEMBERS_FEW = 16, RANKED_SIZE = 7, RANKED_SIZE_MAX = 255 };

void
canonical_json_scratch_free(struct canonical_json_scratch *scratch)
{
    text_free(&scratch->sorted);
    text_free(&scratch->keys);
    free(scratch->members);
    *scratch = (struct canonical_json_scratch){0};
}

/* One number that orders as size and bytes do, as far as it goes: the size, then the first seven
 * bytes; of long keys only that they are. Eight bytes may be read from `key`, however short. */
static uint64_t
rank_of(const char *key, size_t size)
{
    uint64_t word;
    memcpy(&word, key, sizeof word);
    if (size >= RANKED_SIZE_MAX) {
        return (uint64_t)RANKED_SIZE_MAX << 56;
    }
    word = be64toh(word) >> 8;
    if (size < RANKED_SIZE) {
        word &= ~(UINT64_MAX >> (8 + 8 * size));
    }
    return (uint64_t)size << 56 | word;
}

static const char *
key_of(const struct json_reader *reader, const struct json_member *member)
{
    return (member->escaped ? reader->scratch->keys.bytes : reader->out->bytes) + member->key;
}

/* Of equal ranks. */
static int
compare_whole_keys(const struct json_member *a, const struct json_member *b,
                   const struct json_reader *reader)
{
    if (a->key_size <= RANKED_SIZE) {
        return 0;
    }
    if (a->key_size != b->key_size) {
        return a->key_size < b->key_size ? -1 : 1;
    }
    return memcmp(key_of(reader, a), key_of(reader, b), a->key_size);
}

static inline int
compare_keys(const struct json_member *a, const struct json_member *b,
             const struct json_reader *reader)
{
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    return compare_whole_keys(a, b, reader);
}

static __attribute__((noinline)) void
add_room(struct canonical_json_scratch *scratch)
{
    scratch->member_capacity = scratch->member_capacity * 2 + 64;
    scratch->members = realloc(scratch->members,
                               scratch->member_capacity * sizeof *scratch->members);
    if (scratch->members == NULL) {
        abort();
    }
}

/* A key as it is, beside the form. Out of the way of the others. */
static __attribute__((noinline)) void
keep_key(struct json_reader *reader, struct json_member *member)
{
    struct text *keys = &reader->scratch->keys;
    const uint8_t *at = (const uint8_t *)reader->out->bytes + member->start;
    member->key = keys->length;
    canonical_json_add_string(keys, &at);
    text_make_room(keys, sizeof member->rank);
    member->key_size = keys->length - member->key;
}

void
json_member_begin(struct json_reader *reader, size_t start, size_t end)
{
    struct canonical_json_scratch *scratch = reader->scratch;
    if (scratch->member_count == scratch->member_capacity) {
        add_room(scratch);
    }
    struct json_member *member = &scratch->members[scratch->member_count++];
    member->start = start;
    member->key = start + 1;
    member->key_size = end - start - 2;
    member->escaped = reader->escaped;
    if (member->escaped) {
        keep_key(reader, member);
    }
    member->rank = rank_of(key_of(reader, member), member->key_size);
}

static bool
in_order(const struct json_reader *reader, const struct json_member *members, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(&members[i - 1], &members[i], reader) >= 0) {
            return false;
        }
    }
    return true;
}

/* Equal keys stay in the order they were written in. */
static int
compare_members(const void *a, const void *b, void *reader)
{
    const struct json_member *first = a;
    const struct json_member *second = b;
    int order = compare_keys(first, second, reader);
    if (order != 0) {
        return order;
    }
    return first->start < second->start ? -1 : first->start > second->start;
}

/* Which member comes where, by hand, as they are few in nearly every object. */
static void
order_few(const struct json_reader *reader, const struct json_member *members, size_t count,
          uint8_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && compare_keys(&members[order[at - 1]], &members[i], reader) > 0; at--) {
            order[at] = order[at - 1];
        }
        order[at] = (uint8_t)i;
    }
}

static char *
write_member(char *to, const char *form, const struct json_member *member)
{
    to = json_copy(to, form + member->start, member->end - member->start);
    memcpy(to, ", ", 2);
    return to + 2;
}

/* Each before its successor is written: of equal keys only the last. */
static char *
write_members(const struct json_reader *reader, char *to, const struct json_member *members,
              size_t count, const uint8_t *order)
{
    const struct json_member *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct json_member *member = &members[order != NULL ? order[i] : i];
        if (last != NULL && compare_keys(last, member, reader) != 0) {
            to = write_member(to, reader->out->bytes, last);
        }
        last = member;
    }
    return json_copy(to, reader->out->bytes + last->start, last->end - last->start);
}

char *
json_members_end(struct json_reader *reader, size_t base, char *to)
{
    struct json_member *members = reader->scratch->members + base;
    size_t count = reader->scratch->member_count - base;
    struct text *sorted = &reader->scratch->sorted;
    reader->scratch->member_count = base;
    if (in_order(reader, members, count)) {
        return to;
    }
    char *first = reader->out->bytes + members[0].start;
    uint8_t order[MEMBERS_FEW];
    sorted->length = 0;
    text_make_room(sorted, (size_t)(to - first) + JSON_SLACK);
    if (count <= MEMBERS_FEW) {
        order_few(reader, members, count, order);
    } else {
        qsort_r(members, count, sizeof *members, compare_members, reader);
    }
    char *end = write_members(reader, sorted->bytes, members, count,
                              count <= MEMBERS_FEW ? order : NULL);
    return json_copy(first, sorted->bytes, (size_t)(end - sorted->bytes));
}
