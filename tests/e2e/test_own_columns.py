#!/usr/bin/python3
"""Columns that only PostgreSQL has: what its application wrote there stays when SQLite is primary again
and the rows change, in rounds of every kind. Looked at without outgrow's help."""
import sqlite3

from harness import TIMEOUT_S, check, equal, run, test
from stall import OTHERS_GONE, STALLED, kill, must_see, quiet

SOURCE = """
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER);
CREATE TABLE pair (a TEXT NOT NULL, b INTEGER NOT NULL, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE loose (what TEXT, n INTEGER);
WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 3000)
INSERT INTO item SELECT n, 'item ' || n, n FROM i;
INSERT INTO pair SELECT 'a' || (id % 7), id, 'v' FROM item WHERE id <= 40;
INSERT INTO loose SELECT 'same', id % 3 FROM item WHERE id <= 30;
"""
TARGET = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE item (id bigint PRIMARY KEY, note text DEFAULT 'default', name text UNIQUE,
  token uuid NOT NULL DEFAULT gen_random_uuid(), n bigint, serial bigint GENERATED ALWAYS AS IDENTITY,
  mood mood, extra json, CHECK (note <> 'kept' OR mood IS NOT NULL), twice bigint GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE pair (a text, b bigint, v text, "Own Column" bytea DEFAULT '\\x00', PRIMARY KEY (a, b));
CREATE TABLE loose (what text, n bigint, mark text);
"""
OWN = {"item": ("id", "note || token::text || serial || coalesce(mood::text, '-') || coalesce(extra::text, '-')"),
       "pair": ("a || b", '"Own Column"::text'),
       "loose": ("what || n", "coalesce(mark, '-')")}


def write(path, *statements):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def begin(t):
    """There, written to, and back again: SQLite is primary."""
    path = t.folder / "app.db"
    db = sqlite3.connect(path)
    db.executescript(SOURCE)
    db.close()
    t.psql(TARGET)
    once(t, path)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    t.psql("UPDATE item SET note = 'kept', mood = 'bad', extra = '{\"a\" :  [1,  2]}' WHERE id % 2 = 0;"
           "UPDATE pair SET \"Own Column\" = convert_to(a || '\\', 'utf8');"
           "UPDATE loose SET mark = 'mark ' || n;"
           "INSERT INTO item (id, name, n, note) VALUES (5000, 'born', 1, 'born there')")
    said = t.outgrow("return", "--budget", "60s", path, t.target).expect(0).err
    check("public.item.note is only in PostgreSQL" in said and "twice" not in said, said)
    return path


def once(t, path, *options):
    return t.outgrow("sync", "--once", "--into-existing", *options, path, t.target).expect(0)


def own(t, table):
    key, columns = OWN[table]
    return sorted(t.rows(f"SELECT {key}, {columns} FROM {table}"))


def everything(t):
    return {table: own(t, table) for table in OWN}


def alike(found, expected, what):
    check(sorted(found) == sorted(expected), what, "only found:", sorted(set(found) - set(expected))[:5],
          "only expected:", sorted(set(expected) - set(found))[:5], len(found), len(expected))


def same_own(t, before):
    for table, rows in before.items():
        alike(own(t, table), rows, table)


def same_rows(t, path):
    db = sqlite3.connect(path)
    for table, columns in (("item", "id, name, n"), ("pair", "a, b, v"), ("loose", "what, n")):
        alike(t.rows(f"SELECT {columns} FROM {table}"),
              [tuple(None if cell is None else str(cell) for cell in row)
               for row in db.execute(f"SELECT {columns} FROM {table}")], table)
    db.close()


@test("a few rows that change keep the columns that only PostgreSQL has; a new row gets their defaults")
def small(t):
    path = begin(t)
    before = everything(t)
    write(path, "UPDATE item SET n = n + 1 WHERE id < 50", "UPDATE pair SET v = 'w'",
          "INSERT INTO item VALUES (6000, 'new', 0)", "UPDATE loose SET what = 'other' WHERE rowid < 10")
    once(t, path)
    same_rows(t, path)
    equal(t.psql("SELECT note || coalesce(mood::text, '-') FROM item WHERE id = 6000"), "default-")
    after = everything(t)
    alike([row for row in after["item"] if row[0] != "6000"], before["item"], "item")
    alike(after["pair"], before["pair"], "pair")
    equal(sorted(row[1] for row in after["loose"]), sorted(row[1] for row in before["loose"]), "loose")


@test("a large round, by COPY, keeps them too")
def large(t):
    path = begin(t)
    before = everything(t)
    write(path, "UPDATE item SET n = n + 1", "UPDATE pair SET v = 'x'")
    once(t, path)
    same_rows(t, path)
    same_own(t, before)


@test("rows that change unique values among each other, or are replaced, keep them with their key")
def swaps(t):
    path = begin(t)
    before = everything(t)
    write(path, "UPDATE item SET name = NULL WHERE id = 2", "UPDATE item SET name = 'item 2' WHERE id = 3",
          "UPDATE item SET name = 'item 3' WHERE id = 2", "REPLACE INTO item VALUES (4, 'replaced', 4)",
          "DELETE FROM item WHERE id = 6", "INSERT INTO item VALUES (6, 'again', 6)",
          "UPDATE item SET id = -1 WHERE id = 7", "UPDATE item SET id = 7 WHERE id = 8",
          "UPDATE item SET id = 8 WHERE id = -1")
    once(t, path)
    same_rows(t, path)
    same_own(t, before)


@test("a round with a row that PostgreSQL refuses brings all others with theirs")
def careful(t):
    path = begin(t)
    before = everything(t)
    t.psql("ALTER TABLE item ADD CONSTRAINT small CHECK (n < 1000000)")
    write(path, "UPDATE item SET n = n + 1 WHERE id < 700", "UPDATE item SET n = 2000000 WHERE id = 5",
          "UPDATE pair SET v = 'y'")
    once(t, path)
    equal(t.psql("SELECT count(*) FROM item WHERE id = 5"), "0")
    equal(t.psql("SELECT count(*) FROM item WHERE id < 700 AND n = id + 1"), "698", "the others")
    before["item"] = [row for row in before["item"] if row[0] != "5"]
    same_own(t, before)


@test("a VACUUM, behind which rows without a key are read whole, keeps them by what the rows hold")
def vacuum(t):
    path = begin(t)
    before = everything(t)
    write(path, "DELETE FROM loose WHERE rowid = 2")
    once(t, path)
    without = own(t, "loose")
    check(len(without) == 29 and ("same1", "-") not in without, without)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("VACUUM")
    db.close()
    write(path, "INSERT INTO loose VALUES ('late', 9)")
    once(t, path)
    same_rows(t, path)
    same_own(t, {"loose": without + [("late9", "-")], "item": before["item"]})


@test("triggers that were gone, behind which every table is read whole, change none of them")
def reinstalled(t):
    path = begin(t)
    before = everything(t)
    db = sqlite3.connect(path, isolation_level=None)
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute("UPDATE item SET n = -1 WHERE id < 20")
    db.close()
    once(t, path)
    same_rows(t, path)
    same_own(t, before)


@test("a column that is added while SQLite is primary, with another default since, is noticed at once")
def added(t):
    path = begin(t)
    process = t.popen("sync", "--into-existing", path, t.target)
    try:
        write(path, "UPDATE item SET n = 0 WHERE id = 1")
        must_see(lambda: t.psql("SELECT n FROM item WHERE id = 1") == "0", process, "the first round")
        t.psql("ALTER TABLE item ADD COLUMN origin text DEFAULT 'before';"
               "ALTER TABLE item ALTER origin SET DEFAULT 'later'")
        write(path, "UPDATE item SET n = 7 WHERE id < 10", "INSERT INTO item VALUES (7000, 'late', 0)")
        must_see(lambda: t.psql("SELECT count(*) FROM item WHERE id = 7000") == "1", process, "the second")
        equal(t.rows("SELECT origin, count(*) FROM item GROUP BY 1 ORDER BY 1"), [("before", "3001"), ("later", "1")])
        t.psql("ALTER TABLE item DROP COLUMN origin")
        write(path, "UPDATE item SET n = 8 WHERE id < 10")
        must_see(lambda: t.psql("SELECT count(*) FROM item WHERE n = 8 AND id < 10") == "9", process, "the third")
    finally:
        kill(process)
    same_rows(t, path)


@test("copied anew, because the schema has changed on both sides: they come back by the keys of the rows")
def follow(t):
    path = begin(t)
    before = everything(t)
    t.psql("ALTER TABLE item ADD COLUMN more text DEFAULT 'm'")
    write(path, "ALTER TABLE item ADD COLUMN more TEXT DEFAULT 'x'", "UPDATE item SET n = 5 WHERE id < 100",
          "DELETE FROM item WHERE id = 9")
    said = once(t, path, "--on-schema-change", "follow").err
    same_rows(t, path)
    kept = [word for word in said.split() if word.startswith("outgrow.kept_")]
    check(len(kept) == 2, said)
    gone = [row for row in before["item"] if row[0] == "9"]
    equal(t.rows(f"SELECT id, {OWN['item'][1]}"
                 f" FROM {next(k for k in kept if t.psql(f'SELECT count(*) FROM {k}') == '1')}"),
          gone, said)
    alike(own(t, "item"), [row for row in before["item"] if row[0] != "9"], "item")
    alike(own(t, "pair"), before["pair"], "pair")
    equal({row[1] for row in own(t, "loose")}, {"-"}, "of rows without a key they are kept aside")
    loose = next(k for k in kept if t.psql(f"SELECT count(*) FROM {k}") != "1")
    alike(t.rows(f"SELECT {OWN['loose'][0]}, {OWN['loose'][1]} FROM {loose}"), before["loose"], "loose")
    equal(t.psql("SELECT attidentity FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = 'serial'"), "a")
    write(path, "UPDATE item SET n = 6 WHERE id < 100")
    once(t, path)
    alike(own(t, "item"), [row for row in before["item"] if row[0] != "9"], "item")


@test("an older copy in the file's place, killed while it is copied: they come back all the same")
def restored(t):
    path = begin(t)
    copy = sqlite3.connect(t.folder / "older.db")
    db = sqlite3.connect(path)
    db.backup(copy)
    db.close()
    copy.close()
    before = everything(t)
    write(path, "UPDATE item SET n = 1 WHERE id = 1")
    once(t, path)
    (t.folder / "older.db").replace(path)
    write(path, "UPDATE item SET n = 2 WHERE id = 2")
    t.psql("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS "
           "$$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;"
           "CREATE TRIGGER hold AFTER INSERT ON outgrow.chunks FOR EACH ROW EXECUTE FUNCTION hold()")
    process = t.popen("sync", "--once", "--into-existing", "--replace", path, t.target)
    must_see(lambda: t.psql(STALLED) != "0", process, "rows are copied")
    kill(process)
    t.psql(OTHERS_GONE)
    quiet(t)
    t.psql("DROP TRIGGER hold ON outgrow.chunks")
    once(t, path, "--replace")
    same_rows(t, path)
    alike(own(t, "item"), before["item"], "item")
    alike(own(t, "pair"), before["pair"], "pair")


@test("a table of our making is not made anew while it has such a column, and nothing has changed")
def created(t):
    path = t.folder / "app.db"
    db = sqlite3.connect(path)
    db.executescript(SOURCE)
    db.close()
    t.outgrow("sync", "--once", path, t.target).expect(0)
    t.psql("ALTER TABLE item ADD COLUMN note text DEFAULT 'n'")
    write(path, "CREATE TABLE late (id INTEGER PRIMARY KEY)", "UPDATE item SET n = 0 WHERE id = 3")
    refused = t.outgrow("sync", "--once", "--on-schema-change", "follow", path, t.target).expect(2)
    check("public.item.note" in refused.err, refused.err)
    equal(t.psql("SELECT note || n FROM item WHERE id = 3"), "n3")
    equal(t.psql("SELECT state FROM outgrow.live"), "syncing")
    t.psql("ALTER TABLE item DROP COLUMN note")
    t.outgrow("sync", "--once", "--on-schema-change", "follow", path, t.target).expect(0)
    same_rows(t, path)


run()
