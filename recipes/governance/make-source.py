#!/usr/bin/python3
"""Makes source/governance.db: agents whose state history lies in JSON, sessions, an audit trail of
half a year, calibration, and the discoveries and dialectic sessions that become a graph."""
import json
import pathlib
import random
import sqlite3
from datetime import datetime, timedelta, timezone

AGENTS, EVENTS, CALLS = 40, 2000, 1500
START = datetime(2025, 6, 2, tzinfo=timezone.utc)

SCHEMA = """
CREATE TABLE agent_metadata (
    agent_id TEXT PRIMARY KEY, status TEXT, created_at TEXT NOT NULL, last_update TEXT,
    parent_agent_id TEXT, spawn_reason TEXT, tags_json TEXT, notes TEXT, api_key_hash TEXT,
    agent_state TEXT  -- JSON: one array per EISV variable, and the moments they were taken at
);
CREATE TABLE session_identities (
    session_key TEXT PRIMARY KEY, agent_id TEXT NOT NULL, bound_at TEXT NOT NULL, last_activity REAL,
    bind_count INTEGER
) WITHOUT ROWID;
CREATE TABLE audit_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, agent_id TEXT, event_type TEXT NOT NULL,
    confidence REAL, details_json TEXT
);
CREATE TABLE tool_usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER NOT NULL, agent_id TEXT, tool_name TEXT NOT NULL,
    latency_ms REAL, success INTEGER, error_type TEXT
);
CREATE TABLE calibration_state (id INTEGER PRIMARY KEY CHECK (id = 1), state_json TEXT NOT NULL, updated_at TEXT);
CREATE TABLE discoveries (
    id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, type TEXT NOT NULL, summary TEXT NOT NULL, details TEXT,
    created_at TEXT NOT NULL, related_to TEXT, response_to TEXT
);
CREATE TABLE discovery_tags (discovery_id TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (discovery_id, tag));
CREATE TABLE dialectic_sessions (
    session_id TEXT PRIMARY KEY, paused_agent_id TEXT NOT NULL, reviewer_agent_id TEXT, status TEXT NOT NULL,
    phase TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE dialectic_messages (
    id INTEGER PRIMARY KEY, session_id TEXT NOT NULL REFERENCES dialectic_sessions(session_id), seq INTEGER NOT NULL,
    agent_id TEXT NOT NULL, message_type TEXT NOT NULL, body TEXT, timestamp TEXT NOT NULL
);
CREATE VIRTUAL TABLE discoveries_fts USING fts5(summary, details, content='discoveries');
"""
dice = random.Random(5)


def iso(when):
    """Python's isoformat: without microseconds when there are none."""
    return when.isoformat()


def reading():
    return None if dice.random() < 0.02 else round(dice.random(), dice.randrange(1, 17))


def state(n, when):
    """History of n steps; some agents have none, an empty text, or what a crash left of the JSON."""
    if n in (3, 17):
        return None
    if n in (4, 18):
        return ""
    if n == 5:
        return '{"E_history": [0.7, 0.'
    size = dice.randrange(1, 30)
    history = {name + "_history": [reading() for _ in range(size)] for name in "EISV"}
    history["V_history"] = history["V_history"][: size - n % 2]  # one step behind
    history["timestamp_history"] = [iso(when + timedelta(minutes=5 * step, microseconds=step % 2))
                                    for step in range(size)]
    return json.dumps(history | {"regime": dice.choice(["EXPLORATION", "STABLE"])})


def agents():
    """Some names only look like UUIDs, and an agent's parent may have been deleted."""
    for n in range(AGENTS):
        when = START + timedelta(days=n, hours=3)
        yield (f"agent_{n}" if n % 4 else f"claude-{n:08x}-0000-4000-8000",
               ["active", "paused", "archived", None][n % 4], iso(when),
               None if n % 6 == 0 else iso(when + timedelta(hours=1, microseconds=1)),
               None if n % 3 else ("agent_gone" if n == 30 else f"agent_{max(1, n // 2) | 1}"),
               None if n % 3 else "split", [None, "[]", '["critical", "ops, night"]', ""][n % 4],
               "", None, state(n, when))


def details(n):
    """Nothing in three ways; once a character that no jsonb can hold."""
    if n == 777:
        return '{"note": "a\\u0000b"}'
    return [None, "", json.dumps({"risk": dice.random(), "decision": "proceed"}), "{}"][n % 4]


def events(ids):
    for n in range(1, EVENTS + 1):
        when = START + timedelta(minutes=131 * n, microseconds=n % 3)
        yield (n, iso(when) if n % 40 else when.strftime("%Y-%m-%d %H:%M:%S"),
               None if n % 25 == 0 else dice.choice(ids),
               dice.choice(["auto_attest", "lambda1_skip", "calibration_check"]), [None, 0.5, 1, dice.random()][n % 4],
               details(n))


def calls(ids):
    for n in range(1, CALLS + 1):
        yield (n, int((START + timedelta(minutes=97 * n)).timestamp()), dice.choice(ids + [None]), f"tool_{n % 9}",
               [None, n / 7, float(n)][n % 3], n % 5 and 1, None if n % 5 else "Timeout")


def knowledge(ids):
    found = [(f"2025-07-{1 + n % 28:02d}T0{n % 10}:00:00.{n:06d}", dice.choice(ids),
              dice.choice(["insight", "bug_found", "question"]),
              f"found that run {n} is slow", [None, "", "it waits for the lock"][n % 3],
              iso(START + timedelta(hours=n)), None, None) for n in range(150)]
    found = [row[:6] + (json.dumps([found[n // 2][0]]) if n % 3 else None, found[n // 3][0] if n % 7 == 6 else None)
             for n, row in enumerate(found)]
    tags = sorted({(dice.choice(found)[0], dice.choice(["perf", "lock", "Naïve", "perf "])) for _ in range(200)})
    sessions = [(f"{n:016x}", dice.choice(ids), dice.choice(ids + [None]), "resolved", "synthesis",
                 iso(START + timedelta(days=n))) for n in range(20)]
    messages = [(n, sessions[n % 20][0], n // 20, dice.choice(ids), "thesis", f"point {n}",
                 iso(START + timedelta(hours=n))) for n in range(100)]
    return {"discoveries": found, "discovery_tags": tags, "dialectic_sessions": sessions,
            "dialectic_messages": messages}


def content():
    people = list(agents())
    ids = [row[0] for row in people]
    sessions = [(f"{n:032x}", "agent_unbound" if n in (7, 50) else dice.choice(ids), iso(START + timedelta(hours=n)),
                 None if n % 4 == 0 else START.timestamp() + n * 60 + 0.25, n % 3 or None) for n in range(120)]
    calibration = {"bins": {"0.9-1.0": {"count": 12, "accuracy": 0.75}}, "version": 3, "limits": [1e-7, 1.0]}
    return {"agent_metadata": people, "session_identities": sessions, "audit_events": list(events(ids)),
            "tool_usage": list(calls(ids)),
            "calibration_state": [(1, json.dumps(calibration), iso(START))]} | knowledge(ids)


def main():
    folder = pathlib.Path(__file__).resolve().parent / "source"
    folder.mkdir(exist_ok=True)
    path = folder / "governance.db"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)
    with db:
        for table, rows in content().items():
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        db.execute("INSERT INTO discoveries_fts(discoveries_fts) VALUES ('rebuild')")
        db.execute("UPDATE sqlite_sequence SET seq = 9000 WHERE name = 'audit_events'")
    db.close()


if __name__ == "__main__":
    main()
