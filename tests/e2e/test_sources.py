#!/usr/bin/python3
"""What is done with each kind of source file: odd places, journals, and things that are no SQLite."""
import contextlib
import hashlib
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys

from compare import compare
from harness import OUTGROW, SERVER_USER, TIMEOUT_S, Skip, check, equal, run, test
from make_nasty import make
from stall import must_see

SMALL = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');"


def fingerprint(path):
    status = os.stat(path)
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest(), status.st_mtime_ns


def one_line(result, *words):
    """The error is one line that says what is wrong; a second one may give a hint."""
    lines = [line for line in result.err.splitlines() if line.strip()]
    check(len(lines) <= 2, "more than an error and a hint:", result.err)
    check(lines and lines[0].startswith("outgrow: "), "no error line first:", result.err)
    for word in words:
        check(word in result.err.lower(), f"'{word}' is not in:", result.err)


@test("a file that is not there is a source error in one line")
def _(t):
    one_line(t.migrate(t.folder / "none.db").expect(3), "none.db")


@test("a link to nowhere is called that, and every command calls a missing file an error of the source")
def _(t):
    (t.folder / "link.db").symlink_to("nowhere.db")
    for command in ("inspect", "migrate", "verify", "sync", "cutover", "return", "finish"):
        target = [] if command == "inspect" else [t.target]
        check("does not exist" in t.outgrow(command, "none.db", *target).expect(3).err, command)
        check("symbolic link to what does not exist" in t.outgrow(command, "link.db", *target).expect(3).err, command)


@test("a directory is called a directory")
def _(t):
    (t.folder / "d.db").mkdir()
    one_line(t.migrate(t.folder / "d.db").expect(3), "directory")


@test("an empty file is called empty")
def _(t):
    (t.folder / "e.db").touch()
    one_line(t.migrate(t.folder / "e.db").expect(3), "empty")
    check((t.folder / "e.db").stat().st_size == 0, "it was written to")


@test("random bytes are called encrypted or not SQLite")
def _(t):
    (t.folder / "r.db").write_bytes(random.Random(1).randbytes(8192))
    result = t.migrate(t.folder / "r.db").expect(3)
    one_line(result)
    check("encrypted" in result.err or "not a sqlite" in result.err.lower(), result.err)


@test("a text file is not SQLite")
def _(t):
    (t.folder / "x.db").write_text("id,name\n1,a\n" * 500)
    one_line(t.migrate(t.folder / "x.db").expect(3), "sqlite")


@test("a SQLite file cut to its first page is called cut off")
def _(t):
    path = make(t.folder / "n.db")
    os.truncate(path, 4096)
    one_line(t.migrate(path).expect(3), "cut off")


@test("a fifo is refused at once instead of waiting for a writer")
def _(t):
    os.mkfifo(t.folder / "f.db")
    one_line(t.migrate(t.folder / "f.db").expect(3))


@test("a file that may not be read names the reason")
def _(t):
    if os.geteuid() == 0:
        raise Skip("root may read everything")
    path = t.sqlite("p.db", SMALL)
    path.chmod(0)
    one_line(t.migrate(path).expect(3, 5), "permission")


@test("a file without tables is moved as nothing, and says so")
def _(t):
    path = t.sqlite("v.db", "PRAGMA user_version = 7;")
    said = t.migrate(path).expect(0)
    check("0 tables" in said.out, said.out, said.err)


@test("a read-only file in a read-only directory is moved")
def _(t):
    folder = t.folder / "ro"
    folder.mkdir()
    path = t.sqlite("ro/s.db", SMALL)
    path.chmod(0o444)
    folder.chmod(0o555)
    before = fingerprint(path)
    as_user = {}
    try:
        if os.geteuid() == 0:  # root writes everywhere; be somebody else
            t.home.chmod(0o777)
            as_user = {"user": SERVER_USER, "extra_groups": [],
                       "executable": shutil.copy(OUTGROW, t.folder / "program")}
        t.migrate(path, **as_user).expect(0)
        equal(fingerprint(path), before, "the source")
        equal(sorted(os.listdir(folder)), ["s.db"], "files beside the source")
    finally:
        folder.chmod(0o755)
    compare(path, t.target)


@test("a file on a read-only file system is moved; a live move of it is refused by that name")
def _(t):
    (t.folder / "mounted").mkdir()
    path = t.sqlite("mounted/s.db", SMALL)
    private = "mount --bind mounted mounted && mount -o remount,ro,bind mounted && "
    inside = ["unshare", "--mount", "sh", "-c"]
    if subprocess.run([*inside, private + "true"], cwd=t.folder, capture_output=True).returncode != 0:
        raise Skip("nothing can be mounted here")


    def run_inside(command):
        return subprocess.run([*inside, f'{private}"$@"', "sh", OUTGROW, command, path, t.target], cwd=t.folder,
                              env=t.environment, text=True, capture_output=True, timeout=TIMEOUT_S)

    live = run_inside("sync")
    check(live.returncode == 3 and "mounted read-only" in live.stderr and "outgrow migrate" in live.stderr, live.stderr)
    moved = run_inside("migrate")
    equal(moved.returncode, 0, moved.stderr)
    compare(path, t.target)


@test("a symbolic link that leads back to itself is called that")
def _(t):
    (t.folder / "loop.db").symlink_to("loop.db")
    one_line(t.migrate(t.folder / "loop.db").expect(3), "leads back to itself")


@test("the source keeps its bytes and its time, and nothing appears beside it")
def _(t):
    folder = t.folder / "d"
    folder.mkdir()
    path = make(folder / "nasty.db")
    before = fingerprint(path)
    t.migrate(path).expect(7)
    t.outgrow("verify", path, t.target).expect(7)
    t.outgrow("inspect", path).expect(0)
    t.outgrow("plan", path).expect(0)
    equal(fingerprint(path), before, "the source")
    equal(os.listdir(folder), ["nasty.db"], "files beside the source")


def wait_for_rows(path, writer):
    """Until a process that writes has begun."""
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    must_see(lambda: db.execute("SELECT count(*) FROM b").fetchone()[0] > 0, writer, "rows")
    db.close()


WAL_WRITER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA wal_autocheckpoint = 0")
db.execute("CREATE TABLE w (id INTEGER PRIMARY KEY, v TEXT)")
db.executemany("INSERT INTO w VALUES (?, ?)", ((n, "row %d" % n) for n in range(500)))
os.kill(os.getpid(), 9)
"""


@test("rows that are only in a -wal left by a killed writer arrive")
def _(t):
    path = t.folder / "w.db"
    subprocess.run([sys.executable, "-c", WAL_WRITER, path], check=False)
    check((t.folder / "w.db-wal").stat().st_size > 0, "no -wal was left")
    database = fingerprint(path)
    t.migrate(path).expect(0)
    equal(t.psql("SELECT count(*) FROM w"), "500", "rows")
    equal(fingerprint(path), database, "the source")


HOT_WRITER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 5")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE t SET v = 'not committed ' || hex(randomblob(2000))")
os.kill(os.getpid(), 9)
"""


@test("a hot -journal left by a killed writer is rolled back in what arrives")
def _(t):
    path = t.sqlite("h.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);")
    db = sqlite3.connect(path)
    db.executemany("INSERT INTO t VALUES (?, ?)", ((n, "old " * 300) for n in range(300)))
    db.commit()
    db.close()
    subprocess.run([sys.executable, "-c", HOT_WRITER, path], check=False)
    check((t.folder / "h.db-journal").stat().st_size > 0, "no -journal was left")
    t.migrate(path).expect(0)
    equal(t.psql("SELECT count(*), count(*) FILTER (WHERE v LIKE 'old %') FROM t"), "300|300", "rows")


@test("an application that goes on writing gets its moment copied whole")
def _(t):
    path = t.sqlite("live.db", "PRAGMA journal_mode = WAL; CREATE TABLE a (n INT); CREATE TABLE b (n INT);")
    writer = subprocess.Popen([sys.executable, "-c", """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=300)
while True:
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO a VALUES (1)")
    db.execute("INSERT INTO b VALUES (1)")
    db.execute("COMMIT")
""", path], stderr=subprocess.DEVNULL)
    try:
        wait_for_rows(path, writer)
        t.migrate(path).expect(0)
    finally:
        writer.kill()
        writer.wait()
    a, b = t.psql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)").split("|")
    equal(a, b, "two rows of one transaction")
    check(int(a) > 0, "no rows arrived")


def has_open(process, path):
    for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # it may be closed meanwhile
            if os.readlink(link) == str(path):
                return True
    return False


@test("a writer that holds the file locked for a moment is waited for")
def _(t):
    path = t.sqlite("l.db", SMALL)
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("BEGIN EXCLUSIVE")
    process = t.popen("migrate", path, t.target)
    must_see(lambda: has_open(process, path), process, "it looks at the file")
    db.execute("INSERT INTO t VALUES (3, 'c')")
    db.execute("COMMIT")
    out, err = process.communicate(timeout=TIMEOUT_S)
    equal(process.returncode, 0, err)
    equal(t.psql("SELECT count(*) FROM t"), "3", "rows")


for encoding in ("UTF-16le", "UTF-16be"):
    @test(f"the nasty file in {encoding} arrives cell by cell")
    def _(t, encoding=encoding):
        path = make(t.folder / "u.db", encoding)
        t.migrate(path).expect(7)
        compare(path, t.target)


@test("names with spaces, quotes and dashes work for the file itself")
def _(t):
    path = t.sqlite("it's a \"file\" with %41 ?x=1#y.db", SMALL)
    t.migrate(path).expect(0)
    compare(shutil.copy(path, t.folder / "plain.db"), t.target)


@test("a file whose name is not UTF-8 can be inspected; where its name would be kept it is refused, as it is")
def _(t):
    name = os.fsencode(t.folder) + b"/caf\xe9.db"
    os.rename(t.sqlite("s.db", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);"), name)
    name = os.fsdecode(name)
    check("1 row" in t.outgrow("inspect", name).expect(0).out)
    for arguments in (("migrate", name, t.target), ("verify", name, t.target), ("plan", name), ("sync", name, t.target),
                      ("archive", name, t.target)):
        said = t.outgrow(*arguments).expect(2).err
        check("not UTF-8" in said and "caf\\xe9.db" in said and "rename" in said, arguments, said)


@test("a symbolic link is followed, and the -wal beside the real file counts")
def _(t):
    path = t.folder / "w.db"
    subprocess.run([sys.executable, "-c", WAL_WRITER, path], check=False)
    (t.folder / "links").mkdir()
    (t.folder / "links/l.db").symlink_to(path)
    t.migrate(t.folder / "links/l.db").expect(0)
    equal(t.psql("SELECT count(*) FROM w"), "500", "rows")


@test("pages of 512 bytes and of 64 kB, auto-vacuum and a text primary key work")
def _(t):
    for number, pragma in enumerate(("page_size = 512", "page_size = 65536", "auto_vacuum = FULL")):
        path = t.sqlite(f"p{number}.db", f"PRAGMA {pragma}; CREATE TABLE p{number} (k TEXT PRIMARY KEY); "
                        f"INSERT INTO p{number} VALUES ('a'), ('b');")
        t.migrate(path).expect(0)
        compare(path, t.target)


run()
