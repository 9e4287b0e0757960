"""A client of `outgrow mcp --http` that does not read its answer is cut off: a test that takes a minute."""
import json
import socket
import time

from harness import TIMEOUT_S, check, equal, run, test
from mcp_client import Http, call

# Its answer holds each quotation mark twice, once escaped and once twice so: more than buffers hold.
LARGE = "SELECT repeat('\"', 4000) FROM generate_series(1, 240)"
REQUEST = ("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           "Accept: application/json\r\n{more}Content-Length: {size}\r\n\r\n")


def is_served(server, client):
    """Whether the program still has this connection, as the kernel's table of sockets tells."""
    ours, theirs = ("%04X" % client.getsockname()[1], "%04X" % server.url.port)
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    # An inode of 0: the connection lives on in the kernel only, for what is on its way.
    return any(row[1].endswith(":" + theirs) and row[2].endswith(":" + ours) and row[9] != "0"
               for row in rows[1:])


def wait_until_gone(server, client):
    deadline = time.monotonic() + TIMEOUT_S
    check(is_served(server, client), "it was never there")
    while is_served(server, client):
        check(time.monotonic() < deadline, "the connection is still there")
        time.sleep(0.1)


def connect(server):
    """Takes as little as can be without being asked for more."""
    client = socket.socket(socket.AF_INET)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(TIMEOUT_S)
    client.connect((server.url.hostname, server.url.port))
    return client


def ask_for_more_than_is_read(server):
    client = connect(server)
    message = json.dumps({**call("postgres_query", 1, sql=LARGE, max_rows=10000)}).encode()
    status, headers, _ = server.send(body={"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}},
        Connection="close")
    equal(status, 200)
    session = f"Mcp-Session-Id: {headers['Mcp-Session-Id']}\r\n"
    client.sendall(REQUEST.format(size=len(message), more=session).encode() + message)
    start = client.recv(64)
    check(start.startswith(b"HTTP/1.1 200"), start)
    return client


@test("HTTP: who asks and does not read the answer is cut off; others are served meanwhile")
def _(t):
    t.psql(f"CREATE ROLE role_{t.database} LOGIN")
    with Http(t, "--connections", "1", t.target.replace("tester@", f"role_{t.database}@")) as server:
        unread = ask_for_more_than_is_read(server)
        status, found = server.ask(call("postgres_query", 5, sql="SELECT 7"))
        equal((status, found["result"]["structuredContent"]["rows"]), (200, [[7]]))
        wait_until_gone(server, unread)
        got = 0
        try:
            while chunk := unread.recv(1 << 20):
                got += len(chunk)
        except ConnectionResetError:
            pass
        check(got < 5 << 20, got, "bytes of the answer came")
        unread.close()
        equal(server.stop(), 0)


run()
