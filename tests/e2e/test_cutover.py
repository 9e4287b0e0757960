#!/usr/bin/python3
"""The switch and the way back: nothing is lost, and at no moment, at no crash, do both sides take
writes. Tried as an application would: by writing to both. Kills are honest: kill -9 of the process
itself, or of the server, as crash.py does it."""
import os
import pathlib
import sqlite3
import time

import sample
from crash import POINTS_MAX, begin_file, crash, need_crash_point
from harness import TIMEOUT_S, Skip, check, equal, run, test
from live_move import (Writer, begin, of_source, of_target, same, seed, source_refusal, state, sync_once,
                       target_refusal,
                       writable, write_source, write_target)
from stall import kill, must_see, quiet

import libpq  # live_move knows where

NOT_NOW = 8


def why(t):
    return t.outgrow("status", "--json", t.target).expect(0).json()["live"][0]["why"] or ""


@test("a switch under an application's writes: it waits, then gets the fence's words, and nothing is lost")
def _(t):
    path = seed(t)
    begin(t, path)
    daemon = t.popen("sync", path, t.target)
    writer = Writer(path)
    writer.start()
    must_see(lambda: writer.count > 100, daemon, "some writes")
    result = t.outgrow("cutover", "--json", path, t.target, "--budget", "60s").expect(0).json()
    writer.join(TIMEOUT_S)
    check(writer.refusal is not None and "moved to PostgreSQL" in writer.refusal, writer.refusal)
    equal(result["state"], "switched")
    equal(result["epoch"], 1)
    check(result["pause_ms"] > 0 and result["keys"] >= 0, result)
    rows = same(t, path)
    equal(len([row for row in rows["users"] if row[1].startswith("live ")]), (writer.count + 2) // 3, "rows")
    equal(writable(t, path), ["target"])
    kill(daemon)


@test("a switch and a return that go well are one line each to who keeps the file in step; one that is left in "
      "between is told, and how to go on")
def _(t):
    path = seed(t)
    begin(t, path)
    log = t.folder / "sync.log"
    log = t.folder / "sync.log"
    with open(log, "a") as out:
        daemon = t.popen("sync", path, t.target, stderr=out)
    must_see(lambda: "app.db: syncing" in log.read_text(), daemon, "rounds")
    for attempt in range(5):
        begun = time.monotonic()
        t.outgrow("cutover", path, t.target, "--budget", "60s", "--on-fenced", "sleep 1").expect(0)
        must_see(lambda: log.read_text().count("app.db: switched") > attempt, daemon, "the other direction")
        t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
        must_see(lambda: log.read_text().count("app.db: syncing") > attempt + 1, daemon, "the first direction")
        if time.monotonic() - begun < 3:
            break
        log.write_text("app.db: switched\napp.db: syncing\n" * (attempt + 1) + "app.db: syncing\n")
    else:
        raise Skip("the machine is too slow for a short switch")
    words = log.read_text()
    check("fenced" not in words and "paused" not in words and "goes on" not in words, words)
    t.outgrow("cutover", path, t.target, "--budget", "60s", "--on-fenced", "kill -9 $PPID")
    must_see(lambda: "app.db: waits: fenced: " in log.read_text(), daemon, "why it waits")
    check("outgrow cutover opens PostgreSQL, outgrow cutover --abort goes back" in log.read_text(), log.read_text())
    t.outgrow("cutover", "--abort", path, t.target).expect(0)
    must_see(lambda: "app.db: goes on" in log.read_text(), daemon, "the way on")
    kill(daemon)


@test("what is written to PostgreSQL flows back, and return brings all of it; then it goes on forward")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    daemon = t.popen("sync", path, t.target)
    write_target(t, "INSERT INTO users (name, score) VALUES ('new', 1.5)", "DELETE FROM users WHERE id = 7",
                 "UPDATE kv SET v = '\\x0102' WHERE k = 'k1'", "INSERT INTO events VALUES ('back', 1)",
                 "DELETE FROM events WHERE n = 3")
    must_see(lambda: ("new", 1.5) in sqlite3.connect(path).execute("SELECT name, score FROM users").fetchall(),
             daemon, "a round back")
    write_target(t, "INSERT INTO users (name) VALUES ('last')")
    before = of_target(t)
    t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
    equal(of_source(path), before, "all of PostgreSQL's rows")
    check(not any(row[1] == "7" for row in before["orders"]), "the cascade has not come back")
    equal(writable(t, path), ["source"])
    check("is primary" in target_refusal(t), target_refusal(t))
    write_source(path, "INSERT INTO users (name) VALUES ('forward again')", "DELETE FROM users WHERE id = 9")
    must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'forward again'") == "1", daemon, "a round")
    same(t, path)
    ids = {int(row[0]) for row in of_source(path)["users"]}
    equal(len(ids), len(of_source(path)["users"]))
    kill(daemon)


@test("there and back three times, with writes on the primary side each time")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    for turn in range(3):
        write_source(path, f"INSERT INTO users (name) VALUES ('source {turn}')")
        t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
        write_target(t, f"INSERT INTO users (name) VALUES ('target {turn}')",
                     f"INSERT INTO events VALUES ('t', {turn})")
        t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
        write_source(path, f"UPDATE events SET n = n + 1 WHERE what = 't' AND n = {turn}")
    sync_once(t, path).expect(0)
    names = [row[1] for row in same(t, path)["users"]]
    for turn in range(3):
        check(f"source {turn}" in names and f"target {turn}" in names, names[-9:])
    equal(t.psql("SELECT epoch FROM outgrow.live"), "6")


@test("without a WAL a reader that stays keeps the application waiting no longer than the budget says")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM users").fetchall()
    refused = t.outgrow("cutover", path, t.target, "--budget", "5s", "--timeout", "3000s", "--attempts", "1").expect(8)
    check("--budget" in refused.err, refused.err)
    reader.execute("ROLLBACK")
    reader.close()
    equal(source_refusal(path), None)
    equal(t.psql("SELECT state FROM outgrow.live"), "syncing")
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    check("moved to PostgreSQL" in source_refusal(path), "SQLite still takes writes")


@test("once PostgreSQL is primary its foreign keys act as declared; under rounds they do not")
def _(t):
    path = seed(t)
    begin(t, path)
    actions = ("SELECT confdeltype, condeferrable, convalidated FROM pg_constraint WHERE contype = 'f' "
               "AND conrelid = 'orders'::regclass")
    equal(t.rows(actions), [("a", "t", "t")], "under rounds")
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    equal(t.rows(actions), [("c", "f", "t")], "switched")
    t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
    equal(t.rows(actions), [("a", "t", "t")], "returned")


@test("numbers go on behind all that SQLite ever gave out, and the other way round")
def _(t):
    path = seed(t)
    write_source(path, "INSERT INTO users VALUES (5000, 'gone', 0)", "DELETE FROM users WHERE id = 5000")
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    write_target(t, "INSERT INTO users (name) VALUES ('five thousand and one')")
    equal(t.psql("SELECT id FROM users WHERE name LIKE 'five%'"), "5001")
    write_target(t, "INSERT INTO users (name) VALUES ('gone, too')", "DELETE FROM users WHERE id = 5002")
    t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
    write_source(path, "INSERT INTO users (name) VALUES ('next')")
    equal(sqlite3.connect(path).execute("SELECT id FROM users WHERE name = 'next'").fetchone(), (5003,))


@test("a dry run says how long the pause was and leaves no trace on either side")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--dry-run", path, t.target, "--budget", "60s").expect(0)  # puts the way back in place
    write_source(path, "INSERT INTO users (name) VALUES ('waits')")
    traces = "SELECT state, epoch, reason FROM outgrow.live"
    row = t.rows(traces)
    schema = sqlite3.connect(path).execute("SELECT * FROM sqlite_schema").fetchall()
    result = t.outgrow("cutover", "--dry-run", "--json", path, t.target, "--budget", "60s").expect(0).json()
    check(result["dry_run"] and result["pause_ms"] > 0, result)
    equal(t.rows(traces), row)
    equal(sqlite3.connect(path).execute("SELECT * FROM sqlite_schema").fetchall(), schema)
    equal(writable(t, path), ["source"])
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    same(t, path)
    result = t.outgrow("return", "--dry-run", "--json", path, t.target, "--budget", "60s").expect(0).json()
    check(result["pause_ms"] > 0, result)
    equal(writable(t, path), ["target"])


@test("a pause over the budget is rolled back: exit code 8, the hook is told why, SQLite goes on")
def _(t):
    path = seed(t)
    begin(t, path)
    result = t.outgrow("cutover", path, t.target, "--budget", "1us", "--attempts", "2", "--on-abort",
                       "echo because $OUTGROW_REASON").expect(NOT_NOW)
    check("budget" in result.err and "on-abort: because " in result.err and "the pause came to" in result.err,
          result.err)
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    result = t.outgrow("return", path, t.target, "--budget", "1us", "--attempts", "1").expect(NOT_NOW)
    equal((state(t), writable(t, path)), ("switched", ["target"]))


@test("a lock that the application holds too long is waited for, then given up; then it goes through")
def _(t):
    path = seed(t)
    begin(t, path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO users (name) VALUES ('held')")
    result = t.outgrow("cutover", path, t.target, "--budget", "60s", "--timeout", "100ms", "--attempts",
                       "2").expect(NOT_NOW)
    check("lock" in result.err, result.err)
    db.execute("COMMIT")
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    check("held" in [row[1] for row in same(t, path)["users"]])


@test("hooks run in order, know where the move stands, and no password")
def _(t):
    path = seed(t)
    begin(t, path)
    log = t.folder / "log"
    say = f"echo $OUTGROW_HOOK $OUTGROW_STATE $OUTGROW_EPOCH >> {log}; env >> {log}.env"
    t.outgrow("cutover", path, t.target + "&password=hidden", "--budget", "60s", "--before-pause", say, "--on-fenced",
              say, "--on-switched", say, "--on-abort", say).expect(0)
    t.outgrow("return", path, t.target, "--budget", "60s", "--before-pause", say, "--on-returned", say).expect(0)
    equal(log.read_text().split("\n")[:-1],
          ["before-pause syncing 0", "on-fenced fenced 0", "on-switched switched 1", "before-pause switched 1",
           "on-returned syncing 2"])
    check("hidden" not in (t.folder / "log.env").read_text(), "a hook was told the password")


@test("a hook that fails before the pause stops it; behind the fence it takes the fence down again")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s", "--before-pause", "exit 3").expect(5)
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    result = t.outgrow("cutover", path, t.target, "--budget", "60s", "--on-fenced", "exit 3").expect(5)
    check("on-fenced" in result.err, result.err)
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    write_source(path, "INSERT INTO users (name) VALUES ('goes on')")
    sync_once(t, path).expect(0)
    same(t, path)


@test("a hook that fails behind the opening is run again by the same command")
def _(t):
    path = seed(t)
    begin(t, path)
    flag = t.folder / "flag"
    hook = ["--on-switched", f"test -e {flag} && echo told"]
    result = t.outgrow("cutover", path, t.target, "--budget", "60s", *hook).expect(5)
    equal((state(t), writable(t, path)), ("switched", ["target"]))
    flag.touch()
    result = t.outgrow("cutover", path, t.target, "--budget", "60s", *hook).expect(0)
    check("told" in result.err, result.err)
    result = t.outgrow("cutover", path, t.target, "--budget", "60s", *hook).expect(0)
    check("told" not in result.err, "told twice")


@test("the application's .env is rewritten, with a copy, and its secrets are never shown")
def _(t):
    path = seed(t)
    begin(t, path)
    env = t.folder / ".env"
    env.write_text("# where\nDATABASE_URL=sqlite:///app.db # old\nexport DB_BACKEND='sqlite'\nOTHER=1\n")
    env.chmod(0o600)
    secret = "postgresql://app:s3cret@db/app"
    result = t.outgrow("cutover", path, t.target, "--budget", "60s", "--env-file", env, "--set",
                       "DATABASE_URL=$NEW_URL,DB_BACKEND=postgres,USE_POSTGRES=1", env={"NEW_URL": secret}).expect(0)
    equal(env.read_text(), f"# where\nDATABASE_URL={secret} # old\nexport DB_BACKEND='postgres'\nOTHER=1\n"
          "USE_POSTGRES=1\n")
    equal(env.stat().st_mode & 0o777, 0o600)
    check("s3cret" not in result.out + result.err, "the password was shown")
    copies = list(t.folder.glob(".env.before-*"))
    equal(len(copies), 1)
    check("sqlite:///app.db" in copies[0].read_text())
    t.outgrow("return", path, t.target, "--budget", "60s", "--env-file", env, "--set",
              "DATABASE_URL=sqlite:///app.db,DB_BACKEND=sqlite").expect(0)
    check("DATABASE_URL=sqlite:///app.db # old" in env.read_text(), env.read_text())


@test("what is not ready is said before anything happens, with what to do")
def _(t):
    path = seed(t)
    begin(t, path)
    for options, words in ((["--app-url", t.target.replace("tester@", "nobody_here@")], "nobody_here"),
                           (["--app-url", t.target.replace(t.database, "postgres")], "another database"),
                           (["--env-file", t.folder / "none", "--set", "A=1"], "none")):
        result = t.outgrow("cutover", path, t.target, "--budget", "60s", *options).expect(NOT_NOW)
        check("not ready" in result.err and words in result.err, result.err)
    t.psql("CREATE ROLE app_poor LOGIN")
    try:
        result = t.outgrow("cutover", path, t.target, "--budget", "60s", "--app-url",
                           t.target.replace("tester@", "app_poor@")).expect(NOT_NOW)
        check("lacks rights" in result.err and "GRANT" in result.err, result.err)
    finally:
        t.psql("DROP ROLE app_poor")
    equal((state(t), writable(t, path)), ("syncing", ["source"]))


@test("a column that PostgreSQL got since the switch ends the way back, loudly, and PostgreSQL goes on")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    t.psql("ALTER TABLE users ADD COLUMN phone text")
    result = t.outgrow("return", path, t.target, "--budget", "60s").expect(NOT_NOW)
    check("no way back" in result.err and "phone" in result.err, result.err)
    equal((state(t), writable(t, path)), ("switched", ["target"]))
    check("phone" in why(t), "as the return has found it", why(t))
    sync_once(t, path)
    check("phone" in why(t), "as the last process left it", why(t))
    t.psql("ALTER TABLE users DROP COLUMN phone")
    t.outgrow("return", "--dry-run", path, t.target, "--budget", "60s").expect(0)
    check("phone" not in why(t), why(t))
    t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
    same(t, path)


@test("a writer's long transaction keeps a return waiting for the budget, and not for --timeout")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    holder = libpq.Connection(t.target)
    holder.execute("BEGIN; UPDATE users SET score = 0 WHERE id = 1")
    result = t.outgrow("return", path, t.target, "--budget", "200ms", "--attempts", "2", "--timeout",
                       "1h").expect(NOT_NOW)
    check("--budget" in result.err and "pg_locks" in result.err, result.err)
    equal((state(t), writable(t, path)), ("switched", ["target"]))
    holder.execute("COMMIT")
    holder.close()
    t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
    same(t, path)


@test("a copy from before the switch gets no rows back, and is not returned to")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    older = path.read_bytes()
    write_source(path, "INSERT INTO users (name) VALUES ('not in the copy')")
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    path.write_bytes(older)
    write_target(t, "INSERT INTO users (name) VALUES ('behind the switch')")
    result = t.outgrow("sync", "--once", path, t.target).expect(3)
    check("older copy" in result.err and "outgrow finish" in result.err, result.err)
    equal(writable(t, path), ["target"])
    result = t.outgrow("return", path, t.target, "--budget", "60s").expect(3)
    check("older copy" in result.err, result.err)
    t.outgrow("finish", path, t.target, "--archive-directory", t.folder / "archives").expect(0)
    equal(writable(t, path), ["target"])


@test("finish archives the file, and leaves nothing of the move but SQLite's fence")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    write_target(t, "INSERT INTO users (name) VALUES ('before the end')")
    marker = t.folder / "marker"
    result = t.outgrow("finish", "--json", path, t.target, "--archive-directory", t.folder / "archives",
                       "--on-finished", f"touch {marker}").expect(0).json()
    check(marker.exists() and os.path.exists(result["archive"]), result)
    equal((state(t), writable(t, path)), ("finished", ["target"]))
    equal(t.psql("SELECT count(*) FROM pg_attribute WHERE attname LIKE '\\_outgrow%' AND NOT attisdropped"), "0")
    equal(t.psql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%outgrow%'"), "0")
    names = [name for (name,) in sqlite3.connect(path).execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name NOT LIKE '\\_outgrow\\_fence%' ESCAPE '\\'")]
    equal(names, [], "triggers in SQLite")
    equal(sqlite3.connect(path).execute("SELECT count(*) FROM _outgrow_log").fetchone(), (0,))
    equal(t.outgrow("status", "--json", t.target).expect(0).json()["live"][0]["log_rows"], 0)
    check("in its log" not in t.outgrow("status", t.target).expect(0).out, "the log is said to have rows")
    check("before the end" in [row[1] for row in same(t, path)["users"]])
    restored = t.folder / "restored"
    t.outgrow("archive", "--restore", result["archive"], restored).expect(0)
    check("before the end" in [row[1] for row in of_source(restored / "app.db")["users"]])
    write_target(t, "INSERT INTO users (name) VALUES ('behind the end')")
    t.outgrow("finish", path, t.target).expect(0)
    check("finished" in t.outgrow("return", path, t.target).expect(2).err)


@test("finish says where the file keeps what it alone had of rows that never got back into it")
def _(t):
    path = t.sqlite("app.db", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, own TEXT);"
                    "INSERT INTO users VALUES (1, 'ann', 'hers'), (2, 'bob', 'his');")
    (t.folder / "plan.yaml").write_text("version: 1\nsources: {app: app.db}\ntables:\n"
                                        "  - {from: users, skip_columns: [own]}\n")
    t.outgrow("sync", "--once", "--plan", t.folder / "plan.yaml", path, t.target).expect(0)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    t.psql("ALTER TABLE users DROP CONSTRAINT users_name_key; UPDATE users SET name = 'bob' WHERE id = 1;"
           "INSERT INTO users VALUES (3, 'zed'); UPDATE users SET name = 'zed' WHERE id = 2")
    said = t.outgrow("finish", path, t.target, "--archive-directory", t.folder / "archives").expect(0)
    [kept] = [name for (name,) in sqlite3.connect(path).execute(
        "SELECT name FROM sqlite_schema WHERE name GLOB '_outgrow_lost*'")]
    equal(sqlite3.connect(path).execute(f"SELECT k0, v_own FROM {kept}").fetchall(), [(2, "his")])
    check(f"users: 1 row never got back into the file; what only the file had of it is in its table {kept}" in said.err,
          said.err)


@test("what makes no sense where the move stands is refused, with the way on")
def _(t):
    path = seed(t)
    begin(t, path)
    check("SQLite is primary" in t.outgrow("return", path, t.target).expect(2).err)
    result = t.outgrow("finish", path, t.target).expect(2)
    check("the move is syncing" in result.err and "outgrow cutover" in result.err and
          "outgrow sync --uninstall" in result.err, result.err)
    t.outgrow("cutover", "--abort", path, t.target).expect(0)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    check("switched" in t.outgrow("cutover", "--abort", path, t.target).expect(2).err)
    result = t.outgrow("sync", "--uninstall", path, t.target).expect(2)
    check("outgrow return" in result.err and "outgrow finish" in result.err, result.err)
    equal(writable(t, path), ["target"])
    result = t.outgrow("cutover", path, t.target).expect(0)
    check("nothing was left to do" in result.out, result.out)


@test("a fence that somebody took down is put up again, and what was written meanwhile is said")
def _(t):
    path = seed(t)
    begin(t, path)
    write_source(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    with open(path, "r+b") as file:  # restored from a backup of before the switch
        file.write(before)
        file.truncate()
    check(source_refusal(path) is None, "the restored file takes writes")
    result = t.outgrow("cutover", path, t.target).expect(3)
    check("fence was down" in result.err, result.err)
    equal(writable(t, path), ["target"])


@test("where the target's fence was down, "
      "a comparison of before counts no more: what was written there is found and mended")
def _(t):
    path = seed(t)
    begin(t, path)
    t.psql("ALTER TABLE users DISABLE TRIGGER outgrow_fence; UPDATE users SET name = 'forged' WHERE id = 1")
    result = t.outgrow("cutover", "--dry-run", path, t.target).expect(8)
    check("the target's fence: it was down" in result.err and "outgrow verify" in result.err, result.err)
    check(target_refusal(t) is not None, "the fence is not up again")
    result = t.outgrow("cutover", path, t.target).expect(8)
    check("not since the target's fence was down" in result.err, result.err)
    equal(writable(t, path), ["source"])
    result = t.outgrow("verify", path, t.target).expect(6)
    check("forged" in result.out, result.out)
    t.outgrow("cutover", path, t.target).expect(8)
    t.outgrow("verify", "--repair", path, t.target).expect(0)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    equal(t.psql("SELECT count(*) FROM users WHERE name = 'forged'"), "0")


@test("a gap in the fence is closed by the process that syncs, and by the next command")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    (name,) = sqlite3.connect(path).execute("SELECT name FROM sqlite_schema WHERE tbl_name = 'users' AND name GLOB "
                                            "'_outgrow_fence_*_insert'").fetchone()
    write_source(path, f"DROP TRIGGER {name}")
    check(source_refusal(path, "INSERT INTO users (name) VALUES ('attempt')") is None, "there is no gap")
    result = t.outgrow("cutover", path, t.target).expect(3)
    check("fence was down" in result.err, result.err)
    equal(writable(t, path), ["target"])
    write_source(path, "ALTER TABLE orders RENAME TO old",
                 "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, "
                 "note TEXT, amount INTEGER)", "DROP TABLE old")  # made anew, as ORMs do
    check(source_refusal(path, "INSERT INTO orders (id) VALUES (-1)") is None, "there is no gap")
    daemon = t.popen("sync", path, t.target)
    must_see(lambda: source_refusal(path, "INSERT INTO orders (id) VALUES (-1)") is not None, daemon, "the fence")
    kill(daemon)
    equal(writable(t, path), ["target"])


@test("a move that is given up leaves the file as it was, and the target's copy fenced")
def _(t):
    path = seed(t)
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
    before = sqlite3.connect(path).execute(schema).fetchall()
    begin(t, path)
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    equal(sqlite3.connect(path).execute(schema).fetchall(), before)
    equal(t.psql("SELECT count(*) FROM outgrow.live"), "0")
    equal(writable(t, path), ["source"])
    check("given up" in target_refusal(t), target_refusal(t))


@test("a return that was ended behind the opening is carried on by the process that syncs; "
      "the application is told later")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    write_target(t, "INSERT INTO users (name) VALUES ('there')")
    reader = libpq.Connection(t.target)
    reader.execute("BEGIN; SELECT count(*) FROM orders")
    hook = ["--on-returned", f"echo told >> {t.folder / 'told'}"]
    result = t.outgrow("return", path, t.target, "--budget", "60s", *hook).expect(4)
    check("SQLite is open" in result.err, result.err)
    equal((state(t), writable(t, path)), ("returning", ["source"]))
    write_source(path, "INSERT INTO users (name) VALUES ('here')", "DELETE FROM users WHERE id = 3")
    daemon = t.popen("sync", path, t.target)
    must_see(lambda: "holds a table" in t.psql("SELECT coalesce(reason, '') FROM outgrow.live"), daemon, "the reason")
    reader.execute("COMMIT")
    reader.close()
    must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'here'") == "1", daemon, "a round forward")
    equal((state(t), writable(t, path)), ("syncing", ["source"]))
    check(not (t.folder / "told").exists(), "told by somebody else")
    check("has not been told" in t.outgrow("status", t.target).expect(0).out, "nobody knows")
    kill(daemon)
    sync_once(t, path).expect(0)
    check(not any(row[1] == "3" for row in same(t, path)["orders"]), "cascade")
    t.outgrow("return", path, t.target, *hook).expect(0)
    equal((t.folder / "told").read_text(), "told\n")


# ---- killed between every two steps ----

class Copies:
    """Starts each attempt from the same state of both sides, in no time."""

    def __init__(self, t, path):
        self.t, self.path = t, path
        write_source(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        self.content = path.read_bytes()
        self.template, self.number = t.database, 0

    def fresh(self):
        t = self.t
        if t.database != self.template:
            t.server.psql("postgres", f"DROP DATABASE {t.database} WITH (FORCE)")
        self.number += 1
        for suffix in ("-wal", "-shm", "-journal"):
            pathlib.Path(str(self.path) + suffix).unlink(missing_ok=True)
        with open(self.path, "r+b") as file:  # in place: it is the same file still
            file.write(self.content)
            file.truncate()
        database = f"{self.template}_{self.number}"
        t.server.psql("postgres", f"CREATE DATABASE {database} TEMPLATE {self.template} STRATEGY file_copy")
        t.database, t.target = database, t.server.url(database)

    def end(self):
        t = self.t
        if t.database != self.template:
            t.server.psql("postgres", f"DROP DATABASE {t.database} WITH (FORCE)")
        t.database, t.target = self.template, t.server.url(self.template)


def crash_in(t, path, words, at, server=None):
    """Points are counted from the pause on, or where there is none from the start."""
    pauses = len(words) == 1 and words[0] != "finish"
    options = ["--budget", "60s", "--before-pause", f"unset LD_PRELOAD; touch {begin_file(t)}"] if pauses else []
    return crash(t, at, *words, path, t.target, *options, at_once=not pauses, victim=server)


def count_points(t, path, copies, words):
    copies.fresh()
    result, count = crash_in(t, path, words, 0)
    result.expect(0)
    check(count is not None and count > 10, "only", count, "points")
    return count


def points(t, path, copies, words, most):
    """The points at which to kill it."""
    return sample.choose(" ".join(words), count_points(t, path, copies, words), most)


def rows_of(t, path, side):
    return of_source(path) if side == "source" else of_target(t)


def follow(t, path, side):
    """The move goes on from there as if nothing had been."""
    for trigger in t.rows("SELECT tgenabled FROM pg_trigger WHERE tgname = 'theirs'"):
        keys = t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'orders'::regclass")
        equal((trigger[0], keys), ("D", "0") if side == "source" else ("O", "1"), "their trigger and key")
    if side == "source":
        write_source(path, "INSERT INTO users (name) VALUES ('on')", "DELETE FROM users WHERE id = 3")
    else:
        write_target(t, "INSERT INTO users (name) VALUES ('on')", "DELETE FROM users WHERE id = 3")
    sync_once(t, path).expect(0)
    check(not any(row[1] == "3" for row in same(t, path)["orders"]), "cascade")


def try_point(t, path, verb, at, back, truth, goal, server):
    """One kill: both sides are tried; then on to the goal, or back, in turn; then life goes on."""
    crash_in(t, path, [verb], at, t.server.process.pid if server else None)
    if server:
        t.server.stop()
        t.server.start()
    else:
        quiet(t)
    found = (state(t), *writable(t, path))
    if back:
        abort = t.outgrow(verb, "--abort", path, t.target)
        check(abort.code in (0, 2), at, abort.code, abort.err)  # 2: it was through already
        if abort.code == 2 and state(t) != goal:
            t.outgrow(verb, path, t.target, "--budget", "60s").expect(0)
    else:
        t.outgrow(verb, path, t.target, "--budget", "60s").expect(0)
        equal(state(t), goal, f"point {at}")
    where = state(t)
    check(where in PRIMARIES, at, where)
    equal(writable(t, path), [PRIMARIES[where]], f"point {at}, {where}")
    equal(rows_of(t, path, PRIMARIES[where]), truth, f"point {at}, {where}: rows")
    follow(t, path, PRIMARIES[where])
    return found


def try_all_points(t, path, verb, side, goal, most, server=False):
    copies = Copies(t, path)
    seen = set()
    try:
        chosen = points(t, path, copies, [verb], most)
        copies.fresh()
        truth = rows_of(t, path, side)
        for number, at in enumerate(chosen):
            copies.fresh()
            seen.add(try_point(t, path, verb, at, number % 2 == 1, truth, goal, server))
    finally:
        copies.end()
    print("# seen:", *sorted(map("/".join, seen)), flush=True)
    return seen


PRIMARIES = {"syncing": "source", "switched": "target"}


def under_way_forward(t, existing=False):
    path = seed(t)
    begin(t, path, existing)
    write_source(path, "INSERT INTO users (name) VALUES ('under way')", "INSERT INTO events VALUES ('e', 1)",
                 "UPDATE orders SET note = 'changed' WHERE id = 5")
    return path


def under_way_back(t, existing=False):
    path = seed(t)
    begin(t, path, existing)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    write_target(t, "INSERT INTO users (name) VALUES ('under way')", "INSERT INTO events VALUES ('e', 1)",
                 "UPDATE orders SET note = 'changed' WHERE id = 5", "DELETE FROM kv WHERE k = 'k2'")
    return path


def half_way(t, path, verb):
    """Ends a switch or a return where nobody may write."""
    copies = Copies(t, path)
    for at in sample.shuffled(f"half way of a {verb}", count_points(t, path, copies, [verb])):
        copies.fresh()
        crash_in(t, path, [verb], at)
        quiet(t)
        if not writable(t, path):
            copies.template = t.database  # stays
            return
    raise AssertionError("nobody could write at no point")


def try_abort(t, path, verb, goal):
    """Killed while it goes back, the same command still ends there."""
    half_way(t, path, verb)
    copies = Copies(t, path)
    seen = set()
    try:
        truth = rows_of(t, path, PRIMARIES[goal])
        for at in points(t, path, copies, [verb, "--abort"], POINTS_MAX):
            copies.fresh()
            crash_in(t, path, [verb, "--abort"], at)
            quiet(t)
            seen.add((state(t), *writable(t, path)))
            t.outgrow(verb, "--abort", path, t.target).expect(0)
            equal((state(t), writable(t, path)), (goal, [PRIMARIES[goal]]), f"point {at}")
            equal(rows_of(t, path, PRIMARIES[goal]), truth, f"point {at}: rows")
    finally:
        copies.end()
    print("# seen:", *sorted(map("/".join, seen)), flush=True)


@test("killed between every two steps of a switch, at most one side takes writes, and nothing is lost")
def _(t):
    need_crash_point()
    seen = try_all_points(t, under_way_forward(t), "cutover", "source", "switched", POINTS_MAX)
    check(not sample.ALL or {("syncing", "source"), ("paused",), ("switched", "target")} <= seen, seen)


@test("killed between every two steps of a return, at most one side takes writes, and nothing is lost")
def _(t):
    need_crash_point()
    seen = try_all_points(t, under_way_back(t), "return", "target", "syncing", POINTS_MAX)
    check(not sample.ALL or {("switched", "target"), ("syncing", "source")} <= seen, seen)
    check(not sample.ALL or {("returning",), ("returning", "source")} & seen, seen)


@test("PostgreSQL killed in a switch, at many steps: at most one side takes writes, and nothing is lost")
def _(t):
    need_crash_point()
    try_all_points(t, under_way_forward(t), "cutover", "source", "switched", max(2, POINTS_MAX // 4), server=True)


@test("PostgreSQL killed in a return, at many steps: at most one side takes writes, and nothing is lost")
def _(t):
    need_crash_point()
    try_all_points(t, under_way_back(t), "return", "target", "syncing", max(2, POINTS_MAX // 4), server=True)


@test("tables of somebody else's making: killed in a switch, their triggers and keys act where they should")
def _(t):
    need_crash_point()
    try_all_points(t, under_way_forward(t, existing=True), "cutover", "source", "switched", POINTS_MAX)


@test("tables of somebody else's making: killed in a return, their triggers and keys act where they should")
def _(t):
    need_crash_point()
    try_all_points(t, under_way_back(t, existing=True), "return", "target", "syncing", POINTS_MAX)


@test("killed while a switch is taken back, at most one side takes writes, and it is taken back")
def _(t):
    need_crash_point()
    try_abort(t, under_way_forward(t), "cutover", "syncing")


@test("killed while a return is taken back, at most one side takes writes, and it is taken back")
def _(t):
    need_crash_point()
    try_abort(t, under_way_back(t), "return", "switched")


@test("killed between the steps of finish, the same command ends it, and the fence never came down")
def _(t):
    need_crash_point()
    path = under_way_back(t)
    copies = Copies(t, path)
    try:
        truth = rows_of(t, path, "target")
        for at in points(t, path, copies, ["finish"], POINTS_MAX):
            copies.fresh()
            crash_in(t, path, ["finish"], at)
            quiet(t)
            equal(writable(t, path), ["target"], f"point {at}")
            t.outgrow("finish", path, t.target).expect(0)
            equal((state(t), writable(t, path)), ("finished", ["target"]), f"point {at}")
            equal((of_source(path), of_target(t)), (truth, truth), f"point {at}: rows")
    finally:
        copies.end()


run()
