/* row_sum.h — all rows of a table of numbers as one sum, which the server can compute as well:
 * then it need not send a row.
 *
 * A row is hashed by the functions of PostgreSQL's own hash indexes, made anew here: cell by cell
 * one into the other, in 64 bits, from a start that is another one each time; the hashes are added
 * up. What those functions take for the same, and we do not, is told apart before: zeros and NULL
 * are replaced by numbers that nobody can foresee, and a whole number is hashed as the double of
 * the same value, or, where a column of the source has one that no double has, in two halves. */
#ifndef VERIFY_ROW_SUM_H
#define VERIFY_ROW_SUM_H

#include "verify/row.h"

/* How rows are hashed. All but `wide` is chosen by chance. */
struct row_sum_form {
    int64_t start;
    double zero; /* in place of it */
    double minus_zero;
    double null_real;
    int64_t null_number; /* of a column hashed in halves */
    uint64_t wide;       /* one bit a column: hashed in halves, if of whole numbers */
};
MUST_USE bool row_sum_choose(struct row_sum_form *form, struct error *err);

/* Equal where the rows are the same, in whatever order. */
struct row_sum {
    const struct row_sum_form *form;
    uint64_t rows;
    uint64_t sum;
    bool unfit;    /* a row of the source is none that the target could hold */
    bool too_wide; /* a number of the source is in no double, and its column is not `wide` */
};

static inline bool
row_sum_is_void(const struct row_sum *sum)
{
    return sum->unfit || sum->too_wide;
}

/* Adds what `from` holds. */
void row_sum_merge(struct row_sum *sum, const struct row_sum *from);
bool row_sum_equal(const struct row_sum *a, const struct row_sum *b);

/* Whether rows of this shape can be summed at all: whole numbers, doubles, booleans. */
bool row_sum_fits(const struct shape *shape);

/* Sets `wide` by the first rows, so that reading need not begin anew for most tables. */
MUST_USE bool row_sum_look(struct row_sum_form *form, struct source *source,
                           const struct shape *shape, struct error *err);

/* The shape as the server sums it up; a condition may follow select_open. */
void row_sum_shape(struct arena *arena, const struct shape *shape,
                   const struct row_sum_form *form, struct shape *summed);

/* Adds a row of the source. */
void row_sum_add(struct row_sum *sum, struct row_maker *maker, const struct shape *shape,
                 const struct row *row);

/* Adds what the server answers to a select of row_sum_shape. */
MUST_USE bool row_sum_add_select(struct row_sum *sum, PGconn *conn, const char *select,
                                 struct error *err);

/* Whether this server hashes as we do; asks it. `conn`: in no transaction, as a server that does
 * not have these functions refuses. */
MUST_USE bool row_sum_agrees(PGconn *conn, const struct row_sum_form *form, bool *agrees,
                             struct error *err);

#endif
