/* capture.c — the log, read and trimmed; see capture.h. */
#include "capture/capture.h"

#include "capture/internal.h"

#include <inttypes.h>
#include <string.h>

/* The statement is run as well: prepared alone, it may go by a schema that is no more. */
bool
capture_is_installed(struct source *source)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(source->handle,
                           "SELECT (SELECT 1 FROM main._outgrow_meta LIMIT 1), "
                           "(SELECT 1 FROM main._outgrow_log LIMIT 1)",
                           -1, &statement, NULL) != SQLITE_OK) {
        return false;
    }
    int step = sqlite3_step(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

static void
copy_id(char id[CAPTURE_ID_SIZE], sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(id, CAPTURE_ID_SIZE, "%s", text == NULL ? "" : text);
}

static bool
read_state(struct source *source, struct capture_state *state, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    int code = sqlite3_prepare_v2(
        source->handle,
        "SELECT (SELECT v FROM main._outgrow_meta WHERE k = 'install'), "
        "(SELECT v FROM main._outgrow_meta WHERE k = 'nonce'), "
        "(SELECT v FROM main._outgrow_meta WHERE k = 'previous_nonce'), "
        "EXISTS (SELECT 1 FROM main._outgrow_meta WHERE k = 'fence'), "
        "(SELECT min(seq) FROM main._outgrow_log), (SELECT max(seq) FROM main._outgrow_log), "
        "(SELECT v FROM main._outgrow_meta WHERE k = 'log_cap'), "
        "(SELECT v FROM main._outgrow_meta WHERE k = 'log_limit')",
        -1, &statement, NULL);
    code = code == SQLITE_OK ? sqlite3_step(statement) : code;
    if ((sqlite3_errcode(source->handle) & 0xff) == SQLITE_ERROR) {
        return true; /* no such table */
    }
    if (code != SQLITE_ROW) {
        return source_failed(source, err, "read the log of %s", source->path);
    }
    state->installed = true;
    copy_id(state->install_id, statement, 0);
    copy_id(state->nonce, statement, 1);
    copy_id(state->previous_nonce, statement, 2);
    state->fenced = sqlite3_column_int(statement, 3) != 0;
    state->first_seq = sqlite3_column_int64(statement, 4);
    state->last_seq = sqlite3_column_int64(statement, 5);
    state->log_cap = sqlite3_column_int64(statement, 6);
    state->log_limit = sqlite3_column_int64(statement, 7);
    state->full = state->log_limit > 0 && state->last_seq >= state->log_limit;
    return true;
}

static bool
read_version(struct source *source, struct capture_state *state, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(source->handle, "PRAGMA main.schema_version", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "read the schema version of %s", source->path);
    }
    state->schema_version = sqlite3_column_int64(statement, 0);
    return true;
}

/* As many as there were, and none older than a trigger of the application on its table. */
static bool
read_triggers(struct source *source, struct capture_state *state, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(
            source->handle,
            "WITH t(ours, tbl, r) AS ("
            "SELECT name GLOB '_outgrow_[0-9]*', lower(tbl_name), rowid "
            "FROM main.sqlite_schema WHERE type = 'trigger' "
            "AND (name GLOB '_outgrow_[0-9]*' OR name NOT LIKE '\\_outgrow\\_%' ESCAPE '\\')), "
            "g AS (SELECT min(r) FILTER (WHERE ours) AS oldest, "
            "max(r) FILTER (WHERE NOT ours) AS newest FROM t GROUP BY tbl) "
            "SELECT (SELECT count(*) FROM t WHERE ours) = CAST((SELECT v "
            "FROM main._outgrow_meta WHERE k = 'triggers') AS INTEGER) "
            "AND NOT EXISTS (SELECT 1 FROM g WHERE newest > oldest)",
            -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "look for the triggers of %s", source->path);
    }
    state->triggers_intact = sqlite3_column_int(statement, 0) != 0;
    return true;
}

bool
capture_state_read(struct source *source, bool check_triggers, struct capture_state *state,
                   struct error *err)
{
    *state = (struct capture_state){0};
    bool begin = sqlite3_get_autocommit(source->handle) != 0;
    if (begin && sqlite3_exec(source->handle, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        return source_failed(source, err, "read the log of %s", source->path);
    }
    bool read = read_version(source, state, err) && read_state(source, state, err) &&
                (!check_triggers || !state->installed || read_triggers(source, state, err));
    if (begin) {
        sqlite3_exec(source->handle, "ROLLBACK", NULL, NULL, NULL); /* of reading only */
    }
    return read;
}

/* With its storage class, for 1 and '1' are not the same key. */
static void
add_value(struct text *text, sqlite3_stmt *row, int column)
{
    static const char classes[] = "-irtbn"; /* by SQLITE_INTEGER, ... SQLITE_NULL */
    const unsigned char *bytes = NULL;
    int type = sqlite3_column_type(row, column);
    text_printf(text, "|%c", classes[type]);
    if (type == SQLITE_BLOB) {
        bytes = sqlite3_column_blob(row, column);
    } else if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
        text_add(text, (const char *)sqlite3_column_text(row, column));
    } else if (type == SQLITE_TEXT) {
        bytes = sqlite3_column_text(row, column);
    }
    int size = bytes == NULL ? 0 : sqlite3_column_bytes(row, column);
    for (int i = 0; i < size; i++) {
        text_printf(text, "%02x", bytes[i]);
    }
}

bool
capture_fingerprint(struct source *source, int64_t seq, struct arena *arena,
                    const char **fingerprint, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    AUTO_TEXT text = {0};
    if (!writer_prepare(source, "read the log",
                        "SELECT * FROM main._outgrow_log WHERE seq = ?1", &statement, err)) {
        return false;
    }
    sqlite3_bind_int64(statement, 1, seq);
    int step = sqlite3_step(statement);
    if (step != SQLITE_ROW && step != SQLITE_DONE) {
        return source_failed(source, err, "read the log of %s", source->path);
    }
    for (int i = 0; step == SQLITE_ROW && i < sqlite3_column_count(statement); i++) {
        if (i < 2 || sqlite3_column_type(statement, i) != SQLITE_NULL) {
            add_value(&text, statement, i); /* more key columns may have been added since */
        }
    }
    *fingerprint = arena_strdup(arena, text_string(&text));
    return true;
}

/* Where the table is, or would be. */
static size_t
place_of(const struct capture_backlog *backlog, int64_t id)
{
    size_t low = 0;
    size_t high = backlog->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (backlog->tables[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool
capture_backlog_has(const struct capture_backlog *backlog, int64_t id)
{
    size_t place = place_of(backlog, id);
    return place < backlog->count && backlog->tables[place].id == id;
}

/* Counted here: GROUP BY would sort the log while the snapshot is held. */
static void
count_row(struct arena *arena, struct capture_backlog *backlog, int64_t id)
{
    size_t position = place_of(backlog, id);
    if (position < backlog->count && backlog->tables[position].id == id) {
        backlog->tables[position].rows++;
        return;
    }
    *ARENA_APPEND(arena, backlog->tables, backlog->count) = (struct capture_backlog_table){0};
    struct capture_backlog_table *place = backlog->tables + position;
    memmove(place + 1, place, (backlog->count - 1 - position) * sizeof *place);
    *place = (struct capture_backlog_table){.id = id, .rows = 1};
}

bool
capture_backlog_read(struct source *source, int64_t after, int64_t upto, struct arena *arena,
                     struct capture_backlog *backlog, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    *backlog = (struct capture_backlog){0};
    int step = sqlite3_prepare_v2(source->handle,
                                  "SELECT t FROM main._outgrow_log "
                                  "WHERE seq > ?1 AND seq <= ?2",
                                  -1, &statement, NULL);
    if (step == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, after);
        sqlite3_bind_int64(statement, 2, upto);
    }
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW) {
            count_row(arena, backlog, sqlite3_column_int64(statement, 0));
        }
    }
    return step == SQLITE_DONE ||
           source_failed(source, err, "read the log of %s", source->path);
}

/* The last seq that this slice may remove. The newest row always stays. */
static bool
slice_end(struct source *writer, const struct capture_state *state, int64_t applied,
          int64_t *end, bool *more, struct error *err)
{
    *end = 0;
    *more = false;
    if (!state->installed) {
        return error_set(err, ERROR_SOURCE, "%s is not captured", writer->path);
    }
    int64_t last = applied < state->last_seq ? applied : state->last_seq - 1;
    if (state->first_seq == 0 || last < state->first_seq) {
        return true;
    }
    *more = last - state->first_seq >= CAPTURE_SLICE_ROWS;
    *end = *more ? state->first_seq + CAPTURE_SLICE_ROWS - 1 : last;
    return true;
}

/* The schema version and the numbers of a copy that is put back may be those of now; the nonce
 * is not. */
bool
capture_nonce_renew(struct source *writer, const char *known, char nonce_out[CAPTURE_ID_SIZE],
                    struct error *err)
{
    return random_id(nonce_out, err) && meta_set(writer, CAPTURE_META_PREVIOUS, known, err) &&
           meta_set(writer, CAPTURE_META_NONCE, nonce_out, err);
}

static bool
trim_slice(struct source *writer, int64_t applied, bool *more, char nonce[CAPTURE_ID_SIZE],
           struct error *err)
{
    char sql[96];
    int64_t end = 0;
    struct capture_state state;
    if (!capture_state_read(writer, false, &state, err) ||
        !slice_end(writer, &state, applied, &end, more, err)) {
        return false;
    }
    snprintf(sql, sizeof sql, "DELETE FROM main._outgrow_log WHERE seq <= %" PRId64, end);
    return (end == 0 || writer_run(writer, "trim the log", sql, err)) &&
           capture_room_renew(writer, &state, applied, err) &&
           capture_nonce_renew(writer, state.nonce, nonce, err);
}

bool
capture_trim(struct source *writer, int64_t applied, bool *more,
             char nonce_out[CAPTURE_ID_SIZE], struct error *err)
{
    struct writing writing;
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, trim_slice(writer, applied, more, nonce_out, err), err);
}
