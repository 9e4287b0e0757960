/* compare_internal.h — one table under comparison, for the files that compare it. */
#ifndef VERIFY_COMPARE_INTERNAL_H
#define VERIFY_COMPARE_INTERNAL_H

#include "verify/compare.h"
#include "verify/pass.h"
#include "verify/shape.h"

struct comparison {
    struct comparer *comparer;
    struct arena *arena; /* ends with the table */
    struct shape shape;
    struct parts parts;
    size_t streams; /* of the comparer's, those that see the same state */
    int table;
    struct row_positions absent; /* those that did not go into the target */
    size_t left_out_count;       /* of them; the others were set aside */
    double pages;                /* as in the request */
    uint64_t rows_kept;
    bool located;               /* positions are asked for */
    bool large;                 /* too many rows to be kept one by one */
    struct progress_item *item; /* NULL after the first pass */
    struct table_verdict *verdict;
};

/* A pass over all parts, with so many of the comparer's streams. */
void compare_pass_init(struct pass *pass, struct comparison *comparison, size_t streams,
                       row_sink *sink);

/* Cuts the table as it is read in this comparison. */
MUST_USE bool compare_cut(const struct comparison *comparison, const struct shape *shape,
                          struct parts *parts, struct error *err);

/* Into the verdict: the source's. */
void compare_count_rows(const struct comparison *comparison, const struct pass *pass);

/* Reads which rows of the source were set aside or left out: `absent`, `left_out_count`. */
MUST_USE bool compare_load_absent(struct comparison *comparison, struct error *err);

/* Once the rows are counted: what was left out is none of what was set aside. A sample does not
 * tell them apart. */
void compare_tell_absent_apart(struct comparison *comparison);

/* Reports a difference unless source = target + set aside + left out, but for rows that an existing
 * table held before; and whatever was set aside is in the source. */
void compare_check_counts(struct comparison *comparison);

/* One difference of this table, into the report; `context` is the comparison. */
void compare_report(void *context, const struct difference *difference);

/* Whether all rows are numbers, and are expected to be the same. */
bool compare_sums_fit(const struct comparison *comparison);

/* Reads the source and has the server sum up its rows. *same: the sums are, and with them the
 * rows, which are counted. If not, nothing is known. */
MUST_USE bool compare_sums(struct comparison *comparison, bool *same, struct error *err);

#endif
