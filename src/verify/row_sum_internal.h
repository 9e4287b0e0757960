/* row_sum_internal.h — what both halves of row_sum share: one hash, here and in SQL. */
#ifndef VERIFY_ROW_SUM_INTERNAL_H
#define VERIFY_ROW_SUM_INTERNAL_H

#include "verify/row_sum.h"

enum { ROW_SUM_COLUMNS_MAX = 64 /* bits of `wide`; the expression is nested as deep */ };

static inline bool
row_sum_is_whole(const struct shape_column *column)
{
    enum type_kind kind = column->type->kind;
    return kind == TYPE_BIGINT || kind == TYPE_INTEGER || kind == TYPE_SMALLINT ||
           kind == TYPE_BOOLEAN;
}

/* The hash of a row so far becomes that with one more number. */
uint64_t row_sum_hash_halves(int64_t number, uint64_t hash);
uint64_t row_sum_hash_real(const struct row_sum_form *form, double number, uint64_t hash);

#endif
