/* row_arrays.h — the rows of a table for the server, many tables for one wait.
 *
 * A COPY costs a wait or two however few rows it has. Here the rows of a table go as arrays, one
 * a column, into an INSERT ... SELECT FROM unnest(...), and many of those are in one pipeline;
 * keys likewise into a DELETE. An array's elements are, byte for byte, what the fields of a binary
 * COPY are. */
#ifndef PLAN_ROW_ARRAYS_H
#define PLAN_ROW_ARRAYS_H

#include "base/text.h"
#include "plan/plan.h"
#include "postgres/pipeline.h"

enum { ROW_ARRAYS_ROWS_MAX = 4096, ROW_ARRAYS_BYTES_MAX = 256 * 1024 };

/* Whether its rows may take this way: it is a new table, of built-in types that have arrays. */
bool row_arrays_possible(const struct plan *plan, const struct plan_table *table);

/* The rows of one table, column by column; the zero value is ready. */
struct row_arrays {
    struct text *columns; /* arrays in the making: room for the header, then the elements */
    bool *have_null;
    size_t column_count;
    size_t column_capacity;
    uint32_t row_count;
    struct text sql;
};

void row_arrays_start(struct row_arrays *rows, size_t column_count);

/* Adds a row as COPY would have it: count of fields, then the fields. Returns what is behind. */
const char *row_arrays_add(struct row_arrays *rows, const char *row);

/* Queues the INSERT of what was added; nothing where that is no row. */
MUST_USE bool row_arrays_insert(struct row_arrays *rows, struct target_pipeline *pipeline,
                                const struct plan_table *table, struct error *err);

/* Queues the DELETE of the rows that have these keys: what was added are values of
 * table->columns[fields[..]]. row_arrays_type_possible for each. */
MUST_USE bool row_arrays_delete(struct row_arrays *rows, struct target_pipeline *pipeline,
                                const struct plan_table *table, const size_t *fields,
                                struct error *err);
bool row_arrays_type_possible(const struct value_type *type);

/* Queues a statement of one's own, whose $1 .. are the columns that were added, of these types. */
MUST_USE bool row_arrays_send(struct row_arrays *rows, struct target_pipeline *pipeline,
                              const char *sql, const enum type_kind *kinds, struct error *err);

/* "ROWS FROM (pg_catalog.unnest($1::..), ...)" of such a statement. row_arrays_type_possible
 * for each. */
void row_arrays_write_unnest(struct text *sql, const enum type_kind *kinds, size_t count);

/* " (k1, ..) WHERE there.a = given.k1 AND ..": how `given`, of such a statement, and the table's
 * rows `there` belong together. */
void row_arrays_write_match(struct text *sql, const struct plan_table *table,
                            const size_t *fields, size_t count);

void row_arrays_free(struct row_arrays *rows);

#endif
