#!/usr/bin/python3
"""What becomes of rows that do not fit together: orphans, keys that become one, keys that are there already,
columns that only the plan has, and foreign keys from one source to another."""
import json

from harness import check, equal, run, test
from stall import OTHERS_GONE, STALL, STALLED, kill, quiet, wait_for

UPPER, LOWER, OTHER = ("6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff",
                       "00000000-0000-4000-8000-000000000001")


def plan(t, text, name="plan.yaml"):
    (t.folder / name).write_text("version: 1\n" + text)
    return name


def aside(t):
    """[(table, first value of the row, altered)], from the lossless rows."""
    return sorted((table, json.dumps(next(iter(json.loads(row).values()))), altered) for table, row, altered in t.rows(
        'SELECT source_table, "row", altered FROM outgrow.set_aside'))


def by_first(t, table):
    return [row for row in t.rows(f"SELECT * FROM {table} ORDER BY 1, 2")]


# ---- orphans


@test("of several columns only those that can be NULL lose their value; where none can, the row is set aside")
def _(t):
    t.sqlite("a.db", """
        CREATE TABLE u (tenant INTEGER, id INTEGER, PRIMARY KEY (tenant, id)); INSERT INTO u VALUES (1, 1);
        CREATE TABLE part (tenant INTEGER NOT NULL, n INTEGER, owner INTEGER, PRIMARY KEY (tenant, n),
            FOREIGN KEY (tenant, owner) REFERENCES u (tenant, id));
        CREATE TABLE full_one (n INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, owner INTEGER NOT NULL,
            FOREIGN KEY (tenant, owner) REFERENCES u (tenant, id));
        CREATE TABLE pair (n INTEGER PRIMARY KEY, tenant INTEGER, owner INTEGER,
            FOREIGN KEY (tenant, owner) REFERENCES u (tenant, id));
        INSERT INTO part VALUES (1, 1, 1), (1, 2, 9), (2, 3, NULL);
        INSERT INTO full_one VALUES (1, 1, 1), (2, 1, 8); INSERT INTO pair VALUES (1, 1, 1), (2, 1, 8);""")
    said = t.outgrow("migrate", "--plan", plan(t, "sources: {a: a.db}\ndefaults: {orphans: null}\n"),
                     t.target).expect(7).out
    equal(by_first(t, "part"), [("1", "1", "1"), ("1", "2", ""), ("2", "3", "")])
    equal(by_first(t, "full_one"), [("1", "1", "1")])
    equal(by_first(t, "pair"), [("1", "1", "1"), ("2", "", "")])
    equal(t.rows("SELECT source_table, column_name, altered FROM outgrow.set_aside ORDER BY 1, 2"),
          [("full_one", "tenant", "f"), ("pair", "owner", "t"), ("pair", "tenant", "t"), ("part", "owner", "t")])
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid IN "
                 "('part'::regclass, 'full_one'::regclass, 'pair'::regclass)"), "3")
    check("rowid 2): they are set aside" in " ".join(said.split()), "the warning promises something else:", said)
    t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(7)


FILLED = """
CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (id bigint PRIMARY KEY, p bigint REFERENCES p);
INSERT INTO p VALUES (5); INSERT INTO c VALUES (50, 5), (3, 5);
"""
CHILDREN = """
CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p);
INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1), (2, 99), (3, 99), (4, 5);
"""
INTO = "sources: {a: a.db}\ninto_existing: true\ndefaults: {orphans: set-aside, on_conflict: skip}\n"


@test("in tables that held rows, our orphans are set aside and the foreign key is valid again")
def _(t):
    t.sqlite("a.db", CHILDREN)
    t.psql(FILLED)
    t.outgrow("migrate", "--plan", plan(t, INTO), t.target).expect(7)
    equal(by_first(t, "c"), [("1", "1"), ("3", "5"), ("4", "5"), ("50", "5")])
    equal(aside(t), [("c", '{"integer": "2"}', "f")])
    equal(t.psql("SELECT convalidated FROM pg_constraint WHERE conname = 'c_p_fkey'"), "t")
    t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(7)


@test("an orphan that was there before is not ours: nothing is deleted, and the report says NOT VALID")
def _(t):
    t.sqlite("a.db", CHILDREN)
    t.psql(FILLED + "ALTER TABLE c DROP CONSTRAINT c_p_fkey; INSERT INTO c VALUES (60, 99);"
           "ALTER TABLE c ADD CONSTRAINT c_p_fkey FOREIGN KEY (p) REFERENCES p NOT VALID")
    t.outgrow("migrate", "--plan", plan(t, INTO), t.target).expect(0)
    equal(by_first(t, "c"), [("1", "1"), ("2", "99"), ("3", "5"), ("4", "5"), ("50", "5"), ("60", "99")])
    equal(t.psql("SELECT convalidated FROM pg_constraint WHERE conname = 'c_p_fkey'"), "f")


# ---- keys that become one

COLLIDING = f"""
CREATE TABLE u (id UUID PRIMARY KEY, n TEXT);
INSERT INTO u VALUES ('{UPPER}', 'first'), ('{LOWER}', 'second'), ('{OTHER}', 'x');
CREATE TABLE r (id INTEGER PRIMARY KEY, u UUID REFERENCES u (id)); INSERT INTO r VALUES (1, '{LOWER}'), (2, '{OTHER}');
CREATE TABLE m (id PRIMARY KEY, n TEXT); INSERT INTO m VALUES (1, 'a'), ('1', 'b'), ('x', 'c');
CREATE TABLE k (a TEXT, b UUID, n TEXT, UNIQUE (a, b));
INSERT INTO k VALUES ('a', '{UPPER}', 'k1'), ('a', '{LOWER}', 'k2'), ('b', '{LOWER}', 'k3'), ('c', NULL, 'k4'),
    ('c', NULL, 'k5'), ('a', '{UPPER.replace("F", "f", 1)}', 'k6');
"""


def collided(t):
    equal(t.rows("SELECT n FROM u ORDER BY 1"), [("first",), ("x",)])
    equal(t.rows("SELECT n FROM m ORDER BY 1"), [("a",), ("c",)])
    equal(t.rows("SELECT n FROM k ORDER BY 1"), [("k1",), ("k3",), ("k4",), ("k5",)])
    equal(t.rows("SELECT id, u FROM r ORDER BY 1"), [("1", LOWER), ("2", OTHER)])
    equal(t.rows("SELECT conrelid::regclass, contype, convalidated FROM pg_constraint WHERE contype IN ('p', 'u', 'f') "
                 "AND connamespace = 'public'::regnamespace ORDER BY conrelid::regclass::text COLLATE \"C\", 2"),
          [("k", "u", "t"), ("m", "p", "t"), ("r", "f", "t"), ("r", "p", "t"), ("u", "p", "t")])
    equal(t.rows("SELECT source_table, count(*) FROM outgrow.set_aside GROUP BY 1 ORDER BY 1"),
          [("k", "2"), ("m", "1"), ("u", "1")])


@test("a UUID in two spellings, 1 and '1': the first row stays, the others are set aside, the keys are made")
def _(t):
    path = t.sqlite("a.db", COLLIDING)
    said = t.migrate(path).expect(7).out
    collided(t)
    check("a row before it has the same key (a, b) once converted" in said, said)
    t.outgrow("verify", path, t.target).expect(7)
    retried = t.migrate(path, "--retry-set-aside").expect(7)
    check("0 rows went in, 4 are set aside still" in retried.err, retried.err)


@test("rows that break a unique key which only the plan asks for: the first stays, the others are set aside, "
      "the key is made")
def _(t):
    t.sqlite("a.db", """
        CREATE TABLE p (id INTEGER PRIMARY KEY, mail TEXT, part INTEGER, v TEXT);
        INSERT INTO p VALUES (1, 'a', 1, 'one'), (2, 'a', 1, 'two'), (3, 'a', 2, 'three'), (4, NULL, 1, 'four'),
            (5, NULL, 1, 'five'), (6, 'b', 1, 'six'), (7, 'a', 1, 'seven');""")
    (t.folder / "plan.yaml").write_text("version: 1\nsources: {a: a.db}\ntables:\n"
                                        "  - {from: p, to: public.p, unique: [[mail, part]]}\n")
    said = t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(7).out
    check("a row before it has the same key (mail, part)" in said, said)
    equal(t.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM p"), "1,3,4,5,6", "rows")
    equal(t.rows("SELECT position, \"row\"->'v'->>'text' FROM outgrow.set_aside ORDER BY 1"),
          [("2", "two"), ("7", "seven")], "set aside")
    equal(t.psql("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'p'::regclass"
                 " AND contype = 'u'"),
          "UNIQUE (mail, part)", "the key")
    t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(7)


@test("what SQLite's NOCASE tells apart and lower() or citext does not, and numbers written in two ways, are settled")
def _(t):
    source = """
        CREATE TABLE n (id TEXT COLLATE NOCASE PRIMARY KEY, v TEXT) WITHOUT ROWID;
        INSERT INTO n VALUES ('É', 'a'), ('é', 'b'), ('E', 'c'), ('Ä', 'd');
        CREATE TABLE u (id INTEGER PRIMARY KEY, part INTEGER, mail TEXT, "outgrow key" TEXT);
        CREATE UNIQUE INDEX u_mail ON u (part, mail COLLATE NOCASE);
        INSERT INTO u VALUES (1, 1, 'ÄA', 'x'), (2, 1, 'äa', 'x'), (3, 2, 'äA', 'x'), (4, 1, 'Äa ', 'x'),
            (5, 1, NULL, 'x'),
            (6, 1, 'ä', 'x'), (7, 1, 'Ä', 'x'), (8, 1, 'äb', 'x');
        CREATE TABLE d (id TEXT PRIMARY KEY, v TEXT);
        INSERT INTO d VALUES ('1.5', 'a'), ('2', 'b'), ('1.50', 'c'), ('1.500', 'd');
    """
    t.sqlite("a.db", source)
    citext = t.psql("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'") == "1"
    for nocase in ("lower", "citext") if citext else ("lower",):
        text = (f"sources: {{a: a.db}}\ndefaults: {{nocase: {nocase}, collation: database}}\ntables:\n"
                "  - {from: d, to: public.d, columns: {id: {type: numeric}}}\n")
        report = t.outgrow("migrate", "--replace", "--plan", plan(t, text), "--json", t.target).expect(7).json()
        equal(report["differences"], [], nocase)
        equal(t.psql("SELECT string_agg(v, '' ORDER BY v) FROM d"), "ab", "numbers")
        equal(t.psql("SELECT string_agg(v, '' ORDER BY v) FROM n"), "acd", "keys")
        equal(t.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM u"), "1,3,4,5,6,8", "rows")
        equal(t.psql("SELECT count(*) FROM pg_index WHERE indisunique AND indisvalid AND indrelid = 'u'::regclass"),
              "2",
              "indexes")
        equal(t.psql("SELECT count(*) FROM outgrow.set_aside WHERE run_id = (SELECT max(run_id) FROM outgrow.runs)"),
              "5",
              "set aside")
        t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(7)


@test("unique indexes of expressions, and of some rows only, that the rows break here are settled, "
      "also where columns are NULL")
def _(t):
    t.sqlite("a.db", """
        CREATE TABLE e (id INTEGER PRIMARY KEY, mail TEXT, tenant INTEGER, note TEXT, gone INTEGER);
        CREATE UNIQUE INDEX e_mail ON e (lower(mail), coalesce(tenant, 0));
        CREATE UNIQUE INDEX e_note ON e (note COLLATE NOCASE) WHERE gone IS NULL;
        INSERT INTO e VALUES (1, 'ÄA', NULL, 'É', NULL), (2, 'äa', 0, 'x', NULL), (3, 'äA', 1, 'é', 1), (4, NULL, NULL,
            'É', 1),
            (5, NULL, NULL, 'é', NULL), (6, 'äb', NULL, NULL, NULL), (7, 'ÄB', NULL, NULL, NULL), (8, 'äc', 5, 'Z',
                NULL);
        CREATE TABLE d (id INTEGER PRIMARY KEY, code TEXT);
        INSERT INTO d VALUES (1, NULL), (2, 'b'), (3, NULL), (4, 'none');""")
    text = ("sources: {a: a.db}\ndefaults: {collation: database}\ntables:\n  - {from: d, to: public.d, "
            "unique: [[code]], "
            "columns: {code: {type: text, not_null: true, default: none}}}\n")
    report = t.outgrow("migrate", "--plan", plan(t, text), "--json", t.target).expect(7).json()
    equal(report["differences"], [], "differences")
    equal(t.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM e"), "1,3,4,6,8", "rows")
    equal(t.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM d"), "1,2", "rows with a default")
    equal(t.rows("SELECT source_table, position, reason FROM outgrow.set_aside ORDER BY 1, 2"),
          [(table, number, f"a row before it has the same key ({key}) once converted") for table, number, key in (
              ("d", "3", "code"), ("d", "4", "code"), ("e", "2", "mail, tenant"), ("e", "5", "note, gone"),
              ("e", "7", "mail, tenant"))], "set aside")
    equal(t.psql("SELECT count(*) FROM pg_index WHERE indisunique AND indisvalid AND NOT indisprimary "
                 "AND indrelid IN ('e'::regclass, 'd'::regclass)"), "3", "indexes")
    t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(7)


@test("killed while such rows are settled, the same command ends the same way")
def _(t):
    path = t.sqlite("a.db", COLLIDING)
    t.migrate(t.sqlite("other.db", "CREATE TABLE other_one (a)"), "--schema", "other").expect(0)  # makes the journal
    t.psql(STALL)
    kills = 0
    for number in range(4, 60, 3):
        t.psql(f"ALTER SEQUENCE stall.writes RESTART; UPDATE stall.at SET n = {number}, seconds = 600")
        process = t.popen("migrate", path, t.target)
        stalled = wait_for(lambda: t.psql(STALLED) != "0", process, f"write {number}")
        kill(process)
        t.psql(OTHERS_GONE)
        quiet(t)
        if not stalled:
            break
        kills += 1
    check(kills > 3, "only", kills, "kills")
    t.psql("UPDATE stall.at SET n = -1; DROP SCHEMA stall CASCADE")
    t.migrate(path).expect(7)
    collided(t)


# ---- into tables that are there


@test("columns that only the plan has are filled where the target's own table has them")
def _(t):
    t.sqlite("a.db", "CREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT); INSERT INTO u VALUES (1, 'a'), (2, NULL)")
    t.psql("CREATE TABLE u (id bigint PRIMARY KEY, n text, extra jsonb NOT NULL, kind text NOT NULL DEFAULT 'theirs', "
           "since date DEFAULT '2000-01-01')")
    name = plan(t, "sources: {a: a.db}\ninto_existing: true\ntables:\n- from: u\n  add:\n"
                "    extra: {type: jsonb, default: '{\"a\": [1]}', not_null: true}\n"
                "    kind: {type: text, default: ours}\n    gone: {type: text, default: x}\n"
                "    since: {type: date, default: {sql: now()}}\n")
    said = t.outgrow("migrate", "--plan", name, t.target).expect(0).out
    equal(by_first(t, "u"), [("1", "a", '{"a": [1]}', "ours", "2000-01-01"),
                             ("2", "", '{"a": [1]}', "ours", "2000-01-01")])
    check("gone" in said and "has no column of that name" in said, said)
    t.outgrow("verify", "--plan", name, t.target).expect(0)


@test("on_conflict: update replaces rows whose identity nobody may SET")
def _(t):
    t.sqlite("a.db", "CREATE TABLE u (id INTEGER, n TEXT PRIMARY KEY, v TEXT); "
             "INSERT INTO u VALUES (7, 'a', 'new'), (8, 'b', 'new')")
    t.psql("CREATE TABLE u (id bigint GENERATED ALWAYS AS IDENTITY UNIQUE, n text PRIMARY KEY, v text); "
           "INSERT INTO u (n, v) VALUES ('a', 'old'), ('c', 'old'); "
           "CREATE TABLE child (u text REFERENCES u ON DELETE CASCADE); INSERT INTO child VALUES ('a'), ('c')")
    t.migrate("a.db", "--into-existing", "--on-conflict", "update").expect(0)
    equal(t.rows("SELECT * FROM u ORDER BY 2"), [("7", "a", "new"), ("8", "b", "new"), ("2", "c", "old")])
    equal(t.rows("SELECT * FROM child ORDER BY 1"), [("a",), ("c",)])
    equal(t.psql("INSERT INTO u (n) VALUES ('z') RETURNING id"), "9")


def retried(t, mode):
    """Row 1 is too long at first; when it could go in, its key is there already."""
    t.sqlite("a.db", "CREATE TABLE u (id INTEGER PRIMARY KEY, v TEXT); "
             "INSERT INTO u VALUES (1, 'aaaaaaaa'), (2, 'bbbbbbbb'), (3, 'c')")
    t.psql("CREATE TABLE u (id bigint PRIMARY KEY, v varchar(5)); INSERT INTO u VALUES (1, 'mine'), (9, 'z')")
    t.migrate("a.db", "--into-existing", "--on-conflict", mode).expect(7)
    t.psql("ALTER TABLE u ALTER v TYPE text")
    said = t.migrate("a.db", "--into-existing", "--on-conflict", mode, "--retry-set-aside").expect(0)
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "0")
    t.outgrow("verify", "a.db", t.target).expect(0)
    return said.err


@test("a row that is tried again and meets its key is left out with on_conflict: skip")
def _(t):
    said = retried(t, "skip")
    check("1 rows went in, 0 are set aside still" in said and "1 were left out" in said, said)
    equal(by_first(t, "u"), [("1", "mine"), ("2", "bbbbbbbb"), ("3", "c"), ("9", "z")])


@test("a row that is tried again and meets its key takes its place with on_conflict: update")
def _(t):
    said = retried(t, "update")
    check("2 rows went in, 0 are set aside still" in said, said)
    equal(by_first(t, "u"), [("1", "aaaaaaaa"), ("2", "bbbbbbbb"), ("3", "c"), ("9", "z")])


# ---- several sources


@test("status tells of one source only, also when its file is gone")
def _(t):
    for name in ("a", "b"):
        t.sqlite(f"{name}.db", "CREATE TABLE u (id INTEGER PRIMARY KEY, d DATE); "
                               "INSERT INTO u VALUES (1, '2024-01-01')")
    t.outgrow("migrate", "a.db", "b.db", t.target).expect(0)
    t.migrate("b.db", "--schema", "again").expect(0)

    def sources(*operands):
        runs = t.outgrow("status", "--json", *operands, t.target).expect(0).json()["runs"]
        return sorted(run["source"].rsplit("/", 1)[1] for run in runs)
    equal(sources(), ["a.db", "b.db", "b.db"])
    equal(sources("a.db"), ["a.db"])
    equal(sources("a.db", "./b.db"), ["a.db", "b.db", "b.db"])
    (t.folder / "b.db").unlink()
    equal(sources("b.db"), ["b.db", "b.db"])
    error = t.outgrow("status", "--json", "c.db", t.target).expect(3).json()["error"]
    check("c.db does not exist" in error["message"], error)


@test("verify looks at the foreign keys between sources: one that was dropped, one that no longer holds")
def _(t):
    t.sqlite("a.db", "CREATE TABLE w (id INTEGER PRIMARY KEY); INSERT INTO w VALUES (1), (2)")
    t.sqlite("b.db", "CREATE TABLE j (id INTEGER PRIMARY KEY, w INTEGER); INSERT INTO j VALUES (1, 1), (2, 2)")
    name = plan(t, "sources: {a: a.db, b: b.db}\ndefaults: {schema: '{source}'}\ntables:\n- from: b.j\n"
                "  keys: {references: {w: a.w.id}}\n")
    t.outgrow("migrate", "--plan", name, t.target).expect(0)

    def states(code):
        report = t.outgrow("verify", "--json", "--plan", name, t.target).expect(code).json()
        return [one["state"] for one in report["references"]]
    equal(states(0), ["holds"])
    t.psql("ALTER TABLE b.j DROP CONSTRAINT j_w_fkey; ALTER TABLE b.j ADD CONSTRAINT j_w_fkey FOREIGN KEY (w) "
           "REFERENCES a.w NOT VALID")
    equal(states(0), ["not valid"])
    t.psql("ALTER TABLE b.j DROP CONSTRAINT j_w_fkey")
    equal(states(6), ["failed"])


run()
