/* stream.h — one pair of connections that rows are read through, and its memory.
 *
 * Several streams may read one table at once: then the target's connections share one
 * exported snapshot, and the source's are made to see the same state. */
#ifndef VERIFY_STREAM_H
#define VERIFY_STREAM_H

#include "sqlite/source.h"
#include "verify/row.h"
#include "verify/tally.h"
#include "verify/verify.h"

struct stream {
    struct source source;
    PGconn *conn; /* in a READ ONLY transaction with one snapshot */
    struct row_maker source_maker;
    struct row_maker target_maker;
    struct tally source_tally;
    struct tally target_tally;
};

enum { STREAM_ENTRIES_TOTAL = 256 * 1024 /* rows kept one by one a side, over all streams */ };

/* Memory and settings of one of `count` streams, for a source that is open. */
void stream_prepare(struct stream *stream, const struct verify_job *job, size_t count);

/* Connects and begins; `snapshot` as stream_export gave it, NULL: one of its own. */
MUST_USE bool stream_open(struct stream *stream, const struct verify_job *job, size_t count,
                          const char *snapshot, struct error *err);
void stream_close(struct stream *stream);

/* Frees its memory alone: source and connection are the caller's. */
void stream_release(struct stream *stream);

/* Begins the target's transaction (again, after a ROLLBACK). */
MUST_USE bool stream_begin(struct stream *stream, const char *snapshot, struct error *err);

/* Begins a transaction on `conn` whose snapshot others may share for as long as it is
 * open. *snapshot: its name; NULL: this server does not share (a pooler, a standby). */
MUST_USE bool stream_export(PGconn *conn, struct arena *arena, const char **snapshot,
                            struct error *err);

/* One read transaction of the source on every stream, all of the same state. *shared:
 * how many streams got it: all, or 1 where something writes without a pause. */
MUST_USE bool streams_begin_source(struct stream *streams, size_t count, size_t *shared,
                                   struct error *err);
void streams_end_source(struct stream *streams, size_t count);

#endif
