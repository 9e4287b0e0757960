#!/usr/bin/python3
"""300 MB and eight million rows: only with ./test.sh --large."""
import resource
import sqlite3

from compare import compare
from harness import check, run, test

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


@test("eight million rows arrive cell by cell, in bounded memory")
def _(t):
    path = make_large(t.folder / "large.db")
    check(path.stat().st_size > 300e6, path.stat().st_size)
    t.migrate(path, "--quiet").expect(0)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    check(peak < MEMORY_KB_MAX, f"{peak} kB at the peak")
    compare(path, t.target)


run()
