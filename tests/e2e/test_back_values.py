"""The way back of values: nothing is rewritten that nobody has changed, and what comes from
PostgreSQL is written as the source writes it."""
import sqlite3

from back import Driver, rows, sound, switched
from harness import check, equal, run, test

FORMS = """
CREATE TABLE f (id INTEGER PRIMARY KEY, at TIMESTAMP, day DATE, u UUID, j JSON, n DECIMAL(10,2), ok BOOLEAN, r REAL,
  b BLOB, t TEXT, free, changed TEXT);
"""


def put_forms(path):
    """Rows that all say something in another way than their column's others."""
    db = sqlite3.connect(path)
    for i in range(1, 31):
        db.execute("INSERT INTO f VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                   (i, f"2024-01-{i % 28 + 1:02} 10:00:00", "2024-02-29", f"{i:08x}-0000-4000-8000-000000000000",
                    '{"a": [1, 2], "b": "x"}', i + 0.25, i % 2, i / 3, bytes([i, 0, 255]), f"text {i}", i, "x"))
    odd = [(101, "2024-01-05T10:00", "2024-02-29", "AAAAAAAA00004000800000000000ABCD", '{"b":1,  "a":2.50}', 7, 1, 5.0,
            b"", "", "as text", "x"),
           (102, "2024-01-05 10:00:00.120", None, "aaaaaaaa-0000-4000-8000-00000000ABCD", "[]", 3.5, 0, -0.0,
            None, "caf\u00e9\n", None, "x"),
           (103, "2024-01-05", "2024-03-01", None, ' {"a":1}', None, None, 1e300, b"\x00", None, 2.0, "x")]
    db.executemany("INSERT INTO f VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", odd)
    db.commit()
    db.close()


def storage(path, table, order):
    columns = [c[1] for c in rows(path, f"PRAGMA table_info({table})") if c[1] != "changed"]
    shown = ", ".join(f"typeof({c}), quote({c})" for c in columns)
    return rows(path, f"SELECT {shown} FROM {table} ORDER BY {order}")


@test("cells that nobody changes stay as they are, byte by byte, however they are written")
def _(t):
    path = t.sqlite("app.db", FORMS)
    put_forms(path)
    before = storage(path, "f", "id")
    driver = Driver(t, path)
    driver.say("install")
    rehearsed = driver.say("rehearse")
    check("rows=33 inexact=0 " in rehearsed, rehearsed)
    driver.say("switch")
    t.psql("UPDATE f SET changed = 'y' || id")
    driver.say("round")
    equal(storage(path, "f", "id"), before)
    equal(rows(path, "SELECT count(*) FROM f WHERE changed = 'y' || id"), [(33,)])
    driver.close()


@test("what is born in PostgreSQL is written as the column's others are")
def _(t):
    path = t.sqlite("app.db", FORMS)
    put_forms(path)
    driver = Driver(t, path)
    driver.say("install")
    driver.say("switch")
    t.psql("INSERT INTO f (id, at, day, u, j, n, ok, r, b, t) VALUES (500, '2025-05-06 07:08:09', '2025-01-02',"
           " 'ABCDEF00-0000-4000-8000-000000000001', '{\"z\": [1,2]}', 12.5, true, 2.5, '\\x01', 'new')")
    driver.say("round")
    found = rows(path, "SELECT at, day, u, json(j), n, typeof(n), ok, typeof(ok), r, b, t FROM f WHERE id = 500")
    equal(found, [("2025-05-06 07:08:09", "2025-01-02", "abcdef00-0000-4000-8000-000000000001", '{"z":[1,2]}', 12.5,
                   "real",
                   1, "integer", 2.5, b"\x01", "new")])
    driver.close()


@test("a value that SQLite has none for arrives as PostgreSQL's text of it, and is counted")
def _(t):
    path, driver = switched(t,
                            FORMS + "INSERT INTO f (id, at, day, r) VALUES (1, '2024-01-01 00:00:00', '2024-01-01', "
                                    "1.5);")
    t.psql("UPDATE f SET at = 'infinity', day = '-infinity', r = 'NaN' WHERE id = 1")
    check("altered=3" in driver.say("round"), "not counted")
    equal(rows(path, "SELECT at, day, r FROM f"), [("infinity", "-infinity", "NaN")])
    t.psql("UPDATE f SET r = 'infinity' WHERE id = 1")
    check("altered=0" in driver.say("round"), "counted again")
    equal(rows(path, "SELECT r FROM f"), [(float("inf"),)])
    driver.close()


KINDS = {  # the plan's type: in the source, what PostgreSQL is given, what the source then has
    "inet": ("'10.0.0.1'", "10.0.0.7/24", "10.0.0.7/24"), "cidr": ("'10.0.0.0/8'", "fe80::/16", "fe80::/16"),
    "interval": ("'01:30:00'", "2 days 03:04:05.5", "2 days 03:04:05.5"),
    "time": ("'10:00:00'", "11:12:13", "11:12:13"),
    "text[]": ("""'["a","b"]'""", '{x,NULL,"q\\"uo,te"}', '["x",null,"q\\"uo,te"]'),
    "bigint[]": ("'[1,2]'", "{-5,9007199254740993}", "[-5,9007199254740993]"),
    "char(5)": ("'ab'", "cd", "cd"), "varchar(9)": ("'ab'", "caf\u00e9", "caf\u00e9"),
    "numeric(10,2)": ("1.25", "99.90", 99.9), "smallint": ("1", "-7", -7), "integer": ("1", "70000", 70000),
    "real": ("1.5", "0.25", 0.25), "json": ("""'{"a":1}'""", '{"b" : 2}', '{"b" : 2}'),
    "jsonb": ("""'{"a":1}'""", '{"b": [1, 2]}', '{"b":[1,2]}'), "boolean": ("'no'", "t", "yes"),
    "bytea": ("x'00ff'", "\\xdeadbeef", b"\xde\xad\xbe\xef"),
    "timestamptz": ("'2024-01-01T10:00:00+02:00'", "2025-06-07 08:09:10+00", "2025-06-07T10:09:10+02:00"),
    "timestamp": ("'2024-01-01T10:00:00.500'", "2025-06-07 08:09:10", "2025-06-07T08:09:10"),
    "date": ("'2024-01-01'", "2025-12-31", "2025-12-31"),
    "uuid": ("'AAAAAAAA00004000800000000000ABCD'", "abcdefab-0000-4000-8000-000000000001",
             "ABCDEFAB000040008000000000000001"),
    "numeric": ("'0.10'", "12345678901234567890.0100", "12345678901234567890.0100"),
    "bigint": ("1", "-9223372036854775808", -9223372036854775808), "double precision": ("0.1", "-1e-300", -1e-300)}


@test("values of every type that a plan can give arrive in the spelling of their column, and go there again the same")
def _(t):
    names = [f"c{i}" for i in range(len(KINDS))]
    columns = ", ".join(f"{n}: {{type: '{k}'}}" for n, k in zip(names, KINDS))
    plan = ("version: 1\nsources: {app: app.db}\ntables:\n"
            f"  - {{from: x, columns: {{{columns}, e: {{type: size, labels: [small, big]}}}}}}\n")
    values = ", ".join(v[0] for v in KINDS.values())
    path, driver = switched(t, f"CREATE TABLE x (id INTEGER PRIMARY KEY, {', '.join(names)}, e);"
                            f"INSERT INTO x VALUES (1, {values}, 'small'), (2, {values}, 'big');", plan=plan)
    before = storage(path, "x", "id")
    given = ", ".join("E'" + v[1].replace("\\", "\\\\").replace("'", "''") + "'" for v in KINDS.values())
    t.psql(f"INSERT INTO x SELECT 3, {given}, 'big'; UPDATE x SET e = 'big' WHERE id = 1")
    check("refused=0 altered=0" in driver.say("round"), "not as they are")
    found = rows(path, "SELECT * FROM x WHERE id = 3")[0]
    for kind, value in zip(KINDS, found[1:]):
        equal(value, KINDS[kind][2], kind)
        equal(type(value), type(KINDS[kind][2]), kind)
    equal(storage(path, "x", "id")[1], before[1])
    t.psql("UPDATE x SET id = id")
    check("rows=0 " in driver.say("round"), "what came is not taken for what it is")
    found = driver.say("rehearse")
    check("inexact=0 " in found, found)
    driver.close()


@test("keys that are written in several ways are found, changed and removed")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE k (id TEXT NOT NULL PRIMARY KEY, v TEXT);")
    db = sqlite3.connect(path)
    keys = [f"{i:08x}-0000-4000-8000-000000000000" for i in range(1, 20)] + \
           ["AAAAAAAA-0000-4000-8000-000000000001", "bbbbbbbb000040008000000000000002",
            "CCCCCCCC-0000-4000-8000-00000000000d"]
    db.executemany("INSERT INTO k VALUES (?, 'x')", [(k,) for k in keys])
    db.commit()
    db.close()
    plan = t.folder / "plan.yaml"
    plan.write_text("version: 1\nsources: {app: app.db}\ntables: [{from: k, columns: {id: uuid}}]\n")
    driver = Driver(t, path, plan)
    equal(t.psql("SELECT data_type FROM information_schema.columns WHERE table_name = 'k' AND column_name = 'id'"),
          "uuid")
    driver.say("install")
    check("inexact=0" in driver.say("rehearse"), "rehearsal")
    driver.say("switch")
    t.psql("UPDATE k SET v = 'y' WHERE id::text LIKE 'a%' OR id::text LIKE 'b%'; "
           "DELETE FROM k WHERE id::text LIKE 'c%'")
    driver.say("round")
    equal(sorted(rows(path, "SELECT id, v FROM k WHERE v = 'y'")),
          [("AAAAAAAA-0000-4000-8000-000000000001", "y"), ("bbbbbbbb000040008000000000000002", "y")])
    equal(rows(path, "SELECT count(*) FROM k"), [(21,)])
    driver.close()


@test("an application's settings do not change what is logged of a key")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE k (at TIMESTAMP NOT NULL PRIMARY KEY, v TEXT); "
                              "CREATE TABLE b (k BLOB NOT NULL"
                    " PRIMARY KEY, v TEXT); CREATE TABLE d (k REAL NOT NULL PRIMARY KEY, v TEXT);"
                    "INSERT INTO k VALUES ('2024-03-04 05:06:07', 'x'), ('2024-04-03 05:06:07.25', 'x');"
                    "INSERT INTO b VALUES (x'00ff5c27', 'x'), (x'', 'x'); "
                    "INSERT INTO d VALUES (0.1, 'x'), (1e-300, 'x');")
    driver = Driver(t, path)
    driver.say("install")
    driver.say("switch")
    t.psql("SET datestyle = 'German, DMY'; SET extra_float_digits = -15; SET bytea_output = escape; "
           "SET timezone = 'Asia/Tokyo';"
           "UPDATE k SET v = 'y'; UPDATE b SET v = 'y'; UPDATE d SET v = 'y'; DELETE FROM d WHERE k > 0.01; "
           "DELETE FROM b WHERE k = ''")
    driver.say("round")
    equal(rows(path, "SELECT at, v FROM k ORDER BY 1"), [("2024-03-04 05:06:07", "y"), ("2024-04-03 05:06:07.25", "y")])
    equal(rows(path, "SELECT k, v FROM b"), [(b"\x00\xff\x5c\x27", "y")])
    equal(rows(path, "SELECT k, v FROM d"), [(1e-300, "y")])
    driver.close()


SKIPPED = """version: 1
sources: {app: app.db}
tables:
  - {from: s, skip_columns: [secret, needed]}
"""


@test("columns that are not in PostgreSQL keep what they hold, through updates and swaps")
def _(t):
    path, driver = switched(t,
                            """CREATE TABLE s (id INTEGER PRIMARY KEY, u TEXT UNIQUE, secret BLOB DEFAULT 'd', v TEXT,
        needed TEXT NOT NULL, twice TEXT GENERATED ALWAYS AS (v || v) VIRTUAL);
        INSERT INTO s VALUES (1, 'a', x'01', 'v', 'n1'), (2, 'b', 7, 'v', 'n2'), (3, 'c', NULL, 'v', 'n3');""",
                            plan=SKIPPED)
    check("s.secret" in driver.say("limits") and "s.needed" in driver.say("limits"), "not said")
    t.psql("ALTER TABLE s ADD COLUMN added text DEFAULT 'later'")
    t.psql("BEGIN; UPDATE s SET u = NULL; UPDATE s SET u = CASE id WHEN 1 THEN 'b' WHEN 2 THEN 'a' ELSE 'c' END; "
           "COMMIT;"
           "UPDATE s SET v = 'w' WHERE id = 3; INSERT INTO s (id, u, v) VALUES (9, 'z', 'new')")
    driver.say("round")
    equal(rows(path, "SELECT id, u, secret, v, needed, twice FROM s ORDER BY id"),
          [(1, "b", b"\x01", "v", "n1", "vv"), (2, "a", 7, "v", "n2", "vv"), (3, "c", None, "w", "n3", "ww"),
           (9, "z", "d", "new", "", "newnew")])
    driver.close()


@test("rows without a key are told apart, and those born in PostgreSQL arrive once, crash or not")
def _(t):
    path, driver = switched(t, "CREATE TABLE bag (v TEXT, n INTEGER); "
                               "INSERT INTO bag VALUES ('a', 1), ('a', 1), ('b', 2);"
                            "INSERT INTO bag (rowid, v) VALUES (70, 'far');")
    t.psql("INSERT INTO bag VALUES ('born', 3), ('born', 3); "
           "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE v = 'a')")
    driver.crash()
    driver.say("round")
    expected = [("a", 1), ("b", 2), ("born", 3), ("born", 3), ("far", None)]
    equal(sorted(rows(path, "SELECT v, n FROM bag")), expected)
    check(all(r > 70 for r, in rows(path, "SELECT rowid FROM bag WHERE v = 'born'")), "a rowid was used again")
    t.psql("UPDATE bag SET n = 4 WHERE v = 'born'")
    driver.say("round")
    equal(rows(path, "SELECT count(*) FROM bag WHERE v = 'born' AND n = 4"), [(2,)])
    driver.close()


UUIDS = """version: 1
sources: {app: app.db}
tables:
  - {from: users, columns: {id: uuid}}
  - {from: notes, columns: {user_id: uuid}}
"""


@test("a number that became a uuid is one again, and new uuids get the next numbers, once")
def _(t):
    path, driver = switched(t, """CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id), t TEXT);
        INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (9, 'gone'); DELETE FROM users WHERE id = 9;
        INSERT INTO notes VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 2, 'c');""", plan=UUIDS)
    equal(t.psql("SELECT data_type FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'id'"),
          "uuid")
    t.psql("UPDATE users SET name = 'Ann' WHERE name = 'ann'; UPDATE notes SET t = 'B' WHERE id = 2;"
           "INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000001', 'cay');"
           "INSERT INTO notes VALUES (4, '00000000-0000-4000-8000-000000000001', 'd');"
           "UPDATE notes SET user_id = (SELECT id FROM users WHERE name = 'Ann') WHERE id = 3")
    driver.crash()
    equal(rows(path, "SELECT id, name FROM users ORDER BY id"), [(1, "Ann"), (2, "bob"), (10, "cay")])
    t.psql("INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000002', 'dan')")
    driver.say("round")
    equal(rows(path, "SELECT id, name FROM users ORDER BY id"), [(1, "Ann"), (2, "bob"), (10, "cay"), (11, "dan")])
    equal(rows(path, "SELECT id, user_id, typeof(user_id), t FROM notes ORDER BY id"),
          [(1, 1, "integer", "a"), (2, 2, "integer", "B"), (3, 1, "integer", "c"), (4, 10, "integer", "d")])
    t.psql("DELETE FROM notes WHERE id = 4; DELETE FROM users WHERE name IN ('cay', 'bob') AND NOT EXISTS"
           " (SELECT 1 FROM notes WHERE user_id = users.id)")
    driver.say("round")
    equal(rows(path, "SELECT id FROM users ORDER BY id"), [(1,), (2,), (11,)])
    sound(path)
    driver.close()


@test("rows born with a NULL get their numbers, too")
def _(t):
    path, driver = switched(t, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, at TEXT); "
                               "INSERT INTO users VALUES (1, 'ann', NULL);",
                            plan="version: 1\nsources: {app: app.db}\ntables: [{from: users, columns: {id: uuid}}]\n")
    t.psql("INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000001', 'cay', NULL), "
           "('00000000-0000-4000-8000-000000000002', NULL, NULL)")
    check("refused=0" in driver.say("round"), "SQLite took none of them")
    equal(rows(path, "SELECT * FROM users ORDER BY id"), [(1, "ann", None), (2, "cay", None), (3, None, None)])
    driver.close()


@test("a document made anew in PostgreSQL takes the place of a text that was set aside for being none")
def _(t):
    path, driver = switched(t, "CREATE TABLE d (id INTEGER PRIMARY KEY, doc TEXT); "
                               "INSERT INTO d SELECT value, '{\"a\": ' || value || '}'"
                            " FROM json_each('[1, 2, 3]'); INSERT INTO d VALUES (4, '{no document');",
                            plan="version: 1\nsources: {app: app.db}\ntables: [{from: d, columns: {doc: jsonb}}]\n")
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "1")
    t.psql("INSERT INTO d VALUES (4, '{\"a\": 4}'); UPDATE d SET doc = '{\"a\": 5}' WHERE id = 1")
    driver.say("round")
    equal(rows(path, "SELECT id, json(doc) FROM d ORDER BY id"),
          [(1, '{"a":5}'), (2, '{"a":2}'), (3, '{"a":3}'), (4, '{"a":4}')])
    driver.close()


@test("a row born, brought in a round that was lost, and removed again leaves nothing")
def _(t):
    path, driver = switched(t, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"
                            "CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id));"
                            "INSERT INTO users VALUES (1, 'ann'); INSERT INTO notes VALUES (1, 1)", plan=UUIDS)
    t.psql("INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000001', 'cay')")
    driver.crash()
    equal(rows(path, "SELECT count(*) FROM users"), [(2,)])
    t.psql("DELETE FROM users WHERE name = 'cay'")
    driver.say("round")
    equal(rows(path, "SELECT id, name FROM users"), [(1, "ann")])
    driver.close()


run()
