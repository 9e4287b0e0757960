#!/usr/bin/python3
"""Inside the pause of a switch: what the last round brought is read back from the target and compared,
whoever has changed it there. The last round is made to have something: the application holds SQLite's
lock with changes that are not committed while the switch waits for it."""
import json
import sqlite3
import subprocess

from harness import TIMEOUT_S, check, equal, run, test
from live_move import begin, same, seed, state, sync_once, writable, write_source
from stall import wait_for

NOT_NOW = 8
# Behind the hook come one round, which finds nothing, and the lock.
WAITS = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
         "AND state = 'idle in transaction' AND state_change < now() - interval '0.5 s'")
CHANGES = ("INSERT INTO users (name, score) VALUES ('late', 7.5)", "UPDATE orders SET note = 'late' WHERE id = 3",
           "DELETE FROM kv WHERE k = 'k9'", "INSERT INTO kv VALUES ('new', x'00ff')",
           "UPDATE events SET n = 99 WHERE rowid = 5", "DELETE FROM events WHERE rowid = 6")


def switch(t, path, *changes):
    """The switch with exactly these changes in its last round."""
    db = sqlite3.connect(path, timeout=60, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    for change in changes:
        db.execute(change)
    begun = t.folder / "pause-begun"
    begun.unlink(missing_ok=True)
    process = t.popen("cutover", "--json", "--timeout", "600s", "--budget", "600s", "--before-pause", f"touch {begun}", path,
                      t.target)
    waits = wait_for(lambda: begun.exists() and t.psql(WAITS) == "1", process, "the switch to wait for the lock")
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


run()
