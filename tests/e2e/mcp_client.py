"""mcp_client: a client of `outgrow mcp` that says exactly what a test wants it to say, over standard
input and output or over HTTP, with nothing of anybody's SDK in between."""
import http.client
import json
import queue
import subprocess
import threading
import urllib.parse

from harness import OUTGROW, TIMEOUT_S, check

PREFIX = "io.modelcontextprotocol/"
MODERN = "2026-07-28"


def meta(**more):
    return {PREFIX + "protocolVersion": MODERN, PREFIX + "clientCapabilities": {},
            PREFIX + "clientInfo": {"name": "e2e", "version": "1"}} | more


def request(method, id=1, **params):
    return {"jsonrpc": "2.0", "id": id, "method": method} | ({"params": params} if params else {})


def call(tool, id=1, **arguments):
    return request("tools/call", id, name=tool, arguments=arguments)


def modern(message, **more):
    """The same message as the modern revision wants it."""
    params = message.get("params", {})
    return message | {"params": params | {"_meta": params.get("_meta", {}) | meta(**more)}}


class Stdio:
    """The program started by its client; a thread reads what it writes, line by line."""

    def __init__(self, t, *arguments, env=None, command=None):
        self.process = subprocess.Popen(
            command or [OUTGROW, "mcp", *map(str, arguments)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=t.folder,
            env=t.environment | (env or {}))
        self.lines = queue.Queue()
        self.words = []
        threading.Thread(target=self.read, daemon=True).start()
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def listen(self):
        for line in self.process.stderr:
            self.words.append(line.decode(errors="replace"))

    def send(self, message):
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive(self):
        """The next message; None at the end."""
        line = self.lines.get(timeout=TIMEOUT_S)
        return None if line is None else json.loads(line)

    def ask(self, message):
        """Sends it and returns the message with its id; what comes before is dropped."""
        self.send(message)
        while True:
            found = self.receive()
            check(found is not None, "the server is gone:", *self.words)
            if found.get("id") == message["id"]:
                return found

    def close(self):
        """Ends the input; returns the exit code."""
        self.process.stdin.close()
        code = self.process.wait(TIMEOUT_S)
        self.listener.join(TIMEOUT_S)
        check("Sanitizer" not in "".join(self.words), *self.words)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Http:
    """`outgrow mcp --http` on a port of the system's choice."""

    def __init__(self, t, *arguments, env=None, address="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [OUTGROW, "mcp", "--http", address, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=t.folder,
            env=t.environment | (env or {}))
        words = self.process.stderr.readline()
        check("http" in words, "no address but", repr(words), self.process.poll())
        self.url = urllib.parse.urlsplit(words[words.index("http"):].strip())
        self.rest = []
        self.reader = threading.Thread(target=lambda: self.rest.extend(self.process.stderr),
                                       daemon=True)
        self.reader.start()

    def connect(self, **more):
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=TIMEOUT_S, **more)

    def send(self, method="POST", body=b"", path="/mcp", connection=None, **headers):
        """Status, headers and body of one exchange. A header of None is not sent."""
        connection = connection or self.connect()
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        wanted = {"Content-Type": "application/json",
                  "Accept": "application/json, text/event-stream", **headers}
        connection.request(method, path, body,
                           {k.replace("_", "-"): v for k, v in wanted.items() if v is not None})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def modern_headers(self, message):
        params = message.get("params", {})
        name = params.get("name", params.get("uri"))
        return {"MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"], "Mcp-Name": name}

    def ask(self, message, **more):
        """A modern request; status and the JSON that came."""
        message = modern(message, **more)
        status, _, body = self.send(body=message, **self.modern_headers(message))
        return status, json.loads(body)

    def stop(self):
        self.process.terminate()
        code = self.process.wait(TIMEOUT_S)
        self.reader.join(TIMEOUT_S)
        check("Sanitizer" not in "".join(self.rest), *self.rest)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
