/* small.h — small tables, a hundred for one wait.
 *
 * A COPY costs a wait or two however few rows it has. Here the rows of a table go as arrays, one
 * a column, into an INSERT ... SELECT FROM unnest(...), and many of those are in one pipeline.
 * An array's elements are, byte for byte, what the fields of a binary COPY are. */
#ifndef COPY_SMALL_H
#define COPY_SMALL_H

#include "base/text.h"
#include "plan/plan.h"
#include "postgres/pipeline.h"

enum { SMALL_ROWS_MAX = 4096, SMALL_BYTES_MAX = 256 * 1024 };

/* Whether its rows may take this way: it is a new table, of built-in types that have arrays. */
bool small_is_possible(const struct plan *plan, const struct plan_table *table);

/* The rows of one table, column by column; the zero value is ready. */
struct small_rows {
    struct text *columns; /* arrays in the making: room for the header, then the elements */
    bool *have_null;
    size_t column_count;
    size_t column_capacity;
    uint32_t row_count;
    struct text sql;
};

void small_rows_start(struct small_rows *rows, size_t column_count);

/* Adds a row as COPY would have it: count of fields, then the fields. */
void small_rows_add(struct small_rows *rows, const struct text *row);

/* Queues the INSERT of what was added; nothing where that is no row. */
MUST_USE bool small_rows_send(struct small_rows *rows, struct target_pipeline *pipeline,
                              const struct plan_table *table, struct error *err);

void small_rows_free(struct small_rows *rows);

#endif
