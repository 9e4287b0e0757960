"""The MCP server tells what a migration brought, compares tables with their source, and keeps a record
of what it was asked."""
import json
import os
import re
import sqlite3
import subprocess
import time

from harness import OUTGROW, TIMEOUT_S, check, equal, run, test
from mcp_client import call
from mcp_tools import Client, Roles, bad, good, tool
from stall import locked


def migrated(t, rows=3):
    """A source of three tables, moved; the path of the file."""
    source = t.sqlite("a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n REAL);"
                      "CREATE TABLE \"Odd Name\" (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;"
                      "CREATE TABLE empty (a);"
                      "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < "
                      f"{rows}) INSERT INTO t SELECT i, 'name ' || i, i / 4.0 FROM r;"
                      "INSERT INTO \"Odd Name\" VALUES ('x', x'0001'), ('y', NULL)")
    t.migrate(source).expect(0)
    return source


def journal(t):
    return t.psql("SELECT (SELECT count(*) FROM outgrow.differences), (SELECT max(run_id) FROM outgrow.runs)")


def wait_for_waiting(t, count):
    deadline = time.monotonic() + TIMEOUT_S
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while (found := t.psql(sql)) != count:
        check(time.monotonic() < deadline, found, "wait for a lock, not", count)
        time.sleep(0.05)


@test("migration_status tells the runs; verify_table compares every cell as it is now, and only reads")
def _(t):
    with Client(t, t.target, "--allow-superuser", "--read-only") as client:
        equal(good(client, "migration_status")["migrated"], False)
        source = migrated(t)
        found = good(client, "migration_status")
        equal((found["migrated"], found["runs"][0]["state"], found["runs"][0]["rows_copied"]),
              (True, "verified", 5))
        before = journal(t)
        found = good(client, "verify_table", table="t")
        equal((found["same"], found["rows_compared"], found["rows_target"], found["differences"],
               found["source_table"], found["source_changed"], "next" in found),
              (True, 3, 3, [], "t", False, False))
        check(found["source"].endswith("/a.db") and found["duration_ms"] > 0, found)
        t.psql("UPDATE t SET name = 'other' WHERE id = 2; DELETE FROM t WHERE id = 3;"
               "INSERT INTO t VALUES (9, 'new', 1)")
        found = good(client, "verify_table", table="t")
        equal((found["same"], found["rows_different"], found["rows_missing"], found["rows_extra"],
               found["rows_compared"], found["rows_target"]), (False, 1, 1, 1, 3, 3))
        equal(sorted((x["kind"], x["key"], x["column"], x["source"], x["target"])
                     for x in found["differences"] if x["kind"] == "value"),
              [("value", "id=2", "name", "'name 2'", "'other'")])
        equal({x["kind"] for x in found["differences"]} >= {"value", "missing row", "extra row"}, True)
        check("--repair" in found["next"], found["next"])
        equal(good(client, "verify_table", table="empty")["same"], True)
        name = t.psql("SELECT relname FROM pg_class WHERE relname ILIKE 'odd%name' AND relkind = 'r'")
        found = good(client, "verify_table", table=name)
        equal((found["same"], found["rows_compared"], found["source_table"]), (True, 2, "Odd Name"))
        with sqlite3.connect(source) as db:
            db.execute("UPDATE \"Odd Name\" SET v = x'ff' WHERE k = 'y'")
        db.close()
        found = good(client, "verify_table", table=name)
        equal((found["same"], found["source_changed"], "y" in found["differences"][0]["key"]), (False, True, True))
        equal(journal(t), before, "the journal")
        t.psql("CREATE TABLE stray (a int)")
        check("no migration" in bad(client, "verify_table", table="stray")["error"], "not migrated")
        os.rename(source, f"{source}.gone")
        check("readable" in bad(client, "verify_table", table="t")["hint"], "the file is gone")


@test("verify_table works for the role that only reads, by the plan of the run, set-aside rows aside")
def _(t):
    source = t.sqlite("a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, old_name INTEGER NOT NULL);"
                      "INSERT INTO t VALUES (1, 10), (2, 20), (3, 'no number')")
    plan = t.folder / "plan.yaml"
    plan.write_text("version: 1\ntables:\n  - from: t\n    to: things\n    columns:\n"
                    "      old_name: {to: amount, type: bigint}\n")
    t.migrate(source, "--plan", plan).expect(7)
    roles = Roles(t)
    with Client(t, *roles.arguments()) as client:
        found = good(client, "verify_table", table="things")
        equal((found["same"], found["rows_source"], found["rows_target"], found["rows_set_aside"],
               found["differences"]), (True, 3, 2, 1, []))
        t.psql("UPDATE things SET amount = 21 WHERE id = 2")
        found = good(client, "verify_table", table="things")
        equal([(x["key"], x["column"], x["source"], x["target"]) for x in found["differences"]],
              [("id=2", "amount", "20", "21")])


@test("verify_table tells its progress, ends when the call is cancelled or overdue, one at a time")
def _(t):
    migrated(t, rows=300000)
    with Client(t, t.target, "--allow-superuser", "--read-only") as client:
        message = call("verify_table", 5, table="t")
        message["params"]["_meta"] = {"progressToken": "p"}
        client.send(message)
        told = []
        while (found := client.receive()).get("id") != 5:
            told.append(found["params"])
        equal(found["result"]["structuredContent"]["same"], True)
        check(all(x["progressToken"] == "p" for x in told), told)
        equal([x["progress"] for x in told], sorted({x["progress"] for x in told}))
        check("timeout_ms" in bad(client, "verify_table", table="t", timeout_ms=1)["hint"], "overdue")
        with locked(t, "t"):
            client.send(call("verify_table", 6, table="t"))
            wait_for_waiting(t, "1")
            check("another table" in bad(client, "verify_table", table="empty")["error"], "one at a time")
            client.send({"jsonrpc": "2.0", "method": "notifications/cancelled",
                         "params": {"requestId": 6}})
            wait_for_waiting(t, "0")
        deadline = time.monotonic() + TIMEOUT_S
        while True:  # the server of the database lets go before the cancelled call has come to its end
            found, is_error = tool(client, "verify_table", table="empty")
            if not is_error or "another table" not in found["error"] or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        equal((is_error, found.get("same")), (False, True), found)


@test("every call leaves one line of audit, with the statement's shape and nothing of its values")
def _(t):
    t.psql("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    with Client(t, *Roles(t).arguments()) as client:
        for value in ("'hush-1'", "'hush-2'"):
            good(client, "postgres_query", sql=f"SELECT id FROM t WHERE name <> {value}")
        good(client, "postgres_query", sql="SELECT $1::text", params=["hush-3"])
        bad(client, "postgres_query", sql="DELETE FROM t WHERE name = 'hush-4'")
        bad(client, "postgres_query", sql="SELECT nothing FROM t WHERE name = 'hush-5'")
        bad(client, "postgres_query", sql="this is 'hush-6' no SQL")
        equal(client.ask(call("postgres_query", 8, sql=5))["result"]["isError"], True)
        good(client, "postgres_execute", sql="UPDATE t SET name = 'hush-7' WHERE id = 1")
        good(client, "list_tables")
        check("error" in client.ask(call("hush_8", 9)), "an unknown tool")
    lines = [json.loads(line) for line in client.words if line.startswith("{")]
    check("hush" not in "".join(client.words), *client.words)
    shape = "[0-9a-f]{16}"
    expected = [("postgres_query", shape, "allowed", None, False, 2, None)] * 2 + [
        ("postgres_query", shape, "allowed", None, False, 1, None),
        ("postgres_query", shape, "refused", "statement-kind", True, None, None),
        ("postgres_query", shape, "allowed", None, True, None, "42703"),
        ("postgres_query", None, "refused", "parse", True, None, None),
        ("postgres_query", None, "invalid", None, True, None, None),
        ("postgres_execute", shape, "allowed", None, False, 1, None),
        ("postgres_list_tables", None, "allowed", None, False, None, None),
        (None, None, "unknown", None, True, None, None)]
    for line, wanted in zip(lines, expected, strict=True):
        found = [line[key] for key in ("tool", "fingerprint", "verdict", "rule", "error", "rows", "sqlstate")]
        equal([line["audit"], line["ms"] >= 0, found[0], *found[2:]],
              ["mcp", True, wanted[0], *wanted[2:]])
        check(found[1] is None if wanted[1] is None else re.fullmatch(shape, found[1]), line)
    equal(lines[0]["fingerprint"], lines[1]["fingerprint"], "of two literals")
    equal(len({line["fingerprint"] for line in lines[1:5]}), 4, "shapes")


@test("a client that reads no standard error is served all the same: lines of audit are dropped, and counted")
def _(t):
    t.psql("CREATE TABLE t (id int)")
    reading, writing = os.pipe()
    process = subprocess.Popen([OUTGROW, "mcp", "--allow-superuser", t.target], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=writing, env=t.environment, cwd=t.folder)
    os.close(writing)
    for i in range(1000):  # some 200 bytes each, and a pipe holds 64 KiB
        process.stdin.write(json.dumps(call("no_such_tool", i)).encode() + b"\n")
        process.stdin.flush()
        equal(json.loads(process.stdout.readline())["id"], i)
    with open(reading, "rb", buffering=0) as words:
        os.set_blocking(reading, False)
        read = b""
        while chunk := words.read():
            read += chunk
        process.stdin.write(json.dumps(call("no_such_tool", "last")).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        os.set_blocking(reading, True)
        lines = [json.loads(line) for line in (read + words.read(65536)).splitlines()]
    check(100 < len(lines) < 1000, len(lines), "lines kept")
    equal(sum(1 + line.get("dropped_before", 0) for line in lines), 1001, "lines kept and dropped")
    process.stdin.close()
    equal(process.wait(TIMEOUT_S), 0, "exit code")
    process.stdout.close()


if __name__ == "__main__":
    run()
