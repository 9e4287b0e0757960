#!/usr/bin/env python3
"""Measures outgrow against the ceiling and against other tools, side by side in one
run, and prints ratios: `make bench`, or bench.py --help.

All variants of a round run one after the other, every other round backwards, on a
database made anew each time; what is printed is the median of the rounds' own
ratios, so that a machine whose speed drifts does not matter."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import peers

SETS = {"A": ("agents", 2_000_000, "agents"), "B": ("numbers", 5_000_000, "numbers"),
        "C": ("wide", 50_000, "documents"), "D": ("many", 200, None)}


class Server:
    """The private PostgreSQL of a temporary user."""

    def __init__(self, outgrow, folder):
        self.outgrow = outgrow
        self.environment = {**os.environ, "XDG_DATA_HOME": folder}
        self.environment.pop("DATABASE_URL", None)
        self.call("pg", "start")
        self.base = self.call("pg", "url").strip()

    def call(self, *arguments):
        done = subprocess.run([self.outgrow, *arguments], env=self.environment, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout

    def url(self, database):
        return self.base.replace("/outgrow?", f"/{database}?", 1)

    def sql(self, statement, database="outgrow"):
        subprocess.run(["psql", self.url(database), "-qAtv", "ON_ERROR_STOP=1", "-c", statement],
                       env={**self.environment, "PGOPTIONS": "-c client_min_messages=warning"},
                       check=True, stdout=subprocess.DEVNULL)

    def fresh(self, database):
        self.sql(f"drop database if exists {database} with (force)")
        self.sql(f"create database {database}")
        self.sql("checkpoint")

    def stop(self):
        self.call("pg", "stop")


class PeakMemory(threading.Thread):
    """Largest RssAnon of a process, sampled; pages of files do not count."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak_kb, self.over = pid, 0, False
        self.start()

    def run(self):
        while not self.over:
            try:
                with open(f"/proc/{self.pid}/status") as status:
                    for line in status:
                        if line.startswith("RssAnon"):
                            self.peak_kb = max(self.peak_kb, int(line.split()[1]))
            except OSError:
                return
            time.sleep(0.005)


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.build = options.build
        self.outgrow = os.path.join(self.build, "src/cli/outgrow")
        subprocess.run(["ninja", "-C", self.build, "src/cli/outgrow",
                        *(f"bench/bench_{name}" for name in ("generate", "scan", "ceiling"))],
                       check=True, stdout=subprocess.DEVNULL)
        self.server = Server(self.outgrow, folder)
        self.memory_kb = {}

    def program(self, name):
        return os.path.join(self.build, "bench", f"bench_{name}")

    def make(self, letter):
        kind, rows, _ = SETS[letter]
        rows = max(1, int(rows * self.options.scale)) if letter != "D" else rows
        file = os.path.join(self.folder, f"{letter}.db")
        subprocess.run([self.program("generate"), kind, file, str(rows)], check=True)
        return file

    def migrate(self, file, jobs, database="bench"):
        """One whole migration; its report, with the seconds of the whole process added."""
        self.server.fresh(database)
        command = [self.outgrow, "migrate", file, self.server.url(database), "--json", "--quiet",
                   "--jobs", str(jobs)]
        began = time.monotonic()
        with subprocess.Popen(command, env=self.server.environment, stdout=subprocess.PIPE) as process:
            memory = PeakMemory(process.pid)
            report = json.loads(process.stdout.read())
        memory.over = True
        report["wall"] = time.monotonic() - began
        self.memory_kb[(file, jobs)] = max(memory.peak_kb, self.memory_kb.get((file, jobs), 0))
        snapshot = report["source"]["snapshot"]
        if os.path.exists(snapshot):
            os.unlink(snapshot)
        return report

    def ceiling(self, table, encoded, connections):
        self.server.sql(f"drop table if exists ceiling; create table ceiling (like {table}); checkpoint",
                        "prepared")
        out = subprocess.run([self.program("ceiling"), self.server.url("prepared"), "ceiling", encoded,
                              str(connections)], check=True, capture_output=True, text=True)
        return float(out.stdout)

    def prepare_ceiling(self, file, table):
        self.migrate(file, 2, "prepared")
        encoded = os.path.join(self.folder, "encoded")
        with open(encoded, "wb") as out:
            subprocess.run(["psql", self.server.url("prepared"), "-qc",
                            f"\\copy {table} to stdout (format binary)"], check=True, stdout=out)
        return encoded

    def peer(self, function, file, with_tables):
        self.server.fresh("bench")
        if with_tables:
            ddl = subprocess.run([self.outgrow, "migrate", "--dry-run", file, self.server.url("bench")],
                                 env=self.server.environment, capture_output=True, text=True).stdout
            tables = "\n".join(block for block in ddl.split(";\n") if "CREATE TABLE" in block
                               for block in [block[block.index("CREATE TABLE"):] + ";"])
            self.server.sql(tables, "bench")
        return function(file, self.server.url("bench"), self.folder)


def phase(report, name):
    return sum(p["seconds"] for p in report["phases"] if p["name"] == name)


def variants(bench, letter, file):
    """name -> function that gives {figure: seconds}."""
    table = SETS[letter][2]

    def migrated(jobs):
        report = bench.migrate(file, jobs)
        return {f"migrate {jobs}": report["wall"], f"copy {jobs}": phase(report, "copy"),
                f"verify {jobs}": phase(report, "verify"), f"inspect {jobs}": phase(report, "inspect")}

    result = {"migrate 1": lambda: migrated(1), "migrate 2": lambda: migrated(2),
              "scan": lambda: {"scan": float(subprocess.run(
                  [bench.program("scan"), file], check=True, capture_output=True, text=True).stdout)}}
    if table is not None:
        encoded = bench.prepare_ceiling(file, table)
        for connections in (1, 2):
            result[f"ceiling {connections}"] = lambda n=connections: {
                f"ceiling {n}": bench.ceiling(table, encoded, n)}
    if bench.options.peers:
        result["pgloader"] = lambda: {"pgloader": bench.peer(peers.pgloader, file, False)}
        if letter == "A":
            result["csv"] = lambda: {"csv": bench.peer(peers.sqlite_csv, file, True)}
            result["inserts"] = lambda: {"inserts": bench.peer(peers.psycopg2_batches, file, True)}
    return result


RATIOS = [  # figure, divided by, sets, goal, better when
    ("copy 1", "ceiling 1", "ABC", 1.08, "<="), ("copy 2", "ceiling 1", "A", 0.75, "<="),
    ("pgloader", "migrate 2", "A", 3, ">="), ("pgloader", "migrate 2", "B", 5, ">="),
    ("pgloader", "migrate 2", "D", 20, ">="), ("csv", "copy 2", "A", None, ">="),
    ("inserts", "copy 2", "A", 15, ">="), ("verify 2", "copy 2", "ABC", 0.6, "<="),
    ("inspect 1", "scan", "ABC", 1.6, "<="),
]


def print_ratios(letter, rounds):
    for above, below, sets, goal, direction in RATIOS:
        pairs = [(r.get(above), r.get(below)) for r in rounds]
        ratios = [a / b for a, b in pairs if a and b]
        if letter not in sets or not ratios:
            continue
        middle = statistics.median(ratios)
        met = goal is None or (middle <= goal if direction == "<=" else middle >= goal)
        wanted = "" if goal is None else f"goal {direction} {goal}  {'met' if met else 'MISSED'}"
        print(f"  {above + ' / ' + below:<24}{middle:8.2f}  [{min(ratios):.2f} - {max(ratios):.2f}]"
              f"  {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the Meson build directory")
    parser.add_argument("--sets", default="ABCD")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the rows of sets A, B and C")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="outgrow-bench-")
    os.chmod(folder, 0o755)
    bench = Bench(options, folder)
    try:
        for letter in options.sets:
            measure(bench, letter)
    finally:
        bench.server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(bench, letter):
    file = bench.make(letter)
    print(f"set {letter}: {os.path.getsize(file) / 1e6:.0f} MB", flush=True)
    todo = variants(bench, letter, file)
    rounds = []
    for number in range(bench.options.rounds):
        figures = {}
        order = list(todo.values())
        for run in order if number % 2 == 0 else reversed(order):
            figures.update(run())
        rounds.append(figures)
        print("  round", number + 1, {k: round(v, 3) if v else v for k, v in figures.items()},
              file=sys.stderr, flush=True)
    print_ratios(letter, rounds)
    for (path, jobs), peak in bench.memory_kb.items():
        if path == file:
            print(f"  own memory at its peak, {jobs} jobs: {peak / 1024:.1f} MB")
    if letter == "D":
        print(f"  whole migration: {statistics.median(r['migrate 2'] for r in rounds):.2f} s (goal <= 3 s)")
    os.unlink(file)


if __name__ == "__main__":
    main()
