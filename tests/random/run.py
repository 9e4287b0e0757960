#!/usr/bin/python3
"""Random databases, moved: for each seed one SQLite file of random tables and values, inspected, planned,
migrated with random options (killed now and then, and begun again) and verified. What arrived is
compared by oracle.py, which knows nothing of outgrow's rules; then single cells are changed by the
smallest step there is, and verify must notice. A seed that failed is repeated with --seeds N.

TAP on standard output; the program under test is $OUTGROW."""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "live")]
import libpq
import objects
import oracle
import planted
import schema
from harness import OUTGROW, Server

happened = collections.Counter()
PATIENCE_S = 300


def digests(path):
    return {suffix: hashlib.sha256(file.read_bytes()).hexdigest() for suffix in ("", "-wal")
            if (file := pathlib.Path(f"{path}{suffix}")).exists()}


class Trial:
    def __init__(self, server, folder, number):
        self.server, self.folder, self.number = server, folder, number
        self.rng = random.Random(number)
        self.path = folder / "app.db"
        self.database = f"r{number}"
        self.url = server.url(self.database)
        self.story = []
        home = folder / "home"
        home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_DATA_HOME": str(home),
                            "LC_ALL": "C.UTF-8",
                            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        server.psql("postgres", f"CREATE DATABASE {self.database} STRATEGY file_copy")

    def check_source(self, before):
        assert digests(self.path) == before, "the source was written to"

    def outgrow(self, *arguments, kill_after=None, codes=(0, 7)):
        """Standard output, or None of what was killed."""
        process = subprocess.Popen([OUTGROW, *map(str, arguments)], env=self.environment, cwd=self.folder,
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{arguments} hangs: {err}") from None
        assert "Sanitizer" not in err, err
        code = process.returncode
        self.story.append(f"{' '.join(map(str, arguments[:-2]))}: exit code {code}")
        happened[f"{arguments[0]}: exit code {code}"] += 1
        if code == -signal.SIGKILL and kill_after is not None:
            return None
        assert code in codes, f"{arguments}: exit code {code}\n{err[-1500:]}\n{self.faults(out)}"
        self.code = code
        return out

    @staticmethod
    def only_too_long(report):
        """Keys too long for an index of PostgreSQL: the rows are there, and it had been said."""
        failed = [step["reason"] for step in report["failed_steps"]]
        known = ("index row ", "there is no unique constraint matching")  # the second follows from the first
        return (not report["differences"] and report["warnings"] and any(r.startswith(known[0]) for r in failed)
                and all(r.startswith(known) for r in failed))

    @staticmethod
    def faults(out):
        try:
            report = json.loads(out)
        except ValueError:
            return out[-2000:]
        return json.dumps({k: report.get(k) for k in ("failed_steps", "not_valid", "differences", "outcome",
            "warnings")}, indent=1)[:6000]

    def options(self):
        rng = self.rng
        options = ["--types", rng.choice(("faithful", "faithful", "evolve"))]
        for name, values in (("names", ("fold", "keep")), ("bad-text", ("bytea", "strip"))):
            if rng.random() < .35:
                options += [f"--{name}", rng.choice(values)]
        if rng.random() < .2:
            options += ["--schema", rng.choice(("other", "Odd \"s", "select"))]
        return options

    def units(self, plan):
        """What numbers count in columns of moments."""
        units, table = {}, None
        for line in plan.split("\n"):
            if match := re.match(r"  - (?:\{)?from: (.+?)\s*(#.*)?$", line):
                table = self.word(match[1]).split(".", 1)[1]
            elif match := re.match(r'      ("(?:[^"\\]|\\.)*"|[^:]+): \{.*\bepoch: (\w+)', line):
                units[table, self.word(match[1])] = match[2]
        return units

    @staticmethod
    def word(text):
        """A YAML scalar: in quotes much as JSON has it."""
        return json.loads(re.sub(r"\\\\|\\x", lambda m: m[0].replace("\\x", "\\u00"),
                                 text)) if text.startswith('"') else text

    def run(self):
        rng = self.rng
        self.story += schema.Generator(rng, self.path).make()
        before = digests(self.path)
        copy = self.folder / "copy.db"  # for the oracle: nobody but outgrow touches the file itself
        for suffix in before:
            shutil.copyfile(f"{self.path}{suffix}", f"{copy}{suffix}")
        options = self.options()
        self.outgrow("inspect", "--json", *options[:2], self.path)
        plan = self.outgrow("plan", *options, self.path)
        self.check_source(before)
        jobs = ["--jobs", rng.choice((1, 2, 4))]
        if rng.random() < .3:
            (self.folder / "plan.yaml").write_text(plan)
            options = ["--plan", self.folder / "plan.yaml"]
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
            self.outgrow("migrate", *jobs, *options, self.path, self.url, kill_after=rng.random() * .5)
        report = json.loads(self.outgrow("migrate", "--json", *jobs, *options, self.path, self.url, codes=(0, 6, 7)))
        code = self.code
        assert code != 6 or self.only_too_long(report), f"migrate: exit code 6\n{self.faults(json.dumps(report))}"
        connection = libpq.Connection(self.url)
        try:
            move = oracle.Move(copy, connection, report, self.units(plan))
            faults = move.compare() or objects.Objects(move).compare()
            assert not faults, "\n".join(faults)
            self.outgrow("verify", "--json", self.path, self.url, codes=(code,))
            for _ in range(2):
                self.plant(connection, report, code)
        finally:
            connection.close()
        self.check_source(before)

    def plant(self, connection, report, code):
        change = planted.plant(self.rng, connection, report)
        if change is None:
            return
        self.story.append(f"planted: {change.words}")
        happened[f"planted: {change.kind}"] += 1
        found = json.loads(self.outgrow("verify", "--json", "--jobs", self.rng.choice((1, 2)), self.path, self.url,
                                        codes=(6,)))
        assert any(d["kind"] != "not carried" for d in found["differences"]), f"not found: {change.words}"
        change.undo()

    def end(self):
        self.server.psql("postgres", f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")


def one_seed(server, scratch, number, keep):
    folder = scratch / f"r{number}"
    folder.mkdir(mode=0o755)
    trial, failure = None, None
    try:
        trial = Trial(server, folder, number)
        trial.run()
    except Exception:  # whatever happens is that seed's failure
        failure = traceback.format_exc()
    print(f"{'not ok' if failure else 'ok'} - seed {number}")
    if failure:
        for line in failure.splitlines() + (trial.story if trial else []):
            print("#", line.encode("utf-8", "replace").decode().replace("\n", "\n# "))
    sys.stdout.flush()
    if server.process is None or server.process.poll() is not None:
        server.start()
    if trial and not (keep and failure):
        trial.end()
    if not (keep and failure):
        shutil.rmtree(folder, ignore_errors=True)
    return failure is None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="1-20", help="N or FIRST-LAST")
    parser.add_argument("--keep", action="store_true", help="keep the files of seeds that failed")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("-")
    numbers = range(int(first), int(last or first) + 1)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="outgrow-random."))
    scratch.chmod(0o755)
    (scratch / "pg").mkdir()
    server, bad = Server(scratch / "pg"), 0
    print(f"1..{len(numbers)}")
    try:
        for number in numbers:
            bad += not one_seed(server, scratch, number, arguments.keep)
    finally:
        server.stop()
        if not (arguments.keep and bad):
            shutil.rmtree(scratch, ignore_errors=True)
    for what, times in happened.most_common():
        print(f"# {times:6} x {what}")
    print(f"# {len(numbers) - bad} of {len(numbers)} seeds without a difference")
    sys.exit(1 if bad else 0)


main()
