/* match.c — see match.h. */
#include "verify/match.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
    const struct tally_entry *first = a;
    const struct tally_entry *second = b;
    if (first->key != second->key) {
        return first->key < second->key ? -1 : 1;
    }
    if (first->row != second->row) {
        return first->row < second->row ? -1 : 1;
    }
    return first->position < second->position ? -1 : first->position > second->position;
}

size_t
match_sort(struct tally_entry *entries, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(entries, count, sizeof *entries, compare);
    size_t last = 0;
    for (size_t i = 1; i < count; i++) {
        if (compare(&entries[last], &entries[i]) == 0) {
            entries[last].count += entries[i].count;
        } else {
            entries[++last] = entries[i];
        }
    }
    return last + 1;
}

/* The entries of one key on one side. */
struct group {
    struct tally_entry *entries;
    size_t count;
};

/* Takes the next key's entries off the front. */
static struct group
take_group(struct group *rest, uint64_t key)
{
    struct group group = {rest->entries, 0};
    while (group.count < rest->count && group.entries[group.count].key == key) {
        group.count++;
    }
    rest->entries += group.count;
    rest->count -= group.count;
    return group;
}

/* Keeps what the other side does not have; both are sorted by row. */
static void
drop_equal(struct group *source, struct group *target)
{
    size_t s = 0;
    size_t t = 0;
    while (s < source->count && t < target->count) {
        struct tally_entry *a = &source->entries[s];
        struct tally_entry *b = &target->entries[t];
        if (a->row == b->row) {
            uint64_t both = a->count < b->count ? a->count : b->count;
            a->count -= both;
            b->count -= both;
        }
        bool forward_both = a->row == b->row;
        s += a->row < b->row || forward_both ? 1 : 0;
        t += b->row < a->row || forward_both ? 1 : 0;
    }
}

static void
note(struct match *match, struct finding finding, uint64_t times)
{
    if (finding.kind == FINDING_EXTRA && match->extra_is_known) {
        return;
    }
    if (match->found != NULL) {
        match->found(match->context, &finding);
    }
    for (; times > 0 && match->finding_count < match->findings_max; times--) {
        match->findings[match->finding_count++] = finding;
    }
}

/* The first entry at or behind *at with rows left; NULL at the end. */
static struct tally_entry *
next_left(struct group *group, size_t *at)
{
    while (*at < group->count && group->entries[*at].count == 0) {
        (*at)++;
    }
    return *at < group->count ? &group->entries[*at] : NULL;
}

static void
note_single(struct match *match, struct tally_entry *entry, enum finding_kind kind)
{
    bool missing = kind == FINDING_MISSING;
    *(missing ? &match->missing : &match->extra) += entry->count;
    struct finding finding = {.kind = kind, .key = entry->key};
    *(missing ? &finding.source_row : &finding.target_row) = entry->row;
    *(missing ? &finding.source_position : &finding.target_position) = entry->position;
    note(match, finding, entry->count);
    entry->count = 0;
}

/* What is left of one key: rows of both sides are the same row with other cells,
 * as far as there are as many; the rest is missing or extra. */
static void
pair_left(struct match *match, struct group *source, struct group *target)
{
    size_t s = 0;
    size_t t = 0;
    while (true) {
        struct tally_entry *a = next_left(source, &s);
        struct tally_entry *b = next_left(target, &t);
        if (a == NULL && b == NULL) {
            return;
        }
        if (a == NULL || b == NULL) {
            note_single(match, a != NULL ? a : b, a != NULL ? FINDING_MISSING : FINDING_EXTRA);
            continue;
        }
        uint64_t both = a->count < b->count ? a->count : b->count;
        a->count -= both;
        b->count -= both;
        match->different += both;
        note(match,
             (struct finding){FINDING_DIFFERENT, a->key, a->row, b->row, a->position,
                              b->position},
             both);
    }
}

void
match_entries(struct tally *source, struct tally *target, struct match *match)
{
    source->entry_count = match_sort(source->entries, source->entry_count);
    target->entry_count = match_sort(target->entries, target->entry_count);
    struct group source_rest = {source->entries, source->entry_count};
    struct group target_rest = {target->entries, target->entry_count};
    while (source_rest.count > 0 || target_rest.count > 0) {
        uint64_t key = source_rest.count == 0   ? target_rest.entries->key
                       : target_rest.count == 0 ? source_rest.entries->key
                       : source_rest.entries->key < target_rest.entries->key
                           ? source_rest.entries->key
                           : target_rest.entries->key;
        struct group a = take_group(&source_rest, key);
        struct group b = take_group(&target_rest, key);
        drop_equal(&a, &b);
        pair_left(match, &a, &b);
    }
}
