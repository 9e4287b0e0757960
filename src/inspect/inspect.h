/* inspect.h — looks at every value of every table, once, on several threads. */
#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include "base/progress.h"
#include "profile/profile.h"
#include "sqlite/catalog.h"

enum {
    CHUNK_ROWS_MAX = 1000000,
    CHUNK_BYTES_MAX = 32 * 1024 * 1024,
    CHUNK_BYTES_FAR_MAX = 128 * 1024 * 1024
};

struct table_inspection {
    uint64_t rows;
    uint64_t bytes;                 /* of text and blobs, 8 for each number */
    uint64_t row_bytes_max;         /* the widest row */
    struct column_profile *columns; /* one per source column */
    int64_t *chunk_ends; /* last rowid of every chunk but the last, ascending: a chunk
                                        holds at most CHUNK_ROWS_MAX rows and about CHUNK_BYTES_MAX
                                        bytes with what the server adds to a row, however the
                                        rowids are spread. Empty without rowid */
    size_t chunk_end_count;
    const char *problem; /* could not be read: why; the rest is then void. Else NULL */
    bool done;           /* set by inspection or by table_inspection_from_json */
};

struct inspection {
    struct table_inspection *tables; /* one per catalog table */
    size_t table_count;
};

/* wait_us: how long an answer takes of the server that the rows go to. Each chunk costs some:
 * where they are long, chunks are larger (up to CHUNK_BYTES_FAR_MAX) and fewer (but two a
 * worker).
 *
 * Opens `path` once per worker and scans; big tables are split by rowid so that
 * all workers are busy. Tables already `done` are left alone; `inspection` is
 * otherwise zeroed by the caller but for tables/table_count, which lives as long
 * as `arena`. A table that cannot be read gets a `problem`; the others go on.
 * save: called after each finished table under a lock, to journal it; may be NULL.
 * False: ERROR_STOPPED, ERROR_SOURCE (file gone), or what save or the errand returned. */
typedef bool inspection_save(void *context, size_t table, struct error *err);

/* Something else about the same file that cannot be shared out: one worker does it before it
 * scans, the others have begun meanwhile. Whoever fails first stops all the rest, this too
 * (stop_requested()). */
struct inspect_errand {
    const char *name; /* for the progress */
    bool (*run)(void *context, struct error *err);
    void *context;
};
struct inspect_job {
    const char *path;
    const struct catalog *catalog;
    size_t workers;
    struct progress *progress; /* NULL: none */
    inspection_save *save;
    void *save_context;
    const struct inspect_errand *errand; /* NULL: none */
    uint64_t wait_us;                    /* 0: next to nothing */
};
MUST_USE bool inspect_tables(const struct inspect_job *job, struct arena *arena,
                             struct inspection *inspection, struct error *err);

/* For the journal. */
json_t *table_inspection_to_json(const struct table_inspection *table, size_t column_count);
MUST_USE bool table_inspection_from_json(struct arena *arena, const json_t *json,
                                         size_t column_count, struct table_inspection *table);

#endif
