/* dump.c — see dump.h. */
#include "operate/dump.h"

#include "base/path.h"
#include "operate/child.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOT_FOUND = 127, VERSION_UNIT = 10000 };

static long
numbered_directory(const char *path)
{
    return strtol(path + strlen("/usr/lib/postgresql/"), NULL, 10);
}

/* The newest one that Debian's packages have put there, or NULL. */
static const char *
newest_installed(struct arena *arena)
{
    glob_t found;
    const char *newest = NULL;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): dumps are made by one thread */
    if (glob("/usr/lib/postgresql/[0-9]*/bin/pg_dump", 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            if (newest == NULL ||
                numbered_directory(found.gl_pathv[i]) > numbered_directory(newest)) {
                newest = found.gl_pathv[i];
            }
        }
        newest = arena_strdup(arena, newest);
    }
    globfree(&found);
    return newest;
}

static const char *
find_program(struct arena *arena)
{
    const char *wanted = getenv("OUTGROW_PG_BIN");
    if (wanted != NULL && wanted[0] != '\0') {
        return arena_printf(arena, "%s/pg_dump", wanted);
    }
    const char *installed = newest_installed(arena);
    return installed == NULL ? "pg_dump" : installed;
}

/* "pg_dump (PostgreSQL) 15.4 (Debian ...)": 15. 0: not understood. */
static int
major_version(const char *words)
{
    const char *digits = strstr(words, "(PostgreSQL) ");
    return digits == NULL ? 0 : (int)strtol(digits + strlen("(PostgreSQL) "), NULL, 10);
}

static bool
check_version(const char *program, PGconn *conn, struct error *err)
{
    AUTO_TEXT words = {0};
    int status = 0;
    int server = PQserverVersion(conn) / VERSION_UNIT;
    const char *const argv[] = {program, "--version", NULL};
    if (!child_run(argv, environ, &words, &status, err)) {
        return false;
    }
    int version = major_version(text_string(&words));
    if (status == NOT_FOUND || version == 0) {
        errno = 0;
        error_set(err, ERROR_SYSTEM, "there is no working pg_dump (%s)", program);
        return error_hint(err,
                          "apt install postgresql-client-%d, or name its directory with "
                          "OUTGROW_PG_BIN",
                          server);
    }
    if (version < server) {
        errno = 0;
        error_set(err, ERROR_SYSTEM, "%s is of PostgreSQL %d and cannot dump a server of %d",
                  program, version, server);
        return error_hint(err,
                          "apt install postgresql-client-%d, or name its directory with "
                          "OUTGROW_PG_BIN",
                          server);
    }
    return true;
}

/* What must not be seen in the process list, and what pg_dump sets itself. */
static bool
is_passed_on(const PQconninfoOption *option)
{
    static const char *const left_out[] = {"password", "sslpassword", "client_encoding",
                                           "application_name", "fallback_application_name"};
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        if (strcmp(option->keyword, left_out[i]) == 0) {
            return false;
        }
    }
    return option->val != NULL && option->val[0] != '\0';
}

/* keyword='value' of all that `conn` was made with. */
static bool
connection_words(PGconn *conn, struct text *words, struct error *err)
{
    PQconninfoOption *options = PQconninfo(conn);
    if (options == NULL) {
        return error_set(err, ERROR_TARGET, "the connection to the target is lost");
    }
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (!is_passed_on(option)) {
            continue;
        }
        text_printf(words, "%s%s='", words->length == 0 ? "" : " ", option->keyword);
        for (const char *c = option->val; *c != '\0'; c++) {
            if (*c == '\'' || *c == '\\') {
                text_add_char(words, '\\');
            }
            text_add_char(words, *c);
        }
        text_add_char(words, '\'');
    }
    PQconninfoFree(options);
    return true;
}

/* Ours, with the password that `conn` was made with. */
static char **
environment_for(struct arena *arena, PGconn *conn)
{
    const char *password = PQpass(conn);
    size_t count = 0;
    char **copy = NULL;
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, "PGPASSWORD=", strlen("PGPASSWORD=")) != 0) {
            *ARENA_APPEND(arena, copy, count) = *entry;
        }
    }
    if (password != NULL && password[0] != '\0') {
        *ARENA_APPEND(arena, copy, count) = arena_printf(arena, "PGPASSWORD=%s", password);
    }
    *ARENA_APPEND(arena, copy, count) = NULL;
    return copy;
}

static const char *
last_line(struct text *words)
{
    while (words->length > 0 && isspace((unsigned char)words->bytes[words->length - 1])) {
        words->bytes[--words->length] = '\0';
    }
    const char *newline = strrchr(text_string(words), '\n');
    return newline == NULL ? text_string(words) : newline + 1;
}

static bool
run_pg_dump(const char *program, PGconn *conn, const char *partial, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_TEXT words = {0};
    AUTO_TEXT connection = {0};
    int status = 0;
    if (!connection_words(conn, &connection, err)) {
        return false;
    }
    const char *const argv[] = {program, "--format=custom", "--no-password",          "--file",
                                partial, "--dbname",        text_string(&connection), NULL};
    if (!child_run(argv, environment_for(&memory, conn), &words, &status, err)) {
        return false;
    }
    if (status == 0) {
        return true;
    }
    const char *line = last_line(&words);
    return error_set(err, ERROR_TARGET, "pg_dump fails with status %d: %s", status,
                     line[0] == '\0' ? "it gives no reason" : line);
}

static bool
sync_and_name(const char *partial, const char *path, struct error *err)
{
    int descriptor = open(partial, O_RDONLY | O_CLOEXEC);
    bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (!synced) {
        error_set(err, ERROR_SYSTEM, "write %s", partial);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return synced && (rename(partial, path) == 0 ||
                      error_set(err, ERROR_SYSTEM, "rename %s to %s", partial, path));
}

/* For its owner's eyes only: pg_dump opens what is there already. */
static bool
create_partial(const char *path, const char *partial, struct error *err)
{
    if (access(path, F_OK) == 0) {
        error_set(err, ERROR_USAGE, "%s is there already", path);
        return error_hint(err, "nothing is ever overwritten: name another file");
    }
    int descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return error_set(err, ERROR_SYSTEM, "create %s", partial);
    }
    close(descriptor);
    return true;
}

bool
target_dump(PGconn *conn, const char *path, struct error *err)
{
    AUTO_ARENA memory = {0};
    const char *program = find_program(&memory);
    const char *partial = arena_printf(&memory, "%s.partial", path);
    if (!check_version(program, conn, err) || !create_partial(path, partial, err)) {
        return false;
    }
    bool dumped = run_pg_dump(program, conn, partial, err) && sync_and_name(partial, path, err);
    if (!dumped) {
        unlink(partial);
    }
    return dumped;
}
