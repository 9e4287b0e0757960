/* apply_arrays.h — records that a round has gathered, sent as arrays. */
#ifndef SYNC_APPLY_ARRAYS_H
#define SYNC_APPLY_ARRAYS_H

#include "plan/row_arrays.h"
#include "sync/forward_internal.h"

struct array_sender {
    struct target_pipeline *pipeline;
    const struct gathered_table *table;
    int64_t run_id;
    size_t column_count;
    size_t skipped; /* bytes at the stream's beginning: whole records */
    bool (*send)(struct array_sender *sender, struct error *err); /* what `arrays` holds */
    struct row_arrays arrays;
};

/* Some records, all of them sent. */
MUST_USE bool array_sender_take(struct array_sender *sender, const char *bytes, size_t size,
                                struct error *err);

/* Each record of the stream into `arrays`, which are sent whenever they have a statement's
 * worth. */
MUST_USE bool array_sender_run(struct array_sender *sender, struct spool *spool,
                               struct spool_stream *stream, struct error *err);

/* The types of the key's columns, or of all that are copied. To be freed; NULL: no memory. */
enum type_kind *array_sender_kinds(const struct live_table *table, bool keys);

#endif
