/* inspect_part.h — one piece of a table under inspection: a range of rowids, or all. */
#ifndef INSPECT_INSPECT_PART_H
#define INSPECT_INSPECT_PART_H

#include "inspect/inspect.h"
#include "sqlite/scan.h"

/* Rows in storage order that were counted into one chunk. */
struct chunk {
    int64_t end; /* rowid of the last row */
    uint64_t rows;
    uint64_t bytes;
};

/* Owned by the inspecting thread, then by whoever merges; see inspect_part_free. */
struct inspect_part {
    struct scan_range range;
    uint64_t rows;
    uint64_t bytes;
    uint64_t row_bytes_max;
    struct column_profile *columns; /* heap; one per column */
    struct chunk *chunks;           /* heap; also the last, open one */
    size_t chunk_count;
    bool finished;
};

/* Reads every row of the part. item: counts the rows; may be NULL.
 * ERROR_SOURCE: the table cannot be read; ERROR_STOPPED. */
MUST_USE bool inspect_part_scan(struct inspect_part *part, struct source *source,
                                const struct source_table *table, struct progress_item *item,
                                struct error *err);

/* Joins the parts, in rowid order, into one result that lives in `arena`. */
void inspect_parts_merge(const struct inspect_job *job, struct arena *arena,
                         const struct inspect_part *parts, size_t part_count,
                         const struct source_table *table, struct table_inspection *result);

/* Frees what the part holds; fine on the zero value. */
void inspect_part_free(struct inspect_part *part);

#endif
