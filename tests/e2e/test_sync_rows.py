#!/usr/bin/python3
"""What is hard about the rows of one round: values and keys that change places, parents that go while their children
move, rows that refer to each other, keys that PostgreSQL would take for one. Each in a small round and in a large
one, which go different ways; compared cell by cell without outgrow's help."""
import sqlite3

from compare import compare
from harness import TIMEOUT_S, equal, run, test

MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "


def sync(t, path, *options):
    return t.outgrow("sync", "--once", *options, path, t.target).expect(0)


def write(path, script, foreign_keys=True):
    """foreign_keys: None: the application does not keep them."""
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.execute(f"PRAGMA foreign_keys = {int(bool(foreign_keys))}")
    db.executescript("BEGIN;" + script + "; COMMIT")
    if foreign_keys is not None:
        equal(db.execute("PRAGMA foreign_key_check").fetchall(), [], "the test's own writes")
    db.close()


def small_and_large(t, name, tables, change):
    """The same change alone, and beside so many rows that the round goes by COPY."""
    for size, more in (("small", ""), ("large", MANY + "INSERT INTO bulk SELECT i, 'x' FROM n")):
        path = t.sqlite(f"{name}_{size}.db", tables + "CREATE TABLE bulk (id INTEGER PRIMARY KEY, v TEXT);")
        sync(t, path, "--schema", size)
        write(path, change + ";" + more)
        sync(t, path, "--schema", size)
        counts = compare(path, t.target)
        equal(t.rows("SELECT source_table, column_name, reason FROM outgrow.set_aside"), [], f"{size}: {counts}")
        yield path, size


@test("unique values that change places, go round, or pass from a row that goes to one that comes")
def _(t):
    tables = """CREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT);
        CREATE UNIQUE INDEX live ON u (b) WHERE b > 0; CREATE UNIQUE INDEX low ON u (lower(a));
        INSERT INTO u VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4), (5, 'e', 5), (6, 'f', 6);"""
    change = """UPDATE u SET a = NULL, b = -b WHERE id < 4;
        UPDATE u SET a = char(97 + id % 3), b = id % 3 + 1 WHERE id < 4;
        DELETE FROM u WHERE id = 4; INSERT INTO u VALUES (10, 'd', 4); UPDATE u SET a = 'E' WHERE id = 5;
        INSERT OR REPLACE INTO u VALUES (11, 'f', 7); UPDATE u SET id = 4 WHERE id = 10"""
    for _ in small_and_large(t, "swap", tables, change):
        pass


@test("so many keys that the first are deleted while others are read: values change places across all of them")
def _(t):
    many = MANY.replace("1500", "20000")
    path = t.sqlite("app.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT UNIQUE, n INTEGER,"
                    " p INTEGER REFERENCES b);"
                    "CREATE TABLE b (k TEXT NOT NULL, i INTEGER NOT NULL, id INTEGER PRIMARY KEY, UNIQUE (k, i));"
                    f"{many} INSERT INTO b SELECT 'k' || (i % 90), i, i FROM n;"
                    f"{many} INSERT INTO a SELECT i, 'v' || i, 0, i FROM n;")
    sync(t, path)
    turn = ("UPDATE a SET v = NULL; UPDATE a SET v = 'v' || (20001 - id), n = n + 1;"
            "UPDATE b SET i = -i; UPDATE b SET i = 1 - i, k = 'k' || ((1 - i) % 90) WHERE i > -20000;"
            "UPDATE b SET i = 1, k = 'k1' WHERE i < 0")
    write(path, turn)
    sync(t, path)
    equal(compare(path, t.target), {"a": 0, "b": 0}, "all changed")
    write(path, turn + "; DELETE FROM a WHERE id % 3 > 0; DELETE FROM b WHERE id % 3 > 0;"
          "INSERT INTO a VALUES (30000, 'v7', 1, 3)")
    sync(t, path)
    equal(compare(path, t.target), {"a": 0, "b": 0}, "most are gone")
    t.psql("ALTER TABLE a ADD CHECK (n <> 13)")
    write(path, "UPDATE a SET n = id; UPDATE a SET n = 13 WHERE id IN (9, 19998)")
    sync(t, path)
    equal(compare(path, t.target), {"a": 2, "b": 0}, "two are refused")
    write(path, "UPDATE a SET n = 14, p = 2", foreign_keys=None)
    sync(t, path)
    equal(compare(path, t.target), {"a": 0, "b": 0}, "they refer to nothing, and the target's foreign key goes")
    write(path, "DELETE FROM a", foreign_keys=None)
    sync(t, path)
    equal(compare(path, t.target), {"a": 0, "b": 0}, "no row comes")


@test("children that move to another parent whose own goes keep their children")
def _(t):
    tables = """CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);
        CREATE TABLE g (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c ON DELETE CASCADE);
        CREATE TABLE s (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c ON DELETE SET NULL,
            d INTEGER REFERENCES c ON DELETE RESTRICT);
        INSERT INTO p VALUES (1), (2), (3); INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
        INSERT INTO g SELECT id, id FROM c; INSERT INTO s SELECT id, id, id FROM c;"""
    change = "UPDATE c SET p = 2 WHERE id = 1; DELETE FROM p WHERE id = 1; UPDATE p SET id = 30 WHERE id = 3"
    for _, schema in small_and_large(t, "family", tables, change):
        equal(t.rows(f"SELECT (SELECT count(*) FROM {schema}.g), (SELECT count(c) + count(d) FROM {schema}.s), "
                     f"(SELECT string_agg(p::text, ',' ORDER BY id) FROM {schema}.c)"), [("3", "6", "2,2,30")], "kept")


@test("rows that refer to each other, and to themselves, come and go in one round")
def _(t):
    tables = """CREATE TABLE x (id INTEGER PRIMARY KEY, y INTEGER NOT NULL REFERENCES y DEFERRABLE INITIALLY DEFERRED);
        CREATE TABLE y (id INTEGER PRIMARY KEY, x INTEGER NOT NULL REFERENCES x DEFERRABLE INITIALLY DEFERRED);
        CREATE TABLE self (id INTEGER PRIMARY KEY, up INTEGER REFERENCES self);
        INSERT INTO x VALUES (1, 1); INSERT INTO y VALUES (1, 1); INSERT INTO self VALUES (1, 1), (2, 1);"""
    change = """INSERT INTO x VALUES (2, 2); INSERT INTO y VALUES (2, 1); UPDATE y SET x = 2 WHERE id = 1;
        UPDATE x SET y = 2;
        DELETE FROM y WHERE id = 1; UPDATE y SET x = 2; DELETE FROM x WHERE id = 1; INSERT INTO self VALUES (3, 3);
        UPDATE self SET up = 3; DELETE FROM self WHERE id = 1"""
    for _, schema in small_and_large(t, "circle", tables, change):
        equal(t.rows(f"SELECT x.id, x.y, y.id, y.x FROM {schema}.x, {schema}.y"), [("2", "2", "2", "2")])


@test("keys that differ only in case, blanks behind, class or NULL stay rows of their own")
def _(t):
    tables = """CREATE TABLE n (k TEXT COLLATE NOCASE PRIMARY KEY, v);
        CREATE TABLE r (k TEXT COLLATE RTRIM PRIMARY KEY, v) WITHOUT ROWID;
        CREATE TABLE m (k PRIMARY KEY, v); CREATE TABLE z (k TEXT PRIMARY KEY, v);
        INSERT INTO n VALUES ('A', 1), ('b', 2), ('C', 3); INSERT INTO r VALUES ('a', 1), ('b  ', 2);
        INSERT INTO m VALUES (1, 'int'), ('x', 'text'), (1.5, 'real'), (7, 'gone');
        INSERT INTO z VALUES (NULL, 1), (NULL, 2), ('', 3);"""
    change = """UPDATE n SET k = 'a' WHERE k = 'A'; UPDATE n SET k = 'B', v = 9 WHERE k = 'b';
        REPLACE INTO n VALUES ('c', 4);
        UPDATE r SET k = 'a ' WHERE k = 'a'; REPLACE INTO r VALUES ('b', 3);
        UPDATE m SET k = '1' WHERE k = 1; UPDATE m SET v = 'text!' WHERE k = 'x'; DELETE FROM m WHERE k = 7;
        INSERT INTO m VALUES ('7', 'come');
        DELETE FROM z WHERE v = 1; INSERT INTO z VALUES (NULL, 4); UPDATE z SET k = NULL WHERE k = ''"""
    for path, schema in small_and_large(t, "keys", tables, change):
        equal(t.rows(f"SELECT k, v FROM {schema}.n ORDER BY v"), [("a", "1"), ("c", "4"), ("B", "9")])
        equal(t.rows(f"SELECT count(*), count(k) FROM {schema}.z"), [("3", "0")])


@test("generated columns, STRICT tables, views that are written to, and files written to through ATTACH")
def _(t):
    tables = """CREATE TABLE gen (id INTEGER PRIMARY KEY, a INT, d AS (a * 2), s TEXT AS (a || '!') STORED UNIQUE);
        CREATE TABLE str (id INTEGER PRIMARY KEY, n INT NOT NULL, a ANY, b BLOB) STRICT;
        CREATE VIEW v AS SELECT id, n FROM str;
        CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO str (id, n) VALUES (NEW.id, NEW.n); END;
        CREATE TRIGGER vd INSTEAD OF DELETE ON v BEGIN DELETE FROM str WHERE id = OLD.id; END;
        INSERT INTO gen (id, a) VALUES (1, 1), (2, 2), (3, 3);
        INSERT INTO str VALUES (1, 1, 'x', NULL), (2, 2, 2, x'00');"""
    change = """UPDATE gen SET a = 7 WHERE id = 1; INSERT OR REPLACE INTO gen (id, a) VALUES (9, 2);
        INSERT INTO v VALUES (5, 5);
        DELETE FROM v WHERE id = 1; UPDATE str SET a = 'z', b = x'ff' WHERE id = 2"""
    for path, schema in small_and_large(t, "kinds", tables, change):
        other = sqlite3.connect(":memory:")
        other.execute("ATTACH ? AS far", (str(path),))
        other.executescript("CREATE TEMP TABLE _outgrow_log (seq, t, k1); UPDATE far.gen SET a = 8 WHERE id = 3;"
                            "DELETE FROM far.str WHERE id = 5")
        other.close()
        sync(t, path, "--schema", schema)
        compare(path, t.target)
        equal(t.rows(f"SELECT id, a, s FROM {schema}.gen ORDER BY id"),
              [("1", "7", "7!"), ("3", "8", "8!"), ("9", "2", "2!")])


@test("what a query gives of a virtual table, whose writes no trigger sees, "
      "is in the target after the next round and the switch")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO doc VALUES (1, 'x');"
                    "CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('hello'), ('world');")
    plan = t.folder / "plan.yaml"
    plan.write_text(f"version: 1\nsources: {{app: {path}}}\ntables:\n  - query: SELECT rowid AS id, text"
                    " FROM words\n    to: texts\n")
    words = "SELECT string_agg(text, ' ' ORDER BY id) FROM texts"
    t.outgrow("sync", "--once", "--plan", plan, t.target).expect(0)
    equal(t.psql(words), "hello world")
    write(path, "INSERT INTO words VALUES ('again'); DELETE FROM words WHERE rowid = 1")
    db = sqlite3.connect(path)
    equal(db.execute("SELECT count(*) FROM _outgrow_log").fetchone(), (0,), "no trigger saw it")
    db.close()
    t.outgrow("sync", "--once", "--plan", plan, t.target).expect(0)
    equal(t.psql(words), "world again")
    write(path, "UPDATE words SET text = 'last' WHERE rowid = 2")
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    equal(t.psql(words), "last again")


@test("what a table's counter gave out is not given out again, also when its rows are gone or were refused")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT UNIQUE); "
                              "INSERT INTO c (v) VALUES ('a')")
    sync(t, path)
    write(path, "INSERT INTO c (v) VALUES ('b'), ('c'); DELETE FROM c WHERE id > 1; "
                "INSERT OR IGNORE INTO c VALUES (70, 'a');"
          "UPDATE sqlite_sequence SET seq = 90")
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    t.psql("INSERT INTO c (v) VALUES ('next')")
    equal(t.psql("SELECT id FROM c WHERE v = 'next'"), "91")


run()
