#!/usr/bin/python3
"""Inside the pause of a switch: what the last round brought is read back from the target and compared,
whoever has changed it there. The last round is made to have something: the application holds SQLite's
lock with changes that are not committed while the switch waits for it."""
import json
import sqlite3
import subprocess

from harness import TIMEOUT_S, check, equal, run, test
from live_move import begin, same, seed, source_refusal, state, sync_once, writable, write_source
from stall import PAUSE_WAITS, wait_for

NOT_NOW = 8
CHANGES = ("INSERT INTO users (name, score) VALUES ('late', 7.5)", "UPDATE orders SET note = 'late' WHERE id = 3",
           "DELETE FROM kv WHERE k = 'k9'", "INSERT INTO kv VALUES ('new', x'00ff')",
           "UPDATE events SET n = 99 WHERE rowid = 5", "DELETE FROM events WHERE rowid = 6")


def switch(t, path, *changes):
    """The switch with exactly these changes in its last round."""
    db = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    for change in changes:
        db.execute(change)
    process = t.popen("cutover", "--json", "--timeout", "600s", "--budget", "600s", path, t.target)
    waits = wait_for(lambda: t.psql(PAUSE_WAITS) == "1", process, "the switch to wait for the lock")
    db.execute("COMMIT")
    db.close()
    out, err = process.communicate(timeout=TIMEOUT_S)
    check(waits, "it has not waited:", out, err)
    check("Sanitizer" not in err, err)
    return subprocess.CompletedProcess((), process.returncode, out, err)


def plant(t, table, event, body):
    t.psql(f"CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;"
           f"CREATE TRIGGER planted BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION planted()")


def refused(t, path, words, changes=CHANGES):
    result = switch(t, path, *changes)
    equal(result.returncode, NOT_NOW, result.stderr)
    for word in words:
        check(word in result.stderr, word, "is not in:", result.stderr)
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    t.psql("DROP FUNCTION planted CASCADE")
    write_source(path, "INSERT INTO users (name) VALUES ('goes on')")
    sync_once(t, path).expect(0)
    same(t, path)


@test("every kind of key is read back and compared; what is the same is no obstacle")
def _(t):
    path = seed(t)
    begin(t, path)
    result = switch(t, path, *CHANGES)
    equal(result.returncode, 0, result.stderr)
    figures = json.loads(result.stdout)
    equal((figures["keys"], figures["compared"]), (6, 4), figures)
    same(t, path)
    equal(writable(t, path), ["target"])


@test("more rows than one look takes")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    result = switch(t, path, "UPDATE orders SET amount = amount + 1", "UPDATE users SET score = NULL",
                    "UPDATE orders SET note = note || '!'", "DELETE FROM events")
    equal(result.returncode, 0, result.stderr)
    check(json.loads(result.stdout)["compared"] >= 700, result.stdout)
    same(t, path)


@test("a value that the target altered is named, and nothing is switched")
def _(t):
    path = seed(t)
    begin(t, path)
    plant(t, "users", "INSERT", "NEW.score := NEW.score + 1; RETURN NEW;")
    refused(t, path, ["users.score", "7.5 in the source, 8.5 in the target", "nothing has changed", "trigger"])


@test("a row that the target did not take is named")
def _(t):
    path = seed(t)
    begin(t, path)
    plant(t, "orders", "INSERT", "RETURN NULL;")
    refused(t, path, ["orders, id=3: not in the target"])


@test("a row that the target kept is named")
def _(t):
    path = seed(t)
    begin(t, path)
    plant(t, "kv", "DELETE", "RETURN NULL;")
    refused(t, path, ["kv, k='k9': in the target, and not in the source"])


@test("a row without a key of its own is found again by its hidden column")
def _(t):
    path = seed(t)
    begin(t, path)
    plant(t, "events", "INSERT", "NEW.n := 0; RETURN NEW;")
    refused(t, path, ["events, what='same', n=99"])


@test("rows that were set aside in rounds keep their place: PostgreSQL gives out no number of theirs")
def _(t):
    path = seed(t)
    begin(t, path)
    bad = "CAST(x'ff00' AS TEXT)"
    write_source(path, f"INSERT INTO orders VALUES (900, 1, {bad}, 1)",
                 f"INSERT INTO events (rowid, what) VALUES (900, {bad})")
    sync_once(t, path).expect(0)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    equal(t.psql("INSERT INTO orders (user_id, note) VALUES (2, 'born') RETURNING id;"
                 "INSERT INTO events VALUES ('born', 1)"), "901")
    sync_once(t, path).expect(0)
    db = sqlite3.connect(path)
    equal(db.execute("SELECT id, user_id, hex(note) FROM orders WHERE id > 500").fetchall(),
          [(900, 1, "FF00"), (901, 2, b"born".hex().upper())])
    equal(db.execute("SELECT rowid, hex(what) FROM events WHERE rowid > 50").fetchall(),
          [(900, "FF00"), (901, b"born".hex().upper())])
    db.close()


def whole(t, *changes):
    """What is replaced as a whole: results of queries, one of a virtual table; `changes` of the target."""
    path = t.sqlite("app.db", "PRAGMA journal_mode = wal; "
                              "CREATE TABLE users (id INTEGER PRIMARY KEY, level TEXT, n INTEGER);"
                    "INSERT INTO users VALUES (1, 'low', 1), (2, 'low', 2), (3, 'high', 3);"
                    "CREATE VIRTUAL TABLE notes USING fts5 (title, body); "
                    "INSERT INTO notes VALUES ('one', 'x'), ('two', NULL);")
    (t.folder / "plan.yaml").write_text(
        "version: 1\nsources: {app: app.db}\ntables:\n  - query: SELECT level, sum(n) AS n FROM users GROUP BY level\n"
        "    to: levels\n  - query: SELECT title, body FROM notes\n    to: notes\n")
    t.outgrow("sync", "--once", "--plan", "plan.yaml", t.target).expect(0)
    for change in changes:
        t.psql("BEGIN; SET LOCAL outgrow.applying = 'on'; " + change + "; COMMIT")
    return path


@test("what is replaced as a whole is read from both sides, whether the last round has brought it or not")
def _(t):
    path = whole(t)
    write_source(path, "UPDATE users SET n = 5 WHERE id = 1", "INSERT INTO notes VALUES ('three', 'z')")
    figures = t.outgrow("cutover", "--json", "--budget", "100s", path, t.target).expect(0).json()
    check(figures["compared"] >= 5, figures)
    equal(t.rows("SELECT level, n FROM levels ORDER BY 1"), [("high", "3"), ("low", "7")], "the query's result")
    equal(t.psql("SELECT count(*) FROM notes"), "3", "the virtual table")


@test("a trigger that alters their rows, or takes one away, keeps the switch from being made; other damage is mended")
def _(t):
    path = whole(t, "UPDATE levels SET n = 9", "DELETE FROM notes", "INSERT INTO levels VALUES ('x', 1)")
    for table, body in (("levels", "NEW.n := NEW.n + 1; RETURN NEW;"),
                        ("notes", "IF NEW.title = 'two' THEN RETURN NULL; END IF; RETURN NEW;")):
        plant(t, table, "INSERT", body)
        result = t.outgrow("cutover", "--budget", "100s", path, t.target)
        equal(result.code, NOT_NOW, result.err)
        check(f"{table}, which is replaced as a whole, is not in the target as it should be" in result.err, result.err)
        equal((state(t), source_refusal(path, "UPDATE users SET n = 9")), ("syncing", None))
        t.psql("DROP FUNCTION planted CASCADE")
    t.outgrow("cutover", "--budget", "100s", path, t.target).expect(0)
    equal(t.rows("SELECT level, n FROM levels ORDER BY 1"), [("high", "3"), ("low", "3")], "the query's result")
    equal(t.psql("SELECT count(*) FROM notes"), "2", "the virtual table")


run()
