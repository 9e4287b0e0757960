/* test_journal.c — the schema outgrow, against a real server; what was stored is
 * looked at with plain SQL. */
#include "own_server.h"
#include "postgres/journal.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RACERS = 4, TABLES = 600 };

/* Each test begins with an empty database. */
struct bench {
    PGconn *conn;
    struct arena arena;
    struct error err;
};

static int
set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->conn = own_server_connect();
    own_server_do(bench->conn, "DROP SCHEMA IF EXISTS outgrow CASCADE");
    *state = bench;
    return 0;
}

static int
set_up_with_schema(void **state)
{
    set_up(state);
    struct bench *bench = *state;
    return journal_ensure(bench->conn, &bench->err) ? 0 : -1;
}

static int
tear_down(void **state)
{
    struct bench *bench = *state;
    PQfinish(bench->conn);
    arena_free(&bench->arena);
    free(bench);
    return 0;
}

static const char *
ask(struct bench *bench, const char *sql)
{
    return own_server_ask(&bench->arena, bench->conn, sql);
}

static void
good(const struct bench *bench, bool result)
{
    if (!result) {
        fail_msg("%s", bench->err.message);
    }
}

static struct run
add_run(struct bench *bench, const char *source_path)
{
    struct run run = {.source_path = source_path,
                      .snapshot_path = "/backup/x.db",
                      .source_state = "{\"size\": 1}",
                      .settings = "{\"types\":  \"faithful\"}"};
    good(bench, journal_run_add(bench->conn, &bench->arena, &run, &bench->err));
    return run;
}

static void *
race(void *result)
{
    struct error err = {0};
    PGconn *conn = NULL;
    *(bool *)result = target_connect(own_server.conninfo, &conn, &err) &&
                      journal_ensure(conn, &err);
    PQfinish(conn);
    return NULL;
}

static void
several_processes_may_create_the_schema_at_once(void **state)
{
    struct bench *bench = *state;
    bool exists = true;
    good(bench, journal_exists(bench->conn, &exists, &bench->err));
    assert_false(exists);
    pthread_t threads[RACERS];
    bool results[RACERS] = {false};
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, race, &results[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(results[i]);
    }
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.meta"), "1");
    good(bench, journal_exists(bench->conn, &exists, &bench->err));
    assert_true(exists);
}

static void
a_newer_schema_is_refused(void **state)
{
    struct bench *bench = *state;
    own_server_do(bench->conn, "UPDATE outgrow.meta SET version = 2");
    assert_false(journal_ensure(bench->conn, &bench->err));
    assert_int_equal(bench->err.kind, ERROR_TARGET);
    assert_non_null(strstr(bench->err.message, "version 2"));
}

static void
a_schema_of_somebody_else_is_not_touched(void **state)
{
    struct bench *bench = *state;
    own_server_do(bench->conn, "CREATE SCHEMA outgrow; CREATE TABLE outgrow.plants (n int)");
    assert_false(journal_ensure(bench->conn, &bench->err));
    assert_string_equal(bench->err.sqlstate, "42P06");
    assert_string_equal(
        ask(bench, "SELECT count(*) FROM pg_tables WHERE schemaname = 'outgrow'"), "1");
    assert_int_equal(PQtransactionStatus(bench->conn), PQTRANS_IDLE);
}

static void
the_second_run_is_refused_and_told_who_holds_the_lock(void **state)
{
    struct bench *bench = *state;
    AUTO_CONNECTION *second = own_server_connect();
    good(bench, journal_lock(bench->conn, &bench->err));
    assert_false(journal_lock(second, &bench->err));
    assert_int_equal(bench->err.kind, ERROR_TARGET);
    char *pid = arena_printf(&bench->arena, "backend %d ", PQbackendPID(bench->conn));
    assert_non_null(strstr(bench->err.message, pid));
    assert_non_null(strstr(bench->err.message, "application \"outgrow\""));
    PQfinish(bench->conn);
    bench->conn = own_server_connect();
    good(bench, journal_lock(second, &bench->err));
}

static void
a_run_goes_through_its_states(void **state)
{
    struct bench *bench = *state;
    struct run found;
    bool is_found = true;
    good(bench,
         journal_run_latest(bench->conn, &bench->arena, NULL, &found, &is_found, &bench->err));
    assert_false(is_found);
    struct run first = add_run(bench, "/data/it's \"a\".db");
    struct run second = add_run(bench, "/data/b.db");
    assert_true(second.id > first.id);
    good(bench, journal_run_advance(bench->conn, first.id, RUN_COPIED, &bench->err));
    good(bench, journal_run_latest(bench->conn, &bench->arena, first.source_path, &found,
                                   &is_found, &bench->err));
    assert_true(is_found);
    assert_int_equal(found.id, first.id);
    assert_int_equal(found.state, RUN_COPIED);
    assert_int_equal(found.exit_code, -1);
    assert_null(found.report);
    assert_null(found.finished_at);
    assert_string_equal(found.source_path, first.source_path);
    assert_string_equal(found.settings, first.settings);
    assert_string_equal(found.started_at, first.started_at);
    assert_int_equal(strlen(found.started_at), strlen("2026-01-31T23:59:59Z"));
    good(bench, journal_run_end(bench->conn, first.id, 7, "{\"rows\": 1}", &bench->err));
    struct run *runs = NULL;
    size_t count = 0;
    good(bench, journal_runs(bench->conn, &bench->arena, &runs, &count, &bench->err));
    assert_int_equal(count, 2);
    assert_int_equal(runs[0].id, second.id);
    assert_int_equal(runs[1].state, RUN_VERIFIED);
    assert_int_equal(runs[1].exit_code, 7);
    assert_string_equal(runs[1].report, "{\"rows\": 1}");
    assert_non_null(runs[1].finished_at);
}

static void
a_run_that_was_forgotten_cannot_advance(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    struct run_chunk chunk = {.source_table = "t"};
    good(bench, journal_chunk_done(bench->conn, run.id, &chunk, &bench->err));
    good(bench, journal_run_forget(bench->conn, run.id, &bench->err));
    assert_false(journal_run_advance(bench->conn, run.id, RUN_COPIED, &bench->err));
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.chunks"), "0");
}

static void
hundreds_of_tables_are_saved_and_loaded_in_order(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    struct run_table *tables = arena_alloc(&bench->arena, TABLES * sizeof *tables);
    for (int i = 0; i < TABLES; i++) {
        tables[i] = (struct run_table){
            .source_table = arena_printf(&bench->arena, "t\"%d\\,{}' NULL", TABLES - i),
            .target_schema = i % 2 == 0 ? "null" : "",
            .target_table = i % 3 == 0 ? NULL : "NULL",
            .profile = "{\"a\": [\"\\u0000\", \"\\\\\"]}",
            .rows_source = i,
        };
    }
    good(bench, journal_tables_save(bench->conn, run.id, tables, TABLES, &bench->err));
    tables[1].problem = "went away";
    tables[1].profile = NULL; /* stays as it is */
    good(bench, journal_tables_save(bench->conn, run.id, tables + 1, 1, &bench->err));
    struct run_chunk chunk = {.source_table = tables[5].source_table,
                              .chunk = 0,
                              .rows_copied = 4,
                              .rows_set_aside = 1,
                              .bytes_sent = 1000,
                              .busy_us = 250};
    good(bench, journal_chunk_done(bench->conn, run.id, &chunk, &bench->err));
    chunk.chunk = 1;
    good(bench, journal_chunk_done(bench->conn, run.id, &chunk, &bench->err));
    struct run_table *loaded = NULL;
    size_t count = 0;
    good(bench,
         journal_tables_load(bench->conn, &bench->arena, run.id, &loaded, &count, &bench->err));
    assert_int_equal(count, TABLES);
    for (int i = 0; i < TABLES; i++) {
        assert_int_equal(loaded[i].rows_source, i);
        assert_string_equal(loaded[i].source_table, tables[i].source_table);
        assert_string_equal(loaded[i].target_schema, tables[i].target_schema);
        assert_true((loaded[i].target_table == NULL) == (i % 3 == 0));
        assert_string_equal(loaded[i].profile, tables[0].profile);
        assert_int_equal(loaded[i].rows_copied, i == 5 ? 8 : 0);
        assert_int_equal(loaded[i].rows_set_aside, i == 5 ? 2 : 0);
        assert_int_equal(loaded[i].bytes_sent, i == 5 ? 2000 : 0);
        assert_int_equal(loaded[i].copy_us, i == 5 ? 500 : 0);
    }
    assert_string_equal(loaded[1].problem, "went away");
}

static void
chunks_and_steps_are_remembered(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    struct run_chunk chunk = {.source_table = "b", .chunk = 3, .rows_copied = 10};
    good(bench, journal_chunk_done(bench->conn, run.id, &chunk, &bench->err));
    assert_false(journal_chunk_done(bench->conn, run.id, &chunk, &bench->err));
    assert_string_equal(bench->err.sqlstate, "23505");
    struct run_step failed = {.step = "fk:b.a", .state = STEP_NOT_VALID, .message = "3 rows"};
    struct run_step done = {.step = "pk:b", .state = STEP_DONE, .busy_us = 77};
    good(bench, journal_step_done(bench->conn, run.id, &failed, &bench->err));
    good(bench, journal_step_done(bench->conn, run.id, &done, &bench->err));
    struct run_chunk *chunks = NULL;
    struct run_step *steps = NULL;
    size_t chunk_count = 0;
    size_t step_count = 0;
    good(bench, journal_chunks_load(bench->conn, &bench->arena, run.id, &chunks, &chunk_count,
                                    &bench->err));
    good(bench, journal_steps_load(bench->conn, &bench->arena, run.id, &steps, &step_count,
                                   &bench->err));
    assert_int_equal(chunk_count, 1);
    assert_int_equal(chunks[0].chunk, 3);
    assert_int_equal(chunks[0].rows_copied, 10);
    assert_int_equal(step_count, 2);
    assert_int_equal(steps[0].state, STEP_NOT_VALID);
    assert_string_equal(steps[0].message, "3 rows");
    assert_int_equal(steps[1].state, STEP_DONE);
    assert_int_equal(steps[1].busy_us, 77);
    assert_null(steps[1].message);
}

static void
rows_set_aside_keep_every_escape(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    const struct set_aside_row rows[] = {
        {.source_table = "t",
         .position = 9,
         .reason = "not UTF-8",
         .row = "{\"a\": \"\\u0000\"}"},
        {.source_table = "t",
         .position = INT64_MIN,
         .key = "{\"id\":  1}",
         .column = "a",
         .reason = "too long",
         .row = "{}"},
        {.source_table = "t",
         .position = 1,
         .reason = "stripped",
         .altered = true,
         .row = "{}"},
        {.source_table = "u", .position = 2, .reason = "x", .row = "{}"},
    };
    good(bench, journal_set_aside_add(bench->conn, run.id, rows, 4, &bench->err));
    good(bench, journal_set_aside_add(bench->conn, run.id, NULL, 0, &bench->err));
    struct row_positions positions = {0};
    good(bench, journal_set_aside_positions(bench->conn, &bench->arena, run.id, "t", &positions,
                                            &bench->err));
    assert_int_equal(positions.count, 2);
    assert_true(positions.at[0] == INT64_MIN && positions.at[1] == 9);
    assert_true(row_positions_hold(&positions, INT64_MIN) && row_positions_hold(&positions, 9));
    assert_false(row_positions_hold(&positions, 1));
    assert_string_equal(ask(bench, "SELECT row FROM outgrow.set_aside WHERE position = 9"),
                        "{\"a\": \"\\u0000\"}");
    assert_string_equal(ask(bench, "SELECT key FROM outgrow.set_aside WHERE position < 0"),
                        "{\"id\":  1}");
    assert_string_equal(ask(bench, "SELECT key FROM outgrow.set_aside WHERE altered"), "NULL");
}

static void
differences_replace_those_of_the_last_verification(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    const struct difference found[] = {
        {.target_table = "public.t",
         .key = "id=1",
         .column = "a",
         .kind = "value",
         .source_value = "x",
         .target_value = NULL},
        {.target_table = "public.t", .kind = "missing row"},
    };
    good(bench, journal_differences_save(bench->conn, run.id, found, 2, &bench->err));
    good(bench, journal_differences_save(bench->conn, run.id, found + 1, 1, &bench->err));
    assert_string_equal(ask(bench, "SELECT string_agg(kind, ',') FROM outgrow.differences"),
                        "missing row");
    good(bench, journal_differences_save(bench->conn, run.id, NULL, 0, &bench->err));
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.differences"), "0");
}

static void
a_difference_cut_within_a_character_is_stored(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    const struct difference found[] = {
        {.target_table = "public.t",
         .key = "id=\303\274\303",
         .kind = "value",
         .source_value = "\377\355\240\200\360\237\230\200\300\200",
         .target_value = "\342\202\254 \360\237\230"},
    };
    good(bench, journal_differences_save(bench->conn, run.id, found, 1, &bench->err));
    assert_string_equal(ask(bench, "SELECT key FROM outgrow.differences"), "id=ü?");
    assert_string_equal(ask(bench, "SELECT source_value FROM outgrow.differences"),
                        "????\360\237\230\200??");
    assert_string_equal(ask(bench, "SELECT target_value FROM outgrow.differences"), "€ ???");
}

/* The last COMMIT of a killed run may still be on its way. */
static void
a_new_run_waits_for_work_that_is_being_committed(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    AUTO_CONNECTION *old = own_server_connect();
    AUTO_TRANSACTION transaction = {0};
    struct run_chunk chunk = {.source_table = "t"};
    good(bench, target_begin(&transaction, old, &bench->err));
    good(bench, journal_chunk_done(old, run.id, &chunk, &bench->err));
    own_server_do(bench->conn, "SET lock_timeout = '300ms'");
    assert_false(journal_lock(bench->conn, &bench->err));
    assert_string_equal(bench->err.sqlstate, "55P03");
    good(bench, target_commit(&transaction, &bench->err));
    good(bench, journal_lock(bench->conn, &bench->err));
}

static void
a_new_run_waits_for_counts_that_are_being_corrected(void **state)
{
    struct bench *bench = *state;
    struct run run = add_run(bench, "/a.db");
    AUTO_CONNECTION *old = own_server_connect();
    AUTO_TRANSACTION transaction = {0};
    struct run_chunk chunk = {.source_table = "t", .rows_copied = 10};
    good(bench, journal_chunk_done(old, run.id, &chunk, &bench->err));
    good(bench, target_begin(&transaction, old, &bench->err));
    good(bench, journal_chunk_correct(old, run.id, "t", -3, 3, &bench->err));
    good(bench, journal_chunk_correct(old, run.id, "t", -1, 1, &bench->err));
    own_server_do(bench->conn, "SET lock_timeout = '300ms'");
    assert_false(journal_lock(bench->conn, &bench->err));
    assert_string_equal(bench->err.sqlstate, "55P03");
    good(bench, target_commit(&transaction, &bench->err));
    good(bench, journal_lock(bench->conn, &bench->err));
    assert_string_equal(ask(bench, "SELECT string_agg(concat_ws(' ', chunk, rows_copied,"
                                   " rows_set_aside), ', ' ORDER BY chunk)"
                                   " FROM outgrow.chunks"),
                        "-2 -1 1, -1 -3 3, 0 10 0");
}

#define BARE(test)  cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define READY(test) cmocka_unit_test_setup_teardown(test, set_up_with_schema, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BARE(several_processes_may_create_the_schema_at_once),
        READY(a_newer_schema_is_refused),
        BARE(a_schema_of_somebody_else_is_not_touched),
        READY(the_second_run_is_refused_and_told_who_holds_the_lock),
        READY(a_run_goes_through_its_states),
        READY(a_run_that_was_forgotten_cannot_advance),
        READY(hundreds_of_tables_are_saved_and_loaded_in_order),
        READY(chunks_and_steps_are_remembered),
        READY(rows_set_aside_keep_every_escape),
        READY(differences_replace_those_of_the_last_verification),
        READY(a_difference_cut_within_a_character_is_stored),
        READY(a_new_run_waits_for_work_that_is_being_committed),
        READY(a_new_run_waits_for_counts_that_are_being_corrected),
    };
    return cmocka_run_group_tests(tests, own_server_start, own_server_stop);
}
