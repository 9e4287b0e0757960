#!/usr/bin/python3
"""Random databases, moved: for each seed one SQLite file of random tables and values, inspected, planned,
migrated with random options (killed now and then, and begun again) and verified. What arrived is
compared by oracle.py, which knows nothing of outgrow's rules; then single cells are changed by the
smallest step there is, and verify must notice. A seed that failed is repeated with --seeds N.

TAP on standard output; the program under test is $OUTGROW."""
import hashlib
import json
import pathlib
import shutil
import signal
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / folder) for folder in ("e2e", "live")]
import edits
import libpq
import objects
import oracle
import planted
import schema
import seeds
from seeds import happened


def digests(path):
    """A -wal without a byte is what a killed reader of a file in WAL mode leaves behind."""
    return {suffix: hashlib.sha256(content).hexdigest() for suffix in ("", "-wal")
            if (file := pathlib.Path(f"{path}{suffix}")).exists() and (content := file.read_bytes())}


class Trial(seeds.Seed):
    def check_source(self, before):
        now = digests(self.path)
        assert now == before, f"the source was written to: {before} -> {now}"

    def outgrow(self, *arguments, kill_after=None, codes=(0, 7)):
        """Standard output, or None of what was killed."""
        process = self.start(*arguments)
        if kill_after is not None:
            time.sleep(kill_after)
            process.kill()
        out, err = self.finish(process, arguments)
        code = process.returncode
        self.story.append(f"{' '.join(map(str, arguments[:-2]))}: exit code {code}")
        happened[f"{arguments[0]}: exit code {code}"] += 1
        if code == -signal.SIGKILL and kill_after is not None:
            return None
        assert code in codes, f"{arguments}: exit code {code}\n{err[-1500:]}\n{self.faults(out)}"
        self.code = code
        return out

    @staticmethod
    def only_too_large(report):
        """Keys too long for an index of PostgreSQL, of which it had been said, or numbers that an indexed
        expression takes beyond bigint: the rows are there."""
        failed = [step["reason"] for step in report["failed_steps"]]
        known = ("index row ", "bigint out of range", "there is no unique constraint matching")  # what follows
        return (not report["differences"] and any(r.startswith(known[:2]) for r in failed)
                and all(r.startswith(known) for r in failed)
                and (report["warnings"] or not any(r.startswith(known[0]) for r in failed)))

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
        edited = edits.Plan(plan)
        if rng.random() < .6:
            if rng.random() < .8:
                edited = edits.Edits(rng, plan, oracle.Source(copy))
                self.story += edited.story
            (self.folder / "plan.yaml").write_text(edited.text())
            options = ["--plan", self.folder / "plan.yaml"]
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
            self.outgrow("migrate", *jobs, *options, self.path, self.url, kill_after=rng.random() * .5, codes=(0, 6, 7))
        report = json.loads(self.outgrow("migrate", "--json", *jobs, *options, self.path, self.url, codes=(0, 6, 7)))
        code = self.code
        assert code != 6 or self.only_too_large(report), f"migrate: exit code 6\n{self.faults(json.dumps(report))}"
        connection = libpq.Connection(self.url)
        try:
            move = oracle.Move(copy, connection, report, edited)
            faults = move.compare() or objects.Objects(move).compare()
            assert not faults, "\n".join(faults)
            self.outgrow("verify", "--json", self.path, self.url, codes=(code,))
            for _ in range(2):
                self.plant(connection, report, code, edited)
        finally:
            connection.close()
        self.check_source(before)

    def plant(self, connection, report, code, plan):
        change = planted.plant(self.rng, connection, report, plan)
        if change is None:
            return
        self.story.append(f"planted: {change.words}")
        happened[f"planted: {change.kind}"] += 1
        found = json.loads(self.outgrow("verify", "--json", "--jobs", self.rng.choice((1, 2)), self.path, self.url,
                                        codes=(6,)))
        assert any(d["kind"] != "not carried" for d in found["differences"]), f"not found: {change.words}"
        change.undo()


seeds.main(Trial, "1-20")
