#!/usr/bin/python3
"""tools/count-tests against logs that a real Meson has just written."""
import pathlib
import subprocess
import sys
import tempfile

COUNT = pathlib.Path(__file__).resolve().parent.parent.parent / "tools/count-tests"
PROJECT = r"""
project('tiny')
sh = find_program('sh')
test('mixed', sh, protocol: 'tap', args: ['-c',
    '''printf '1..3\nok 1 - fine\nnot ok 2 - wrong\n# because \001\nok 3 - no # SKIP here\n'
  exit 1'''])
test('crashed', sh, protocol: 'tap', args: ['-c', 'echo 1..2; echo "ok 1 - fine"; echo "last words" >&2; kill -9 $$'])
test('long', sh, args: ['-c', 'seq 100000 100500; exit 3'])
test('good', sh, args: ['-c', 'echo nobody asks'])
"""
results = []


def check(sentence, condition, what):
    results.append(bool(condition))
    print(f"{'ok' if condition else 'not ok'} {len(results)} - {sentence}")
    if not condition:
        print("#", *str(what).splitlines(), sep="\n# ")


def count(*paths):
    done = subprocess.run([sys.executable, COUNT, *paths], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


with tempfile.TemporaryDirectory(prefix="outgrow-count.") as folder:
    build = pathlib.Path(folder) / "build"
    (pathlib.Path(folder) / "meson.build").write_text(PROJECT)
    subprocess.run(["meson", "setup", build, folder], check=True, capture_output=True)
    subprocess.run(["meson", "test", "-C", build], check=False, capture_output=True)
    print("1..6")
    code, lines = count(build)
    check("tests that passed and failed are added up, one that crashed among them",
          (code, lines[-1]) == (1, "3 passed, 3 failed"), lines)
    text = "\n".join(lines)
    check("a failed test is named, with its reason", "not ok: 2 - wrong" in text and "# because" in text, text)
    check("of one that crashed the last words are shown", "status -9" in text and "last words" in text, text)
    check("of much output the end is shown, and how much came before",
          "100500" in text and "100400" not in text and "lines before]" in text, text)
    check("what has passed is left out", "good" not in text and "fine" not in text, text)
    code, lines = count(build / "nothing.junit.xml")
    check("a log that was never written is a failure", code == 1 and lines[-1] == "0 passed, 1 failed", lines)
sys.exit(0 if all(results) else 1)
