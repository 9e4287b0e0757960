#!/usr/bin/python3
"""Files that are not whole, and files that need an application's own code."""
import sqlite3

from compare import compare
from harness import check, equal, run, test
from stall import OTHERS_GONE, STALLED, kill, quiet, wait_for


def damaged(t, name="bad.db", more=0):
    """Three tables; pages in the middle of the second are overwritten. And so many empty ones."""
    path = t.folder / name
    db = sqlite3.connect(path)
    for number in range(more):
        db.execute(f"CREATE TABLE empty{number} (id INTEGER PRIMARY KEY)")
    for table in ("before", "broken", "later"):
        db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v TEXT)")
        db.executemany(f"INSERT INTO {table} VALUES (?, ?)", ((n, "v" * 200) for n in range(2000)))
    db.commit()
    leaves = [row[0] for row in db.execute("SELECT pageno FROM dbstat WHERE name = 'broken' "
                                           "AND pagetype = 'leaf' ORDER BY pageno")]
    db.close()
    with open(path, "r+b") as file:
        for page in leaves[len(leaves) // 2: len(leaves) // 2 + 2]:
            file.seek((page - 1) * 4096)
            file.write(b"\xde\xad\xbe\xef" * 1024)
    return path


@test("a damaged file is refused, with the table and the way on")
def _(t):
    result = t.migrate(damaged(t)).expect(3)
    check("broken" in result.err and "--damaged-ok" in result.err, result.err)
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0", "tables")


def nothing_is_left(t):
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "0", "runs")
    equal(t.psql("SELECT count(*) FROM outgrow.tables"), "0", "inspected tables")
    equal([p.name for p in t.home.rglob("*.db*")], [], "backups")


@test("it is refused in the same words however many workers look at it, and nothing is left of the run")
def _(t):
    path = damaged(t, more=150)  # enough to be journalled while the check goes on
    said = set()
    for jobs in (1, 2, 8):
        result = t.migrate(path, "--jobs", jobs).expect(3)
        check("nothing was begun, so the backup is removed again" in result.err, result.err)
        said.add(result.err[result.err.index("outgrow: "):].replace(t.database, ""))
        nothing_is_left(t)
    check(len(said) == 1, said)


@test("killed while what was inspected beside the check is journalled, the same command refuses it and tidies up")
def _(t):
    path = damaged(t, more=150)
    t.migrate(path).expect(3)  # makes the journal's tables
    t.psql("""CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL;
        END $$;
              CREATE TRIGGER wait AFTER INSERT ON outgrow.tables FOR EACH STATEMENT EXECUTE FUNCTION wait();""")
    for _ in range(50):  # the check may be done before anything was journalled
        process = t.popen("migrate", "--jobs", "2", path, t.target)
        if wait_for(lambda: t.psql(STALLED) == "1", process, "a write of inspected tables"):
            break
        process.communicate()
        equal(process.returncode, 3)
    else:
        raise AssertionError("no inspected tables were ever journalled")
    kill(process)
    t.psql(OTHERS_GONE)
    quiet(t)
    t.psql("DROP FUNCTION wait CASCADE")
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "1", "runs")
    result = t.migrate(path).expect(3)
    check("broken" in result.err and "--damaged-ok" in result.err, result.err)
    nothing_is_left(t)


@test("with --damaged-ok the whole tables arrive and the exit code says that one did not")
def _(t):
    path = damaged(t)
    found = []
    for jobs in (1, 4):
        result = t.migrate(path, "--damaged-ok", "--replace", "--jobs", jobs).expect(3)
        check("broken" in result.out + result.err, result.out, result.err)
        counts = compare(path, t.target, expected_problems=["broken"])
        check("before" in counts and "later" in counts, "compared:", counts)
        found.append(t.psql("SELECT message FROM outgrow.steps WHERE step = 'check' ORDER BY run_id DESC LIMIT 1"))
    check("broken" in found[0] and found[0] == found[1], "the check has found:", found)


@test("tables of the application's own collation and function arrive where they can")
def _(t):
    path = t.folder / "own.db"
    db = sqlite3.connect(path)
    db.create_collation("app_collation", lambda a, b: (a > b) - (a < b))
    db.create_function("app_function", 1, lambda x: x, deterministic=True)
    db.executescript("""
        CREATE TABLE collated (id INTEGER PRIMARY KEY, v TEXT COLLATE app_collation);
        INSERT INTO collated VALUES (1, 'b'), (2, 'a');
        CREATE INDEX collated_v ON collated (v);
        CREATE TABLE computed (id INTEGER PRIMARY KEY, v INT, w INT AS (app_function(v)) VIRTUAL);
        INSERT INTO computed (id, v) VALUES (1, 5);
        CREATE TABLE indexed (id INTEGER PRIMARY KEY, v INT);
        INSERT INTO indexed VALUES (1, 5);
        CREATE INDEX indexed_f ON indexed (app_function(v));
        CREATE TABLE plain (id INTEGER PRIMARY KEY, v INT);
        INSERT INTO plain VALUES (1, 5);
    """)
    db.close()
    result = t.migrate(path)
    check(result.code in (0, 3), result.code, result.err)
    said = result.out + result.err
    for word in ("app_collation", "app_function", "indexed_f", "computed"):
        check(word in said, word, "is not mentioned in:", said)
    compare(path, t.target, expected_problems=["computed"])
    equal(t.psql("SELECT count(*) FROM plain"), "1", "the plain table")


@test("a virtual table whose module is missing is listed, and the rest arrives")
def _(t):
    path = t.sqlite("module.db", """
        CREATE TABLE plain (id INTEGER PRIMARY KEY, v INT);
        INSERT INTO plain VALUES (1, 5);
        PRAGMA writable_schema = ON;
        INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES
            ('table', 'strange', 'strange', 0, 'CREATE VIRTUAL TABLE strange USING no_such_module(a, b)');
    """)
    result = t.migrate(path).expect(0)
    check("strange" in result.out + result.err, "not mentioned:", result.out, result.err)
    compare(path, t.target, expected_problems=["strange"])


@test("a table with more columns than PostgreSQL allows is named, and the rest arrives")
def _(t):
    path = t.sqlite("wide.db", "CREATE TABLE plain (id INTEGER PRIMARY KEY); INSERT INTO plain VALUES (1);"
                    f"CREATE TABLE too_wide ({', '.join(f'c{n}' for n in range(1700))});")
    result = t.migrate(path).expect(3)
    check("too_wide" in result.out + result.err, result.out, result.err)
    compare(path, t.target, expected_problems=["too_wide"])
    check("it has 1700 columns, PostgreSQL allows 1600: in a plan file leave some out (skip_columns), "
          "or split it by two "
          "queries" in " ".join((result.out + result.err).split()), result.out, result.err)


@test("such a table arrives in two parts when a plan file says which")
def _(t):
    names = [f"c{n}" for n in range(1700)]
    t.sqlite("wide.db", f"CREATE TABLE w (id INTEGER PRIMARY KEY, {', '.join(names)}); "
                        "INSERT INTO w (id, c0, c1699) VALUES (7, 'a', 'z');")
    (t.folder / "plan.yaml").write_text(
        f"version: 1\nsources: {{wide: wide.db}}\ntables:\n  - {{from: w, to: public.w, "
        f"skip_columns: [{', '.join(names[900:])}]}}\n"
        f"  - {{query: 'SELECT id, {', '.join(names[900:])} FROM w', to: public.w2, key: [id]}}\n")
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0)
    equal(t.rows("SELECT w.id, c0, c1699 FROM w JOIN w2 USING (id)"), [("7", "a", "z")], "both parts")


@test("a missing index entry is found by --full-check")
def _(t):
    path = t.sqlite("index.db", """
        CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
        INSERT INTO t VALUES (1, 'a'), (2, 'b');
        CREATE INDEX t_v ON t (v);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE INDEX t_v ON t (v) WHERE v = ''a''' WHERE name = 't_v';
    """)
    db = sqlite3.connect(path)
    db.execute("INSERT INTO t VALUES (3, 'c')")
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = 'CREATE INDEX t_v ON t (v)' WHERE name = 't_v'")
    db.commit()
    db.close()
    result = t.migrate(path, "--full-check").expect(3)
    check("t_v" in result.err, result.err)


run()
