"""stall: holds a process at a place that is known, so that it can be killed, stopped or looked at there:
one chosen write to the journal sleeps inside its transaction, or no index is made while a gate is closed.
What waits here waits for a condition, and a process that ended before it came true is told apart."""
import contextlib
import subprocess
import time

from harness import TIMEOUT_S, check, client_program

# Sequences are not rolled back, so the count goes on over transactions and connections.
STALL = """
CREATE SCHEMA stall;
CREATE SEQUENCE stall.writes;
CREATE TABLE stall.at (n bigint, seconds float);
INSERT INTO stall.at VALUES (-1, 0);
CREATE FUNCTION stall.stall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('stall.writes') = (SELECT n FROM stall.at) THEN
        PERFORM pg_sleep((SELECT seconds FROM stall.at));
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE journal regclass;
BEGIN
    FOR journal IN SELECT oid FROM pg_class
                   WHERE relnamespace = 'outgrow'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('CREATE TRIGGER stall AFTER INSERT OR UPDATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION stall.stall()', journal);
    END LOOP;
END $$;
"""
STALLED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
# A switch whose pause is bounded already, and which waits for SQLite's lock: nothing else ends in these words.
PAUSE_WAITS = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND state = 'idle in transaction' "
               "AND query LIKE 'SET LOCAL lock_timeout = %; SET LOCAL statement_timeout%'")
OTHERS_GONE = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
               "WHERE datname = current_database() AND pid <> pg_backend_pid()")
OTHERS = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
          "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")


def wait_for(condition, process, what, seconds=TIMEOUT_S):
    """True when it came true; false when the process ended before."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            return False
        check(time.monotonic() < deadline, "waited in vain for", what)
        time.sleep(0.005)
    return True


def must_see(condition, process, what):
    """Waits; the process may not end before."""
    if not wait_for(condition, process, what):
        raise AssertionError(f"exit code {process.returncode} before: {what}; {process.communicate()}")


def kill(process):
    process.kill()
    process.communicate()


def quiet(t):
    """Until the server has noticed that nobody is there any more."""
    deadline = time.monotonic() + TIMEOUT_S
    while t.psql(OTHERS) != "0":
        check(time.monotonic() < deadline, "a dead client's connection stays")
        time.sleep(0.02)


@contextlib.contextmanager
def held(t, sql):
    """A transaction that has done this stays open meanwhile."""
    holder = subprocess.Popen([client_program("psql"), "-X", "-qAt", "-v", "ON_ERROR_STOP=1", t.target],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holder.stdin.write(f"BEGIN; {sql};\n\\echo held\n")
    holder.stdin.flush()
    check("held\n" in iter(holder.stdout.readline, ""), "psql ends with:", sql)
    try:
        yield
    finally:
        holder.communicate("ROLLBACK;\n", timeout=TIMEOUT_S)


def locked(t, table):
    """Nobody can read it meanwhile."""
    return held(t, f"LOCK TABLE {table}")


class Gate:
    """While it is closed no index is made in this database: a migration gets as far as that and no further,
    however fast it is."""

    GATE = """
        CREATE SCHEMA IF NOT EXISTS gate;
        CREATE OR REPLACE FUNCTION gate.pass() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace) THEN -- the journal may be made
                PERFORM pg_advisory_xact_lock_shared(4711, 1);
            END IF;
        END $$;
        DROP EVENT TRIGGER IF EXISTS gate;
        CREATE EVENT TRIGGER gate ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION gate.pass();"""
    AT_GATE = ("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711 AND NOT granted "
               "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")

    def __init__(self, t):
        self.t = t

    def __enter__(self):
        self.t.psql(self.GATE)
        self.keeper = subprocess.Popen([client_program("psql"), "-X", "-q", "-At", "-d", self.t.target], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.keeper.stdin.write("SELECT pg_advisory_lock(4711, 1) IS NOT NULL;\n")
        self.keeper.stdin.flush()
        check(self.keeper.stdout.readline() == "t\n", "the gate does not close")
        return self

    def is_reached(self):
        return self.t.psql(self.AT_GATE) == "t"

    def open(self):
        """Also when the server is gone, which opens it, too."""
        if self.keeper.poll() is None:
            self.keeper.communicate()

    def __exit__(self, *_):
        self.open()
