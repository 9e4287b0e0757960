#!/usr/bin/python3
"""Many sources into one database: found, told apart, kept apart, one report over all."""
import json
import os
import xml.etree.ElementTree

from compare import compare
from harness import check, equal, run, test

REGISTRY = """
CREATE TABLE agents (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE workflows (id TEXT PRIMARY KEY, title TEXT);
INSERT INTO agents VALUES (1, 'a'), (2, 'b');
INSERT INTO workflows VALUES ('w1', 'build'), ('w2', 'test');
"""
PLATFORM = """
CREATE TABLE agents (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE jobs (id INTEGER PRIMARY KEY, workflow_id TEXT, note BLOB);
INSERT INTO agents VALUES (7, 'x@example.org');
INSERT INTO jobs VALUES (1, 'w1', x'00'), (2, 'w2', NULL), (3, NULL, x'');
"""


def make_directory(t):
    """As in a real installation: links, empty files, files that are no databases."""
    directory = t.folder / "data"
    directory.mkdir()
    for name, script in (("registry.db", REGISTRY), ("platform.db", PLATFORM)):
        t.sqlite("data/" + name, script)
    (directory / "swarm.db").touch()
    (directory / "notes.txt").write_text("not a database\n")
    os.symlink("registry.db", directory / "zz-link.db")
    os.link(directory / "platform.db", directory / "zz-hard.db")
    os.symlink("nowhere", directory / "dangling.db")
    (directory / "sub").mkdir()
    return directory


def by_name(report):
    return {source["name"]: source for source in report["sources"]}


@test("a directory is migrated, each source into its own schema, with one report")
def _(t):
    directory = make_directory(t)
    report = t.outgrow("migrate", "--json", directory, t.target).expect(0).json()
    sources = by_name(report)
    equal(sorted(sources), ["platform", "registry"], "sources")
    equal({n: s["target"]["schema"] for n, s in sources.items()},
          {"platform": "platform", "registry": "registry"}, "schemas")
    equal(report["exit_code"], 0, "exit code")
    left = {os.path.basename(item["path"]): item["reason"] for item in report["left_out"]}
    equal(left, {"swarm.db": "empty (0 bytes)", "notes.txt": "not a SQLite file",
                 "dangling.db": "a link to nowhere"}, "left out")
    aliases = {os.path.basename(a["path"]): os.path.basename(a["same_as"])
               for a in report["aliases"]}
    equal(aliases, {"zz-link.db": "registry.db", "zz-hard.db": "platform.db"}, "aliases")
    equal(t.psql("SELECT string_agg(name, ',' ORDER BY id) FROM registry.agents"), "a,b", "agents")
    equal(t.psql("SELECT email FROM platform.agents"), "x@example.org", "the other agents")
    for name in ("registry.db", "platform.db"):
        compare(directory / name, t.target)
    equal(t.psql("SELECT count(*), count(DISTINCT batch_id) FROM outgrow.runs"), "2|1", "batch")
    t.outgrow("verify", directory, t.target).expect(0)


@test("of several names of one file the file's own is taken, not a link's that comes before it; a given name stays")
def _(t):
    t.sqlite("users.db", "CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1);")
    t.sqlite("other.db", "CREATE TABLE o (id INTEGER PRIMARY KEY);")
    os.symlink("users.db", t.folder / "app.db")
    os.symlink("users.db", t.folder / "best.db")
    report = t.outgrow("migrate", "--json", t.folder, t.target).expect(0).json()
    equal([source["name"] for source in report["sources"]], ["users", "other"], "sources")
    equal({os.path.basename(one["path"]): os.path.basename(one["same_as"]) for one in report["aliases"]},
          {"app.db": "users.db", "best.db": "users.db"}, "aliases")
    report = t.outgrow("inspect", "--json", t.folder / "best.db", t.folder / "other.db", t.folder).expect(0).json()
    equal([os.path.basename(one["path"]) for one in report["aliases"]], ["app.db", "users.db"], "a given name stays")


@test("the text says what became of every file")
def _(t):
    directory = make_directory(t)
    result = t.outgrow("migrate", directory, t.target).expect(0)
    for word in ("registry", "platform", "empty (0 bytes)", "not a SQLite file", "the same file as",
                 "2 sources: all done"):
        check(word in result.out, word, "is not in", result.out)


@test("patterns and lists of files work; the last operand is the target only when it looks like one")
def _(t):
    directory = make_directory(t)
    report = t.outgrow("migrate", "--json", directory / "*g*.db", directory / "platform.db",
                       t.target).expect(0).json()
    equal(sorted(by_name(report)), ["platform", "registry"], "sources")
    other = t.outgrow("inspect", "--json", directory / "registry.db", directory / "platform.db")
    equal(len(other.expect(0).json()["sources"]), 2, "inspected")
    t.outgrow("inspect", directory / "registry.db", directory / "missing.db").expect(2)


@test("two files of one name get names of their own")
def _(t):
    for place in ("one", "two"):
        (t.folder / place).mkdir()
        t.sqlite(f"{place}/app.db", REGISTRY)
    report = t.outgrow("migrate", "--json", t.folder / "one/app.db", t.folder / "two/app.db",
                       t.target).expect(0).json()
    equal(sorted(by_name(report)), ["one_app", "two_app"], "names")
    equal(t.psql("SELECT count(*) FROM one_app.agents, two_app.agents"), "4", "both are there")


@test("--schema names one schema for all, or makes one of the source's name")
def _(t):
    a, b = t.sqlite("a.db", "CREATE TABLE x (i);"), t.sqlite("b-1.db", "CREATE TABLE y (i);")
    t.outgrow("migrate", "--schema", "app_{source}", a, b, t.target).expect(0)
    equal(t.psql("SELECT to_regclass('app_a.x') IS NOT NULL, to_regclass('app_b_1.y') IS NOT NULL"),
          "t|t", "schemas")
    t.outgrow("migrate", "--schema", "public", a, b, t.target).expect(0)
    equal(t.psql("SELECT to_regclass('public.x') IS NOT NULL, to_regclass('public.y') IS NOT NULL"),
          "t|t", "public")


@test("one source that fails does not keep the others; the exit code is the worst; it goes on")
def _(t):
    directory = make_directory(t)
    bad = directory / "broken.db"
    bad.write_bytes(b"SQLite format 3\0" + b"x" * 4080)
    result = t.outgrow("migrate", "--json", directory, t.target).expect(3)
    sources = by_name(result.json())
    check("error" in sources["broken"], sources["broken"])
    equal([sources[n]["exit_code"] for n in ("platform", "registry")], [0, 0], "the others")
    bad.unlink()
    t.sqlite("data/broken.db", "CREATE TABLE mended (i INTEGER PRIMARY KEY); INSERT INTO mended VALUES (1);")
    again = t.outgrow("migrate", "--json", directory, t.target).expect(0).json()
    equal(by_name(again)["broken"]["totals"]["rows_copied"], 1, "mended")
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "3", "runs")


@test("rows set aside in one source make the exit code 7")
def _(t):
    good = t.sqlite("good.db", REGISTRY)
    odd = t.sqlite("odd.db", "CREATE TABLE t (v TEXT); INSERT INTO t VALUES (CAST(x'ff' AS TEXT)), ('a');")
    report = t.outgrow("migrate", "--json", good, odd, t.target).expect(7).json()
    equal(by_name(report)["odd"]["totals"]["rows_set_aside"], 1, "set aside")
    equal(by_name(report)["good"]["exit_code"], 0, "the other")


@test("a plan file with several sources is followed, with their names and schemas")
def _(t):
    make_directory(t)
    plan = t.folder / "plan.yaml"
    plan.write_text("""version: 1
sources:
  reg: data/registry.db
  plat: data/platform.db
defaults: {schema: "{source}"}
tables:
  - from: reg.agents
    to: reg.people
  - from: plat.jobs
    columns:
      note: {to: remark}
""")
    report = t.outgrow("migrate", "--json", "--plan", plan, t.target).expect(0).json()
    equal(sorted(by_name(report)), ["plat", "reg"], "sources")
    equal(t.psql("SELECT count(*) FROM reg.people"), "2", "renamed table")
    equal(t.psql("SELECT count(remark) FROM plat.jobs"), "2", "renamed column")
    t.outgrow("verify", "--plan", plan, t.target).expect(0)
    one = t.outgrow("migrate", "--json", "--plan", plan, t.folder / "data/registry.db",
                    t.target).expect(0).json()
    check("sources" not in one, "a single operand is a single source", one)


@test("outgrow plan writes one plan for several sources, which migrates them the same way")
def _(t):
    directory = make_directory(t)
    plan = t.folder / "plan.yaml"
    t.outgrow("plan", directory / "registry.db", directory / "platform.db", "-o", plan).expect(0)
    check('schema: "{source}"' in plan.read_text() or "schema: '{source}'" in plan.read_text(),
          plan.read_text())
    t.outgrow("plan", "--check", plan).expect(0)
    report = t.outgrow("migrate", "--json", "--plan", plan, t.target).expect(0).json()
    equal(sorted(by_name(report)), ["platform", "registry"], "sources")
    equal(t.psql("SELECT email FROM platform.agents"), "x@example.org", "agents")
    compare(directory / "registry.db", t.target)


@test("foreign keys between sources are added when both are there, and UUIDs of old keys follow")
def _(t):
    make_directory(t)
    plan = t.folder / "plan.yaml"
    plan.write_text("""version: 1
name: two
sources: {registry: data/registry.db, platform: data/platform.db}
defaults: {schema: "{source}"}
tables:
  - from: platform.jobs
    columns: {workflow_id: {type: uuid}}
    keys: {references: {workflow_id: registry.workflows.id}}
  - from: registry.workflows
    columns: {id: {type: uuid}}
""")
    report = t.outgrow("migrate", "--json", "--plan", plan, t.target).expect(0).json()
    equal([(r["state"], r["message"]) for r in report["references"]], [("done", None)], "references")
    equal(t.psql("SELECT count(*) FROM platform.jobs JOIN registry.workflows w ON w.id = workflow_id"),
          "2", "joined")
    equal(t.psql("SELECT convalidated FROM pg_constraint WHERE contype = 'f' "
                 "AND conrelid = 'platform.jobs'::regclass"), "t", "validated")
    again = t.outgrow("migrate", "--json", "--plan", plan, t.target).expect(0).json()
    equal(again["references"], report["references"], "again")


@test("an orphan between sources leaves the constraint NOT VALID, and says so")
def _(t):
    t.sqlite("a.db", "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);")
    t.sqlite("b.db", "CREATE TABLE c (p INTEGER); INSERT INTO c VALUES (1), (2);")
    plan = t.folder / "plan.yaml"
    plan.write_text("""version: 1
sources: {a: a.db, b: b.db}
defaults: {schema: "{source}"}
tables:
  - from: b.c
    keys: {references: {p: a.p.id}}
""")
    report = t.outgrow("migrate", "--json", "--plan", plan, t.target).expect(0).json()
    equal([r["state"] for r in report["references"]], ["not valid"], "references")
    check("p" in report["references"][0]["message"], report["references"])
    equal(t.psql("SELECT convalidated FROM pg_constraint WHERE contype = 'f' "
                 "AND conrelid = 'b.c'::regclass"), "f", "validated")


@test("--report writes one page about all sources")
def _(t):
    t.sqlite("a.db", "CREATE TABLE w (id INTEGER PRIMARY KEY); INSERT INTO w VALUES (1)")
    t.sqlite("b <b>.db", "CREATE TABLE j (id INTEGER PRIMARY KEY, d DATE); INSERT INTO j VALUES (1, '2024-01-01')")
    (t.folder / "empty.db").touch()
    said = t.outgrow("migrate", "a.db", "b <b>.db", "empty.db", t.target, "--report", "all.html").expect(0)
    text = (t.folder / "all.html").read_text()
    page = xml.etree.ElementTree.fromstring(text[text.index("<html"):])
    words = " ".join("".join(page.itertext()).split())
    check("2 sources to PostgreSQL: all done" in words and "empty.db: empty (0 bytes)" in words, words, said.err)
    check("a.db to PostgreSQL" in words and "b <b>.db to PostgreSQL" in words, words)
    names = [element.get("id") for element in page.iter() if element.get("id")]
    equal(len(names), len(set(names)), "ids of the page")
    t.outgrow("migrate", "a.db", "b <b>.db", t.target, "--report", "a.db").expect(2)


run()
