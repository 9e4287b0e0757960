/* fuzz_datetime.c — any bytes through value/datetime.h.
 *
 * Besides not crashing: what we take for a moment, SQLite takes for the same one. */
#include "fuzz.h"
#include "value/datetime.h"

#include <stdbool.h>
#include <stdlib.h>

#include <sqlite3.h>

/* SQLite's Julian day of the text, in whole milliseconds; false: NULL. */
static bool
sqlite_milliseconds(const uint8_t *text, size_t size, sqlite3_int64 *milliseconds)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    const char *sql = "SELECT CAST(round((julianday(?1, '+0 days') - julianday('2000-01-01')) "
                      "* 86400000) AS INTEGER)";
    if (sqlite3_open(":memory:", &database) != SQLITE_OK ||
        sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) {
        abort();
    }
    sqlite3_bind_text(statement, 1, (const char *)text, (int)size, SQLITE_STATIC);
    bool moment = sqlite3_step(statement) == SQLITE_ROW &&
                  sqlite3_column_type(statement, 0) == SQLITE_INTEGER;
    *milliseconds = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return moment;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t time;
    (void)time_of_day_parse(data, size, &time);
    struct datetime datetime;
    if (size > 64 || !datetime_parse(data, size, &datetime)) {
        return 0;
    }
    /* SQLite wants minutes in a zone, with a colon: +hh and +hhmm are ours alone. */
    bool colon = datetime.zoned && size > 6 && data[size - 3] == ':' && data[size - 6] != ':';
    if (datetime.zoned && data[size - 1] != 'Z' && !colon) {
        return 0;
    }
    sqlite3_int64 milliseconds;
    if (!sqlite_milliseconds(data, size, &milliseconds)) {
        abort();
    }
    int64_t difference = datetime_utc(&datetime) - milliseconds * 1000;
    if (difference < -1000 || difference > 1000) {
        abort();
    }
    return 0;
}
