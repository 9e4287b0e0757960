/* scratch.c — see scratch.h. */
#include "scratch.h"

#include <dirent.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

int
scratch_setup(void **state)
{
    struct scratch *scratch = calloc(1, sizeof *scratch);
    assert_non_null(scratch);
    snprintf(scratch->directory, sizeof scratch->directory, "/tmp/outgrow-sqlite-XXXXXX");
    assert_non_null(mkdtemp(scratch->directory));
    assert_int_equal(chmod(scratch->directory, 0755), 0);
    snprintf(scratch->path, sizeof scratch->path, "%s/app.db", scratch->directory);
    *state = scratch;
    return 0;
}

int
scratch_teardown(void **state)
{
    struct scratch *scratch = *state;
    chmod(scratch->directory, 0755);
    DIR *directory = opendir(scratch->directory);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", scratch->directory, entry->d_name);
        unlink(name);
    }
    closedir(directory);
    int removed = rmdir(scratch->directory);
    free(scratch);
    return removed;
}

sqlite3 *
scratch_open(const char *path)
{
    sqlite3 *handle = NULL;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    return handle;
}

void
scratch_run(sqlite3 *handle, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", sql, message);
    }
}

void
scratch_sql(const char *path, const char *sql)
{
    sqlite3 *handle = scratch_open(path);
    scratch_run(handle, sql);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void
wait_for_child(pid_t child)
{
    int status = 0;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("the child ended with status %d", status);
    }
}

void
scratch_crash(const char *path, const char *sql)
{
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *handle = NULL;
        bool done = sqlite3_open(path, &handle) == SQLITE_OK &&
                    sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK;
        _exit(!done);
    }
    wait_for_child(child);
}

static void
be_application(const struct scratch_application *application, const char *path, const char *sql)
{
    char byte = 0;
    sqlite3 *handle = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* so as not to outlive a test that fails */
    if (read(application->connect[0], &byte, 1) == 1 &&
        sqlite3_open(path, &handle) == SQLITE_OK &&
        sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK &&
        write(application->connected[1], &byte, 1) == 1) {
        pause();
    }
    _exit(1);
}

void
scratch_application_start(struct scratch_application *application, const char *path,
                          const char *sql)
{
    assert_int_equal(pipe(application->connect), 0);
    assert_int_equal(pipe(application->connected), 0);
    application->process = fork();
    if (application->process == 0) {
        be_application(application, path, sql);
    }
    assert_true(application->process > 0);
    close(application->connect[0]);
    close(application->connected[1]);
}

void
scratch_application_connect(struct scratch_application *application)
{
    char byte = 'c';
    assert_int_equal(write(application->connect[1], &byte, 1), 1);
    assert_int_equal(read(application->connected[0], &byte, 1), 1);
}

void
scratch_application_kill(struct scratch_application *application)
{
    assert_int_equal(kill(application->process, SIGKILL), 0);
    assert_int_equal(waitpid(application->process, NULL, 0), application->process);
    close(application->connect[1]);
    close(application->connected[0]);
}

static bool
become_nobody(void)
{
    return geteuid() != 0 ||
           (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

void
scratch_as_nobody(struct scratch *scratch, scratch_function *function)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(become_nobody() ? function(scratch) : 99);
    }
    wait_for_child(child);
}

void
scratch_in_child(struct scratch *scratch, scratch_function *function)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(function(scratch));
    }
    wait_for_child(child);
}

unsigned char *
scratch_bytes(const char *path, size_t *size)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    *size = (size_t)info.st_size;
    unsigned char *bytes = calloc(1, *size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

void
scratch_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void
scratch_overwrite(const char *path, long offset, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

bool
scratch_exists(const char *path, const char *suffix)
{
    char name[256];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}
