#!/usr/bin/python3
"""Numbered SQL files: outgrow schema up and status, as an application's start script uses them."""
import hashlib
import json

from harness import TIMEOUT_S, check, equal, run, test
from stall import held, must_see

RACERS = ("SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'), count(*) FILTER (WHERE query LIKE "
          "'%pg_try_advisory_lock(%') FROM pg_stat_activity WHERE application_name = 'outgrow' "
          "AND datname = current_database()")


def files(t, **contents):
    folder = t.folder / "migrations"
    folder.mkdir(exist_ok=True)
    for name, sql in contents.items():
        (folder / f"{name}.sql").write_text(sql)
    return folder


def up(t, folder, *options, **more):
    return t.outgrow("schema", "up", *options, folder, t.target, **more)


FIRST = "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\n"


@test("files run once, and the record holds their SHA-256")
def _(t):
    folder = files(t, **{"001_first": FIRST, "V2__second": "ALTER TABLE a ADD m int;"})
    for expected in (True, False):
        found = up(t, folder, "--json").expect(0).json()
        equal([f["applied_now"] for f in found["files"]], [expected, expected])
        equal(found["files"][0]["sha256"], hashlib.sha256(FIRST.encode()).hexdigest())
    equal(t.psql("SELECT count(*) FROM a"), "1", "rows")
    check("up to date" in up(t, folder).expect(0).out)


@test("--dry-run and status change nothing")
def _(t):
    folder = files(t, **{"001_first": FIRST})
    for command in (("up", "--dry-run"), ("status",)):
        result = t.outgrow("schema", *command, folder, t.target).expect(0)
        check("001_first.sql" in result.out and "pending" in result.out, result.out)
    equal(t.psql("SELECT to_regclass('a') IS NULL, to_regnamespace('outgrow') IS NULL"), "t|t")


@test("several processes at once: one runs the files, the others wait and find them done")
def _(t):
    folder = files(t, **{"1_slow": "CREATE TABLE slow (n int); SELECT pg_advisory_xact_lock(4711);",
                         "2_index": "-- outgrow: no-transaction\nCREATE INDEX CONCURRENTLY slow_n ON slow (n);"})
    with held(t, "SELECT pg_advisory_xact_lock(4711)"):
        racers = [t.popen("schema", "up", "--json", folder, t.target) for _ in range(4)]
        must_see(lambda: t.psql(RACERS) == "1|3", racers[0], "one that waits for this test, and three for that one")
    done = []
    for racer in racers:
        out, err = racer.communicate(timeout=TIMEOUT_S)
        equal(racer.returncode, 0, err)
        done.append([file["applied_now"] for file in json.loads(out)["files"]])
    equal(sorted(done), [[False, False]] * 3 + [[True, True]], "who ran what")
    equal(t.psql("SELECT count(*) FROM outgrow.schema_files"), "2", "records")


@test("an SQL error names file, line and column, exits 4, and leaves the file undone")
def _(t):
    folder = files(t, **{"1_a": FIRST, "2_bad": "CREATE TABLE b (n int);\nINSERT INTO a\nVALUES (nothing);\n"})
    result = up(t, folder).expect(4)
    check('2_bad.sql:3:9: column "nothing" does not exist' in result.err, result.err)
    equal(t.psql("SELECT to_regclass('b') IS NULL, (SELECT count(*) FROM outgrow.schema_files)"), "t|1")


@test("an edited file, BEGIN, a psql command and a missing number are refused before anything runs")
def _(t):
    folder = files(t, **{"001_first": FIRST})
    up(t, folder).expect(0)
    for name, sql, words in (("001_first", FIRST + "-- edited", "was edited since it ran"),
                             ("002_own", "BEGIN; CREATE TABLE x (n int); COMMIT;", "002_own.sql: line 1: BEGIN"),
                             ("002_psql", "\n\\i other.sql\n", "002_psql.sql: line 2: \\i is a command of psql"),
                             ("003_gap", "CREATE TABLE x (n int);", "the number before it is missing")):
        path = files(t, **{name: sql}) / f"{name}.sql"
        result = up(t, folder).expect(2)
        check(words in result.err, result.err)
        path.unlink()
        files(t, **{"001_first": FIRST})
    equal(t.psql("SELECT to_regclass('x') IS NULL"), "t")
    t.outgrow("schema", "status", files(t, **{"001_first": "SELECT 2"}), t.target).expect(6)


@test("two directories in one database are kept apart by --series")
def _(t):
    up(t, files(t, **{"001_first": FIRST})).expect(0)
    up(t, files(t, **{"001_first": "CREATE TABLE other (n int);"}), "--series", "other").expect(0)
    equal(t.psql("SELECT string_agg(series, ' ' ORDER BY series) FROM outgrow.schema_files"), "other schema")


run()
