#!/usr/bin/python3
"""300 MB and eight million rows: only with ./test.sh --large."""
import resource
import sqlite3
import time

from compare import compare
from harness import check, run, test

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


run()
