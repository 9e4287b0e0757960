/* test_dump.c — operate/dump.c against a server, and with stand-ins for pg_dump. */
#include "operate/dump.h"
#include "own_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[32];

static int
set_up(void **state)
{
    snprintf(directory, sizeof directory, "/tmp/test_dump.XXXXXX");
    return mkdtemp(directory) == NULL ? -1 : own_server_start(state);
}

static int
tear_down(void **state)
{
    AUTO_ARENA arena = {0};
    unlink(arena_printf(&arena, "%s/d.dump", directory));
    unlink(arena_printf(&arena, "%s/pg_dump", directory));
    rmdir(directory);
    return own_server_stop(state);
}

static const char *
dump_path(struct arena *arena)
{
    return arena_printf(arena, "%s/d.dump", directory);
}

/* A program of that name that prints `words` whatever it is asked. */
static void
stand_in(struct arena *arena, const char *script)
{
    const char *path = arena_printf(arena, "%s/pg_dump", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
    setenv("OUTGROW_PG_BIN", directory, 1);
}

static bool
dump(struct arena *arena, struct error *err)
{
    AUTO_CONNECTION *conn = own_server_connect();
    *err = (struct error){0};
    bool dumped = target_dump(conn, dump_path(arena), err);
    unsetenv("OUTGROW_PG_BIN");
    return dumped;
}

static void
a_dump_holds_the_tables_and_is_for_its_owner_only(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = own_server_connect();
    struct error err;
    struct stat info;
    own_server_do(conn, "CREATE TABLE kept_for_later (v text)");
    if (!dump(&arena, &err)) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(stat(dump_path(&arena), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    const char *command = arena_printf(&arena, "%s/pg_restore -l %s | grep -q kept_for_later",
                                       own_server.binaries, dump_path(&arena));
    assert_int_equal(system(command), 0);
    assert_false(dump(&arena, &err)); /* never over it */
    assert_int_equal(err.kind, ERROR_USAGE);
    unlink(dump_path(&arena));
}

static void
a_missing_pg_dump_is_named_with_what_to_install(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    setenv("OUTGROW_PG_BIN", "/nonexistent", 1);
    assert_false(dump(&arena, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "/nonexistent/pg_dump"));
    assert_non_null(strstr(err.hint, "postgresql-client-"));
}

static void
an_older_pg_dump_is_refused_before_it_is_tried(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    stand_in(&arena, "echo 'pg_dump (PostgreSQL) 9.6.24'");
    assert_false(dump(&arena, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "of PostgreSQL 9 and cannot dump"));
    assert_int_not_equal(access(dump_path(&arena), F_OK), 0);
}

static void
what_pg_dump_says_last_is_the_reason(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    stand_in(&arena, "[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.0' && exit\n"
                     "echo first; echo 'pg_dump: error: no luck' >&2; exit 1");
    assert_false(dump(&arena, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_non_null(strstr(err.message, "status 1: pg_dump: error: no luck"));
    assert_int_not_equal(access(dump_path(&arena), F_OK), 0);
    assert_int_not_equal(access(arena_printf(&arena, "%s.partial", dump_path(&arena)), F_OK),
                         0);
}

/* The server trusts everybody, so any password will do to see where it goes. */
static void
a_password_goes_through_the_environment_only(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    AUTO_CONNECTION *conn = NULL;
    stand_in(&arena, "[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.0' && exit\n"
                     "case \"$*\" in *s3cret*) echo seen; exit 1;; esac\n"
                     "echo \"env:$PGPASSWORD\"; exit 1");
    const char *conninfo = arena_printf(&arena, "%s&password=s3cret", own_server.conninfo);
    assert_true(target_connect(conninfo, &conn, &err));
    assert_false(target_dump(conn, dump_path(&arena), &err));
    unsetenv("OUTGROW_PG_BIN");
    assert_non_null(strstr(err.message, "env:s3cret"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_holds_the_tables_and_is_for_its_owner_only),
        cmocka_unit_test(a_missing_pg_dump_is_named_with_what_to_install),
        cmocka_unit_test(an_older_pg_dump_is_refused_before_it_is_tried),
        cmocka_unit_test(what_pg_dump_says_last_is_the_reason),
        cmocka_unit_test(a_password_goes_through_the_environment_only),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
