#!/usr/bin/python3
"""plan --update: the source goes on and the plan follows, while every line that a person wrote stays."""
import sqlite3
import subprocess
import sys

from harness import ROOT, check, equal, run, test

SOURCE = """
CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, age INTEGER, note TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id TEXT REFERENCES users(id), total TEXT);
CREATE TABLE scrap (x TEXT);
INSERT INTO users VALUES ('u1', 'Ann', 30, 'n'), ('u2', 'Bo', 40, NULL);
INSERT INTO orders VALUES (1, 'u1', '1.50'), (2, 'u2', '2');
INSERT INTO scrap VALUES ('a');
"""
# As a person would: a key becomes a UUID, a column another name and type, a note in the margin, a table left out.
EDITS = [
    ("tables:\n", "# ours, please ask before you change it\ntables:\n"),
    ("      id: {type: text, not_null: true}", "      # decided in the meeting\n      id: {type: uuid}"),
    ("      id: {type: text}", "      # decided in the meeting\n      id: {type: uuid}"),
    ("      total: {type: text}", "      total:   # in euros\n        to: euros\n        type: numeric(10,2)\n"
     "        not_null: true\n        default: 0\n      #"),
    ("  - from: app.scrap", "  - skip: true\n    from: app.scrap"),
]


def change(path, script):
    db = sqlite3.connect(path)
    db.executescript(script)
    db.close()


def edited(t):
    """A plan that was written, and then edited by hand."""
    t.sqlite("app.db", SOURCE)
    t.outgrow("plan", "app.db", "-o", "plan.yaml").expect(0)
    path = t.folder / "plan.yaml"
    text = path.read_text()
    for old, new in EDITS:
        text = text.replace(old, new, 1)
    for word in ("meeting", "in euros", "skip: true", "ours, please"):
        check(word in text, f"the test's edit {word} found no place in", text)
    path.write_text(text)
    return path


def update(t, *options, code=0):
    return t.outgrow("plan", "--update", "plan.yaml", *options).expect(code)


def lines_of(text):
    return [line for line in text.split("\n") if not line.startswith("#=")]


@test("a plan nobody edited becomes what plan writes afresh, whatever happened to the source")
def _(t):
    subprocess.run([sys.executable, ROOT / "examples/make-sample-db.py", t.folder / "app.db"], check=True,
                   capture_output=True)
    t.outgrow("plan", "app.db", "-o", "plan.yaml").expect(0)
    change(t.folder / "app.db", """
        ALTER TABLE agents ADD COLUMN mood TEXT DEFAULT 'x'; ALTER TABLE tasks DROP COLUMN title;
        CREATE TABLE later (a INTEGER PRIMARY KEY, b TEXT); DROP TABLE memory; UPDATE tasks SET due = 'abc';
        DROP TRIGGER agents_log; CREATE VIEW odd AS SELECT total_changes() AS n; DELETE FROM events""")
    said = update(t).err
    equal((t.folder / "plan.yaml").read_text(), t.outgrow("plan", "app.db").expect(0).out)
    for word in ("added: app.agents.mood", "added: app.later", "gone: app.tasks.title", "gone: app.memory"):
        check(word in said, word, "is not said:", said)


@test("with the source as it was the file is not touched, edited or not")
def _(t):
    path = edited(t)
    update(t)  # what follows from the edits: the reference becomes a UUID like its key
    text = path.read_text()
    check("user_id: {type: uuid}" in text, text)
    inode = path.stat().st_ino
    check("nothing to change" in update(t).err, "it says nothing")
    equal((path.read_text(), path.stat().st_ino), (text, inode))


@test("edits, comments and their places stay; new columns and tables come with their reason, what is gone is named")
def _(t):
    path = edited(t)
    update(t)
    before = lines_of(path.read_text())
    change(t.folder / "app.db", """
        ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '-'; ALTER TABLE users DROP COLUMN note;
        CREATE TABLE teams (id INTEGER PRIMARY KEY, owner TEXT REFERENCES users(id));
        INSERT INTO teams VALUES (7, 'u2'); UPDATE users SET age = 'old' WHERE id = 'u2'""")
    said = update(t).err
    after = lines_of(path.read_text())
    for line in before:
        ours = "note:" in line or "age:" in line or "row" in line and "bytes" in line
        check(ours or line in after, "lost:", line, "\n".join(after))
    text = "\n".join(after)
    check(text.index("age: ") < text.index("email: ") < text.index("from: app.orders"), text)
    for word in ("added: app.users.email: {type: text, not_null: true, default: \"-\"} (declared TEXT",
                 "added: app.teams: a table of 2 columns", "gone: app.users.note: {type: text}",
                 "changed: app.users.age: {type: text}"):
        check(word in said, word, "is not said:", said)
    check("owner: {type: uuid}" in text, "a new reference does not follow the edited key:", text)
    t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0)
    equal(t.rows("SELECT u.name, u.age, u.email, o.euros, n.id FROM users u JOIN orders o ON o.user_id = u.id "
                 "LEFT JOIN teams n ON n.owner = u.id ORDER BY 1"),
          [("Ann", "30", "-", "1.50", ""), ("Bo", "old", "-", "2.00", "7")])
    equal(t.psql("SELECT pg_typeof(id)::text || to_regclass('scrap') IS NULL FROM users LIMIT 1"), "t")


@test("edited lines whose column or table is gone stay as comments, and the plan still fits")
def _(t):
    path = edited(t)
    change(t.folder / "app.db", """
        ALTER TABLE orders DROP COLUMN total; DROP TABLE scrap""")
    report = t.outgrow("plan", "--update", "plan.yaml", "--json").expect(0).json()
    equal([(one["name"], one["plan"]) for one in report["gone"]],
          [("app.orders.total", "to: euros type: numeric(10,2) not_null: true default: 0"),
           ("app.scrap", "the table")])
    text = path.read_text()
    for line in ("      # gone from the source:\n      # total:   # in euros\n      #   to: euros\n",
                 "  # gone from the source:\n  # - skip: true\n  #   from: app.scrap"):
        check(line in text, line, "is not in", text)
    t.outgrow("plan", "--check", "plan.yaml").expect(0)
    equal(update(t).err.count("nothing to change"), 1)


@test("a short plan in braces keeps its form")
def _(t):
    t.sqlite("app.db", SOURCE + "CREATE TABLE extra (a, b TEXT);")
    path = t.folder / "plan.yaml"
    path.write_text("version: 1\nsources: {app: app.db}   # where it lives\n"
                    "tables: [{from: users, columns: {gone: text, id: uuid}}, {from: lost},\n"
                    "  {from: scrap, skip: true}]\n"
                    "roles: {app: {grant: [select]}}\n")
    update(t)
    text = path.read_text()
    check("sources: {app: app.db}   # where it lives\n" in text and text.count("roles: {app") == 1, text)
    check("# gone from the source: gone: text\n" in text and "# gone from the source: {from: lost}\n" in text, text)
    check("id: uuid, name: {type: text}, age: {type: bigint}" in text, text)
    check(", {from: app.extra, to: public.extra, columns: {" in text, text)
    t.outgrow("plan", "--check", "plan.yaml").expect(0)
    update(t)
    equal(path.read_text(), text)


@test("what cannot be brought up to date is an error with its place, and the file stays as it is")
def _(t):
    path = edited(t)
    broken = path.read_text().replace("      age: {type: bigint}", "      age: {type: bigintt}")
    path.write_text(broken)
    check("plan.yaml:" in update(t, code=2).err and path.read_text() == broken, "not said")
    path.write_text(broken.replace("bigintt", "bigint") + "before: [a.sql]\n")
    text = path.read_text()
    change(t.folder / "app.db", "ALTER TABLE users DROP COLUMN age; CREATE TABLE z (a)")
    said = update(t, "--dry-run").err
    check("gone: app.users.age" in said and "--dry-run" in said and path.read_text() == text, said)
    update(t, "-o", "other.yaml")
    equal(path.read_text(), text)
    check("app.z" in (t.folder / "other.yaml").read_text(), "-o was not written")
    check("exists already" in update(t, "-o", "other.yaml", code=2).err, "it was overwritten")


@test("a name in indexes, unique, search or skip_columns that is gone: what becomes of it only a person can say")
def _(t):
    path = edited(t)
    text = path.read_text()
    change(t.folder / "app.db", "ALTER TABLE users DROP COLUMN note")
    for key in ("indexes: [{columns: [age, note]}]", "unique: [[note]]", "search: [{columns: [name, note]}]",
                "skip_columns: [note]", "key: [note]"):
        now = text.replace("  - from: app.orders", f"    {key}\n  - from: app.orders", 1)
        path.write_text(now)
        line = now[:now.index(key)].count("\n") + 1
        said = update(t, code=2).err
        check(f"plan.yaml:{line}:" in said and 'no column "note"' in said, key, said)
        equal(path.read_text(), now, "the file")
        path.write_text(now.replace(f"    {key}\n", ""))
        update(t)


@test("several sources: only what was looked at changes, and each table keeps its source")
def _(t):
    for name in ("a", "b"):
        t.sqlite(f"{name}.db", SOURCE)
    t.outgrow("plan", "a.db", "b.db", "-o", "plan.yaml").expect(0)
    change(t.folder / "a.db", "ALTER TABLE users ADD COLUMN first TEXT")
    change(t.folder / "b.db", "ALTER TABLE users ADD COLUMN second TEXT")
    said = t.outgrow("plan", "b.db", "--update", "plan.yaml").expect(0).err
    check("added: b.users.second" in said and "a.users" not in said, said)
    text = (t.folder / "plan.yaml").read_text()
    check("second: {type" in text.split("from: b.users")[1] and "first:" not in text, text)
    update(t)
    equal((t.folder / "plan.yaml").read_text(), t.outgrow("plan", "a.db", "b.db").expect(0).out)


run()
