/* test_live.c — outgrow.live against a real server; what was stored is looked at with plain SQL. */
#include "own_server.h"
#include "postgres/journal.h"
#include "postgres/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    PGconn *conn;
    struct arena arena;
    struct error err;
    struct live live;
};

static void
good(const struct bench *bench, bool result)
{
    if (!result) {
        fail_msg("%s", bench->err.message);
    }
}

static const char *
ask(struct bench *bench, const char *sql)
{
    return own_server_ask(&bench->arena, bench->conn, sql);
}

static int64_t
add_run(struct bench *bench)
{
    struct run run = {.source_path = "/data/app.db",
                      .snapshot_path = "/backups/app.db",
                      .source_state = "{}",
                      .settings = "{}"};
    good(bench, journal_run_add(bench->conn, &bench->arena, &run, &bench->err));
    return run.id;
}

static int
set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->conn = own_server_connect();
    own_server_do(bench->conn, "DROP SCHEMA IF EXISTS outgrow CASCADE");
    *state = bench;
    if (!journal_ensure(bench->conn, &bench->err)) {
        return -1;
    }
    bench->live = (struct live){.run_id = add_run(bench),
                                .source_path = "/data/app.db",
                                .install_id = "0123",
                                .state = LIVE_LOADING,
                                .seq = 41,
                                .fingerprint = "1|7",
                                .nonce = "aa",
                                .schema_version = 5,
                                .device = 64,
                                .inode = 4711,
                                .settings = "{\"live\": true}"};
    return live_add(bench->conn, &bench->live, &bench->err) ? 0 : -1;
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

static struct live
load(struct bench *bench)
{
    struct live live;
    bool found = false;
    good(bench,
         live_load(bench->conn, &bench->arena, "/data/app.db", &live, &found, &bench->err));
    assert_true(found);
    return live;
}

static void
what_was_added_is_what_is_loaded(void **state)
{
    struct bench *bench = *state;
    struct live live = load(bench);
    assert_int_equal(live.id, bench->live.id);
    assert_int_equal(live.run_id, bench->live.run_id);
    assert_string_equal(live.install_id, "0123");
    assert_int_equal(live.state, LIVE_LOADING);
    assert_int_equal(live.wish, LIVE_RUN);
    assert_int_equal(live.seq, 41);
    assert_string_equal(live.fingerprint, "1|7");
    assert_string_equal(live.nonce, "aa");
    assert_int_equal(live.schema_version, 5);
    assert_int_equal(live.inode, 4711);
    assert_false(live.way_back);
    assert_null(live.no_way_back);
    assert_null(live.reason);
    assert_string_equal(live.settings, "{\"live\": true}");
}

static void
another_source_is_not_found(void **state)
{
    struct bench *bench = *state;
    struct live live;
    bool found = true;
    good(bench,
         live_load(bench->conn, &bench->arena, "/data/b.db", &live, &found, &bench->err));
    assert_false(found);
}

static void
every_state_comes_back_as_it_was_set(void **state)
{
    struct bench *bench = *state;
    for (int number = 0; number < LIVE_STATE_COUNT; number++) {
        struct live live = bench->live;
        live.state = (enum live_state)number;
        live.epoch = 10 + number;
        live.way_back = number % 2 == 0;
        live.no_way_back = number % 2 == 0 ? NULL : "a column was dropped";
        good(bench, live_set_state(bench->conn, &live, &bench->err));
        struct live found = load(bench);
        assert_int_equal(found.state, number);
        assert_int_equal(found.epoch, 10 + number);
        assert_int_equal(found.way_back, number % 2 == 0);
        assert_string_equal(ask(bench, "SELECT state FROM outgrow.live"),
                            live_state_name((enum live_state)number));
    }
}

static void
a_position_moves_with_its_figures_which_add_up(void **state)
{
    struct bench *bench = *state;
    struct live live = bench->live;
    const struct live_round round = {.keys = 10, .rows = 8, .set_aside = 1, .snapshot_us = 900};
    live.seq = 50;
    live.fingerprint = "2|8";
    live.nonce = "bb";
    good(bench, live_set_position(bench->conn, &live, &round, &bench->err));
    good(bench, live_set_position(bench->conn, &live, &round, &bench->err));
    assert_int_equal(load(bench).seq, 50);
    assert_string_equal(load(bench).nonce, "bb");
    struct live_figures figures;
    good(bench, live_figures_load(bench->conn, live.id, &figures, &bench->err));
    assert_int_equal(figures.rounds, 2);
    assert_int_equal(figures.keys_applied, 20);
    assert_int_equal(figures.rows_applied, 16);
    assert_int_equal(figures.rows_set_aside, 2);
    assert_int_equal(figures.snapshot_us, 900);
    assert_true(figures.since_round_us >= 0);
}

static void
the_lock_keeps_another_connection_waiting_until_the_commit(void **state)
{
    struct bench *bench = *state;
    struct live live;
    struct error err = {0};
    PGconn *other = own_server_connect();
    own_server_do(bench->conn, "BEGIN");
    good(bench, live_lock(bench->conn, &bench->arena, bench->live.id, &live, &bench->err));
    own_server_do(other, "SET lock_timeout = '100ms'");
    own_server_do(other, "BEGIN");
    assert_false(live_lock(other, &bench->arena, bench->live.id, &live, &err));
    assert_string_equal(err.sqlstate, "55P03");
    own_server_do(other, "ROLLBACK");
    own_server_do(bench->conn, "COMMIT");
    own_server_do(other, "BEGIN");
    good(bench, live_lock(other, &bench->arena, bench->live.id, &live, &bench->err));
    PQfinish(other);
}

static void
wishes_reasons_and_the_pulse_are_kept(void **state)
{
    struct bench *bench = *state;
    const struct live_pulse pulse = {.log_rows = 7, .wal_bytes = 4096, .running = true};
    struct live_figures figures;
    int64_t id = bench->live.id;
    good(bench, live_set_wish(bench->conn, id, LIVE_HOLD, 500, &bench->err));
    good(bench, live_set_reason(bench->conn, id, "paused", &bench->err));
    good(bench, live_set_pulse(bench->conn, id, &pulse, &bench->err));
    struct live live = load(bench);
    assert_int_equal(live.wish, LIVE_HOLD);
    assert_int_equal(live.rate_rows, 500);
    assert_string_equal(live.reason, "paused");
    good(bench, live_figures_load(bench->conn, id, &figures, &bench->err));
    assert_int_equal(figures.pulse.log_rows, 7);
    assert_true(figures.pulse.running);
    assert_true(figures.since_seen_us >= 0);
    assert_int_equal(figures.since_round_us, -1);
}

static void
a_source_goes_with_the_run_of_its_copy(void **state)
{
    struct bench *bench = *state;
    good(bench, journal_run_forget(bench->conn, bench->live.run_id, &bench->err));
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.live"), "0");
    struct live live;
    struct error err = {0};
    own_server_do(bench->conn, "BEGIN");
    assert_false(live_lock(bench->conn, &bench->arena, bench->live.id, &live, &err));
    assert_non_null(strstr(err.hint, "outgrow sync"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_added_is_what_is_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_source_is_not_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_state_comes_back_as_it_was_set, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_position_moves_with_its_figures_which_add_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            the_lock_keeps_another_connection_waiting_until_the_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wishes_reasons_and_the_pulse_are_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_source_goes_with_the_run_of_its_copy, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, own_server_start, own_server_stop);
}
