#!/usr/bin/python3
"""Tables of nothing but numbers: no row is sent to be compared, and yet every difference is found and named."""
import sqlite3

from harness import check, equal, run, test
from proxy import Proxy

ROWS = 20_000      # more than the tables that are read many at once
QUIET_BYTES = 200_000  # for catalog and answers; the rows take over a million


def numbers(t, late=0):
    """`late`: added to a number far behind the first rows."""
    path = t.folder / "numbers.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, x REAL, ok BOOLEAN)")
    db.executemany("INSERT INTO numbers VALUES (?,?,?,?,?)", (
        (n, None if n % 7 == 0 else n % 5, n * 1_000_003 + (late if n > ROWS - 50 else 0),
         0.0 if n % 11 == 0 else None if n % 13 == 0 else n / 7, n % 2) for n in range(1, ROWS + 1)))
    db.commit()
    db.close()
    return path


def through(t):
    folder = t.folder / "way"
    folder.mkdir()
    return Proxy(folder, str(t.server.directory))


def expect_same(t, path, proxy, quiet, *options):
    proxy.take_bytes()
    report = t.outgrow("verify", "--json", *options, path, proxy.url(t.target)).expect(0).json()
    sent = proxy.take_bytes()
    equal(report["differences"], [], "differences")
    check((sent < QUIET_BYTES) == quiet, sent, "bytes were sent")
    return report


@test("the same numbers are found the same, and no row is sent for it")
def _(t):
    path = numbers(t)
    t.migrate(path).expect(0)
    proxy = through(t)
    for jobs in "1", "2":
        expect_same(t, path, proxy, True, "--jobs", jobs)
    expect_same(t, path, proxy, False, "--max-rate", "100MB")
    proxy.close()


@test("numbers that are no doubles are told apart, also far behind the first rows")
def _(t):
    path = numbers(t, late=2**62)
    t.migrate(path).expect(0)
    proxy = through(t)
    expect_same(t, path, proxy, True)
    t.psql(f"UPDATE numbers SET b = b + 1 WHERE id = {ROWS - 9}")
    found = t.outgrow("verify", "--json", path, t.target).expect(6).json()["differences"]
    equal([(d["key"], d["column"], d["kind"]) for d in found], [(f"id={ROWS - 9}", "b", "value")], "found")
    proxy.close()


PLANTED = [  # a change, its undoing, what is found: (key, column, kind)
    ("UPDATE numbers SET x = '-0' WHERE id = 11", "UPDATE numbers SET x = 0 WHERE id = 11", {("id=11", "x", "value")}),
    ("UPDATE numbers SET a = b, b = a WHERE id = 5", "UPDATE numbers SET a = b, b = a WHERE id = 5",
     {("id=5", "a", "value"), ("id=5", "b", "value")}),
    ("UPDATE numbers SET a = 0 WHERE id = 14", "UPDATE numbers SET a = NULL WHERE id = 14", {("id=14", "a", "value")}),
    ("UPDATE numbers SET x = NULL WHERE id = 22", "UPDATE numbers SET x = 0 WHERE id = 22", {("id=22", "x", "value")}),
    ("UPDATE numbers SET a = a + 4294967296 WHERE id = 19997", "UPDATE numbers SET a = a - 4294967296 WHERE id = 19997",
     {("id=19997", "a", "value")}),
    ("UPDATE numbers SET ok = NOT ok WHERE id = 1", "UPDATE numbers SET ok = NOT ok WHERE id = 1",
     {("id=1", "ok", "value")}),
    ("UPDATE numbers SET b = CASE id WHEN 8 THEN 9000027 ELSE 8000024 END WHERE id IN (8, 9)",
     "UPDATE numbers SET b = id * 1000003 WHERE id IN (8, 9)", {("id=8", "b", "value"), ("id=9", "b", "value")}),
    ("UPDATE numbers SET id = 0 WHERE id = 3", "UPDATE numbers SET id = 3 WHERE id = 0",
     {("id=3", None, "missing row"), ("id=0", None, "extra row")}),
]


@test("every difference that is planted into numbers is found and named, and undone it is gone")
def _(t):
    path = numbers(t)
    t.migrate(path).expect(0)
    for plant, undo, expected in PLANTED:
        t.psql(plant)
        result = t.outgrow("verify", "--json", path, t.target)
        equal(result.code, 6, plant)
        report = result.json()
        found = {(d["key"], d["column"] or None, d["kind"]) for d in report["differences"]}
        check(expected <= found, plant, found)
        check(all(key in {e[0] for e in expected} for key, _, kind in found), plant, found)
        t.psql(undo)
    equal(t.outgrow("verify", "--json", path, t.target).expect(0).json()["differences"], [], "differences")


@test("rows that were set aside are left out of the sum, and counted")
def _(t):
    path = numbers(t)
    db = sqlite3.connect(path)
    db.execute("UPDATE numbers SET a = 40000 WHERE id IN (77, 19000)")
    db.commit()
    db.close()
    plan = t.folder / "plan.yaml"
    plan.write_text("version: 1\nsources: {numbers: numbers.db}\ntables: [{from: numbers, columns: {a: smallint}}]\n")
    t.outgrow("migrate", "--plan", plan, t.target).expect(7)
    proxy = through(t)
    for plant, code, quiet in (("SELECT 1", 7, True), ("UPDATE numbers SET a = 3 WHERE id = 19001", 6, False)):
        t.psql(plant)
        proxy.take_bytes()
        report = t.outgrow("verify", "--json", path, proxy.url(t.target)).expect(code).json()
        check((proxy.take_bytes() < QUIET_BYTES) == quiet, plant)
        table = report["tables"][0]
        equal((table["rows_source"], table["rows_target"], table["rows_set_aside"]), (ROWS, ROWS - 2, 2), "counts")
    proxy.close()


@test("a server whose hash functions are not to be had is read row by row")
def _(t):
    path = numbers(t)
    t.migrate(path).expect(0)
    proxy = through(t)
    rename = "ALTER FUNCTION pg_catalog.{}(float8, int8) RENAME TO {}"
    t.psql(rename.format("hashfloat8extended", "put_away"))
    expect_same(t, path, proxy, False)
    t.psql(rename.format("put_away", "hashfloat8extended"))
    expect_same(t, path, proxy, True)
    proxy.close()


run()
