/* backup.c — copies a source in blocks, or page by page; see backup.h. */
#include "sqlite/backup.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/stop.h"
#include "sqlite/backup_blocks.h"
#include "sqlite/copy_file.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SLICE_PAGES = 4096, RESTARTS_MAX = 3, LOCKED_MAX_MS = 30000, LOCKED_STEP_MS = 50 };

struct backup {
    struct source *source;
    const char *partial;
    sqlite3 *copy;
    sqlite3_backup *job;
    struct progress_item item;
    uint64_t pages_done;
    int restarts;
    bool hold;    /* copy inside one read transaction: writers cannot make it start again */
    bool reading; /* that transaction is open */
};

static void
backup_close(struct backup *backup)
{
    sqlite3_backup_finish(backup->job);
    sqlite3_close(backup->copy);
    if (backup->reading) {
        sqlite3_exec(backup->source->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    backup->job = NULL;
    backup->copy = NULL;
    backup->reading = false;
}
#define AUTO_BACKUP __attribute__((cleanup(backup_close))) struct backup

static bool
source_number(struct source *source, const char *sql, int64_t *number, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(source->handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "back up %s", source->path);
    }
    *number = sqlite3_column_int64(statement, 0);
    return true;
}

static bool
no_space(struct error *err, const char *directory, uint64_t needed, uint64_t available)
{
    errno = ENOSPC;
    error_set(err, ERROR_SYSTEM,
              "a backup of the source takes %llu MB in %s, where %llu MB are free",
              (unsigned long long)(needed >> 20) + 1, directory,
              (unsigned long long)(available >> 20));
    return error_hint(err, "make room there");
}

static bool
check_space(struct backup *backup, const char *directory, struct error *err)
{
    int64_t pages = 0;
    int64_t page_size = 0;
    unsigned long long available = 0;
    if (!source_number(backup->source, "PRAGMA page_count", &pages, err) ||
        !source_number(backup->source, "PRAGMA page_size", &page_size, err) ||
        !path_free_bytes(directory, &available, err)) {
        return false;
    }
    backup->item.units_total = (uint64_t)pages;
    uint64_t needed = (uint64_t)pages * (uint64_t)page_size;
    return needed <= available || no_space(err, directory, needed, available);
}

/* No journal and no syncs while copying: until it is renamed, the file is
 * nothing, and it is synced as a whole before. */
static bool
start_pages(struct backup *backup, struct error *err)
{
    int code = sqlite3_open_v2(backup->partial, &backup->copy,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(backup->copy, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF",
                            NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        backup->job = sqlite3_backup_init(backup->copy, "main", backup->source->handle, "main");
    }
    if (backup->job == NULL) {
        errno = 0;
        return error_set(err, ERROR_SYSTEM, "create %s: %s", backup->partial,
                         sqlite3_errmsg(backup->copy));
    }
    return true;
}

/* Keeps one moment of the source for the whole copy. Costs a WAL's writers
 * nothing; in rollback mode, they have to wait. */
static int
begin_reading(struct backup *backup)
{
    sqlite3 *handle = backup->source->handle;
    int code = sqlite3_exec(handle, "BEGIN; SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
    backup->reading = code == SQLITE_OK;
    if (!backup->reading) {
        sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    }
    return code;
}

static bool
is_wal(const struct backup *backup)
{
    AUTO_STATEMENT *statement = NULL;
    return sqlite3_prepare_v2(backup->source->handle, "PRAGMA journal_mode", -1, &statement,
                              NULL) == SQLITE_OK &&
           sqlite3_step(statement) == SQLITE_ROW &&
           sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
}

/* A writer from outside makes SQLite start again from the first page: then
 * less is done than one slice more than before. */
static void
count_pages(struct backup *backup, bool finished)
{
    int total = sqlite3_backup_pagecount(backup->job);
    uint64_t done = (uint64_t)(total - sqlite3_backup_remaining(backup->job));
    backup->restarts += !finished && done < backup->pages_done + SLICE_PAGES;
    backup->pages_done = done;
    backup->hold |= backup->restarts >= RESTARTS_MAX;
    atomic_store_explicit(&backup->item.units_done, done, memory_order_relaxed);
}

static int
copy_slice(struct backup *backup)
{
    /* A transaction of the caller's own holds as well as one of ours. */
    bool begin = backup->hold && sqlite3_get_autocommit(backup->source->handle) != 0;
    int code = begin ? begin_reading(backup) : SQLITE_OK;
    if (code != SQLITE_OK) {
        return code;
    }
    code = sqlite3_backup_step(backup->job, SLICE_PAGES);
    if (code == SQLITE_OK || code == SQLITE_DONE) {
        count_pages(backup, code == SQLITE_DONE);
    }
    return code;
}

/* Only the copy is written, so whatever fails to write is about it. */
static bool
is_write_failure(int code)
{
    return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_WRITE ||
           code == SQLITE_IOERR_TRUNCATE || code == SQLITE_IOERR_FSYNC;
}

static bool
step_failed(struct backup *backup, int code, struct error *err)
{
    unsigned long long total = backup->item.units_total;
    if (is_write_failure(code)) {
        errno = (code & 0xff) == SQLITE_FULL ? ENOSPC : EIO;
        error_set(err, ERROR_SYSTEM, "write %s, a backup of %llu pages", backup->partial,
                  total);
        return error_hint(err, "make room there");
    }
    error_set(err, ERROR_SOURCE, "back up %s, behind page %llu of %llu: %s",
              backup->source->path, (unsigned long long)backup->pages_done, total,
              sqlite3_errstr(code));
    return error_hint(err, (code & 0xff) == SQLITE_BUSY
                               ? "another program holds the lock: wait, or stop it"
                               : "check the disk the source is on");
}

static bool
copy_pages(struct backup *backup, struct error *err)
{
    int64_t locked_since_ms = -1;
    int code = SQLITE_OK;
    while (code != SQLITE_DONE) {
        if (!stop_check(err)) {
            return false;
        }
        code = copy_slice(backup);
        int primary = code & 0xff;
        if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
            int64_t now_ms = clock_monotonic_ms();
            locked_since_ms = locked_since_ms < 0 ? now_ms : locked_since_ms;
            if (now_ms - locked_since_ms > LOCKED_MAX_MS) {
                return step_failed(backup, code, err);
            }
            sqlite3_sleep(LOCKED_STEP_MS);
        } else if (code == SQLITE_OK) {
            locked_since_ms = -1;
        } else if (code != SQLITE_DONE) {
            return step_failed(backup, code, err);
        }
    }
    return true;
}

/* An immutable source takes no locks, so nothing kept writers off. */
static bool
check_immutable(const struct source *source, const struct source_state *before,
                struct error *err)
{
    struct source_state after;
    if (!source->immutable) {
        return true;
    }
    if (!source_state_read(source->path, &after, err)) {
        return false;
    }
    if (source_state_equal(before, &after)) {
        return true;
    }
    error_set(err, ERROR_SOURCE, "%s was written to while it was copied", source->path);
    return error_hint(err, "its directory is read-only here, so it cannot be locked: run as "
                           "the user that owns it, or stop the application");
}

static bool
copy_to_partial(struct backup *backup, struct error *err)
{
    struct source *source = backup->source;
    struct source_state before = {0};
    if ((source->immutable && !source_state_read(source->path, &before, err)) ||
        !copy_file_create(backup->partial, err)) {
        return false;
    }
    backup->hold = is_wal(backup);
    bool copied = backup_blocks(source, backup->hold, backup->partial, &backup->item) ||
                  (copy_file_create(backup->partial, err) && start_pages(backup, err) &&
                   copy_pages(backup, err));
    return copied && check_immutable(source, &before, err);
}

bool
source_backup_elsewhere(struct error *err, const char *option)
{
    if ((err->sqlite_code & 0xff) == SQLITE_FULL) { /* by SQLite, which was to write the copy */
        err->kind = ERROR_SYSTEM;
        err->os_errno = ENOSPC;
    }
    return (err->os_errno == ENOSPC || err->os_errno == EDQUOT) &&
           error_hint(err, "make room there, or name another place with %s", option);
}

bool
source_backup(struct source *source, const char *path, struct progress *progress,
              struct error *err)
{
    char directory[PATH_MAX];
    char partial[PATH_MAX + 16];
    AUTO_BACKUP backup = {
        .source = source, .partial = partial, .item.name = path_base(source->path)};
    if (!copy_file_directory(path, directory, err) || !check_space(&backup, directory, err)) {
        return false;
    }
    snprintf(partial, sizeof partial, "%s.partial", path);
    progress_begin(progress, "backup", "pages", &backup.item, 1);
    progress_item_set(&backup.item, PROGRESS_RUNNING);
    bool done = copy_to_partial(&backup, err);
    backup_close(&backup);
    done = done && copy_file_put_in_place(partial, path, directory, err);
    progress_item_set(&backup.item, done ? PROGRESS_DONE : PROGRESS_FAILED);
    progress_end(progress);
    if (!done) {
        unlink(partial);
    }
    return done;
}
