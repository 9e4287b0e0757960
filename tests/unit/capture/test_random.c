/* test_random.c — whatever an application does, each row that it changed is in the log.
 *
 * Random transactions on tables of every kind; after each, the file is compared with the copy
 * made before it, row by row, by SQL of this test's own. A seed that fails is printed. */
#include "base/text.h"
#include "captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 12, TRANSACTIONS = 40, STATEMENTS_MAX = 6, VALUES = 9 };

static const char schema[] =
    "PRAGMA foreign_keys=1; "
    "CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE, v, w);"
    "CREATE UNIQUE INDEX p1 ON p(v) WHERE w > 4;"
    "CREATE UNIQUE INDEX p2 ON p(lower(u) || 'x', w % 3) WHERE w IS NOT 2;"
    "CREATE TABLE c(id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE, "
    "v REFERENCES p(id) ON DELETE CASCADE ON UPDATE CASCADE, w);"
    "CREATE TABLE g(id INTEGER PRIMARY KEY, u, v REFERENCES c(id) ON DELETE SET NULL ON UPDATE "
    "CASCADE, w);"
    "CREATE TABLE k(u UNIQUE, v, w);"
    "CREATE TABLE b(id BLOB PRIMARY KEY, u, v, w, UNIQUE(u, v)) WITHOUT ROWID;"
    "CREATE TABLE n(id TEXT COLLATE NOCASE PRIMARY KEY, u COLLATE NOCASE UNIQUE, v, w);"
    "CREATE TABLE m(id INT, u TEXT COLLATE RTRIM, v, w AS (v % 4) UNIQUE, "
    "PRIMARY KEY(id, u)) WITHOUT ROWID;"
    "CREATE TABLE z(id REAL NOT NULL UNIQUE, u AS (w + v) STORED UNIQUE, v, w);"
    "CREATE TABLE s(id INT PRIMARY KEY, u TEXT, v ANY UNIQUE, w ANY) STRICT;"
    "CREATE TRIGGER ai AFTER INSERT ON p WHEN NEW.w = 7 BEGIN "
    "UPDATE OR IGNORE p SET id = id + 20 WHERE id = NEW.id; END;"
    "CREATE TRIGGER bu BEFORE UPDATE ON k WHEN NEW.w = 3 BEGIN "
    "DELETE FROM k WHERE u = NEW.v; INSERT OR REPLACE INTO n VALUES(NEW.u, NEW.v, 1, 1); END;"
    "CREATE TRIGGER gone AFTER DELETE ON k BEGIN UPDATE OR REPLACE b SET u = OLD.u, v = 1; END;"
    "CREATE TRIGGER quiet AFTER UPDATE ON n WHEN NEW.w = 5 BEGIN SELECT RAISE(IGNORE); END;";

/* A generator of its own: the same on every machine. */
struct dice {
    uint64_t state;
};

static unsigned
roll(struct dice *dice, unsigned sides)
{
    dice->state = dice->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(dice->state >> 33) % sides;
}

static const char *
pick(struct dice *dice, const char *const *words, size_t count)
{
    return words[roll(dice, (unsigned)count)];
}
#define PICK(dice, words) pick((dice), (words), sizeof(words) / sizeof *(words))

static void
add_value(struct text *sql, struct dice *dice)
{
    static const char *const forms[] = {"%u",     "'%u'", "'a%u'", "'A%u'", "'a%u '",
                                        "x'3%u'", "%u.0", "NULL",  "%u"};
    const char *form = PICK(dice, forms);
    unsigned value = roll(dice, VALUES);
    for (const char *at = form; *at != '\0'; at++) {
        if (at[0] == '%') {
            text_printf(sql, "%u", value);
            at++;
        } else {
            text_add_char(sql, *at);
        }
    }
}

/* The columns that can be written, the key first. */
static const char *const tables[] = {"p", "c", "g", "k", "b", "n", "m", "z", "s"};
static const char *const columns[][4] = {
    {"id", "u", "v", "w"},    {"id", "u", "v", "w"}, {"id", "u", "v", "w"},
    {"rowid", "u", "v", "w"}, {"id", "u", "v", "w"}, {"id", "u", "v", "w"},
    {"id", "u", "v", "v"},    {"id", "v", "w", "v"}, {"id", "u", "v", "w"}};
static const char *const clauses[] = {"",          "OR REPLACE", "OR REPLACE",
                                      "OR IGNORE", "OR FAIL",    "OR ABORT"};

static void
add_insert(struct text *sql, struct dice *dice, unsigned table)
{
    bool generated = table == 6 || table == 7;
    text_printf(sql, "INSERT %s INTO %s(%s, %s, %s%s%s) VALUES(", PICK(dice, clauses),
                tables[table], columns[table][0], columns[table][1], columns[table][2],
                generated ? "" : ", ", generated ? "" : columns[table][3]);
    for (int i = 0; i < (generated ? 3 : 4); i++) {
        text_add(sql, i == 0 ? "" : ", ");
        add_value(sql, dice);
    }
    text_add(sql, ")");
    if (roll(dice, 4) == 0) {
        text_printf(sql, " ON CONFLICT DO UPDATE SET %s = ", columns[table][roll(dice, 4)]);
        add_value(sql, dice);
    }
}

static void
add_where(struct text *sql, struct dice *dice, unsigned table)
{
    if (roll(dice, 12) == 0) {
        return;
    }
    text_printf(sql, " WHERE %s = ", columns[table][roll(dice, 4)]);
    add_value(sql, dice);
}

static void
add_update(struct text *sql, struct dice *dice, unsigned table)
{
    unsigned first = roll(dice, 4);
    text_printf(sql, "UPDATE %s %s SET %s = ", PICK(dice, clauses), tables[table],
                columns[table][first]);
    add_value(sql, dice);
    if (roll(dice, 2) == 0) {
        text_printf(sql, ", %s = ", columns[table][(first + 1 + roll(dice, 2)) % 4]);
        add_value(sql, dice);
    }
    add_where(sql, dice, table);
}

static void
add_statement(struct text *sql, struct dice *dice)
{
    unsigned table = roll(dice, sizeof tables / sizeof *tables);
    switch (roll(dice, 8)) {
    case 0:
        text_printf(sql, "DELETE FROM %s", tables[table]);
        add_where(sql, dice, table);
        break;
    case 1:
    case 2:
    case 3: add_update(sql, dice, table); break;
    default: add_insert(sql, dice, table); break;
    }
}

/* Half of the statements fail, as they should; a transaction ends in one way or the other. */
static void
run_transaction(struct captured *c, struct dice *dice, struct text *history)
{
    static const char *const ends[] = {"COMMIT", "COMMIT", "COMMIT", "ROLLBACK"};
    static const char *const settings[] = {"PRAGMA recursive_triggers=0",
                                           "PRAGMA recursive_triggers=1",
                                           "PRAGMA foreign_keys=0", "PRAGMA foreign_keys=1"};
    if (roll(dice, 5) == 0) {
        captured_run(c, PICK(dice, settings));
    }
    captured_run(c, "BEGIN");
    for (unsigned i = 0; i <= roll(dice, STATEMENTS_MAX); i++) {
        AUTO_TEXT sql = {0};
        add_statement(&sql, dice);
        int code = sqlite3_exec(c->app, text_string(&sql), NULL, NULL, NULL);
        text_printf(history, "\n%s; -- %s", text_string(&sql),
                    code == SQLITE_OK ? "done" : sqlite3_errmsg(c->app));
    }
    if (sqlite3_get_autocommit(c->app) == 0 &&
        sqlite3_exec(c->app, PICK(dice, ends), NULL, NULL, NULL) != SQLITE_OK) {
        captured_run(c, "ROLLBACK");
    }
}

static void
snapshot(struct captured *c, const char *path)
{
    size_t size = 0;
    unsigned char *bytes = scratch_bytes(c->path, &size);
    scratch_write(path, bytes, size);
    free(bytes);
}

static void
run_seed(unsigned seed)
{
    AUTO_CAPTURED c;
    struct scratch *scratch = NULL;
    char before[160];
    struct dice dice = {seed * 7919ULL + 1};
    assert_int_equal(scratch_setup((void **)&scratch), 0);
    snprintf(before, sizeof before, "%s/before", scratch->directory);
    captured_open(&c, (void **)&scratch, schema);
    captured_run(&c, "PRAGMA synchronous=OFF; PRAGMA foreign_keys=1");
    for (int i = 0; i < TRANSACTIONS; i++) {
        AUTO_TEXT history = {0};
        const char *missed = NULL;
        int64_t seq = strtoll(
            captured_value(&c, c.app, "SELECT coalesce(max(seq), 0) FROM _outgrow_log"), NULL,
            10);
        snapshot(&c, before);
        run_transaction(&c, &dice, &history);
        missed = captured_missed(&c, before, seq);
        if (*missed != '\0') {
            fail_msg("seed %u, transaction %d: not logged: %s%s", seed, i, missed,
                     text_string(&history));
        }
    }
    captured_close(&c);
    c = (struct captured){0};
    assert_int_equal(scratch_teardown((void **)&scratch), 0);
}

static void
whatever_is_changed_is_logged(void **state)
{
    (void)state;
    const char *one = getenv("OUTGROW_TEST_SEED");
    const char *many = getenv("OUTGROW_TEST_SEEDS");
    unsigned seeds = many == NULL ? SEEDS : (unsigned)strtoul(many, NULL, 10);
    if (one != NULL) {
        run_seed((unsigned)strtoul(one, NULL, 10));
        return;
    }
    for (unsigned seed = 1; seed <= seeds; seed++) {
        run_seed(seed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_changed_is_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
