#!/usr/bin/python3
"""Makes source/atlastrinity.db as SQLAlchemy makes it on SQLite: its 13 tables, UUIDs in CHAR(36), JSON
with both kinds of null, moments without a zone that mean UTC."""
import json
import pathlib
import random
import sqlite3
import uuid
from datetime import datetime, timedelta

SCHEMA = """
CREATE TABLE sessions (
    id CHAR(36) NOT NULL, started_at DATETIME NOT NULL, ended_at DATETIME, metadata_blob JSON NOT NULL,
    PRIMARY KEY (id));
CREATE TABLE logs (
    id INTEGER NOT NULL, session_id VARCHAR(100), timestamp DATETIME NOT NULL, level VARCHAR(20) NOT NULL,
    source VARCHAR(50) NOT NULL, message TEXT NOT NULL, metadata_blob JSON, PRIMARY KEY (id));
CREATE INDEX ix_logs_session_id ON logs (session_id);
CREATE TABLE chat_history (
    id INTEGER NOT NULL, session_id VARCHAR(100) NOT NULL, role VARCHAR(20) NOT NULL, content TEXT NOT NULL,
    created_at DATETIME NOT NULL, metadata_blob JSON NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_chat_history_session_id ON chat_history (session_id);
CREATE TABLE conversation_summaries (
    id INTEGER NOT NULL, session_id VARCHAR(100) NOT NULL, summary TEXT NOT NULL, key_entities JSON NOT NULL,
    created_at DATETIME NOT NULL, metadata_blob JSON NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_conversation_summaries_session_id ON conversation_summaries (session_id);
CREATE TABLE tasks (
    id CHAR(36) NOT NULL, session_id CHAR(36) NOT NULL, goal TEXT NOT NULL, status VARCHAR(50) NOT NULL,
    golden_path BOOLEAN NOT NULL, created_at DATETIME NOT NULL, completed_at DATETIME,
    metadata_blob JSON NOT NULL, parent_task_id CHAR(36), PRIMARY KEY (id),
    FOREIGN KEY(session_id) REFERENCES sessions (id), FOREIGN KEY(parent_task_id) REFERENCES tasks (id));
CREATE TABLE agent_messages (
    id CHAR(36) NOT NULL, session_id CHAR(36) NOT NULL, from_agent VARCHAR(20) NOT NULL,
    to_agent VARCHAR(20) NOT NULL, message_type VARCHAR(50) NOT NULL, step_id VARCHAR(50),
    payload JSON NOT NULL, created_at DATETIME NOT NULL, read_at DATETIME, PRIMARY KEY (id),
    FOREIGN KEY(session_id) REFERENCES sessions (id));
CREATE TABLE task_steps (
    id CHAR(36) NOT NULL, task_id CHAR(36) NOT NULL, sequence_number VARCHAR(50) NOT NULL, "action" TEXT NOT NULL,
    tool VARCHAR(100) NOT NULL, status VARCHAR(50) NOT NULL, error_message TEXT, duration_ms INTEGER NOT NULL,
    created_at DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN KEY(task_id) REFERENCES tasks (id));
CREATE TABLE kg_nodes (
    id TEXT NOT NULL, type VARCHAR(50) NOT NULL, namespace VARCHAR(100) NOT NULL, task_id CHAR(36),
    attributes JSON NOT NULL, last_updated DATETIME NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(task_id) REFERENCES tasks (id));
CREATE INDEX ix_kg_nodes_namespace ON kg_nodes (namespace);
CREATE TABLE tool_executions (
    id CHAR(36) NOT NULL, step_id CHAR(36) NOT NULL, task_id CHAR(36), server_name VARCHAR(100) NOT NULL,
    tool_name VARCHAR(100) NOT NULL, arguments JSON NOT NULL, result TEXT, status VARCHAR(50) NOT NULL,
    created_at DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN KEY(step_id) REFERENCES task_steps (id),
    FOREIGN KEY(task_id) REFERENCES tasks (id));
CREATE TABLE recovery_attempts (
    id INTEGER NOT NULL, step_id CHAR(36) NOT NULL, depth INTEGER NOT NULL,
    recovery_method VARCHAR(50) NOT NULL, success BOOLEAN NOT NULL, duration_ms INTEGER NOT NULL, vibe_text TEXT,
    error_before TEXT NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(step_id) REFERENCES task_steps (id));
CREATE TABLE behavioral_deviations (
    id CHAR(36) NOT NULL, session_id CHAR(36) NOT NULL, step_id CHAR(36), original_intent TEXT NOT NULL,
    deviation TEXT NOT NULL, reason TEXT NOT NULL, result TEXT NOT NULL, decision_factors JSON NOT NULL,
    created_at DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN KEY(session_id) REFERENCES sessions (id),
    FOREIGN KEY(step_id) REFERENCES task_steps (id));
CREATE TABLE kg_edges (
    id INTEGER NOT NULL, source_id TEXT NOT NULL, target_id TEXT NOT NULL, relation VARCHAR(50) NOT NULL,
    namespace VARCHAR(100) NOT NULL, attributes JSON, created_at DATETIME NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(source_id) REFERENCES kg_nodes (id), FOREIGN KEY(target_id) REFERENCES kg_nodes (id));
CREATE INDEX ix_kg_edges_namespace ON kg_edges (namespace);
CREATE TABLE knowledge_promotions (
    id INTEGER NOT NULL, node_id TEXT NOT NULL, old_namespace VARCHAR(100) NOT NULL,
    target_namespace VARCHAR(100) NOT NULL, promoted_by VARCHAR(50) NOT NULL, reason TEXT,
    created_at DATETIME NOT NULL, PRIMARY KEY (id), FOREIGN KEY(node_id) REFERENCES kg_nodes (id));
"""
AGENTS = ("atlas", "tetyana", "grisha")
dice = random.Random(4)


def key():
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def when(hours):
    moment = datetime(2026, 1, 3, 7) + timedelta(hours=hours, microseconds=dice.randrange(10**9))
    return moment.isoformat(" ", "microseconds")


def blob(n):
    """As SQLAlchemy's JSON type stores a dict, an empty one, and Python's None."""
    return [json.dumps({"мета": n, "depth": n / 8, "stack": ["goal", None, True]}), "{}", "null"][n % 3]


def conversations(sessions):
    logs = [(n, [None, "global", dice.choice(sessions)][n % 3], when(n), dice.choice(["INFO", "ERROR"]),
             "brain", f"message {n}\n\ttraceback", None if n % 4 == 3 else blob(n)) for n in range(1, 601)]
    # rows 41 to 60 were deleted
    chat = [(n, dice.choice(sessions), ("human", "ai", "system")[n % 3], ["", "Привіт 👋", "ok"][n % 3], when(n),
             blob(n)) for n in range(1, 401) if not 40 < n <= 60]
    summaries = [(n, dice.choice(sessions), f"summary {n}", json.dumps(["Київ", "task"][: n % 3]), when(n), "{}")
                 for n in range(1, 31)]
    messages = [(key(), dice.choice(sessions), dice.choice(AGENTS), dice.choice(AGENTS), "feedback",
                 [None, "", "1.2.3"][n % 3], blob(n), when(n), None if n % 2 else when(n + 1)) for n in range(150)]
    return {"logs": logs, "chat_history": chat, "conversation_summaries": summaries, "agent_messages": messages}


def work(sessions):
    """A task's parent may stand behind it in the file, and may be itself."""
    ids = [key() for _ in range(120)]
    tasks = [(ids[n], dice.choice(sessions), f"goal {n}", dice.choice(["PENDING", "RUNNING", "COMPLETED"]), n % 2,
              when(n), None if n % 3 else when(n + 2), blob(n),
              [None, ids[-1 - n], ids[n], ids[n // 2]][n % 4]) for n in range(120)]
    steps = [(key(), dice.choice(ids), f"{n}.1", f"do {n}", "vibe", ("SUCCESS", "FAILED")[n % 2],
              None if n % 2 else "it's broken", n * 17, when(n)) for n in range(400)]
    step_ids = [step[0] for step in steps]
    executions = [(key(), dice.choice(step_ids), None if n % 5 == 0 else dice.choice(ids), "macos-use", "click",
                   blob(n), [None, "", "done"][n % 3], "SUCCESS", when(n)) for n in range(500)]
    recoveries = [(n, dice.choice(step_ids), n % 4, "retry", n % 2, n * 3, None, "boom", when(n)) for n in range(1, 81)]
    deviations = [(key(), dice.choice(sessions), None if n % 2 else dice.choice(step_ids), "plan", "other", "faster",
                   "good", blob(n), when(n)) for n in range(40)]
    return {"tasks": tasks, "task_steps": steps, "tool_executions": executions, "recovery_attempts": recoveries,
            "behavioral_deviations": deviations}


def graph(tasks):
    """A node's id is a URI, and stays one."""
    nodes = [(f"file:///srv/atlas/{n}" if n % 2 else f"task:{tasks[n % len(tasks)][0]}:{n}", "FILE", "global",
              None if n % 2 else dice.choice(tasks)[0], blob(n), when(n)) for n in range(200)]
    ids = [node[0] for node in nodes]
    edges = [(n, dice.choice(ids), dice.choice(ids), "USED", "global", None if n % 6 == 1 else blob(n), when(n))
             for n in range(1, 501)]
    promotions = [(n, dice.choice(ids), "task", "global", dice.choice(AGENTS), None, when(n)) for n in range(1, 26)]
    return {"kg_nodes": nodes, "kg_edges": edges, "knowledge_promotions": promotions}


def content():
    ids = [key() for _ in range(25)]
    sessions = [(ids[n], when(n), None if n == 24 else when(n + 3), blob(n)) for n in range(25)]
    tables = {"sessions": sessions} | conversations(ids) | work(ids)
    return tables | graph(tables["tasks"])


def main():
    folder = pathlib.Path(__file__).resolve().parent / "source"
    folder.mkdir(exist_ok=True)
    path = folder / "atlastrinity.db"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)
    with db:
        for table, rows in content().items():
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    db.close()


if __name__ == "__main__":
    main()
