/* test_assess.c — files that cannot be moved live, and what is said of them. */
#include "captured.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct assessed {
    struct arena arena;
    struct catalog catalog;
    struct capture_finding *findings;
    size_t count;
};

static void
assessed_free(struct assessed *assessed)
{
    arena_free(&assessed->arena);
}
#define AUTO_ASSESSED __attribute__((cleanup(assessed_free))) struct assessed

static bool
assess(struct assessed *assessed, const char *path)
{
    AUTO_SOURCE source = {0};
    struct error err = {0};
    *assessed = (struct assessed){0};
    if (source_open(&source, path, &err) &&
        !catalog_read(&source, &assessed->arena, &assessed->catalog, &err)) {
        return false;
    }
    source_close(&source);
    return capture_assess(path, &assessed->catalog, &assessed->arena, &assessed->findings,
                          &assessed->count, &err);
}

static bool
says(const struct assessed *assessed, enum capture_finding_kind kind, const char *words)
{
    for (size_t i = 0; i < assessed->count; i++) {
        if (assessed->findings[i].kind == kind &&
            strstr(assessed->findings[i].what, words) != NULL) {
            return true;
        }
    }
    return false;
}

static void
a_wal_file_with_plain_tables_has_nothing_against_it(void **state)
{
    AUTO_ASSESSED a;
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    assert_true(assess(&a, scratch->path));
    assert_int_equal(a.count, 0);
}

static void
a_rollback_journal_is_warned_of(void **state)
{
    AUTO_ASSESSED a;
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    assert_true(assess(&a, scratch->path));
    assert_int_equal(a.count, 1);
    assert_true(says(&a, CAPTURE_WARNING, "rollback journal"));
}

static void
what_triggers_cannot_see_is_warned_of(void **state)
{
    AUTO_ASSESSED a;
    struct scratch *scratch = *state;
    sqlite3 *handle = scratch_open(scratch->path);
    scratch_run(handle,
                "PRAGMA journal_mode=WAL; CREATE TABLE t(a); CREATE TABLE own(a);"
                "CREATE TRIGGER quiet AFTER INSERT ON t WHEN NEW.a < 0 BEGIN "
                "SELECT raise (/**/ Ignore); END;"
                "CREATE TRIGGER loud BEFORE INSERT ON t BEGIN SELECT RAISE(IGNORE); END;"
                "CREATE TRIGGER other AFTER DELETE ON t BEGIN "
                "SELECT 'RAISE(IGNORE)', RAISE(ABORT, 'IGNORE'); END;"
                "CREATE VIRTUAL TABLE words USING fts5(x);"
                "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = "
                "'CREATE TABLE own(a COLLATE turkish)' WHERE name = 'own'");
    sqlite3_close(handle);
    assert_true(assess(&a, scratch->path));
    assert_int_equal(a.count, 3);
    assert_true(says(&a, CAPTURE_WARNING, "trigger \"quiet\""));
    assert_true(says(&a, CAPTURE_WARNING, "virtual table \"words\""));
    assert_true(says(&a, CAPTURE_WARNING, "table \"own\" has a collation"));
}

static void
an_exclusive_application_is_refused(void **state)
{
    static const char *const modes[] = {"DELETE", "WAL"};
    struct scratch *scratch = *state;
    for (size_t i = 0; i < 2; i++) {
        struct scratch_application application;
        char sql[200];
        AUTO_ASSESSED a;
        snprintf(sql, sizeof sql,
                 "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=%s; "
                 "CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES(1)",
                 modes[i]);
        scratch_application_start(&application, scratch->path, sql);
        scratch_application_connect(&application);
        struct error err = {0};
        a = (struct assessed){0};
        assert_true(
            capture_assess(scratch->path, &a.catalog, &a.arena, &a.findings, &a.count, &err));
        assert_true(says(&a, CAPTURE_REFUSED, "cannot be locked"));
        scratch_application_kill(&application);
    }
}

static int
assess_of_another_user(struct scratch *scratch)
{
    AUTO_ASSESSED a;
    bool refused = assess(&a, scratch->path) &&
                   says(&a, CAPTURE_REFUSED, "belongs to another user");
    return refused ? 0 : 1;
}

static void
a_file_of_another_user_is_refused_even_if_it_can_be_written(void **state)
{
    struct scratch *scratch = *state;
    if (geteuid() != 0) {
        skip();
    }
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    assert_int_equal(chmod(scratch->path, 0666), 0);
    assert_int_equal(chmod(scratch->directory, 0777), 0);
    scratch_as_nobody(scratch, assess_of_another_user);
}

static int
assess_without_rights(struct scratch *scratch)
{
    AUTO_ASSESSED a;
    bool refused = assess(&a, scratch->path) &&
                   says(&a, CAPTURE_REFUSED, "the file cannot be written to") &&
                   says(&a, CAPTURE_REFUSED, "file's directory");
    return refused ? 0 : 1;
}

static void
a_file_that_may_only_be_read_is_refused(void **state)
{
    struct scratch *scratch = *state;
    if (geteuid() != 0) {
        skip();
    }
    scratch_sql(scratch->path, "CREATE TABLE t(a)");
    assert_int_equal(chmod(scratch->path, 0444), 0);
    scratch_as_nobody(scratch, assess_without_rights);
}

/* What the file system says of itself, where a test wants another one: --wrap=statfs64. */
static unsigned file_system;
int __real_statfs64(const char *path, struct statfs *info);
int __wrap_statfs64(const char *path, struct statfs *info);

int
__wrap_statfs64(const char *path, struct statfs *info)
{
    int code = __real_statfs64(path, info);
    if (file_system != 0) {
        info->f_type = (__typeof__(info->f_type))file_system;
    }
    return code;
}

static void
a_file_on_a_network_is_refused(void **state)
{
    static const struct {
        unsigned type;
        const char *name;
    } networks[] = {{NFS_SUPER_MAGIC, "NFS"},
                    {CIFS_SUPER_MAGIC, "CIFS"},
                    {SMB2_SUPER_MAGIC, "SMB"},
                    {V9FS_MAGIC, "9P"},
                    {0x786f4256U, "VirtualBox"}};
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        AUTO_ASSESSED a;
        file_system = networks[i].type;
        bool assessed_it = assess(&a, scratch->path);
        file_system = 0;
        assert_true(assessed_it);
        if (!says(&a, CAPTURE_REFUSED, networks[i].name)) {
            fail_msg("%s is not refused", networks[i].name);
        }
    }
}

/* A container's -wal would lie in another directory than the application's. */
static void
a_file_that_is_mounted_without_its_directory_is_refused(void **state)
{
    AUTO_ASSESSED a;
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)");
    if (mount(scratch->path, scratch->path, NULL, MS_BIND, NULL) != 0) {
        skip();
    }
    bool assessed_it = assess(&a, scratch->path);
    assert_int_equal(umount2(scratch->path, MNT_DETACH), 0);
    assert_true(assessed_it);
    assert_true(says(&a, CAPTURE_REFUSED, "mounted alone"));
}

static void
an_encrypted_file_is_refused_with_words(void **state)
{
    unsigned char noise[4096];
    struct scratch *scratch = *state;
    struct catalog catalog = {0};
    struct capture_finding *findings = NULL;
    size_t count = 0;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (unsigned char)(i * 167 + i / 7 * 29 + 131);
    }
    scratch_write(scratch->path, noise, sizeof noise);
    assert_false(capture_assess(scratch->path, &catalog, &arena, &findings, &count, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, "encrypted"));
}

static void
what_is_no_database_cannot_be_looked_at(void **state)
{
    struct scratch *scratch = *state;
    struct catalog catalog = {0};
    struct capture_finding *findings = NULL;
    size_t count = 0;
    struct error err = {0};
    AUTO_ARENA arena = {0};
    assert_false(capture_assess(scratch->path, &catalog, &arena, &findings, &count, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_wal_file_with_plain_tables_has_nothing_against_it),
        SCRATCH_TEST(a_rollback_journal_is_warned_of),
        SCRATCH_TEST(what_triggers_cannot_see_is_warned_of),
        SCRATCH_TEST(an_exclusive_application_is_refused),
        SCRATCH_TEST(a_file_of_another_user_is_refused_even_if_it_can_be_written),
        SCRATCH_TEST(a_file_that_may_only_be_read_is_refused),
        SCRATCH_TEST(a_file_on_a_network_is_refused),
        SCRATCH_TEST(a_file_that_is_mounted_without_its_directory_is_refused),
        SCRATCH_TEST(an_encrypted_file_is_refused_with_words),
        SCRATCH_TEST(what_is_no_database_cannot_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
