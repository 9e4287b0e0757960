/* meta.c — what _outgrow_meta says; see internal.h. */
#include "capture/internal.h"

#include <sys/random.h>

bool
meta_set(struct source *writer, const char *key, const char *value, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const char *sql = value == NULL ? "DELETE FROM main._outgrow_meta WHERE k = ?1"
                                    : "INSERT OR REPLACE INTO main._outgrow_meta VALUES(?1,?2)";
    if (!writer_prepare(writer, "note the state of capture", sql, &statement, err)) {
        return false;
    }
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (value != NULL) {
        sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    }
    return sqlite3_step(statement) == SQLITE_DONE ||
           source_failed(writer, err, "note the state of capture");
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
