/* canonical_json_members.c — puts an object's members in order. */
#include "verify/canonical_json.h"
#include "verify/room.h"

#include <stdlib.h>

enum { MEMBERS_FEW = 16 };

/* Offsets into the output, as it may move. */
struct json_member {
    size_t start; /* of the key's length */
    size_t end;   /* behind the value */
};

void
canonical_json_scratch_free(struct canonical_json_scratch *scratch)
{
    text_free(&scratch->sorted);
    free(scratch->members);
    *scratch = (struct canonical_json_scratch){0};
}

static size_t
sized_length(const struct text *out, size_t start)
{
    const uint8_t *bytes = (const uint8_t *)out->bytes + start;
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

void
canonical_json_push(struct canonical_json_scratch *scratch, size_t start, size_t end)
{
    if (scratch->member_count == scratch->member_capacity) {
        scratch->member_capacity = scratch->member_capacity * 2 + 64;
        scratch->members = realloc(scratch->members,
                                   scratch->member_capacity * sizeof *scratch->members);
        if (scratch->members == NULL) {
            abort();
        }
    }
    scratch->members[scratch->member_count++] = (struct json_member){start, end};
}

static int
compare_keys(const struct json_member *a, const struct json_member *b, const struct text *out)
{
    size_t a_length = sized_length(out, a->start);
    size_t b_length = sized_length(out, b->start);
    if (a_length != b_length) {
        return a_length < b_length ? -1 : 1;
    }
    return memcmp(out->bytes + a->start + 4, out->bytes + b->start + 4, a_length);
}

/* Equal keys stay in the order they were written in. */
static int
compare_members(const void *a, const void *b, void *out)
{
    const struct json_member *first = a;
    const struct json_member *second = b;
    int order = compare_keys(first, second, out);
    if (order != 0) {
        return order;
    }
    return first->start < second->start ? -1 : first->start > second->start;
}

static bool
in_order(const struct json_member *members, size_t count, const struct text *out)
{
    for (size_t i = 1; i < count; i++) {
        if (compare_keys(&members[i - 1], &members[i], out) >= 0) {
            return false;
        }
    }
    return true;
}

/* By hand while they are few, as in nearly every object. */
static void
order_members(struct json_member *members, size_t count, struct text *out)
{
    if (count > MEMBERS_FEW) {
        qsort_r(members, count, sizeof *members, compare_members, out);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct json_member member = members[i];
        size_t at = i;
        for (; at > 0 && compare_keys(&members[at - 1], &member, out) > 0; at--) {
            members[at] = members[at - 1];
        }
        members[at] = member;
    }
}

void
canonical_json_sort(struct text *out, struct canonical_json_scratch *scratch, size_t base,
                    size_t first)
{
    struct json_member *members = scratch->members + base;
    size_t count = scratch->member_count - base;
    struct text *sorted = &scratch->sorted;
    scratch->member_count = base;
    if (in_order(members, count, out)) {
        return;
    }
    order_members(members, count, out);
    sorted->length = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && compare_keys(&members[i], &members[i + 1], out) == 0) {
            continue;
        }
        room_add_bytes(sorted, out->bytes + members[i].start,
                       members[i].end - members[i].start);
    }
    out->length = first;
    room_add_bytes(out, sorted->bytes, sorted->length);
}
