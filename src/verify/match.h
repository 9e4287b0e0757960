/* match.h — two sets of entries, row for row. */
#ifndef VERIFY_MATCH_H
#define VERIFY_MATCH_H

#include "verify/tally.h"

enum finding_kind { FINDING_DIFFERENT, FINDING_MISSING, FINDING_EXTRA };

/* A row to look at more closely. */
struct finding {
    enum finding_kind kind;
    uint64_t key;
    uint64_t source_row; /* 0 for an extra row */
    uint64_t target_row; /* 0 for a missing row */
    int64_t source_position;
    int64_t target_position;
};

/* Gets every row that differs, not only the first. */
typedef void match_found(void *context, const struct finding *finding);

struct match {
    uint64_t different;       /* the key on both sides, with other cells */
    uint64_t missing;         /* in the source only */
    uint64_t extra;           /* in the target only */
    struct finding *findings; /* the first of them; room for findings_max */
    size_t finding_count;
    size_t findings_max;
    bool extra_is_known; /* rows in the target only are counted, but are no findings */
    match_found *found;  /* NULL: nobody */
    void *context;
};

/* Sorts by key and row, merges equal entries; returns how many are left. */
size_t match_sort(struct tally_entry *entries, size_t count);

/* Adds what differs between the entries of both. Uses them up. */
void match_entries(struct tally *source, struct tally *target, struct match *match);

#endif
