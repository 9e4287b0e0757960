#!/usr/bin/python3
"""300 MB and eight million rows: only with ./test.sh --large."""
import resource
import sqlite3
import time

from compare import compare
from harness import check, run, test

OWN_KB_MAX, WORKER_KB_MAX = 32 * 1024, 4 * 1024  # and three times the widest row
VERIFY_KB_MAX = 64_000
MEMORY_KB_MAX = 400_000  # whatever the size of the file; pages in the cache included


def make_large(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("""
        PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
        CREATE TABLE points (id INTEGER PRIMARY KEY, x REAL, y REAL, at INTEGER, kind TEXT);
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 8000000)
        INSERT INTO points SELECT n * 3, n / 7.0, sin(n), 1700000000 + n, 'kind ' || (n % 100) FROM n;
        CREATE INDEX points_at ON points (at);
        COMMIT;
    """)
    db.close()
    return path


def own_memory(process):
    """Largest RssAnon of the process in kB, looked at until it ends; pages of files do not count."""
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                peak = max([peak] + [int(line.split()[1]) for line in status if line.startswith("RssAnon")])
        except OSError:
            break
        time.sleep(0.01)
    return peak


@test("eight million rows arrive cell by cell, in bounded memory")
def _(t):
    path = make_large(t.folder / "large.db")
    check(path.stat().st_size > 300e6, path.stat().st_size)
    t.migrate(path, "--quiet").expect(0)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    check(peak < MEMORY_KB_MAX, f"{peak} kB at the peak")
    compare(path, t.target)
    for sql, code in ("SELECT 1", 0), ("UPDATE points SET x = -x WHERE id % 30000 = 0", 6):
        t.psql(sql)
        process = t.popen("verify", "--quiet", "--jobs", "4", path, t.target)
        peak = own_memory(process)
        process.communicate()
        check(process.returncode == code, "verify:", process.returncode)
        check(peak < VERIFY_KB_MAX, f"verify: {peak} kB of its own at the peak")


def migrate_and_measure(t, path, jobs):
    process = t.popen("migrate", "--replace", "--quiet", "--jobs", str(jobs), path, t.target)
    peak = own_memory(process)
    _, err = process.communicate()
    check(process.returncode == 0, "migrate:", process.returncode, err)
    return peak


@test("four workers keep to their memory with eight million rows, and with a few giant ones")
def _(t):
    peak = migrate_and_measure(t, make_large(t.folder / "large.db"), 4)
    check(peak <= OWN_KB_MAX + 4 * WORKER_KB_MAX, f"{peak} kB of its own at the peak")
    t.psql("DROP TABLE points")
    widest = 200_000_000
    db = sqlite3.connect(t.folder / "giant.db")
    db.execute("CREATE TABLE giants (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)")
    for i in range(5):
        body, raw = ("wörds %d " % i * (widest // 9), None) if i % 2 else (None, bytes([i]) * widest)
        db.execute("INSERT INTO giants VALUES (?, ?, ?)", (i, body, raw))
        db.commit()
    db.close()
    peak = migrate_and_measure(t, t.folder / "giant.db", 4)
    check(peak <= OWN_KB_MAX + 4 * WORKER_KB_MAX + 3 * widest // 1024, f"{peak} kB of its own at the peak")


@test("a text of a gigabyte is set aside or refused with words, never in the middle of something")
def _(t):
    db = sqlite3.connect(t.folder / "huge.db")
    db.execute("CREATE TABLE huge (id INTEGER PRIMARY KEY, body TEXT)")
    db.execute("INSERT INTO huge VALUES (1, 'small'), (3, 'small too')")
    db.execute("INSERT INTO huge VALUES (2, CAST(zeroblob(999999000) AS TEXT))")
    db.execute("UPDATE huge SET body = replace(hex(zeroblob(499999500)), '0', 'a') WHERE id = 2")
    db.commit()
    db.close()
    result = t.outgrow("migrate", "--quiet", t.folder / "huge.db", t.target).expect(0, 7)
    there = t.psql("SELECT id, length(body) FROM huge ORDER BY id")
    aside = t.psql("SELECT position FROM outgrow.set_aside")
    check((there, aside) in (("1|5\n2|999999000\n3|9", ""), ("1|5\n3|9", "2")), result.code, there, aside)


run()
