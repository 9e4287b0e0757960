#!/usr/bin/python3
"""The logs of a live move, limited by --max-log-rows: an application goes on writing while nobody brings its changes
over, and never notices that the log is full; afterwards both sides are compared without outgrow's help. Killed
anywhere in between, too. And a file that is kept in step has one target, whatever state it is in."""
import contextlib
import sqlite3
import subprocess
import sys

import live_writer
import sample
from compare import compare
from crash import POINTS_MAX, crash, need_crash_point
from harness import TIMEOUT_S, check, equal, run, test
from live_move import begin, of_source, of_target, same, seed, source_refusal, write_source, write_target
from stall import held, kill, must_see, quiet, wait_for

import libpq  # live_move knows where

NOT_NOW = 8
CAP = 1000
SLACK = 512  # a trigger looks at each 256th row
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
OURS_GONE = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'outgrow'"
LOGGED = "SELECT count(*) FROM _outgrow_log"
FULL = "SELECT max(seq) >= (SELECT v FROM _outgrow_meta WHERE k = 'log_limit') FROM _outgrow_log"
LAST = "SELECT coalesce(max(seq), 0) FROM _outgrow_log"
REASON = "SELECT coalesce(reason, '') FROM outgrow.live"
APP = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=300, isolation_level=None)
n = 0
while True:
    db.execute("BEGIN IMMEDIATE")
    for _ in range(7):
        n += 1
        db.execute("UPDATE orders SET amount = amount + 1, note = ? WHERE id = ?", (f"app {n}", n % 500 + 1))
    db.execute("COMMIT")
"""


def ask(path, sql):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    try:
        return db.execute(sql).fetchall()[0][0]
    finally:
        db.close()


def status(t):
    return t.outgrow("status", "--json", t.target).expect(0).json()["live"][0]


def sync_once(t, path, *options):
    return t.outgrow("sync", "--once", *options, path, t.target)


def fill_source(path, rows=2 * CAP, note="more"):
    """More changes than may wait, in statements of every form, of an application that waits for nobody."""
    db = sqlite3.connect(path, timeout=0, isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    for n in range(rows // 4):
        db.execute("INSERT INTO users (name, score) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                   " SET score = excluded.score",
                   (f"user {n % 300}", n))
        db.execute("UPDATE orders SET note = ? WHERE id = ?", (f"{note} {n}", n % 400))
        db.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (f"k{n % 90}", note.encode()))
        db.execute("INSERT INTO events VALUES (?, ?)", (note, n))
    db.execute("DELETE FROM users WHERE id % 17 = 3")
    db.execute("UPDATE orders SET id = -id WHERE id % 31 = 0")
    db.close()


def fill_target(t, turns=CAP, note="more"):
    connection = libpq.Connection(t.target)
    connection.execute("SET ROLE app_role")
    for n in range(turns):
        connection.execute(f"UPDATE orders SET note = '{note} {n}' WHERE id = {n % 400};"
                           f"INSERT INTO events VALUES ('{note}', {n}); DELETE FROM kv WHERE k = 'k{n % 40}';"
                           f"INSERT INTO users (name, score) VALUES ('{note} {n}', {n}) ON CONFLICT DO NOTHING")
    connection.execute("DELETE FROM users WHERE id % 17 = 5; UPDATE orders SET id = -id WHERE id % 31 = 1 AND id > 0")
    connection.close()


def switch(t, path):
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)


def limited(t):
    """A small move whose logs hold CAP rows."""
    path = seed(t)
    begin(t, path)
    sync_once(t, path, "--max-log-rows", CAP).expect(0)
    return path


def switched(t):
    path = limited(t)
    switch(t, path)
    return path


@contextlib.contextmanager
def syncing(t, path):
    daemon = t.popen("sync", path, t.target)
    try:
        yield daemon
    finally:
        kill(daemon)


@contextlib.contextmanager
def application(path):
    """One that writes as fast as it can, and must see no error."""
    with live_writer.Writer(path, timeout=TIMEOUT_S, pause=0, vacuum=False) as writer:
        yield writer
    equal(writer.errors, [], "what the application saw")


def refuses(t, words, *command, code=NOT_NOW):
    said = t.outgrow(*command, t.target).expect(code).err
    check(words in said, words, "is not in:", said)


def says(t, words, *command):
    """Whatever lines the words are on."""
    said = t.outgrow(*command, t.target).out
    check(words in " ".join(said.split()), words, "is not in:", said)


def back_logged(t):
    return int(t.psql("SELECT count(*) FROM outgrow.back_log"))


def check_needs_resync(t):
    found = status(t)
    check(found["resync_needed"] and "resync needed" in found["why"], found)
    equal((found["max_log_rows"], found["log_percent"]), (CAP, 100), "status")
    for words in "resync needed", "(100%)":
        says(t, words, "status")


@test("while it is paused an application fills the log, notices nothing, and nothing is lost")
def _(t):
    path = live_writer.fill(t.folder / "app.db")
    sync_once(t, path, "--max-log-rows", CAP).expect(0)
    with syncing(t, path) as daemon, application(path) as writer:
        t.outgrow("sync", "--pause", path, t.target).expect(0)
        must_see(lambda: "paused" in t.psql(REASON), daemon, "the pause")  # else a round may be under way still
        must_see(lambda: ask(path, FULL), daemon, "a log that is full")
        must_see(lambda: status(t)["resync_needed"], daemon, "that status says so")
        logged, last = ask(path, LOGGED), ask(path, LAST)
        check(CAP <= logged <= CAP + SLACK, "logged", logged)
        before = writer.writes
        must_see(lambda: writer.writes > before + 300, daemon, "an application that goes on")
        equal(ask(path, LOGGED), logged, "the log grows no more")
        check_needs_resync(t)
        says(t, "resync needed", "doctor", path)
        for words in "log was full", "outgrow sync reads all tables again":
            refuses(t, words, "cutover", path)
        refuses(t, "log was full", "verify", path, code=2)
        t.outgrow("sync", "--resume", path, t.target).expect(0)
        must_see(lambda: ask(path, LAST) > last, daemon, "a log with room")  # which may be full again at once
        writer.stop()
    sync_once(t, path).expect(0)
    compare(path, t.target)
    check(ask(path, LOGGED) < CAP, "the log was not cut")
    t.outgrow("verify", path, t.target).expect(0)


@test("without any process of ours the file keeps its log small, with and without a WAL, "
      "and any sync afterwards heals it")
def _(t):
    for name in ("wal", "delete"):
        path = t.folder / f"{name}.db"
        live_writer.fill(path, wal=name == "wal")
        schema = ("--schema", name)
        sync_once(t, path, "--max-log-rows", CAP, *schema).expect(0)
        for replace in ((), ("--replace",)):
            with application(path) as writer:
                check(wait_for(lambda: ask(path, LOGGED) >= CAP and writer.writes >= 1500, writer, "a full log"),
                      "it ended")
            logged, size = ask(path, LOGGED), ask(path, "PRAGMA page_count")
            check(logged <= CAP + SLACK, "logged", logged)
            db = sqlite3.connect(path, isolation_level=None)
            for _ in range(10):
                db.execute("UPDATE folded SET v = v")
                db.execute("UPDATE posts SET title = title")
            db.close()
            equal((ask(path, LOGGED), ask(path, "PRAGMA page_count")), (logged, size), "rows of the log and pages")
            said = sync_once(t, path, *replace, *schema).expect(0).err
            equal("log was full" in said, not replace, said)
            sync_once(t, path, *schema).expect(0)
            compare(path, t.target)


@test("a cap is kept, changed and lifted, and what waits already is never too much")
def _(t):
    path = seed(t)
    begin(t, path)
    equal(status(t)["max_log_rows"], 50000000, "unless one says otherwise")
    fill_source(path, 2 * CAP)
    sync_once(t, path, "--max-log-rows", 10).expect(0)
    equal(status(t)["max_log_rows"], 10, "asked for")
    same(t, path)
    daemon = t.popen("sync", path, t.target)
    t.outgrow("sync", "--max-log-rows", 4 * CAP, "--resume", path, t.target).expect(0)
    must_see(lambda: ask(path, "SELECT v FROM _outgrow_meta WHERE k = 'log_cap'") == 4 * CAP, daemon, "the file knows")
    t.outgrow("sync", "--stop", path, t.target).expect(0)
    equal(daemon.wait(TIMEOUT_S), 0, "stopped")
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    for n in range(3400):
        db.execute("INSERT INTO events VALUES ('waits', ?)", (n,))
    db.commit()
    db.close()
    warned = status(t)
    check(75 <= warned["log_percent"] < 100 and "% full" in warned["log_warning"], warned)
    says(t, "% full", "status")
    says(t, "once it is full", "doctor", path)
    sync_once(t, path, "--max-log-rows", 0).expect(0)
    fill_source(path, 4 * CAP, "unlimited")
    check(ask(path, LOGGED) > 6 * CAP, "logged", ask(path, LOGGED))
    check("log was full" not in sync_once(t, path).expect(0).err, "it was not")
    same(t, path)


@test("rounds that keep up never find the log full, however small it is, trimmed or not, one by one or not")
def _(t):
    for trim in ("rarely", "never"):
        path = t.sqlite(f"{trim}.db", "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
        options = ("--trim", trim, "--schema", trim)
        sync_once(t, path, "--max-log-rows", CAP, *options).expect(0)
        for turn in range(12):
            write_source(path, *(f"INSERT INTO t (v) VALUES ({turn})" for _ in range(400)))
            said = sync_once(t, path, *options).expect(0).err
            check("log was full" not in said, trim, turn, said)
        compare(path, t.target)
        logged = ask(path, LOGGED)
        check(logged >= 4800 if trim == "never" else logged <= 2 * CAP, trim, logged)


@test("a log that fills during the initial copy is noticed behind it")
def _(t):
    for how in ("snapshot", "chunks"):
        path = t.folder / f"{how}.db"
        live_writer.fill(path, wal=how == "snapshot")
        with application(path):
            result = sync_once(t, path, "--max-log-rows", 50, "--copy", how, "--schema", how)
        check("log was full" in result.err, how, result.code, result.err)
        sync_once(t, path, "--schema", how).expect(0)
        sync_once(t, path, "--schema", how).expect(0)
        compare(path, t.target)


@test("a log that fills up each time that the initial copy is killed is no longer for it")
def _(t):
    sync_once(t, t.sqlite("other.db", "CREATE TABLE o (id INTEGER PRIMARY KEY)")).expect(0)  # makes the journal
    path = seed(t)
    for turn in range(3):
        with held(t, "LOCK TABLE outgrow.chunks IN SHARE MODE"):
            copying = t.popen("sync", "--max-log-rows", str(CAP), path, t.target)
            must_see(lambda: t.psql(WAITING) != "0", copying, "the copy waits")
            kill(copying)
            t.psql(OURS_GONE)
        quiet(t)
        fill_source(path, note=f"turn {turn}")
        check(ask(path, LOGGED) <= CAP + SLACK, "turn", turn, "and in the log:", ask(path, LOGGED))
    sync_once(t, path).expect(0)
    same(t, path)


@test("an application that is killed when the log becomes full loses nothing that it has committed")
def _(t):
    path = seed(t)
    begin(t, path)
    for turn in range(3):
        sync_once(t, path, "--max-log-rows", CAP).expect(0)
        app = subprocess.Popen([sys.executable, "-c", APP, path], stderr=subprocess.PIPE)
        must_see(lambda: ask(path, LOGGED) >= CAP - 20 * (turn - 1), app, "a log that fills")
        kill(app)
        sync_once(t, path).expect(0)
        same(t, path)


@test("PostgreSQL's application fills the log of the way back, notices nothing, and nothing is lost")
def _(t):
    path = switched(t)
    fill_target(t, 220)
    warned = status(t)
    check(75 <= warned["log_percent"] < 100 and "the way back" in warned["log_warning"], warned)
    says(t, "once it is full", "doctor", path)
    fill_target(t, CAP)
    logged = back_logged(t)
    check(CAP <= logged <= CAP + SLACK, "logged", logged)
    fill_target(t, 200, "unlogged")
    equal(back_logged(t), logged, "the log grows no more")
    check_needs_resync(t)
    for words in "log of the way back was full", "outgrow sync reads all tables":
        refuses(t, words, "return", path)
    with syncing(t, path) as daemon:
        must_see(lambda: not status(t)["resync_needed"], daemon, "a log with room")
        fill_target(t, 100, "behind it")
        must_see(lambda: status(t)["log_waiting"] == 0 and back_logged(t) == 0, daemon, "in step")
        same(t, path)
    fill_target(t, 20, "last")
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    same(t, path)
    write_source(path, "INSERT INTO users (name) VALUES ('forward again')")
    sync_once(t, path).expect(0)
    same(t, path)


@test("who has found the log of the way back full is waited for, whatever it sees")
def _(t):
    path = switched(t)
    early = [libpq.Connection(t.target) for _ in range(3)]
    for connection, level in zip(early, ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")):
        connection.execute(f"SET ROLE app_role; BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM users")
    fill_target(t, CAP)
    for n, connection in enumerate(early):
        connection.execute(f"INSERT INTO users (name) VALUES ('early {n}')")
    with syncing(t, path) as daemon:
        must_see(lambda: t.psql("SELECT whole_after > 0 FROM outgrow.back_room") == "t", daemon, "that it waits")
        for n, connection in enumerate(early):
            connection.execute(f"INSERT INTO users (name) VALUES ('late {n}')")
        equal(ask(path, "SELECT count(*) FROM users WHERE name LIKE 'early %'"), 0, "not yet")
        refuses(t, "log of the way back was full", "return", path)
        for connection in early:
            connection.execute("COMMIT")
        must_see(lambda: not status(t)["resync_needed"], daemon, "a log with room")
        must_see(lambda: of_source(path) == of_target(t), daemon, "in step")
        equal(ask(path, "SELECT count(*) FROM users WHERE name LIKE 'early %' OR name LIKE 'late %'"), 6, "all of them")
        for connection in early:
            connection.execute("INSERT INTO users (name) VALUES ('afterwards' || pg_backend_pid())")
            connection.close()
        must_see(lambda: of_source(path) == of_target(t), daemon, "in step")


@test("without a way back there is no log that could be full; a move that is finished has none")
def _(t):
    path = limited(t)
    t.outgrow("cutover", "--budget", "60s", "--without-way-back", path, t.target).expect(0)
    fill_target(t, 2 * CAP)
    check(not status(t)["resync_needed"], status(t))
    t.outgrow("finish", "--without-archive", path, t.target).expect(0)
    equal(t.psql("SELECT count(*) FROM pg_class WHERE relname ~ '^back_(n|full)_'"), "0", "sequences")
    check(not status(t)["resync_needed"], status(t))
    equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow_[0-9]*'"), 0, "triggers")


@test("a move whose log of the way back is full can be finished: the archive then has all that was brought")
def _(t):
    path = switched(t)
    fill_target(t, CAP)
    t.outgrow("finish", "--without-archive", path, t.target).expect(0)
    same(t, path)


def again(turn):
    """More than may wait, of rows that are there, in statements of a hundred."""
    return [f"UPDATE orders SET note = 'again {turn}' WHERE abs(id) BETWEEN {n % 5 * 100} AND {n % 5 * 100 + 99}"
            for n in range(2 * CAP // 100)]


def killed_while_it_heals(t, what, path, overflow, write, logged):
    overflow("first")
    result, count = crash(t, 0, "sync", "--once", path, t.target)
    result.expect(0)
    same(t, path)
    for at in sample.choose(what, count, POINTS_MAX):
        overflow(f"at {at}")
        crash(t, at, "sync", "--once", path, t.target)
        write(*again(at))
        check(logged() <= CAP + SLACK, "killed at", at, "and full again:", logged())
        sync_once(t, path).expect(0)
        sync_once(t, path).expect(0)
        same(t, path)
        check(logged() < CAP, "killed at", at, "the log was not cut:", logged())


@test("killed at any step between a full log and all tables read again, the same command goes on")
def _(t):
    need_crash_point()
    path = limited(t)
    killed_while_it_heals(t, "healing of a full log", path, lambda note: fill_source(path, 2 * CAP, note),
                          lambda *statements: write_source(path, *statements), lambda: ask(path, LOGGED))


@test("the same on the way back")
def _(t):
    need_crash_point()
    path = switched(t)
    killed_while_it_heals(t, "healing of a full log of the way back", path, lambda note: fill_target(t, CAP, note),
                          lambda *statements: write_target(t, *statements), lambda: back_logged(t))


def other_database(t):
    name = f"{t.database}_other"
    t.server.psql("postgres", f"DROP DATABASE IF EXISTS {name}")
    t.server.psql("postgres", f"CREATE DATABASE {name}")
    return t.server.url(name)


@test("a file that is kept in step has one target: another one is refused in every state, and named")
def _(t):
    path = seed(t)
    other = other_database(t)

    def refused(words, to=other):
        before = of_source(path), ask(path, "SELECT group_concat(sql) FROM sqlite_schema")
        for options in ((), ("--replace",), ("--schema", "beside")):
            result = t.outgrow("sync", "--once", *options, path, to).expect(NOT_NOW)
            check(words in result.err, words, "is not in:", result.err)
        equal((of_source(path), ask(path, "SELECT group_concat(sql) FROM sqlite_schema")), before, "the file")
        if to == other:
            tables = t.server.psql(f"{t.database}_other", "SELECT count(*) FROM pg_class WHERE relname = 'users'")
            equal(tables, b"0\n", "there")

    kept = f"kept in step with another target already: {t.server.directory}/{t.database}\n"
    daemon = t.popen("sync", path, t.target)
    must_see(lambda: ask(path, "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow_meta'") == 1, daemon,
             "capture")
    refused(kept)
    must_see(lambda: t.psql("SELECT count(*) FROM pg_class WHERE oid = to_regclass('outgrow.live')") == "1"
             and t.psql("SELECT coalesce(max(state), '') FROM outgrow.live") == "syncing", daemon, "rounds")
    refused(kept)
    t.outgrow("sync", "--pause", path, t.target).expect(0)
    refused(kept)
    kill(daemon)
    refused(kept)
    t.outgrow("sync", "--resume", path, t.target).expect(0)
    sync_once(t, path).expect(0)
    switch(t, path)
    refused("was switched to PostgreSQL and is fenced")
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    refused(kept)
    sync_once(t, path).expect(0)
    same(t, path)
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    t.outgrow("sync", "--once", path, other).expect(0)
    t.outgrow("cutover", "--budget", "60s", path, other).expect(0)
    t.outgrow("finish", "--without-archive", path, other).expect(0)
    refused("was switched to PostgreSQL and is fenced", to=t.target)


@test("where the target is lost the file is freed with any target, and a first one that lives on says so")
def _(t):
    path = seed(t)
    begin(t, path)
    other = other_database(t)
    t.outgrow("sync", "--uninstall", path, other).expect(0)
    equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow_*'"), 0, "what is left")
    write_source(path, "INSERT INTO users (name) VALUES ('unseen')")
    t.outgrow("sync", "--once", path, other).expect(0)
    result = sync_once(t, path).expect(3)
    check("it is another file, with a capture of its own" in result.err, result.err)
    equal(source_refusal(path), None, "the application")
    t.outgrow("sync", "--once", "--replace", path, t.target).expect(NOT_NOW)


run()
