"""The way back: what is written to PostgreSQL after a switch arrives in SQLite, all of it and
nothing else, whoever writes it and whenever a round is killed."""
import random
import signal
import sqlite3
import threading
import time

import live_move
from back import CASCADE, SHOP, SHOP_TABLES, Driver, Session, rows, same_on_both_sides, sound, switched
from harness import TIMEOUT_S, check, equal, run, test
from stall import must_see


def change(path, *statements):
    db = sqlite3.connect(path, isolation_level=None, timeout=TIMEOUT_S)
    for statement in statements:
        db.execute(statement)
    db.close()


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
               " DELETE WHEN MATCHED THEN UPDATE SET v = 'merged' WHEN NOT MATCHED THEN INSERT (id, u)"
               " VALUES (s.id, 'm')")
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
    t.psql("BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM a WHERE id > 40; TRUNCATE a; "
           "INSERT INTO a SELECT * FROM kept;"
           "INSERT INTO a (id, u) VALUES (7, 'u8'), (8, 'u7'); COMMIT; INSERT INTO w VALUES (1, 'again', 'x')")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    equal(rows(path, "SELECT * FROM a WHERE id > 40 ORDER BY id"), [r for r in before if r[0] > 40])
    sound(path)
    driver.close()


@test("unique values that are swapped, rotated, or pass from a removed row to a new one")
def _(t):
    path, driver = switched(t,
                            SHOP + "CREATE TABLE r (id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE, v TEXT);"
                            "INSERT INTO r SELECT id, u, v FROM a; CREATE UNIQUE INDEX part ON a (v) WHERE n > 1000;")
    for table in "a", "r":
        t.psql(f"BEGIN; UPDATE {table} SET u = NULL WHERE id < 4; "
               f"UPDATE {table} SET u = 'u' || (id % 3 + 1) WHERE id < 4;"
               f"UPDATE {table} SET u = 'moving' WHERE id = 10; UPDATE {table} SET u = 'u10' WHERE id = 11;"
               f"DELETE FROM {table} WHERE id = 12; INSERT INTO {table} (id, u) VALUES (600, 'u12'); COMMIT")
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES, "r")
    sound(path)
    driver.close()


@test("thousands of unique values pass between rows that go, stay and come, to smaller and to larger keys")
def _(t):
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
    path, driver = switched(t, "CREATE TABLE k (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v INTEGER);"
                            "CREATE TABLE h (u TEXT COLLATE NOCASE UNIQUE, v INTEGER);"
                            "CREATE TABLE c (a INTEGER, b TEXT COLLATE NOCASE, u INTEGER UNIQUE,"
                            " PRIMARY KEY (a, b)) WITHOUT ROWID;"
                            f"{many} INSERT INTO k SELECT i, 'u' || i, 0 FROM n;"
                            f"{many} INSERT INTO h SELECT 'u' || i, i FROM n;"
                            f"{many} INSERT INTO c SELECT i / 2, iif(i % 2, 'x', 'y'), i FROM n;")
    for name, key in ("k", "id"), ("h", "v"):
        t.psql(f"CREATE TEMP TABLE old AS SELECT * FROM {name} WHERE {key} % 3 = 0;"
               f"DELETE FROM {name} WHERE {key} % 3 = 0;"
               f"UPDATE {name} SET u = 'u' || {key} + 1 WHERE {key} % 3 = 2 AND {key} < 3000;"
               f"UPDATE {name} SET u = 'u' || {key} - 1 WHERE {key} % 3 = 1 AND {key} > 3002;"
               f"INSERT INTO {name} ({key}, u) SELECT -{key}, 'u' || {key} - 1 FROM old WHERE {key} < 3000;"
               f"INSERT INTO {name} ({key}, u) SELECT 10000 + {key}, 'u' || {key} + 1 FROM old"
               f" WHERE {key} BETWEEN 3002 AND 5997")
    t.psql("DELETE FROM c WHERE a % 3 = 0;"
           "INSERT INTO c SELECT a - 1, 'Z', u + 2 FROM c WHERE a % 3 = 2 AND b = 'x' AND a < 2990;"
           "DELETE FROM c WHERE a % 3 = 1 AND b <> 'Z' AND a < 2000;"
           "INSERT INTO c SELECT i, 'X', -i FROM generate_series(1, 2000, 3) AS i")
    driver.say("round")
    same_on_both_sides(t, path, "k", "h", "c")
    check(int(t.psql("SELECT count(*) FROM k")) > 5000, "few rows stayed")
    equal(rows(path, "SELECT count(*) > 600 FROM c WHERE b = 'X'"), [(1,)], "respelled")
    equal(t.psql("SELECT count(*) FROM outgrow.back_refused"), "0", "refused")
    sound(path)
    driver.close()


@test("keys that change, also into each other, leave no row behind")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql("UPDATE a SET id = id + 1000; UPDATE w SET k = upper(k) WHERE a < 5; BEGIN; "
           "UPDATE a SET id = 1 WHERE id = 1001;"
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
                statements += [f"UPDATE a SET u = 'tmp{seed}' WHERE id = {i}",
                               f"UPDATE a SET u = 'x{i}' WHERE id = {j}",
                               f"UPDATE a SET u = 'x{j}' WHERE id = {i}"]
            elif z < .75:
                statements.append(f"UPDATE a SET id = {i} + 5000 WHERE id = {i}")
            elif z < .9:
                statements.append(f"INSERT INTO a VALUES ({i}, 'y{i}', 'w{r.random()}', {r.random()}, '\\x00ff')"
                                  " ON CONFLICT (id) DO UPDATE SET v = excluded.v, n = excluded.n")
            elif z < .99:
                statements.append(f"INSERT INTO w VALUES ({i % 50}, 'k{i % 5}', 'r') ON CONFLICT (a, k) DO UPDATE"
                                  " SET b = w.b || 'z'")
            else:
                statements.append("TRUNCATE w")
        session.do("BEGIN")
        for statement in statements:
            session.do(statement)
        if slow:
            time.sleep(r.random() * .3)
        session.do("COMMIT" if r.random() < .9 else "ROLLBACK")
        done[seed] += 1
    session.close()


@test("four clients, one of them slow, and forty rounds killed between the two commits")
def _(t):
    path, driver = switched(t, SHOP)
    t.psql(CASCADE)
    stop, done = threading.Event(), [0] * 4
    clients = [threading.Thread(target=work, args=(t, seed, seed == 0, stop, done)) for seed in range(4)]
    for client in clients:
        client.start()
    r = random.Random(7)
    try:
        crashes = 0
        while crashes < 40 or min(done) < 5:
            check(all(client.is_alive() for client in clients), "a client has ended:", done)
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
    driver.say("round")
    same_on_both_sides(t, path, *SHOP_TABLES)
    check(rows(path, "SELECT count(*) FROM p WHERE v LIKE 'pg%'") > [(0,)], "nothing of the clients has come")
    sound(path)
    equal(t.psql("SELECT count(*) FROM outgrow.back_log"), "0")
    equal(t.psql("SELECT count(*) FROM outgrow.back_refused"), "0")
    driver.close()


KEYS = """
CREATE TABLE bag (v TEXT, n INTEGER);
CREATE TABLE nocase (k TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, v TEXT);
CREATE TABLE moments (k TIMESTAMP NOT NULL, t TEXT, v TEXT, PRIMARY KEY (t, k)) WITHOUT ROWID;
CREATE TABLE reals (k REAL NOT NULL PRIMARY KEY, v TEXT);
CREATE TABLE blobs (k BLOB NOT NULL PRIMARY KEY, v TEXT UNIQUE);
INSERT INTO bag VALUES ('a', 1), ('a', 1), (NULL, NULL); INSERT INTO nocase VALUES ('Ann', 'x'), ('bob', 'x');
INSERT INTO moments VALUES ('2024-01-01T00:00:00', 'a', 'x'), ('2024-01-01T00:00:00.5', 'b', 'x');
INSERT INTO reals VALUES (0.1, 'x'), (1e300, 'x'); INSERT INTO blobs VALUES (x'00', 'x'), (x'', 'y');
"""


def random_change(r):
    i = r.randint(0, 15)
    return r.choice((
        f"INSERT INTO bag VALUES ('n{i}', {i})", f"DELETE FROM bag WHERE n = {i}",
        f"UPDATE bag SET n = n + 1 WHERE v = 'n{i}'",
        f"INSERT INTO nocase VALUES ('{'Kk'[i % 2]}{i // 2}', 'v') ON CONFLICT (k) DO UPDATE SET v = nocase.v || 'w'",
        f"UPDATE nocase SET k = CASE WHEN k = upper(k) THEN lower(k) ELSE upper(k) END WHERE k ILIKE 'k{i // 2}' AND"
        f" (SELECT count(*) FROM nocase o WHERE o.k ILIKE 'k{i // 2}') = 1",
        f"DELETE FROM nocase WHERE k ILIKE '%{i // 2}'",
        f"INSERT INTO moments VALUES (timestamp '2024-05-06 07:08:09' + interval '{i} days', 't', 'v')"
        " ON CONFLICT DO NOTHING",
        f"UPDATE moments SET k = k + interval '100 days', v = 'later' WHERE t = 't' AND extract(day FROM k) = {i + 6}"
        " AND k < '2024-07-01'",
        f"DELETE FROM moments WHERE extract(day FROM k) = {i + 6}",
        f"INSERT INTO reals VALUES ({i} / 7.0::float8, 'v') ON CONFLICT (k) DO UPDATE SET v = 'again'",
        f"UPDATE reals SET k = k * 3 + 1000 WHERE k < {i} AND k > {i - 1}", f"DELETE FROM reals WHERE k > {i * 100}",
        f"INSERT INTO blobs VALUES (decode(lpad(to_hex({i}), 4, '0'), 'hex'), 'b{i}') ON CONFLICT DO NOTHING",
        f"UPDATE blobs SET k = k || '\\x01', v = NULL WHERE v = 'b{i}'",
        "TRUNCATE blobs" if i == 0 else f"DELETE FROM blobs WHERE v = 'b{i}'"))


@test("rows that are known by a rowid, by texts without case, by moments, reals and blobs: thirty rounds, "
      "each killed or not")
def _(t):
    path, driver = switched(t, KEYS)
    r = random.Random(23)
    session = Session(t)
    refused = []
    for _ in range(30):
        for _ in range(r.randint(1, 25)):
            refused.append(session.do(random_change(r)) != "")
        if r.random() < .5:
            driver.crash()
        else:
            driver.say("round")
    session.close()
    check(sum(refused) < len(refused) // 10, sum(refused), "of", len(refused), "changes were refused")
    driver.say("round")
    same_on_both_sides(t, path, "bag", "nocase", "reals", "blobs")
    here = sorted(rows(path, "SELECT strftime('%Y-%m-%d %H:%M:%f', k), t, v FROM moments"), key=repr)
    moments = t.psql("SELECT to_char(k, 'YYYY-MM-DD HH24:MI:SS.MS'), t, v FROM moments")
    there = [tuple(line.split("|")) for line in moments.split("\n")]
    equal(here, sorted(there, key=repr))
    equal(t.psql("SELECT count(*) FROM outgrow.back_refused"), "0")
    sound(path)
    driver.close()


@test("rounds that are killed wherever they happen to be")
def _(t):
    path, driver = switched(t, SHOP)
    r = random.Random(11)
    for i in range(12):
        t.psql(f"UPDATE a SET u = NULL; UPDATE a SET v = v || '{i}', u = 'n' || ((id * {i + 3} + {i}) % 101); "
               f"INSERT INTO w SELECT g, 'g{i}', 'x'"
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


@test("a row that SQLite refuses stops no round, is kept with its reason, and comes once it can")
def _(t):
    path, driver = switched(t,
                            "CREATE TABLE c (id INTEGER PRIMARY KEY, v TEXT, n INTEGER CHECK (n GLOB '[0-9]*'"
                            " OR n IS NULL));"
                            "INSERT INTO c VALUES (1, 'a', 1), (2, 'b', 2);")
    t.psql("ALTER TABLE c DROP CONSTRAINT IF EXISTS c_n_check; UPDATE c SET n = -5, v = 'A' WHERE id = 1; "
           "UPDATE c SET v = 'B'"
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
                            "CREATE UNIQUE INDEX c_name ON c (name); "
                            "INSERT INTO c VALUES (1, 'ann', 'x'), (2, 'bob', 'x')")
    t.psql("DROP INDEX IF EXISTS c_name; INSERT INTO c VALUES (3, 'ANN', 'new'); UPDATE c SET v = 'y' WHERE id = 2")
    check("refused=1" in driver.say("round"), "not counted")
    equal(rows(path, "SELECT * FROM c ORDER BY id"), [(1, "ann", "x"), (2, "bob", "y")])
    t.psql("UPDATE c SET name = 'ann b' WHERE id = 1")
    check("refused=0" in driver.say("round"), "still refused")
    same_on_both_sides(t, path, "c")
    sound(path)
    driver.close()


@test("a row whose new value is taken for SQLite stays as it was, with what only SQLite has of it")
def _(t):
    path, driver = switched(t,
                            "CREATE TABLE c (id TEXT PRIMARY KEY, name TEXT UNIQUE, v TEXT, own TEXT DEFAULT 'none');"
                            "INSERT INTO c (rowid, id, name, v, own) VALUES (7, 'a', 'ann', 'x', 'kept'), "
                            "(9, 'b', 'bob', 'x', 'kept too');",
                            plan="version: 1\nsources: {app: app.db}\ntables: [{from: c, skip_columns: [own]}]\n")
    t.psql("ALTER TABLE c DROP CONSTRAINT IF EXISTS c_name_key; DROP INDEX IF EXISTS c_name_key;"
           "UPDATE c SET name = 'ann', v = 'y' WHERE id = 'b'")
    check("refused=1" in driver.say("round"), "not counted")
    equal(rows(path, "SELECT rowid, * FROM c ORDER BY id"),
          [(7, "a", "ann", "x", "kept"), (9, "b", "bob", "x", "kept too")])
    t.psql("UPDATE c SET name = 'free' WHERE id = 'b'")
    check("refused=0" in driver.say("round"), "still refused")
    equal(rows(path, "SELECT rowid, * FROM c ORDER BY id"),
          [(7, "a", "ann", "x", "kept"), (9, "b", "free", "y", "kept too")])
    sound(path)
    driver.close()


@test("a row that two others leave no place for comes back with what only SQLite had of it, whatever its key is")
def _(t):
    tables = {"k": "id INTEGER PRIMARY KEY, ", "x": "id TEXT PRIMARY KEY, ", "h": "id TEXT, ",
              "w": "id TEXT COLLATE NOCASE, "}
    script = "".join(
        f"CREATE TABLE {table} ({key}name TEXT UNIQUE, v TEXT, own TEXT DEFAULT 'none', \"ow n\" BLOB NOT NULL"
        f"{', PRIMARY KEY (id, v)) WITHOUT ROWID' if table == 'w' else ')'};"
        f"INSERT INTO {table} VALUES ('1', 'ann', 'x', 'kept', x'01'), ('2', 'bob', 'x', 'too', x'02'),"
        " ('3', 'zed', 'x', NULL, 3), ('4', 'moe', 'x', 'last', 4);" for table, key in tables.items())
    path, driver = switched(
        t, script, plan="version: 1\nsources: {app: app.db}\ntables:\n" + "".join(
            f"  - {{from: {table}, skip_columns: [own, ow n]}}\n" for table in tables))
    everything = [("1", "bob", "kept", b"\x01"), ("2", "free", "too", b"\x02"), ("3", "zed", None, 3),
                  ("4", "max", "last", 4)]
    found = lambda table: rows(path, f'SELECT CAST(id AS TEXT), name, own, "ow n" FROM {table} ORDER BY id')
    for table in tables:
        t.psql(f"DO $$ DECLARE c text; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE contype = 'u'"
               f" AND conrelid = '{table}'::regclass LOOP EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT ' || c;"
               f" END LOOP; END $$; DROP INDEX IF EXISTS {table}_name_key;"
               f"UPDATE {table} SET name = 'bob' WHERE id = '1'; UPDATE {table} SET name = 'zed' WHERE id = '2';"
               f"UPDATE {table} SET name = 'max' WHERE id = '4';"
               f"INSERT INTO {table} (id, name, v) VALUES ('5', 'zed', 'x')")
    check("refused=8" in driver.say("round"), "not counted")
    for table in tables:
        equal(found(table), [everything[0], *everything[2:]], table)
    driver.kill()
    t.psql("UPDATE k SET v = 'y' WHERE id = 3")
    check("refused=8" in driver.say("round"), "not tried again")
    t.psql("DELETE FROM k WHERE id = 5; DELETE FROM x WHERE id = '5'; DELETE FROM h WHERE id = '5';"
           "DELETE FROM w WHERE id = '5'; UPDATE k SET name = 'free' WHERE id = 2;"
           "UPDATE x SET name = 'free' WHERE id = '2'; UPDATE h SET name = 'free' WHERE id = '2'")
    t.psql("BEGIN; CREATE TEMP TABLE c AS SELECT * FROM w; TRUNCATE w; INSERT INTO w SELECT * FROM c;"
           "UPDATE w SET name = 'free' WHERE id = '2'; COMMIT")
    check("refused=0" in driver.say("round"), "still refused")
    for table in tables:
        equal(found(table), everything, table)
    t.psql("UPDATE k SET name = 'zed' WHERE id = 1; UPDATE k SET name = 'bob' WHERE id = 2")
    check("refused=1" in driver.say("round"), "not counted")
    t.psql("DELETE FROM k WHERE id = 1")
    driver.say("round")
    t.psql("INSERT INTO k VALUES (1, 'new', 'y')")
    driver.say("round")
    equal(found("k")[0], ("1", "new", "none", b""), "one that was removed starts anew")
    driver.say("settle")
    equal(rows(path, "SELECT name FROM sqlite_schema WHERE name GLOB '_outgrow_lost*'"), [])
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


@test("a row that was set aside is not overwritten by one that is born in PostgreSQL")
def _(t):
    path, driver = switched(t, "CREATE TABLE bag (v TEXT); INSERT INTO bag VALUES ('a'), (CAST(x'ff00' AS TEXT));")
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "1")
    t.psql("INSERT INTO bag VALUES ('born')")
    driver.say("round")
    equal(rows(path, "SELECT rowid, hex(v) FROM bag ORDER BY rowid"),
          [(1, "61"), (2, "FF00"), (3, b"born".hex().upper())])
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
    path = t.sqlite("app.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); "
                              "CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT);"
                    "INSERT INTO a VALUES (1, 'x'), (150, 'x'); INSERT INTO b VALUES (1, 'x');")
    driver = Driver(t, path)
    t.psql("""ALTER TABLE a RENAME TO a_old; CREATE TABLE a (LIKE a_old INCLUDING ALL) PARTITION BY RANGE (id);
        CREATE TABLE a_1 PARTITION OF a FOR VALUES FROM (0) TO (100);
        CREATE TABLE a_2 PARTITION OF a FOR VALUES FROM (100) TO (200);
        INSERT INTO a SELECT * FROM a_old; DROP TABLE a_old; CREATE TABLE b_child () INHERITS (b);""")
    driver.say("install")
    driver.say("install")
    equal(driver.say("check"), "why= ok")
    session = Session(t)
    for sql in "UPDATE a_1 SET v = 'no'", "TRUNCATE a_2", "INSERT INTO b_child VALUES (5, 'no')":
        check("still the primary" in session.do(sql), sql, "went through")
    session.close()
    driver.say("switch")
    t.psql("UPDATE a_1 SET v = 'part'; INSERT INTO a_2 VALUES (160, 'p'); INSERT INTO b_child VALUES (5, 'c'); "
           "UPDATE b SET v = 'y';"
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
            ("ALTER TABLE a ADD COLUMN extra int", "the column extra of public.a was added",
             "ALTER TABLE a DROP COLUMN extra"),
            ("ALTER TABLE a RENAME COLUMN v TO vv", "the column v of public.a is gone",
             "ALTER TABLE a RENAME COLUMN vv TO v"),
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


@test("the process that syncs says what has made the way back unsafe, and that it is mended")
def _(t):
    path = live_move.seed(t)
    live_move.begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    process = t.popen("sync", path, t.target)
    try:
        t.psql("ALTER TABLE users ADD COLUMN phone text")
        must_see(lambda: "phone" in t.psql("SELECT reason FROM outgrow.live"), process, "the added column is named")
        t.psql("ALTER TABLE users DROP COLUMN phone")
        must_see(lambda: "phone" not in t.psql("SELECT reason FROM outgrow.live"), process, "it is gone")
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)


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
    equal(rows(path, "SELECT name, seq FROM sqlite_sequence WHERE name IN ('p', 'empty') ORDER BY name"),
          [("empty", 41), ("p", 2000)])
    equal(rows(path, "SELECT rowid FROM find WHERE find MATCH 'phrase'"), [(1,)])
    equal(rows(path, "SELECT rowid FROM find WHERE find MATCH 'words'"), [])
    sound(path)
    driver.close()


@test("a rehearsal names what would be lost, and leaves out what is still under way")
def _(t):
    path = t.sqlite("app.db", SHOP)
    driver = Driver(t, path)
    driver.say("install")
    equal(driver.say("rehearse"), "rows=400 inexact=0 kept=0 ok")
    db = sqlite3.connect(path)
    db.execute("UPDATE a SET v = 'written meanwhile' WHERE id = 5")
    db.execute("DELETE FROM w WHERE a = 4")
    db.commit()
    db.close()
    found = driver.say("rehearse")
    check("inexact=0" in found, found)
    driver.say("ours", "UPDATE a SET v = 'drifted' WHERE id = 7")
    driver.say("ours", "INSERT INTO a (id, v) VALUES (4000, 'nowhere')")
    found = driver.say("rehearse")
    for words in "inexact=2", "a.v, id=7: 'v' would come back as 'drifted'", "id=4000: there is no such row":
        check(words in found, words, "is not in:", found)
    driver.close()


@test("a rehearsal that cannot read a key says so, instead of missing its row")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE k (at TIMESTAMP NOT NULL PRIMARY KEY, v TEXT); "
                              "INSERT INTO k VALUES ('2024-03-04 05:06:07', 'x');")
    driver = Driver(t, path)
    driver.say("install")
    t.psql("ALTER TABLE k ALTER COLUMN at TYPE text USING at::text")
    said = driver.try_say("rehearse")
    check(said.startswith("error: rehearse the way back of k: k.at: "), said)
    driver.close()


@test("a rehearsal on a copy is not misled by rounds that go on and cut the log behind the copy")
def _(t):
    path = t.sqlite("app.db", SHOP + "CREATE TABLE bag (v TEXT); INSERT INTO bag SELECT v FROM a;")
    rehearsing, going_on = Driver(t, path), Driver(t, path)
    rehearsing.say("install")
    change(path, "UPDATE a SET v = 'on the way' WHERE id = 1", "INSERT INTO a (id, v) VALUES (900, 'on the way')")
    equal(rehearsing.say("moment"), "moved=0 ok")
    change(path, "INSERT INTO a (id, v) VALUES (901, 'behind')", "UPDATE a SET v = 'behind' WHERE id = 2",
           "DELETE FROM w WHERE a = 4")
    check(not going_on.say("forward").startswith("keys=0"), "no round gets through while the moment is kept")
    change(path, "UPDATE a SET v = 'later' WHERE id = 3", "UPDATE a SET v = 'on the way' WHERE id = 4")
    going_on.say("forward")
    equal(rows(path, "SELECT count(*) FROM _outgrow_log"), [(1,)], "the log was not cut")
    rehearsed = rehearsing.say("rehearse moment")
    check("rows=500 inexact=0 kept=0 ok" in rehearsed, rehearsed)
    for driver in (rehearsing, going_on):
        check("inexact=0" in driver.say("rehearse"), "as both sides are now")
        driver.close()


@test("a VACUUM since the last round is known before a row without a key is missed")
def _(t):
    path = t.sqlite("app.db", SHOP + "CREATE TABLE bag (v TEXT); INSERT INTO bag SELECT u FROM a; "
                                     "DELETE FROM bag WHERE rowid < 9;")
    driver = Driver(t, path)
    driver.say("install")
    change(path, "VACUUM")
    equal(rows(path, "SELECT min(rowid) FROM bag"), [(1,)], "rows were not renumbered")
    check("rows=0 inexact=0" in driver.say("rehearse"), "looked at rows that have other numbers now")
    driver.say("forward")
    found = driver.say("rehearse")
    check("rows=492 inexact=0" in found, found)
    driver.close()


@test("a file in UTF-16 and one in WAL mode take rows back")
def _(t):
    path, driver = switched(t, "PRAGMA encoding = 'UTF-16le'; PRAGMA journal_mode = WAL;"
                            "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); "
                            "INSERT INTO a VALUES (1, 'caf\u00e9'), (2, 'x');")
    t.psql("UPDATE a SET v = v || '\u2603' WHERE id = 1; INSERT INTO a VALUES (3, 'n\u00e9w')")
    driver.say("round")
    equal(rows(path, "SELECT id, v FROM a ORDER BY id"), [(1, "caf\u00e9\u2603"), (2, "x"), (3, "n\u00e9w")])
    sound(path)
    driver.close()


run()
