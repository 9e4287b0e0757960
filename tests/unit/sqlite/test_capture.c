/* test_capture.c — what is logged when an application writes to a captured file. */
#include "captured.h"

#include <string.h>

static void
inserts_updates_and_deletes_log_their_key(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
    captured_run(&c, "INSERT INTO t(v) VALUES('a'), ('b')");
    assert_string_equal(captured_keys(&c), "t:1 2");
    captured_run(&c, "UPDATE t SET v = 'c' WHERE id = 2");
    assert_string_equal(captured_keys(&c), "t:2");
    captured_run(&c, "DELETE FROM t WHERE id = 1");
    assert_string_equal(captured_keys(&c), "t:1");
}

static void
a_victim_of_replace_is_logged(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); "
                  "INSERT INTO t VALUES(1, 'a', 1), (2, 'b', 2)");
    captured_run(&c, "INSERT OR REPLACE INTO t VALUES(3, 'a', 3)");
    assert_string_equal(captured_keys(&c), "t:1 3");
    captured_run(&c, "UPDATE OR REPLACE t SET u = 'b' WHERE id = 3");
    assert_string_equal(captured_keys(&c), "t:2 3");
    captured_run(&c, "UPDATE t SET v = 9");
    assert_string_equal(captured_keys(&c), "t:3");
}

static void
removing_capture_leaves_the_schema_as_it_was(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(
        &c, state,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); CREATE INDEX i ON t(v)");
    assert_true(capture_remove(&c.writer, &err));
    const char *removed = captured_schema(&c);
    captured_run(&c, "CREATE TABLE later(x)");
    assert_true(strlen(removed) > 0);
    assert_null(strstr(removed, "_outgrow"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(inserts_updates_and_deletes_log_their_key),
        SCRATCH_TEST(a_victim_of_replace_is_logged),
        SCRATCH_TEST(removing_capture_leaves_the_schema_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
