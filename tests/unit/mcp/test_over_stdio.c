/* test_over_stdio.c — mcp/over_stdio.c over pipes: input that ends, output that is closed. */
#include "asked.h"
#include "mcp/over_stdio.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct served {
    struct mcp_server server;
    pthread_t thread;
    int to[2];   /* what the server reads */
    int from[2]; /* what it writes */
    bool ok;
    bool hung;
};

static void *
serve(void *argument)
{
    struct served *served = argument;
    struct error err;
    served->ok = mcp_stdio_serve(&served->server, served->to[0], served->from[1], &served->hung,
                                 &err);
    close(served->from[1]);
    return NULL;
}

static void
start(struct served *served)
{
    struct error err;
    memset(served, 0, sizeof *served);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(served->to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(served->from, O_CLOEXEC), 0);
    assert_true(mcp_server_start(&served->server, &fake_service, 2, &err));
    assert_int_equal(pthread_create(&served->thread, NULL, serve, served), 0);
}

static void
put(const struct served *served, const char *line)
{
    assert_int_equal(write(served->to[1], line, strlen(line)), (ssize_t)strlen(line));
}

/* Ends the input and reads all that is written until the output ends too. */
static void
finish(struct served *served, struct text *out)
{
    char bytes[512];
    ssize_t size;
    close(served->to[1]);
    while ((size = read(served->from[0], bytes, sizeof bytes)) > 0) {
        text_add_bytes(out, bytes, (size_t)size);
    }
    pthread_join(served->thread, NULL);
    close(served->from[0]);
    close(served->to[0]);
    assert_true(served->ok);
    assert_false(served->hung);
}

static void
what_was_asked_before_the_input_ends_is_answered(void **state)
{
    (void)state;
    struct served served;
    AUTO_TEXT out = {0};
    start(&served);
    put(&served, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"echo\"}}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
    finish(&served, &out);
    assert_non_null(strstr(text_string(&out), "\"id\":1,\"result\""));
    assert_non_null(strstr(text_string(&out), "\"id\":2,\"result\":{}"));
}

static void
what_does_not_end_is_given_up_and_not_answered(void **state)
{
    (void)state;
    struct served served;
    AUTO_TEXT out = {0};
    start(&served);
    put(&served, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                 "\"wait\"}}\n");
    finish(&served, &out);
    assert_string_equal(text_string(&out), "");
}

static void
faults_are_answered_line_by_line_and_the_next_line_is_read(void **state)
{
    (void)state;
    struct served served;
    AUTO_TEXT out = {0};
    start(&served);
    put(&served,
        "junk\n\xff\n[]\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"z\",\"method\":\"ping\"}\n");
    finish(&served, &out);
    const char *parse = strstr(text_string(&out), "-32700");
    assert_non_null(parse);
    assert_non_null(strstr(parse + 1, "-32700"));
    assert_non_null(strstr(parse, "-32600"));
    assert_non_null(strstr(parse, "\"id\":\"z\",\"result\":{}"));
}

static void
a_closed_output_ends_the_server(void **state)
{
    (void)state;
    struct served served;
    start(&served);
    close(served.from[0]);
    pthread_join(served.thread, NULL); /* although the input is open and nothing is asked */
    assert_true(served.ok);
    close(served.to[0]);
    close(served.to[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_before_the_input_ends_is_answered),
        cmocka_unit_test(what_does_not_end_is_given_up_and_not_answered),
        cmocka_unit_test(faults_are_answered_line_by_line_and_the_next_line_is_read),
        cmocka_unit_test(a_closed_output_ends_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
