/* spool.c — see spool.h. */
#include "sync/spool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* A stream is moved to the file when memory is scarce and it holds this much: many small writes
 * would be slow. */
enum { PART_MIN = 256 * 1024 };

/* Whole records in the file. */
struct spool_part {
    int64_t offset;
    size_t size;
};

static bool
spool_failed(const struct spool *spool, struct error *err)
{
    error_set(err, ERROR_SYSTEM, "keep %" PRId64 " bytes of changes in a temporary file",
              spool->file_size);
    return error_hint(err, "make room there, or name another directory in TMPDIR");
}

/* Without a name, on a disk: /tmp may be memory. */
static FILE *
open_nameless(void)
{
    char path[4096];
    const char *parent = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/outgrow-XXXXXX",
             parent == NULL || parent[0] == '\0' ? "/var/tmp" : parent);
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        return NULL;
    }
    (void)unlink(path);
    FILE *file = fdopen(descriptor, "w+b");
    if (file == NULL) {
        (void)close(descriptor);
    }
    return file;
}

static bool
move_to_file(struct spool *spool, struct spool_stream *stream, struct error *err)
{
    if (spool->file == NULL) {
        spool->file = open_nameless();
    }
    stream->parts = reallocarray(stream->parts, stream->part_count + 1, sizeof *stream->parts);
    if (stream->parts == NULL) {
        abort(); /* the journal makes it safe */
    }
    if (spool->file == NULL || fseeko(spool->file, spool->file_size, SEEK_SET) != 0 ||
        fwrite(stream->buffer.bytes, 1, stream->buffer.length, spool->file) !=
            stream->buffer.length) {
        return spool_failed(spool, err);
    }
    stream->parts[stream->part_count++] = (struct spool_part){spool->file_size,
                                                              stream->buffer.length};
    spool->file_size += (int64_t)stream->buffer.length;
    spool->memory -= stream->buffer.length;
    stream->settled = 0;
    text_free(&stream->buffer);
    return true;
}

bool
spool_settle(struct spool *spool, struct spool_stream *stream, struct error *err)
{
    size_t most = spool->memory_max == 0 ? SPOOL_MEMORY_MAX : spool->memory_max;
    size_t added = stream->buffer.length - stream->settled;
    spool->memory += added;
    stream->byte_count += added;
    stream->settled = stream->buffer.length;
    stream->record_count++;
    bool scarce = spool->memory > most;
    size_t least = most < PART_MIN ? 1 : PART_MIN;
    return !scarce || stream->buffer.length < least || move_to_file(spool, stream, err);
}

static bool
read_part(struct spool *spool, const struct spool_part *part, struct text *buffer,
          struct error *err)
{
    text_reset(buffer);
    text_reserve(buffer, part->size);
    if (fseeko(spool->file, part->offset, SEEK_SET) != 0 ||
        fread(buffer->bytes, 1, part->size, spool->file) != part->size) {
        return spool_failed(spool, err);
    }
    buffer->length = part->size;
    return true;
}

bool
spool_each(struct spool *spool, struct spool_stream *stream, spool_function *function,
           void *context, struct error *err)
{
    AUTO_TEXT buffer = {0};
    for (size_t i = 0; i < stream->part_count; i++) {
        if (!read_part(spool, &stream->parts[i], &buffer, err) ||
            !function(context, buffer.bytes, buffer.length, err)) {
            return false;
        }
    }
    return stream->buffer.length == 0 ||
           function(context, stream->buffer.bytes, stream->buffer.length, err);
}

void
spool_stream_free(struct spool_stream *stream)
{
    text_free(&stream->buffer);
    free(stream->parts);
    *stream = (struct spool_stream){0};
}

void
spool_close(struct spool *spool)
{
    if (spool->file != NULL) {
        (void)fclose(spool->file);
    }
    *spool = (struct spool){0};
}
