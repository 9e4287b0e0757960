#!/usr/bin/python3
"""calls.py — how many `SELECT 1` a second `outgrow mcp` answers, and what one costs the processors: over
HTTP with connections kept alive, and over standard input and output with a few calls under way.

Clients send bytes made beforehand and look for the end of an answer, nothing more, so that they cost little.
The processor's time is that of outgrow and of the server's sessions alone, as the kernel counts it: it
tells something on a busy machine, too, where calls a second do not.

The program is $OUTGROW; the server is one of its own in a temporary directory."""
import argparse
import itertools
import json
import multiprocessing
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness import OUTGROW, Server
from mcp_client import MODERN, call, modern

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def body(number):
    return json.dumps(modern(call("postgres_query", number, sql="SELECT 1"))).encode()


def http_bytes():
    message = body(1)
    return (f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
            f"MCP-Protocol-Version: {MODERN}\r\nMcp-Method: tools/call\r\nMcp-Name: postgres_query\r\n"
            f"Content-Length: {len(message)}\r\n\r\n").encode() + message


def http_client(port, seconds, counts):
    request, done, until = http_bytes(), 0, time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until:
            connection.sendall(request)
            answer = connection.recv(65536)
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, rest = answer.partition(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            while len(rest) < size:
                rest += connection.recv(65536)
            if b'"rows":[[1]]' not in rest:
                raise SystemExit(f"not answered: {answer!r}")
            done += 1
    counts.put(done)


def ticks(processes):
    total = 0
    for process in processes:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total


def sessions(server):
    return server.psql("postgres", "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE backend_type "
                       "= 'client backend' AND pid <> pg_backend_pid()").decode().split()


class Figures:
    """Counts calls and ticks between two moments."""

    def __init__(self, server, process):
        self.ours, self.theirs = [process.pid], sessions(server)
        self.began = time.monotonic(), ticks(self.ours), ticks(self.theirs)

    def show(self, name, calls):
        began, ours, theirs = self.began
        us = 1e6 / TICKS_A_SECOND / calls
        print(f"{name:24} {calls / (time.monotonic() - began):8.0f} calls/s  outgrow "
              f"{(ticks(self.ours) - ours) * us:5.0f} us  PostgreSQL {(ticks(self.theirs) - theirs) * us:5.0f} us"
              "  of a processor a call", flush=True)


def run_http(server, arguments):
    command = [OUTGROW, "mcp", "--allow-superuser", "--http", "127.0.0.1:0", "--rate-limit", "0",
               "--connections", str(arguments.clients), server.url("postgres")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    port = int(process.stderr.readline().rpartition(":")[2].split("/")[0])
    drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
    counts = multiprocessing.Queue()
    for seconds, last in ((1, False), (arguments.seconds, True)):
        figures = Figures(server, process)
        clients = [multiprocessing.Process(target=http_client, args=(port, seconds, counts))
                   for _ in range(arguments.clients)]
        for client in clients:
            client.start()
        calls = sum(counts.get() for _ in clients)
        if last:
            figures.show(f"HTTP, {arguments.clients} clients", calls)
        for client in clients:
            client.join()
    process.terminate()
    process.wait()
    drain.wait()


def run_stdio(server, arguments):
    command = [OUTGROW, "mcp", "--allow-superuser", "--connections", str(arguments.clients), server.url("postgres")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    head, tail = (body(4711) + b"\n").split(b"4711")
    numbers = itertools.count()

    def send(count):
        process.stdin.write(b"".join(b"%s%d%s" % (head, next(numbers), tail) for _ in range(count)))
        process.stdin.flush()

    def ask(seconds):
        until, done = time.monotonic() + seconds, 0
        send(arguments.clients)
        while time.monotonic() < until:
            if b'"rows":[[1]]' not in process.stdout.readline():
                raise SystemExit("not answered")
            send(1)
            done += 1
        for _ in range(arguments.clients):
            process.stdout.readline()
        return done

    ask(1)
    figures = Figures(server, process)
    figures.show(f"stdio, {arguments.clients} under way", ask(arguments.seconds))
    process.stdin.close()
    process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=4)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outgrow-bench."))
    folder.chmod(0o755)
    server = None
    try:
        (folder / "pg").mkdir()
        server = Server(folder / "pg")
        run_http(server, arguments)
        run_stdio(server, arguments)
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
