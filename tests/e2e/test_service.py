#!/usr/bin/python3
"""The systemd unit of outgrow sync: systemd takes it, and what it starts is a command that exists."""
import configparser
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from harness import OUTGROW, TIMEOUT_S, Skip, check, equal, run, test
from live_move import begin, same, seed, write_source
from stall import must_see

UNIT = pathlib.Path(os.environ.get("SYNC_UNIT", "outgrow-sync@.service"))


def sections():
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string(UNIT.read_text())
    return parser


def need_unit():
    if not UNIT.exists():
        raise Skip("SYNC_UNIT does not name the unit")


@test("systemd has nothing to say against the unit")
def _(t):
    need_unit()
    if not shutil.which("systemd-analyze"):
        raise Skip("there is no systemd-analyze")
    program = shutil.which(OUTGROW)
    text = re.sub(r"^ExecStart=\S+", f"ExecStart={os.path.abspath(program)}", UNIT.read_text(), flags=re.M)
    copy = t.folder / "outgrow-sync@app.service"
    copy.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy], capture_output=True,
                          text=True, timeout=60, env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"})
    about = [line for line in done.stderr.splitlines() if "outgrow-sync" in line]
    equal(about, [])


@test("what it starts keeps both sides in step, with the target from DATABASE_URL, and ends on SIGTERM with 0 or 130")
def _(t):
    need_unit()
    path = seed(t)
    begin(t, path)
    words = shlex.split(sections()["Service"]["ExecStart"])
    equal(os.path.basename(words[0]), "outgrow")
    arguments = [str(path) if word == "${SOURCE}" else word for word in words[1:]]
    write_source(path, "INSERT INTO users (name) VALUES ('by the service')")
    process = t.popen(*arguments, env={"DATABASE_URL": t.target})
    try:
        must_see(lambda: t.psql("SELECT count(*) FROM users WHERE name = 'by the service'") == "1", process, "a round")
        same(t, path)
        process.terminate()
        out, err = process.communicate(timeout=TIMEOUT_S)
        check(process.returncode in (0, 130), process.returncode, err)
    finally:
        process.kill()


run()
