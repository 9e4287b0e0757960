#!/usr/bin/python3
"""The recipes: each README's two commands, then every cell against what Python makes of the SQLite file."""
import json
import re
import subprocess

from harness import ROOT, check, equal, run, test
from recipe import (Json, Recipe, compare_table, foreign_keys, json_or, key_of, moment, not_valid, set_aside,
                    since_epoch)
from stall import OTHERS_GONE, STALL, STALLED, kill, quiet, wait_for

KNOWN_WORDS = {"agent_type": ("chief_of_staff", "master_operator"),
            "status": ("idle", "active", "busy", "error", "offline")}


# ---- trust-protocol


def trust_events(source):
    for row in source.rows("audit_events"):
        yield row | {"occurred_at": moment(row["timestamp"]),
                     "details_json": json_or(row["details"])}


def trust_permissions(source, namespace):
    policies = [row | {"id": key_of(namespace, "policies", row["id"]), "rules": Json(row["rules"]),
                       "version": 1 if row["version"] is None else row["version"], "active": row["active"] == 1,
                       "created_at": since_epoch(row["created_at"], milliseconds=1)}
                for row in source.rows("policies")]
    grants = [row | {"id": key_of(namespace, "grants", row["id"]),
                     "policy_id": key_of(namespace, "policies", row["policy_id"]),
                     "actions": json.loads(row["actions"] or "[]"),
                     "granted_at": since_epoch(row["granted_at"], seconds=1),
                     "expires_at": since_epoch(row["expires_at"], seconds=1), "revoked": row["revoked"] == 1}
              for row in source.rows("grants")]
    return policies, grants


@test("trust-protocol: two files arrive with their bytes, moments, UUIDs and arrays; orphans are kept and said")
def _(t):
    recipe = Recipe(t, "trust-protocol")
    said = recipe.run(recipe.migrate, 0)
    policies, grants = trust_permissions(recipe.source("permissions.db"), recipe.namespace())
    compare_table(t, "atp_audit.events", ["sequence"], list(trust_events(recipe.source("audit.db"))))
    compare_table(t, "atp_permissions.policies", ["id"], policies)
    compare_table(t, "atp_permissions.grants", ["id"], grants)
    equal(not_valid(t), {("atp_permissions.grants",
                          "FOREIGN KEY (policy_id) REFERENCES atp_permissions.policies(id) NOT VALID")})
    check("grants" in said and "not valid" in said.lower(), "the report does not name the orphans:", said)
    equal(t.psql("INSERT INTO atp_audit.events (id, timestamp, occurred_at, source, action, resource, previous_hash, "
                 "hash) VALUES ('x', 'x', now(), '', '', '', '', 'x') RETURNING sequence"), "2401")


@test("trust-protocol: the chain's state is there to be asked, and verify finds the row that somebody edited")
def _(t):
    recipe = Recipe(t, "trust-protocol")
    recipe.run(recipe.migrate, 0)
    equal(t.psql("SELECT integrity_status FROM atp_audit.chain_state"), "intact")
    recipe.run(recipe.verify, 0)
    t.psql("UPDATE atp_audit.events SET details = '{\"amount\": 1}' WHERE sequence = 1234")
    said = recipe.run(recipe.verify, 6)
    check("1234" in said and "chain" in said, "the broken link is not named:", said)
    equal(t.psql("SELECT integrity_status FROM atp_audit.chain_state"), "broken")


# ---- agent-platform


def platform_agents(source, namespace):
    for row in source.rows("agents"):
        row["status"] = row["status"] or "idle"
        if row["agent_type"] in KNOWN_WORDS["agent_type"] and row["status"] in KNOWN_WORDS["status"]:
            yield row | {"id": key_of(namespace, "agents", row["id"]),
                         "capabilities": json_or(row["capabilities"], "[]"),
                         "model_provider": row["model_provider"] or "openrouter",
                         "model_name": row["model_name"] or "auto", "performance_metrics": Json("{}"),
                         "last_heartbeat": None, "created_at": moment(row["created_at"]),
                         "updated_at": moment(row["updated_at"])}


def arriving_agents(source):
    return {row["id"] for row in source.rows("agents")[:-2]}


def arriving_tasks(source):
    refused = {source.rows("tasks")[n]["id"] for n in (700, 900, 1100)}
    return [row for row in source.rows("tasks") if row["id"] not in refused]


def platform_tasks(source, namespace):
    known = arriving_agents(source)
    for row in arriving_tasks(source):
        row["status"] = row["status"] or "pending"
        assigned = row["assigned_agent_id"]
        yield row | {"id": key_of(namespace, "tasks", row["id"]), "priority": row["priority"] or "medium",
                     "assigned_agent_id": key_of(namespace, "agents", assigned) if assigned in known else None,
                     "created_at": moment(row["created_at"]), "updated_at": moment(row["updated_at"]),
                     "workflow_id": None, "step_order": 0, "context_data": Json("{}"), "result_data": Json("{}"),
                     "started_at": None, "completed_at": None, "deadline": None}


@test("agent-platform: every cell of phase 2 is what Python makes of phase 1, and foreign keys follow")
def _(t):
    recipe = Recipe(t, "agent-platform")
    recipe.run(recipe.migrate, 7)
    source, namespace = recipe.source("agents.db"), recipe.namespace()
    compare_table(t, "public.agents", ["id"], list(platform_agents(source, namespace)))
    compare_table(t, "public.tasks", ["id"], list(platform_tasks(source, namespace)))
    agents = source.rows("agents")
    equal(set_aside(t), {("agents", agents[-1]["id"]), ("agents", agents[-2]["id"])} |
          {("tasks", source.rows("tasks")[n]["id"]) for n in (700, 900, 1100)})
    known = arriving_agents(source) | {None, ""}
    equal(set_aside(t, altered=True), {("tasks", row["id"]) for row in arriving_tasks(source)
                                       if row["assigned_agent_id"] not in known})
    equal(not_valid(t), set())
    equal(foreign_keys(t), 9)
    recipe.run(recipe.verify, 7)


@test("agent-platform: the new search index finds tasks, and rows made from now on refer to the old ones")
def _(t):
    recipe = Recipe(t, "agent-platform")
    recipe.run(recipe.migrate, 7)
    plan = t.psql("SET enable_seqscan = off; EXPLAIN SELECT id FROM tasks WHERE to_tsvector('english', title || ' ' || "
                  "COALESCE(description, '')) @@ to_tsquery('english', 'figures')")
    check("idx_tasks_search" in plan, plan)
    chief = key_of(recipe.namespace(), "agents", "chief")
    t.psql(f"INSERT INTO workflows (name, definition, created_by) VALUES ('w', '{{}}', '{chief}');"
           f"DELETE FROM agents WHERE id = '{chief}'")
    equal(t.psql(f"SELECT count(*) FROM tasks WHERE assigned_agent_id = '{chief}'"), "0")


# ---- atlas-trinity

ATLAS = ("sessions", "tasks", "task_steps", "tool_executions", "logs", "chat_history", "kg_nodes", "kg_edges",
         "agent_messages", "recovery_attempts", "conversation_summaries", "behavioral_deviations",
         "knowledge_promotions")


def by_type(value, kind):
    """What SQLAlchemy's types mean on both sides."""
    if value is None:
        return None
    if kind == "jsonb":
        return Json(value)
    if kind.startswith("timestamp"):
        return moment(value)
    return value == 1 if kind == "boolean" else value


def atlas_rows(t, source, table):
    kinds = dict(t.rows("SELECT attname, atttypid::regtype FROM pg_attribute WHERE attnum > 0 "
                        f"AND attrelid = 'public.{table}'::regclass"))
    return [{name: by_type(value, kinds[name]) for name, value in row.items()} for row in source.rows(table)]


@test("atlas-trinity: all thirteen tables arrive cell by cell, though columns stand in another order")
def _(t):
    recipe = Recipe(t, "atlas-trinity")
    recipe.run(recipe.migrate, 0)
    source = recipe.source("atlastrinity.db")
    for table in ATLAS:
        compare_table(t, f"public.{table}", ["id"], atlas_rows(t, source, table))
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "13")
    equal((foreign_keys(t), not_valid(t)), (13, set()))
    equal(t.psql("INSERT INTO chat_history (session_id, role, content, created_at, metadata_blob) "
                 "VALUES ('s', 'ai', '', now(), '{}') RETURNING id"), "401")
    equal(t.psql("SELECT count(*) FROM logs WHERE metadata_blob = 'null'"), str(sum(
        row["metadata_blob"] == "null" for row in source.rows("logs"))))


@test("atlas-trinity: verify agrees, and sees one changed cell in the table that the document forgot")
def _(t):
    recipe = Recipe(t, "atlas-trinity")
    recipe.run(recipe.migrate, 0)
    recipe.run(recipe.verify, 0)
    t.psql("UPDATE chat_history SET content = content || ' ' WHERE id = 77")
    said = recipe.run(recipe.verify, 6)
    check("chat_history" in said, said)


# ---- governance


def identities(source):
    for row in source.rows("agent_metadata"):
        del row["agent_state"]
        row["tags"] = json.loads(row.pop("tags_json") or "[]")
        row["updated_at"] = moment(row.pop("last_update"))
        yield row | {"status": row["status"] or "active", "created_at": moment(row["created_at"])}


def entry(history, step):
    value = history[step] if step < len(history) else None
    return None if value is None else float(value)


def states(source):
    for row in source.rows("agent_metadata"):
        try:
            state = json.loads(row["agent_state"] or "{}")
        except ValueError:
            continue
        for step in range(len(state.get("E_history", []))):
            yield {"agent_id": row["agent_id"], "step": step, "recorded_at": moment(state["timestamp_history"][step]),
                   "energy": entry(state["E_history"], step), "integrity": entry(state["I_history"], step),
                   "entropy": entry(state["S_history"], step), "void": entry(state["V_history"], step),
                   "regime": state["regime"]}


def sessions(source, known):
    for row in source.all("session_identities"):
        if row["agent_id"] in known:
            yield row | {"bound_at": moment(row["bound_at"]), "bind_count": row["bind_count"] or 0,
                         "last_activity": since_epoch(row["last_activity"], seconds=1)}


def audit(source):
    events = [{"id": row["id"], "ts": moment(row["timestamp"]), "agent_id": row["agent_id"],
               "event_type": row["event_type"], "confidence": row["confidence"],
               "payload": json_or(row["details_json"], "{}")}
              for row in source.rows("audit_events") if "\\u0000" not in (row["details_json"] or "")]
    usage = [row | {"ts": since_epoch(row["ts"], seconds=1), "success": row["success"] == 1}
             for row in source.rows("tool_usage")]
    return events, usage


def knowledge(source):
    discoveries = [row | {"created_at": moment(row["created_at"]), "related_to": json.loads(row["related_to"] or "[]")}
                   for row in source.rows("discoveries")]
    messages = [row | {"created_at": moment(row.pop("timestamp"))} for row in source.rows("dialectic_messages")]
    dialectics = [row | {"created_at": moment(row["created_at"])} for row in source.rows("dialectic_sessions")]
    return discoveries, messages, dialectics


@test("governance: history leaves its JSON, the audit trail fills its partitions, every cell as computed here")
def _(t):
    recipe = Recipe(t, "governance")
    recipe.run(recipe.migrate, 7)
    source = recipe.source("governance.db")
    people = list(identities(source))
    known = {row["agent_id"] for row in people}
    events, usage = audit(source)
    discoveries, messages, dialectics = knowledge(source)
    for table, key, rows in (
            ("core.identities", ["agent_id"], people), ("core.agent_state", ["agent_id", "step"], list(states(source))),
            ("core.sessions", ["session_key"], list(sessions(source, known))),
            ("core.calibration", ["id"],
             [{"id": 1, "state": Json(row["state_json"]), "updated_at": moment(row["updated_at"])}
                                          for row in source.rows("calibration_state")]),
            ("audit.events", ["id"], events), ("audit.tool_usage", ["id"], usage),
            ("core.discoveries", ["id"], discoveries), ("core.dialectic_messages", ["id"], messages),
            ("core.discovery_tags", ["discovery_id", "tag"], source.all("discovery_tags")),
            ("core.dialectic_sessions", ["session_id"], dialectics)):
        compare_table(t, table, key, rows)
    equal(set_aside(t), {("session_identities", f"{7:032x}"), ("session_identities", f"{50:032x}"),
                         ("audit_events", "777")})
    equal(not_valid(t), {("core.identities",
                          "FOREIGN KEY (parent_agent_id) REFERENCES core.identities(agent_id) NOT VALID")})
    recipe.run(recipe.verify, 7)


@test("governance: rows lie in the partition of their month, and the counters go on behind the source's")
def _(t):
    recipe = Recipe(t, "governance")
    recipe.run(recipe.migrate, 7)
    events, _ = audit(recipe.source("governance.db"))
    for table, count in t.rows("SELECT tableoid::regclass, count(*) FROM audit.events GROUP BY 1"):
        year, month = map(int, table.rsplit("_", 2)[1:])
        equal(int(count), sum((row["ts"].year, row["ts"].month) == (year, month) for row in events), table)
    equal(t.psql("INSERT INTO audit.events (ts, event_type) VALUES ('2025-11-30', 'x') RETURNING id"), "9001")
    equal(t.psql("INSERT INTO core.dialectic_messages (session_id, seq, agent_id, message_type, created_at) "
                 "SELECT session_id, 99, agent_id, 'x', now() FROM core.dialectic_messages WHERE id = 1 RETURNING id"),
          "100")


# ---- swarm


def registry_rows(source, namespace):
    def key(table, old):
        return key_of(namespace, table, old)

    def times(row, *names):
        return {name: moment(row[name]) for name in names}
    runs = source.rows("workflow_runs")
    return {
        "agents": [row | times(row, "created_at", "updated_at") | {
            "id": key("agents", row["id"]), "capabilities": json_or(row["capabilities"], "[]"),
            "inputs_schema": json_or(row["inputs_schema"]), "outputs_schema": json_or(row["outputs_schema"]),
            "runtime": row["runtime"] or "node", "memory_mb": row["memory_mb"] or 128, "tags": Json(row["tags"]),
            "triggers": json_or(row["triggers"])} for row in source.rows("agents") if row["id"] != "agt_duplicate"],
        "workflows": [row | times(row, "created_at", "updated_at") | {
            "id": key("workflows", row["id"]), "enabled": row["enabled"] in (1, None),
            "tags": json_or(row["tags"], "[]"),
            **{name: json_or(row[name]) for name in ("trigger_config", "steps", "variables", "on_error", "on_success")}}
            for row in source.rows("workflows")],
        "workflow_runs": [row | times(row, "started_at", "completed_at", "created_at") | {
            "id": key("workflow_runs", row["id"]), "workflow_id": key("workflows", row["workflow_id"]),
            "trigger_data": json_or(row["trigger_data"]), "step_results": json_or(row["step_results"], "{}")}
            for row in runs],
        "step_executions": [row | times(row, "queued_at", "started_at", "completed_at") | {
            "id": key("step_executions", row["id"]), "run_id": key("workflow_runs", row["run_id"]),
            "agent_id": key("agents", row["agent_id"]), "inputs": json_or(row["inputs"]),
            "outputs": json_or(row["outputs"]), "api_tokens_used": row["api_tokens_used"] or 0}
            for row in source.rows("step_executions")],
        "triggers": [row | times(row, "next_run_at", "created_at") | {
            "id": key("triggers", row["id"]), "workflow_id": key("workflows", row["workflow_id"]),
            "enabled": row["enabled"] == 1} for row in source.rows("triggers")],
        "secrets": [row | times(row, "created_at", "updated_at") | {
            "id": key("secrets", row["id"]), "workflow_id": key("workflows", row["workflow_id"])}
            for row in source.rows("secrets")],
        "execution_artifacts": [row | times(row, "created_at") | {"id": key("execution_artifacts", row["id"])}
                                for row in source.rows("execution_artifacts")]}


def deploy_rows(source, namespace):
    return {
        "deployments": [row | {
            "id": key_of(namespace, "deployments", row["id"]), "triggered_by": row["triggered_by"] or "unknown",
            "started_at": moment(row["started_at"]), "created_at": moment(row["created_at"]),
            "completed_at": since_epoch(row["completed_at"], milliseconds=1)} for row in source.rows("deployments")],
        "deployment_events": [row | {
            "deployment_id": key_of(namespace, "deployments", row["deployment_id"]), "details": json_or(row["details"]),
            "created_at": moment(row["created_at"])} for row in source.rows("deployment_events")],
        "queue": [row | {"id": key_of(namespace, "queue", row["id"]), "queued_at": moment(row["queued_at"]),
                         "deployed_at": moment(row["deployed_at"])} for row in source.rows("queue")]}


def auth_rows(source, namespace):
    return {
        "roles": [row | {"id": key_of(namespace, "roles", row["id"]), "created_at": moment(row["created_at"])}
                  for row in source.rows("roles")],
        "users": [row | {
            "id": key_of(namespace, "users", row["id"]), "role_id": key_of(namespace, "roles", row["role_id"]),
            "tenant_id": key_of(namespace, "tenants", row["tenant_id"]), "last_login": moment(row["last_login"]),
            "created_at": moment(row["created_at"])} for row in source.rows("users")],
        "permissions": [row | {"id": key_of(namespace, "permissions", row["id"]),
                               "created_at": moment(row["created_at"])}
                        for row in source.rows("permissions")]}


@test("swarm: links, empty files and the legacy database are called what they are, and nothing of them arrives")
def _(t):
    recipe = Recipe(t, "swarm")
    said = " ".join(recipe.run(recipe.migrate, 7).split())
    for name in ("swarm-platform/data/platform.db", "swarm-platform/data/swarm-platform.db", "swarm-platform/swarm.db",
                 "swarm-app/apps/platform/data/swarm.db"):
        check(f"source/opt/{name}: empty (0 bytes)" in said, name, "is not called empty:", said)
    equal(said.count(": the same file as "), 3)
    check("swarm-mcp-factory.legacy/registry.db: none of the plan file's sources" in said, said)
    equal(t.psql("SELECT count(*) FROM registry.agents WHERE name = 'a relic'"), "0")
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "3")


@test("swarm: three databases become four schemas, every cell as computed here")
def _(t):
    recipe = Recipe(t, "swarm")
    recipe.run(recipe.migrate, 7)
    namespace = recipe.namespace()
    registry = recipe.source("opt/swarm-registry/registry.db")
    deploy = recipe.source("opt/swarm-deploy/data/deployments.db")
    platform = recipe.source("opt/swarm-platform/data/swarm.db")
    for schema, tables in (("registry", registry_rows(registry, namespace)), ("deploy", deploy_rows(deploy, namespace)),
                           ("auth", auth_rows(platform, namespace))):
        for table, rows in tables.items():
            compare_table(t, f"{schema}.{table}", ["id"], rows)
    compare_table(t, "registry.vm_assignments", ["vm_id"], [
        row | {"status": row["status"] or "running", "assigned_at": moment(row["assigned_at"]),
               "heartbeat_at": moment(row["heartbeat_at"])} for row in registry.rows("vm_assignments")])
    compare_table(t, "deploy.commit_ticket_map", ["commit_sha"], [
        row | {"created_at": moment(row["created_at"])} for row in deploy.rows("commit_ticket_map")])
    compare_table(t, "auth.role_permissions", ["role_id", "permission_id"], [
        {"role_id": key_of(namespace, "roles", row["role_id"]), "created_at": moment(row["created_at"]),
         "permission_id": key_of(namespace, "permissions", row["permission_id"])}
        for row in platform.rows("role_permissions")])
    compare_table(t, "verification.attempts", ["id"], [
        row | {"id": key_of(namespace, "verification_attempts", row["id"]), "created_at": moment(row["created_at"]),
               **{name: json_or(row[name]) for name in ("static_result", "automated_result", "sentinel_result")}}
        for row in platform.rows("verification_attempts")])
    equal(set_aside(t), {("agents", "agt_duplicate")})
    equal(not_valid(t), {("registry.step_executions",
                          "FOREIGN KEY (agent_id) REFERENCES registry.agents(id) NOT VALID")})
    recipe.run(recipe.verify, 7)
    equal(t.psql("INSERT INTO deploy.deployment_events (deployment_id, stage, status) SELECT id, 's', 's' "
                 "FROM deploy.deployments LIMIT 1 RETURNING id"), "801")


# ---- all of them


OURS = ("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN "
        "('pg_catalog', 'information_schema', 'outgrow', 'stall', 'tiny') ORDER BY 1")


def everything(t):
    """{table: digest of its rows}, and what holds them together."""
    rows = {table: t.psql(f"SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text COLLATE \"C\")) FROM {table} AS r")
            for (table,) in t.rows(OURS)}
    keys = t.rows("SELECT conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
                  "WHERE connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'outgrow', "
                  "'stall', 'tiny') ORDER BY 1::text, 2")
    return rows, keys, set_aside(t)


@test("governance: killed again and again at writes to the journal, the same command ends as if nothing had been")
def _(t):
    recipe = Recipe(t, "governance")
    recipe.run(recipe.migrate, 7)
    expected = everything(t)
    for (schema,) in t.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN "
                            "('information_schema', 'public')"):
        t.psql(f'DROP SCHEMA "{schema}" CASCADE')
    t.migrate(t.sqlite("tiny.db", "CREATE TABLE tiny (a)"), "--schema", "tiny").expect(0)  # makes the journal
    t.psql(STALL)
    command = recipe.migrate.split("&&")[-1].strip()
    kills = 0
    for number in range(2, 30, 3):
        t.psql(f"ALTER SEQUENCE stall.writes RESTART; UPDATE stall.at SET n = {number}, seconds = 600")
        process = subprocess.Popen(["sh", "-c", f"exec {command}"], cwd=recipe.folder, env=recipe.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stalled = wait_for(lambda: t.psql(STALLED) != "0", process, f"write {number}")
        kill(process)
        t.psql(OTHERS_GONE)
        quiet(t)
        kills += stalled
    t.psql("DROP SCHEMA stall CASCADE")
    recipe.run(command, 7)
    equal(everything(t), expected)
    check(kills > 3, "only", kills, "kills")


@test("each recipe has a source script, a schema, a plan and two commands that its README says")
def _(t):
    names = sorted(path.name for path in (ROOT / "recipes").iterdir() if path.is_dir())
    equal(names, ["agent-platform", "atlas-trinity", "governance", "swarm", "trust-protocol"])
    for name in names:
        folder = ROOT / "recipes" / name
        plan = (folder / "plan.yaml").read_text()
        for path in re.findall(r"[\w/]+\.sql", plan):
            check((folder / path).exists(), name, "has no", path)
        equal(len(re.findall(r"^```sh\n(?:.+\n){2}^```", (folder / "README.md").read_text(), re.M)), 1, name)


run()
