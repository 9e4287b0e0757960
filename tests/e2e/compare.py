#!/usr/bin/python3
"""compare FILE CONNINFO: is every cell of a SQLite file in PostgreSQL? Shares nothing with outgrow:
Python's sqlite3 on one side, psql's COPY as text on the other, and rules written from the manuals.

source rows = target rows + rows in outgrow.set_aside, as multisets: order, keys and chunks do not
matter. Rows are compared by an order-free digest first; only where it differs, one by one."""
import collections
import datetime
import decimal
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import uuid

Decimal = decimal.Decimal
decimal.getcontext().prec = 2000
decimal.getcontext().Emax = 999999
EPOCH = datetime.datetime(1970, 1, 1)
UNITS = {"seconds": 1_000_000, "milliseconds": 1000, "microseconds": 1}
ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
MOMENT = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d))?[T ]?(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?"
                    r"\s*(Z|z|[+-]\d\d(?::?\d\d)?(?::\d\d)?)?")


class Text(bytes):
    """TEXT as the file has it; plain bytes are a BLOB."""


class Difference(Exception):
    pass


def moment(text):
    """A date, time or both as microseconds since 1970 (zone applied), or None."""
    match = MOMENT.fullmatch(text.strip())
    if not match or not text:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if fraction and len(fraction) > 6 and fraction[6:].strip("0"):
        return None
    try:
        when = datetime.datetime(int(year or 1970), int(month or 1), int(day or 1), int(hour or 0),
                                 int(minute or 0), int(second or 0))
    except ValueError:
        return None
    micros = (when - EPOCH) // datetime.timedelta(microseconds=1)
    micros += int((fraction or "0").ljust(6, "0")[:6])
    if zone and zone not in "Zz":
        digits = zone[1:].replace(":", "").ljust(6, "0")
        shift = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:6])
        micros -= (shift if zone[0] == "+" else -shift) * 1_000_000
    return micros


def parse_json(text):
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def frozen(tree):
    """A parsed JSON as something hashable; the order of keys does not count in jsonb."""
    if isinstance(tree, dict):
        return ("object", tuple(sorted((key, frozen(value)) for key, value in tree.items())))
    if isinstance(tree, list):
        return ("array", tuple(frozen(value) for value in tree))
    return (type(tree).__name__, str(tree.normalize()) if isinstance(tree, Decimal) else tree)


def plain(number):
    """One spelling for equal numbers; an infinity is one too."""
    if isinstance(number, float) and number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    return str(exact.normalize() + 0)


TRUE, FALSE = ("1", "t", "true", "yes", "y", "on"), ("0", "f", "false", "no", "n", "off")


def of_target(cell, kind):
    """A cell of COPY's text format in its canonical form."""
    if cell is None:
        return None
    if kind == "bytea":
        return bytes.fromhex(cell[2:].decode())
    if kind in ("text", "varchar", "json", "bpchar"):
        return bytes(cell)
    text = cell.decode()
    if kind == "boolean":
        return text == "t"
    if kind in ("bigint", "numeric"):
        return plain(float(text)) if "Inf" in text else plain(text)
    if kind == "double":
        return plain(float(text))
    if kind == "uuid":
        return uuid.UUID(text).hex
    if kind == "jsonb":
        return frozen(parse_json(text))
    return moment(text)


def number_of_text(value):
    return plain(value.decode().strip()) if re.fullmatch(rb"[+-]?\d+(\.\d+)?", value) else value


def of_source_text(value, kind):
    if kind in ("text", "varchar", "json", "bytea", "bpchar"):
        return bytes(value)
    if kind == "boolean":
        word = value.decode().lower()
        return True if word in TRUE else False if word in FALSE else value
    if kind in ("bigint", "numeric", "double"):
        return number_of_text(value)
    if kind == "uuid":
        return uuid.UUID(value.decode()).hex
    if kind == "jsonb":
        return frozen(parse_json(value.decode()))
    return moment(value.decode())


def of_source(value, kind, unit):
    """The form that of_target must find for this value."""
    if value is None:
        return None
    if isinstance(value, Text):
        return of_source_text(value, kind)
    if isinstance(value, bytes):
        return uuid.UUID(bytes=value).hex if kind == "uuid" else value
    if kind == "boolean" and value in (0, 1):
        return bool(value)
    if kind in ("bigint", "numeric", "double"):
        return plain(value)
    if kind in ("text", "varchar", "bytea", "bpchar"):
        return repr(value).encode() if isinstance(value, float) else str(value).encode()
    if kind in ("date", "time", "timestamp", "timestamptz") and unit:
        return int(Decimal(value) * UNITS[unit])
    return ("no", kind, "holds", value)


def short_kind(declared):
    name = re.sub(r"\(.*?\)", "", declared)
    return {"character varying": "varchar", "character": "bpchar", "double precision": "double",
            "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
            "time without time zone": "time"}.get(name, name)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Target:
    """The latest run of the source `path` (or of any, when it was moved from elsewhere)."""

    def __init__(self, path, conninfo, psql="psql"):
        self.path = os.path.realpath(path)
        self.command = [psql, "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-f", "-"]

    def copy(self, query):
        """Rows as tuples of bytes or None, streamed."""
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdin.write(f"SET timezone = 'UTC'; SET bytea_output = hex; SET datestyle = 'ISO';"
                            f"SET standard_conforming_strings = on;"
                            f"COPY ({query}) TO STDOUT;\n".encode())
        process.stdin.close()
        for line in process.stdout:
            yield tuple(map(self.cell, line.rstrip(b"\n").split(b"\t")))
        problem = process.stderr.read().decode(errors="replace")
        if process.wait() != 0:
            raise Difference(f"psql: {problem}\n{query}")

    @staticmethod
    def cell(field):
        if field == rb"\N":
            return None
        if b"\\" not in field:
            return field
        return re.sub(rb"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), field, flags=re.DOTALL)

    def text(self, query):
        return [tuple(None if c is None else c.decode() for c in row) for row in self.copy(query)]

    def load(self):
        """The run, its tables and their columns, in few queries: psql is slow to start."""
        run_id = self.text("SELECT coalesce(max(run_id) FILTER (WHERE source_path = "
                           f"{literal(self.path)}), max(run_id)) FROM outgrow.runs")[0][0]
        self.places = {row[0]: row[1:] for row in self.text(
            "SELECT source_table, target_schema, target_table FROM outgrow.tables "
            f"WHERE problem IS NULL AND run_id = {run_id}")}
        self.columns = collections.defaultdict(list)
        for schema, table, name, kind in self.text(
                "SELECT nspname, relname, attname, format_type(atttypid, atttypmod) "
                "FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
                "JOIN pg_namespace n ON n.oid = relnamespace WHERE attnum > 0 "
                "AND NOT attisdropped AND attname <> '_outgrow_rowid' AND relkind IN ('r', 'p')"
                " AND nspname <> 'pg_catalog' "
                "ORDER BY attrelid, attnum"):
            self.columns[schema, table].append((name, short_kind(kind)))
        self.set_aside = collections.defaultdict(list)
        for table, row, column, altered in self.text(
                'SELECT source_table, "row", column_name, altered FROM outgrow.set_aside '
                f"WHERE run_id = {run_id}"):
            self.set_aside[table].append((json.loads(row), column, altered == "t"))
        return self


def lossless(value):
    """How outgrow.set_aside writes a value (a real is compared as a number)."""
    if value is None:
        return None
    if isinstance(value, Text):
        try:
            decoded = value.decode()
            if "\0" not in decoded:
                return ("text", decoded)
        except UnicodeDecodeError:
            pass
        return ("text_hex", value.hex())
    if isinstance(value, bytes):
        return ("blob", value.hex())
    return ("real", value) if isinstance(value, float) else ("integer", str(value))


def set_aside_key(row):
    def one(value):
        if value is None:
            return None
        ((kind, text),) = value.items()
        return (kind, float(text) if kind == "real" else text.lower() if "hex" in kind or
                kind == "blob" else text)
    return tuple(one(value) for value in row.values())


class Source:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.text_factory = Text
        for name in ("app_collation",):
            self.db.create_collation(name, lambda a, b: (a > b) - (a < b))

    def tables(self):
        return [row[0].decode() for row in self.db.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
            "AND name NOT LIKE 'sqlite^_%' ESCAPE '^' AND name NOT LIKE '^_outgrow^_%' ESCAPE '^'")]

    def columns(self, table):
        return [row[1].decode() for row in self.db.execute(
            f"PRAGMA table_xinfo({quoted(table)})")]

    def rows(self, table):
        names = ", ".join(quoted(name) for name in self.columns(table))
        return self.db.execute(f"SELECT {names} FROM {quoted(table)}")


def digest(row):
    row = [hashlib.blake2b(cell).digest() if isinstance(cell, bytes) and len(cell) > 200 else cell
           for cell in row]
    return int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), "big")


def epoch_units(source, target, table, where, columns):
    """For columns of moments that hold numbers in the source: the unit that fits their extremes."""
    units = []
    for (name, kind), source_name in zip(columns, source.columns(table)):
        unit = None
        if kind in ("date", "time", "timestamp", "timestamptz"):
            query = f"SELECT max({quoted(source_name)}) FROM {quoted(table)} " \
                    f"WHERE typeof({quoted(source_name)}) IN ('integer', 'real')"
            top = source.db.execute(query).fetchone()[0]
            if top is not None:
                found = moment(target.text(f"SELECT max({quoted(name)}) FROM {where}")[0][0])
                unit = next((u for u in UNITS if int(Decimal(top) * UNITS[u]) == found), None)
        units.append(unit)
    return units


class Table:
    """The comparison of one table."""

    def __init__(self, source, target, name, place):
        self.source, self.target, self.name = source, target, name
        self.where = ".".join(map(quoted, place))
        self.columns = target.columns[place]
        expected = len(source.columns(name))
        if len(self.columns) != expected:
            raise Difference(f"{name}: {len(self.columns)} columns instead of {expected}")
        self.units = epoch_units(source, target, name, self.where, self.columns)
        self.gone, self.altered = collections.Counter(), collections.defaultdict(set)
        names = source.columns(name)
        for row, column, altered in target.set_aside[name]:
            key = set_aside_key(row)
            if altered:
                self.altered[key].add(names.index(column))
            else:
                self.gone[key] += 1

    def source_rows(self):
        """Canonical rows that must have arrived; an altered cell is what cleaning leaves of it."""
        gone = self.gone.copy()
        for row in self.source.rows(self.name):
            key = tuple(map(lossless, row)) if gone or self.altered else None
            if gone and gone[key] > 0:
                gone[key] -= 1
                continue
            cleaned = self.altered.get(key, ())
            yield tuple(self.cleaned(v) if i in cleaned else of_source(v, kind, self.units[i])
                        for i, (v, (_, kind)) in enumerate(zip(row, self.columns)))
        if +gone:
            raise Difference(f"{self.name}: set aside, but not in the source: {list(+gone)[:3]}")

    @staticmethod
    def cleaned(value):
        """Without U+0000 and without the bytes that are not UTF-8."""
        return value.decode("utf-8", "ignore").replace("\0", "").encode()

    def target_rows(self):
        # the right side has all its columns named: a table may hide the row's own name
        names = ", ".join(quoted(name) for name, _ in self.columns)
        for row in self.target.copy(f"SELECT {names} FROM {self.where}"):
            yield tuple(of_target(cell, kind) for cell, (_, kind) in zip(row, self.columns))

    def run(self):
        total, count = 0, 0
        for row in self.source_rows():
            total, count = total + digest(row), count + 1
        for row in self.target_rows():
            total, count = total - digest(row), count - 1
        if total or count:
            self.explain(count)

    def explain(self, count):
        """Digests differ: name rows, or find that only the spelling of reals in text did."""
        left = collections.Counter(self.source_rows())
        right = collections.Counter(self.target_rows())
        missing, extra = left - right, right - left
        for row in list(missing.elements()):
            twin = next((other for other in extra if self.loosely_equal(row, other)), None)
            if twin is not None:
                missing[row] -= 1
                extra[twin] -= 1
                extra = +extra
        missing = +missing
        if missing or extra:
            shown = [f"  {side} {str(row)[:400]}" for side, rows in
                     (("source", missing), ("target", extra)) for row in list(rows)[:3]]
            raise Difference(f"{self.name} ({[k for _, k in self.columns][:20]}): {count} rows too "
                             f"few; {sum(missing.values())} missing, {sum(extra.values())} extra\n"
                             + "\n".join(shown))

    def loosely_equal(self, row, other):
        return all(a == b or self.same_real(a, b) for a, b in zip(row, other))

    @staticmethod
    def same_real(a, b):
        """Two spellings of one double, as in 1e+300 and 1.0e300."""
        if not (isinstance(a, bytes) and isinstance(b, bytes)):
            return False
        try:
            return float(a) == float(b) and b.strip(b"-0123456789") != b""
        except ValueError:
            return False


def compare(path, conninfo, psql="psql", expected_problems=()):
    """Raises Difference. Returns {table: rows set aside}."""
    source, target = Source(path), Target(path, conninfo, psql).load()
    places = target.places
    missing = set(source.tables()) - set(places) - set(expected_problems)
    if missing:
        raise Difference(f"tables that did not come over: {sorted(missing)}")
    counts, faults = {}, []
    for name in source.tables():
        if name in places:
            try:
                table = Table(source, target, name, places[name])
                table.run()
                counts[name] = sum(table.gone.values())
            except Difference as difference:
                faults.append(str(difference))
    if faults:
        raise Difference("\n".join(faults))
    return counts


if __name__ == "__main__":
    try:
        print("same;", {k: v for k, v in compare(*sys.argv[1:3]).items() if v} or "nothing",
              "set aside")
    except Difference as found:
        sys.exit(f"different: {found}")
