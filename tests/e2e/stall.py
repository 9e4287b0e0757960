"""stall: makes one chosen write to the journal sleep inside its transaction, so that a process can
be killed exactly there."""
import time

from harness import check

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
OTHERS_GONE = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
               "WHERE datname = current_database() AND pid <> pg_backend_pid()")
OTHERS = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
          "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")


def wait_for(condition, process, what, seconds=120):
    """True when it came true; false when the process ended before."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process.poll() is not None:
            return False
        check(time.monotonic() < deadline, "waited in vain for", what)
        time.sleep(0.005)
    return True


def kill(process):
    process.kill()
    process.communicate()


def quiet(t):
    """Until the server has noticed that nobody is there any more."""
    deadline = time.monotonic() + 30
    while t.psql(OTHERS) != "0":
        check(time.monotonic() < deadline, "a dead client's connection stays")
        time.sleep(0.02)
