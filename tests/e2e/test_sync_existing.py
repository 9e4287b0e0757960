#!/usr/bin/python3
"""Kept in step with tables that the application's own migrations made: identity, enum, CHECK, cascades
and triggers of theirs, which must neither act on what rounds bring nor be otherwise than before when
the move is over. Compared without outgrow's help."""
import random
import sqlite3
import threading
import time

from harness import TIMEOUT_S, Skip, check, equal, run, test
from live_move import write_source
from stall import kill, must_see

import libpq  # live_move knows where

SOURCE = """
PRAGMA journal_mode = wal;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
CREATE TABLE team (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE);
CREATE TABLE member (id INTEGER PRIMARY KEY AUTOINCREMENT,
  team_id INTEGER NOT NULL REFERENCES team(id) ON DELETE CASCADE, email VARCHAR(60) NOT NULL, role VARCHAR(10) NOT NULL,
  active BOOLEAN NOT NULL DEFAULT 1, balance NUMERIC(10,2), updated_at TIMESTAMP NOT NULL);
CREATE TABLE member_tag (member_id INTEGER NOT NULL REFERENCES member(id) ON DELETE CASCADE,
  tag VARCHAR(20) NOT NULL, PRIMARY KEY (member_id, tag));
CREATE TABLE audit (what TEXT, n INTEGER);
CREATE TRIGGER team_made AFTER INSERT ON team BEGIN INSERT INTO audit VALUES ('team', NEW.id); END;
INSERT INTO alembic_version VALUES ('ae1027a6acf');
INSERT INTO team VALUES (1, 'red'), (2, 'blue'), (3, 'green');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
INSERT INTO member SELECT i, i % 3 + 1, 'm' || i || '@Example.org', CASE i % 3 WHEN 0 THEN 'ADMIN' WHEN 1 THEN 'MEMBER'
  ELSE 'GUEST' END, i % 2, i / 4.0, '2024-01-02 03:04:' || printf('%02d', i % 60) FROM n;
INSERT INTO member_tag SELECT id, 'tag' || (id % 5) FROM member;
"""
TARGET = """
CREATE TYPE role AS ENUM ('ADMIN', 'MEMBER', 'GUEST');
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('target');
CREATE TABLE team (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(40) NOT NULL UNIQUE);
CREATE TABLE member (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id integer NOT NULL CONSTRAINT of_team REFERENCES team ON DELETE CASCADE, email varchar(60) NOT NULL,
  role role NOT NULL, active boolean NOT NULL DEFAULT true,
  balance numeric(10,2) CONSTRAINT not_in_debt CHECK (balance >= 0), updated_at timestamptz NOT NULL DEFAULT now(),
  search text GENERATED ALWAYS AS (lower(email)) STORED, origin text NOT NULL DEFAULT 'default');
CREATE UNIQUE INDEX member_email ON member (lower(email));
CREATE TABLE member_tag (member_id integer REFERENCES member ON DELETE CASCADE ON UPDATE CASCADE, tag varchar(20),
  PRIMARY KEY (member_id, tag));
COMMENT ON CONSTRAINT of_team ON member IS 'whose';
CREATE TABLE audit (what text, n integer);
CREATE TABLE elsewhere (team_id integer REFERENCES team);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.updated_at := '2030-01-01 00:00:00Z'; RETURN NEW; END $$;
CREATE TRIGGER member_touch BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION team_made() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit VALUES ('team', NEW.id); RETURN NULL; END $$;
CREATE TRIGGER team_made AFTER INSERT ON team FOR EACH ROW EXECUTE FUNCTION team_made();
CREATE TRIGGER never BEFORE DELETE ON team FOR EACH ROW EXECUTE FUNCTION team_made();
ALTER TABLE team DISABLE TRIGGER never;
DO $$ BEGIN CREATE ROLE app_role; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app_role;
"""
# All that is the application's, and not its rows.
FACTS = """
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) || convalidated::text
  || coalesce(obj_description(oid, 'pg_constraint'), '') FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) || tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod) || attnotnull::text
|| attidentity::text || attgenerated::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3, 4
"""
TABLES = {
    "team": ("id, name", "id, name"),
    "member": ("id, team_id, email, role, active, balance, updated_at, lower(email)",
               "id, team_id, email, role, active::int, balance, "
               "to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), search"),
    "member_tag": ("member_id, tag", "member_id, tag"),
    "audit": ("what, n", "what, n"),
}


def plain(column, cell):
    if cell is None:
        return None
    return float(cell) if column.strip() == "balance" else str(cell)[:19] if "_at" in column else str(cell)


def of_source(path):
    db = sqlite3.connect(path, timeout=TIMEOUT_S)
    found = {}
    for table, (columns, _) in TABLES.items():
        found[table] = sorted((tuple(plain(name, cell) for name, cell in zip(columns.split(","), row))
                               for row in db.execute(f"SELECT {columns} FROM {table}")), key=repr)
    db.close()
    return found


def of_target(t):
    connection = libpq.Connection(t.target)
    found = {}
    for table, (names, columns) in TABLES.items():
        found[table] = sorted((tuple(plain(name, cell) for name, cell in zip(names.split(","), row))
                               for row in connection.execute(f"SELECT {columns} FROM {table}")), key=repr)
    connection.close()
    return found


def alike(source, target):
    for table in TABLES:
        check(source[table] == target[table], table, "differs; only in the source:",
              [row for row in source[table] if row not in target[table]][:5], "only in the target:",
              [row for row in target[table] if row not in source[table]][:5], len(source[table]), len(target[table]))


def same(t, path):
    alike(of_source(path), of_target(t))


def facts(t):
    """Without what a live move puts there."""
    return [row for row in t.rows(FACTS) if "outgrow" not in row[2]]


def write_target(t, *statements):
    connection = libpq.Connection(t.target)
    try:
        connection.execute("SET ROLE app_role; BEGIN")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")
    finally:
        connection.close()


def refusal(t, statement):
    try:
        write_target(t, statement)
    except libpq.Error as refused:
        return refused.words
    return None


def prepare(t, target=TARGET, source=SOURCE):
    t.psql(target)
    return t.sqlite("app.db", source)


def captured(path):
    """What of ours is in the file."""
    (count,), = sqlite3.connect(path).execute("SELECT count(*) FROM sqlite_schema WHERE name GLOB '_outgrow_*'")
    return count


def sync(t, path, *options, code=0):
    return t.outgrow("sync", "--once", "--into-existing", *options, path, t.target).expect(code)


class Application(threading.Thread):
    """Writes what an ORM writes, in both directions of every key, until the fence."""

    def __init__(self, path, seed):
        super().__init__(daemon=True)
        self.path, self.random = path, random.Random(seed)
        self.count, self.refusal, self.over = 0, None, threading.Event()

    def statements(self):
        pick, n = self.random.randrange, self.count
        return self.random.choice((
            [f"INSERT INTO team (name) VALUES ('team {n}')"],
            [f"INSERT INTO member (team_id, email, role, balance, updated_at) SELECT max(id), 'n{n}@x.org', 'GUEST', "
             f"{n % 50}.25, '2025-05-05 05:05:05' FROM team"],
            [f"UPDATE member SET balance = balance + 1, updated_at = '2026-06-06 06:06:06' WHERE id % 7 = {pick(7)}"],
            [f"DELETE FROM team WHERE id = (SELECT max(id) FROM team WHERE id > 3 AND id % 2 = {pick(2)})"],
            [f"INSERT OR REPLACE INTO member_tag SELECT id, 'tag{pick(9)}' FROM member WHERE id % 11 = {pick(11)}"],
            [f"DELETE FROM member_tag WHERE tag = 'tag{pick(9)}' AND member_id % 3 = 0"],
            ["UPDATE member SET email = 'tmp' WHERE id = 10",
             "UPDATE member SET email = (SELECT email FROM member WHERE id = 11) WHERE id = 10",
             "UPDATE member SET email = 'eleven' || " + str(n) + " WHERE id = 11"],
            [f"UPDATE audit SET n = {n} WHERE rowid % 5 = {pick(5)}"],
            [f"DELETE FROM audit WHERE rowid % 13 = {pick(13)}"]))

    def run(self):
        db = sqlite3.connect(self.path, timeout=TIMEOUT_S, isolation_level=None)  # longer than any pause
        db.execute("PRAGMA foreign_keys = ON")
        try:
            while not self.over.is_set():
                db.execute("BEGIN IMMEDIATE")
                for statement in self.statements():
                    db.execute(statement)
                db.execute("COMMIT")
                self.count += 1
                time.sleep(0.004)
        except sqlite3.Error as refused:
            self.refusal = str(refused)
        finally:
            db.close()


@test("a schema that migrations made: kept in step, switched, back, switched again, and otherwise left as it was")
def _(t):
    path = prepare(t)
    before = t.rows(FACTS)
    daemon = t.popen("sync", "--into-existing", path, t.target)
    application = Application(path, 1)
    application.start()
    must_see(lambda: application.count > 150 and t.psql("SELECT to_regclass('outgrow.live')") and
             t.psql("SELECT state FROM outgrow.live") == "syncing", daemon, "in step")
    reached = application.count + 100
    must_see(lambda: application.count > reached, daemon, "writes")
    check("still the primary" in refusal(t, "INSERT INTO team (name) VALUES ('x')"), "the fence")
    t.outgrow("verify", path, t.target).expect(0)
    switch = t.outgrow("cutover", "--json", "--budget", "60s", path, t.target).expect(0)
    check("careful" not in switch.err, switch.err)
    check("public.member.origin is only in PostgreSQL" in switch.err, switch.err)
    result = switch.json()
    application.join(TIMEOUT_S)
    check("moved to PostgreSQL" in application.refusal, application.refusal)
    equal(result["state"], "switched")
    same(t, path)
    equal(facts(t), before, "the schema, switched")
    # The application's own world again: identity, cascades, triggers, CHECK.
    last = int(t.psql("SELECT max(id) FROM member"))
    counter = sqlite3.connect(path).execute("SELECT seq FROM sqlite_sequence WHERE name = 'member'").fetchone()[0]
    audit = int(t.psql("SELECT count(*) FROM audit"))
    write_target(t, "INSERT INTO team (name) VALUES ('born there')",
                 "INSERT INTO member (team_id, email, role) SELECT id, 'born@There', 'ADMIN' FROM team"
                 " WHERE name = 'born there'",
                 "INSERT INTO member_tag SELECT id, 'new' FROM member WHERE email = 'born@There'",
                 "UPDATE member SET active = NOT active WHERE id % 5 = 0", "DELETE FROM team WHERE id = 2",
                 "UPDATE audit SET n = n + 1 WHERE n % 2 = 0")
    check(int(t.psql("SELECT id FROM member WHERE email = 'born@There'")) > max(last, counter), "the next id")
    equal(int(t.psql("SELECT count(*) FROM audit")), audit + 1, "its trigger fires once")
    check("not_in_debt" in refusal(t, "UPDATE member SET balance = -1 WHERE id = 9"), "CHECK")
    must_see(lambda: not any(row[0] == "2" for row in of_source(path)["team"]), daemon, "a round back")
    t.outgrow("verify", path, t.target).expect(0)
    target = of_target(t)
    t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
    alike(of_source(path), target)
    check(int(t.psql("SELECT count(*) FROM member WHERE updated_at = '2030-01-01 00:00:00Z'")) > 0, "touched")
    check("is primary: these tables take no writes" in refusal(t, "INSERT INTO team (name) VALUES ('x')"), "the fence")
    application = Application(path, 2)
    application.start()
    must_see(lambda: application.count > 100, daemon, "writes again")
    t.outgrow("verify", path, t.target).expect(0)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    application.join(TIMEOUT_S)
    same(t, path)
    equal(facts(t), before, "the schema, switched again")
    t.outgrow("finish", "--without-archive", path, t.target).expect(0)
    kill(daemon)
    equal(t.rows(FACTS), before, "the schema, finished")
    equal(t.psql("SELECT version_num FROM alembic_version"), "target", "bookkeeping")
    equal(t.psql("SELECT count(*) FROM outgrow.detached WHERE state <> 'restored'"), "0", "off")


@test("what such a table refuses is set aside in a round, and comes when it is mended")
def _(t):
    path = prepare(t)
    sync(t, path)
    same(t, path)
    write_source(path, "UPDATE member SET balance = -5 WHERE id = 1", "UPDATE member SET role = 'KING' WHERE id = 2",
                 "UPDATE member SET email = 'M4@EXAMPLE.ORG' WHERE id = 3",
                 f"UPDATE member SET email = '{'x' * 61}' WHERE id = 5", "UPDATE member SET active = 0 WHERE id = 6")
    sync(t, path)
    equal(t.psql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM generate_series(1, 6) AS id WHERE id NOT IN "
                 "(SELECT id FROM member)"), "1 2 3 5", "set aside")
    write_source(path, "UPDATE member SET balance = 5 WHERE id = 1", "UPDATE member SET role = 'GUEST' WHERE id = 2",
                 "UPDATE member SET email = 'three' WHERE id = 3", "DELETE FROM member WHERE id = 5")
    sync(t, path)
    same(t, path)
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside"), "0", "entries")


@test("what cannot be kept in step is refused before anything is done, with what to do")
def _(t):
    path = prepare(t, TARGET + "ALTER TABLE member_tag DROP CONSTRAINT member_tag_pkey; "
                               "INSERT INTO audit VALUES ('', 1);")
    before = t.rows(FACTS)
    refused = sync(t, path, code=4)
    for word in ("no unique index on (member_id, tag)", "audit holds rows already", "--replace"):
        check(word in refused.err, word, "is not in", refused.err)
    equal(t.rows(FACTS), before, "the schema")
    equal(captured(path), 0, "capture")
    t.psql("CREATE UNIQUE INDEX ON member_tag (tag, member_id)")
    said = sync(t, path, "--replace").err
    check("_outgrow_rowid until outgrow finish" in said, said)
    same(t, path)


@test("who does not own the tables is told, and nothing is changed")
def _(t):
    path = prepare(t, TARGET + "CREATE ROLE other; GRANT app_role TO other; ALTER ROLE other LOGIN; "
                               "GRANT CREATE ON DATABASE "
                   + t.database + " TO other; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO other;")
    before = t.rows(FACTS)
    try:
        refused = t.outgrow("sync", "--once", "--into-existing", path, t.target.replace("tester@", "other@")).expect(4)
        check("owner" in refused.err, refused.err)
        equal(t.rows(FACTS), before, "the schema")
        equal(captured(path), 0, "capture")
    finally:
        t.psql("DROP OWNED BY other; DROP ROLE other")


@test("begun anew and given up, it leaves keys and triggers as they were")
def _(t):
    path = prepare(t)
    before = t.rows(FACTS)
    sync(t, path)
    write_source(path, "DELETE FROM member WHERE id < 20")
    sync(t, path, "--replace")
    same(t, path)
    write_source(path, "DELETE FROM team WHERE id = 1", "INSERT INTO audit VALUES ('x', NULL)")
    sync(t, path)
    same(t, path)
    t.outgrow("sync", "--uninstall", path, t.target).expect(0)
    equal(t.rows(FACTS), before, "the schema")
    write_target(t, "DELETE FROM team WHERE id = 2")
    equal(t.psql("SELECT count(*) FROM member WHERE team_id = 2"), "0", "the cascade")


@test("rows of the source that refer to nothing: the key comes back for new rows only, and that is said")
def _(t):
    path = prepare(t)
    sync(t, path)
    db = sqlite3.connect(path)
    db.execute("INSERT INTO member_tag VALUES (9999, 'lost')")
    db.commit()
    db.close()
    said = t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0).err
    check("hold for new rows only" in said, said)
    equal(t.psql("SELECT convalidated FROM pg_constraint WHERE conname = 'member_tag_member_id_fkey'"), "f",
          "NOT VALID")
    check("member_tag_member_id_fkey" in refusal(t, "INSERT INTO member_tag VALUES (9998, 'x')"), "it holds")


@test("another migration into the same database leaves off what is off")
def _(t):
    path = prepare(t)
    sync(t, path)
    off = t.rows("SELECT kind, name FROM outgrow.detached WHERE state = 'detached' ORDER BY 1, 2")
    equal(off, [("foreign key", "elsewhere_team_id_fkey"), ("foreign key", "member_tag_member_id_fkey"),
                ("foreign key", "of_team"), ("trigger", "member_touch"), ("trigger", "team_made")], "off")
    other = t.sqlite("other.db", "CREATE TABLE other (id INTEGER PRIMARY KEY); INSERT INTO other VALUES (1)")
    t.migrate(other).expect(0)
    equal(t.rows("SELECT kind, name FROM outgrow.detached WHERE state = 'detached' ORDER BY 1, 2"), off, "still off")
    write_source(path, "DELETE FROM team WHERE id = 1")
    sync(t, path)
    same(t, path)


@test("a column that both sides' migrations add is followed")
def _(t):
    path = prepare(t)
    sync(t, path)
    t.psql("ALTER TABLE team ADD COLUMN motto varchar(80)")
    write_source(path, "ALTER TABLE team ADD COLUMN motto VARCHAR(80)", "UPDATE team SET motto = 'on' WHERE id = 1")
    check("were changed" in sync(t, path, code=3).err, "it stops")
    sync(t, path, "--on-schema-change", "follow")
    same(t, path)
    equal(t.psql("SELECT motto FROM team WHERE id = 1"), "on", "the column")
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated "
                 "AND connamespace = 'public'::regnamespace"), "3", "keys")


@test("a unique key that is checked at the end of a transaction does not stop a round")
def _(t):
    path = prepare(t, TARGET + "ALTER TABLE team ADD UNIQUE (name) DEFERRABLE INITIALLY DEFERRED; "
                   "ALTER TABLE team DROP CONSTRAINT team_name_key; ALTER TABLE member ADD CONSTRAINT one_balance "
                   "UNIQUE (balance) DEFERRABLE INITIALLY DEFERRED;")
    sync(t, path)
    write_source(path, "UPDATE member SET balance = 1000 WHERE id IN (7, 8)",
                 "UPDATE team SET name = 'swap' WHERE id = 1",
                 "UPDATE team SET name = 'red' WHERE id = 2", "UPDATE team SET name = 'blue' WHERE id = 1")
    sync(t, path)
    equal(t.psql("SELECT count(*) FROM member WHERE balance = 1000"), "1", "one of the two")
    write_source(path, "UPDATE member SET balance = 1001 WHERE id = 8")
    sync(t, path)
    sync(t, path)
    same(t, path)


@test("a key that ignores case: the row that has its place is not taken for the one that was set aside")
def _(t):
    if t.psql("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'") == "0":
        raise Skip("the server has no citext")
    t.psql("CREATE EXTENSION citext; CREATE TABLE kind (name citext PRIMARY KEY, n integer)")
    path = t.sqlite("app.db", "CREATE TABLE kind (name TEXT NOT NULL PRIMARY KEY, n INTEGER); "
                              "INSERT INTO kind VALUES ('A', 1)")
    sync(t, path)
    write_source(path, "INSERT INTO kind VALUES ('a', 2), ('b', 3)")
    sync(t, path)
    equal(t.rows("SELECT name, n FROM kind ORDER BY 1"), [("A", "1"), ("b", "3")], "kind")
    write_source(path, "UPDATE kind SET n = 4 WHERE name = 'a'", "UPDATE kind SET n = 5 WHERE name = 'b'")
    sync(t, path)
    equal(t.rows("SELECT name, n FROM kind ORDER BY 1"), [("A", "1"), ("b", "5")], "kind")
    write_source(path, "DELETE FROM kind WHERE name = 'A'", "UPDATE kind SET n = 6 WHERE name = 'a'")
    sync(t, path)
    equal(t.rows("SELECT name, n FROM kind ORDER BY 1"), [("a", "6"), ("b", "5")], "kind")


@test("what the keys stand on is dropped meanwhile: the switch says so before anybody waits")
def _(t):
    path = prepare(t)
    sync(t, path)
    t.psql("ALTER TABLE member DROP COLUMN team_id CASCADE; ALTER TABLE member ADD COLUMN team_id text")
    refused = t.outgrow("cutover", "--budget", "60s", path, t.target)
    check(refused.code != 0, refused.err)
    equal(t.psql("SELECT state FROM outgrow.live"), "syncing", "the state")
    write_source(path, "UPDATE team SET name = 'still writable' WHERE id = 1")


run()
