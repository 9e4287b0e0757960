#!/usr/bin/python3
"""outgrow archive and outgrow doctor: what surrounds a migration."""
import contextlib
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading

from harness import TIMEOUT_S, check, equal, run, server_programs, test
from stall import must_see, wait_for
from tiny_disk import tiny_disk

SMALL = ("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
         "FROM n LIMIT 3000) INSERT INTO t SELECT i, 'row ' || i FROM n;")
HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT count(*) FROM t").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


def dump(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return list(db.iterdump())
    finally:
        db.close()


def archives(folder):
    return sorted(map(pathlib.Path, glob.glob(f"{glob.escape(str(folder))}/*.tar.zst")))


def archive(t, path, *options, code=0, **more):
    """The result as JSON, of an archive made in the folder "archives"; no target is looked at."""
    return t.outgrow("archive", "--json", "--archive-directory", t.folder / "archives", *options, path,
                     **more).expect(code)


def one_line(result, *words):
    lines = result.err.splitlines()
    check(1 <= len([line for line in lines if line.startswith("outgrow: ")]) and len(lines) <= 4, result.err)
    for word in words:
        check(word in result.err, repr(word), "is not in:", result.err)


@test("an archive holds the database and a manifest, any tar reads it, sha256sum agrees")
def _(t):
    path = t.sqlite("app.db", SMALL)
    found = archive(t, path).json()
    file = pathlib.Path(found["archive"])
    check(re.fullmatch(r"app-\d{8}-\d{6}\.tar\.zst", file.name), file.name)
    equal(hashlib.sha256(file.read_bytes()).hexdigest(), found["sha256"], "sha256")
    subprocess.run(["sha256sum", "--status", "-c", file.name + ".sha256"], cwd=file.parent, check=True)
    equal(sorted(os.listdir(file.parent)), [file.name, file.name + ".sha256"], "files in the folder")
    if shutil.which("zstd"):
        listed = subprocess.run(["tar", "--zstd", "-tf", file], check=True, capture_output=True, text=True)
        equal(listed.stdout.split(), ["manifest.json", "app.db"], "members")
        text = subprocess.run(["tar", "--zstd", "-xOf", file, "manifest.json"], check=True, capture_output=True).stdout
        equal(json.loads(text), found["manifest"], "the manifest")
    equal(found["manifest"]["files"][0]["original_path"], str(path.resolve()))
    equal((found["manifest"]["run"], found["manifest"]["damage"]), (None, None))


@test("an archive is restored with every row, and never over a file")
def _(t):
    path = t.sqlite("app.db", SMALL)
    archive(t, path)
    file, = archives(t.folder / "archives")
    t.outgrow("archive", "--restore", file, t.folder / "new/out").expect(0)
    equal(os.listdir(t.folder / "new/out"), ["app.db"], "files restored")
    equal(dump(t.folder / "new/out/app.db"), dump(path), "rows")
    one_line(t.outgrow("archive", "--restore", file, t.folder / "new/out").expect(2), "is there already")
    equal(dump(t.folder / "new/out/app.db"), dump(path), "rows")
    one_line(t.outgrow("archive", "--restore", file).expect(2))
    one_line(t.outgrow("archive", "--restore", t.folder / "none", t.folder / "x").expect(5))


@test("a damaged archive is refused, and nothing of it is left")
def _(t):
    path = t.sqlite("app.db", SMALL)
    archive(t, path)
    file, = archives(t.folder / "archives")
    good = file.read_bytes()
    for at in (len(good) // 2, len(good) - 40):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        one_line(t.outgrow("archive", "--restore", file, t.folder / "out").expect(3), "damaged")
    file.with_name(file.name + ".sha256").unlink()  # now the manifest alone has to find it
    file.write_bytes(good[:len(good) // 2])
    one_line(t.outgrow("archive", "--restore", file, t.folder / "out").expect(3), "damaged")
    check(not (t.folder / "out").exists() or not os.listdir(t.folder / "out"), "something is left")
    file.write_bytes(good)
    t.outgrow("archive", "--restore", file, t.folder / "out").expect(0)


@test("a source that is written to all the time is archived as it is at one moment")
def _(t):
    path = t.sqlite("live.db", "PRAGMA journal_mode = WAL; CREATE TABLE a (n INT); CREATE TABLE b (n INT);")
    writer = subprocess.Popen([sys.executable, "-c", """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=300)
while True:
    db.executescript("BEGIN IMMEDIATE; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT")
""", path], stderr=subprocess.DEVNULL)
    try:
        db = sqlite3.connect(path, timeout=TIMEOUT_S)
        must_see(lambda: db.execute("SELECT count(*) FROM b").fetchone()[0] > 0, writer, "rows")
        db.close()
        archive(t, path)
    finally:
        writer.kill()
        writer.wait()
    t.outgrow("archive", "--restore", *archives(t.folder / "archives"), t.folder / "out").expect(0)
    db = sqlite3.connect(t.folder / "out/live.db")
    a, b = db.execute("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)").fetchone()
    db.close()
    check(a == b > 0, a, b)


@test("--keep removes what is older, with its digest, but never the newest nor another file's")
def _(t):
    path = t.sqlite("app.db", SMALL)
    (t.folder / "other").mkdir()
    namesake = t.sqlite("other/app.db", SMALL)
    folder = t.folder / "archives"

    def make(source, day):
        made = pathlib.Path(archive(t, source).json()["archive"])
        old = made.with_name(f"app-{day}-000000.tar.zst")
        made.rename(old)
        made.with_name(made.name + ".sha256").rename(old.with_name(old.name + ".sha256"))
        return old
    old, theirs = make(path, 20200101), make(namesake, 20200102)
    found = archive(t, path, "--keep", "30d").json()
    equal(found["expired"], [str(old)], "removed")
    check(not old.exists() and not old.with_name(old.name + ".sha256").exists(), "the old one is there")
    check(theirs.exists(), "another file's archive is gone")
    equal(archive(t, path, "--keep", "1000w").json()["expired"], [], "removed")
    equal(len(archives(folder)), 3, "archives")
    equal(len(archive(t, path, "--keep", "0d").json()["expired"]), 2, "removed")
    result = t.outgrow("archive", "--keep", "a month", path).expect(2)
    one_line(result, "--keep", "30d")


def moved(t, **more):
    """A migrated source in a folder of its own, whose proof looks eight days old."""
    (t.folder / "data").mkdir()
    path = t.sqlite("data/app.db", SMALL)
    t.migrate(path, **more).expect(0)
    age(t)
    return path


def age(t, days=8):
    t.psql(f"UPDATE outgrow.runs SET finished_at = now() - interval '{days} days'")


def remove(t, path, *options):
    return t.outgrow("archive", "--archive-directory", t.folder / "archives", "--remove-source-after", "7d", *options,
                     path, t.target)


def refused(t, path, code, *words, options=()):
    before = path.read_bytes()
    one_line(remove(t, path, *options).expect(code), "was not removed", *words)
    equal(path.read_bytes(), before, "the source")


@test("a proven, old enough, unchanged source goes, with what lies beside it and the links to it")
def _(t):
    path = moved(t)
    (t.folder / "far/deep").mkdir(parents=True)
    for name, to in (("data/beside.db", "app.db"), ("far/deep/l.db", path), ("far/chain.db", "deep/l.db"),
                     ("far/dangling.db", "nowhere"), ("far/other.db", "other")):
        (t.folder / name).symlink_to(to)
    (t.folder / "far/other").write_text("not it")
    expected = dump(path)
    found = t.outgrow("archive", "--json", "--archive-directory", t.folder / "archives", "--remove-source-after", "7d",
                      "--links-under", t.folder / "far", path, t.target).expect(0).json()
    equal(set(found["removed"]), {str(t.folder / name) for name in (
        "data/app.db", "data/beside.db", "far/deep/l.db", "far/chain.db")}, "removed")
    equal(os.listdir(t.folder / "data"), [], "files left")
    equal(sorted(os.listdir(t.folder / "far")), ["dangling.db", "deep", "other", "other.db"], "links left")
    equal(found["manifest"]["run"]["exit_code"], 0, "the run in the manifest")
    t.outgrow("archive", "--restore", found["archive"], t.folder / "out").expect(0)
    equal(dump(t.folder / "out/app.db"), expected, "rows")


@test("links that were not asked about stay")
def _(t):
    path = moved(t)
    (t.folder / "far").mkdir()
    (t.folder / "far/l.db").symlink_to(path)
    remove(t, path).expect(0)
    check((t.folder / "far/l.db").is_symlink(), "a link that was not listed is gone")


@test("a source given by a symbolic link goes, and the link too")
def _(t):
    path = moved(t)
    (t.folder / "l.db").symlink_to(path)
    remove(t, t.folder / "l.db").expect(0)
    check(not path.exists() and not (t.folder / "l.db").is_symlink(), "something is left")


@test("a WAL source goes with its -wal and -shm")
def _(t):
    (t.folder / "data").mkdir()
    path = t.folder / "data/w.db"
    subprocess.run([sys.executable, "-c", """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                 "CREATE TABLE t (v); INSERT INTO t VALUES (1)")
os.kill(os.getpid(), 9)
""", path], check=False)
    check((t.folder / "data/w.db-wal").stat().st_size > 0, "no -wal was left")
    t.migrate(path).expect(0)
    age(t)
    remove(t, path).expect(0)
    equal(os.listdir(t.folder / "data"), [], "files left")


@test("a source stays while the target knows no migration of it, or one that is not over")
def _(t):
    path = t.sqlite("app.db", SMALL)
    refused(t, path, 2, "knows no migration")
    t.migrate(path).expect(0)
    age(t)
    t.psql("UPDATE outgrow.runs SET state = 'finished', exit_code = NULL, finished_at = NULL")
    refused(t, path, 8, "not over", "finished")
    t.psql("UPDATE outgrow.runs SET state = 'copied', report = NULL")
    for command in (["report"], ["verify"], ["migrate", "--retry-set-aside"]):  # one cause, one code
        said = t.outgrow(*command, path, t.target).expect(8).err
        check("is not over (run 1, copied)" in said, command, said)


@test("a source stays while its migration is not proven")
def _(t):
    path = moved(t)
    for code in (6, 3):
        t.psql(f"UPDATE outgrow.runs SET exit_code = {code}")
        refused(t, path, 6, "not proven", f"exit code {code}")
    t.psql("UPDATE outgrow.runs SET exit_code = 0")
    t.psql("UPDATE t SET v = 'other' WHERE id = 7")
    t.outgrow("verify", path, t.target).expect(6)
    refused(t, path, 6, "difference")


@test("a source with rows set aside goes only with --accept-set-aside")
def _(t):
    path = moved(t)
    t.psql("UPDATE outgrow.runs SET exit_code = 7")
    refused(t, path, 6, "set rows or values aside", "--accept-set-aside")
    remove(t, path, "--accept-set-aside").expect(0)
    check(not path.exists(), "the source is there")


@test("a source stays until its proof is old enough, and is told when")
def _(t):
    path = moved(t)
    age(t, 5)
    refused(t, path, 8, "verified 5 days ago", "must be 7 days", "in 2 days")
    check(archives(t.folder / "archives"), "the archive itself was made")


@test("a source that was written to since stays, also when its rows are the same again")
def _(t):
    path = moved(t)
    db = sqlite3.connect(path)
    for value in ("other", "row 1"):
        db.execute("UPDATE t SET v = ? WHERE id = 1", (value,))
        db.commit()
    db.close()
    refused(t, path, 3, "written to since")


@test("a source that a program has open stays, and the program is named")
def _(t):
    path = moved(t)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        equal(holder.stdout.readline(), b"open\n")
        refused(t, path, 3, f"pid {holder.pid}")
        found = t.outgrow("doctor", "--json", path, t.target).expect(0).json()
        check(f"pid {holder.pid}" in state(found, "source", "in use", "warn")["value"], found)
    finally:
        holder.communicate()
    remove(t, path).expect(0)


@test("a damaged source is not archived, and then stays")
def _(t):
    path = moved(t)
    with open(path, "r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 500)
    one_line(remove(t, path).expect(3), "damaged", "--damaged-ok")
    check(path.exists() and not archives(t.folder / "archives"), "the source is gone, or an archive is there")


@test("--dump-target dumps the target as it was before, once, and never over a file")
def _(t):
    t.psql("CREATE TABLE before_it (v int)")
    path, file = t.sqlite("app.db", SMALL), t.folder / "before.dump"
    one_line(t.migrate(path, "--dump-target", file, env={"OUTGROW_PG_BIN": str(t.folder)}).expect(5), "pg_dump")
    t.migrate(path, "--dump-target", file).expect(0)
    listed = subprocess.run([server_programs() / "pg_restore", "-l", file], check=True, capture_output=True, text=True)
    check("before_it" in listed.stdout and "TABLE DATA public t " not in listed.stdout, listed.stdout)
    equal(file.stat().st_mode & 0o777, 0o600, "mode")
    one_line(t.migrate(path, "--replace", "--dump-target", file).expect(2), "is there already")


@test("an archive of a source whose target is down is made, but for a removal it is needed")
def _(t):
    path = t.sqlite("app.db", SMALL)
    down = {"DATABASE_URL": f"postgresql://x@/x?host={t.folder}"}
    result = archive(t, path, env=down)
    check("will not name a migration" in result.err, result.err)
    archive(t, path, "--remove-source-after", "0d", code=4, env=down)
    check(path.exists(), "the source is gone")


def state(found, part, name, *expected):
    finding, = [c for c in found["checks"] if (c["part"], c["name"]) == (part, name)]
    check(finding["state"] in expected, finding)
    check((finding["state"] in ("warn", "fail")) == (finding["advice"] is not None), "advice:", finding)
    return finding


def doctor(t, *arguments, code=0, **more):
    return t.outgrow("doctor", "--json", *arguments, **more).expect(code).json()


@test("doctor finds nothing wrong with a good source and a good server, and changes neither")
def _(t):
    path = t.sqlite("app.db", SMALL)
    before = path.read_bytes()
    found = doctor(t, path, t.target)
    for finding in found["checks"]:
        state(found, finding["part"], finding["name"], "ok", "warn")
    equal((found["fail"], found["skipped"]), (0, 0))
    for name in ("version", "encoding", "database rights", "schema rights", "clock", "pooler", "connections"):
        state(found, "target", name, "ok")
    check("UTF8" in state(found, "target", "encoding", "ok")["value"], found)
    equal(path.read_bytes(), before, "the source")
    equal(os.listdir(t.home), [], "files in the data directory")
    equal(t.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'outgrow'"), "0", "the journal")
    text = t.outgrow("doctor", path, t.target).expect(0).out
    check("quick_check: ok" in text and "0 failed" in text, text)


@test("doctor looks at the target alone when only that is given")
def _(t):
    found = doctor(t, t.target)
    equal({c["part"] for c in found["checks"]}, {"backup", "target"}, "parts")


@test("doctor of a server that is down says so, skips the rest, and exits 4")
def _(t):
    path = t.sqlite("app.db", SMALL)
    found = doctor(t, path, f"postgresql://x@/x?host={t.folder}", code=4)
    state(found, "source", "integrity", "ok")
    state(found, "target", "reachable", "fail")
    equal([c["state"] for c in found["checks"] if c["name"] == "version"], ["skipped"])
    found = doctor(t, path, env={"DATABASE_URL": "mysql://nowhere"}, code=2)
    check("mysql" in state(found, "target", "reachable", "fail")["value"], found)


@test("doctor of a source that is missing, no SQLite, or damaged exits 3 and says what to do")
def _(t):
    state(doctor(t, t.folder / "none.db", t.target, code=3), "source", "readable", "fail")
    (t.folder / "x.db").write_text("id,name\n1,a\n" * 500)
    state(doctor(t, t.folder / "x.db", t.target, code=3), "source", "readable", "fail")
    path = t.sqlite("app.db", SMALL)
    with open(path, "r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xa5" * 500)
    check("--damaged-ok" in state(doctor(t, path, t.target, code=3), "source", "integrity", "fail")["advice"])


def as_role(t, role):
    return t.target.replace("tester@", role + "@")


@contextlib.contextmanager
def role(t, options=""):
    name = f"poor_{t.database}"
    t.psql(f"CREATE ROLE {name} LOGIN {options}")
    try:
        yield name
    finally:
        t.psql(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


@test("doctor shows a role without rights the GRANTs, and with them the migration works")
def _(t):
    path = t.sqlite("app.db", SMALL)
    with role(t) as name:
        target = as_role(t, name)
        given = []
        for _ in range(5):
            found = t.outgrow("doctor", "--json", path, target).expect(0, 4).json()
            statements = [c["statement"] for c in found["checks"] if c["state"] == "fail"]
            if not statements:
                break
            check(all(statements), "a failure without a statement:", found)
            for statement in statements:
                t.psql(statement)
            given += statements
        check(any("ON DATABASE" in s for s in given), given)
        if int(t.psql("SHOW server_version_num")) >= 150000:
            check(any("ON SCHEMA public" in s for s in given), given)
        t.outgrow("migrate", path, target).expect(0)


@test("doctor sees the rights that a journal of another role does not give, and the GRANTs help")
def _(t):
    t.migrate(t.sqlite("first.db", "CREATE TABLE first (v);")).expect(0)
    path = t.sqlite("app.db", SMALL)
    with role(t) as name:
        target = as_role(t, name)
        for _ in range(6):
            found = t.outgrow("doctor", "--json", path, target).expect(0, 4).json()
            failed = [c for c in found["checks"] if c["state"] == "fail"]
            for finding in failed:
                t.psql(finding["statement"])
            if not failed:
                break
        equal(failed, [], "still failing")
        t.outgrow("migrate", path, target).expect(0)


@test("doctor --replace names tables that belong to others")
def _(t):
    path = t.sqlite("app.db", SMALL)
    t.psql("CREATE TABLE t (v int)")
    with role(t) as name:
        t.psql(f"GRANT CREATE ON DATABASE {t.database} TO {name}; GRANT USAGE, CREATE ON SCHEMA public TO {name}")
        state(doctor(t, path, as_role(t, name)), "target", "ownership", "ok")
        found = doctor(t, "--replace", path, as_role(t, name))
        statement = state(found, "target", "ownership", "warn")["statement"]
        t.psql(statement)
        state(doctor(t, "--replace", path, as_role(t, name)), "target", "ownership", "ok")


@test("doctor counts the connections that a role may still open")
def _(t):
    path = t.sqlite("app.db", SMALL)
    with role(t, "CONNECTION LIMIT 2") as name:
        t.psql(f"GRANT CREATE ON DATABASE {t.database} TO {name}; GRANT USAGE, CREATE ON SCHEMA public TO {name}")
        found = doctor(t, "--jobs", "4", path, as_role(t, name), code=4)
        check("--jobs 1" in state(found, "target", "connections", "fail")["advice"], found)
        state(doctor(t, "--jobs", "1", path, as_role(t, name)), "target", "connections", "ok")


@test("doctor refuses a database that only reads, and its statement helps")
def _(t):
    with role(t) as name:
        t.psql(f"GRANT CREATE ON DATABASE {t.database} TO {name}; GRANT USAGE, CREATE ON SCHEMA public TO {name};"
               f"ALTER ROLE {name} SET default_transaction_read_only = on")
        t.psql(state(doctor(t, as_role(t, name), code=4), "target", "writable", "fail")["statement"])
        state(doctor(t, as_role(t, name)), "target", "writable", "ok")


class Pooler(threading.Thread):
    """What a pooler looks like from outside: the process number it tells is not the server's."""

    def __init__(self, folder, server):
        super().__init__(daemon=True)
        self.server = f"{server}/.s.PGSQL.5432"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(f"{folder}/.s.PGSQL.5432")
        self.socket.listen()

    def run(self):
        while True:
            client, _ = self.socket.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.server)
            threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, True), daemon=True).start()

    @staticmethod
    def pump(source, sink, change):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if change:
                    data = re.sub(rb"K\0\0\0\x0c.{4}", b"K\0\0\0\x0c\0\0\0\1", data, flags=re.S)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@test("doctor notices that a pooler stands in between")
def _(t):
    folder = t.folder / "pool"
    folder.mkdir()
    Pooler(folder, t.server.directory).start()
    found = doctor(t, t.target.replace(str(t.server.directory), str(folder)))
    state(found, "target", "pooler", "warn")
    state(doctor(t, t.target), "target", "pooler", "ok")


@test("a disk that is too full is foretold by doctor, and leaves no half archive")
def _(t):
    path = t.sqlite("app.db", SMALL + "CREATE TABLE b (v); INSERT INTO b VALUES (randomblob(1500000));")
    with tiny_disk(t.folder / "tiny", "1m") as tiny:
        found = doctor(t, "--backup-directory", tiny / "new/place", path, t.target, code=5)
        state(found, "backup", "free space", "fail")
        one_line(t.outgrow("archive", "--archive-directory", tiny, path, t.target).expect(5), "MB")
        equal(os.listdir(tiny), [], "files left")
    with tiny_disk(t.folder / "small", "2500k") as small:  # room for the copy, not for the archive, too
        one_line(t.outgrow("archive", "--archive-directory", small, path, t.target).expect(5), "o space left")
        equal(os.listdir(small), [], "files left")


def stopped_archive(t, how, begun, still_there=lambda folder: True):
    """An archive of 60 MB that a signal has reached before it was done, and its directory."""
    path = t.sqlite("app.db", "CREATE TABLE b (v); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                    "LIMIT 60) INSERT INTO b SELECT randomblob(1000000) FROM n;")
    for number in range(20):
        folder = t.folder / f"archives{number}"
        folder.mkdir()
        process = t.popen("archive", "--archive-directory", folder, path)
        wait_for(lambda: begun(folder), process, "the archive is begun")
        process.send_signal(how)
        process.communicate(timeout=TIMEOUT_S)
        if process.returncode != 0 and still_there(folder):  # else it was done before anybody looked
            return path, folder, process.returncode
    raise AssertionError("it was never stopped")


@test("an archive that is interrupted leaves nothing behind")
def _(t):
    _, folder, code = stopped_archive(t, signal.SIGINT, os.listdir)
    equal(code, 130, "exit code")
    equal(os.listdir(folder), [], "files left")


@test("what a killed archive has left behind is removed by the next one")
def _(t):
    def left(at):
        return glob.glob(f"{at}/.outgrow-archive-*/lock")
    path, folder, code = stopped_archive(t, signal.SIGKILL, left, left)
    equal(code, -signal.SIGKILL, "exit code")
    t.outgrow("archive", "--archive-directory", folder, path).expect(0)
    equal(glob.glob(f"{folder}/.outgrow-archive-*"), [], "directories left")


@test("archive --dry-run names what would be done, and does nothing")
def _(t):
    path = moved(t)
    folder = t.folder / "archives"
    planned = archive(t, path, "--dry-run").json()
    equal((planned["source"], planned["directory"]), (str(path), str(folder)), "planned")
    check(not folder.exists(), "the directory was made")
    made = pathlib.Path(archive(t, path).json()["archive"])
    old = made.with_name("app-20200101-000000.tar.zst")
    made.rename(old)
    equal(archive(t, path, "--dry-run", "--keep", "30d").json()["would_expire"], [str(old)], "would expire")
    before = sorted(os.listdir(folder))
    result = remove(t, path, "--dry-run", "--json", "--keep", "30d").expect(0).json()
    equal((result["would_remove_source"], result["not_removed"]), (True, None), "removal")
    check("would remove" in remove(t, path, "--dry-run").expect(0).out, "no words about the removal")
    age(t, days=1)
    one_line(remove(t, path, "--dry-run").expect(8), "would not be removed")
    equal(sorted(os.listdir(folder)), before, "archives")
    check(path.exists(), "the source is gone")
    one_line(t.outgrow("archive", "--dry-run", "--restore", old, t.folder / "out").expect(2), "--restore")


run()
