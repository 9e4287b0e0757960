"""The plan file: what it says is what PostgreSQL holds, by expectations made here."""
import subprocess
import sys

from harness import ROOT, equal, run, test

EXACT = """SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT format('%s.%s.%s %s %s %s %s %s', table_schema, table_name, column_name,
        ordinal_position, data_type, is_nullable, column_default, generation_expression) AS line
    FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'outgrow')
    UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(c.oid)) FROM pg_constraint c
        JOIN pg_namespace n ON n.oid = connamespace WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'outgrow')
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'outgrow')) x"""


def tables(t):
    return [r[0] for r in t.rows("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
                                 "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'outgrow') ORDER BY 1")]


def everything(t):
    """Schema and rows as text."""
    rows = {name: sorted(t.psql(f"SELECT x::text FROM {name} x").split("\n")) for name in tables(t)}
    return t.psql(EXACT), rows


def drop_all(t):
    schemas = t.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'")
    for (schema,) in schemas:
        t.psql(f'DROP SCHEMA "{schema}" CASCADE')
    t.psql("CREATE SCHEMA public")


def write(t, text, name="plan.yaml"):
    path = t.folder / name
    path.write_text(text)
    return path


def round_trip(t, source, *options):
    first = t.migrate(source, *options).expect(0, 6, 7)
    before = everything(t)
    drop_all(t)
    t.outgrow("plan", *options, source, "-o", "plan.yaml").expect(0)
    second = t.outgrow("migrate", "--plan", "plan.yaml", t.target).expect(0, 6, 7)
    after = everything(t)
    equal(after[0], before[0], "schema")
    equal(after[1], before[1], "rows")
    equal(second.code, first.code, "exit code")


@test("an unedited plan of the sample gives exactly the same migration")
def sample(t):
    subprocess.run([sys.executable, ROOT / "examples/make-sample-db.py", t.folder / "app.db"],
                   check=True, capture_output=True)
    round_trip(t, "app.db")


@test("an unedited plan of the nasty file gives exactly the same migration")
def nasty(t):
    subprocess.run([sys.executable, ROOT / "tests/e2e/make_nasty.py", t.folder / "nasty.db"], check=True,
                   capture_output=True)
    round_trip(t, "nasty.db")
    drop_all(t)
    (t.folder / "plan.yaml").unlink()
    round_trip(t, "nasty.db", "--types", "evolve")


if __name__ == "__main__":
    run()
