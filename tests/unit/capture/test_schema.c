/* test_schema.c — what capture puts into a file, keeps up to date and takes out again. */
#include "base/text.h"
#include "capture/fence.h"
#include "captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char triggers[] = "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM "
                               "sqlite_schema WHERE type = 'trigger' ORDER BY rowid)";

static const char room[] =
    "CREATE TRIGGER _outgrow_0_room AFTER INSERT ON _outgrow_log WHEN NEW.seq&255=0 AND "
    "NEW.seq>(SELECT v FROM _outgrow_meta WHERE k='log_limit') "
    "BEGIN DELETE FROM _outgrow_log WHERE seq=NEW.seq; END";

static void
triggers_of_an_integer_key_are_these(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE \"my \"\"t\"(id INTEGER PRIMARY KEY, v)");
    char text[2000];
    snprintf(text, sizeof text, "%s\n%s",
             "CREATE TRIGGER _outgrow_1_insert AFTER INSERT ON \"my \"\"t\" BEGIN "
             "INSERT INTO _outgrow_log(t,k1) VALUES(1,NEW.\"id\"); END\n"
             "CREATE TRIGGER _outgrow_1_delete AFTER DELETE ON \"my \"\"t\" BEGIN "
             "INSERT INTO _outgrow_log(t,k1) VALUES(1,OLD.\"id\"); END\n"
             "CREATE TRIGGER _outgrow_1_update AFTER UPDATE ON \"my \"\"t\" BEGIN "
             "INSERT INTO _outgrow_log(t,k1) VALUES(1,NEW.\"id\"); END\n"
             "CREATE TRIGGER _outgrow_1_key AFTER UPDATE ON \"my \"\"t\" "
             "WHEN OLD.\"id\" IS NOT NEW.\"id\" BEGIN "
             "INSERT INTO _outgrow_log(t,k1) VALUES(1,OLD.\"id\"); END",
             room);
    assert_string_equal(captured_value(&c, c.app, triggers), text);
}

static void
triggers_of_a_pair_with_a_rival_are_these(void **state)
{
    AUTO_CAPTURED c;
    captured_open(
        &c, state,
        "CREATE TABLE t(a TEXT, b BLOB, e TEXT, live, PRIMARY KEY(a, b)) WITHOUT ROWID; "
        "CREATE UNIQUE INDEX i ON t(lower(e) COLLATE NOCASE) WHERE live>0 /* now */");
    static const char log[] = "INSERT INTO _outgrow_log(t,k1,k2)";
    char text[8000];
    static const char differs[] =
        "(_outgrow_row.\"a\" IS NOT NEW.\"a\" COLLATE BINARY OR _outgrow_row.\"b\" IS NOT "
        "NEW.\"b\" COLLATE BINARY OR typeof(_outgrow_row.\"b\")<>typeof(NEW.\"b\"))";
    static const char own[] = "_outgrow_row.\"a\"=NEW.\"a\" COLLATE \"BINARY\" AND "
                              "_outgrow_row.\"b\"=NEW.\"b\" COLLATE \"BINARY\" AND ";
    static const char other[] =
        "(lower ( e ))=(SELECT lower ( e ) FROM (SELECT NEW.\"e\" AS \"e\")) "
        "COLLATE \"NOCASE\" AND (live > 0) AND ";
    static const char select[] = " SELECT 1,_outgrow_row.\"a\",_outgrow_row.\"b\"";
    static const char from[] = " FROM \"t\" AS _outgrow_row WHERE ";
    static const char own_changed[] =
        " AND (OLD.\"a\" IS NOT NEW.\"a\" COLLATE BINARY OR OLD.\"b\" IS NOT NEW.\"b\" "
        "COLLATE BINARY)";
    static const char other_changed[] =
        " AND (OLD.\"e\" IS NOT NEW.\"e\" COLLATE BINARY OR OLD.\"live\" IS NOT "
        "NEW.\"live\" COLLATE BINARY)";
    snprintf(
        text, sizeof text,
        "CREATE TRIGGER _outgrow_1_before_insert BEFORE INSERT ON \"t\" WHEN "
        "EXISTS (SELECT 1%s%s%s) OR EXISTS (SELECT 1%s%s%s) BEGIN "
        "%s%s%s%s%s; %s%s%s%s%s; END\n"
        "CREATE TRIGGER _outgrow_1_before_update BEFORE UPDATE OF \"a\",\"b\",\"e\",\"live\" "
        "ON \"t\" WHEN (OLD.\"a\" IS NOT NEW.\"a\" COLLATE BINARY OR OLD.\"b\" IS NOT "
        "NEW.\"b\" "
        "COLLATE BINARY OR OLD.\"e\" IS NOT NEW.\"e\" COLLATE BINARY OR OLD.\"live\" IS NOT "
        "NEW.\"live\" COLLATE BINARY) AND ("
        "EXISTS (SELECT 1%s%s%s%s) OR EXISTS (SELECT 1%s%s%s%s)) BEGIN "
        "%s%s%s%s%s%s; %s%s%s%s%s%s; END\n"
        "CREATE TRIGGER _outgrow_1_insert AFTER INSERT ON \"t\" BEGIN "
        "%s VALUES(1,NEW.\"a\",NEW.\"b\"); END\n"
        "CREATE TRIGGER _outgrow_1_delete AFTER DELETE ON \"t\" BEGIN "
        "%s VALUES(1,OLD.\"a\",OLD.\"b\"); END\n"
        "CREATE TRIGGER _outgrow_1_update AFTER UPDATE ON \"t\" BEGIN "
        "%s VALUES(1,NEW.\"a\",NEW.\"b\"); END\n"
        "CREATE TRIGGER _outgrow_1_key AFTER UPDATE OF \"a\",\"b\" ON \"t\" WHEN "
        "OLD.\"a\" IS NOT NEW.\"a\" COLLATE BINARY OR OLD.\"b\" IS NOT NEW.\"b\" COLLATE "
        "BINARY "
        "OR typeof(OLD.\"b\")<>typeof(NEW.\"b\") BEGIN %s VALUES(1,OLD.\"a\",OLD.\"b\"); "
        "END\n%s",
        from, own, differs, from, other, differs, /* insert, WHEN */
        log, select, from, own, differs, log, select, from, other, differs, from, own, differs,
        own_changed, from, other, differs, other_changed, /* update, WHEN */
        log, select, from, own, differs, own_changed, log, select, from, other, differs,
        other_changed, log, log, log, log, room);
    assert_string_equal(captured_value(&c, c.app, triggers), text);
}

/* Each word of the text that is written in capitals without quotes, outside of strings. */
static void
assert_word_is_old(const char *word, size_t length)
{
    /* Keywords and functions that SQLite 3.6.19 has, and our own names. */
    static const char *const old[] = {
        "CREATE", "TRIGGER", "AFTER", "BEFORE",  "INSERT", "DELETE", "UPDATE",
        "OF",     "ON",      "WHEN",  "BEGIN",   "INTO",   "VALUES", "SELECT",
        "FROM",   "AS",      "WHERE", "AND",     "OR",     "IS",     "NOT",
        "NEW",    "OLD",     "END",   "COLLATE", "BINARY", "RAISE",  "ABORT",
        "typeof", "rowid",   "t",     "EXISTS",  "seq",    "k",      "v"};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        if (strlen(old[i]) == length && strncmp(old[i], word, length) == 0) {
            return;
        }
    }
    bool column = length >= 2 && word[0] == 'k' && strspn(word + 1, "0123456789") >= length - 1;
    if (!column && strncmp(word, "_outgrow_", 9) != 0) {
        fail_msg("a word that old SQLite may not know: %.*s", (int)length, word);
    }
}

static void
assert_text_is_old(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    while (*text != '\0') {
        size_t length = strspn(text, letters);
        if (*text == '"' || *text == '\'') {
            const char *end = strchr(text + 1, *text);
            assert_non_null(end);
            text = end + 1;
        } else if (length > 0) {
            if (strspn(text, "0123456789") < length) {
                assert_word_is_old(text, length);
            }
            text += length;
        } else {
            assert_non_null(strchr(" ,()<>=.;-&\n", *text));
            text++;
        }
    }
}

static void
triggers_are_written_in_the_language_of_old_sqlite(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state,
                  "CREATE TABLE a(id INTEGER PRIMARY KEY, u UNIQUE, v); CREATE TABLE b(x); "
                  "CREATE TABLE c(k TEXT COLLATE NOCASE PRIMARY KEY, n BLOB NOT NULL UNIQUE); "
                  "CREATE TABLE d(a, b BLOB, PRIMARY KEY(a, b)) WITHOUT ROWID; "
                  "CREATE UNIQUE INDEX i ON a(v, u) WHERE \"v\"; "
                  "CREATE TABLE e(g AS (h + 1) UNIQUE, h UNIQUE ON CONFLICT REPLACE)");
    scratch_run(c.writer.handle, "BEGIN IMMEDIATE");
    assert_true(fence_raise(&c.writer, &c.catalog, "moved", &err));
    scratch_run(c.writer.handle, "COMMIT");
    assert_text_is_old(captured_value(&c, c.app, triggers));
}

/* The application's SQLite reads all of the schema: what it cannot parse makes the file
 * malformed. */
static void
our_tables_are_plain_in_the_language_of_old_sqlite(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE a(id INTEGER PRIMARY KEY); "
                  "CREATE TABLE d(a TEXT, b BLOB, PRIMARY KEY(a, b)) WITHOUT ROWID");
    assert_string_equal(
        captured_value(&c, c.app,
                       "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM "
                       "sqlite_schema WHERE type <> 'trigger' AND name GLOB "
                       "'_outgrow_*' ORDER BY name)"),
        "CREATE TABLE _outgrow_log(seq INTEGER PRIMARY KEY,t,k1,k2)\n"
        "CREATE TABLE _outgrow_meta(k PRIMARY KEY,v)");
}

static void
removing_capture_leaves_the_schema_as_it_was(void **state)
{
    AUTO_CAPTURED c;
    struct scratch *scratch = *state;
    struct error err = {0};
    static const char schema[] =
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE, v); "
        "CREATE INDEX i ON t(v); CREATE VIEW w AS SELECT * FROM t; "
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; "
        "CREATE VIRTUAL TABLE f USING fts5(a); CREATE TABLE \"odd 'n\"\"ame\"(a PRIMARY KEY)";
    scratch_sql(scratch->path, schema);
    sqlite3 *plain = scratch_open(scratch->path);
    struct captured only_arena = {.app = plain};
    const char *before = captured_schema(&only_arena);
    sqlite3_close(plain);
    captured_open(&c, state, "SELECT 1");
    assert_non_null(strstr(captured_schema(&c), "_outgrow_"));
    captured_run(&c, "INSERT INTO t(u) VALUES(1)");
    assert_true(capture_remove(&c.writer, &err));
    assert_string_equal(captured_schema(&c), before);
    captured_run(&c, "INSERT INTO t(u) VALUES(2)");
    assert_string_equal(captured_value(&c, c.app, "PRAGMA integrity_check"), "ok");
    assert_true(capture_remove(&c.writer, &err)); /* there is nothing: fine */
    arena_free(&only_arena.arena);
}

static void
removing_can_be_rolled_back_with_the_callers_transaction(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY)");
    const char *before = captured_schema(&c);
    scratch_run(c.writer.handle, "BEGIN IMMEDIATE");
    assert_true(capture_remove(&c.writer, &err));
    scratch_run(c.writer.handle, "ROLLBACK");
    assert_string_equal(captured_schema(&c), before);
    captured_run(&c, "INSERT INTO t VALUES(1)");
    assert_string_equal(captured_keys(&c), "t:1");
    scratch_run(c.writer.handle, "BEGIN IMMEDIATE");
    assert_true(capture_remove(&c.writer, &err));
    scratch_run(c.writer.handle, "COMMIT");
    assert_null(strstr(captured_schema(&c), "_outgrow"));
}

static void
what_is_installed_is_no_part_of_the_catalog(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    struct catalog catalog;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY); "
                  "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END");
    assert_true(catalog_read(&c.reader, &c.arena, &catalog, &err));
    assert_int_equal(catalog.table_count, 1);
    assert_int_equal(catalog.object_count, 1);
    assert_string_equal(catalog.objects[0].name, "x");
    assert_int_equal(catalog_find_table(&catalog, "_outgrow_log"), -1);
}

static void
installing_again_changes_nothing(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    struct capture_state first;
    struct capture_state second;
    captured_open(&c, state, "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(x, y)");
    assert_true(captured_table(&c, "a")->renewed);
    captured_run(&c, "INSERT INTO a VALUES(1)");
    assert_true(capture_state_read(&c.reader, true, &first, &err));
    captured_install(&c);
    assert_false(captured_table(&c, "a")->renewed);
    assert_true(capture_state_read(&c.reader, true, &second, &err));
    assert_memory_equal(&first, &second, sizeof first);
    assert_string_equal(c.id, first.install_id);
    assert_int_equal(strlen(c.id), 32);
}

/* As an application does that drops every table it does not know. */
static void
what_is_left_of_a_capture_makes_way_for_another_one(void **state)
{
    static const char *const drops[] = {"DROP TABLE _outgrow_log", "DROP TABLE _outgrow_meta",
                                        "DROP TABLE _outgrow_meta; DROP TABLE _outgrow_log"};
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        AUTO_CAPTURED c;
        struct error err = {0};
        struct capture_state now;
        struct scratch *scratch = NULL;
        assert_int_equal(scratch_setup((void **)&scratch), 0);
        captured_open(&c, (void **)&scratch, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        char id[CAPTURE_ID_SIZE];
        snprintf(id, sizeof id, "%s", c.id);
        captured_run(&c, drops[i]);
        assert_true(capture_state_read(&c.reader, false, &now, &err));
        assert_false(now.installed);
        captured_install(&c);
        assert_string_not_equal(c.id, id); /* a position in the old log is worth nothing */
        assert_true(captured_table(&c, "t")->renewed);
        captured_run(&c, "SELECT * FROM t; INSERT INTO t VALUES(1, 1)");
        captured_forget(&c);
        captured_run(&c, "UPDATE t SET v = 2");
        assert_string_equal(captured_keys(&c), "t:1");
        assert_true(capture_state_read(&c.reader, true, &now, &err));
        assert_true(now.installed && now.triggers_intact);
        captured_close(&c);
        c = (struct captured){0};
        assert_int_equal(scratch_teardown((void **)&scratch), 0);
    }
    (void)state;
}

static void
new_tables_get_new_ids_and_wider_keys_more_columns(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE a(id INTEGER PRIMARY KEY)");
    int64_t id = captured_table(&c, "a")->id;
    captured_run(&c, "INSERT INTO a VALUES(1); "
                     "CREATE TABLE b(x INT, y INT, z INT, PRIMARY KEY(x, y, z)) WITHOUT ROWID; "
                     "INSERT INTO b VALUES(1, 2, 3)");
    captured_install(&c);
    assert_int_equal(captured_table(&c, "a")->id, id);
    assert_false(captured_table(&c, "a")->renewed);
    assert_true(captured_table(&c, "b")->renewed);
    assert_int_not_equal(captured_table(&c, "b")->id, id);
    captured_run(&c, "INSERT INTO b VALUES(4, 5, 6)");
    assert_string_equal(captured_keys(&c), "a:1 b:4,5,6");
}

static void
a_table_that_was_rebuilt_is_noticed_and_captured_again(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    struct capture_state file;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE TABLE o(x); "
                  "INSERT INTO t VALUES(1, 1)");
    int64_t id = captured_table(&c, "t")->id;
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    int64_t version = file.schema_version;
    captured_run(&c, "BEGIN; CREATE TABLE t2(id INTEGER PRIMARY KEY, v, w); "
                     "INSERT INTO t2(id, v) SELECT * FROM t; DROP TABLE t; "
                     "ALTER TABLE t2 RENAME TO t; COMMIT; UPDATE t SET w = 1");
    assert_true(capture_state_read(&c.reader, true, &file, &err));
    assert_false(file.triggers_intact);
    assert_true(file.schema_version > version);
    captured_forget(&c);
    captured_install(&c);
    assert_int_equal(captured_table(&c, "t")->id, id);
    assert_true(captured_table(&c, "t")->renewed);
    assert_false(captured_table(&c, "o")->renewed);
    captured_run(&c, "UPDATE t SET w = 2");
    assert_string_equal(captured_keys(&c), "t:1");
}

static void
a_key_that_became_another_gets_another_id(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE t(a, b)");
    int64_t id = captured_table(&c, "t")->id;
    captured_run(&c, "DROP TABLE t; CREATE TABLE t(rowid, oid, _rowid_, a TEXT PRIMARY KEY)");
    captured_install(&c);
    assert_int_not_equal(captured_table(&c, "t")->id, id);
    captured_run(&c, "INSERT INTO t(a) VALUES('x')");
    assert_string_equal(captured_keys(&c), "t:'x'");
}

static void
a_key_stays_what_it_was_when_rows_would_choose_another(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE a(k TEXT PRIMARY KEY); CREATE TABLE b(k TEXT PRIMARY KEY); "
                  "INSERT INTO b VALUES(NULL)");
    captured_run(&c,
                 "INSERT INTO a VALUES(NULL), ('x'); DELETE FROM b; INSERT INTO b VALUES('x')");
    captured_install(&c);
    assert_false(captured_table(&c, "a")->by_rowid);
    assert_false(captured_table(&c, "a")->renewed);
    assert_true(captured_table(&c, "b")->by_rowid);
    assert_true(captured_table(&c, "b")->rowid_moves);
    assert_false(captured_table(&c, "b")->renewed);
}

static void
a_new_unique_index_renews_the_triggers(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY, u); CREATE TABLE o(x)");
    captured_run(&c, "CREATE UNIQUE INDEX i ON t(u); INSERT INTO t VALUES(1, 'a')");
    captured_install(&c);
    assert_true(captured_table(&c, "t")->renewed);
    assert_false(captured_table(&c, "o")->renewed);
    captured_forget(&c);
    captured_run(&c, "INSERT OR REPLACE INTO t VALUES(2, 'a')");
    assert_string_equal(captured_keys(&c), "t:1 2");
}

/* Each ALTER, and a write after it that must be logged; then once more after a new install. */
static void
alter_table_of_every_kind_leaves_capture_working(void **state)
{
    static const struct {
        const char *alter;
        const char *write;
        const char *keys;
    } cases[] = {
        {"ALTER TABLE t ADD COLUMN more", "INSERT OR REPLACE INTO t VALUES(9, 'a', 0, 0)",
         "1 9"},
        {"ALTER TABLE t DROP COLUMN v", "INSERT OR REPLACE INTO t VALUES(9, 'a')", "1 9"},
        {"ALTER TABLE t RENAME COLUMN u TO \"the u\"",
         "UPDATE OR REPLACE t SET \"the u\" = 'a' WHERE id = 2", "1 2"},
        {"ALTER TABLE t RENAME COLUMN id TO key", "UPDATE t SET key = 5 WHERE key = 1", "1 5"},
        {"ALTER TABLE t RENAME TO \"new one\"",
         "INSERT OR REPLACE INTO \"new one\" VALUES(9, 'a', 0)", "1 9"},
        {"CREATE INDEX x ON t(v)", "INSERT OR REPLACE INTO t VALUES(9, 'a', 0)", "1 9"},
        {"VACUUM", "INSERT OR REPLACE INTO t VALUES(9, 'a', 0)", "1 9"},
        {"REINDEX", "INSERT OR REPLACE INTO t VALUES(9, 'a', 0)", "1 9"},
        {"ANALYZE", "INSERT OR REPLACE INTO t VALUES(9, 'a', 0)", "1 9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_CAPTURED c;
        struct scratch *scratch = NULL;
        assert_int_equal(scratch_setup((void **)&scratch), 0);
        captured_open(&c, (void **)&scratch,
                      "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, v); "
                      "INSERT INTO t VALUES(1, 'a', 0), (2, 'b', 0)");
        int64_t id = captured_table(&c, "t")->id;
        captured_run(&c, cases[i].alter);
        captured_run(&c, "BEGIN");
        captured_run(&c, cases[i].write);
        const char *keys = captured_keys(&c);
        assert_string_equal(keys + 2, cases[i].keys);
        captured_run(&c, "ROLLBACK");
        captured_install(&c);
        captured_run(&c, cases[i].write);
        keys = captured_keys(&c);
        assert_string_equal(strchr(keys, ':') + 1, cases[i].keys);
        assert_true(c.tables[0].id == id || c.tables[0].renewed);
        captured_close(&c);
        c = (struct captured){0};
        assert_int_equal(scratch_teardown((void **)&scratch), 0);
    }
    (void)state;
}

static void
a_column_that_a_trigger_looks_at_cannot_be_dropped_unnoticed(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state,
                  "CREATE TABLE t(id INTEGER PRIMARY KEY, u, v); "
                  "CREATE UNIQUE INDEX i ON t(u)");
    captured_run(&c, "DROP INDEX i");
    assert_int_equal(sqlite3_exec(c.app, "ALTER TABLE t DROP COLUMN u", NULL, NULL, NULL),
                     SQLITE_ERROR);
    assert_non_null(strstr(sqlite3_errmsg(c.app), "_outgrow_1_before_"));
    captured_install(&c);
    captured_run(&c, "ALTER TABLE t DROP COLUMN u; INSERT INTO t VALUES(1, 1)");
    assert_string_equal(captured_keys(&c), "t:1");
}

/* SQLite before 3.25, or legacy_alter_table: the trigger's body keeps the old name. */
static void
a_rename_in_the_old_way_fails_loudly_until_capture_is_renewed(void **state)
{
    AUTO_CAPTURED c;
    captured_open(&c, state, "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE)");
    int64_t id = captured_table(&c, "t")->id;
    captured_run(&c, "PRAGMA legacy_alter_table=ON; ALTER TABLE t RENAME TO s");
    assert_int_equal(sqlite3_exec(c.app, "INSERT INTO s VALUES(1, 1)", NULL, NULL, NULL),
                     SQLITE_ERROR);
    captured_install(&c);
    assert_int_equal(captured_table(&c, "s")->id, id);
    /* A connection learns of the new triggers with the next statement that can be compiled. */
    captured_run(&c, "SELECT * FROM s");
    captured_run(&c, "INSERT INTO s VALUES(1, 1); INSERT OR REPLACE INTO s VALUES(2, 1)");
    assert_string_equal(captured_keys(&c), "s:1 2");
}

static void
odd_names_are_names(void **state)
{
    static const char *const names[] = {
        "select", "a\"b", "it's",       "semi;colon", "--",      "\xc3\xa4\xf0\x9f\x90\x98",
        "[x]",    "`",    "new line\n", "%s%n",       "_outgro", "NEW",
        "rowid",  " ",    "k1",         "seq",
    };
    AUTO_TEXT schema = {0};
    AUTO_TEXT writes = {0};
    AUTO_CAPTURED c;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_TEXT quoted = {0};
        source_quote(&quoted, names[i]);
        const char *name = text_string(&quoted);
        text_printf(&schema,
                    "CREATE TABLE %s(%s INTEGER PRIMARY KEY, \"u %zu\" UNIQUE, w); "
                    "CREATE UNIQUE INDEX \"i %zu\" ON %s(w + \"u %zu\") WHERE %s > 0;",
                    name, name, i, i, name, i, name);
        text_printf(&writes,
                    "INSERT INTO %s VALUES(1, 2, 3); INSERT OR REPLACE INTO %s VALUES(5, 2, 0);"
                    "UPDATE %s SET w = 4; DELETE FROM %s;",
                    name, name, name, name);
    }
    captured_open(&c, state, text_string(&schema));
    captured_run(&c, text_string(&writes));
    for (size_t i = 0; i < c.catalog.table_count; i++) {
        assert_null(c.tables[i].refusal);
    }
    const char *keys = captured_keys(&c);
    assert_non_null(strstr(keys, "select:1 5 "));
    assert_non_null(strstr(keys, "it's:1 5 "));
    assert_non_null(strstr(keys, "seq:1 5"));
}

static void
two_thousand_columns_are_captured_or_refused(void **state)
{
    AUTO_TEXT schema = {0};
    AUTO_CAPTURED c;
    text_add(&schema, "CREATE TABLE wide(id INTEGER PRIMARY KEY");
    for (int i = 1; i < 1998; i++) {
        text_printf(&schema, ", c%d%s", i, i % 200 == 0 ? " UNIQUE" : "");
    }
    text_add(&schema, "); CREATE TABLE widest(id INTEGER PRIMARY KEY");
    for (int i = 1; i < 2000; i++) {
        text_printf(&schema, ", c%d", i);
    }
    text_add(&schema, "); CREATE TABLE plain(a)");
    captured_open(&c, state, text_string(&schema));
    assert_null(captured_table(&c, "wide")->refusal);
    assert_non_null(captured_table(&c, "widest")->refusal);
    assert_int_equal(captured_table(&c, "widest")->id, 0);
    captured_run(&c,
                 "INSERT INTO wide(id, c200) VALUES(1, 1); INSERT INTO widest(id) VALUES(1);"
                 "INSERT OR REPLACE INTO wide(id, c200) VALUES(2, 1);"
                 "INSERT INTO plain VALUES(1)");
    assert_string_equal(captured_keys(&c), "wide:1 2 plain:1");
    AUTO_STATEMENT *rows = NULL;
    struct error err = {0};
    assert_true(
        capture_prepare_rows(&c.reader, &c.catalog, captured_table(&c, "wide"), &rows, &err));
}

static int
count_steps(void *context)
{
    (*(int64_t *)context)++;
    return 0;
}

/* In thousands of SQLite's own instructions. */
static int64_t
steps_to_install(int tables)
{
    AUTO_TEXT schema = {0};
    AUTO_CAPTURED c;
    struct scratch *scratch = NULL;
    struct error err = {0};
    int64_t steps = 0;
    assert_int_equal(scratch_setup((void **)&scratch), 0);
    text_add(&schema, "BEGIN;");
    for (int table = 0; table < tables; table++) {
        text_printf(&schema, "CREATE TABLE t%d(id INTEGER PRIMARY KEY, u UNIQUE);", table);
    }
    text_add(&schema, "COMMIT;");
    captured_open(&c, (void **)&scratch, text_string(&schema));
    assert_true(capture_remove(&c.writer, &err));
    sqlite3_progress_handler(c.writer.handle, 1000, count_steps, &steps);
    assert_true(capture_install(&c.writer, &c.catalog, c.tables, NULL, c.id, &err));
    captured_run(&c, "INSERT INTO t7 VALUES(1, 1); INSERT OR REPLACE INTO t7 VALUES(2, 1)");
    assert_string_equal(captured_keys(&c), "t7:1 2");
    captured_close(&c);
    c = (struct captured){0};
    assert_int_equal(scratch_teardown((void **)&scratch), 0);
    return steps;
}

static void
thousands_of_tables_cost_what_their_number_says(void **state)
{
    (void)state;
    int64_t few = steps_to_install(200);
    int64_t many = steps_to_install(800);
    assert_true(few > 10);
    assert_true(many < 6 * few);
}

static void
an_index_on_an_unknown_function_is_the_applications_affair(void **state)
{
    AUTO_CAPTURED c;
    struct scratch *scratch = *state;
    sqlite3 *handle = scratch_open(scratch->path);
    scratch_run(handle,
                "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE s(x); "
                "CREATE TRIGGER own AFTER INSERT ON s BEGIN SELECT unknown(1); END; "
                "CREATE TRIGGER broken AFTER UPDATE ON s BEGIN DELETE FROM nowhere; END; "
                "PRAGMA writable_schema=ON; INSERT INTO sqlite_schema SELECT 'index', "
                "'i', 't', rootpage, 'CREATE UNIQUE INDEX i ON t(a) WHERE own(a)' "
                "FROM sqlite_schema WHERE 0");
    sqlite3_close(handle);
    captured_open(&c, state, "SELECT 1");
    assert_null(captured_table(&c, "s")->refusal);
    captured_run(&c, "DELETE FROM s; INSERT INTO t VALUES(1, 1)");
    assert_string_equal(captured_keys(&c), "t:1");
}

static void
an_unknown_format_is_refused(void **state)
{
    AUTO_CAPTURED c;
    struct error err = {0};
    captured_open(&c, state, "CREATE TABLE t(a)");
    captured_run(&c, "UPDATE _outgrow_meta SET v = '2' WHERE k = 'format'");
    assert_false(capture_install(&c.writer, &c.catalog, c.tables, NULL, c.id, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    assert_non_null(strstr(err.message, "does not know"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(triggers_of_an_integer_key_are_these),
        SCRATCH_TEST(triggers_of_a_pair_with_a_rival_are_these),
        SCRATCH_TEST(triggers_are_written_in_the_language_of_old_sqlite),
        SCRATCH_TEST(our_tables_are_plain_in_the_language_of_old_sqlite),
        SCRATCH_TEST(removing_capture_leaves_the_schema_as_it_was),
        SCRATCH_TEST(removing_can_be_rolled_back_with_the_callers_transaction),
        SCRATCH_TEST(what_is_installed_is_no_part_of_the_catalog),
        SCRATCH_TEST(installing_again_changes_nothing),
        cmocka_unit_test(what_is_left_of_a_capture_makes_way_for_another_one),
        SCRATCH_TEST(new_tables_get_new_ids_and_wider_keys_more_columns),
        SCRATCH_TEST(a_table_that_was_rebuilt_is_noticed_and_captured_again),
        SCRATCH_TEST(a_key_that_became_another_gets_another_id),
        SCRATCH_TEST(a_key_stays_what_it_was_when_rows_would_choose_another),
        SCRATCH_TEST(a_new_unique_index_renews_the_triggers),
        cmocka_unit_test(alter_table_of_every_kind_leaves_capture_working),
        SCRATCH_TEST(a_column_that_a_trigger_looks_at_cannot_be_dropped_unnoticed),
        SCRATCH_TEST(a_rename_in_the_old_way_fails_loudly_until_capture_is_renewed),
        SCRATCH_TEST(odd_names_are_names),
        SCRATCH_TEST(two_thousand_columns_are_captured_or_refused),
        cmocka_unit_test(thousands_of_tables_cost_what_their_number_says),
        SCRATCH_TEST(an_index_on_an_unknown_function_is_the_applications_affair),
        SCRATCH_TEST(an_unknown_format_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
