/* child.c — see child.h. Between fork and exec only async-signal-safe calls. */
#include "operate/child.h"

#include "base/arena.h"
#include "base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 8192, WAIT_MS = 100, NOT_FOUND = 127 };

struct child {
    pid_t pid;
    int words_fd;
    bool told; /* to stop */
};

/* posix_spawn sets all up in the child; the pipe's write end is all it inherits. */
static bool
start(struct child *child, char *const *argv, char *const *environment, int write_fd,
      int *failure)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, write_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, write_fd, STDERR_FILENO);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    *failure = posix_spawnp(&child->pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return *failure == 0;
}

static void
keep_the_end(struct text *words)
{
    if (words->length > (size_t)2 * WORDS_MAX) {
        size_t excess = words->length - WORDS_MAX;
        memmove(words->bytes, words->bytes + excess, WORDS_MAX + 1);
        words->length = WORDS_MAX;
    }
}

static void
read_words(struct child *child, struct text *words)
{
    struct pollfd ready = {.fd = child->words_fd, .events = POLLIN};
    for (;;) {
        if (stop_requested() && !child->told) {
            (void)kill(child->pid, SIGTERM);
            child->told = true;
        }
        if (poll(&ready, 1, WAIT_MS) <= 0) {
            continue;
        }
        text_reserve(words, WORDS_MAX);
        ssize_t got = read(child->words_fd, words->bytes + words->length, WORDS_MAX);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return;
        }
        words->length += got < 0 ? 0 : (size_t)got;
        words->bytes[words->length] = '\0';
        keep_the_end(words);
    }
}

static bool
wait_for_end(struct child *child, int *status, struct error *err)
{
    int raw = 0;
    pid_t ended;
    do {
        ended = waitpid(child->pid, &raw, 0);
    } while (ended < 0 && errno == EINTR);
    if (ended < 0) {
        return error_set(err, ERROR_SYSTEM, "wait for a child process");
    }
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return !child->told || stop_check(err);
}

/* exec's argv is not const for reasons of history alone. */
static char **
copy_words(struct arena *arena, const char *const *argv)
{
    char **copy = NULL;
    size_t count = 0;
    for (const char *const *word = argv; *word != NULL; word++) {
        *ARENA_APPEND(arena, copy, count) = arena_strdup(arena, *word);
    }
    *ARENA_APPEND(arena, copy, count) = NULL;
    return copy;
}

bool
child_run(const char *const *argv, char *const *environment, struct text *words, int *status,
          struct error *err)
{
    int ends[2];
    int failure = 0;
    struct child child = {0};
    AUTO_ARENA memory = {0};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set(err, ERROR_SYSTEM, "make a pipe");
    }
    bool started = start(&child, copy_words(&memory, argv), environment, ends[1], &failure);
    close(ends[1]);
    child.words_fd = ends[0];
    if (started) {
        read_words(&child, words);
    }
    close(ends[0]);
    if (started) {
        return wait_for_end(&child, status, err);
    }
    if (failure == ENOENT) {
        *status = NOT_FOUND;
        return true;
    }
    errno = failure;
    return error_set(err, ERROR_SYSTEM, "start %s", argv[0]);
}
