/* copy_writer.c — rows into the server, in binary COPY messages. */
#include "postgres/copy_stream.h"
#include "postgres/target_internal.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_KEPT_MAX = 1024 * 1024 }; /* after a giant row, its memory is given back */

/* Signature, flags (none), length of the header's extension (none). */
static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
enum { HEADER_SIZE = 19 };

bool
copy_writer_begin(struct copy_writer *writer, PGconn *conn, const char *sql, struct error *err)
{
    *writer = (struct copy_writer){0};
    if (!target_start_copy(conn, sql, PGRES_COPY_IN, err)) {
        return false;
    }
    /* So that a stop is noticed while the server takes nothing. */
    (void)PQsetnonblocking(conn, 1);
    writer->conn = conn;
    text_add_bytes(&writer->buffer, header, HEADER_SIZE);
    return true;
}

static bool
send_bytes(struct copy_writer *writer, const char *bytes, size_t size, struct error *err)
{
    while (size > 0) {
        size_t part = size < COPY_MESSAGE_MAX ? size : COPY_MESSAGE_MAX;
        if (PQputCopyData(writer->conn, bytes, (int)part) != 1) {
            return target_failed(writer->conn, NULL, err);
        }
        if (!target_flush(writer->conn, err)) {
            return false;
        }
        bytes += part;
        size -= part;
        writer->bytes_sent += part;
    }
    return true;
}

/* Empties the buffer but for its bytes from `sent` on. */
static void
keep_rest(struct copy_writer *writer, size_t sent)
{
    struct text *buffer = &writer->buffer;
    size_t rest = buffer->length - sent;
    if (buffer->capacity > BUFFER_KEPT_MAX) {
        struct text smaller = {0};
        text_add_bytes(&smaller, buffer->bytes + sent, rest);
        text_free(buffer);
        *buffer = smaller;
    } else {
        memmove(buffer->bytes, buffer->bytes + sent, rest);
        buffer->length = rest;
    }
}

bool
copy_writer_flush(struct copy_writer *writer, struct error *err)
{
    struct text *buffer = &writer->buffer;
    size_t sent = buffer->length - buffer->length % COPY_MESSAGE_MAX;
    if (!send_bytes(writer, buffer->bytes, sent, err)) {
        return false;
    }
    keep_rest(writer, sent);
    return true;
}

/* The verdict: the first error among the results, else the count. */
static bool
read_verdict(PGconn *conn, uint64_t *rows, struct error *err)
{
    AUTO_RESULT *result = target_next_result(conn);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        target_failed(conn, result, err);
        target_drain(conn);
        return false;
    }
    *rows = strtoull(PQcmdTuples(result), NULL, 10);
    target_drain(conn);
    return true;
}

bool
copy_writer_end(struct copy_writer *writer, uint64_t *rows, struct error *err)
{
    PGconn *conn = writer->conn;
    text_add_bytes(&writer->buffer, "\377\377", 2);
    if (!send_bytes(writer, writer->buffer.bytes, writer->buffer.length, err)) {
        return false;
    }
    writer->conn = NULL;
    text_free(&writer->buffer);
    (void)PQsetnonblocking(conn, 0);
    if (PQputCopyEnd(conn, NULL) != 1) {
        return target_failed(conn, NULL, err);
    }
    return read_verdict(conn, rows, err);
}

void
copy_writer_close(struct copy_writer *writer)
{
    PGconn *conn = writer->conn;
    if (conn != NULL) {
        target_abandon_copy(conn, PGRES_COPY_IN);
    }
    text_free(&writer->buffer);
    *writer = (struct copy_writer){0};
}
