"""The MCP server as a program: what it writes and refuses on both transports, what happens to its
queries when a client goes, and how it ends."""
import concurrent.futures
import http.client
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import time

from harness import OUTGROW, TIMEOUT_S, check, equal, run, test
from mcp_client import MODERN, Http, Stdio, call, modern, request
from stall import locked

TOKEN = "0123456789abcdef0123456789abcdef"
# By counting alone: of one long series the server would write every row into a temporary file.
FOREVER = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
INITIALIZE = request("initialize", 0, protocolVersion="2025-06-18", capabilities={},
                     clientInfo={"name": "e2e", "version": "1"})


def database(t):
    """A table, and a role that may read it: its connection string."""
    t.psql("CREATE TABLE users (id int PRIMARY KEY, name text);"
           "INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 10) g;"
           f"CREATE ROLE role_{t.database} LOGIN; GRANT SELECT ON users TO role_{t.database}")
    return t.target.replace("tester@", f"role_{t.database}@")


def running(t):
    """How many of the statements that take long; what the program asks for itself does not count."""
    return t.psql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                  f"usename = 'role_{t.database}' AND query LIKE '%generate_series%'")


def wait_until(condition, what):
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        check(time.monotonic() < deadline, what)
        time.sleep(0.02)


def wait_for_query(t, count="1"):
    wait_until(lambda: running(t) == count, f"there are {running(t)} queries, not {count}")


@test("stdio: a legacy client is greeted, served and told what it got wrong, a line each")
def _(t):
    with Stdio(t, database(t)) as client:
        hello = client.ask(INITIALIZE)["result"]
        equal(hello["protocolVersion"], "2025-06-18")
        equal(hello["serverInfo"]["name"], "outgrow")
        client.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        equal(client.ask(request("ping", "p"))["result"], {})
        found = client.ask(call("postgres_query", 1, sql="SELECT count(*) FROM users"))["result"]
        equal(found["structuredContent"]["rows"], [[10]])
        equal(json.loads(found["content"][0]["text"]), found["structuredContent"])
        for broken, code in ((b"junk", -32700), (b"[]", -32600), (b'"\xff"', -32700),
                             (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600)):
            client.send(broken)
            answer = client.receive()
            equal((answer["error"]["code"], answer["id"]), (code, None), broken)
        equal(client.ask(request("no/such", 7))["error"]["code"], -32601)
        equal(client.ask(call("no_such_tool", 8))["error"]["code"], -32602)
        equal(client.close(), 0)


@test("stdio: a line of more than 4 MiB is refused, and the next one is read")
def _(t):
    with Stdio(t, database(t)) as client:
        client.send(b'{"jsonrpc":"2.0","id":1,"method":"ping","x":"' + b"y" * (5 << 20) + b'"}')
        equal(client.receive()["error"]["code"], -32600)
        equal(client.ask(request("ping", 2))["result"], {})


@test("stdio: arguments that do not fit a tool's schema are named, for the model to mend")
def _(t):
    with Stdio(t, database(t)) as client:
        for arguments, words in (({}, '"sql" is missing'), ({"sql": 7}, '"sql" has to be string'),
                                 ({"sql": "SELECT 1", "query": "x"}, 'cannot have "query"'),
                                 ({"sql": "SELECT '\0'"}, "U+0000")):
            found = client.ask(call("postgres_query", 1, **arguments))["result"]
            equal(found["isError"], True)
            check(words in found["content"][0]["text"], found)


@test("stdio: fifty slow calls do not keep a ping waiting, and all are answered")
def _(t):
    conninfo = database(t)
    t.psql(f"GRANT UPDATE ON users TO role_{t.database}")
    with Stdio(t, "--timeout-ms", "600000", conninfo) as client:
        with locked(t, "users"):  # a change, which may be told to wait for that longer than three seconds
            for i in range(50):
                client.send(call("postgres_execute", 1000 + i, lock_timeout_ms=600000,
                                 sql=f"UPDATE users SET name = 'slow' WHERE id = 7 RETURNING id + {i}"))
            client.send(request("ping", "now"))
            equal(client.receive()["id"], "now", "what comes first")
        seen = [client.receive() for _ in range(50)]
        equal({m["id"]: m["result"]["structuredContent"]["rows"][0][0] for m in seen},
              {1000 + i: 7 + i for i in range(50)})


@test("stdio: a cancelled query stops on the server and is not answered")
def _(t):
    with Stdio(t, "--timeout-ms", "600000", database(t)) as client:
        client.send(call("postgres_query", "slow", sql=FOREVER, timeout_ms=600000))
        wait_for_query(t)
        client.send({"jsonrpc": "2.0", "method": "notifications/cancelled",
                     "params": {"requestId": "slow", "reason": "no need"}})
        wait_for_query(t, "0")
        equal(client.ask(request("ping", "next"))["id"], "next")
        equal(client.close(), 0)
        equal(client.receive(), None, "after the end")


@test("stdio: when the input ends, running queries are cancelled and the program ends with 0")
def _(t):
    with Stdio(t, "--timeout-ms", "600000", database(t)) as client:
        client.send(call("postgres_query", 1, sql=FOREVER, timeout_ms=600000))
        wait_for_query(t)
        equal(client.close(), 0)
        wait_for_query(t, "0")


@test("stdio: when nobody reads the output any more, it ends")
def _(t):
    reader, writer = os.pipe()
    process = subprocess.Popen([OUTGROW, "mcp", database(t)], stdin=subprocess.PIPE, stdout=writer,
                               env=t.environment, cwd=t.folder)
    os.close(writer)
    os.close(reader)
    process.stdin.write(json.dumps(request("ping", 1)).encode() + b"\n")
    process.stdin.flush()
    equal(process.wait(TIMEOUT_S), 0)


@test("stdio: SIGTERM ends it while its input is open")
def _(t):
    with Stdio(t, database(t)) as client:
        client.ask(request("ping", 1))
        client.process.terminate()
        equal(client.process.wait(TIMEOUT_S), 0)


@test("stdio: SIGINT and SIGTERM that come at once end it as one of them does")
def _(t):
    with Stdio(t, database(t)) as client:
        client.ask(request("ping", 1))
        for sent in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):  # held back until both are there
            client.process.send_signal(sent)
        equal(client.process.wait(TIMEOUT_S), 0)


@test("both eras on one pipe: the modern one says what it adds, the legacy one nothing of it")
def _(t):
    with Stdio(t, database(t)) as client:
        found = client.ask(modern(request("server/discover", 1)))["result"]
        check(found["supportedVersions"][0] == MODERN and "2024-11-05" in found["supportedVersions"])
        equal((found["resultType"], found["cacheScope"]), ("complete", "public"))
        legacy = client.ask(request("tools/list", 2))["result"]
        new = client.ask(modern(request("tools/list", 3)))["result"]
        equal(legacy["tools"], new["tools"])
        equal(set(new) - set(legacy), {"resultType", "ttlMs", "cacheScope", "_meta"})


def asking(t):
    """The arguments of a call that loses a column, once it is confirmed."""
    t.psql("CREATE TABLE old (id int PRIMARY KEY, gone text)")
    return {"sql": "ALTER TABLE old DROP COLUMN gone", "allow_destructive": True}


def columns(t):
    return t.psql("SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE "
                  "attrelid = 'old'::regclass AND attnum > 0 AND NOT attisdropped")


@test("what loses data asks the user: no answer, a refusal and a forged state change nothing")
def _(t):
    arguments, can = asking(t), {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
    with Stdio(t, "--allow-superuser", "--allow-destructive", t.target) as client:
        def alter(id, more={}, **changed):
            message = call("postgres_schema_alter", id, **(arguments | changed))
            message["params"] |= more
            return client.ask(modern(message, **can))

        asked = alter(1)["result"]
        equal(asked["resultType"], "input_required")
        equal(asked["inputRequests"]["confirm"]["method"], "elicitation/create")
        check("DROP COLUMN gone" in asked["inputRequests"]["confirm"]["params"]["message"], asked)
        yes = {"inputResponses": {"confirm": {"action": "accept", "content": {"confirm": True}}}}
        state = {"requestState": asked["requestState"]}
        equal(alter(2, yes)["result"]["resultType"], "input_required", "an answer nobody asked for")
        forged = ("1" if asked["requestState"][0] == "0" else "0") + asked["requestState"][1:]
        equal(alter(3, yes | {"requestState": forged})["error"]["code"], -32602)
        equal(alter(4, yes | state, sql="ALTER TABLE old DROP COLUMN id")["error"]["code"], -32602)
        for answer in ({"action": "decline"}, {"action": "cancel"},
                       {"action": "accept", "content": {"confirm": False}}):
            state = {"requestState": alter(5)["result"]["requestState"]}
            no = alter(6, {"inputResponses": {"confirm": answer}} | state)["result"]
            equal((no["isError"], "did not agree" in no["content"][0]["text"]), (True, True))
        equal(columns(t), "id,gone")
        state = {"requestState": alter(7)["result"]["requestState"]}
        done = alter(8, yes | state)["result"]
        equal((done["isError"], columns(t)), (False, "id"), done)
        equal(alter(9, yes | state)["error"]["code"], -32602, "the same consent a second time")


@test("a client that cannot ask its user gets an error that says what to do")
def _(t):
    arguments = asking(t)
    with Stdio(t, "--allow-superuser", "--allow-destructive", t.target) as client:
        for message in (call("postgres_schema_alter", 1, **arguments),
                        modern(call("postgres_schema_alter", 2, **arguments))):
            found = client.ask(message)["result"]
            check(found["isError"] and "confirm: true" in found["content"][0]["text"], found)
        equal(columns(t), "id,gone")


@test("HTTP: who comes by another name, path, verb or without what is needed is turned away")
def _(t):
    ping = request("tools/list")
    with Http(t, database(t)) as server:
        for status, how in (
                (403, {"Host": "evil.example.com"}), (403, {"Origin": "http://evil.example.com"}),
                (403, {"Origin": "null"}), (404, {"path": "/other"}), (404, {"path": "/"}),
                (405, {"method": "GET"}), (405, {"method": "DELETE"}), (405, {"method": "PUT"}),
                (405, {"method": "OPTIONS"}), (400, {"body": b"junk"}), (400, {"body": b""}),
                (400, {"body": [ping]}), (400, {"body": ping}),
                (400, {"body": ping, "MCP_Protocol_Version": "2025-06-18"}),
                (404, {"body": ping, "Mcp_Session_Id": "0" * 32}),
                (404, {"method": "DELETE", "Mcp_Session_Id": "0" * 32}),
                (202, {"body": {"jsonrpc": "2.0", "method": "notifications/initialized"}}),
                (202, {"body": {"jsonrpc": "2.0", "id": 1, "result": {}}}),
                (413, {"body": b" " * ((4 << 20) + 1)}), (413, {"body": b" " * (17 << 20)})):
            try:
                found, headers, body = server.send(**({"body": ping} | how))
            except (ConnectionResetError, BrokenPipeError):
                equal(status, 413)  # it need not read all of that
                continue
            equal(found, status, how if "body" not in how else status)
            if status == 405:
                equal(headers["Allow"], "POST, DELETE")
        equal(server.send(body=ping, Host="localhost")[0], 400)
        equal(server.stop(), 0)


@test("HTTP: the name it listens by is good in Host and Origin, and so are those allowed")
def _(t):
    ping = modern(request("tools/list"))
    with Http(t, "--allow-hosts", "db.example.com,agents", database(t), address="127.0.0.2:0") as server:
        for host, status in (("127.0.0.2:99", 200), ("127.0.0.1", 200), ("db.example.com:443", 200),
                             ("agents", 200), ("example.com", 403), ("127.0.0.3", 403)):
            for names in ({"Host": host}, {"Host": "localhost", "Origin": f"https://{host}"}):
                equal(server.send(body=ping, **server.modern_headers(ping), **names)[0], status, names)


@test("HTTP: modern headers must agree with the message, and every fault has its status")
def _(t):
    message = modern(call("postgres_query", 5, sql="SELECT 1"))
    right = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "postgres_query"}
    with Http(t, database(t)) as server:
        for changed, status, code in (
                ({}, 200, None), ({"mcp-name": None, "Mcp-Name": "=?base64?cG9zdGdyZXNfcXVlcnk=?="}, 200, None),
                ({"Mcp-Method": None}, 400, -32020), ({"Mcp-Method": "tools/list"}, 400, -32020),
                ({"Mcp-Name": None}, 400, -32020), ({"Mcp-Name": "query"}, 400, -32020),
                ({"MCP-Protocol-Version": None}, 400, -32020),
                ({"MCP-Protocol-Version": "2025-11-25"}, 400, -32020)):
            found, _, body = server.send(body=message, **(right | changed))
            equal((found, json.loads(body).get("error", {}).get("code")), (status, code), changed)
            equal(json.loads(body)["id"], 5)
        equal(server.ask(request("ping"))[0], 404)
        equal(server.ask(request("no/such"))[0], 404)
        equal(server.ask(call("no_such_tool"))[0], 200)
        status, answer = server.ask(request("tools/list"),
                                    **{"io.modelcontextprotocol/protocolVersion": "2030-01-01"})
        equal((status, answer["error"]["code"]), (400, -32020))


@test("HTTP: a legacy session lives from initialize to DELETE")
def _(t):
    with Http(t, database(t)) as server:
        status, headers, body = server.send(body=INITIALIZE)
        session = headers["Mcp-Session-Id"]
        equal((status, len(session), json.loads(body)["result"]["protocolVersion"]),
              (200, 32, "2025-06-18"))
        mine = {"Mcp_Session_Id": session}
        equal(server.send(body={"jsonrpc": "2.0", "method": "notifications/initialized"}, **mine)[0], 202)
        query = call("postgres_query", 1, sql="SELECT count(*) FROM users")
        for version in (None, "2025-06-18", "2025-03-26"):
            status, _, body = server.send(body=query, MCP_Protocol_Version=version, **mine)
            equal((status, json.loads(body)["result"]["structuredContent"]["rows"]), (200, [[10]]))
        equal(server.send(body=query, MCP_Protocol_Version="1999-01-01", **mine)[0], 400)
        equal(server.send(method="DELETE", **mine)[0], 200)
        equal(server.send(body=query, **mine)[0], 404)
        equal(server.send(method="DELETE", **mine)[0], 404)


SESSIONS_MAX = 128


def opened(server):
    status, headers, _ = server.send(body=INITIALIZE)
    return status, headers.get("Mcp-Session-Id")


@test("HTTP: one session too many takes the place of the one that was unused for longest")
def _(t):
    with Http(t, "--rate-limit", "0", database(t)) as server:
        ids = [opened(server)[1] for _ in range(SESSIONS_MAX)]
        equal(len(set(ids)), SESSIONS_MAX)
        status = lambda id: server.send(body=request("ping"), Mcp_Session_Id=id)[0]
        equal(status(ids[0]), 200)  # used once more: the second is the oldest now
        equal(opened(server)[0], 200)
        equal((status(ids[1]), status(ids[0]), status(ids[2])), (404, 200, 200))


@test("HTTP: while all sessions are in use there is none to be had, until one ends")
def _(t):
    held = call("postgres_query", 1, sql=FOREVER)
    held["params"]["_meta"] = {"progressToken": 1}  # so that its stream begins before its end
    with Http(t, "--rate-limit", "0", "--timeout-ms", "600000", "--connections", "1", database(t)) as server:
        ids, waiting = [], []
        for _ in range(SESSIONS_MAX):
            ids.append(opened(server)[1])
            waiting.append(server.connect())
            waiting[-1].request("POST", "/mcp", json.dumps(held), {
                "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
                "Mcp-Session-Id": ids[-1]})
        for connection in waiting:
            equal(connection.getresponse().getheader("Content-Type"), "text/event-stream")
        equal(opened(server), (503, None))
        equal(server.send(method="DELETE", Mcp_Session_Id=ids[0])[0], 200)
        status, id = opened(server)
        equal((status, server.send(body=request("ping"), Mcp_Session_Id=id)[0]), (200, 200))
        equal(server.send(body=request("ping"), Mcp_Session_Id=ids[0])[0], 404)


@test("HTTP: without the right token there is nothing, and another token has other sessions")
def _(t):
    other = "another-token-of-good-length"
    with Http(t, database(t), env={"OUTGROW_MCP_TOKEN": f"{TOKEN},{other}"}) as server:
        status, headers, _ = server.send(body=INITIALIZE)
        equal((status, headers["WWW-Authenticate"]), (401, 'Bearer realm="outgrow"'))
        for wrong in ("Bearer " + TOKEN[:-1], "Bearer", "Basic " + TOKEN, "Bearer " + TOKEN + "0"):
            status, headers, _ = server.send(body=INITIALIZE, Authorization=wrong)
            equal((status, headers["WWW-Authenticate"]),
                  (401, 'Bearer realm="outgrow", error="invalid_token"'), wrong)
        mine = {"Authorization": "Bearer " + TOKEN}
        session = server.send(body=INITIALIZE, **mine)[1]["Mcp-Session-Id"]
        ping = request("ping", 1)
        equal(server.send(body=ping, Mcp_Session_Id=session, **mine)[0], 200)
        equal(server.send(body=ping, Mcp_Session_Id=session, Authorization="Bearer " + other)[0], 404)
        with open(f"/proc/{server.process.pid}/cmdline", "rb") as words:
            check(TOKEN.encode() not in words.read(), "the token is in the process's title")


@test("HTTP: tokens come from a file that only its owner can read")
def _(t):
    conninfo, path = database(t), t.folder / "tokens"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o644)
    refused = t.outgrow("mcp", "--http", "127.0.0.1:0", "--token-file", path, conninfo).expect(2)
    check("others can read" in refused.err and TOKEN not in refused.err, refused.err)
    path.chmod(0o600)
    with Http(t, "--token-file", path, conninfo) as server:
        equal(server.send(body=INITIALIZE)[0], 401)
        equal(server.send(body=INITIALIZE, Authorization="Bearer " + TOKEN)[0], 200)
    path.write_text("short\n")
    check("too easy" in t.outgrow("mcp", "--http", "127.0.0.1:0", "--token-file", path,
                                  conninfo).expect(2).err)


def certificate(t):
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                           "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                           "-keyout", t.folder / "key.pem", "-out", t.folder / "cert.pem"],
                          capture_output=True)
    equal(made.returncode, 0, made.stderr)
    return ["--tls-cert", t.folder / "cert.pem", "--tls-key", t.folder / "key.pem"]


@test("HTTP: an address that others can reach needs a token and TLS, and is served with both")
def _(t):
    conninfo, tls, token = database(t), certificate(t), {"OUTGROW_MCP_TOKEN": TOKEN}
    for options, env in (([], {}), (tls, {}), ([], token)):
        for address in ("0.0.0.0:0", "[::]:0"):
            refused = t.outgrow("mcp", "--http", address, *options, conninfo, env=env).expect(2)
            check("other machines" in refused.err, refused.err)
    check("both" in t.outgrow("mcp", "--http", "127.0.0.1:0", *tls[:2], conninfo).expect(2).err)
    with Http(t, *tls, conninfo, env=token, address="0.0.0.0:0") as server:
        equal(server.url.scheme, "https")
        trust = ssl.create_default_context(cafile=str(t.folder / "cert.pem"))
        for _ in range(2):
            secure = http.client.HTTPSConnection("127.0.0.1", server.url.port, context=trust,
                                                 timeout=TIMEOUT_S)
            status, _, body = server.send(body=INITIALIZE, connection=secure,
                                          Authorization="Bearer " + TOKEN)
            equal((status, "result" in json.loads(body)), (200, True))
        equal(server.stop(), 0)


@test("HTTP: an address that is taken, or none at all, is said so")
def _(t):
    conninfo = database(t)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        check("listen on" in t.outgrow("mcp", "--http", f"127.0.0.1:{port}", conninfo).expect(5).err)
    for wrong in ("127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"):
        t.outgrow("mcp", "--http", wrong, conninfo).expect(2)


@test("HTTP: who asks too often is told when to come back")
def _(t):
    with Http(t, "--rate-limit", "1", database(t)) as server:
        connection = server.connect()
        seen = [server.send(body=b"{}", connection=connection) for _ in range(30)]
        refused = [headers for status, headers, _ in seen if status == 429]
        check(refused and seen[0][0] == 400, [status for status, _, _ in seen])
        check(all(int(headers["Retry-After"]) >= 1 for headers in refused))


@test("HTTP, modern: a client that closes its connection has given its query up")
def _(t):
    message = modern(call("postgres_query", 1, sql=FOREVER, timeout_ms=600000))
    with Http(t, "--timeout-ms", "600000", database(t)) as server:
        for more in ({}, {"progressToken": "p"}):
            message["params"]["_meta"] |= more
            connection = server.connect()
            connection.request("POST", "/mcp", json.dumps(message).encode(),
                               {"Accept": "text/event-stream"} |
                               {k: v for k, v in server.modern_headers(message).items()})
            wait_for_query(t)
            connection.close()
            wait_for_query(t, "0")
        equal(server.ask(call("postgres_query", 2, sql="SELECT 1"))[0], 200)
        equal(server.stop(), 0)


@test("HTTP, legacy: a lost connection is no cancel, a notification is")
def _(t):
    with Http(t, "--timeout-ms", "600000", database(t)) as server:
        mine = {"Mcp-Session-Id": server.send(body=INITIALIZE)[1]["Mcp-Session-Id"]}
        connection = server.connect()
        connection.request("POST", "/mcp", json.dumps(
            call("postgres_query", "q", sql=FOREVER, timeout_ms=600000)).encode(), mine)
        wait_for_query(t)
        connection.close()
        equal(server.send(body=request("ping", 1), **mine)[0], 200)
        time.sleep(0.3)
        equal(running(t), "1", "queries after the connection was lost")
        status, _, _ = server.send(body={"jsonrpc": "2.0", "method": "notifications/cancelled",
                                         "params": {"requestId": "q"}}, **mine)
        equal(status, 202)
        wait_for_query(t, "0")


@test("HTTP: a hundred connections at once are all answered, and none gets another's answer")
def _(t):
    with Http(t, "--rate-limit", "0", database(t)) as server:
        def one(i):
            return server.ask(call("postgres_query", i, sql=f"SELECT {i}, pg_backend_pid() > 0"))
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            for i, (status, answer) in enumerate(pool.map(one, range(100))):
                equal((status, answer["id"]), (200, i))
                equal(answer["result"]["structuredContent"]["rows"], [[i, True]], answer)
        equal(server.stop(), 0)


@test("after the database was restarted, the next call connects again")
def _(t):
    with Stdio(t, database(t)) as client:
        query = call("postgres_query", 1, sql="SELECT count(*) FROM users")
        equal(client.ask(query)["result"]["structuredContent"]["rows"], [[10]])
        t.server.stop()
        gone = client.ask(query | {"id": 2})
        check(gone.get("error") or gone["result"]["isError"], "no database, and yet", gone)
        t.server.start()
        found = client.ask(query | {"id": 3})
        if found.get("error") or found["result"]["isError"]:  # it may notice one call late
            found = client.ask(query | {"id": 4})
        equal(found["result"]["structuredContent"]["rows"], [[10]], found)


@test("HTTP: a request in flight is answered when the server is asked to stop, and it ends with 0")
def _(t):
    with Http(t, database(t)) as server:
        message = modern(call("postgres_query", 1, sql="SELECT count(*) FROM users u, "
                                                       "generate_series(1, 20000)"))
        connection = server.connect()
        connection.request("POST", "/mcp", json.dumps(message).encode(), server.modern_headers(message))
        wait_until(lambda: running(t) == "1" or select_ready(connection.sock), "it does not begin")
        server.process.send_signal(signal.SIGINT)
        answer = json.loads(connection.getresponse().read())
        equal(answer["result"].get("structuredContent", {}).get("rows"), [[200000]], answer)
        equal(server.stop(), 0)


def select_ready(sock):
    return bool(select.select([sock], [], [], 0)[0])


@test("HTTP: asked to stop, it gives up what does not end, and says so")
def _(t):
    with Http(t, "--timeout-ms", "600000", database(t)) as server:
        message = modern(call("postgres_query", 1, sql=FOREVER, timeout_ms=600000))
        connection = server.connect()
        connection.request("POST", "/mcp", json.dumps(message).encode(), server.modern_headers(message))
        wait_for_query(t)
        server.process.terminate()
        equal(connection.getresponse().status, 503)
        equal(server.stop(), 0)
        wait_for_query(t, "0")


@test("HTTP: asked by SIGINT again, it does not wait for what does not end")
def _(t):
    with Http(t, "--timeout-ms", "600000", database(t)) as server:
        message = modern(call("postgres_query", 1, sql=FOREVER, timeout_ms=600000))
        connection = server.connect()
        connection.request("POST", "/mcp", json.dumps(message).encode(), server.modern_headers(message))
        wait_for_query(t)
        while server.process.poll() is None:  # those that wait to be seen are one
            server.process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        equal(server.process.returncode, 130)


@test("HTTP: subscriptions/listen is acknowledged, held, and ended with the server")
def _(t):
    message = modern(request("subscriptions/listen", "sub", notifications={"toolsListChanged": True}))
    with Http(t, database(t)) as server:
        connection = server.connect()
        connection.request("POST", "/mcp", json.dumps(message).encode(),
                           {"Accept": "text/event-stream", "MCP-Protocol-Version": MODERN,
                            "Mcp-Method": "subscriptions/listen"})
        answer = connection.getresponse()
        equal(answer.getheader("Content-Type"), "text/event-stream")
        equal(answer.readline(), b"event: message\n")
        first = json.loads(answer.readline().removeprefix(b"data: "))
        equal(first["method"], "notifications/subscriptions/acknowledged")
        equal(first["params"], {"_meta": {"io.modelcontextprotocol/subscriptionId": "sub"},
                                "notifications": {}})
        server.process.terminate()
        rest = answer.read().decode()
        check('"id":"sub"' in rest and '"resultType":"complete"' in rest, rest)
        equal(server.stop(), 0)


@test("HTTP: who is silent, or dawdles over a header or a body, is cut off")
def _(t):
    starts = [b"", b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: ",
              b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{"]
    with Http(t, database(t)) as server:
        clients = [socket.create_connection((server.url.hostname, server.url.port)) for _ in starts]
        for client, start in zip(clients, starts):
            client.sendall(start)
        open_ones = list(clients)
        deadline = time.monotonic() + TIMEOUT_S
        while open_ones:
            check(time.monotonic() < deadline, len(open_ones), "are still connected")
            for client in list(open_ones):
                client.settimeout(0.2)
                try:
                    client.sendall(b"x" if client is not clients[0] else b"")
                    if client.recv(1000) == b"":
                        open_ones.remove(client)
                except TimeoutError:
                    pass
                except OSError:
                    open_ones.remove(client)
        equal(server.ask(request("tools/list"))[0], 200)


@test("what --print-config prints starts a server that works, and holds no secret")
def _(t):
    conninfo = database(t)
    config = t.outgrow("mcp", "--print-config", "--read-only", "--max-rows", "3", conninfo).expect(0)
    entry = config.json()["mcpServers"]["postgres"]
    with Stdio(t, command=[entry["command"], *entry["args"]], env=entry["env"]) as client:
        tools = [tool["name"] for tool in client.ask(request("tools/list"))["result"]["tools"]]
        check("postgres_query" in tools and "postgres_execute" not in tools, tools)
        found = client.ask(call("postgres_query", 2, sql="SELECT id FROM users ORDER BY id"))
        equal(found["result"]["structuredContent"]["rows"], [[1], [2], [3]])
        equal(client.close(), 0)
    secret = "postgresql://user:swordfish@host/app"
    for arguments, env in (([secret], {}), ([], {"DATABASE_URL": secret}),
                           (["--write-target", secret], {}),
                           (["--http", "8765"], {"OUTGROW_MCP_TOKEN": TOKEN})):
        printed = t.outgrow("mcp", "--print-config", *arguments, env=env).expect(0).out
        check("swordfish" not in printed and TOKEN not in printed, printed)
        check("${" in printed, "it does not say where the secret comes from:", printed)


@test("resources are what the tools say, prompts have their arguments in them")
def _(t):
    with Stdio(t, database(t)) as client:
        for uri, words in (("outgrow://tables", '"users"'), ("outgrow://tables/public/users", '"name"'),
                           ("outgrow://tables/public/u%73ers", '"name"'),
                           ("outgrow://health", '"status"')):
            found = client.ask(request("resources/read", uri, uri=uri))["result"]["contents"][0]
            check(found["uri"] == uri and words in found["text"], found)
        for wrong in ("outgrow://tables/public", "outgrow://tables/public/no_such", "file:///etc/passwd",
                      "outgrow://tables//users", "outgrow://tables/public/users/x"):
            equal(client.ask(request("resources/read", 1, uri=wrong))["error"]["code"], -32002, wrong)
            equal(client.ask(modern(request("resources/read", 2, uri=wrong)))["error"]["code"], -32602)
        prompt = client.ask(request("prompts/get", 3, name="tune_query",
                                    arguments={"sql": "SELECT {sql} FROM t"}))["result"]
        check("SELECT {sql} FROM t" in prompt["messages"][0]["content"]["text"], prompt)
        equal(client.ask(request("prompts/get", 4, name="tune_query"))["error"]["code"], -32602)


run()
