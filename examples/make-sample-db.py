#!/usr/bin/python3
"""make-sample-db FILE: the database of an agent platform as one finds it: ten tables, some 100,000
rows, grown over years. Always the same rows, so that they can be talked about.

What is odd in it, on purpose: numbers with words among them, dates in several forms, broken UTF-8,
an infinite price, ids close to 64 bits, booleans spelt in five ways, orphans, and things that only
SQLite has (a full-text table, a trigger, a collation on an index)."""
import datetime
import json
import pathlib
import random
import sqlite3
import sys
import uuid

SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(120) NOT NULL UNIQUE COLLATE NOCASE,
    "displayName" TEXT,
    is_admin BOOLEAN NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE agents (
    id UUID PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'idle' CHECK (status IN ('idle', 'active', 'busy', 'error')),
    capabilities JSON NOT NULL DEFAULT '[]',
    enabled BOOLEAN DEFAULT TRUE,
    price DECIMAL(10, 4),
    registered DATE
);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    agent_id UUID NOT NULL REFERENCES agents(id),
    started_at DATETIME NOT NULL,
    ended_at DATETIME,
    token BLOB,
    duration_s REAL GENERATED ALWAYS AS (tokens_out / 25.0) VIRTUAL,
    tokens_out INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_agent ON sessions (agent_id, started_at DESC);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions(id),
    role TEXT NOT NULL,
    body TEXT NOT NULL,
    score NUMERIC,
    metadata JSON
);
CREATE INDEX messages_by_session ON messages (session_id);
CREATE INDEX messages_of_tools ON messages (session_id) WHERE role = 'tool';
CREATE TABLE tool_calls (
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES messages(id),
    tool TEXT NOT NULL,
    arguments JSON,
    elapsed,
    external_id BIGINT,
    ok BOOLEAN
);
CREATE INDEX tool_calls_lower ON tool_calls (lower(tool));
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT
);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES tasks(id),
    "order" INTEGER NOT NULL,
    title TEXT NOT NULL,
    due
);
CREATE TABLE memory (
    agent_id UUID NOT NULL,
    topic TEXT NOT NULL,
    weight REAL NOT NULL,
    body TEXT,
    PRIMARY KEY (topic, agent_id)
) WITHOUT ROWID;
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY,
    task_id INTEGER REFERENCES tasks(id),
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    size INTEGER GENERATED ALWAYS AS (length(content)) STORED
);
CREATE TABLE Settings (
    Name TEXT PRIMARY KEY,
    Value
);
CREATE VIEW busy_agents AS SELECT name, status FROM agents WHERE status = 'busy';
CREATE TRIGGER agents_log AFTER UPDATE OF status ON agents BEGIN
    INSERT INTO events (at, kind) VALUES (strftime('%s', 'now') * 1000, 'status');
END;
CREATE VIRTUAL TABLE messages_text USING fts5(body, content='messages', content_rowid='id');
"""
WORDS = ("agent answer archive branch budget cache caf\u00e9 claim draft error fetch graph index "
         "journal key ledger merge model na\u00efve node parse plan prompt queue render retry "
         "review route schema search session shard summary table token trace update vector").split()
USERS, AGENTS, SESSIONS, MESSAGES, CALLS, EVENTS = 400, 1200, 8000, 42000, 24000, 18000
TASKS, MEMORIES, ARTIFACTS = 4000, 3000, 800
START = datetime.datetime(2023, 1, 1)
dice = random.Random(20240229)


def moment(step, form=0):
    """The same kind of moment as four programs wrote it."""
    when = START + datetime.timedelta(seconds=step * 1777 % 60_000_000)
    return (when.strftime("%Y-%m-%d %H:%M:%S"), when.isoformat() + "Z",
            when.isoformat(timespec="milliseconds"), when.isoformat() + "+02:00")[form % 4]


def words(count):
    return " ".join(dice.choices(WORDS, k=count))


def identity(number):
    return str(uuid.UUID(int=(0x5D0F << 112) | (number * 0x9E3779B97F4A7C15 & (1 << 64) - 1)))


def small_tables():
    yield "users", 5, ((n, f"user{n}@example.org", words(2).title() if n % 9 else "", n % 50 == 1,
                        moment(n)) for n in range(1, USERS + 1))
    yield "agents", 8, ((identity(n), n % USERS + 1, f"{words(1)}-{n}",
                         ("idle", "active", "busy", "error")[n % 4],
                         json.dumps(dice.sample(WORDS, 3), ensure_ascii=False), n % 7 != 0,
                         round(dice.random() * 100, 4), moment(n)[:10]) for n in range(AGENTS))
    yield "tasks", 5, ((n, n // 3 or None, n % 10, words(4),
                        (None, moment(n)[:10], "soon", n * 86400)[n % 4])
                       for n in range(1, TASKS + 1))
    yield "memory", 4, ((identity(n % AGENTS), f"{WORDS[n % len(WORDS)]}/{n}", dice.random(),
                         words(6)) for n in range(MEMORIES))
    yield "Settings", 2, [("theme", "dark"), ("retries", 3), ("ratio", 0.75), ("key", b"\x00\xff"),
                          ("empty", ""), ("unset", None)]


def large_tables():
    yield "messages", 6, ((n, n * SESSIONS // (MESSAGES + 1) + 1,
                           ("user", "assistant", "tool")[n % 3], words(3 + n % 15),
                           (None, 1, 0.5, 2 ** 53 + 1)[n % 4],
                           None if n % 3 else json.dumps({"n": n, "model": words(1)}))
                          for n in range(1, MESSAGES + 1))
    yield "tool_calls", 7, ((n, n * MESSAGES // CALLS, WORDS[n % len(WORDS)].title(),
                             json.dumps({"query": words(2), "limit": n % 100}),
                             "timeout" if n % 997 == 0 else n % 500 if n % 3 else n / 8,
                             2 ** 63 - n, (0, 1, "t", "false", "yes")[n % 5])
                            for n in range(1, CALLS + 1))
    yield "events", 4, ((n, 1_672_531_200_000 + n * 1_000_003,
                         ("start", "stop", "status", "error")[n % 4], words(n % 5))
                        for n in range(1, EVENTS + 1))


def odd_rows(db):
    """What no generator of clean data would write."""
    text = "INSERT INTO messages (id, session_id, role, body, metadata) VALUES (?, 1, 'user', "
    db.execute(text + "CAST(x'6272c36b656e' AS TEXT), NULL)", (MESSAGES + 10,))
    db.execute(text + "CAST(x'6e756c00206279746520' AS TEXT), NULL)", (MESSAGES + 11,))
    db.execute(text + "'as JSON allows it', '{\"a\": \"\\u0000\"}')", (MESSAGES + 12,))
    db.execute(text + "'twice the same key', '{\"a\": 1, \"a\": 2}')", (MESSAGES + 13,))
    db.execute("UPDATE tool_calls SET external_id = ? WHERE id = 1", (-2 ** 63,))
    db.execute("UPDATE memory SET weight = 9e999 WHERE topic LIKE 'agent/0'")
    db.execute("UPDATE sessions SET agent_id = ? WHERE id = 77", (identity(999_999),))
    db.execute("INSERT INTO events (id, at, kind) VALUES (-5, 0, 'epoch')")
    db.execute("UPDATE sqlite_sequence SET seq = 5000 WHERE name = 'users'")


def fill(db):
    for table, width, rows in small_tables():
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)
    db.executemany("INSERT INTO sessions (id, agent_id, started_at, ended_at, token, tokens_out) "
                   "VALUES (?, ?, ?, ?, ?, ?)",
                   ((n, identity(n % AGENTS), moment(n, n), moment(n + 1) if n % 5 else None,
                     dice.randbytes(16), n * 31 % 4096) for n in range(1, SESSIONS + 1)))
    for table, width, rows in large_tables():
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)
    db.executemany("INSERT INTO artifacts (id, task_id, name, content) VALUES (?, ?, ?, ?)",
                   ((n, n % TASKS + 1, f"{words(1)}.bin", dice.randbytes(n * 7 % 4000))
                    for n in range(1, ARTIFACTS + 1)))
    db.execute("INSERT INTO messages_text(messages_text) VALUES ('rebuild')")
    odd_rows(db)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split(":", 1)[0].replace("make-sample-db", "usage: make-sample-db"))
    path = pathlib.Path(sys.argv[1])
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + SCHEMA)
    fill(db)
    db.execute("COMMIT")
    rows = sum(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in db.execute(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' "
        "AND name NOT LIKE 'sqlite%'").fetchall())
    db.close()
    print(f"{path}: 10 tables, {rows:,} rows, {path.stat().st_size / 1e6:.0f} MB")


main()
