/* test_private_server.c — the private server's paths and files; starts none. */
#include "postgres/server_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

/* A directory of the test's own with a data directory in it, removed at the end. */
struct place {
    char home[64];
    struct arena arena;
    struct private_server server;
};

static int
make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    struct error err = {0};
    snprintf(place->home, sizeof place->home, "/tmp/outgrow-test-XXXXXX");
    if (mkdtemp(place->home) == NULL || setenv("XDG_DATA_HOME", place->home, 1) != 0 ||
        !private_server_locate(&place->arena, &place->server, &err)) {
        return -1;
    }
    *state = place;
    char *parent = arena_printf(&place->arena, "%s/outgrow", place->home);
    return mkdir(parent, 0755) == 0 && mkdir(place->server.directory, 0755) == 0 &&
                   mkdir(place->server.data, 0755) == 0
               ? 0
               : -1;
}

static int
remove_place(void **state)
{
    struct place *place = *state;
    unlink(place->server.log);
    unlink(arena_printf(&place->arena, "%s/postmaster.pid", place->server.data));
    rmdir(place->server.data);
    rmdir(place->server.socket_directory);
    rmdir(place->server.directory);
    rmdir(arena_printf(&place->arena, "%s/outgrow", place->home));
    int removed = rmdir(place->home);
    arena_free(&place->arena);
    free(place);
    return removed;
}

static void
write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
everything_lies_below_the_data_home(void **state)
{
    struct place *place = *state;
    char *directory = arena_printf(&place->arena, "%s/outgrow/pg", place->home);
    assert_string_equal(place->server.directory, directory);
    assert_string_equal(place->server.data, arena_printf(&place->arena, "%s/data", directory));
    assert_string_equal(place->server.socket_directory,
                        arena_printf(&place->arena, "%s/socket", directory));
    assert_true((geteuid() == 0) == (place->server.run_as != NULL));
}

static void
the_url_is_what_libpq_understands(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *url = server_conninfo(&arena, "/tmp/a b%/ü?&", "outgrow");
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    assert_non_null(options);
    for (PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (strcmp(option->keyword, "host") == 0) {
            assert_string_equal(option->val, "/tmp/a b%/ü?&");
        } else if (strcmp(option->keyword, "dbname") == 0 ||
                   strcmp(option->keyword, "user") == 0) {
            assert_string_equal(option->val, "outgrow");
        } else if (strcmp(option->keyword, "port") == 0) {
            assert_string_equal(option->val, "5432");
        }
    }
    PQconninfoFree(options);
}

/* sun_path holds 108 bytes with its NUL. */
static void
a_deep_home_gets_a_short_socket_directory(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    for (size_t length = 1; length < 200; length++) {
        char *directory = arena_alloc(&arena, length + 1);
        memset(directory, 'd', length);
        directory[0] = '/';
        const char *socket = server_socket_directory(&arena, directory, 1000);
        size_t beside = length + strlen("/socket/.s.PGSQL.5432");
        assert_true(strlen(socket) + strlen("/.s.PGSQL.5432") <= 107);
        assert_int_equal(strncmp(socket, directory, length) == 0, beside <= 107);
    }
}

static void
different_homes_get_different_short_directories(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *one = server_socket_directory(&arena, "/home/with 'quotes'", 1000);
    const char *two = server_socket_directory(&arena, "/home/with \"quotes\"", 1000);
    assert_int_equal(strncmp(one, "/tmp/outgrow-1000-", 18), 0);
    assert_int_equal(strlen(one), 18 + 8);
    assert_string_not_equal(one, two);
}

static void
memory_settings_follow_the_machine(void **state)
{
    (void)state;
    AUTO_TEXT small = {0};
    AUTO_TEXT large = {0};
    server_settings(&small, "/s", 512ULL << 20);
    server_settings(&large, "/s", 64ULL << 30);
    assert_non_null(strstr(text_string(&small), "\nshared_buffers = 64MB\n"));
    assert_non_null(strstr(text_string(&large), "\nshared_buffers = 256MB\n"));
    assert_non_null(strstr(text_string(&large), "\nlisten_addresses = ''\n"));
    assert_non_null(strstr(text_string(&large), "\nunix_socket_directories = '/s'\n"));
}

static void
a_directory_is_made_private(void **state)
{
    struct place *place = *state;
    struct server_user user;
    struct error err = {0};
    struct stat info;
    assert_true(server_user_find(&place->server, &user, &err));
    assert_true(server_make_directory(place->server.socket_directory, &user, &err));
    assert_int_equal(stat(place->server.socket_directory, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(info.st_uid, user.uid);
    assert_true(server_make_directory(place->server.socket_directory, &user, &err));
}

static void
a_link_in_the_place_of_a_directory_is_refused(void **state)
{
    struct place *place = *state;
    struct server_user user;
    struct error err = {0};
    assert_true(server_user_find(&place->server, &user, &err));
    assert_int_equal(symlink("/tmp", place->server.socket_directory), 0);
    assert_false(server_make_directory(place->server.socket_directory, &user, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    unlink(place->server.socket_directory);
}

static void
a_directory_of_somebody_else_is_refused(void **state)
{
    struct place *place = *state;
    struct server_user other = {.uid = geteuid() + 1, .gid = getegid()};
    struct error err = {0};
    assert_false(server_make_directory(place->server.data, &other, &err));
    assert_non_null(strstr(err.message, "belongs to another user"));
}

static void
the_log_tells_why_and_only_what_is_new(void **state)
{
    struct place *place = *state;
    AUTO_TEXT reason = {0};
    static const char old[] = "FATAL:  yesterday\n";
    server_log_reason(&place->server, 0, &reason);
    assert_string_equal(text_string(&reason), "");
    write_file(place->server.log, "FATAL:  yesterday\n"
                                  "LOG:  starting\n"
                                  "FATAL:  could not map memory\n"
                                  "LOG:  shut down\n");
    server_log_reason(&place->server, 0, &reason);
    assert_string_equal(text_string(&reason), "FATAL:  could not map memory");
    write_file(place->server.log, "FATAL:  yesterday\nLOG:  starting\nlast words\n");
    server_log_reason(&place->server, (int64_t)strlen(old), &reason);
    assert_string_equal(text_string(&reason), "last words");
}

static void
a_pid_of_an_unrelated_process_is_no_server(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    char *path = arena_printf(&place->arena, "%s/postmaster.pid", place->server.data);
    assert_false(server_has_postmaster(&place->server));
    assert_true(server_disown_pid(&place->server, &err)); /* no file: nothing to do */
    write_file(path, arena_printf(&place->arena, "%ld\n/the/data\n5432\n", (long)getpid()));
    assert_false(server_has_postmaster(&place->server));
    assert_true(server_disown_pid(&place->server, &err));
    char content[64] = "";
    int fd = open(path, O_RDONLY);
    assert_true(read(fd, content, sizeof content - 1) > 0);
    close(fd);
    assert_string_equal(content, "2147483647\n/the/data\n5432\n");
}

static void
a_process_that_works_in_the_data_directory_is_the_server(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    char *path = arena_printf(&place->arena, "%s/postmaster.pid", place->server.data);
    char *content = arena_printf(&place->arena, "%ld\n/the/data\n", (long)getpid());
    char here[4096];
    write_file(path, content);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(place->server.data), 0);
    bool running = server_has_postmaster(&place->server);
    bool untouched = server_disown_pid(&place->server, &err);
    assert_int_equal(chdir(here), 0);
    assert_true(running && untouched);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, strlen(content));
}

static void
no_cluster_is_absent_and_can_be_stopped(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    enum private_server_state found = SERVER_RUNNING;
    assert_true(private_server_state(&place->server, &found, &err));
    assert_int_equal(found, SERVER_ABSENT);
    assert_true(private_server_stop(&place->server, &err));
}

static void
without_binaries_the_hint_says_what_to_install(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    struct private_server server;
    setenv("OUTGROW_PG_BIN", "/nonexistent", 1);
    assert_true(private_server_locate(&place->arena, &server, &err));
    unsetenv("OUTGROW_PG_BIN");
    assert_null(server.binaries);
    assert_false(private_server_start(&server, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_non_null(strstr(err.hint, "apt install postgresql"));
}

/* The system takes eight bytes of sixteen, and then no more. */
static void
a_file_that_takes_only_a_part_says_why(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    const struct server_user us = {.uid = geteuid(), .gid = getegid()};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 8, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool written = server_append(&place->server, &us, place->server.log, "0123456789abcdef",
                                 &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_false(written);
    assert_int_equal(err.os_errno, EFBIG);
}

static void
binaries_that_are_not_where_they_were_said_to_be_are_named(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    struct private_server server;
    setenv("OUTGROW_PG_BIN", "/nonexistent", 1);
    assert_true(private_server_locate(&place->arena, &server, &err));
    assert_false(private_server_start(&server, &err));
    unsetenv("OUTGROW_PG_BIN");
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_non_null(strstr(err.message, "OUTGROW_PG_BIN"));
    assert_non_null(strstr(err.message, "/nonexistent"));
}

/* The server's programs run in its own directory. */
static void
binaries_named_from_here_are_found_from_elsewhere(void **state)
{
    struct place *place = *state;
    struct error err = {0};
    struct private_server server;
    char here[4096];
    char *initdb = arena_printf(&place->arena, "%s/initdb", place->home);
    write_file(initdb, "#!/bin/sh\n");
    assert_int_equal(chmod(initdb, 0755), 0);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(place->home), 0);
    setenv("OUTGROW_PG_BIN", ".", 1);
    bool located = private_server_locate(&place->arena, &server, &err);
    unsetenv("OUTGROW_PG_BIN");
    assert_int_equal(chdir(here), 0);
    unlink(initdb);
    assert_true(located);
    assert_string_equal(server.binaries, place->home);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(everything_lies_below_the_data_home),
        cmocka_unit_test(the_url_is_what_libpq_understands),
        cmocka_unit_test(a_deep_home_gets_a_short_socket_directory),
        cmocka_unit_test(different_homes_get_different_short_directories),
        cmocka_unit_test(memory_settings_follow_the_machine),
        IN_PLACE(a_directory_is_made_private),
        IN_PLACE(a_link_in_the_place_of_a_directory_is_refused),
        IN_PLACE(a_directory_of_somebody_else_is_refused),
        IN_PLACE(the_log_tells_why_and_only_what_is_new),
        IN_PLACE(a_pid_of_an_unrelated_process_is_no_server),
        IN_PLACE(a_process_that_works_in_the_data_directory_is_the_server),
        IN_PLACE(no_cluster_is_absent_and_can_be_stopped),
        IN_PLACE(without_binaries_the_hint_says_what_to_install),
        IN_PLACE(a_file_that_takes_only_a_part_says_why),
        IN_PLACE(binaries_that_are_not_where_they_were_said_to_be_are_named),
        IN_PLACE(binaries_named_from_here_are_found_from_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
