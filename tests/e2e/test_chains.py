#!/usr/bin/python3
"""Audit hash chains: made here with hashlib, walked by verify on both sides; a link that does
not hold is named, and the state is where the application looks for it."""
import base64
import hashlib
import json
import sqlite3

from harness import check, equal, run, test

TEMPLATE = "{previous}|{id}|{timestamp}|{action}|{details}"
GENESIS = "0" * 64


def chained(path, digest=hashlib.sha256, encode=bytes.hex, rows=500, what=None, genesis=GENESIS):
    """An audit log as applications keep it: timestamps and JSON as text, hashes over both."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE audit_log (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, timestamp TEXT NOT NULL, "
               "action TEXT, details JSON, previous_hash TEXT, hash TEXT NOT NULL)")
    previous = genesis
    for n in range(1, rows + 1):
        row = {"seq": n, "id": f"{n:08X}-0000-4000-8000-000000000000",
               "action": None if n % 7 == 0 else f"act\u00e9 {n}",
               "timestamp": f"2026-03-01T10:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}+01:00",
               "details": json.dumps({"z": n, "a": [1.50, "x"], "text": "caf\u00e9"})}
        over = what(row, previous) if what else (
            f"{previous}|{row['id']}|{row['timestamp']}|{row['action'] or ''}|{row['details']}")
        hashed = encode(digest(over.encode()).digest())
        db.execute("INSERT INTO audit_log VALUES (?,?,?,?,?,?,?)",
                   (n, row["id"], row["timestamp"], row["action"], row["details"], previous, hashed))
        previous = hashed
    db.commit()
    db.close()
    return path


def plan(t, path, digest="sha256", over=TEMPLATE, more="", genesis=GENESIS):
    file = t.folder / "plan.yaml"
    file.write_text(f"""version: 1
sources: {{audit: {path.name}}}
defaults: {{types: evolve, schema: atp}}
tables:
  - from: audit.audit_log
    to: atp.audit_log
    chain:
      order: seq
      hash: hash
      previous: previous_hash
      digest: {digest}
      genesis: {json.dumps(genesis)}
      over: {json.dumps(over)}
      expose: atp_audit.chain_state
{more}""")
    return file


def verify(t, file, *codes):
    return t.outgrow("verify", "--plan", file, "--json", t.target).expect(*codes).json()


def state(t):
    return t.rows("SELECT integrity_status, links, coalesce(first_broken, '-') FROM atp_audit.chain_state")


def one_report(t, file, *codes):
    report = verify(t, file, *codes)
    return report["sources"][0] if "sources" in report else report


@test("an intact chain is walked in the migration and by verify, and its columns keep their text")
def _(t):
    path = chained(t.folder / "audit.db")
    file = plan(t, path)
    t.outgrow("migrate", "--plan", file, t.target).expect(0)
    equal(state(t), [("intact", "500", "-")], "state")
    types = dict(t.rows("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'audit_log' "
                        "AND table_schema = 'atp'"))
    equal((types["id"], types["timestamp"], types["hash"]), ("text", "text", "text"), "types")
    check(types["details"] in ("text", "json"), types)
    chain, = one_report(t, file, 0)["chains"]
    equal((chain["source"]["status"], chain["target"]["status"], chain["target"]["links"]), ("intact", "intact", 500),
          "chain")


@test("the first link that does not hold is named, in the target, the source, and both")
def _(t):
    path = chained(t.folder / "audit.db")
    file = plan(t, path)
    t.outgrow("migrate", "--plan", file, t.target).expect(0)
    t.psql("UPDATE atp.audit_log SET action = 'tampered' WHERE seq IN (123, 300)")
    report = one_report(t, file, 6)
    broken, = [d for d in report["differences"] if d["kind"] == "chain"]
    equal((broken["table"], broken["key"], broken["column"]), ("atp.audit_log", "seq=123", "hash"), "the link")
    check("intact" in broken["source"] and "broken at 123" in broken["target"], broken)
    equal(state(t), [("broken", "500", "123")], "state")
    expected, found = t.rows("SELECT expected, found FROM outgrow.chain_state")[0]
    equal(found, t.psql("SELECT hash FROM atp.audit_log WHERE seq = 123"), "found")
    check(len(expected) == 64 and expected != found, expected)

    db = sqlite3.connect(path)
    db.execute("UPDATE audit_log SET action = 'tampered' WHERE seq IN (123, 300)")
    db.commit()
    db.close()
    report = one_report(t, file, 0)
    equal(report["chains"][0]["source"]["first_broken"], "123", "the source's own")
    equal(state(t), [("broken", "500", "123")], "a chain that came over broken")


@test("a link taken out, moved, or rehashed alone is noticed")
def _(t):
    path = chained(t.folder / "audit.db", rows=20)
    file = plan(t, path)
    t.outgrow("migrate", "--plan", file, t.target).expect(0)
    for plant, undo, at in (
            ("CREATE TABLE k AS SELECT * FROM atp.audit_log WHERE seq = 9; DELETE FROM atp.audit_log WHERE seq = 9",
             "INSERT INTO atp.audit_log SELECT * FROM k; DROP TABLE k", "10"),
            ("UPDATE atp.audit_log SET seq = 100 WHERE seq = 5", "UPDATE atp.audit_log SET seq = 5 WHERE seq = 100",
             "6"),
            ("DELETE FROM atp.audit_log WHERE seq = 1", None, "2")):
        t.psql(plant)
        one_report(t, file, 6)
        equal(state(t)[0][0::2], ("broken", at), plant)
        if undo:
            t.psql(undo)
            one_report(t, file, 0)
            equal(state(t), [("intact", "20", "-")], undo)


@test("a list under over says which columns follow each other, with nothing between")
def _(t):
    def joined(row, previous):
        return previous + row["id"] + row["timestamp"] + (row["action"] or "") + row["details"]

    path = chained(t.folder / "audit.db", rows=40, what=joined)
    file = plan(t, path, over=["previous", "id", "timestamp", "action", "details"])
    t.outgrow("migrate", "--plan", file, t.target).expect(0)
    equal(state(t), [("intact", "40", "-")], "state")
    t.psql("UPDATE atp.audit_log SET details = replace(details::text, '1.5', '1.6')::json WHERE seq = 17")
    one_report(t, file, 6)
    equal(state(t), [("broken", "40", "17")], "state")
    wrong = plan(t, path, over=["previous", "id", "timestmp"])
    result = t.outgrow("plan", "--check", wrong).expect(2)
    check("timestmp" in result.err and "timestamp" in result.err and "plan.yaml:" in result.err, result.err)


@test("digests and spellings: sha512, blake2b of both sizes, base64, canonical JSON")
def _(t):
    def canonical(row, previous):
        return (previous + json.dumps(json.loads(row["details"]), sort_keys=True, separators=(",", ":"),
                                      ensure_ascii=False) + json.dumps(row["action"], ensure_ascii=False) +
                row["id"].encode().hex())

    def blake2b_256(data):
        return hashlib.blake2b(data, digest_size=32)

    cases = (("sha512", hashlib.sha512, bytes.hex, "", None, TEMPLATE),
             ("blake2b", hashlib.blake2b, bytes.hex, "", None, TEMPLATE),
             ("blake2b-256", blake2b_256, lambda b: b.hex().upper(), "", None, TEMPLATE),
             ("sha256", hashlib.sha256, lambda b: base64.b64encode(b).decode(), "      encoding: base64\n", None,
              TEMPLATE),
             ("sha256", hashlib.sha256, bytes.hex, "", canonical, "{previous}{details:json}{action:quoted}{id:hex}"))
    for number, (name, digest, encode, more, what, over) in enumerate(cases):
        path = chained(t.folder / f"audit{number}.db", digest, encode, 60, what, genesis="")
        file = plan(t, path, name, over, more, genesis="")
        t.outgrow("migrate", "--replace", "--plan", file, t.target).expect(0)
        equal(state(t), [("intact", "60", "-")], f"case {number}, {name}")


run()
