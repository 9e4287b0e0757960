#!/usr/bin/python3
"""outgrow shadow and outgrow bench: the application's SELECTs on both sides."""
import json
import sqlite3
import threading
import time
import uuid

from harness import TIMEOUT_S, check, equal, run, test
from stall import must_see

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN, score REAL, created DATETIME);
CREATE TABLE notes (id TEXT PRIMARY KEY, user_id INTEGER REFERENCES users(id), doc JSON, raw BLOB);
"""


def make(path, names="n%03d"):
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)
    db.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?)",
                   ((i, names % i, i % 2, i / 7, f"2024-01-{i % 28 + 1:02} 10:00:00") for i in range(1, 301)))
    db.executemany("INSERT INTO notes VALUES (?, ?, ?, ?)",
                   ((str(uuid.UUID(int=i)), i % 300 + 1, json.dumps({"b": i, "a": [1, 2.50]}), bytes([i % 256]))
                    for i in range(1, 901)))
    db.commit()
    db.close()


def shadow(t, queries, *more, code=0):
    path = t.folder / "queries.sql"
    path.write_text(queries)
    result = t.outgrow("shadow", "--json", path, *more).expect(code).json()
    return {query["name"]: query for query in result["queries"]}


def migrated(t, **more):
    make(t.folder / "app.db", **more)
    t.outgrow("migrate", t.folder / "app.db", t.target).expect(0)
    return t.folder / "app.db", t.target


@test("a file that is not there ends as it does in every other command")
def _(t):
    path, target = migrated(t)
    (t.folder / "queries.sql").write_text("SELECT 1;")
    for command in ("shadow", "bench"):
        result = t.outgrow(command, t.folder / "queries.sql", t.folder / "missing.db", target).expect(3)
        check("does not exist" in result.err and "check the path" in result.err, result.err)


@test("numbers, truth values, moments, JSON and blobs answer the same by what they mean")
def _(t):
    sides = migrated(t)
    found = shadow(t, """
        -- name: all users
        SELECT * FROM users;
        -- name: all notes
        SELECT * FROM notes;
        -- name: aggregates
        SELECT u.active, count(*), sum(u.score), avg(u.id), max(u.created) FROM users u GROUP BY u.active;
        -- name: join
        SELECT u.name, n.id FROM users u JOIN notes n ON n.user_id = u.id WHERE u.id < 20 ORDER BY u.name, n.id;
        -- name: window
        SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY id) FROM notes;
        -- name: nothing
        SELECT id FROM users WHERE id < 0;
        -- name: null
        SELECT NULL, 1;
    """, *sides)
    for name, query in found.items():
        equal(query["verdict"], "same", name)
    equal(found["all notes"]["rows_target"], 900)
    check(found["join"]["source_us"] > 0 and found["join"]["target_us"] > 0, found["join"])


@test("two texts of one name ask each side in its own language")
def _(t):
    sides = migrated(t)
    found = shadow(t, """
        -- name: by number
        -- for: sqlite
        SELECT count(*) FROM notes WHERE json_extract(doc, '$.b') = 5;
        -- name: by number
        -- for: postgres
        SELECT count(*) FROM notes WHERE (doc->>'b')::int = 5;
    """, *sides)
    equal([query["verdict"] for query in found.values()], ["same"])


@test("a changed value, a missing row and an added row are shown on the side that has them")
def _(t):
    sides = migrated(t)
    t.psql("UPDATE users SET name = 'other' WHERE id = 7; DELETE FROM notes WHERE user_id = 12;")
    found = shadow(t, """
        -- name: names
        SELECT id, name FROM users;
        -- name: notes
        SELECT id FROM notes;
        -- name: untouched
        SELECT id, active FROM users;
    """, *sides, code=6)
    equal(found["names"]["verdict"], "differs")
    equal((found["names"]["source_examples"], found["names"]["target_examples"]), (["7 | 'n007'"], ["7 | 'other'"]))
    equal((found["notes"]["only_source"], found["notes"]["only_target"]), (3, 0))
    equal(found["untouched"]["verdict"], "same")


@test("rows that come once more on one side are no set of the same rows")
def _(t):
    sides = migrated(t)
    t.psql("ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE; INSERT INTO users SELECT * FROM users WHERE id = 3;")
    found = shadow(t, "SELECT name FROM users;", *sides, code=6)
    (query,) = found.values()
    equal((query["only_source"], query["only_target"], query["target_examples"]), (0, 1, ["'n003'"]))


@test("the order counts only where the query says one")
def _(t):
    sides = migrated(t)
    t.psql("UPDATE users SET name = name;")  # moves every row to another place
    found = shadow(t, """
        -- name: unordered
        SELECT id FROM users;
        -- name: inner
        SELECT id FROM (SELECT id FROM users ORDER BY name);
        -- name: ordered
        SELECT id FROM users ORDER BY id;
        -- name: otherwise
        -- for: sqlite
        SELECT id FROM users ORDER BY id;
        -- name: otherwise
        -- for: postgres
        SELECT id FROM users ORDER BY id DESC;
    """.replace("ORDER BY name)", "ORDER BY name) AS s"), *sides, code=6)
    equal({name: query["verdict"] for name, query in found.items()},
          {"unordered": "same", "inner": "same", "ordered": "same", "otherwise": "order differs"})


@test("a query that a side does not take is named with that side's words, and the others go on")
def _(t):
    sides = migrated(t)
    found = shadow(t, """
        -- name: only in SQLite
        SELECT strftime('%Y', created) FROM users;
        -- name: no such table
        SELECT * FROM nobody;
        -- name: fails while it runs
        SELECT 1 / (id - 5) FROM users;
        -- name: a write
        DELETE FROM users;
        -- name: a parameter
        SELECT * FROM users WHERE id = ?;
        -- name: widths
        -- for: sqlite
        SELECT 1, 2;
        -- name: widths
        -- for: postgres
        SELECT 1;
        -- name: good
        SELECT count(*) FROM users;
    """, *sides, code=6)
    for name, words in (("only in SQLite", "PostgreSQL: function strftime"), ("no such table", "SQLite: no such table"),
                        ("fails while it runs", "division by zero"), ("a write", "no SELECT"),
                        ("a parameter", "parameters"), ("widths", "SQLite gives 2 columns, PostgreSQL 1")):
        check(found[name]["verdict"] == "failed" and words in found[name]["why"], name, found[name])
    equal(found["good"]["verdict"], "same")
    equal(t.psql("SELECT count(*) FROM users"), "300")


@test("the latest migration says which source is meant")
def _(t):
    migrated(t)
    (t.folder / "q.sql").write_text("SELECT count(*) FROM users;")
    found = t.outgrow("shadow", t.folder / "q.sql", t.target).expect(0)
    check("1 of 1 queries answer the same" in found.out, found.out)


@test("a list that cannot be followed is refused with its line")
def _(t):
    sides = migrated(t)
    path = t.folder / "bad.sql"
    for text, words in (("", "no query"), ("-- for: mysql\nSELECT 1;", "line 2: \"for\" is sqlite or postgres"),
                        ("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "line 4: this name was given"),
                        ("-- name: a\n-- for: sqlite\nSELECT 1;", "line 3: the text for the other side is missing")):
        path.write_text(text)
        found = t.outgrow("shadow", path, *sides).expect(2)
        check(words in found.err and found.err.count("\n") <= 2, text, found.err)
    t.outgrow("shadow", t.folder / "none.sql", *sides).expect(5)
    t.outgrow("shadow", *sides).expect(2)


@test("of a live source both sides are asked as they were at one moment, while it is written to")
def _(t):
    path = t.folder / "app.db"
    make(path)
    db = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    t.outgrow("sync", "--once", path, t.target).expect(0)
    daemon = t.popen("sync", path, t.target)
    over = threading.Event()

    def write():
        other = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
        number = 10_000
        while not over.is_set():
            other.execute("INSERT INTO users VALUES (?, 'live', 1, 0.5, '2024-01-01 10:00:00')", (number,))
            other.execute("UPDATE notes SET user_id = user_id WHERE user_id = ?", (number % 300,))
            number += 1
            time.sleep(.001)
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = [300]
        for _ in range(3):
            must_see(lambda: int(t.psql("SELECT count(*) FROM users")) > counts[-1], daemon, "a round")
            found = shadow(t, "-- name: count\nSELECT count(*), max(id) FROM users;\n-- name: all\nSELECT * FROM users;"
                           "\n-- name: notes\nSELECT * FROM notes;", path, t.target)
            counts.append(found["all"]["rows_target"])
    finally:
        over.set()
        writer.join()
        daemon.terminate()
        daemon.communicate(timeout=TIMEOUT_S)
    check(counts == sorted(set(counts)), counts)


@test("bench times queries on both sides and counts the commits of several writers, and leaves nothing behind")
def _(t):
    sides = migrated(t)
    (t.folder / "q.sql").write_text("-- name: count\nSELECT count(*) FROM notes;"
                                    "\n-- name: wrong\nSELECT 1 FROM nobody;")
    before = (t.folder / "app.db").read_bytes()
    found = t.outgrow("bench", "--json", "--runs", 3, "--writers", "1,3", t.folder / "q.sql", *sides).expect(0).json()
    equal([query["name"] for query in found["queries"]], ["count", "wrong"])
    check(found["queries"][0]["target_us"] > 0 and "nobody" in found["queries"][1]["why"], found)
    equal([contest["writers"] for contest in found["writers"]], [1, 3])
    for contest in found["writers"]:
        check(contest["source"]["commits"] > 0 and contest["target"]["commits"] > 0, contest)
    equal(t.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'outgrow_bench'"), "0")
    equal((t.folder / "app.db").read_bytes(), before, "the source's bytes")
    for writers in ("x", "0,99", "1,,2"):
        t.outgrow("bench", "--writers", writers, *sides).expect(2)


run()
