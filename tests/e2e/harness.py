"""harness: one end-to-end test file = one private PostgreSQL on a unix socket in a temporary
directory, one fresh database and folder per test, TAP on standard output, nothing left behind.

A file declares tests with @test("a sentence") and ends with run(). The program under test is
$OUTGROW; the server's programs are in $PG_BIN or the newest /usr/lib/postgresql/N/bin."""
import ctypes
import fcntl
import glob
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

OUTGROW = os.environ.get("OUTGROW", "outgrow")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SERVER_USER = "postgres" if os.geteuid() == 0 else None  # initdb refuses root
TIMEOUT_S = int(os.environ.get("OUTGROW_TEST_TIMEOUT", "300"))
tests = []


class Skip(Exception):
    """This test cannot be made here; the message says why."""


def test(sentence):
    def declare(function):
        tests.append((sentence, function))
        return function
    return declare


def check(condition, *what):
    """An assertion that stays on and says what was found."""
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what) or "not so")


def equal(found, expected, what=""):
    check(found == expected, f"{what}: found {found!r}, expected {expected!r}")


def die_with_parent():
    """The server goes down (fast shutdown) also when the test itself is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def server_programs():
    found = os.environ.get("PG_BIN")
    if found is None:
        numbered = sorted(glob.glob("/usr/lib/postgresql/*/bin"),
                          key=lambda path: int(path.split("/")[4]))
        found = numbered[-1] if numbered else os.path.dirname(shutil.which("postgres") or "")
    return pathlib.Path(found)


def client_program(name):
    """The server's own where it has one; else any: psql speaks with newer servers, too."""
    own = server_programs() / name
    found = [str(own)] if own.exists() else sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else name


def copy(directory, place):
    """With owners and modes."""
    subprocess.run(["cp", "-a", directory, place], check=True)


class Server:
    """A PostgreSQL for this test file. `directory` may be entered by its user."""

    def __init__(self, directory):
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "server.log"
        self.process = None
        as_user = {"user": SERVER_USER} if SERVER_USER else {}
        if SERVER_USER:
            account = pwd.getpwnam(SERVER_USER)
            os.chown(directory, account.pw_uid, account.pw_gid)
            as_user |= {"group": account.pw_gid, "extra_groups": []}
        self.as_user = as_user
        self.make_data()
        self.start()

    def initdb(self, data):
        subprocess.run([server_programs() / "initdb", "-D", data, "-U", "tester", "-E", "UTF8",
                        "--locale=C.UTF-8", "--auth=trust", "-N"], check=True, cwd="/",
                       stdout=subprocess.DEVNULL, **self.as_user)

    def make_data(self):
        """As initdb makes it. Where $OUTGROW_TEST_CLUSTERS names a directory, it does so once for all test
        files, and what it made is kept there to be copied, which takes a fraction of the time."""
        shelf = os.environ.get("OUTGROW_TEST_CLUSTERS")
        if shelf is None:
            return self.initdb(self.data)
        version = subprocess.run([server_programs() / "postgres", "--version"], capture_output=True, text=True,
                                 check=True).stdout
        kept = pathlib.Path(shelf) / re.sub(r"\W+", "-", version.strip())
        kept.parent.mkdir(exist_ok=True)
        with open(kept.parent / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                self.initdb(self.directory / "first")
                unfinished = kept.with_suffix(f".{os.getpid()}")
                copy(self.directory / "first", unfinished)
                shutil.rmtree(self.directory / "first")
                unfinished.rename(kept)
        copy(kept, self.data)

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [server_programs() / "postgres", "-D", self.data, "-k", self.directory, "-c",
                 "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50", "-c",
                 "shared_buffers=64MB", "-c", "full_page_writes=off", "-c", "max_wal_size=2GB"],
                stdout=log, stderr=log, cwd="/", preexec_fn=die_with_parent, **self.as_user)
        deadline = time.monotonic() + TIMEOUT_S
        while subprocess.run([client_program("pg_isready"), "-q", "-h", self.directory]).returncode:
            check(self.process.poll() is None and time.monotonic() < deadline,
                  "the server does not start:", self.log.read_text())
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(TIMEOUT_S)
        self.process = None

    def url(self, database):
        return f"postgresql://tester@/{database}?host={self.directory}"

    def psql(self, database, sql, *more):
        """Standard output of psql as bytes; an error in the SQL is an error of the test."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            done = subprocess.run([client_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-At",
                                   *more, "-d", self.url(database), "-f", "-"], input=sql.encode(),
                                  capture_output=True, timeout=TIMEOUT_S)
            # To create or drop a database the server waits five seconds for those who have left it.
            if b"is being accessed by other users" not in done.stderr or time.monotonic() > deadline:
                break
        check(done.returncode == 0, "psql:", sql, done.stderr.decode(errors="replace"))
        return done.stdout


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def expect(self, *codes):
        check(self.code in codes, f"exit code {self.code}, expected {codes}; stderr:\n{self.err}"
              f"\nstdout:\n{self.out[:3000]}")
        return self


class Test:
    """What a test function gets: a folder, a database, and the program."""

    def __init__(self, server, folder, database):
        self.server, self.folder, self.database = server, folder, database
        self.target = server.url(database)
        self.processes = []
        self.home = folder / "home"
        self.home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.home),
                            "XDG_DATA_HOME": str(self.home), "LC_ALL": "C.UTF-8",
                            "OUTGROW_MAX_LAG": "60s",  # how fast a round is says nothing on a busy machine
                            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}

    def popen(self, *arguments, env=None, **more):
        process = subprocess.Popen([OUTGROW, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=more.pop("stderr", subprocess.PIPE), text=True,
                                   errors="replace", env=self.environment | (env or {}),
                                   cwd=more.pop("cwd", self.folder), **more)
        self.processes.append(process)
        return process

    def end_processes(self):
        """Those that a test which has failed leaves: one that syncs would wait for its server for ever."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(TIMEOUT_S)

    def outgrow(self, *arguments, env=None, **more):
        process = self.popen(*arguments, env=env, **more)
        try:
            out, err = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{arguments} hangs; stderr:\n{err}") from None
        check("Sanitizer" not in err, "a sanitizer complains:", err)
        return Result(process.returncode, out, err)

    def migrate(self, source, *options, **more):
        return self.outgrow("migrate", *options, source, self.target, **more)

    def psql(self, sql, *more):
        return self.server.psql(self.database, sql, *more).decode(errors="replace").rstrip("\n")

    def rows(self, sql):
        return [tuple(line.split("\t")) for line in self.psql(sql, "-F", "\t").split("\n") if line]

    def sqlite(self, name, script=""):
        """A new SQLite file in the test's folder; returns its path. Closed, not in WAL mode."""
        path = self.folder / name
        db = sqlite3.connect(path)
        db.executescript(script)
        db.close()
        return path


def one_test(server, scratch, number, function):
    folder = scratch / f"t{number}"
    folder.mkdir(mode=0o755)
    server.psql("postgres", f"CREATE DATABASE t{number} STRATEGY file_copy")
    context = Test(server, folder, f"t{number}")
    try:
        function(context)
    finally:
        context.end_processes()
        if (context.home / "outgrow/pg").exists():
            context.outgrow("pg", "stop")
        if server.process is None or server.process.poll() is not None:
            server.start()
        server.psql("postgres", f"DROP DATABASE t{number} WITH (FORCE)")
        shutil.rmtree(folder, ignore_errors=True)


def report(number, sentence, server, scratch, function):
    try:
        one_test(server, scratch, number, function)
    except Skip as reason:
        print(f"ok {number} - {sentence} # SKIP {reason}", flush=True)
    except Exception:  # whatever happens in a test is that test's failure
        print(f"not ok {number} - {sentence}")
        for line in traceback.format_exc().splitlines():
            print("#", line)
        sys.stdout.flush()
        return False
    else:
        print(f"ok {number} - {sentence}", flush=True)
    return True


def run():
    """Runs the declared tests (or those whose sentence holds a word of argv) and exits."""
    if shutil.which(OUTGROW) is None:
        sys.exit(f"there is no {OUTGROW}; run these tests through ./test.sh, or set OUTGROW")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [t for t in tests if not sys.argv[1:] or any(w in t[0] for w in sys.argv[1:])]
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="outgrow-e2e."))
    scratch.chmod(0o755)
    server, good = None, True
    try:
        (scratch / "pg").mkdir()
        server = Server(scratch / "pg")
        print(f"1..{len(chosen)}", flush=True)
        for number, (sentence, function) in enumerate(chosen, 1):
            good &= report(number, sentence, server, scratch, function)
    finally:
        if server:
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    sys.exit(0 if good else 1)
