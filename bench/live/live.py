#!/usr/bin/python3
"""live.py — what a live move costs the application: the stall at a cutover, the lag of the target,
the rate of large rounds. Medians and worst of many runs, all in one go on one machine.

An application (a process of its own, sqlite3 of Python) writes single-row transactions at a steady
rate, half inserts, half updates, and times each. `outgrow sync` follows. Then, again and again:
cutover, a moment on PostgreSQL, return. Lag is measured from outside: a row is committed in
SQLite, and PostgreSQL is asked until it is there. Large rounds come last, first there, then back.

The program is $OUTGROW; the server is one of its own in a temporary directory."""
import argparse
import multiprocessing
import os
import pathlib
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/live")]
import libpq
from harness import OUTGROW, Server


def make(path, rows):
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                     "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body TEXT);"
                     "CREATE TABLE mark (id INTEGER PRIMARY KEY, at REAL); BEGIN;")
    db.executemany("INSERT INTO item VALUES (?, ?, ?)", ((i, f"n{i}", "x" * 100) for i in range(1, rows + 1)))
    db.execute("COMMIT")
    db.close()


def write(path, rows, rate, queue, over):
    """Ends at the fence: sends every (moment, seconds) and the moment of the refusal."""
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.execute("PRAGMA synchronous = NORMAL")
    rng, taken, born, done = random.Random(os.getpid()), [], time.monotonic(), 0
    (fresh,) = db.execute("SELECT max(id) FROM item").fetchone()
    refused = None
    while not over.is_set():
        before = time.monotonic()
        if born + done / rate > before:
            time.sleep(.0002)
            continue
        try:
            if done % 2:
                db.execute("UPDATE item SET body = ? WHERE id = ?", (f"{before}", rng.randint(1, rows)))
            else:
                fresh += 1
                db.execute("INSERT INTO item VALUES (?, ?, ?)", (fresh, f"n{fresh}", "y" * 100))
        except sqlite3.Error as error:
            refused = (time.monotonic(), str(error))
            break
        taken.append((before, time.monotonic() - before))
        done += 1
    queue.put((done / (time.monotonic() - born), taken, refused))


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="outgrow-live."))
        self.scratch.chmod(0o755)
        (self.scratch / "pg").mkdir()
        self.server = Server(self.scratch / "pg")
        self.path, self.url = self.scratch / "app.db", self.server.url("postgres")
        self.environment = os.environ | {"XDG_DATA_HOME": str(self.scratch), "HOME": str(self.scratch)}
        self.daemon = None

    def outgrow(self, *words):
        began = time.monotonic()
        done = subprocess.run([OUTGROW, *map(str, words)], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"outgrow {words[0]}: exit code {done.returncode}: {done.stderr}")
        return time.monotonic() - began, done.stdout

    def follow(self):
        self.daemon = subprocess.Popen([OUTGROW, "sync", "--quiet", self.path, self.url], env=self.environment)

    def rest(self):
        self.daemon.terminate()
        self.daemon.wait()

    def start_writer(self):
        queue, over = multiprocessing.Queue(), multiprocessing.Event()
        process = multiprocessing.Process(
            target=write, args=(self.path, self.arguments.rows, self.arguments.rate, queue, over))
        process.start()
        return process, queue, over

    def stalls(self):
        """Of each cutover: the longest that a write had to wait, and what outgrow says of it."""
        found = []
        for number in range(self.arguments.runs):
            process, queue, over = self.start_writer()
            time.sleep(1)
            began = time.monotonic()
            self.outgrow("cutover", "--quiet", self.path, self.url)
            try:
                rate, taken, refused = queue.get(timeout=30)
            finally:
                over.set()
                process.join()
            if refused is None:
                sys.exit("the writer was not fenced")
            during = [took for moment, took in taken if moment + took >= began]
            before = [took for moment, took in taken if moment + took < began]
            found.append((max(during), max(before), rate))
            print(f"  cutover {number + 1}: stall {max(during) * 1e3:.1f} ms, "
                  f"without a cutover {max(before) * 1e3:.1f} ms, "
                  f"{rate:.0f} writes/s", flush=True)
            self.outgrow("return", "--quiet", self.path, self.url)
        return found

    def lags(self):
        process, queue, over = self.start_writer()
        source = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        source.execute("PRAGMA synchronous = NORMAL")
        target = libpq.Connection(self.url)
        found = []
        time.sleep(1)
        for mark in range(1, self.arguments.marks + 1):
            source.execute("INSERT INTO mark VALUES (?, ?)", (mark, time.time()))
            committed = time.monotonic()
            while not target.execute(f"SELECT FROM mark WHERE id = {mark}"):
                time.sleep(.001)
            found.append(time.monotonic() - committed)
            time.sleep(random.random() * .05)
        over.set()
        queue.get()
        process.join()
        return found

    def rate(self):
        """Rows a second: all of what one round has to do, above a round that has nothing to do."""
        busy, _ = self.outgrow("sync", "--once", "--quiet", self.path, self.url)
        idle, _ = self.outgrow("sync", "--once", "--quiet", self.path, self.url)
        return self.arguments.round / (busy - idle)

    def large_round(self):
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute("UPDATE item SET body = body || '.' WHERE id <= ?", (self.arguments.round,))
        db.close()
        return self.rate()

    def large_round_back(self):
        """Between a cutover and a return."""
        self.server.psql("postgres", f"UPDATE item SET body = body || '.' WHERE id <= {self.arguments.round}")
        return self.rate()

    def run(self):
        make(self.path, self.arguments.rows)
        took, _ = self.outgrow("sync", "--once", "--quiet", self.path, self.url)
        print(f"initial copy of {self.arguments.rows:,} rows with proof: {took:.1f} s")
        self.follow()
        time.sleep(1)
        lags = self.lags()
        stalls = self.stalls()
        self.rest()
        rounds = range(self.arguments.rounds)
        there = [self.large_round() for _ in rounds]
        self.outgrow("cutover", "--quiet", self.path, self.url)
        back = [self.large_round_back() for _ in rounds]
        print()
        print("| what | median | worst | goal |\n|---|---|---|---|")
        print(f"| stall of the application at a cutover, {self.arguments.rate} writes/s, {self.arguments.rows:,} rows, "
              f"{len(stalls)} runs | {statistics.median(s[0] for s in stalls) * 1e3:.1f} ms | "
              f"{max(s[0] for s in stalls) * 1e3:.1f} ms | 15 ms, 100 ms |")
        print(f"| the same application's slowest write in the second before | "
              f"{statistics.median(s[1] for s in stalls) * 1e3:.1f} ms | {max(s[1] for s in stalls) * 1e3:.1f} ms | |")
        print(f"| lag, {len(lags)} marks | {statistics.median(lags) * 1e3:.0f} ms | {max(lags) * 1e3:.0f} ms "
              "| 100 ms |")
        for what, rates, goal in ("applied", there, "80,000"), ("brought back", back, ""):
            print(f"| rows {what} a second, {len(rates)} rounds of {self.arguments.round:,} updates | "
                  f"{statistics.median(rates):,.0f} | {min(rates):,.0f} | {goal} |")

    def close(self):
        if self.daemon and self.daemon.poll() is None:
            self.rest()
        self.server.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--marks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=20, help="large ones, in each direction")
    parser.add_argument("--round", type=int, default=200_000, help="updates in a large one")
    bench = Bench(parser.parse_args())
    try:
        bench.run()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
