#!/usr/bin/python3
"""The command line: help, usage errors, exit codes, and each command on its own."""
import json
import os
import pathlib
import re
import subprocess

from harness import OUTGROW, ROOT, Skip, check, client_program, equal, run, test
from make_nasty import make
from stall import Gate, must_see

COMMANDS = ("inspect", "plan", "migrate", "verify", "sync", "cutover", "return", "finish", "report", "status", "doctor",
            "schema", "shadow", "bench", "archive", "mcp", "pg")
SMALL = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');"


@test("--help of the program and of every command prints to standard output and exits 0")
def _(t):
    whole = t.outgrow("--help").expect(0)
    listed = whole.out.split("\ncommands:\n")[1].split("\n\n")[0]
    equal(set(re.findall(r"^  (\w+)", listed, re.M)), {*COMMANDS, "help"}, "the commands that --help lists")
    for command in COMMANDS:
        for arguments in ((command, "--help"), ("help", command)):
            result = t.outgrow(*arguments).expect(0)
            check(f"outgrow {command}" in result.out and not result.err, arguments, result.out, result.err)
    check(max(map(len, whole.out.splitlines())) <= 100, "lines longer than a terminal")


@test("--version is one line")
def _(t):
    check(re.fullmatch(r"outgrow \d+\.\d+\.\d+\n", t.outgrow("--version").expect(0).out))


@test("usage errors exit 2, in one line and a hint, and print nothing on standard output")
def _(t):
    path = t.sqlite("s.db", SMALL)
    for arguments in ((), ("migrat", path), ("migrate",), ("migrate", "--no-such", path),
                      ("migrate", "--types", path), ("migrate", "--types", "best", path),
                      ("migrate", "--jobs", "many", path), ("migrate", "--jobs", "-1", path),
                      ("migrate", path, "a", "b", "c"), ("pg", "fly"), ("plan", "-o"),
                      ("inspect", "--replace", path)):
        result = t.outgrow(*arguments).expect(2)
        check(result.out == "", arguments, "standard output:", result.out)
        if arguments:
            check(result.err.startswith("outgrow: ") and len(result.err.splitlines()) <= 3, arguments, result.err)
    check("migrate" in t.outgrow("migrat", path).err, "no suggestion for a misspelt command")


@test("an option may come from the environment, and the command line wins")
def _(t):
    path = t.sqlite("s.db", SMALL)
    t.migrate(path, env={"OUTGROW_SCHEMA": "from_environment"}).expect(0)
    t.migrate(path, "--schema", "from_line", env={"OUTGROW_SCHEMA": "never"}).expect(0)
    equal(t.psql("SELECT (SELECT count(*) FROM from_environment.t), (SELECT count(*) FROM from_line.t)"), "2|2")
    result = t.migrate(path, env={"OUTGROW_TYPES": "nonsense"}).expect(2)
    check("OUTGROW_TYPES" in result.err, result.err)


@test("the exit codes are those of docs/exit-codes.md")
def _(t):
    documented = set(map(int, re.findall(r"^\|\s*`?(\d+)`?\s*\|", (ROOT / "docs/exit-codes.md").read_text(), re.M)))
    equal(documented, {0, 1, 2, 3, 4, 5, 6, 7, 8, 130}, "documented")
    path = t.sqlite("s.db", SMALL)
    t.migrate(path).expect(0)
    t.migrate(t.folder / "none").expect(3)
    t.outgrow("migrate", path, "host=/nonexistent").expect(4)
    t.outgrow("migrate", path, "not a connection string").expect(2)
    t.outgrow("plan", path, "-o", t.folder / "no/such/folder/plan.yaml").expect(5)
    t.psql("UPDATE t SET v = 'other' WHERE id = 1")
    t.outgrow("verify", path, t.target).expect(6)


@test("inspect shows every table with types, reasons and samples, and needs no PostgreSQL")
def _(t):
    path = make(t.folder / "nasty.db")
    text = t.outgrow("inspect", path).expect(0).out
    for word in ("int_text", "2 integers, 2 texts", "'soon' in row 2", "user_names", "search"):
        check(word in text, word, "is not in", text[:3000])
    found = t.outgrow("inspect", "--json", path).expect(0).json()
    check(len(found["tables"]) > 40, len(found["tables"]))


@test("an index whose keys are too long for PostgreSQL is warned of before anything is copied")
def _(t):
    path = t.sqlite("long.db", """
        CREATE TABLE p (id INTEGER PRIMARY KEY, body TEXT, slug TEXT UNIQUE, raw BLOB);
        CREATE INDEX p_body ON p (slug, body); CREATE INDEX p_slug ON p (slug);
        INSERT INTO p VALUES (1, hex(randomblob(3000)), 'a', randomblob(9000));""")
    warnings = t.outgrow("inspect", "--json", path).expect(0).json()["warnings"]
    equal(len(warnings), 1, warnings)
    check("p_body" in warnings[0] and "6008 bytes" in warnings[0] and "2704" in warnings[0], warnings)
    report = t.migrate(path, "--json").expect(6).json()
    check(any("p_body" in w for w in report["warnings"]), report["warnings"])
    equal(t.psql("SELECT count(*) FROM pg_indexes WHERE tablename = 'p'"), "3", "indexes that were made")


@test("plan prints YAML with a reason for every choice, and -o writes it once")
def _(t):
    path = t.sqlite("s.db", SMALL)
    yaml = t.outgrow("plan", path).expect(0).out
    check(yaml.startswith("version: 1") or "\nversion: 1" in yaml, yaml)
    check("bigint" in yaml and "#" in yaml, yaml)
    file = t.folder / "plan.yaml"
    t.outgrow("plan", path, "-o", file).expect(0)
    equal(file.read_text(), yaml, "the file")
    check("--replace" in t.outgrow("plan", path, "-o", file).expect(2).err, "it does not say how")
    t.outgrow("plan", path, "-o", file, "--replace").expect(0)


@test("--dry-run shows the statements and changes nothing")
def _(t):
    path = t.sqlite("s.db", SMALL)
    result = t.migrate(path, "--dry-run").expect(0)
    check("CREATE TABLE" in result.out and "bigint" in result.out, result.out)
    equal(t.psql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), "0", "relations")
    equal(t.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'outgrow'"), "0", "the journal")


@test("the statements of --dry-run are good SQL, also for the nasty file")
def _(t):
    sql = t.migrate(make(t.folder / "nasty.db"), "--dry-run").expect(0).out
    t.psql(sql)
    equal(t.psql("SELECT count(*) FROM \"camelTable\""), "0", "rows")


@test("status tells of every run, and of none, and shows JSON")
def _(t):
    check("no migration" in t.outgrow("status", t.target).expect(0).out, "of none")
    paths = [t.sqlite(name, SMALL) for name in ("s.db", "other.db")]
    for number, path in enumerate(paths):
        t.migrate(path, "--schema", f"s{number}").expect(0)
    text = t.outgrow("status", t.target).expect(0).out
    check("s.db" in text and "other.db" in text, text)
    found = t.outgrow("status", "--json", t.target).expect(0).json()
    equal(sorted(run["source"] for run in found["runs"]), sorted(map(str, paths)), "runs")
    equal(t.outgrow("status", "--json", "--set-aside", t.target).expect(0).json(), {"set_aside": []})


@test("the password of a connection string is shown nowhere")
def _(t):
    path = t.sqlite("s.db", SMALL)
    target = t.target.replace("tester@", "tester:s3cret-word@")
    for arguments in (("migrate", path, target), ("migrate", "--json", "--replace", path, target), ("status", target),
                      ("verify", path, target), ("migrate", path, target.replace(t.database, "nowhere")),
                      ("migrate", path, target, "extra"), (target,), ("doctor", target, target),
                      ("doctor", target, path),
                      ("cutover", target), ("archive", target), ("archive", "--", target, path),
                      ("mcp", path, target), ("mcp", target, target), ("pg", "status", target), ("pg", target),
                      ("schema", "status", target), ("schema", "up", ".", target, "more"), ("shadow", target, target),
                      ("report", "-o", target, path, t.target), ("status", target, "extra"),
                      ("plan", "--check", target)):
        result = t.outgrow(*arguments)
        check("s3cret" not in result.out + result.err, arguments, result.out, result.err)
    equal(t.psql("SELECT count(*) FROM outgrow.runs WHERE runs::text LIKE '%s3cret%'"), "0", "the journal")


@test("status says so when nothing was ever moved of the file that it is asked for")
def _(t):
    path = t.sqlite("s.db", SMALL)
    t.migrate(path).expect(0)
    t.sqlite("other.db", SMALL)
    result = t.outgrow("status", "other.db", t.target).expect(2)
    check("no migration of other.db has been made" in result.out and "s.db" not in result.out, result.out)
    both = t.outgrow("status", "--json", "other.db", path, t.target).expect(2).json()
    equal((both["unknown"], [run["source"] for run in both["runs"]]), (["other.db"], [str(path)]))
    check("in front of" in t.outgrow("status", path, t.target, "extra").expect(2).err, "a target that is not last")


def every_command(t):
    """Each that takes a source, as far as it gets with one; those that only look at the target's journal, too."""
    (t.folder / "q.sql").write_text("SELECT 1;")
    lines = ("inspect", "plan", "migrate", "migrate --dry-run", "migrate --into-existing", "migrate --retry-set-aside",
             "verify",
             "verify --snapshot", "sync --once", "sync --stop", "sync --pause", "sync --uninstall", "status",
             "status --set-aside",
             "report", "doctor", "shadow q.sql", "bench q.sql --writers 0", "archive",
             "archive --remove-source-after 1d",
             "cutover", "cutover --dry-run", "cutover --abort", "return", "return --abort", "finish",
             "mcp --backend sqlite")
    for line in lines:
        words = line.split()
        yield words, [] if words[0] in ("inspect", "plan", "mcp") else [t.target]


@test("what is no database is exit code 3 and one line that says what it is, whatever the command")
def _(t):
    (t.folder / "notes.txt").write_text("hello, world\n" * 99)
    (t.folder / "empty.db").touch()
    (t.folder / "dump.db").write_text("BEGIN TRANSACTION;\nCREATE TABLE t (id);\n")
    (t.folder / "directory.db").mkdir()
    for name, what in (("notes.txt", "not a SQLite "), ("empty.db", "is empty"), ("dump.db", "SQL text"),
                       ("gone.db", "does not exist"), ("directory.db", "is a directory")):
        for words, target in every_command(t):
            done = t.outgrow(*words, t.folder / name, *target)
            said = " ".join((done.err + (done.out if words[0] == "doctor" else "")).split())
            equal(done.code, 3, (words, name, done.err, done.out))
            if name != "directory.db" or words[0] not in ("inspect", "plan", "migrate", "verify", "sync"):
                check(f"{name} " in said and what in said, words, name, said)


@test("a file of which the target knows nothing is exit code 2 for what goes by the target's records")
def _(t):
    path = t.sqlite("s.db", SMALL)
    for words, target in every_command(t):
        if words[0] in ("status", "report", "cutover", "return", "finish") or words[-1] in (
                "--retry-set-aside", "--snapshot", "--stop", "--pause", "1d"):
            done = t.outgrow(*words, path, *target)
            equal(done.code, 2, (words, done.err, done.out))


@test("the password of a connection string is not in the process title while it runs")
def _(t):
    path = t.sqlite("s.db", SMALL + "CREATE INDEX t_v ON t (v);")
    with Gate(t) as gate:
        process = t.popen("migrate", path, t.target.replace("tester@", "tester:s3cret-word@"))
        must_see(gate.is_reached, process, "it is at work")
        title = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
    process.communicate()
    equal(process.returncode, 0)
    check(b"migrate" in title and b"s3cret" not in title, title)


@test("DATABASE_URL and PG* variables name the target when the line does not")
def _(t):
    path = t.sqlite("s.db", SMALL)
    t.outgrow("migrate", path, "--schema", "one", env={"DATABASE_URL": t.target}).expect(0)
    t.outgrow("migrate", path, "--schema", "two", env={"PGHOST": str(t.server.directory), "PGUSER": "tester",
                                                       "PGDATABASE": t.database}).expect(0)
    equal(t.psql("SELECT (SELECT count(*) FROM one.t), (SELECT count(*) FROM two.t)"), "2|2")


@test("with no target at all the private PostgreSQL is made, started and used")
def _(t):
    path = t.sqlite("s.db", SMALL)
    t.outgrow("pg", "status").expect(0)
    t.outgrow("migrate", path).expect(0)
    url = t.outgrow("pg", "url").expect(0).out.strip()
    found = subprocess.run([client_program("psql"), "-XAtc", "SELECT v FROM t ORDER BY id", url], text=True,
                           capture_output=True, env=t.environment, check=True).stdout
    equal(found, "a\nb\n", "through the url")
    equal(t.outgrow("pg", "psql", "-XAtc", "SELECT count(*) FROM t").expect(0).out, "2\n", "through pg psql")
    t.outgrow("verify", path).expect(0)
    check("s.db" in t.outgrow("status").expect(0).out)
    t.outgrow("pg", "stop").expect(0)
    t.outgrow("pg", "stop").expect(0)
    t.outgrow("pg", "start").expect(0)
    equal(t.outgrow("pg", "psql", "-XAtc", "SELECT count(*) FROM t").expect(0).out, "2\n", "after a restart")
    check(json.loads(t.outgrow("pg", "status", "--json").expect(0).out))


@test("standard output of a migration is only its report; progress goes to standard error")
def _(t):
    path = t.sqlite("s.db", SMALL)
    result = t.migrate(path, "--json").expect(0)
    result.json()
    check("\033" not in result.out + result.err, "escapes without a terminal")
    quiet = t.migrate(path, "--replace", "--quiet").expect(0)
    equal(quiet.err, "", "with --quiet")


@test("a full standard output is an error, not silence")
def _(t):
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    path = t.sqlite("s.db", SMALL)
    with open("/dev/full", "w") as full:
        done = subprocess.run([OUTGROW, "plan", path], stdout=full, stderr=subprocess.PIPE, text=True,
                              env=t.environment)
    equal(done.returncode, 5, done.stderr)
    for arguments in (("help", "--markdown", "options"), ("migrate", "--help")):  # more than a buffer holds
        with open("/dev/full", "w") as full:
            done = subprocess.run([OUTGROW, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=t.environment)
        equal((done.returncode, done.stderr), (5, "outgrow: write standard output: No space left on device\n"),
              arguments)


@test("what is said on a standard error that is closed goes nowhere, not into the connection to the server")
def _(t):
    path = t.sqlite("s.db", SMALL)
    for closed in ("2>&-", "<&- 2>&-"):
        done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", OUTGROW, "migrate", "--replace", path,
                               t.target], stdout=subprocess.PIPE, text=True, env=t.environment)
        equal(done.returncode, 0, closed + ": " + done.stdout)


@test("a reader that has seen enough is no error, and gets no noise")
def _(t):
    path = make(t.folder / "nasty.db")
    for code, *arguments in ((0, "inspect", path), (0, "plan", path), (0, "help", "--markdown", "options"),
                             (7, "migrate", path, t.target)):
        reader, writer = os.pipe()
        process = subprocess.Popen([OUTGROW, *map(str, arguments)], stdout=writer, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, text=True, env=t.environment)
        os.close(writer)
        os.close(reader)
        said = process.communicate()[1]
        check(process.returncode == code and "outgrow:" not in said, arguments, process.returncode, said)


@test("an empty word where a file or a target belongs is refused before anything is done")
def _(t):
    path = t.sqlite("s.db", SMALL)
    for arguments in (("inspect", ""), ("migrate", "", t.target), ("migrate", path, ""), ("status", ""),
                      ("verify", path, "")):
        said = t.outgrow(*arguments, env={"PGHOST": str(t.server.directory)}).expect(2).err
        check(f'of "{arguments[0]}" is empty: ""' in said and "variable of the shell" in said, arguments, said)


@test("the backup is kept where the report says, or where --backup-directory says")
def _(t):
    path = t.sqlite("s.db", SMALL)
    report = t.migrate(path, "--json").expect(0).json()
    check(pathlib.Path(report["source"]["snapshot"]).is_file(), report["source"])
    report = t.migrate(path, "--json", "--replace", "--backup-directory", t.folder / "b").expect(0).json()
    check(report["source"]["snapshot"].startswith(str(t.folder / "b")), report["source"])


run()
