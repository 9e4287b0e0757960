#!/usr/bin/python3
"""Rows that refer to nothing, of an application that does not enforce its foreign keys: while it is kept in
step they are rows like all others, whose parents may still come; the switch does with the rest what the plan
says; a return brings them back. Read from both sides without outgrow's help."""
import signal
import sqlite3

from harness import TIMEOUT_S, check, equal, run, test
from stall import OTHERS_GONE, STALLED, kill, must_see

SOURCE = """
CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE);
CREATE TABLE g (id INTEGER PRIMARY KEY, c INTEGER NOT NULL REFERENCES c(id));
CREATE TABLE w (k TEXT PRIMARY KEY NOT NULL, p INTEGER REFERENCES p(id)) WITHOUT ROWID;
INSERT INTO p VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO c VALUES (10, 1), (11, 2), (12, 99), (13, NULL);
INSERT INTO g VALUES (100, 10), (102, 12);
INSERT INTO w VALUES ('good', 2), ('lost', 77);
"""
TARGET = """
CREATE TABLE p (id bigint PRIMARY KEY, name text);
CREATE TABLE c (id bigint PRIMARY KEY, p bigint REFERENCES p ON DELETE CASCADE);
CREATE TABLE g (id bigint PRIMARY KEY, c bigint NOT NULL REFERENCES c);
CREATE TABLE w (k text PRIMARY KEY, p bigint REFERENCES p);
"""
TABLES = {"p": "id, name", "c": "id, p", "g": "id, c", "w": "k, p"}
VALID = "SELECT string_agg(convalidated::text, ' ') FROM pg_constraint WHERE contype = 'f' " \
        "AND connamespace = 'public'::regnamespace"


def prepare(t, orphans, existing=False, wal=True):
    path = t.sqlite("app.db", ("PRAGMA journal_mode = wal;" if wal else "") + SOURCE)
    t.psql(TARGET if existing else "")
    (t.folder / "plan.yaml").write_text(f"version: 1\nsources: {{main: app.db}}\ninto_existing: "
                                        f"{str(existing).lower()}\n"
                                        f"defaults: {{orphans: {orphans}}}\n")
    return path


def sync(t, code=0):
    return t.outgrow("sync", "--once", "--plan", "plan.yaml", t.target).expect(code)


def write(path, *statements):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def of_source(path):
    db = sqlite3.connect(path)
    found = {table: sorted((tuple(map(str, row)) for row in db.execute(f"SELECT {columns} FROM {table}")))
             for table, columns in TABLES.items()}
    db.close()
    return found


def of_target(t):
    return {table: sorted(tuple(cell or "None" for cell in row)
                          for row in t.rows(f"SELECT {columns} FROM {table}")) for table, columns in TABLES.items()}


def mirrors(t, path):
    equal(of_target(t), of_source(path), "all rows are there, orphans too")


def cutover(t, path):
    return t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0).err


def verified(t, path, what):
    found = t.outgrow("verify", path, t.target)
    check(found.code in (0, 7), what, found.code, found.out, found.err)


def life(t, path):
    """What an application does that does not enforce its keys."""
    sync(t)
    mirrors(t, path)
    write(path, "INSERT INTO c VALUES (14, 98), (15, 97)", "INSERT INTO g VALUES (104, 14)",
          "DELETE FROM p WHERE id = 1",
          "INSERT INTO w VALUES ('later', 97)")
    sync(t)
    mirrors(t, path)
    write(path, "INSERT INTO p VALUES (97, 'late')")
    sync(t)
    mirrors(t, path)


def aside(t):
    """Rows are kept with their types: {"integer": "10"}."""
    return t.rows("SELECT source_table, coalesce(\"row\"#>>'{id,integer}', \"row\"#>>'{k,text}'), nulled"
                  " FROM outgrow.set_aside ORDER BY 1, 2")


def end_of_log(path):
    db = sqlite3.connect(path)
    found = db.execute("SELECT max(seq) FROM _outgrow_log").fetchone()
    db.close()
    return found


def there_and_back(t, existing):
    path = prepare(t, "set-aside", existing)
    life(t, path)
    source = of_source(path)
    said = cutover(t, path)
    target = of_target(t)
    equal([row[0] for row in target["c"]], ["11", "13", "15"], said)
    equal(target["g"], [], "what refers to an orphan is one")
    equal([row[0] for row in target["w"]], ["good", "later"], "w")
    equal(aside(t), [("c", "10", "f"), ("c", "12", "f"), ("c", "14", "f"), ("g", "100", "f"), ("g", "102", "f"),
                     ("g", "104", "f"), ("w", "lost", "f")], "set aside")
    equal(t.psql(VALID), "true true true", "foreign keys")
    equal(of_source(path), source, "the file")
    t.outgrow("verify", path, t.target).expect(7)
    t.psql("INSERT INTO p VALUES (200, 'there'); INSERT INTO c VALUES (201, 200); DELETE FROM w WHERE p = 2;"
           "DELETE FROM p WHERE id = 2")
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    returned = of_source(path)
    check({"10", "12", "14", "201"} <= {row[0] for row in returned["c"]}, returned)
    check("11" not in {row[0] for row in returned["c"]}, "the cascade", returned)
    check(("lost", "77") in returned["w"], returned)
    write(path, "INSERT INTO p VALUES (98, 'at last')", "UPDATE g SET c = 13 WHERE id = 100")
    logged = end_of_log(path)
    sync(t)
    sync(t)
    mirrors(t, path)
    equal(aside(t), [], "rows like all others again")
    equal(end_of_log(path), logged, "nothing is written to the file for it")
    cutover(t, path)
    target = of_target(t)
    equal([row[0] for row in target["c"]], ["13", "14", "15", "201"], "c")
    equal([row[0] for row in target["g"]], ["100", "104"], "g")
    equal(t.psql(VALID), "true true true", "foreign keys")


@test("set-aside: kept while in step, aside at the switch with all that refers to them, back with the return")
def _(t):
    there_and_back(t, existing=False)


@test("the same in tables that were there before")
def _(t):
    there_and_back(t, existing=True)


@test("returned and switched again with no round between, an orphan that found its parent is there")
def _(t):
    path = prepare(t, "set-aside", wal=False)
    sync(t)
    cutover(t, path)
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    write(path, "INSERT INTO p VALUES (99, 'parent')")
    cutover(t, path)
    equal([row[0] for row in of_target(t)["c"]], ["10", "11", "12", "13"], "c")
    equal([row[0] for row in of_target(t)["g"]], ["100", "102"], "g")


@test("null: kept while in step, NULL at the switch where it can be; the key is proven")
def _(t):
    path = prepare(t, "null")
    life(t, path)
    cutover(t, path)
    target = of_target(t)
    equal(target["c"], [("10", "None"), ("11", "2"), ("12", "None"), ("13", "None"), ("14", "None"), ("15", "97")], "c")
    equal([row[0] for row in target["g"]], ["100", "102", "104"], "g")
    equal(target["w"], [("good", "2"), ("later", "97"), ("lost", "None")], "w")
    equal(t.psql(VALID), "true true true", "foreign keys")
    check(("c", "12", "t") in aside(t), aside(t))
    t.outgrow("verify", path, t.target).expect(7)
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    check(("12", "99") in of_source(path)["c"], "the file kept what it had")
    sync(t)
    sync(t)
    mirrors(t, path)


@test("null: verify knows which references became NULL, whatever rows come, change and go afterwards")
def _(t):
    path = prepare(t, "null")
    life(t, path)
    cutover(t, path)
    t.psql("INSERT INTO w VALUES ('first', 2), ('middle', NULL)")
    sync(t)
    verified(t, path, "rows come before the one whose reference is gone")
    t.psql("UPDATE c SET p = 2 WHERE id = 12; UPDATE w SET p = 3 WHERE k = 'lost'")
    sync(t)
    check(("12", "2") in of_source(path)["c"] and ("lost", "3") in of_source(path)["w"], of_source(path))
    verified(t, path, "they refer to rows that are there")
    t.psql("DELETE FROM w WHERE k = 'good'; UPDATE c SET p = NULL WHERE id = 11; DELETE FROM g WHERE id = 104; "
           "DELETE FROM c WHERE id = 14")
    sync(t)
    verified(t, path, "rows are gone")
    t.psql("SET session_replication_role = replica; ALTER TABLE w DISABLE TRIGGER ALL; "
           "UPDATE w SET p = 3 WHERE k = 'later'")
    equal(t.outgrow("verify", path, t.target).code, 6, "what was changed behind its back")


@test("keep: they stay, and the key holds for new rows only")
def _(t):
    path = prepare(t, "keep")
    life(t, path)
    said = cutover(t, path)
    mirrors(t, path)
    check("for new rows only" in said, said)
    equal(t.psql(VALID).split().count("false"), 2, "foreign keys")


@test("a parent that PostgreSQL does not take: said by every command, no difference, and the switch goes through")
def _(t):
    path = prepare(t, "keep")
    write(path, "UPDATE c SET p = 2 WHERE p = 99", "UPDATE w SET p = 2 WHERE p = 77",
          "CREATE TABLE n (id INTEGER PRIMARY KEY, "
          "v INTEGER)", "CREATE TABLE m (id INTEGER PRIMARY KEY, n INTEGER REFERENCES n(id))",
          "INSERT INTO n VALUES (1, 1)",
          "INSERT INTO m VALUES (10, 1)")
    sync(t)
    write(path, "UPDATE n SET v = 'twelve apples'")
    check("--set-aside" in sync(t).err, "the process that syncs says it")
    check("twelve" in t.psql("SELECT \"row\"::text FROM outgrow.set_aside") and "1 row set aside" in
          t.outgrow("status", t.target).out, "status")
    found = t.outgrow("verify", path, t.target).expect(7)
    check("public.m_n_fkey" not in found.out and "proven" in found.out, found.out)
    said = cutover(t, path)
    check("m_n_fkey" in said and "--set-aside" in said, said)
    equal(t.rows("SELECT id, n FROM m"), [("10", "1")])
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    write(path, "UPDATE n SET v = 12")
    sync(t)
    equal(t.rows("SELECT id, v FROM n"), [("1", "12")])
    cutover(t, path)
    equal(t.psql("SELECT convalidated FROM pg_constraint WHERE conname = 'm_n_fkey'"), "t")


# The end of a switch of what `life` has left, in either way of treating orphans: c, g, w.
SETTLED = {
    "set-aside": (["11/2", "13/None", "15/97"], [], ["good/2", "later/97"]),
    "null": (["10/None", "11/2", "12/None", "13/None", "14/None", "15/97"], ["100/10", "102/12", "104/14"],
             ["good/2", "later/97", "lost/None"]),
}


def hold(t, table, event, number):
    """The number-th such statement on the table stays inside its transaction."""
    t.psql(f"""CREATE SEQUENCE held;
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('public.held') = {number} THEN PERFORM pg_sleep(300); END IF; RETURN NULL; END $$;
        CREATE TRIGGER hold AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION hold();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER hold""")


def let_go(t, table):
    t.psql(f"DROP TRIGGER hold ON {table}; DROP FUNCTION hold(); DROP SEQUENCE held")


def nobody_writes(t, path):
    equal(t.psql("SELECT state FROM outgrow.live"), "paused")
    db = sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None)
    try:
        db.execute("INSERT INTO p VALUES (500, 'no')")
    except sqlite3.IntegrityError as words:
        check("PostgreSQL" in str(words), words)
    else:
        raise AssertionError("SQLite takes writes")
    finally:
        db.close()
    try:
        t.psql("INSERT INTO p VALUES (500, 'no')")  # as the superuser: the fence is for everybody
    except AssertionError as words:
        check("outgrow" in str(words), words)
    else:
        raise AssertionError("PostgreSQL takes writes")


def waits(t):
    """A process that syncs says what to do, and does nothing."""
    process = t.popen("sync", "--plan", "plan.yaml", t.target)
    must_see(lambda: "outgrow cutover opens PostgreSQL" in t.psql("SELECT reason FROM outgrow.live"), process,
             "a reason")
    kill(process)


def killed_while_settling(t, orphans, table, event, number, server, end, existing=False):
    path = prepare(t, orphans, existing)
    life(t, path)
    source = of_source(path)
    hold(t, table, event, number)
    process = t.popen("cutover", "--budget", "60s", path, t.target)
    must_see(lambda: t.psql(STALLED) != "0", process, f"{event} {number} on {table}")
    if server:
        t.server.stop(signal.SIGQUIT)
        process.communicate()
        t.server.start()
    else:
        kill(process)
        t.psql(OTHERS_GONE)
    let_go(t, table)
    nobody_writes(t, path)
    equal(of_source(path), source, "the file")
    if end == "abort":
        t.outgrow("cutover", "--abort", path, t.target).expect(0)
        sync(t)
        sync(t)
        mirrors(t, path)
        equal(aside(t), [], "rows like all others again")
    elif end == "sync":
        waits(t)
    cutover(t, path)
    target = of_target(t)
    equal(tuple(["/".join(row) for row in target[name]] for name in ("c", "g", "w")), SETTLED[orphans], end)
    equal(t.psql(VALID), "true true true", "foreign keys")
    verified(t, path, end)
    noted = aside(t)
    equal(len(noted), len(set(noted)), f"each is noted once: {noted}")
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    equal(of_source(path), source, "the file, returned to")
    sync(t)
    sync(t)
    mirrors(t, path)
    equal(aside(t), [], "nothing is aside any more")


@test("killed while orphans are noted, nobody writes; the same command settles them, each once")
def _(t):
    killed_while_settling(t, "set-aside", "outgrow.set_aside", "INSERT", 1, False, "cutover")


@test("killed between two of their tables, the process that syncs says what to do")
def _(t):
    killed_while_settling(t, "set-aside", "outgrow.set_aside", "INSERT", 2, False, "sync")


@test("killed while they are removed, in tables that were there before, the switch is taken back whole")
def _(t):
    killed_while_settling(t, "set-aside", "g", "DELETE", 1, False, "abort", existing=True)


@test("PostgreSQL killed while they are removed, the same command settles them")
def _(t):
    killed_while_settling(t, "set-aside", "c", "DELETE", 1, True, "cutover")


@test("PostgreSQL killed between two of their tables, the switch is taken back whole")
def _(t):
    killed_while_settling(t, "set-aside", "outgrow.set_aside", "INSERT", 3, True, "abort")


@test("killed while references become NULL, the same command does the rest")
def _(t):
    killed_while_settling(t, "null", "w", "UPDATE", 1, False, "cutover")


@test("PostgreSQL killed while references become NULL, in tables that were there before")
def _(t):
    killed_while_settling(t, "null", "outgrow.set_aside", "INSERT", 2, True, "sync", existing=True)


run()
