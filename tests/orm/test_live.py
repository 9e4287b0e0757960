#!/usr/bin/python3
"""An application whose driver brings its own SQLite, another one than outgrow's, moved while it writes: nothing of what
it wrote is lost in either direction, and the fence tells it. Compared without outgrow's help."""
import contextlib
import json
import os
import subprocess

from npm import NODE_ENVIRONMENT, node_program
from harness import TIMEOUT_S, check, equal, run, test  # npm knows where
from live_move import begin, same, seed, sync_once, write_target
from stall import kill


@contextlib.contextmanager
def application(path, name):
    """One that has written a hundred times, and goes on. said() ends it, if it has not ended by itself."""
    process = subprocess.Popen([*node_program("writer"), str(path), name], env=os.environ | NODE_ENVIRONMENT,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def said():
        out, err = process.communicate(timeout=TIMEOUT_S)
        equal(process.returncode, 0, err)
        return json.loads(out)

    try:
        begun = process.stderr.readline()
        check(begun == "100 writes\n", begun)
        yield said
    finally:
        kill(process)


def move(t, path):
    begin(t, path)
    daemon = t.popen("sync", path, t.target)
    try:
        with application(path, "there") as said:
            t.outgrow("verify", path, t.target).expect(0)
            t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
            found = said()
            check("PostgreSQL" in (found["refusal"] or ""), found)
            check(found["version"].startswith("3."), found)
        same(t, path)
        write_target(t, "UPDATE orders SET note = 'from there' WHERE id % 3 = 0", "DELETE FROM users WHERE id % 7 = 0",
                     "INSERT INTO users (name) VALUES ('born there')")
        t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
        same(t, path)
        with application(path, "back") as said:
            equal(said()["refusal"], None, "back again")
    finally:
        kill(daemon)
    sync_once(t, path).expect(0)
    check(len([row for row in same(t, path)["events"] if row[0] == "back"]) >= 25, "too little was written")


@test("libsql with a WAL")
def _(t):
    node_program("writer")
    move(t, seed(t))


@test("libsql without one")
def _(t):
    node_program("writer")
    move(t, seed(t, wal=False))


run()
