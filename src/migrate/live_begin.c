/* live_begin.c — see live_begin.h. */
#include "migrate/live_begin.h"

#include "capture/fence.h"
#include "capture/row_copy.h"
#include "migrate/live_source.h"
#include "page/result.h"
#include "sqlite/backup.h"
#include "sqlite/writer.h"
#include "sync/back.h"

#include <inttypes.h>
#include <sys/stat.h>

enum { INSTALL_BUSY_MS = 10000 };

static const char left_out[] = "the plan file leaves it out";

/* The first that is refused is the error; the rest is said. */
static bool
assess(struct live_begin *begin, struct error *err)
{
    struct capture_finding *findings = NULL;
    size_t count = 0;
    if (!capture_assess(begin->source_path, &begin->original.catalog, begin->arena, &findings,
                        &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (findings[i].kind == CAPTURE_REFUSED) {
            error_set(err, ERROR_SOURCE, "%s cannot be moved while it is written to: %s",
                      begin->source_path, findings[i].what);
            return error_hint(err, "%s", findings[i].hint);
        }
    }
    for (size_t i = 0; i < count; i++) {
        note(begin->output, "note: %s%s%s", findings[i].what,
             findings[i].hint[0] == '\0' ? "" : "; ", findings[i].hint);
    }
    return true;
}

static void
note_whole_tables(const struct live_begin *begin)
{
    const struct survey *survey = &begin->original;
    for (size_t i = 0; i < survey->catalog.table_count; i++) {
        if (survey->captured[i].refusal != NULL && survey->captured[i].refusal != left_out) {
            note(begin->output, "note: table \"%s\" is read as a whole in each round: %s",
                 survey->catalog.tables[i].name.text, survey->captured[i].refusal);
        }
    }
}

/* Nobody asks what changes in tables that do not come over: no triggers for them. */
static void
refuse_left_out(const struct live_begin *begin)
{
    const struct survey *survey = &begin->original;
    for (size_t i = 0; begin->settings->plan_file != NULL && i < survey->catalog.table_count;
         i++) {
        const struct plan_file_table *said = rules_table(&survey->rules, i);
        if (said != NULL && said->skip && survey->captured[i].refusal == NULL) {
            survey->captured[i].refusal = left_out;
        }
    }
}

static bool
look_at_file(struct live_begin *begin, struct error *err)
{
    struct stat status;
    if (stat(begin->source_path, &status) != 0) {
        return error_set(err, ERROR_SYSTEM, "look at \"%s\"", begin->source_path);
    }
    begin->device = (int64_t)status.st_dev;
    begin->inode = (int64_t)status.st_ino;
    return true;
}

bool
live_begin_refuse_fenced(struct source *source, struct error *err)
{
    bool stands = false;
    if (!fence_stands(source, &stands, err)) {
        return false;
    }
    if (!stands) {
        return true;
    }
    error_set(err, ERROR_NOT_NOW,
              "%s was switched to PostgreSQL and is fenced: its rows are there now",
              source->path);
    return error_hint(err,
                      "outgrow return, with the target that it was switched to; where that "
                      "is gone, drop the triggers named _outgrow_fence_*");
}

bool
live_begin_install(struct live_begin *begin, PGconn *conn, struct error *err)
{
    AUTO_SOURCE writer = {0};
    struct survey *survey = &begin->original;
    struct capture_state before;
    struct capture_owner owner = {.words = target_describe(begin->arena, conn)};
    char id[CAPTURE_ID_SIZE];
    if (!look_at_file(begin, err) || !journal_identity(conn, begin->arena, &owner.id, err) ||
        !survey_open(survey, begin->source_path, begin->settings, begin->arena, err) ||
        !assess(begin, err)) {
        return false;
    }
    refuse_left_out(begin);
    if (!source_open_writable(&writer, begin->source_path, INSTALL_BUSY_MS, err) ||
        !live_begin_refuse_fenced(&writer, err)) {
        return false;
    }
    if (!capture_state_read(&writer, false, &before, err)) {
        return error_wrap(err, "note changes of the source");
    }
    begin->began = true;
    begin->was_there = before.installed;
    begin->max_log_rows = owner.log_rows = live_begin_log_rows(begin, &before);
    if (!capture_install(&writer, &survey->catalog, survey->captured, &owner, id, err)) {
        return err->kind == ERROR_NOT_NOW ? false
                                          : error_wrap(err, "note changes of the source");
    }
    if (!live_begin_make_room(begin, &writer, &before, conn, err)) {
        return error_wrap(err, "note changes of the source");
    }
    note_whole_tables(begin);
    return true;
}

static bool
schema_version(struct source *source, int64_t *version, struct error *err)
{
    struct capture_state state;
    if (!capture_state_read(source, false, &state, err)) {
        return false;
    }
    *version = state.schema_version;
    return true;
}

static bool
copy_source(struct live_begin *begin, struct source *source, const char *path,
            struct error *err)
{
    struct progress *progress = begin->output->progress;
    int how = begin->settings->copy_how;
    bool wal = false;
    if (!source_is_wal(source, &wal, err)) {
        return false;
    }
    if (how == COPY_SNAPSHOT || (how == COPY_AUTO && wal)) {
        return source_backup(source, path, progress, err);
    }
    int64_t position = 0;
    const struct captured_source from = {source, &begin->original.catalog,
                                         begin->original.captured};
    return source_row_copy(&from, path, progress, &position, err);
}

bool
live_begin_copy(struct live_begin *begin, const char *path, struct error *err)
{
    AUTO_SOURCE source = {0};
    int64_t before = 0;
    int64_t after = 0;
    if (!source_open_writable(&source, begin->source_path, INSTALL_BUSY_MS, err) ||
        !schema_version(&source, &before, err) || !copy_source(begin, &source, path, err) ||
        !schema_version(&source, &after, err)) {
        return false;
    }
    /* A copy has a version of its own. Not known: the first round takes what VACUUM may have moved
     * for moved. */
    begin->schema_version = before == after ? before : 0;
    return true;
}

static bool
add(struct live_begin *begin, PGconn *conn, const struct run *run, struct error *err)
{
    AUTO_SOURCE copy = {0};
    struct capture_state state;
    const char *fingerprint = NULL;
    if (!source_open(&copy, run->snapshot_path, err) ||
        !capture_state_read(&copy, false, &state, err) ||
        !capture_fingerprint(&copy, state.last_seq, begin->arena, &fingerprint, err)) {
        return false;
    }
    struct live live = {
        .run_id = run->id,
        .source_path = begin->source_path,
        .install_id = state.install_id,
        .state = LIVE_LOADING,
        .seq = state.last_seq,
        .fingerprint = fingerprint,
        .nonce = state.nonce,
        .schema_version = begin->schema_version,
        .device = begin->device,
        .inode = begin->inode,
        .rate_rows = begin->settings->max_rate_rows == RATE_AS_IT_IS
                         ? 0
                         : begin->settings->max_rate_rows,
        .max_log_rows = begin->max_log_rows,
        .settings = run->settings,
    };
    return live_add(conn, &live, err);
}

/* What is off of the same tables stays off: put back and taken off again, it would be what rows
 * that break it have made of it. */
static bool
hand_over_detached(const struct live_begin *begin, PGconn *conn, int64_t from, int64_t to,
                   struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "UPDATE outgrow.detached SET run_id = %" PRId64 " WHERE run_id = %" PRId64
                " AND state = 'detached'",
                to, from);
    return !begin->settings->into_existing || target_execute(conn, text_string(&sql), err);
}

bool
live_begin_record(struct live_begin *begin, PGconn *conn, const struct run *run,
                  struct error *err)
{
    struct live live;
    bool found = false;
    if (!live_load(conn, begin->arena, begin->source_path, &live, &found, err)) {
        return false;
    }
    if (found && live.run_id == run->id) {
        return true;
    }
    return (!found || (hand_over_detached(begin, conn, live.run_id, run->id, err) &&
                       live_forget(conn, live.id, err))) &&
           add(begin, conn, run, err);
}

bool
live_begin_fence(const struct live_begin *begin, const char *conninfo, struct error *err)
{
    AUTO_LIVE_SOURCE source = {0};
    AUTO_TRANSACTION transaction = {0};
    if (!live_source_open(&source, conninfo, begin->source_path, INSTALL_BUSY_MS, err)) {
        return false;
    }
    struct sync_link *link = &source.link;
    const char *words = arena_printf(begin->arena,
                                     "outgrow copies %s into this table, and that file is the "
                                     "primary: writes go there until outgrow cutover",
                                     begin->source_path);
    return target_begin(&transaction, link->conn, err) && sync_link_lock(link, err) &&
           (link->live.state != LIVE_LOADING || target_fence_raise(link, words, err)) &&
           target_commit(&transaction, err);
}

void
live_begin_undo(struct live_begin *begin)
{
    AUTO_SOURCE writer = {0};
    struct error also;
    if (!begin->began || begin->was_there) {
        return;
    }
    if (!source_open_writable(&writer, begin->source_path, INSTALL_BUSY_MS, &also) ||
        !capture_remove(&writer, &also)) {
        note(begin->output, "the source still notes its changes: %s", also.message);
    }
}

void
live_begin_close(struct live_begin *begin)
{
    survey_close(&begin->original);
}
