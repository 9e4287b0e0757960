/* test_sync_pulse.c — live/sync_pulse.c: what is said once is not said again. */
#include "live/sync_pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static size_t
lines_of(const char *said)
{
    size_t lines = 0;
    for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    return lines;
}

/* How many lines it makes of the same trouble, met three times. */
static size_t
lines_of_trouble(size_t length)
{
    char *said = NULL;
    size_t size = 0;
    struct sync_link link = {.conn = NULL};
    struct sync_pulse pulse;
    struct error err = {.kind = ERROR_TARGET};
    const struct output output = {.err_out = open_memstream(&said, &size)};
    assert_true(length < sizeof err.message);
    memset(err.message, 'x', length);
    pulse_start(&pulse, &output, &link, "app.db");
    for (int i = 0; i < 3; i++) {
        pulse_trouble(&pulse, &err);
    }
    fclose(output.err_out);
    size_t lines = lines_of(said);
    free(said);
    return lines;
}

static void
the_same_trouble_is_told_once_however_long_it_is(void **state)
{
    (void)state;
    assert_int_equal(lines_of_trouble(20), 1);
    assert_int_equal(lines_of_trouble(250), 1);
    assert_int_equal(lines_of_trouble(255), 1);
    assert_int_equal(lines_of_trouble(400), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_trouble_is_told_once_however_long_it_is),
    };
    return cmocka_run_group_tests_name("live/sync_pulse", tests, NULL, NULL);
}
