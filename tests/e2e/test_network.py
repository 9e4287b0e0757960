#!/usr/bin/python3
"""How often the program waits for the server: what a slow network multiplies. Counted by a proxy
between the two, never timed."""
import sqlite3

from compare import compare
from harness import check, equal, run, test
from proxy import Proxy
from stall import held

# For creating, copying, keys, indexes, sequences, statistics, comparing: it takes 19, give or take what two workers
# share out differently each time.
TURNS_PER_HUNDRED_TABLES = 25
TURNS_PER_CHUNK = 3  # COPY with its BEGIN; its end; the journal with the COMMIT
TURNS_PER_VERIFY_OF_HUNDRED = 6


def through(t, delay_s=0.0):
    folder = t.folder / "way"
    folder.mkdir()
    return Proxy(folder, str(t.server.directory), delay_s)


def many_tables(t, count):
    return t.sqlite(f"many{count}.db", "BEGIN;" + "".join(
        f"CREATE TABLE t{i} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, x REAL, at DATETIME, ok BOOLEAN,"
        f" doc JSON, raw BLOB); CREATE INDEX t{i}_name ON t{i} (name);"
        f"INSERT INTO t{i} VALUES (1, 'a{i}', 0.1, '2024-05-06T07:08:09Z', 1, '{{\"a\": [1, null]}}', x'00ff'),"
        f" (2, 'é', NULL, NULL, NULL, NULL, NULL), (-3, '', -1e300, '1999-12-31 23:59:59', 0, '1', x'');"
        for i in range(count)) + "COMMIT;")


@test("a hundred more tables cost a few waits, not several a table")
def _(t):
    proxy = through(t)
    turns = {}
    for count in 100, 500:
        source = many_tables(t, count)
        t.outgrow("migrate", "--jobs", "2", "--schema", f"s{count}", source, proxy.url(t.target)).expect(0)
        turns[count] = proxy.take_turns()
    more = (turns[500] - turns[100]) / 4
    check(more <= TURNS_PER_HUNDRED_TABLES, f"{more} turns for each hundred tables more: {turns}")
    for count in 100, 500:
        t.outgrow("verify", "--jobs", "2", "--schema", f"s{count}", t.folder / f"many{count}.db",
                  proxy.url(t.target)).expect(0)
        turns[count] = proxy.take_turns()
    more = (turns[500] - turns[100]) / 4
    check(more <= TURNS_PER_VERIFY_OF_HUNDRED, f"verify: {more} turns for each hundred tables: {turns}")
    proxy.close()


@test("rows that take the short way arrive cell by cell")
def _(t):
    source = many_tables(t, 60)
    t.migrate(source).expect(0)
    compare(source, t.target)


@test("of many small tables, those that differ are found and told apart")
def _(t):
    source = many_tables(t, 120)
    t.migrate(source).expect(0)
    t.psql("UPDATE t7 SET name = 'changed' WHERE id = 1; DELETE FROM t50 WHERE id = 2;"
           "INSERT INTO t119 (id, name) VALUES (9, 'extra'); ALTER TABLE t60 RENAME raw TO rough")
    report = t.outgrow("verify", "--json", source, t.target).expect(6).json()
    found = {(d["table"].removeprefix("public."), d["kind"]) for d in report["differences"]}
    check({("t7", "value"), ("t50", "missing row"), ("t119", "extra row"), ("t60", "column")} <= found, found)
    equal({table for table, _ in found}, {"t7", "t50", "t60", "t119"}, "tables with differences")


@test("a small table with a value that the server or the encoder refuses does not keep its neighbours")
def _(t):
    source = many_tables(t, 40)
    db = sqlite3.connect(source)
    db.execute("UPDATE t5 SET name = CAST(x'ff' AS TEXT) WHERE id = 2")
    db.execute("UPDATE t6 SET name = CAST(x'610062' AS TEXT) WHERE id = 1")
    db.commit()
    db.close()
    t.migrate(source).expect(7)
    equal(t.psql("SELECT source_table, position FROM outgrow.set_aside ORDER BY 1"), "t5|2\nt6|1")
    equal(t.psql("SELECT count(*) FROM t5"), "2")
    equal(t.psql("SELECT count(*) FROM t39"), "3")
    t.outgrow("verify", source, t.target).expect(7)


@test("a row that only the server refuses is set aside, and the ninety-nine tables beside it arrive")
def _(t):
    source = many_tables(t, 100)
    t.psql("""
        CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_regclass('public.t5') IS NOT NULL
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'no_two') THEN
                ALTER TABLE public.t5 ADD CONSTRAINT no_two CHECK (id <> 2);
            END IF;
        END $$;
        CREATE EVENT TRIGGER forbid ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION forbid();""")
    t.migrate(source).expect(7)
    equal(t.psql("SELECT source_table, position, reason LIKE '%23514%' FROM outgrow.set_aside"), "t5|2|t")
    equal(t.psql("SELECT id FROM t5 ORDER BY id"), "-3\n1")
    for i in 0, 4, 6, 99:
        equal(t.psql(f"SELECT count(*) FROM t{i}"), "3", f"rows in t{i}")
    equal(t.psql("SELECT sum(rows_copied), sum(rows_set_aside) FROM outgrow.chunks"), "299|1", "journalled")


@test("over a slow network rows stream: a chunk costs three waits, and there are two for each worker")
def _(t):
    source = t.sqlite("rows.db", """
        CREATE TABLE rows (id INTEGER PRIMARY KEY, a TEXT, b REAL);
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300000)
        INSERT INTO rows SELECT n * 7, 'row ' || n, n / 3.0 FROM n;""")
    few = t.sqlite("few.db", "CREATE TABLE rows (id INTEGER PRIMARY KEY, a TEXT, b REAL);"
                             "INSERT INTO rows VALUES (1, 'row', 0.5);")
    proxy = through(t, delay_s=0.005)
    t.outgrow("migrate", "--jobs", "1", "--schema", "few", few, proxy.url(t.target)).expect(0)
    few_turns = proxy.take_turns()
    t.outgrow("migrate", "--jobs", "1", source, proxy.url(t.target)).expect(0)
    more = proxy.take_turns() - few_turns
    chunks = int(t.psql("SELECT count(*) FROM outgrow.chunks WHERE source_table = 'rows'")) - 1
    equal(chunks, 2, "chunks of a table of 15 MB")
    # Reading back costs a wait for each part that one stream reads.
    check(more <= TURNS_PER_CHUNK * chunks + 4, f"{more} turns for {chunks} chunks")
    compare(source, t.target)
    proxy.close()


@test("a process that hangs while it creates the journal does not hang the others for ever")
def _(t):
    source = many_tables(t, 1)
    with held(t, "SELECT pg_advisory_xact_lock(1869968487, 3)"):
        result = t.migrate(source).expect(4)
    check("creating the schema outgrow" in result.err and "pg_locks" in result.err, result.err)
    t.migrate(source).expect(0)


@test("--max-rate is refused when it is no rate, and followed when it is one")
def _(t):
    source = many_tables(t, 3)
    for words in "fast", "20", "0MB", "MB":
        result = t.migrate(source, "--max-rate", words).expect(2)
        check("--max-rate" in result.err, result.err)
    t.migrate(source, "--max-rate", "100MB").expect(0)
    t.outgrow("verify", "--max-rate", "1000000rows/s", source, t.target).expect(0)
    compare(source, t.target)


run()
