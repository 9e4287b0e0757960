#!/usr/bin/python3
"""What happens to the file itself while it is kept in step: tables made anew, triggers that come and go, our own
tables dropped, copies put back, writes that no trigger sees. Each is followed, or refused with words; nothing
goes by unseen."""
import ctypes
import ctypes.util
import os
import shutil
import signal
import sqlite3

from compare import compare
from harness import TIMEOUT_S, Skip, check, equal, run, test
from live_move import (begin, of_source, of_target, same, seed, state, sync_once, writable, write_source,
                       write_target)
from stall import kill, must_see

NOT_NOW = 8
DJANGO = """CREATE TABLE "song" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "title" varchar(40) NOT NULL UNIQUE,
 "plays" integer);"""
# As Django and Alembic change a table: its declaration is the same text afterwards when only a choice or a label
# changed.
REBUILD = (DJANGO.replace('"song"', '"new__song"') + 'INSERT INTO "new__song" SELECT * FROM "song"; DROP TABLE "song";'
           'ALTER TABLE "new__song" RENAME TO "song";')
UNSEEN = """INSERT INTO song (title) VALUES ('unseen'); UPDATE song SET plays = 0 WHERE id = 1;
DELETE FROM song WHERE id = 2;"""
TRIGGERS = "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow_*' OR sql LIKE '%_outgrow_%'"


def sync(t, path, *options, code=0):
    return t.outgrow("sync", "--once", *options, path, t.target).expect(code)


def write(path, script):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.executescript(script)
    db.commit()
    db.close()


def ask(path, sql):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def songs(t):
    path = t.sqlite("app.db", DJANGO + "INSERT INTO song (title, plays) VALUES ('a', 1), ('b', 2), ('c', 3);")
    sync(t, path)
    return path


@test("a table that a migration makes anew with the same words is captured again, and what went by unseen is found")
def _(t):
    path = songs(t)
    before = ask(path, "SELECT sql FROM sqlite_schema WHERE name = 'song'")
    write(path, REBUILD)
    equal(ask(path, "SELECT sql FROM sqlite_schema WHERE name = 'song'"), before, "the same declaration")
    write(path, UNSEEN)
    check("made anew" in sync(t, path).err, "not noticed")
    compare(path, t.target)
    write(path, "UPDATE song SET plays = 9")
    sync(t, path)
    compare(path, t.target)


@test("a table made anew right before the pause keeps the switch from being made, and nothing is lost")
def _(t):
    path = songs(t)
    script = t.folder / "rebuild.sql"
    script.write_text(REBUILD + UNSEEN)
    program = f"import sqlite3; sqlite3.connect('{path}').executescript(open('{script}').read())"
    hook = f'/usr/bin/env python3 -c "{program}"'
    result = t.outgrow("cutover", "--budget", "60s", "--before-pause", hook, path, t.target).expect(3)
    check("triggers that note changes are missing" in result.err and "outgrow sync" in result.err, result.err)
    equal(state(t), "syncing")
    result = t.outgrow("cutover", "--budget", "60s", path, t.target).expect(NOT_NOW)
    check("triggers of capture are missing" in result.err, result.err)
    sync(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    compare(path, t.target)


@test("a new trigger that would end ours stops rounds, and behind a copy anew ours come first")
def _(t):
    path = songs(t)
    write(path, "CREATE TRIGGER quiet AFTER UPDATE ON song BEGIN SELECT RAISE(IGNORE); END; UPDATE song SET plays = 5;")
    equal(ask(path, "SELECT plays FROM song WHERE id = 1"), [(5,)], "the row is written")
    check("were changed" in sync(t, path, code=3).err, "not noticed")
    said = sync(t, path, "--on-schema-change", "follow").err
    check('trigger "quiet"' in said, said)
    compare(path, t.target)
    write(path, "UPDATE song SET plays = 6")
    sync(t, path)
    compare(path, t.target)


@test("an application that drops tables it does not know is told by its own writes, rounds say so, "
      "and a copy anew mends it")
def _(t):
    for number, drop in enumerate(("DROP TABLE _outgrow_log", "DROP TABLE _outgrow_log; DROP TABLE _outgrow_meta",
                                   "DROP TABLE _outgrow_meta")):
        path = t.sqlite(f"app{number}.db", DJANGO + "INSERT INTO song (title, plays) VALUES ('a', 1), ('b', 2);")
        options = ("--schema", f"s{number}")
        sync(t, path, *options)
        write(path, drop)
        try:
            write(path, "UPDATE song SET plays = 7")
            check(False, "the write went through unseen")
        except sqlite3.OperationalError as error:
            check(drop.split(";")[0].split()[-1] in str(error), error)
        result = sync(t, path, *options, code=3)
        check("capture of changes is gone" in result.err and "--replace" in result.err, result.err)
        sync(t, path, "--replace", *options)
        write(path, "UPDATE song SET plays = plays + 1; DELETE FROM song WHERE id = 2")
        sync(t, path, *options)
        compare(path, t.target)


@test("an older copy whose log has the same numbers and keys again is known by what was cut from the log since")
def _(t):
    path = t.sqlite("app.db", "PRAGMA journal_mode = wal; CREATE TABLE hits (id INTEGER PRIMARY KEY, n);"
                    "CREATE TABLE other (id INTEGER PRIMARY KEY, v); INSERT INTO hits VALUES (1, 0); "
                    "INSERT INTO other VALUES (1, 'old')")
    sync(t, path)
    write(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    older = path.read_bytes()
    hit = ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
           "INSERT INTO hits SELECT 1, i FROM n WHERE true ON CONFLICT (id) DO UPDATE SET n = hits.n + 1")
    write(path, "UPDATE other SET v = 'new'")
    write(path, hit.format(51000))
    daemon = t.popen("sync", path, t.target)
    must_see(lambda: ask(path, "SELECT count(*) FROM _outgrow_log")[0][0] < 1000, daemon, "the log is cut")
    write(path, hit.format(3))
    must_see(lambda: t.psql("SELECT n FROM hits") == str(ask(path, "SELECT n FROM hits")[0][0]), daemon, "a round")
    kill(daemon)
    last = ask(path, "SELECT max(seq) FROM _outgrow_log")[0][0]
    write(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as file:  # the same file, with what it was
        file.write(older)
        file.truncate()
    write(path, hit.format(52000))
    check(ask(path, "SELECT max(seq) FROM _outgrow_log")[0][0] >= last, "the numbers are there again")
    equal(ask(path, f"SELECT t, k1 FROM _outgrow_log WHERE seq = {last}"), [(1, 1)], "and the key")
    result = sync(t, path, code=3)
    check("older copy" in result.err and "trimmed" in result.err, result.err)
    equal(t.psql("SELECT v FROM other"), "new", "nothing was brought over")
    sync(t, path, "--replace")
    compare(path, t.target)


def put_in_place(t, path, copy):
    """As people do who restore a file: side files go, the other one gets its name."""
    for suffix in "-wal", "-shm", "-journal":
        (t.folder / (path.name + suffix)).unlink(missing_ok=True)
    os.replace(copy, path)


def copy_of(t, path, name="copy.db"):
    write(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(path, t.folder / name)
    return t.folder / name


@test("a file that gets the name of the one that is open is noticed while nothing else happens, "
      "by who keeps it in step")
def _(t):
    for number, (wal, gone) in enumerate(((True, False), (False, False), (True, True))):
        path = seed(t, wal)
        begin(t, path)
        daemon = t.popen("sync", path, t.target)
        must_see(lambda: t.psql("SELECT running FROM outgrow.live") == "t", daemon, "it is at work")
        if gone:
            path.unlink()
        else:
            put_in_place(t, path, copy_of(t, path))
        said = daemon.communicate(timeout=TIMEOUT_S)[1]
        equal(daemon.returncode, 3, said)
        check("not as it was left" in said and ("it is gone" if gone else "another file") in said, said)
        if not gone:
            write(path, "INSERT INTO users (name) VALUES ('in the other file')")
            sync_once(t, path).expect(3)
            equal(t.psql("SELECT count(*) FROM users WHERE name LIKE 'in%'"), "0")
            sync(t, path, "--replace")
            same(t, path)
            t.outgrow("sync", "--uninstall", path, t.target).expect(0)
            t.psql("DROP TABLE users, orders, events, kv")
            path.unlink()


@test("an older copy of the fenced file gets no rows back, "
      "and loses none: the return is refused until the right one is there")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    write_target(t, "INSERT INTO users (name) VALUES ('one')")
    sync_once(t, path).expect(0)
    older = copy_of(t, path)
    write_target(t, "INSERT INTO users (name) VALUES ('two')", "DELETE FROM orders WHERE id = 4")
    sync_once(t, path).expect(0)
    newest = copy_of(t, path, "newest.db")
    for put in shutil.copyfile, os.replace:
        shutil.copyfile(older, t.folder / "put.db")
        put(t.folder / "put.db", path)
        result = t.outgrow("return", "--budget", "60s", path, t.target).expect(3)
        check("older copy" in result.err and "PostgreSQL has everything" in result.err, result.err)
        write_target(t, "INSERT INTO users (name) VALUES ('three')")
        check("older copy" in sync_once(t, path).expect(3).err, "rows went to it")
        equal((state(t), writable(t, path)), ("switched", ["target"]))
        t.psql("DELETE FROM users WHERE name = 'three'")
    put_in_place(t, path, newest)
    write_target(t, "INSERT INTO users (name) VALUES ('four')")
    before = of_target(t)
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    equal(of_source(path), before, "all of PostgreSQL's rows")
    write_source(path, "INSERT INTO users (name) VALUES ('five')")
    sync_once(t, path).expect(0)
    same(t, path)
    put_in_place(t, path, older)
    check("not as it was left" in sync_once(t, path).expect(3).err, "of before the return")


@test("a process whose database was made anew behind its back, with another move of the file, leaves that one alone")
def _(t):
    path = seed(t)
    begin(t, path)
    daemon = t.popen("sync", path, t.target)
    must_see(lambda: t.psql("SELECT running FROM outgrow.live") == "t", daemon, "it is at work")
    daemon.send_signal(signal.SIGSTOP)
    t.server.psql("postgres", f"DROP DATABASE {t.database} WITH (FORCE)")
    t.server.psql("postgres", f"CREATE DATABASE {t.database}")
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    write(path, "ALTER TABLE users ADD COLUMN born TEXT DEFAULT '1970-01-01'")
    sync(t, path)
    daemon.send_signal(signal.SIGCONT)
    said = daemon.communicate(timeout=TIMEOUT_S)[1]
    check(daemon.returncode == 2 and "another move" in said, daemon.returncode, said)
    write(path, "INSERT INTO users (name) VALUES ('of the new move')")
    sync(t, path)
    same(t, path)


@test("a database restored from a backup brings none of its older rows back to the file")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    t.server.psql("postgres", f"CREATE DATABASE {t.database}_older TEMPLATE {t.database} STRATEGY file_copy")
    older = t.server.url(f"{t.database}_older")
    try:
        for name in "newer", "newest":
            write_target(t, f"UPDATE users SET name = '{name}' WHERE id = 9")
            sync_once(t, path).expect(0)
        t.server.psql(f"{t.database}_older", "UPDATE users SET score = 0 WHERE id = 9")
        result = t.outgrow("sync", "--once", path, older).expect(3)
        check("the target is one of the database" in result.err, result.err)
        same(t, path)
        check("the archive shows" in t.outgrow("finish", "--without-archive", path, older).expect(0).err,
              "it can be ended")
    finally:
        t.server.psql("postgres", f"DROP DATABASE {t.database}_older WITH (FORCE)")


def without_triggers(path, *statements):
    """Writes as an application that switches triggers off for its connection; Python 3.11's sqlite3 cannot."""
    library = ctypes.util.find_library("sqlite3")
    if library is None:
        raise Skip("there is no shared SQLite")
    sqlite = ctypes.CDLL(library)
    sqlite.sqlite3_errmsg.restype = ctypes.c_char_p
    handle = ctypes.c_void_p()
    equal(sqlite.sqlite3_open(os.fsencode(path), ctypes.byref(handle)), 0, "open")
    equal(sqlite.sqlite3_db_config(handle, 1003, 0, None), 0, "SQLITE_DBCONFIG_ENABLE_TRIGGER")
    for statement in statements:
        equal(sqlite.sqlite3_exec(handle, statement.encode(), None, None, None), 0, sqlite.sqlite3_errmsg(handle))
    sqlite.sqlite3_close(handle)


@test("what an application writes with its triggers switched off is found by verify, and repaired")
def _(t):
    path = seed(t)
    begin(t, path)
    without_triggers(path, "UPDATE users SET score = -1 WHERE id = 5", "DELETE FROM orders WHERE id = 7",
                     "INSERT INTO kv VALUES ('unseen', x'01')")
    sync_once(t, path).expect(0)
    equal(t.psql("SELECT score FROM users WHERE id = 5"), "2.5", "no trigger saw it")
    found = t.outgrow("verify", path, t.target).expect(6)
    for table in "users", "orders", "kv":
        check(table in found.out, table, "is not named:", found.out)
    result = t.outgrow("cutover", "--budget", "60s", path, t.target).expect(NOT_NOW)
    check("verify --repair" in result.err, result.err)
    t.outgrow("verify", "--repair", path, t.target).expect(0)
    same(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)


@test("a table that the plan leaves out gets no triggers, and its writes no notes")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v); "
                              "CREATE TABLE sessions (id INTEGER PRIMARY KEY, v)")
    plan = t.folder / "plan.yaml"
    plan.write_text(f"version: 1\nsources: {{app: {path}}}\ntables:\n  - from: sessions\n    skip: true\n")
    t.outgrow("sync", "--once", "--plan", plan, t.target).expect(0)
    equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'sessions'"), [(0,)])
    write(path, "INSERT INTO sessions VALUES (1, 1); INSERT INTO t VALUES (1, 1)")
    equal(ask(path, "SELECT count(*) FROM _outgrow_log"), [(1,)], "notes")
    t.outgrow("sync", "--once", "--plan", plan, t.target).expect(0)
    equal(t.psql("SELECT id, v FROM t"), "1|1")
    equal(t.psql("SELECT to_regclass('sessions') IS NULL"), "t")


run()
