/* sqlite_run.c — one statement of a model's in SQLite, row by row within bounds. */
#include "agent/sqlite_session.h"
#include "agent/value_json.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

enum { TYPE_INTEGER = 20, TYPE_TEXT = 25 }; /* value_json's, which are PostgreSQL's */

static json_t *
blob_json(const unsigned char *bytes, size_t length, bool *clipped)
{
    AUTO_TEXT hex = {0};
    *clipped = length > VALUE_JSON_BYTES_MAX / 2;
    length = *clipped ? VALUE_JSON_BYTES_MAX / 2 : length;
    text_add(&hex, "\\x");
    for (size_t i = 0; i < length; i++) {
        text_printf(&hex, "%02x", bytes[i]);
    }
    return json_string(hex.bytes);
}

static json_t *
value_of(sqlite3_stmt *statement, int column, struct database_answer *answer)
{
    int type = sqlite3_column_type(statement, column);
    if (type == SQLITE_NULL) {
        return json_null();
    }
    if (type == SQLITE_FLOAT && isfinite(sqlite3_column_double(statement, column))) {
        answer->bytes += 8;
        return json_real(sqlite3_column_double(statement, column));
    }
    if (type == SQLITE_BLOB) {
        bool clipped;
        size_t length = (size_t)sqlite3_column_bytes(statement, column);
        json_t *json = blob_json(sqlite3_column_blob(statement, column), length, &clipped);
        answer->values_clipped += clipped;
        answer->bytes += (int64_t)json_string_length(json);
        return json;
    }
    struct value_json value = {.bytes = (const char *)sqlite3_column_text(statement, column),
                               .length = (size_t)sqlite3_column_bytes(statement, column),
                               .type = type == SQLITE_INTEGER ? TYPE_INTEGER : TYPE_TEXT};
    json_t *json = value_json_make(&value);
    answer->values_clipped += value.clipped;
    answer->bytes += (int64_t)value.length;
    return json;
}

/* The declared type, as SQLite's values have each their own. */
static json_t *
columns_of(sqlite3_stmt *statement)
{
    json_t *columns = json_array();
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *declared = sqlite3_column_decltype(statement, i);
        json_array_append_new(
            columns,
            json_pack("{s:o, s:o}", "name", value_json_text(sqlite3_column_name(statement, i)),
                      "type", value_json_text(declared == NULL ? "" : declared)));
    }
    return columns;
}

/* False: it no longer fits. */
static bool
add_row(sqlite3_stmt *statement, const struct database_bounds *bounds,
        struct database_answer *answer)
{
    if (answer->row_count >= bounds->max_rows || answer->bytes > bounds->max_bytes) {
        answer->truncated = true;
        return false;
    }
    json_t *row = json_array();
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        json_array_append_new(row, value_of(statement, i, answer));
    }
    json_array_append_new(answer->rows, row);
    answer->row_count++;
    return true;
}

static void
tell_failure(struct sqlite_session *session, struct arena *arena,
             struct database_answer *answer)
{
    bool interrupted = (sqlite3_errcode(session->source.handle) & 0xff) == SQLITE_INTERRUPT;
    answer->cancelled = cancellation_fired(session->cancellation);
    snprintf(answer->failure.sqlstate, sizeof answer->failure.sqlstate, "%s",
             interrupted ? "57014" : "HY000");
    answer->failure.message = interrupted && session->timed_out
                                  ? "the statement took longer than timeout_ms"
                                  : arena_strdup(arena, sqlite3_errmsg(session->source.handle));
}

void
sqlite_session_run(struct sqlite_session *session, struct arena *arena, sqlite3_stmt *statement,
                   const struct database_bounds *bounds, struct database_answer *answer)
{
    *answer = (struct database_answer){.columns = NULL};
    if (sqlite3_column_count(statement) > 0) {
        answer->columns = columns_of(statement);
        answer->rows = json_array();
    }
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!answer->truncated && !add_row(statement, bounds, answer) && !bounds->to_the_end) {
            return;
        }
    }
    if (code != SQLITE_DONE) {
        tell_failure(session, arena, answer);
    }
}
