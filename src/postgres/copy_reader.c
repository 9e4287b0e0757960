/* copy_reader.c — rows out of the server, one at a time, in constant memory. */
#include "base/stop.h"
#include "postgres/copy_parse.h"
#include "postgres/target_internal.h"

bool
copy_reader_begin(struct copy_reader *reader, PGconn *conn, const char *sql, struct error *err)
{
    return copy_reader_begin_several(reader, conn, sql, 1, err);
}

bool
copy_reader_begin_several(struct copy_reader *reader, PGconn *conn, const char *sql,
                          size_t count, struct error *err)
{
    *reader = (struct copy_reader){0};
    if (!target_start_copy(conn, sql, PGRES_COPY_OUT, err)) {
        return false;
    }
    reader->conn = conn;
    reader->following = count - 1;
    return true;
}

bool
copy_reader_follow(struct copy_reader *reader, struct error *err)
{
    AUTO_RESULT *result = target_next_result(reader->conn);
    if (PQresultStatus(result) != PGRES_COPY_OUT) {
        target_failed(reader->conn, result, err);
        target_drain(reader->conn);
        reader->conn = NULL;
        return false;
    }
    reader->following--;
    reader->header_read = false;
    return true;
}

static void
forget_message(struct copy_reader *reader)
{
    PQfreemem(reader->message);
    reader->message = NULL;
    reader->cursor = NULL;
    reader->end = NULL;
}

/* The data is over: whether it ended well. The connection is idle afterwards, unless another
 * COPY follows. */
static enum copy_read
read_verdict(struct copy_reader *reader, struct error *err)
{
    PGconn *conn = reader->conn;
    AUTO_RESULT *result = target_next_result(conn);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (ok && reader->following > 0) {
        return COPY_END;
    }
    reader->conn = NULL;
    if (!ok) {
        target_failed(conn, result, err);
        target_drain(conn);
        return COPY_FAILED;
    }
    target_drain(conn);
    return COPY_END;
}

/* Gets the next message; COPY_ROW when there is one to parse. */
static enum copy_read
next_message(struct copy_reader *reader, struct error *err)
{
    forget_message(reader);
    int size;
    while ((size = PQgetCopyData(reader->conn, &reader->message, 1)) == 0) {
        if (!target_wait_readable(reader->conn) && !stop_check(err)) {
            return COPY_FAILED;
        }
        if (!PQconsumeInput(reader->conn)) {
            target_failed(reader->conn, NULL, err);
            return COPY_FAILED;
        }
    }
    if (size < 0) {
        return read_verdict(reader, err);
    }
    reader->cursor = (const uint8_t *)reader->message;
    reader->end = reader->cursor + size;
    return COPY_ROW;
}

enum copy_read
copy_reader_next(struct copy_reader *reader, struct copy_field *fields, size_t field_count,
                 struct error *err)
{
    for (;;) {
        switch (copy_parse_row(reader, fields, field_count, err)) {
        case PARSE_ROW: return COPY_ROW;
        case PARSE_BROKEN: return COPY_FAILED;
        case PARSE_TRAILER: reader->cursor = reader->end; break;
        case PARSE_NEEDS_MESSAGE: break;
        }
        enum copy_read got = next_message(reader, err);
        if (got != COPY_ROW) {
            return got;
        }
    }
}

void
copy_reader_close(struct copy_reader *reader)
{
    PGconn *conn = reader->conn;
    forget_message(reader);
    if (conn != NULL) {
        target_abandon_copy(conn, PGRES_COPY_OUT);
    }
    *reader = (struct copy_reader){0};
}
