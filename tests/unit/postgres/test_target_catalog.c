/* test_target_catalog.c — what is read of a target that somebody else made, against what
 * that server itself was told. */
#include "own_server.h"
#include "postgres/target_catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY_TABLES = 450 };

static const char schema_sql[] =
    "DROP SCHEMA IF EXISTS shop CASCADE; DROP SCHEMA IF EXISTS \"Odd one\" CASCADE;"
    "CREATE SCHEMA shop; CREATE SCHEMA \"Odd one\";"
    "CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy, very');"
    "ALTER TYPE shop.mood ADD VALUE 'so so' BEFORE 'ok';"
    "CREATE DOMAIN shop.amount AS numeric(10,-2) NOT NULL CHECK (VALUE >= 0);"
    "CREATE DOMAIN shop.price AS shop.amount CHECK (VALUE < 1000000);"
    "CREATE TABLE shop.customers ("
    " id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone int,"
    " email varchar(120) COLLATE \"C\" NOT NULL UNIQUE DEFAULT 'none',"
    " code char(3), flags bit varying(8), joined timestamp(3) with time zone,"
    " wait interval day to second(2), any_wait interval, mood shop.mood, moods shop.mood[],"
    " price shop.price, prices shop.price[], tags text[], balance numeric(12,4), raw numeric,"
    " doubled numeric GENERATED ALWAYS AS (balance * 2) STORED, span int4range,"
    " place point, parent bigint);"
    "ALTER TABLE shop.customers DROP COLUMN gone;"
    "COMMENT ON TABLE shop.customers IS 'those who buy';"
    "COMMENT ON COLUMN shop.customers.email IS 'where to write';"
    "ALTER TABLE shop.customers ADD CONSTRAINT parent_fk FOREIGN KEY (parent)"
    " REFERENCES shop.customers (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT "
    "VALID;"
    "ALTER TABLE shop.customers ADD CONSTRAINT rich CHECK (balance > 0) NOT VALID;"
    "CREATE TABLE shop.\"Order\" (n serial, customer bigint REFERENCES shop.customers"
    " ON UPDATE CASCADE, \"Mixed\" text, mixed text, PRIMARY KEY (customer, n));"
    "CREATE UNIQUE INDEX order_text ON shop.\"Order\" (lower(mixed), n DESC)"
    " INCLUDE (customer) WHERE n > 0;"
    "INSERT INTO shop.customers (email) OVERRIDING SYSTEM VALUE SELECT 'a@b'"
    " WHERE false;"
    "INSERT INTO shop.customers (email, price) VALUES ('x@y', 100);"
    "CREATE FUNCTION shop.nothing() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RETURN NEW; END';"
    "CREATE TRIGGER loud BEFORE INSERT ON shop.\"Order\" FOR EACH ROW EXECUTE FUNCTION"
    " shop.nothing();"
    "CREATE TRIGGER asleep BEFORE INSERT ON shop.\"Order\" FOR EACH ROW EXECUTE FUNCTION"
    " shop.nothing(); ALTER TABLE shop.\"Order\" DISABLE TRIGGER asleep;"
    "CREATE TABLE shop.events (at date NOT NULL) PARTITION BY RANGE (at);"
    "CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (MINVALUE) TO"
    " ('2026-01-01');"
    "CREATE VIEW shop.seen AS SELECT 1 AS one;"
    "CREATE MATERIALIZED VIEW shop.stale AS SELECT 1 AS one WITH NO DATA;"
    "CREATE TABLE \"Odd one\".\"select\" (\"from\" int);";

struct bench {
    PGconn *conn;
    struct arena arena;
    struct error err;
    struct target_catalog catalog;
};

static int
set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->conn = own_server_connect();
    own_server_do(bench->conn, schema_sql);
    assert_true(
        target_catalog_read(bench->conn, &bench->arena, NULL, 0, &bench->catalog, &bench->err));
    *state = bench;
    return 0;
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

static const struct target_table *
table_of(const struct bench *bench, const char *name)
{
    const struct target_table *table = target_catalog_find(&bench->catalog, "shop", name);
    assert_non_null(table);
    return table;
}

static const struct target_type *
type_of(const struct bench *bench, const char *column)
{
    const struct target_column *found = target_table_column(table_of(bench, "customers"),
                                                            column);
    assert_non_null(found);
    return &found->type;
}

static void
tables_views_and_partitions_are_told_apart(void **state)
{
    const struct bench *bench = *state;
    assert_int_equal(table_of(bench, "customers")->kind, TARGET_TABLE);
    assert_int_equal(table_of(bench, "events")->kind, TARGET_PARTITIONED_TABLE);
    assert_int_equal(table_of(bench, "seen")->kind, TARGET_VIEW);
    assert_int_equal(table_of(bench, "stale")->kind, TARGET_MATERIALIZED_VIEW);
    assert_string_equal(table_of(bench, "events_1")->partition_of, "shop.events");
    assert_null(table_of(bench, "events")->partition_of);
    assert_string_equal(table_of(bench, "customers")->comment, "those who buy");
    assert_string_equal(table_of(bench, "customers")->owner, "outgrow");
    assert_non_null(target_catalog_find(&bench->catalog, "Odd one", "select"));
    assert_null(target_catalog_find(&bench->catalog, "pg_catalog", "pg_class"));
}

static void
columns_keep_their_order_over_a_dropped_one(void **state)
{
    const struct target_table *table = table_of(*state, "customers");
    assert_string_equal(table->columns[0].name, "id");
    assert_string_equal(table->columns[1].name, "email");
    assert_int_equal(table->columns[1].attnum, 3);
    assert_ptr_equal(target_table_attribute(table, 3), &table->columns[1]);
    assert_null(target_table_attribute(table, 2));
    assert_int_equal(table->column_count, 18);
}

static void
identity_default_generation_and_comment_are_known(void **state)
{
    const struct target_table *table = table_of(*state, "customers");
    const struct target_column *id = target_table_column(table, "id");
    const struct target_column *email = target_table_column(table, "email");
    const struct target_column *doubled = target_table_column(table, "doubled");
    const struct target_column *n = target_table_column(table_of(*state, "Order"), "n");
    assert_int_equal(id->identity, TARGET_IDENTITY_ALWAYS);
    assert_string_equal(id->sequence, "shop.customers_id_seq");
    assert_string_equal(email->default_sql, "'none'::character varying");
    assert_string_equal(email->collation, "pg_catalog.\"C\"");
    assert_string_equal(email->comment, "where to write");
    assert_true(email->not_null);
    assert_true(doubled->generated);
    assert_false(email->generated);
    assert_string_equal(n->sequence, "shop.\"Order_n_seq\"");
    assert_int_equal(n->identity, TARGET_IDENTITY_NONE);
}

static void
type_modifiers_are_read(void **state)
{
    assert_int_equal(type_of(*state, "email")->length, 120);
    assert_int_equal(type_of(*state, "code")->length, 3);
    assert_int_equal(type_of(*state, "flags")->length, 8);
    assert_int_equal(type_of(*state, "joined")->precision, 3);
    assert_int_equal(type_of(*state, "wait")->precision, 2);
    assert_int_equal(type_of(*state, "any_wait")->precision, -1);
    assert_int_equal(type_of(*state, "balance")->precision, 12);
    assert_int_equal(type_of(*state, "balance")->scale, 4);
    assert_int_equal(type_of(*state, "raw")->precision, -1);
    assert_string_equal(type_of(*state, "balance")->name, "numeric(12,4)");
    assert_string_equal(type_of(*state, "email")->base_name, "varchar");
}

static void
domains_are_followed_to_their_base(void **state)
{
    const struct target_type *price = type_of(*state, "price");
    assert_string_equal(price->base_name, "numeric");
    assert_int_equal(price->oid, 1700);
    assert_int_equal(price->precision, 10);
    assert_int_equal(price->scale, -2);
    assert_string_equal(price->domain, "shop.price");
    assert_true(price->domain_not_null);
    assert_non_null(strstr(price->domain_checks, "1000000"));
    assert_non_null(strstr(price->domain_checks, ">= (0)"));
    assert_null(type_of(*state, "balance")->domain);
}

static void
enum_labels_come_in_their_order(void **state)
{
    const struct target_type *mood = type_of(*state, "mood");
    const struct target_type *moods = type_of(*state, "moods");
    assert_int_equal(mood->kind, TARGET_TYPE_ENUM);
    assert_int_equal(mood->enum_label_count, 4);
    assert_string_equal(mood->enum_labels[1], "so so");
    assert_string_equal(mood->enum_labels[3], "happy, very");
    assert_string_equal(mood->name, "shop.mood");
    assert_int_equal(moods->kind, TARGET_TYPE_ARRAY);
    assert_int_equal(moods->enum_label_count, 4);
    assert_string_equal(moods->element_name, "mood");
}

static void
arrays_know_their_elements(void **state)
{
    const struct target_type *tags = type_of(*state, "tags");
    assert_int_equal(tags->kind, TARGET_TYPE_ARRAY);
    assert_int_equal(tags->element_oid, 25);
    assert_string_equal(type_of(*state, "prices")->element_name, "numeric");
    assert_int_equal(type_of(*state, "place")->kind, TARGET_TYPE_BASE);
    assert_int_equal(type_of(*state, "span")->kind, TARGET_TYPE_RANGE);
}

static const struct target_constraint *
constraint_of(const struct target_table *table, const char *name)
{
    for (size_t i = 0; i < table->constraint_count; i++) {
        if (strcmp(table->constraints[i].name, name) == 0) {
            return &table->constraints[i];
        }
    }
    fail_msg("no constraint %s", name);
    return NULL;
}

static void
constraints_say_what_they_hold_and_whether(void **state)
{
    const struct target_table *customers = table_of(*state, "customers");
    const struct target_constraint *parent = constraint_of(customers, "parent_fk");
    assert_int_equal(parent->kind, TARGET_FOREIGN_KEY);
    assert_string_equal(parent->parent_schema, "shop");
    assert_string_equal(parent->parent_table, "customers");
    assert_int_equal(parent->columns[0], 19);
    assert_int_equal(parent->parent_columns[0], 1);
    assert_int_equal(parent->on_delete, 'n');
    assert_true(parent->deferrable && parent->initially_deferred);
    assert_false(parent->validated);
    assert_string_equal(parent->definition,
                        "FOREIGN KEY (parent) REFERENCES shop.customers(id) ON DELETE SET NULL"
                        " DEFERRABLE INITIALLY DEFERRED NOT VALID");
    assert_int_equal(constraint_of(customers, "rich")->kind, TARGET_CHECK);
    assert_int_equal(constraint_of(customers, "rich")->on_delete, 0);
    const struct target_constraint *key = constraint_of(table_of(*state, "Order"),
                                                        "Order_pkey");
    assert_int_equal(key->kind, TARGET_PRIMARY_KEY);
    assert_int_equal(key->column_count, 2);
    assert_int_equal(key->columns[0], 2);
    assert_int_equal(key->columns[1], 1);
    assert_int_equal(table_of(*state, "seen")->constraint_count, 0);
}

static void
indexes_know_their_columns_and_constraints(void **state)
{
    const struct target_table *orders = table_of(*state, "Order");
    assert_int_equal(orders->index_count, 2);
    const struct target_index *key = &orders->indexes[0];
    const struct target_index *text = &orders->indexes[1];
    assert_string_equal(key->name, "Order_pkey");
    assert_string_equal(key->constraint, "Order_pkey");
    assert_true(key->primary && key->unique && key->valid);
    assert_string_equal(text->name, "order_text");
    assert_null(text->constraint);
    assert_true(text->unique && text->partial && !text->primary);
    assert_int_equal(text->column_count, 2);
    assert_int_equal(text->columns[0], 0);
    assert_int_equal(text->columns[1], 1);
    assert_non_null(strstr(text->definition, "ON shop.\"Order\""));
}

static void
triggers_know_whether_they_fire_and_whose_they_are(void **state)
{
    const struct target_table *orders = table_of(*state, "Order");
    size_t internal = 0;
    for (size_t i = 0; i < orders->trigger_count; i++) {
        const struct target_trigger *trigger = &orders->triggers[i];
        internal += trigger->internal ? 1 : 0;
        if (strcmp(trigger->name, "loud") == 0) {
            assert_int_equal(trigger->state, TRIGGER_ENABLED);
            assert_false(trigger->internal);
        } else if (strcmp(trigger->name, "asleep") == 0) {
            assert_int_equal(trigger->state, TRIGGER_DISABLED);
        }
    }
    assert_int_equal(internal, 2); /* the foreign key's, on the referencing side */
    assert_int_equal(orders->trigger_count, 4);
}

static void
empty_tables_are_told_from_those_with_rows(void **state)
{
    const struct bench *bench = *state;
    assert_true(table_of(bench, "customers")->empty_known);
    assert_false(table_of(bench, "customers")->empty);
    assert_true(table_of(bench, "Order")->empty_known);
    assert_true(table_of(bench, "Order")->empty);
    assert_false(table_of(bench, "seen")->empty_known);
    assert_false(table_of(bench, "stale")->empty_known);
}

static void
names_are_found_without_case_unless_that_is_ambiguous(void **state)
{
    const struct bench *bench = *state;
    const struct target_table *orders = target_catalog_find_folded(&bench->catalog, "shop",
                                                                   "ORDER");
    assert_ptr_equal(orders, table_of(bench, "Order"));
    assert_null(target_catalog_find_folded(&bench->catalog, "shop", "orders"));
    assert_null(target_table_column_folded(orders, "MIXED"));
    assert_string_equal(target_table_column_folded(orders, "Mixed")->name, "Mixed");
    assert_string_equal(target_table_column_folded(orders, "CUSTOMER")->name, "customer");
}

static void
only_the_schemas_asked_for_are_read(void **state)
{
    struct bench *bench = *state;
    struct target_catalog some;
    const char *const wanted[] = {"Odd one", "not there"};
    assert_true(target_catalog_read(bench->conn, &bench->arena, wanted, 2, &some, &bench->err));
    assert_int_equal(some.schema_count, 1);
    assert_string_equal(some.schemas[0], "Odd one");
    assert_int_equal(some.table_count, 1);
    assert_string_equal(some.tables[0].columns[0].name, "from");
}

static void
rights_are_those_of_the_role_that_looks(void **state)
{
    struct bench *bench = *state;
    assert_true(bench->catalog.superuser && bench->catalog.can_replicate_role);
    assert_true(table_of(bench, "customers")->is_owner);
    own_server_do(
        bench->conn,
        "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN;"
        "GRANT USAGE ON SCHEMA shop TO reader; GRANT SELECT ON shop.\"Order\" TO reader;"
        "GRANT INSERT (email) ON shop.customers TO reader;"
        "ALTER TABLE shop.events ENABLE ROW LEVEL SECURITY;"
        "GRANT SELECT ON shop.events TO reader; SET SESSION AUTHORIZATION reader");
    struct target_catalog seen;
    assert_true(target_catalog_read(bench->conn, &bench->arena, NULL, 0, &seen, &bench->err));
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION; DROP OWNED BY reader;"
                               "DROP ROLE reader");
    const struct target_table *orders = target_catalog_find(&seen, "shop", "Order");
    const struct target_table *customers = target_catalog_find(&seen, "shop", "customers");
    const struct target_table *events = target_catalog_find(&seen, "shop", "events");
    assert_string_equal(seen.user, "reader");
    assert_false(seen.superuser || seen.can_replicate_role);
    assert_true(orders->can_select && orders->empty_known && orders->empty);
    assert_false(orders->can_insert || orders->is_owner || orders->can_trigger);
    assert_false(customers->can_select || customers->empty_known || customers->can_insert);
    assert_true(target_table_column(customers, "email")->can_insert);
    assert_false(target_table_column(customers, "code")->can_insert);
    assert_true(events->row_security_active);
    assert_false(events->empty_known);
}

static void
tables_behind_a_closed_schema_do_not_spoil_the_rest(void **state)
{
    struct bench *bench = *state;
    own_server_do(bench->conn, "DROP ROLE IF EXISTS shut_out; CREATE ROLE shut_out;"
                               "GRANT SELECT ON shop.\"Order\" TO shut_out;"
                               "GRANT USAGE ON SCHEMA \"Odd one\" TO shut_out;"
                               "GRANT SELECT ON \"Odd one\".\"select\" TO shut_out;"
                               "SET SESSION AUTHORIZATION shut_out");
    struct target_catalog seen;
    assert_true(target_catalog_read(bench->conn, &bench->arena, NULL, 0, &seen, &bench->err));
    own_server_do(bench->conn, "RESET SESSION AUTHORIZATION; DROP OWNED BY shut_out;"
                               "DROP ROLE shut_out");
    assert_false(target_catalog_find(&seen, "shop", "Order")->empty_known);
    assert_true(target_catalog_find(&seen, "Odd one", "select")->empty_known);
}

static void
hundreds_of_tables_are_read_at_once(void **state)
{
    struct bench *bench = *state;
    own_server_do(
        bench->conn,
        "DROP SCHEMA IF EXISTS many CASCADE; CREATE SCHEMA many;"
        "DO $$ BEGIN FOR i IN 1..450 LOOP EXECUTE format('CREATE TABLE many.t%s (a int"
        " PRIMARY KEY, b text)', i); END LOOP; END $$;"
        "INSERT INTO many.t17 VALUES (1)");
    struct target_catalog catalog;
    const char *const wanted[] = {"many"};
    assert_true(
        target_catalog_read(bench->conn, &bench->arena, wanted, 1, &catalog, &bench->err));
    assert_int_equal(catalog.table_count, MANY_TABLES);
    for (size_t i = 0; i < catalog.table_count; i++) {
        const struct target_table *table = &catalog.tables[i];
        assert_true(i == 0 || strcmp(catalog.tables[i - 1].name, table->name) < 0);
        assert_int_equal(table->column_count, 2);
        assert_true(table->empty_known);
        assert_int_equal(table->empty, strcmp(table->name, "t17") != 0);
    }
    own_server_do(bench->conn, "DROP SCHEMA many CASCADE");
}

static void
the_session_is_left_as_it_was(void **state)
{
    struct bench *bench = *state;
    AUTO_ARENA arena = {0};
    assert_int_equal(PQtransactionStatus(bench->conn), PQTRANS_IDLE);
    assert_string_equal(own_server_ask(&arena, bench->conn, "SHOW search_path"), "public");
    assert_string_equal(own_server_ask(&arena, bench->conn, "SHOW session_replication_role"),
                        "origin");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_views_and_partitions_are_told_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(columns_keep_their_order_over_a_dropped_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(identity_default_generation_and_comment_are_known,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(type_modifiers_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(domains_are_followed_to_their_base, set_up, tear_down),
        cmocka_unit_test_setup_teardown(enum_labels_come_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arrays_know_their_elements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constraints_say_what_they_hold_and_whether, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(indexes_know_their_columns_and_constraints, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(triggers_know_whether_they_fire_and_whose_they_are,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_tables_are_told_from_those_with_rows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_are_found_without_case_unless_that_is_ambiguous,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_schemas_asked_for_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rights_are_those_of_the_role_that_looks, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tables_behind_a_closed_schema_do_not_spoil_the_rest,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(hundreds_of_tables_are_read_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_session_is_left_as_it_was, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, own_server_start, own_server_stop);
}
