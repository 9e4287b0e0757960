/* test_digest.c — operate/digest.c against the examples of FIPS 180-4. */
#include "operate/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static void
check(const char *bytes, size_t size, const char *expected)
{
    struct error err;
    AUTO_DIGEST digest = {0};
    char hex[DIGEST_HEX_SIZE];
    assert_true(digest_begin(&digest, &err));
    for (size_t i = 0; i < size; i++) {
        assert_true(digest_add(&digest, bytes + i, 1, &err));
    }
    assert_true(digest_end(&digest, hex, &err));
    assert_string_equal(hex, expected);
}

static void
digests_are_those_of_the_standard(void **state)
{
    (void)state;
    check("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void
a_file_has_the_digest_of_its_bytes_and_its_size(void **state)
{
    (void)state;
    struct error err;
    char hex[DIGEST_HEX_SIZE];
    char path[] = "/tmp/test_digest.XXXXXX";
    int64_t size = 0;
    int file = mkstemp(path);
    assert_int_equal(write(file, "abc", 3), 3);
    close(file);
    assert_true(digest_file(path, hex, &size, &err));
    unlink(path);
    assert_int_equal(size, 3);
    assert_string_equal(hex,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
a_file_that_is_not_there_is_the_systems_refusal(void **state)
{
    (void)state;
    struct error err;
    char hex[DIGEST_HEX_SIZE];
    int64_t size = 0;
    assert_false(digest_file("/nonexistent/file", hex, &size, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_false(digest_file("/", hex, &size, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(a_file_has_the_digest_of_its_bytes_and_its_size),
        cmocka_unit_test(a_file_that_is_not_there_is_the_systems_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
