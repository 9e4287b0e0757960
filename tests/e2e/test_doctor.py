#!/usr/bin/python3
"""What stands between the program and its server: TLS, PgBouncer."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess

from compare import compare
from harness import (TIMEOUT_S, Server, Skip, check, client_program, die_with_parent, equal, run, server_programs,
                     test)
from stall import must_see, wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(server):
    """Self-signed, for localhost; readable by the server's user alone."""
    if shutil.which("openssl") is None:
        raise Skip("openssl is not installed")
    key, certificate = server.data / "server.key", server.data / "server.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    key.chmod(0o600)
    if os.geteuid() == 0:
        for path in key, certificate:
            shutil.chown(path, "postgres", "postgres")
    return certificate


def is_ready(server, port):
    return subprocess.run([client_program("pg_isready"), "-q", "-h", server.directory, "-p", str(port)]).returncode == 0


def start_with_tls(server, folder):
    """Somebody else may take a free port before it does: then on another one."""
    for _ in range(5):
        port = free_port()
        with open(server.log, "a") as log:
            process = subprocess.Popen(
                [server_programs() / "postgres", "-D", server.data, "-k", folder, "-p", str(port), "-c",
                 "listen_addresses=localhost", "-c", "ssl=on", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd="/", preexec_fn=die_with_parent, **server.as_user)
        if wait_for(lambda: is_ready(server, port), process, "the server with TLS"):
            return process, port
    raise AssertionError("the server does not start: " + server.log.read_text())


@contextlib.contextmanager
def tls_server(t):
    """A second server that also listens on localhost, with TLS."""
    folder = t.folder / "tls"
    folder.mkdir()
    server = Server(folder)
    server.stop()
    certificate = make_certificate(server)
    process, port = start_with_tls(server, folder)
    try:
        yield f"postgresql://tester@localhost:{port}/postgres", certificate
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(TIMEOUT_S)


def encryption(t, url):
    found = t.outgrow("doctor", "--json", url).expect(0).json()
    finding, = [c for c in found["checks"] if "encrypt" in c["name"].lower()]
    return finding


@test("doctor tells an encrypted connection from one that is not, and a move goes through it")
def _(t):
    with tls_server(t) as (url, certificate):
        secure = encryption(t, url + "?sslmode=verify-full&sslrootcert=" + str(certificate))
        equal(secure["state"], "ok", secure)
        check("TLS" in secure["value"], secure)
        plain = encryption(t, url + "?sslmode=disable")
        check("TLS" not in plain["value"] and "own address" in plain["value"], plain)
        source = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);"
                                    "INSERT INTO t VALUES (1, 'a'), (2, 'b');")
        t.outgrow("migrate", source, url + "?sslmode=require").expect(0)


@test("a certificate that is not trusted is refused, and the message says which setting asked for it")
def _(t):
    with tls_server(t) as (url, _):
        result = t.outgrow("doctor", url + "?sslmode=verify-full").expect(4)
        check("certificate" in result.out + result.err, result.out, result.err)


def listens(path):
    """A socket has its name before anybody is heard there."""
    with socket.socket(socket.AF_UNIX) as end:
        return end.connect_ex(str(path)) == 0


@contextlib.contextmanager
def pgbouncer(t, mode):
    program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        raise Skip("pgbouncer is not installed")
    folder = t.folder / "bouncer"
    folder.mkdir(mode=0o777, exist_ok=True)
    folder.chmod(0o777)
    port = 6432  # names the socket in this folder, and nothing else
    (folder / "users").write_text('"tester" ""\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={t.server.directory}\n[pgbouncer]\nunix_socket_dir = {folder}\nlisten_port = {port}\n"
        f"auth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\nlogfile = {folder}/log\n"
        "ignore_startup_parameters = extra_float_digits,options\n")
    process = subprocess.Popen([program, "-q", folder / "ini"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               cwd="/", **t.server.as_user)
    try:
        must_see(lambda: listens(folder / f".s.PGSQL.{port}"), process, "that it listens")
        yield f"postgresql://tester@/{t.database}?host={folder}&port={port}"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@test("doctor notices a PgBouncer that pools by transaction")
def _(t):
    with pgbouncer(t, "transaction") as url:
        found = t.outgrow("doctor", "--json", url).json()
        finding, = [c for c in found["checks"] if c["name"] == "pooler"]
        equal(finding["state"], "fail", finding)
    source = t.sqlite("app.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a');")
    t.migrate(source).expect(0)
    with pgbouncer(t, "transaction") as url:
        for command in (("migrate", "--replace"), ("verify",), ("sync",)):
            said = t.outgrow(*command, source, url).expect(4).err
            check("transaction mode" in said and "name the server itself" in said, command, said)
    equal(t.psql("SELECT count(*) FROM outgrow.runs"), "1", "runs")


@test("through a PgBouncer that pools by session everything arrives")
def _(t):
    source = t.sqlite("app.db", "".join(
        f"CREATE TABLE t{i} (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t{i} VALUES (1, 'a'), (2, NULL);"
        for i in range(30)))
    with pgbouncer(t, "session") as url:
        t.outgrow("migrate", "--jobs", "2", source, url).expect(0)
        t.outgrow("verify", source, url).expect(0)
    compare(source, t.target)


run()
