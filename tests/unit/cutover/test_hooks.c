/* test_hooks.c — cutover/hooks.c. */
#include "cutover/hooks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct live example = {
    .state = LIVE_SWITCHED, .epoch = 3, .source_path = "/data/it's.db"};

/* A connection that is none: libpq answers with nothing. */
static bool
run(const struct hooks *hooks, struct text *words, struct error *err)
{
    AUTO_CONNECTION *conn = PQconnectStart("host=/nowhere dbname=d user=u password=secret");
    const struct hook_news news = {.live = &example, .conn = conn, .reason = "why"};
    return hook_run(hooks, HOOK_ON_SWITCHED, &news, words, err);
}

static void
a_hook_is_told_where_the_move_stands(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    struct error err;
    const struct hooks hooks = {
        .commands[HOOK_ON_SWITCHED] = "echo \"$OUTGROW_HOOK $OUTGROW_STATE $OUTGROW_EPOCH "
                                      "$OUTGROW_SOURCE $OUTGROW_REASON\""};
    assert_true(run(&hooks, &words, &err));
    assert_string_equal(text_string(&words), "on-switched switched 3 /data/it's.db why\n");
}

static void
a_hook_is_not_told_a_password(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    struct error err;
    const struct hooks hooks = {
        .commands[HOOK_ON_SWITCHED] = "env | grep -v '^OUTGROW_HOOK' ; echo; exit 0"};
    assert_true(run(&hooks, &words, &err));
    assert_null(strstr(text_string(&words), "secret"));
    assert_non_null(strstr(text_string(&words), "OUTGROW_TARGET=host='/nowhere'"));
}

static void
a_hook_that_fails_is_an_error_with_its_code(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    struct error err = {0};
    const struct hooks hooks = {.commands[HOOK_ON_SWITCHED] = "echo no; exit 7"};
    assert_false(run(&hooks, &words, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "on-switched ended with code 7"));
    assert_string_equal(text_string(&words), "no\n");
}

static void
no_hook_is_fine(void **state)
{
    (void)state;
    AUTO_TEXT words = {0};
    struct error err;
    const struct hooks hooks = {.commands[HOOK_ON_ABORT] = "exit 1"};
    assert_true(run(&hooks, &words, &err));
    assert_int_equal(words.length, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hook_is_told_where_the_move_stands),
        cmocka_unit_test(a_hook_is_not_told_a_password),
        cmocka_unit_test(a_hook_that_fails_is_an_error_with_its_code),
        cmocka_unit_test(no_hook_is_fine),
    };
    return cmocka_run_group_tests_name("cutover/hooks", tests, NULL, NULL);
}
