#!/usr/bin/python3
"""What a switch and a return look at first: how old the proofs are, what the source's own foreign keys
have become, whether the file that is gone back to is sound, and what has no way back."""
import sqlite3

from harness import check, equal, run, test
from live_move import begin, same, seed, state, sync_once, writable, write_source, write_target

import libpq  # live_move knows where

NOT_NOW = 8
REHEARSED = "the way back was rehearsed"


@test("a comparison that is too old is refused, and outgrow verify makes a new one")
def _(t):
    path = seed(t)
    begin(t, path)
    t.psql("UPDATE outgrow.runs SET finished_at = finished_at - interval '3 days'")
    result = t.outgrow("cutover", "--dry-run", path, t.target).expect(NOT_NOW)
    check("compared in whole 3 days ago" in result.err and "outgrow verify" in result.err, result.err)
    t.outgrow("cutover", "--dry-run", "--verified-within", "100h", "--budget", "60s", path, t.target).expect(0)
    t.outgrow("verify", path, t.target, "--tables", "users").expect(0)
    result = t.outgrow("cutover", "--dry-run", path, t.target).expect(NOT_NOW)
    check("compared in whole 3 days ago" in result.err, "that was not all", result.err)
    t.outgrow("verify", path, t.target).expect(0)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    equal(writable(t, path), ["target"])


@test("a rehearsal that is recent is not held again, unless one is asked for")
def _(t):
    path = seed(t)
    begin(t, path)
    again = ["cutover", "--dry-run", "--budget", "60s", path, t.target]
    check(REHEARSED not in t.outgrow(*again).expect(0).err, "there was none yet")
    check(REHEARSED in t.outgrow(*again).expect(0).err, "a second one was held")
    check(REHEARSED not in t.outgrow(*again, "--rehearsed-within", "0s").expect(0).err, "one was asked for")
    t.psql("UPDATE outgrow.live SET rehearsed_at = rehearsed_at - interval '11 minutes'")
    check(REHEARSED not in t.outgrow(*again).expect(0).err, "the last one was too long ago")
    result = t.outgrow(*again, "--rehearsed-within", "soon").expect(2)
    check("--rehearsed-within" in result.err, result.err)


@test("a foreign key that the source has broken since the copy is named, and comes back for new rows, "
      "or for all when none is left")
def _(t):
    path = seed(t)
    begin(t, path)
    db = sqlite3.connect(path)
    db.execute("INSERT INTO orders (id, user_id) VALUES (9000, 777777)")
    db.commit()
    db.close()
    sync_once(t, path).expect(0)
    keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'orders'::regclass"
    equal(t.psql(keys), "0", "the round has not dropped it")
    result = t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    check("refer to nothing" in result.err and "the foreign key orders_user_id_fkey" in result.err, result.err)
    equal(t.psql(keys + " AND NOT convalidated AND confdeltype = 'c' AND NOT condeferred"), "1")
    same(t, path)
    check("violates foreign key" in refusal(t, "INSERT INTO orders (id, user_id) VALUES (9001, 777778)"), "new rows")
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    write_source(path, "UPDATE orders SET note = 'again' WHERE id = 9000")
    sync_once(t, path).expect(0)
    same(t, path)
    write_source(path, "DELETE FROM orders WHERE id = 9000")
    again = t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    check("for all if none of those is left" in again.err and "for new rows only" not in again.err, again.err)
    equal(t.psql(keys + " AND convalidated AND confdeltype = 'c' AND NOT condeferred"), "1")


def refusal(t, statement):
    try:
        write_target(t, statement)
    except libpq.Error as refused:
        return refused.words
    return ""


@test("a file with rows that refer to nothing since the switch is returned to, and that is said")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    t.psql("ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey")
    write_target(t, "INSERT INTO orders (id, user_id) VALUES (9000, 777777)")
    sync_once(t, path).expect(0)
    result = t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    check("careful: rows of the file that refer to nothing: 1, before the switch: 0" in result.err, result.err)
    equal(writable(t, path), ["source"])


@test("a damaged file is not returned to")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = db.execute("PRAGMA page_size").fetchone()[0]
    root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'orders_user'").fetchone()[0]
    db.close()
    with open(path, "r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    result = t.outgrow("return", "--budget", "60s", path, t.target).expect(NOT_NOW)
    check("damaged" in result.err and "outgrow doctor" in result.err, result.err)
    equal(state(t), "switched")


@test("what has no way back is said before it is missed")
def _(t):
    path = seed(t)
    write_source(path, "CREATE VIRTUAL TABLE notes USING fts5 (body)", "INSERT INTO notes VALUES ('words')")
    begin(t, path)
    result = t.outgrow("cutover", "--dry-run", "--budget", "60s", path, t.target).expect(0)
    check("no way back for this: notes keeps texts of its own" in result.err, result.err)


run()
