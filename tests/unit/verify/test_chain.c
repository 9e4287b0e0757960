/* test_chain.c — templates, digests and links of hash chains, without a server. Digests
 * are Python's hashlib's. */
#include "sqlite/catalog.h"
#include "verify/chain.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
a_template_is_taken_apart(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    struct chain_rule rule = {.over = "{previous}|{{{a b}}}{x:y}{x:json}{p:hex}{q:text}"};
    static const struct chain_part expected[] = {
        {.column = NULL},
        {.literal = "|{", .literal_size = 2},
        {.column = "a b"},
        {.literal = "}", .literal_size = 1},
        {.column = "x:y"},
        {.column = "x", .form = CHAIN_JSON},
        {.column = "p", .form = CHAIN_LOWER_HEX},
        {.column = "q", .form = CHAIN_STORED},
    };
    assert_true(chain_rule_parse(&arena, &rule, &err));
    assert_int_equal(rule.part_count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < rule.part_count; i++) {
        const struct chain_part *part = &rule.parts[i];
        assert_int_equal(part->literal_size, expected[i].literal_size);
        assert_int_equal(part->form, expected[i].form);
        if (expected[i].literal != NULL) {
            assert_memory_equal(part->literal, expected[i].literal, part->literal_size);
        } else if (expected[i].column == NULL) {
            assert_null(part->column);
        } else {
            assert_string_equal(part->column, expected[i].column);
        }
    }
    assert_true(chain_rule_reads(
        &(struct chain_rule){.hash = "h", .parts = rule.parts, .part_count = rule.part_count},
        "A B"));
}

static void
a_template_that_is_wrong_is_refused_with_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *over;
        const char *place;
    } wrong[] = {{"", "byte 1"},   {"ab{c", "byte 3"},    {"ab}c", "byte 3"},
                 {"{}", "byte 1"}, {"{:json}", "byte 1"}, {"a{b{c}}", "byte 2"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO_ARENA arena = {0};
        struct error err = {0};
        struct chain_rule rule = {.over = wrong[i].over};
        assert_false(chain_rule_parse(&arena, &rule, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strstr(err.message, wrong[i].place) == NULL) {
            fail_msg("%s: %s", wrong[i].over, err.message);
        }
    }
}

/* Of the bytes i * 7 % 256, the first `size` of them. */
static void
digest_of(enum chain_digest kind, size_t size, struct text *hex)
{
    struct error err = {0};
    struct chain_hasher hasher;
    uint8_t digest[CHAIN_DIGEST_MAX];
    assert_true(chain_hasher_open(&hasher, kind, &err));
    assert_true(chain_hasher_begin(&hasher, &err));
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(i * 7);
        assert_true(chain_hasher_add(&hasher, &byte, 1, &err));
    }
    assert_true(chain_hasher_end(&hasher, digest, &err));
    chain_hasher_close(&hasher);
    text_reset(hex);
    chain_digest_print(hex, CHAIN_HEX, digest, chain_digest_size(kind));
}

static void
digests_are_hashlibs(void **state)
{
    (void)state;
    static const struct {
        enum chain_digest kind;
        size_t size;
        const char *hex;
    } known[] = {
        {CHAIN_BLAKE2B_256, 0,
         "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
        {CHAIN_BLAKE2B_256, 3,
         "b316f3683ac87007461037a8ff6547de35618800044bb3a4e98b3560c92c3794"},
        {CHAIN_BLAKE2B_256, 127,
         "4ff62e7c4c43fe101a078479c48836be4907d9d498dcc577ca89d694b2c11f9b"},
        {CHAIN_BLAKE2B_256, 128,
         "14696d2a98d9f8a280da8b132b1045b345e1033759c6b02fcc4ee885c8ae7c37"},
        {CHAIN_BLAKE2B_256, 129,
         "3934215260b1039be9d9d2b073b059bcd50120c327a22af93eb4d98cf821c14c"},
        {CHAIN_BLAKE2B_256, 256,
         "3d0cb2693dfbac42af5a6cc960953fea8714aa39c4bcd054ef61d6b5e98ade4a"},
        {CHAIN_BLAKE2B_256, 1000,
         "6ac4bea923678eb024090384d6e767b5870f849057dc19b172d8d9f2df30bf8e"},
        {CHAIN_SHA256, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };
    AUTO_TEXT hex = {0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        digest_of(known[i].kind, known[i].size, &hex);
        assert_string_equal(text_string(&hex), known[i].hex);
    }
}

static void
blake2b_of_64_bytes_is_libcryptos_too(void **state)
{
    (void)state;
    AUTO_TEXT own = {0};
    AUTO_TEXT theirs = {0};
    uint8_t bytes[600];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t size = 0; size < sizeof bytes; size += 13) {
        uint8_t digest[CHAIN_DIGEST_MAX];
        assert_int_equal(EVP_Digest(bytes, size, digest, NULL, EVP_blake2b512(), NULL), 1);
        text_reset(&theirs);
        chain_digest_print(&theirs, CHAIN_HEX, digest, sizeof digest);
        digest_of(CHAIN_BLAKE2B_512, size, &own);
        assert_string_equal(text_string(&own), text_string(&theirs));
    }
}

static bool
is_stored(enum chain_encoding encoding, const char *stored)
{
    static const uint8_t digest[4] = {0xfb, 0xef, 0xff, 0x01};
    return chain_digest_is(encoding, digest, sizeof digest, (const uint8_t *)stored,
                           strlen(stored));
}

static void
a_digest_is_known_in_every_spelling_of_its_encoding(void **state)
{
    (void)state;
    assert_true(is_stored(CHAIN_HEX, "fbefff01"));
    assert_true(is_stored(CHAIN_HEX, "FBeFFf01"));
    assert_true(is_stored(CHAIN_HEX, "\xfb\xef\xff\x01"));
    assert_true(is_stored(CHAIN_BASE64, "++//AQ=="));
    assert_true(is_stored(CHAIN_BASE64, "--__AQ"));
    assert_false(is_stored(CHAIN_HEX, "fbefff02"));
    assert_false(is_stored(CHAIN_HEX, "fbefff010"));
    assert_false(is_stored(CHAIN_HEX, ""));
    assert_false(is_stored(CHAIN_BASE64, "++//AQA="));
    assert_false(is_stored(CHAIN_BASE64, "++//Aq=="));
}

static struct source_column source_columns[3];
static struct plan_column columns[3];
static struct source_table source_table;
static struct plan_table table;
static struct chain_rule rule;

/* seq, hash, v; sha256 over "{previous}{v}". */
static int
begin(void **state)
{
    (void)state;
    static const char *const names[] = {"seq", "hash", "v"};
    for (size_t i = 0; i < 3; i++) {
        source_columns[i].name.text = names[i];
        columns[i] = (struct plan_column){
            .source = &source_columns[i], .source_position = (int)i, .name = names[i]};
    }
    static struct chain_part parts[] = {{.column = NULL}, {.column = "V"}};
    source_table.name.text = "t";
    rule = (struct chain_rule){
        .order = "seq", .hash = "hash", .over = "", .parts = parts, .part_count = 2};
    table = (struct plan_table){
        .source = &source_table, .columns = columns, .column_count = 3, .chain = &rule};
    return 0;
}

static struct chain_cell
cell(const char *text)
{
    return (struct chain_cell){.bytes = (const uint8_t *)(text == NULL ? "" : text),
                               .size = text == NULL ? 0 : strlen(text),
                               .null = text == NULL};
}

/* sha256("a"), and sha256(that + "b"). */
static const char *const hashes[] = {
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    "d107b7d075043599f95950cf82591afa47c4dce9b4d343dc6fbecb1b051ee3ef"};

static struct chain_finding
walk_links(struct arena *arena, const char *const (*links)[2], size_t count)
{
    static const char *const orders[] = {"1", "2", "3", "4"};
    struct error err = {0};
    struct chain chain;
    struct chain_walk walk;
    assert_true(chain_build(arena, &table, &chain, &err));
    assert_int_equal(chain.column_count, 3);
    assert_true(chain_walk_open(&walk, &chain, arena, &err));
    for (size_t i = 0; i < count; i++) {
        const struct chain_cell cells[] = {cell(orders[i]), cell(links[i][0]),
                                           cell(links[i][1])};
        assert_true(chain_walk_link(&walk, cells, &err));
    }
    struct chain_finding finding = walk.finding;
    chain_walk_close(&walk);
    return finding;
}

static void
links_that_hold_are_an_intact_chain(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *const links[][2] = {{hashes[0], "a"}, {hashes[1], "b"}};
    struct chain_finding finding = walk_links(&arena, links, 2);
    assert_false(finding.broken);
    assert_int_equal(finding.links, 2);
}

static void
the_first_broken_link_is_named_with_what_it_should_be(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *const links[][2] = {{hashes[0], "a"}, {hashes[1], "B"}, {"", "c"}};
    struct chain_finding finding = walk_links(&arena, links, 3);
    assert_true(finding.broken);
    assert_int_equal(finding.links, 3);
    assert_string_equal(finding.order, "2");
    assert_string_equal(finding.column, "hash");
    assert_string_equal(finding.found, hashes[1]);
    assert_int_equal(strlen(finding.expected), 64);
    assert_string_not_equal(finding.expected, hashes[1]);
}

static void
a_null_hash_breaks_the_chain(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *const links[][2] = {{NULL, "a"}};
    struct chain_finding finding = walk_links(&arena, links, 1);
    assert_true(finding.broken);
    assert_string_equal(finding.found, "NULL");
    assert_string_equal(finding.expected, hashes[0]);
}

static void
no_links_are_an_intact_chain(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct chain_finding finding = walk_links(&arena, NULL, 0);
    assert_false(finding.broken);
    assert_int_equal(finding.links, 0);
}

static void
a_column_that_is_not_there_is_named(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err = {0};
    struct chain chain;
    rule.order = "nowhere";
    assert_false(chain_build(&arena, &table, &chain, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "nowhere"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_is_taken_apart),
        cmocka_unit_test(a_template_that_is_wrong_is_refused_with_the_place),
        cmocka_unit_test(digests_are_hashlibs),
        cmocka_unit_test(blake2b_of_64_bytes_is_libcryptos_too),
        cmocka_unit_test(a_digest_is_known_in_every_spelling_of_its_encoding),
        cmocka_unit_test_setup(links_that_hold_are_an_intact_chain, begin),
        cmocka_unit_test_setup(the_first_broken_link_is_named_with_what_it_should_be, begin),
        cmocka_unit_test_setup(a_null_hash_breaks_the_chain, begin),
        cmocka_unit_test_setup(no_links_are_an_intact_chain, begin),
        cmocka_unit_test_setup(a_column_that_is_not_there_is_named, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
