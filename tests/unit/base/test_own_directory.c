/* test_own_directory.c — base/own_directory.c: what is removed, and what never is. */
#include "base/own_directory.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char parent[] = "/tmp/outgrow-test-XXXXXX";

static void
touch(const char *directory, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int descriptor = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(descriptor >= 0);
    close(descriptor);
}

static bool
exists(const char *directory, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

/* A process that makes one, puts something in it and is killed. */
static void
leave_one_behind(char path[PATH_MAX])
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct own_directory directory = {0};
        struct error err;
        char inner[PATH_MAX];
        if (!own_directory_make(&directory, parent, "work-", &err)) {
            _exit(1);
        }
        snprintf(inner, sizeof inner, "%s/inner", directory.path);
        mkdir(inner, 0700);
        touch(inner, "file");
        _exit(write(ends[1], directory.path, sizeof directory.path) < 0);
    }
    assert_int_equal(read(ends[0], path, sizeof(struct own_directory){0}.path),
                     sizeof(struct own_directory){0}.path);
    close(ends[0]);
    close(ends[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void
what_a_killed_process_left_behind_is_removed(void **state)
{
    (void)state;
    static char left[PATH_MAX];
    struct error err;
    leave_one_behind(left);
    assert_int_equal(access(left, F_OK), 0);
    AUTO_OWN_DIRECTORY directory = {0};
    assert_true(own_directory_make(&directory, parent, "other-", &err));
    assert_int_equal(access(left, F_OK), 0); /* not of this prefix */
    AUTO_OWN_DIRECTORY same = {0};
    assert_true(own_directory_make(&same, parent, "work-", &err));
    assert_int_equal(access(left, F_OK), -1);
}

static void
one_in_use_stays(void **state)
{
    (void)state;
    struct error err;
    AUTO_OWN_DIRECTORY first = {0};
    AUTO_OWN_DIRECTORY second = {0};
    assert_true(own_directory_make(&first, parent, "work-", &err));
    touch(first.path, "file");
    assert_true(own_directory_make(&second, parent, "work-", &err));
    assert_true(exists(first.path, "file"));
}

static void
a_directory_without_a_lock_is_somebody_elses(void **state)
{
    (void)state;
    struct error err;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/work-mine", parent);
    assert_int_equal(mkdir(path, 0700), 0);
    AUTO_OWN_DIRECTORY directory = {0};
    assert_true(own_directory_make(&directory, parent, "work-", &err));
    assert_int_equal(rmdir(path), 0);
}

static void
removing_follows_no_link(void **state)
{
    (void)state;
    struct error err;
    static char link_path[PATH_MAX];
    struct own_directory directory = {0};
    touch(parent, "precious");
    assert_true(own_directory_make(&directory, parent, "work-", &err));
    snprintf(link_path, sizeof link_path, "%s/link", directory.path);
    assert_int_equal(symlink(parent, link_path), 0);
    own_directory_remove(&directory);
    assert_true(exists(parent, "precious"));
    assert_int_equal(access(link_path, F_OK), -1);
}

static void
a_place_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct error err;
    struct own_directory directory = {0};
    assert_false(own_directory_make(&directory, "/nowhere/at/all", "work-", &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    own_directory_remove(&directory);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_killed_process_left_behind_is_removed),
        cmocka_unit_test(one_in_use_stays),
        cmocka_unit_test(a_directory_without_a_lock_is_somebody_elses),
        cmocka_unit_test(removing_follows_no_link),
        cmocka_unit_test(a_place_that_is_not_there_is_an_error),
    };
    if (mkdtemp(parent) == NULL) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/precious", parent);
    unlink(path);
    rmdir(parent);
    return failed;
}
