/* test_fence_watch.c — capture/fence_watch.c and capture/retire.c: a fence that lost a part of
 * itself is noticed, and one whose capture has ended stands. */
#include "capture/fence.h"
#include "captured.h"

#include <stdio.h>
#include <string.h>

static const char schema[] = "CREATE TABLE a(id INTEGER PRIMARY KEY, v); CREATE TABLE b(x); "
                             "CREATE TABLE \"C c\"(k PRIMARY KEY NOT NULL) WITHOUT ROWID; "
                             "INSERT INTO a VALUES(1, 1); INSERT INTO b VALUES(1)";

static void
begin(struct captured *c)
{
    scratch_run(c->writer.handle, "BEGIN IMMEDIATE");
}

static void
commit(struct captured *c)
{
    scratch_run(c->writer.handle, "COMMIT");
}

static void
fenced(struct captured *c, void **state)
{
    struct error err = {0};
    captured_open(c, state, schema);
    begin(c);
    assert_true(fence_raise(&c->writer, &c->catalog, "gone", &err));
    commit(c);
}

static bool
whole(struct captured *c)
{
    struct error err = {0};
    bool is = false;
    if (!fence_is_whole(&c->reader, &c->catalog, &is, &err)) {
        fail_msg("%s", err.message);
    }
    return is;
}

static bool
takes(struct captured *c, const char *sql)
{
    return sqlite3_exec(c->app, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static void
a_fence_is_whole_as_it_was_raised_and_none_is_not(void **state)
{
    struct error err = {0};
    AUTO_CAPTURED c;
    fenced(&c, state);
    assert_true(whole(&c));
    begin(&c);
    assert_true(fence_lower(&c.writer, &err));
    commit(&c);
    assert_false(whole(&c));
}

static void
a_single_dropped_trigger_is_a_gap(void **state)
{
    static const char *const names[] = {"1_insert", "1_update", "1_delete", "2_insert",
                                        "3_delete"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char sql[64];
        AUTO_CAPTURED c;
        fenced(&c, state);
        snprintf(sql, sizeof sql, "DROP TRIGGER _outgrow_fence_%s", names[i]);
        captured_run(&c, sql);
        assert_false(whole(&c));
        remove(c.path);
    }
}

static void
a_table_made_anew_is_a_gap_and_one_that_is_gone_is_none(void **state)
{
    AUTO_CAPTURED c;
    fenced(&c, state);
    captured_run(&c, "DROP TABLE b");
    assert_true(whole(&c));
    captured_run(&c, "CREATE TABLE B(x)");
    assert_false(whole(&c));
    assert_true(takes(&c, "INSERT INTO b VALUES(2)"));
}

static void
a_mended_fence_stands_around_every_table_that_there_is_now(void **state)
{
    struct error err = {0};
    AUTO_CAPTURED c;
    fenced(&c, state);
    captured_run(&c, "DROP TABLE b; CREATE TABLE b(x); CREATE TABLE later(y); "
                     "DROP TRIGGER _outgrow_fence_1_update");
    begin(&c);
    if (!fence_mend(&c.writer, "still gone", &err)) {
        fail_msg("%s", err.message);
    }
    commit(&c);
    assert_true(whole(&c));
    assert_false(takes(&c, "UPDATE a SET v = 2"));
    assert_false(takes(&c, "INSERT INTO b VALUES(2)"));
    assert_false(takes(&c, "INSERT INTO later VALUES(2)"));
    assert_string_equal(sqlite3_errmsg(c.app), "still gone");
}

static void
capture_that_has_retired_leaves_the_fence_and_nothing_that_acts(void **state)
{
    struct error err = {0};
    struct capture_state now;
    AUTO_CAPTURED c;
    fenced(&c, state);
    for (int again = 0; again < 2; again++) {
        if (!capture_retire(&c.writer, &err)) {
            fail_msg("%s", err.message);
        }
        assert_true(whole(&c));
        assert_true(capture_state_read(&c.reader, true, &now, &err));
        assert_true(now.installed && now.fenced && now.triggers_intact);
        assert_int_equal(now.last_seq, 0);
        assert_string_equal(
            captured_value(&c, c.app,
                           "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name "
                           "NOT GLOB '_outgrow_fence_*'"),
            "0");
    }
    assert_false(takes(&c, "INSERT INTO a VALUES(2, 2)"));
    assert_false(takes(&c, "DELETE FROM b"));
    assert_true(takes(&c, "SELECT * FROM a"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_fence_is_whole_as_it_was_raised_and_none_is_not),
        SCRATCH_TEST(a_single_dropped_trigger_is_a_gap),
        SCRATCH_TEST(a_table_made_anew_is_a_gap_and_one_that_is_gone_is_none),
        SCRATCH_TEST(a_mended_fence_stands_around_every_table_that_there_is_now),
        SCRATCH_TEST(capture_that_has_retired_leaves_the_fence_and_nothing_that_acts),
    };
    return cmocka_run_group_tests_name("sqlite/fence_watch", tests, NULL, NULL);
}
