#!/usr/bin/python3
"""Killed, interrupted, cut off: the same command again ends in the same result, and what was done
is not done twice. Kills are honest: kill -9 from outside, at moments the journal itself shows."""
import contextlib
import os
import signal
import sqlite3
import time

import sample
from compare import compare
from harness import TIMEOUT_S, check, equal, run, test
from stall import OTHERS, OTHERS_GONE, STALL, STALLED, Gate, kill, must_see, quiet, wait_for

WRITES_MAX = int(os.environ.get("OUTGROW_CRASH_POINTS", "16"))
MOMENTS_MAX = max(2, WRITES_MAX // 3)
DONE = ("SELECT 'chunk', source_table, chunk::text, xmin::text FROM outgrow.chunks "
        "UNION ALL SELECT 'step', step, state, xmin::text FROM outgrow.steps ORDER BY 1, 2, 3")


def make_big(path, tables=3, rows=60_000):
    """Tables of a few chunks each, with keys, an index, a foreign key and rows to set aside."""
    db = sqlite3.connect(path)
    db.executescript("PRAGMA synchronous = OFF;")
    for table in range(tables):
        parent = f"REFERENCES big{table - 1}(id)" if table else ""
        db.execute(f"CREATE TABLE big{table} (id INTEGER PRIMARY KEY, parent INTEGER {parent}, v TEXT, "
                   f"r REAL, u UNIQUE)")
        db.execute(f"CREATE INDEX big{table}_v ON big{table} (v)")
        db.executemany(f"INSERT INTO big{table} VALUES (?, ?, ?, ?, ?)", (
            (n, n % 100 + 1 if table else None, f"value {n * 7919 % rows} " + "x" * (n % 40), n / 3, n)
            for n in range(1, rows + 1)))
        db.execute(f"INSERT INTO big{table} VALUES (?, 1, CAST(x'ff' AS TEXT), 0, 'last')", (rows + 9,))
    db.commit()
    db.close()
    return path


def rerun(t, path, done_before=()):
    """Same command again: same result, and nothing that was done is done again."""
    t.migrate(path).expect(7)
    compare(path, t.target)
    missing = set(done_before) - set(t.rows(DONE))
    check(not missing, "done twice:", missing)
    equal(t.psql("SELECT count(*) FROM outgrow.runs WHERE source_path LIKE '%k.db'"), "1", "runs")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype IN ('p', 'f', 'u') AND convalidated "
                 "AND conrelid::regclass::text LIKE 'big%'"), "8", "keys")


@contextlib.contextmanager
def database(t, name, template):
    """The test goes on in a copy of a database, for a while."""
    t.server.psql("postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    outer = t.database, t.target
    t.database, t.target = name, t.server.url(name)
    try:
        yield
    finally:
        t.database, t.target = outer
        t.server.psql("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@test("killed inside a write to the journal, whichever, the same command ends well")
def _(t):
    path = make_big(t.folder / "k.db", rows=700)
    t.migrate(t.sqlite("first.db", "CREATE TABLE first (id INTEGER PRIMARY KEY);")).expect(0)  # makes the journal
    t.psql(STALL)
    with database(t, f"{t.database}_0", t.database):
        t.migrate(path).expect(7)
        writes = int(t.psql("SELECT last_value FROM stall.writes"))
    check(writes > 12, "only", writes, "writes to the journal")
    for turn, number in enumerate(sample.choose("writes to the journal", writes, WRITES_MAX)):
        with database(t, f"{t.database}_{turn + 1}", t.database):
            seconds = 0.2 if turn % 2 else 60
            t.psql(f"UPDATE stall.at SET n = {number}, seconds = {seconds}")
            process = t.popen("migrate", path, t.target)
            wait_for(lambda: t.psql(STALLED) == "1", process, f"write {number}")
            kill(process)
            if seconds == 60:  # the server rolls back; else it may still commit what it was doing
                t.psql(OTHERS_GONE)
            quiet(t)
            done = t.rows(DONE)
            t.psql("UPDATE stall.at SET n = -1")
            rerun(t, path, done)


@test("killed at a moment of the clock, whichever, with chunks under way, it ends well")
def _(t):
    path = make_big(t.folder / "k.db")
    begun = time.monotonic()
    t.migrate(path).expect(7)
    whole = time.monotonic() - begun
    for moment in sample.choose("hundredths of its time", 100, MOMENTS_MAX):
        t.psql("DROP SCHEMA outgrow CASCADE; DROP TABLE IF EXISTS big2, big1, big0")
        process = t.popen("migrate", path, t.target)
        time.sleep(whole * moment / 100)
        kill(process)
        quiet(t)
        there = t.psql("SELECT to_regclass('outgrow.steps') IS NOT NULL")
        if there == "f":
            t.psql("CREATE SCHEMA IF NOT EXISTS outgrow")
            t.psql("DROP SCHEMA outgrow CASCADE")
        rerun(t, path, t.rows(DONE) if there == "t" else ())


@test("a run that is over is not run again, and says so")
def _(t):
    path = make_big(t.folder / "k.db", rows=700)
    t.migrate(path).expect(7)
    done = t.rows(DONE)
    filenodes = t.rows("SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 'big%' ORDER BY 1")
    t.migrate(path).expect(7)
    equal(t.rows(DONE), done, "the journal")
    equal(t.rows("SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 'big%' ORDER BY 1"),
          filenodes, "the tables")


def has_rows(t, table):
    """Of this run or an earlier one."""
    there = t.psql(f"SELECT to_regclass('{table}') IS NOT NULL")
    return there == "t" and t.psql(f"SELECT count(*) FROM {table}") != "0"


def stop(t, process, how):
    """Asked to stop before it can be done, a process says how to go on."""
    process.send_signal(how)
    out, err = process.communicate(timeout=TIMEOUT_S)
    equal(process.returncode, 130, err)
    check("Sanitizer" not in err, err)
    check("run the same command again to go on from here" in err, "no way on:", err)


@contextlib.contextmanager
def under_way(t, path, moment):
    """A migration that has got as far as that, and cannot get to its end."""
    with Gate(t) as gate:
        process = t.popen("migrate", path, t.target)
        # What the journal holds may be an earlier run's; a second connection besides the gate's is this one's.
        must_see(lambda: int(t.psql(OTHERS)) > 1, process, "a connection")
        must_see({"begun": lambda: has_rows(t, "outgrow.runs"), "copied": lambda: has_rows(t, "outgrow.chunks"),
                  "at the indexes": gate.is_reached}[moment], process, moment)
        yield process
    quiet(t)


@test("killed three times in a row it still ends well")
def _(t):
    path = make_big(t.folder / "k.db")
    for moment in ("begun", "copied", "at the indexes"):
        with under_way(t, path, moment) as process:
            kill(process)
    rerun(t, path, t.rows(DONE))


@test("Ctrl-C stops it with 130 and a word on how to go on, and the rerun ends well")
def _(t):
    path = make_big(t.folder / "k.db")
    for moment in ("begun", "copied", "at the indexes"):
        with under_way(t, path, moment) as process:
            stop(t, process, signal.SIGINT)
    rerun(t, path, t.rows(DONE))


@test("SIGTERM stops it as Ctrl-C does")
def _(t):
    path = make_big(t.folder / "k.db")
    with under_way(t, path, "begun") as process:
        stop(t, process, signal.SIGTERM)
    rerun(t, path, t.rows(DONE))


@test("a server that dies in the middle is a clear error, and the rerun ends well")
def _(t):
    path = make_big(t.folder / "k.db")
    with Gate(t):
        process = t.popen("migrate", path, t.target)
        must_see(lambda: has_rows(t, "outgrow.chunks"), process, "a chunk")
        t.server.stop(signal.SIGQUIT)
        out, err = process.communicate(timeout=TIMEOUT_S)
    equal(process.returncode, 4, err)
    check("outgrow: " in err and "Sanitizer" not in err, err)
    t.server.start()
    rerun(t, path, t.rows(DONE))


@test("a backend that is terminated in the middle is a clear error, and the rerun ends well")
def _(t):
    path = make_big(t.folder / "k.db")
    process = t.popen("migrate", "--max-rate", "1MB", path, t.target)  # so that it is seen
    must_see(lambda: t.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                            "datname = current_database() AND query LIKE 'COPY%FROM STDIN%'") != "0",
             process, "a COPY")
    out, err = process.communicate(timeout=TIMEOUT_S)
    equal(process.returncode, 4, err)
    check("outgrow: " in err and "Sanitizer" not in err, err)
    quiet(t)
    rerun(t, path)


@test("a server that is down is a target error that names where it was looked for")
def _(t):
    path = make_big(t.folder / "k.db", rows=5)
    result = t.outgrow("migrate", path, f"postgresql://tester@/x?host={t.folder}/nowhere").expect(4)
    check("nowhere" in result.err, result.err)


@test("a second run into the same database is refused, and the first ends well")
def _(t):
    path = make_big(t.folder / "k.db")
    other = t.sqlite("other.db", "CREATE TABLE o (id INTEGER PRIMARY KEY);")
    with Gate(t):  # so that the first is certainly still there
        first = t.popen("migrate", path, t.target)
        must_see(lambda: has_rows(t, "outgrow.runs"), first, "the run")
        for source in (path, other):
            result = t.migrate(source).expect(4)
            check("another run is working in this database" in result.err, result.err)
    out, err = first.communicate(timeout=TIMEOUT_S)
    equal(first.returncode, 7, err)
    rerun(t, path, t.rows(DONE))
    t.migrate(other).expect(0)


@test("a source that changed since the interrupted run is not mixed with the old one")
def _(t):
    path = make_big(t.folder / "k.db", rows=20_000)
    with under_way(t, path, "copied") as process:
        kill(process)
    db = sqlite3.connect(path)
    db.execute("UPDATE big0 SET v = 'changed' WHERE id = 1")
    db.execute("INSERT INTO big0 VALUES (-1, NULL, 'new', 1, 'new')")
    db.commit()
    db.close()
    said = t.migrate(path).expect(7).err
    check("going on with run 1" in said and "from its backup" in said, said)
    compare(t.psql("SELECT snapshot_path FROM outgrow.runs"), t.target)
    equal(t.psql("SELECT count(*) FROM big0 WHERE id = -1 OR v = 'changed'"), "0", "rows of later")
    t.migrate(path, "--replace").expect(7)
    compare(path, t.target)


run()
