#!/usr/bin/python3
"""Whatever an application has set on its connections, its writes are noted, the fence holds for them, and a return
lets them write again: connections that stay open all through a move, each with settings of its own. What they wrote is
compared without outgrow's help."""
import itertools
import sqlite3

from harness import TIMEOUT_S, check, equal, run, test
from live_move import begin, same, seed, sync_once, write_target

SETTINGS = {
    "foreign keys": ("foreign_keys = ON",),
    "triggers within triggers": ("recursive_triggers = ON", "foreign_keys = ON"),
    "keys checked at the end": ("foreign_keys = ON", "defer_foreign_keys = ON"),
    "no trust in the schema": ("trusted_schema = OFF", "foreign_keys = ON"),
    "no checks": ("ignore_check_constraints = ON",),
    "other answers": ("count_changes = ON", "case_sensitive_like = ON", "reverse_unordered_selects = ON",
                      "full_column_names = ON"),
    "words of old": ("legacy_alter_table = ON", "legacy_file_format = ON", "automatic_index = OFF"),
    "memory": ("temp_store = MEMORY", "mmap_size = 268435456", "cache_size = 10", "cache_spill = 1"),
    "the disk": ("synchronous = OFF", "secure_delete = ON", "wal_autocheckpoint = 1", "checkpoint_fullfsync = ON"),
    "a WAL that is never emptied": ("wal_autocheckpoint = 0",),
    "reads what is not committed": ("read_uncommitted = ON", "cell_size_check = ON"),
}
ROUNDS = itertools.count(1)
JOURNALS = ("delete", "truncate", "persist", "memory", "off")


def open_with(path, pragmas):
    db = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    for pragma in pragmas:
        db.execute(f"PRAGMA {pragma}").fetchall()
    return db


def write(db, name):
    """Every form of statement, some taken back; of rows that no other connection of the test touches."""
    base = 1000 * next(ROUNDS)
    for sql in (
            f"INSERT INTO users (id, name, score) VALUES ({base}, '{name}', 1), ({base + 1}, '{name} b', 2),"
            f" ({base + 2}, '{name} c', 3)",
            f"INSERT INTO orders SELECT {base} + id, {base} + id % 3, '{name}', id FROM orders"
            " WHERE id BETWEEN 1 AND 19",
            f"INSERT INTO users (name, score) VALUES ('{name}', 4) ON CONFLICT (name) DO UPDATE SET score = 5",
            # of two rows at once, by the key and by the name
            f"INSERT OR REPLACE INTO users (id, name, score) VALUES ({base + 1}, '{name} c', 6)",
            f"UPDATE OR REPLACE users SET name = '{name} d' WHERE id IN ({base}, {base + 1})",
            f"INSERT OR IGNORE INTO users (id, name) VALUES ({base + 3}, '{name} d')",
            f"UPDATE orders SET id = -id WHERE note = '{name}' AND amount % 2",
            f"UPDATE orders SET note = v.k FROM kv v WHERE v.k = 'k7' AND orders.id = {base + 4}",
            f"DELETE FROM orders WHERE id = {base + 6}",
            f"REPLACE INTO kv VALUES ('{name}', x'00'), ('{name}', x'01'), ('{name} b', NULL)",
            f"UPDATE kv SET k = '{name} c' WHERE k = '{name} b'",
            f"INSERT INTO events SELECT '{name}', n FROM events LIMIT 5",
            f"UPDATE events SET n = n + 1 WHERE what = '{name}'"):
        db.execute(sql).fetchall()
    db.execute("BEGIN")
    db.execute(f"INSERT INTO events VALUES ('{name}', -1)").fetchall()
    db.execute("SAVEPOINT s").fetchall()
    db.execute(f"DELETE FROM users WHERE id > {base} AND id < {base + 900}").fetchall()
    db.execute("DELETE FROM kv").fetchall()
    db.execute("ROLLBACK TO s")
    db.execute(f"UPDATE orders SET amount = 0 WHERE id = {base + 8}").fetchall()
    db.execute("COMMIT")
    db.execute("BEGIN IMMEDIATE")
    db.execute(f"UPDATE events SET n = 7777 WHERE what = '{name}'").fetchall()
    db.execute("ROLLBACK")
    equal(db.execute(f"SELECT count(*), min(n), sum(n = 7777) FROM events WHERE what = '{name}'").fetchall()[0][1:],
          (-1, 0), name)


def refusal(db):
    try:
        db.execute("INSERT INTO events VALUES ('behind the fence', 0)")
        return None
    except sqlite3.Error as error:
        return str(error)


def move(t, path, settings):
    begin(t, path)
    applications = {name: open_with(path, pragmas) for name, pragmas in settings.items()}
    for name, db in applications.items():
        write(db, name)
        sync_once(t, path).expect(0)
        same(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    for name, db in applications.items():
        said = refusal(db)
        check(said is not None and "PostgreSQL" in said, name, "writes behind the fence:", said)
    write_target(t, "INSERT INTO users (name, score) VALUES ('born there', 1)",
                 "UPDATE orders SET note = 'from there' WHERE amount < 100", "DELETE FROM kv WHERE k LIKE 'k1%'")
    sync_once(t, path).expect(0)
    same(t, path)
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    for name, db in applications.items():
        write(db, f"{name} again")
    sync_once(t, path).expect(0)
    same(t, path)
    t.outgrow("verify", path, t.target).expect(0)
    for name, db in applications.items():
        equal(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)], name)
        db.close()


@test("with a WAL")
def _(t):
    move(t, seed(t), SETTINGS)


@test("without one, whatever the rollback journal is")
def _(t):
    journals = {f"journal {mode}": (f"journal_mode = {mode}", "foreign_keys = ON") for mode in JOURNALS}
    move(t, seed(t, wal=False), SETTINGS | journals)


@test("a connection that keeps the file's lock for itself: said in one line, and nothing is changed in the file")
def _(t):
    for wal in (True, False):
        path = seed(t, wal)
        db = open_with(path, ("locking_mode = EXCLUSIVE",))
        db.execute("INSERT INTO events VALUES ('mine alone', 1)")
        result = t.outgrow("sync", "--once", path, t.target)
        check(result.code != 0 and "lock" in result.err and result.err.count("\n") <= 3, result)
        equal(db.execute("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%outgrow%'").fetchall(), [(0,)], "ours")
        db.close()
        path.unlink()


run()
