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

enum { LOG_TAIL_SIZE = 8192, PID_FILE_SIZE = 4096 + PATH_MAX };

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

/* The content of postmaster.pid, "" when there is none. Its first line is the pid. */
static void
read_pid_file(const char *path, char content[PID_FILE_SIZE])
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, content, PID_FILE_SIZE - 1);
    content[got < 0 ? 0 : got] = '\0';
    if (fd >= 0) {
        close(fd);
    }
}

/* A postmaster's working directory is its data directory; a zombie, which a
 * container without an init process keeps for ever, has none. */
static bool
works_in(long pid, const char *data)
{
    AUTO_ARENA scratch = {0};
    char where[PATH_MAX];
    ssize_t length = readlink(arena_printf(&scratch, "/proc/%ld/cwd", pid), where,
                              sizeof where - 1);
    if (length < 0) {
        return errno != ENOENT || access("/proc/self/cwd", F_OK) != 0; /* cannot tell: yes */
    }
    where[length] = '\0';
    char *real = realpath(data, NULL);
    bool same = real != NULL && strcmp(where, real) == 0;
    free(real);
    return same;
}

bool
server_has_postmaster(const struct private_server *server)
{
    AUTO_ARENA scratch = {0};
    char content[PID_FILE_SIZE];
    read_pid_file(arena_printf(&scratch, "%s/postmaster.pid", server->data), content);
    long pid = strtol(content, NULL, 10);
    if (pid <= 0 || pid > INT_MAX) {
        return false;
    }
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
        return false;
    }
    return works_in(pid, server->data);
}

bool
server_disown_pid(const struct private_server *server, struct error *err)
{
    AUTO_ARENA scratch = {0};
    AUTO_TEXT changed = {0};
    char content[PID_FILE_SIZE];
    const char *path = arena_printf(&scratch, "%s/postmaster.pid", server->data);
    if (server_has_postmaster(server)) {
        return true;
    }
    /* The socket has such a file, too, with nothing in it that is still needed. */
    unlink(arena_printf(&scratch, "%s/.s.PGSQL.5432.lock", server->socket_directory));
    read_pid_file(path, content);
    const char *rest = strchr(content, '\n');
    if (rest == NULL) {
        return true;
    }
    text_printf(&changed, "%d%s", INT_MAX, rest);
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    bool good = fd >= 0 &&
                pwrite(fd, changed.bytes, changed.length, 0) == (ssize_t)changed.length;
    if (!good) {
        error_set(err, ERROR_SYSTEM, "write %s", path);
    }
    if (fd >= 0) {
        close(fd);
    }
    return good;
}
