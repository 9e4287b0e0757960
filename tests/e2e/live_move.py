"""live_move: a small source with every kind of key, an application that writes to either side, and both
sides compared and tried without outgrow's help."""
import pathlib
import sqlite3
import sys
import threading
import time
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
import libpq
from harness import TIMEOUT_S, check

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, score REAL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id) ON DELETE CASCADE,
                     note TEXT, amount INTEGER);
CREATE TABLE events (what TEXT, n INTEGER);
CREATE TABLE kv (k TEXT PRIMARY KEY NOT NULL, v BLOB) WITHOUT ROWID;
CREATE INDEX orders_user ON orders (user_id);
"""
# The same, made by somebody else, with a trigger of theirs.
EXISTING = """
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, score float8);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, note text,
    amount bigint);
CREATE TABLE events (what text, n bigint);
CREATE TABLE kv (k text PRIMARY KEY, v bytea);
CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER theirs BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION theirs();
"""
TABLES = {"users": "id, name, score", "orders": "id, user_id, note, amount", "events": "what, n", "kv": "k, v"}
AS_APP = "SET ROLE app_role; "


def seed(t, wal=True):
    path = t.folder / "app.db"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA journal_mode = {'wal' if wal else 'delete'}")
    db.executescript(SCHEMA)
    db.executemany("INSERT INTO users VALUES (?, ?, ?)", ((n, f"user {n}", n / 2) for n in range(1, 201)))
    db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)",
                   ((n, n % 200 + 1, f"note {n}", n * 3) for n in range(1, 501)))
    db.executemany("INSERT INTO events VALUES (?, ?)", (("same", n % 7) for n in range(50)))
    db.executemany("INSERT INTO kv VALUES (?, ?)", ((f"k{n}", bytes([n, 0, 255])) for n in range(60)))
    db.commit()
    db.close()
    return path


# What has ended is at work for the server until its session is over.
UNTIL_NOBODY_IS_AT_WORK = """DO $$ BEGIN
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'outgrow') LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
    END LOOP; END $$;"""


def begin(t, path, existing=False):
    """One round after the initial copy: both sides are the same, and nobody is at work."""
    if existing:
        t.psql(EXISTING)
    t.outgrow("sync", "--once", *(["--into-existing"] if existing else []), path, t.target).expect(0)
    t.psql(UNTIL_NOBODY_IS_AT_WORK +
           "DO $$ BEGIN CREATE ROLE app_role; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
           "GRANT SELECT, INSERT, UPDATE, DELETE ON users, orders, events, kv TO app_role;"
           "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app_role")


def of_source(path):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    found = {}
    for table, columns in TABLES.items():
        found[table] = sorted(
            tuple(None if cell is None else "\\x" + cell.hex() if isinstance(cell, bytes) else
                  float(cell) if isinstance(cell, float) else str(cell) for cell in row)
            for row in db.execute(f"SELECT {columns} FROM {table}"))
    db.close()
    return found


def of_target(t):
    connection = libpq.Connection(t.target)
    found = {}
    for table, columns in TABLES.items():
        found[table] = sorted(
            tuple(float(cell) if name == "score" and cell is not None else cell
                  for name, cell in zip(columns.split(", "), row))
            for row in connection.execute(f"SELECT {columns} FROM {table}"))
    connection.close()
    return found


def same(t, path):
    source, target = of_source(path), of_target(t)
    for table in TABLES:
        if source[table] != target[table]:
            missing, extra = (list((Counter(a) - Counter(b)).elements())[:5]
                              for a, b in ((source[table], target[table]), (target[table], source[table])))
            check(False, table, "differs; only in the source:", missing, "only in the target:", extra)
    return source


def source_refusal(path, *statements):
    """None when SQLite takes an application's write; else its words. Leaves no trace."""
    db = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    try:
        db.execute("BEGIN IMMEDIATE")
        for statement in statements or ("INSERT INTO events VALUES ('attempt', 0)",
                                        "INSERT INTO users (name) VALUES ('attempt')"):
            db.execute(statement)
    except sqlite3.Error as refusal:
        return str(refusal)
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.close()
    return None


def target_refusal(t):
    connection = libpq.Connection(t.target)
    try:
        connection.execute(AS_APP + "BEGIN; INSERT INTO events VALUES ('attempt', 0); "
                           "INSERT INTO users (name) VALUES ('attempt')")
    except libpq.Error as refusal:
        return refusal.words
    finally:
        connection.close()
    return None


def writable(t, path):
    """Which sides take writes now; both is what must never be."""
    sides = [name for name, refusal in (("source", source_refusal(path)), ("target", target_refusal(t)))
             if refusal is None]
    check(len(sides) < 2, "both sides take writes")
    return sides


def state(t):
    return t.psql("SELECT state FROM outgrow.live")


def write_source(path, *statements):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.execute("PRAGMA foreign_keys = ON")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def write_target(t, *statements):
    connection = libpq.Connection(t.target)
    connection.execute(AS_APP + "BEGIN")
    for statement in statements:
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.close()


def sync_once(t, path):
    return t.outgrow("sync", "--once", path, t.target)


def write_behind_fence(path, statement):
    """As somebody does who switches triggers off."""
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    for (name, sql) in db.execute("SELECT name, sql FROM sqlite_schema WHERE name LIKE '%fence%'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute(statement)
    db.commit()
    db.close()


class Writer(threading.Thread):
    """An application that writes some hundred times a second, and stops at the first refusal."""

    def __init__(self, path, rate=300):
        super().__init__(daemon=True)
        self.path, self.rate = path, rate
        self.longest, self.count, self.refusal, self.over = 0, 0, None, threading.Event()

    def run(self):
        db = sqlite3.connect(self.path, timeout=TIMEOUT_S, isolation_level=None)  # longer than any pause
        db.execute("PRAGMA synchronous = normal")
        try:
            while not self.over.is_set():
                begun = time.monotonic()
                n = self.count
                if n % 3 == 0:
                    db.execute("INSERT INTO users (name, score) VALUES (?, ?)", (f"live {n}", n / 2))
                elif n % 3 == 1:
                    db.execute("UPDATE orders SET amount = ? WHERE id = ?", (n, n % 500 + 1))
                else:
                    db.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (f"k{n % 97}", bytes([n % 256])))
                self.count += 1
                self.longest = max(self.longest, time.monotonic() - begun)
                time.sleep(1 / self.rate)
        except sqlite3.Error as refusal:
            self.refusal = str(refusal)
        finally:
            db.close()
