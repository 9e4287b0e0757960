#!/usr/bin/python3
"""Measures outgrow against the ceiling and against other tools, side by side in one
run, and prints ratios: `make bench`, or bench.py --help.

All variants of a round run one after the other, every other round backwards, on a
database made anew each time; what is printed is the median of the rounds' own
ratios, so that a machine whose speed drifts does not matter."""
import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time

import floors
import peers
from measure import Bench, phase

TABLES = {"A": "agents", "B": "numbers", "C": "documents", "D": None}
WHAT = {"A": "mixed rows as agents write them", "B": "four numbers", "C": "10 KB of text and blob",
        "D": "500 tables of 200 rows"}
PEER_PART = {"A": 0.25, "B": 0.25, "C": 1, "D": 1}  # of the rows, by default: what the slower ones get
INSERTS_PART = 0.05
ROUNDS_MIN, PEER_ROUNDS = 3, 3
SHARE = {"A": 0.55, "B": 0.2, "C": 0.12, "D": 0.13}  # of the time there is
DELAY_S = 0.02  # each way

RATIOS = [  # figure, divided by, sets, goal, better when, words
    ("copy 1", "ceiling 1", "ABC", 1.08, "<=", "rows only, one connection / the ceiling"),
    ("copy 2", "ceiling 1", "A", 0.75, "<=", "rows only, two connections / the ceiling with one"),
    ("copy 2", "ceiling 2", "ABC", None, "<=", "rows only, two connections / the ceiling with two"),
    ("pgloader rows", "peer migrate", "A", 3, ">=", "pgloader's copy alone / whole migrate"),
    ("pgloader rows", "peer migrate", "B", 5, ">=", "pgloader's copy alone / whole migrate"),
    ("pgloader rows", "peer migrate", "D", 20, ">=", "pgloader's copy alone / whole migrate"),
    ("pgloader rows", "peer migrate", "C", None, ">=", "pgloader's copy alone / whole migrate"),
    ("pgloader", "peer migrate", "ABCD", None, ">=", "pgloader with its indexes / whole migrate"),
    ("pgloader rows", "floor 2", "ABD", None, ">=", "pgloader's copy alone / the ceiling with keys and indexes"),
    ("pgloader rows", "floor 1", "D", None, ">=", "pgloader's copy alone / the finished script by one psql"),
    ("peer migrate", "floor 2", "ABD", None, "<=", "whole migrate / the ceiling with keys and indexes"),
    ("csv", "peer copy", "A", None, ">=", "sqlite3 -csv | psql / rows only"),
    ("inserts", "insert copy", "A", 15, ">=", "batches of 1,000 INSERTs / rows only"),
    ("verify 1", "copy 1", "ABC", 0.6, "<=", "verify / copy, one connection"),
    ("verify 2", "copy 2", "ABC", 0.6, "<=", "verify / copy, two connections"),
    ("reading 1", "copy 1", "AC", None, "<=", "the server's COPY TO alone / copy, one connection"),
    ("reading 2", "copy 2", "AC", None, "<=", "the server's COPY TO alone / copy, two connections"),
    ("inspect 1", "scan", "ABC", 1.6, "<=", "inspect every value / a bare scan"),
    ("far copy", "near copy", "A", None, "<=", "rows only, answers 40 ms away / at hand"),
]
RATIO_OF_D = ("migrate 2", 3.0, "whole migrate, seconds")


def migrated(bench, file, jobs, names, host=None):
    """A function that migrates and gives the phases under these names: {phase or "wall": name}."""
    def run():
        report = bench.migrate(file, jobs, host)
        return {name: report["wall"] if key == "wall" else phase(report, key) for key, name in names.items()}
    return run


def own_variants(bench, letter, file):
    """name -> function that gives {figure: seconds}: what all rounds measure."""
    table = TABLES[letter]
    result = {f"migrate {n}": migrated(bench, file, n, {
        "wall": f"migrate {n}", "copy": f"copy {n}", "verify": f"verify {n}", "inspect": f"inspect {n}"})
        for n in (1, 2)}
    result["scan"] = lambda: {"scan": bench.scan(file)}
    if table is not None:
        encoded = bench.prepare_ceiling(file, table)
        for connections in (1, 2):
            result[f"ceiling {connections}"] = lambda n=connections: {
                f"ceiling {n}": bench.ceiling(table, encoded, n)}
            read = floors.reading(bench, table, connections)
            result[f"reading {connections}"] = lambda n=connections, read=read: {f"reading {n}": read()}
    return result


def peer_variants(bench, letter):
    """The others, and outgrow with the same, smaller files."""
    result = {}
    file = bench.make(letter, bench.options.peer_part or PEER_PART[letter], "peer")
    result["peer migrate"] = migrated(bench, file, 2, {"wall": "peer migrate", "copy": "peer copy"})
    result["pgloader rows"] = lambda: {"pgloader rows": bench.peer(peers.pgloader_rows, file, False)}
    result["pgloader"] = lambda: {"pgloader": bench.peer(peers.pgloader, file, False)}
    for connections, floor in floors.whole(bench, file, TABLES[letter]).items() if letter != "C" else ():
        result[f"floor {connections}"] = lambda n=connections, floor=floor: {f"floor {n}": floor()}
    if letter == "A":
        few = bench.make(letter, INSERTS_PART, "few")
        result["csv"] = lambda: {"csv": bench.peer(peers.sqlite_csv, file, True)}
        result["inserts"] = lambda: {"inserts": bench.peer(peers.psycopg2_batches, few, True)}
        result["insert migrate"] = migrated(bench, few, 2, {"copy": "insert copy"})
        for name, delay_s in ("near copy", 0.0), ("far copy", DELAY_S):
            result[name] = lambda name=name, delay_s=delay_s: bench.through_proxy(
                delay_s, lambda host: migrated(bench, file, 2, {"copy": name}, host)())
    return result


def run_rounds(variants, wanted, seconds, least):
    """Rounds of figures, as many as wanted, or as fit into the seconds but at least `least`."""
    rounds, longest, began = [], 0.0, time.monotonic()
    variants = dict(variants)
    while len(rounds) < wanted:
        started = time.monotonic()
        if len(rounds) >= least and started - began + longest > seconds:
            break
        figures = {}
        names = list(variants)
        for name in names if len(rounds) % 2 == 0 else reversed(names):
            got = variants[name]()
            figures.update(got)
            if None in got.values():  # it cannot do it, and would not the next time
                print(f"  {name}: not possible here (missing, or it failed)", flush=True)
                del variants[name]
        rounds.append(figures)
        longest = max(longest, time.monotonic() - started)
        print("  round", len(rounds), {k: round(v, 3) if v else v for k, v in figures.items()}, file=sys.stderr,
              flush=True)
    return rounds


def ratios_of(letter, rounds):
    """(words, median, lowest, highest, goal as text, verdict) of what was measured."""
    for above, below, sets, goal, direction, words in RATIOS:
        pairs = [(r.get(above), r.get(below)) for r in rounds]
        found = [a / b for a, b in pairs if a and b]
        if letter not in sets or not found:
            continue
        middle = statistics.median(found)
        met = goal is None or (middle <= goal if direction == "<=" else middle >= goal)
        yield (words, middle, min(found), max(found), "" if goal is None else f"{direction} {goal}",
               "" if goal is None else "met" if met else "missed")


def measure_set(bench, letter, options, seconds):
    """Lines of results: (set, words, middle, lowest, highest, goal, verdict)."""
    began = time.monotonic()
    bench.server.many_tables = letter == "D"
    file = bench.make(letter, 1 if letter == "D" else options.scale, "whole")
    print(f"set {letter}, {WHAT[letter]}: {os.path.getsize(file) / 1e6:.0f} MB", flush=True)
    peer_rounds = []
    if options.peers:
        peer_rounds = run_rounds(peer_variants(bench, letter), min(PEER_ROUNDS, options.rounds), seconds * 0.4, 1)
    rounds = run_rounds(own_variants(bench, letter, file), options.rounds,
                        seconds - (time.monotonic() - began), min(ROUNDS_MIN, options.rounds))
    lines = [(letter, *line) for line in [*ratios_of(letter, rounds), *ratios_of(letter, peer_rounds)]]
    for jobs in 1, 2:
        peak = bench.memory_kb.get((file, jobs))
        if peak is not None:
            goal = 32 + 4 * jobs
            lines.append((letter, f"own memory at its peak, {jobs} jobs, MB", peak / 1024, peak / 1024, peak / 1024,
                          f"<= {goal}", "met" if peak <= goal * 1024 else "missed"))
    if letter == "D":
        name, goal, words = RATIO_OF_D
        walls = [r[name] for r in rounds]
        middle = statistics.median(walls)
        lines.append((letter, words, middle, min(walls), max(walls), f"<= {goal}",
                      "met" if middle <= goal else "missed"))
    bench.server.drop_old()
    for path in os.listdir(bench.folder):
        if path.endswith(".db"):
            os.unlink(os.path.join(bench.folder, path))
    return lines


def print_lines(lines):
    for _, words, middle, low, high, goal, verdict in lines:
        print(f"  {words:<52}{middle:8.2f}  [{low:.2f} - {high:.2f}]  {goal:<8} {verdict.upper()}", flush=True)


def print_markdown(lines, options):
    """The table of docs/performance.md."""
    print(f"\n{os.cpu_count()} processors, medians of up to {options.rounds} rounds"
          + ("" if options.scale == 1 else f", {options.scale} of the rows") + ".\n")
    print("| set | what | median | lowest - highest | goal | |\n|---|---|---|---|---|---|")
    for letter, words, middle, low, high, goal, verdict in lines:
        goal = goal.replace("<", "\\<").replace(">", "\\>")
        print(f"| {letter} | {words.replace('|', chr(92) + '|')} | {middle:.2f} | {low:.2f} - {high:.2f} | {goal} |"
              f" {verdict} |")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the Meson build directory")
    parser.add_argument("--sets", default="ABCD", help='which: "AD", "A D"')
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=11,
                        help="for all four sets; with less, fewer rounds (but three)")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the rows of sets A, B and C")
    parser.add_argument("--peer-part", type=float,
                        help="part of the rows that the other tools get (sets A and B: 0.25)")
    parser.add_argument("--folder", help="where files and server go; a new one in TMPDIR otherwise")
    parser.add_argument("--markdown", action="store_true", help="end with a table to paste into docs/performance.md")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    options = parser.parse_args()
    options.sets = [c for c in options.sets.upper() if not c.isspace() and c != ","]
    if not options.sets or set(options.sets) - set(TABLES):
        parser.error("--sets: some of A, B, C, D")
    return options


def main():
    options = parse()
    folder = tempfile.mkdtemp(prefix="outgrow-bench-", dir=options.folder)
    os.chmod(folder, 0o755)
    bench, lines = None, []
    try:
        bench = Bench(options, folder)
        for letter in options.sets:
            found = measure_set(bench, letter, options, options.minutes * 60 * SHARE[letter])
            print_lines(found)
            lines += found
    except KeyboardInterrupt:
        print("interrupted; what was measured until then:", file=sys.stderr)
    finally:
        if bench is not None:
            bench.server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if options.markdown:
        print_markdown(lines, options)


if __name__ == "__main__":
    main()
