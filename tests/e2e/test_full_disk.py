#!/usr/bin/python3
"""A disk that fills up in a live move: the source's, the server's, outgrow's own. It is said, nothing is lost, and
all goes on as soon as there is room."""
import os
import pwd
import shutil

from harness import SERVER_USER, TIMEOUT_S, check, equal, run, test
from live_move import begin, of_source, of_target, same, seed, state, writable, write_source
from stall import must_see
from tiny_disk import filled, tiny_disk

REASON = "SELECT coalesce(reason, '') FROM outgrow.live"


def start(t, path, *options):
    daemon = t.popen("sync", *options, path, t.target)
    must_see(lambda: t.psql("SELECT running FROM outgrow.live") == "t", daemon, "it is at work")
    return daemon


def end(daemon):
    daemon.terminate()
    _, err = daemon.communicate(timeout=TIMEOUT_S)
    equal(daemon.returncode, 0, err)
    return err


def brought(t, path):
    return lambda: of_source(path) == of_target(t)


@test("the source's disk is full: rounds bring what there is, say why the log cannot be cut, and go on behind it")
def _(t):
    for wal in True, False:
        with tiny_disk(t.folder / f"tiny{wal}", "4m") as tiny:
            path = tiny / "app.db"
            shutil.copy(seed(t, wal), path)
            (t.folder / "app.db").unlink()
            begin(t, path)
            daemon = start(t, path, "--max-log-rows", "1000")
            t.outgrow("sync", "--pause", path, t.target).expect(0)
            must_see(lambda: "paused" in t.psql(REASON), daemon, "the pause")
            write_source(path, "UPDATE orders SET amount = amount + 1")
            with filled(tiny):
                t.outgrow("sync", "--resume", path, t.target).expect(0)
                must_see(lambda: "disk is full" in t.psql(REASON), daemon, "that it is said")
                same(t, path)
                status = t.outgrow("status", "--json", path, t.target).expect(0).json()["live"][0]
                check("disk is full" in status["why"] and status["next"].startswith("mend what the state says"), status)
                refused = t.outgrow("cutover", "--budget", "60s", path, t.target).expect(4, 8)
                check("disk space: 0 MB are free" in refused.err or "full" in refused.err, refused.err)
            must_see(lambda: t.psql(REASON) == "", daemon, "that it goes on")
            write_source(path, "INSERT INTO users (name) VALUES ('there is room')")
            must_see(brought(t, path), daemon, "the row")
            err = end(daemon)
            check("disk is full; it is tried again" in err and "app.db: goes on" in err, err)
            equal(writable(t, path), ["source"])
            t.outgrow("sync", "--uninstall", path, t.target).expect(0)
            t.psql("DROP TABLE users, orders, events, kv")


@test("the server's disk is full: rounds wait for room, and no row is lost")
def _(t):
    path = seed(t)
    begin(t, path)
    with tiny_disk(t.folder / "tiny", "1m") as tiny:
        space = tiny / "space"
        space.mkdir()
        if SERVER_USER:
            os.chown(space, pwd.getpwnam(SERVER_USER).pw_uid, -1)
        t.psql(f"CREATE TABLESPACE tiny_{t.database} LOCATION '{space}'")
        t.psql(f"ALTER TABLE orders SET TABLESPACE tiny_{t.database}")
        daemon = start(t, path)
        with filled(tiny):
            write_source(path, "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                         "INSERT INTO orders SELECT i, 1, 'more than there is room for', i FROM n")
            must_see(lambda: "No space left" in t.psql(REASON), daemon, "that it is said")
            check("mend what the state says" in t.outgrow("status", path, t.target).expect(0).out)
            equal(t.psql("SELECT count(*) FROM orders"), "500", "half a round")
        must_see(brought(t, path), daemon, "the rows")
        must_see(lambda: t.psql(REASON) == "", daemon, "that it goes on")
        err = end(daemon)
        check("No space left on device" in err and "it is tried again" in err and "app.db: goes on" in err, err)
        equal(state(t), "syncing")
        t.psql("ALTER TABLE orders SET TABLESPACE pg_default")
        t.psql(f"DROP TABLESPACE tiny_{t.database}")


@test("outgrow's own disk is full: what needs room there is refused and can be repeated, the switch needs none")
def _(t):
    path = seed(t)
    with tiny_disk(t.folder / "tiny", "1m") as tiny:
        own = {"XDG_DATA_HOME": str(tiny)}
        with filled(tiny):
            refused = t.outgrow("sync", "--once", path, t.target, env=own).expect(5)
            check("where 0 MB are free" in refused.err, refused.err)
        t.outgrow("sync", "--once", path, t.target, env=own).expect(0)
        same(t, path)
        with filled(tiny):
            refused = t.outgrow("verify", path, t.target, env=own).expect(5)
            check("where 0 MB are free" in refused.err, refused.err)
            t.outgrow("cutover", "--budget", "60s", path, t.target, env=own).expect(0)
            refused = t.outgrow("finish", path, t.target, env=own).expect(5)
            check("archive the source" in refused.err, refused.err)
            equal(state(t), "switched", "half finished")
            equal(of_source(path), of_target(t))
        t.outgrow("finish", path, t.target, env=own).expect(0)
        equal(state(t), "finished")


@test("a disk without room for a copy of the source is named, and the option that names another one")
def _(t):
    large = t.sqlite("large.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB);"
                     "INSERT INTO t VALUES (1, zeroblob(3000000))")
    with tiny_disk(t.folder / "tiny", "2m") as tiny:
        for option, command in (("--backup-directory", "migrate"), ("--backup-directory", "sync --once"),
                                ("--backup-directory", "plan"), ("--archive-directory", "archive")):
            target = [] if command in ("plan", "archive") else [t.target]
            refused = t.outgrow(*command.split(), option, tiny, large, *target)
            equal(refused.code, 5, f"{command}: {refused.err}")
            check(f"hint: make room there, or name another place with {option}\n" in refused.err, command, refused.err)



run()
