"""back: what the tests of the way back share: the driver, and both sides read without it."""
import os
import signal
import sqlite3
import subprocess

from harness import TIMEOUT_S, check, client_program, equal

DRIVER = os.environ.get("BACK_DRIVER", "back_driver")


class Driver:
    """tests/e2e/back_driver.c: one link, told what to do line by line."""

    def __init__(self, t, path, plan=None):
        self.arguments = [DRIVER, str(path), str(path) + ".copy", t.target, *([str(plan)] if plan else [])]
        self.environment = t.environment
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=self.environment)
        answer = self.process.stdout.readline()
        check(answer == "ok\n", "the driver does not start:", answer, self.died())

    def died(self):
        return self.process.stderr.read() if self.process.poll() is not None else ""

    def try_say(self, *lines):
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        check(answer or "crash" in lines, lines, "no answer:", self.died())
        return answer

    def say(self, *lines):
        answer = self.try_say(*lines)
        check(answer.endswith("ok"), lines, "->", answer)
        return answer

    def crash(self):
        """Killed between SQLite's commit and PostgreSQL's; then another one goes on."""
        self.process.stdin.write("crash\n")
        self.process.stdin.flush()
        equal(self.process.stdout.readline(), "", "it goes on")
        equal(self.process.wait(TIMEOUT_S), -signal.SIGKILL, "killed")
        self.close()
        self.start()

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT_S)
        self.close()
        self.start()

    def close(self):
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        complaints = self.process.stderr.read()
        self.process.stderr.close()
        self.process.wait(TIMEOUT_S)
        check("Sanitizer" not in complaints and "runtime error" not in complaints, complaints)


def switched(t, script, name="app.db", plan=None):
    """A source that is live, switched to PostgreSQL."""
    path = t.sqlite(name, script)
    if plan:
        (t.folder / "plan.yaml").write_text(plan)
    driver = Driver(t, path, t.folder / "plan.yaml" if plan else None)
    driver.say("install")
    driver.say("switch")
    return path, driver


def rows(path, sql, *parameters):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
    try:
        return db.execute(sql, parameters).fetchall()
    finally:
        db.close()


def unescape(field):
    if field == "\\N":
        return None
    out, i = [], 0
    while i < len(field):
        if field[i] == "\\":
            i += 1
            out.append({"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}.get(field[i], field[i]))
        else:
            out.append(field[i])
        i += 1
    return "".join(out)


def as_text(value):
    if value is None:
        return None
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def same_on_both_sides(t, path, *tables):
    """Read by Python's sqlite3 on one side, as PostgreSQL's own text on the other."""
    for table in tables:
        columns = [c[1] for c in rows(path, f"PRAGMA table_info({table})")]
        here = sorted([tuple(map(as_text, row)) for row in rows(path, f"SELECT {', '.join(columns)} FROM {table}")],
                      key=repr)
        out = t.psql(f"COPY (SELECT {', '.join(columns)} FROM {table}) TO STDOUT")
        there = sorted([tuple(map(unescape, line.split("\t"))) for line in out.split("\n") if line], key=repr)
        equal(here, there, f"table {table}")


def sound(path):
    equal(rows(path, "PRAGMA integrity_check"), [("ok",)], "integrity_check")
    equal(rows(path, "PRAGMA foreign_key_check"), [], "foreign_key_check")


class Session:
    """One psql that stays, for transactions that overlap."""

    def __init__(self, t, settings=""):
        self.process = subprocess.Popen(
            [client_program("psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=0", "-d", t.target],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.do(settings)

    def do(self, sql):
        """Runs it and waits until it is over; returns what psql wrote."""
        self.process.stdin.write(sql.rstrip("; ") + ";\n\\echo =done=\n" if sql else "\\echo =done=\n")
        self.process.stdin.flush()
        out = []
        while (line := self.process.stdout.readline().rstrip("\n")) != "=done=":
            check(self.process.poll() is None, "psql is gone:", out)
            out.append(line)
        return "\n".join(out)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(TIMEOUT_S)


SHOP = """
CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, u INTEGER UNIQUE, v TEXT);
CREATE TABLE ch (id INTEGER PRIMARY KEY, pid INTEGER REFERENCES p(id) ON DELETE CASCADE, v TEXT);
CREATE TABLE a (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v TEXT, n REAL, b BLOB);
CREATE TABLE w (a INTEGER, k TEXT, b TEXT, PRIMARY KEY (a, k)) WITHOUT ROWID;
CREATE TRIGGER audit AFTER INSERT ON p BEGIN UPDATE p SET v = v || '!' WHERE id = new.id; END;
WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 100)
 INSERT INTO a SELECT i, 'u' || i, 'v', i / 4.0, zeroblob(i % 5) FROM s;
INSERT INTO p (id, u, v) SELECT id, id, 's' FROM a;
INSERT INTO ch SELECT id, id, 's' FROM p;
INSERT INTO w SELECT id % 10, 'k' || id, 'x' FROM a;
"""
SHOP_TABLES = ("p", "ch", "a", "w")
CASCADE = """ALTER TABLE ch DROP CONSTRAINT ch_pid_fkey;
ALTER TABLE ch ADD CONSTRAINT ch_pid_fkey FOREIGN KEY (pid) REFERENCES p (id) ON DELETE CASCADE;"""
