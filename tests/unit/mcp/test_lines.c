/* test_lines.c — mcp/lines.c. */
#include "mcp/lines.h"
#include "mcp/rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
take(void *context, const char *line, size_t length)
{
    struct text *out = context;
    if (line == NULL) {
        text_add(out, "(too long)");
    } else {
        text_add_char(out, '<');
        text_add_bytes(out, line, length);
        text_add_char(out, '>');
    }
}

static void
lines_are_the_same_however_the_bytes_arrive(void **state)
{
    (void)state;
    static const char bytes[] = "one\ntwo\r\n\n\r\nthree";
    for (size_t piece = 1; piece < sizeof bytes; piece++) {
        AUTO_TEXT out = {0};
        struct mcp_lines lines = {.too_long = false};
        for (size_t at = 0; at < sizeof bytes - 1; at += piece) {
            size_t left = sizeof bytes - 1 - at;
            mcp_lines_feed(&lines, bytes + at, left < piece ? left : piece, take, &out);
        }
        assert_string_equal(text_string(&out), "<one><two>");
        mcp_lines_end(&lines, take, &out);
        assert_string_equal(text_string(&out), "<one><two><three>");
    }
}

static void
a_line_beyond_the_limit_is_thrown_away_alone(void **state)
{
    (void)state;
    enum { PIECE = 65536 };
    AUTO_TEXT out = {0};
    struct mcp_lines lines = {.too_long = false};
    char *piece = calloc(1, PIECE);
    memset(piece, 'x', PIECE);
    for (size_t sent = 0; sent <= 3 * (size_t)RPC_SIZE_MAX; sent += PIECE) {
        mcp_lines_feed(&lines, piece, PIECE, take, &out);
    }
    assert_true(lines.line.capacity <= RPC_SIZE_MAX);
    mcp_lines_feed(&lines, "\nnext\n", 6, take, &out);
    assert_string_equal(text_string(&out), "(too long)<next>");
    mcp_lines_end(&lines, take, &out);
    free(piece);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_however_the_bytes_arrive),
        cmocka_unit_test(a_line_beyond_the_limit_is_thrown_away_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
