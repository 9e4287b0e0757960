#!/usr/bin/python3
"""Every command in README.md works as it stands there, in its order."""
import os
import re
import shutil
import subprocess

from harness import OUTGROW, ROOT, TIMEOUT_S, check, run, test

# These build the program and run these tests: they are what brought us here.
ELSEWHERE = ("./demo.sh", "./test.sh", "make ", "sudo ", "git clone", "cd outgrow")


def commands():
    text = (ROOT / "README.md").read_text()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"\s+#.*$", "", line).strip()
            if line and not line.startswith(("#",) + ELSEWHERE):
                yield line


@test("every command line in README.md ends with 0, or 7 for the sample's odd rows")
def _(t):
    lines = list(commands())
    check(len(lines) > 8, "only", lines)
    tools = t.folder / "bin"
    tools.mkdir()
    (tools / "outgrow").symlink_to(os.path.abspath(OUTGROW))
    work = t.folder / "work"
    work.mkdir()
    shutil.copytree(ROOT / "examples", work / "examples")
    environment = t.environment | {"PATH": f"{tools}:{os.environ['PATH']}"}
    demo = re.search(r'^"\$outgrow" (migrate .*) "\$sample" ', (ROOT / "demo.sh").read_text(), re.M).group(1)
    for line in ["examples/make-sample-db.py agents.db", f"outgrow {demo} agents.db",
                 *lines]:  # the demo was there before
        done = subprocess.run(["sh", "-c", line], cwd=work, env=environment, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)
        check(done.returncode in (0, 7), line, "->", done.returncode, done.stdout[-2000:], done.stderr[-2000:])


@test("what make offers is told by make help")
def _(t):
    told = subprocess.run(["make", "-s", "-C", ROOT, "help"], text=True, capture_output=True, timeout=TIMEOUT_S)
    check(told.returncode == 0 and "make install: meson install" in told.stdout, told.stdout, told.stderr)
    offered = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M).group(1)
    for name in offered.replace("help ", "").split():
        check(re.search(rf"^make .*\b{name}\b.*: ", told.stdout, re.M), name, told.stdout)


@test("every file and option that README.md and CONTRIBUTING.md name exists")
def _(t):
    helps = t.outgrow("help", "--markdown", "commands").out
    helps += (ROOT / "test.sh").read_text() + (ROOT / "tools/check-format").read_text()
    helps += (ROOT / ".ci/run").read_text() + "--help --version"
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text()
        for path in re.findall(r"`((?:src|tests|tools|docs|examples)/[\w./*-]*\w)`", text):
            if not re.search("NAME|FILE|ROOM", path):  # a placeholder in a recipe
                check(list(ROOT.glob(path)), document, "names", path)
        for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", text):
            check(option in helps, document, "names", option)


run()
