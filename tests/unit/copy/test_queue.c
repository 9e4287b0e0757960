/* test_queue.c — copy/queue.c: how tables become chunks and units. */
#include "base/workers.h"
#include "copy/queue.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TABLES = 4 };

struct fixture {
    struct source_table sources[TABLES];
    struct plan_table tables[TABLES];
    struct table_inspection seen[TABLES];
    struct plan plan;
    struct inspection inspection;
    struct copy_job job;
    int64_t ends[3];
};

/* big: 400,000 rows in 4 chunks; small and tiny; empty has no row. */
static void
fill(struct fixture *f)
{
    static const char *const names[TABLES] = {"tiny", "big", "empty", "small"};
    static const uint64_t rows[TABLES] = {3, 400000, 0, 200};
    for (size_t i = 0; i < TABLES; i++) {
        f->sources[i].name.text = names[i];
        f->tables[i] = (struct plan_table){
            .source = &f->sources[i], .source_position = (int)i, .name = names[i]};
        f->seen[i] = (struct table_inspection){.rows = rows[i], .bytes = rows[i] * 50};
    }
    f->ends[0] = 100;
    f->ends[1] = 200;
    f->ends[2] = 5000;
    f->seen[1].chunk_ends = f->ends;
    f->seen[1].chunk_end_count = 3;
    f->plan = (struct plan){.tables = f->tables, .table_count = TABLES};
    f->inspection = (struct inspection){f->seen, TABLES};
    f->job = (struct copy_job){.plan = &f->plan, .inspection = &f->inspection};
}

static void
ranges_of_a_table_touch_and_cover_every_rowid(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    fill(&f);
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, &f.job, NULL, 0);
    int64_t next = INT64_MIN;
    size_t ranges = 0;
    for (size_t i = 0; i < queue.chunk_count; i++) {
        if (queue.chunks[i].table_index == 1) {
            assert_int_equal(queue.chunks[i].number, ranges++);
            assert_int_equal(queue.chunks[i].range.low, next);
            next = queue.chunks[i].range.high + (ranges < 4);
        }
    }
    assert_int_equal(ranges, 4);
    assert_int_equal(next, INT64_MAX);
}

static void
large_tables_come_first_and_small_ones_share_a_unit(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    fill(&f);
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, &f.job, NULL, 0);
    assert_int_equal(queue.chunk_count, 6); /* 4 + small + tiny; nothing for empty */
    assert_string_equal(queue.chunks[0].table->name, "big");
    assert_int_equal(queue.unit_count, 5);
    assert_int_equal(queue.units[4].chunk_count, 2);
}

static void
finished_chunks_are_left_out_and_their_rows_counted(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    fill(&f);
    const struct run_chunk done[] = {
        {.source_table = "tiny", .chunk = 0, .rows_copied = 2, .rows_set_aside = 1},
        {.source_table = "big", .chunk = 2, .rows_copied = 70000},
        {.source_table = "big", .chunk = 0, .rows_copied = 100000},
    };
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, &f.job, done, 3);
    assert_int_equal(queue.rows_finished[1], 170000);
    assert_int_equal(queue.rows_finished[0], 3);
    assert_int_equal(queue.chunk_count, 3);
    assert_int_equal(queue.chunks[0].number, 1);
    assert_int_equal(queue.chunks[1].number, 3);
    assert_string_equal(queue.chunks[2].table->name, "small");
}

static void
every_unit_is_taken_once_and_none_after_a_failure(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    fill(&f);
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, &f.job, NULL, 0);
    const struct copy_unit *first = copy_queue_take(&queue);
    const struct copy_unit *second = copy_queue_take(&queue);
    assert_non_null(first);
    assert_ptr_not_equal(first, second);
    assert_false(copy_queue_has_failed(&queue));
    copy_queue_fail(&queue);
    assert_true(copy_queue_has_failed(&queue));
    assert_null(copy_queue_take(&queue));
}

static void
a_table_with_a_problem_is_not_copied(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    fill(&f);
    f.tables[1].problem = "a corrupt page";
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, &f.job, NULL, 0);
    assert_int_equal(queue.chunk_count, 2);
}

/* Shared by the threads of the tests below. */
struct borrowers {
    struct copy_queue queue;
    _Atomic int inside;
    _Atomic int most;
};

static bool
borrow_often(void *context, size_t index, struct error *err)
{
    struct borrowers *borrowers = context;
    (void)err;
    for (int i = 0; i < 200; i++) {
        const struct copy_unit *unit = &borrowers->queue.units[index % 4];
        if (!copy_queue_borrow(&borrowers->queue, unit)) {
            return true;
        }
        int inside = ++borrowers->inside;
        sched_yield();
        if (inside > borrowers->most) {
            borrowers->most = inside;
        }
        --borrowers->inside;
        copy_queue_give_back(&borrowers->queue, unit);
    }
    return true;
}

static void
fill_for_borrowers(struct borrowers *borrowers, struct arena *arena, struct fixture *f,
                   uint64_t widest)
{
    fill(f);
    f->job.workers = 4;
    f->seen[1].row_bytes_max = widest;
    *borrowers = (struct borrowers){0};
    copy_queue_fill(&borrowers->queue, arena, &f->job, NULL, 0);
}

static void
giant_rows_take_turns(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    struct borrowers borrowers;
    struct error err;
    fill_for_borrowers(&borrowers, &arena, &f, 200000000);
    assert_true(borrowers.queue.memory_max <= 3 * UINT64_C(200000000) + 4 * 4194304);
    assert_true(workers_run(4, borrow_often, &borrowers, &err));
    assert_int_equal(borrowers.most, 1);
    assert_int_equal(borrowers.queue.memory_lent, 0);
}

static void
ordinary_rows_do_not_wait(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    struct borrowers borrowers;
    fill_for_borrowers(&borrowers, &arena, &f, 10000);
    for (int i = 0; i < 4; i++) {
        assert_true(copy_queue_borrow(&borrowers.queue, &borrowers.queue.units[i]));
    }
}

static void
who_waits_for_memory_is_told_of_a_failure(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    struct borrowers borrowers;
    fill_for_borrowers(&borrowers, &arena, &f, 200000000);
    assert_true(copy_queue_borrow(&borrowers.queue, &borrowers.queue.units[0]));
    copy_queue_fail(&borrowers.queue);
    assert_false(copy_queue_borrow(&borrowers.queue, &borrowers.queue.units[1]));
}

static void
a_small_table_shares_no_unit_with_one_that_needs_a_copy(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct fixture f = {0};
    fill(&f);
    struct plan_column column = {.name = "id", .type = {.kind = TYPE_BIGINT}};
    struct plan_column other = {.name = "e", .type = {.kind = TYPE_ENUM, .name = "mood"}};
    f.tables[0].columns = &column;
    f.tables[0].column_count = 1;
    f.tables[3].columns = &other;
    f.tables[3].column_count = 1;
    struct copy_queue queue;
    copy_queue_fill(&queue, &arena, &f.job, NULL, 0);
    assert_int_equal(queue.unit_count, 6);
    assert_false(queue.units[0].small);
    assert_false(queue.units[4].small);
    assert_true(queue.units[5].small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_of_a_table_touch_and_cover_every_rowid),
        cmocka_unit_test(large_tables_come_first_and_small_ones_share_a_unit),
        cmocka_unit_test(finished_chunks_are_left_out_and_their_rows_counted),
        cmocka_unit_test(every_unit_is_taken_once_and_none_after_a_failure),
        cmocka_unit_test(a_table_with_a_problem_is_not_copied),
        cmocka_unit_test(giant_rows_take_turns),
        cmocka_unit_test(ordinary_rows_do_not_wait),
        cmocka_unit_test(who_waits_for_memory_is_told_of_a_failure),
        cmocka_unit_test(a_small_table_shares_no_unit_with_one_that_needs_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
