/* test_existing.c — existing/existing*.c: the types of existing columns, and what is judged. */
#include "existing/bookkeeping.h"
#include "existing/existing_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct target_type
base_type(uint32_t oid, const char *name)
{
    return (struct target_type){.oid = oid,
                                .name = name,
                                .base_name = name,
                                .base_schema = "pg_catalog",
                                .typmod = -1,
                                .precision = -1};
}

static void
the_types_modifier_is_kept(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct value_type type = {.kind = TYPE_TEXT};
    struct target_type numeric = base_type(1700, "numeric(10,2)");
    numeric.precision = 10;
    numeric.scale = 2;
    assert_null(existing_type(&arena, &numeric, &type));
    assert_int_equal(type.kind, TYPE_NUMERIC);
    assert_int_equal(type.precision, 10);
    assert_int_equal(type.scale, 2);
    struct target_type varchar = base_type(1043, "character varying(20)");
    varchar.length = 20;
    assert_null(existing_type(&arena, &varchar, &type));
    assert_int_equal(type.kind, TYPE_VARCHAR);
    assert_int_equal(type.length, 20);
    assert_int_equal(type.precision, 0);
    struct target_type stamp = base_type(1114, "timestamp(3) without time zone");
    stamp.precision = 3;
    assert_null(existing_type(&arena, &stamp, &type));
    assert_int_equal(type.tick_us, 1000);
    stamp.precision = -1;
    assert_null(existing_type(&arena, &stamp, &type));
    assert_int_equal(type.tick_us, 0);
}

static void
what_the_plan_says_of_values_stays(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    static const char *const nulls[] = {"", NULL};
    struct value_type type = {
        .kind = TYPE_TIMESTAMPTZ, .epoch = EPOCH_MILLISECONDS, .null_texts = nulls};
    struct target_type stamp = base_type(1114, "timestamp without time zone");
    assert_null(existing_type(&arena, &stamp, &type));
    assert_int_equal(type.kind, TYPE_TIMESTAMP);
    assert_int_equal(type.epoch, EPOCH_MILLISECONDS);
    assert_ptr_equal(type.null_texts, nulls);
}

static void
enums_arrays_and_domains_are_themselves(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    static const char *const labels[] = {"a", "b"};
    struct value_type type = {.kind = TYPE_TEXT};
    struct target_type mood = base_type(70000, "public.mood");
    mood.kind = TARGET_TYPE_ENUM;
    mood.enum_labels = labels;
    mood.enum_label_count = 2;
    assert_null(existing_type(&arena, &mood, &type));
    assert_int_equal(type.kind, TYPE_ENUM);
    assert_string_equal(type.name, "public.mood");
    assert_string_equal(type.labels[1], "b");
    assert_null(type.labels[2]);
    struct target_type tags = base_type(1015, "character varying[]");
    tags.kind = TARGET_TYPE_ARRAY;
    tags.element_oid = 1043;
    assert_null(existing_type(&arena, &tags, &type));
    assert_int_equal(type.kind, TYPE_TEXT_ARRAY);
    assert_int_equal(value_type_element_oid(&type), 1043);
    assert_null(type.labels);
    struct target_type domain = base_type(25, "text");
    domain.domain = "public.email";
    assert_null(existing_type(&arena, &domain, &type));
    assert_int_equal(type.kind, TYPE_TEXT);
    assert_string_equal(type.name, "public.email");
}

static void
other_types_are_named(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct value_type type = {.kind = TYPE_TEXT};
    struct target_type xml = base_type(142, "xml");
    assert_string_equal(existing_type(&arena, &xml, &type), "type xml is not supported");
    struct target_type range = base_type(3904, "int4range");
    range.kind = TARGET_TYPE_RANGE;
    assert_non_null(existing_type(&arena, &range, &type));
    struct target_type dates = base_type(1182, "date[]");
    dates.kind = TARGET_TYPE_ARRAY;
    dates.element_oid = 1082;
    assert_non_null(existing_type(&arena, &dates, &type));
    struct target_type odd = base_type(1700, "numeric(3,5)");
    odd.precision = 3;
    odd.scale = 5;
    assert_non_null(existing_type(&arena, &odd, &type));
}

static void
bookkeeping_is_known_in_any_case(void **state)
{
    (void)state;
    assert_string_equal(bookkeeping_tool("alembic_version"), "Alembic");
    assert_string_equal(bookkeeping_tool("SequelizeMeta"), "Sequelize");
    assert_string_equal(bookkeeping_tool("__EFMigrationsHistory"), "Entity Framework");
    assert_null(bookkeeping_tool("users"));
    assert_null(bookkeeping_tool("my_migrations"));
}

/* A table (a, b) of the source, known by both columns, and what the target has for it. */
struct live_bench {
    struct arena arena;
    struct source_column source_columns[2];
    struct source_table source;
    struct plan_column columns[3];
    struct plan_table table;
    struct target_column target_columns[2];
    struct target_index index;
    struct target_table target;
    int key[2];
    struct capture_table captured;
    struct existing_fit fit;
    struct plan plan;
    struct existing_job job;
};

static const int b_and_a[] = {2, 1};

static void
live_bench_prepare(struct live_bench *bench)
{
    *bench = (struct live_bench){
        .source_columns = {{.name = {"a", false}}, {.name = {"b", false}}},
        .columns = {{.name = "a", .source_position = 0}, {.name = "b", .source_position = 1}},
        .target_columns = {{.name = "a", .attnum = 1}, {.name = "b", .attnum = 2}},
        .index =
            {.name = "i", .columns = b_and_a, .column_count = 2, .unique = true, .valid = true},
        .key = {0, 1},
    };
    bench->source = (struct source_table){
        .name = {"pair", false}, .columns = bench->source_columns, .column_count = 2};
    bench->table = (struct plan_table){
        .source = &bench->source, .columns = bench->columns, .column_count = 2};
    bench->target = (struct target_table){.schema = "public",
                                          .name = "pair",
                                          .columns = bench->target_columns,
                                          .column_count = 2,
                                          .indexes = &bench->index,
                                          .index_count = 1};
    bench->captured = (struct capture_table){.key_columns = bench->key, .key_count = 2};
    bench->job = (struct existing_job){.arena = &bench->arena,
                                       .captured = &bench->captured,
                                       .plan = &bench->plan,
                                       .fit = &bench->fit};
}

static size_t
live_problems(struct live_bench *bench)
{
    bench->fit.problem_count = 0;
    existing_judge_live_key(&bench->job, &bench->table, &bench->target);
    return bench->fit.problem_count;
}

static const char *
first_problem(const struct live_bench *bench)
{
    return bench->fit.problems == NULL ? "" : bench->fit.problems[0];
}

static void
a_live_row_is_found_by_a_unique_index_of_just_its_key(void **state)
{
    (void)state;
    struct live_bench bench;
    live_bench_prepare(&bench);
    assert_int_equal(live_problems(&bench), 0); /* in any order */
    bench.index.unique = false;
    assert_int_equal(live_problems(&bench), 1);
    assert_non_null(strstr(first_problem(&bench), "no unique index on (a, b)"));
    bench.index.unique = true;
    bench.index.partial = true;
    assert_int_equal(live_problems(&bench), 1);
    bench.index.partial = false;
    bench.index.valid = false;
    assert_int_equal(live_problems(&bench), 1);
    bench.index.valid = true;
    bench.captured.key_count = 1;
    assert_int_equal(live_problems(&bench), 1); /* (b, a) lets an a occur twice */
    bench.job.captured = NULL;
    assert_int_equal(live_problems(&bench), 0);
    arena_free(&bench.arena);
}

static void
a_table_with_a_hidden_column_or_read_whole_needs_no_key(void **state)
{
    (void)state;
    struct live_bench bench;
    live_bench_prepare(&bench);
    bench.target.index_count = 0;
    assert_int_equal(live_problems(&bench), 1);
    bench.captured.refusal = "the result of a query";
    assert_int_equal(live_problems(&bench), 0);
    bench.captured = (struct capture_table){.by_rowid = true, .key_count = 1};
    assert_int_equal(live_problems(&bench), 1); /* nothing holds the rowid */
    bench.columns[2] = (struct plan_column){
        .name = "_outgrow_rowid", .source_position = -1, .rowid = true};
    bench.table.column_count = 3;
    assert_int_equal(live_problems(&bench), 0);
    arena_free(&bench.arena);
}

static void
a_live_rowid_is_found_in_the_column_that_is_the_rowid(void **state)
{
    (void)state;
    static const int only_a[] = {1};
    struct live_bench bench;
    live_bench_prepare(&bench);
    bench.captured = (struct capture_table){.by_rowid = true, .key_count = 1};
    bench.source_columns[0].rowid_alias = true;
    assert_int_equal(live_problems(&bench), 1);
    assert_non_null(strstr(first_problem(&bench), "on (a)"));
    bench.index.columns = only_a;
    bench.index.column_count = 1;
    assert_int_equal(live_problems(&bench), 0);
    arena_free(&bench.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_row_is_found_by_a_unique_index_of_just_its_key),
        cmocka_unit_test(a_table_with_a_hidden_column_or_read_whole_needs_no_key),
        cmocka_unit_test(a_live_rowid_is_found_in_the_column_that_is_the_rowid),
        cmocka_unit_test(the_types_modifier_is_kept),
        cmocka_unit_test(what_the_plan_says_of_values_stays),
        cmocka_unit_test(enums_arrays_and_domains_are_themselves),
        cmocka_unit_test(other_types_are_named),
        cmocka_unit_test(bookkeeping_is_known_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
