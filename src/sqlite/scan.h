/* scan.h — the rows of one table, in storage order, as fast as SQLite goes.
 *
 * One SELECT that names the table's columns in catalog order (generated ones
 * included), preceded by the rowid where there is one that is no column. Reads every cell through
 * sqlite3_column_value: on a NOMUTEX handle that is half the cost of the
 * column API. */
#ifndef SQLITE_SCAN_H
#define SQLITE_SCAN_H

#include "sqlite/catalog.h"

enum scan_step { SCAN_ROW, SCAN_END, SCAN_FAILED };

/* Both inclusive. Only for tables that have a rowid_name. */
struct scan_range {
    int64_t low;
    int64_t high;
};
#define SCAN_EVERYTHING ((struct scan_range){INT64_MIN, INT64_MAX})

struct scan {
    struct source *source; /* borrowed */
    const struct source_table *table;
    sqlite3_stmt *statement;
    int first_column;       /* 1 when the rowid comes first, else 0 */
    int rowid_column;       /* of the SELECT; -1: the table has no usable rowid */
    bool started;           /* a row was read */
    int64_t position;       /* of the current row: its rowid, else 1, 2, 3, ... */
    sqlite3_value **values; /* of the row that a visitor is shown; else NULL */
};

/* Prepares the scan; `range` must be SCAN_EVERYTHING without a rowid_name.
 * ERROR_SOURCE: a virtual column's function, a missing module, ... */
MUST_USE bool scan_open(struct scan *scan, struct source *source,
                        const struct source_table *table, struct scan_range range,
                        struct error *err);
void scan_close(struct scan *scan);
#define AUTO_SCAN __attribute__((cleanup(scan_close))) struct scan

/* SCAN_FAILED: err is ERROR_SOURCE and names table and position (a corrupt
 * page, an overflow in a generated column, ...). */
MUST_USE enum scan_step scan_next(struct scan *scan, struct error *err);

/* Cell of the current row; valid until the next scan_next. */
static inline sqlite3_value *
scan_value(const struct scan *scan, size_t column)
{
    if (scan->values != NULL) {
        return scan->values[(ptrdiff_t)column];
    }
    return sqlite3_column_value(scan->statement, (int)column + scan->first_column);
}

/* Who looks at rows. `values` in catalog order (a rowid that comes first is in front of them), only
 * until it returns; position as in struct scan. False: no further rows are wanted,
 * and scan_each fails as well; err says why, unless the visitor knows. */
struct scan_visitor {
    bool (*row)(void *context, sqlite3_value **values, int64_t position, struct error *err);
    void *context;
};

/* Shows all rows of a range (see scan_open) to a visitor, in storage order. The visitor
 * is called by SQLite while it runs the one statement, so that no row has to be handed
 * out and no cell asked for: a quarter less than scan_next and scan_value cost. It must
 * not use the source itself. False with the visitor's error, or as scan_open and
 * scan_next fail. */
MUST_USE bool scan_each(struct source *source, const struct source_table *table,
                        struct scan_range range, const struct scan_visitor *visitor,
                        struct error *err);

/* Smallest and largest rowid. `empty` when there is no row. */
MUST_USE bool scan_bounds(struct source *source, const struct source_table *table,
                          struct scan_range *bounds, bool *empty, struct error *err);
/* The largest rowid; 0 where none is above that, or the table has no rowids. */
MUST_USE bool scan_largest_rowid(struct source *source, const struct source_table *table,
                                 int64_t *largest, struct error *err);

#endif
