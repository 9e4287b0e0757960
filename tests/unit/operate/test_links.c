/* test_links.c — operate/links.c, in directories of the test's own. */
#include "operate/links.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* top/data/app.db, and links to it here and there; the process works in top. */
static int
set_up(void **state)
{
    static char top[32];
    snprintf(top, sizeof top, "/tmp/test_links.XXXXXX");
    assert_non_null(mkdtemp(top));
    assert_int_equal(chdir(top), 0);
    assert_int_equal(mkdir("data", 0700), 0);
    assert_int_equal(mkdir("far", 0700), 0);
    assert_int_equal(mkdir("far/deep", 0700), 0);
    int file = open("data/app.db", O_WRONLY | O_CREAT, 0600);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(symlink("app.db", "data/beside.db"), 0);
    assert_int_equal(symlink("../../data/app.db", "far/deep/l.db"), 0);
    assert_int_equal(symlink("deep/l.db", "far/chain.db"), 0);
    assert_int_equal(symlink("nowhere", "far/dangling.db"), 0);
    assert_int_equal(symlink("../data", "far/directory"), 0);
    assert_int_equal(symlink("loop", "far/loop"), 0);
    *state = top;
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const names[] = {"data/beside.db", "data/app.db",     "far/deep/l.db",
                                        "far/chain.db",   "far/dangling.db", "far/directory",
                                        "far/loop"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unlink(names[i]);
    }
    rmdir("far/deep");
    rmdir("far");
    rmdir("data");
    assert_int_equal(chdir("/"), 0);
    return rmdir(*state);
}

static bool
has(const struct paths *links, const char *top, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", top, name);
    for (size_t i = 0; i < links->count; i++) {
        if (strcmp(links->items[i], path) == 0) {
            return true;
        }
    }
    return false;
}

static struct paths
find(struct arena *arena, const char *top, const char *given, const char *under)
{
    struct paths links;
    struct error err;
    if (!links_find(given, arena_printf(arena, "%s/data/app.db", top), under, arena, &links,
                    &err)) {
        fail_msg("%s", err.message);
    }
    return links;
}

static void
links_beside_the_file_are_found(void **state)
{
    AUTO_ARENA arena = {0};
    struct paths links = find(&arena, *state, "data/app.db", NULL);
    assert_int_equal(links.count, 1);
    assert_true(has(&links, *state, "data/beside.db"));
}

static void
every_link_of_the_name_that_was_given_is_found(void **state)
{
    AUTO_ARENA arena = {0};
    struct paths links = find(&arena, *state, "far/chain.db", NULL);
    assert_int_equal(links.count, 3);
    assert_true(has(&links, *state, "far/chain.db"));
    assert_true(has(&links, *state, "far/deep/l.db"));
}

static void
links_below_a_directory_are_found_once_each(void **state)
{
    AUTO_ARENA arena = {0};
    struct paths links = find(&arena, *state, "far/chain.db", ".");
    assert_int_equal(links.count, 3);
    links = find(&arena, *state, "data/app.db", ".");
    assert_int_equal(links.count, 3);
    assert_false(has(&links, *state, "far/directory"));
}

static void
a_directory_that_is_not_there_is_an_error(void **state)
{
    AUTO_ARENA arena = {0};
    struct paths links;
    struct error err;
    assert_false(links_find("data/app.db",
                            arena_printf(&arena, "%s/data/app.db", (const char *)*state),
                            "missing", &arena, &links, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_beside_the_file_are_found),
        cmocka_unit_test(every_link_of_the_name_that_was_given_is_found),
        cmocka_unit_test(links_below_a_directory_are_found_once_each),
        cmocka_unit_test(a_directory_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
