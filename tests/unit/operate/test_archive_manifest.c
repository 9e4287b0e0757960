/* test_archive_manifest.c — operate/archive_manifest.c. */
#include "operate/archive_manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEX  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HEAD "{\"format\": \"outgrow archive\", \"version\": 1, \"files\": ["
#define FILE_OF(name, hex)                                                                     \
    "{\"name\": \"" name "\", \"size\": 3, \"sha256\": \"" hex                                 \
    "\", \"original_path\": \"/x\", \"links\": []}"

static void
what_is_written_is_read_again(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    const char *links[] = {"/opt/a.db", "/opt/\"b\".db"};
    struct archive_file file = {.name = "d\xc3\xa9.db",
                                .size_bytes = INT64_C(1) << 40,
                                .sha256 = HEX,
                                .original_path = "/data/d\xc3\xa9.db",
                                .links = links,
                                .link_count = 2};
    const struct archive_manifest written = {
        .program = "9.9.9",
        .created_at = "2026-01-31T23:59:59Z",
        .run = {.id = 7,
                .target = "h/db",
                .state = "verified",
                .exit_code = 7,
                .finished_at = "2026-01-30T00:00:00Z",
                .differences = 2},
        .files = &file,
        .file_count = 1,
    };
    struct archive_manifest read;
    json_t *json = archive_manifest_to_json(&written);
    char *text = json_dumps(json, 0);
    json_decref(json);
    assert_true(archive_manifest_parse(text, strlen(text), &arena, &read, &err));
    free(text);
    assert_int_equal(read.file_count, 1);
    assert_string_equal(read.files[0].name, file.name);
    assert_true(read.files[0].size_bytes == file.size_bytes);
    assert_string_equal(read.files[0].sha256, HEX);
    assert_string_equal(read.files[0].original_path, file.original_path);
    assert_int_equal(read.files[0].link_count, 2);
    assert_string_equal(read.files[0].links[1], links[1]);
    assert_int_equal(read.run.id, 7);
    assert_int_equal(read.run.exit_code, 7);
    assert_int_equal(read.run.differences, 2);
    assert_string_equal(read.run.state, "verified");
    assert_string_equal(read.program, "9.9.9");
    assert_null(read.damage);
}

static void
a_manifest_without_a_run_has_none(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    struct archive_manifest read;
    static const char text[] = HEAD FILE_OF("a.db", HEX) "], \"run\": null}";
    assert_true(archive_manifest_parse(text, sizeof text - 1, &arena, &read, &err));
    assert_int_equal(read.run.id, 0);
}

static void
what_must_not_be_believed_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"format\": \"outgrow archive\"}",
        "nonsense",
        "{\"format\": \"other\", \"version\": 1, \"files\": [" FILE_OF("a", HEX) "]}",
        HEAD "]}",
        HEAD FILE_OF("../a.db", HEX) "]}",
        HEAD FILE_OF("/etc/passwd", HEX) "]}",
        HEAD FILE_OF("..", HEX) "]}",
        HEAD FILE_OF(".", HEX) "]}",
        HEAD FILE_OF("", HEX) "]}",
        HEAD FILE_OF("manifest.json", HEX) "]}",
        HEAD FILE_OF("a\\u0000.db", HEX) "]}",
        HEAD FILE_OF("a.db", "12") "]}",
        HEAD FILE_OF("a.db", HEX) ", " FILE_OF("a.db", HEX) "]}",
        HEAD "{\"name\": \"a\", \"size\": -1, \"sha256\": \"" HEX "\"}]}",
        HEAD "{\"name\": 5, \"size\": 1, \"sha256\": \"" HEX "\"}]}",
        HEAD "{\"name\": \"a\", \"size\": 1, \"sha256\": \"" HEX "\", \"links\": [1]}]}",
        HEAD "null]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        AUTO_ARENA arena = {0};
        struct error err = {0};
        struct archive_manifest read;
        if (archive_manifest_parse(bad[i], strlen(bad[i]), &arena, &read, &err)) {
            fail_msg("accepted: %s", bad[i]);
        }
        assert_int_equal(err.kind, ERROR_SOURCE);
    }
}

static void
a_newer_manifest_says_so(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    struct archive_manifest read;
    static const char text[] = "{\"format\": \"outgrow archive\", \"version\": 2}";
    assert_false(archive_manifest_parse(text, sizeof text - 1, &arena, &read, &err));
    assert_non_null(strstr(err.hint, "newer"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_manifest_without_a_run_has_none),
        cmocka_unit_test(what_must_not_be_believed_is_refused),
        cmocka_unit_test(a_newer_manifest_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
