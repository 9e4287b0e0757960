"""The parts of the benchmark that run things: the server, the program, the ceiling, the others."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from proxy import Proxy  # noqa: E402

KINDS = {"A": ("agents", 2_000_000), "B": ("numbers", 5_000_000), "C": ("wide", 50_000), "D": ("many", 200)}


FREE_MIN = 12e9      # bytes: below that, databases are dropped within a set, too
INODES_REST_S = 45  # see Server.fresh


def phase(report, name):
    return sum(p["seconds"] for p in report["phases"] if p["name"] == name)


class Server:
    """The private PostgreSQL of a temporary user."""

    def __init__(self, outgrow, folder):
        self.outgrow, self.folder = outgrow, folder
        self.made, self.current = 0, {}  # how many databases; what one is called -> the newest of them
        self.dropped_at = -INODES_REST_S
        self.many_tables = False  # in the set that is measured
        self.environment = {**os.environ, "XDG_DATA_HOME": folder}
        for name in [n for n in self.environment if n.startswith(("OUTGROW_", "PG")) or n == "DATABASE_URL"]:
            del self.environment[name]
        self.call("pg", "start")
        self.base = self.call("pg", "url").strip()

    def call(self, *arguments):
        done = subprocess.run([self.outgrow, *arguments], env=self.environment, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout

    def name(self, database):
        return self.current.get(database, database)

    def url(self, database):
        return self.base.replace("/outgrow?", f"/{self.name(database)}?", 1)

    def sql(self, statement, database="outgrow"):
        subprocess.run(["psql", self.url(database), "-qAtv", "ON_ERROR_STOP=1", "-c", statement],
                       env={**self.environment, "PGOPTIONS": "-c client_min_messages=warning"},
                       check=True, stdout=subprocess.DEVNULL)

    def ask(self, query, database="outgrow"):
        return subprocess.run(["psql", self.url(database), "-qAtc", query], env=self.environment, check=True,
                              stdout=subprocess.PIPE, text=True).stdout.strip()

    def fresh(self, database):
        """A new database. The one of this name before is dropped, so that the disk need not write what is
        not needed any more while the next run is measured; but not where tables are many. ext4 does not hand
        out an inode again that was deleted within the last half minute or more, and looks at each of them
        for each new file: right after a database was dropped, the 2,500 files of set D take 1.3 seconds
        instead of 0.25, and whatever is measured would pay for it. There it is left until the end of the
        set. The checkpoint writes out what the run before has left, so that the next one does not have to."""
        if not self.many_tables or shutil.disk_usage(self.folder).free < FREE_MIN:
            self.drop_old(keep=[name for other, name in self.current.items() if other != database])
        self.made += 1
        self.current[database] = f"{database}_{self.made}"
        self.sql(f"create database {self.name(database)}")
        self.sql("checkpoint")
        if self.many_tables:
            time.sleep(max(0.0, self.dropped_at + INODES_REST_S - time.monotonic()))

    def drop_old(self, keep=()):
        names = self.ask("select datname from pg_database where datname ~ '_[0-9]+$'").split()
        for name in names:
            if name not in keep:
                self.sql(f"drop database {name} with (force)")
                self.dropped_at = time.monotonic()

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
        self.options, self.folder, self.build = options, folder, options.build
        self.outgrow = os.path.join(self.build, "src/cli/outgrow")
        subprocess.run(["ninja", "-C", self.build, "src/cli/outgrow",
                        *(f"bench/bench_{name}" for name in ("generate", "scan", "ceiling"))],
                       check=True, stdout=subprocess.DEVNULL)
        self.server = Server(self.outgrow, folder)
        self.memory_kb = {}  # (file, jobs) -> peak

    def program(self, name):
        return os.path.join(self.build, "bench", f"bench_{name}")

    def make(self, letter, part, name):
        kind, rows = KINDS[letter]
        rows = max(1, int(rows * part * (1 if letter == "D" or name == "whole" else self.options.scale)))
        file = os.path.join(self.folder, f"{letter}-{name}.db")
        subprocess.run([self.program("generate"), kind, file, str(rows)], check=True)
        return file

    def migrate(self, file, jobs, host=None, database="bench", plan=None):
        """One whole migration; its report, with the seconds of the whole process added. host: where the
        server is to be found, if not at its own socket."""
        self.server.fresh(database)
        url = self.server.url(database)
        if host is not None:
            url = f"postgresql:///{self.server.name(database)}?host={host}&user=outgrow"
        command = [self.outgrow, "migrate", file, url, "--json", "--quiet",
                   "--jobs", str(jobs), *(["--plan", plan] if plan else [])]
        began = time.monotonic()
        with subprocess.Popen(command, env=self.server.environment, stdout=subprocess.PIPE) as process:
            memory = PeakMemory(process.pid)
            out = process.stdout.read()
        memory.over = True
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
        report = json.loads(out)
        report["wall"] = time.monotonic() - began
        self.memory_kb[(file, jobs)] = max(memory.peak_kb, self.memory_kb.get((file, jobs), 0))
        snapshot = report["source"]["snapshot"]
        if os.path.exists(snapshot):
            os.unlink(snapshot)
        return report

    def through_proxy(self, delay_s, run):
        """run(host), with a way to the server on which each piece takes so long."""
        with tempfile.TemporaryDirectory(prefix="way", dir=self.folder) as folder:
            os.chmod(folder, 0o755)
            proxy = Proxy(folder, os.path.join(self.folder, "outgrow/pg/socket"), delay_s)
            try:
                return run(folder)
            finally:
                proxy.close()

    def scan(self, file):
        out = subprocess.run([self.program("scan"), file], check=True, capture_output=True, text=True)
        return float(out.stdout)

    def ceiling(self, table, encoded, connections):
        self.server.sql(f"drop table if exists ceiling; create table ceiling (like {table}); checkpoint",
                        "prepared")
        return self.send(self.server.url("prepared"), "ceiling", encoded, connections)

    def send(self, url, table, encoded, connections):
        """Seconds that the ceiling takes for these bytes."""
        out = subprocess.run([self.program("ceiling"), url, table, encoded, str(connections)],
                             check=True, capture_output=True, text=True)
        return float(out.stdout)

    def plan_with_text(self, file):
        """A plan that keeps JSON as the source spells it."""
        plan = os.path.join(self.folder, "text.yaml")
        made = subprocess.run([self.outgrow, "plan", file], env=self.server.environment, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        with open(plan, "w", encoding="utf-8") as out:
            out.write(made.replace("type: jsonb", "type: json"))
        return plan

    def prepare_ceiling(self, file, table):
        """The bytes that a copy sends. jsonb comes out of the server with its keys sorted, which costs it a
        tenth less to read again; so JSON is taken from a table that has it as the source does."""
        self.migrate(file, 2, database="prepared")
        self.migrate(file, 2, database="spelled", plan=self.plan_with_text(file))
        columns = self.server.ask(
            "select string_agg(case atttypid when 'json'::regtype"
            " then format('decode(''01'', ''hex'') || convert_to(%I::text, ''UTF8'')', attname)"
            " else quote_ident(attname) end, ', ' order by attnum) from pg_attribute"
            f" where attrelid = '{table}'::regclass and attnum > 0", "spelled")
        encoded = os.path.join(self.folder, "encoded")
        with open(encoded, "wb") as out:
            subprocess.run(["psql", self.server.url("spelled"), "-qc",
                            f"\\copy (select {columns} from {table}) to stdout (format binary)"],
                           check=True, stdout=out)
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
