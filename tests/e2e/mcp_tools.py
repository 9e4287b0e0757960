"""mcp_tools: the tools of `outgrow mcp` called in one line, and the roles it is run with."""
import json
import re

from harness import check, equal
from mcp_client import Stdio, call


class Roles:
    """Roles as `outgrow mcp --print-roles` makes them, of names of this test's own."""

    def __init__(self, t):
        self.t = t
        self.sql = t.outgrow("mcp", "--print-roles").expect(0).out
        for role in ("app_owner", "mcp_read", "mcp_write", "mcp_ddl"):
            self.sql = re.sub(rf"\b{role}\b", self.name(role), self.sql)
        t.psql(self.sql)

    def name(self, role):
        return f"{role}_{self.t.database}"

    def url(self, role):
        return self.t.target.replace("tester@", f"{self.name(role)}@")

    def arguments(self):
        return (self.url("mcp_read"), "--write-target", self.url("mcp_write"), "--ddl-target",
                self.url("mcp_ddl"), "--owner-role", self.name("app_owner"))


class Client(Stdio):
    """Leaves as a client does, so that the program ends by itself and a sanitizer has its say."""

    def __exit__(self, kind, *rest):
        if kind is None:
            equal(self.close(), 0, "exit code")
        super().__exit__(kind, *rest)


def tool(client, name, /, **arguments):
    """What the tool says, and whether it is an error."""
    answer = client.ask(call(name, 7, **arguments))
    check("result" in answer, "a fault of the protocol:", answer)
    result = answer["result"]
    return json.loads(result["content"][0]["text"]), result.get("isError", False)


def good(client, name, /, **arguments):
    found, is_error = tool(client, name, **arguments)
    check(not is_error, name, arguments, found)
    return found


def bad(client, name, /, **arguments):
    found, is_error = tool(client, name, **arguments)
    check(is_error, name, arguments, found)
    return found
