/* test_check.c — sqlite/check.c. */
#include "base/stop.h"
#include "scratch.h"
#include "sqlite/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct checking {
    struct arena arena;
    struct source source;
    struct catalog catalog;
    struct check_report report;
};

static void
checking_close(struct checking *checking)
{
    source_close(&checking->source);
    arena_free(&checking->arena);
}
#define AUTO_CHECKING __attribute__((cleanup(checking_close))) struct checking

static bool
check_file(struct checking *c, const char *path, enum check_depth depth, struct error *err)
{
    *c = (struct checking){0};
    const struct check_request request = {&c->source, &c->catalog, depth, NULL};
    return source_open(&c->source, path, err) &&
           catalog_read(&c->source, &c->arena, &c->catalog, err) &&
           source_check(&request, &c->arena, &c->report, err);
}

static void
check(struct checking *c, const char *path, enum check_depth depth)
{
    struct error err = {0};
    if (!check_file(c, path, depth, &err)) {
        fail_msg("%s", err.message);
    }
    for (size_t i = 0; i < c->report.finding_count; i++) {
        const struct check_finding *finding = &c->report.findings[i];
        print_message("# %s: %s%.*s\n", finding->table == NULL ? "(file)" : finding->table,
                      finding->damage ? "damage: " : "", (int)strcspn(finding->message, "\n"),
                      finding->message);
    }
}

static const struct check_finding *
finding_of(const struct checking *c, const char *table, const char *words)
{
    for (size_t i = 0; i < c->report.finding_count; i++) {
        const struct check_finding *finding = &c->report.findings[i];
        bool same = table == NULL || finding->table == NULL
                        ? table == finding->table
                        : strcmp(table, finding->table) == 0;
        if (same && strstr(finding->message, words) != NULL) {
            return finding;
        }
    }
    return NULL;
}

static void
assert_damage(const struct checking *c, const char *table, const char *words)
{
    const struct check_finding *finding = finding_of(c, table, words);
    assert_true(c->report.damaged);
    assert_true(finding != NULL && finding->damage);
}

static void
assert_no_damage(const struct checking *c, const char *table, const char *words)
{
    const struct check_finding *finding = finding_of(c, table, words);
    assert_true(finding != NULL && !finding->damage);
}

#define FILL(table)                                                                            \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200) "               \
    "INSERT INTO " table "(a) SELECT hex(zeroblob(100)) || i FROM n;"

/* Page of a b-tree's root, asked from SQLite. */
static long
root_offset(const char *path, const char *name)
{
    char sql[128];
    sqlite3_stmt *statement = NULL;
    sqlite3 *handle = scratch_open(path);
    snprintf(sql, sizeof sql, "SELECT (rootpage - 1) * 1024 FROM sqlite_schema WHERE name='%s'",
             name);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    long offset = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return offset;
}

static void
a_sound_file_has_no_findings(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(
        scratch->path,
        "CREATE TABLE t(a UNIQUE, b DEFAULT 1 CHECK (b > 0)); CREATE INDEX i ON t(b, a);"
        "CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIRTUAL TABLE r USING "
        "rtree(id, x, y); CREATE TABLE w(a PRIMARY KEY) WITHOUT ROWID;" FILL("t") FILL("f")
            FILL("w"));
    AUTO_CHECKING quick;
    AUTO_CHECKING full;
    check(&quick, scratch->path, CHECK_QUICK);
    assert_int_equal(quick.report.finding_count, 0);
    check(&full, scratch->path, CHECK_FULL);
    assert_int_equal(full.report.finding_count, 0);
    assert_false(full.report.damaged);
}

static void
a_utf16_file_with_nocase_indexes_is_sound(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "PRAGMA encoding='UTF-16le'; CREATE TABLE t(a TEXT COLLATE NOCASE);"
                "CREATE INDEX i ON t(a); CREATE INDEX j ON t(a COLLATE RTRIM);"
                "INSERT INTO t VALUES ('x'), ('X '), ('x  '), ('y')");
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_FULL);
    assert_int_equal(c.report.finding_count, 0);
}

static void
a_damaged_table_is_named_and_the_others_are_not(void **state)
{
    struct scratch *scratch = *state;
    char garbage[100];
    memset(garbage, 0xee, sizeof garbage);
    scratch_sql(scratch->path, "PRAGMA page_size=1024; CREATE TABLE before(a);"
                               "CREATE TABLE bad(a); CREATE TABLE after(a);" FILL("before")
                                   FILL("bad") FILL("after"));
    scratch_overwrite(scratch->path, root_offset(scratch->path, "bad"), garbage,
                      sizeof garbage);
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_QUICK);
    assert_true(c.report.damaged);
    assert_damage(&c, "bad", "");
    assert_null(finding_of(&c, "before", ""));
    assert_null(finding_of(&c, "after", ""));
}

static void
a_damaged_index_is_found_by_the_full_check(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "CREATE TABLE t(a); CREATE INDEX i ON t(a); INSERT INTO t VALUES (1), (2);"
                "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = "
                "'CREATE INDEX i ON t(a DESC)' WHERE name = 'i'");
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_FULL);
    assert_true(c.report.damaged);
    assert_damage(&c, "t", "index i");
}

static void
a_damaged_free_list_is_found_for_the_file(void **state)
{
    struct scratch *scratch = *state;
    static const unsigned char many[4] = {0, 0, 0, 99};
    scratch_sql(scratch->path, "CREATE TABLE t(a); CREATE TABLE gone(a);" FILL("t")
                                   FILL("gone") "DROP TABLE gone");
    scratch_overwrite(scratch->path, 36, many, sizeof many); /* number of free pages */
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_QUICK);
    assert_true(c.report.damaged);
    assert_non_null(finding_of(&c, NULL, "reelist"));
    assert_null(finding_of(&c, "t", ""));
}

static void
damage_in_a_shadow_table_counts_for_the_file(void **state)
{
    struct scratch *scratch = *state;
    char garbage[100];
    memset(garbage, 0xee, sizeof garbage);
    scratch_sql(scratch->path, "PRAGMA page_size=1024; CREATE VIRTUAL TABLE f USING fts5(a);"
                               "CREATE TABLE t(a);" FILL("f") FILL("t"));
    scratch_overwrite(scratch->path, root_offset(scratch->path, "f_content"), garbage,
                      sizeof garbage);
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_QUICK);
    assert_true(c.report.damaged);
    assert_non_null(finding_of(&c, NULL, ""));
    assert_null(finding_of(&c, "t", ""));
}

static void
values_that_break_a_constraint_are_no_damage(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path,
                "CREATE TABLE n(a); INSERT INTO n VALUES (NULL);"
                "CREATE TABLE s(a); INSERT INTO s VALUES ('no number');"
                "CREATE TABLE l(\"a\nb\" INT) STRICT; INSERT INTO l VALUES (1);"
                "ALTER TABLE l ADD COLUMN \"c\nd\" INT DEFAULT 'x';"
                "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql ="
                " 'CREATE TABLE n(a NOT NULL)' WHERE name = 'n';"
                "UPDATE sqlite_schema SET sql = 'CREATE TABLE s(a INT) STRICT' WHERE name='s'");
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_QUICK);
    assert_false(c.report.damaged);
    assert_non_null(finding_of(&c, "n", "NULL value in n.a"));
    assert_non_null(finding_of(&c, "s", "non-INT value in s.a"));
    assert_non_null(finding_of(&c, "l", "non-INT value in l.c\nd"));
}

static int
compare_backwards(void *context, int a_size, const void *a, int b_size, const void *b)
{
    (void)context;
    int order = memcmp(b, a, (size_t)(a_size < b_size ? a_size : b_size));
    return order != 0 ? order : b_size - a_size;
}

static void
answer(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    sqlite3_result_int(context, 42);
}

static sqlite3 *
open_as_application(const char *path)
{
    sqlite3 *handle = scratch_open(path);
    sqlite3_create_collation(handle, "BACKWARDS", SQLITE_UTF8, NULL, compare_backwards);
    sqlite3_create_function(handle, "own", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, answer,
                            NULL, NULL);
    return handle;
}

static void
an_applications_collation_is_no_damage(void **state)
{
    struct scratch *scratch = *state;
    sqlite3 *handle = open_as_application(scratch->path);
    scratch_run(handle,
                "CREATE TABLE t(a COLLATE BACKWARDS UNIQUE);"
                "CREATE TABLE w(a COLLATE BACKWARDS PRIMARY KEY) WITHOUT ROWID;"
                "CREATE TABLE i(a); CREATE INDEX own ON i(a COLLATE BACKWARDS);"
                "CREATE TABLE plain(a UNIQUE);" FILL("t") FILL("w") FILL("i") FILL("plain"));
    sqlite3_close(handle);
    AUTO_CHECKING quick;
    AUTO_CHECKING full;
    check(&quick, scratch->path, CHECK_QUICK);
    assert_false(quick.report.damaged);
    check(&full, scratch->path, CHECK_FULL);
    assert_false(full.report.damaged);
    assert_non_null(finding_of(&full, "t", "BACKWARDS"));
    assert_non_null(finding_of(&full, "w", "BACKWARDS"));
    assert_non_null(finding_of(&full, "i", "BACKWARDS"));
    assert_null(finding_of(&full, "plain", ""));
}

static void
an_applications_function_is_no_damage_and_hides_none(void **state)
{
    struct scratch *scratch = *state;
    char garbage[100];
    sqlite3 *handle = open_as_application(scratch->path);
    scratch_run(handle, "PRAGMA page_size=1024; CREATE TABLE t(a, CHECK (own(a) = 42));"
                        "CREATE TABLE e(a); CREATE INDEX x ON e(own(a));"
                        "CREATE TABLE bad(a); CREATE INDEX y ON bad(own(a));" FILL("t")
                            FILL("e") FILL("bad"));
    sqlite3_close(handle);
    AUTO_CHECKING sound;
    check(&sound, scratch->path, CHECK_FULL);
    assert_false(sound.report.damaged);
    assert_no_damage(&sound, "e", "own");
    assert_null(finding_of(&sound, "t", ""));
    memset(garbage, 0xee, sizeof garbage);
    scratch_overwrite(scratch->path, root_offset(scratch->path, "bad"), garbage,
                      sizeof garbage);
    AUTO_CHECKING damaged;
    check(&damaged, scratch->path, CHECK_FULL);
    assert_true(damaged.report.damaged);
    assert_non_null(finding_of(&damaged, "bad", "btreeInitPage"));
}

static void
a_cut_off_file_is_damaged(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "PRAGMA page_size=1024; CREATE TABLE t(a);" FILL("t"));
    assert_int_equal(truncate(scratch->path, 10 * 1024), 0);
    AUTO_CHECKING c;
    check(&c, scratch->path, CHECK_QUICK);
    assert_true(c.report.damaged);
    assert_non_null(finding_of(&c, NULL, "cut off"));
}

static int
checking_stops(struct scratch *scratch)
{
    struct checking c;
    struct error err = {0};
    stop_request();
    bool checked = check_file(&c, scratch->path, CHECK_FULL, &err);
    checking_close(&c);
    return checked || err.kind != ERROR_STOPPED;
}

static void
a_request_to_stop_ends_the_check(void **state)
{
    struct scratch *scratch = *state;
    scratch_sql(scratch->path, "CREATE TABLE t(a);" FILL("t"));
    scratch_in_child(scratch, checking_stops);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_sound_file_has_no_findings),
        SCRATCH_TEST(a_utf16_file_with_nocase_indexes_is_sound),
        SCRATCH_TEST(a_damaged_table_is_named_and_the_others_are_not),
        SCRATCH_TEST(a_damaged_index_is_found_by_the_full_check),
        SCRATCH_TEST(a_damaged_free_list_is_found_for_the_file),
        SCRATCH_TEST(damage_in_a_shadow_table_counts_for_the_file),
        SCRATCH_TEST(values_that_break_a_constraint_are_no_damage),
        SCRATCH_TEST(an_applications_collation_is_no_damage),
        SCRATCH_TEST(an_applications_function_is_no_damage_and_hides_none),
        SCRATCH_TEST(a_cut_off_file_is_damaged),
        SCRATCH_TEST(a_request_to_stop_ends_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
