/* rehearsal.c — see rehearsal.h. */
#include "cutover/rehearsal.h"

#include "cutover/cutover_internal.h"
#include "postgres/live_proof.h"
#include "sqlite/backup.h"
#include "sqlite/check.h"
#include "sqlite/writer.h"
#include "sync/own.h"

#include <inttypes.h>

enum { EXAMPLES = 3, LIMITS_SHOWN = 20, ATTEMPTS = 5 };

/* Rows that refer to nothing, counted on the side; -1: the schema does not let SQLite look. */
struct rehearsed {
    struct back_rehearsal back;
    int64_t orphans;
};

/* A key that refers to what is no key fails the pragma, and is none of ours to mend. */
static int64_t
count_orphans(struct source *source)
{
    AUTO_STATEMENT *statement = NULL;
    int64_t count = 0;
    int step = SQLITE_ERROR;
    if (sqlite3_prepare_v2(source->handle, "PRAGMA main.foreign_key_check", -1, &statement,
                           NULL) == SQLITE_OK) {
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
            count++;
        }
    }
    return step == SQLITE_DONE ? count : -1;
}

static bool
rehearse(struct cutover *cutover, struct sync_link *link, struct rehearsed *rehearsed,
         struct error *err)
{
    rehearsed->orphans = count_orphans(&link->reader);
    return back_rehearse(link, cutover->arena, EXAMPLES, &rehearsed->back, err);
}

struct copying {
    struct cutover *cutover;
    const char *path;
};

static bool
copy_source(void *context, struct error *err)
{
    struct copying *copying = context;
    return source_backup(&copying->cutover->link->reader, copying->path,
                         copying->cutover->settings->progress, err);
}

static bool
rehearse_copy(struct copying *copying, struct rehearsed *rehearsed, struct error *err)
{
    AUTO_TRANSACTION moment = {0};
    AUTO_SOURCE copy = {0};
    struct cutover *cutover = copying->cutover;
    bool *moved = &rehearsed->back.moved;
    if (!back_moment_take(cutover->link, copy_source, copying, &moment, moved, err)) {
        return false;
    }
    if (*moved) {
        return true;
    }
    struct sync_link link = *cutover->link;
    if (!source_open_writable(&copy, copying->path, 0, err)) { /* it gets temporary tables */
        return false;
    }
    link.reader = copy;
    return rehearse(cutover, &link, rehearsed, err);
}

/* Without a WAL a reader keeps writers waiting: a copy is read instead. */
static bool
rehearse_on_copy(struct cutover *cutover, struct rehearsed *rehearsed, struct error *err)
{
    AUTO_OWN_DIRECTORY directory = {0};
    if (!sync_link_directory(cutover->link, &directory, err)) {
        return false;
    }
    struct copying copying = {
        .cutover = cutover,
        .path = arena_printf(cutover->arena, "%s/copy", directory.path),
    };
    return rehearse_copy(&copying, rehearsed, err);
}

/* After a VACUUM only a round knows which rows are which. */
static bool
rehearse_patiently(struct cutover *cutover, struct rehearsed *rehearsed, struct error *err)
{
    bool wal = false;
    if (!source_is_wal(&cutover->link->reader, &wal, err)) {
        return false;
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!(wal ? rehearse(cutover, cutover->link, rehearsed, err)
                  : rehearse_on_copy(cutover, rehearsed, err))) {
            return false;
        }
        if (!rehearsed->back.moved) {
            return true;
        }
        if (!catch_up_forward(cutover, err)) {
            return false;
        }
    }
    error_set(err, ERROR_NOT_NOW, "VACUUM moves the source's rows again and again");
    return error_hint(err, "try again when it is over");
}

bool
say_own_columns(struct cutover *cutover, struct error *err)
{
    const char *const *names = NULL;
    size_t count = 0;
    if (!sync_own_columns(cutover->link, cutover->arena, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count && i < LIMITS_SHOWN; i++) {
        say(cutover, "%s is only in PostgreSQL: a return leaves it there, with what it holds",
            names[i]);
    }
    if (count > LIMITS_SHOWN) {
        say(cutover, "%zu more columns are only in PostgreSQL", count - LIMITS_SHOWN);
    }
    return true;
}

static void
say_limits(struct cutover *cutover)
{
    const char *const *lines = NULL;
    size_t count = 0;
    back_limits(cutover->link, cutover->arena, &lines, &count);
    for (size_t i = 0; i < count && i < LIMITS_SHOWN; i++) {
        say(cutover, "no way back for this: %s", lines[i]);
    }
    if (count > LIMITS_SHOWN) {
        say(cutover, "no way back for this: %zu more of the kind", count - LIMITS_SHOWN);
    }
}

bool
rehearsal_hold(struct cutover *cutover, uint64_t *inexact, struct error *err)
{
    struct sync_link *link = cutover->link;
    struct rehearsed rehearsed = {0};
    struct live_proof proof;
    *inexact = 0;
    say_limits(cutover);
    if (!say_own_columns(cutover, err) ||
        !live_proof_load(link->conn, link->live.id, &proof, err)) {
        return false;
    }
    if (proof.rehearsed_age_us >= 0 &&
        proof.rehearsed_age_us < cutover->settings->rehearsed_within_us) {
        say(cutover, "the way back was rehearsed %" PRId64 " s ago (--rehearsed-within)",
            proof.rehearsed_age_us / 1000000);
        return true;
    }
    if (!rehearse_patiently(cutover, &rehearsed, err)) {
        return error_wrap(err, "rehearse the way back");
    }
    for (size_t i = 0; i < rehearsed.back.example_count; i++) {
        say(cutover, "%s", rehearsed.back.examples[i]);
    }
    *inexact = rehearsed.back.cells_inexact;
    return *inexact > 0 ||
           live_note_rehearsed(link->conn, link->live.id, rehearsed.orphans, err);
}

static void
say_orphans(struct cutover *cutover, int64_t before)
{
    int64_t now = count_orphans(&cutover->link->reader);
    if (now > before && before >= 0) {
        say(cutover,
            "careful: rows of the file that refer to nothing: %" PRId64
            ", before the switch: %" PRId64 " (PRAGMA foreign_key_check lists them)",
            now, before);
    }
}

bool
rehearsal_check_source(struct cutover *cutover, const char **damage, struct error *err)
{
    struct sync_link *link = cutover->link;
    struct check_report report = {0};
    struct live_proof proof;
    const struct check_request request = {&link->reader, link->catalog, CHECK_QUICK,
                                          cutover->settings->progress};
    *damage = NULL;
    if (!source_check(&request, cutover->arena, &report, err) ||
        !live_proof_load(link->conn, link->live.id, &proof, err)) {
        return error_wrap(err, "look at the file");
    }
    for (size_t i = 0; i < report.finding_count && *damage == NULL; i++) {
        if (report.findings[i].damage) {
            *damage = report.findings[i].message;
        }
    }
    say_orphans(cutover, proof.orphans);
    return true;
}
