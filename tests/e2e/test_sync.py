#!/usr/bin/python3
"""Kept in step: an application goes on writing to its SQLite file while outgrow sync runs, is killed,
loses its server. Afterwards both sides are compared without outgrow's help, cell by cell."""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

from back import Session
from compare import compare
from harness import OUTGROW, TIMEOUT_S, check, client_program, equal, run, test
from live_writer import Writer, fill
from stall import Gate, must_see, quiet
from tiny_disk import filled, tiny_disk

TRIGGERS = "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow_*' OR sql LIKE '%_outgrow_%'"


def ask(path, sql, *values):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def write(path, script):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.executescript(script)
    db.commit()
    db.close()


class Syncing:
    """outgrow sync in the background."""

    def __init__(self, t, *arguments):
        self.t = t
        self.log = open(t.folder / f"sync{time.monotonic_ns()}.log", "w+")
        self.process = subprocess.Popen([OUTGROW, "sync", *map(str, arguments), t.target],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env=t.environment, cwd=t.folder)
        t.processes.append(self.process)

    def said(self):
        self.log.flush()
        with open(self.log.name, errors="replace") as log:
            return log.read()

    def wait_for(self, words, seconds=TIMEOUT_S, times=1):
        deadline = time.monotonic() + seconds
        while self.said().count(words) < times:
            check(self.process.poll() is None, "ended:", self.said())
            check(time.monotonic() < deadline, f"never said {words!r}:", self.said())
            time.sleep(0.02)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT_S)
        self.log.close()

    def stop(self, how=signal.SIGTERM, code=0):
        self.process.send_signal(how)
        equal(self.process.wait(TIMEOUT_S), code, self.said())
        check("Sanitizer" not in self.said(), self.said())
        self.log.close()

    def wait(self, code=0, seconds=TIMEOUT_S):
        equal(self.process.wait(seconds), code, self.said())
        return self.said()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(TIMEOUT_S)


def sync(t, path, *options, code=0):
    return t.outgrow("sync", "--once", *options, path, t.target).expect(code)


def wait_until(condition, what, seconds=TIMEOUT_S):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, "in vain:", what)
        time.sleep(0.05)


def live(t, path=None):
    found = json.loads(t.outgrow("status", "--json", t.target).expect(0).out)["live"]
    return found[0] if path is None else next(e for e in found if e["source"] == os.path.realpath(path))


def refusal(t, statement):
    """The server's words against it."""
    return subprocess.run([client_program("psql"), "-X", "-d", t.target, "-c", statement], capture_output=True,
                          text=True).stderr


@test("whatever the application does meanwhile, the target is what the source is")
def _(t):
    for seed, wal in ((1, True), (2, False)):
        path = fill(t.folder / f"app{seed}.db", wal=wal)
        with Writer(path, seed) as writer, Syncing(t, "--schema", f"s{seed}", path) as syncing:
            syncing.wait_for("kept in step")
            reached = writer.writes + 400
            wait_until(lambda: writer.writes >= reached, "writes")
            syncing.stop()
        equal(writer.errors, [], "errors of the application")
        sync(t, path, "--schema", f"s{seed}")
        compare(path, t.target)
        equal(ask(path, "PRAGMA integrity_check"), [("ok",)], "integrity")


@test("killed at any moment, it goes on where it was")
def _(t):
    path = fill(t.folder / "app.db")
    moments = random.Random(7)
    with Writer(path, 3) as writer:
        for _ in range(12):
            with Syncing(t, path) as syncing:
                time.sleep(moments.random() * 0.8)
                syncing.kill()
    quiet(t)
    sync(t, path)
    equal(writer.errors, [], "errors of the application")
    compare(path, t.target)


@test("the server may go down and come back as often as it likes")
def _(t):
    path = fill(t.folder / "app.db")
    with Writer(path, 4) as writer, Syncing(t, path) as syncing:
        syncing.wait_for("kept in step")
        for turn, how in enumerate((signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT)):
            t.server.stop(how)
            syncing.wait_for("it is tried again", times=turn + 1)
            t.server.start()
            keys = live(t)["keys_applied"]
            wait_until(lambda: live(t)["keys_applied"] > keys, "rounds go on")
        writer.stop()
        syncing.stop()
    sync(t, path)
    compare(path, t.target)


@test("VACUUM renumbers rows without a key, and nothing is lost by it")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE loose (a, b); CREATE TABLE k (id INTEGER PRIMARY KEY, v);"
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                    "INSERT INTO loose SELECT i % 7, i FROM n;")
    sync(t, path)
    for number in range(3):
        write(path, f"DELETE FROM loose WHERE b % 11 = {number}; VACUUM; INSERT INTO loose VALUES ({number}, 1);"
              f"INSERT INTO k (v) VALUES ({number}); UPDATE loose SET a = 'x' WHERE b = {number + 100}")
        sync(t, path)
        compare(path, t.target)
    equal(t.psql("SELECT count(DISTINCT _outgrow_rowid) = count(*) FROM loose"), "t", "rowids")
    equal(t.psql("SELECT max(_outgrow_rowid), count(*) FROM loose").split("|")[0],
          str(ask(path, "SELECT max(rowid) FROM loose")[0][0]), "rowids are the source's")


@test("an older copy of the file put in its place, or over it, is refused")
def _(t):
    for number, (put, why) in enumerate(((shutil.copyfile, "it is an older copy of the file"),
                                         (os.replace, "another file was put in its place"))):
        path = t.sqlite(f"app{number}.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1)")
        options = ("--schema", f"s{number}")
        sync(t, path, *options)
        write(path, "INSERT INTO t VALUES (2, 2)")
        sync(t, path, *options)
        shutil.copyfile(path, t.folder / "old.db")
        write(path, "INSERT INTO t VALUES (3, 3)")
        sync(t, path, *options)
        put(t.folder / "old.db", path)
        write(path, "INSERT INTO t VALUES (4, 'other')")
        refused = sync(t, path, *options, code=3)
        check("not as it was left" in refused.err, refused.err)
        equal(t.psql(f"SELECT count(*) FROM s{number}.t"), "3", "rows as they were")
        check(why in live(t, path)["why"], live(t, path))
        sync(t, path, "--replace", *options)
        compare(path, t.target)


@test("changed tables stop it with words, or are followed")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1)")
    sync(t, path)
    write(path, "ALTER TABLE t ADD COLUMN more TEXT; INSERT INTO t VALUES (2, 2, 'more')")
    stopped = sync(t, path, code=3)
    check("were changed" in stopped.err and "--on-schema-change follow" in stopped.err, stopped.err)
    check("were changed" in live(t)["why"], live(t))
    sync(t, path, "--on-schema-change", "follow")
    compare(path, t.target)
    equal(t.psql("SELECT more FROM t WHERE id = 2"), "more", "the new column")
    write(path, "CREATE TABLE fresh (a TEXT PRIMARY KEY NOT NULL); INSERT INTO fresh VALUES ('x')")
    sync(t, path, "--on-schema-change", "follow")
    write(path, "INSERT INTO fresh VALUES ('y'); DELETE FROM t WHERE id = 1")
    sync(t, path)
    compare(path, t.target)


@test("a server that goes away while changed tables are copied anew is waited for, too")
def _(t):
    path = fill(t.folder / "app.db")
    sync(t, path)
    with Syncing(t, "--on-schema-change", "follow", path) as syncing:
        syncing.wait_for("syncing")
        with Gate(t) as gate:
            write(path, "ALTER TABLE loose ADD COLUMN more TEXT")
            must_see(gate.is_reached, syncing.process, "the copy anew")
            t.server.stop(signal.SIGQUIT)
        syncing.wait_for("it is tried again")
        t.server.start()
        write(path, "INSERT INTO loose VALUES ('x', 1, 'y')")
        syncing.wait_for("app.db: syncing", times=2)
        syncing.stop()
    sync(t, path)
    compare(path, t.target)
    equal(t.psql("SELECT more FROM loose WHERE a = 'x'"), "y", "the new column")


@test("triggers of ours that somebody drops are put back, and what went by unseen is found")
def _(t):
    path = fill(t.folder / "app.db")
    sync(t, path)
    for (name,) in ask(path, "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB '_outgrow_[0-9]*'"):
        write(path, f'DROP TRIGGER "{name}"')
    write(path, "INSERT INTO people (email) VALUES ('unseen'); DELETE FROM posts WHERE id < 40; UPDATE loose SET b = 0")
    said = sync(t, path).err
    check("made anew" in said, said)
    sync(t, path)
    compare(path, t.target)
    write(path, "INSERT INTO people (email) VALUES ('seen')")
    sync(t, path)
    compare(path, t.target)


@test("what the target cannot hold is set aside in a round, and comes when it is mended")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, d TIMESTAMP);"
                    "CREATE TABLE w (k TEXT PRIMARY KEY NOT NULL, n INTEGER) WITHOUT ROWID;"
                    "INSERT INTO t VALUES (1, 1, '2024-01-02 03:04:05'); INSERT INTO w VALUES ('a', 1)")
    sync(t, path)
    write(path, "INSERT INTO t VALUES (2, 'many', NULL), (3, 3, NULL); UPDATE t SET d = 'soon' WHERE id = 1;"
          "INSERT INTO w VALUES ('b', 'many'), ('c', 3); UPDATE w SET n = x'00' WHERE k = 'a'")
    sync(t, path)
    equal(compare(path, t.target), {"t": 2, "w": 2}, "set aside")
    equal(live(t)["rows_set_aside"], 4, "status")
    write(path, "UPDATE t SET n = 2 WHERE id = 2; UPDATE w SET n = 2 WHERE k = 'b'")
    sync(t, path)
    equal(compare(path, t.target), {"t": 1, "w": 1}, "mended")
    write(path, "UPDATE t SET d = NULL WHERE id = 1; DELETE FROM w WHERE k = 'a'")
    sync(t, path)
    equal(compare(path, t.target), {"t": 0, "w": 0}, "all mended")
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "0", "entries")


@test("a row without a rowid that is set aside is known by its key: named, not missed, and tried again")
def _(t):
    path = t.sqlite("app.db",
                    "CREATE TABLE w (k TEXT NOT NULL, i INTEGER NOT NULL, n INTEGER, PRIMARY KEY (k, i)) WITHOUT ROWID;"
                    "INSERT INTO w VALUES ('m', 1, 1), ('n', 1, 2)")
    sync(t, path)
    write(path, "INSERT INTO w VALUES ('p', 7, 'many'), ('q', 8, 3);"
          "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 450)"
          "INSERT INTO w SELECT 'r', i, 'x' || i FROM c")
    sync(t, path)
    write(path, "INSERT INTO w VALUES ('a', 1, 1), ('b', 1, 2); DELETE FROM w WHERE k = 'm'")
    sync(t, path)
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "451", "entries")
    said = t.outgrow("status", "--set-aside", t.target).out
    check('w row {"k":{"text":"p"},"i":{"integer":"7"}}' in said and "row 0" not in said, said[:2000])
    check("set aside (451)" in t.outgrow("verify", path, t.target).expect(7).out, "verify counts them")
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    t.psql("TRUNCATE w; INSERT INTO w VALUES ('z', 1, 1)")
    sync(t, path)
    equal(ask(path, "SELECT k, count(*) FROM w GROUP BY k"), [("p", 1), ("r", 450), ("z", 1)],
          "what was never there is spared")
    t.outgrow("finish", "--without-archive", path, t.target).expect(0)
    t.psql("ALTER TABLE w ALTER n TYPE text")
    result = t.outgrow("migrate", "--retry-set-aside", path, t.target)
    check("451 rows went in" in result.out + result.err, result.code, result.out, result.err)


@test("a row that only the server refuses does not keep the others")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    sync(t, path)
    t.psql("ALTER TABLE t ADD CHECK (n <> 13)")
    write(path, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
          "INSERT INTO t SELECT i, i FROM n")
    sync(t, path)
    equal(compare(path, t.target), {"t": 1}, "set aside")
    check("SQLSTATE 23514" in t.psql("SELECT reason FROM outgrow.set_aside"), "reason")
    write(path, "UPDATE t SET n = -1 WHERE n = 13")
    sync(t, path)
    equal(compare(path, t.target), {"t": 0}, "mended")


@test("large rounds of rows that were there and of new ones, narrow and wide, are what the source is")
def _(t):
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
    path = t.sqlite("app.db", "CREATE TABLE narrow (id INTEGER PRIMARY KEY, u INTEGER UNIQUE, v TEXT);"
                    "CREATE TABLE wide (id INTEGER PRIMARY KEY, body TEXT, v BLOB);"
                    "CREATE TABLE named (name TEXT PRIMARY KEY NOT NULL, v REAL) WITHOUT ROWID;"
                    f"INSERT INTO narrow {many} SELECT i, i, NULL FROM n;"
                    f"INSERT INTO wide {many} SELECT i, hex(randomblob(200)), x'00' FROM n;"
                    f"INSERT INTO named {many} SELECT 'n' || i, i / 7.0 FROM n")
    sync(t, path)
    write(path, "UPDATE narrow SET u = -u; UPDATE narrow SET u = 3001 + u, v = CASE WHEN id % 3 THEN 'v' || id END;"
          "UPDATE wide SET body = body || 'é', v = randomblob(100); DELETE FROM wide WHERE id % 10 = 0;"
          "UPDATE named SET v = -v WHERE v > 100")
    sync(t, path)
    equal(compare(path, t.target), {"narrow": 0, "wide": 0, "named": 0}, "most of them were there")
    t.psql("ALTER TABLE narrow ADD CHECK (v <> 'no')")
    write(path, "UPDATE narrow SET v = CASE id WHEN 77 THEN 'no' ELSE 'w' || id END")
    sync(t, path)
    equal(compare(path, t.target), {"narrow": 1, "wide": 0, "named": 0}, "all but the one that is refused")
    write(path, f"INSERT INTO narrow {many} SELECT i + 9000, i + 9000, 'x' || i FROM n;"
          f"INSERT INTO wide {many} SELECT i + 9000, hex(randomblob(300)), NULL FROM n;"
          "UPDATE narrow SET v = 'yes' WHERE id = 77")
    sync(t, path)
    equal(compare(path, t.target), {"narrow": 0, "wide": 0, "named": 0}, "most of them are new")


@test("a row that had to wait for another one's place comes when that is free")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); "
                              "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    sync(t, path)
    t.psql("CREATE UNIQUE INDEX folded ON t (lower(v))")
    write(path, "INSERT INTO t VALUES (3, 'A'), (4, 'c')")
    with Syncing(t, path) as syncing:
        wait_until(lambda: t.psql("SELECT count(*) FROM outgrow.set_aside") == "1", "set aside")
        write(path, "UPDATE t SET v = 'free' WHERE id = 1")
        wait_until(lambda: t.psql("SELECT v FROM t WHERE id = 3") == "A", "the other one comes")
        syncing.stop()
    equal(compare(path, t.target), {"t": 0}, "nothing is set aside any more")


@test("so does one that has no rowid")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE w (k TEXT, i INTEGER, v TEXT, PRIMARY KEY (k, i)) WITHOUT ROWID;"
                    "INSERT INTO w VALUES ('one', 1, 'a'), ('two', 2, 'b')")
    sync(t, path)
    t.psql("CREATE UNIQUE INDEX folded ON w (lower(v))")
    write(path, "INSERT INTO w VALUES ('o''brien\u00e9', 3, 'A'), ('four', 4, 'c')")
    with Syncing(t, path) as syncing:
        wait_until(lambda: t.psql("SELECT count(*) FROM outgrow.set_aside") == "1", "set aside")
        write(path, "UPDATE w SET v = 'free' WHERE i = 1")
        wait_until(lambda: t.psql("SELECT v FROM w WHERE i = 3") == "A", "the other one comes")
        syncing.stop()
    equal(compare(path, t.target), {"w": 0}, "set aside")


@test("foreign keys that the application does not keep do not stop a round")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, "
                    "p REFERENCES p (id) ON DELETE CASCADE, q REFERENCES p (id)); INSERT INTO p VALUES (1), (2);"
                    "INSERT INTO c VALUES (1, 1, 1)")
    keys = ("SELECT count(*), count(*) FILTER (WHERE condeferred AND confdeltype = 'a') FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid = 'c'::regclass")
    sync(t, path)
    equal(t.psql(keys), "2|2", "without actions, deferred")
    write(path, "INSERT INTO c VALUES (2, 99, 2); DELETE FROM p WHERE id = 1; INSERT INTO p VALUES (5)")
    sync(t, path)
    compare(path, t.target)
    equal(t.psql("SELECT count(*) FROM c"), "2", "children stay")
    write(path, "DELETE FROM p; UPDATE c SET q = 77")
    sync(t, path)
    compare(path, t.target)


@test("several sources in one process, each with its own position")
def _(t):
    paths = [fill(t.folder / f"app{n}.db", rows=60) for n in range(3)]
    writers = [Writer(path, n, vacuum=False) for n, path in enumerate(paths)]
    for writer in writers:
        writer.__enter__()
    try:
        with Syncing(t, *paths) as syncing:
            wait_until(lambda: syncing.said().count("kept in step") == 3, "all are copied")
            wait_until(lambda: all(entry["keys_applied"] > 50 for entry in json.loads(
                t.outgrow("status", "--json", t.target).out)["live"]), "all are at work")
            for writer in writers:
                writer.stop()
            syncing.stop()
    finally:
        for writer in writers:
            writer.stop()
    t.outgrow("sync", "--once", *paths, t.target).expect(0)
    for path in paths:
        compare(path, t.target)


@test("an application that does not wait for locks gets no error from rounds in WAL mode")
def _(t):
    path = fill(t.folder / "app.db")
    with Syncing(t, "--trim", "never", path) as syncing:
        syncing.wait_for("kept in step")
        with Writer(path, 6, timeout=0, vacuum=False) as writer:
            wait_until(lambda: writer.writes > 1500, "writes")
        equal(writer.errors, [], "errors of the application")
        syncing.stop()
    sync(t, path)
    compare(path, t.target)


@test("it holds, goes on and ends when asked to, and keeps others from writing to the target")
def _(t):
    path = fill(t.folder / "app.db")
    with Syncing(t, path) as syncing:
        syncing.wait_for("kept in step")
        refused = refusal(t, "DELETE FROM people")
        check("still the primary" in refused, refused)
        second = t.outgrow("sync", "--once", path, t.target).expect(2)
        check("another process" in second.err, second.err)
        check("outgrow sync" in t.migrate(path).expect(2).err, "migrate keeps away")
        t.outgrow("sync", "--pause", path, t.target).expect(0)
        syncing.wait_for("paused")
        write(path, "INSERT INTO people (email) VALUES ('while paused')")
        wait_until(lambda: "paused" in live(t)["why"], "the status says so")
        time.sleep(1.5)
        equal(t.psql("SELECT count(*) FROM people WHERE email = 'while paused'"), "0", "paused")
        t.outgrow("sync", "--resume", path, t.target).expect(0)
        wait_until(lambda: t.psql("SELECT count(*) FROM people WHERE email = 'while paused'") == "1", "resumed")
        check(live(t)["running"], live(t))
        t.outgrow("sync", "--stop", path, t.target).expect(0)
        syncing.wait(0)
    wait_until(lambda: not live(t)["running"], "the server notices that it has ended")
    with Syncing(t, path) as syncing:
        syncing.wait_for("syncing")
        syncing.stop(signal.SIGINT)
    compare(path, t.target)


@test("a source's disk that is full is waited for: once there is room, rounds go on in both directions")
def _(t):
    with tiny_disk(t.folder / "disk", "12m") as disk:
        path = disk / "app.db"
        write(path, "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        with Syncing(t, path) as syncing:
            syncing.wait_for("copied and compared")
            subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
            t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
            with filled(disk):
                t.psql("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 2000) n")
                syncing.wait_for("it is tried again")
                must_see(lambda: any(word in (live(t)["why"] or "") for word in ("full", "I/O")), syncing.process,
                         "that status says so")
                check(live(t)["running"], live(t))
            must_see(lambda: ask(path, "SELECT count(*) FROM t") == [(2000,)], syncing.process, "the rows")
            t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
            syncing.stop()
        equal(ask(path, "SELECT count(*), sum(length(v)) FROM t"), [(2000, 2000000)])


@test("a file that was switched is no source for another target, which cannot take its fence down either")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')")
    other = t.database + "_other"
    t.server.psql("postgres", f"CREATE DATABASE {other}")
    try:
        t.outgrow("sync", "--once", path, t.target).expect(0)
        t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
        for stage in ("switched", "finished"):
            for command in (["sync", "--once"], ["sync", "--once", "--replace"], ["sync", "--uninstall"]):
                refused = t.outgrow(*command, path, t.server.url(other)).expect(8)
                check("is fenced" in refused.err and "still notes" not in refused.err, refused.err)
                try:
                    write(path, "INSERT INTO t VALUES (2, 'b')")
                    check(False, stage, command, "took the fence down")
                except sqlite3.IntegrityError as fenced:
                    check("moved to PostgreSQL" in str(fenced), fenced)
            if stage == "switched":
                t.psql("INSERT INTO t VALUES (3, 'c')")
                t.outgrow("finish", path, t.target).expect(0)
        equal(ask(path, "SELECT id FROM t"), [(1,), (3,)])
    finally:
        t.server.psql("postgres", f"DROP DATABASE {other} WITH (FORCE)")


@test("uninstalled, nothing is left in the file, and the copy says what it is")
def _(t):
    path = fill(t.folder / "app.db")
    before = ask(path, "SELECT name, sql FROM sqlite_schema ORDER BY name")
    sync(t, path)
    check(ask(path, TRIGGERS)[0][0] > 10, "captured")
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    equal(ask(path, "SELECT name, sql FROM sqlite_schema ORDER BY name"), before, "schema")
    refused = refusal(t, "DELETE FROM loose")
    check("given up" in refused, refused)
    equal(json.loads(t.outgrow("status", "--json", t.target).out)["live"], [], "live sources")


LOADING = """
CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY, tid INTEGER REFERENCES t (id));
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) INSERT INTO t SELECT i, 'v' || i FROM c;
INSERT INTO u SELECT id, id FROM t;
"""


def stopped_in_the_copy(t, path, *options):
    """A process that syncs and waits for a lock, with some rows copied and others not."""
    lock = Session(t)
    lock.do("BEGIN; LOCK TABLE outgrow.chunks IN SHARE MODE")
    syncing = Syncing(t, path, *options)
    wait_until(lambda: t.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "0",
               "the copy waits")
    return lock, syncing


@test("nobody else writes to the tables while the initial copy fills them")
def _(t):
    sync(t, t.sqlite("other.db", "CREATE TABLE o (id INTEGER PRIMARY KEY)"))  # so that there is a journal
    path = t.sqlite("app.db", LOADING)
    lock, syncing = stopped_in_the_copy(t, path, "--schema", "app")
    equal(live(t, path)["state"], "loading")
    for statement in ("INSERT INTO app.t VALUES (5000, 'x')", "DELETE FROM app.u", "UPDATE app.t SET v = ''"):
        check("writes go there until outgrow cutover" in refusal(t, statement), statement, refusal(t, statement))
    syncing.kill()
    lock.do("COMMIT")
    lock.close()
    check("writes go there" in refusal(t, "TRUNCATE app.u"), "a fence needs no process")
    t.outgrow("sync", "--once", "--schema", "app", path, t.target).expect(0)
    equal(t.psql("SELECT count(*), count(v), (SELECT count(*) FROM app.u) FROM app.t"), "3000|3000|3000")
    refused = refusal(t, "DELETE FROM app.u")
    check("outgrow keeps this table in step with" in refused, refused)


@test("a move that is given up while its copy is made leaves an unfinished copy that says so, or tables as they were")
def _(t):
    sync(t, t.sqlite("other.db", "CREATE TABLE o (id INTEGER PRIMARY KEY)"))
    path = t.sqlite("app.db", LOADING)
    lock, syncing = stopped_in_the_copy(t, path, "--schema", "app")
    syncing.kill()
    lock.do("COMMIT")
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    equal(ask(path, TRIGGERS), [(0,)])
    check("unfinished copy" in refusal(t, "DELETE FROM app.u"), refusal(t, "DELETE FROM app.u"))
    t.psql("CREATE SCHEMA theirs; CREATE TABLE theirs.t (id bigint PRIMARY KEY, v text);"
           "CREATE TABLE theirs.u (id bigint PRIMARY KEY, tid bigint REFERENCES theirs.t)")
    lock.do("BEGIN; LOCK TABLE outgrow.chunks IN SHARE MODE")
    syncing = Syncing(t, path, "--schema", "theirs", "--into-existing")
    wait_until(lambda: t.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "0",
               "the copy waits")
    check("writes go there" in refusal(t, "DELETE FROM theirs.u"), refusal(t, "DELETE FROM theirs.u"))
    syncing.kill()
    lock.do("COMMIT")
    lock.close()
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    t.psql("TRUNCATE theirs.u, theirs.t; INSERT INTO theirs.t VALUES (1, 'theirs again')")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'theirs.u'::regclass"), "1")


MANY_ROWS = """CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO t SELECT i, hex(randomblob(200)) FROM n;"""


def killed_in_the_copy(t, path, chunks):
    """The unfinished copy, some thousand rows of it."""
    while True:
        syncing = Syncing(t, path, *chunks)
        wait_until(lambda: list((t.folder / "backups").glob("*.rows")) or syncing.process.poll() is not None
                   or "kept in step" in syncing.said(), "a copy that is begun")
        time.sleep(0.1)
        syncing.kill()
        for partial in (t.folder / "backups").glob("*.rows"):
            return partial
        t.outgrow("sync", "--uninstall", path, t.target).expect(0)  # it was faster than we are
        t.psql("DROP TABLE IF EXISTS t")


@test("killed while the source is copied in chunks, the same command goes on with that copy; given up, none is left")
def _(t):
    path = t.sqlite("app.db", MANY_ROWS)
    backups = t.folder / "backups"
    chunks = ("--copy", "chunks", "--backup-directory", backups)
    partial = killed_in_the_copy(t, path, chunks)
    write(path, "UPDATE t SET v = 'changed' WHERE id % 1000 = 1; DELETE FROM t WHERE id % 1000 = 2")
    equal(killed_in_the_copy(t, path, chunks), partial, "the copy that it goes on with")
    said = t.outgrow("sync", "--once", *chunks, path, t.target).expect(0).err
    check("with its copy of the source" in said, said)
    compare(path, t.target)
    check(partial.with_suffix("").exists() and not list(backups.glob("*.rows*")), list(backups.iterdir()))
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    t.psql("DROP TABLE t")
    killed_in_the_copy(t, path, chunks)
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    equal(list(backups.glob("*.rows*")), [], "unfinished copies")
    equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow*'"), [(0,)], "ours")


@test("an unfinished copy in chunks behind which the log has filled up is of no use: it is begun anew")
def _(t):
    path = t.sqlite("app.db", MANY_ROWS)
    chunks = ("--copy", "chunks", "--backup-directory", t.folder / "backups", "--max-log-rows", "1000")
    killed_in_the_copy(t, path, chunks)
    for n in range(3):  # one behind the other: those of the last are not noted any more
        write(path, f"UPDATE t SET v = 'changed {n}' WHERE id BETWEEN {n * 1000} AND {n * 1000 + 999}")
    t.outgrow("sync", "--once", *chunks, path, t.target).expect(0)
    compare(path, t.target)


@test("the log is cut, and an application notices nothing")
def _(t):
    path = t.sqlite("app.db", "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
    with Syncing(t, path) as syncing:
        syncing.wait_for("kept in step")
        for part in range(4):
            write(path, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                  f"INSERT INTO t SELECT {part} * 20000 + i, i FROM n")
        wait_until(lambda: ask(path, "SELECT count(*) FROM _outgrow_log")[0][0] < 1000, "the log is short")
        write(path, "INSERT INTO t VALUES (999999, 'behind the cut')")
        wait_until(lambda: t.psql("SELECT count(*) FROM t WHERE id = 999999") == "1", "goes on")
        syncing.kill()
    sync(t, path)
    compare(path, t.target)


@test("a plan's conversions hold in every round")
def _(t):
    path = t.sqlite("app.db", """
        CREATE TABLE users (id TEXT PRIMARY KEY NOT NULL, name TEXT, made INTEGER, level TEXT, flag INTEGER, junk TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, user TEXT REFERENCES users (id), total REAL, data TEXT);
        INSERT INTO users VALUES ('u-1', 'ann', 1700000000, 'low', 1, 'j'), ('u-2', '', 1700000001, 'high', 0, 'j');
        INSERT INTO orders VALUES (1, 'u-1', 1.5, '{"a": 1}')""")
    plan = t.folder / "plan.yaml"
    plan.write_text(f"""version: 1
sources: {{app: {path}}}
tables:
  - from: users
    to: people
    skip_columns: [junk]
    columns:
      id: {{type: uuid, keep_old: old_id}}
      made: {{type: timestamptz, epoch: s}}
      flag: {{type: boolean}}
      level: {{to: grade, type: varchar(10)}}
      name: {{type: text, null_texts: [""]}}
  - query: SELECT u.level AS level, count(*) AS many FROM users u GROUP BY u.level
    to: levels
""")
    t.outgrow("sync", "--once", "--plan", plan, t.target).expect(0)
    write(path, "INSERT INTO users VALUES ('u-3', 'bob', 1700000002, 'mid', 1, 'j');"
          "UPDATE users SET name = '', flag = 0, made = 1700009999 WHERE id = 'u-1';"
          "DELETE FROM users WHERE id = 'u-2'; INSERT INTO orders VALUES (2, 'u-3', 2.5, NULL);"
          "UPDATE orders SET user = 'u-3' WHERE id = 1")
    t.outgrow("sync", "--once", "--plan", plan, t.target).expect(0)
    equal(t.rows("SELECT old_id, coalesce(name, 'NULL'), extract(epoch FROM made)::bigint, grade, flag FROM people "
                 "ORDER BY old_id"),
          [("u-1", "NULL", "1700009999", "low", "f"), ("u-3", "bob", "1700000002", "mid", "t")], "people")
    equal(t.rows("SELECT o.id, p.old_id FROM orders o JOIN people p ON p.id = o.\"user\" ORDER BY 1"),
          [("1", "u-3"), ("2", "u-3")], "references follow")
    equal(t.psql("SELECT count(*) FROM outgrow.id_map WHERE old_id = 'u-1'"), "1", "old ids, once")
    equal(t.rows("SELECT level, many FROM levels ORDER BY 1"), [("low", "1"), ("mid", "1")], "the query's result")


@test("tables of somebody else's making are not touched unless that is said")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    t.psql("CREATE TABLE t (id bigint PRIMARY KEY)")
    blocked = t.outgrow("sync", "--once", path, t.target)
    check(blocked.code == 4, blocked.err)
    equal(ask(path, TRIGGERS)[0][0], 0, "nothing is left behind")


run()
