/* test_archive_name.c — operate/archive_name.c. */
#include "operate/archive_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_name_tells_the_source_and_the_time(void **state)
{
    (void)state;
    int64_t at = 0;
    assert_true(archive_name_parse("app-20260131-235959.tar.zst", "/x/app.db", &at));
    assert_int_equal(at, 1769903999); /* date -u -d '2026-01-31 23:59:59' +%s */
    assert_true(archive_name_parse("a-b-19700101-000000.tar.zst", "a-b.sqlite", &at));
    assert_int_equal(at, 0);
}

static void
other_names_are_not_ours(void **state)
{
    (void)state;
    static const char *const others[] = {"app.tar.zst",
                                         "app-20260131.tar.zst",
                                         "app-20260131-235959.tar.gz",
                                         "app-20260131-235959.tar.zst.sha256",
                                         "app-20260131-235959.tar.zst.partial",
                                         "app-20261331-235959.tar.zst",
                                         "app-2026013x-235959.tar.zst",
                                         "apps-20260131-235959.tar.zst",
                                         "app-x-20260131-235959.tar.zst",
                                         "app20260131-235959.tar.zst",
                                         "",
                                         "app-"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        int64_t at = 0;
        if (archive_name_parse(others[i], "/x/app.db", &at)) {
            fail_msg("accepted: %s", others[i]);
        }
    }
}

static void
two_names_in_the_same_second_differ_and_are_reserved(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    char directory[] = "/tmp/test_archive_name.XXXXXX";
    const char *path[2];
    const char *partial[2];
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < 2; i++) {
        int64_t at = 0;
        assert_true(
            archive_name_reserve(&arena, directory, "app.db", &path[i], &partial[i], &err));
        assert_true(archive_name_parse(path[i] + strlen(directory) + 1, "app.db", &at));
        assert_true(at <= (int64_t)time(NULL) && at > (int64_t)time(NULL) - 60);
        assert_int_equal(access(partial[i], F_OK), 0);
        assert_int_not_equal(access(path[i], F_OK), 0);
    }
    assert_string_not_equal(path[0], path[1]);
    unlink(partial[0]);
    unlink(partial[1]);
    assert_int_equal(rmdir(directory), 0);
    assert_false(
        archive_name_reserve(&arena, directory, "app.db", &path[0], &partial[0], &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_tells_the_source_and_the_time),
        cmocka_unit_test(other_names_are_not_ours),
        cmocka_unit_test(two_names_in_the_same_second_differ_and_are_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
