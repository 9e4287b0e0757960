/* test_cmdline.c — the program itself: no password stays on its command line.
 * argv[1] is the program. The "server" is this test: a socket that accepts and
 * says nothing, so that the program can be looked at while it connects. */
#include "base/error.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char secret[] = "hunter2hunter2";
static const char *program;

struct silent_server {
    char directory[64];
    struct sockaddr_un address;
    int socket;
};

static int
server_open(void **state)
{
    struct silent_server *server = calloc(1, sizeof *server);
    *state = server;
    snprintf(server->directory, sizeof server->directory, "/tmp/cmdline-XXXXXX");
    if (server == NULL || mkdtemp(server->directory) == NULL) {
        return -1;
    }
    server->address.sun_family = AF_UNIX;
    snprintf(server->address.sun_path, sizeof server->address.sun_path, "%s/.s.PGSQL.5432",
             server->directory);
    server->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->socket, (struct sockaddr *)&server->address, sizeof server->address) !=
        0) {
        return -1;
    }
    return listen(server->socket, 1);
}

static int
server_close(void **state)
{
    struct silent_server *server = *state;
    close(server->socket);
    unlink(server->address.sun_path);
    rmdir(server->directory);
    free(server);
    return 0;
}

static pid_t
start_program(const char *target)
{
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        execl(program, "outgrow", "status", target, (char *)NULL);
        _exit(127);
    }
    return child;
}

/* Its command line as one string, blanks for NULs. */
static void
read_command_line(pid_t child, char line[1024])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)child);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(line, 1, 1023, file);
    fclose(file);
    line[length] = '\0';
    for (size_t i = 0; i + 1 < length; i++) {
        line[i] = line[i] == '\0' ? ' ' : line[i];
    }
}

static void
assert_not_shown(struct silent_server *server, const char *target)
{
    char line[1024];
    pid_t child = start_program(target);
    int connection = accept(server->socket, NULL, NULL);
    read_command_line(child, line);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(connection);
    assert_non_null(strstr(line, "outgrow status xxxx"));
    assert_null(strstr(line, secret));
}

static void
a_password_in_a_url_is_wiped_from_the_command_line(void **state)
{
    char target[256];
    struct silent_server *server = *state;
    snprintf(target, sizeof target, "postgresql://user:%s@/app?host=%s", secret,
             server->directory);
    assert_not_shown(server, target);
}

static void
a_password_in_a_keyword_string_is_wiped_from_the_command_line(void **state)
{
    char target[256];
    struct silent_server *server = *state;
    snprintf(target, sizeof target, "host=%s user=user password=%s dbname=app",
             server->directory, secret);
    assert_not_shown(server, target);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_password_in_a_url_is_wiped_from_the_command_line,
                                        server_open, server_close),
        cmocka_unit_test_setup_teardown(
            a_password_in_a_keyword_string_is_wiped_from_the_command_line, server_open,
            server_close),
    };
    if (argc != 2) {
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
