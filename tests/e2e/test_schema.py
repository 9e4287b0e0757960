#!/usr/bin/python3
"""Keys, indexes, constraints, defaults and sequences: what PostgreSQL's own catalog says after a
migration, and what it does with the next insert."""
from compare import compare
from harness import check, equal, run, test
from make_nasty import make


def migrated(t):
    t.migrate(make(t.folder / "nasty.db")).expect(7)


def definition(t, index):
    return t.psql(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'")


@test("primary keys keep their columns' order")
def _(t):
    migrated(t)
    equal(t.psql("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conrelid = "
                 "'\"no rowid\"'::regclass"), "PRIMARY KEY (a, b)", "the key")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = "
                 "'integers'::regclass"), "1", "keys")


@test("a key column that holds NULLs stays without a primary key but keeps its uniqueness")
def _(t):
    migrated(t)
    equal(t.psql("SELECT count(*) FROM nullable_key WHERE k IS NULL"), "2", "NULLs")
    equal(t.psql("SELECT count(*) FROM pg_index WHERE indrelid = 'nullable_key'::regclass AND indisunique"), "1",
          "unique indexes")


@test("the next id is behind everything that was ever given out")
def _(t):
    migrated(t)
    for table, expected in (("counted", "101"), ("emptied", "42"), ("implicit_id", "3"), ("empty_table", "1")):
        t.psql(f"INSERT INTO {table} (v) VALUES ('next')")
        equal(t.psql(f"SELECT id FROM {table} WHERE v = 'next'"), expected, table)


@test("indexes keep their order, their condition and their uniqueness")
def _(t):
    migrated(t)
    check("(c DESC" in definition(t, "idx_desc"), definition(t, "idx_desc"))
    check("WHERE (c > 0)" in definition(t, "idx_partial"), definition(t, "idx_partial"))
    check("UNIQUE" in definition(t, "idx_partial_unique"), definition(t, "idx_partial_unique"))
    check(definition(t, "idx Quoted"), "the quoted index is not there")
    equal(t.psql("SELECT count(*) FROM pg_index WHERE indrelid = 'indexed'::regclass AND indisunique "
                 "AND indpred IS NULL AND NOT indisprimary"), "2", "unique keys")


@test("foreign keys keep their columns, actions and deferral; orphans stay, not valid")
def _(t):
    migrated(t)
    constraint = t.psql("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' "
                        "AND conrelid = 'children'::regclass")
    for part in ("(pa, pb)", "parents(a, b)", "ON DELETE CASCADE", "ON UPDATE SET NULL",
                 "DEFERRABLE INITIALLY DEFERRED"):
        check(part in constraint, part, "is not in", constraint)
    for table, count in (("tree", 1), ("hen", 1), ("egg", 1), ("implicit_parent", 2), ("missing_parent", 0)):
        equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = "
                     f"'{table}'::regclass"), str(count), table)
    equal(t.psql("SELECT count(*), bool_or(convalidated) FROM pg_constraint WHERE contype = 'f' AND conrelid = "
                 "'orphans'::regclass"), "1|f", "orphans")
    equal(t.psql("SELECT count(*) FROM orphans"), "3", "rows")


@test("defaults work for the next row")
def _(t):
    migrated(t)
    t.psql("INSERT INTO defaults (id) VALUES (2)")
    equal(t.psql("SELECT n, neg, r, t, e, b, yes, f, nul IS NULL, j FROM defaults WHERE id = 2"),
          "42|-1|1.5|it's||\\x00ff|t|f|t|{}", "plain defaults")
    equal(t.psql("SET timezone = 'Asia/Tokyo'; SELECT at - now() AT TIME ZONE 'UTC' BETWEEN "
                 "interval '-1 hour' AND '1 hour', day - (now() AT TIME ZONE 'UTC')::date "
                 "BETWEEN -1 AND 1 FROM defaults WHERE id = 2"), "t|t", "CURRENT_*")


@test("checks that PostgreSQL understands are enforced")
def _(t):
    migrated(t)
    for values in ("(3, 200, 'on', 'A')", "(3, 5, 'maybe', 'A')", "(3, 5, 'on', 'A234567890')",
                   "(3, 5, 'on', 'glob')", "(3, NULL, 'on', 'A')"):
        found = t.psql(f"DO $$ BEGIN INSERT INTO checked (id, age, state, code) VALUES {values}; "
                       "RAISE 'accepted'; EXCEPTION WHEN check_violation THEN NULL; END $$")
        equal(found, "", values)


@test("NOT NULL holds, and generated columns hold the same values as in SQLite")
def _(t):
    migrated(t)
    equal(t.psql("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'checked'::regclass "
                 "AND attname = 'state'"), "t", "NOT NULL")
    equal(t.psql("SELECT total, stored, ratio FROM generated ORDER BY id"),
          "3|TEX|0.5\n||\n0|TEX|-2.5", "generated")


ZEROS = ["x * 0", "0 * x", "x * n", "x / n", "0 / x", "-x", "-(x * 0)", "x * -1", "x * -0.0", "-0.0", "x - x", "x + 0",
         "abs(x)", "abs(x * n)", "round(x)", "CAST(n AS REAL) * x", "CASE WHEN n = 0 THEN -0.0 ELSE x END",
         "coalesce(x, -0.0)", "iif(x < 0, x * n, -x)", "x * n + x", "x"]


@test("a zero in a generated column has the sign that SQLite reads, with a type and without")
def _(t):
    columns = ", ".join(f"c{i}_{len(kind)} {kind} AS ({e})" for kind in ("REAL", "") for i, e in enumerate(ZEROS))
    source = t.sqlite("zeros.db", f"CREATE TABLE z (id INTEGER PRIMARY KEY, x REAL, n INTEGER, {columns});"
                      "INSERT INTO z (x, n) VALUES (-1.5, 0), (-0.0, 1), (0.0, -1), (0.0, 0), (1.5, 0), (-0.4, 5),"
                      " (NULL, NULL), (-3, -2)")
    t.migrate(source).expect(0)
    compare(source, t.target)
    equal(t.psql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'z'::regclass AND attgenerated = 's'"),
          str(2 * len(ZEROS) - 3), "all but round(), and abs() of a product where its sign is kept")
    t.psql("INSERT INTO z (id, x, n) VALUES (100, -2, 0)")
    equal(t.psql("SELECT c0_4, c0_0 FROM z WHERE id = 100"), "0|-0")


@test("integers beyond 2^53 are compared as in SQLite, or not at all: literals, and what only reckoning makes so large")
def _(t):
    source = t.sqlite("large.db", """
        CREATE TABLE l (id INTEGER PRIMARY KEY, x REAL, n INTEGER, below INTEGER AS (x < 9007199254740993),
            same INTEGER AS (n * n = x), near INTEGER AS (n * 2 = x),
            CHECK (n * 94906267 <> x), CHECK (x < 1000000000000000000));
        CREATE INDEX few ON l (n) WHERE x < 9007199254740993;
        INSERT INTO l (x, n) VALUES (9007199254740992.0, 94906267), (9007199515875288.0, 94906267);
        """)
    found = t.migrate(source).expect(0)
    compare(source, t.target)
    said = found.out + found.err
    equal(said.count("beyond 2^53"), 4, said)
    equal(t.psql("SELECT below, same, near FROM l ORDER BY id"), "1|0|0\n0|0|0")


@test("every table is analyzed")
def _(t):
    migrated(t)
    equal(t.psql("SELECT reltuples FROM pg_class WHERE relname = 'counted'"), "3", "reltuples")


@test("hundreds of tables are made at the same time, also where one's array type has another one's name")
def _(t):
    names = [f"t{i}" for i in range(110)] + [f"_t{i}" for i in range(110)]
    source = t.sqlite("twins.db", "BEGIN;" + "".join(
        f"CREATE TABLE {name} (k TEXT PRIMARY KEY, n INTEGER); INSERT INTO {name} VALUES ('{name}', {i});"
        for i, name in enumerate(names)) + "COMMIT;")
    t.migrate(source, "--jobs", "4").expect(0)
    compare(source, t.target)
    equal(t.psql("SELECT count(*) FROM outgrow.steps WHERE step LIKE 'create tables %'"), "5", "transactions")
    equal(t.psql("SELECT count(*), bool_and(a.attnotnull) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                 " WHERE a.attname = 'k' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"), "220|t",
          "key columns")
    t.migrate(source, "--jobs", "4", "--replace").expect(0)
    compare(source, t.target)


run()
