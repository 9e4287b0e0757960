/* test_detach.c — foreign keys and triggers taken off and put back, against a real server
 * whose catalog says whether they are what they were. */
#include "../postgres/own_server.h"
#include "copy/detach.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Owned by a role that is nobody special. */
static const char schema_sql[] =
    "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'keeper') THEN"
    " DROP OWNED BY keeper CASCADE; DROP ROLE keeper; END IF; END $$;"
    "DROP SCHEMA IF EXISTS outgrow CASCADE; DROP SCHEMA IF EXISTS shop CASCADE;"
    "DROP SCHEMA IF EXISTS other CASCADE; CREATE ROLE keeper;"
    "GRANT CREATE ON DATABASE outgrow TO keeper; CREATE SCHEMA shop AUTHORIZATION keeper;"
    "CREATE SCHEMA other AUTHORIZATION keeper; SET SESSION AUTHORIZATION keeper;"
    "CREATE TABLE shop.\"Owner\" (id int PRIMARY KEY, boss int REFERENCES shop.\"Owner\","
    " slot int CONSTRAINT slot_once UNIQUE DEFERRABLE);"
    "CREATE TABLE other.pets (id int PRIMARY KEY, owner int, second int, third int);"
    "ALTER TABLE other.pets ADD CONSTRAINT \"its owner\" FOREIGN KEY (owner)"
    " REFERENCES shop.\"Owner\" ON DELETE CASCADE ON UPDATE SET NULL"
    " DEFERRABLE INITIALLY DEFERRED;"
    "ALTER TABLE other.pets ADD CONSTRAINT second_owner FOREIGN KEY (second)"
    " REFERENCES shop.\"Owner\" MATCH FULL NOT VALID;"
    "COMMENT ON CONSTRAINT \"its owner\" ON other.pets IS 'it''s a \\ comment';"
    "CREATE TABLE other.unrelated (id int PRIMARY KEY, pet int REFERENCES other.pets);"
    "CREATE TABLE shop.log (at date, owner int REFERENCES shop.\"Owner\") PARTITION BY RANGE"
    " (at);"
    "CREATE TABLE shop.log_1 PARTITION OF shop.log FOR VALUES FROM (MINVALUE) TO (MAXVALUE);"
    "CREATE TABLE shop.fired (name text);"
    "CREATE FUNCTION shop.fire() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN INSERT INTO shop.fired VALUES (TG_NAME); RETURN NEW; END';"
    "CREATE TRIGGER usual AFTER INSERT ON shop.\"Owner\" FOR EACH ROW EXECUTE FUNCTION"
    " shop.fire();"
    "CREATE TRIGGER \"At All Times\" AFTER INSERT ON shop.\"Owner\" FOR EACH ROW EXECUTE"
    " FUNCTION shop.fire();"
    "CREATE TRIGGER on_replica AFTER INSERT ON shop.\"Owner\" FOR EACH ROW EXECUTE FUNCTION"
    " shop.fire();"
    "CREATE TRIGGER never AFTER INSERT ON shop.\"Owner\" FOR EACH ROW EXECUTE FUNCTION"
    " shop.fire();"
    "CREATE TRIGGER logged AFTER INSERT ON shop.log FOR EACH ROW EXECUTE FUNCTION"
    " shop.fire();"
    "ALTER TABLE shop.\"Owner\" ENABLE ALWAYS TRIGGER \"At All Times\";"
    "ALTER TABLE shop.\"Owner\" ENABLE REPLICA TRIGGER on_replica;"
    "ALTER TABLE shop.\"Owner\" DISABLE TRIGGER never;"
    "INSERT INTO shop.\"Owner\" VALUES (1, NULL, 1); INSERT INTO other.pets VALUES (1, 1, 1);"
    "DELETE FROM shop.fired;";

/* Every foreign key and trigger, by all that a person could tell from outside. */
static const char picture_sql[] =
    "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ("
    "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' ||"
    " convalidated || ' ' || coalesce(obj_description(oid, 'pg_constraint'), '-') AS line"
    " FROM pg_constraint WHERE contype IN ('f', 'u') AND connamespace IN"
    " ('shop'::regnamespace, 'other'::regnamespace) UNION ALL"
    " SELECT t.tgrelid::regclass || ' ' || CASE WHEN tgisinternal THEN"
    " k.conname || ' ' || tgfoid::regproc ELSE tgname::text END || ' ' || tgenabled::text"
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid LEFT JOIN pg_constraint k"
    " ON k.oid = t.tgconstraint WHERE c.relnamespace IN"
    " ('shop'::regnamespace, 'other'::regnamespace)) AS x";

enum { TABLES = 2, RUN = 7 };

struct bench {
    PGconn *conn;
    struct arena arena;
    struct error err;
    uint32_t tables[TABLES];
    struct detach_request request;
    struct detached *items;
    size_t count;
    const char *before;
};

static const char *
ask(struct bench *bench, const char *sql)
{
    return own_server_ask(&bench->arena, bench->conn, sql);
}

static int
set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->conn = own_server_connect();
    own_server_do(bench->conn, schema_sql);
    assert_true(journal_ensure(bench->conn, &bench->err));
    bench->tables[0] = (uint32_t)strtoul(ask(bench, "SELECT 'shop.\"Owner\"'::regclass::oid"),
                                         NULL, 10);
    bench->tables[1] = (uint32_t)strtoul(ask(bench, "SELECT 'shop.log'::regclass::oid"), NULL,
                                         10);
    bench->request = (struct detach_request){
        .run_id = RUN, .tables = bench->tables, .table_count = TABLES};
    bench->before = ask(bench, picture_sql);
    *state = bench;
    return 0;
}

static int
tear_down(void **state)
{
    struct bench *bench = *state;
    PQfinish(bench->conn);
    PGconn *conn = own_server_connect();
    own_server_do(conn, "DROP OWNED BY keeper CASCADE; DROP ROLE keeper");
    PQfinish(conn);
    arena_free(&bench->arena);
    free(bench);
    return 0;
}

static enum detach_means
detach(struct bench *bench)
{
    enum detach_means means;
    if (!detach_tables(bench->conn, &bench->request, &means, &bench->err)) {
        fail_msg("%s (%s)", bench->err.message, bench->err.hint);
    }
    return means;
}

static void
restore(struct bench *bench)
{
    if (!detach_restore(bench->conn, &bench->arena, RUN, &bench->items, &bench->count,
                        &bench->err)) {
        fail_msg("%s", bench->err.message);
    }
    assert_int_equal(PQtransactionStatus(bench->conn), PQTRANS_IDLE);
}

static const struct detached *
item_of(const struct bench *bench, const char *name)
{
    for (size_t i = 0; i < bench->count; i++) {
        if (strcmp(bench->items[i].name, name) == 0) {
            return &bench->items[i];
        }
    }
    fail_msg("nothing became of %s", name);
    return NULL;
}

static void
become_superuser(struct bench *bench)
{
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION");
    bench->request.may_be_replica = true;
}

static void
an_owner_can_load_rows_that_foreign_keys_and_triggers_would_stop(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(detach(bench), DETACH_DROP);
    assert_true(detach_prepare_session(bench->conn, DETACH_DROP, &bench->err));
    own_server_do(bench->conn, "INSERT INTO shop.\"Owner\" VALUES (2, 3), (3, NULL);"
                               "INSERT INTO shop.log VALUES ('2026-01-01', 3);"
                               "DELETE FROM shop.\"Owner\" WHERE id = 1;"
                               "INSERT INTO shop.\"Owner\" VALUES (1, NULL, 1)");
    assert_string_equal(ask(bench, "SELECT count(*) FROM shop.fired"), "0");
    assert_string_equal(ask(bench, "SELECT count(*) FROM other.pets"), "1");
}

static void
everything_comes_back_exactly_as_it_was(void **state)
{
    struct bench *bench = *state;
    (void)detach(bench);
    assert_string_not_equal(ask(bench, picture_sql), bench->before);
    restore(bench);
    assert_int_equal(bench->count,
                     8); /* four keys; four triggers, of which one on a partition */
    for (size_t i = 0; i < bench->count; i++) {
        assert_int_equal(bench->items[i].state, DETACHED_RESTORED);
    }
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
taking_off_and_putting_back_may_be_repeated(void **state)
{
    struct bench *bench = *state;
    (void)detach(bench);
    (void)detach(bench);
    restore(bench);
    size_t first = bench->count;
    restore(bench);
    assert_true(first > 0);
    assert_int_equal(bench->count, 0);
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
another_session_can_put_back_what_a_killed_one_took_off(void **state)
{
    struct bench *bench = *state;
    (void)detach(bench);
    PQfinish(bench->conn);
    bench->conn = own_server_connect();
    own_server_do(bench->conn, "SET search_path = nowhere");
    assert_true(detach_pending(bench->conn, &bench->arena, 0, &bench->items, &bench->count,
                               &bench->err));
    assert_true(bench->count > 0);
    assert_true(detach_pending(bench->conn, &bench->arena, RUN + 1, &bench->items,
                               &bench->count, &bench->err));
    assert_int_equal(bench->count, 0);
    restore(bench);
    own_server_do(bench->conn, "RESET search_path; SET SESSION AUTHORIZATION keeper");
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
a_foreign_key_that_no_longer_holds_comes_back_not_valid(void **state)
{
    struct bench *bench = *state;
    (void)detach(bench);
    own_server_do(bench->conn, "INSERT INTO other.pets VALUES (2, 77)");
    restore(bench);
    const struct detached *key = item_of(bench, "its owner");
    assert_int_equal(key->state, DETACHED_NOT_VALID);
    assert_non_null(strstr(key->message, "(77)"));
    assert_string_equal(
        ask(bench, "SELECT convalidated || ' ' || condeferred || ' ' || obj_description(oid,"
                   " 'pg_constraint') FROM pg_constraint WHERE conname = 'its owner'"),
        "false true it's a \\ comment");
    assert_string_equal(ask(bench, "SELECT state FROM outgrow.detached WHERE name ="
                                   " 'its owner'"),
                        "not valid");
    assert_int_equal(item_of(bench, "usual")->state, DETACHED_RESTORED);
}

static void
a_partitioned_tables_key_stays_off_until_its_rows_hold(void **state)
{
    struct bench *bench = *state;
    (void)detach(bench);
    own_server_do(bench->conn, "INSERT INTO shop.log VALUES ('2026-01-01', 5)");
    restore(bench);
    const struct detached *key = item_of(bench, "log_owner_fkey");
    if (PQserverVersion(bench->conn) >= 180000) {
        return;
    }
    assert_int_equal(key->state, DETACHED_PENDING);
    assert_non_null(strstr(key->message, "(5)"));
    own_server_do(bench->conn, "DELETE FROM shop.log");
    restore(bench);
    assert_int_equal(bench->count, 1);
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
what_was_dropped_meanwhile_does_not_stop_the_rest(void **state)
{
    struct bench *bench = *state;
    (void)detach(bench);
    own_server_do(bench->conn, "DROP TABLE other.unrelated, other.pets;"
                               "DROP TRIGGER usual ON shop.\"Owner\";"
                               "ALTER TABLE shop.\"Owner\" ADD CONSTRAINT \"Owner_boss_fkey\""
                               " FOREIGN KEY (boss) REFERENCES shop.\"Owner\"");
    restore(bench);
    assert_int_equal(item_of(bench, "its owner")->state, DETACHED_GONE);
    assert_int_equal(item_of(bench, "usual")->state, DETACHED_GONE);
    assert_int_equal(item_of(bench, "Owner_boss_fkey")->state, DETACHED_RESTORED);
    assert_int_equal(item_of(bench, "At All Times")->state, DETACHED_RESTORED);
    restore(bench);
    assert_int_equal(bench->count, 0);
}

static void
a_table_of_somebody_else_is_refused_before_anything_changes(void **state)
{
    struct bench *bench = *state;
    enum detach_means means;
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION;"
                               "ALTER TABLE other.pets OWNER TO outgrow;"
                               "SET SESSION AUTHORIZATION keeper");
    bench->before = ask(bench, picture_sql);
    assert_false(detach_tables(bench->conn, &bench->request, &means, &bench->err));
    assert_string_equal(bench->err.message,
                        "take foreign key \"its owner\" off other.pets: must be owner of table"
                        " pets");
    assert_non_null(strstr(bench->err.hint, "owner"));
    assert_string_equal(ask(bench, picture_sql), bench->before);
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.detached"), "0");
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION;"
                               "ALTER TABLE other.pets OWNER TO keeper");
}

static void
foreign_keys_that_were_off_stay_off(void **state)
{
    struct bench *bench = *state;
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION;"
                               "ALTER TABLE other.pets DISABLE TRIGGER ALL;"
                               "DO $$ DECLARE t record; BEGIN FOR t IN SELECT tgname FROM"
                               " pg_trigger WHERE tgrelid = 'shop.\"Owner\"'::regclass AND"
                               " tgconstrrelid = 'other.pets'::regclass LOOP EXECUTE format("
                               "'ALTER TABLE shop.\"Owner\" DISABLE TRIGGER %I', t.tgname);"
                               " END LOOP; END $$; SET SESSION AUTHORIZATION keeper");
    bench->before = ask(bench, picture_sql);
    (void)detach(bench);
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.detached WHERE table_name ="
                                   " 'pets'"),
                        "0");
    restore(bench);
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
a_state_that_could_not_be_brought_back_is_refused(void **state)
{
    struct bench *bench = *state;
    enum detach_means means;
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION;"
                               "ALTER TABLE other.pets DISABLE TRIGGER ALL;"
                               "SET SESSION AUTHORIZATION keeper");
    bench->before = ask(bench, picture_sql);
    assert_false(detach_tables(bench->conn, &bench->request, &means, &bench->err));
    assert_non_null(strstr(bench->err.message, "\"its owner\" off other.pets: its triggers are"
                                               " not all in their ordinary state"));
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
a_superuser_loads_as_a_replica_and_drops_nothing(void **state)
{
    struct bench *bench = *state;
    become_superuser(bench);
    assert_int_equal(detach(bench), DETACH_REPLICA);
    assert_string_equal(ask(bench, "SELECT count(*) FROM outgrow.detached WHERE kind ="
                                   " 'foreign key'"),
                        "0");
    AUTO_CONNECTION *loader = own_server_connect();
    assert_true(detach_prepare_session(loader, DETACH_REPLICA, &bench->err));
    own_server_do(loader, "INSERT INTO shop.\"Owner\" VALUES (2, 88)");
    assert_string_equal(ask(bench, "SELECT count(*) FROM shop.fired"), "0");
    /* The application's own sessions are watched over as ever. */
    assert_false(
        target_execute(bench->conn, "INSERT INTO shop.\"Owner\" VALUES (9, 99)", &bench->err));
    restore(bench);
    own_server_do(bench->conn, "SET SESSION AUTHORIZATION keeper");
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
a_replica_does_not_let_duplicates_into_a_deferrable_key(void **state)
{
    struct bench *bench = *state;
    become_superuser(bench);
    own_server_do(bench->conn, "SET session_replication_role = replica");
    own_server_do(bench->conn,
                  "INSERT INTO shop.\"Owner\" VALUES (4, NULL, 1)"); /* the danger */
    own_server_do(bench->conn, "DELETE FROM shop.\"Owner\" WHERE id = 4;"
                               "SET session_replication_role = origin");
    (void)detach(bench);
    assert_true(detach_prepare_session(bench->conn, DETACH_REPLICA, &bench->err));
    assert_false(target_execute(bench->conn, "INSERT INTO shop.\"Owner\" VALUES (4, NULL, 1)",
                                &bench->err));
    assert_string_equal(bench->err.sqlstate, "23505");
}

static void
who_may_only_set_the_role_falls_back_to_dropping(void **state)
{
    struct bench *bench = *state;
    if (PQserverVersion(bench->conn) < 150000) {
        skip();
    }
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION;"
                               "GRANT SET ON PARAMETER session_replication_role TO keeper;"
                               "SET SESSION AUTHORIZATION keeper");
    bench->request.may_be_replica = true;
    assert_int_equal(detach(bench), DETACH_DROP); /* slot_once's trigger is the system's */
    restore(bench);
    assert_string_equal(ask(bench, picture_sql), bench->before);
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION;"
                               "REVOKE SET ON PARAMETER session_replication_role FROM keeper");
}

/* As a switch does it: no proof inside, so that a row that breaks the key does not stop it. */
static void
a_switch_puts_all_back_in_its_own_transaction_and_proves_behind_it(void **state)
{
    struct bench *bench = *state;
    AUTO_TRANSACTION transaction = {0};
    (void)detach(bench);
    own_server_do(bench->conn, "INSERT INTO other.pets VALUES (2, 99, NULL)"); /* an orphan */
    assert_true(detach_pending(bench->conn, &bench->arena, RUN, &bench->items, &bench->count,
                               &bench->err));
    assert_true(target_begin(&transaction, bench->conn, &bench->err));
    assert_true(detach_restore_in_transaction(bench->conn, &bench->arena, bench->items,
                                              bench->count, &bench->err));
    target_transaction_close(&transaction); /* not this time */
    assert_string_equal(
        ask(bench, "SELECT count(*) FROM outgrow.detached WHERE state <> 'detached'"), "0");
    assert_true(target_begin(&transaction, bench->conn, &bench->err));
    assert_true(detach_restore_in_transaction(bench->conn, &bench->arena, bench->items,
                                              bench->count, &bench->err));
    assert_true(target_commit(&transaction, &bench->err));
    own_server_do(bench->conn, "DELETE FROM other.pets WHERE id = 2");
    for (size_t i = 0; i < bench->count; i++) {
        assert_int_equal(bench->items[i].state, DETACHED_RESTORED);
        if (bench->items[i].validate_sql != NULL) {
            own_server_do(bench->conn, bench->items[i].validate_sql);
        }
    }
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

static void
a_return_takes_all_off_in_its_own_transaction_but_not_what_is_ours(void **state)
{
    struct bench *bench = *state;
    AUTO_TRANSACTION transaction = {0};
    own_server_do(bench->conn,
                  "CREATE FUNCTION outgrow.ours() RETURNS trigger LANGUAGE plpgsql AS"
                  " 'BEGIN RETURN NULL; END'; CREATE TRIGGER ours BEFORE INSERT ON"
                  " shop.\"Owner\" FOR EACH STATEMENT EXECUTE FUNCTION outgrow.ours();"
                  "ALTER TABLE shop.\"Owner\" ENABLE ALWAYS TRIGGER ours");
    bench->before = ask(bench, picture_sql);
    assert_true(target_begin(&transaction, bench->conn, &bench->err));
    assert_true(detach_in_transaction(bench->conn, &bench->request, &bench->err));
    target_transaction_close(&transaction);
    assert_string_equal(ask(bench, picture_sql), bench->before);
    assert_true(target_begin(&transaction, bench->conn, &bench->err));
    assert_true(detach_in_transaction(bench->conn, &bench->request, &bench->err));
    assert_true(target_commit(&transaction, &bench->err));
    assert_string_equal(ask(bench, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'ours'"),
                        "A");
    assert_string_equal(ask(bench, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND"
                                   " tgenabled IN ('O', 'A') AND tgname <> 'ours'"),
                        "0");
    restore(bench);
    assert_string_equal(ask(bench, picture_sql), bench->before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(an_owner_can_load_rows_that_foreign_keys_and_triggers_would_stop),
        TEST(everything_comes_back_exactly_as_it_was),
        TEST(taking_off_and_putting_back_may_be_repeated),
        TEST(another_session_can_put_back_what_a_killed_one_took_off),
        TEST(a_foreign_key_that_no_longer_holds_comes_back_not_valid),
        TEST(a_partitioned_tables_key_stays_off_until_its_rows_hold),
        TEST(what_was_dropped_meanwhile_does_not_stop_the_rest),
        TEST(a_table_of_somebody_else_is_refused_before_anything_changes),
        TEST(foreign_keys_that_were_off_stay_off),
        TEST(a_state_that_could_not_be_brought_back_is_refused),
        TEST(a_superuser_loads_as_a_replica_and_drops_nothing),
        TEST(a_replica_does_not_let_duplicates_into_a_deferrable_key),
        TEST(who_may_only_set_the_role_falls_back_to_dropping),
        TEST(a_switch_puts_all_back_in_its_own_transaction_and_proves_behind_it),
        TEST(a_return_takes_all_off_in_its_own_transaction_but_not_what_is_ours),
    };
    return cmocka_run_group_tests(tests, own_server_start, own_server_stop);
}
