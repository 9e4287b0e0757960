#!/usr/bin/python3
"""The systemd unit of outgrow sync: systemd takes it, and what it starts is a command that exists."""
import configparser
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess

from harness import OUTGROW, TIMEOUT_S, Skip, check, equal, run, test
from live_move import begin, same, seed, write_source
from stall import Gate, kill, must_see

UNIT = pathlib.Path(os.environ.get("SYNC_UNIT", "outgrow-sync@.service"))


def sections():
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(UNIT.read_text())
    return parser


def need_unit():
    if not UNIT.exists():
        raise Skip("SYNC_UNIT does not name the unit")


@test("systemd has nothing to say against the unit")
def _(t):
    need_unit()
    if not shutil.which("systemd-analyze"):
        raise Skip("there is no systemd-analyze")
    program = shutil.which(OUTGROW)
    text = re.sub(r"exec \S+/outgrow ", f"exec {os.path.abspath(program)} ", UNIT.read_text())
    copy = t.folder / "outgrow-sync@app.service"
    copy.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy], capture_output=True,
                          text=True, timeout=TIMEOUT_S, env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"})
    about = [line for line in done.stderr.splitlines() if "outgrow-sync" in line]
    equal(about, [])


def shell_line():
    """What systemd starts, with the program under test."""
    words = shlex.split(sections()["Service"]["ExecStart"].replace("\\\n", ""))
    equal((len(words), words[:2]), (3, ["/bin/sh", "-c"]))
    line, count = re.subn(r"exec \S+/outgrow ", f"exec {shlex.quote(os.path.abspath(shutil.which(OUTGROW)))} ",
                          words[2].replace("$$", "$").replace("%i", "app"))
    equal(count, 1, line)
    return [*words[:2], line]


@test("what it starts keeps both sides in step, with the target from DATABASE_URL, and ends on SIGTERM with 0 or 130")
def _(t):
    need_unit()
    path = seed(t)
    begin(t, path)
    write_source(path, "INSERT INTO users (name) VALUES ('by the service')")
    process = subprocess.Popen(shell_line(), env=t.environment | {"SOURCE": str(path), "DATABASE_URL": t.target},
                               text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'by the service'") == "1", process, "a round")
        same(t, path)
        process.terminate()
        out, err = process.communicate(timeout=TIMEOUT_S)
        check(process.returncode in (0, 130), process.returncode, err)
    finally:
        process.kill()


@test("a word that is missing or wrong in its environment file ends the service with words, and it is not started "
      "again")
def _(t):
    need_unit()
    equal(sections()["Unit"].get("AssertPathExists"), "/etc/outgrow/%i.env")
    check("ExecStartPre" not in sections()["Service"], "what that ends with does not keep it from being started again")
    never = {int(code) for code in sections()["Service"]["RestartPreventExitStatus"].split()}
    path = seed(t)
    t.psql("DO $$ BEGIN CREATE ROLE poor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    full = {"SOURCE": str(path), "DATABASE_URL": t.target}
    for given, words in (
            ({**full, "SOURCE": ""}, "SOURCE is missing in /etc/outgrow/app.env"),
            ({"DATABASE_URL": "x"}, "SOURCE is missing in /etc/outgrow/app.env"),
            ({"SOURCE": str(path)}, "DATABASE_URL is missing in /etc/outgrow/app.env"),
            ({**full, "DATABASE_URL": ""}, "DATABASE_URL is missing in /etc/outgrow/app.env"),
            ({**full, "SOURCE": "/none.db"}, "/none.db does not exist"),
            ({**full, "DATABASE_URL": "mysql://h/d"}, "is a mysql URL"),
            ({**full, "DATABASE_URL": "postgresql://h/d?nothing=1"}, "nothing"),
            ({**full, "DATABASE_URL": t.target.replace(t.database, "nowhere")}, '"nowhere" does not exist'),
            ({**full, "DATABASE_URL": t.target.replace("tester@", "nobody@")}, '"nobody" does not exist'),
            ({**full, "DATABASE_URL": t.target.replace("tester@", "poor@")}, "permission denied"),
            ({**full, "OUTGROW_MAX_LOG_ROWS": "many"}, "OUTGROW_MAX_LOG_ROWS is a number"),
            ({**full, "OUTGROW_ON_SCHEMA_CHANGE": "folow"}, "folow"),
            ({**full, "OUTGROW_PLAN": "/none.yaml"}, "/none.yaml"),
            ({**full, "OUTGROW_BACKUP_DIRECTORY": "/proc/none"}, "/proc/none")):
        done = subprocess.run(shell_line(), capture_output=True, text=True, timeout=TIMEOUT_S,
                              env=t.environment | given)
        check(done.returncode in never and words in done.stderr and "outgrow: " in done.stderr, given, done.returncode,
              done.stderr)


@test("a server that is not there when the service starts is waited for, and the first copy is made once it is")
def _(t):
    path = seed(t)
    t.server.stop()
    manager = Manager(t)
    process = t.popen("sync", path, t.target, env=manager.env)
    try:
        must_see(lambda: manager.heard("it is tried again"), process, "that it waits")
        t.server.start()
        must_see(lambda: manager.heard("STATUS=app.db: syncing"), process, "rounds")
        same(t, path)
        process.terminate()
        _, err = process.communicate(timeout=TIMEOUT_S)
        waits = [line for line in err.splitlines() if "it is tried again" in line]
        equal(len(waits), len(set(waits)), err)  # a server that is starting has other words than one that is not there
        check("app.db: copied and compared" in err, err)
    finally:
        process.kill()
    t.server.stop()
    t.outgrow("sync", "--once", path, t.target).expect(4)  # who is to end by itself does not wait


@test("at a terminal who begins a move is told at once of a server that is not there; "
      "a move that has begun is waited for")
def _(t):
    path = seed(t)
    t.server.stop()
    err = t.outgrow("sync", path, t.target).expect(4).err
    check("is the server running?" in err and "tried again" not in err, err)
    t.server.start()
    begin(t, path)
    t.server.stop()
    process = t.popen("sync", path, t.target)
    try:
        check("it is tried again" in process.stderr.readline(), "it does not wait")
        write_source(path, "INSERT INTO users (name) VALUES ('meanwhile')")
        t.server.start()
        must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'meanwhile'") == "1", process, "a round")
        same(t, path)
    finally:
        process.kill()


@test("what would be the same at the next start does not begin again and again, what passes does")
def _(t):
    need_unit()
    service = sections()["Service"]
    never = {int(code) for code in service["RestartPreventExitStatus"].split()}
    equal(service["Restart"], "on-failure")
    equal(service["SyslogIdentifier"], "outgrow", "the journal would call it sh")
    check({1, 2, 3, 4, 5, 6, 8} == never, never)
    check("130" in service["SuccessExitStatus"].split(), "told to stop in a copy is a failure")
    check("--quiet" not in service["ExecStart"], "its journal would not say that PostgreSQL is away")


class Manager:
    """The socket at which systemd listens."""

    def __init__(self, t):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(t.folder / "notify"))
        self.socket.setblocking(False)
        self.env = {"NOTIFY_SOCKET": str(t.folder / "notify")}
        self.told = []

    def heard(self, words):
        try:
            while True:
                self.told.append(self.socket.recv(65536).decode())
        except BlockingIOError:
            pass
        return any(words in line for line in self.told)


@test("the status that systemd shows says how far behind it is, why it waits, and that it goes on; so does the journal")
def _(t):
    path = seed(t)
    begin(t, path)
    manager = Manager(t)
    process = t.popen("sync", path, t.target, env=manager.env)
    try:
        must_see(lambda: manager.heard("STATUS=app.db: syncing, 0 keys to do, "), process, "a status")
        t.outgrow("sync", "--pause", path, t.target).expect(0)
        must_see(lambda: manager.heard("STATUS=app.db: waits: paused by outgrow sync --pause"), process, "the pause")
        manager.told.clear()
        t.outgrow("sync", "--resume", path, t.target).expect(0)
        must_see(lambda: manager.heard("STATUS=app.db: syncing"), process, "the way on")
        t.server.stop(signal.SIGQUIT)
        must_see(lambda: manager.heard("it is tried again"), process, "the trouble")
        manager.told.clear()
        t.server.start()
        must_see(lambda: manager.heard("STATUS=app.db: syncing"), process, "the way on")
        check(not any("\n" in line for line in manager.told), "more than a status:", manager.told)
        process.terminate()
        _, err = process.communicate(timeout=TIMEOUT_S)
        lines = [line for line in err.splitlines() if "paused" in line or "tried again" in line or "goes on" in line]
        equal([lines[0], lines[1], lines[-2]],
              ["app.db: waits: paused by outgrow sync --pause", "app.db: goes on", "app.db: goes on"])
    finally:
        process.kill()


@test("another process that keeps the file in step, or copies it, is waited for by a service, and not by a person: one "
      "that was killed may be there for the server still")
def _(t):
    path = seed(t)
    manager = Manager(t)
    with Gate(t) as gate:
        first = t.popen("sync", path, t.target)
        must_see(gate.is_reached, first, "the copy")
        check("another run is working" in t.outgrow("sync", path, t.target).expect(4).err, "a person is not told")
        second = t.popen("sync", path, t.target, env=manager.env)
        must_see(lambda: manager.heard("another run is working in this database"), second, "that it waits for the copy")
        kill(first)
    must_see(lambda: manager.heard("STATUS=app.db: syncing"), second, "rounds")
    same(t, path)
    check("in step already" in t.outgrow("sync", path, t.target).expect(2).err, "a person is not told")
    manager.told.clear()
    third = t.popen("sync", path, t.target, env=manager.env)
    must_see(lambda: manager.heard("in step already; it is tried again"), third, "that it waits for its turn")
    third.terminate()
    check(third.wait(TIMEOUT_S) in (0, 130), third.returncode)
    equal(t.psql("SELECT running, coalesce(reason, '') FROM outgrow.live"), "t|", "what is said of the one at work")
    third = t.popen("sync", path, t.target, env=manager.env)
    manager.told.clear()
    must_see(lambda: manager.heard("in step already; it is tried again"), third, "that it waits for its turn")
    kill(second)
    write_source(path, "INSERT INTO users (name) VALUES ('by another one')")
    must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'by another one'") == "1", third, "a round")
    same(t, path)


@test("a right that is revoked is waited for by a service, which says so, and goes on once it is granted; a terminal "
      "is told")
def _(t):
    path = seed(t)
    t.psql(f"CREATE ROLE mover LOGIN; GRANT CREATE ON DATABASE {t.database} TO mover; GRANT CREATE ON SCHEMA public TO "
           "mover")
    target = t.target.replace("tester@", "mover@")
    t.outgrow("sync", "--once", path, target).expect(0)
    write_source(path, "INSERT INTO users (name) VALUES ('meanwhile')")
    t.psql("REVOKE INSERT ON users FROM mover")
    err = t.outgrow("sync", path, target).expect(4).err
    check("permission denied for table users" in err, err)
    failures = lambda: int(t.psql("SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"))
    manager = Manager(t)
    process = t.popen("sync", path, target, env=manager.env)
    try:
        must_see(lambda: manager.heard("permission denied for table users; it is tried again"), process, "a wait")
        why = lambda: t.outgrow("status", "--json", path, target).expect(0).json()["live"][0]["why"]
        must_see(lambda: "permission denied for table users" in (why() or ""), process, "the reason")
        before = failures()
        must_see(lambda: failures() > before + 8, process, "more tries than a terminal makes")
        t.psql("GRANT INSERT ON users TO mover")
        must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'meanwhile'") == "1", process, "a round")
        must_see(lambda: manager.heard("STATUS=app.db: syncing"), process, "the way on")
        process.terminate()
        _, err = process.communicate(timeout=TIMEOUT_S)
        equal((err.count("it is tried again"), process.returncode), (1, 0), err)
    finally:
        process.kill()


@test("a file that is locked when the service starts is waited for, and then kept in step")
def _(t):
    path = seed(t, wal=False)
    begin(t, path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    manager = Manager(t)
    process = t.popen("sync", path, t.target, env=manager.env)
    try:
        must_see(lambda: manager.heard("database is locked; it is tried again"), process, "that it waits")
        holder.execute("INSERT INTO users (name) VALUES ('at the start')")
        holder.execute("COMMIT")
        must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'at the start'") == "1", process, "a round")
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)
        equal(process.returncode, 0)
        holder.execute("BEGIN EXCLUSIVE")
        process = t.popen("sync", path, t.target)
        process.terminate() # also while it waits
        check(process.wait(TIMEOUT_S) in (0, 130, -signal.SIGTERM), process.returncode)
        once = t.outgrow("sync", "--once", path, t.target).expect(3)
        check("database is locked" in once.err, once.err)
    finally:
        process.kill()
        holder.close()


run()
