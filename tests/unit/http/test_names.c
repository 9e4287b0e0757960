/* test_names.c — http/names.c. */
#include "http/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
only_this_machines_names_and_allowed_ones_are_ours(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *allowed;
        bool ours;
    } cases[] = {
        {"localhost", NULL, true},
        {"LocalHost:8765", NULL, true},
        {"127.0.0.1:1", NULL, true},
        {"[::1]:80", NULL, true},
        {"[::1]", NULL, true},
        {NULL, NULL, false},
        {"", NULL, false},
        {"evil.example.com", NULL, false},
        {"localhost.evil.com", NULL, false},
        {"evil.com:localhost", NULL, false},
        {"127.0.0.1.evil.com", NULL, false},
        {"127.0.0.1:", NULL, false},
        {"127.0.0.1:80:80", NULL, false},
        {"127.0.0.1@evil.com", NULL, false},
        {"[::1", NULL, false},
        {"[::1]x", NULL, false},
        {"::1", NULL, false},
        {"0.0.0.0", NULL, false},
        {"db.example.com:443", "db.example.com", true},
        {"DB.example.com", "a, db.example.com ,b", true},
        {"example.com", "db.example.com", false},
        {"db.example.com.", "db.example.com", false},
        {"", ",", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("# %s\n", cases[i].header == NULL ? "(none)" : cases[i].header);
        assert_int_equal(http_host_is_ours(cases[i].header, cases[i].allowed), cases[i].ours);
    }
}

static void
an_origin_is_none_or_ours(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool ours;
    } cases[] = {
        {NULL, true},
        {"http://localhost:3000", true},
        {"https://127.0.0.1", true},
        {"HTTP://[::1]:80", true},
        {"null", false},
        {"", false},
        {"http://", false},
        {"http://evil.example.com", false},
        {"http://evil.example.com/localhost", false},
        {"http://localhost/evil", false},
        {"file://localhost", false},
        {"localhost", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("# %s\n", cases[i].header == NULL ? "(none)" : cases[i].header);
        assert_int_equal(http_origin_is_ours(cases[i].header, NULL), cases[i].ours);
    }
}

static void
addresses_say_whether_others_can_reach_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host; /* NULL: it is refused */
        bool is_loopback;
    } cases[] = {
        {"8765", "127.0.0.1", true},
        {"127.0.0.1:0", "127.0.0.1", true},
        {"127.9.9.9:80", "127.9.9.9", true},
        {"0.0.0.0:80", "0.0.0.0", false},
        {"10.0.0.1:80", "10.0.0.1", false},
        {"[::1]:80", "::1", true},
        {"[::]:80", "::", false},
        {"", NULL, false},
        {"127.0.0.1", NULL, false},
        {"127.0.0.1:", NULL, false},
        {"127.0.0.1:x", NULL, false},
        {"127.0.0.1:65536", NULL, false},
        {"127.0.0.1:123456", NULL, false},
        {":80", NULL, false},
        {"[::1]80", NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_address address;
        struct error err;
        print_message("# %s\n", cases[i].text);
        bool ok = http_address_parse(cases[i].text, &address, &err);
        assert_int_equal(ok, cases[i].host != NULL);
        if (ok) {
            assert_string_equal(address.host, cases[i].host);
            assert_int_equal(address.is_loopback, cases[i].is_loopback);
            assert_int_equal(address.is_wildcard, strcmp(cases[i].host, "0.0.0.0") == 0 ||
                                                      strcmp(cases[i].host, "::") == 0);
        } else {
            assert_int_equal(err.kind, ERROR_USAGE);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_this_machines_names_and_allowed_ones_are_ours),
        cmocka_unit_test(an_origin_is_none_or_ours),
        cmocka_unit_test(addresses_say_whether_others_can_reach_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
