/* crash_point.c — preloaded into outgrow: ends a process, or the server it talks to, right before
 * the n-th time that it would change something outside of itself.
 *
 * Counted are the system calls by which SQLite's files and the server's state change (write, sync,
 * cut, remove, send), from the moment the file $CRASH_WHEN exists. At number $CRASH_AT the process
 * kills itself with SIGKILL, or, with $CRASH_PID, kills that one and goes on when it is gone. How
 * many there were is left in $CRASH_COUNT. Nothing of it is in outgrow itself. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long counted;

static void
end_server(pid_t pid)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    kill(pid, SIGQUIT);
    for (int i = 0; i < 3000 && kill(pid, 0) == 0; i++) {
        char path[64];
        char state[512] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        FILE *file = fopen(path, "re");
        if (file != NULL) {
            size_t got = fread(state, 1, sizeof state - 1, file);
            state[got] = '\0';
            fclose(file);
        }
        const char *behind = strrchr(state, ')');
        if (behind != NULL && behind[1] == ' ' && behind[2] == 'Z') {
            return;
        }
        nanosleep(&moment, NULL);
    }
}

static void
point(void)
{
    const char *at = getenv("CRASH_AT");
    const char *when = getenv("CRASH_WHEN");
    int saved = errno;
    if (at == NULL || when == NULL || access(when, F_OK) != 0) {
        errno = saved;
        return;
    }
    if (atomic_fetch_add(&counted, 1) + 1 == strtol(at, NULL, 10)) {
        const char *pid = getenv("CRASH_PID");
        if (pid == NULL) {
            kill(getpid(), SIGKILL);
        } else {
            end_server((pid_t)strtol(pid, NULL, 10));
        }
    }
    errno = saved;
}

static void __attribute__((destructor)) leave_count(void)
{
    const char *path = getenv("CRASH_COUNT");
    FILE *file = path == NULL || atomic_load(&counted) == 0 ? NULL : fopen(path, "we");
    if (file != NULL) {
        fprintf(file, "%ld\n", atomic_load(&counted));
        fclose(file);
    }
}

/* POSIX lets a function come as an object pointer; ISO C does not know it. */
#define REAL(name) (__extension__(__typeof__(name) *) dlsym(RTLD_NEXT, #name))

ssize_t
send(int socket, const void *bytes, size_t size, int flags)
{
    point();
    return REAL(send)(socket, bytes, size, flags);
}

ssize_t
pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
    point();
    return REAL(pwrite64)(file, bytes, size, offset);
}

ssize_t
pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    point();
    return REAL(pwrite)(file, bytes, size, offset);
}

int
fsync(int file)
{
    point();
    return REAL(fsync)(file);
}

int
fdatasync(int file)
{
    point();
    return REAL(fdatasync)(file);
}

int
ftruncate64(int file, off64_t size)
{
    point();
    return REAL(ftruncate64)(file, size);
}

int
ftruncate(int file, off_t size)
{
    point();
    return REAL(ftruncate)(file, size);
}

int
unlink(const char *path)
{
    point();
    return REAL(unlink)(path);
}

int
rename(const char *from, const char *to)
{
    point();
    return REAL(rename)(from, to);
}
