/* test_plan_file.c — planfile/plan_file*.c, plan_read.c, plan_keys.c, yaml_tree.c. */
#include "planfile/plan_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
read_plan(struct arena *arena, const char *text, struct plan_file *file, struct error *err)
{
    return plan_file_read_text(arena, "plan.yaml", text, strlen(text), file, err);
}

static void
must_read(struct arena *arena, const char *text, struct plan_file *file)
{
    struct error err = {0};
    if (!read_plan(arena, text, file, &err)) {
        fail_msg("%s (%s)", err.message, err.hint);
    }
}

/* The text behind "version: 1\n", unless it begins with '!'. */
static const struct {
    const char *text;
    const char *message; /* all of it */
    const char *hint;    /* a part of it */
} wrong[] = {
    {"!", "plan.yaml:1:1: this is no plan file: it does not say version: 1", "outgrow plan"},
    {"!- a\n", "plan.yaml:1:1: this is no plan file: it does not say version: 1", ""},
    {"!version: 2\n", "plan.yaml:1:10: the plan file's version must be 1", "newer"},
    {"tabels: []\n", "plan.yaml:2:1: there is no key \"tabels\" here",
     "did you mean \"tables\"?"},
    {"zzz: []\n", "plan.yaml:2:1: there is no key \"zzz\" here", "keys are: version, name"},
    {"name: a\nname: b\n", "plan.yaml:3:1: \"name\" is here twice, first in line 2", "join"},
    {"name: [a\n", "plan.yaml:3:1: did not find expected ',' or ']'", "quote"},
    {"name: a\n---\nname: b\n", "plan.yaml:3:1: a plan file is one YAML document", ""},
    {"name: &x a\n", "plan.yaml:2:7: anchors and aliases (& and *) are not read", "quotes"},
    {"name: \"a\\0b\"\n", "plan.yaml:2:7: U+0000 cannot be in a plan file", ""},
    {"? [a]\n: b\n", "plan.yaml:2:3: a key must be a word", ""},
    {"? name\n: b\n", "plan.yaml:2:3: keys behind a ? are not read", "quotes"},
    {"graph: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", "plan.yaml:2:24: nested too deeply", ""},
    {"namespace: none\n", "plan.yaml:2:12: the namespace must be a UUID", ""},
    {"sources: app.db\n",
     "plan.yaml:2:10: a mapping (name: path) was expected here, not a word", ""},
    {"sources: {a.b: x}\n", "plan.yaml:2:11: the name of a source is a word without a dot", ""},
    {"sources: {a: {schema: x}}\n", "plan.yaml:2:14: the source has no path", ""},
    {"defaults: {types: evolv}\n", "plan.yaml:2:19: types cannot be \"evolv\"",
     "did you mean \"evolve\"?"},
    {"defaults: {orphans: drop}\n", "plan.yaml:2:21: orphans cannot be \"drop\"",
     "it is one of: keep, set-aside, null"},
    {"defaults: {timezone: Mars/Olympus}\n", NULL, ""},
    {"defaults: {collation: '\"a'}\n", "plan.yaml:2:23: that is no name of a collation",
     "de-x-icu"},
    {"defaults: {collation: [C]}\n", NULL, ""},
    {"tables: {}\n",
     "plan.yaml:2:9: a list of tables (- from: ...) was expected here, not a mapping", ""},
    {"tables:\n- {to: x}\n", "plan.yaml:3:3: the table has neither from nor query", "from:"},
    {"tables:\n- {from: a, query: SELECT 1}\n",
     "plan.yaml:3:3: a table has either from or query, not both", ""},
    {"tables:\n- {query: SELECT 1}\n", "plan.yaml:3:3: a query needs to: the table it becomes",
     ""},
    {"tables:\n- {from: a, to: .x}\n",
     "plan.yaml:3:17: \".x\" is no name of a table: schema.table was expected (in the table of "
     "line 3)",
     ""},
    {"tables:\n- {from: a, skip: yes}\n", "plan.yaml:3:19: true or false was expected here",
     ""},
    {"tables:\n- from: a\n  columns: {b: jsonbb}\n",
     "plan.yaml:4:16: there is no type \"jsonbb\"", "did you mean \"jsonb\"?"},
    {"tables:\n- from: a\n  columns: {b: {typ: text}}\n",
     "plan.yaml:4:17: there is no key \"typ\" here", "did you mean \"type\"?"},
    {"tables:\n- from: a\n  columns: {b: {type: text, zone: UTC}}\n",
     "plan.yaml:4:16: zone is for type: timestamptz", ""},
    {"tables:\n- from: a\n  columns: {b: {epoch: s}}\n",
     "plan.yaml:4:16: what is said about the values needs a type beside it", "type"},
    {"tables:\n- from: a\n  columns: {b: {type: text, keep_old: c}}\n",
     "plan.yaml:4:16: keep_old is for type: uuid", ""},
    {"tables:\n- from: a\n  columns: {b: {type: text, key_of: c}}\n",
     "plan.yaml:4:16: key_of is for type: uuid", ""},
    {"tables:\n- from: a\n  columns: {b: {type: uuid, collation: C}}\n",
     "plan.yaml:4:16: collation is for text", ""},
    {"tables:\n- from: a\n  columns: {b: {default: [1]}}\n",
     "plan.yaml:4:26: a default is a value, or {sql: an expression}", "quote JSON"},
    {"tables:\n- from: a\n  add: {b: {default: 1}}\n",
     "plan.yaml:4:9: an added column needs a type", ""},
    {"tables:\n- from: a\n  keys: {references: {b: users}}\n",
     "plan.yaml:4:26: \"users\" does not name a column of a table", "users.id"},
    {"tables:\n- from: a\n  keys: {references: {\"b, c\": users.id}}\n",
     "plan.yaml:4:31: 2 columns cannot refer to 1", ""},
    {"tables:\n- from: a\n  keys: {references: {b: {to: u.id, on_delete: explode}}}\n",
     "plan.yaml:4:48: on_delete cannot be \"explode\"", "cascade"},
    {"tables:\n- from: a\n  indexes: [{name: x}]\n",
     "plan.yaml:4:13: an index has either columns or an expression", ""},
    {"tables:\n- from: a\n  search: {config: simple}\n",
     "plan.yaml:4:11: search does not say which columns", ""},
    {"tables:\n- from: a\n  chain: {hash: h}\n", "plan.yaml:4:10: chain does not say order",
     ""},
    {"tables:\n- from: a\n  chain: {order: o, hash: h, over: x, digest: md5}\n",
     "plan.yaml:4:47: there is no digest \"md5\"", "sha256"},
};

static void
what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO_ARENA arena = {0};
        struct plan_file file;
        struct error err = {0};
        const char *text = wrong[i].text[0] == '!'
                               ? wrong[i].text + 1
                               : arena_printf(&arena, "version: 1\n%s", wrong[i].text);
        if (read_plan(&arena, text, &file, &err)) {
            fail_msg("was read: %s", text);
        }
        assert_int_equal(err.kind, ERROR_USAGE);
        if (wrong[i].message != NULL) {
            assert_string_equal(err.message, wrong[i].message);
        }
        if (strstr(err.hint, wrong[i].hint) == NULL) {
            fail_msg("hint of %s: \"%s\"", text, err.hint);
        }
    }
}

static const char whole[] =
    "version: 1\n"
    "name: swarm\n"
    "namespace: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n"
    "sources: {registry: /opt/registry.db, tickets: {path: t.db, schema: tickets}}\n"
    "target: postgresql://u:secret@h/db\n"
    "defaults: {types: evolve, names: fold, schema: \"{source}\", timezone: '+02:00',\n"
    "           orphans: set-aside, bad_text: strip, nocase: citext,\n"
    "           collation: de-x-icu}\n"
    "before: [schema.sql]\n"
    "tables:\n"
    "  - from: registry.agents\n"
    "    to: core.agents\n"
    "    columns:\n"
    "      id: {type: uuid, keep_old: legacy}\n"
    "      at: {type: timestamptz, zone: UTC, epoch: ms}\n"
    "      price: numeric(10, 2)\n"
    "      state: {type: mood, labels: [good, bad], default: good, not_null: true}\n"
    "      note: {default: null, null_texts: [\"\", N/A], type: text, collation: "
    "'\"s\".\"x\"'}\n"
    "    add: {extra: {type: jsonb, default: {}}, at2: {type: date, default: {sql: now()}}}\n"
    "    keys: {references: {owner: {to: auth.users.id, on_delete: set null}, \"a, b\": \"t "
    "(x, "
    "y)\"}}\n"
    "    unique: [[a, b], c]\n"
    "    indexes: [[a, b DESC], {expression: lower(c), unique: true, where: c > 1}]\n"
    "    search: {columns: [title]}\n"
    "    chain: {order: seq, hash: hash, over: \"{previous}{note}\"}\n"
    "    partition: {by: at}\n"
    "roles: {app: {}}\n";

static void
everything_arrives_in_the_model(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct plan_file file;
    must_read(&arena, whole, &file);
    assert_string_equal(file.name.text, "swarm");
    assert_int_equal(file.namespace[0], 0x6b);
    assert_int_equal(file.source_count, 2);
    assert_string_equal(file.sources[1].path.text, "t.db");
    assert_string_equal(file.sources[1].schema.text, "tickets");
    assert_int_equal(file.defaults.orphans, ORPHANS_SET_ASIDE);
    assert_int_equal(file.defaults.nocase, NOCASE_CITEXT);
    assert_string_equal(file.defaults.collation.text, "de-x-icu");
    assert_non_null(file.defaults.zone);
    assert_string_equal(file.before.items[0].text, "schema.sql");
    const struct plan_file_table *table = &file.tables[0];
    assert_string_equal(table->to_schema, "core");
    assert_string_equal(table->to_name, "agents");
    assert_int_equal(table->column_count, 5);
    assert_int_equal(table->columns[0].type.kind, TYPE_UUID);
    assert_string_equal(table->columns[0].keep_old.text, "legacy");
    assert_int_equal(table->columns[1].type.epoch, EPOCH_MILLISECONDS);
    assert_int_equal(table->columns[2].type.precision, 10);
    assert_int_equal(table->columns[3].type.kind, TYPE_ENUM);
    assert_string_equal(table->columns[3].type.labels[1], "bad");
    assert_int_equal(table->columns[3].not_null, SWITCH_ON);
    assert_int_equal(table->columns[4].default_value.kind, DEFAULT_NULL);
    assert_string_equal(table->columns[4].type.null_texts[0], "");
    assert_string_equal(table->columns[4].collation.text, "\"s\".\"x\"");
    assert_string_equal(table->added[0].default_value.text, "{}");
    assert_int_equal(table->added[1].default_value.kind, DEFAULT_SQL);
    assert_string_equal(table->references[0].table.text, "auth.users");
    assert_string_equal(table->references[0].on_delete, "SET NULL");
    assert_string_equal(table->references[1].table.text, "t");
    assert_string_equal(table->references[1].parent_columns.items[1].text, "y");
    assert_int_equal(table->unique_count, 2);
    assert_int_equal(table->uniques[0].count, 2);
    assert_string_equal(table->indexes[0].columns.items[1].text, "b DESC");
    assert_true(table->indexes[1].unique);
    assert_string_equal(table->searches[0].config, "english");
    assert_int_equal(table->chain->part_count, 2);
    assert_int_equal(table->place.line, 11);
}

static void
parts_of_other_commands_are_kept_aside(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct plan_file file;
    must_read(&arena, whole, &file);
    assert_int_equal(file.aside_count, 2);
    assert_string_equal(file.asides[0].key.text, "partition");
    assert_string_equal(file.asides[0].command, "outgrow partition");
    assert_int_equal(file.asides[1].key.place.line, 26);
}

static void
the_target_is_not_in_the_text_that_is_kept(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct plan_file file;
    struct plan_file again;
    must_read(&arena, whole, &file);
    assert_null(strstr(file.text, "secret"));
    must_read(&arena, file.text, &again);
    assert_int_equal(again.table_count, 1);
    assert_string_equal(again.target.text, "");
}

static void
variables_of_the_environment_stand_in_the_target_alone(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct plan_file file;
    struct error err = {0};
    const char *target = NULL;
    setenv("OUTGROW_TEST_PLAN", "h/db", 1);
    must_read(&arena,
              "version: 1\nname: ${OUTGROW_TEST_PLAN}\ntarget: pg://${OUTGROW_TEST_PLAN}?x\n",
              &file);
    assert_string_equal(file.name.text, "${OUTGROW_TEST_PLAN}");
    assert_true(plan_file_target(&arena, &file, &target, &err));
    assert_string_equal(target, "pg://h/db?x");
    unsetenv("OUTGROW_TEST_PLAN");
    assert_false(plan_file_target(&arena, &file, &target, &err));
    assert_string_equal(err.message, "plan.yaml:3:9: the environment has no OUTGROW_TEST_PLAN");
}

static void
a_target_of_no_more_than_database_url_may_be_missing(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct plan_file file;
    struct error err = {0};
    const char *target = "untouched";
    unsetenv("DATABASE_URL");
    must_read(&arena, "version: 1\ntarget: ${DATABASE_URL}\n", &file);
    assert_true(plan_file_target(&arena, &file, &target, &err));
    assert_null(target);
    must_read(&arena, "version: 1\ntarget: ${DATABASE_URL}?sslmode=require\n", &file);
    assert_false(plan_file_target(&arena, &file, &target, &err));
}

static void
a_namespace_follows_from_the_name(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct plan_file a;
    struct plan_file b;
    struct plan_file c;
    must_read(&arena, "version: 1\nname: app\n", &a);
    must_read(&arena, "version: 1\nsources: {app: x.db}\n", &b);
    must_read(&arena, "version: 1\nname: other\n", &c);
    assert_memory_equal(a.namespace, b.namespace, UUID_NAMESPACE_SIZE);
    assert_memory_not_equal(a.namespace, c.namespace, UUID_NAMESPACE_SIZE);
    assert_int_equal(a.namespace[6] >> 4, 5);
}

static char *
read_docs(struct arena *arena)
{
    FILE *file = fopen(DOCS_DIRECTORY "/plan-file.md", "r");
    assert_non_null(file);
    char *text = arena_alloc(arena, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void
find_keys(struct arena *arena, const struct plan_key_list *list, const char *section,
          const char *end)
{
    for (size_t k = 0; k < list->count; k++) {
        const struct plan_key *key = &list->keys[k];
        const char *row = arena_printf(arena, "\n| `%s` | %s | %s |\n", key->name, key->form,
                                       key->help);
        const char *found = strstr(section, row);
        if (found == NULL || (end != NULL && found > end)) {
            fail_msg("docs/plan-file.md, %s: no row %s", list->heading, row);
        }
    }
}

static void
every_key_is_in_the_docs_as_the_parser_has_it(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    const char *docs = read_docs(&arena);
    for (size_t i = 0; i < CONTEXT_COUNT; i++) {
        const struct plan_key_list *list = &plan_key_lists[i];
        const char *heading = arena_printf(&arena, "\n## %s\n", list->heading);
        const char *section = strstr(docs, heading);
        if (section == NULL) {
            fail_msg("docs/plan-file.md has no heading: %s", heading);
        }
        find_keys(&arena, list, section, strstr(section + strlen(heading), "\n## "));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(everything_arrives_in_the_model),
        cmocka_unit_test(parts_of_other_commands_are_kept_aside),
        cmocka_unit_test(the_target_is_not_in_the_text_that_is_kept),
        cmocka_unit_test(variables_of_the_environment_stand_in_the_target_alone),
        cmocka_unit_test(a_target_of_no_more_than_database_url_may_be_missing),
        cmocka_unit_test(a_namespace_follows_from_the_name),
        cmocka_unit_test(every_key_is_in_the_docs_as_the_parser_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
