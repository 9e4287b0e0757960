/* test_sqlite_guard.c — guard/sqlite_guard.h. */
#include "guard/sqlite_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

static void
reading_lets_nothing_through_that_changes(void **state)
{
    (void)state;
    static const int changes[] = {
        SQLITE_INSERT,       SQLITE_UPDATE,
        SQLITE_DELETE,       SQLITE_ATTACH,
        SQLITE_DETACH,       SQLITE_CREATE_TABLE,
        SQLITE_DROP_TABLE,   SQLITE_ALTER_TABLE,
        SQLITE_TRANSACTION,  SQLITE_SAVEPOINT,
        SQLITE_REINDEX,      SQLITE_ANALYZE,
        SQLITE_CREATE_VIEW,  SQLITE_CREATE_VTABLE,
        SQLITE_DROP_VTABLE,  SQLITE_CREATE_TEMP_TABLE,
        SQLITE_CREATE_INDEX, SQLITE_CREATE_TRIGGER,
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_non_null(sqlite_guard_refuses(changes[i], "t", NULL, false));
    }
    assert_null(sqlite_guard_refuses(SQLITE_SELECT, NULL, NULL, false));
    assert_null(sqlite_guard_refuses(SQLITE_READ, "t", "a", false));
    assert_non_null(sqlite_guard_refuses(9999, NULL, NULL, false));
}

static void
writing_changes_rows_but_not_the_systems(void **state)
{
    (void)state;
    assert_null(sqlite_guard_refuses(SQLITE_UPDATE, "t", "a", true));
    assert_non_null(sqlite_guard_refuses(SQLITE_UPDATE, "sqlite_master", "sql", true));
    assert_non_null(sqlite_guard_refuses(SQLITE_INSERT, "SQLITE_SEQUENCE", NULL, true));
    assert_non_null(sqlite_guard_refuses(SQLITE_CREATE_TABLE, "t", NULL, true));
    assert_non_null(sqlite_guard_refuses(SQLITE_TRANSACTION, "COMMIT", NULL, true));
}

static void
pragmas_tell_and_never_set(void **state)
{
    (void)state;
    assert_null(sqlite_guard_refuses(SQLITE_PRAGMA, "table_info", "t", false));
    assert_null(sqlite_guard_refuses(SQLITE_PRAGMA, "user_version", NULL, false));
    assert_non_null(sqlite_guard_refuses(SQLITE_PRAGMA, "user_version", "7", true));
    assert_non_null(sqlite_guard_refuses(SQLITE_PRAGMA, "journal_mode", NULL, false));
    assert_non_null(sqlite_guard_refuses(SQLITE_PRAGMA, "writable_schema", "1", true));
    assert_non_null(sqlite_guard_refuses(SQLITE_PRAGMA, "database_list", NULL, false));
}

static void
functions_that_reach_out_are_refused_in_any_case(void **state)
{
    (void)state;
    assert_null(sqlite_guard_refuses(SQLITE_FUNCTION, NULL, "lower", false));
    assert_non_null(sqlite_guard_refuses(SQLITE_FUNCTION, NULL, "load_extension", true));
    assert_non_null(sqlite_guard_refuses(SQLITE_FUNCTION, NULL, "LOAD_EXTENSION", false));
    assert_non_null(sqlite_guard_refuses(SQLITE_FUNCTION, NULL, "writefile", false));
}

static void
a_where_counts_only_where_it_is_the_statements_own(void **state)
{
    (void)state;
    assert_true(sqlite_guard_lacks_where("DELETE FROM t"));
    assert_true(sqlite_guard_lacks_where("delete from t -- where id = 1"));
    assert_true(sqlite_guard_lacks_where("UPDATE t SET a = ' WHERE '"));
    assert_true(sqlite_guard_lacks_where("UPDATE t SET \"where\" = 1"));
    assert_true(sqlite_guard_lacks_where("UPDATE t SET a = (SELECT 1 WHERE 1) /* where */"));
    assert_true(sqlite_guard_lacks_where("WITH x AS (SELECT 1 WHERE 1) DELETE FROM t"));
    assert_false(sqlite_guard_lacks_where("DELETE FROM t WHERE id = 1"));
    assert_false(sqlite_guard_lacks_where("UPDATE t SET a = 'it''s' where id IN (SELECT 1)"));
    assert_false(
        sqlite_guard_lacks_where("INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1"));
    assert_false(sqlite_guard_lacks_where("DELETE FROM t WHERE"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_lets_nothing_through_that_changes),
        cmocka_unit_test(writing_changes_rows_but_not_the_systems),
        cmocka_unit_test(pragmas_tell_and_never_set),
        cmocka_unit_test(functions_that_reach_out_are_refused_in_any_case),
        cmocka_unit_test(a_where_counts_only_where_it_is_the_statements_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
