"""An application that goes on writing to its SQLite file: every form of statement by which rows come,
change and go, at random but from a seed, over tables of every kind of key."""
import random
import sqlite3
import threading
import time

SCHEMA = """
CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT UNIQUE, age INTEGER, note TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people(id) ON DELETE CASCADE,
                    title TEXT, score REAL);
CREATE TABLE marks (id INTEGER PRIMARY KEY, post INTEGER REFERENCES posts(id) ON DELETE SET NULL, v BLOB);
CREATE TABLE swaps (name TEXT PRIMARY KEY NOT NULL, place INTEGER UNIQUE);
CREATE TABLE pairs (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE loose (a TEXT, b INTEGER);
CREATE TABLE folded (name TEXT PRIMARY KEY COLLATE NOCASE NOT NULL, v INTEGER);
CREATE TABLE nullable (k TEXT PRIMARY KEY, v INTEGER);
CREATE INDEX posts_person ON posts (person);
CREATE TRIGGER people_log AFTER UPDATE OF age ON people BEGIN
  UPDATE posts SET score = score + 1 WHERE person = NEW.id; END;
"""


def fill(path, rows=300, wal=True):
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA journal_mode = {'wal' if wal else 'delete'}")
    db.executescript(SCHEMA)
    db.executemany("INSERT INTO people (email, age, note) VALUES (?, ?, ?)",
                   ((f"p{n}@example.org", n % 90, "x" * (n % 40)) for n in range(rows)))
    db.executemany("INSERT INTO posts VALUES (?, ?, ?, ?)",
                   ((n, n % rows + 1, f"title {n}", n / 7) for n in range(1, 2 * rows)))
    db.executemany("INSERT INTO marks VALUES (?, ?, ?)", ((n, n, bytes([n % 256] * 3)) for n in range(1, rows)))
    db.executemany("INSERT INTO swaps VALUES (?, ?)", ((f"s{n}", n) for n in range(20)))
    db.executemany("INSERT INTO pairs VALUES (?, ?, ?)", ((f"a{n % 7}", n, "v") for n in range(rows)))
    db.executemany("INSERT INTO loose VALUES (?, ?)", ((f"l{n % 9}", n % 5) for n in range(rows)))
    db.executemany("INSERT INTO folded VALUES (?, ?)", ((f"Name{n}", n) for n in range(50)))
    db.executemany("INSERT INTO nullable VALUES (?, ?)", ((None if n % 5 == 0 else f"k{n}", n) for n in range(60)))
    db.commit()
    db.close()
    return path


class Writer:
    """Writes until told to stop; `errors` is what the application would have seen."""

    def __init__(self, path, seed=1, timeout=100, pause=0.0005, vacuum=True):
        self.path, self.random, self.timeout, self.pause = path, random.Random(seed), timeout, pause
        self.vacuum, self.errors, self.writes, self.over = vacuum, [], 0, threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def stop(self):
        self.__exit__()

    def poll(self):
        """As of a process: None while it writes."""
        return None if self.thread.is_alive() else 0

    def work(self):
        db = sqlite3.connect(self.path, timeout=self.timeout, isolation_level=None)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = OFF")
        while not self.over.is_set():
            try:
                self.step(db)
                self.writes += 1
            except sqlite3.IntegrityError:
                if db.in_transaction:
                    db.execute("ROLLBACK")
            except sqlite3.OperationalError as problem:
                self.errors.append(str(problem))
                if db.in_transaction:
                    db.execute("ROLLBACK")
            time.sleep(self.pause)
        db.close()

    def step(self, db):
        choice = self.random.random()
        if self.vacuum and choice < 0.002:
            db.execute("VACUUM")
        elif choice < 0.1:
            db.execute("BEGIN IMMEDIATE")
            for _ in range(self.random.randrange(1, 12)):
                self.statement(db)
            db.execute("COMMIT" if self.random.random() < 0.9 else "ROLLBACK")
        else:
            self.statement(db)

    def statement(self, db):
        rnd = self.random
        n, m, words = rnd.randrange(400), rnd.randrange(400), f"w{rnd.randrange(10**6)}"
        sql, values = rnd.choice([
            ("INSERT INTO people (email, age, note) VALUES (?, ?, ?)", (f"n{words}", n, words)),
            ("INSERT OR REPLACE INTO people (id, email, age, note) VALUES (?, ?, ?, ?)",
             (n, f"p{m}@example.org", m, words)),
            ("REPLACE INTO people (email, age, note) VALUES (?, ?, ?)", (f"p{m}@example.org", m, words)),
            ("INSERT INTO people (email, age) VALUES (?, ?) ON CONFLICT (email) DO UPDATE SET age = excluded.age",
             (f"p{m}@example.org", n)),
            ("UPDATE OR REPLACE people SET email = ? WHERE id = ?", (f"p{m}@example.org", n)),
            ("UPDATE people SET age = age + 1, note = ? WHERE id = ?", (words, n)),
            ("DELETE FROM people WHERE id = ?", (n,)),
            ("UPDATE people SET id = ? WHERE id = ?", (1000 + n, m)),
            ("INSERT INTO posts (person, title, score) VALUES ((SELECT max(id) FROM people), ?, ?)", (words, n / 3)),
            ("UPDATE posts SET title = ?, score = score * 2 WHERE id % 50 = ?", (words, n % 50)),
            ("DELETE FROM posts WHERE id = ?", (n,)),
            ("UPDATE posts SET id = id + 5000 WHERE id = ?", (n,)),
            ("INSERT OR REPLACE INTO marks VALUES (?, (SELECT max(id) FROM posts), ?)", (n, words.encode())),
            ("DELETE FROM marks WHERE id BETWEEN ? AND ?", (n, n + 3)),
            ("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?)", (f"a{n % 7}", m, words)),
            ("UPDATE OR IGNORE pairs SET b = b + 1 WHERE a = ?", (f"a{n % 7}",)),
            ("UPDATE OR REPLACE pairs SET a = ? WHERE b = ?", (f"a{n % 7}", m)),
            ("DELETE FROM pairs WHERE b = ?", (m,)),
            ("INSERT INTO loose VALUES (?, ?)", (words, n)),
            ("UPDATE loose SET b = b + 1 WHERE a = ?", (f"l{n % 9}",)),
            ("DELETE FROM loose WHERE rowid = ?", (n,)),
            ("UPDATE folded SET name = upper(name) WHERE name = ?", (f"name{n % 50}",)),
            ("UPDATE folded SET name = lower(name), v = v + 1 WHERE name = ?", (f"name{n % 50}",)),
            ("REPLACE INTO folded VALUES (?, ?)", (f"nAme{n % 60}", m)),
            ("INSERT INTO nullable VALUES (NULL, ?)", (n,)),
            ("REPLACE INTO nullable VALUES (?, ?)", (f"k{n % 90}", m)),
            ("DELETE FROM nullable WHERE v = ?", (m,)),
            ("UPDATE nullable SET k = NULL WHERE k = ?", (f"k{n % 90}",)),
            ("swap", (f"s{n % 20}", f"s{m % 20}")),
        ])
        if sql == "swap":
            self.swap(db, *values)
        else:
            db.execute(sql, values)

    @staticmethod
    def swap(db, one, other):
        """Two rows change places in a unique column."""
        places = dict(db.execute("SELECT name, place FROM swaps WHERE name IN (?, ?)", (one, other)))
        if len(places) != 2:
            return
        outer = db.in_transaction
        if not outer:
            db.execute("BEGIN IMMEDIATE")
            places = dict(db.execute("SELECT name, place FROM swaps WHERE name IN (?, ?)", (one, other)))
        db.execute("UPDATE swaps SET place = NULL WHERE name = ?", (one,))
        db.execute("UPDATE swaps SET place = ? WHERE name = ?", (places[one], other))
        db.execute("UPDATE swaps SET place = ? WHERE name = ?", (places[other], one))
        if not outer:
            db.execute("COMMIT")
