#!/usr/bin/python3
"""The nasty file: every oddity arrives exactly or is accounted for, in every mode."""
import json
import sqlite3

from compare import Difference, Text, compare
from harness import check, equal, run, test
from make_nasty import LONG, make

BAD_ROWS = {"bad_text": 3, "wide_columns": 1}


def type_of(t, table, column):
    return t.psql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                  f"'{table}'::regclass AND attname = '{column}'")


def types_of(t, table):
    return dict(t.rows("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE "
                       f"attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"))


def set_aside(counts):
    return {table: count for table, count in counts.items() if count}


@test("it arrives cell by cell, and only rows that cannot be stored are set aside")
def _(t):
    path = make(t.folder / "nasty.db", megabytes=20)
    t.migrate(path).expect(7)
    equal(set_aside(compare(path, t.target)), BAD_ROWS, "rows set aside")
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside WHERE coalesce(reason, '') = ''"), "0", "without a reason")


@test("the comparison of these tests notices one changed cell, one lost and one doubled row")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path).expect(7)
    for table, change, undo in (
            ("integers", "UPDATE integers SET big = big + 1 WHERE id = 1",
             "UPDATE integers SET big = big - 1 WHERE id = 1"),
            ("texts", "UPDATE texts SET empty = NULL WHERE id = 1", "UPDATE texts SET empty = '' WHERE id = 1"),
            ("json_values", "CREATE TABLE kept AS SELECT ok FROM json_values WHERE id = 1;"
             "UPDATE json_values SET ok = '{}' WHERE id = 1",
             "UPDATE json_values SET ok = (SELECT ok FROM kept) WHERE id = 1; DROP TABLE kept"),
            ("no_key", "DELETE FROM no_key WHERE ctid = (SELECT min(ctid) FROM no_key WHERE v = 1)",
             "INSERT INTO no_key VALUES (1)"),
            ("no_key", "INSERT INTO no_key VALUES (1)",
             "DELETE FROM no_key WHERE ctid = (SELECT min(ctid) FROM no_key WHERE v = 1)"),
            ("gaps", "INSERT INTO gaps VALUES (77, 77)", "DELETE FROM gaps WHERE id = 77")):
        t.psql(change)
        try:
            compare(path, t.target)
        except Difference as found:
            check(table in str(found), change, "->", found)
        else:
            raise AssertionError(f"not noticed: {change}")
        t.psql(undo)
    compare(path, t.target)


@test("verify finds the same changes, names them and exits 6")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path).expect(7)
    t.outgrow("verify", path, t.target).expect(7)
    for change, table, undo in (
            ("UPDATE integers SET big = big + 1 WHERE id = 3", "integers",
             "UPDATE integers SET big = big - 1 WHERE id = 3"),
            ("DELETE FROM gaps WHERE id = -1", "gaps", "INSERT INTO gaps VALUES (-1, 2)"),
            ("INSERT INTO no_key VALUES (1)", "no_key",
             "DELETE FROM no_key WHERE ctid = (SELECT max(ctid) FROM no_key)"),
            ("UPDATE texts SET empty = NULL WHERE id = 1", "texts",
             "UPDATE texts SET empty = '' WHERE id = 1"),
            ("UPDATE \"no rowid\" SET v = '\\x00' WHERE a = 2", "no rowid",
             "UPDATE \"no rowid\" SET v = '\\x01' WHERE a = 2"),
            ("UPDATE reals SET v = v * 2 WHERE id = 1", "reals",
             "UPDATE reals SET v = v / 2 WHERE id = 1"),
            ("ALTER TABLE indexed DROP CONSTRAINT indexed_pkey", "indexed",
             "ALTER TABLE indexed ADD PRIMARY KEY (id)")):
        t.psql(change)
        result = t.outgrow("verify", path, t.target).expect(6)
        check(table in result.out, table, "is not named after", change, result.out)
        t.psql(undo)
    t.outgrow("verify", path, t.target).expect(7)


@test("--bad-text bytea brings bad text over whole, as bytea")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path, "--bad-text", "bytea").expect(7)
    equal(set_aside(compare(path, t.target)), {"wide_columns": 1}, "rows set aside")
    equal(types_of(t, "bad_text"), {"id": "bigint", "body": "bytea", "note": "text"}, "types")


@test("--bad-text strip stores a cleaned value and keeps the original, marked altered")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path, "--bad-text", "strip").expect(7)
    equal(set_aside(compare(path, t.target)), {"wide_columns": 1}, "rows set aside")
    equal(t.psql("SELECT count(*) FROM bad_text"), "5", "rows")
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside WHERE altered AND source_table = 'bad_text'"), "3", "altered")


@test("--types evolve lifts what fits and loses nothing")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path, "--types", "evolve").expect(7)
    equal(set_aside(compare(path, t.target)), BAD_ROWS, "rows set aside")


for names in ("fold", "keep"):
    @test(f"--names {names} loses nothing")
    def _(t, names=names):
        path = make(t.folder / "nasty.db")
        t.migrate(path, "--names", names).expect(7)
        equal(set_aside(compare(path, t.target)), BAD_ROWS, "rows set aside")
        expected = {"fold": ("users", "cameltable"), "keep": ("Users", "camelTable")}[names]
        for table in expected:
            equal(t.psql(f"SELECT count(*) FROM pg_tables WHERE tablename = '{table}'"), "1", table)


@test("another schema is made and used, whatever its name")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path, "--schema", "My \"own\" schema").expect(7)
    equal(set_aside(compare(path, t.target)), BAD_ROWS, "rows set aside")
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0", "tables in public")


@test("one connection and eight bring the same")
def _(t):
    path = make(t.folder / "nasty.db")
    for jobs in ("1", "8"):
        t.migrate(path, "--jobs", jobs, "--schema", f"j{jobs}", "--replace").expect(7)
        equal(set_aside(compare(path, t.target)), BAD_ROWS, "rows set aside")


@test("types are as wide as their values need and no wider")
def _(t):
    t.migrate(make(t.folder / "nasty.db")).expect(7)
    for table, expected in {
        "integers": {"v": "bigint", "small": "bigint", "big": "bigint"},
        "reals": {"v": "double precision", "d": "double precision"},
        "mixed": {"int_text": "text", "int_real": "double precision", "big_real": "numeric", "int_blob": "bytea",
                  "real_text": "text", "text_blob": "bytea", "all_five": "bytea", "decimal_text": "text",
                  "date_text": "text"},
        "decimals": {"fits": "numeric(10,2)", "over": "numeric", "money": "numeric(12,4)"},
        "booleans": {"num": "boolean", "tf": "boolean", "words": "boolean", "yes": "boolean"},
        "dates": {"day": "date", "bad_day": "text", "clock": "time without time zone",
                  "apart": "timestamp with time zone"},
        "json_values": {"broken": "text", "empty": "text"},
        "uuids": {"id": "uuid", "bare": "uuid", "raw": "bytea", "raw_uuid": "uuid", "upper": "uuid", "broken": "text"},
        "texts": {"short": "character varying(5)", "long": "text"},
        "empty_table": {"f": "double precision", "b": "bytea", "d": "date", "u": "uuid", "n": "numeric(8,2)"},
    }.items():
        found = types_of(t, table)
        for column, kind in expected.items():
            equal(found[column], kind, f"{table}.{column}")
    check(type_of(t, "booleans", "two") != "boolean", "2 is no boolean")
    check(type_of(t, "json_values", "ok") in ("json", "jsonb"), "JSON")
    for column in ("zero", "huge", "twice", "lone"):
        check(type_of(t, "json_values", column) in ("json", "text"), column, "must keep its bytes")


@test("names are read as PostgreSQL would have read the same SQL")
def _(t):
    t.migrate(make(t.folder / "nasty.db")).expect(7)
    equal(t.psql("SELECT FullName FROM Users WHERE Id = 1"), "Ann", "an unquoted name")
    equal(t.psql('SELECT "createdAt" FROM Users WHERE ID = 1'), "2024-01-02 03:04:05", "a quoted column")
    equal(t.psql('SELECT PLAIN_NAME FROM "camelTable" WHERE "userId" = 7'), "x", "a quoted table")
    equal(t.psql('SELECT "order", "group", "user", "table" FROM "select"'), "1|g|u|2", "reserved words")
    equal(t.psql("SELECT \"it's\", \"q\"\"uote\" FROM \"with space\""), "'|\"", "quotes")
    equal(t.psql('SELECT "\U0001F418" FROM "emoji \U0001F9AB"'), "\U0001F418\U0001F9AB", "emoji")


@test("long and forbidden names are shortened or changed, and the report says to what")
def _(t):
    report = t.migrate(make(t.folder / "nasty.db"), "--json").expect(7).json()
    renamed = json.dumps(report["renamed"])
    for name in (f"{LONG}_1", f"{LONG}_2", f"{LONG}_a", f"{LONG}_b", "xmin", "ctid", "tableoid", "cmax"):
        check(name in renamed, name, "is not among the renamed:", renamed)
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'a_name_that%'"), "2", "long tables")
    equal(t.psql("SELECT count(DISTINCT attname) FROM pg_attribute WHERE attname LIKE 'a_name_that%' AND attnum > 0 "
                 "AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')"), "2", "long columns")


@test("what does not come over is listed by name and reason")
def _(t):
    report = t.migrate(make(t.folder / "nasty.db"), "--json").expect(7).json()
    equal(t.psql("SELECT count(*) FROM user_names"), t.psql("SELECT count(*) FROM users"), "the view")
    listed = {entry["name"] for entry in report["not_carried"]}
    for name in ("counted_insert", "view_insert", "search", "boxes"):
        check(name in listed, name, "is not among:", listed)
    said = json.dumps(report["not_carried"] + report["changed"] + report["not_valid"])
    for word in ("missing_parent", "nowhere", "idx_json", "defaults.rnd", "orphans"):
        check(word in said, word, "is not accounted for in:", said)
    for entry in report["not_carried"] + report["changed"]:
        check(entry["reason"], "no reason:", entry)
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'search%' OR tablename LIKE 'boxes%' "
                 "OR tablename LIKE 'sqlite%'"), "0", "shadow tables")


@test("--json prints one JSON object and nothing else; its counts add up")
def _(t):
    report = t.migrate(make(t.folder / "nasty.db"), "--json").expect(7).json()
    equal(report["exit_code"], 7, "exit_code")
    for table in report["tables"]:
        equal(table["rows_source"], table["rows_copied"] + table["rows_set_aside"], table["source"])
        equal(table["rows_target"], table["rows_copied"], table["source"])
    decided = {(table["source"], column["source"]): column for table in report["tables"] for column in table["columns"]}
    column = decided["mixed", "date_text"]
    check(column["reason"] and column["position"] == 2 and "soon" in column["sample"], column)


@test("a set-aside row can be put back from its JSON, byte for byte")
def _(t):
    path = make(t.folder / "nasty.db")
    t.migrate(path).expect(7)
    entries = t.outgrow("status", "--set-aside", "--json", t.target).expect(0).out
    check("61ff62" in entries and "610062" in entries, entries[:2000])
    db = sqlite3.connect(path)
    db.text_factory = Text
    row = json.loads(t.psql("SELECT \"row\" FROM outgrow.set_aside WHERE source_table = 'bad_text' AND position = 2"))
    original = db.execute("SELECT body FROM bad_text WHERE id = 2").fetchone()[0]
    equal(bytes.fromhex(row["body"]["text_hex"]), bytes(original), "the bytes")


@test("tables of the same names are refused untouched, and the message says what to do")
def _(t):
    t.psql("CREATE TABLE users (mine text); INSERT INTO users VALUES ('keep'); CREATE VIEW v AS SELECT * FROM users")
    path = t.sqlite("s.db", "CREATE TABLE Users (id INTEGER PRIMARY KEY); CREATE TABLE other (x);")
    result = t.migrate(path).expect(4)
    check("users" in result.err and "--replace" in result.err, result.err)
    equal(t.psql("SELECT mine FROM users"), "keep", "the table")
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1", "tables")


@test("--replace replaces them, but never takes a view of yours with it")
def _(t):
    t.psql("CREATE TABLE users (mine text); CREATE VIEW v AS SELECT * FROM users")
    path = t.sqlite("s.db", "CREATE TABLE Users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (5);")
    result = t.migrate(path, "--replace").expect(4)
    check("v" in result.err, result.err)
    equal(t.psql("SELECT count(*) FROM v"), "0", "the view")
    t.psql("DROP VIEW v")
    t.migrate(path, "--replace").expect(0)
    equal(t.psql("SELECT id FROM users"), "5", "rows")
    t.migrate(path, "--replace").expect(0)
    compare(path, t.target)


@test("two sources live side by side in two schemas, and --replace of one leaves the other alone")
def _(t):
    one = t.sqlite("one.db", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);")
    two = t.sqlite("two.db", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (2);")
    t.migrate(one, "--schema", "one").expect(0)
    t.migrate(two, "--schema", "two").expect(0)
    t.migrate(one, "--schema", "one", "--replace").expect(0)
    equal(t.psql("SELECT (SELECT id FROM one.t), (SELECT id FROM two.t)"), "1|2", "rows")
    t.outgrow("verify", one, t.target).expect(0)
    t.outgrow("verify", two, t.target).expect(0)


run()
