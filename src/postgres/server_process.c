/* server_process.c — programs of the private server, run as the user it belongs to.
 *
 * Between fork and exec only async-signal-safe calls: other threads may hold locks. */
#include "base/stop.h"
#include "base/text.h"
#include "postgres/server_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 20, PASSWD_BUFFER_SIZE = 16384, ENVIRONMENT_MAX = 8 };

/* What a child could not do before it became the program; travels as is through a
 * pipe that closes at exec. */
struct child_failure {
    int os_errno;
    enum { FAILED_USER, FAILED_DIRECTORY, FAILED_LOG, FAILED_EXEC, FAILED_WRITE } at;
};

/* What the child is to do, all prepared before the fork. */
struct child {
    const struct private_server *server;
    const struct server_user *user;
    const struct server_command *command; /* NULL: append */
    const char *append_path;
    const char *append_content;
    char *environment[ENVIRONMENT_MAX];
    int failure_pipe;
};

bool
server_user_find(const struct private_server *server, struct server_user *user,
                 struct error *err)
{
    *user = (struct server_user){.uid = geteuid(), .gid = getegid()};
    if (server->run_as == NULL) {
        return true;
    }
    AUTO_ARENA scratch = {0};
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer = arena_alloc(&scratch, PASSWD_BUFFER_SIZE);
    int failed = getpwnam_r(server->run_as, &entry, buffer, PASSWD_BUFFER_SIZE, &found);
    if (failed != 0 || found == NULL) {
        errno = failed;
        return error_set(err, ERROR_SYSTEM, "there is no user %s to run the server as",
                         server->run_as);
    }
    user->change = true;
    user->uid = found->pw_uid;
    user->gid = found->pw_gid;
    user->group_count = SERVER_GROUPS_MAX;
    if (getgrouplist(server->run_as, user->gid, user->groups, &user->group_count) < 0) {
        user->group_count = SERVER_GROUPS_MAX; /* more than we care about */
    }
    return true;
}

static _Noreturn void
child_fail(const struct child *child, int at)
{
    struct child_failure failure = {.os_errno = errno, .at = at};
    ssize_t written = write(child->failure_pipe, &failure, sizeof failure);
    _exit(written == (ssize_t)sizeof failure ? 126 : 127);
}

static void
child_become_user(const struct child *child)
{
    const struct server_user *user = child->user;
    umask(077);
    if (user->change && (setgroups((size_t)user->group_count, user->groups) != 0 ||
                         setgid(user->gid) != 0 || setuid(user->uid) != 0)) {
        child_fail(child, FAILED_USER);
    }
    if (chdir(child->server->directory) != 0) {
        child_fail(child, FAILED_DIRECTORY);
    }
}

static void
child_redirect(const struct child *child)
{
    int log = open(child->server->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (log < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
        child_fail(child, FAILED_LOG);
    }
    int kept = child->command->kept_fd;
    if (kept >= 0 && fcntl(kept, F_SETFD, 0) != 0) {
        child_fail(child, FAILED_LOG);
    }
}

/* Files that libraries opened without O_CLOEXEC would stay open in the server for
 * as long as it runs. */
static void
child_close_others(const struct child *child)
{
    int kept = child->command->kept_fd;
    long limit = sysconf(_SC_OPEN_MAX);
    int last = limit > 0 && limit < 65536 ? (int)limit : 65536;
    for (int fd = STDERR_FILENO + 1; fd < last; fd++) {
        if (fd != kept && fd != child->failure_pipe) {
            (void)close(fd);
        }
    }
}

static void
child_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a forked child has one thread */
    sigprocmask(SIG_SETMASK, &none, NULL);
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGALRM};
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
        (void)signal(caught[i], SIG_DFL);
    }
}

/* On a full disk the first write is a short one: the next says why. */
static bool
write_whole(int file, const char *content)
{
    size_t left = strlen(content);
    while (left > 0) {
        ssize_t written = write(file, content, left);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        content += written < 0 ? 0 : written;
        left -= written < 0 ? 0 : (size_t)written;
    }
    return true;
}

static _Noreturn void
child_append(const struct child *child)
{
    int file = open(child->append_path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
    if (file < 0 || !write_whole(file, child->append_content) || fsync(file) != 0) {
        child_fail(child, FAILED_WRITE);
    }
    _exit(0);
}

static _Noreturn void
child_run(const struct child *child)
{
    child_reset_signals();
    child_become_user(child);
    if (child->command == NULL) {
        child_append(child);
    }
    child_redirect(child);
    child_close_others(child);
    const char *const *argv = child->command->argv;
    execve(argv[0], (char *const *)(uintptr_t)argv, child->environment);
    child_fail(child, FAILED_EXEC);
}

/* Nothing of ours: LC_* and PG* variables would change what the server becomes. */
static void
fill_environment(struct arena *arena, struct child *child)
{
    const char *libraries = getenv("LD_LIBRARY_PATH");
    const char *zone = getenv("TZ");
    size_t count = 0;
    child->environment[count++] = arena_strdup(arena, "PATH=/usr/local/bin:/usr/bin:/bin");
    child->environment[count++] = arena_strdup(arena, "LC_ALL=C");
    child->environment[count++] = arena_printf(arena, "HOME=%s", child->server->directory);
    if (libraries != NULL) {
        child->environment[count++] = arena_printf(arena, "LD_LIBRARY_PATH=%s", libraries);
    }
    if (zone != NULL) {
        child->environment[count++] = arena_printf(arena, "TZ=%s", zone);
    }
    child->environment[count] = NULL;
}

static bool
explain_failure(const struct child *child, const struct child_failure *failure,
                struct error *err)
{
    const char *directory = child->server->directory;
    errno = failure->os_errno;
    switch (failure->at) {
    case FAILED_USER:
        return error_set(err, ERROR_SYSTEM, "become user %s", child->server->run_as);
    case FAILED_DIRECTORY:
        error_set(err, ERROR_SYSTEM, "enter directory %s", directory);
        if (child->user->change) {
            error_hint(err,
                       "user %s must be able to enter it and all above it; set XDG_DATA_HOME"
                       " to a place that is open to all",
                       child->server->run_as);
        }
        return false;
    case FAILED_LOG: return error_set(err, ERROR_SYSTEM, "open %s", child->server->log);
    case FAILED_EXEC:
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): nothing else is executed */
        return error_set(err, ERROR_SYSTEM, "start %s", child->command->argv[0]);
    case FAILED_WRITE: return error_set(err, ERROR_SYSTEM, "write %s", child->append_path);
    }
    return error_set(err, ERROR_INTERNAL, "unknown failure of a child process");
}

/* Waits for the end of the child, passing on a stop request that comes meanwhile:
 * an older one must not keep us from stopping the server in good order. */
static bool
wait_for_child(pid_t pid, int *status, struct error *err)
{
    bool stopped_before = stop_requested();
    bool told = false;
    int raw = 0;
    pid_t ended;
    while ((ended = waitpid(pid, &raw, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        if (stop_requested() && !stopped_before && !told) {
            (void)kill(pid, SIGTERM);
            told = true;
        }
        (void)poll(NULL, 0, WAIT_MS);
    }
    if (ended < 0) {
        return error_set(err, ERROR_SYSTEM, "wait for a child process");
    }
    if (told) {
        return stop_check(err);
    }
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return true;
}

/* *status: its exit status, 128 + signal when a signal ended it. */
static bool
run_child(struct child *child, int *status, struct error *err)
{
    AUTO_ARENA scratch = {0};
    fill_environment(&scratch, child);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set(err, ERROR_SYSTEM, "make a pipe");
    }
    child->failure_pipe = ends[1];
    pid_t pid = fork();
    if (pid == 0) {
        child_run(child);
    }
    int fork_errno = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = fork_errno;
        return error_set(err, ERROR_SYSTEM, "start a child process");
    }
    struct child_failure failure;
    ssize_t got;
    do {
        got = read(ends[0], &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    close(ends[0]);
    if (!wait_for_child(pid, status, err)) {
        return false;
    }
    return got == (ssize_t)sizeof failure ? explain_failure(child, &failure, err) : true;
}

bool
server_run_checked(const struct private_server *server, const struct server_user *user,
                   const struct server_command *command, const char *failure, struct error *err)
{
    struct child child = {.server = server, .user = user, .command = command};
    int64_t log_start = server_log_size(server);
    int status = 0;
    if (!run_child(&child, &status, err)) {
        return false;
    }
    if (status == 0) {
        return true;
    }
    AUTO_TEXT reason = {0};
    server_log_reason(server, log_start, &reason);
    error_set(err, ERROR_TARGET, "%s: %s", failure,
              reason.length > 0 ? text_string(&reason) : "no reason given");
    return error_hint(err, "more about it is in %s", server->log);
}

bool
server_append(const struct private_server *server, const struct server_user *user,
              const char *path, const char *content, struct error *err)
{
    struct child child = {
        .server = server, .user = user, .append_path = path, .append_content = content};
    int status = 0;
    if (!run_child(&child, &status, err)) {
        return false;
    }
    if (status != 0) {
        return error_set(err, ERROR_INTERNAL, "write %s: ended with status %d", path, status);
    }
    return true;
}
