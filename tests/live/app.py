"""The application of the live tests: tables of every kind, and random writes to them on either side.

Nothing here knows outgrow. What both sides hold is compared by `differences`, in Python, from
SQLite's own rows and the server's text."""
import json
import random
import sqlite3
import threading
import time
import uuid

import libpq

SCHEMA = """
CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, u INT UNIQUE, v TEXT);
CREATE TABLE ch (id INTEGER PRIMARY KEY, pid INT REFERENCES p(id) ON DELETE CASCADE, v TEXT);
CREATE TABLE g (id INTEGER PRIMARY KEY, cid INT REFERENCES ch(id) ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE a (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v TEXT);
CREATE TABLE w (a INT, b TEXT, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE n (v TEXT, x INT);
CREATE TABLE nc (k TEXT COLLATE NOCASE PRIMARY KEY, v TEXT);
CREATE TABLE np (k TEXT PRIMARY KEY, v TEXT);
CREATE TABLE doc (id TEXT NOT NULL PRIMARY KEY, body JSON, at DATETIME, live BOOLEAN, score REAL, raw BLOB);
CREATE UNIQUE INDEX doc_live ON doc (score) WHERE live;
CREATE TABLE tree (id INTEGER PRIMARY KEY, up INT REFERENCES tree(id), v TEXT);
CREATE TABLE "Odd name" ("a b" INTEGER PRIMARY KEY, "select" TEXT);
CREATE TABLE probe (id INTEGER PRIMARY KEY, side TEXT);
"""
KEYS = 120  # few, so that writes meet
DOCUMENT = "(id, body, at, live, score, raw)"


def seed(path, rng, wal):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    for i in range(1, KEYS):
        db.execute("INSERT INTO p VALUES (?, ?, 's')", (i, i))
        db.execute("INSERT INTO ch VALUES (?, ?, 's')", (i, i))
        db.execute("INSERT INTO g VALUES (?, ?)", (i, i))
        db.execute("INSERT INTO a VALUES (?, ?, 's')", (i, f"u{i}"))
        db.execute("INSERT INTO n VALUES (?, ?)", (rng.choice(["d", None]), i))
        db.execute("INSERT INTO np VALUES (?, 's')", (rng.choice([None, f"k{i}"]),))
        db.execute("INSERT INTO tree VALUES (?, ?, 's')", (i, i // 2 or None))
        db.execute(f"INSERT INTO doc {DOCUMENT} VALUES (?, ?, ?, ?, ?, ?)", document(rng, i))
    db.execute("INSERT INTO np VALUES (NULL, 'first')")
    db.execute("COMMIT")
    db.close()


def document(rng, i):
    moment = f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} {rng.randint(0, 23):02}:00:{i % 60:02}"
    return (str(uuid.UUID(int=i)), json.dumps({"i": i, "t": [rng.random(), None, "é"]}), moment, i % 2,
            i + rng.randint(0, 7) / 8, bytes([i % 256, 0, 255]))


def source_write(db, rng):
    """One transaction of the application, or part of one."""
    i, roll = rng.randint(1, KEYS), rng.random()
    run = db.execute
    if roll < .10:
        run("INSERT OR REPLACE INTO p (id, u, v) VALUES (?, ?, ?)", (i, rng.randint(1, KEYS), str(rng.random())))
    elif roll < .14:
        run("UPDATE OR REPLACE p SET u = ? WHERE id = ?", (rng.randint(1, KEYS), i))
    elif roll < .22:
        run("INSERT OR REPLACE INTO ch VALUES (?, (SELECT id FROM p WHERE id >= ? LIMIT 1), 'c')", (i, i))
    elif roll < .27:
        run("INSERT OR REPLACE INTO g VALUES (?, (SELECT id FROM ch WHERE id >= ? LIMIT 1))", (i, i))
    elif roll < .31:
        run("DELETE FROM p WHERE id = ?", (i,))
    elif roll < .33:
        run("UPDATE OR IGNORE ch SET id = ? WHERE id = ?", (rng.randint(1, KEYS), i))
    elif roll < .40:
        run("INSERT OR REPLACE INTO a VALUES (?, ?, ?)", (i, f"u{rng.randint(1, KEYS)}", "z\t\\n'\""))
    elif roll < .44:
        run("BEGIN IMMEDIATE")
        pair = run("SELECT id, u FROM a ORDER BY random() LIMIT 2").fetchall()
        if len(pair) == 2:
            run("UPDATE a SET u = NULL WHERE id = ?", (pair[0][0],))
            run("UPDATE a SET u = ? WHERE id = ?", (pair[0][1], pair[1][0]))
            run("UPDATE a SET u = ? WHERE id = ?", (pair[1][1], pair[0][0]))
        run("COMMIT")
    elif roll < .50:
        run("INSERT OR REPLACE INTO w VALUES (?, ?, 'q')", (i % 40, f"k{i % 7}"))
    elif roll < .54:
        run("UPDATE OR REPLACE w SET b = ? WHERE a = ?", (f"k{rng.randint(0, 7)}", i % 40))
    elif roll < .59:
        run("INSERT INTO n VALUES (?, ?)", (rng.choice(["d", "e", None]), i))
    elif roll < .63:
        run("DELETE FROM n WHERE x = ?", (i,))
    elif roll < .68:
        run("INSERT OR REPLACE INTO nc VALUES (?, 'v')", (rng.choice(["Ab", "aB", "ab", "AB", "x"]) + str(i % 50),))
    elif roll < .71:
        run("UPDATE nc SET k = upper(k) WHERE k = ?", (f"ab{i % 50}",))
    elif roll < .76:
        run("INSERT OR REPLACE INTO np VALUES (?, 'v')", (rng.choice([None, f"k{i}"]),))
    elif roll < .78:
        run("DELETE FROM np WHERE rowid = ?", (i,))
    elif roll < .86:
        run(f"INSERT OR REPLACE INTO doc {DOCUMENT} VALUES (?, ?, ?, ?, ?, ?)", document(rng, i))
    elif roll < .88:
        run("UPDATE doc SET body = ?, raw = zeroblob(?) WHERE id = ?",
            (json.dumps([i]), rng.randint(0, 3000), str(uuid.UUID(int=i))))
    elif roll < .90:
        run("INSERT INTO ch (pid, v) SELECT id, 'y' FROM p WHERE id = ? ON CONFLICT DO NOTHING", (i,))
    elif roll < .93:
        run("INSERT INTO p (u, v) VALUES (?, 'x') ON CONFLICT (u) DO UPDATE SET v = excluded.v", (i,))
    elif roll < .95:
        run("INSERT OR REPLACE INTO tree VALUES (?, NULL, 'r')", (i,))
    elif roll < .96:
        run("BEGIN")
        for j in range(60):
            run("UPDATE n SET x = x + 1 WHERE x = ?", (j,))
        run(rng.choice(["COMMIT", "ROLLBACK"]))
    elif roll < .97:
        run("DELETE FROM nc")
    else:
        run('INSERT OR REPLACE INTO "Odd name" VALUES (?, ?)', (i, str(i)))


def target_write(connection, rng):
    i, j, roll = rng.randint(1, KEYS), rng.randint(1, KEYS), rng.random()
    run = connection.execute
    if roll < .15:
        run(f"INSERT INTO p (id, u, v) VALUES ({i}, {1000 + i}, 'pg') ON CONFLICT (id) DO UPDATE SET v = 'pg{j}'")
    elif roll < .20:
        run(f"INSERT INTO p (u, v) VALUES ({2000 + rng.randint(1, 100000)}, 'new') ON CONFLICT DO NOTHING")
    elif roll < .28:
        run(f"INSERT INTO ch VALUES ({i}, (SELECT id FROM p WHERE id >= {i} LIMIT 1), 'q') "
            "ON CONFLICT (id) DO UPDATE SET pid = excluded.pid")
    elif roll < .34:
        run(f"DELETE FROM p WHERE id = {i}")
    elif roll < .42:
        run(f"BEGIN; UPDATE a SET u = NULL WHERE id = {i}; UPDATE a SET u = 'u{i}x' WHERE id = {j}; "
            f"UPDATE a SET v = 'w' WHERE id = {i}; COMMIT")
    elif roll < .48:
        run(f"INSERT INTO w VALUES ({i % 40}, 'k{j % 7}', 'r') ON CONFLICT DO NOTHING")
    elif roll < .52:
        run(f"UPDATE w SET b = b || 'z' WHERE a = {i % 40} AND length(b) < 6")
    elif roll < .58:
        run(f"INSERT INTO n VALUES ('pg', {i})")
    elif roll < .61:
        run(f"DELETE FROM n WHERE x = {i}")
    elif roll < .65:
        run(f"INSERT INTO nc VALUES ('pg{i % 30}', 'v') ON CONFLICT DO NOTHING")
    elif roll < .69:
        run(f"INSERT INTO np (k, v) VALUES ('pg{i}', 'v') ON CONFLICT DO NOTHING")
    elif roll < .78:
        run(f"UPDATE doc SET body = '{{\"pg\": {j}}}', live = NOT live, at = now()::timestamp(0) WHERE id = "
            f"'{uuid.UUID(int=i)}'")
    elif roll < .82:
        run(f"INSERT INTO doc (id, body, score, raw) VALUES ('{uuid.uuid4()}', '[{i}]', {rng.random()}, '\\x00ff')")
    elif roll < .86:
        run(f"UPDATE tree SET up = {j} WHERE id = {i}")
    elif roll < .90:
        run(f"BEGIN; UPDATE n SET x = x + 1 WHERE x < {j}; {rng.choice(['COMMIT', 'ROLLBACK'])}")
    elif roll < .91:
        run("TRUNCATE w")
    elif roll < .95:
        run(f"BEGIN; UPDATE p SET v = 'slow' WHERE id = {i}; SELECT pg_sleep(0.05); COMMIT")
    else:
        run(f'INSERT INTO "Odd name" VALUES ({i}, \'pg\') ON CONFLICT ("a b") DO UPDATE SET "select" = \'pg{j}\'')


class Writer(threading.Thread):
    """Writes to one side until told to stop; also while that side is fenced, or gone. `commits`
    are the moments (before, after) of its probes that were acknowledged, by number."""

    def __init__(self, seed_number, rate):
        super().__init__(daemon=True)
        self.rng, self.rate = random.Random(seed_number), rate
        self.commits, self.refusals, self.unexpected = {}, 0, []
        self.paused, self.idle, self.over = threading.Event(), threading.Event(), threading.Event()

    def run(self):
        while not self.over.is_set():
            if self.paused.is_set():
                self.idle.set()
                time.sleep(.002)
                continue
            self.idle.clear()
            self.write()
            time.sleep(self.rng.random() * 2 / self.rate)
        self.close()

    def pause(self):
        self.paused.set()
        self.idle.wait()

    def go_on(self):
        self.paused.clear()

    def stop(self):
        self.over.set()
        self.join()


class SourceWriter(Writer):
    next_probe = 1  # odd numbers

    def __init__(self, path, seed_number, rate):
        super().__init__(seed_number, rate)
        self.path, self.db = path, None

    def write(self):
        if self.db is None:
            self.db = sqlite3.connect(self.path, isolation_level=None, timeout=20, check_same_thread=False)
            self.db.execute(f"PRAGMA foreign_keys = {self.rng.randint(0, 1)}")
            self.db.execute("PRAGMA synchronous = NORMAL")
        try:
            source_write(self.db, self.rng)
            before = time.monotonic()
            self.db.execute("INSERT INTO probe VALUES (?, 'sqlite')", (self.next_probe,))
            self.commits[self.next_probe] = (before, time.monotonic())
            self.next_probe += 2
        except sqlite3.Error as error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            if "outgrow" in str(error) or "PostgreSQL" in str(error):
                self.refusals += 1
            elif not isinstance(error, sqlite3.IntegrityError):
                self.unexpected.append(str(error))

    def reopen(self):
        """While it pauses: an application that is restarted."""
        self.close()
        self.db = None

    def forget(self):
        """What an older copy in the file's place has not got was not lost by anybody but its owner."""
        self.commits.clear()

    def close(self):
        if self.db is not None:
            self.db.close()


class TargetWriter(Writer):
    next_probe = 2  # even numbers

    def __init__(self, url, seed_number, rate):
        super().__init__(seed_number, rate)
        self.url, self.connection, self.probes = url, None, True

    def write(self):
        try:
            if self.connection is None:
                self.connection = libpq.Connection(self.url)
            target_write(self.connection, self.rng)
            if self.probes:
                self.probe()
        except libpq.Error as error:
            self.refused(error)

    def probe(self):
        before = time.monotonic()
        self.connection.execute(f"INSERT INTO probe VALUES ({self.next_probe}, 'postgres')")
        self.commits[self.next_probe] = (before, time.monotonic())
        self.next_probe += 2

    def refused(self, error):
        if error.connection_lost:
            # A commit whose answer was lost may have happened: its number is never used again.
            self.next_probe += 2
            self.close()
            return
        try:
            self.connection.execute("ROLLBACK")
        except libpq.Error:
            self.close()
        if error.state == "25006":
            self.refusals += 1
        elif not error.state.startswith(("23", "40", "42P01", "3F")):
            self.unexpected.append(str(error))

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _canonical(value, kind):
    """A value of either side as one text, by the type of the target's column."""
    if value is None:
        return None
    if kind == "boolean":
        return {"t": "1", "f": "0"}.get(str(value), str(int(value)) if not isinstance(value, str) else value)
    if kind == "double precision":
        return repr(float(value))
    if kind in ("json", "jsonb"):
        return json.dumps(json.loads(value), sort_keys=True)
    if kind == "bytea":
        return value if isinstance(value, str) else "\\x" + bytes(value).hex()
    return str(value)


def differences(path, connection, ignore=()):
    """{table: (rows only in SQLite, rows only in PostgreSQL)} of those that are not equal."""
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = {}
    tables = [name for (name,) in source.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "AND name NOT LIKE '\\_outgrow%' ESCAPE '\\'") if name not in ignore]
    for table in tables:
        columns = [row[1] for row in source.execute(f'PRAGMA table_info("{table}")')]
        names = ", ".join(f'"{column}"' for column in columns)
        kinds = dict(connection.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped "
            f"AND attrelid = '\"{table}\"'::regclass"))
        kinds = {name.lower(): kind for name, kind in kinds.items()}
        left = sorted(repr([_canonical(v, kinds[c.lower()]) for v, c in zip(row, columns)])
                      for row in source.execute(f'SELECT {names} FROM "{table}"'))
        right = sorted(repr([_canonical(v, kinds[c.lower()]) for v, c in zip(row, columns)])
                       for row in connection.execute(f'SELECT {names} FROM "{table}"'))
        if left != right:
            found[table] = (_surplus(left, right), _surplus(right, left))
    source.close()
    return found


def _surplus(of, over):
    rest = list(over)
    only = []
    for row in of:
        if row in rest:
            rest.remove(row)
        else:
            only.append(row)
    return only[:5]


def side_changes(source_commits, target_commits):
    """How often the side that takes writes is certain to have changed: commits that overlap in
    time say nothing."""
    moments = sorted([(*span, "sqlite") for span in source_commits] + [(*span, "postgres") for span in target_commits])
    changes, last = 0, None
    for before, after, side in moments:
        if last is not None and side != last[2] and last[1] < before:
            changes += 1
        if last is None or after >= last[1]:
            last = (before, after, side)
    return changes
