#!/usr/bin/python3
"""Who waits for whom while a file is kept in step and switched: the application never for the server, users of
the server never for an idle process, and nobody longer than was said."""
import sqlite3

from back import Session
from compare import compare
from harness import TIMEOUT_S, check, equal, run, test
from live_move import begin, same, seed, source_refusal, state, writable, write_source, write_target
from stall import PAUSE_WAITS, kill, locked, must_see

NOT_NOW = 8
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'outgrow' AND wait_event_type = 'Lock'"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'outgrow' AND state = 'idle in transaction'"
MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "


def start(t, path, *options, env=None):
    t.outgrow("sync", "--once", path, t.target).expect(0)
    daemon = t.popen("sync", *options, path, t.target, env=env)
    must_see(lambda: t.psql("SELECT running FROM outgrow.live") == "t", daemon, "it is at work")
    return daemon


@test("while a round waits for the server, no snapshot of the file is held: a -wal can be emptied, "
      "a writer never waits")
def _(t):
    for wal in True, False:
        path = seed(t, wal)
        begin(t, path)
        daemon = start(t, path)
        with locked(t, "users"):
            write_source(path, "UPDATE users SET score = score + 1")
            must_see(lambda: t.psql(WAITING) != "0", daemon, "the round waits")
            db = sqlite3.connect(path, timeout=0, isolation_level=None)
            for n in range(100):
                db.execute("UPDATE orders SET note = ? WHERE id = ?", (f"meanwhile {n}", n + 1))
            if wal:
                equal(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone(), (0, 0, 0), "checkpoint")
            db.close()
            check(t.psql(WAITING) != "0", "the round did not wait")
        must_see(lambda: t.psql("SELECT note FROM orders WHERE id = 100") == "meanwhile 99", daemon, "it goes on")
        kill(daemon)
        same(t, path)
        t.outgrow("sync", "--uninstall", path, t.target).expect(0)
        t.psql("DROP TABLE users, orders, events, kv")
        path.unlink()


@test("nor by so many keys that the server deletes the first of them while the others are read, and takes them no more")
def _(t):
    path = t.sqlite("app.db", "PRAGMA journal_mode = wal; CREATE TABLE t (k TEXT PRIMARY KEY NOT NULL, v INTEGER); " +
                    MANY.format(60000) + "INSERT INTO t SELECT printf('%080d', i), i FROM n;"
                    "CREATE TABLE u (id INTEGER PRIMARY KEY, v TEXT)")
    daemon = start(t, path)
    with locked(t, "t"):
        write_source(path, "UPDATE t SET v = v + 1 WHERE v % 7 > 0", "DELETE FROM t WHERE v % 7 = 0",
                     MANY.format(5000) + "INSERT INTO u SELECT i, 'x' FROM n")
        must_see(lambda: t.psql(WAITING) != "0", daemon, "the round waits")
        db = sqlite3.connect(path, timeout=0, isolation_level=None)
        must_see(lambda: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0), daemon, "a checkpoint")
        db.close()
        check(t.psql(WAITING) != "0", "the round did not wait")
    must_see(lambda: t.psql("SELECT count(*) FROM u") == "5000", daemon, "it goes on")
    kill(daemon)
    compare(path, t.target)


@test("while the initial copy waits for the server, no snapshot of the file is held")
def _(t):
    begin_other(t)
    path = seed(t)
    with locked(t, "outgrow.chunks"):
        daemon = t.popen("sync", "--once", "--schema", "app", path, t.target)
        must_see(lambda: t.psql(WAITING) != "0", daemon, "the copy waits")
        db = sqlite3.connect(path, timeout=0, isolation_level=None)
        db.execute("INSERT INTO events VALUES ('meanwhile', 1)")
        equal(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone(), (0, 0, 0), "checkpoint")
        db.close()
    equal(daemon.wait(TIMEOUT_S), 0, daemon.communicate()[1])
    compare(path, t.target)


def begin_other(t):
    t.outgrow("sync", "--once", t.sqlite("other.db", "CREATE TABLE o (id INTEGER PRIMARY KEY)"), t.target).expect(0)


@test("a process that has nothing to do keeps nobody from changing a table of the target")
def _(t):
    path = seed(t)
    begin(t, path)
    daemon = start(t, path)
    for wait in range(3):
        write_source(path, f"INSERT INTO events VALUES ('round', {wait})")
        must_see(lambda: t.psql(f"SELECT count(*) FROM events WHERE what = 'round' AND n = {wait}") == "1", daemon,
                 "a round")
        must_see(lambda: t.psql(OPEN) == "0", daemon, "its transaction ends")
        t.psql(f"SET lock_timeout = '{TIMEOUT_S}s'; BEGIN; LOCK TABLE users, orders, events, kv, outgrow.live; COMMIT")
    check(int(t.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'outgrow'")) > 0,
          "it is not called so")
    kill(daemon)


def without_quarantine(t):
    """AddressSanitizer keeps what was freed, up to a quarter of a gigabyte."""
    options = t.environment.get("ASAN_OPTIONS", "")
    return {"ASAN_OPTIONS": f"{options}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"}


def resident_kb(process):
    with open(f"/proc/{process.pid}/status") as lines:
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


@test("a process that waits for a person behind the fence takes no more memory for it, however often it looks")
def _(t):
    path = seed(t)
    begin(t, path)
    daemon = start(t, path, env=without_quarantine(t))
    t.outgrow("cutover", "--budget", "60s", "--on-fenced", "kill -9 $PPID", path, t.target)
    must_see(lambda: "fenced" in t.psql("SELECT coalesce(reason, '') FROM outgrow.live"), daemon, "it waits")
    # So that each look counts.
    t.psql("UPDATE outgrow.live SET"
           " settings = (settings::jsonb || jsonb_build_object('x', repeat('x', 1000000)))::json")
    before = resident_kb(daemon)
    looks = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relid = 'outgrow.live'::regclass"
    enough = int(t.psql(looks)) + 100
    must_see(lambda: int(t.psql(looks)) > enough, daemon, "a hundred looks")
    check(resident_kb(daemon) < before + 30000, "it had", before, "kB, and has", resident_kb(daemon))
    kill(daemon)
    t.outgrow("cutover", "--abort", path, t.target).expect(0)
    same(t, path)


@test("--trim never: the log is not cut, however long it is")
def _(t):
    path = t.sqlite("app.db", "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
    daemon = start(t, path, "--trim", "never")
    write_source(path, MANY.format(60000) + "INSERT INTO t SELECT i, i FROM n")
    must_see(lambda: t.psql("SELECT log_rows >= 60000 AND keys_applied >= 60000 FROM outgrow.live") == "t", daemon,
             "counted")
    for turn in range(30):
        write_source(path, f"INSERT INTO t VALUES (100000 + {turn}, 0)")
        must_see(lambda: t.psql(f"SELECT count(*) FROM t WHERE id = 100000 + {turn}") == "1", daemon, "a round")
    equal(sqlite3.connect(path).execute("SELECT count(*) FROM _outgrow_log").fetchone(), (60030,))
    kill(daemon)


@test("a lock that somebody holds in PostgreSQL does not lengthen the pause: it is given up, the application goes on")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--dry-run", "--budget", "60s", path,
              t.target).expect(0)  # so that a rehearsal need not be held
    app = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    app.execute("BEGIN IMMEDIATE")
    app.execute("INSERT INTO users (name) VALUES ('in the last round')")
    index = Session(t, "BEGIN; LOCK TABLE users IN SHARE MODE")  # as CREATE INDEX does
    cutover = t.popen("cutover", "--budget", "3s", "--attempts", "1", "--timeout", f"{TIMEOUT_S}s", path, t.target)
    must_see(lambda: t.psql(PAUSE_WAITS) == "1", cutover, "the pause is asked for")
    app.execute("COMMIT")
    app.execute("INSERT INTO users (name) VALUES ('behind the pause')")  # waits for the end of it
    check(cutover.wait(TIMEOUT_S) == NOT_NOW, cutover.communicate())
    said = cutover.communicate()[1]
    check("lock" in said and "nothing has changed" in said, said)
    result = t.outgrow("cutover", "--budget", "60s", "--catch-up", "100ms", path, t.target).expect(NOT_NOW)
    check("given up" in result.err and "pg_locks" in result.err, result.err)
    index.do("COMMIT")
    index.close()
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    names = [row[1] for row in same(t, path)["users"]]
    check("in the last round" in names and "behind the pause" in names, names[-3:])


@test("who reads the file all through a switch keeps nobody from it, and the fence holds")
def _(t):
    path = seed(t)
    begin(t, path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    before = reader.execute("SELECT count(*) FROM users").fetchall()
    write_source(path, "INSERT INTO users (name) VALUES ('behind the reader')")
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    equal(reader.execute("SELECT count(*) FROM users").fetchall(), before, "the reader's moment")
    equal(writable(t, path), ["target"])
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    equal(reader.execute("SELECT count(*) FROM users").fetchall(), before, "the reader's moment")
    reader.close()
    equal(writable(t, path), ["source"])
    same(t, path)


@test("who reads a file without a WAL holds up a switch, or a return, no longer than was said; "
      "then nothing has changed")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    reader = sqlite3.connect(path, isolation_level=None)
    options = ("--budget", "60s", "--timeout", "200ms", "--attempts", "2")
    for verb, side, write in (("cutover", "source", write_source), ("return", "target", write_target)):
        write(*((path,) if side == "source" else (t,)), f"INSERT INTO users (name) VALUES ('before the {verb}')")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM users").fetchall()
        where = state(t)
        result = t.outgrow(verb, *options, path, t.target).expect(NOT_NOW)
        check("locked" in result.err and "hint:" in result.err, result.err)
        reader.execute("COMMIT")
        equal((state(t), writable(t, path)), (where, [side]), verb)
        t.outgrow(verb, "--budget", "60s", path, t.target).expect(0)
        same(t, path)
    reader.close()


@test("who holds the file's lock right behind the fence is waited for, as before it")
def _(t):
    path = seed(t)
    begin(t, path)
    held = t.folder / "held"
    holder = t.folder / "hold.py"
    holder.write_text(f"""import pathlib, sqlite3, time
db = sqlite3.connect({str(path)!r}, isolation_level=None, timeout={TIMEOUT_S})
db.execute("BEGIN IMMEDIATE")
pathlib.Path({str(held)!r}).touch()
time.sleep(1)
db.execute("ROLLBACK")
""")
    hook = f"python3 {holder} >/dev/null 2>&1 & until [ -e {held} ]; do sleep 0.01; done"
    t.outgrow("cutover", "--budget", "60s", "--timeout", "30s", "--on-fenced", hook, path, t.target).expect(0)
    equal(writable(t, path), ["target"])


@test("the fence is in the file itself as soon as PostgreSQL opens: a machine that loses its power keeps it")
def _(t):
    path = seed(t)
    begin(t, path)
    keeper = sqlite3.connect(path)  # whoever closes last would empty the -wal
    keeper.execute("SELECT count(*) FROM users").fetchall()
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    kept = t.folder / "kept.db"
    kept.write_bytes(path.read_bytes())
    check("moved to PostgreSQL" in (source_refusal(kept) or ""), source_refusal(kept))
    keeper.close()


run()
