/* test_archive.c — operate/archive.c and archive_restore.c, there and back again. */
#include "nested.h"
#include "operate/archive.h"
#include "operate/archive_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILL                                                                                   \
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION " \
    "ALL SELECT i + 1 FROM n LIMIT 500) INSERT INTO t SELECT i, hex(randomblob(300)) FROM n;"

static struct archive_made
make(struct scratch *scratch, struct arena *arena)
{
    struct archive_made made;
    struct error err;
    const struct archive_job job = {.given_path = scratch->path,
                                    .source_path = scratch->path,
                                    .directory = scratch->directory,
                                    .program = "1.2.3"};
    if (!archive_create(&job, arena, &made, &err)) {
        fail_msg("%s", err.message);
    }
    return made;
}

static bool
restore(const char *path, const char *directory, struct arena *arena, struct error *err)
{
    struct archive_manifest manifest;
    *err = (struct error){0};
    return archive_restore(path, directory, NULL, arena, &manifest, err);
}

static int64_t
sum(const char *path)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *handle = scratch_open(path);
    assert_int_equal(
        sqlite3_prepare_v2(handle, "SELECT sum(unicode(v) * id) FROM t", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return answer;
}

static void
what_was_archived_comes_back_with_its_rows(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    struct error err;
    scratch_sql(scratch->path, "PRAGMA journal_mode = WAL;" FILL);
    struct archive_made made = make(scratch, &arena);
    const char *out = arena_printf(&arena, "%s/out", scratch->directory);
    assert_true(restore(made.path, out, &arena, &err));
    const char *restored = arena_printf(&arena, "%s/%s", out, strrchr(scratch->path, '/') + 1);
    assert_true(sum(restored) == sum(scratch->path));
    struct stat info;
    assert_int_equal(stat(restored, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_true(info.st_size == made.manifest.files[0].size_bytes);
}

static void
sha256sum_agrees_with_the_file_beside_the_archive(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    scratch_sql(scratch->path, FILL);
    struct archive_made made = make(scratch, &arena);
    const char *command = arena_printf(&arena, "cd %s && sha256sum --status -c %s.sha256",
                                       scratch->directory, made.path);
    assert_int_equal(system(command), 0);
}

static void
nothing_but_the_archive_and_its_digest_stays(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    scratch_sql(scratch->path, FILL);
    struct archive_made made = make(scratch, &arena);
    assert_true(scratch_exists(made.path, ""));
    assert_true(scratch_exists(made.path, ".sha256"));
    const char *command = arena_printf(&arena, "test $(ls -A %s | wc -l) = 3",
                                       scratch->directory);
    assert_int_equal(system(command), 0);
}

static void
two_archives_of_an_unchanged_source_hold_the_same_bytes(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    scratch_sql(scratch->path,
                "PRAGMA journal_mode = WAL;" FILL "DELETE FROM t WHERE id < 90;");
    struct archive_made first = make(scratch, &arena);
    struct archive_made second = make(scratch, &arena);
    assert_string_not_equal(first.path, second.path);
    assert_string_equal(first.manifest.files[0].sha256, second.manifest.files[0].sha256);
}

static void
no_flipped_byte_of_an_archive_goes_unnoticed(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    struct error err;
    scratch_sql(scratch->path, "CREATE TABLE t (v TEXT); INSERT INTO t VALUES ('x');");
    struct archive_made made = make(scratch, &arena);
    unlink(arena_printf(&arena, "%s.sha256", made.path)); /* the manifest alone must do */
    size_t size = 0;
    unsigned char *bytes = scratch_bytes(made.path, &size);
    const char *bad = arena_printf(&arena, "%s/bad", scratch->directory);
    for (size_t i = 0; i < size; i += 1 + size / 150) {
        bytes[i] ^= 0x10;
        scratch_write(bad, bytes, size);
        bytes[i] ^= 0x10;
        const char *out = arena_printf(&arena, "%s/out%zu", scratch->directory, i);
        if (restore(bad, out, &arena, &err)) {
            /* Then it hit what does not matter: a time or an owner in a tar header. */
            const char *restored = arena_printf(&arena, "%s/%s", out,
                                                strrchr(scratch->path, '/') + 1);
            char hex[DIGEST_HEX_SIZE];
            int64_t restored_size = 0;
            assert_true(digest_file(restored, hex, &restored_size, &err));
            assert_string_equal(hex, made.manifest.files[0].sha256);
        } else {
            assert_int_equal(
                system(arena_printf(&arena, "test -z \"$(ls -A %s 2>/dev/null)\"", out)), 0);
        }
    }
    free(bytes);
}

static void
an_archive_cut_short_is_refused(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    struct error err;
    scratch_sql(scratch->path, FILL);
    struct archive_made made = make(scratch, &arena);
    unlink(arena_printf(&arena, "%s.sha256", made.path));
    const char *out = arena_printf(&arena, "%s/out", scratch->directory);
    for (int64_t cut = made.size_bytes - 1; cut > 0; cut /= 3) {
        assert_int_equal(truncate(made.path, cut), 0);
        assert_false(restore(made.path, out, &arena, &err));
        assert_int_equal(err.kind, ERROR_SOURCE);
    }
}

static void
a_digest_beside_the_archive_that_differs_is_refused(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    struct error err;
    scratch_sql(scratch->path, FILL);
    struct archive_made made = make(scratch, &arena);
    scratch_overwrite(arena_printf(&arena, "%s.sha256", made.path), 0, "zz", 2);
    assert_false(restore(made.path, scratch->directory, &arena, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, ".sha256"));
}

static void
nothing_is_written_over_nor_beside_a_stray_journal(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    struct error err;
    scratch_sql(scratch->path, FILL);
    struct archive_made made = make(scratch, &arena);
    assert_false(restore(made.path, scratch->directory, &arena, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    const char *out = arena_printf(&arena, "%s/out", scratch->directory);
    assert_int_equal(mkdir(out, 0700), 0);
    const char *journal = arena_printf(&arena, "%s/%s-journal", out,
                                       strrchr(scratch->path, '/') + 1);
    scratch_write(journal, "x", 1);
    assert_false(restore(made.path, out, &arena, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    unlink(journal);
    assert_true(restore(made.path, out, &arena, &err));
}

static void
a_damaged_source_is_archived_only_on_request(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    struct error err;
    struct archive_made made;
    scratch_sql(scratch->path, FILL);
    char noise[600];
    memset(noise, 0xa5, sizeof noise);
    scratch_overwrite(scratch->path, 4096L * 3, noise, sizeof noise);
    struct archive_job job = {.given_path = scratch->path,
                              .source_path = scratch->path,
                              .directory = scratch->directory,
                              .program = "1.2.3"};
    assert_false(archive_create(&job, &arena, &made, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.hint, "--damaged-ok"));
    job.damaged_ok = true;
    assert_true(archive_create(&job, &arena, &made, &err));
    assert_non_null(made.manifest.damage);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        NESTED_TEST(what_was_archived_comes_back_with_its_rows),
        NESTED_TEST(sha256sum_agrees_with_the_file_beside_the_archive),
        NESTED_TEST(nothing_but_the_archive_and_its_digest_stays),
        NESTED_TEST(two_archives_of_an_unchanged_source_hold_the_same_bytes),
        NESTED_TEST(no_flipped_byte_of_an_archive_goes_unnoticed),
        NESTED_TEST(an_archive_cut_short_is_refused),
        NESTED_TEST(a_digest_beside_the_archive_that_differs_is_refused),
        NESTED_TEST(nothing_is_written_over_nor_beside_a_stray_journal),
        NESTED_TEST(a_damaged_source_is_archived_only_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
