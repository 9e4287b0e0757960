/* test_scratch.c — survey/scratch.c. */
#include "survey/scratch.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

struct place {
    struct arena arena;
    char base[32];
    const char *source;
    struct settings settings;
};

static int
place_open(void **state)
{
    static struct place place;
    place = (struct place){.base = "/tmp/scratch-test-XXXXXX"};
    *state = &place;
    if (mkdtemp(place.base) == NULL) {
        return -1;
    }
    place.source = arena_printf(&place.arena, "%s/app.db", place.base);
    place.settings.backup_directory = arena_printf(&place.arena, "%s/backups", place.base);
    sqlite3 *handle = NULL;
    int code = sqlite3_open(place.source, &handle);
    code = code == SQLITE_OK ? sqlite3_exec(handle, "CREATE TABLE t (a)", NULL, NULL, NULL)
                             : code;
    sqlite3_close(handle);
    return code;
}

static int
place_close(void **state)
{
    struct place *place = *state;
    unlink(place->source);
    rmdir(place->settings.backup_directory);
    int left = rmdir(place->base);
    arena_free(&place->arena);
    return left; /* fails when a test leaves something behind */
}

static size_t
count_entries(const char *path)
{
    size_t count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    closedir(directory);
    return count;
}

static void
make_copy(struct place *place, struct scratch_copy *copy)
{
    struct error err;
    const struct output output = {.out = stdout, .err_out = stderr};
    assert_true(
        scratch_copy_make(&place->arena, &place->settings, &output, place->source, copy, &err));
    assert_int_equal(access(copy->path, F_OK), 0);
}

static void
a_copy_goes_away_with_its_directory(void **state)
{
    struct place *place = *state;
    {
        AUTO_SCRATCH_COPY copy = {0};
        make_copy(place, &copy);
        assert_int_equal(count_entries(place->settings.backup_directory), 1);
    }
    assert_int_equal(count_entries(place->settings.backup_directory), 0);
}

static void
a_copy_in_use_is_left_alone(void **state)
{
    struct place *place = *state;
    AUTO_SCRATCH_COPY first = {0};
    AUTO_SCRATCH_COPY second = {0};
    make_copy(place, &first);
    make_copy(place, &second);
    assert_int_equal(access(first.path, F_OK), 0);
    assert_int_equal(count_entries(place->settings.backup_directory), 2);
}

/* Closing the lock without removing anything is what a kill does. */
static void
what_a_kill_left_behind_is_removed_by_the_next(void **state)
{
    struct place *place = *state;
    struct scratch_copy killed = {0};
    AUTO_SCRATCH_COPY next = {0};
    make_copy(place, &killed);
    close(killed.directory.lock);
    make_copy(place, &next);
    assert_int_equal(access(killed.path, F_OK), -1);
    assert_int_equal(count_entries(place->settings.backup_directory), 1);
}

static void
a_source_that_is_none_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct error err;
    const struct output output = {.out = stdout, .err_out = stderr};
    AUTO_SCRATCH_COPY copy = {0};
    assert_false(scratch_copy_make(&place->arena, &place->settings, &output, "/nonexistent.db",
                                   &copy, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_string_equal(copy.directory.path, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_goes_away_with_its_directory, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(a_copy_in_use_is_left_alone, place_open, place_close),
        cmocka_unit_test_setup_teardown(what_a_kill_left_behind_is_removed_by_the_next,
                                        place_open, place_close),
        cmocka_unit_test_setup_teardown(a_source_that_is_none_leaves_nothing, place_open,
                                        place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
