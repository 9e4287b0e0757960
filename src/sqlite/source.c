/* source.c — opens and closes a source; see source.h. */
#include "sqlite/source.h"

#include "base/stop.h"
#include "base/text.h"
#include "sqlite/catalog.h"
#include "sqlite/source_internal.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { BUSY_STEP_MS = 10, BUSY_QUICK_TRIES = 50 };

/* Quick at first, for a writer leaves only short gaps; then every ten milliseconds. */
static int
wait_for_lock(void *context, int times)
{
    int quick_ms = times < BUSY_QUICK_TRIES ? times : BUSY_QUICK_TRIES;
    int64_t waited_ms = quick_ms + (int64_t)(times - quick_ms) * BUSY_STEP_MS;
    if (stop_requested() || waited_ms >= (int64_t)(intptr_t)context) {
        return 0;
    }
    usleep(times < BUSY_QUICK_TRIES ? 1000 : BUSY_STEP_MS * 1000);
    return 1;
}

void
source_wait_for_locks(sqlite3 *handle, int busy_ms)
{
    sqlite3_busy_handler(handle, wait_for_lock, (void *)(intptr_t)busy_ms);
}

int
source_poll_stop(void *context)
{
    (void)context;
    return stop_requested();
}

static int
compare_bytes(void *context, int a_size, const void *a, int b_size, const void *b)
{
    (void)context;
    int shared = a_size < b_size ? a_size : b_size;
    int order = shared == 0 ? 0 : memcmp(a, b, (size_t)shared);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* In a UTF-16 file SQLite asks for NOCASE and RTRIM too, before it takes its
 * own, which it has in UTF-8 only. */
static void
stand_in_collation(void *context, sqlite3 *handle, int encoding, const char *name)
{
    (void)context;
    if (!source_collation_is_builtin(name)) {
        sqlite3_create_collation(handle, name, encoding, NULL, compare_bytes);
    }
}

void
source_stand_in_collations(sqlite3 *handle)
{
    sqlite3_collation_needed(handle, NULL, stand_in_collation);
}

/* As a URI, so that nothing in the name is mistaken for one. */
static void
path_to_uri(struct text *uri, const char *real, const char *query)
{
    text_add(uri, "file://");
    for (const unsigned char *c = (const unsigned char *)real; *c != '\0'; c++) {
        if (isalnum(*c) || strchr("/._-", *c) != NULL) {
            text_add_char(uri, (char)*c);
        } else {
            text_printf(uri, "%%%02X", *c);
        }
    }
    text_add(uri, query);
}

/* damaged: take the schema and the file's length as they are, however wrong.
 * SQLite does so when sqlite_schema might have to be repaired by hand. */
static int
connect_file(struct source *source, const char *real, int flags, const char *query,
             bool damaged)
{
    AUTO_TEXT uri = {0};
    path_to_uri(&uri, real, query);
    int code = sqlite3_open_v2(text_string(&uri), &source->handle,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    sqlite3 *handle = source->handle;
    sqlite3_extended_result_codes(handle, 1);
    source_wait_for_locks(handle, BUSY_WAIT_MS);
    sqlite3_progress_handler(handle, STOP_POLL_INSTRUCTIONS, source_poll_stop, NULL);
    source_stand_in_collations(handle);
    /* The schema stays trusted: otherwise 3.40 calls an index on json_extract()
     * a malformed schema. No function that does harm is there to be called. */
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, damaged ? 0 : 1, NULL);
    /* A read-only handle forgets CHECKs; one on a private copy shall as well. */
    return sqlite3_exec(handle,
                        damaged ? "PRAGMA ignore_check_constraints=1; PRAGMA writable_schema=1"
                                : "PRAGMA ignore_check_constraints=1",
                        NULL, NULL, NULL);
}

static int
keep_encoding(void *context, int count, char **values, char **names)
{
    (void)names;
    struct source *source = context;
    source->utf16 = count > 0 && values[0] != NULL && strncmp(values[0], "UTF-16", 6) == 0;
    return 0;
}

int
source_read_encoding(struct source *source)
{
    return sqlite3_exec(source->handle, "PRAGMA encoding", keep_encoding, source, NULL);
}

/* The first real access: the header, a hot journal, and the schema. */
static int
read_first(struct source *source)
{
    int code = sqlite3_exec(source->handle,
                            "PRAGMA query_only=1; SELECT 1 FROM sqlite_schema LIMIT 1", NULL,
                            NULL, NULL);
    return code != SQLITE_OK ? code : source_read_encoding(source);
}

static int
try_open(struct source *source, const char *real, const char *query, bool damaged)
{
    sqlite3_close(source->handle);
    source->handle = NULL;
    int code = connect_file(source, real, SQLITE_OPEN_READONLY, query, damaged);
    return code != SQLITE_OK ? code : read_first(source);
}

/* Opens a private copy for writing, which recovers it, makes one file of it,
 * and takes its name away: nothing is left behind, however this process ends. */
static bool
open_recovered(struct source *source, const char *real, struct error *err)
{
    struct private_copy copy = {0};
    if (!private_copy_make(source->path, real, &copy, err)) {
        return false;
    }
    sqlite3_close(source->handle);
    source->handle = NULL;
    int code = connect_file(source, copy.path, SQLITE_OPEN_READWRITE, "", false);
    if (code == SQLITE_OK) {
        code = sqlite3_exec(source->handle,
                            "SELECT 1 FROM sqlite_schema LIMIT 1; PRAGMA journal_mode=DELETE",
                            NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = read_first(source);
    }
    private_copy_remove(&copy);
    source->recovered = true;
    return code == SQLITE_OK ||
           source_failed(source, err, "recover a copy of %s", source->path);
}

/* SQLite could not make the -shm file, or must not roll back a hot journal. */
static bool
open_around(struct source *source, const char *real, int code, struct error *err)
{
    struct file_start start;
    if (code == SQLITE_READONLY_ROLLBACK || side_file_bytes(real, "-wal") > 0) {
        return open_recovered(source, real, err);
    }
    if (file_start_read(real, &start) && file_start_is_wal(&start)) {
        source->immutable = true;
        if (try_open(source, real, "?immutable=1", false) == SQLITE_OK) {
            return true;
        }
    }
    return source_failed(source, err, "open %s", source->path);
}

static void
describe_damage(struct source *source, const char *real)
{
    struct file_start start;
    uint32_t pages = 0;
    uint32_t page_size = 0;
    if (file_start_read(real, &start)) {
        pages = big_endian_32(start.bytes + HEADER_PAGE_COUNT);
        page_size = (uint32_t)start.bytes[HEADER_PAGE_SIZE] << 8 |
                    start.bytes[HEADER_PAGE_SIZE + 1];
        page_size = page_size == 1 ? 65536 : page_size;
    }
    if ((int64_t)pages * page_size > start.file_bytes) {
        snprintf(source->damage, sizeof source->damage,
                 "the file is cut off: its header says %u pages of %u bytes, but it has %lld "
                 "bytes",
                 pages, page_size, (long long)start.file_bytes);
        return;
    }
    snprintf(source->damage, sizeof source->damage, "%s", sqlite3_errmsg(source->handle));
}

static bool
open_damaged(struct source *source, const char *real, struct error *err)
{
    describe_damage(source, real);
    if (try_open(source, real, "", true) == SQLITE_OK) {
        return true;
    }
    error_set(err, ERROR_SOURCE, "open %s: %s", source->path, source->damage);
    return error_hint(err, "use a backup, or recover it: sqlite3 FILE .recover | sqlite3 NEW");
}

/* A -shm file that we made but whose owner is another user would lock the
 * application out, and to remove it again takes the right to write the file. */
static bool
would_leave_side_files(const char *real)
{
    struct file_start start;
    return faccessat(AT_FDCWD, real, W_OK, AT_EACCESS) != 0 &&
           !side_file_exists(real, "-shm") && file_start_read(real, &start) &&
           file_start_is_wal(&start);
}

static bool
open_located(struct source *source, const char *real, struct error *err)
{
    int code = would_leave_side_files(real) ? SQLITE_CANTOPEN
                                            : try_open(source, real, "", false);
    switch (code & 0xff) {
    case SQLITE_OK: return true;
    case SQLITE_NOTADB: return source_describe_foreign(source->path, real, err);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return open_around(source, real, code, err);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: return open_damaged(source, real, err);
    default: return source_failed(source, err, "open %s", source->path);
    }
}

bool
source_open(struct source *source, const char *path, struct error *err)
{
    char real[PATH_MAX];
    *source = (struct source){.path = path};
    if (!source_locate(path, real, err)) {
        return false;
    }
    bool had_wal = side_file_exists(real, "-wal");
    bool had_shm = side_file_exists(real, "-shm");
    bool opened = open_located(source, real, err);
    source->made_wal = !had_wal && side_file_exists(real, "-wal");
    source->made_shm = !had_shm && side_file_exists(real, "-shm");
    if (!opened) {
        source_close(source);
    }
    return opened;
}

void
source_close(struct source *source)
{
    char real[PATH_MAX] = "";
    if (source->handle != NULL && source->path != NULL &&
        (source->made_wal || source->made_shm) && realpath(source->path, real) == NULL) {
        real[0] = '\0'; /* moved or deleted meanwhile: no business of ours */
    }
    sqlite3_close(source->handle);
    if (real[0] != '\0') {
        side_files_remove(real, source->made_wal, source->made_shm);
    }
    *source = (struct source){0};
}

bool
source_is_wal(const struct source *source, bool *wal, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (sqlite3_prepare_v2(source->handle, "PRAGMA main.journal_mode", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "read the journal mode");
    }
    *wal = sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    return true;
}

void
source_quote(struct text *sql, const char *name)
{
    text_add_char(sql, '"');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"') {
            text_add_char(sql, '"');
        }
        text_add_char(sql, *c);
    }
    text_add_char(sql, '"');
}
