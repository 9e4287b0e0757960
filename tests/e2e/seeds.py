"""seeds: a test that is made out of a number, tried for many numbers: TAP on standard output, and behind it
what happened how often. A seed that failed is repeated with --seeds N; --keep leaves its files."""
import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

from harness import OUTGROW, Server

happened = collections.Counter()
PATIENCE_S = 300  # for what takes a second or two on an idle machine


class Seed:
    """One number's test: a folder and a database of its own. What is made of it is run()."""

    def __init__(self, server, folder, number):
        self.server, self.folder, self.number = server, folder, number
        self.rng = random.Random(number)
        self.path = folder / "app.db"
        self.database = f"s{number}"
        self.url = server.url(self.database)
        self.story = []
        home = folder / "home"
        home.mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_DATA_HOME": str(home),
                            "LC_ALL": "C.UTF-8",
                            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        server.psql("postgres", f"CREATE DATABASE {self.database} STRATEGY file_copy")

    def start(self, *arguments, **streams):
        """The program, with its standard output and error in a pipe unless told otherwise."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen([OUTGROW, *map(str, arguments)], env=self.environment, cwd=self.folder,
                                stdin=subprocess.DEVNULL, text=True, errors="replace", **streams)

    @staticmethod
    def finish(process, what):
        """What it wrote to both pipes."""
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{what} hangs: {out} {err}") from None
        assert "Sanitizer" not in (err or out), err or out
        return out, err

    def run(self):
        raise NotImplementedError

    def last_words(self):
        """More lines to tell when it failed."""
        return self.story

    def end(self, keep):
        """Called always; the database stays when it is to be looked at."""
        if not keep:
            self.server.psql("postgres", f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")


def try_one(kind, server, scratch, number, keep):
    folder = scratch / f"s{number}"
    folder.mkdir(mode=0o755)
    seed, failure = None, None
    try:
        seed = kind(server, folder, number)
        seed.run()
    except Exception:  # whatever happens is that seed's failure
        failure = traceback.format_exc()
    print(f"{'not ok' if failure else 'ok'} - seed {number}")
    if failure:
        for line in failure.splitlines() + (seed.last_words() if seed else []):
            print("#", line.encode("utf-8", "replace").decode().replace("\n", "\n# "))
    sys.stdout.flush()
    if server.process is None or server.process.poll() is not None:
        server.start()
    keep = keep and failure is not None
    if seed:
        seed.end(keep)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return failure is None


def main(kind, seeds):
    """Tries the class `kind` with the seeds of the command line, or of `seeds`, and exits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default=seeds, help="N or FIRST-LAST")
    parser.add_argument("--keep", action="store_true", help="keep the files of seeds that failed")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("-")
    numbers = range(int(first), int(last or first) + 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="outgrow-seeds."))
    scratch.chmod(0o755)
    server, bad = None, 0
    print(f"1..{len(numbers)}", flush=True)
    try:
        (scratch / "pg").mkdir()
        server = Server(scratch / "pg")
        for number in numbers:
            bad += not try_one(kind, server, scratch, number, arguments.keep)
    finally:
        if server:
            server.stop()
        if arguments.keep and bad:
            print(f"# kept: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    for what, times in happened.most_common():
        print(f"# {times:6} x {what}")
    print(f"# {len(numbers) - bad} of {len(numbers)} seeds without a difference")
    sys.exit(1 if bad else 0)
