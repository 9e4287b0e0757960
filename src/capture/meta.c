/* meta.c — what _outgrow_meta says; see internal.h. */
#include "capture/internal.h"

#include <sys/random.h>

static const char doing[] = "note the state of capture";

static bool
prepare(struct source *writer, const char *sql, const char *key, sqlite3_stmt **statement,
        struct error *err)
{
    return writer_prepare(writer, doing, sql, statement, err) &&
           (sqlite3_bind_text(*statement, 1, key, -1, SQLITE_STATIC) == SQLITE_OK ||
            source_failed(writer, err, doing));
}

static bool
run(struct source *writer, sqlite3_stmt *statement, struct error *err)
{
    return sqlite3_step(statement) == SQLITE_DONE || source_failed(writer, err, doing);
}

static const char put_sql[] = "INSERT OR REPLACE INTO main._outgrow_meta VALUES(?1,?2)";

bool
meta_set(struct source *writer, const char *key, const char *value, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!prepare(writer, put_sql, key, &statement, err)) {
        return false;
    }
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    return run(writer, statement, err);
}

bool
meta_set_number(struct source *writer, const char *key, int64_t number, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!prepare(writer, put_sql, key, &statement, err)) {
        return false;
    }
    sqlite3_bind_int64(statement, 2, number);
    return run(writer, statement, err);
}

bool
meta_remove(struct source *writer, const char *key, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    return prepare(writer, "DELETE FROM main._outgrow_meta WHERE k = ?1", key, &statement,
                   err) &&
           run(writer, statement, err);
}

bool
random_id(char id[CAPTURE_ID_SIZE], struct error *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[(CAPTURE_ID_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return error_set(err, ERROR_SYSTEM, "get random bytes");
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        id[2 * i] = digits[bytes[i] >> 4];
        id[2 * i + 1] = digits[bytes[i] & 15];
    }
    id[2 * sizeof bytes] = '\0';
    return true;
}
