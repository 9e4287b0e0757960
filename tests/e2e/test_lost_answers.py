#!/usr/bin/python3
"""The connection breaks after COMMIT was sent and before its answer came: nobody can know whether it was done. Tried
with each COMMIT of a round, a switch and a return in turn, and by breaking before it is sent, too."""
import os
import socket
import threading

from harness import check, equal, run, test
from live_move import begin, of_source, of_target, same, seed, state, sync_once, writable, write_source, write_target

PORT = 5432
COMMIT = b"COMMIT"


class Breaking:
    """Stands between the program and the server. The n-th COMMIT is passed on, or not, and the connection ends; what
    the server says from there on nobody hears."""

    def __init__(self, t, number, passed_on):
        self.server = os.path.join(t.server.directory, f".s.PGSQL.{PORT}")
        self.left, self.passed_on, self.lock = number, passed_on, threading.Lock()
        self.folder = t.folder / f"b{number}{int(passed_on)}"
        self.folder.mkdir(exist_ok=True)
        self.path = self.folder / f".s.PGSQL.{PORT}"
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(16)
        self.url = t.target.split("?host=")[0] + f"?host={self.folder}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.server)
            threading.Thread(target=self.to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=self.to_client, args=(client, server), daemon=True).start()

    def is_it(self, count):
        with self.lock:
            before, self.left = self.left, self.left - count
            return before > 0 and self.left <= 0

    def to_server(self, client, server):
        last = b""
        while True:
            piece = self.receive(client)
            here = last[-len(COMMIT) + 1:] + piece
            last = piece
            try:
                if self.is_it(here.count(COMMIT)):
                    client.shutdown(socket.SHUT_RDWR)  # before the server can answer
                    if self.passed_on:
                        server.sendall(piece)
                    server.shutdown(socket.SHUT_WR)
                    return
                if not piece:
                    server.shutdown(socket.SHUT_WR)
                    return
                server.sendall(piece)
            except OSError:
                return

    def to_client(self, client, server):
        while piece := self.receive(server):
            try:
                client.sendall(piece)
            except OSError:
                pass  # the server's words are read until it ends: so it does end
        for end in client, server:
            end.close()

    @staticmethod
    def receive(end):
        try:
            return end.recv(65536)
        except OSError:
            return b""

    @property
    def broke(self):
        return self.left <= 0

    def close(self):
        self.listener.close()


def with_each_commit(t, words, check_then):
    """The command through a connection that breaks at its first COMMIT, its second, ... until it gets through."""
    number = 0
    while True:
        number += 1
        done = []
        for passed_on in True, False:
            way = Breaking(t, number, passed_on)
            result = t.outgrow(*(way.url if word is t else word for word in words))
            way.close()
            done.append(not way.broke)
            check_then(number, passed_on, way.broke, result)
        if all(done):
            return number
        check(number < 60, "there is no end of COMMITs")


@test("an answer to COMMIT that is lost makes a round neither missed nor done twice")
def _(t):
    path = seed(t)
    begin(t, path)
    turn = [0]

    def then(number, passed_on, broke, result):
        check(result.code == 0 or broke, number, result.code, result.err)
        sync_once(t, path).expect(0)
        same(t, path)
        change()

    def change():
        turn[0] += 1
        write_source(path, f"INSERT INTO users (name) VALUES ('turn {turn[0]}')", "INSERT INTO events VALUES ('e', 1)",
                     f"UPDATE orders SET amount = amount + 1 WHERE id = {turn[0]}",
                     "DELETE FROM events WHERE rowid % 17 = 3")

    change()
    check(with_each_commit(t, ("sync", "--once", path, t), then) > 1, "no COMMIT was met")


@test("an answer to COMMIT that is lost in a switch or a return: at most one side takes writes, "
      "the same command ends it")
def _(t):
    path = seed(t)
    begin(t, path)
    seen = set()

    def then(number, passed_on, broke, result):
        check(result.code == 0 or broke, number, result.code, result.err)
        seen.add((state(t), *writable(t, path)))
        t.outgrow("cutover", "--budget", "60s", path, t.target).expect(0)
        equal((state(t), writable(t, path)), ("switched", ["target"]), f"{number} {passed_on}")
        rows = same(t, path)
        check(rows == truth[0], number, passed_on, "rows")
        write_target(t, f"INSERT INTO users (name) VALUES ('there {number} {passed_on}')",
                     "INSERT INTO events VALUES ('t', 1)")
        before = of_target(t)
        back(number, passed_on)
        equal(of_source(path), before, f"{number} {passed_on}: returned")
        write_source(path, f"INSERT INTO users (name) VALUES ('here {number} {passed_on}')")
        truth[0] = of_source(path)

    def back(number, passed_on):
        way = Breaking(t, number, passed_on)
        result = t.outgrow("return", "--budget", "60s", path, way.url)
        way.close()
        check(result.code == 0 or way.broke, number, result.code, result.err)
        seen.add((state(t), *writable(t, path)))
        t.outgrow("return", "--budget", "60s", path, t.target).expect(0)
        equal((state(t), writable(t, path)), ("syncing", ["source"]), f"return {number} {passed_on}")

    write_source(path, "INSERT INTO users (name) VALUES ('here')")
    truth = [of_source(path)]
    many = with_each_commit(t, ("cutover", "--budget", "60s", "--attempts", "1", path, t), then)
    print(f"# {many} COMMITs; seen:", *sorted(map("/".join, seen)), flush=True)
    check({("syncing", "source"), ("switched", "target")} < seen, seen)


run()
