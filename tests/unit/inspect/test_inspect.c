/* test_inspect.c — inspect/inspect*.c. */
#include "../planner/planned.h"
#include "base/stop.h"
#include "inspect/inspect.h"
#include "planner/plan_build.h"

#include <stdatomic.h>

static const struct table_inspection *
inspected(const struct planned *planned, const char *table)
{
    int position = catalog_find_table(&planned->catalog, table);
    assert_true(position >= 0);
    return &planned->inspection.tables[position];
}

static void
rows_bytes_and_values_are_counted(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "CREATE TABLE t(a INTEGER, b TEXT, c BLOB);"
                         "INSERT INTO t VALUES (1, 'abc', x'0011'), (NULL, '\xc3\xa4', NULL),"
                         " (3, NULL, zeroblob(100));"
                         "CREATE TABLE none(a);");
    planned_open(planned);
    planned_inspect(planned, 1);
    const struct table_inspection *t = inspected(planned, "t");
    assert_int_equal(t->rows, 3);
    assert_int_equal(t->bytes, 8 + 3 + 2 + 2 + 8 + 100);
    assert_int_equal(t->row_bytes_max, 108);
    assert_int_equal(t->columns[0].integers, 2);
    assert_int_equal(t->columns[0].nulls, 1);
    assert_int_equal(t->columns[1].texts, 2);
    assert_int_equal(t->columns[2].blobs, 2);
    assert_int_equal(t->chunk_end_count, 0);
    assert_int_equal(inspected(planned, "none")->rows, 0);
    assert_true(inspected(planned, "none")->done);
}

static void
utf16_text_counts_as_utf8(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "PRAGMA encoding = 'UTF-16'; CREATE TABLE t(a TEXT);"
                         "INSERT INTO t VALUES ('abc\xc3\xa4');");
    planned_open(planned);
    planned_inspect(planned, 1);
    assert_int_equal(inspected(planned, "t")->bytes, 5);
}

/* Counts the rows between the chunk ends by asking SQLite. */
static void
check_chunks(struct planned *planned, const char *name)
{
    const struct table_inspection *table = inspected(planned, name);
    int64_t low = INT64_MIN;
    uint64_t rows = 0;
    for (size_t i = 0; i <= table->chunk_end_count; i++) {
        int64_t high = i == table->chunk_end_count ? INT64_MAX : table->chunk_ends[i];
        AUTO_STATEMENT *statement = NULL;
        char *sql = sqlite3_mprintf("SELECT count(*) FROM %s WHERE rowid BETWEEN ?1 AND ?2",
                                    name);
        assert_int_equal(sqlite3_prepare_v2(planned->source.handle, sql, -1, &statement, NULL),
                         SQLITE_OK);
        sqlite3_free(sql);
        sqlite3_bind_int64(statement, 1, low);
        sqlite3_bind_int64(statement, 2, high);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        uint64_t chunk_rows = (uint64_t)sqlite3_column_int64(statement, 0);
        assert_true(chunk_rows > 0 && chunk_rows <= CHUNK_ROWS_MAX);
        rows += chunk_rows;
        low = high + (high < INT64_MAX);
    }
    assert_int_equal(rows, table->rows);
}

static void
big_tables_are_shared_and_cut_into_chunks(void **state)
{
    struct planned *planned = *state;
    planned_sql(
        planned,
        "CREATE TABLE dense(id INTEGER PRIMARY KEY, v TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 350000)"
        " INSERT INTO dense SELECT i, 'v' FROM n;"
        "CREATE TABLE gaps(v TEXT);"
        "INSERT INTO gaps(rowid, v) VALUES (-9223372036854775808, 'low'), (-5, 'a'),"
        " (0, 'b'), (9223372036854775807, 'high');"
        "INSERT INTO gaps(rowid, v) SELECT id * 10000000, v FROM dense LIMIT 120000;");
    planned_open(planned);
    planned_inspect(planned, 3);
    assert_int_equal(inspected(planned, "dense")->rows, 350000);
    assert_true(inspected(planned, "dense")->chunk_end_count >= 3);
    assert_int_equal(inspected(planned, "dense")->columns[0].integer_max, 350000);
    assert_int_equal(inspected(planned, "dense")->columns[0].integer_min, 1);
    assert_int_equal(inspected(planned, "gaps")->rows, 120004);
    assert_true(inspected(planned, "gaps")->chunk_end_count <= 8);
    check_chunks(planned, "dense");
    check_chunks(planned, "gaps");
}

static void
large_values_end_a_chunk_early(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned,
                "CREATE TABLE t(v BLOB);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)"
                " INSERT INTO t SELECT zeroblob(10000000) FROM n;");
    planned_open(planned);
    planned_inspect(planned, 1);
    static const int64_t ends[] = {2, 3, 4, 5, 6, 7, 8}; /* 22.5 MB, 17.5 MB, 15 MB ... */
    assert_int_equal(inspected(planned, "t")->chunk_end_count, 7);
    assert_memory_equal(inspected(planned, "t")->chunk_ends, ends, sizeof ends);
}

/* What one narrow row weighs must not decide how often a transaction is begun. */
static void
narrow_rows_go_into_fewer_chunks(void **state)
{
    struct planned *planned = *state;
    planned_sql(
        planned,
        "CREATE TABLE narrow(v); CREATE TABLE wide(v);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 125000)"
        " INSERT INTO narrow SELECT NULL FROM n;"
        "INSERT INTO wide SELECT zeroblob(600) FROM narrow;");
    planned_open(planned);
    planned_inspect(planned, 1);
    assert_int_equal(inspected(planned, "narrow")->chunk_end_count, 0);
    assert_in_range(inspected(planned, "wide")->chunk_end_count, 4, 8);
    check_chunks(planned, "wide");
}

/* 300,000 rows of 100 bytes with the server's: two chunks for each of two workers. */
static void
a_server_far_away_gets_fewer_chunks(void **state)
{
    struct planned *planned = *state;
    planned_sql(
        planned,
        "CREATE TABLE t(v);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " INSERT INTO t SELECT zeroblob(76) FROM n;");
    planned_open(planned);
    planned_inspect(planned, 2);
    assert_true(inspected(planned, "t")->chunk_end_count > 5);
    struct table_inspection table = {0};
    struct inspection inspection = {&table, 1};
    const struct inspect_job job = {
        .path = planned->path, .catalog = &planned->catalog, .workers = 2, .wait_us = 40000};
    struct error err;
    assert_true(inspect_tables(&job, &planned->arena, &inspection, &err));
    static const int64_t ends[] = {75000, 150000, 225000};
    assert_int_equal(table.chunk_end_count, sizeof ends / sizeof *ends);
    assert_memory_equal(table.chunk_ends, ends, sizeof ends);
}

static void
chunks_get_smaller_towards_the_end_of_a_table(void **state)
{
    struct planned *planned = *state;
    planned_sql(
        planned,
        "CREATE TABLE t(id INTEGER PRIMARY KEY);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600000)"
        " INSERT INTO t SELECT i FROM n;");
    planned_open(planned);
    planned_inspect(planned, 2);
    /* 32 bytes a row with the server's: a quarter of what is left, in pieces of 25,000, and not
     * below 65,536 rows, which is 2 MB. */
    static const int64_t ends[] = {150000, 250000, 325000, 375000,
                                   425000, 475000, 525000, 575000};
    assert_int_equal(inspected(planned, "t")->chunk_end_count, sizeof ends / sizeof *ends);
    assert_memory_equal(inspected(planned, "t")->chunk_ends, ends, sizeof ends);
}

static void
a_table_that_cannot_be_read_leaves_the_others_alone(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "CREATE TABLE bad(a INT, b INT AS (myfunction(a)));"
                         "INSERT INTO bad(a) VALUES (1);"
                         "CREATE TABLE good(a INT); INSERT INTO good VALUES (1);");
    planned_open(planned);
    planned_inspect(planned, 2);
    assert_non_null(inspected(planned, "bad")->problem);
    assert_contains(inspected(planned, "bad")->problem, "myfunction");
    assert_null(inspected(planned, "good")->problem);
    assert_int_equal(inspected(planned, "good")->rows, 1);
    plan_build(&planned->arena, &planned->catalog, &planned->inspection, &planned->options,
               &planned->plan);
    assert_string_equal(planned_table(planned, "bad")->problem,
                        inspected(planned, "bad")->problem);
}

static void
an_inspection_survives_json(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned,
                "CREATE TABLE t(v BLOB, n INTEGER);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9)"
                " INSERT INTO t SELECT zeroblob(10000000), 9223372036854775807 - i FROM n;");
    planned_open(planned);
    planned_inspect(planned, 1);
    const struct table_inspection *before = inspected(planned, "t");
    json_t *json = table_inspection_to_json(before, 2);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(json);
    json = json_loads(text, 0, NULL);
    struct table_inspection after;
    assert_true(table_inspection_from_json(&planned->arena, json, 2, &after));
    assert_true(after.done);
    assert_int_equal(after.rows, before->rows);
    assert_int_equal(after.bytes, before->bytes);
    assert_int_equal(after.chunk_end_count, before->chunk_end_count);
    assert_true(after.chunk_end_count > 1);
    assert_int_equal(after.columns[1].integer_max, INT64_MAX - 1);
    json_t *again = table_inspection_to_json(&after, 2);
    char *text_again = json_dumps(again, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, text_again);
    free(text_again);
    json_decref(again);
    assert_false(table_inspection_from_json(&planned->arena, json, 3, &after));
    json_object_del(json, "rows");
    assert_false(table_inspection_from_json(&planned->arena, json, 2, &after));
    json_decref(json);
    free(text);
    json = json_pack("{s:s}", "problem", "broken");
    assert_true(table_inspection_from_json(&planned->arena, json, 2, &after));
    assert_string_equal(after.problem, "broken");
    json_decref(json);
}

/* Counts the calls; refuses from the second on. */
static bool
refuse_second(void *context, size_t table, struct error *err)
{
    (void)table;
    size_t *calls = context;
    return ++*calls < 2 || error_set(err, ERROR_TARGET, "journal is gone");
}

static void
finished_tables_are_saved_and_not_read_again(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x);");
    planned_open(planned);
    struct table_inspection tables[3] = {{.done = true, .rows = 77}};
    planned->inspection = (struct inspection){tables, 3};
    size_t calls = 0;
    const struct inspect_job job = {.path = planned->path,
                                    .catalog = &planned->catalog,
                                    .workers = 1,
                                    .save = refuse_second,
                                    .save_context = &calls};
    struct error err = {0};
    assert_false(inspect_tables(&job, &planned->arena, &planned->inspection, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_int_equal(calls, 2);
    assert_int_equal(tables[0].rows, 77);
}

/* What an errand sees and does. */
struct errand_done {
    atomic_int saved; /* tables */
    int calls;
    int wait_for_saved; /* that many tables first: others have begun */
    bool endless;       /* until it is told to stop */
    bool fails;
};

static bool
count_saved(void *context, size_t table, struct error *err)
{
    struct errand_done *done = context;
    (void)table;
    int before = atomic_fetch_add(&done->saved, 1);
    return !done->endless || before < 1 || error_set(err, ERROR_TARGET, "journal is gone");
}

static bool
do_errand(void *context, struct error *err)
{
    struct errand_done *done = context;
    done->calls++;
    while (atomic_load(&done->saved) < done->wait_for_saved || done->endless) {
        if (!stop_check(err)) {
            return false;
        }
    }
    return !done->fails || error_set(err, ERROR_SOURCE, "the errand found damage");
}

static bool
inspect_with_errand(struct planned *planned, size_t workers, struct errand_done *done,
                    struct error *err)
{
    const struct inspect_errand errand = {"errand", do_errand, done};
    const struct inspect_job job = {.path = planned->path,
                                    .catalog = &planned->catalog,
                                    .workers = workers,
                                    .save = count_saved,
                                    .save_context = done,
                                    .errand = &errand};
    return inspect_tables(&job, &planned->arena, &planned->inspection, err);
}

static void
an_errand_is_done_once_and_all_tables_are_seen(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "CREATE TABLE a(x); CREATE TABLE b(x); INSERT INTO b VALUES (1);");
    planned_open(planned);
    struct error err = {0};
    for (size_t workers = 1; workers <= 8; workers *= 2) {
        struct table_inspection tables[2] = {{0}};
        struct errand_done done = {.wait_for_saved = workers == 1 ? 0 : 2};
        planned->inspection = (struct inspection){tables, 2};
        assert_true(inspect_with_errand(planned, workers, &done, &err));
        assert_int_equal(done.calls, 1);
        assert_true(tables[0].done && tables[1].done);
        assert_int_equal(tables[1].rows, 1);

        done = (struct errand_done){0}; /* nothing is left but the errand */
        assert_true(inspect_with_errand(planned, workers, &done, &err));
        assert_int_equal(done.calls, 1);
        assert_int_equal(done.saved, 0);
    }
}

/* A table that never ends, beside one of no rows. */
static void
open_endless(struct planned *planned, struct table_inspection tables[2])
{
    planned_sql(planned, "CREATE TABLE a(x); CREATE TABLE b(x);");
    planned_open(planned);
    planned->catalog.tables[1].query =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT i FROM n";
    planned->catalog.tables[1].rowid_name = NULL;
    planned->inspection = (struct inspection){tables, 2};
}

static void
an_errand_that_fails_ends_scans_that_have_begun(void **state)
{
    struct planned *planned = *state;
    struct table_inspection tables[2] = {{0}};
    struct errand_done done = {.wait_for_saved = 1, .fails = true};
    struct error err = {0};
    open_endless(planned, tables);
    assert_false(inspect_with_errand(planned, 3, &done, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_string_equal(err.message, "the errand found damage");
    assert_false(tables[1].done);
}

static void
a_failure_ends_the_errand(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x);");
    planned_open(planned);
    struct table_inspection tables[3] = {{0}};
    struct errand_done done = {.endless = true};
    struct error err = {0};
    planned->inspection = (struct inspection){tables, 3};
    assert_false(inspect_with_errand(planned, 2, &done, &err));
    assert_int_equal(err.kind, ERROR_TARGET);
    assert_int_equal(done.calls, 1);
}

static void
progress_adds_up_to_the_rows(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned,
                "CREATE TABLE t(x);"
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                " INSERT INTO t SELECT i FROM n;");
    planned_open(planned);
    struct progress progress;
    progress_init(&progress);
    struct table_inspection table = {0};
    planned->inspection = (struct inspection){&table, 1};
    const struct inspect_job job = {.path = planned->path,
                                    .catalog = &planned->catalog,
                                    .workers = 1,
                                    .progress = &progress};
    struct error err = {0};
    assert_true(inspect_tables(&job, &planned->arena, &planned->inspection, &err));
    assert_null(progress.phase);
    assert_int_equal(table.rows, 1000);
}

/* Last: the flag cannot be taken back. */
static void
a_request_to_stop_is_obeyed(void **state)
{
    struct planned *planned = *state;
    planned_sql(planned, "CREATE TABLE t(x); INSERT INTO t VALUES (1);");
    planned_open(planned);
    stop_request();
    struct table_inspection table = {0};
    planned->inspection = (struct inspection){&table, 1};
    const struct inspect_job job = {
        .path = planned->path, .catalog = &planned->catalog, .workers = 1};
    struct error err = {0};
    assert_false(inspect_tables(&job, &planned->arena, &planned->inspection, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
    assert_false(table.done);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PLANNED_TEST(rows_bytes_and_values_are_counted),
        PLANNED_TEST(utf16_text_counts_as_utf8),
        PLANNED_TEST(big_tables_are_shared_and_cut_into_chunks),
        PLANNED_TEST(large_values_end_a_chunk_early),
        PLANNED_TEST(narrow_rows_go_into_fewer_chunks),
        PLANNED_TEST(a_server_far_away_gets_fewer_chunks),
        PLANNED_TEST(chunks_get_smaller_towards_the_end_of_a_table),
        PLANNED_TEST(a_table_that_cannot_be_read_leaves_the_others_alone),
        PLANNED_TEST(an_inspection_survives_json),
        PLANNED_TEST(finished_tables_are_saved_and_not_read_again),
        PLANNED_TEST(an_errand_is_done_once_and_all_tables_are_seen),
        PLANNED_TEST(an_errand_that_fails_ends_scans_that_have_begun),
        PLANNED_TEST(a_failure_ends_the_errand),
        PLANNED_TEST(progress_adds_up_to_the_rows),
        PLANNED_TEST(a_request_to_stop_is_obeyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
