#!/usr/bin/python3
"""Into tables that the application's own migrations made: six ORMs, every way in which names, types,
rows and rights may not fit, and kills while keys and triggers are off."""
import pathlib
import sqlite3

from compare_existing import compare_existing
from harness import Skip, check, equal, run, test
from stall import OTHERS_GONE, STALL, STALLED, kill, quiet, wait_for

SCHEMAS = pathlib.Path(__file__).resolve().parent / "into_existing"

# Everything of the schema that a load must leave as it was.
FACTS = """
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text
FROM pg_constraint WHERE connamespace::regnamespace::text NOT IN ('pg_catalog', 'outgrow', 'stall')
UNION ALL SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes
WHERE schemaname NOT IN ('pg_catalog', 'outgrow', 'stall')
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal AND tgname <> 'stall'
UNION ALL SELECT 'key trigger', tgrelid::regclass::text, tgfoid::regproc::text, '', tgenabled::text
FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE tgisinternal
AND relnamespace::regnamespace::text NOT IN ('outgrow', 'stall')
UNION ALL SELECT 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod),
attnotnull::text || attidentity::text || attgenerated::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attnum > 0 AND relkind = 'r' AND relnamespace::regnamespace::text NOT IN
('pg_catalog', 'information_schema', 'outgrow', 'stall') ORDER BY 1, 2, 3, 4, 5
"""

# orm: bookkeeping tables, a statement whose RETURNING shows that the sequence goes on
ORMS = {
    "django": (["django_migrations"], "INSERT INTO shop_product (token, title, price, attributes, "
               "stock, category_id) VALUES (gen_random_uuid(), '', 1, '{}', 0, 1) RETURNING id", "8"),
    "prisma": (["_prisma_migrations"], "INSERT INTO \"Post\" (title, \"authorId\") "
               "VALUES ('', 'clx1') RETURNING id", "42"),
    "drizzle": (["__drizzle_migrations"],
                "INSERT INTO users (created_at) VALUES (now()) RETURNING id", "4"),
    "alembic": (["alembic_version"], "INSERT INTO account (name, balance, opened, kind) "
                "VALUES ('z', 0, now(), 'PRIVATE') RETURNING id", "3"),
    "typeorm": (["migrations", "typeorm_metadata"],
                "INSERT INTO photo (\"fileName\", tags) VALUES ('', '{}') RETURNING id", "6"),
    "rails": (["schema_migrations", "ar_internal_metadata"], "INSERT INTO comments (article_id, "
              "created_at, updated_at) VALUES (1, now(), now()) RETURNING id", "3"),
}


def existing(t, path, *options, **more):
    return t.migrate(path, "--into-existing", *options, **more)


def make(t, orm):
    t.psql((SCHEMAS / f"{orm}.postgres.sql").read_text())
    return t.sqlite(f"{orm}.db", (SCHEMAS / f"{orm}.sqlite.sql").read_text())


def orm_test(orm, bookkeeping, insert, expected):
    @test(f"a schema as {orm} makes it is filled, proven, and otherwise left as it was")
    def _(t):
        path = make(t, orm)
        before = t.rows(FACTS)
        books = {b: t.psql(f'SELECT count(*) FROM "{b}"') for b in bookkeeping if orm != "drizzle"
                 and t.psql(f"SELECT to_regclass('\"{b}\"')")}
        report = existing(t, path, "--json").expect(0).json()
        compare_existing(path, t.target, bookkeeping)
        equal(t.rows(FACTS), before, "the schema")
        equal({b: t.psql(f'SELECT count(*) FROM "{b}"') for b in books}, books, "bookkeeping")
        left = {n["name"] for n in report["not_carried"] if n["kind"] == "table"}
        equal(left, set(bookkeeping), "left alone")
        equal(t.psql("SELECT count(*) FROM outgrow.detached WHERE state <> 'restored'"), "0", "off")
        t.outgrow("verify", path, t.target).expect(0)
        t.outgrow("verify", "--snapshot", path, t.target).expect(0)
        equal(t.psql(insert), expected, "the next id")
        check("nothing to do" in existing(t, path).expect(0).err)


for name, facts in ORMS.items():
    orm_test(name, *facts)


@test("columns are found whatever their order and case; a sound-alike is named, never taken")
def _(t):
    path = t.sqlite("n.db", "CREATE TABLE Users (UserName TEXT, ID INTEGER PRIMARY KEY, createdAt TEXT);"
                    "INSERT INTO Users VALUES ('a', 1, '2025-01-01T00:00:00Z');")
    t.psql('CREATE TABLE users ("createdAt" timestamptz, id integer PRIMARY KEY, "USERNAME" text)')
    existing(t, path).expect(0)
    compare_existing(path, t.target)
    t.psql('DROP TABLE users; DROP SCHEMA outgrow CASCADE; '
           'CREATE TABLE users (created_at timestamptz, id integer PRIMARY KEY, username text)')
    refused = existing(t, path).expect(4)
    check("created_at" in refused.err and "to: created_at" in refused.err, refused.err)


@test("everything that does not fit is named before anything is written")
def _(t):
    path = t.sqlite("m.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, gone TEXT, at INTEGER, doc TEXT);"
                    "CREATE TABLE nowhere (i); INSERT INTO a VALUES (1, 'x', 5, '<a/>');"
                    "CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a(id));")
    t.psql("CREATE TABLE a (id integer PRIMARY KEY, at timestamptz, doc xml, tenant integer NOT NULL);"
           "CREATE TABLE b (id integer PRIMARY KEY REFERENCES a(id))")
    before = t.rows(FACTS)
    refused = existing(t, path).expect(4)
    for word in ("a.gone", "a.at", "type xml is not supported", "tenant", "table nowhere"):
        check(word in refused.err, word, "is not in", refused.err)
    equal(t.rows(FACTS), before, "the schema")
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "0", "runs")
    t.psql("ALTER TABLE a DROP COLUMN doc, DROP COLUMN at, DROP COLUMN tenant")
    existing(t, path, "--skip-missing-columns").expect(4)
    report = existing(t, path, "--json", "--skip-missing-columns", "--skip-missing-tables").expect(0)
    names = {(n["kind"], n["name"]) for n in report.json()["not_carried"]}
    check({("column", "a.gone"), ("table", "nowhere")} <= names, names)


@test("values convert to the target's types, or the row is set aside; the counts add up")
def _(t):
    path = t.sqlite("v.db", """
CREATE TABLE v (id INTEGER PRIMARY KEY, small, price, code, kind, at, flag, uid, ip, tags);
INSERT INTO v VALUES (1, 7, 1.5, 'ab', 'on', '2025-01-01 00:00:00', 1, '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '::1',
    '["a", null]');
INSERT INTO v (id, small) VALUES (2, 40000);
INSERT INTO v (id, price) VALUES (3, 1.234);
INSERT INTO v (id, code) VALUES (4, 'abcd');
INSERT INTO v (id, kind) VALUES (5, 'maybe');
INSERT INTO v (id, at) VALUES (6, '2025-02-30');
INSERT INTO v (id, flag) VALUES (7, 2);
INSERT INTO v (id, uid) VALUES (8, 'x');
INSERT INTO v (id, ip) VALUES (9, '300.0.0.1');
INSERT INTO v (id, tags) VALUES (10, '[1]');
INSERT INTO v (id) VALUES (11);
""")
    t.psql("CREATE TYPE kinds AS ENUM ('on', 'off'); CREATE DOMAIN code AS varchar(3) CHECK (VALUE <> 'zzz');"
           "CREATE TABLE v (id bigint PRIMARY KEY, small smallint, price numeric(6, 2), code code, "
           "kind kinds, at timestamp(0), flag boolean, uid uuid, ip inet, tags varchar(5)[])")
    report = existing(t, path, "--json").expect(7).json()
    totals = report["totals"]
    equal((totals["rows_copied"], totals["rows_set_aside"], totals["rows_left_out"]), (2, 9, 0), "rows")
    equal(compare_existing(path, t.target), {"v": 9}, "set aside")
    columns = t.psql("SELECT string_agg(column_name, ',' ORDER BY position) FROM outgrow.set_aside")
    equal(columns, "small,price,code,kind,at,flag,uid,ip,tags", "columns")


@test("what the server refuses is set aside as well: checks, keys, NULL in a NOT NULL column")
def _(t):
    path = t.sqlite("s.db", "CREATE TABLE s (id INTEGER PRIMARY KEY, a TEXT, b INTEGER);"
                    "INSERT INTO s VALUES (1, 'x', 1), (2, NULL, 1), (3, 'y', -1), (4, 'x', 2), (5, 'z', 9);")
    t.psql("CREATE TABLE s (id integer PRIMARY KEY, a text NOT NULL UNIQUE, b integer CHECK (b > 0))")
    existing(t, path).expect(7)
    equal(compare_existing(path, t.target), {"s": 3}, "set aside")
    t.outgrow("verify", path, t.target).expect(7)


def with_rows(t):
    """A target of rows 1..3 and a source of rows 2..5, of which 2 differs."""
    path = t.sqlite("c.db", "CREATE TABLE c (id INTEGER PRIMARY KEY, v TEXT, u INTEGER UNIQUE);"
                    "INSERT INTO c VALUES (2, 'new 2', 2), (3, 'old 3', 3), (4, 'new 4', 4), (5, 'new 5', 1);")
    t.psql("CREATE TABLE c (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, v text, u integer UNIQUE);"
           "INSERT INTO c OVERRIDING SYSTEM VALUE VALUES (1, 'old 1', 1), (2, 'old 2', 2), (3, 'old 3', 3)")
    return path


def content(t):
    return t.psql("SELECT string_agg(id || ' ' || v, ',' ORDER BY id) FROM c")


@test("tables that hold rows are refused, unless somebody says what becomes of them")
def _(t):
    path = with_rows(t)
    check("c hold" in existing(t, path).expect(4).err)
    equal(content(t), "1 old 1,2 old 2,3 old 3", "content")


@test("on conflict, skip leaves ours out and counts it, and verification knows")
def _(t):
    path = with_rows(t)
    totals = existing(t, path, "--json", "--on-conflict", "skip").expect(7).json()["totals"]
    equal(content(t), "1 old 1,2 old 2,3 old 3,4 new 4", "content")
    equal((totals["rows_copied"], totals["rows_left_out"], totals["rows_set_aside"]), (1, 2, 1), "rows")
    t.outgrow("verify", path, t.target).expect(7)
    t.psql("UPDATE c SET v = 'changed' WHERE id = 4")
    t.outgrow("verify", path, t.target).expect(6)
    t.psql("UPDATE c SET v = 'new 4' WHERE id = 4; INSERT INTO c (v) VALUES ('app')")
    t.outgrow("verify", path, t.target).expect(6)


@test("on conflict, update puts ours in the place of what is there")
def _(t):
    path = with_rows(t)
    totals = existing(t, path, "--json", "--on-conflict", "update").expect(7).json()["totals"]
    equal(content(t), "1 old 1,2 new 2,3 old 3,4 new 4", "content")
    equal((totals["rows_copied"], totals["rows_left_out"], totals["rows_set_aside"]), (3, 0, 1), "rows")
    t.outgrow("verify", path, t.target).expect(7)
    equal(t.psql("INSERT INTO c (v) VALUES ('next') RETURNING id"), "6", "identity")


@test("on conflict, error sets ours aside")
def _(t):
    path = with_rows(t)
    totals = existing(t, path, "--json", "--on-conflict", "error").expect(7).json()["totals"]
    equal(content(t), "1 old 1,2 old 2,3 old 3,4 new 4", "content")
    equal((totals["rows_copied"], totals["rows_set_aside"]), (1, 3), "rows")
    t.outgrow("verify", path, t.target).expect(7)


@test("--replace empties the tables first")
def _(t):
    path = with_rows(t)
    existing(t, path, "--replace").expect(0)
    compare_existing(path, t.target)


@test("a hundred thousand rows skip and update alike")
def _(t):
    path = t.folder / "l.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE l (id INTEGER PRIMARY KEY, v TEXT)")
    db.executemany("INSERT INTO l VALUES (?, ?)", ((n, f"source {n}") for n in range(1, 100_001)))
    db.commit()
    db.close()
    for mode, expected in (("skip", "33333"), ("update", "0")):
        t.psql("DROP SCHEMA IF EXISTS outgrow CASCADE; DROP TABLE IF EXISTS l;"
               "CREATE TABLE l (id integer PRIMARY KEY, v text); INSERT INTO l "
               "SELECT n, 'target ' || n FROM generate_series(0, 100002, 3) n")
        existing(t, path, "--on-conflict", mode).expect(0)
        equal(t.psql("SELECT count(*) FROM l WHERE v LIKE 'target %' AND id BETWEEN 1 AND 100000"), expected, mode)
        equal(t.psql("SELECT count(*) FROM l"), "100002", "rows")
        t.outgrow("verify", path, t.target).expect(0)


@test("orphans of the source leave the foreign key NOT VALID, and it is said")
def _(t):
    path = t.sqlite("o.db", "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);"
                    "CREATE TABLE k (id INTEGER PRIMARY KEY, p INTEGER); INSERT INTO k VALUES (1, 1), (2, 9);")
    t.psql("CREATE TABLE p (id integer PRIMARY KEY);"
           "CREATE TABLE k (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE CASCADE)")
    report = existing(t, path, "--json").expect(0, 7).json()
    check(any("k_p_fkey" in step["step"] for step in report["not_valid"]), report["not_valid"])
    equal(t.psql("SELECT convalidated, confdeltype FROM pg_constraint WHERE conname = 'k_p_fkey'"),
          "f|c", "the key")


@test("one who owns nothing but may load as a replica: every foreign key's orphans are counted, or settled")
def _(t):
    if int(t.psql("SHOW server_version_num")) < 150000:
        raise Skip("SET on a parameter can be granted from PostgreSQL 15 on")
    path = t.sqlite("o.db", """
        CREATE TABLE p (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER); INSERT INTO p VALUES (1, 1, 1), (2, 2, 2);
        CREATE TABLE k (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, a INTEGER, b INTEGER, up INTEGER REFERENCES k);
        INSERT INTO k VALUES (1, 1, 1, 1, NULL), (2, 9, 1, 2, 1), (3, 9, NULL, 7, 77), (4, NULL, 2, 2, 4);
        CREATE TABLE q (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p);
        INSERT INTO q VALUES (1, 1), (150, 2), (151, 99);
    """)
    schema = """
        CREATE TABLE p (id integer PRIMARY KEY, a integer, b integer, UNIQUE (a, b));
        CREATE TABLE k (id integer PRIMARY KEY, p integer CONSTRAINT k_p REFERENCES p ON DELETE CASCADE,
            a integer, b integer, up integer CONSTRAINT k_up REFERENCES k,
            CONSTRAINT k_ab FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL);
        CREATE TABLE q (id integer PRIMARY KEY, p integer CONSTRAINT q_p REFERENCES p) PARTITION BY RANGE (id);
        CREATE TABLE q_1 PARTITION OF q FOR VALUES FROM (0) TO (100);
        CREATE TABLE q_2 PARTITION OF q FOR VALUES FROM (100) TO (200);
        CREATE TABLE other (id integer PRIMARY KEY, p integer CONSTRAINT other_p REFERENCES p);
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO loader;
    """
    t.psql("CREATE ROLE loader LOGIN; GRANT CREATE ON DATABASE " + t.database + " TO loader;"
           "GRANT SET ON PARAMETER session_replication_role TO loader;" + schema)
    loader = t.target.replace("tester@", "loader@")
    keys = ("SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE contype = 'f' "
            "AND connamespace = 'public'::regnamespace ORDER BY 1")
    before = t.rows(keys)
    report = t.outgrow("migrate", "--into-existing", "--json", path, loader).expect(0, 7).json()
    said = {step["step"].rsplit(".", 1)[1]: step["reason"] for step in report["not_valid"]}
    equal({name: message.split(" ", 1)[0] for name, message in said.items()},
          {"k_p": "2", "k_ab": "2", "k_up": "1", "q_p": "1"}, "orphans by foreign key")
    check(all("as a replica" in message for message in said.values()), said)
    equal(t.rows(keys), before, "the foreign keys")
    t.psql("DROP SCHEMA outgrow CASCADE; DROP TABLE p, k, q, other CASCADE;" + schema)
    (t.folder / "plan.yaml").write_text("version: 1\nsources: {o: o.db}\ninto_existing: true\n"
                                        "defaults: {orphans: set-aside}\n")
    report = t.outgrow("migrate", "--plan", "plan.yaml", "--json", loader).expect(7).json()
    equal({step["step"].rsplit(".", 1)[1] for step in report["not_valid"]} - {"k_ab"}, set(), "what is left")
    equal(t.psql("SELECT (SELECT count(*) FROM k WHERE p = 9 OR up = 77), (SELECT count(*) FROM q WHERE p = 99)"),
          "0|0", "orphans")
    t.psql("DROP SCHEMA outgrow CASCADE; DROP OWNED BY loader; "
           "REVOKE SET ON PARAMETER session_replication_role FROM loader;"
           "DROP ROLE loader")


@test("an ordinary owner can do it; one who owns nothing is told what is missing")
def _(t):
    path = make(t, "rails")
    t.psql("CREATE ROLE owner LOGIN; CREATE ROLE guest LOGIN;"
           "GRANT CREATE ON DATABASE " + t.database + " TO owner, guest")
    for table in ("articles", "comments"):
        t.psql(f"ALTER TABLE {table} OWNER TO owner")
    before = t.rows(FACTS)
    guest = t.target.replace("tester@", "guest@")
    refused = t.outgrow("migrate", "--into-existing", path, guest).expect(4)
    check("guest" in refused.err and "INSERT" in refused.err, refused.err)
    t.psql("DROP SCHEMA IF EXISTS outgrow CASCADE")
    t.outgrow("migrate", "--into-existing", path, t.target.replace("tester@", "owner@")).expect(0)
    compare_existing(path, t.target, ORMS["rails"][0])
    equal(t.rows(FACTS), before, "the schema")
    t.psql("DROP SCHEMA outgrow CASCADE; DROP OWNED BY owner, guest; DROP ROLE owner, guest")


@test("killed at every write to the journal, keys and triggers come back, and the rows are there once")
def _(t):
    number, finished, off_seen = 0, False, 0
    first = t.sqlite("first.db", "CREATE TABLE first (id INTEGER PRIMARY KEY);")
    path = t.sqlite("typeorm.db", (SCHEMAS / "typeorm.sqlite.sql").read_text())
    while not finished:
        number += 1
        check(number < 200, "the journal is written to without end")
        database = f"{t.database}_{number}"
        t.server.psql("postgres", f"CREATE DATABASE {database} STRATEGY file_copy")
        outer = t.database, t.target
        t.database, t.target = database, t.server.url(database)
        try:
            t.psql((SCHEMAS / "typeorm.postgres.sql").read_text())
            before = t.rows(FACTS)
            t.outgrow("migrate", "--schema", "first", first, t.target).expect(0)
            t.psql(STALL + f"UPDATE stall.at SET n = {number}, seconds = 60")
            process = t.popen("migrate", "--into-existing", path, t.target)
            stalled = wait_for(lambda: t.psql(STALLED) == "1", process, f"write {number}")
            kill(process)
            finished = not stalled
            t.psql(OTHERS_GONE)
            quiet(t)
            off = t.psql("SELECT count(*) FROM outgrow.detached WHERE state = 'detached'")
            off_seen += off != "0"
            t.psql("UPDATE stall.at SET n = -1")
            existing(t, path).expect(0)
            compare_existing(path, t.target, ORMS["typeorm"][0])
            after = [row for row in t.rows(FACTS) if "first" not in row[1]]
            equal(after, before, f"the schema after write {number}")
        finally:
            t.server.psql("postgres", f"DROP DATABASE {database} WITH (FORCE)")
            t.database, t.target = outer
    print(f"# {number} writes, keys and triggers off at {off_seen} of the kills", flush=True)
    check(off_seen > 2, "only", off_seen, "kills while keys were off")


@test("what a run left off is put back when another run begins")
def _(t):
    path = make(t, "typeorm")
    before = t.rows(FACTS)
    other = t.sqlite("other.db", "CREATE TABLE other (id INTEGER PRIMARY KEY);")
    t.outgrow("migrate", "--schema", "first", other, t.target).expect(0)
    t.psql(STALL + "UPDATE stall.at SET seconds = 60")
    number = 0
    while t.psql("SELECT count(*) FROM outgrow.detached WHERE state = 'detached'") == "0":
        number += 1
        check(number < 60, "keys were never off")
        t.psql(f"SELECT setval('stall.writes', 1, false); UPDATE stall.at SET n = {number}")
        process = t.popen("migrate", "--into-existing", path, t.target)
        wait_for(lambda: t.psql(STALLED) == "1", process, "a write")
        kill(process)
        t.psql(OTHERS_GONE)
        quiet(t)
    t.psql("UPDATE stall.at SET n = -1")
    check("off" in t.outgrow("status", t.target).expect(0).out)
    other2 = t.sqlite("other2.db", "CREATE TABLE other2 (id INTEGER PRIMARY KEY);")
    check("put back" in t.outgrow("migrate", "--schema", "second", other2, t.target).expect(0).err)
    after = [row for row in t.rows(FACTS) if "other" not in row[1]]
    equal(after, before, "the schema")


@test("--dry-run tells what would go where, and changes nothing")
def _(t):
    path = make(t, "django")
    result = t.migrate(path, "--into-existing", "--dry-run").expect(0)
    check("shop_product" in result.out and "CREATE TABLE" not in result.out, result.out)
    equal(t.psql("SELECT to_regnamespace('outgrow') IS NULL"), "t", "the journal")
    t.psql("ALTER TABLE shop_product ADD tenant integer NOT NULL")
    check("tenant" in t.migrate(path, "--into-existing", "--dry-run").expect(4).err)


@test("rows set aside go in when the table or the plan is mended")
def _(t):
    path = t.sqlite("r.db", "CREATE TABLE r (id INTEGER PRIMARY KEY, v TEXT, at TEXT);"
                    "INSERT INTO r VALUES (1, 'abc', NULL), (2, 'abcdef', NULL), "
                    "(3, CAST(x'ff' AS TEXT), NULL), (4, 'd', 'unknown');")
    t.psql("CREATE TABLE r (id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, v varchar(3), at timestamp)")
    existing(t, path).expect(7)
    t.migrate(path, "--retry-set-aside").expect(7)
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "3", "nothing was mended")
    t.psql("ALTER TABLE r ALTER v TYPE text")
    plan = t.folder / "plan.yaml"
    plan.write_text("version: 1\nsources: {r: r.db}\ntables:\n  - from: r\n    columns:\n"
                    "      at: {type: timestamp, null_texts: [unknown]}\n")
    report = t.outgrow("migrate", "--json", "--retry-set-aside", "--plan", plan, path,
                       t.target).expect(7).json()
    equal(t.psql("SELECT string_agg(id || coalesce(v, ''), ',' ORDER BY id) FROM r"),
          "1abc,2abcdef,4d", "content")
    equal((report["totals"]["rows_copied"], report["totals"]["rows_set_aside"]), (3, 1), "rows")
    equal(t.psql("SELECT position FROM outgrow.set_aside"), "3", "set aside")
    t.outgrow("verify", path, t.target).expect(7)
    equal(t.psql("INSERT INTO r DEFAULT VALUES RETURNING id"), "5", "identity")


run()
