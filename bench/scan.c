/* scan.c — the bare scan: every cell of every table through sqlite3_step, and
 * nothing done with it. Prints the seconds. What inspecting is measured against.
 *
 *   scan FILE */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sqlite3.h>

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int64_t
scan_table(sqlite3 *db, const char *name)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" NOT INDEXED", name);
    sqlite3_stmt *statement = NULL;
    int64_t sum = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK) {
        int columns = sqlite3_column_count(statement);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            for (int i = 0; i < columns; i++) {
                sqlite3_value *value = sqlite3_column_value(statement, i);
                int type = sqlite3_value_type(value);
                sum += type == SQLITE_TEXT || type == SQLITE_BLOB
                           ? (sqlite3_value_blob(value), sqlite3_value_bytes(value))
                           : sqlite3_value_int64(value) & 1;
            }
        }
    }
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return sum;
}

int
main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    if (argc != 2 || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                                     NULL) != SQLITE_OK) {
        fputs("usage: scan FILE\n", stderr);
        return 2;
    }
    double began = seconds();
    int64_t sum = 0;
    sqlite3_stmt *tables = NULL;
    sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table'", -1, &tables,
                       NULL);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        sum += scan_table(db, (const char *)sqlite3_column_text(tables, 0));
    }
    sqlite3_finalize(tables);
    printf("%.4f\n", seconds() - began);
    sqlite3_close(db);
    return sum == INT64_MIN; /* so that the work cannot be optimised away */
}
