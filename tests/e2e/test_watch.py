#!/usr/bin/python3
"""What a person sees who watches a live move and steers it: status --watch on a terminal and in a pipe, while
the server goes away and comes back; a rate that is given and lifted while rounds run; the environment file."""
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import termios
import time

from harness import OUTGROW, TIMEOUT_S, Skip, check, equal, run, test
from live_move import begin, same, seed, write_source
from stall import Gate, kill, must_see, quiet

REDRAWN = "\x1b[H\x1b[2J"


def until(condition, what, seconds=TIMEOUT_S):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, "waited in vain for", what)
        time.sleep(0.05)


class Terminal:
    """status --watch on a terminal of its own; `words` is all that it ever showed."""

    def __init__(self, t, *arguments):
        self.mine, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.process = subprocess.Popen([OUTGROW, "status", "--watch", *map(str, arguments)], stdin=theirs,
                                        stdout=theirs, stderr=theirs, env=t.environment | {"TERM": "xterm"},
                                        cwd=t.folder)
        os.close(theirs)
        os.set_blocking(self.mine, False)
        self.words = ""

    def read(self):
        try:
            self.words += os.read(self.mine, 65536).decode(errors="replace")
        except (BlockingIOError, OSError):
            pass
        return self.words

    def wait_for(self, words, after=0):
        """Where they stand; whatever was shown before `after` does not count."""
        until(lambda: words in self.read()[after:] or self.process.poll() is not None, words)
        check(words in self.words[after:], f"never showed {words!r}:", self.words[-2000:])
        return self.words.index(words, after)

    def close(self, code):
        self.process.send_signal(signal.SIGINT)
        equal(self.process.wait(TIMEOUT_S), code, self.words[-2000:])
        os.close(self.mine)


@test("a terminal shows one page that is drawn anew, and waits for a server that goes away")
def _(t):
    path = seed(t)
    begin(t, path)
    watch = Terminal(t, t.target)
    place = watch.wait_for("way back")
    check(REDRAWN in watch.words[:place] and "live: " in watch.words, "no page:", watch.words)
    t.server.stop()
    place = watch.wait_for("no answer from the target", place)
    t.server.start()
    watch.wait_for("way back", place)
    watch.close(0)


@test("a pipe gets lines, and --json an object a line that says when the server is away")
def _(t):
    path = seed(t)
    begin(t, path)
    lines = t.popen("status", "--watch", t.target)
    first = lines.stdout.readline()
    check(first.startswith("app.db: nobody at work, ") and "\x1b" not in first, first)
    lines.terminate()
    lines.communicate()
    objects = t.popen("status", "--watch", "--json", t.target)
    equal(len(json.loads(objects.stdout.readline())["live"]), 1)
    t.server.stop()
    until(lambda: "error" in json.loads(objects.stdout.readline()), "an object with an error")
    t.server.start()
    until(lambda: json.loads(objects.stdout.readline())["live"], "the server again")
    objects.terminate()
    objects.communicate()


@test("it ends when nobody reads it any more")
def _(t):
    path = seed(t)
    begin(t, path)
    for how in ([], ["--json"]):
        watch = t.popen("status", "--watch", *how, t.target)
        check(watch.stdout.readline(), "no first line")
        watch.stdout.close()
        equal(watch.wait(TIMEOUT_S), 0)
        equal(watch.stderr.read(), "")


@test("a source that is named is shown alone")
def _(t):
    paths = []
    for name in ("one.db", "two.db"):
        paths.append(t.sqlite(name, "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)"))
    t.outgrow("sync", "--once", *paths, t.target).expect(0)
    everything = t.outgrow("status", "--json", t.target).expect(0).json()
    equal(len(everything["live"]), 2)
    one = t.outgrow("status", "--json", paths[1], t.target).expect(0).json()
    equal([live["source"] for live in one["live"]], [str(paths[1])])
    watch = t.popen("status", "--watch", "--json", paths[1], t.target)
    equal([live["source"] for live in json.loads(watch.stdout.readline())["live"]], [str(paths[1])])
    watch.terminate()
    watch.communicate()


@test("a source that the target does not know is judged before anything is watched, in the words and with the exit "
      "code of one look")
def _(t):
    path = seed(t)
    begin(t, path)
    other = t.sqlite("other.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    (t.folder / "no.txt").write_text("words, no database" * 100)
    for named, code in (([other], 2), ([path, other], 2), ([t.folder / "gone.db"], 3), ([t.folder / "no.txt"], 3)):
        for how in ([], ["--json"]):
            once = t.outgrow("status", *how, *named, t.target).expect(code)
            watched = t.outgrow("status", "--watch", *how, *named, t.target).expect(code)
            equal(*(re.sub(r"[0-9.]+( m?s\b)?", "N", done.out + done.err) for done in (watched, once)), named)


@test("nothing is made to steer what is not there, and what contradicts itself is refused")
def _(t):
    path = seed(t)
    for wish in ("--stop", "--pause", "--resume"):
        said = t.outgrow("sync", wish, path).expect(4).err
        check("is not live: there is no private PostgreSQL" in said, wish, said)
    check(not (t.home / "outgrow/pg").exists(), "a server was made")
    begin(t, path)
    check("one at a time" in t.outgrow("sync", "--stop", "--resume", path, t.target).expect(2).err)
    equal(t.psql("SELECT wish FROM outgrow.live"), "run")
    check("no process keeps it in step" in t.outgrow("sync", "--stop", path, t.target).expect(0).err)
    for command in ("cutover", "return"):
        check("--dry-run" in t.outgrow(command, "--abort", "--dry-run", path, t.target).expect(2).err, command)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    t.outgrow("finish", "--without-archive", path, t.target).expect(0)
    watch = t.popen("status", "--watch", t.target)
    equal(watch.stdout.readline(), "app.db: finished, 0 keys applied\n")
    watch.kill()
    watch.communicate()
    gone = t.outgrow("sync", t.folder / "none.db", t.target.replace(t.database, "nowhere")).expect(3).err
    check("none.db does not exist" in gone, gone)


def live(t):
    return t.outgrow("status", "--json", t.target).expect(0).json()["live"][0]


@test("whether a process keeps it in step is told as it is: when it has just been killed, when it is silent, and "
      "behind a restart of the server, until it is back")
def _(t):
    path = seed(t)
    begin(t, path)
    process = t.popen("sync", path, t.target, "--quiet")
    must_see(lambda: live(t)["running"], process, "that it is there")
    kill(process)
    quiet(t)
    gone = live(t)
    equal((gone["running"], gone["why"]), (False, "no process keeps it in step"))
    process = t.popen("sync", path, t.target, "--quiet")
    must_see(lambda: live(t)["running"], process, "that another one is there")
    process.send_signal(signal.SIGSTOP)
    must_see(lambda: live(t)["since_seen_ms"] > 6000, process, "its silence")
    silent = live(t)
    check(silent["running"] and silent["why"].startswith("its process has said nothing for "), silent)
    check(silent["lag_ms"] > 5000, silent)
    t.server.stop()
    t.server.start()
    away = live(t)
    check(not away["running"] and away["why"].startswith("the server has just started; no process is back"), away)
    check("outgrow sync goes on" in away["next"], away)
    process.send_signal(signal.SIGCONT)
    must_see(lambda: live(t)["running"] and live(t)["why"] is None, process, "that it is back")
    kill(process)


@test("while the initial copy is made a process is at it, and behind it nothing is said of rounds that there were not")
def _(t):
    path = seed(t)
    with Gate(t) as gate:
        process = t.popen("sync", path, t.target, "--quiet")
        must_see(gate.is_reached, process, "the copy")
        loading = live(t)
        equal((loading["state"], loading["running"], loading["next"]), ("loading", True, "wait: a process is at it"))
        kill(process)
    quiet(t)
    equal((live(t)["running"], live(t)["next"]), (False, "outgrow sync goes on with it"))
    begin(t, path)
    equal([live(t)[key] for key in ("round_p50_ms", "round_p95_ms")], [None, None])
    for how in ([], ["--watch"]):
        look = t.popen("status", *how, t.target)
        first = look.stdout.readline() if how else look.communicate()[0]
        check("behind " in first or "lag" in first, first)
        check("rounds 0.0 ms" not in first and "0.0 ms, 95% below 0.0" not in first, first)
        look.kill()
        look.communicate()
    write_source(path, "INSERT INTO events VALUES ('one', 1)")
    t.outgrow("sync", "--once", path, t.target).expect(0)
    known = live(t)["round_p50_ms"]
    check(known > 0, live(t))
    t.outgrow("sync", "--once", path, t.target).expect(0)
    equal(live(t)["round_p50_ms"], known, "what a process without a round knows")


def write(path, rows):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    db.executemany("INSERT INTO events VALUES (?, ?)", (("rate", n) for n in range(rows)))
    db.commit()
    db.close()


def events(t):
    return int(t.psql("SELECT count(*) FROM events"))


def is_held(t):
    return t.outgrow("status", "--json", t.target).json()["live"][0]["why"] == "held back by --max-rate-rows"


@test("a rate that is given while rounds run holds them back, is kept over a restart, and is lifted at once")
def _(t):
    path = seed(t)
    begin(t, path)
    count = events(t)
    process = t.popen("sync", path, t.target, "--quiet")
    t.outgrow("sync", "--max-rate-rows", "1", "--resume", path, t.target).expect(0)
    for _ in range(10):  # until the process has seen it
        write(path, 300)
        count += 300
        until(lambda: events(t) == count or is_held(t), "rows, or the rate")
        if events(t) < count:
            break
    check(events(t) < count, "3,000 rows came over at a row a second")
    until(lambda: is_held(t), "status that says why")
    process.kill()
    process.communicate()
    process = t.popen("sync", path, t.target, "--quiet")
    until(lambda: events(t) == count, "a round of a new process")
    write(path, 1)
    until(lambda: is_held(t), "the rate that was kept")
    equal(events(t), count, "rows while it is held back")
    t.outgrow("sync", "--max-rate-rows", "0", "--resume", path, t.target).expect(0)
    until(lambda: events(t) == count + 1, "the row, with the rate lifted", 200)  # at a row a second it were 300
    t.outgrow("sync", "--stop", path, t.target).expect(0)
    process.communicate(timeout=TIMEOUT_S)
    equal(process.returncode, 0)
    same(t, path)


@test("an environment file that could not be put in its place is found before the switch")
def _(t):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        raise Skip("needs root and unshare to mount a file")
    path = seed(t)
    begin(t, path)
    other, env = t.folder / "other.env", t.folder / ".env"
    other.write_text("DATABASE_URL=old\n")
    env.write_text("")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh", other, env,
         OUTGROW, "cutover", "--env-file", env, "--set", "DATABASE_URL=new", path, t.target],
        env=t.environment, capture_output=True, text=True)
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        raise Skip(done.stderr)
    equal(done.returncode, 8, done.stderr)
    check("mounted as a single file" in done.stderr, done.stderr)
    equal(other.read_text(), "DATABASE_URL=old\n")
    equal(sorted(found.name for found in t.folder.glob("*.env*")), [".env", "other.env"])
    equal(t.outgrow("status", "--json", t.target).json()["live"][0]["state"], "syncing")


@test("an empty argument is refused: mostly a variable that is not set")
def _(t):
    refused = t.outgrow("status", "").expect(2)
    check("is empty" in refused.err and "not set" in refused.err, refused.err)
    t.outgrow("sync", "app.db", "").expect(2)


run()
