"""The MCP server against other people's clients: the conformance suites of the protocol (through a
server with their fixtures, made of the same code), the inspector, and the official SDK."""
import json
import os
import pathlib
import subprocess

import clients
from harness import OUTGROW, check, equal, run, test

FIXTURES = os.environ.get("FIXTURE_SERVER", "mcp_fixture_server")
TOKEN = "a-token-that-is-long-enough"
TOOLS = {"postgres_query", "postgres_execute", "postgres_schema_alter", "postgres_list_tables",
         "postgres_describe_table", "postgres_health_check", "explain_query", "fix_missing_column",
         "create_performance_index", "migration_status", "verify_table"}
OPTIONAL = {"tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults",
            "elicitation-sep1330-enums"}


class Served:
    """A server over HTTP, stopped at the end; it says its URL first."""

    def __init__(self, command, env=None, stream="stdout"):
        self.command, self.env, self.stream = command, env, stream

    def __enter__(self):
        self.process = subprocess.Popen([str(word) for word in self.command], text=True,
                                        env=self.env, stdin=subprocess.DEVNULL,
                                        **{self.stream: subprocess.PIPE})
        line = getattr(self.process, self.stream).readline()
        check("http" in line, "no URL but", repr(line))
        return line[line.index("http"):].strip()

    def __exit__(self, *_):
        self.process.terminate()
        rest, err = self.process.communicate(timeout=60)
        check("Sanitizer" not in (rest or "") + (err or ""), rest, err)
        equal(self.process.returncode, 0, "the server's exit code")


def fixtures():
    return Served([FIXTURES, "http", "127.0.0.1:0"])


def reader(t):
    """A database with one table and a role that may only read it; its connection string."""
    t.psql("CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);"
           "INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 5) g;"
           f"CREATE ROLE reader_{t.database} LOGIN;"
           f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{t.database}")
    return t.target.replace("tester@", f"reader_{t.database}@")


def home(t):
    clients.install()
    return t.folder


@test("suite 0.1.13, 2025-11-25: every scenario passes, but for the four of requests to the client")
def _(t):
    with fixtures() as url:
        found = clients.conformance("conformance-legacy", "--url", url, "--suite", "active",
                                    "--expected-failures", clients.HERE / "optional-2025.yml",
                                    home=home(t))
    failed = {name for name, (_, failures) in found.items() if failures}
    equal(failed, OPTIONAL, "failed")
    check(len(found) >= 30, "only", len(found), "scenarios ran")


@test("suite 0.2.0-alpha.12, 2025-11-25: all that the revision requires passes, the same four aside")
def _(t):
    with fixtures() as url:
        found = clients.conformance("conformance-modern", "--url", url, "--requirements",
                                    "2025-11-25", "--timeout", "60000", home=home(t), expect=1)
    equal({name for name, (_, failures) in found.items() if failures}, OPTIONAL, "failed")
    check(len(found) >= 32, "only", len(found), "scenarios ran")


@test("suite 0.2.0-alpha.12, 2026-07-28: all that the revision requires passes")
def _(t):
    with fixtures() as url:
        found = clients.conformance("conformance-modern", "--url", url, "--requirements",
                                    "2026-07-28", "--timeout", "60000", home=home(t))
    scored = {name: counts for name, counts in found.items()
              if not name.startswith("tasks-") and name != "http-custom-header-server-validation"}
    equal({name for name, (_, failures) in scored.items() if failures}, set(), "failed")
    check(len(scored) >= 39, "only", len(scored), "scenarios ran:", *scored)
    equal([name for name, (passed, _) in scored.items() if passed == 0], [], "proved nothing")


@test("the inspector lists and calls the tools: both eras, both transports")
def _(t):
    conninfo, folder = reader(t), home(t)
    stdio = [OUTGROW, "mcp", conninfo]
    command = [OUTGROW, "mcp", "--http", "127.0.0.1:0", conninfo]
    with Served(command, env=t.environment, stream="stderr") as url:
        for where in (stdio, [url, "--transport", "http"]):
            for era in ("legacy", "modern"):
                how = [*where, "--protocol-era", era]
                listed = clients.inspector(*how, "--method", "tools/list", "--strict", home=folder,
                                           env=t.environment)
                names = [tool["name"] for tool in listed["tools"]]
                check(TOOLS <= set(names), how, "lists", names)
                for tool in listed["tools"]:
                    equal(set(tool["annotations"]) >= {"readOnlyHint", "destructiveHint",
                                                       "idempotentHint", "openWorldHint"}, True,
                          tool["name"])
                call = [*how, "--method", "tools/call", "--tool-name", "postgres_query"]
                found = clients.inspector(*call, "--tool-args-json",
                                          '{"sql": "SELECT name FROM users WHERE id = 3"}',
                                          home=folder, env=t.environment)
                equal(found["structuredContent"]["rows"], [["name 3"]], era)
                clients.inspector(*call, "--tool-args-json", '{"sql": "DROP TABLE users"}',
                                  home=folder, expect=5, env=t.environment)
    equal(t.psql("SELECT count(*) FROM users"), "5")


@test("every tool that the inspector lists over stdio is listed over HTTP, in the same order")
def _(t):
    conninfo, folder = reader(t), home(t)
    command = [OUTGROW, "mcp", "--http", "127.0.0.1:0", conninfo]
    with Served(command, env=t.environment, stream="stderr") as url:
        lists = [[tool["name"] for tool in
                  clients.inspector(*where, "--method", "tools/list", home=folder,
                                    env=t.environment)["tools"]]
                 for where in ([OUTGROW, "mcp", conninfo], [url, "--transport", "http"])]
    equal(lists[0], lists[1])


def judge(seen):
    equal(seen["server"]["name"], "outgrow")
    check(TOOLS <= {tool["name"] for tool in seen["tools"]}, seen["tools"])
    equal(seen["query"]["structuredContent"]["rows"], [[i, f"name {i}"] for i in range(1, 6)])
    equal(seen["query"]["structuredContent"]["truncated"], False)
    for failed in ("mistake", "refused", "untyped"):
        equal(seen[failed]["isError"], True, failed)
    check("42703" in seen["mistake"]["content"][0]["text"], seen["mistake"])
    equal(seen["unknown"]["code"], -32602)
    equal([table["name"] for table in seen["tables"]["structuredContent"]["tables"]], ["users"])
    check({"outgrow://tables", "outgrow://health"} <= {r["uri"] for r in seen["resources"]},
          seen["resources"])
    check('"name"' in seen["read"]["contents"][0]["text"], seen["read"])
    equal(seen["missing"]["code"], -32002)
    check("heal_error" in [prompt["name"] for prompt in seen["prompts"]], seen["prompts"])
    check('column "x"' in seen["prompt"]["messages"][0]["content"]["text"], seen["prompt"])
    equal(seen["completion"]["completion"]["values"], ["users"])
    check("changed my mind" in seen["cancelled"]["threw"], seen["cancelled"])
    equal(seen["afterwards"]["structuredContent"]["rows"], [[1]])
    equal(seen["many"], list(range(100)), "a hundred calls at once")


@test("the official SDK drives it over stdio: lists, calls, errors, a cancel, a hundred at once")
def _(t):
    conninfo, folder = reader(t), home(t)
    judge(json.loads(clients.run("sdk_client.mjs", "stdio", OUTGROW, "mcp", conninfo, home=folder,
                                 env=t.environment)))


@test("the official SDK drives it over HTTP with a token, and is turned away without one")
def _(t):
    conninfo, folder = reader(t), home(t)
    command = [OUTGROW, "mcp", "--http", "127.0.0.1:0", "--rate-limit", "0", conninfo]
    with Served(command, env=t.environment | {"OUTGROW_MCP_TOKEN": TOKEN}, stream="stderr") as url:
        judge(json.loads(clients.run("sdk_client.mjs", "http", url, TOKEN, home=folder)))
        clients.run("sdk_client.mjs", "http", url, "another-token-of-some-length", home=folder,
                    expect=1)


@test("the fixtures are in no installed program")
def _(t):
    program = pathlib.Path(OUTGROW).read_bytes()
    check(b"outgrow://tables" in program, "this is not outgrow")
    check(b"test_simple_text" not in program, "outgrow holds fixtures")


run()
