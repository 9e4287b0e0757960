#!/usr/bin/python3
"""What runs for months leaves nothing behind with each round: nothing in the server's catalog (a table that is made and
dropped leaves dead rows in pg_class and pg_attribute), no object in the schema outgrow, no page in the file."""
import sqlite3

from harness import TIMEOUT_S, check, equal, run, test
from live_move import begin, of_source, of_target, same, seed
from stall import must_see, quiet

import libpq  # live_move knows where

# Counted by the server itself, also what was dropped or rolled back; a connection that has ended has told its share.
WRITTEN = ("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_sys_tables WHERE schemaname = 'pg_catalog' AND relname IN "
           "('pg_class', 'pg_attribute', 'pg_type', 'pg_depend', 'pg_constraint', 'pg_index', 'pg_proc', 'pg_trigger')")
OBJECTS = "SELECT count(*) FROM pg_class WHERE relnamespace = 'outgrow'::regnamespace OR relpersistence = 't'"
ROUNDS = "SELECT rounds FROM outgrow.live"
MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "


def written(t):
    quiet(t)
    return int(t.psql(WRITTEN))


def change_source(path, turn):
    """Every third time so much that the round goes by COPY, which stages what it has."""
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.execute("INSERT OR REPLACE INTO users (id, name, score) VALUES (?, ?, ?)", (9000 + turn, f"turn {turn}", turn))
    db.execute("UPDATE orders SET amount = amount + 1 WHERE id % 50 = ?", (turn % 50,))
    db.execute("DELETE FROM events WHERE rowid = (SELECT min(rowid) FROM events)")
    if turn % 3 == 0:
        db.execute("DELETE FROM events")
        db.execute(f"INSERT INTO events {MANY} SELECT 'many', i FROM n")
        db.execute("UPDATE orders SET note = note || '.'")
    db.commit()
    db.close()


def change_target(t, turn):
    connection = libpq.Connection(t.target)
    connection.execute(f"SET ROLE app_role; INSERT INTO users (name, score) VALUES ('back {turn}', {turn})"
                       " ON CONFLICT (name) DO UPDATE SET score = users.score + 1;"
                       f"UPDATE orders SET amount = amount + 1 WHERE id % 50 = {turn % 50}")
    if turn % 3 == 0:
        connection.execute("DELETE FROM events; INSERT INTO events SELECT 'many', i FROM generate_series(1, 1500) i;"
                           "UPDATE orders SET note = note || '.'")
    connection.close()


def rounds_cost(t, path, change, count):
    """What one process that brings so many rounds writes to the catalog."""
    before = written(t)
    daemon = t.popen("sync", path, t.target)
    for turn in range(count):
        done = int(t.psql(ROUNDS))
        change(turn)
        must_see(lambda: int(t.psql(ROUNDS)) > done, daemon, "a round")
    must_see(lambda: of_source(path) == of_target(t), daemon, "in step")
    t.outgrow("sync", "--stop", path, t.target).expect(0)
    equal(daemon.wait(TIMEOUT_S), 0, "stopped")
    return written(t) - before


def compare_few_with_many(t, path, change):
    before = written(t)
    t.psql("CREATE TEMP TABLE seen (a int, b int)")
    check(written(t) >= before + 3, "what is counted does not count")
    rounds_cost(t, path, change, 3)
    few = rounds_cost(t, path, change, 3)
    objects = t.psql(OBJECTS)
    many = rounds_cost(t, path, change, 45)
    equal(many, few, "rows of the catalog, of 45 rounds and of 3")
    equal(t.psql(OBJECTS), objects, "objects")


@test("rounds forward, small ones and large ones, write nothing to the server's catalog")
def _(t):
    path = seed(t)
    begin(t, path)
    compare_few_with_many(t, path, lambda turn: change_source(path, turn))
    same(t, path)


@test("neither do rounds back")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    compare_few_with_many(t, path, lambda turn: change_target(t, turn))
    same(t, path)
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)


run()
