#!/usr/bin/python3
"""What somebody sees who uses it for the first time: what is in the way, odd names, odd ends of a pipe."""
import re
import subprocess

from harness import OUTGROW, check, equal, run, test

VIEWED = """CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE pets (id INTEGER PRIMARY KEY);
CREATE VIEW names AS SELECT name FROM people; INSERT INTO people VALUES (1, 'Ada');"""


@test("--dry-run names every table, view, index, sequence and type in the way, and says which --replace drops")
def _(t):
    path = t.sqlite("s.db", VIEWED)
    said = lambda: re.findall(r"^-- in the way: (.*)$", t.migrate(path, "--dry-run").expect(0).out, re.M)
    equal(said(), [], "an empty database")
    t.psql("CREATE TABLE people (); CREATE VIEW names AS SELECT 1; CREATE SEQUENCE pets")
    equal(said(), ["view public.names (--replace drops it)", "table public.people (--replace drops it)",
                   "sequence public.pets (rename or drop it yourself, or use --schema NAME)"])
    t.psql("DROP SEQUENCE pets; DROP VIEW names; CREATE TYPE pets AS ENUM ('cat'); CREATE TABLE names (id int)")
    held = t.migrate(path, "--dry-run", "--json").expect(0).json()["in_the_way"]
    equal([(h["name"], h["kind"], h["replaceable"]) for h in held],
          [("names", "table", False), ("people", "table", True), ("pets", "type", False)])


@test("what a dry run calls in the way is refused by migrate before anything is made, and nothing else is")
def _(t):
    path = t.sqlite("s.db", VIEWED)
    for made, dropped in (("CREATE VIEW names AS SELECT 1", True), ("CREATE TABLE people ()", True),
                          ("CREATE TABLE names ()", False), ("CREATE VIEW people AS SELECT 1", False),
                          ("CREATE TABLE x (a int); CREATE INDEX people ON x (a)", False),
                          ("CREATE TYPE pets AS ENUM ('cat')", False), ("CREATE SEQUENCE pets", False)):
        t.psql(f"DROP SCHEMA IF EXISTS public, outgrow CASCADE; CREATE SCHEMA public; {made}")
        before = t.rows("SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        result = t.migrate(path).expect(4)
        check("already holds public." in result.err and "--replace" in result.err, made, result.err)
        result = t.migrate(path, "--replace").expect(0 if dropped else 4)
        if not dropped:
            check("in the way" in result.err and "rename or drop it" in result.err, made, result.err)
            equal(t.rows("SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                         " ORDER BY 1"),
                  before, made)
        else:
            equal(t.psql("SELECT name FROM names"), "Ada", made)


@test("an index name that something else has is in the way: the dry run names it, migrate refuses before it begins")
def _(t):
    path = t.sqlite("s.db", VIEWED + "CREATE INDEX by_name ON people (name);")
    dry = lambda: re.findall(r"^-- in the way: (.*)$", t.migrate(path, "--dry-run").expect(0).out, re.M)
    yours = "(rename or drop it yourself, or use --schema NAME)"
    t.psql("CREATE TABLE old (id int CONSTRAINT people_pkey PRIMARY KEY); CREATE INDEX by_name ON old (id);"
           "CREATE SEQUENCE pets_pkey; CREATE TYPE by_type AS ENUM ()")
    before = t.rows("SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    equal(dry(), [f"index public.by_name {yours}", f"index public.people_pkey {yours}",
                  f"sequence public.pets_pkey {yours}"])
    for option, words in (((), "already holds public.by_name (index)"),
                          (("--replace",), "public.by_name (index) is in the way")):
        said = t.migrate(path, *option).expect(4).err
        check(words in said and "--schema NAME" in said, said)
    equal(t.rows("SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"),
          before)
    t.migrate(path, "--schema", "other").expect(0)
    t.psql("DROP TABLE old; DROP SEQUENCE pets_pkey")
    t.migrate(path).expect(0)
    equal(t.psql("SELECT name FROM names"), "Ada")
    t.migrate(path, "--replace").expect(0)  # its own indexes go with their tables
    equal([line.split(" ")[0] for line in dry()], ["view", "table", "table"])


@test("a run whose tables have gone since is not called done: the lost ones are named, and --replace brings all back")
def _(t):
    path = t.sqlite("s.db", VIEWED)
    t.migrate(path).expect(0)
    check("nothing to do" in t.migrate(path).expect(0).err)
    t.psql("DROP TABLE public.pets; ALTER TABLE people RENAME TO persons")
    result = t.migrate(path).expect(4)
    check("no longer in the target: public.people, public.pets" in result.err and "--replace" in result.err, result.err)
    t.psql("DROP TABLE persons CASCADE")
    t.migrate(path, "--replace").expect(0)
    equal(t.psql("SELECT name FROM names"), "Ada")


@test("a table, a column and an index without a name are shown as \"\"")
def _(t):
    path = t.sqlite("s.db", 'CREATE TABLE "" ("" INTEGER, b TEXT); INSERT INTO "" VALUES (1, \'x\');'
                            'CREATE TRIGGER "" AFTER INSERT ON "" BEGIN SELECT 1; END;')
    text = t.outgrow("inspect", path).expect(0).out
    check(re.search(r'^""  1 row', text, re.M) and re.search(r'^ +""  +bigint', text, re.M) and 'trigger "":' in text,
          text)
    text = t.migrate(path).expect(0).out
    check('table "":' in text and 'trigger "":' in text, text)
    check('-- renamed: table "":' in t.migrate(path, "--dry-run").expect(0).out)


@test("no tables go into the journal's schema, into PostgreSQL's own, or into one whose name would be cut off")
def _(t):
    path = t.sqlite("s.db", VIEWED)
    for schema, why in (("outgrow", "of the journal"), ("pg_mine", "PostgreSQL's own"), ("information_schema", "own"),
                        ("x" * 64, "at most 63 bytes")):
        for command in (("migrate",), ("migrate", "--dry-run")):
            said = t.outgrow(*command, "--schema", schema, path, t.target).expect(2).err
            check(why in said and "--schema" in said, said)
    t.migrate(path, "--schema", "y" * 63).expect(0)
    equal(t.psql("SELECT nspname FROM pg_namespace WHERE nspname ~ '^[xyp]' AND nspname !~ '^(pg_|public)'"), "y" * 63)


@test("a role that may not make tables is told the statement that lets it, and with that it goes on")
def _(t):
    path = t.sqlite("s.db", VIEWED)
    role = f"poor {t.database}"
    t.psql(f'CREATE ROLE "{role}" LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC')
    target = f"{t.target}&user=poor%20{t.database}".replace("tester@", "")
    try:
        for _ in range(2):
            said = t.outgrow("migrate", path, target).expect(4).err
            grant = re.search(r"run: (GRANT .*?)(; or.*)?$", said, re.M)
            check(grant and "permission denied" in said, said)
            t.psql(grant.group(1))
        t.outgrow("migrate", path, target).expect(0)
        equal(t.psql("SELECT name FROM names"), "Ada")
    finally:
        t.psql(f'DROP SCHEMA IF EXISTS outgrow CASCADE; DROP OWNED BY "{role}" CASCADE; DROP ROLE "{role}"')


@test("a table that was left out is not missed when the run is asked for again")
def _(t):
    path = t.sqlite("s.db", "CREATE TABLE people (id INTEGER PRIMARY KEY); CREATE TABLE alembic_version (v TEXT);"
                            "INSERT INTO people VALUES (1); INSERT INTO alembic_version VALUES ('a');")
    t.psql("CREATE TABLE people (id bigint PRIMARY KEY); CREATE TABLE alembic_version (v text)")
    for _ in range(2):
        again = t.migrate(path, "--into-existing").expect(0).err
    check("nothing to do" in again, again)
    t.psql("DROP TABLE people")
    check("no longer in the target: public.people" in t.migrate(path, "--into-existing").expect(4).err)


COMPLETE = """eval "$("$1" help --completion bash)"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
compopt() { :; }
_outgrow; printf '%s\\n' "${COMPREPLY[@]}"
"""


@test("bash completes commands, verbs, options and an option's words, and leaves files to readline")
def _(t):
    def complete(*words):
        done = subprocess.run(["bash", "-c", COMPLETE, "bash", OUTGROW, "outgrow", *words], text=True, cwd=t.folder,
                              capture_output=True, env=t.environment)
        equal(done.stderr, "")
        return done.stdout.split()

    t.sqlite("sam.db")
    for words, expected in ((["mig"], ["migrate"]), (["pg", "st"], ["start", "stop", "status"]),
                            (["schema", ""], ["up", "status"]),
                            (["help", "arch"], ["archive"]), (["migrate", "--bad-t"], ["--bad-text"]),
                            (["migrate", "--bad-text", ""], ["set-aside", "bytea", "strip"]),
                            (["migrate", "--bad-text", "="], ["set-aside", "bytea", "strip"]),
                            (["migrate", "--bad-text", "=", "by"], ["bytea"]), (["migrate", "s"], []),
                            (["migrate", "--plan", "s"], [])):
        equal(complete(*words), expected, words)
    check("--replace" in complete("migrate", "-") and "--replace" not in complete("inspect", "-"))


run()
