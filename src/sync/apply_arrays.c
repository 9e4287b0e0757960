/* apply_arrays.c — the records of a stream as arrays, a statement for some thousands of them. */
#include "sync/apply_arrays.h"

#include <stdlib.h>

bool
array_sender_take(struct array_sender *sender, const char *bytes, size_t size,
                  struct error *err)
{
    const char *at = bytes;
    const char *end = bytes + size;
    while (at < end) {
        const char *began = at;
        row_arrays_start(&sender->arrays, sender->column_count);
        while (at < end && sender->arrays.row_count < ROW_ARRAYS_ROWS_MAX &&
               at - began < ROW_ARRAYS_BYTES_MAX) {
            at = row_arrays_add(&sender->arrays, at);
        }
        if (!sender->send(sender, err)) {
            return false;
        }
    }
    return true;
}

static bool
take_piece(void *context, char *bytes, size_t size, struct error *err)
{
    struct array_sender *sender = context;
    size_t skipped = sender->skipped;
    sender->skipped = 0;
    return array_sender_take(sender, bytes + skipped, size - skipped, err);
}

bool
array_sender_run(struct array_sender *sender, struct spool *spool, struct spool_stream *stream,
                 struct error *err)
{
    bool ok = spool_each(spool, stream, take_piece, sender, err);
    row_arrays_free(&sender->arrays);
    return ok;
}

enum type_kind *
array_sender_kinds(const struct live_table *table, bool keys)
{
    size_t count = keys ? table->key_count : table->column_count;
    enum type_kind *kinds = calloc(count + 1, sizeof *kinds);
    for (size_t i = 0; kinds != NULL && i < count; i++) {
        kinds[i] = keys ? table->plan->columns[table->key_fields[i]].type.kind
                        : table->columns[i].type->kind;
    }
    return kinds;
}
