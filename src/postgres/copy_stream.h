/* copy_stream.h — COPY in binary, both ways. */
#ifndef POSTGRES_COPY_STREAM_H
#define POSTGRES_COPY_STREAM_H

#include "postgres/target.h"

/* Into the server. Messages of 64 KB, wherever rows end: larger ones do not fit a
 * default socket buffer, and client and server then take turns instead of overlapping
 * (measured 1.5x). */
struct copy_writer {
    PGconn *conn;        /* borrowed; in COPY state while open */
    struct text buffer;  /* rows not sent yet; the caller appends whole rows here */
    uint64_t bytes_sent; /* since the begin, with header and trailer; stays behind the end */
};

/* Starts "COPY ... FROM STDIN (FORMAT binary)"; `sql` is the whole statement. Commands may
 * stand in front of it: "BEGIN; COPY ..." costs one wait. May be inside a transaction. */
MUST_USE bool copy_writer_begin(struct copy_writer *writer, PGconn *conn, const char *sql,
                                struct error *err);

/* A full message with its type and length is eight of the blocks that libpq sends: what is left
 * of one goes in another call. */
enum { COPY_MESSAGE_MAX = 8 * 8192 - 5 };

/* Sends the whole messages that the buffer holds. */
MUST_USE bool copy_writer_flush(struct copy_writer *writer, struct error *err);

/* To be called after each whole row was appended to writer->buffer; sends when
 * there is a message's worth. */
MUST_USE static inline bool
copy_writer_flush_if_full(struct copy_writer *writer, struct error *err)
{
    return writer->buffer.length < COPY_MESSAGE_MAX || copy_writer_flush(writer, err);
}

/* Sends the rest and the trailer, waits for the server's verdict. `rows`: what the
 * server counted. A data error of the server is reported here. */
MUST_USE bool copy_writer_end(struct copy_writer *writer, uint64_t *rows, struct error *err);

/* Gives up an open COPY (the transaction is then aborted) and frees the buffer.
 * Fine on the zero value and after the end. */
void copy_writer_close(struct copy_writer *writer);
#define AUTO_COPY_WRITER __attribute__((cleanup(copy_writer_close))) struct copy_writer

/* Starts a row in the buffer: its field count. */
static inline void
copy_row_begin(struct text *buffer, size_t field_count)
{
    if (buffer->capacity - buffer->length < 3) {
        text_reserve(buffer, 2);
    }
    char *out = buffer->bytes + buffer->length;
    out[0] = (char)(field_count >> 8);
    out[1] = (char)(field_count & 0xff);
    out[2] = '\0';
    buffer->length += 2;
}

/* Out of the server: "COPY (SELECT ...) TO STDOUT (FORMAT binary)". */
struct copy_reader {
    PGconn *conn;  /* borrowed; in COPY state while open */
    char *message; /* the current CopyData, freed with the next */
    const uint8_t *cursor;
    const uint8_t *end;
    bool header_read;
    size_t following; /* COPYs of the same string that are still to come */
};

struct copy_field {
    const uint8_t *bytes; /* NULL: SQL NULL */
    int32_t size;         /* -1: SQL NULL */
};

/* Bytes of a row on the wire, about. */
static inline uint64_t
copy_fields_size(const struct copy_field *fields, size_t count)
{
    uint64_t size = 2;
    for (size_t i = 0; i < count; i++) {
        size += 4 + (fields[i].size > 0 ? (uint64_t)fields[i].size : 0);
    }
    return size;
}

enum copy_read { COPY_ROW, COPY_END, COPY_FAILED };

MUST_USE bool copy_reader_begin(struct copy_reader *reader, PGconn *conn, const char *sql,
                                struct error *err);

/* The same for a string of `count` COPYs, for which the server is asked once: each ends with
 * COPY_END, and copy_reader_follow turns to the next one. */
MUST_USE bool copy_reader_begin_several(struct copy_reader *reader, PGconn *conn,
                                        const char *sql, size_t count, struct error *err);
MUST_USE bool copy_reader_follow(struct copy_reader *reader, struct error *err);

/* The next row's fields; valid until the next call. field_count must match. */
MUST_USE enum copy_read copy_reader_next(struct copy_reader *reader, struct copy_field *fields,
                                         size_t field_count, struct error *err);

/* Ends it early when needed (cancels the query). Fine on the zero value. */
void copy_reader_close(struct copy_reader *reader);
#define AUTO_COPY_READER __attribute__((cleanup(copy_reader_close))) struct copy_reader

#endif
