/* test_room.c — the log does not grow behind its limit, and says so; and one target reads it. */
#include "captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAP = 1000, SLACK = 256 };

static struct capture_state
state_of(struct captured *c)
{
    struct error err = {0};
    struct capture_state file;
    if (!capture_state_read(&c->reader, true, &file, &err)) {
        fail_msg("%s", err.message);
    }
    assert_true(file.triggers_intact);
    return file;
}

static void
set_cap(struct captured *c, int64_t rows, int64_t applied)
{
    struct error err = {0};
    if (!capture_cap_set(&c->writer, rows, applied, &err)) {
        fail_msg("%s", err.message);
    }
}

/* Each row is one write. */
static void
insert_rows(struct captured *c, int count)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
             "INSERT INTO t(u) SELECT (SELECT coalesce(max(id), 0) FROM t) + i FROM n",
             count);
    captured_run(c, sql);
}

static int64_t
rows_of(struct captured *c, const char *table)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    return strtoll(captured_value(c, c->app, sql), NULL, 10);
}

static void
open_with_cap(struct captured *c, void **state)
{
    captured_open(c, state,
                  "PRAGMA synchronous = OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE)");
    set_cap(c, CAP, 0);
}

static void
a_full_log_takes_no_more_and_the_application_goes_on(void **state)
{
    AUTO_CAPTURED c;
    open_with_cap(&c, state);
    insert_rows(&c, CAP);
    assert_false(state_of(&c).full);
    assert_int_equal(rows_of(&c, "_outgrow_log"), CAP);
    insert_rows(&c, SLACK);
    assert_true(state_of(&c).full);
    int64_t logged = rows_of(&c, "_outgrow_log");
    assert_in_range(logged, CAP, CAP + SLACK);
    insert_rows(&c, 2 * CAP);
    captured_run(&c,
                 "INSERT OR REPLACE INTO t(u) VALUES(5); UPDATE t SET u = -u; DELETE FROM t "
                 "WHERE id % 3 = 0");
    assert_int_equal(rows_of(&c, "_outgrow_log"), logged);
    assert_true(state_of(&c).full);
}

static void
what_a_full_log_misses_is_taken_back_with_the_applications_transaction(void **state)
{
    AUTO_CAPTURED c;
    open_with_cap(&c, state);
    captured_run(&c, "BEGIN");
    insert_rows(&c, 2 * CAP);
    captured_run(&c, "ROLLBACK");
    assert_false(state_of(&c).full);
    assert_int_equal(rows_of(&c, "_outgrow_log"), 0);
    captured_run(&c, "INSERT INTO t(u) VALUES('x')");
    assert_string_equal(captured_keys(&c), "t:1");
}

static void
without_a_cap_the_log_grows(void **state)
{
    AUTO_CAPTURED c;
    open_with_cap(&c, state);
    set_cap(&c, 0, 0);
    insert_rows(&c, 2 * CAP);
    assert_int_equal(rows_of(&c, "_outgrow_log"), 2 * CAP);
    assert_false(state_of(&c).full);
    assert_int_equal(state_of(&c).log_cap, 0);
}

static void
what_waits_already_is_never_too_much(void **state)
{
    AUTO_CAPTURED c;
    open_with_cap(&c, state);
    insert_rows(&c, CAP);
    set_cap(&c, 10, 0);
    assert_false(state_of(&c).full);
    insert_rows(&c, SLACK + 10);
    assert_true(state_of(&c).full);
}

static void
the_limit_follows_what_was_applied_and_a_full_log_stays_full(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    char nonce[CAPTURE_ID_SIZE];
    bool more = true;
    open_with_cap(&c, state);
    insert_rows(&c, CAP);
    assert_true(capture_trim(&c.writer, CAP - 1, &more, nonce, &err));
    assert_false(more);
    insert_rows(&c, CAP - 1);
    assert_false(state_of(&c).full);
    assert_true(capture_cap_follow(&c.writer, 2 * CAP - 1, &err));
    insert_rows(&c, CAP);
    assert_false(state_of(&c).full);
    insert_rows(&c, SLACK);
    assert_true(state_of(&c).full);
    int64_t limit = state_of(&c).log_limit;
    assert_true(capture_cap_follow(&c.writer, 3 * CAP, &err));
    assert_true(capture_trim(&c.writer, 3 * CAP, &more, nonce, &err));
    set_cap(&c, 5 * CAP, 3 * CAP);
    assert_true(state_of(&c).full);
    assert_int_equal(state_of(&c).log_limit, limit);
}

static void
opened_again_it_takes_changes_behind_its_last_row(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    open_with_cap(&c, state);
    insert_rows(&c, 2 * CAP);
    int64_t last = state_of(&c).last_seq;
    assert_true(capture_reopen(&c.writer, &err));
    assert_false(state_of(&c).full);
    assert_int_equal(state_of(&c).last_seq, last);
    captured_forget(&c);
    captured_run(&c, "UPDATE t SET u = 'new' WHERE id = 77");
    assert_string_equal(captured_keys(&c), "t:77");
    insert_rows(&c, CAP - 2);
    assert_false(state_of(&c).full);
}

static void
cut_in_slices_a_full_log_keeps_what_was_applied_and_its_last_row(void **state)
{
    enum { APPLIED = 7, ROWS = 12000 };
    AUTO_CAPTURED c;
    struct error err = {0};
    bool more = true;
    open_with_cap(&c, state);
    assert_true(capture_cut_full(&c.writer, 0, &more, &err)); /* it is not full: nothing */
    assert_false(more);
    set_cap(&c, ROWS, 0);
    insert_rows(&c, ROWS + SLACK);
    int64_t last = state_of(&c).last_seq;
    int slices = 0;
    for (more = true; more; slices++) {
        assert_true(state_of(&c).full);
        assert_true(capture_cut_full(&c.writer, APPLIED, &more, &err));
    }
    assert_int_equal(slices, 3);
    assert_int_equal(rows_of(&c, "_outgrow_log"), APPLIED + 1);
    assert_int_equal(state_of(&c).last_seq, last);
    assert_true(state_of(&c).full);
    insert_rows(&c, SLACK);
    assert_int_equal(rows_of(&c, "_outgrow_log"), APPLIED + 1);
}

/* As often as a trigger of ours logs two rows at a time, an odd number and an even one. */
static void
rows_that_come_in_pairs_do_not_step_over_the_limit(void **state)
{
    for (int odd = 0; odd < 2; odd++) {
        AUTO_CAPTURED c;
        struct scratch *scratch = NULL;
        assert_int_equal(scratch_setup((void **)&scratch), 0);
        open_with_cap(&c, (void **)&scratch);
        insert_rows(&c, 1 + odd);
        captured_run(&c, "BEGIN");
        for (int i = 0; i < CAP; i++) {
            captured_run(&c, "UPDATE t SET id = id + 10 WHERE id = (SELECT max(id) FROM t)");
        }
        captured_run(&c, "COMMIT");
        assert_true(state_of(&c).full);
        assert_in_range(rows_of(&c, "_outgrow_log"), CAP, CAP + SLACK);
        captured_close(&c);
        c = (struct captured){0};
        assert_int_equal(scratch_teardown((void **)&scratch), 0);
    }
    (void)state;
}

/* At no moment in between does it grow without an end. */
static void
a_new_log_is_limited_by_what_installs_it(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    const struct capture_owner owner = {"id", "host/name", .log_rows = CAP};
    captured_open(&c, state,
                  "PRAGMA synchronous = OFF; CREATE TABLE t(id INTEGER PRIMARY KEY)");
    assert_true(capture_remove(&c.writer, &err));
    assert_true(capture_install(&c.writer, &c.catalog, c.tables, &owner, c.id, &err));
    assert_int_equal(state_of(&c).log_cap, CAP);
    captured_run(&c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                     "3000) INSERT INTO t SELECT i FROM n");
    assert_true(state_of(&c).full);
    assert_true(rows_of(&c, "_outgrow_log") <= CAP + SLACK);
}

static void
a_target_that_has_claimed_the_log_keeps_it(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    const struct capture_owner first = {"id of the first", "host/first"};
    const struct capture_owner second = {"id of the second", "host/second"};
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    assert_true(capture_install(&c.writer, &c.catalog, c.tables, &first, c.id, &err));
    const char *schema = captured_schema(&c);
    assert_false(capture_install(&c.writer, &c.catalog, c.tables, &second, c.id, &err));
    assert_int_equal(err.kind, ERROR_NOT_NOW);
    assert_non_null(strstr(err.message, "host/first"));
    assert_string_equal(captured_schema(&c), schema);
    assert_true(capture_install(&c.writer, &c.catalog, c.tables, &first, c.id, &err));
    assert_true(capture_install(&c.writer, &c.catalog, c.tables, NULL, c.id, &err));
    assert_true(capture_remove(&c.writer, &err));
    assert_true(capture_install(&c.writer, &c.catalog, c.tables, &second, c.id, &err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_full_log_takes_no_more_and_the_application_goes_on),
        SCRATCH_TEST(what_a_full_log_misses_is_taken_back_with_the_applications_transaction),
        SCRATCH_TEST(without_a_cap_the_log_grows),
        SCRATCH_TEST(what_waits_already_is_never_too_much),
        SCRATCH_TEST(the_limit_follows_what_was_applied_and_a_full_log_stays_full),
        SCRATCH_TEST(cut_in_slices_a_full_log_keeps_what_was_applied_and_its_last_row),
        SCRATCH_TEST(opened_again_it_takes_changes_behind_its_last_row),
        cmocka_unit_test(rows_that_come_in_pairs_do_not_step_over_the_limit),
        SCRATCH_TEST(a_new_log_is_limited_by_what_installs_it),
        SCRATCH_TEST(a_target_that_has_claimed_the_log_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
