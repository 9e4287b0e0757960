#!/usr/bin/python3
"""Text in a database of a natural locale (ICU's en-US): it sorts and compares as it did in SQLite, unless
the plan says otherwise. What SQLite says is asked of Python's, what PostgreSQL says of psql."""
import json
import sqlite3
import subprocess

from harness import Skip, TIMEOUT_S, check, client_program, equal, run, test
from live_move import write_source
from mcp_tools import Client, Roles, good

WORDS = ["apple", "Apple", "APPLE", "banana", "Zebra", "zebra", "äpfel", "Äpfel", "éclair", "Éclair", "eclair", "-dash",
         "_under", "a b", "ab", "a-b", "aB", "10", "9", "09", "co-op", "coop", "CO OP", "ß", "ss", "日本", "😀", "￰",
         "", "z", "Z", "~", "!", "a\tb"]
SOURCE = """
CREATE TABLE words (id INTEGER PRIMARY KEY, w TEXT NOT NULL UNIQUE, v VARCHAR(20), n TEXT COLLATE NOCASE);
CREATE INDEX words_n ON words (n);
CREATE TABLE tags (word TEXT NOT NULL REFERENCES words (w), tag TEXT, PRIMARY KEY (word, tag)) WITHOUT ROWID;
CREATE VIEW sorted AS SELECT w FROM words ORDER BY w;
CREATE VIEW ends AS SELECT min(w) AS low, max(w) AS high FROM words WHERE w > 'B';
"""
# Asked of both sides in the same words. A page by key is what an application has in its loops.
QUESTIONS = ["SELECT w FROM words ORDER BY w", "SELECT w FROM words ORDER BY w DESC",
             "SELECT min(w), max(w) FROM words",
             "SELECT id FROM words ORDER BY v, id", "SELECT w FROM words WHERE w BETWEEN 'A' AND 'b' ORDER BY id",
             "SELECT w FROM words ORDER BY upper(w), w", "SELECT w, lower(w), upper(w) FROM words ORDER BY id",
             "SELECT word, tag FROM tags ORDER BY word, tag", "SELECT w FROM sorted", "SELECT low, high FROM ends",
             "SELECT w FROM words WHERE (w, id) > ('a', 0) ORDER BY w, id LIMIT 7",
             "SELECT tag, min(word), max(word) FROM tags GROUP BY tag ORDER BY tag"]


def natural(t):
    """The test's database, made anew with a natural locale."""
    if int(t.psql("SHOW server_version_num")) < 150000:
        raise Skip("databases sort by ICU from PostgreSQL 15 on")
    t.server.psql("postgres", f"DROP DATABASE {t.database}")
    t.server.psql("postgres", f"CREATE DATABASE {t.database} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
    equal(t.psql("SELECT 'a' < 'B', 'co-op' < 'coops', lower('É') = 'é'"), "t|t|t", "the database's own order")


def source(t):
    path = t.sqlite("app.db", SOURCE)
    db = sqlite3.connect(path)
    db.executemany("INSERT INTO words VALUES (?, ?, ?, ?)", ((i, w, w, w) for i, w in enumerate(WORDS, 1)))
    db.executemany("INSERT INTO tags VALUES (?, ?)", ((w, tag) for w in WORDS for tag in ("x", "X", "y")))
    db.commit()
    db.close()
    return path


def of_source(path, question):
    db = sqlite3.connect(path)
    rows = [list(row) for row in db.execute(question)]
    db.close()
    return rows


def of_target(t, question):
    """In the order in which it comes."""
    rows = t.psql(f"SELECT json_agg(to_json(array(SELECT value FROM json_each_text(row_to_json(q)))) ORDER BY n) FROM"
                  f" (SELECT row_number() OVER () AS n, q FROM ({question}) AS q) AS numbered")
    return [[str(cell) for cell in row] for row in json.loads(rows or "[]")]


def differing(t, path):
    return [question for question in QUESTIONS
            if [[str(cell) for cell in row] for row in of_source(path, question)] != of_target(t, question)]


def collations(t, table):
    return dict(t.rows("SELECT a.attname, coalesce(c.collname, '') FROM pg_attribute a"
                       " LEFT JOIN pg_collation c ON c.oid ="
                       f" a.attcollation WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 ORDER BY 1"))


def plan(t, text):
    (t.folder / "plan.yaml").write_text("version: 1\nsources: {app: app.db}\n" + text)
    return "plan.yaml"


@test("order, smallest and largest, ranges and pages by key are as in SQLite in a database of a natural locale")
def _(t):
    natural(t)
    path = source(t)
    check(of_source(path, QUESTIONS[0]) == [[w] for w in sorted(WORDS, key=lambda w: w.encode())],
          "SQLite sorts by bytes")
    report = t.migrate(path, "--json").expect(0).json()
    equal([n for n in report["changed"] if n["name"] in ("sorted", "ends")], [], "the views arrive")
    equal(collations(t, "words"), {"id": "", "w": "C", "v": "C", "n": "C"})
    equal(collations(t, "tags"), {"word": "C", "tag": "C"})
    equal(differing(t, path), [])
    for word in WORDS:
        counted = "SELECT count(*) FROM words WHERE w {} '{}'"
        for op in ("<", "<=", ">", ">=", "="):
            question = counted.format(op, word)
            equal(int(t.psql(question)), of_source(path, question)[0][0], question)
    for pattern in ("a%", "É%", "é%", "%ß%", "ä_fel"):
        question = "SELECT count(*) FROM words WHERE w {} '" + pattern + "'"
        equal(int(t.psql(question.format("ILIKE"))), of_source(path, question.format("LIKE"))[0][0], pattern)
    # As the planner sees it: a prefix is a range of the index.
    t.psql("INSERT INTO words (w) SELECT 'w' || g FROM generate_series(1, 5000) AS g; ANALYZE words")
    check("Index" in t.psql("EXPLAIN SELECT * FROM words WHERE w LIKE 'app%'"), "LIKE 'app%' by the index")
    check("words_n" in t.psql("SET enable_seqscan = off; EXPLAIN SELECT * FROM words WHERE lower(n) = 'apple'"),
          "lower(n)")
    definition = t.psql("SELECT pg_get_viewdef('sorted')")
    check("COLLATE" not in definition and "ORDER BY" in definition, definition)


@test("a live move there and back goes by it, with keys that differ in case and accent only")
def _(t):
    natural(t)
    path = source(t)
    t.outgrow("sync", "--once", path, t.target).expect(0)
    write_source(path, "INSERT INTO words VALUES (100, 'Ápple', 'x', 'ÁPPLE'), (101, 'ápple', 'X', 'ápple')",
                 "INSERT INTO tags VALUES ('Ápple', 'é')",
                 "DELETE FROM tags WHERE word = 'Apple' AND tag = 'X'",
                 "UPDATE tags SET tag = 'É' WHERE word = 'äpfel' AND tag = 'X'")
    t.outgrow("sync", "--once", path, t.target).expect(0)
    equal(differing(t, path), [])
    t.outgrow("verify", path, t.target).expect(0)
    t.outgrow("verify", "--sample", "50%", path, t.target).expect(0)
    t.outgrow("cutover", path, t.target, "--budget", "60s").expect(0)
    t.psql("INSERT INTO tags VALUES ('ápple', 'É'), ('ápple', 'é'); DELETE FROM tags WHERE word = 'Zebra';"
           " UPDATE tags SET tag = 'Z' WHERE word = 'zebra' AND tag = 'X'")
    t.outgrow("return", path, t.target, "--budget", "60s").expect(0)
    equal(differing(t, path), [])
    equal(of_source(path, "SELECT count(*) FROM tags WHERE word = 'zebra' AND tag = 'Z'"), [[1]])


@test("a NOCASE key holds É beside é, as in SQLite; by the database's locale they are one, and one is set aside")
def _(t):
    natural(t)
    path = t.sqlite("app.db", """
        CREATE TABLE people (mail TEXT COLLATE NOCASE PRIMARY KEY, nick TEXT UNIQUE COLLATE NOCASE);
        CREATE TABLE logins (mail TEXT COLLATE NOCASE REFERENCES people (mail));
        INSERT INTO people VALUES ('É@x', 'Ä'), ('é@x', 'ä'), ('A@x', 'I'), ('İ@x', 'ı');
        INSERT INTO logins VALUES ('É@x'), ('é@x');""")
    report = t.migrate(path, "--json").expect(0).json()
    equal((report["differences"], t.psql("SELECT count(*) FROM people"),
           t.psql("SELECT count(*) FROM outgrow.set_aside")),
          ([], "4", "0"))
    equal(t.psql("SELECT count(*) FROM people WHERE lower(mail) = lower('a@X')"), "1", "NOCASE is lower()")
    equal(t.psql("INSERT INTO people VALUES ('a@X', 'new') ON CONFLICT DO NOTHING RETURNING 1"), "",
          "still unique without case")
    t.outgrow("migrate", "--replace", "--plan", plan(t, "defaults: {collation: database}\n"), t.target).expect(7)
    equal(t.psql("SELECT count(*) FROM people"), "3", "two keys became one")
    t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(7)


@test("a plan that is written says collation: C; database, or any name, is followed for all and for a column")
def _(t):
    natural(t)
    path = source(t)
    t.outgrow("plan", path, "-o", "plan.yaml").expect(0)
    written = (t.folder / "plan.yaml").read_text()
    check(", collation: C}" in written, written)
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0)
    equal((collations(t, "words")["w"], differing(t, path)), ("C", []))
    (t.folder / "plan.yaml").write_text(written.replace("collation: C}", "collation: database}"))
    t.outgrow("migrate", "--replace", "--plan", "plan.yaml", t.target).expect(0)
    equal(collations(t, "words"), {"id": "", "w": "default", "v": "default", "n": "default"})
    other = differing(t, path)
    check(QUESTIONS[0] in other and QUESTIONS[2] in other and QUESTIONS[4] in other, "the locale's order", other)
    check("SELECT w FROM sorted" not in other and "SELECT low, high FROM ends" not in other, "views sort by bytes",
          other)
    text = "tables:\n- {from: words, columns: {w: {collation: sv-x-icu}, v: {collation: database}}}\n"
    t.outgrow("migrate", "--replace", "--plan", plan(t, text), t.target).expect(0)
    equal(collations(t, "words"), {"id": "", "w": "sv-x-icu", "v": "default", "n": "C"})
    equal(collations(t, "tags"), {"word": "sv-x-icu", "tag": "C"}, "what refers to it follows")
    equal(t.psql("SELECT string_agg(w, ' ' ORDER BY w) FROM words WHERE w IN ('z', 'äpfel', 'apple')"), "apple z äpfel")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'tags'::regclass"
                 " AND convalidated"),
          "1")
    t.outgrow("verify", "--plan", "plan.yaml", t.target).expect(0)
    dry = t.outgrow("migrate", "--dry-run", "--replace", "--plan", "plan.yaml", t.target).expect(0).out
    check('w text COLLATE "sv-x-icu" NOT NULL' in dry and 'n text COLLATE "C"' in dry, dry)
    # plan --update keeps both, and what is new follows.
    sqlite3.connect(path).executescript("ALTER TABLE words ADD COLUMN later TEXT")
    t.outgrow("plan", "--update", "plan.yaml").expect(0)
    kept = (t.folder / "plan.yaml").read_text()
    check("w: {collation: sv-x-icu}" in kept and "later: {type: text}" in kept, kept)


@test("orphans, views and checks work where columns that are compared have collations that differ")
def _(t):
    natural(t)
    t.sqlite("app.db", """
        CREATE TABLE p (k TEXT PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT REFERENCES p (k), o TEXT,
            CHECK (k <> o));
        CREATE VIEW both AS SELECT c.id, p.k FROM c JOIN p ON p.k = c.o;
        INSERT INTO p VALUES ('a'), ('Ä'); INSERT INTO c VALUES (1, 'a', 'Ä'), (2, 'gone', 'a');""")
    text = ("defaults: {orphans: set-aside}\ntables:\n- {from: p, columns: {k: {collation: de-x-icu}}}\n"
            "- {from: c, columns: {k: {collation: sv-x-icu}, o: {collation: fr-x-icu}}}\n")
    t.outgrow("migrate", "--plan", plan(t, text), t.target).expect(7)
    equal(t.psql("SELECT id FROM c"), "1")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid = 'c'::regclass AND"
                 " convalidated"), "2")
    equal(t.psql('SELECT id, k FROM "both"'), "1|Ä")


@test("a collation that the target has not is said with its place before anything is done; before may make one")
def _(t):
    natural(t)
    source(t)
    for text, place in (("defaults: {collation: de-x-ic}\n", "plan.yaml:3:23"),
                        ("tables:\n- from: words\n  columns: {w: {collation: de-x-ic}}\n", "plan.yaml:5:28"),
                        ("tables:\n- from: words\n  add: {x: {type: text, collation: de-x-ic}}\n", "plan.yaml:5:36")):
        for option in ("--json", "--dry-run"):
            wrong = t.outgrow("migrate", option, "--plan", plan(t, text), t.target).expect(2)
            check(f'{place}: the target has no collation "de-x-ic"' in wrong.err, wrong.err)
            check("did you mean de-x-icu?" in wrong.err, wrong.err)
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "0")
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0")
    equal(list(t.folder.glob("*backup*")) + list(t.folder.glob("home/outgrow/backups/*")), [], "no backup")
    (t.folder / "c.sql").write_text("CREATE SCHEMA app; CREATE COLLATION app.\"No Case\" (provider = icu, locale ="
                                    " 'und-u-ks-level2', deterministic = false);")
    text = "before: [c.sql]\ntables:\n- from: words\n  columns: {{w: {{collation: '{}'}}}}\n"
    wrong = t.outgrow("migrate", "--plan", plan(t, text.format('"app"."No Cas"')), t.target).expect(2)
    check('plan.yaml:6:28: the target has no collation "app"."No Cas"' in wrong.err, wrong.err)
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "0")
    report = t.outgrow("migrate", "--json", "--plan", plan(t, text.format('"app"."No Case"')),
                       t.target).expect(7).json()
    equal(report["differences"], [])
    equal(t.psql("SELECT string_agg(w, ',') FROM words WHERE w = 'APPLE'"), "apple",
          "the first of those that are one key")


@test("tables that are there keep their collations, and the report says once what sorts otherwise")
def _(t):
    natural(t)
    path = source(t)
    made = ("DROP TABLE IF EXISTS tags, words; "
            "CREATE TABLE words (id bigint PRIMARY KEY, w text {0} UNIQUE NOT NULL, v varchar(20) {1},"
            " n text {2}); CREATE TABLE tags (word text {0} REFERENCES words (w), tag text {2},"
            " PRIMARY KEY (word, tag))")
    t.psql(made.format("", 'COLLATE "C"', 'COLLATE "sv-x-icu"'))
    dry = t.outgrow("migrate", "--into-existing", "--dry-run", path, t.target).expect(0).out
    report = t.migrate(path, "--into-existing", "--json").expect(0).json()
    notes = [note for note in report["changed"] if note["kind"] == "collation"]
    equal([note["name"] for note in notes], ["words.w and 3 more columns"])
    words = "text is sorted by the database's locale (en-US (ICU)) or collations of their own; SQLite sorts by bytes"
    check(words in notes[0]["reason"] and words in dry, notes, dry)
    equal(collations(t, "words"), {"id": "", "w": "default", "v": "C", "n": "sv-x-icu"})
    t.outgrow("verify", "--into-existing", path, t.target).expect(0)
    t.psql(made.format('COLLATE "C"', 'COLLATE "C"', 'COLLATE "POSIX"'))
    report = t.migrate(path, "--into-existing", "--json", "--replace").expect(0).json()
    equal([note for note in report["changed"] if note["kind"] == "collation"], [])


@test("doctor says how the database sorts, and a dump brought into another database sorts as before")
def _(t):
    natural(t)
    path = source(t)
    said = t.outgrow("doctor", path, t.target).out
    check("collation en-US (ICU)" in said and 'COLLATE "C"' in said, said)
    t.migrate(path).expect(0)
    order = of_target(t, QUESTIONS[0])
    equal(order, of_source(path, QUESTIONS[0]))
    dump = subprocess.run([client_program("pg_dump"), "-t", "words", "-t", "tags", "-d", t.target], capture_output=True,
                          check=True, timeout=TIMEOUT_S).stdout
    natural(t)
    t.psql(dump.decode())
    equal((collations(t, "words")["w"], of_target(t, QUESTIONS[0])), ("C", order))


@test("a text that a tool adds, and one that is given back its type, sort as the table's others do")
def _(t):
    natural(t)
    t.migrate(source(t)).expect(0)
    roles = Roles(t)
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        check(good(client, "fix_missing_column", table="words", column="extra", type="text")["applied"], "added")
        check(good(client, "fix_missing_column", table="words", column="number", type="integer")["applied"], "added")
        equal((collations(t, "words")["extra"], collations(t, "words")["number"]), ("C", ""))
        found = good(client, "schema_alter", sql="ALTER TABLE words ALTER COLUMN v TYPE varchar(30)")
        equal(collations(t, "words")["v"], "default", "what PostgreSQL makes of it")
        check('COLLATE "C"' in json.dumps(found["undo_sql"]).replace("\\", ""), found)
        t.psql("; ".join(found["undo_sql"]))
        kind = t.psql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'v' AND attrelid ="
                      " 'words'::regclass")
        equal((collations(t, "words")["v"], kind), ("C", "character varying(20)"))


run()
