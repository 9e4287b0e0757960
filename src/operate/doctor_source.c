/* doctor_source.c — the doctor's checks of the source, and of the space here. */
#include "base/path.h"
#include "operate/doctor_internal.h"
#include "operate/file_users.h"
#include "sqlite/backup.h"
#include "sqlite/check.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { MEGABYTE = 1000 * 1000, WAL_LARGE_BYTES = 64 * MEGABYTE, SPARE_BYTES = 64 * MEGABYTE };

void
check_source_file(struct examination *examination, struct doctor_finding *finding)
{
    struct error err = {0};
    struct source_state state;
    const char *path = examination->job->source_path;
    if (!source_open(&examination->source, path, &err)) {
        found_error(examination, finding, &err);
        return;
    }
    examination->source_open = true;
    if (!path_real(examination->arena, path, &examination->real, &err) ||
        !source_state_read(examination->real, &state, &err)) {
        found_error(examination, finding, &err);
        return;
    }
    examination->source_bytes = state.size_bytes + state.wal_size_bytes;
    examination->catalog_read = catalog_read(&examination->source, examination->arena,
                                             &examination->catalog, &err);
    if (!examination->catalog_read) {
        found_error(examination, finding, &err);
        return;
    }
    found_ok(examination, finding, "%s, %s, %zu table%s, %s", examination->real,
             size_words(examination, (uint64_t)examination->source_bytes),
             examination->catalog.table_count, examination->catalog.table_count == 1 ? "" : "s",
             examination->catalog.encoding);
}

static void
tell_findings(struct examination *examination, struct doctor_finding *finding,
              const struct check_report *report)
{
    const struct check_finding *first = &report->findings[0];
    for (size_t i = 0; i < report->finding_count; i++) {
        if (report->findings[i].damage) {
            first = &report->findings[i];
            break;
        }
    }
    found(examination, finding, report->damaged ? DOCTOR_FAIL : DOCTOR_WARN, "%s: %s",
          first->table == NULL ? "the file" : first->table, first->message);
    if (report->damaged) {
        advise(examination, finding,
               "restore a backup, or save what can be read: outgrow migrate --damaged-ok");
    } else {
        advise(examination, finding,
               "outgrow inspect lists all of it; such rows may be set "
               "aside");
    }
}

void
check_source_integrity(struct examination *examination, struct doctor_finding *finding)
{
    struct error err = {0};
    struct check_report report;
    if (!examination->catalog_read) {
        found(examination, finding, DOCTOR_SKIPPED, "its schema cannot be read");
        return;
    }
    const struct check_request request = {&examination->source, &examination->catalog,
                                          CHECK_QUICK, examination->job->progress};
    if (!source_check(&request, examination->arena, &report, &err)) {
        found_error(examination, finding, &err);
        return;
    }
    if (report.finding_count > 0) {
        tell_findings(examination, finding, &report);
        return;
    }
    found_ok(examination, finding, "quick_check: ok");
}

/* The journal mode, as SQLite tells; "" when it does not. */
static const char *
journal_mode(struct examination *examination)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(examination->source.handle, "PRAGMA journal_mode", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return "not known";
    }
    return arena_strdup(examination->arena, (const char *)sqlite3_column_text(statement, 0));
}

void
check_source_journal(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    struct source_state state;
    const char *mode = journal_mode(examination);
    if (examination->real == NULL || !source_state_read(examination->real, &state, &err)) {
        found(examination, finding, DOCTOR_SKIPPED, "the source is gone");
        return;
    }
    if (examination->source.recovered) {
        found(examination, finding, DOCTOR_WARN,
              "mode %s; a writer was killed, and its journal "
              "waits to be rolled back or merged",
              mode);
        advise(examination, finding,
               "open it once with the application; outgrow itself reads "
               "a copy in which that is done");
    } else if (state.wal_size_bytes > WAL_LARGE_BYTES) {
        found(examination, finding, DOCTOR_WARN, "mode %s, with %s in the -wal", mode,
              size_words(examination, (uint64_t)state.wal_size_bytes));
        advise(examination, finding,
               "a reader keeps SQLite from emptying it: close it, then "
               "PRAGMA wal_checkpoint(TRUNCATE)");
    } else if (state.wal_size_bytes > 0) {
        found_ok(examination, finding, "mode %s, with %s in the -wal", mode,
                 size_words(examination, (uint64_t)state.wal_size_bytes));
    } else {
        found_ok(examination, finding, "mode %s", mode);
    }
}

void
check_source_users(struct examination *examination, struct doctor_finding *finding)
{
    struct file_users users;
    if (examination->real == NULL) {
        found(examination, finding, DOCTOR_SKIPPED, "the source is gone");
        return;
    }
    file_users_find(examination->real, examination->arena, &users);
    if (users.count > 0) {
        found(examination, finding, DOCTOR_WARN, "open in %s",
              file_users_words(examination->arena, &users));
        advise(examination, finding,
               "what it writes after the backup does not come over: stop "
               "it for the migration that counts");
    } else if (users.all_seen) {
        found_ok(examination, finding, "no other process has it open");
    } else {
        found_ok(examination, finding, "no process that this user may look at has it open");
    }
}

static void
compare_space(struct examination *examination, struct doctor_finding *finding,
              const char *directory, uint64_t needed)
{
    struct error err;
    unsigned long long available = 0;
    if (!path_free_bytes(directory, &available, &err)) {
        found_error(examination, finding, &err);
        return;
    }
    const char *words = size_words(examination, available);
    if (available < needed) {
        found(examination, finding, DOCTOR_FAIL, "%s in %s, and it takes %s", words, directory,
              size_words(examination, needed));
    } else if (available - needed < SPARE_BYTES) {
        found(examination, finding, DOCTOR_WARN,
              "%s in %s, which is little more than the %s "
              "it takes",
              words, directory, size_words(examination, needed));
    } else {
        found_ok(examination, finding, "%s in %s, and it takes %s", words, directory,
                 size_words(examination, needed));
    }
}

/* Nothing of ours goes there, but the application needs room for its journal. */
void
check_source_space(struct examination *examination, struct doctor_finding *finding)
{
    struct error err;
    unsigned long long available = 0;
    if (examination->real == NULL) {
        found(examination, finding, DOCTOR_SKIPPED, "the source is gone");
        return;
    }
    const char *directory = arena_strndup(
        examination->arena, examination->real,
        (size_t)(path_base(examination->real) - examination->real));
    if (!path_free_bytes(directory, &available, &err)) {
        found_error(examination, finding, &err);
    } else if (available < SPARE_BYTES) {
        found(examination, finding, DOCTOR_WARN, "%s in %s", size_words(examination, available),
              directory);
        advise(examination, finding,
               "the application itself will soon fail to write: make room");
    } else {
        found_ok(examination, finding, "%s in %s", size_words(examination, available),
                 directory);
    }
}

/* The deepest part of the path that is there already. */
static const char *
existing_part(struct arena *arena, const char *path)
{
    char *part = arena_strdup(arena, path);
    while (access(part, F_OK) != 0) {
        char *slash = strrchr(part, '/');
        if (slash == NULL) {
            return ".";
        }
        slash[slash == part] = '\0'; /* the root itself stays */
    }
    return part;
}

void
check_backup_space(struct examination *examination, struct doctor_finding *finding)
{
    const char *directory = existing_part(examination->arena,
                                          examination->job->backup_directory);
    if (access(directory, W_OK | X_OK) != 0) {
        found(examination, finding, DOCTOR_FAIL, "%s cannot be written: %s", directory,
              strerrordesc_np(errno));
        advise(examination, finding, "--backup-directory names another place for backups");
        return;
    }
    compare_space(examination, finding, directory, (uint64_t)examination->source_bytes);
    if (finding->state != DOCTOR_OK && finding->advice == NULL) {
        advise(examination, finding,
               "make room, or name another place with --backup-directory");
    }
}
