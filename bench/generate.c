/* generate.c — makes the benchmark's SQLite files, the same on every machine.
 *
 *   generate agents  FILE ROWS   mixed rows as agents write them (set A)
 *   generate numbers FILE ROWS   four numbers a row (set B)
 *   generate wide    FILE ROWS   5 KB of text and 5 KB of blob a row (set C)
 *   generate many    FILE ROWS   500 tables of ROWS rows with an index each (set D)
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

enum { TABLES = 500, WIDE_BYTES = 5120 };

static uint64_t random_state = 0x2545F4914F6CDD1DULL;

/* splitmix64 (public domain algorithm by Sebastiano Vigna). */
static uint64_t
random_u64(void)
{
    uint64_t z = (random_state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

static uint64_t
random_below(uint64_t limit)
{
    return random_u64() % limit;
}

static double
random_unit(void)
{
    return (double)(random_u64() >> 11) / 9007199254740992.0;
}

static void
check(sqlite3 *db, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        fprintf(stderr, "generate: %s\n", sqlite3_errmsg(db));
        exit(1);
    }
}

static void
run(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    check(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
    return statement;
}

static void
insert(sqlite3_stmt *statement)
{
    check(sqlite3_db_handle(statement), sqlite3_step(statement));
    sqlite3_reset(statement);
}

static void
bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_TRANSIENT);
}

static const char *const words[] = {
    "agent",  "planner", "search", "tool",   "memory",  "retry",  "summary", "report",
    "café",   "build",   "deploy", "ticket", "vector",  "prompt", "token",   "window",
    "quota",  "stream",  "shard",  "queue",  "日本",    "delta",  "schema",  "ledger",
    "policy", "review",  "branch", "commit", "latency", "budget", "🚀",       "trace",
};

/* Fills `out` with `count` words; `out` must hold 12 bytes a word. */
static size_t
add_words(char *out, size_t size, uint64_t count)
{
    size_t length = 0;
    out[0] = '\0';
    for (uint64_t i = 0; i < count && length + 16 < size; i++) {
        const char *word = words[random_below(sizeof words / sizeof *words)];
        length += (size_t)snprintf(out + length, size - length, "%s%s", i > 0 ? " " : "", word);
    }
    return length;
}

static void
bind_words(sqlite3_stmt *statement, int column, uint64_t count)
{
    char text[512];
    add_words(text, sizeof text, count);
    bind_text(statement, column, text);
}

static void
bind_uuid(sqlite3_stmt *statement, int column)
{
    uint64_t a = random_u64();
    uint64_t b = random_u64();
    char text[40];
    snprintf(text, sizeof text,
             "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-a%03" PRIx64 "-%012" PRIx64, a >> 32,
             (a >> 16) & 0xFFFF, a & 0xFFF, b >> 52, b & UINT64_C(0xFFFFFFFFFFFF));
    bind_text(statement, column, text);
}

static void
bind_time(sqlite3_stmt *statement, int column, time_t when, bool iso)
{
    struct tm utc;
    gmtime_r(&when, &utc);
    char text[64];
    strftime(text, sizeof text, iso ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S", &utc);
    bind_text(statement, column, text);
}

static void
bind_config(sqlite3_stmt *statement, int column)
{
    char json[128];
    snprintf(json, sizeof json, "{\"model\": \"m-%d\", \"max\": %d, \"tags\": [\"%s\"]}",
             (int)random_below(20), (int)random_below(8000), words[random_below(8)]);
    bind_text(statement, column, json);
}

/* About 175 bytes: with its key and indexes, two million of them make a file of about 550 MB. */
static void
insert_agent(sqlite3_stmt *statement)
{
    static const char *const kinds[] = {"worker", "planner", "critic", "router"};
    sqlite3_clear_bindings(statement);
    bind_uuid(statement, 1);
    bind_words(statement, 2, 2);
    bind_text(statement, 3, kinds[random_below(4)]);
    bind_config(statement, 4);
    time_t created = 1600000000 + (time_t)random_below(150000000);
    bind_time(statement, 5, created, true);
    if (random_below(10) < 7) {
        bind_time(statement, 6, created + (time_t)random_below(1000000), false);
    }
    if (random_below(2) > 0) {
        sqlite3_bind_int64(statement, 7, (int64_t)created * 1000 + (int64_t)random_below(1000));
    }
    sqlite3_bind_int64(statement, 8, (int64_t)random_below(200000));
    sqlite3_bind_double(statement, 9, random_unit() * 25);
    if (random_below(2) > 0) {
        sqlite3_bind_double(statement, 10, (double)random_below(20) / 10.0);
    }
    sqlite3_bind_int64(statement, 11, (int64_t)random_below(2));
    if (random_below(6) == 0) {
        bind_uuid(statement, 12);
    }
    if (random_below(8) == 0) {
        bind_words(statement, 13, 3 + random_below(6));
    }
    insert(statement);
}

static void
make_agents(sqlite3 *db, int64_t rows)
{
    run(db,
        "CREATE TABLE agents(id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT, config JSON, "
        "created_at TEXT NOT NULL, updated_at DATETIME, last_seen INTEGER, tokens INTEGER, "
        "cost REAL, temperature REAL, active BOOLEAN, parent_id TEXT, notes TEXT);"
        "BEGIN");
    sqlite3_stmt *statement = prepare(db,
                                      "INSERT INTO agents VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (int64_t i = 0; i < rows; i++) {
        insert_agent(statement);
    }
    sqlite3_finalize(statement);
    run(db, "COMMIT; CREATE INDEX agents_created ON agents(created_at);"
            "CREATE INDEX agents_parent ON agents(parent_id)");
}

static void
make_numbers(sqlite3 *db, int64_t rows)
{
    run(db,
        "CREATE TABLE numbers(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, x REAL); BEGIN");
    sqlite3_stmt *statement = prepare(db, "INSERT INTO numbers VALUES(?,?,?,?)");
    for (int64_t i = 1; i <= rows; i++) {
        sqlite3_bind_int64(statement, 1, i);
        sqlite3_bind_int64(statement, 2, (int64_t)random_below(1000));
        sqlite3_bind_int64(statement, 3, (int64_t)(random_u64() >> 24));
        sqlite3_bind_double(statement, 4, random_unit());
        insert(statement);
    }
    sqlite3_finalize(statement);
    run(db, "COMMIT");
}

static void
make_wide(sqlite3 *db, int64_t rows)
{
    static char body[2 * WIDE_BYTES];
    static uint64_t raw[WIDE_BYTES / 8];
    run(db, "CREATE TABLE documents(id INTEGER PRIMARY KEY, body TEXT, raw BLOB); BEGIN");
    sqlite3_stmt *statement = prepare(db, "INSERT INTO documents VALUES(?,?,?)");
    for (int64_t i = 1; i <= rows; i++) {
        size_t length = 0;
        while (length < WIDE_BYTES - 256) {
            length += add_words(body + length, sizeof body - length, 8);
            body[length++] = '\n';
        }
        for (size_t j = 0; j < WIDE_BYTES / 8; j++) {
            raw[j] = random_u64();
        }
        sqlite3_bind_int64(statement, 1, i);
        sqlite3_bind_text(statement, 2, body, (int)length, SQLITE_STATIC);
        sqlite3_bind_blob(statement, 3, raw, WIDE_BYTES, SQLITE_STATIC);
        insert(statement);
    }
    sqlite3_finalize(statement);
    run(db, "COMMIT");
}

static void
make_many(sqlite3 *db, int64_t rows)
{
    run(db, "BEGIN");
    for (int table = 0; table < TABLES; table++) {
        char sql[512];
        snprintf(sql, sizeof sql,
                 "CREATE TABLE t%03d(id INTEGER PRIMARY KEY, name TEXT NOT NULL, val REAL, "
                 "created_at DATETIME); CREATE INDEX t%03d_name ON t%03d(name)",
                 table, table, table);
        run(db, sql);
        snprintf(sql, sizeof sql, "INSERT INTO t%03d VALUES(?,?,?,?)", table);
        sqlite3_stmt *statement = prepare(db, sql);
        for (int64_t i = 1; i <= rows; i++) {
            sqlite3_bind_int64(statement, 1, i);
            bind_words(statement, 2, 3);
            sqlite3_bind_double(statement, 3, (double)random_below(1000) / 7.0);
            bind_text(statement, 4, "2024-05-06T07:08:09Z");
            insert(statement);
        }
        sqlite3_finalize(statement);
    }
    run(db, "COMMIT");
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(sqlite3 *db, int64_t rows);
    } sets[] = {{"agents", make_agents},
                {"numbers", make_numbers},
                {"wide", make_wide},
                {"many", make_many}};
    for (size_t i = 0; argc == 4 && i < sizeof sets / sizeof *sets; i++) {
        if (strcmp(argv[1], sets[i].name) == 0) {
            sqlite3 *db = NULL;
            remove(argv[2]);
            check(db, sqlite3_open(argv[2], &db));
            run(db,
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1000000");
            sets[i].make(db, strtoll(argv[3], NULL, 10));
            sqlite3_close(db);
            return 0;
        }
    }
    fputs("usage: generate agents|numbers|wide|many FILE ROWS\n", stderr);
    return 2;
}
