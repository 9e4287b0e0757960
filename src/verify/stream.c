/* stream.c — see stream.h. */
#include "verify/stream.h"

#include <stdlib.h>

enum { SHARE_ATTEMPTS = 20 };

void
stream_prepare(struct stream *stream, const struct verify_job *job, size_t count)
{
    size_t entries_max = STREAM_ENTRIES_TOTAL;
    while (entries_max > STREAM_ENTRIES_TOTAL / count) {
        entries_max /= 2;
    }
    stream->source_tally.entries_max = entries_max;
    stream->target_tally.entries_max = entries_max;
    stream->source_maker.settings = (struct canonical_settings){.utf16 = stream->source.utf16,
                                                                .bad_text = job->bad_text};
}

bool
stream_open(struct stream *stream, const struct verify_job *job, size_t count,
            const char *snapshot, struct error *err)
{
    if (!source_open(&stream->source, job->source_path, err) ||
        !target_connect(job->conninfo, &stream->conn, err) ||
        !stream_begin(stream, snapshot, err)) {
        return false;
    }
    stream_prepare(stream, job, count);
    return true;
}

void
stream_release(struct stream *stream)
{
    row_maker_free(&stream->source_maker);
    row_maker_free(&stream->target_maker);
    tally_free(&stream->source_tally);
    tally_free(&stream->target_tally);
}

void
stream_close(struct stream *stream)
{
    stream_release(stream);
    source_close(&stream->source);
    target_connection_close(&stream->conn);
}

static const char begin_sql[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

bool
stream_begin(struct stream *stream, const char *snapshot, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, begin_sql);
    if (snapshot != NULL) {
        text_add(&sql, "; SET TRANSACTION SNAPSHOT ");
        target_quote_literal(&sql, snapshot);
    }
    return target_execute(stream->conn, text_string(&sql), err);
}

bool
stream_export(PGconn *conn, struct arena *arena, const char **snapshot, struct error *err)
{
    AUTO_RESULT *result = NULL;
    struct error refused;
    *snapshot = NULL;
    if (!target_execute(conn, begin_sql, err)) {
        return false;
    }
    if (target_query(conn, "SELECT pg_catalog.pg_export_snapshot()", NULL, 0, &result,
                     &refused)) {
        *snapshot = arena_strdup(arena, PQgetvalue(result, 0, 0));
        return true;
    }
    if (refused.kind != ERROR_TARGET || PQstatus(conn) != CONNECTION_OK) {
        *err = refused;
        return false;
    }
    return target_execute(conn, "ROLLBACK", err);
}

/* Changes on this connection whenever another one has committed. Also takes the read
 * lock, inside a transaction. */
static bool
read_version(struct stream *stream, int64_t *version, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(stream->source.handle, "PRAGMA data_version", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(&stream->source, err, "begin to read");
    }
    *version = sqlite3_column_int64(statement, 0);
    return true;
}

static bool
begin_source(struct stream *stream, int64_t *version, struct error *err)
{
    if (sqlite3_exec(stream->source.handle, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        return source_failed(&stream->source, err, "begin to read");
    }
    return read_version(stream, version, err);
}

/* The first stream looks before and after all others have begun: nothing was
 * committed in between, or this was in vain. */
static bool
try_to_share(struct stream *streams, size_t count, bool *same, struct error *err)
{
    int64_t before = 0;
    int64_t after = 0;
    int64_t other = 0;
    if (!read_version(&streams[0], &before, err)) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        if (!begin_source(&streams[i], &other, err)) {
            return false;
        }
    }
    if (!begin_source(&streams[0], &after, err)) {
        return false;
    }
    *same = before == after;
    return true;
}

bool
streams_begin_source(struct stream *streams, size_t count, size_t *shared, struct error *err)
{
    /* A private copy that each source has made is not of one moment. */
    count = streams[0].source.recovered ? 1 : count;
    *shared = count;
    for (int attempt = 0; attempt < SHARE_ATTEMPTS; attempt++) {
        bool same = false;
        bool ok = try_to_share(streams, count, &same, err);
        if (ok && (same || count == 1)) {
            return true;
        }
        streams_end_source(streams, count);
        if (!ok) {
            return false;
        }
    }
    int64_t version;
    *shared = 1;
    return begin_source(&streams[0], &version, err);
}

void
streams_end_source(struct stream *streams, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sqlite3_get_autocommit(streams[i].source.handle) == 0) {
            sqlite3_exec(streams[i].source.handle, "ROLLBACK", NULL, NULL, NULL);
        }
    }
}
