#!/usr/bin/python3
"""soak.py [--seeds FIRST-LAST] [--keep] — a live move, again and again, while everything goes wrong.

Each seed is one life: an application writes to SQLite, `outgrow sync` follows, is killed, PostgreSQL is
killed, the file is VACUUMed; then the cutover, killed at a random moment and repeated; then the
application writes to PostgreSQL, and everything goes wrong again; then the return. At every rest
both sides are compared by app.differences, which knows nothing of outgrow; and at no moment
may both sides have taken writes. A seed that failed is repeated with --seeds N; what happened
when is random, what is written is not.

TAP on standard output; the program under test is $OUTGROW."""
import itertools
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import app
import libpq
import seeds
from seeds import PATIENCE_S, happened

NOT_NOW = 8  # exit code: not possible yet, nothing was changed


class Life(seeds.Seed):
    def __init__(self, server, folder, number):
        super().__init__(server, folder, number)
        self.born = time.monotonic()
        self.daemon = None
        self.switches = 0
        app.seed(self.path, self.rng, wal=self.rng.random() < .8)
        self.into = ["--into-existing"] if number % 3 == 0 else []  # tables that were there before
        if self.into:
            server.psql(self.database, app.EXISTING)
        rate = self.rng.choice([100, 300, 1000])
        self.source = app.SourceWriter(self.path, number, rate)
        self.target = app.TargetWriter(self.url, number + 1, rate)
        self.target.owns = bool(self.into)

    def tell(self, *words):
        happened[str(words[0])] += 1
        self.story.append(f"{time.monotonic() - self.born:7.2f} " + " ".join(map(str, words)))

    def outgrow(self, *arguments, kill_after=None):
        """Its exit code and its last words."""
        process = self.start(*arguments, stderr=subprocess.STDOUT)
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        words, _ = self.finish(process, arguments)
        return process.returncode, " / ".join(words.strip().split("\n")[-12:])

    def sync_once(self, *options):
        return self.outgrow("sync", "--once", *self.into, *options, self.path, self.url)

    def start_daemon(self):
        if self.daemon is None:
            with open(self.folder / "sync.log", "a") as log:
                self.daemon = self.start("sync", *self.into, self.path, self.url, stdout=log, stderr=log)

    def kill_daemon(self, how=signal.SIGKILL):
        if self.daemon is not None:
            if self.daemon.poll() is not None:
                self.tell("sync had ended by itself, exit code", self.daemon.returncode)
            self.daemon.send_signal(how)
            self.daemon.wait(PATIENCE_S)
            self.daemon = None

    def restart_server(self):
        self.tell("PostgreSQL is killed")
        self.server.stop(signal.SIGQUIT)
        time.sleep(self.rng.random() / 4)
        self.server.start()

    def vacuum(self):
        self.tell("VACUUM")
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            db.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "PostgreSQL" not in str(error):
                raise
        db.close()

    def trouble(self, seconds, vacuum):
        """Things go wrong for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(self.rng.random() * seconds / 3)
            roll = self.rng.random()
            if roll < .35:
                self.tell("sync is killed")
                self.kill_daemon()
            elif roll < .45:
                self.restart_server()
            elif roll < .55 and vacuum:
                self.vacuum()
            elif roll < .65:
                self.tell("sync is asked to end")
                self.kill_daemon(signal.SIGTERM)
            self.start_daemon()

    def rest(self, what):
        """Writers pause, the last changes arrive, both sides are equal."""
        for writer in (self.source, self.target):
            if writer.is_alive():
                writer.pause()
        self.kill_daemon(self.rng.choice([signal.SIGKILL, signal.SIGTERM]))
        self.catch_up()
        connection = libpq.Connection(self.url)
        found = app.differences(self.path, connection)
        lost = app.own_lost(connection, self.target.own) if self.target.owns else []
        connection.close()
        assert not found, f"{what}: the sides differ: {found}"
        assert not lost, f"{what}: what only PostgreSQL has was changed: {lost}"
        self.tell(f"{what}: equal")

    def catch_up(self, *options):
        for _ in range(10):
            code, words = self.sync_once(*options)
            if code == 0:
                return
            self.tell("sync --once is not done:", code, words)
            time.sleep(.2)
        raise AssertionError(f"sync --once does not end well: {words}")

    def change_schema(self):
        """Refused at first; with --on-schema-change follow the source is copied anew."""
        self.tell("the schema is changed")
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        statements, migration = self.rng.choice((
            (["ALTER TABLE doc ADD COLUMN more TEXT DEFAULT 'm'"], "ALTER TABLE doc ADD COLUMN more text DEFAULT 'm'"),
            (["CREATE TABLE late (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO late VALUES (1, 'x')"],
             "CREATE TABLE late (id bigint PRIMARY KEY, v text)"),
            # as migration tools rebuild a table: the triggers go with the old one
            (["CREATE TABLE w2 (a INT, b TEXT, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID",
              "INSERT INTO w2 SELECT * FROM w", "DROP TABLE w",
              "ALTER TABLE w2 RENAME TO w", "INSERT INTO w VALUES (1000, 'r', 'r')"], "")))
        if self.into:
            self.server.psql(self.database, migration)
        for statement in statements:
            db.execute(statement)
        db.close()
        code, words = self.sync_once()
        assert code not in (0, 1), f"a changed schema is not refused: {code} {words}"
        self.catch_up("--on-schema-change", "follow")

    def restore(self):
        """An older copy in the file's place: refused, and copied anew when asked."""
        self.tell("an older copy is put in place")
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        copy = sqlite3.connect(self.folder / "older.db")
        db.backup(copy)
        copy.close()
        for i in range(50):
            try:
                app.source_write(db, self.rng)
            except sqlite3.IntegrityError:
                pass
        self.catch_up()
        db.close()
        if self.rng.random() < .5:  # through SQLite, or behind its back
            older, db = sqlite3.connect(self.folder / "older.db"), sqlite3.connect(self.path, timeout=30)
            older.backup(db)
            db.close()
        else:
            for suffix in ("-wal", "-shm", "-journal"):
                pathlib.Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            shutil.copyfile(self.folder / "older.db", self.path)
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        db.execute("INSERT INTO tree VALUES (5000, NULL, 'after the restore')")
        db.execute("DELETE FROM tree WHERE id = 3")
        db.close()
        code, words = self.sync_once()
        assert code not in (0, 1), f"an older copy is not refused: {code} {words}"
        self.tell("the older copy is refused:", words)
        self.catch_up("--replace")

    def switch(self, command, *options):
        """cutover or return: killed now and then, and repeated until it is done; a busy machine gets more time."""
        deadline = time.monotonic() + PATIENCE_S
        for attempt in itertools.count():
            if time.monotonic() > deadline:
                raise AssertionError(f"{command} does not get done: {words}")
            if attempt == 8 and command != "finish":
                options += ("--budget", "60s", "--max-lag", "60s", "--timeout", "20s")
            kill_after = self.rng.random() * .6 if self.rng.random() < .4 else None
            code, words = self.outgrow(command, *options, self.path, self.url, kill_after=kill_after)
            self.tell(command, code, words)
            if code == 0:
                self.switches += 1
                return
            assert code in (-signal.SIGKILL, NOT_NOW, 4), f"{command}: exit code {code}: {words}"
            if self.rng.random() < .2:
                self.restart_server()
            self.start_daemon()

    def run(self):
        self.source.start()
        self.start_daemon()
        self.trouble(self.rng.choice([.5, 1, 2]), vacuum=True)
        self.rest("forward")
        roll = self.rng.random()
        if roll < .15:
            self.change_schema()
            self.rest("after a schema change")
        elif roll < .3:
            self.source.reopen()
            self.restore()
            self.source.forget()
            self.rest("after a restore")
        self.source.go_on()
        self.start_daemon()
        if not self.into and self.rng.random() < .5:
            self.tell("PostgreSQL gets a column of its own")
            self.server.psql(self.database, app.OWN)
            self.target.owns = True
        self.target.start()  # it is refused until the cutover: the target's fence
        self.switch("cutover")
        self.trouble(self.rng.choice([.5, 1, 1.5]), vacuum=False)
        self.rest("on PostgreSQL")
        self.source.go_on()
        self.target.go_on()
        if self.rng.random() < .7:
            self.switch("return")
            self.trouble(.5, vacuum=True)
            self.rest("returned")
        else:
            self.kill_daemon(signal.SIGTERM)
            self.switch("finish")
            self.switches -= 1
            self.source.pause()
            self.target.pause()
        self.judge()

    def judge(self):
        source, target = self.source.commits, self.target.commits
        changes = app.side_changes(source.values(), target.values())
        assert changes <= self.switches, f"{changes} changes of side, but {self.switches} switches: both were writable"
        connection = libpq.Connection(self.url)
        kept = {int(number) for (number,) in connection.execute("SELECT id FROM probe")}
        connection.close()
        lost = (set(source) | set(target)) - kept
        assert not lost, f"acknowledged writes are gone: {sorted(lost)[:10]}"
        assert not self.source.unexpected, f"SQLite's application saw {self.source.unexpected[:3]}"
        assert not self.target.unexpected, f"PostgreSQL's application saw {self.target.unexpected[:3]}"
        self.tell("judged:",
                  f"{len(source)} + {len(target)} probes, {self.source.refusals} + {self.target.refusals} refusals")

    def last_words(self):
        log = self.folder / "sync.log"
        return self.story + [f"sync: {line}" for line in (log.read_text().splitlines()[-15:] if log.exists() else ())]

    def end(self, keep):
        for writer in (self.source, self.target):
            if writer.is_alive():
                writer.go_on()
                writer.stop()
        self.kill_daemon()
        super().end(keep)


seeds.main(Life, "1-3")
