#!/usr/bin/python3
"""Instructions that a row costs, counted by valgrind on a fixed file, against the numbers recorded in
instructions.json. Counts, not seconds: the same on a busy machine, about the same on another one.

Slower on purpose, or faster and here to stay? Run with --record and commit the file."""
import json
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import uuid

from harness import OUTGROW, Skip, check, run, test

RECORD = pathlib.Path(__file__).parent / "instructions.json"
ROWS = 10_000
BOUND = 1.5  # another compiler, another libsqlite3, another processor's memcpy
WORDS = "agent planner search tool memory retry summary report café build deploy 日本 delta schema 🚀".split()
RECORDING = "--record" in sys.argv
found = {}


def make(path, rows):
    """The same rows every time: a table as an agent platform writes it."""
    chance = random.Random(4711)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE agents (id TEXT PRIMARY KEY, name TEXT NOT NULL, config JSON, created_at TEXT NOT NULL,"
               " updated_at DATETIME, tokens INTEGER, cost REAL, active BOOLEAN, notes TEXT)")
    for _ in range(rows):
        words = chance.choices(WORDS, k=8)
        when = f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:05:09.250Z"
        db.execute("INSERT INTO agents VALUES (?,?,?,?,?,?,?,?,?)", (
            str(uuid.UUID(int=chance.getrandbits(128), version=4)), " ".join(words[:3]),
            json.dumps({"model": words[0], "max": chance.randint(1, 8000), "tags": words[3:5], "p": 0.5},
                       ensure_ascii=False),
            when, when.replace("T", " ")[:19] if chance.random() < 0.9 else None, chance.randint(0, 200000),
            chance.random() * 25, chance.randint(0, 1), " ".join(words) if chance.random() < 0.5 else None))
    db.commit()
    db.close()
    return path


def make_numbers(path, rows):
    chance = random.Random(4711)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, x REAL)")
    db.executemany("INSERT INTO numbers VALUES (?,?,?,?)", (
        (n, chance.randint(0, 999), chance.getrandbits(40), chance.random()) for n in range(1, rows + 1)))
    db.commit()
    db.close()
    return path


def count(t, arguments, inside=()):
    """Instructions of a run of the program; `inside`: only while in these functions."""
    if shutil.which("valgrind") is None:
        raise Skip("valgrind is not installed")
    if "asan" in subprocess.run(["ldd", shutil.which(OUTGROW)], capture_output=True, text=True).stdout:
        raise Skip("the sanitizers and valgrind exclude each other")
    out = t.folder / "callgrind.out"
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                           *(f"--toggle-collect={name}" for name in inside), OUTGROW, *map(str, arguments)],
                          env=t.environment, capture_output=True, text=True, timeout=1200)
    check(done.returncode == 0, done.stderr[-2000:])
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def judge(what, instructions):
    per_row = round(instructions / ROWS)
    found[what] = per_row
    print(f"# {what}: {per_row} instructions a row", flush=True)
    if RECORDING:
        recorded = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        RECORD.write_text(json.dumps(recorded | found, indent=2) + "\n")
    recorded = json.loads(RECORD.read_text())[what]
    check(per_row <= recorded * BOUND, f"{what}: {per_row} instructions a row; {recorded} are recorded")
    check(per_row * BOUND >= recorded, f"{what}: only {per_row} instructions a row, {recorded} are recorded: "
          "faster, and worth recording, or something is not done any more")


@test("inspecting a row costs what it did")
def _(t):
    arguments = ["inspect", "--jobs", "1", "--json", "--quiet"]
    full = count(t, [*arguments, make(t.folder / "rows.db", ROWS)])
    judge("inspect", full - count(t, [*arguments, make(t.folder / "empty.db", 0)]))


@test("copying a row costs what it did")
def _(t):
    source = make(t.folder / "rows.db", ROWS)
    judge("copy", count(t, ["migrate", "--jobs", "1", "--quiet", source, t.target], ["copy_chunk_fast"]))


@test("copying a row of numbers costs what it did")
def _(t):
    source = make_numbers(t.folder / "numbers.db", ROWS)
    judge("copy numbers", count(t, ["migrate", "--jobs", "1", "--quiet", source, t.target], ["copy_chunk_fast"]))


@test("comparing a row costs what it did, on both sides together")
def _(t):
    source = make(t.folder / "rows.db", ROWS)
    t.migrate(source).expect(0)
    judge("verify", count(t, ["verify", "--jobs", "1", "--quiet", source, t.target],
                          ["source_side_read", "target_side_read"]))


@test("comparing a row of numbers costs what it did, of which the server sends but the sum")
def _(t):
    source = make_numbers(t.folder / "numbers.db", ROWS)
    t.migrate(source).expect(0)
    judge("verify numbers", count(t, ["verify", "--jobs", "1", "--quiet", source, t.target],
                                  ["source_side_read", "target_side_read"]))


if RECORDING:
    sys.argv.remove("--record")
run()
