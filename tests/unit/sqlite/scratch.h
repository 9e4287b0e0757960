/* scratch.h — files for tests, made and read by plain SQLite. */
#ifndef TEST_SQLITE_SCRATCH_H
#define TEST_SQLITE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

/* A directory of the test's own, and the name of a file in it. */
struct scratch {
    char directory[64];
    char path[96];
};

int scratch_setup(void **state);
int scratch_teardown(void **state);
#define SCRATCH_TEST(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

/* Runs SQL; any failure fails the test. */
sqlite3 *scratch_open(const char *path);
void scratch_run(sqlite3 *handle, const char *sql);
void scratch_sql(const char *path, const char *sql);

/* Runs `sql` in a process that ends at once, as in a crash: no commit, no
 * checkpoint, journals stay behind. */
void scratch_crash(const char *path, const char *sql);

/* An application in a process of its own. SQLite's table of locks survives a
 * fork but the locks do not, so it is started before this process opens the
 * file; connect makes it run `sql` and stay connected. */
struct scratch_application {
    int process;
    int connect[2];   /* pipes: a byte says "connect now", ... */
    int connected[2]; /* ... and "done" */
};
void scratch_application_start(struct scratch_application *application, const char *path,
                               const char *sql);
void scratch_application_connect(struct scratch_application *application);
void scratch_application_kill(struct scratch_application *application);

/* Runs `function` in a child as a user without rights on others' files;
 * fails the test unless it returns 0. */
typedef int scratch_function(struct scratch *scratch);
void scratch_as_nobody(struct scratch *scratch, scratch_function *function);
/* The same in a child that stays who we are. */
void scratch_in_child(struct scratch *scratch, scratch_function *function);

/* Whole file, NUL-terminated; free() it. */
unsigned char *scratch_bytes(const char *path, size_t *size);
void scratch_write(const char *path, const void *bytes, size_t size);
void scratch_overwrite(const char *path, long offset, const void *bytes, size_t size);
bool scratch_exists(const char *path, const char *suffix);

#endif
