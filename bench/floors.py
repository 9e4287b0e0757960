"""What no program can beat on this machine: the server's own part, done by nothing but psql
and the ceiling. Each function prepares, and gives a function that returns seconds."""
import os
import subprocess
import time

PARTS = 16  # of a table, for each connection: as the comparison cuts it
HALVES = "*[02468]", "*[13579]"  # of set D, by the last digit of a table's name


def side_by_side(url, scripts, options=()):
    """A psql for each script, all at once; what they print is thrown away."""
    processes = [subprocess.Popen(["psql", url, "-qXv", "ON_ERROR_STOP=1", *options, "-f", script],
                                  stdout=subprocess.DEVNULL) for script in scripts]
    if any([process.wait() for process in processes]):
        raise SystemExit(f"psql failed at {' or '.join(scripts)}")


def timed(function, *arguments):
    began = time.monotonic()
    function(*arguments)
    return time.monotonic() - began


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def reading(bench, table, connections):
    """All rows of a table as the comparison asks for them: COPY TO, part by part."""
    pages = int(bench.server.ask(f"select pg_relation_size('{table}') / 8192", "prepared"))
    count = PARTS * connections
    parts = [f"COPY (SELECT * FROM {table} WHERE ctid >= '({pages * i // count},0)'"
             f" AND ctid < '({pages * (i + 1) // count},0)') TO STDOUT (FORMAT binary);\n" for i in range(count)]
    scripts = [write(os.path.join(bench.folder, f"read{connections}-{i}.sql"), "".join(parts[i::connections]))
               for i in range(connections)]
    return lambda: timed(side_by_side, bench.server.url("prepared"), scripts)


def dump(bench, name, *options):
    """Of the migrated database, without our journal."""
    script = os.path.join(bench.folder, name)
    subprocess.run(["pg_dump", bench.server.url("prepared"), "-xO", "--exclude-schema=outgrow", f"--file={script}",
                    *options], check=True)
    return script


def whole(bench, file, table):
    """Everything that must be in the target in the end: the ceiling's copy over two connections, then the same
    keys and indexes. Of many small tables (`table` is None) their finished script: whole, and in two halves."""
    if table is None:
        bench.migrate(file, 2, database="prepared")
        scripts = {1: [dump(bench, "all.sql")],
                   2: [dump(bench, f"half{i}.sql", f"--table={half}") for i, half in enumerate(HALVES)]}
        return {n: lambda n=n: in_new_database(bench, lambda url: timed(side_by_side, url, scripts[n], ["-1"]))
                for n in scripts}
    encoded = bench.prepare_ceiling(file, table)
    before, after = (dump(bench, f"{section}.sql", f"--section={section}") for section in ("pre-data", "post-data"))

    def run(url):
        return (timed(side_by_side, url, [before]) + bench.send(url, table, encoded, 2)
                + timed(side_by_side, url, [after]))
    return {2: lambda: in_new_database(bench, run)}


def in_new_database(bench, run):
    bench.server.fresh("bench")
    return run(bench.server.url("bench"))
