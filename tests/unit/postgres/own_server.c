/* own_server.c — see own_server.h. */
#include "own_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char home[] = "/tmp/outgrow-test-XXXXXX";
static struct arena memory;
struct private_server own_server;

int
own_server_start(void **state)
{
    (void)state;
    struct error err = {0};
    /* Open to all, because root's server runs as another user. */
    if (mkdtemp(home) == NULL || chmod(home, 0755) != 0 ||
        setenv("XDG_DATA_HOME", home, 1) != 0) {
        return -1;
    }
    if (!private_server_locate(&memory, &own_server, &err) ||
        !private_server_start(&own_server, &err)) {
        print_error("%s (%s)\n", err.message, err.hint);
        return -1;
    }
    return 0;
}

int
own_server_stop(void **state)
{
    (void)state;
    struct error err = {0};
    bool stopped = private_server_stop(&own_server, &err);
    if (!stopped) {
        print_error("%s\n", err.message);
    }
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", home, (char *)NULL);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    arena_free(&memory);
    return stopped ? 0 : -1;
}

PGconn *
own_server_connect(void)
{
    struct error err = {0};
    PGconn *conn = NULL;
    if (!target_connect(own_server.conninfo, &conn, &err)) {
        fail_msg("%s", err.message);
    }
    return conn;
}

const char *
own_server_ask(struct arena *arena, PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0) {
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    }
    const char *answer = PQgetisnull(result, 0, 0)
                             ? "NULL"
                             : arena_strdup(arena, PQgetvalue(result, 0, 0));
    PQclear(result);
    return answer;
}

void
own_server_do(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK &&
        PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    }
    PQclear(result);
}
