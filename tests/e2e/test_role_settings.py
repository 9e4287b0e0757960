#!/usr/bin/python3
"""What a DBA has set for a role or a database: a move works all the same, or ends with one line that says what
to do."""
import re

from harness import check, equal, run, test

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE, at DATETIME, span TEXT, data BLOB,
  price REAL CHECK (price > 0.1), note TEXT DEFAULT 'a\\b');
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), doc JSON, day DATE);
CREATE INDEX orders_day ON orders (day DESC) WHERE day IS NOT NULL;
CREATE VIEW recent AS SELECT u.name, count(*) AS orders FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.name;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO users SELECT i, 'it''s \\ ' || i || ' é', '2024-03-05 10:00:00', 'P1DT2H', x'00ff5c27', i / 7.0 + 0.2,
    'a\\' || i FROM n;
INSERT INTO orders SELECT id, id, '{"a": "\\\\n"}', '2024-04-' || printf('%02d', id % 28 + 1) FROM users;
"""


def role(t, *settings, database=()):
    """A role that owns the test's database and has these settings; its connection string."""
    name = f"app_{t.database}"
    t.psql(f"CREATE ROLE {name} LOGIN; ALTER DATABASE {t.database} OWNER TO {name};"
           f"ALTER SCHEMA public OWNER TO {name};"
           + "".join(f"ALTER ROLE {name} SET {setting};" for setting in settings)
           # What a test asks itself is not meant.
           + f"ALTER ROLE tester IN DATABASE {t.database} SET statement_timeout = 0;" * bool(database)
           + "".join(f"ALTER DATABASE {t.database} SET {setting};" for setting in database))
    return t.target.replace("tester@", f"{name}@")


def whole_move(t, target):
    source = t.sqlite("app.db", SCHEMA)
    for command in (["doctor"], ["migrate"], ["verify"], ["status"], ["report"], ["shadow", t.folder / "q.sql"]):
        if command[0] == "shadow":
            (t.folder / "q.sql").write_text("SELECT name, price FROM users WHERE id < 9 ORDER BY id;")
        done = t.outgrow(*command, *([source] if command[0] != "status" else []), target)
        check(done.code == 0, command, done.code, done.err, done.out[-1500:])
    equal(t.psql("SELECT count(*), min(at), md5(string_agg(encode(data, 'hex'), '')) FROM users"),
          t.psql("SELECT 3000, timestamp '2024-03-05 10:00:00', md5(repeat('00ff5c27', 3000))"))
    t.outgrow("migrate", "--replace", "--schema", "again", source, target).expect(0)


def live_move(t, target):
    source = t.sqlite("live.db", SCHEMA)
    t.outgrow("sync", "--once", "--schema", "live", source, target).expect(0)
    t.sqlite("live.db", "UPDATE users SET note = 'new\\' WHERE id % 10 = 0; DELETE FROM orders WHERE id = 7;"
             "INSERT INTO orders VALUES (9000, 1, '{\"b\": 1}', '2025-01-01');")
    t.outgrow("sync", "--once", source, target).expect(0)
    t.outgrow("verify", source, target).expect(0)
    t.outgrow("sync", "--uninstall", source, target).expect(0)


def moves(t, *settings, database=()):
    target = role(t, *settings, database=database)
    whole_move(t, target)
    live_move(t, target)


@test("timeouts of one to five milliseconds, of the role and of the database, stop nothing")
def _(t):
    moves(t, "statement_timeout = '1ms'", "lock_timeout = '1ms'",
          database=("statement_timeout = '5ms'", "idle_in_transaction_session_timeout = '2ms'"))


@test("how a role has values written and read changes nothing")
def _(t):
    moves(t, "standard_conforming_strings = off", "client_encoding = 'LATIN1'", "DateStyle = 'German'",
          "IntervalStyle = 'iso_8601'", "bytea_output = 'escape'", "extra_float_digits = -15",
          "TimeZone = 'Asia/Kathmandu'", "quote_all_identifiers = on", "backslash_quote = off",
          "array_nulls = off", "default_text_search_config = 'german'", "xmloption = document",
          "escape_string_warning = off", "transform_null_equals = on",
          "client_min_messages = error", "lc_monetary = 'C'")


@test("a role whose transactions are serializable and deferrable moves as any other")
def _(t):
    moves(t, "default_transaction_isolation = serializable", "default_transaction_deferrable = on",
          "synchronous_commit = off")


@test("a schema in front of pg_catalog, with things of the same names in it, is not asked")
def _(t):
    names = ("pg_class", "pg_attribute", "pg_namespace", "pg_index", "pg_constraint", "pg_type", "pg_settings",
             "pg_roles",
             "pg_proc", "pg_trigger", "pg_database", "pg_stat_activity", "pg_locks", "pg_sequence", "pg_collation")
    target = role(t, "search_path = decoy, pg_catalog, public")
    t.psql("CREATE SCHEMA decoy; GRANT USAGE ON SCHEMA decoy TO PUBLIC;"
           + "".join(f"CREATE TABLE decoy.{name} (nothing int); "
                     f"GRANT SELECT ON decoy.{name} TO PUBLIC;" for name in names)
           + "CREATE DOMAIN decoy.text AS int; CREATE DOMAIN decoy.int8 AS varchar; "
             "CREATE DOMAIN decoy.jsonb AS varchar;"
           "CREATE DOMAIN decoy.bytea AS varchar; CREATE DOMAIN decoy.oid AS varchar; "
           "CREATE DOMAIN decoy.regclass AS int;")
    for function, kind in (("set_config(text, text, boolean)", "text"), ("current_setting(text)", "text"),
                           ("quote_ident(text)", "text"), ("format(text, variadic text[])", "text"),
                           ("length(text)", "int"),
                           ("lower(text)", "text"), ("pg_try_advisory_lock(bigint)", "boolean"),
                           ("clock_timestamp()", "timestamptz"), ("pg_get_serial_sequence(text, text)", "text"),
                           ("to_jsonb(anyelement)", "text"), ("coalesce(text)", "text")):
        declared = re.sub(r"\b(text|boolean|bigint|int)\b", r"pg_catalog.\1",
                          function.replace("bigint", "int8").replace("boolean", "bool"))
        kind = {"boolean": "bool", "int": "int4"}.get(kind, kind)
        t.psql(f"CREATE FUNCTION decoy.{declared.replace('coalesce', 'max_')} RETURNS pg_catalog.{kind}"
               " LANGUAGE plpgsql"
               " AS $$ BEGIN RAISE 'the decoy was asked'; END $$")
    for number, (operator, kind) in enumerate((("=", "pg_catalog.text"), ("=", "pg_catalog.name"),
                                               ("||", "pg_catalog.text"), ("=", "pg_catalog.int8"),
                           ("=", "pg_catalog.oid"), ("~", "pg_catalog.text"), ("<", "pg_catalog.int8"))):
        result = "pg_catalog.text" if operator == "||" else "pg_catalog.bool"
        t.psql(f"CREATE FUNCTION decoy.wrong{number}(a {kind}, b {kind}) RETURNS {result} LANGUAGE plpgsql"
               " AS $$ BEGIN RAISE 'the decoy operator was asked'; END $$;"
               f"CREATE OPERATOR decoy.{operator} (LEFTARG = {kind}, RIGHTARG = {kind}, "
               f"FUNCTION = decoy.wrong{number})")
    whole_move(t, target)
    live_move(t, target)


@test("read-only by default: nothing is tried, and it is said what to do")
def _(t):
    target = role(t, "default_transaction_read_only = on")
    source = t.sqlite("app.db", SCHEMA)
    for command in ("migrate", "sync"):
        done = t.outgrow(command, source, target).expect(4)
        lines = [line for line in done.err.splitlines() if not line.startswith("backup: ")]
        check(len(lines) == 2 and "read-only" in lines[0] and "default_transaction_read_only" in lines[1], command,
              done.err)


@test("row level security that hides rows from the role is named, and what to do about it")
def _(t):
    owner = role(t)
    source = t.sqlite("app.db", SCHEMA)
    t.outgrow("migrate", source, owner).expect(0)
    t.psql("ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON users USING (id < 10)")
    t.outgrow("verify", source, owner).expect(0)
    t.psql("ALTER TABLE users FORCE ROW LEVEL SECURITY")
    for command in (["verify"], ["migrate", "--into-existing"], ["sync", "--into-existing"]):
        done = t.outgrow(*command, source, owner).expect(4)
        check("users" in done.err and "row" in done.err and "FORCE ROW LEVEL SECURITY" in done.err
              and "BYPASSRLS" in done.err, command, done.err)
    t.psql("ALTER TABLE users NO FORCE ROW LEVEL SECURITY")
    t.outgrow("verify", source, owner).expect(0)


run()
