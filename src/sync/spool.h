/* spool.h — records on their way from the source to the target: in memory, and in a temporary file
 * when they are too many, so that the source's read transaction is over before the first of them
 * goes over the network. */
#ifndef SYNC_SPOOL_H
#define SYNC_SPOOL_H

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>

enum { SPOOL_MEMORY_MAX = 64 * 1024 * 1024 };

/* Records of one kind, in order. The zero value is empty. */
struct spool_stream {
    struct text buffer; /* appended to by the caller, whole records; then spool_settle */
    size_t record_count;
    uint64_t byte_count; /* of all records */
    size_t settled;      /* bytes of the buffer that are counted */
    struct spool_part *parts;
    size_t part_count;
};

struct spool {
    FILE *file; /* NULL: all is in memory; it has no name */
    int64_t file_size;
    size_t memory;     /* bytes in all buffers together */
    size_t memory_max; /* 0: SPOOL_MEMORY_MAX */
};

/* To be called behind each record: counts it, and moves the stream's records to the file when
 * memory is scarce. ERROR_SYSTEM: no room. */
MUST_USE bool spool_settle(struct spool *spool, struct spool_stream *stream, struct error *err);

/* All records, in pieces of whole ones; `bytes` may be changed, and is gone afterwards. */
typedef bool spool_function(void *context, char *bytes, size_t size, struct error *err);
MUST_USE bool spool_each(struct spool *spool, struct spool_stream *stream,
                         spool_function *function, void *context, struct error *err);

void spool_stream_free(struct spool_stream *stream);
void spool_close(struct spool *spool);
#define AUTO_SPOOL __attribute__((cleanup(spool_close))) struct spool

#endif
