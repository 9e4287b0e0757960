/* test_snapshot.c — survey/snapshot.c. */
#include "survey/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_name_is_never_one_that_exists(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    char base[] = "/tmp/snapshot-XXXXXX";
    assert_non_null(mkdtemp(base));
    const char *directory = arena_printf(&arena, "%s/deep/backups", base);
    const struct settings settings = {.backup_directory = directory};
    const char *names[20];
    for (size_t i = 0; i < 20; i++) {
        assert_true(snapshot_name(&arena, &settings, "/somewhere/app.v2.db", &names[i], &err));
        assert_int_equal(access(names[i], F_OK), -1);
        FILE *file = fopen(names[i], "w");
        assert_non_null(file);
        fclose(file);
    }
    assert_non_null(strstr(names[0], "/deep/backups/app.v2-2"));
    struct stat info;
    assert_int_equal(stat(directory, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    for (size_t i = 0; i < 20; i++) {
        unlink(names[i]);
    }
    rmdir(directory);
    rmdir(arena_printf(&arena, "%s/deep", base));
    rmdir(base);
}

static void
a_place_that_cannot_be_made_gets_a_hint(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    const char *name = NULL;
    const struct settings settings = {.backup_directory = "/dev/null/backups"};
    assert_false(snapshot_name(&arena, &settings, "app.db", &name, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.hint, "--backup-directory"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_never_one_that_exists),
        cmocka_unit_test(a_place_that_cannot_be_made_gets_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
