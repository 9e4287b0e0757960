/* server_files.c — the private server's directories, pid file and log. */
#include "base/hash.h"
#include "base/text.h"
#include "postgres/server_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_TAIL_SIZE = 8192 };

/* Names that need no quoting in postgresql.conf nor in the shell that pg_ctl uses. */
static bool
is_simple_path(const char *path)
{
    return path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789/._-")] == '\0';
}

const char *
server_socket_directory(struct arena *arena, const char *directory, uid_t uid)
{
    char *beside = arena_printf(arena, "%s/socket", directory);
    if (strlen(beside) + strlen("/.s.PGSQL.5432") <= SOCKET_PATH_MAX &&
        is_simple_path(beside)) {
        return beside;
    }
    uint64_t hash = XXH64(directory, strlen(directory), 0);
    return arena_printf(arena, "/tmp/outgrow-%lu-%08" PRIx32, (unsigned long)uid,
                        (uint32_t)(hash >> 32));
}

const char *
server_conninfo(struct arena *arena, const char *socket_directory, const char *database)
{
    AUTO_TEXT uri = {0};
    text_printf(&uri, "postgresql:///%s?host=", database);
    for (const char *c = socket_directory; *c != '\0'; c++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *c)) {
            text_add_char(&uri, *c);
        } else {
            text_printf(&uri, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    text_add(&uri, "&port=5432&user=outgrow");
    return arena_strdup(arena, text_string(&uri));
}

/* The directory is opened first, and only what was opened is judged and changed,
 * so nobody can put something else in its place in between. */
bool
server_make_directory(const char *path, const struct server_user *user, struct error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return error_set(err, ERROR_SYSTEM, "create directory %s", path);
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return error_set(err, ERROR_SYSTEM, "open directory %s", path);
    }
    struct stat info = {0};
    bool good = fstat(fd, &info) == 0;
    if (good && user->change && info.st_uid == 0) {
        good = fchown(fd, user->uid, user->gid) == 0 && fstat(fd, &info) == 0;
    }
    if (good && info.st_uid == user->uid && (info.st_mode & 077) != 0) {
        good = fchmod(fd, 0700) == 0;
    }
    if (!good) {
        error_set(err, ERROR_SYSTEM, "make directory %s private", path);
    } else if (info.st_uid != user->uid) {
        good = false;
        error_set(err, ERROR_TARGET, "directory %s belongs to another user (uid %lu)", path,
                  (unsigned long)info.st_uid);
        error_hint(err, "remove it, or set XDG_DATA_HOME to a place of your own");
    }
    close(fd);
    return good;
}

int64_t
server_log_size(const struct private_server *server)
{
    struct stat info;
    return stat(server->log, &info) == 0 ? (int64_t)info.st_size : 0;
}

static bool
tells_why(const char *line)
{
    return strstr(line, "FATAL:") != NULL || strstr(line, "PANIC:") != NULL ||
           strstr(line, "error:") != NULL;
}

void
server_log_reason(const struct private_server *server, int64_t from, struct text *reason)
{
    text_reset(reason);
    int fd = open(server->log, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    char tail[LOG_TAIL_SIZE];
    int64_t size = server_log_size(server);
    int64_t start = size - from > LOG_TAIL_SIZE - 1 ? size - (LOG_TAIL_SIZE - 1) : from;
    ssize_t got = pread(fd, tail, sizeof tail - 1, start);
    close(fd);
    tail[got < 0 ? 0 : got] = '\0';
    bool found = false;
    char *rest = NULL;
    for (char *line = strtok_r(tail, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (tells_why(line) || !found) {
            found = tells_why(line) || found;
            text_reset(reason);
            text_add(reason, line);
        }
    }
}

/* The pid in the first line of postmaster.pid; 0: none. */
static long
read_pid(const char *path)
{
    char line[32] = "";
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t got = read(fd, line, sizeof line - 1);
    close(fd);
    line[got < 0 ? 0 : got] = '\0';
    long pid = strtol(line, NULL, 10);
    return pid > 0 ? pid : 0;
}

void
server_remove_stale_pid(const struct private_server *server)
{
    AUTO_ARENA scratch = {0};
    const char *path = arena_printf(&scratch, "%s/postmaster.pid", server->data);
    long pid = read_pid(path);
    if (pid == 0) {
        return;
    }
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
        unlink(path);
        return;
    }
    /* A postmaster's working directory is its data directory. */
    char where[PATH_MAX];
    const char *link = arena_printf(&scratch, "/proc/%ld/cwd", pid);
    ssize_t length = readlink(link, where, sizeof where - 1);
    char *real = realpath(server->data, NULL);
    if (length > 0 && real != NULL) {
        where[length] = '\0';
        if (strcmp(where, real) != 0) {
            unlink(path);
        }
    }
    free(real);
}
