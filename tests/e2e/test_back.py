"""The way back: what is written to PostgreSQL after a switch arrives in SQLite, all of it and
nothing else, whoever writes it and whenever a round is killed."""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

from harness import check, equal, run, server_programs, test

DRIVER = os.environ.get("BACK_DRIVER", "back_driver")


class Driver:
    """tests/e2e/back_driver.c: one link, told what to do line by line."""

    def __init__(self, t, path, plan=None):
        self.arguments = [DRIVER, str(path), str(path) + ".copy", t.target, *([str(plan)] if plan else [])]
        self.environment = t.environment
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=self.environment)
        answer = self.process.stdout.readline()
        check(answer == "ok\n", "the driver does not start:", answer, self.died())

    def died(self):
        return self.process.stderr.read() if self.process.poll() is not None else ""

    def try_say(self, *lines):
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        check(answer or "crash" in lines, lines, "no answer:", self.died())
        return answer

    def say(self, *lines):
        answer = self.try_say(*lines)
        check(answer.endswith("ok"), lines, "->", answer)
        return answer

    def crash(self):
        """Killed between SQLite's commit and PostgreSQL's; then another one goes on."""
        self.process.stdin.write("crash\n")
        self.process.stdin.flush()
        equal(self.process.stdout.readline(), "", "it goes on")
        equal(self.process.wait(60), -signal.SIGKILL, "killed")
        self.close()
        self.start()

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self.close()
        self.start()

    def close(self):
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        complaints = self.process.stderr.read()
        self.process.stderr.close()
        self.process.wait(60)
        check("Sanitizer" not in complaints and "runtime error" not in complaints, complaints)


def switched(t, script, name="app.db", plan=None):
    """A source that is live, switched to PostgreSQL."""
    path = t.sqlite(name, script)
    if plan:
        (t.folder / "plan.yaml").write_text(plan)
    driver = Driver(t, path, t.folder / "plan.yaml" if plan else None)
    driver.say("install")
    driver.say("switch")
    return path, driver


def rows(path, sql, *parameters):
    db = sqlite3.connect(path)
    db.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
    try:
        return db.execute(sql, parameters).fetchall()
    finally:
        db.close()


def unescape(field):
    if field == "\\N":
        return None
    out, i = [], 0
    while i < len(field):
        if field[i] == "\\":
            i += 1
            out.append({"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}.get(field[i], field[i]))
        else:
            out.append(field[i])
        i += 1
    return "".join(out)


def as_text(value):
    if value is None:
        return None
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def same_on_both_sides(t, path, *tables):
    """Read by Python's sqlite3 on one side, as PostgreSQL's own text on the other."""
    for table in tables:
        columns = [c[1] for c in rows(path, f"PRAGMA table_info({table})")]
        here = sorted([tuple(map(as_text, row)) for row in rows(path, f"SELECT {', '.join(columns)} FROM {table}")],
                      key=repr)
        out = t.psql(f"COPY (SELECT {', '.join(columns)} FROM {table}) TO STDOUT")
        there = sorted([tuple(map(unescape, line.split("\t"))) for line in out.split("\n") if line], key=repr)
        equal(here, there, f"table {table}")


def sound(path):
    equal(rows(path, "PRAGMA integrity_check"), [("ok",)], "integrity_check")
    equal(rows(path, "PRAGMA foreign_key_check"), [], "foreign_key_check")


class Session:
    """One psql that stays, for transactions that overlap."""

    def __init__(self, t, settings=""):
        self.process = subprocess.Popen(
            [server_programs() / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=0", "-d", t.target],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.do(settings)

    def do(self, sql):
        """Runs it and waits until it is over; returns what psql wrote."""
        self.process.stdin.write(sql.rstrip("; ") + ";\n\\echo =done=\n" if sql else "\\echo =done=\n")
        self.process.stdin.flush()
        out = []
        while (line := self.process.stdout.readline().rstrip("\n")) != "=done=":
            check(self.process.poll() is None, "psql is gone:", out)
            out.append(line)
        return "\n".join(out)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(60)


SHOP = """
CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, u INTEGER UNIQUE, v TEXT);
CREATE TABLE ch (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES p(id) ON DELETE CASCADE, v TEXT);
CREATE TABLE a (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v TEXT, n REAL, b BLOB);
CREATE TABLE w (a INTEGER, k TEXT, b TEXT, PRIMARY KEY (a, k)) WITHOUT ROWID;
CREATE TRIGGER audit AFTER INSERT ON p BEGIN UPDATE p SET v = v || '!' WHERE id = new.id; END;
WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 100)
 INSERT INTO a SELECT i, 'u' || i, 'v', i / 4.0, zeroblob(i % 5) FROM s;
INSERT INTO p (id, u, v) SELECT id, id, 's' FROM a;
INSERT INTO ch SELECT id, id, 's' FROM p;
INSERT INTO w SELECT id % 10, 'k' || id, 'x' FROM a;
"""
SHOP_TABLES = ("p", "ch", "a", "w")
CASCADE = """ALTER TABLE ch DROP CONSTRAINT ch_pid_fkey;
ALTER TABLE ch ADD CONSTRAINT ch_pid_fkey FOREIGN KEY (pid) REFERENCES p (id) ON DELETE CASCADE;"""


@test("inserts, updates, deletes, upserts, MERGE and COPY arrive, and no trigger of the application acts on them")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql("INSERT INTO p (u, v) VALUES (1000, 'new'); UPDATE a SET v = 'changed', n = n + 0.1 WHERE id % 3 = 0;"
           "DELETE FROM ch WHERE id < 20; INSERT INTO a (id, u, v) VALUES (1, 'u1', 'x'), (500, 'u500', 'y')"
           " ON CONFLICT (id) DO UPDATE SET v = excluded.v; UPDATE w SET b = b || a WHERE a = 3;")
    check(" rows=0" not in driver.say("round"), "nothing was brought")
    same_on_both_sides(t, path, *SHOP_TABLES)
    if int(t.psql("SHOW server_version_num")) >= 150000:
        t.psql("MERGE INTO a USING (VALUES (2), (3), (900)) AS s (id) ON a.id = s.id WHEN MATCHED AND a.id = 2 THEN"
               " DELETE WHEN MATCHED THEN UPDATE SET v = 'merged' WHEN NOT MATCHED THEN INSERT (id, u) VALUES (s.id, 'm')")
    t.psql("COPY w FROM STDIN;\n77\tcopied\tone\n78\tcopied\t\\N\n\\.\n")
    t.psql("PREPARE i (int) AS UPDATE a SET n = $1 WHERE id = $1; EXECUTE i (5); EXECUTE i (6);"
           "DO $$ BEGIN FOR i IN 1..5 LOOP INSERT INTO w VALUES (i, 'do', 'x'); END LOOP; END $$;")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    equal(driver.say("round"), "applied=0 keys=0 rows=0 refused=0 altered=0 ok")
    sound(path)
    driver.close()


@test("a foreign key's cascades, also at ON UPDATE, arrive with what set them off")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql(CASCADE.replace("ON DELETE CASCADE", "ON DELETE CASCADE ON UPDATE CASCADE"))
    t.psql("DELETE FROM p WHERE id BETWEEN 10 AND 30; UPDATE p SET id = id + 10000 WHERE id > 90")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    equal(rows(path, "SELECT count(*) FROM ch WHERE pid > 10000"), [(10,)])
    sound(path)
    driver.close()


@test("session_replication_role = replica hides nothing")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql("SET session_replication_role = replica; INSERT INTO a (id, v) VALUES (700, 'r'); DELETE FROM w WHERE a = 1;"
           "UPDATE p SET v = 'r' WHERE id = 4; TRUNCATE ch;")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    driver.close()


@test("an application's role needs no right on anything of ours")
def _(t):
    path, driver = switched(t, SHOP + "CREATE TABLE bag (v TEXT); INSERT INTO bag VALUES ('x'), ('x');")
    t.psql("CREATE ROLE shop_app LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public"
           " TO shop_app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shop_app;"
           "REVOKE ALL ON SEQUENCE bag__outgrow_rowid_seq FROM shop_app")
    try:
        equal(t.psql("SELECT has_schema_privilege('shop_app', 'outgrow', 'usage')"), "f")
        t.psql("SET ROLE shop_app; INSERT INTO a (id, v) VALUES (800, 'role'); UPDATE p SET v = 'role' WHERE id = 1;"
               "DELETE FROM ch WHERE id = 1; TRUNCATE w; INSERT INTO bag VALUES ('born')")
        driver.say("round")
        same_on_both_sides(t, path, *SHOP_TABLES, "bag")
    finally:
        t.psql("DROP OWNED BY shop_app; DROP ROLE shop_app")
    driver.close()


@test("a transaction that commits late, behind numbers that were already taken, is not lost")
def _(t):
    path, driver = switched(t, SHOP)
    slow = Session(t)
    slow.do("BEGIN; UPDATE a SET v = 'slow' WHERE id = 1; INSERT INTO w VALUES (99, 'slow', 'x')")
    t.psql("UPDATE a SET v = 'fast' WHERE id = 2")
    driver.say("round")
    equal(rows(path, "SELECT v FROM a WHERE id IN (1, 2) ORDER BY id"), [("v",), ("fast",)])
    slow.do("COMMIT")
    slow.close()
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    equal(t.psql("SELECT count(*) FROM outgrow.back_log"), "0")
    driver.close()


@test("TRUNCATE, alone and with rows that come behind it, empties the source's table too")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql("TRUNCATE w; TRUNCATE p CASCADE")
    driver.say("round")
    equal(rows(path, "SELECT (SELECT count(*) FROM w) + (SELECT count(*) FROM p) + (SELECT count(*) FROM ch)"), [(0,)])
    before = rows(path, "SELECT * FROM a ORDER BY id")
    t.psql("BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM a WHERE id > 40; TRUNCATE a; INSERT INTO a SELECT * FROM kept;"
           "INSERT INTO a (id, u) VALUES (7, 'u8'), (8, 'u7'); COMMIT; INSERT INTO w VALUES (1, 'again', 'x')")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    equal(rows(path, "SELECT * FROM a WHERE id > 40 ORDER BY id"), [r for r in before if r[0] > 40])
    sound(path)
    driver.close()


@test("unique values that are swapped, rotated, or pass from a removed row to a new one")
def _(t):
    path, driver = switched(t, SHOP + "CREATE TABLE r (id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE, v TEXT);"
                            "INSERT INTO r SELECT id, u, v FROM a; CREATE UNIQUE INDEX part ON a (v) WHERE n > 1000;")
    for table in "a", "r":
        t.psql(f"BEGIN; UPDATE {table} SET u = NULL WHERE id < 4; UPDATE {table} SET u = 'u' || (id % 3 + 1) WHERE id < 4;"
               f"UPDATE {table} SET u = 'moving' WHERE id = 10; UPDATE {table} SET u = 'u10' WHERE id = 11;"
               f"DELETE FROM {table} WHERE id = 12; INSERT INTO {table} (id, u) VALUES (600, 'u12'); COMMIT")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES, "r")
    sound(path)
    driver.close()


@test("keys that change, also into each other, leave no row behind")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql("UPDATE a SET id = id + 1000; UPDATE w SET k = upper(k) WHERE a < 5; BEGIN; UPDATE a SET id = 1 WHERE id = 1001;"
           "UPDATE a SET id = 1001 WHERE id = 1002; UPDATE a SET id = 1002 WHERE id = 1; COMMIT;")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    driver.close()


def work(t, seed, slow, stop, done):
    """One client: transactions of every kind, some of them held open."""
    r = random.Random(seed)
    session = Session(t)
    while not stop.is_set():
        statements = []
        for _ in range(r.randint(1, 4)):
            i, z = r.randint(1, 200), r.random()
            if z < .3:
                statements.append(f"INSERT INTO p VALUES ({i}, {1000 + i}, 'pg{r.random()}')"
                                  " ON CONFLICT (id) DO UPDATE SET v = excluded.v")
            elif z < .5:
                statements.append(f"INSERT INTO ch SELECT {i}, id, 'q' FROM p WHERE id >= {i} LIMIT 1"
                                  " ON CONFLICT (id) DO UPDATE SET pid = excluded.pid")
            elif z < .6:
                statements.append(f"DELETE FROM p WHERE id = {i}")
            elif z < .7:
                j = r.randint(1, 200)
                statements += [f"UPDATE a SET u = 'tmp{seed}' WHERE id = {i}", f"UPDATE a SET u = 'x{i}' WHERE id = {j}",
                               f"UPDATE a SET u = 'x{j}' WHERE id = {i}"]
            elif z < .75:
                statements.append(f"UPDATE a SET id = {i} + 5000 WHERE id = {i}")
            elif z < .9:
                statements.append(f"INSERT INTO a VALUES ({i}, 'y{i}', 'w{r.random()}', {r.random()}, '\\x00ff')"
                                  " ON CONFLICT (id) DO UPDATE SET v = excluded.v, n = excluded.n")
            elif z < .99:
                statements.append(f"INSERT INTO w VALUES ({i % 50}, 'k{i % 5}', 'r') ON CONFLICT (a, k) DO UPDATE SET b = w.b || 'z'")
            else:
                statements.append("TRUNCATE w")
        session.do("BEGIN")
        for statement in statements:
            session.do(statement)
        if slow:
            time.sleep(r.random() * .3)
        session.do("COMMIT" if r.random() < .9 else "ROLLBACK")
        done[0] += 1
    session.close()


@test("four clients, one of them slow, and forty rounds killed between the two commits")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql(CASCADE)
    stop, done = threading.Event(), [0]
    clients = [threading.Thread(target=work, args=(t, seed, seed == 0, stop, done)) for seed in range(4)]
    for client in clients:
        client.start()
    r = random.Random(7)
    try:
        crashes = 0
        while crashes < 40:
            for _ in range(r.randint(0, 2)):
                driver.say("round")
            driver.crash()
            crashes += 1
            try:
                rows(path, "INSERT INTO a (v) VALUES ('not here')")
                raise AssertionError("the source took a write")
            except sqlite3.Error as refused:
                check("PostgreSQL is the primary" in str(refused), refused)
    finally:
        stop.set()
        for client in clients:
            client.join()
    check(done[0] > 40, "too little happened:", done[0])
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    sound(path)
    equal(t.psql("SELECT count(*) FROM outgrow.back_log"), "0")
    equal(t.psql("SELECT count(*) FROM outgrow.back_refused"), "0")
    driver.close()


@test("rounds that are killed wherever they happen to be")
def _(t):
    path, driver = switched(t, SHOP)
    r = random.Random(11)
    for i in range(12):
        t.psql(f"UPDATE a SET u = NULL; UPDATE a SET v = v || '{i}', u = 'n' || ((id * {i + 3} + {i}) % 101); INSERT INTO w SELECT g, 'g{i}', 'x'"
               f" FROM generate_series(1000, 3000) g; DELETE FROM w WHERE k = 'g{i - 2}'")
        driver.process.stdin.write("run\n")
        driver.process.stdin.flush()
        time.sleep(r.random() * .12)
        driver.kill()
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    sound(path)
    driver.close()


@test("a server that is killed under rounds loses nothing of them")
def _(t):
    path, driver = switched(t, SHOP)
    for i in range(4):
        t.psql(f"UPDATE a SET v = v || '{i}'; INSERT INTO w SELECT g, 's{i}', 'x' FROM generate_series(1000, 4000) g;"
               f"DELETE FROM w WHERE k = 's{i - 1}'")
        driver.process.stdin.write("run\n")
        driver.process.stdin.flush()
        time.sleep(.03 * (i + 1))
        t.server.stop(signal.SIGQUIT)
        t.server.start()
        driver.kill()
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    sound(path)
    driver.close()


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
    equal(found, [("2025-05-06 07:08:09", "2025-01-02", "abcdef00-0000-4000-8000-000000000001", '{"z":[1,2]}', 12.5, "real",
                   1, "integer", 2.5, b"\x01", "new")])
    driver.close()


@test("a value that SQLite has none for arrives as PostgreSQL's text of it, and is counted")
def _(t):
    path, driver = switched(t, FORMS + "INSERT INTO f (id, at, day, r) VALUES (1, '2024-01-01 00:00:00', '2024-01-01', 1.5);")
    t.psql("UPDATE f SET at = 'infinity', day = '-infinity', r = 'NaN' WHERE id = 1")
    check("altered=3" in driver.say("round"), "not counted")
    equal(rows(path, "SELECT at, day, r FROM f"), [("infinity", "-infinity", "NaN")])
    t.psql("UPDATE f SET r = 'infinity' WHERE id = 1")
    check("altered=0" in driver.say("round"), "counted again")
    equal(rows(path, "SELECT r FROM f"), [(float("inf"),)])
    driver.close()


@test("keys that are written in several ways are found, changed and removed")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE k (id TEXT NOT NULL PRIMARY KEY, v TEXT);")
    db = sqlite3.connect(path)
    keys = [f"{i:08x}-0000-4000-8000-000000000000" for i in range(1, 20)] + \
           ["AAAAAAAA-0000-4000-8000-000000000001", "bbbbbbbb000040008000000000000002", "CCCCCCCC-0000-4000-8000-00000000000d"]
    db.executemany("INSERT INTO k VALUES (?, 'x')", [(k,) for k in keys])
    db.commit()
    db.close()
    plan = t.folder / "plan.yaml"
    plan.write_text("version: 1\nsources: {app: app.db}\ntables: [{from: k, columns: {id: uuid}}]\n")
    driver = Driver(t, path, plan)
    equal(t.psql("SELECT data_type FROM information_schema.columns WHERE table_name = 'k' AND column_name = 'id'"), "uuid")
    driver.say("install")
    check("inexact=0" in driver.say("rehearse"), "rehearsal")
    driver.say("switch")
    t.psql("UPDATE k SET v = 'y' WHERE id::text LIKE 'a%' OR id::text LIKE 'b%'; DELETE FROM k WHERE id::text LIKE 'c%'")
    driver.say("round")
    equal(sorted(rows(path, "SELECT id, v FROM k WHERE v = 'y'")),
          [("AAAAAAAA-0000-4000-8000-000000000001", "y"), ("bbbbbbbb000040008000000000000002", "y")])
    equal(rows(path, "SELECT count(*) FROM k"), [(21,)])
    driver.close()


@test("an application's settings do not change what is logged of a key")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE k (at TIMESTAMP NOT NULL PRIMARY KEY, v TEXT); CREATE TABLE b (k BLOB NOT NULL"
                    " PRIMARY KEY, v TEXT); CREATE TABLE d (k REAL NOT NULL PRIMARY KEY, v TEXT);"
                    "INSERT INTO k VALUES ('2024-03-04 05:06:07', 'x'), ('2024-04-03 05:06:07.25', 'x');"
                    "INSERT INTO b VALUES (x'00ff5c27', 'x'), (x'', 'x'); INSERT INTO d VALUES (0.1, 'x'), (1e-300, 'x');")
    driver = Driver(t, path)
    driver.say("install")
    driver.say("switch")
    t.psql("SET datestyle = 'German, DMY'; SET extra_float_digits = -15; SET bytea_output = escape; SET timezone = 'Asia/Tokyo';"
           "UPDATE k SET v = 'y'; UPDATE b SET v = 'y'; UPDATE d SET v = 'y'; DELETE FROM d WHERE k > 0.01; DELETE FROM b WHERE k = ''")
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
    path, driver = switched(t, """CREATE TABLE s (id INTEGER PRIMARY KEY, u TEXT UNIQUE, secret BLOB DEFAULT 'd', v TEXT,
        needed TEXT NOT NULL, twice TEXT GENERATED ALWAYS AS (v || v) VIRTUAL);
        INSERT INTO s VALUES (1, 'a', x'01', 'v', 'n1'), (2, 'b', 7, 'v', 'n2'), (3, 'c', NULL, 'v', 'n3');""", plan=SKIPPED)
    check("s.secret" in driver.say("limits") and "s.needed" in driver.say("limits"), "not said")
    t.psql("ALTER TABLE s ADD COLUMN added text DEFAULT 'later'")
    t.psql("BEGIN; UPDATE s SET u = NULL; UPDATE s SET u = CASE id WHEN 1 THEN 'b' WHEN 2 THEN 'a' ELSE 'c' END; COMMIT;"
           "UPDATE s SET v = 'w' WHERE id = 3; INSERT INTO s (id, u, v) VALUES (9, 'z', 'new')")
    driver.say("round")
    equal(rows(path, "SELECT id, u, secret, v, needed, twice FROM s ORDER BY id"),
          [(1, "b", b"\x01", "v", "n1", "vv"), (2, "a", 7, "v", "n2", "vv"), (3, "c", None, "w", "n3", "ww"),
           (9, "z", "d", "new", "", "newnew")])
    driver.close()


@test("rows without a key are told apart, and those born in PostgreSQL arrive once, crash or not")
def _(t):
    path, driver = switched(t, "CREATE TABLE bag (v TEXT, n INTEGER); INSERT INTO bag VALUES ('a', 1), ('a', 1), ('b', 2);"
                            "INSERT INTO bag (rowid, v) VALUES (70, 'far');")
    t.psql("INSERT INTO bag VALUES ('born', 3), ('born', 3); DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE v = 'a')")
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
    equal(t.psql("SELECT data_type FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'id'"), "uuid")
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


@test("a row that SQLite refuses stops no round, is kept with its reason, and comes once it can")
def _(t):
    path, driver = switched(t, "CREATE TABLE c (id INTEGER PRIMARY KEY, v TEXT, n INTEGER CHECK (n GLOB '[0-9]*' OR n IS NULL));"
                            "INSERT INTO c VALUES (1, 'a', 1), (2, 'b', 2);")
    t.psql("ALTER TABLE c DROP CONSTRAINT IF EXISTS c_n_check; UPDATE c SET n = -5, v = 'A' WHERE id = 1; UPDATE c SET v = 'B'"
           " WHERE id = 2; INSERT INTO c VALUES (3, 'c', -1)")
    check("refused=2" in driver.say("round"), "not counted")
    equal(rows(path, "SELECT * FROM c ORDER BY id"), [(1, "a", 1), (2, "B", 2)])
    check("CHECK" in t.psql("SELECT reason FROM outgrow.back_refused WHERE k = '{3}'"), "no reason")
    last = driver.try_say("last")
    check(last.startswith("error: SQLite does not take 2 rows; first public.c {") and "CHECK" in last, last)
    t.psql("UPDATE c SET n = 5 WHERE id = 3")
    check("refused=1" in driver.say("round"), "still counted")
    equal(rows(path, "SELECT * FROM c ORDER BY id"), [(1, "a", 1), (2, "B", 2), (3, "c", 5)])
    t.psql("UPDATE c SET n = 1 WHERE id = 1")
    check("refused=0" in driver.say("round"), "still refused")
    same_on_both_sides(t, path, "c")
    driver.close()


@test("two rows that are one for SQLite: the second waits, and neither is lost for good")
def _(t):
    path, driver = switched(t, "CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, v TEXT);"
                            "CREATE UNIQUE INDEX c_name ON c (name); INSERT INTO c VALUES (1, 'ann', 'x'), (2, 'bob', 'x')")
    t.psql("DROP INDEX IF EXISTS c_name; INSERT INTO c VALUES (3, 'ANN', 'new'); UPDATE c SET v = 'y' WHERE id = 2")
    check("refused=1" in driver.say("round"), "not counted")
    equal(rows(path, "SELECT * FROM c ORDER BY id"), [(1, "ann", "x"), (2, "bob", "y")])
    t.psql("UPDATE c SET name = 'ann b' WHERE id = 1")
    check("refused=0" in driver.say("round"), "still refused")
    same_on_both_sides(t, path, "c")
    sound(path)
    driver.close()


@test("rows that were set aside on their way to PostgreSQL survive a TRUNCATE there")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE x (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO x VALUES (1, 'good');"
                    "INSERT INTO x VALUES (2, CAST(x'ff00' AS TEXT));")
    driver = Driver(t, path)
    driver.say("install")
    driver.say("switch")
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "1")
    t.psql("TRUNCATE x; INSERT INTO x VALUES (5, 'later')")
    driver.say("round")
    equal(rows(path, "SELECT id FROM x ORDER BY id"), [(2,), (5,)])
    driver.close()


@test("PostgreSQL's fence refuses everybody but us, and says why; lowered, it is gone; raised, it is back")
def _(t):
    path = t.sqlite("app.db", SHOP)
    driver = Driver(t, path)
    driver.say("install")
    equal(driver.say("fenced?"), "up=1 ok")
    session = Session(t)
    for sql in ("INSERT INTO a (id) VALUES (900)", "UPDATE a SET v = 'no' WHERE false", "DELETE FROM ch", "TRUNCATE w",
                "SET session_replication_role = replica; UPDATE a SET v = 'no'", "COPY w FROM '/dev/null'"):
        check("SQLite's still the primary" in session.do(sql), sql, "went through")
    session.close()
    driver.say("ours", "UPDATE a SET v = 'ours' WHERE id = 1")
    equal(t.psql("SELECT v FROM a WHERE id = 1"), "ours")
    equal(t.psql("SELECT count(*) FROM outgrow.back_log"), "0")
    driver.say("ours", "UPDATE a SET v = 'v' WHERE id = 1")
    held = Session(t)
    held.do("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM a")
    driver.say("switch")
    equal(driver.say("fenced?"), "up=0 ok")
    t.psql("UPDATE a SET v = 'app' WHERE id = 2")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    driver.say("fence")
    check("SQLite is the primary again" in held.do("UPDATE w SET b = 'late'"), "an old snapshot went through the fence")
    held.close()
    t.psql("ALTER TABLE ch DISABLE TRIGGER outgrow_fence")
    equal(driver.say("fenced?"), "up=0 ok")
    driver.say("remove")
    equal(t.psql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'outgrow%'"), "0")
    equal(t.psql("SELECT count(*) FROM pg_proc WHERE pronamespace = 'outgrow'::regnamespace"), "0")
    t.psql("UPDATE a SET v = 'free'; TRUNCATE w")
    driver.close()


@test("partitions and children are fenced and logged, those made later too, and named when they are not")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT);"
                    "INSERT INTO a VALUES (1, 'x'), (150, 'x'); INSERT INTO b VALUES (1, 'x');")
    driver = Driver(t, path)
    t.psql("""ALTER TABLE a RENAME TO a_old; CREATE TABLE a (LIKE a_old INCLUDING ALL) PARTITION BY RANGE (id);
        CREATE TABLE a_1 PARTITION OF a FOR VALUES FROM (0) TO (100); CREATE TABLE a_2 PARTITION OF a FOR VALUES FROM (100) TO (200);
        INSERT INTO a SELECT * FROM a_old; DROP TABLE a_old; CREATE TABLE b_child () INHERITS (b);""")
    driver.say("install")
    driver.say("install")
    equal(driver.say("check"), "why= ok")
    session = Session(t)
    for sql in "UPDATE a_1 SET v = 'no'", "TRUNCATE a_2", "INSERT INTO b_child VALUES (5, 'no')":
        check("still the primary" in session.do(sql), sql, "went through")
    session.close()
    driver.say("switch")
    t.psql("UPDATE a_1 SET v = 'part'; INSERT INTO a_2 VALUES (160, 'p'); INSERT INTO b_child VALUES (5, 'c'); UPDATE b SET v = 'y';"
           "UPDATE a SET id = 120 WHERE id = 1; COPY a FROM STDIN;\n7\tcopied\n\\.\n")
    driver.say("round")
    same_on_both_sides(t, path, "a", "b")
    t.psql("TRUNCATE a_2")
    driver.say("round")
    same_on_both_sides(t, path, "a", "b")
    t.psql("CREATE TABLE a_3 PARTITION OF a FOR VALUES FROM (200) TO (300); INSERT INTO a_3 VALUES (201, 'third')")
    driver.say("round")
    same_on_both_sides(t, path, "a", "b")
    check("a_3" in driver.say("check"), "a partition without its TRUNCATE trigger was not seen")
    driver.say("remove")
    equal(t.psql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'outgrow%'"), "0")
    driver.close()


@test("what makes the way back unsafe is found and named")
def _(t):
    path, driver = switched(t, SHOP)
    equal(driver.say("check"), "why= ok")
    for sql, words, undo in (
            ("ALTER TABLE a DISABLE TRIGGER outgrow_back_update", "outgrow_back_update of public.a is disabled",
             "ALTER TABLE a ENABLE ALWAYS TRIGGER outgrow_back_update"),
            ("ALTER TABLE a ENABLE TRIGGER outgrow_back_update", "outgrow_back_update of public.a is disabled",
             "ALTER TABLE a ENABLE ALWAYS TRIGGER outgrow_back_update"),
            ("ALTER TABLE a ADD COLUMN extra int", "the column extra of public.a was added", "ALTER TABLE a DROP COLUMN extra"),
            ("ALTER TABLE a RENAME COLUMN v TO vv", "the column v of public.a is gone", "ALTER TABLE a RENAME COLUMN vv TO v"),
            ("ALTER TABLE a ALTER COLUMN v TYPE bytea USING v::bytea", "the column v of public.a has another type",
             "ALTER TABLE a ALTER COLUMN v TYPE text USING convert_from(v, 'UTF8')"),
            ("CREATE TABLE later (x int)", "the table public.later was added", "DROP TABLE later"),
            ("ALTER TABLE w RENAME TO ww", "the table public.w is gone", "ALTER TABLE ww RENAME TO w"),
            ("ALTER TABLE p ALTER COLUMN v TYPE varchar(50)", "", "ALTER TABLE p ALTER COLUMN v TYPE text"),
            ("ALTER TABLE w SET UNLOGGED", "public.w is UNLOGGED", "ALTER TABLE w SET LOGGED"),
            ("CREATE INDEX ON p (v)", "", "SELECT 1")):
        t.psql(sql)
        found = driver.say("check")
        check(words in found and (words or found == "why= ok"), sql, "->", found)
        t.psql(undo)
    equal(driver.say("check"), "why= ok")
    t.psql("DROP TRIGGER outgrow_back_delete ON a")
    check("outgrow_back_delete of public.a is gone" in driver.say("check"), "not seen")
    driver.say("install")
    equal(driver.say("check"), "why= ok")
    t.psql("DROP TABLE w; CREATE TABLE w (a bigint, k text, b text, PRIMARY KEY (a, k))")
    check("public.w" in driver.say("check"), "not seen")
    driver.close()


@test("counters go on behind both sides', and full-text tables find what has arrived")
def _(t):
    path, driver = switched(t, SHOP + "CREATE TABLE empty (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);"
                            "CREATE TABLE doc (id INTEGER PRIMARY KEY, body TEXT);"
                            "INSERT INTO doc VALUES (1, 'old words');"
                            "CREATE VIRTUAL TABLE find USING fts5(body, content='doc', content_rowid='id');"
                            "INSERT INTO find(find) VALUES ('rebuild'); CREATE VIRTUAL TABLE own USING fts5(x);")
    check("own keeps texts of its own" in driver.say("limits"), "not said")
    t.psql("INSERT INTO p (id, u, v) SELECT 500, 900, 'x'; SELECT setval(pg_get_serial_sequence('p', 'id'), 2000);"
           "SELECT setval(pg_get_serial_sequence('empty', 'id'), 41); UPDATE doc SET body = 'new phrase'")
    driver.say("round")
    driver.say("settle")
    equal(rows(path, "SELECT name, seq FROM sqlite_sequence WHERE name IN ('p', 'empty') ORDER BY name"), [("empty", 41), ("p", 2000)])
    equal(rows(path, "SELECT rowid FROM find WHERE find MATCH 'phrase'"), [(1,)])
    equal(rows(path, "SELECT rowid FROM find WHERE find MATCH 'words'"), [])
    sound(path)
    driver.close()


@test("a rehearsal names what would be lost, and leaves out what is still under way")
def _(t):
    path = t.sqlite("app.db", SHOP)
    driver = Driver(t, path)
    driver.say("install")
    check("rows=400 inexact=0 kept=0 ok" in driver.say("rehearse"), driver.say("rehearse"))
    db = sqlite3.connect(path)
    db.execute("UPDATE a SET v = 'written meanwhile' WHERE id = 5")
    db.execute("DELETE FROM w WHERE a = 4")
    db.commit()
    db.close()
    check("inexact=0" in driver.say("rehearse"), driver.say("rehearse"))
    driver.say("ours", "UPDATE a SET v = 'drifted' WHERE id = 7")
    driver.say("ours", "INSERT INTO a (id, v) VALUES (4000, 'nowhere')")
    found = driver.say("rehearse")
    check("inexact=2" in found and "a.v, id=7: 'v' would come back as 'drifted'" in found and "id=4000: there is no such row" in found,
          found)
    driver.close()


@test("a file in UTF-16 and one in WAL mode take rows back")
def _(t):
    path, driver = switched(t, "PRAGMA encoding = 'UTF-16le'; PRAGMA journal_mode = WAL;"
                            "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES (1, 'caf\u00e9'), (2, 'x');")
    t.psql("UPDATE a SET v = v || '\u2603' WHERE id = 1; INSERT INTO a VALUES (3, 'n\u00e9w')")
    driver.say("round")
    equal(rows(path, "SELECT id, v FROM a ORDER BY id"), [(1, "caf\u00e9\u2603"), (2, "x"), (3, "n\u00e9w")])
    sound(path)
    driver.close()


run()
