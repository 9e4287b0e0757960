"""proxy: stands between the program and the server, counts how often one waits for the other, and
can make the way longer.

A turn is a message of the client behind one of the server: it may have waited for that answer.
Turns are what a slow network multiplies; counting them says more than any clock."""
import collections
import os
import socket
import threading
import time

PORT = 5432
PIECE = 65536


class Direction(threading.Thread):
    """Passes on what comes from one side, each piece `delay_s` after it came."""

    def __init__(self, link, reader, writer, name):
        super().__init__(daemon=True)
        self.link, self.reader, self.writer, self.name = link, reader, writer, name
        self.pieces = collections.deque()
        self.filled = threading.Condition()
        self.sender = threading.Thread(target=self.send, daemon=True)

    def run(self):
        self.sender.start()
        while True:
            try:
                piece = self.reader.recv(PIECE)
            except OSError:
                piece = b""
            if piece:
                self.link.came(self.name, len(piece))
            with self.filled:
                # What is under way is bounded, as in a real network.
                self.filled.wait_for(lambda: len(self.pieces) < 256)
                self.pieces.append((time.monotonic() + self.link.proxy.delay_s, piece))
                self.filled.notify_all()
            if not piece:
                return

    def send(self):
        while True:
            with self.filled:
                self.filled.wait_for(lambda: self.pieces)
                due, piece = self.pieces.popleft()
                self.filled.notify_all()
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            try:
                if not piece:
                    self.writer.shutdown(socket.SHUT_WR)
                    return
                self.writer.sendall(piece)
            except OSError:
                return


class Link:
    """One connection of the client."""

    def __init__(self, proxy, client):
        self.proxy, self.last = proxy, "server"
        server = socket.socket(socket.AF_UNIX)
        server.connect(proxy.server)
        Direction(self, client, server, "client").start()
        Direction(self, server, client, "server").start()

    def came(self, side, size):
        with self.proxy.lock:
            self.proxy.bytes += size
            if side == "client" and self.last == "server":
                self.proxy.turns += 1
            self.last = side


class Proxy:
    """On a socket of its own in `folder`; the server's is in `server_folder`."""

    def __init__(self, folder, server_folder, delay_s=0.0):
        self.server = os.path.join(server_folder, f".s.PGSQL.{PORT}")
        self.folder, self.delay_s = str(folder), delay_s
        self.lock = threading.Lock()
        self.turns = self.bytes = self.connections = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder, f".s.PGSQL.{PORT}"))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            Link(self, client)

    def take_turns(self):
        """The turns since the last call."""
        with self.lock:
            turns, self.turns = self.turns, 0
        return turns

    def take_bytes(self):
        """What both sides have sent since the last call."""
        with self.lock:
            size, self.bytes = self.bytes, 0
        return size

    def url(self, target):
        """`target`, a URL of harness.Server, through here."""
        return target.split("?host=")[0] + f"?host={self.folder}"

    def close(self):
        self.listener.close()
