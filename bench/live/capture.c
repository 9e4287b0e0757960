/* capture.c — the CPU time that capture adds to an application's writes.
 *
 * Two files with the same rows, one of them captured; the same writes go to both in turn. Prints
 * microseconds of CPU per row and the ratio, medians of RUNS.
 *
 *   capture DIRECTORY [RUNS] */
#include "sqlite/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 20000, RUNS = 21, RUNS_MAX = 201, SINGLE_ROWS = 4000, BATCH_ROWS = 20000 };

struct kind {
    const char *name;
    const char *sql; /* ?1: a number that is new, ?2: one of a row that is there */
    int rows;
    int per_transaction;
};

static const struct kind kinds[] = {
    {"insert, one row",
     "INSERT INTO t(u, v, x) VALUES('n' || (?1 * 2654435761 % 4294967296), ?2, "
     "hex(zeroblob(60)))",
     SINGLE_ROWS, 1},
    {"update, one row", "UPDATE t SET v = ?1 WHERE id = ?2", SINGLE_ROWS, 1},
    {"replace, one row",
     "INSERT OR REPLACE INTO t(id, u, v) VALUES(?2, 'r' || (?1 * 2654435761 % 4294967296), ?1)",
     SINGLE_ROWS, 1},
    {"delete, one row", "DELETE FROM t WHERE id = ?2 OR id = ?1", SINGLE_ROWS, 1},
    {"insert, 1,000 rows",
     "INSERT INTO t(u, v, x) VALUES('n' || (?1 * 2654435761 % 4294967296), ?2, "
     "hex(zeroblob(60)))",
     BATCH_ROWS, 1000},
    {"update, 1,000 rows", "UPDATE t SET v = ?1 WHERE id = ?2", BATCH_ROWS, 1000},
    {"update of all columns", "UPDATE t SET u = u, v = ?1, x = x WHERE id = ?2", BATCH_ROWS,
     1000},
    {"update of the unique column",
     "UPDATE t SET u = 'n' || (?1 * 2654435761 % 4294967296) WHERE id = ?2", BATCH_ROWS, 1000},
};

static const char plain_table[] =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, u TEXT, v, x TEXT); CREATE INDEX t_v ON t(v);";
static const char unique_table[] =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, u TEXT UNIQUE, v, x TEXT); "
    "CREATE INDEX t_v ON t(v);";
static const char fill[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
    "INSERT INTO t SELECT i, 'u' || i, i, hex(randomblob(60)) FROM n";

static void
die(sqlite3 *handle, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(handle));
    exit(1);
}

static void
run(sqlite3 *handle, const char *sql)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die(handle, sql);
    }
}

static sqlite3 *
make_file(const char *path, const char *schema)
{
    sqlite3 *handle = NULL;
    char sql[sizeof fill + 16];
    snprintf(sql, sizeof sql, fill, ROWS);
    unlink(path);
    if (sqlite3_open(path, &handle) != SQLITE_OK) {
        die(handle, path);
    }
    run(handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
    run(handle, schema);
    run(handle, sql);
    return handle;
}

static void
capture(const char *path)
{
    AUTO_ARENA arena = {0};
    AUTO_SOURCE writer = {0};
    struct catalog catalog;
    struct capture_table *tables = NULL;
    struct error err = {0};
    char id[CAPTURE_ID_SIZE];
    if (!source_open_writable(&writer, path, 1000, &err) ||
        !catalog_read(&writer, &arena, &catalog, &err) ||
        !capture_choose_keys(&writer, &arena, &catalog, NULL, &tables, &err) ||
        !capture_install(&writer, &catalog, tables, id, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

static double
cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* CPU microseconds per row. The numbers depend on `round` only: both files get the same. */
static double
write_rows(sqlite3 *handle, const struct kind *kind, int round)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(handle, kind->sql, -1, &statement, NULL) != SQLITE_OK) {
        die(handle, kind->sql);
    }
    double began = cpu_us();
    for (int i = 0; i < kind->rows; i++) {
        if (kind->per_transaction > 1 && i % kind->per_transaction == 0) {
            run(handle, "BEGIN");
        }
        sqlite3_bind_int(statement, 1, ROWS + round * BATCH_ROWS + i);
        sqlite3_bind_int(statement, 2,
                         1 + (int)(((unsigned)i * 7919U + (unsigned)round) % ROWS));
        if (sqlite3_step(statement) != SQLITE_DONE) {
            die(handle, kind->sql);
        }
        sqlite3_reset(statement);
        if (kind->per_transaction > 1 && (i + 1) % kind->per_transaction == 0) {
            run(handle, "COMMIT");
        }
    }
    double took = cpu_us() - began;
    sqlite3_finalize(statement);
    return took / kind->rows;
}

static int
compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double
median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void
measure(const char *directory, const char *title, const char *schema, int runs)
{
    char plain_path[512];
    char captured_path[512];
    snprintf(plain_path, sizeof plain_path, "%s/plain.db", directory);
    snprintf(captured_path, sizeof captured_path, "%s/captured.db", directory);
    printf("%s\n", title);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double plain_us[RUNS_MAX];
        double captured_us[RUNS_MAX];
        sqlite3 *plain = make_file(plain_path, schema);
        sqlite3 *captured = make_file(captured_path, schema);
        capture(captured_path);
        for (int i = 0; i < runs; i++) {
            bool first = i % 2 == 0;
            if (first) {
                plain_us[i] = write_rows(plain, &kinds[k], i);
            }
            captured_us[i] = write_rows(captured, &kinds[k], i);
            if (!first) {
                plain_us[i] = write_rows(plain, &kinds[k], i);
            }
            run(captured, "DELETE FROM _outgrow_log WHERE seq < (SELECT max(seq) FROM "
                          "_outgrow_log)");
        }
        double without = median(plain_us, runs);
        double with = median(captured_us, runs);
        printf("  %-28s %7.2f us -> %7.2f us  x %.2f\n", kinds[k].name, without, with,
               with / without);
        sqlite3_close(plain);
        sqlite3_close(captured);
        unlink(plain_path);
        unlink(captured_path);
    }
}

int
main(int argc, char **argv)
{
    int runs = argc > 2 ? (int)strtol(argv[2], NULL, 10) : RUNS;
    if (argc < 2 || runs < 1 || runs > RUNS_MAX) {
        fputs("usage: capture DIRECTORY [RUNS]\n", stderr);
        return 2;
    }
    measure(argv[1], "a table with its key and an index", plain_table, runs);
    measure(argv[1], "a table with a unique column besides its key", unique_table, runs);
    return 0;
}
