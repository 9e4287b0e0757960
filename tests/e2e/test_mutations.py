#!/usr/bin/python3
"""Every kind of difference, planted into a pair that is the same: verify must find and name
it, as text, as JSON and in outgrow.differences; undone, the pair must be the same again."""
import sqlite3

from harness import Skip, check, equal, run, test
from stall import OTHERS_GONE, STALLED, kill, must_see, quiet

SOURCE = """
    CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
    INSERT INTO parents VALUES (1, 'one'), (2, 'two'), (3, 'three');
    CREATE TABLE cells (
        id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id), bits BLOB, moment TIMESTAMPTZ,
        price DECIMAL, small REAL, word TEXT, accent TEXT, big INTEGER, doc JSON, empty TEXT,
        absent TEXT, flag BOOLEAN, CONSTRAINT big_check CHECK (big <> 0));
    CREATE INDEX cells_word ON cells (word);
    CREATE UNIQUE INDEX cells_big ON cells (big);
    CREATE TABLE bag (word TEXT, number INTEGER);
    INSERT INTO bag VALUES ('a', 1), ('a', 1), ('b', 2), (NULL, NULL);
    CREATE TABLE keyed (a TEXT, b INTEGER, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
    INSERT INTO keyed VALUES ('x', 1, 'first'), ('x', 2, 'second'), ('y', 1, 'third');
"""


def good_pair(t):
    path = t.sqlite("app.db", SOURCE)
    db = sqlite3.connect(path)
    db.executemany("INSERT INTO cells VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", (
        (n, n % 3 + 1, bytes(range(n, n + 40)), f"2026-03-{n:02} 12:00:00+02:00", "0.1", 0.1, f"word {n}",
         "caf\u00e9", 9007199254740993 + 2 * n, '{"a": [1, 2], "b": "x"}', "", None, n % 2) for n in range(1, 21)))
    db.commit()
    db.close()
    t.migrate(path).expect(0)
    return path


def expect_found(t, path, table, kind, key=None, column=None, source=None, target=None):
    """One of the differences is this, in all three forms; values by a part of them."""
    result = t.outgrow("verify", "--json", path, t.target).expect(6)
    found = result.json()["differences"]

    def fits(table_found, key_found, column_found, kind_found, source_found, target_found):
        return (table_found == table and kind_found == kind and (key is None or key in (key_found or "")) and
                (column or None) == (column_found or None) and
                (source is None or source in (source_found or "NULL")) and
                (target is None or target in (target_found or "NULL")))

    wanted = (table, kind, key, column, source, target)
    hits = [d for d in found if fits(d["table"], d["key"], d["column"], d["kind"], d["source"], d["target"])]
    check(hits, "not found in the JSON:", wanted, found)
    text = t.outgrow("verify", path, t.target).expect(6).out
    flat = " ".join(text.split())
    for part in (table, kind, key, column, source, target):
        check(part is None or part == "NULL" or part in flat, part, "is not in the text:", text)
    check("NOT THE SAME" in text, text)
    rows = t.psql("SELECT target_table, coalesce(key, ''), coalesce(column_name, ''), kind, "
                  "coalesce(source_value, 'NULL'), coalesce(target_value, 'NULL') FROM outgrow.differences",
                  "-F", "\x1f").split("\n")
    check(any(fits(*row.split("\x1f")) for row in rows), "not in outgrow.differences:", wanted, rows)
    return found


def expect_same(t, path):
    result = t.outgrow("verify", "--json", path, t.target).expect(0)
    equal(result.json()["differences"], [], "differences")
    equal(t.psql("SELECT count(*) FROM outgrow.differences"), "0", "recorded differences")


def planted(sentence, plant, undo, *expected, **more):
    """Declares a test: plants, finds, undoes, and plants and repairs."""
    @test(f"{sentence}: found, named, and repaired")
    def _(t):
        path = good_pair(t)
        t.psql(plant)
        expect_found(t, path, *expected, **more)
        t.psql(undo)
        expect_same(t, path)
        t.psql(plant)
        report = t.outgrow("verify", "--repair", "--json", path, t.target).expect(0).json()
        equal(report["differences"], [], "differences after the repair")
        check("repaired" in report, report.keys())
        expect_same(t, path)


def update(column, value, back, key="id = 7", table="cells"):
    return (f"UPDATE {table} SET {column} = {value} WHERE {key}", f"UPDATE {table} SET {column} = {back} WHERE {key}")


planted("one flipped bit in a blob", *update("bits", "set_bit(bits, 17, 1 - get_bit(bits, 17))",
                                             "set_bit(bits, 17, 1 - get_bit(bits, 17))"),
        "public.cells", "value", key="id=7", column="bits", source="x'0708090a", target="x'07080")
planted("a timestamp off by its zone", *update("moment", "moment + interval '2 hours'", "moment - interval '2 hours'"),
        "public.cells", "value", key="id=7", column="moment", source="2026-03-07 12:00:00+02:00",
        target="2026-03-07 12:00:00+00")
planted("0.1 against 0.1000000001 in a decimal", *update("price", "0.1000000001", "0.1"),
        "public.cells", "value", key="id=7", column="price", source="0.1", target="0.1000000001")
planted("0.1 against 0.1000000001 in a double", *update("small", "0.1000000001", "0.1"),
        "public.cells", "value", key="id=7", column="small", source="0.1", target="0.1000000001")
planted("a trailing blank", *update("word", "word || ' '", "rtrim(word)"),
        "public.cells", "value", key="id=7", column="word", source="'word 7'", target="'word 7 '")
planted("an accent in another way", *update("accent", "normalize(accent, NFD)", "normalize(accent, NFC)"),
        "public.cells", "value", key="id=7", column="accent", source="caf", target="caf")
planted("an int8 rounded through a double", *update("big", "big::float8::int8", "9007199254741007"),
        "public.cells", "value", key="id=7", column="big", source="9007199254741007",
        target="9007199254741008")
planted("a document with another value of the same length",
        *update("doc", """'{"a": [1, 3], "b": "x"}'""", """'{"a": [1, 2], "b": "x"}'"""),
        "public.cells", "value", key="id=7", column="doc", source="2", target="3")
planted("NULL in place of ''", *update("empty", "NULL", "''"),
        "public.cells", "value", key="id=7", column="empty", source="''", target="NULL")
planted("'' in place of NULL", *update("absent", "''", "NULL"),
        "public.cells", "value", key="id=7", column="absent", source="NULL", target="''")
planted("two rows swapped between keys", *(["UPDATE keyed SET v = CASE b WHEN 1 THEN 'second' ELSE 'first' END "
                                            "WHERE a = 'x'", "UPDATE keyed SET v = CASE b WHEN 1 THEN 'first' "
                                            "ELSE 'second' END WHERE a = 'x'"]),
        "public.keyed", "value", key="a='x', b=1", column="v", source="'first'", target="'second'")
planted("a missing row", "CREATE TABLE kept AS SELECT * FROM keyed WHERE a = 'y'; DELETE FROM keyed WHERE a = 'y'",
        "INSERT INTO keyed SELECT * FROM kept; DROP TABLE kept", "public.keyed", "missing row", key="a='y', b=1")
planted("an extra row", "INSERT INTO keyed VALUES ('z', 9, 'nobody')", "DELETE FROM keyed WHERE a = 'z'",
        "public.keyed", "extra row", key="a='z', b=9")
planted("a duplicated row in a table without a key", "INSERT INTO bag VALUES ('b', 2)",
        "DELETE FROM bag WHERE ctid = (SELECT max(ctid) FROM bag WHERE word = 'b')",
        "public.bag", "extra row", key="'b'")
planted("a duplicated row that is missing once",
        "DELETE FROM bag WHERE ctid = (SELECT max(ctid) FROM bag WHERE word = 'a')",
        "INSERT INTO bag VALUES ('a', 1)", "public.bag", "missing row", key="'a'")
planted("a sequence that is behind", "SELECT setval(pg_get_serial_sequence('parents', 'id'), 1)",
        "SELECT setval(pg_get_serial_sequence('parents', 'id'), 3)",
        "public.parents", "sequence", column="id", source="3", target="2")
planted("a constraint left NOT VALID", "UPDATE pg_constraint SET convalidated = false WHERE contype = 'f'",
        "UPDATE pg_constraint SET convalidated = true WHERE contype = 'f'",
        "public.cells", "constraint", source="FOREIGN KEY", target="not validated")
planted("a missing check", "ALTER TABLE cells DROP CONSTRAINT big_check",
        "ALTER TABLE cells ADD CONSTRAINT big_check CHECK (big <> 0)",
        "public.cells", "constraint", source="CHECK", target="missing")
planted("a missing index", "DROP INDEX cells_word", "CREATE INDEX cells_word ON cells (word)",
        "public.cells", "index", source="CREATE INDEX", target="missing")
planted("a missing unique index", "DROP INDEX cells_big", "CREATE UNIQUE INDEX cells_big ON cells (big)",
        "public.cells", "index", source="CREATE UNIQUE INDEX", target="missing")
planted("a missing primary key", "ALTER TABLE keyed DROP CONSTRAINT keyed_pkey",
        "ALTER TABLE keyed ADD CONSTRAINT keyed_pkey PRIMARY KEY (a, b)",
        "public.keyed", "key", source="PRIMARY KEY", target="missing")
planted("a column that takes NULL", "ALTER TABLE parents ALTER name DROP NOT NULL",
        "ALTER TABLE parents ALTER name SET NOT NULL", "public.parents", "constraint", column="name",
        source="NOT NULL")


@test("many kinds at once, and more rows than are shown, are all repaired; keys and triggers are as before")
def _(t):
    path = t.sqlite("many.db", """
        CREATE TABLE parent (id INTEGER PRIMARY KEY, v TEXT);
        CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent (id) ON DELETE CASCADE, v TEXT);
        WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 5000)
            INSERT INTO parent SELECT i, 'v' || i FROM s;
        INSERT INTO child SELECT id, id, v FROM parent;
        CREATE TABLE pairs (a INTEGER, b TEXT, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
        INSERT INTO pairs SELECT id, 'k' || id, v FROM parent;
    """)
    t.migrate(path).expect(0)
    constraints = ("SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
                   "WHERE conrelid IN ('parent'::regclass, 'child'::regclass) ORDER BY 1")
    before = t.psql(constraints)
    t.psql("""
        CREATE TABLE noted (id bigint);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO noted VALUES (1); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT OR DELETE OR UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION note();
        ALTER TABLE parent DISABLE TRIGGER note;
        UPDATE parent SET v = 'other' WHERE id % 3 = 0;
        UPDATE pairs SET v = 'other' WHERE a % 2 = 0;
        DELETE FROM child WHERE id % 5 = 0;
        INSERT INTO child SELECT id + 100000, id, 'extra' FROM parent WHERE id % 7 = 0;
        ALTER TABLE parent ENABLE TRIGGER note;
    """)
    found = t.outgrow("verify", "--json", path, t.target).expect(6).json()
    check(len(found["differences"]) > 200, len(found["differences"]))
    report = t.outgrow("verify", "--repair", "--json", path, t.target).expect(0).json()
    equal(report["repaired"]["rows_stored"], 1666 + 2500 + 1000, "rows copied again")
    equal(report["repaired"]["rows_removed"], 1666 + 2500 + 714, "rows removed")
    equal(t.psql(constraints), before, "constraints")
    equal(t.psql("SELECT count(*) FROM noted"), "0", "what the trigger did")
    equal(t.psql("SELECT tgenabled FROM pg_trigger WHERE tgname = 'note'"), "O", "the trigger")
    expect_same(t, path)


def into_partitions(t, *extra):
    """1,000 events in four partitions, one of them partitioned again, with a trigger and keys of both kinds."""
    path = t.sqlite("parts.db", """
        CREATE TABLE owner (id INTEGER PRIMARY KEY, name TEXT);
        INSERT INTO owner VALUES (1, 'one'), (2, 'two');
        CREATE TABLE event (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owner (id), v TEXT);
        WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < 999)
            INSERT INTO event SELECT i, i % 2 + 1, 'v' || i FROM s;
        CREATE TABLE loose (id INTEGER, v TEXT);
        INSERT INTO loose SELECT id % 4, 'same' FROM event;
        CREATE TABLE parent (id INTEGER PRIMARY KEY, v TEXT);
        INSERT INTO parent SELECT id, v FROM event;
    """)
    t.psql("""
        CREATE TABLE owner (id bigint PRIMARY KEY, name text);
        CREATE TABLE event (id bigint PRIMARY KEY, owner bigint REFERENCES owner (id), v text) PARTITION BY RANGE (id);
        CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (250);
        CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (250) TO (500);
        CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM (500) TO (1000) PARTITION BY RANGE (id);
        CREATE TABLE "Event 3a" PARTITION OF event_3 FOR VALUES FROM (500) TO (750);
        CREATE TABLE event_3b PARTITION OF event_3 FOR VALUES FROM (750) TO (1000);
        CREATE TABLE loose (id bigint, v text) PARTITION BY LIST (id);
        CREATE TABLE loose_0 PARTITION OF loose FOR VALUES IN (0, 1);
        CREATE TABLE loose_2 PARTITION OF loose FOR VALUES IN (2, 3);
        CREATE TABLE parent (id bigint PRIMARY KEY, v text);
        CREATE TABLE noted (id bigint);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO noted VALUES (1); RETURN NULL; END $$;
    """)
    t.outgrow("migrate", "--into-existing", path, t.target).expect(0)
    t.psql("CREATE TRIGGER note AFTER INSERT OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION note();")
    return path


@test("rows of one place in several partitions are told apart: --repair removes and copies just those that differ")
def _(t):
    path = into_partitions(t)
    state = ("SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
             "WHERE contype IN ('f', 'p') ORDER BY 1, 2")
    triggers = "SELECT tgrelid::regclass, tgenabled FROM pg_trigger WHERE tgname = 'note' ORDER BY 1"
    before = t.psql(state), t.psql(triggers)
    places = "SELECT count(DISTINCT ctid), count(*) FROM event"
    equal(t.psql(places), "250|1000", "places and rows")
    t.psql("""
        ALTER TABLE event DISABLE TRIGGER note;
        UPDATE event SET v = 'other' WHERE id IN (7, 600);
        DELETE FROM event WHERE id IN (300, 999);
        INSERT INTO event VALUES (300, 2, 'v300 ');
        DELETE FROM loose WHERE ctid = '(0,1)';
        INSERT INTO loose VALUES (1, 'same'), (2, 'same');
        ALTER TABLE event ENABLE TRIGGER note;
    """)
    untouched = "SELECT count(*) FROM event WHERE xmin = (SELECT xmin FROM event WHERE id = 1)"
    equal(t.psql(untouched), "996", "rows as they were copied")
    expect_found(t, path, "public.event", "value", key="id=600", column="v", source="'v600'", target="'other'")
    expect_found(t, path, "public.event", "missing row", key="id=999")
    report = t.outgrow("verify", "--repair", "--json", path, t.target).expect(0).json()
    # loose has lost a row of 0 and one of 2, and got one of 1 and one of 2
    equal(report["differences"], [], "differences after the repair")
    equal((report["repaired"]["rows_stored"], report["repaired"]["rows_removed"]), (5, 4), "rows")
    equal(t.psql(untouched), "996", "rows that did not differ were left alone")
    equal(t.psql("SELECT id, v FROM event WHERE id IN (7, 300, 600, 999) ORDER BY 1"),
          "7|v7\n300|v300\n600|v600\n999|v999", "the rows")
    equal(t.psql("SELECT id, count(*) FROM loose GROUP BY 1 ORDER BY 1"), "0|250\n1|250\n2|250\n3|250",
          "rows without a key")
    equal((t.psql(state), t.psql(triggers)), before, "keys and triggers")
    equal(t.psql("SELECT count(*) FROM noted"), "0", "what the trigger did")
    expect_same(t, path)


@test("rows in a table that inherits are found in it, and removed from it")
def _(t):
    path = into_partitions(t)
    t.psql("""
        CREATE TABLE heir () INHERITS (parent);
        CREATE TRIGGER note AFTER DELETE ON heir FOR EACH ROW EXECUTE FUNCTION note();
        INSERT INTO heir VALUES (5000, 'extra'), (5001, 'extra');
    """)
    equal(t.psql("SELECT ctid FROM parent WHERE id = 5000"), t.psql("SELECT min(ctid) FROM ONLY parent"), "the place")
    expect_found(t, path, "public.parent", "extra row", key="id=5000")
    report = t.outgrow("verify", "--repair", "--json", path, t.target).expect(0).json()
    equal((report["repaired"]["rows_removed"], report["repaired"]["rows_stored"]), (2, 0), "what was done")
    equal(t.psql("SELECT count(*) FROM heir"), "0", "rows of the heir")
    equal(t.psql("SELECT count(*) FROM ONLY parent"), "1000", "rows of the table itself")
    equal(t.psql("SELECT count(*) FROM noted"), "0", "what the trigger did")
    expect_same(t, path)


@test("rows in a table of another server have no place: a warning says so, and the difference stays")
def _(t):
    if t.psql("SELECT count(*) FROM pg_available_extensions WHERE name = 'file_fdw'") == "0":
        raise Skip("the server has no file_fdw")
    path = into_partitions(t)
    t.psql("""
        CREATE EXTENSION file_fdw;
        CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        ALTER TABLE parent ALTER v SET NOT NULL;
        CREATE FOREIGN TABLE far () INHERITS (parent) SERVER files OPTIONS (program 'echo 5000,far', format 'csv');
    """)
    result = t.outgrow("verify", "--repair", "--json", path, t.target).expect(6)
    check(any("no table of the server's own" in warning for warning in result.json()["warnings"]),
          result.json()["warnings"])
    check("extra row" in {d["kind"] for d in result.json()["differences"]}, result.json()["differences"])


@test("a row that changed in the source since is carried over by --repair")
def _(t):
    path = good_pair(t)
    db = sqlite3.connect(path)
    db.execute("UPDATE keyed SET v = 'changed' WHERE a = 'y'")
    db.execute("INSERT INTO parents (name) VALUES ('four')")
    db.commit()
    db.close()
    t.outgrow("verify", path, t.target).expect(6)
    t.outgrow("verify", "--repair", path, t.target).expect(0)
    equal(t.psql("SELECT v FROM keyed WHERE a = 'y'"), "changed", "the row")
    equal(t.psql("SELECT name FROM parents WHERE id = 4"), "four", "the new row")


@test("--repair without a migration is refused")
def _(t):
    path = t.sqlite("never.db", "CREATE TABLE t (id INTEGER PRIMARY KEY);")
    result = t.outgrow("verify", "--repair", path, t.target).expect(2)
    check("migrat" in result.err, result.err)


@test("--tables compares those, says that it was not all, and refuses what is no table")
def _(t):
    path = good_pair(t)
    t.psql("UPDATE cells SET word = 'x' WHERE id = 3")
    report = t.outgrow("verify", "--tables", "keyed, public.bag", "--json", path, t.target).expect(0).json()
    equal(report["outcome"], "the chosen tables are the same", "outcome")
    equal(report["partial"], True, "partial")
    text = t.outgrow("verify", "--tables", "KEYED", path, t.target).expect(0).out
    check("proven" not in text and "nothing about the rest" in " ".join(text.split()), text)
    t.outgrow("verify", "--tables", "cells", path, t.target).expect(6)
    result = t.outgrow("verify", "--tables", "keyed,nowhere", path, t.target).expect(2)
    check("nowhere" in result.err, result.err)


@test("--sample reads a part of the rows, finds what is in it, and says that it was a sample")
def _(t):
    path = t.sqlite("large.db", """
        CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
        WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 20000)
            INSERT INTO t SELECT i, 'v' || i FROM s;
    """)
    t.migrate(path).expect(0)
    report = t.outgrow("verify", "--sample", "10%", "--json", path, t.target).expect(0).json()
    equal(report["outcome"], "the sample is the same", "outcome")
    read = report["tables"][0]["rows_source"]
    check(1000 < read < 4000, read)
    t.psql("UPDATE t SET v = v || '!'")
    t.outgrow("verify", "--sample", "1", path, t.target).expect(6)
    t.migrate(t.sqlite("words.db", "CREATE TABLE words (w TEXT PRIMARY KEY); "
                                   "INSERT INTO words VALUES ('a');")).expect(0)
    result = t.outgrow("verify", "--sample", "5%", t.folder / "words.db", t.target).expect(0)
    check("compared in full" in result.err and "words" in result.err, result.err)
    for wrong in ("0", "-1", "101%", "ten", "5%%"):
        t.outgrow("verify", "--sample", wrong, path, t.target).expect(2)


def interrupted(t, path, *command):
    """Starts verify and kills it when it has two tables remembered, and is about to have a third;
        the names of the two."""
    t.psql("""CREATE SEQUENCE outgrow.seen;
        CREATE FUNCTION outgrow.hold() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF nextval('outgrow.seen') = 3 THEN PERFORM pg_sleep(600); END IF; RETURN NULL; END $$;
        CREATE TRIGGER hold AFTER INSERT ON outgrow.verified FOR EACH ROW EXECUTE FUNCTION outgrow.hold();""")
    process = t.popen(*(command or ("verify",)), "--jobs", "1", "--quiet", path, t.target)
    must_see(lambda: t.psql(STALLED) == "1", process, "a third table is found the same")
    kill(process)
    t.psql(OTHERS_GONE)
    quiet(t)
    t.psql("DROP FUNCTION outgrow.hold CASCADE; DROP SEQUENCE outgrow.seen")
    known = t.psql("SELECT string_agg(source_table, ' ' ORDER BY source_table) FROM outgrow.verified").split()
    equal(len(known), 2, known)
    return known


def compared_before(report):
    return sorted(table["source"] for table in report["tables"] if table.get("compared_before"))


@test("an interrupted verify goes on; what was written to in between, on either side, is compared again")
def _(t):
    path = t.sqlite("app.db", "".join(f"""
        CREATE TABLE t{n} (id INTEGER PRIMARY KEY, v TEXT);
        WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {80000 - n * 5000})
            INSERT INTO t{n} SELECT i, 'value ' || i FROM s;""" for n in range(4)))
    t.migrate(path).expect(0)

    def again(*options, code=0):
        return t.outgrow("verify", "--json", *options, path, t.target).expect(code).json()

    known = interrupted(t, path)
    equal(compared_before(again()), known, "compared before")
    equal(t.psql("SELECT count(*) FROM outgrow.verified"), "0", "remembered after the end")

    known = interrupted(t, path)
    equal(compared_before(again("--restart")), [], "with --restart")

    for write in ("UPDATE {} SET v = 'x' WHERE id = 7", "DELETE FROM {} WHERE id = 7",
                  "INSERT INTO {} VALUES (-1, 'x')",
                  "DELETE FROM {0} WHERE id = 7; INSERT INTO {0} VALUES (-1, 'x')"):
        known = interrupted(t, path)
        t.psql("BEGIN; CREATE TABLE kept AS SELECT * FROM {0}; {1}; COMMIT".format(known[0], write.format(known[0])))
        report = again(code=6)
        check(known[0] not in compared_before(report), write, compared_before(report))
        equal(compared_before(report), known[1:], "the others")
        t.psql(f"TRUNCATE {known[0]}; INSERT INTO {known[0]} SELECT * FROM kept; DROP TABLE kept")

    interrupted(t, path)
    db = sqlite3.connect(path)
    for value in "other", "value 9":
        db.execute("UPDATE t0 SET v = ? WHERE id = 9", (value,))
        db.commit()
    db.close()
    equal(compared_before(again()), [], "after a write to the source")


@test("a migration that was killed while it compared goes on with the comparison")
def _(t):
    path = t.sqlite("app.db", "".join(f"""
        CREATE TABLE t{n} (id INTEGER PRIMARY KEY, v TEXT);
        WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {80000 - n * 5000})
            INSERT INTO t{n} SELECT i, 'value ' || i FROM s;""" for n in range(4)))
    t.migrate(t.sqlite("first.db", "CREATE TABLE first (id INTEGER PRIMARY KEY)")).expect(0)  # makes the journal
    known = interrupted(t, path, "migrate", "--replace")
    report = t.migrate(path, "--replace", "--json").expect(0).json()
    equal(report["resumed"], True, "resumed")
    equal(compared_before(report), known, "compared before")


run()
