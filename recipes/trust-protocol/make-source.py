#!/usr/bin/python3
"""Makes source/audit.db and source/permissions.db as the Agent Trust Protocol's audit logger and
permission service leave them: an intact hash chain, ids of two ages, moments in four forms."""
import hashlib
import json
import pathlib
import random
import sqlite3
import uuid
from datetime import datetime, timedelta, timezone

EVENTS, POLICIES, GRANTS = 2400, 40, 600
GENESIS = "0" * 64
START = datetime(2024, 3, 1, 8, tzinfo=timezone.utc)

AUDIT = """
CREATE TABLE audit_events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    timestamp TEXT NOT NULL,
    source TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    actor TEXT,
    details TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    signature BLOB,
    ipfs_hash TEXT
);
CREATE INDEX idx_audit_timestamp ON audit_events(timestamp);
CREATE INDEX idx_audit_resource ON audit_events(resource, action);
"""
PERMISSIONS = """
CREATE TABLE policies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    effect TEXT NOT NULL,
    rules TEXT NOT NULL,
    version INTEGER,
    active INTEGER,
    created_at INTEGER NOT NULL
);
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    policy_id TEXT NOT NULL REFERENCES policies(id),
    grantee TEXT NOT NULL,
    resource TEXT NOT NULL,
    actions TEXT,
    granted_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked INTEGER
);
"""


def moment(number, when):
    """As the logger's versions wrote them: SQLite's own form, then JavaScript's, then with an offset."""
    if number < 400:
        return when.strftime("%Y-%m-%d %H:%M:%S")
    if number % 97 == 0:
        return when.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="seconds")
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def details(number, dice):
    """JSON whose bytes are under the hash: blanks, order of keys, spelling of numbers, a key twice."""
    if number % 11 == 0:
        return None
    if number % 101 == 0:
        return '{"zone": "caf\\u00e9",  "amount": 1.0, "limit": 1e2}'
    if number % 103 == 0:
        return '{"try":1,"try":2}'
    body = {"trustLevel": dice.choice(["BASIC", "VERIFIED", "PRIVILEGED"]), "ip": f"10.0.{number % 256}.7",
            "attempt": dice.randrange(5), "note": dice.choice(["ok", "Zürich – ✓", "", "line\nbreak"])}
    return json.dumps(body, ensure_ascii=number % 2 == 0, separators=(",", ":"))


def event(number, previous, when, dice):
    row = {"id": f"evt-{number:06d}" if number < 400 else str(uuid.UUID(int=dice.getrandbits(128), version=4)),
           "timestamp": moment(number, when),
           "source": dice.choice(["identity-service", "vc-service", "permission-service", "gateway"]),
           "action": dice.choice(["created", "verified", "revoked", "granted", "denied"]),
           "resource": f"did:atp:agent{dice.randrange(80)}",
           "actor": dice.choice([None, "", f"did:atp:agent{dice.randrange(80)}"]),
           "details": details(number, dice), "previous_hash": previous}
    over = [previous, *(row[name] or "" for name in ("id", "timestamp", "source", "action", "resource",
                                                     "actor", "details"))]
    row["hash"] = hashlib.sha256("|".join(over).encode()).hexdigest()
    row["signature"] = dice.randbytes(64) if number >= 400 else None
    row["ipfs_hash"] = f"Qm{dice.getrandbits(160):040x}" if number % 5 == 0 else None
    return row


def fill(db, table, rows):
    for row in rows:
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                   list(row.values()))


def audit(db):
    dice, when, previous = random.Random(1), START, GENESIS
    for number in range(1, EVENTS + 1):
        when += timedelta(seconds=dice.randrange(20_000), milliseconds=dice.randrange(1000))
        row = event(number, previous, when, dice)
        fill(db, "audit_events", [row])
        previous = row["hash"]


def permissions(db):
    dice = random.Random(2)
    ids = [f"pol-{n}" if n % 3 else str(uuid.UUID(int=dice.getrandbits(128), version=4))
           for n in range(POLICIES)]
    created = int(START.timestamp() * 1000)
    fill(db, "policies", (
        {"id": key, "name": f"policy {n}", "effect": dice.choice(["allow", "deny"]),
         "rules": json.dumps({"capabilities": ["read", "write"][: n % 3], "minTrust": n % 5}),
         "version": None if n % 9 == 4 else 1 + n % 4, "active": int(n % 7 != 0),
         "created_at": created + n * 86_400_123} for n, key in enumerate(ids)))
    second = int(START.timestamp())
    fill(db, "grants", (
        {"id": f"grant_{n:04d}",
         # three whose policy was deleted while nothing enforced the key
         "policy_id": "pol-retired" if n in (17, 210, 599) else dice.choice(ids),
         "grantee": f"did:atp:agent{dice.randrange(80)}", "resource": f"/tools/{dice.randrange(30)}",
         "actions": dice.choice([None, "", "[]", '["read"]', '["read","write"]', '["a, b","say \\"hi\\""]']),
         "granted_at": second + n * 3600, "expires_at": second + n * 7200 if n % 4 else None,
         "revoked": dice.choice([0, 0, 0, 1, None])} for n in range(GRANTS)))


def make(path, schema, content):
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript(schema)
    with db:
        content(db)
    db.close()


def main():
    folder = pathlib.Path(__file__).resolve().parent / "source"
    folder.mkdir(exist_ok=True)
    make(folder / "audit.db", AUDIT, audit)
    make(folder / "permissions.db", PERMISSIONS, permissions)


if __name__ == "__main__":
    main()
