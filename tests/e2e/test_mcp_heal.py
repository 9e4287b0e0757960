"""What `outgrow mcp` says leads back from a change, run as it is told; what others build meanwhile; and sequences
that are not like others."""
import threading

from back import Session
from harness import TIMEOUT_S, check, equal, run, test
from mcp_tools import Client, Roles, bad, good


def definition(t, table):
    return t.psql("SELECT attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, pg_get_expr(adbin, "
                  "adrelid)"
                  f" FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid ="
                  f" '{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum; SELECT conname,"
                  f" pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass"
                  " ORDER BY conname;"
                  "SELECT indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index"
                  f" WHERE indrelid = '{table}'::regclass"
                  f" ORDER BY 1")


@test("what leads back from a change of type takes away what was added first, and puts back last what was removed")
def _(t):
    t.psql("CREATE TABLE f (id int PRIMARY KEY, v int NOT NULL DEFAULT 0 CONSTRAINT zero_or_one CHECK (v IN (0, 1)), "
           "d int,"
           " g int GENERATED ALWAYS AS (d * 2) STORED); INSERT INTO f VALUES (1, 1, 5), (2, 0, 6)")
    roles = Roles(t)
    before = definition(t, "f")
    with Client(t, *roles.arguments(), "--allow-destructive") as client:
        for sql in ("ALTER TABLE f DROP CONSTRAINT zero_or_one, ALTER v DROP DEFAULT, ALTER v TYPE boolean"
                    " USING v <> 0,"
                    " ALTER v SET DEFAULT false, ADD CONSTRAINT truth CHECK (v OR NOT v)",
                    "ALTER TABLE f ALTER g TYPE bigint"):
            found = good(client, "schema_alter", sql=sql, allow_destructive=True, confirm=True)
            check(definition(t, "f") != before, sql)
            t.psql("; ".join(found["undo_sql"]))
            equal(definition(t, "f"), before, sql)
    equal(t.psql("SELECT string_agg(id || ':' || v, ' ' ORDER BY id) FROM f"), "1:1 2:0")


@test("what fell with a dropped column is told as lost, and the rest of the way back runs")
def _(t):
    t.psql("CREATE TABLE f (id int PRIMARY KEY, v int CHECK (v > 0), w int, n int, CONSTRAINT larger CHECK (w > v),"
           " CONSTRAINT whole UNIQUE (v, w)); CREATE INDEX two ON f (w, v); CREATE INDEX part ON f (w) WHERE v > 3;"
           " CREATE INDEX sum ON f ((v + w)); CREATE INDEX w_alone ON f (w)")
    roles = Roles(t)
    with Client(t, *roles.arguments(), "--allow-destructive") as client:
        found = good(client, "schema_alter", sql="ALTER TABLE f DROP COLUMN v, ADD COLUMN x int, ALTER n SET NOT NULL",
                     allow_destructive=True, confirm=True)
        equal(sorted(found["lost"]), ["column v", "constraint f_v_check", "constraint larger", "constraint whole",
                                      "index part", "index sum", "index two"])
        t.psql("; ".join(found["undo_sql"]))
        equal(t.psql("SELECT string_agg(attname || CASE WHEN attnotnull THEN '!' ELSE '' END, ' ' ORDER BY attnum)"
                     " FROM pg_attribute WHERE attrelid = 'f'::regclass AND attnum > 0 AND NOT attisdropped"),
              "id! w n")
        found = good(client, "schema_alter", sql="DROP INDEX w_alone")
        equal(found["lost"], [])
        t.psql("; ".join(found["undo_sql"]))
        equal(t.psql("SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'f'::regclass ORDER BY 1"),
              "f_pkey\nw_alone")


# Inside the server, which has seen it long before a lock's three seconds are over.
UNTIL_WAITED_FOR = f"""DO $$ BEGIN
    FOR i IN 1..{TIMEOUT_S * 100} LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'o'::regclass);
        PERFORM pg_sleep(0.01);
    END LOOP; END $$"""


def build_meanwhile(t, sql, act):
    """What `act` gives, which waits for a transaction that does `sql`, and sees nothing of it before."""
    other = Session(t, "BEGIN; " + sql)
    found = []
    acting = threading.Thread(target=lambda: found.append(act()))
    acting.start()
    other.do(UNTIL_WAITED_FOR + "; COMMIT")
    acting.join()
    other.close()
    return found[0]


@test("an index that others build at the same time stays, also of the name that is wanted, when the own one is undone")
def _(t):
    t.psql("CREATE TABLE o (id int PRIMARY KEY, c int, note text);"
           "INSERT INTO o SELECT g, g % 1000, repeat('x', 50) FROM generate_series(1, 20000) g; ANALYZE o")
    roles = Roles(t)
    slow = {"sql": "SELECT * FROM o WHERE c = $1", "params": [5]}
    names = "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'o'"
    with Client(t, *roles.arguments(), "--heal", "apply") as client:
        index = lambda: bad(client, "create_performance_index", table="o", columns=["note"], **slow)
        found = build_meanwhile(t, "CREATE INDEX theirs ON o (id, c)", index)
        check("undone" in found["error"], found)
        equal(t.psql(names), "o_pkey theirs")
        wanted = good(client, "create_performance_index", table="o", columns=["note"], dry_run=True)["name"]
        found = build_meanwhile(t, f'CREATE INDEX "{wanted}" ON o (note)', index)
        equal(found["sqlstate"], "42P07")
        equal(t.psql(names), " ".join(sorted(["o_pkey", "theirs", wanted])))
        equal(t.psql(f'DROP INDEX "{wanted}"; ' + names), "o_pkey theirs")
        build = lambda: bad(client, "schema_alter", sql="CREATE UNIQUE INDEX CONCURRENTLY ON o (note)")
        equal(build_meanwhile(t, "CREATE INDEX also_theirs ON o (c, id)", build)["sqlstate"], "23505")
        equal(t.psql(names), "also_theirs o_pkey theirs")


@test("a sequence at its end, and one whose column holds texts, do not hide the others")
def _(t):
    t.psql("CREATE TABLE last (id bigint GENERATED BY DEFAULT AS IDENTITY); "
           "INSERT INTO last VALUES (9223372036854775807);"
           "SELECT setval('last_id_seq', 9223372036854775807); CREATE SEQUENCE s; "
           "CREATE TABLE named (id text DEFAULT 'n' ||"
           " nextval('s')); ALTER SEQUENCE s OWNED BY named.id; INSERT INTO named DEFAULT VALUES;"
           "CREATE TABLE ids (id int GENERATED BY DEFAULT AS IDENTITY); INSERT INTO ids VALUES (5)")
    with Client(t, *Roles(t).arguments()) as client:
        found = good(client, "health_check", checks=["sequences_behind"])["checks"][0]
        equal((found["status"], [s["table"] for s in found["detail"]]), ("critical", ["ids"]))


run()
