#!/usr/bin/python3
"""Makes source/opt: the servers' folders of the Swarm as they are found, with three databases in use,
three symlinks to one of them, four empty files and a legacy database that nobody reads."""
import json
import pathlib
import random
import shutil
import sqlite3
import string
from datetime import datetime, timedelta

REGISTRY = """
CREATE TABLE agents (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, path TEXT NOT NULL, description TEXT,
    capabilities TEXT DEFAULT '[]', inputs_schema TEXT, outputs_schema TEXT, runtime TEXT DEFAULT 'node',
    memory_mb INTEGER DEFAULT 128, timeout_seconds INTEGER DEFAULT 300, triggers TEXT, author TEXT,
    tags TEXT DEFAULT '[]', created_at TEXT DEFAULT (datetime('now')), updated_at TEXT DEFAULT (datetime('now')));
CREATE TABLE workflows (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, path TEXT NOT NULL, description TEXT,
    trigger_type TEXT, trigger_config TEXT, steps TEXT NOT NULL, variables TEXT, on_error TEXT, on_success TEXT,
    enabled INTEGER DEFAULT 1, author TEXT, tags TEXT DEFAULT '[]', created_at TEXT DEFAULT (datetime('now')),
    updated_at TEXT DEFAULT (datetime('now')), UNIQUE (name, version));
CREATE TABLE workflow_runs (
    id TEXT PRIMARY KEY, workflow_id TEXT NOT NULL, workflow_version TEXT, status TEXT NOT NULL DEFAULT 'pending',
    current_step TEXT, trigger_type TEXT, trigger_data TEXT, step_results TEXT DEFAULT '{}', started_at TEXT,
    completed_at TEXT, error TEXT, error_step TEXT, total_vm_time_ms INTEGER DEFAULT 0,
    total_api_tokens INTEGER DEFAULT 0, created_at TEXT DEFAULT (datetime('now')),
    FOREIGN KEY (workflow_id) REFERENCES workflows(id));
CREATE TABLE step_executions (
    id TEXT PRIMARY KEY, run_id TEXT NOT NULL, step_id TEXT NOT NULL, agent_id TEXT, agent_name TEXT,
    agent_version TEXT, status TEXT NOT NULL DEFAULT 'pending', vm_id TEXT, inputs TEXT, outputs TEXT,
    queued_at TEXT DEFAULT (datetime('now')), started_at TEXT, completed_at TEXT, duration_ms INTEGER,
    api_tokens_used INTEGER DEFAULT 0, error TEXT, retry_count INTEGER DEFAULT 0,
    FOREIGN KEY (run_id) REFERENCES workflow_runs(id), FOREIGN KEY (agent_id) REFERENCES agents(id));
CREATE TABLE vm_assignments (
    vm_id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL, assigned_at TEXT NOT NULL, status TEXT DEFAULT 'running',
    heartbeat_at TEXT);
CREATE TABLE triggers (
    id TEXT PRIMARY KEY, workflow_id TEXT NOT NULL, type TEXT NOT NULL, webhook_path TEXT UNIQUE, webhook_secret TEXT,
    cron_expression TEXT, next_run_at TEXT, event_source TEXT, event_type TEXT, enabled INTEGER DEFAULT 1,
    created_at TEXT DEFAULT (datetime('now')), FOREIGN KEY (workflow_id) REFERENCES workflows(id));
CREATE TABLE secrets (
    id TEXT PRIMARY KEY, workflow_id TEXT, name TEXT NOT NULL, encrypted_value BLOB, scope TEXT DEFAULT 'workflow',
    created_at TEXT DEFAULT (datetime('now')), updated_at TEXT DEFAULT (datetime('now')),
    FOREIGN KEY (workflow_id) REFERENCES workflows(id), UNIQUE (workflow_id, name));
CREATE TABLE execution_artifacts (
    id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL, artifact_type TEXT, content TEXT,
    created_at TEXT DEFAULT (datetime('now')));
"""
DEPLOYMENTS = """
CREATE TABLE deployments (
    id TEXT PRIMARY KEY, service TEXT NOT NULL, commit_sha TEXT NOT NULL, triggered_by TEXT, trigger_type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending', started_at TEXT NOT NULL, completed_at INTEGER, build_log TEXT,
    deploy_log TEXT, health_check_result TEXT, rollback_reason TEXT, created_at TEXT);
CREATE TABLE deployment_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, deployment_id TEXT NOT NULL REFERENCES deployments(id), stage TEXT NOT NULL,
    status TEXT NOT NULL, message TEXT, details TEXT, created_at TEXT DEFAULT (datetime('now')));
CREATE TABLE queue (
    id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL, parent_ticket_id TEXT, commit_sha TEXT NOT NULL, repo TEXT NOT NULL,
    service TEXT NOT NULL, pr_number INTEGER, status TEXT DEFAULT 'waiting', waiting_for TEXT, queued_at TEXT,
    deployed_at TEXT);
CREATE TABLE commit_ticket_map (
    commit_sha TEXT PRIMARY KEY, ticket_id TEXT NOT NULL, repo TEXT NOT NULL, pr_number INTEGER, created_at TEXT);
"""
PLATFORM = """
CREATE TABLE roles (
    id TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL, level INTEGER NOT NULL, description TEXT, created_at TEXT);
CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT UNIQUE NOT NULL, password_hash TEXT NOT NULL, name TEXT,
    role_id TEXT REFERENCES roles(id), tenant_id TEXT, last_login TEXT, created_at TEXT);
CREATE TABLE permissions (
    id TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL, description TEXT, category TEXT, created_at TEXT);
CREATE TABLE role_permissions (
    role_id TEXT REFERENCES roles(id), permission_id TEXT REFERENCES permissions(id), created_at TEXT,
    PRIMARY KEY (role_id, permission_id));
CREATE TABLE verification_attempts (
    id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL, attempt_number INTEGER NOT NULL, branch_name TEXT NOT NULL,
    commit_sha TEXT, status TEXT NOT NULL, failed_phase TEXT, duration_ms INTEGER, static_result TEXT,
    automated_result TEXT, sentinel_result TEXT, sentinel_decision TEXT, sentinel_score INTEGER, created_at TEXT);
"""
LINKS = {"swarm-tickets/data/swarm.db": "../../swarm-platform/data/swarm.db",
         "swarm-tickets/tickets.db": "../swarm-platform/data/swarm.db",
         "swarm-platform/tickets.db": "data/swarm.db"}
EMPTY = ("swarm-platform/data/platform.db", "swarm-platform/data/swarm-platform.db", "swarm-platform/swarm.db",
         "swarm-app/apps/platform/data/swarm.db")
dice = random.Random(6)


def nano(prefix):
    return prefix + "_" + "".join(dice.choices(string.ascii_letters + string.digits + "-", k=10))


def uuid4():
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def sha():
    return f"{dice.getrandbits(160):040x}"


def when(minutes):
    """As SQLite's datetime('now') writes it: UTC, to the second."""
    return (datetime(2025, 11, 3) + timedelta(minutes=minutes)).isoformat(" ")


def iso(minutes):
    """As JavaScript's toISOString() does."""
    return (datetime(2025, 11, 3) + timedelta(minutes=minutes)).isoformat("T", "milliseconds") + "Z"


def milliseconds(minutes):
    """As Date.now() does."""
    return 1_762_128_000_000 + minutes * 60_000 + 7


def registry():
    agents = [(nano("agt") if n % 3 else uuid4(), f"agent-{n // 2}", f"1.{n % 2}.0", f"/agents/{n}", None,
               [None, "[]", '["build","тест"]', ""][n % 4], '{"type":"object"}' if n % 2 else None, None,
               ["node", "python", None][n % 3], 128 if n % 5 else None, 300, "" if n % 6 == 0 else None, "ops",
               '["a"]', when(n), iso(n)) for n in range(30)]
    # registered twice, while the table had no UNIQUE (name, version); nothing refers to the second
    twice = ("agt_duplicate",) + agents[28][1:]
    workflows = [(nano("wf"), f"flow {n}", "1.0.0", f"/flows/{n}", "", "cron", '{"every": "5m"}',
                  json.dumps([{"id": "s1", "agent": agents[n][1]}]), None, None, None, [1, 0, None][n % 3], None, None,
                  when(n), when(n)) for n in range(12)]
    runs = [(nano("run"), dice.choice(workflows)[0], "1.0.0", "done", None, "cron", None,
             [None, "", '{"s1": {"ok": true, "cost": 0.10}}'][n % 3], when(n), iso(n + 1) if n % 5 else None, None,
             None, n * 1000, n, when(n)) for n in range(200)]
    steps = [(nano("step"), dice.choice(runs)[0], "s1", None if n % 7 == 0 else dice.choice(agents)[0], "x", "1.0.0",
              "done", f"vm-{n % 9}", "{}", None, when(n), None, None, n * 11, None if n % 4 else 0, None, 0)
             for n in range(500)]
    # an agent that was unregistered while a step kept its id
    steps[250] = steps[250][:3] + ("agt_unregistered",) + steps[250][4:]
    machines = [(f"vm-{n}", f"TCK-{n}", when(n), None if n % 2 else "running", None) for n in range(9)]
    triggers = [(nano("trg"), dice.choice(workflows)[0], "webhook", f"/hooks/{n}" if n % 2 else None, None, None,
                 iso(n) if n % 3 else None, None, None, n % 2, when(n)) for n in range(15)]
    secrets = [(nano("sec"), workflows[n][0] if n % 4 else None, f"TOKEN_{n}", dice.randbytes(n * 3), "workflow",
                when(n), when(n)) for n in range(12)]
    artifacts = [(uuid4(), f"TCK-{n}", "log", "x" * n + "\n", when(n)) for n in range(60)]
    return {"agents": agents + [twice], "workflows": workflows, "workflow_runs": runs, "step_executions": steps,
            "vm_assignments": machines, "triggers": triggers, "secrets": secrets, "execution_artifacts": artifacts}


def deployments(commits):
    """Moments in three forms: toISOString(), Date.now() and datetime('now')."""
    rows = [(uuid4(), dice.choice(["api", "web"]), dice.choice(commits), None if n % 13 == 0 else "ci", "push",
             "success", iso(n), milliseconds(n + 3) if n % 4 else None, "line\r\nline" if n % 2 else "", None, None,
             None, when(n))
            for n in range(280)]
    events = [(n, dice.choice(rows)[0], "build", "ok", None, [None, "", '{"ms": 12.50}'][n % 3], when(n))
              for n in range(1, 801)]
    queue = [(nano("q"), f"TCK-{n}", f"TCK-{n - 1}" if n % 2 else None, dice.choice(commits), "swarm", "api",
              n if n % 3 else None, "waiting", None, iso(n), None) for n in range(40)]
    mapped = [(commit, f"TCK-{n}", "swarm", n, when(n)) for n, commit in enumerate(commits)]
    return {"deployments": rows, "deployment_events": events, "queue": queue, "commit_ticket_map": mapped}


def platform(commits):
    roles = [(f"role-{name}", name, level, None, when(level))
             for level, name in enumerate(["viewer", "builder", "admin"])]
    users = [(str(n) if n % 3 else uuid4(), f"user{n}@Example.org", "$2b$10$" + "k" * 53, None if n % 4 else "Ünal",
              roles[n % 3][0] if n % 5 else None, [None, "acme", uuid4()][n % 3], iso(n) if n % 2 else None, when(n))
             for n in range(1, 61)]
    permissions = [(f"perm:{n}", f"permission {n}", "", "general", when(n)) for n in range(20)]
    granted = [(role[0], permission[0], None) for role in roles for permission in permissions[::1 + role[2]]]
    attempts = [(uuid4(), f"TCK-{n % 50}", 1 + n % 3, f"ticket/{n}", None if n % 6 == 0 else dice.choice(commits),
                 "passed", None, n * 100, '{"lint": 0}' if n % 2 else "", None,
                 '{"score": 9.5, "notes": ["✓"]}', "APPROVE", n % 100, when(n)) for n in range(150)]
    return {"roles": roles, "users": users, "permissions": permissions, "role_permissions": granted,
            "verification_attempts": attempts}


def write(path, schema, tables):
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.executescript(schema)
    with db:
        for table, rows in tables.items():
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    db.close()


def main():
    root = pathlib.Path(__file__).resolve().parent / "source" / "opt"
    shutil.rmtree(root, ignore_errors=True)
    commits = [sha() for _ in range(90)]
    write(root / "swarm-registry/registry.db", REGISTRY, registry())
    write(root / "swarm-deploy/data/deployments.db", DEPLOYMENTS, deployments(commits))
    write(root / "swarm-platform/data/swarm.db", PLATFORM, platform(commits))
    write(root / "swarm-mcp-factory.legacy/registry.db", "CREATE TABLE agents (id TEXT PRIMARY KEY, name TEXT)",
          {"agents": [("agt_old", "a relic")]})
    for name in EMPTY:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for name, to in LINKS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(to)


if __name__ == "__main__":
    main()
