/* row.h — one row as two hashes, the same from either side. */
#ifndef VERIFY_ROW_H
#define VERIFY_ROW_H

#include "canonical/canonical.h"
#include "postgres/journal.h"
#include "postgres/table_leaves.h"
#include "sqlite/scan.h"

/* A table as verification reads it: the key's columns first. Lives as long as the
 * arena it was made in; shared by both sides, read-only. */
struct shape_column {
    const char *name; /* in the target */
    const struct value_type *type;
    size_t source_column;              /* in the scan */
    struct canonical in_place_of_null; /* bytes NULL: NULL stays NULL */
    struct row_positions nulled;       /* of rows that have NULL in the target */
};

struct shape {
    const char *schema;
    const char *name;
    const struct source_table *source;
    struct shape_column *columns;
    size_t column_count;
    size_t key_count;        /* 0: no key: a row is its own key, and may occur twice */
    const char *select_open; /* COPY (SELECT ... FROM ...: a condition may follow */
    const char *select_end;  /* SHAPE_SELECT_END */
    bool plain;              /* only bigint and double: see verify_row_hash */
    const struct table_leaves *leaves; /* the rows' places (tableoid, ctid) come behind the
                                          columns; NULL: they do not */
};
#define SHAPE_SELECT_END ") TO STDOUT (FORMAT binary)"

struct row {
    uint64_t key_hash;
    uint64_t row_hash;
    int64_t position;                /* source: as scan.position; target: its place, if read */
    const struct scan *scan;         /* source: the cells; else NULL */
    const struct copy_field *fields; /* target: the cells; else NULL */
    bool
        as_sent; /* the fields lie behind their sizes, one behind the other, as COPY sends them */
};

/* One side's memory for making rows; the zero value with settings is ready. */
struct row_maker {
    struct canonical_settings settings;
    struct canonical_scratch scratch;
    struct text cells; /* canonical cells of the current row */
};
void row_maker_free(struct row_maker *maker);
#define AUTO_ROW_MAKER __attribute__((cleanup(row_maker_free))) struct row_maker

/* One cell of a row. */
enum canonical_state verify_row_cell(struct row_maker *maker, const struct shape *shape,
                                     const struct row *row, size_t column,
                                     struct canonical *form);

/* Fills key_hash and row_hash from the cells. A row whose key holds a NULL is
 * its own key, as SQLite lets such keys occur twice. */
void verify_row_hash(struct row_maker *maker, const struct shape *shape, struct row *row);

/* For shape.plain, once everything else is known of the shape. */
bool verify_shape_is_plain(const struct shape *shape);

/* A cell as it enters the row's hash: equal exactly when the cells are the same. */
uint64_t verify_row_cell_hash(struct row_maker *maker, const struct shape *shape,
                              const struct row *row, size_t column);

#endif
