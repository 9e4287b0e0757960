#!/usr/bin/python3
"""verify while a live move runs: both sides of one moment are compared, so that writers never make a
difference, and a row that somebody changed behind the fence always does."""
from harness import TIMEOUT_S, check, equal, run, test
from live_move import Writer, begin, same, seed, write_behind_fence, write_source, write_target
from stall import kill, locked, must_see

BEHIND = "BEGIN; SET LOCAL outgrow.applying = 'on'; "  # as somebody does who knows how


def leftovers(t):
    return [path.name for path in t.home.rglob(".outgrow-copy-*")]


@test("what a comparison that was killed has left of its copy is gone with the next one")
def _(t):
    path = seed(t)
    begin(t, path)
    for _ in range(2):
        with locked(t, "users"):
            verifying = t.popen("verify", path, t.target)
            must_see(lambda: leftovers(t), verifying, "a copy")
            kill(verifying)
        equal(len(leftovers(t)), 1, "copies left behind")
    with locked(t, "users"):
        verifying = t.popen("verify", path, t.target)
        must_see(lambda: leftovers(t), verifying, "a copy")
        t.outgrow("doctor", t.target)
    equal(verifying.wait(TIMEOUT_S), 0, "while others are at work")
    equal(leftovers(t), [])


@test("under an application's writes, and with rounds all the time, nothing ever differs")
def _(t):
    path = seed(t)
    begin(t, path)
    daemon = t.popen("sync", path, t.target)
    writer = Writer(path)
    writer.start()
    must_see(lambda: writer.count > 20, daemon, "some writes")
    for _ in range(5):
        report = t.outgrow("verify", "--json", path, t.target).expect(0).json()
        equal(report["warnings"], [], "warnings")
    writer.over.set()
    writer.join(TIMEOUT_S)
    check(writer.refusal is None, writer.refusal)
    kill(daemon)
    equal(leftovers(t), [])


@test("without a WAL and without a process that syncs it is the same, and the application does not notice")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    writer = Writer(path, rate=100)
    writer.start()
    for _ in range(3):
        t.outgrow("verify", path, t.target).expect(0)
    writer.over.set()
    writer.join(TIMEOUT_S)
    check(writer.refusal is None, writer.refusal)


@test("rows that somebody changed in the target are found, and repaired by way of the source's log")
def _(t):
    path = seed(t)
    begin(t, path)
    t.psql(BEHIND + "UPDATE users SET name = 'wrong' WHERE id = 7; UPDATE kv SET v = '\\x00' WHERE k = 'k5';"
           "DELETE FROM orders WHERE id = 9; COMMIT")
    report = t.outgrow("verify", "--json", path, t.target).expect(6).json()
    check("wrong" in str(report["differences"]), report["differences"])
    report = t.outgrow("verify", "--json", "--repair", path, t.target).expect(0).json()
    check(report["repaired"]["keys_logged"] >= 2, report["repaired"])
    same(t, path)
    equal(leftovers(t), [])


@test("a row too many makes the table be replaced; rows of a table without a key, too")
def _(t):
    path = seed(t)
    begin(t, path)
    t.psql(BEHIND + "INSERT INTO orders VALUES (9999, 1, 'extra', 1); UPDATE events SET n = 99 WHERE n = 3; COMMIT")
    t.outgrow("verify", path, t.target).expect(6)
    t.outgrow("verify", "--repair", path, t.target).expect(0)
    same(t, path)
    write_source(path, "DELETE FROM events WHERE n = 3")
    t.outgrow("sync", "--once", path, t.target).expect(0)
    same(t, path)


@test("it sees what happened to be repaired by a round, and says so instead of reporting it")
def _(t):
    path = seed(t)
    begin(t, path)
    t.psql(BEHIND + "UPDATE users SET name = 'wrong' WHERE id = 7; COMMIT")
    write_source(path, "UPDATE users SET score = 1 WHERE id = 7")  # its own round brings the row whole
    t.outgrow("verify", path, t.target).expect(0)
    same(t, path)


@test("while PostgreSQL is primary its writers make no difference either; there is nothing to repair from")
def _(t):
    path = seed(t)
    begin(t, path)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    write_target(t, "INSERT INTO users (name) VALUES ('behind the switch')", "DELETE FROM orders WHERE id = 3",
                 "INSERT INTO events VALUES ('new', 1)")
    t.outgrow("verify", path, t.target).expect(0)
    same(t, path)
    write_behind_fence(path, "UPDATE users SET name = 'wrong' WHERE id = 8")
    t.outgrow("verify", path, t.target).expect(6)
    check("primary" in t.outgrow("verify", "--repair", path, t.target).expect(2).err)


@test("a comparison that differs stops a switch, until it is repaired")
def _(t):
    path = seed(t)
    begin(t, path)
    t.psql(BEHIND + "UPDATE users SET name = 'wrong' WHERE id = 7; COMMIT")
    found = t.outgrow("verify", path, t.target).expect(6)
    check("outgrow verify --repair brings what differs over again" in found.out, found.out)
    status = t.outgrow("status", path, t.target).expect(0).out
    check("nothing: every cell is proven" not in status and "a later comparison found differences" in
          " ".join(status.split()), status)
    status = t.outgrow("status", path, t.target, "--json").expect(0).json()["live"][0]
    equal((status["differences"] > 0, "--repair" in status["next"]), (True, False), "nobody is at work")
    result = t.outgrow("cutover", path, t.target, "--budget", "60s").expect(8)
    check("comparison" in result.err and "--repair" in result.err, result.err)
    t.outgrow("verify", "--repair", path, t.target).expect(0)
    status = t.outgrow("status", path, t.target, "--json").expect(0).json()
    equal((status["live"][0]["differences"], status["runs"][0]["next"]), (0, "nothing: every cell is proven the same"))
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)


run()
