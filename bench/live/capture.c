/* capture.c — the CPU time that capture adds to an application's writes.
 *
 * Files with the same rows; the same writes go to all of them in turn. One is captured, one is
 * not. Two others show what no capture by triggers can be below: a trigger that does nothing, and
 * one that writes a constant into a table of one column. Prints microseconds of CPU per row,
 * and how many times as much each takes: medians of RUNS.
 *
 *   capture DIRECTORY [RUNS [WORDS OF A WRITE'S NAME]] */
#include "capture/capture.h"

#include "sqlite/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 20000, RUNS = 21, RUNS_MAX = 201, SINGLE_ROWS = 4000, BATCH_ROWS = 20000 };

/* An application binds its values. A function in the statement, as any constraint does, makes
 * SQLite ready to take the statement back: within a transaction, and where there is a trigger, it
 * keeps a copy of each page that the statement changes. */
struct kind {
    const char *name;
    const char
        *sql; /* ?1: a number that is new, ?2: one of a row that is there, ?3: a name that
                        is new, ?4: a longer text */
    int rows;
    int per_transaction;
};

static const char insert[] = "INSERT INTO t(u, v, x) VALUES(?3, ?2, ?4)";
static const struct kind kinds[] = {
    {"insert, one row", insert, SINGLE_ROWS, 1},
    {"update, one row", "UPDATE t SET v = ?1 WHERE id = ?2", SINGLE_ROWS, 1},
    {"replace, one row", "INSERT OR REPLACE INTO t(id, u, v) VALUES(?2, ?3, ?1)", SINGLE_ROWS,
     1},
    {"delete, one row", "DELETE FROM t WHERE id = ?2 OR id = ?1", SINGLE_ROWS, 1},
    {"insert, 1,000 rows", insert, BATCH_ROWS, 1000},
    {"insert with a function, 1,000",
     "INSERT INTO t(u, v, x) VALUES(?3, ?2, hex(zeroblob(60)))", BATCH_ROWS, 1000},
    {"update, 1,000 rows", "UPDATE t SET v = ?1 WHERE id = ?2", BATCH_ROWS, 1000},
    {"update of all columns", "UPDATE t SET u = u, v = ?1, x = x WHERE id = ?2", BATCH_ROWS,
     1000},
    {"update of the unique column", "UPDATE t SET u = ?3 WHERE id = ?2", BATCH_ROWS, 1000},
};

/* The files, and what is done in each after the writes of one run. */
enum role { PLAIN, CAPTURED, NOTHING, CONSTANT, ROLE_COUNT };
static const struct floor_triggers {
    const char *table;
    const char *body;
    const char *tidy;
} floors[ROLE_COUNT] = {
    [CAPTURED] =
        {.tidy = "DELETE FROM _outgrow_log WHERE seq < (SELECT max(seq) FROM _outgrow_log)"},
    [NOTHING] = {"", "SELECT 1", ""},
    [CONSTANT] = {"CREATE TABLE one(c)", "INSERT INTO one VALUES(1)",
                  "DELETE FROM one WHERE rowid < (SELECT max(rowid) FROM one)"},
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
        !capture_install(&writer, &catalog, tables, NULL, id, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

static void
add_triggers(sqlite3 *handle, const struct floor_triggers *floor)
{
    static const char *const events[] = {"INSERT", "UPDATE", "DELETE"};
    run(handle, floor->table);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "CREATE TRIGGER floor_%s AFTER %s ON t BEGIN %s; END",
                 events[i], events[i], floor->body);
        run(handle, sql);
    }
}

static double
cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The values depend on `round` only: all files get the same. */
static void
bind_values(sqlite3_stmt *statement, int round, int row)
{
    static const char text[] =
        "0000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000";
    int fresh = ROWS + round * BATCH_ROWS + row;
    int known = 1 + (int)(((unsigned)row * 7919U + (unsigned)round) % ROWS);
    char name[24];
    int length = snprintf(name, sizeof name, "n%u", (unsigned)fresh * 2654435761U);
    /* A statement need not have all of them. */
    (void)sqlite3_bind_int(statement, 1, fresh);
    (void)sqlite3_bind_int(statement, 2, known);
    (void)sqlite3_bind_text(statement, 3, name, length, SQLITE_TRANSIENT);
    (void)sqlite3_bind_text(statement, 4, text, (int)sizeof text - 1, SQLITE_STATIC);
}

/* CPU microseconds per row. */
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
        bind_values(statement, round, i);
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

/* One of the files, and what a row has cost in it in each run. */
struct file {
    char path[512];
    sqlite3 *handle;
    double us[RUNS_MAX];
    double times[RUNS_MAX]; /* that of the plain file in the same run */
};

static void
open_file(struct file *file, enum role role, const char *directory, const char *schema)
{
    snprintf(file->path, sizeof file->path, "%s/capture%d.db", directory, (int)role);
    file->handle = make_file(file->path, schema);
    if (role == CAPTURED) {
        capture(file->path);
    } else if (role != PLAIN) {
        add_triggers(file->handle, &floors[role]);
    }
}

static void
print_kind(const struct kind *kind, struct file *files, int runs)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        for (int i = 0; i < runs; i++) {
            files[role].times[i] = files[role].us[i] / files[PLAIN].us[i];
        }
    }
    printf("  %-30s %7.2f us -> %7.2f us  x %.2f  (nothing: x %.2f, a constant: x %.2f)\n",
           kind->name, median(files[PLAIN].us, runs), median(files[CAPTURED].us, runs),
           median(files[CAPTURED].times, runs), median(files[NOTHING].times, runs),
           median(files[CONSTANT].times, runs));
}

static void
measure_kind(const char *directory, const struct kind *kind, const char *schema, int runs)
{
    static struct file files[ROLE_COUNT];
    for (int role = 0; role < ROLE_COUNT; role++) {
        open_file(&files[role], (enum role)role, directory, schema);
    }
    for (int i = 0; i < runs; i++) {
        for (int turn = 0; turn < ROLE_COUNT; turn++) {
            int role = (turn + i) % ROLE_COUNT;
            files[role].us[i] = write_rows(files[role].handle, kind, i);
            if (floors[role].tidy != NULL) {
                run(files[role].handle, floors[role].tidy);
            }
        }
    }
    print_kind(kind, files, runs);
    for (int role = 0; role < ROLE_COUNT; role++) {
        sqlite3_close(files[role].handle);
        unlink(files[role].path);
    }
}

static void
measure(const char *directory, const char *title, const char *schema, int runs,
        const char *words)
{
    printf("%s\n", title);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (strstr(kinds[k].name, words) != NULL) {
            measure_kind(directory, &kinds[k], schema, runs);
        }
    }
}

int
main(int argc, char **argv)
{
    int runs = argc > 2 ? (int)strtol(argv[2], NULL, 10) : RUNS;
    const char *words = argc > 3 ? argv[3] : "";
    if (argc < 2 || runs < 1 || runs > RUNS_MAX) {
        fputs("usage: capture DIRECTORY [RUNS [WORDS]]\n", stderr);
        return 2;
    }
    measure(argv[1], "a table with its key and an index", plain_table, runs, words);
    measure(argv[1], "a table with a unique column besides its key", unique_table, runs, words);
    return 0;
}
