#!/usr/bin/python3
"""Makes source/agents.db: the agent platform's phase 1, with what two years of TEXT columns let in."""
import json
import pathlib
import random
import sqlite3
import uuid
from datetime import datetime, timedelta, timezone

AGENTS, TASKS = 60, 1500
START = datetime(2024, 1, 8, 9, 30, tzinfo=timezone.utc)

SCHEMA = """
CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    agent_type TEXT NOT NULL,
    status TEXT DEFAULT 'idle',
    capabilities TEXT,  -- JSON string
    system_prompt TEXT,
    model_provider TEXT DEFAULT 'openrouter',
    model_name TEXT DEFAULT 'auto',
    created_at TEXT,
    updated_at TEXT
);
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    description TEXT,
    status TEXT DEFAULT 'pending',
    priority TEXT DEFAULT 'medium',
    assigned_agent_id TEXT,
    created_at TEXT,
    updated_at TEXT,
    FOREIGN KEY (assigned_agent_id) REFERENCES agents (id)
);
"""


def random_uuid(dice):
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def moment(number, when):
    """The forms in which the code wrote them over time; a few are empty or NULL."""
    utc = when.replace(tzinfo=None)
    forms = [utc.isoformat(" ", "seconds"), utc.isoformat("T", "microseconds"),
             utc.isoformat("T", "milliseconds") + "Z",
             when.astimezone(timezone(timedelta(hours=-5))).isoformat(timespec="seconds"),
             utc.date().isoformat(), None, ""]
    return forms[number % 23 if number % 23 < len(forms) else number % 3]


def agents(dice):
    """The last two have an agent_type and a status that phase 2 does not know."""
    for n in range(AGENTS):
        when = START + timedelta(hours=7 * n, microseconds=n)
        key = ["chief", f"agent-{n}", random_uuid(dice).upper(), random_uuid(dice)][min(n, 1 + n % 3)]
        yield {"id": key, "name": "Chief of Staff" if n == 0 else f"operator №{n}",
               "agent_type": "intern" if n == AGENTS - 1 else "chief_of_staff" if n == 0 else "master_operator",
               "status": "sleeping" if n == AGENTS - 2 else
               [None, "idle", "active", "busy", "error", "offline"][n % 6],
               "capabilities": [None, "", "[]", '["planning", "review"]',
                                json.dumps([{"name": "суть", "level": 0.5}], ensure_ascii=False)][n % 5],
               "system_prompt": ["", None, "You run things.\nQuietly."][n % 3],
               "model_provider": "openrouter" if n % 4 else None,
               "model_name": ["auto", "gpt-4o", None][n % 3],
               "created_at": moment(n, when), "updated_at": moment(n + 1, when + timedelta(days=1))}


def tasks(dice, agent_ids):
    """Agents are referred to by id, by '' for nobody, and by the ids of agents that were deleted."""
    for n in range(TASKS):
        when = START + timedelta(minutes=37 * n, microseconds=n * 10)
        assigned = dice.choice(agent_ids)
        if n % 50 == 3:
            assigned = "agent-deleted" if n % 100 == 3 else random_uuid(dice)
        elif n % 10 == 4:
            assigned = ["", None][n % 4 // 2]
        yield {"id": f"task_{n}" if n % 2 else random_uuid(dice),
               "title": "long " * 101 if n == 700 else f"task {n}: prepare the report",
               "description": [None, "", "weekly figures", "line one\nline two\t✓"][n % 4],
               "status": "PENDING!" if n == 900 else
               [None, "pending", "in_progress", "completed", "failed", "cancelled"][n % 6],
               "priority": ["low", "medium", "high", "urgent", None][n % 5],
               "assigned_agent_id": assigned,
               "created_at": "yesterday" if n == 1100 else moment(n, when),
               "updated_at": moment(n + 2, when + timedelta(hours=1))}


def main():
    folder = pathlib.Path(__file__).resolve().parent / "source"
    folder.mkdir(exist_ok=True)
    path = folder / "agents.db"
    path.unlink(missing_ok=True)
    dice = random.Random(3)
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)
    with db:
        rows = list(agents(dice))
        db.executemany(f"INSERT INTO agents ({', '.join(rows[0])}) VALUES ({', '.join('?' * len(rows[0]))})",
                       (list(row.values()) for row in rows))
        for row in tasks(dice, [row["id"] for row in rows]):
            db.execute(f"INSERT INTO tasks ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                       list(row.values()))
    db.close()


if __name__ == "__main__":
    main()
