/* source_describe.c — says in one line why a file is no SQLite database. */
#include "base/path.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
refuse(struct error *err, const char *path, const char *what, const char *hint)
{
    error_set(err, ERROR_SOURCE, "%s %s", path, what);
    return error_hint(err, "%s", hint);
}

static bool
refuse_lookup(struct error *err, const char *path)
{
    struct stat link;
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode)) {
            return refuse(err, path, "is a symbolic link to what does not exist",
                          "mend the link, or name the SQLite file itself");
        }
        return refuse(err, path, "does not exist", "check the path of the SQLite file");
    case EACCES:
        return refuse(err, path, "may not be read by this user",
                      "run as the user that owns it, or give this user read permission on the "
                      "file and its directory");
    case ELOOP:
        return refuse(err, path, "is a symbolic link that leads back to itself",
                      "name the SQLite file itself");
    default: error_set(err, ERROR_SOURCE, "%s: %s", path, strerrordesc_np(errno)); return false;
    }
}

bool
source_locate(const char *path, char real[PATH_MAX], struct error *err)
{
    struct stat info;
    if (realpath(path, real) == NULL || stat(real, &info) != 0) {
        return refuse_lookup(err, path);
    }
    if (S_ISDIR(info.st_mode)) {
        return refuse(err, path, "is a directory", "name the SQLite file inside it");
    }
    if (!S_ISREG(info.st_mode)) {
        return refuse(err, path, "is not a regular file",
                      "copy its content into a file and name that");
    }
    if (faccessat(AT_FDCWD, real, R_OK, AT_EACCESS) != 0) {
        return refuse_lookup(err, path);
    }
    if (info.st_size == 0) {
        return refuse(err, path, "is empty (0 bytes): no database was ever written there",
                      "check the path: opening a wrong one in an application creates an empty "
                      "file");
    }
    return true;
}

bool
source_real(struct arena *arena, const char *path, char **real, struct error *err)
{
    char located[PATH_MAX];
    if (!source_locate(path, located, err)) {
        return false;
    }
    *real = arena_strdup(arena, located);
    return path_check_text(located, err);
}

struct format {
    size_t offset;
    const char *start; /* letters compare without regard to case */
    const char *what;
    const char *hint;
};

#define HINT_LOAD_DUMP "load it first: sqlite3 new.db < dump.sql"
#define HINT_UNPACK    "unpack it first and name the database inside"

static const struct format formats[] = {
    {0, "\x1f\x8b", "is not a SQLite database but gzip-compressed", HINT_UNPACK},
    {0, "PK\x03\x04", "is not a SQLite database but a zip archive", HINT_UNPACK},
    {0, "\x28\xb5\x2f\xfd", "is not a SQLite database but zstd-compressed", HINT_UNPACK},
    {0,
     "\xfd"
     "7zXZ",
     "is not a SQLite database but xz-compressed", HINT_UNPACK},
    {0, "BZh", "is not a SQLite database but bzip2-compressed", HINT_UNPACK},
    {257, "ustar", "is not a SQLite database but a tar archive", HINT_UNPACK},
    {0, "PGDMP", "is not a SQLite database but a PostgreSQL dump",
     "restore it with pg_restore; there is nothing to migrate"},
    {0, "** This file contains an SQLite 2", "is a database of SQLite 2",
     "convert it first: sqlite old.db .dump | sqlite3 new.db"},
    {8, "DUCK", "is not a SQLite database but a DuckDB database",
     "export it to SQLite with DuckDB's sqlite extension first"},
    {4, "Standard Jet DB", "is not a SQLite database but a Microsoft Access database",
     "convert it to SQLite first"},
    {0, "PRAGMA ", "is not a SQLite database but SQL text", HINT_LOAD_DUMP},
    {0, "BEGIN", "is not a SQLite database but SQL text", HINT_LOAD_DUMP},
    {0, "CREATE ", "is not a SQLite database but SQL text", HINT_LOAD_DUMP},
    {0, "INSERT ", "is not a SQLite database but SQL text", HINT_LOAD_DUMP},
    {0, "-- ", "is not a SQLite database but SQL text", HINT_LOAD_DUMP},
    {0, "version https://git-lfs", "is not a SQLite database but a Git LFS pointer",
     "fetch the real file: git lfs pull"},
};

static const struct format *
format_find(const struct file_start *start)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t length = strlen(formats[i].start);
        if (formats[i].offset + length <= start->size &&
            strncasecmp((const char *)start->bytes + formats[i].offset, formats[i].start,
                        length) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

static size_t
distinct_bytes(const struct file_start *start)
{
    bool seen[256] = {false};
    size_t count = 0;
    for (size_t i = 0; i < start->size; i++) {
        count += !seen[start->bytes[i]];
        seen[start->bytes[i]] = true;
    }
    return count;
}

/* 512 random bytes hold about 221 different ones; text, source code and page 1
 * of a plain database stay below 110. */
static bool
looks_random(const struct file_start *start)
{
    return start->size == FILE_START_SIZE && distinct_bytes(start) >= 180;
}

static bool
refuse_sqlite_header(struct error *err, const char *path, const struct file_start *start)
{
    if (start->size < SQLITE_HEADER_SIZE) {
        error_set(err, ERROR_SOURCE,
                  "%s is cut off: it has %zu bytes, and SQLite's header alone has %d", path,
                  start->size, SQLITE_HEADER_SIZE);
        return error_hint(err, "copy it again from where it came, or use a backup");
    }
    return refuse(err, path, "starts like a SQLite database, but its first page is unreadable",
                  "it is damaged, or encrypted with its header left plain: try a backup, or "
                  "decrypt it with the application's key");
}

static const char magic[16] = "SQLite format 3";

bool
source_look(const char *path, struct error *err)
{
    char real[PATH_MAX];
    struct file_start start;
    if (!source_locate(path, real, err)) {
        return false;
    }
    bool whole = file_start_read(real, &start) && start.size >= SQLITE_HEADER_SIZE;
    return (whole && memcmp(start.bytes, magic, sizeof magic) == 0) ||
           source_describe_foreign(path, real, err);
}

bool
source_describe_foreign(const char *path, const char *real, struct error *err)
{
    struct file_start start;
    if (!file_start_read(real, &start)) {
        return refuse(err, path, "cannot be read", "check the disk it is on");
    }
    size_t known = start.size < sizeof magic ? start.size : sizeof magic;
    if (memcmp(start.bytes, magic, known) == 0) {
        return refuse_sqlite_header(err, path, &start);
    }
    const struct format *format = format_find(&start);
    if (format != NULL) {
        return refuse(err, path, format->what, format->hint);
    }
    if (looks_random(&start)) {
        return refuse(err, path,
                      "is not a plain SQLite database: its bytes look random, it may be "
                      "encrypted (SQLCipher, SEE)",
                      "decrypt it with the application's key first, for example with "
                      "sqlcipher_export() into a plain file");
    }
    if (distinct_bytes(&start) == 1 && start.bytes[0] == 0) {
        return refuse(err, path, "is not a SQLite database: it starts with zero bytes only",
                      "its content is lost, perhaps in a crash of the machine: use a backup");
    }
    return refuse(err, path, "is not a SQLite database",
                  "it does not start with \"SQLite format 3\": check the path");
}
