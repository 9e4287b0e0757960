"""recipe: a recipe's folder copied and its README's commands run; and the comparison of a table with rows
that a test computed from the SQLite file itself, by Python's uuid, json and datetime alone."""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from harness import OUTGROW, ROOT, TIMEOUT_S, check, equal

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Json:
    """Expected of a jsonb column: the value of this text."""

    def __init__(self, text):
        self.value = json.loads(text, parse_float=Decimal)


class Recipe:
    """recipes/NAME in the test's folder, with its two commands."""

    def __init__(self, t, name):
        self.t, self.folder = t, t.folder / name
        shutil.copytree(ROOT / "recipes" / name, self.folder, ignore=shutil.ignore_patterns("source"))
        tools = t.folder / "bin"
        tools.mkdir()
        (tools / "outgrow").symlink_to(os.path.abspath(OUTGROW))
        self.environment = t.environment | {"PATH": f"{tools}:{os.environ['PATH']}", "DATABASE_URL": t.target}
        readme = (self.folder / "README.md").read_text()
        (block,) = re.findall(r"^```sh\n(.*?)^```", readme, re.M | re.S)
        self.migrate, self.verify = block.splitlines()

    def run(self, line, *codes):
        done = subprocess.run(["sh", "-c", line], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)
        check("Sanitizer" not in done.stderr, done.stderr)
        check(done.returncode in codes, line, "->", done.returncode, "\n", done.stdout[-4000:], done.stderr[-4000:])
        return done.stdout + done.stderr

    def source(self, path):
        return Source(self.folder / "source" / path)

    def namespace(self):
        (found,) = re.findall(r"^namespace: ([0-9a-f-]{36})", (self.folder / "plan.yaml").read_text(), re.M)
        return uuid.UUID(found)


class Source:
    """Rows of a SQLite file as dicts."""

    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row

    def rows(self, table):
        return [dict(row) for row in self.db.execute(f"SELECT * FROM {table} ORDER BY rowid")]

    def all(self, table):
        """Of tables without a rowid too."""
        return [dict(row) for row in self.db.execute(f"SELECT * FROM {table}")]


def moment(text):
    """ISO text, of UTC where it has no zone; nothing for nothing."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def since_epoch(number, **unit):
    """since_epoch(5, milliseconds=1): exact, unlike datetime.fromtimestamp."""
    if number is None:
        return None
    return EPOCH + number * timedelta(**unit)


def key_of(namespace, table, old):
    """What an old id becomes: itself when it is a UUID, else a UUIDv5."""
    if old is None:
        return None
    try:
        return uuid.UUID(old)
    except ValueError:
        return uuid.uuid5(namespace, f"{table}:{old}")


def json_or(text, default=None):
    """Of a jsonb column in which the empty text means NULL."""
    text = text or default
    return None if text is None else Json(text)


def same(found, expected):
    """Types count: True is not 1, '1' is not 1, and a moment is one whatever its zone."""
    if isinstance(expected, Json):
        return same(found, expected.value)
    if isinstance(expected, datetime):
        return isinstance(found, str) and datetime.fromisoformat(found) == expected
    if isinstance(expected, uuid.UUID):
        return found == str(expected)
    if isinstance(expected, bytes):
        return found == "\\x" + expected.hex()
    if isinstance(expected, float):
        return isinstance(found, (int, Decimal)) and float(found) == expected
    if isinstance(expected, dict):
        return isinstance(found, dict) and found.keys() == expected.keys() and all(
            same(found[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, Decimal):
        return isinstance(found, (int, Decimal)) and not isinstance(found, bool) and found == expected
    if isinstance(expected, int) and not isinstance(expected, bool) and isinstance(found, Decimal):
        return found == expected
    return type(found) is type(expected) and found == expected


def plain(value):
    """As a key of a dict: what to_jsonb makes of it."""
    return str(value) if isinstance(value, uuid.UUID) else value


def compare_table(t, table, key, expected):
    """Every cell of every row, and no row more."""
    found = [json.loads(line, parse_float=Decimal) for line in t.psql(
        f"SET timezone = 'UTC'; SELECT to_jsonb(r) FROM {table} AS r").split("\n") if line]
    found = {tuple(row[name] for name in key): row for row in found}
    wanted = {tuple(plain(row[name]) for name in key): row for row in expected}
    equal(len(wanted), len(expected), f"{table}: the expected rows' keys")
    for kind, some in (("missing", wanted.keys() - found.keys()), ("extra", found.keys() - wanted.keys())):
        check(not some, f"{table}: {len(some)} {kind}:", sorted(map(str, some))[:3])
    for place, row in wanted.items():
        equal(sorted(found[place]), sorted(row), f"{table}: columns")
        for name, value in row.items():
            check(same(found[place][name], value), f"{table} {place} {name}: found {found[place][name]!r}, "
                  f"expected {getattr(value, 'value', value)!r}")


def set_aside(t, altered=False):
    """{(source table, the value of its first column)}; altered: rows that arrived with another value."""
    return {(table, text) for table, text in t.rows(
        "SELECT source_table, (SELECT coalesce(v->>'text', v->>'integer') FROM json_each(\"row\"::json) AS e(k, v) "
        f"LIMIT 1) FROM outgrow.set_aside WHERE altered = {altered}")}


def not_valid(t):
    """Foreign keys that some rows violate."""
    return {tuple(row) for row in t.rows(
        "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' "
        "AND NOT convalidated AND connamespace <> 'outgrow'::regnamespace")}


def foreign_keys(t):
    return int(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 "
                      "AND connamespace <> 'outgrow'::regnamespace"))
