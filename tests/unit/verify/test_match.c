/* test_match.c — verify/tally.c and match.c, on synthetic rows: a row is a key and
 * a content; the hashes are made up here. */
#include "verify/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FINDINGS_MAX = 10 };

static uint64_t
scramble(uint64_t number)
{
    number = (number ^ (number >> 31)) * 0x7FB5D329728EA185;
    number = (number ^ (number >> 27)) * 0x81DADEF4BC2DD44D;
    return number ^ (number >> 33);
}

static uint64_t
key_of(uint64_t key)
{
    return scramble(key + 1);
}

static uint64_t
row_of(uint64_t key, uint64_t content)
{
    return scramble(key_of(key) ^ scramble(content + 77));
}

struct both {
    struct tally source;
    struct tally target;
    struct finding findings[FINDINGS_MAX];
    struct match match;
};

static void
both_start(struct both *both, size_t entries_max)
{
    *both = (struct both){0};
    both->source.entries_max = entries_max;
    both->target.entries_max = entries_max;
    both->match = (struct match){.findings = both->findings, .findings_max = FINDINGS_MAX};
    tally_start(&both->source, NULL);
    tally_start(&both->target, NULL);
}

static void
both_end(struct both *both)
{
    tally_free(&both->source);
    tally_free(&both->target);
}

static void
add(struct tally *tally, uint64_t key, uint64_t content)
{
    tally_add(tally, key_of(key), row_of(key, content), 0);
}

static void
expect(const struct match *match, uint64_t different, uint64_t missing, uint64_t extra)
{
    assert_int_equal(match->different, different);
    assert_int_equal(match->missing, missing);
    assert_int_equal(match->extra, extra);
}

static void
the_same_rows_in_another_order_have_equal_digests(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    for (uint64_t i = 0; i < 1000; i++) {
        add(&both.source, i, i);
        add(&both.target, 999 - i, 999 - i);
    }
    assert_true(tally_digest_equal(&both.source.total, &both.target.total));
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 0, 0, 0);
    both_end(&both);
}

static void
changed_missing_and_extra_rows_are_told_apart(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    for (uint64_t i = 0; i < 100; i++) {
        if (i != 7) {
            add(&both.source, i, i);
        }
        if (i != 13) {
            add(&both.target, i, i == 50 ? 1000 : i);
        }
    }
    assert_false(tally_digest_equal(&both.source.total, &both.target.total));
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 1, 1, 1);
    assert_int_equal(both.match.finding_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct finding *finding = &both.findings[i];
        switch (finding->kind) {
        case FINDING_DIFFERENT:
            assert_true(finding->key == key_of(50));
            assert_true(finding->source_row == row_of(50, 50));
            assert_true(finding->target_row == row_of(50, 1000));
            break;
        case FINDING_MISSING: assert_true(finding->source_row == row_of(13, 13)); break;
        case FINDING_EXTRA: assert_true(finding->target_row == row_of(7, 7)); break;
        }
    }
    both_end(&both);
}

static void
rows_swapped_between_keys_differ_both(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    add(&both.source, 1, 10);
    add(&both.source, 2, 20);
    add(&both.target, 1, 20);
    add(&both.target, 2, 10);
    assert_false(tally_digest_equal(&both.source.total, &both.target.total));
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 2, 0, 0);
    both_end(&both);
}

/* Without a key a row is its own key. */
static void
how_often_a_row_occurs_counts(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    for (int i = 0; i < 5; i++) {
        tally_add(&both.source, row_of(0, 1), row_of(0, 1), 0);
        tally_add(&both.source, row_of(0, 2), row_of(0, 2), 0);
    }
    for (int i = 0; i < 7; i++) {
        tally_add(&both.target, row_of(0, 1), row_of(0, 1), 0);
    }
    for (int i = 0; i < 3; i++) {
        tally_add(&both.target, row_of(0, 2), row_of(0, 2), 0);
    }
    assert_int_equal(both.source.total.count, both.target.total.count);
    assert_false(tally_digest_equal(&both.source.total, &both.target.total));
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 0, 2, 2);
    both_end(&both);
}

/* A pair of equal rows on one side cancels in an xor, but not in the sum. */
static void
pairs_of_equal_rows_do_not_cancel(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    tally_add(&both.source, 5, 5, 0);
    tally_add(&both.source, 5, 5, 0);
    tally_add(&both.target, 6, 6, 0);
    tally_add(&both.target, 6, 6, 0);
    assert_int_equal(both.source.total.mix, both.target.total.mix);
    assert_false(tally_digest_equal(&both.source.total, &both.target.total));
    both_end(&both);
}

static void
one_key_several_times_is_paired_as_far_as_it_goes(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    add(&both.source, 1, 1);
    add(&both.source, 1, 2);
    add(&both.source, 1, 3);
    add(&both.target, 1, 2);
    add(&both.target, 1, 9);
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 1, 1, 0);
    both_end(&both);
}

static void
more_findings_than_wanted_are_counted_but_not_kept(void **state)
{
    (void)state;
    struct both both;
    both_start(&both, 1024);
    for (uint64_t i = 0; i < 500; i++) {
        add(&both.source, i, i);
    }
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 0, 500, 0);
    assert_int_equal(both.match.finding_count, FINDINGS_MAX);
    both_end(&both);
}

static const uint64_t large_rows = 200000;

/* Rows 1000, 2000, ... differ, 1, 1001, ... are missing, and 10 are extra. */
static void
add_large(struct both *both, bool source, bool target)
{
    for (uint64_t i = 0; i < large_rows; i++) {
        if (source) {
            add(&both->source, i, i);
        }
        if (target && i % 1000 != 1) {
            add(&both->target, i, i % 1000 == 0 ? i + 1 : i);
        }
    }
    for (uint64_t i = 0; target && i < 10; i++) {
        add(&both->target, large_rows + i, 0);
    }
}

static void
large_tables_are_matched_bucket_by_bucket_in_bounded_memory(void **state)
{
    (void)state;
    static uint8_t wanted[TALLY_BUCKETS];
    struct both both;
    both_start(&both, 256);
    add_large(&both, true, true);
    assert_true(both.source.bucketed && both.target.bucketed);
    tally_fold(&both.source);
    tally_fold(&both.target);
    size_t next = 0;
    int passes = 0;
    while (tally_choose(&both.source, &both.target, wanted, &next)) {
        tally_start(&both.source, wanted);
        tally_start(&both.target, wanted);
        add_large(&both, true, true);
        assert_true(both.source.entry_count <= 256 && both.source.entry_capacity <= 256);
        match_entries(&both.source, &both.target, &both.match);
        passes++;
    }
    expect(&both.match, large_rows / 1000, large_rows / 1000, 10);
    assert_true(passes > 1);
    both_end(&both);
}

static void
a_small_side_is_folded_beside_a_large_one(void **state)
{
    (void)state;
    static uint8_t wanted[TALLY_BUCKETS];
    struct both both;
    both_start(&both, 256);
    for (uint64_t i = 0; i < 300; i++) {
        add(&both.source, i, i);
    }
    for (uint64_t i = 0; i < 200; i++) {
        add(&both.target, i, i);
    }
    assert_true(both.source.bucketed && !both.target.bucketed);
    tally_fold(&both.source);
    tally_fold(&both.target);
    size_t next = 0;
    assert_true(tally_choose(&both.source, &both.target, wanted, &next));
    size_t chosen = 0;
    for (size_t i = 0; i < TALLY_BUCKETS; i++) {
        chosen += wanted[i];
    }
    assert_true(chosen > 90 && chosen <= 100); /* 100 keys, few of them in one bucket */
    assert_false(tally_choose(&both.source, &both.target, wanted, &next));
    both_end(&both);
}

/* A million equal rows are one entry. */
static void
rows_that_repeat_take_no_more_memory(void **state)
{
    (void)state;
    static uint8_t wanted[TALLY_BUCKETS];
    struct both both;
    both_start(&both, 256);
    memset(wanted, 1, sizeof wanted);
    tally_start(&both.source, wanted);
    tally_start(&both.target, wanted);
    for (int i = 0; i < 1000000; i++) {
        tally_add(&both.source, 42, 42, 0);
    }
    tally_add(&both.target, 42, 42, 0);
    assert_int_equal(both.source.entry_capacity, 256);
    match_entries(&both.source, &both.target, &both.match);
    expect(&both.match, 0, 999999, 0);
    both_end(&both);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_rows_in_another_order_have_equal_digests),
        cmocka_unit_test(changed_missing_and_extra_rows_are_told_apart),
        cmocka_unit_test(rows_swapped_between_keys_differ_both),
        cmocka_unit_test(how_often_a_row_occurs_counts),
        cmocka_unit_test(pairs_of_equal_rows_do_not_cancel),
        cmocka_unit_test(one_key_several_times_is_paired_as_far_as_it_goes),
        cmocka_unit_test(more_findings_than_wanted_are_counted_but_not_kept),
        cmocka_unit_test(large_tables_are_matched_bucket_by_bucket_in_bounded_memory),
        cmocka_unit_test(a_small_side_is_folded_beside_a_large_one),
        cmocka_unit_test(rows_that_repeat_take_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
