/* test_archive_retention.c — operate/archive_retention.c. */
#include "operate/archive.h"
#include "operate/archive_name.h"
#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAY = 86400 };

/* A new archive of `source`, renamed to look `days` old. */
static const char *
make_old(struct scratch *scratch, const char *source, int days, struct arena *arena)
{
    struct archive_made made;
    struct error err;
    char stamp[32];
    struct tm time_then;
    time_t then = time(NULL) - (time_t)days * DAY;
    const struct archive_job job = {.given_path = source,
                                    .source_path = source,
                                    .directory = scratch->directory,
                                    .program = "1.2.3"};
    if (!archive_create(&job, arena, &made, &err)) {
        fail_msg("%s", err.message);
    }
    gmtime_r(&then, &time_then);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &time_then);
    size_t stem = strlen(made.path) - strlen("20260131-235959" ARCHIVE_SUFFIX);
    const char *old = arena_printf(arena, "%.*s%s" ARCHIVE_SUFFIX, (int)stem, made.path, stamp);
    assert_int_equal(rename(made.path, old), 0);
    assert_int_equal(rename(arena_printf(arena, "%s.sha256", made.path),
                            arena_printf(arena, "%s.sha256", old)),
                     0);
    return old;
}

static size_t
keep(struct scratch *scratch, int days, struct arena *arena)
{
    struct paths removed;
    struct error err;
    const struct archive_retention retention = {.directory = scratch->directory,
                                                .source_path = scratch->path,
                                                .keep_seconds = (int64_t)days * DAY};
    if (!archive_keep(&retention, arena, &removed, &err)) {
        fail_msg("%s", err.message);
    }
    return removed.count;
}

static void
older_archives_go_with_their_digests_and_younger_stay(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    scratch_sql(scratch->path, "CREATE TABLE t (v)");
    const char *young = make_old(scratch, scratch->path, 29, &arena);
    const char *old = make_old(scratch, scratch->path, 31, &arena);
    const char *older = make_old(scratch, scratch->path, 400, &arena);
    assert_int_equal(keep(scratch, 30, &arena), 2);
    assert_true(scratch_exists(young, ""));
    assert_true(scratch_exists(young, ".sha256"));
    assert_false(scratch_exists(old, ""));
    assert_false(scratch_exists(old, ".sha256"));
    assert_false(scratch_exists(older, ""));
}

static void
the_newest_stays_however_old_it_is(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    scratch_sql(scratch->path, "CREATE TABLE t (v)");
    const char *newest = make_old(scratch, scratch->path, 100, &arena);
    make_old(scratch, scratch->path, 101, &arena);
    assert_int_equal(keep(scratch, 0, &arena), 1);
    assert_int_equal(keep(scratch, 0, &arena), 0);
    assert_true(scratch_exists(newest, ""));
}

static void
archives_of_a_file_of_the_same_name_elsewhere_stay(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    char other[] = "/tmp/test_archive_retention.XXXXXX";
    assert_non_null(mkdtemp(other));
    const char *namesake = arena_printf(&arena, "%s/%s", other,
                                        strrchr(scratch->path, '/') + 1);
    scratch_sql(namesake, "CREATE TABLE t (v)");
    scratch_sql(scratch->path, "CREATE TABLE t (v)");
    const char *theirs = make_old(scratch, namesake, 50, &arena);
    make_old(scratch, scratch->path, 40, &arena);
    make_old(scratch, scratch->path, 0, &arena);
    assert_int_equal(keep(scratch, 30, &arena), 1);
    assert_true(scratch_exists(theirs, ""));
    unlink(namesake);
    assert_int_equal(rmdir(other), 0);
}

static void
files_that_only_look_like_archives_stay(void **state)
{
    struct scratch *scratch = *state;
    AUTO_ARENA arena = {0};
    scratch_sql(scratch->path, "CREATE TABLE t (v)");
    make_old(scratch, scratch->path, 0, &arena);
    const char *dot = strrchr(scratch->path, '.');
    size_t stem = dot == NULL ? strlen(scratch->path) : (size_t)(dot - scratch->path);
    const char *fake = arena_printf(&arena, "%.*s-20010101-000000" ARCHIVE_SUFFIX, (int)stem,
                                    scratch->path);
    scratch_write(fake, "not an archive", 14);
    assert_int_equal(keep(scratch, 30, &arena), 0);
    assert_true(scratch_exists(fake, ""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(older_archives_go_with_their_digests_and_younger_stay),
        SCRATCH_TEST(the_newest_stays_however_old_it_is),
        SCRATCH_TEST(archives_of_a_file_of_the_same_name_elsewhere_stay),
        SCRATCH_TEST(files_that_only_look_like_archives_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
