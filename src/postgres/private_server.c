/* private_server.c — the private server: its state, start and stop. */
#include "postgres/private_server.h"

#include "base/path.h"
#include "base/stop.h"
#include "postgres/server_internal.h"
#include "postgres/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_RETRY_MS = 100 };

/* Whether something answers on the socket: true also while it starts up. */
static bool
answers(const struct private_server *server)
{
    PGPing ping = PQping(server->conninfo);
    return ping == PQPING_OK || ping == PQPING_REJECT;
}

bool
private_server_state(const struct private_server *server, enum private_server_state *state,
                     struct error *err)
{
    AUTO_ARENA scratch = {0};
    struct stat info;
    if (stat(arena_printf(&scratch, "%s/PG_VERSION", server->data), &info) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            return error_set(err, ERROR_SYSTEM, "look into %s", server->data);
        }
        *state = SERVER_ABSENT;
        return true;
    }
    *state = answers(server) ? SERVER_RUNNING : SERVER_STOPPED;
    return true;
}

/* Serialises processes that create, start or stop; the directory itself is the
 * lock file. *fd is closed by the caller, which unlocks. */
static bool
lock_directory(const struct private_server *server, int *fd, struct error *err)
{
    *fd = open(server->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0) {
        return error_set(err, ERROR_SYSTEM, "open directory %s", server->directory);
    }
    while (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        bool busy = errno == EWOULDBLOCK || errno == EINTR;
        if (!(busy || error_set(err, ERROR_SYSTEM, "lock %s", server->directory)) ||
            !stop_wait(LOCK_RETRY_MS, err)) {
            close(*fd);
            return false;
        }
    }
    return true;
}

/* The socket directory is given at each start: the home may have been moved. */
static bool
start_server(const struct private_server *server, const struct server_user *user,
             struct error *err)
{
    AUTO_ARENA scratch = {0};
    const char *options = arena_printf(&scratch, "-c unix_socket_directories=%s",
                                       server->socket_directory);
    const char *const argv[] = {arena_printf(&scratch, "%s/pg_ctl", server->binaries),
                                "-D",
                                server->data,
                                "-l",
                                server->log,
                                "-w",
                                "-t",
                                "60",
                                "-o",
                                options,
                                "start",
                                NULL};
    if (!server_make_directory(server->socket_directory, user, err) ||
        !server_disown_pid(server, err)) {
        return false;
    }
    struct server_command command = {.argv = argv, .kept_fd = -1};
    return server_run_checked(server, user, &command, "the private server does not start", err);
}

/* With the lock held. */
static bool
bring_up(const struct private_server *server, const struct server_user *user, int lock_fd,
         struct error *err)
{
    enum private_server_state state = SERVER_ABSENT;
    if (!private_server_state(server, &state, err)) {
        return false;
    }
    if (state == SERVER_ABSENT && !server_cluster_create(server, user, lock_fd, err)) {
        return error_wrap(err, "create the private server");
    }
    if (state != SERVER_RUNNING && !start_server(server, user, err)) {
        return false;
    }
    return server_database_ensure(server, err);
}

static bool
explain_no_binaries(struct error *err)
{
    const char *given = getenv("OUTGROW_PG_BIN");
    if (given == NULL || given[0] == '\0') {
        error_set(err, ERROR_TARGET, "no PostgreSQL server is installed");
    } else {
        error_set(err, ERROR_TARGET, "OUTGROW_PG_BIN names %s, which holds no initdb", given);
    }
    return error_hint(err, "apt install postgresql, or set OUTGROW_PG_BIN to the directory"
                           " of initdb, or name a TARGET");
}

bool
private_server_start(const struct private_server *server, struct error *err)
{
    struct server_user user;
    int lock_fd = -1;
    if (server->binaries == NULL && !answers(server)) {
        return explain_no_binaries(err);
    }
    if (!stop_check(err) || !server_user_find(server, &user, err) ||
        !path_make_directories(server->directory, 0700, err) ||
        !server_make_directory(server->directory, &user, err) ||
        !lock_directory(server, &lock_fd, err)) {
        return false;
    }
    bool up = bring_up(server, &user, lock_fd, err);
    close(lock_fd);
    return up;
}

static bool
stop_server(const struct private_server *server, struct error *err)
{
    AUTO_ARENA scratch = {0};
    struct server_user user;
    if (!server_has_postmaster(server)) {
        return true;
    }
    if (server->binaries == NULL) {
        return error_set(err, ERROR_TARGET, "no pg_ctl is installed to stop the server with");
    }
    const char *const argv[] = {arena_printf(&scratch, "%s/pg_ctl", server->binaries),
                                "-D",
                                server->data,
                                "-m",
                                "fast",
                                "-w",
                                "-t",
                                "60",
                                "stop",
                                NULL};
    struct server_command command = {.argv = argv, .kept_fd = -1};
    return server_user_find(server, &user, err) &&
           server_run_checked(server, &user, &command, "the private server does not stop", err);
}

bool
private_server_stop(const struct private_server *server, struct error *err)
{
    enum private_server_state state = SERVER_ABSENT;
    int lock_fd = -1;
    if (!private_server_state(server, &state, err)) {
        return false;
    }
    if (state == SERVER_ABSENT) {
        return true;
    }
    if (!lock_directory(server, &lock_fd, err)) {
        return false;
    }
    bool stopped = stop_server(server, err);
    close(lock_fd);
    return stopped;
}
