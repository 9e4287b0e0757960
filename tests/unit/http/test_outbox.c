/* test_outbox.c — http/outbox.c. */
#include "http/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static json_t *
numbered(int number)
{
    return json_pack("{s:i}", "n", number);
}

static void
expect_event(struct http_outbox *outbox, enum outbox_event event, const char *text)
{
    char *found;
    enum rpc_code code;
    assert_int_equal(http_outbox_wait(outbox, -1, 0, &found, &code), event);
    if (text == NULL) {
        assert_null(found);
    } else {
        assert_string_equal(found, text);
    }
    free(found);
}

static void
notifications_come_in_order_and_the_answer_last(void **state)
{
    (void)state;
    struct http_outbox *outbox = http_outbox_new(true);
    struct mcp_way way = http_outbox_way(outbox);
    char *text;
    enum rpc_code code;
    expect_event(outbox, OUTBOX_QUIET, NULL);
    way.notify(way.context, numbered(1));
    expect_event(outbox, OUTBOX_MESSAGE, "{\"n\":1}");
    way.notify(way.context, numbered(2));
    way.notify(way.context, numbered(3));
    way.answer(way.context, numbered(4), RPC_INVALID_PARAMS);
    expect_event(outbox, OUTBOX_MESSAGE, "{\"n\":2}");
    expect_event(outbox, OUTBOX_MESSAGE, "{\"n\":3}");
    assert_int_equal(http_outbox_wait(outbox, -1, -1, &text, &code), OUTBOX_ANSWERED);
    assert_string_equal(text, "{\"n\":4}");
    assert_int_equal(code, RPC_INVALID_PARAMS);
    free(text);
    http_outbox_release(outbox);
}

static void
a_client_that_takes_no_stream_gets_the_answer_alone(void **state)
{
    (void)state;
    struct http_outbox *outbox = http_outbox_new(false);
    struct mcp_way way = http_outbox_way(outbox);
    way.notify(way.context, numbered(1));
    expect_event(outbox, OUTBOX_QUIET, NULL);
    way.answer(way.context, NULL, RPC_NO_FAULT);
    expect_event(outbox, OUTBOX_ANSWERED, NULL);
    http_outbox_release(outbox);
}

static void
what_nobody_fetches_does_not_grow_without_end(void **state)
{
    (void)state;
    struct http_outbox *outbox = http_outbox_new(true);
    struct mcp_way way = http_outbox_way(outbox);
    char *text;
    enum rpc_code code;
    int messages = 0;
    for (int i = 0; i < 2 * OUTBOX_MAX; i++) {
        way.notify(way.context, numbered(i));
    }
    way.answer(way.context, numbered(-1), RPC_NO_FAULT);
    while (http_outbox_wait(outbox, -1, -1, &text, &code) == OUTBOX_MESSAGE) {
        messages++;
        free(text);
    }
    assert_string_equal(text, "{\"n\":-1}");
    free(text);
    assert_int_equal(messages, OUTBOX_MAX);
    http_outbox_release(outbox);
}

static void
a_connection_that_is_closed_is_noticed_without_waiting(void **state)
{
    (void)state;
    struct http_outbox *outbox = http_outbox_new(true);
    struct mcp_way way = http_outbox_way(outbox);
    int pair[2];
    char *text;
    enum rpc_code code;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(http_outbox_wait(outbox, pair[0], 0, &text, &code), OUTBOX_QUIET);
    assert_int_equal(write(pair[1], "GET", 3), 3); /* a next request is no going */
    assert_int_equal(http_outbox_wait(outbox, pair[0], 0, &text, &code), OUTBOX_QUIET);
    close(pair[1]);
    assert_int_equal(http_outbox_wait(outbox, pair[0], -1, &text, &code), OUTBOX_GONE);
    assert_null(text);
    way.answer(way.context, numbered(1), RPC_NO_FAULT);
    http_outbox_release(outbox);
    close(pair[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notifications_come_in_order_and_the_answer_last),
        cmocka_unit_test(a_client_that_takes_no_stream_gets_the_answer_alone),
        cmocka_unit_test(what_nobody_fetches_does_not_grow_without_end),
        cmocka_unit_test(a_connection_that_is_closed_is_noticed_without_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
