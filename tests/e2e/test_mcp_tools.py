"""The MCP server's tools against a PostgreSQL and a SQLite file: what the guard refuses must change
nothing through the tools, and what it must refuse at all costs changes nothing past it either,
except where only the guard stands in the way (docs/mcp-safety.md)."""
import json
import os
import random
import re
import socket
import sqlite3
import struct
import subprocess

from harness import ROOT, Skip, TIMEOUT_S, check, client_program, equal, run, test
from mcp_client import call
from mcp_tools import Client, Roles, bad, good, tool

STATEMENTS = ROOT / "tests/data/guard/statements.tsv"
PURPOSE_TOOL = {"query": "postgres_query", "execute": "postgres_execute",
                "alter": "postgres_schema_alter"}

# Tables of the names that the statements use, so that what is refused is refused by the guard and
# not for want of a table.
WORLD = """
CREATE SEQUENCE s;
CREATE SEQUENCE t_id_seq;
CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'), a int UNIQUE, b int, c text DEFAULT 'x',
    k int, x numeric, old bool DEFAULT false, name text, updated_at timestamptz, note text);
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE u (id int);
CREATE TABLE t_archive (LIKE t);
CREATE TABLE x (a int);
CREATE TABLE log (x int);
CREATE VIEW v AS SELECT a FROM t;
CREATE INDEX i ON t (b);
INSERT INTO t (id, a, b, k) SELECT g, g, g, g % 3 FROM generate_series(1, 20) g;
INSERT INTO p SELECT generate_series(1, 20);
CREATE FUNCTION my_udf(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
CREATE FUNCTION calm(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION sneaky() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN DELETE FROM t; RETURN 1; END';
CREATE PROCEDURE purge() LANGUAGE sql AS 'DELETE FROM t';
"""


def statements():
    for line in STATEMENTS.read_bytes().decode().split("\n"):
        if line and not line.startswith("#"):
            purpose, verdict, sql, why = line.split("\t")
            sql = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), sql)
            yield purpose, verdict == "allow", sql, why


def state(t):
    """Definitions, rows and sequences, by PostgreSQL's own tools."""
    dump = subprocess.run([client_program("pg_dump"), "-s", "-d", t.target], capture_output=True,
                          timeout=TIMEOUT_S, check=True).stdout
    rows = t.psql("SELECT relname, (xpath('/row/c/text()', query_to_xml(format("
                  "'SELECT count(*) AS c, md5(string_agg(x::text, '','' ORDER BY x::text)) AS d FROM "
                  "%I.%I x', nspname, relname), false, true, '')))[1], query_to_xml(format("
                  "'SELECT md5(string_agg(x::text, '','' ORDER BY x::text)) AS d FROM %I.%I x', "
                  "nspname, relname), false, true, '') FROM pg_class c JOIN pg_namespace n ON n.oid = "
                  "relnamespace WHERE relkind = 'r' AND nspname IN ('public', 'outgrow') ORDER BY 1")
    # Dumps of newer versions hold a token made anew each time.
    dump = b"\n".join(line for line in dump.split(b"\n") if b"restrict" not in line)
    return dump, rows, t.psql("SELECT last_value, is_called FROM s"), t.psql(
        "SELECT count(*) FROM pg_largeobject_metadata; SELECT count(*) FROM pg_replication_slots;"
        "SELECT count(*) FROM pg_authid; SELECT count(*) FROM pg_extension;"
        "SELECT count(*) FROM pg_prepared_xacts; SELECT setting FROM pg_settings WHERE name = "
        "'log_directory'")


@test("every statement of the list gets its verdict from the tools, and those refused change nothing")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    before = state(t)
    refused = 0
    with Client(t, *roles.arguments()) as client:
        for purpose, allowed, sql, why in statements():
            arguments = {"sql": sql, "dry_run": True} if purpose != "query" else {"sql": sql}
            found, is_error = tool(client, PURPOSE_TOOL[purpose], **arguments)
            if allowed:
                check("denied" not in found, sql, why, found)
            else:
                check(is_error and (found.get("denied") or "params" in sql), sql, why, found)
                refused += 1
    check(refused > 150, refused)
    # Allowed writes moved the sequence in their dry runs: no ROLLBACK takes that back.
    after = state(t)
    equal(after[0], before[0], "definitions")
    equal(after[1], before[1], "rows")
    equal(after[3], before[3], "cluster")


class Wire:
    """A connection of a role's own, past the guard: one statement by the extended protocol, as the
    tools send it. Trust over a unix socket is all it speaks."""

    def __init__(self, t, user):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(str(t.server.directory / ".s.PGSQL.5432"))
        start = b"\0\3\0\0" + b"".join(word.encode() + b"\0" for word in (
            "user", user, "database", t.database, ""))
        self.socket.sendall(struct.pack("!i", len(start) + 4) + start)
        self.until_ready()

    def until_ready(self):
        buffer = b""
        while True:
            while len(buffer) >= 5:
                length = 1 + struct.unpack("!i", buffer[1:5])[0]
                if len(buffer) < length:
                    break
                kind, buffer = buffer[:1], buffer[length:]
                if kind == b"Z":
                    return
                if kind in b"GW":  # the server waits for COPY data
                    self.send(b"f", b"no\0")
                    self.send(b"S", b"")  # the one sent before counts as read with the data
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the server has closed the connection")
            buffer += more

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def simple(self, sql):
        self.send(b"Q", sql.encode() + b"\0")
        self.until_ready()

    def extended(self, sql):
        self.send(b"P", b"\0" + sql.encode() + b"\0\0\0")
        self.send(b"B", b"\0\0\0\0\0\0\0\0")
        self.send(b"E", b"\0\0\0\0\0")
        self.send(b"S", b"")
        self.until_ready()

    def close(self):
        """Until the server has let go of the session: roles may have few."""
        try:
            self.send(b"X", b"")
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        self.socket.close()


def send_past(t, user, begin, sql, end):
    """Only the statement's own time is short: cut off, `begin` would leave it without its transaction."""
    wire = Wire(t, user)
    try:
        wire.simple(begin)
        wire.simple("SET LOCAL statement_timeout = 300; SET LOCAL lock_timeout = 300")
        wire.extended(sql)
        wire.simple(end)
    except ConnectionError:
        pass  # the statement has ended its own session
    finally:
        wire.close()


@test("past the guard the reading role, committing, changes nothing that is refused")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    before = state(t)
    for _, allowed, sql, why in statements():
        if not allowed:
            send_past(t, roles.name("mcp_read"), "BEGIN TRANSACTION READ ONLY", sql, "COMMIT")
    equal(state(t), before)


@test("past the guard the writing role changes rows at most, and the altering role's ROLLBACK undoes all")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    before = state(t)
    for _, allowed, sql, why in statements():
        if not allowed:
            send_past(t, roles.name("mcp_ddl"),
                      "BEGIN; SET ROLE " + roles.name("app_owner"), sql, "ROLLBACK")
    after = state(t)
    equal((after[0], after[1], after[3]), (before[0], before[1], before[3]), "altering")
    for _, allowed, sql, why in statements():
        if not allowed:
            send_past(t, roles.name("mcp_write"), "BEGIN", sql, "COMMIT")
    after = state(t)
    equal((after[0], after[3]), (before[0], before[3]), "writing")


FRAGMENTS = ["pg_sleep(0.01)", "nextval('s')", "setval('s', 1)", "sneaky()", "my_udf(1)",
             "WITH d AS (DELETE FROM t RETURNING 1)", "INSERT INTO t (id) VALUES (999)", "INTO z",
             "FOR UPDATE", ";", "--\n", "/*", "*/", "'", "$$", "(", ")", "E'\\''", "U&\"\\0064\"",
             "lo_creat(-1)", "pg_notify('a', 'b')", "set_config('a.b', 'c', false)", "::regclass",
             "EXPLAIN ANALYZE", "COPY t TO STDOUT", "query_to_xml('DELETE FROM t', true, true, '')"]


def mutations(random, count):
    """Statements cut and joined anew, token by token, with what is dangerous put in between."""
    cut = [(allowed, re.findall(r"\s+|\w+|'[^']*'|.", sql, re.S))
           for purpose, allowed, sql, _ in statements() if sql]
    pool = [tokens for _, tokens in cut]
    harmless = [tokens for allowed, tokens in cut if allowed]
    for _ in range(count):
        tokens = list(random.choice(pool if random.random() < 0.3 else harmless))
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(tokens) + 1)
            kind = random.randrange(4)
            if kind == 0:
                tokens[at:at] = [" ", random.choice(FRAGMENTS), " "]
            elif kind == 1:
                other = random.choice(pool)
                start = random.randrange(len(other))
                tokens[at:at] = other[start:start + random.randint(1, 8)]
            elif kind == 2 and len(tokens) > 1:
                del tokens[min(at, len(tokens) - 1)]
            elif tokens:
                tokens[min(at, len(tokens) - 1)] = random.choice(random.choice(pool))
        yield "".join(tokens)


@test("statements mutated at random change nothing as reads, nor as dry runs of changes")
def _(t):
    # OUTGROW_SOAK: how many, and OUTGROW_SEED: which; a failure names the statement.
    count = int(os.environ.get("OUTGROW_SOAK", "400"))
    seed = int(os.environ.get("OUTGROW_SEED", "7"))
    t.psql(WORLD)
    roles = Roles(t)
    before = state(t)
    ran = []
    with Client(t, *roles.arguments(), "--timeout-ms", "300") as client:
        for sql in mutations(random.Random(seed), count):
            found, is_error = tool(client, "postgres_query", sql=sql)
            if not found.get("denied"):
                ran.append(sql)
        equal(state(t), before, "\n".join(ran))
        written = []
        for sql in mutations(random.Random(seed + 1), count):
            for name in ("postgres_execute", "postgres_schema_alter"):
                found, is_error = tool(client, name, sql=sql, dry_run=True)
                if not found.get("denied"):
                    written.append(sql)
    after = state(t)
    equal((after[0], after[1], after[3]), (before[0], before[1], before[3]), "\n".join(written))
    check(len(ran) > count / 40, "hardly anything ran:", len(ran))


@test("answers are capped in rows, bytes and values, and say so")
def _(t):
    t.psql("CREATE TABLE big AS SELECT g AS id, repeat('x', 1000) AS wide FROM generate_series(1, 5000) g")
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        found = good(client, "query", sql="SELECT id FROM big ORDER BY id")
        equal((found["row_count"], found["truncated"], len(found["rows"])), (100, True, 100))
        found = good(client, "query", sql="SELECT id FROM big ORDER BY id", max_rows=5000)
        equal((found["row_count"], found["truncated"]), (5000, False))
        found = good(client, "query", sql="SELECT * FROM big", max_rows=10000)
        check(found["truncated"] and found["bytes"] <= 1001000, found["bytes"])
        found = good(client, "query", sql="SELECT repeat('ä', 100000) AS a")
        equal((found["values_clipped"], len(found["rows"][0][0])), (1, 10000))
        found = good(client, "query", sql="SELECT 1 AS a, 2 AS a, NULL AS b", format="columns")
        equal(found["values"], {"a": [1], "a_2": [2], "b": [None]})
        # The connection is whole after a truncation.
        equal(good(client, "query", sql="SELECT 1")["rows"], [[1]])


def peak_kb(client):
    """The most memory that the server has ever had."""
    with open(f"/proc/{client.process.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


HUGE = 300_000_000


@test("a value of 300 MB is cut off before it comes, whatever its type, and says so")
def _(t):
    t.psql(f"CREATE TABLE huge AS SELECT 1 AS id, repeat('x', {HUGE}) AS long;"
           "CREATE TABLE copies (id int, long text); CREATE TABLE b AS SELECT long::bytea FROM huge")
    roles = Roles(t)
    with Client(t, *roles.arguments(), "--timeout-ms", "600000") as client:
        good(client, "query", sql="SELECT id, left(long, 30000) FROM huge")
        before = peak_kb(client)
        for column in ("long", "long::varchar", "long::char(10000000)", "to_json(long)", "ARRAY[long]",
                       "huge", "b.long", "('<a>' || long || '</a>')::xml", "long::name::text || long"):
            found = good(client, "query", sql=f"SELECT huge.id, {column.replace('long', 'huge.long')}"
                         .replace("b.huge", "b") + " FROM huge, b -- a comment at the end")
            equal((found["row_count"], found["truncated"], found["values_clipped"]), (1, True, 1), column)
            equal((found["rows"][0][0], len(found["rows"][0][1])), (1, 20000), column)
        for sql in ("INSERT INTO copies SELECT * FROM huge RETURNING *",
                    "WITH w AS (SELECT * FROM huge) INSERT INTO copies SELECT * FROM w RETURNING *;",
                    "UPDATE copies SET id = 3 WHERE id = 1 RETURNING id, long, long AS again"):
            found = good(client, "execute", sql=sql)
            equal((found["affected"], found["truncated"], found["rows"][0][1]),
                  (found["row_count"], True, "x" * 20000), sql)
        check(peak_kb(client) - before < 60_000, "KB more than before:", peak_kb(client) - before)
    equal(t.psql("SELECT count(*), min(id), min(length(long)) FROM copies"), f"2|3|{HUGE}")


@test("what cuts values off changes nothing else of an answer")
def _(t):
    t.psql("CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN word AS text;"
           "CREATE TABLE many (id int, a text, b varchar(9), c char(3), d bytea, e json, f jsonb, g int[],"
           "h mood, i word, j inet, k numeric, l tsvector, m xml, n int4range, o bit(3), p varbit);"
           "INSERT INTO many SELECT g, nullif('ä' || g, 'ä2'), 'b', 'c', '\\x00ff', '{\"a\":  1}', "
           "'{\"a\":  1}', '{1,NULL}', 'glad', 'w', '10.0.0.1', 1.50, 'a b', '<m/>', '[1,3)', '101', '1' "
           "FROM generate_series(1, 3) g")
    roles = Roles(t)
    columns = "id, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p"
    plain = t.psql(f"SELECT {', '.join(c + '::text' if c not in 'cj' else c for c in columns.split(', '))} "
                   "FROM many ORDER BY id DESC")
    with Client(t, *roles.arguments()) as client:
        found = good(client, "query", sql=f"SELECT {columns} FROM many ORDER BY id DESC;")
        equal("\n".join("|".join("" if v is None else str(v) for v in row) for row in found["rows"]), plain)
        equal([c["type"] for c in found["columns"]],
              ["integer", "text", "character varying", "character", "bytea", "json", "jsonb", "integer[]",
               "mood", "text", "inet", "numeric", "tsvector", "xml", "int4range", "bit", "bit varying"])
        equal((found["truncated"], found["rows"][1][1]), (False, None))
        for sql, rows in (("SELECT 1 AS a, 'x' AS a, $1 AS b", [[1, "x", "y"]]),
                          ("VALUES ('a'), ('b')", [["a"], ["b"]]),
                          ("TABLE many ORDER BY id LIMIT 0", []), ("SELECT FROM many LIMIT 2", [[], []]),
                          ("; SELECT a FROM many ORDER BY b, id /* c */ ; -- d", [["ä1"], [None], ["ä3"]]),
                          ("SELECT m FROM many m WHERE id = 1 AND false", []),
                          ("(SELECT 'a' UNION ALL SELECT 'b') ORDER BY 1 DESC", [["b"], ["a"]])):
            found = good(client, "query", sql=sql, params=["y"] if "$1" in sql else [])
            equal(found["rows"], rows, sql)
        found = bad(client, "query", sql="; SELECT a, no_column FROM many")
        equal((found["sqlstate"], found["position"]), ("42703", 13))
        equal(bad(client, "query", sql="SELECT a, 1 / (id - id) FROM many")["sqlstate"], "22012")
        found = good(client, "execute", sql="DELETE FROM many WHERE id > 1 RETURNING a, id")
        equal((found["affected"], found["row_count"], sorted(found["rows"], key=str)),
              (2, 2, [["ä3", 3], [None, 2]]))
        nested = "WITH w AS (DELETE FROM many WHERE id = 1 RETURNING *) INSERT INTO many SELECT * FROM w RETURNING "
        equal(good(client, "execute", sql=nested + "id")["rows"], [[1]])
        check("WITH" in bad(client, "execute", sql=nested + "a")["hint"], "what cannot be cut is refused")
    equal(t.psql("SELECT string_agg(a, ',') FROM many"), "ä1")


@test("values and parameters keep what they are")
def _(t):
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        found = good(client, "query", sql="SELECT 9007199254740992::bigint, 9007199254740993::bigint, "
                     "1.10::numeric, 'NaN'::float8, true, NULL::int, '\\x00ff'::bytea, $1::int + 1, "
                     "$2::text, $3::jsonb, $4::bool, ARRAY['a', NULL], 'x'::\"char\"",
                     params=[41, "o'x\\", {"a": [1, None]}, True])
        equal(found["rows"], [[9007199254740992, "9007199254740993", "1.10", "NaN", True, None,
                               "\\x00ff", 42, "o'x\\", '{"a": [1, null]}', True, "{a,NULL}", "x"]])
        equal([c["type"] for c in found["columns"]][:4],
              ["bigint", "bigint", "numeric", "double precision"])
        check("parameter" in bad(client, "query", sql="SELECT $1::int + $2::int", params=[1])["error"],
              "a parameter too few")


@test("settings of the database and its roles do not change what a statement means")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    for setting in ("standard_conforming_strings = off", "DateStyle = 'German'", "bytea_output = escape",
                    "default_transaction_read_only = off", "statement_timeout = 0"):
        t.psql(f"ALTER ROLE {roles.name('mcp_read')} SET {setting}")
    with Client(t, *roles.arguments(), "--timeout-ms", "5000") as client:
        trick = r"SELECT '\'' , pg_sleep(3) IS NULL --'"
        equal(good(client, "query", sql=trick)["rows"], [["\\' , pg_sleep(3) IS NULL --"]])
        equal(good(client, "query", sql="SELECT date '2020-02-03', '\\x41'::bytea")["rows"],
              [["2020-02-03", "\\x41"]])
        # Long by counting alone: one long series would first meet the limit of temporary files.
        found = bad(client, "query",
                    sql="SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b")
        equal((found["sqlstate"], found["healing"]["cause"]), ("57014", "timeout"))


@test("the catalog vouches for functions: harmless ones pass, others only by the operator's word")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        equal(good(client, "query", sql="SELECT calm(1)")["rows"], [[2]])
        for name in ("my_udf(1)", "sneaky()", "nowhere(1)", "public.my_udf(1)"):
            equal(bad(client, "query", sql=f"SELECT {name}")["rule"], "function", name)
        equal(good(client, "query", sql="SELECT upper('a')")["rows"], [["A"]])
        # A function of a row is called like a column of it.
        t.psql("CREATE FUNCTION sly(t) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN sneaky(); END';"
               "CREATE FUNCTION fine(t) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1.id'")
        for sql in ("SELECT t.sly FROM t", "SELECT (t).sly FROM t", "SELECT public.t.sly FROM t"):
            equal(bad(client, "query", sql=sql)["subject"], "sly", sql)
        equal(good(client, "query", sql="SELECT t.fine FROM t WHERE t.id = 3")["rows"], [[3]])
        # A better fitting overload of a built-in closes the name.
        t.psql("CREATE FUNCTION upper(int) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'")
        equal(bad(client, "query", sql="SELECT upper('a')")["subject"], "upper")
        equal(good(client, "query", sql="SELECT pg_catalog.upper('a')")["rows"], [["A"]])
        t.psql("CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);"
               "CREATE FUNCTION eq2(int, int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN true; END';"
               "CREATE OPERATOR ==== (LEFTARG = int, RIGHTARG = int, FUNCTION = eq2)")
        equal(good(client, "query", sql="SELECT 1 === 1")["rows"], [[True]])
        equal(bad(client, "query", sql="SELECT 1 ==== 1")["rule"], "operator")
    with Client(t, *roles.arguments(), "--allow-functions", "my_udf") as client:
        equal(good(client, "query", sql="SELECT my_udf(5)")["rows"], [[5]])
        equal(bad(client, "query", sql="SELECT sneaky()")["rule"], "function")
        equal(bad(client, "query", sql="SELECT pg_sleep(1)")["rule"], "function")


@test("a change of too many rows, by cascade, trigger or a part in WITH, is rolled back")
def _(t):
    t.psql("CREATE TABLE parent (id int PRIMARY KEY);"
           "CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent ON DELETE CASCADE);"
           "INSERT INTO parent SELECT generate_series(1, 10);"
           "INSERT INTO child SELECT g, 1 + g % 10 FROM generate_series(1, 1000) g;"
           "CREATE TABLE later (a int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);"
           "INSERT INTO later VALUES (1)")
    roles = Roles(t)
    counts = "SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child)"
    with Client(t, *roles.arguments(), "--max-affected", "50") as client:
        for sql in ("DELETE FROM parent WHERE id = 1", "DELETE FROM child WHERE id = id",
                    "WITH d AS (DELETE FROM child WHERE id = id RETURNING 1) "
                    "INSERT INTO parent SELECT 100 FROM d LIMIT 1"):
            check("rolled back" in bad(client, "execute", sql=sql)["error"], sql)
            equal(t.psql(counts), "10|1000", sql)
        found = good(client, "execute", sql="DELETE FROM child WHERE p = $1 AND id < 100",
                     params=[1], dry_run=True)
        equal((found["affected"], found["committed"]), (9, False))
        equal(t.psql(counts), "10|1000")
        found = good(client, "execute", sql="DELETE FROM child WHERE p = $1 AND id < 100 RETURNING id",
                     params=[1], max_rows=2)
        equal((found["affected"], found["committed"], found["row_count"], found["truncated"]),
              (9, True, 2, True))
        equal(t.psql(counts), "10|991")
        check("rolled back" in bad(client, "execute", sql="DELETE FROM child WHERE id > $1",
                                   params=[0], max_affected=100000)["error"],
              "a call cannot raise the server's cap")
        equal(bad(client, "execute", sql="INSERT INTO later VALUES (1)")["sqlstate"], "23505")
        equal(t.psql("SELECT count(*) FROM later"), "1")


@test("schema_alter tells what changes and the SQL that leads back exactly")
def _(t):
    t.psql(WORLD + "ALTER TABLE t ALTER k SET DEFAULT 5; ALTER TABLE t ALTER c SET NOT NULL")
    roles = Roles(t)
    before = state(t)[0]
    changes = ["ALTER TABLE t ADD COLUMN n1 int DEFAULT 3, ALTER k SET DEFAULT 7, ALTER c DROP NOT NULL",
               "ALTER TABLE t ALTER COLUMN x TYPE text USING x::text",
               "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
               "CREATE INDEX new_one ON t (k, b) WHERE a > 3", "DROP INDEX i",
               "CREATE INDEX CONCURRENTLY \"New Two\" ON t (k)"]
    with Client(t, *roles.arguments()) as client:
        for sql in changes:
            if "CONCURRENTLY" not in sql:
                found = good(client, "schema_alter", sql=sql, dry_run=True)
                check(found["changes"] and not found["committed"], found)
                equal(state(t)[0], before, sql)
            found = good(client, "schema_alter", sql=sql)
            check(found["committed"] and state(t)[0] != before, sql)
            equal(found["rewrite"], "TYPE text" in sql, sql)
            t.psql("; ".join(found["undo_sql"]))
            equal(state(t)[0], before, sql)
        equal(t.psql("SELECT count(*) FROM outgrow.healing WHERE state = 'applied'"), str(len(changes)))
        found = good(client, "schema_alter", sql=changes[-1], dry_run=True)
        check(not found["committed"] and "note" in found, found)
        equal(state(t)[0], before)
        # A unique index that cannot be: nothing invalid is left behind.
        found = bad(client, "schema_alter", sql="CREATE UNIQUE INDEX CONCURRENTLY uk ON t (k)")
        equal(found["sqlstate"], "23505")
        equal(t.psql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0")
        check("did you mean public.t_archive" in bad(
            client, "schema_alter", sql="ALTER TABLE t_archiv ADD q int")["hint"], "a name that is near")
        equal(bad(client, "schema_alter", sql="ALTER TABLE t DROP COLUMN k", allow_destructive=True,
                  confirm=True)["rule"], "destructive")
    with Client(t, *roles.arguments(), "--allow-destructive") as client:
        drop = {"sql": "ALTER TABLE t DROP COLUMN k", "allow_destructive": True}
        check("confirm" in bad(client, "schema_alter", **drop)["hint"], "not without confirm")
        equal(state(t)[0], before)
        check(good(client, "schema_alter", confirm=True, **drop)["committed"], "confirmed")


@test("tables are listed page by page, and described")
def _(t):
    t.psql(WORLD + "COMMENT ON COLUMN t.c IS 'a comment'")
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        names, cursor = [], None
        while True:
            page = good(client, "list_tables", limit=2, **({"cursor": cursor} if cursor else {}))
            names += [x["name"] for x in page["tables"]]
            cursor = page.get("next_cursor")
            if cursor is None:
                break
        equal(names, ["log", "p", "t", "t_archive", "u", "v", "x"])
        equal([x["name"] for x in good(client, "list_tables", pattern="t*")["tables"]],
              ["t", "t_archive"])
        found = good(client, "describe_table", table="t")
        equal(found["primary_key"], ["id"])
        column = [c for c in found["columns"] if c["name"] == "c"][0]
        equal(column, {"name": "c", "type": "text", "nullable": True, "default": "'x'::text",
                       "comment": "a comment"})
        equal({x["name"] for x in found["indexes"]}, {"t_pkey", "t_a_key", "i"})
        equal(set(good(client, "describe_table", table="t", sections=["checks"])),
              {"schema", "table", "kind", "estimated_rows", "bytes", "checks"})


@test("roles that may do too much are refused unless the operator says so")
def _(t):
    refused = t.outgrow("mcp", t.target)
    check(refused.code != 0 and "superuser" in refused.err, refused.code, refused.err)
    with Client(t, t.target, "--allow-superuser") as client:
        found = good(client, "health_check", checks=["role"])
        equal((found["status"], found["checks"][0]["status"]), ("critical", "critical"))


@test("--read-only lists and runs only what reads")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    with Client(t, roles.url("mcp_read"), "--read-only") as client:
        tools = client.ask({"jsonrpc": "2.0", "id": 3, "method": "tools/list"})["result"]["tools"]
        equal({x["name"] for x in tools},
              {"postgres_query", "postgres_list_tables", "postgres_describe_table",
               "postgres_health_check", "explain_query", "migration_status", "verify_table"})
        check(all(x["annotations"]["readOnlyHint"] for x in tools), tools)
        check("error" in client.ask(call("postgres_execute", 4, sql="DELETE FROM t WHERE id = 1")),
              "a tool that is not there")


@test("the next call finds a server that was restarted, and one that is down is told as such")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        equal(good(client, "query", sql="SELECT count(*) FROM t")["rows"], [[20]])
        t.server.stop()
        check(bad(client, "query", sql="SELECT 1")["error"], "it is down")
        t.server.start()
        equal(good(client, "query", sql="SELECT count(*) FROM t")["rows"], [[20]])
        equal(good(client, "execute", sql="UPDATE t SET b = 0 WHERE id = 1")["affected"], 1)


@test("more calls than connections wait for one another, and all are answered")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    with Client(t, *roles.arguments(), "--connections", "2") as client:
        for i in range(40):
            client.send(call("postgres_query", 100 + i, sql="SELECT count(*), $1::int FROM t",
                             params=[i]))
        rows = {}
        while len(rows) < 40:
            answer = client.receive()
            rows[answer["id"] - 100] = json.loads(answer["result"]["content"][0]["text"])["rows"]
        equal(rows, {i: [[20, i]] for i in range(40)})
    check(int(t.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = "
                     f"'{roles.name('mcp_read')}'")) <= 2, "connections")


@test("health finds what is planted, and one check that fails hides no other")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    t.psql("CREATE TABLE ids (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, d int);"
           "INSERT INTO ids (id, d) VALUES (50, 1), (51, 1);"
           "ALTER TABLE ids ADD CONSTRAINT few CHECK (d < 1) NOT VALID;"
           "CREATE INDEX one ON ids (d); CREATE INDEX two ON ids (d);"
           f"GRANT SELECT ON ids, ids_id_seq TO {roles.name('mcp_read')}")
    subprocess.run([client_program("psql"), "-X", "-q", "-d", t.target, "-c",
                    "CREATE UNIQUE INDEX CONCURRENTLY broken ON ids (d)"], capture_output=True)
    with Client(t, *roles.arguments()) as client:
        found = good(client, "health_check")
        checks = {x["name"]: x for x in found["checks"]}
        equal(checks["sequences_behind"]["detail"][0]["sequence"], "ids_id_seq")
        equal(checks["invalid_indexes"]["detail"][0]["index"], "broken")
        check("two" in [x["duplicate"] for x in checks["duplicate_indexes"]["detail"]], checks)
        equal(checks["not_valid_constraints"]["detail"][0]["constraint"], "few")
        equal((found["status"], checks["role"]["status"]), ("critical", "ok"))
        equal(found["table_count"], int(t.psql(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")))
        t.psql("REVOKE SELECT ON pg_catalog.pg_prepared_xacts FROM PUBLIC")
        found = good(client, "health_check")
        checks = {x["name"]: x["status"] for x in found["checks"]}
        t.psql("GRANT SELECT ON pg_catalog.pg_prepared_xacts TO PUBLIC")
        equal((checks["prepared_transactions"], checks["collation_version"]), ("unknown", "ok"))


def healing(t):
    return t.psql("SELECT action, state FROM outgrow.healing ORDER BY healing_id").split("\n")


@test("a missing column: a slip is named, a real one added, proved and recorded, or undone")
def _(t):
    t.psql(WORLD + "CREATE TABLE other (born date)")
    roles = Roles(t)
    before = state(t)
    with Client(t, *roles.arguments()) as client:  # propose is the default
        found = bad(client, "query", sql="SELECT nmae FROM t")["healing"]
        equal((found["cause"], found["proposal"]["column"]), ("misspelt_column", "name"))
        found = bad(client, "query", sql="SELECT age FROM t")["healing"]
        equal(found["cause"], "missing_column", "no slip of name")
        found = bad(client, "execute", sql="UPDATE t SET born = $1 WHERE id = 1", params=["2001-02-03"])
        equal(found["healing"]["proposal"]["tool"], "fix_missing_column")
        asked = found["healing"]["proposal"]["arguments"]
        found = good(client, "fix_missing_column", **asked)
        equal((found["applied"], found["type"], found["committed"]), (False, "date", False))
        equal(state(t), before)
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        equal(bad(client, "fix_missing_column", table="t", column="nmae")["proposal"]["column"], "name")
        found = bad(client, "fix_missing_column", table="t", column="born",
                    sql="SELECT born, brn FROM t")
        check("undone" in found["error"], found)
        equal(state(t)[0], before[0])
        found = good(client, "fix_missing_column", sql="UPDATE t SET born = $1 WHERE id = 1", **asked)
        equal((found["applied"], found["recorded"]), (True, True))
        equal(good(client, "execute", sql="UPDATE t SET born = $1 WHERE id = 1",
                   params=["2001-02-03"])["affected"], 1)
        check(good(client, "fix_missing_column", **asked)["already_there"], "twice is once")
        bad(client, "fix_missing_column", table="t", column="evil", type="int; DROP TABLE t")
        bad(client, "fix_missing_column", table="t", column="evil", type="int, DROP COLUMN a")
        equal(healing(t), ["add_column|undone", "add_column|applied"])
        t.psql(json.loads(t.psql("SELECT undo_sql FROM outgrow.healing WHERE state = 'applied'"))[0])
        equal(state(t)[0], before[0])
    with Client(t, *roles.arguments(), "--heal", "off") as client:
        check("healing" not in bad(client, "query", sql="SELECT nmae FROM t"), "off is off")
        check("off" in bad(client, "fix_missing_column", table="t", column="born2")["error"], "off")


@test("a failing statement is healed column by column until it is understood, or all is undone")
def _(t):
    t.psql(WORLD)
    roles = Roles(t)
    before = state(t)[0]
    sql = "INSERT INTO t (id, born, died) SELECT 1, born, died FROM t"
    with Client(t, *roles.arguments()) as client:
        found = good(client, "heal", problem="failing_statement", sql=sql)
        equal((found["healed"], found["healing"]["proposal"]["arguments"]["column"]), (False, "born"))
        equal(state(t)[0], before)
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        found = bad(client, "heal", problem="failing_statement",
                    sql="INSERT INTO t (id, born) SELECT 1, nowhere.x FROM t")
        check("undone" in found["error"], found)
        equal(state(t)[0], before)
        found = good(client, "heal", problem="failing_statement", sql=sql)
        equal((found["healed"], found["applied"], len(found["steps"])), (True, True, 2))
        equal(healing(t), ["add_column|applied", "undo|applied"] + ["add_column|applied"] * 2)
        equal(t.psql("SELECT count(*) FROM t"), "20")  # it was never run
        equal(good(client, "heal", problem="failing_statement", sql=sql)["applied"], False)
        check(bad(client, "heal", problem="failing_statement", sql="DROP TABLE t")["denied"], "judged")


@test("a table misspelt or of other letters is named")
def _(t):
    t.psql('CREATE TABLE "Users" (id int)')
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        found = bad(client, "query", sql="SELECT * FROM users")
        equal(found["healing"]["proposal"], {"action": "use_table", "table": "public.Users"})


@test("an index is kept only when the plan gets cheaper by it")
def _(t):
    t.psql("CREATE TABLE o (id int PRIMARY KEY, c int, note text);"
           "INSERT INTO o SELECT g, g % 1000, repeat('x', 50) FROM generate_series(1, 20000) g; ANALYZE o")
    roles = Roles(t)
    slow = {"sql": "SELECT * FROM o WHERE c = $1", "params": [5]}
    indexes = "SELECT count(*) FROM pg_indexes WHERE tablename = 'o'"
    with Client(t, *roles.arguments()) as client:
        found = good(client, "explain_query", analyze=True, **slow)
        check("o (c)" in found["index_advice"][0]["ddl"], found["index_advice"])
        check(any("few" in x["finding"] for x in found["findings"]), found["findings"])
        found = good(client, "create_performance_index", table="o", columns=["c"], **slow)
        equal((found["applied"], t.psql(indexes)), (False, "1"))
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        found = bad(client, "create_performance_index", table="o", columns=["note"], **slow)
        check("undone" in found["error"], found)
        equal(t.psql(indexes), "1")
        found = good(client, "create_performance_index", table="o", columns=["c"], **slow)
        check(found["applied"] and found["cost_after"] < found["cost_before"] / 2, found)
        equal(t.psql(indexes + f" AND indexname = '{found['name']}'"), "1")
        check(good(client, "create_performance_index", table="o", columns=["c"])["already_there"],
              "once is enough")
        check("did you mean" in bad(client, "create_performance_index", table="o", columns=["noet"])
              ["hint"], "a column's name")
        bad(client, "create_performance_index", table="o", columns=["c"],
            where="true); DROP TABLE o; --")
        equal(healing(t), ["create_index|undone", "create_index|applied"])


@test("imagined indexes: with hypopg the costs before and after are told, and nothing is made")
def _(t):
    if t.psql("SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'") == "0":
        raise Skip("the extension hypopg is not installed")
    t.psql("CREATE EXTENSION hypopg; CREATE SEQUENCE s; CREATE TABLE o (id int PRIMARY KEY, c int);"
           "INSERT INTO o SELECT g, g % 1000 FROM generate_series(1, 20000) g; ANALYZE o")
    roles = Roles(t)
    before = state(t)
    with Client(t, *roles.arguments()) as client:
        found = good(client, "explain_query", sql="SELECT * FROM o WHERE c = 5",
                     hypothetical_indexes=["CREATE INDEX ON o (id, c)"])
        check(found["hypopg"] and len(found["imagined"]) == 2, found)
        advice = found["index_advice"][0]
        check(advice["used"] and advice["cost_after"] < advice["cost_before"] * 0.9, advice)
        bad(client, "explain_query", sql="SELECT 1", hypothetical_indexes=["DROP TABLE o"])
    equal(state(t), before)


@test("sequences, constraints and indexes are healed, looked at again, and recorded")
def _(t):
    t.psql("CREATE TABLE ids (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, d int);"
           "INSERT INTO ids (id, d) VALUES (1, 1), (51, 1);"
           "ALTER TABLE ids ADD CONSTRAINT few CHECK (d < 1) NOT VALID")
    roles = Roles(t)
    subprocess.run([client_program("psql"), "-X", "-q", "-d", t.target, "-c",
                    "CREATE UNIQUE INDEX CONCURRENTLY broken ON ids (d)"], capture_output=True)
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        found = bad(client, "execute", sql="INSERT INTO ids (d) VALUES (0)")
        equal(found["healing"]["cause"], "sequence_behind")
        asked = found["healing"]["proposal"]["arguments"]
        found = good(client, "heal", **asked)
        equal((found["after"]["last_value"], found["after"]["good"]), (51, True))
        equal(good(client, "execute", sql="INSERT INTO ids (d) VALUES (0) RETURNING id")["rows"], [[52]])
        equal(bad(client, "heal", problem="not_valid_constraint", table="ids", name="few")["sqlstate"],
              "23514")
        found = bad(client, "heal", problem="invalid_index", name="broken")
        equal((found["sqlstate"], found["healing"]["cause"]), ("23505", "duplicate"))
        equal(t.psql("SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text)"
                     " FROM pg_index "
                     "WHERE indrelid = 'ids'::regclass"), "broken ids_pkey", "nothing is left beside it")
        good(client, "execute", sql="DELETE FROM ids WHERE d = 1")
        check(good(client, "heal", problem="not_valid_constraint", table="ids", name="few")["applied"],
              "validated")
        equal(t.psql("SELECT convalidated FROM pg_constraint WHERE conname = 'few'"), "t")
        check(good(client, "heal", problem="invalid_index", name="broken")["applied"], "rebuilt")
        equal(t.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'broken'::regclass"), "t")
        bad(client, "heal", problem="invalid_index", name="nowhere")
    equal(healing(t), ["set_sequence|applied", "reindex|failed", "validate_constraint|applied", "reindex|applied"])
    t.psql("DROP SCHEMA outgrow CASCADE; ALTER SEQUENCE ids_id_seq RESTART 1")
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        check("recorded" in bad(client, "heal", problem="sequence_behind", table="ids")["error"],
              "nothing is healed without a record")
    equal(t.psql("SELECT last_value FROM ids_id_seq"), "1")


@test("a SQLite file is served by the same names, and its authorizer keeps it whole")
def _(t):
    source = t.sqlite("a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, b BLOB);"
                      "CREATE TABLE log (x); CREATE TABLE c (t REFERENCES t);"
                      "CREATE TRIGGER tr AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (old.id); END;"
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                      "INSERT INTO t SELECT i, 'n' || i, x'00ff' FROM n")
    def content():
        with sqlite3.connect(source) as db:
            return list(db.iterdump())
    before = content()
    with Client(t, "--backend", "sqlite", source) as client:
        tools = client.ask({"jsonrpc": "2.0", "id": 3, "method": "tools/list"})["result"]["tools"]
        equal([x["name"] for x in tools],
              ["query", "execute", "list_tables", "describe_table", "health_check"])
        found = good(client, "postgres_query", sql="SELECT * FROM t WHERE id = ?1", params=[3])
        equal(found["rows"], [[3, "n3", "\\x00ff"]])
        equal(good(client, "query", sql="SELECT id FROM t")["truncated"], True)
        for sql in ("DELETE FROM t", "SELECT 1; DELETE FROM t", "ATTACH 'x' AS y", "DROP TABLE t",
                    "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1", "BEGIN", "VACUUM",
                    "SELECT load_extension('x')", "CREATE TEMP TABLE x (a)", "", "-- nothing",
                    "WITH x AS (SELECT 1) INSERT INTO t (name) SELECT 1 FROM x",
                    "EXPLAIN DELETE FROM t; DELETE FROM t", "SELECT writefile('x', 'y')"):
            bad(client, "query", sql=sql)
        for sql in ("SELECT 1", "DROP TABLE t", "UPDATE t SET name = 1", "DELETE FROM t WHERE id = id",
                    "DELETE FROM t -- WHERE id = 1", "DELETE FROM t; DELETE FROM log WHERE x = 1",
                    "UPDATE sqlite_master SET sql = '' WHERE name = 't'", "COMMIT",
                    "UPDATE t SET name = 'x' WHERE id < 900", "INSERT INTO c VALUES (99999)",
                    "PRAGMA user_version = 7", "CREATE TABLE z (a)", "REINDEX"):
            bad(client, "execute", sql=sql)
        equal(content(), before)
        found = bad(client, "query", timeout_ms=200, sql="WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL "
                    "SELECT n + 1 FROM r) SELECT count(*) FROM r")
        equal(found["sqlstate"], "57014")
        found = good(client, "execute", sql="UPDATE t SET name = ?1 WHERE id < 3", params=["z"])
        equal((found["affected"], found["affected_in_all"], found["committed"]), (2, 4, True))
        found = good(client, "execute", sql="DELETE FROM t WHERE id = 9", dry_run=True)
        equal((found["affected"], found["committed"]), (1, False))
        equal([x["name"] for x in good(client, "list_tables")["tables"]], ["c", "log", "t"])
        equal(good(client, "describe_table", table="T")["primary_key"], ["id"])
        check("did you mean" in bad(client, "describe_table", table="lgo")["hint"], "a near name")
        equal(good(client, "health_check")["status"], "ok")
    with sqlite3.connect(source) as db:
        equal(db.execute("SELECT count(*) FROM log").fetchone(), (2,))
        equal(db.execute("SELECT name FROM t WHERE id IN (2, 9) ORDER BY id").fetchall(),
              [("z",), ("n9",)])


if __name__ == "__main__":
    run()
