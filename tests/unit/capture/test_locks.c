/* test_locks.c — POSIX takes all of a process's locks on a file away with the first descriptor
 * of it that is closed: whatever looks at a database from outside must not do that to a handle
 * of ours. */
#include "captured.h"
#include "sqlite/backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* SQLite's lock bytes. */
enum { PENDING_BYTE = 0x40000000, LOCK_BYTES = 512 };

/* As another process sees it, without SQLite. */
static bool
is_locked(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK,
                             .l_whence = SEEK_SET,
                             .l_start = PENDING_BYTE,
                             .l_len = LOCK_BYTES};
        int file = open(path, O_RDWR | O_CLOEXEC);
        bool asked = file >= 0 && fcntl(file, F_GETLK, &lock) == 0;
        _exit(!asked ? 2 : lock.l_type == F_UNLCK ? 1 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

static void
assert_still_locked(const struct captured *c, const char *behind)
{
    if (!is_locked(c->path)) {
        fail_msg("the lock is gone behind %s", behind);
    }
}

static void
look_by_another_handle(struct captured *c, const char *copy)
{
    struct error err = {0};
    struct progress progress = {0};
    AUTO_SOURCE other = {0};
    bool wal = false;
    assert_true(source_open(&other, c->path, &err));
    assert_still_locked(c, "another handle's opening");
    assert_true(source_is_wal(&other, &wal, &err));
    progress_init(&progress);
    assert_true(source_backup(&other, copy, &progress, &err));
    assert_still_locked(c, "a backup");
    source_close(&other);
    assert_still_locked(c, "another handle's end");
}

static void
look_from_outside(struct captured *c)
{
    struct error err = {0};
    struct source_state file;
    struct capture_finding *findings = NULL;
    size_t count = 0;
    assert_true(source_state_read(c->path, &file, &err));
    assert_still_locked(c, "a look at the file's state");
    assert_true(capture_assess(c->path, &c->catalog, &c->arena, &findings, &count, &err));
    assert_still_locked(c, "an assessment");
}

static void
look_at_all(void **state, const char *mode)
{
    AUTO_CAPTURED c;
    char sql[160];
    char copy[160];
    struct scratch *scratch = *state;
    snprintf(copy, sizeof copy, "%s/copy.db", scratch->directory);
    snprintf(sql, sizeof sql, "PRAGMA journal_mode=%s; CREATE TABLE t(id INTEGER PRIMARY KEY)",
             mode);
    captured_open(&c, state, sql);
    sqlite3_close(c.app); /* only ours are left */
    c.app = NULL;
    scratch_run(c.writer.handle, "BEGIN; SELECT count(*) FROM t");
    assert_still_locked(&c, "a transaction's begin");
    look_from_outside(&c);
    look_by_another_handle(&c, copy);
    source_close(&c.reader);
    assert_still_locked(&c, "the reader's end");
    scratch_run(c.writer.handle, "COMMIT");
}

static void
a_transaction_keeps_its_locks_whatever_looks_at_the_file(void **state)
{
    look_at_all(state, "DELETE");
}

static void
so_it_does_in_wal_mode(void **state)
{
    look_at_all(state, "WAL");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_transaction_keeps_its_locks_whatever_looks_at_the_file),
        SCRATCH_TEST(so_it_does_in_wal_mode),
    };
    return cmocka_run_group_tests_name("sqlite/locks", tests, NULL, NULL);
}
