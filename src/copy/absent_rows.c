/* absent_rows.c — see absent_rows.h. */
#include "copy/absent_rows.h"

#include "postgres/journal.h"

#include <stdlib.h>

static int
compare_positions(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return *left < *right ? -1 : *left > *right ? 1 : 0;
}

bool
absent_rows_load(struct absent_rows *absent, PGconn *conn, int64_t run_id,
                 const char *source_table, struct error *err)
{
    int64_t *aside = NULL;
    int64_t *left_out = NULL;
    size_t aside_count = 0;
    size_t left_out_count = 0;
    absent_rows_free(absent);
    if (!journal_set_aside_positions(conn, &absent->memory, run_id, source_table, &aside,
                                     &aside_count, err) ||
        !journal_left_out_positions(conn, &absent->memory, run_id, source_table, &left_out,
                                    &left_out_count, err)) {
        return false;
    }
    absent->count = aside_count + left_out_count;
    absent->positions = arena_alloc(&absent->memory,
                                    (absent->count + 1) * sizeof *absent->positions);
    for (size_t i = 0; i < absent->count; i++) {
        absent->positions[i] = i < aside_count ? aside[i] : left_out[i - aside_count];
    }
    qsort(absent->positions, absent->count, sizeof *absent->positions, compare_positions);
    return true;
}

bool
absent_rows_hold(const struct absent_rows *absent, int64_t position)
{
    return absent->count > 0 && bsearch(&position, absent->positions, absent->count,
                                        sizeof position, compare_positions) != NULL;
}

void
absent_rows_free(struct absent_rows *absent)
{
    arena_free(&absent->memory);
    absent->count = 0;
}
