/* test_guard.c — guard/guard.h: every statement of the list gets its verdict, without a server. */
#include "base/text.h"
#include "guarded.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct guard_functions functions;

/* Where no catalog is asked, what only it could vouch for is refused. */
static bool
is_allowed(const struct guard_verdict *verdict)
{
    bool vouched = verdict->allowed;
    for (size_t i = 0; i < verdict->ask_count; i++) {
        vouched = vouched && !verdict->asks[i].must_exist;
    }
    return vouched;
}

static struct guard_verdict
judge(struct arena *arena, enum guard_purpose purpose, const char *sql)
{
    struct guard_options options = {.purpose = purpose, .functions = &functions};
    struct guard_verdict verdict;
    guard_check(arena, sql, strlen(sql), &options, &verdict);
    return verdict;
}

static void
gets_its_verdict(void **state)
{
    const struct judged_statement *statement = *state;
    AUTO_ARENA arena = {0};
    struct guard_options options = {.purpose = statement->purpose, .functions = &functions};
    struct guard_verdict verdict;
    guard_check(&arena, statement->sql, statement->length, &options, &verdict);
    if (is_allowed(&verdict) != statement->allowed) {
        print_error("%s: %s\n", statement->sql,
                    verdict.message == NULL ? "allowed" : verdict.message);
    }
    assert_int_equal(is_allowed(&verdict), statement->allowed);
    if (!verdict.allowed) {
        assert_non_null(verdict.rule);
        assert_non_null(verdict.message);
        assert_non_null(verdict.hint);
    }
}

static void
sixty_four_kibibytes_of_additions_do_not_crash_the_parser(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    char *sql = arena_alloc(&arena, GUARD_SQL_MAX + 2);
    memcpy(sql, "SELECT 1", 8);
    for (size_t at = 8; at + 2 <= GUARD_SQL_MAX; at += 2) {
        memcpy(sql + at, "+1", 2);
    }
    struct guard_verdict verdict = judge(&arena, GUARD_QUERY, sql);
    assert_false(verdict.allowed);
    assert_string_equal(verdict.rule, "depth");
    memset(sql, '(', GUARD_SQL_MAX);
    assert_false(judge(&arena, GUARD_QUERY, sql).allowed);
    memset(sql, '-', GUARD_SQL_MAX); /* a comment */
    assert_string_equal(judge(&arena, GUARD_QUERY, sql).rule, "one-statement");
}

static void
a_byte_over_the_limit_is_refused_for_its_size(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    char *sql = arena_alloc(&arena, GUARD_SQL_MAX + 2);
    memset(sql, ' ', GUARD_SQL_MAX + 1);
    memcpy(sql, "SELECT 1", 8);
    assert_string_equal(judge(&arena, GUARD_QUERY, sql).rule, "size");
    sql[GUARD_SQL_MAX] = '\0';
    assert_true(judge(&arena, GUARD_QUERY, sql).allowed);
}

static void
nul_and_bad_utf8_are_refused_with_their_place(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct guard_options options = {.purpose = GUARD_QUERY, .functions = &functions};
    struct guard_verdict verdict;
    guard_check(&arena, "SELECT 1\0; DROP TABLE t", 23, &options, &verdict);
    assert_string_equal(verdict.rule, "encoding");
    assert_int_equal(verdict.position, 9);
    assert_string_equal(judge(&arena, GUARD_QUERY, "SELECT '\xC3'").rule, "encoding");
}

static void
a_refused_function_is_named_with_its_place_in_characters(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct guard_verdict verdict = judge(&arena, GUARD_QUERY, "SELECT 'äöü', pg_sleep(1)");
    assert_string_equal(verdict.rule, "function");
    assert_string_equal(verdict.subject, "pg_sleep");
    assert_int_equal(verdict.position, 15);
}

static void
the_target_of_a_change_is_told(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct guard_verdict verdict = judge(&arena, GUARD_EXECUTE, "DELETE FROM s.t WHERE a = 1");
    assert_int_equal(verdict.statement, GUARD_DELETE);
    assert_string_equal(verdict.schema, "s");
    assert_string_equal(verdict.name, "t");
    verdict = judge(&arena, GUARD_ALTER, "DROP INDEX CONCURRENTLY i");
    assert_int_equal(verdict.statement, GUARD_DROP_INDEX);
    assert_null(verdict.schema);
    assert_string_equal(verdict.name, "i");
    assert_true(verdict.concurrently);
}

static void
destructive_forms_and_full_tables_are_let_through_only_when_asked_for(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *sql = "ALTER TABLE t DROP COLUMN c";
    struct guard_options options = {
        .purpose = GUARD_ALTER, .functions = &functions, .allow_destructive = true};
    struct guard_verdict verdict;
    guard_check(&arena, sql, strlen(sql), &options, &verdict);
    assert_true(verdict.allowed && verdict.destructive);
    sql = "ALTER TABLE t DROP COLUMN c CASCADE";
    guard_check(&arena, sql, strlen(sql), &options, &verdict);
    assert_false(verdict.allowed);
    sql = "DELETE FROM t";
    options = (struct guard_options){
        .purpose = GUARD_EXECUTE, .functions = &functions, .allow_full_table = true};
    guard_check(&arena, sql, strlen(sql), &options, &verdict);
    assert_true(verdict.allowed);
}

/* What is parsed on the caller's thread: as deep as so many bytes can nest, on the stack of 8
 * MB that the guard asks of it. */
static void *
judge_deep_statements(void *context)
{
    static const struct {
        const char *opening;
        const char *closing;
    } units[] = {{"1+", ""},
                 {"-", ""},
                 {"- ", ""},
                 {"(", ")"},
                 {"-(", ")"},
                 {"NOT ", ""},
                 {"a(", ")"},
                 {"(SELECT ", ")"},
                 {"ARRAY[", "]"},
                 {"@ ", ""},
                 {"1=ANY(SELECT ", ")"},
                 {"b AND ", ""}};
    enum { BYTES = 1024 - 16 };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        AUTO_ARENA arena = {0};
        AUTO_TEXT sql = {0};
        size_t times = BYTES / (strlen(units[i].opening) + strlen(units[i].closing));
        text_add(&sql, "SELECT ");
        for (size_t n = 0; n < times; n++) {
            text_add(&sql, units[i].opening);
        }
        text_add_char(&sql, '1');
        for (size_t n = 0; n < times; n++) {
            text_add(&sql, units[i].closing);
        }
        (void)judge(&arena, GUARD_QUERY, sql.bytes);
        *(size_t *)context += sql.length <= 1024;
    }
    return NULL;
}

static void
the_deepest_small_statements_fit_into_a_stack_of_8_mb(void **state)
{
    (void)state;
    pthread_t thread;
    pthread_attr_t attributes;
    size_t judged = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 8 << 20);
    assert_int_equal(pthread_create(&thread, &attributes, judge_deep_statements, &judged), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    assert_int_equal(judged, 12);
}

static void
what_the_catalog_must_vouch_for_is_listed_once(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct guard_verdict verdict = judge(
        &arena, GUARD_QUERY, "SELECT f(a), f(b), lower(a), pg_catalog.upper(a) WHERE a === b");
    assert_true(verdict.allowed);
    assert_int_equal(verdict.ask_count, 3);
    assert_string_equal(verdict.asks[0].name, "f");
    assert_true(verdict.asks[0].must_exist);
    assert_string_equal(verdict.asks[1].name, "lower");
    assert_false(verdict.asks[1].must_exist);
    assert_string_equal(verdict.asks[2].name, "===");
    assert_int_equal(verdict.asks[2].kind, ASK_OPERATOR);
}

static void
a_column_behind_a_dot_may_be_a_function_of_the_row(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct guard_verdict verdict = judge(&arena, GUARD_QUERY,
                                         "SELECT a, t.b, (t).c, s.t.d FROM s.t ORDER BY (t).c");
    assert_true(verdict.allowed);
    static const char *const names[] = {"b", "c", "t", "d"};
    assert_int_equal(verdict.ask_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(verdict.asks[i].kind, ASK_ATTRIBUTE);
        assert_string_equal(verdict.asks[i].name, names[i]);
    }
}

static void
without_a_servers_functions_none_is_known(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct guard_functions none = {.count = 0};
    struct guard_options options = {.purpose = GUARD_QUERY, .functions = &none};
    struct guard_verdict verdict;
    guard_check(&arena, "SELECT lower('A')", 17, &options, &verdict);
    assert_false(is_allowed(&verdict));
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    AUTO_ARENA arena = {0};
    guarded_functions(&arena, argv[1], &functions);
    struct judged_statement *statements = NULL;
    size_t count = 0;
    guarded_statements(&arena, argv[2], &statements, &count);
    const struct CMUnitTest fixed[] = {
        cmocka_unit_test(sixty_four_kibibytes_of_additions_do_not_crash_the_parser),
        cmocka_unit_test(a_byte_over_the_limit_is_refused_for_its_size),
        cmocka_unit_test(nul_and_bad_utf8_are_refused_with_their_place),
        cmocka_unit_test(a_refused_function_is_named_with_its_place_in_characters),
        cmocka_unit_test(the_target_of_a_change_is_told),
        cmocka_unit_test(destructive_forms_and_full_tables_are_let_through_only_when_asked_for),
        cmocka_unit_test(the_deepest_small_statements_fit_into_a_stack_of_8_mb),
        cmocka_unit_test(what_the_catalog_must_vouch_for_is_listed_once),
        cmocka_unit_test(a_column_behind_a_dot_may_be_a_function_of_the_row),
        cmocka_unit_test(without_a_servers_functions_none_is_known),
    };
    size_t fixed_count = sizeof fixed / sizeof fixed[0];
    struct CMUnitTest *all = arena_alloc(&arena, (fixed_count + count) * sizeof *all);
    memcpy(all, fixed, sizeof fixed);
    for (size_t i = 0; i < count; i++) {
        all[fixed_count + i] = (struct CMUnitTest){
            .name = arena_printf(&arena, "line %d is %s: %s", statements[i].line,
                                 statements[i].allowed ? "let through" : "refused",
                                 statements[i].why),
            .test_func = gets_its_verdict,
            .initial_state = &statements[i],
        };
    }
    return _cmocka_run_group_tests("guard", all, fixed_count + count, NULL, NULL);
}
