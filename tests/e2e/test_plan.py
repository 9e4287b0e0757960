"""The plan file: what it says is what PostgreSQL holds, by expectations made here."""
import datetime
import json
import sqlite3
import subprocess
import sys
import uuid
import zoneinfo

from harness import ROOT, check, equal, run, test

EXACT = """SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT format('%s.%s.%s %s %s %s %s %s', table_schema, table_name, column_name,
        ordinal_position, data_type, is_nullable, column_default, generation_expression) AS line
    FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'outgrow')
    UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(c.oid)) FROM pg_constraint c
        JOIN pg_namespace n ON n.oid = connamespace WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'outgrow')
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'outgrow')) x"""


def tables(t):
    return [r[0] for r in t.rows("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                                 "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'outgrow') ORDER BY 1")]


def everything(t):
    """Schema and rows as text."""
    rows = {name: sorted(t.psql(f"SELECT x::text FROM {name} x").split("\n")) for name in tables(t)}
    return t.psql(EXACT), rows


def drop_all(t):
    schemas = t.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'")
    for (schema,) in schemas:
        t.psql(f'DROP SCHEMA "{schema}" CASCADE')
    t.psql("CREATE SCHEMA public")


def write(t, text, name="plan.yaml"):
    path = t.folder / name
    path.write_text(text)
    return path


def round_trip(t, source, *options):
    t.migrate(source, *options).expect(7)
    before = everything(t)
    drop_all(t)
    t.outgrow("plan", *options, source, "-o", "plan.yaml").expect(0)
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(7)
    after = everything(t)
    equal(after[0], before[0], "schema")
    equal(after[1], before[1], "rows")


@test("an unedited plan of the sample gives exactly the same migration")
def sample(t):
    subprocess.run([sys.executable, ROOT / "examples/make-sample-db.py", t.folder / "app.db"],
                   check=True, capture_output=True)
    round_trip(t, "app.db")


@test("an unedited plan of the nasty file gives exactly the same migration")
def nasty(t):
    subprocess.run([sys.executable, ROOT / "tests/e2e/make_nasty.py", t.folder / "nasty.db"], check=True,
                   capture_output=True)
    round_trip(t, "nasty.db")
    drop_all(t)
    (t.folder / "plan.yaml").unlink()
    round_trip(t, "nasty.db", "--types", "evolve")



PLATFORM = """
CREATE TABLE agents (id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT DEFAULT 'idle', capabilities TEXT,
    notes TEXT, created_at TEXT, seen INTEGER, score TEXT, parent TEXT REFERENCES agents(id));
CREATE TABLE tasks (id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT, assigned_agent_id TEXT,
    tags TEXT, took TEXT, peer TEXT, at REAL, kind TEXT, secret TEXT, priority INTEGER,
    FOREIGN KEY (assigned_agent_id) REFERENCES agents (id));
CREATE TABLE links (agent TEXT, task TEXT, weight REAL, PRIMARY KEY (agent, task));
CREATE TABLE scrap (x);
INSERT INTO scrap VALUES (1), (2);
"""
AGENTS = [("chief", "Chief", "idle", '["plan", "talk"]', None, "2024-07-01 12:00:00", 1700000000123, "0.75", None),
          ("6F9619FF-8B86-D011-B42D-00C04FC964FF", "Op", None, None, "x", "2024-01-01 12:00:00", None, "1", "chief"),
          ("op-2", "Op 2", "busy", "{}", "", "2024-03-31 01:30:00", 0, "0.5", "chief")]
TASKS = [("t1", "Write it", "all of it", "chief", '["a","b c"]', "01:30:00", "10.0.0.1", 2460310.5, "big", "s", 1),
         ("t2", "Read it", None, "6F9619FF-8B86-D011-B42D-00C04FC964FF", "[]", None, "::1", None, "small", "s", 2),
         ("t3", "Drop it", "", None, None, "00:00:05", None, 2440587.5, None, None, None)]
LINKS = [("chief", "t1", 0.5), ("op-2", "t1", 1.5), ("chief", "t3", 2)]
NAMESPACE = "0b7c2f40-5d1e-4f5a-9f10-3f2f1f5d2a11"
PLAN = """
version: 1
namespace: {namespace}
sources: {{app: app.db}}
target: ${{TEST_TARGET}}
defaults: {{schema: "{{source}}_v2", timezone: Europe/Berlin}}
tables:
  - from: app.agents
    to: core.identities
    comment: who can work
    skip_columns: [notes]
    columns:
      id: {{type: uuid, keep_old: legacy_id}}
      name: {{type: varchar(255), comment: "it's a name", to: full_name}}
      status: {{type: text, not_null: true, default: idle, check: "status IN ('idle', 'active', 'busy')"}}
      capabilities: {{type: jsonb, not_null: true, default: []}}
      created_at: timestamptz
      seen: {{type: timestamptz, epoch: ms}}
      score: {{type: "numeric(3,2)"}}
    add:
      performance: {{type: jsonb, default: '{{}}', not_null: true}}
      heartbeat: {{type: timestamptz, default: {{sql: now()}}, comment: last}}
      level: {{type: integer, check: level > 0}}
    unique: [full_name]
    indexes:
      - {{columns: [status, created_at DESC], name: by_status}}
      - {{expression: lower(full_name), unique: true, where: level IS NULL}}
      - {{columns: capabilities, using: gin}}
    check: performance IS NOT NULL
    keys: {{references: {{parent: {{to: agents.id, on_delete: set null, deferrable: true}}}}}}
  - from: tasks
    columns:
      id: {{type: uuid}}
      tags: text[]
      took: interval
      peer: inet
      at: {{type: timestamptz, epoch: julian}}
      kind: {{type: size, labels: [small, big]}}
      priority: integer
    search: {{columns: [title, description], config: english, name: tasks_search}}
    skip_columns: secret
  - from: links
    keys: {{references: {{agent: {{to: core.identities.id, on_delete: cascade}}, task: tasks.id}}}}
  - {{from: scrap, skip: true}}
  - query: |
      SELECT a.id AS agent_id, j.key AS position, j.value AS capability
      FROM agents a, json_each(a.capabilities) j
    to: core.capabilities
    key: [agent_id, position]
    columns: {{position: bigint}}
    keys: {{references: {{agent_id: agents.id}}}}
"""


def platform(t):
    path = t.sqlite("app.db", PLATFORM)
    db = sqlite3.connect(path)
    db.executemany("INSERT INTO agents VALUES (?,?,?,?,?,?,?,?,?)", AGENTS)
    db.executemany("INSERT INTO tasks VALUES (?,?,?,?,?,?,?,?,?,?,?)", TASKS)
    db.executemany("INSERT INTO links VALUES (?,?,?)", LINKS)
    db.commit()
    db.close()
    return path


def mapped(table, old):
    """What the old id becomes."""
    if old is None:
        return None
    try:
        return str(uuid.UUID(old))
    except ValueError:
        return str(uuid.uuid5(uuid.UUID(NAMESPACE), f"{table}:{old}"))


def rows_json(t, sql):
    return [json.loads(line) for line in t.psql(f"SELECT row_to_json(x) FROM ({sql}) x").split("\n") if line]


def berlin(text):
    """PostgreSQL shows UTC; the text is a clock's in Berlin."""
    local = datetime.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    return local.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat(sep=" ")


@test("every kind of rule does what it says")
def rules(t):
    platform(t)
    write(t, PLAN.format(namespace=NAMESPACE))
    t.outgrow("plan", "--check", "plan.yaml").expect(0)
    report = t.outgrow("migrate", "--plan", "plan.yaml", "--json", env={"TEST_TARGET": t.target}).expect(0).json()
    found = rows_json(t, "SELECT id, full_name, status, capabilities, score, parent, legacy_id, performance, level, "
                         "created_at AT TIME ZONE 'UTC' AS created_at, extract(epoch FROM seen) AS seen, "
                         "heartbeat > now() - interval '1 hour' AS fresh FROM core.identities")
    expected = [{"id": mapped("agents", a[0]), "full_name": a[1], "status": a[2] or "idle",
                 "capabilities": json.loads(a[3]) if a[3] else [], "score": float(a[7]),
                 "parent": mapped("agents", a[8]), "legacy_id": a[0], "performance": {}, "level": None,
                 "created_at": berlin(a[5]).replace(" ", "T"), "seen": None if a[6] is None else a[6] / 1000,
                 "fresh": True} for a in AGENTS]
    by = lambda row: str(row["id"])
    equal(sorted(found, key=by), sorted(expected, key=by), "identities")
    found = rows_json(t, "SELECT id, title, description, assigned_agent_id AS agent, tags, took::text, peer::text, "
                         "extract(epoch FROM at) AS at, kind::text, priority FROM app_v2.tasks")
    expected = [{"id": mapped("tasks", a[0]), "title": a[1], "description": a[2], "agent": mapped("agents", a[3]),
                 "tags": json.loads(a[4]) if a[4] else None, "took": a[5],
                 "peer": a[6] if a[6] is None else a[6] + ("/128" if ":" in a[6] else "/32"),
                 "at": None if a[7] is None else (a[7] - 2440587.5) * 86400, "kind": a[8], "priority": a[10]}
                for a in TASKS]
    equal(sorted(found, key=by), sorted(expected, key=by), "tasks")
    found = rows_json(t, "SELECT * FROM app_v2.links")
    expected = [{"agent": mapped("agents", a), "task": mapped("tasks", b), "weight": w} for a, b, w in LINKS]
    equal(sorted(found, key=str), sorted(expected, key=str), "links")
    found = rows_json(t, "SELECT * FROM core.capabilities")
    equal(sorted(found, key=str), sorted(
        [{"agent_id": mapped("agents", a[0]), "position": i, "capability": word}
         for a in AGENTS if a[3] and a[3] != "{}" for i, word in enumerate(json.loads(a[3]))], key=str), "query")
    equal(t.rows("SELECT source_table, old_id, new_id FROM outgrow.id_map ORDER BY 1, 2"),
          [(table, old, mapped(table, old)) for table, old in
           [("agents", "chief"), ("agents", "op-2"), ("tasks", "t1"), ("tasks", "t2"), ("tasks", "t3")]], "map")
    equal(t.psql("SELECT to_regclass('app_v2.scrap'), obj_description('core.identities'::regclass), "
                 "col_description('core.identities'::regclass, 2)"), "|who can work|it's a name", "comments")
    constraints = t.psql("SELECT string_agg(conrelid::regclass || ' ' || pg_get_constraintdef(oid), E'\\n' "
                         "ORDER BY 1) FROM pg_constraint WHERE connamespace::regnamespace::text IN ('core', 'app_v2')")
    for line in ("core.identities FOREIGN KEY (parent) REFERENCES core.identities(id) ON DELETE SET NULL "
                 "DEFERRABLE INITIALLY DEFERRED",
                 "core.identities UNIQUE (full_name)", "core.identities CHECK ((level > 0))",
                 "core.identities CHECK ((performance IS NOT NULL))",
                 "core.identities CHECK ((status = ANY (ARRAY['idle'::text, 'active'::text, 'busy'::text])))",
                 "app_v2.tasks FOREIGN KEY (assigned_agent_id) REFERENCES core.identities(id)",
                 "app_v2.links FOREIGN KEY (agent) REFERENCES core.identities(id) ON DELETE CASCADE",
                 "app_v2.links FOREIGN KEY (task) REFERENCES app_v2.tasks(id)",
                 "core.capabilities PRIMARY KEY (agent_id, \"position\")",
                 "core.capabilities FOREIGN KEY (agent_id) REFERENCES core.identities(id)"):
        check(line in constraints, line, "not in\n" + constraints)
    indexes = t.psql("SELECT indexdef FROM pg_indexes WHERE schemaname IN ('core', 'app_v2')")
    for part in ("by_status ON core.identities USING btree (status, created_at DESC)",
                 "USING btree (lower((full_name)::text)) WHERE (level IS NULL)", "USING gin (capabilities)",
                 "tasks_search ON app_v2.tasks USING gin (to_tsvector('english'::regconfig"):
        check(part in indexes, part, "not in\n" + indexes)
    equal(t.psql("SET enable_seqscan = off; EXPLAIN (COSTS off) SELECT * FROM app_v2.tasks WHERE to_tsvector("
                 "'english', coalesce(title, '') || ' ' || coalesce(description, '')) @@ to_tsquery('write')")
          .count("tasks_search"), 1, "the search index is used")
    t.outgrow("verify", "app.db", t.target).expect(0)
    equal((report["differences"], report["exit_code"]), ([], 0), "verified")
    again = t.outgrow("migrate", "--plan", "plan.yaml", env={"TEST_TARGET": t.target}).expect(0)
    check("nothing to do" in again.err, again.err)



FAMILY = """
CREATE TABLE people (id TEXT PRIMARY KEY, age INTEGER);
CREATE TABLE pets (id INTEGER PRIMARY KEY, owner TEXT REFERENCES people(id), name TEXT);
CREATE TABLE toys (id INTEGER PRIMARY KEY, pet INTEGER REFERENCES pets(id), owner TEXT);
CREATE TABLE bites (toy INTEGER, n INTEGER, PRIMARY KEY (toy, n)) WITHOUT ROWID;
INSERT INTO people VALUES ('ann', 30), ('bo', 'forty'), ('cy', NULL);
INSERT INTO pets VALUES (1, 'ann', 'a'), (2, 'bo', 'b'), (3, 'nobody', 'c'), (4, NULL, 'd'), (5, 'cy', 'e');
INSERT INTO toys VALUES (10, 1, 'ann'), (20, 2, 'ann'), (30, 3, 'zoe'), (40, 99, 'ann'), (50, 5, NULL);
INSERT INTO bites VALUES (10, 1), (20, 1), (20, 2), (77, 1);
"""
FAMILY_PLAN = """
version: 1
sources: {{app: family.db}}
defaults: {{orphans: {mode}}}
tables:
  - {{from: people, columns: {{id: uuid, age: integer}}}}
  - from: toys
    orphans: {toys}
    keys: {{references: {{owner: people.id}}}}
  - {{from: bites, keys: {{references: {{toy: toys.id}}}}}}
"""


@test("lists as defaults of arrays; a query is no table whose pages could be checked")
def _(t):
    t.sqlite("a.db", """
        CREATE TABLE a (id INTEGER PRIMARY KEY, tags TEXT, ns TEXT, v TEXT);
        INSERT INTO a VALUES (1, '["x"]', '[7]', 'one'), (2, NULL, NULL, NULL);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'v TEXT', 'v TEXT NOT NULL');""")
    (t.folder / "plan.yaml").write_text("""version: 1
sources: {a: a.db}
tables:
  - from: a
    to: public.a
    columns:
      tags: {type: "text[]", not_null: true, default: '["a \\"b\\" \\\\", null, "it''s"]'}
      ns: {type: "bigint[]", not_null: true, default: []}
      v: {not_null: false}
  - {query: "SELECT count(*) AS n FROM a", source: a, to: public.counted}
""")
    report = t.outgrow("migrate", "--plan", "plan.yaml", "--json", t.target).expect(0).json()
    check(not any("query" in warning for warning in report["warnings"]), report["warnings"])
    check(any("NULL value in a.v" in warning for warning in report["warnings"]), report["warnings"])
    t.psql("INSERT INTO a (id) VALUES (3)")
    for key in (2, 3):
        equal(t.rows(f"SELECT tags[1], tags[2] IS NULL, tags[3], ns FROM a WHERE id = {key}"),
              [('a "b" \\', "t", "it's", "{}")], key)


@test("orphans, and what they leave behind, are set aside, and the counts add up")
def orphans_aside(t):
    t.sqlite("family.db", FAMILY)
    write(t, FAMILY_PLAN.format(mode="set-aside", toys="set-aside"))
    report = t.outgrow("migrate", "--plan", "plan.yaml", t.target, "--json").expect(7).json()
    equal(t.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM pets"), "1,4,5", "pets")
    equal(t.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM toys"), "10,50", "toys")
    equal(t.psql("SELECT string_agg(format('%s-%s', toy, n), ',') FROM bites"), "10-1", "bites")
    equal(t.rows("SELECT source_table, count(*), min(reason COLLATE \"C\") FROM outgrow.set_aside GROUP BY 1"
                 " ORDER BY 1"),
          [("bites", "3", "refers to a row of toys that is not there"),
           ("people", "1", "text is not a plain integer within 64 bits"),
           ("pets", "2", "refers to a row of people that is not there"),
           ("toys", "3", "refers to a row of pets that is not there")], "aside")
    for table in report["tables"]:
        equal(table["rows_source"], table["rows_target"] + table["rows_set_aside"], table["source"])
        equal(table["rows_copied"], table["rows_target"], table["source"])
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated "
                 "AND connamespace = 'public'::regnamespace"), "0", "every key is valid")
    warned = "\n".join(report["warnings"])
    check("pets (owner) -> people (id): 1 row refers to a row that is not there (rowid 3)" in warned, warned)
    check("bites (toy) -> toys (id): 1 row refers" in warned, warned)
    t.outgrow("verify", "family.db", t.target).expect(7)


@test("orphans: null takes the reference and keeps the original; keep leaves the key NOT VALID")
def orphans_null(t):
    t.sqlite("family.db", FAMILY)
    write(t, FAMILY_PLAN.format(mode="keep", toys="null"))
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(7)
    equal(t.rows("SELECT id, coalesce(pet::text, '-'), owner IS NULL FROM toys ORDER BY id"),
          [("10", "1", "f"), ("20", "2", "f"), ("30", "3", "t"), ("40", "-", "f"), ("50", "5", "t")], "toys")
    equal(t.rows("SELECT source_table, column_name, altered, nulled, row->'id'->>'integer' FROM outgrow.set_aside "
                 "WHERE source_table = 'toys' ORDER BY position"),
          [("toys", "owner", "t", "t", "30"), ("toys", "pet", "t", "t", "40")], "originals")
    equal(t.rows("SELECT conrelid::regclass::text, convalidated FROM pg_constraint WHERE contype = 'f' "
                 "AND connamespace = 'public'::regnamespace ORDER BY 1, conname"),
          [("bites", "f"), ("pets", "f"), ("toys", "t"), ("toys", "t")], "keys")
    t.outgrow("verify", "family.db", t.target).expect(7)
    t.psql("UPDATE toys SET owner = (SELECT id FROM people LIMIT 1) WHERE id = 30")
    t.outgrow("verify", "family.db", t.target).expect(6)



LIBRARY = """
CREATE TABLE authors (id INTEGER PRIMARY KEY, "fullName" TEXT NOT NULL, Born INTEGER, email TEXT COLLATE NOCASE UNIQUE);
CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors(id), title TEXT, body TEXT,
    price REAL, sold BOOLEAN);
INSERT INTO authors VALUES (1, 'Ann', 1970, 'Ann@x.org'), (2, 'Bo', NULL, 'bo@x.org');
INSERT INTO books VALUES (1, 1, 'Running water', 'He ran and ran', 1.5, 1), (2, 1, 'Still', 'quiet', NULL, 0),
    (3, NULL, 'Orphan', 'alone', 2, 1), (4, 2, 'Other', '', 3, 0);
CREATE VIEW all_books AS SELECT * FROM books;
CREATE VIEW by_author(who, what, dear) AS
    SELECT a."fullName", b.title, b.price > 1 FROM books AS b JOIN authors a ON a.id = b.author_id
    WHERE b.sold AND a.Born IS NOT NULL;
CREATE VIEW maybe AS SELECT b.id, a.id AS author, upper(b.title) AS loud FROM books b LEFT JOIN authors a
    ON b.author_id = a.id AND a.born > 1900;
CREATE VIEW counted AS SELECT author_id, count(*) AS n FROM books GROUP BY author_id;
CREATE VIEW strings AS SELECT author_id, group_concat(title) AS titles FROM books GROUP BY author_id;
CREATE VIEW nameless AS SELECT price + 1 FROM books;
CREATE VIEW newest AS SELECT title FROM books ORDER BY id DESC LIMIT 1;
CREATE VIRTUAL TABLE books_text USING fts5(title, body, content='books', content_rowid='id', tokenize='porter');
CREATE VIRTUAL TABLE names USING fts5("fullName", note UNINDEXED);
CREATE TRIGGER names_in AFTER INSERT ON authors BEGIN INSERT INTO names VALUES (new."fullName", ''); END;
CREATE VIRTUAL TABLE loose USING fts5(title);
INSERT INTO loose VALUES ('kept'), ('too');
"""


@test("views that are certain arrive and give the same rows; the others are listed with their text")
def views(t):
    path = t.sqlite("library.db", LIBRARY)
    report = t.migrate("library.db", "--json").expect(0).json()
    db = sqlite3.connect(path)
    for view, order in (("by_author", "who, what"), ("maybe", "id"), ("all_books", "id")):
        mine = [tuple(None if c is None else str(c) for c in row) for row in
                db.execute(f"SELECT * FROM {view} ORDER BY {order}")]
        found = [tuple(None if c == "~" else {"t": "1", "f": "0"}.get(c, c) for c in row) for row in
                 [tuple(line.split("\t")) for line in
                  t.psql(f"SELECT * FROM {view} ORDER BY {order}", "-F", "\t", "-P", "null=~").split("\n")]]
        number = lambda rows: [tuple(float(c) if c and c.replace(".", "").isdigit() else c for c in r) for r in rows]
        equal(number(found), number(mine), view)
        names = [d[0] for d in db.execute(f"SELECT * FROM {view}").description]
        equal([r[0] for r in t.rows("SELECT attname FROM pg_attribute WHERE attrelid = "
                                    f"'{view}'::regclass AND attnum > 0 ORDER BY attnum")], names, view)
    left = {n["name"]: n for n in report["not_carried"] if n["kind"] == "view"}
    equal(sorted(left), ["nameless", "strings"], "listed")
    check("no name" in left["nameless"]["reason"] and "group_concat" in left["strings"]["reason"], left)
    check(left["strings"]["sql"].startswith("CREATE VIEW strings"), left)
    equal(t.rows("SELECT title FROM newest"), [("Other",)], "newest")
    t.migrate("library.db", "--replace").expect(0)
    equal(t.psql("SELECT count(*) FROM by_author"), "1", "after --replace")


@test("full-text tables become search indexes where it is certain of what, or tables when asked")
def fulltext(t):
    t.sqlite("library.db", LIBRARY)
    report = t.migrate("library.db", "--json").expect(0).json()
    indexes = t.psql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%tsvector%'"
                     " ORDER BY 1")
    equal(indexes.count("\n"), 1, indexes)
    check("public.authors USING gin (to_tsvector('simple'::regconfig, COALESCE(\"fullName\"" in indexes, indexes)
    check("public.books USING gin (to_tsvector('english'::regconfig, ((COALESCE(title" in indexes, indexes)
    equal([n["name"] for n in report["not_carried"] if n["kind"] == "virtual table"], ["loose"], "listed")
    drop_all(t)
    write(t, """
version: 1
sources: {library: library.db}
tables:
  - {from: loose, to: kept.loose}
  - {from: books_text, skip: true}
  - {from: authors, nocase: citext}
""")
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0)
    equal(t.psql("SELECT string_agg(title, ',' ORDER BY title) FROM kept.loose"), "kept,too", "content")
    equal(t.psql("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%tsvector%'"), "1", "one index")
    equal(t.psql("SELECT id FROM authors WHERE email = 'ANN@X.ORG'"), "1", "citext")
    check("UNIQUE (email)" in t.psql("SELECT string_agg(pg_get_constraintdef(oid), '|') FROM pg_constraint"), "key")


@test("a wrong plan is refused before anything runs, with its place and the nearest name")
def refused(t):
    platform(t)
    cases = [
        ("tables: [{from: agent}]", "plan.yaml:3:17: the source has no table \"agent\"", "\"agents\""),
        ("tables: [{from: agents, columns: {nam: text}}]", "plan.yaml:3:35: agents has no column \"nam\"", "\"name\""),
        ("tables: [{from: agents, skip_columns: [notez]}]", "plan.yaml:3:40: agents has no column \"notez\"",
         "\"notes\""),
        ("tables: [{from: agents, keys: {references: {name: task.id}}}]",
         "plan.yaml:3:51: the source has no table \"task\"", "\"tasks\""),
        ("tables: [{from: agents}, {from: app.agents}]", "plan.yaml:3:26: table \"agents\" is here twice", "query"),
        ("tables: [{query: SELECT nope FROM agents, to: x}]", "plan.yaml:3:18: SQLite does not take the query: "
         "no such column: nope", ""),
        ("tables: [{query: DELETE FROM agents, to: x}]", "plan.yaml:3:18: the query is not one SELECT", ""),
        ("tables: [{from: agents, indexes: [[name, nam]]}]", "plan.yaml:3:42: agents has no column \"nam\"", ""),
        ("tables: [{from: agents, add: {name: {type: text}}}]", "plan.yaml:3:31: the source has column \"name\"", ""),
        ("tables: [{from: agents, columns: {seen: {type: timestamptz, not_null: true, default: soon}}}]",
         "the default of agents.seen cannot be stored", ""),
        ("tables: [{from: agents, columns: {id: {to: " + "x" * 64 + "}}}]", "plan.yaml:3:44: ", ""),
        ("tables: [{from: agents, columns: {id: {to: a}, name: {to: a}}}]", "plan.yaml:3:59: two columns", ""),
        ("tables: [{from: agents, to: s.t}, {from: tasks, to: s.t}]", "plan.yaml:3:53: two tables", ""),
        ("tables:\n- from: agents\n  chain:\n    order: idd\n    hash: name\n    over: '{name}'",
         "plan.yaml:6:12: the chain of",
         "\"id\""),
        ("tables:\n- from: agents\n  chain:\n    order: id\n    hash: nam\n    over: '{name}'",
         "plan.yaml:7:11: the chain of",
         "\"name\""),
        ("tables:\n- from: agents\n  chain: {order: id, hash: name, previous: notez, over: [id]}",
         "plan.yaml:5:44: the chain of agents needs column \"notez\", which there is not", "\"notes\""),
        ("tables:\n- from: agents\n  chain: {order: id, hash: name, over: [id, nam]}", "plan.yaml:5:45: the chain of",
         "\"name\""),
        ("tables:\n- from: agents\n  skip_columns: [notes]\n  chain: {order: id, hash: name, over: '{notes}'}",
         "plan.yaml:6:40: the chain of agents needs column \"notes\", which is left out", ""),
    ]
    for text, message, hint in cases:
        write(t, "version: 1\nsources: {app: app.db}\n" + text + "\n")
        for command in (("plan", "--check", "plan.yaml"), ("migrate", "--plan", "plan.yaml", t.target)):
            result = t.outgrow(*command).expect(2)
            check(message in result.err and hint in result.err, text, result.err)
    equal(tables(t), [], "nothing was made")
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "0", "no run is left")


@test("what a plan file says for later versions is named wherever the file is used, and nothing acts on it")
def aside(t):
    t.sqlite("a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT); INSERT INTO t VALUES (1, '2026-01-01')")
    write(t, "version: 1\nsources: {a: a.db}\ntables:\n  - from: t\n    partition: {by: at}\n")
    for command in (("plan", "--check", "plan.yaml"), ("migrate", "--dry-run", "--plan", "plan.yaml", t.target),
                    ("migrate", "--plan", "plan.yaml", t.target)):
        result = t.outgrow(*command).expect(0)
        check("plan.yaml, line 5: partition is for outgrow partition" in result.err, result.err)
    equal(t.psql("SELECT relkind FROM pg_class WHERE oid = 't'::regclass"), "r")


@test("-o - is standard output, and a value that decided a type is named once")
def to_output(t):
    t.sqlite("app.db", "CREATE TABLE t (id TEXT, a BOOLEAN, b INTEGER); "
                       "INSERT INTO t VALUES ('x', 1, 1), ('y', 'maybe', 2), ('z', 0, 'old')")
    plain = t.outgrow("plan", "--types", "evolve", "app.db").expect(0).out
    equal(t.outgrow("plan", "--types", "evolve", "app.db", "-o", "-").expect(0).out, plain, "output")
    check(not (t.folder / "-").exists(), "a file of that name")
    equal([plain.count(word) for word in ("'x'", "'maybe'", "'old'")], [1, 1, 1], plain)
    check("every value is text; 'x' in row 1 is no UUID" in plain, plain)


@test("an interrupted run goes on only with the same plan")
def resume(t):
    platform(t)
    write(t, "version: 1\nsources: {app: app.db}\ntables: [{from: scrap, skip: true}]\n")
    t.psql("CREATE TABLE scrap (x int)")
    t.psql("CREATE FUNCTION stop() RETURNS event_trigger LANGUAGE plpgsql AS "
           "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()) ; END $$")
    t.psql("CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION stop()")
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(4)
    t.psql("DROP EVENT TRIGGER stop")
    first = (t.folder / "plan.yaml").read_text()
    write(t, first + "# a remark\n")
    other = t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(2)
    check("the plan file was another" in other.err, other.err)
    write(t, first)
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0)
    equal(t.psql("SELECT plan FROM outgrow.runs"), first.rstrip("\n"), "kept with the run")


@test("SQL files under before run once, and rows go into the tables they make")
def before(t):
    t.sqlite("app.db", "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO people VALUES (1, 'Ann');")
    (t.folder / "schema.sql").write_text("CREATE SCHEMA hr; CREATE TABLE hr.people (name text NOT NULL, "
                                         "id integer PRIMARY KEY, note text DEFAULT 'n');")
    write(t, "version: 1\nsources: {app: app.db}\nbefore: [schema.sql]\ninto_existing: true\n"
             "tables: [{from: people, to: hr.people}]\n")
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0)
    equal(t.psql("SELECT id, name, note FROM hr.people"), "1|Ann|n", "rows")
    equal(t.psql("SELECT count(*) FROM outgrow.schema_files"), "1", "recorded")



@test("a counter that is beyond what a narrow key counts ends at its largest, and other tables' go on behind theirs")
def counters(t):
    t.sqlite("a.db", "CREATE TABLE small (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); "
                     "CREATE TABLE large (id INTEGER PRIMARY KEY);"
                     "INSERT INTO small VALUES (5, 'five'), (40000, 'too much'); INSERT INTO large VALUES (7);")
    write(t, "version: 1\nsources: {a: a.db}\ntables: [{from: small, columns: {id: smallint}}]\n")
    report = t.outgrow("migrate", "--plan", "plan.yaml", "--json", t.target).expect(7).json()
    equal((report["failed_steps"], report["differences"]), ([], []), "steps and differences")
    check("exhausted" in "".join(note["reason"] for note in report["changed"] if note["kind"] == "sequence"),
          report["changed"])
    equal(t.psql("SELECT last_value FROM small_id_seq"), "32767", "the counter that is at its end")
    equal(t.psql("INSERT INTO large DEFAULT VALUES RETURNING id"), "8", "the other one")
    t.psql("DROP SCHEMA outgrow CASCADE; DROP TABLE small, large; "
           "CREATE TABLE small (id smallserial PRIMARY KEY, v text);"
           "CREATE TABLE large (id bigserial PRIMARY KEY)")
    report = t.migrate("a.db", "--into-existing", "--json").expect(7).json()
    equal((report["failed_steps"], report["differences"]), ([], []), "steps and differences, of tables that are there")
    equal(t.psql("INSERT INTO large DEFAULT VALUES RETURNING id"), "8", "the other one")


@test("a live move's counters that a narrow key cannot count keep no switch from being made")
def live_counters(t):
    path = t.sqlite("a.db", "CREATE TABLE small (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); "
                            "INSERT INTO small VALUES (5, 'five');"
                            "UPDATE sqlite_sequence SET seq = 40000;")
    write(t, "version: 1\nsources: {a: a.db}\ntables: [{from: small, columns: {id: smallint}}]\n")
    t.outgrow("sync", "--once", "--plan", "plan.yaml", t.target).expect(0)
    t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
    equal(t.psql("SELECT last_value FROM small_id_seq"), "32767", "the counter")


@test("checks, defaults, indexes and generated columns live with the narrow types of a plan")
def narrow(t):
    t.sqlite("a.db", """PRAGMA ignore_check_constraints = 1;
        CREATE TABLE t(id INTEGER PRIMARY KEY, age INTEGER DEFAULT 5 CHECK(age>0 AND age + id < 1000),
            kind TEXT DEFAULT 'a' CHECK(kind IN ('a','b')), r REAL CHECK (r >= 0.5), n TEXT COLLATE NOCASE,
            d TEXT, g INTEGER AS (age*2) STORED);
        CREATE INDEX i ON t(n) WHERE age > 3; CREATE INDEX j ON t(upper(n));
        INSERT INTO t(id,age,kind,r,n,d) VALUES (1,5,'a',0.5,'N','12.50'), (2,40000,'b',1,'m','1'),
            (3,7,'c',1,'x','1'), (4,7,'b',0.1,'x','1.005'), (9, 8, 'b', 2, NULL, 'twelve');""")
    write(t, """
version: 1
sources: {a: a.db}
tables:
  - from: t
    nocase: citext
    columns: {id: integer, age: smallint, kind: {type: kind_t, labels: [a, b]}, r: real, d: "numeric(10,2)"}
""")
    report = t.outgrow("migrate", "--plan", "plan.yaml", "--json", t.target).expect(7).json()
    equal(report["not_carried"] + report["failed_steps"], [], "all comes over")
    equal(t.rows("SELECT id, age, kind, r, n, d, g FROM t"), [("1", "5", "a", "0.5", "N", "12.50", "10")], "rows")
    equal(t.rows("SELECT position, column_name FROM outgrow.set_aside ORDER BY 1"),
          [("2", "age"), ("3", "kind"), ("4", "r"), ("9", "d")], "aside")
    equal(t.psql("INSERT INTO t (id) VALUES (10) RETURNING age, kind, g"), "5|a|10", "defaults")


if __name__ == "__main__":
    run()
