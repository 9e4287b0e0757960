"""Is every cell of a SQLite file in PostgreSQL, and every row that is not, set aside and listed?
Reads both sides itself; of outgrow it takes only which table and column became which, and what it
says of rows and values that it could not store."""
import collections
import json
import re
import sqlite3

import meaning
from edits import ADDED
from meaning import Doubtful, Text, Unfit


LONG_NAMES = {"varchar(20)": "character varying(20)", "char(5)": "character(5)", "numeric(6)": "numeric(6,0)",
              "time": "time without time zone", "timestamp": "timestamp without time zone",
              "timestamptz": "timestamp with time zone"}


class Difference(Exception):
    pass


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


class Source:
    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{str(path).replace('?', '%3f').replace('#', '%23')}?mode=ro", uri=True,
                                  isolation_level=None)
        self.db.text_factory = lambda raw: raw.decode(errors="surrogateescape")
        self.encoding = self.value("PRAGMA encoding")

    def value(self, sql):
        row = self.db.execute(sql).fetchone()
        return row and row[0]

    def tables(self):
        return [row[0] for row in self.db.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND name NOT LIKE 'sqlite^_%' ESCAPE '^'")]

    def columns(self, table):
        """(name, declared type, not null, default, place in the key, hidden)"""
        return [row[1:] for row in self.db.execute(f"PRAGMA main.table_xinfo({quoted(table)})")]

    def is_strict(self, table):
        return next(row[0] for row in self.db.execute("SELECT strict FROM pragma_table_list WHERE schema = 'main'"
                                                      " AND name = ?", (table,)))

    def cells(self, relation, names):
        """Rows of None, int, float, bytes and Text."""
        terms = ", ".join(f"typeof({q}), CASE typeof({q}) WHEN 'text' THEN CAST({q} AS BLOB) ELSE {q} END"
                          for q in map(quoted, names))
        for row in self.db.execute(f"SELECT {terms} FROM {quoted(relation)}"):
            yield tuple(meaning.text_of(value, self.encoding) if kind == "text" else value
                        for kind, value in zip(row[::2], row[1::2]))


def lossless(cell, encoding):
    """As outgrow.set_aside writes a cell."""
    if cell is None:
        return None
    if isinstance(cell, Text):
        if cell.broken is not None and encoding != "UTF-8":
            return f"text_{encoding.lower().replace('-', '')}_hex", cell.broken.hex()
        if cell.broken is None and b"\0" not in cell:
            return "text", cell.decode()
        return "text_hex", cell.hex()
    if isinstance(cell, bytes):
        return "blob", cell.hex()
    return ("real", repr(cell)) if isinstance(cell, float) else ("integer", str(cell))


def aside_cell(value):
    if value is None:
        return None
    ((kind, text),) = value.items()
    return kind, repr(float(text)) if kind == "real" else text.lower() if "hex" in kind or kind == "blob" else text


class Target:
    def __init__(self, connection):
        self.connection = connection
        self.rows = connection.execute
        self.rows("SET datestyle = ISO; SET timezone = UTC; SET search_path = pg_catalog")

    def columns(self, schema, table):
        return self.rows("SELECT attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity, "
                         "attnum "
                         f"FROM pg_attribute WHERE attrelid = {literal(f'{quoted(schema)}.{quoted(table)}')}::regclass "
                         "AND attnum > 0 AND NOT attisdropped ORDER BY attnum")

    def relation(self, schema, name):
        return self.rows("SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                         f" WHERE relname = {literal(name)} "
                         f"AND nspname = {literal(schema)}")

    def cells(self, schema, table, names):
        for row in self.rows(f"SELECT {', '.join(f'{quoted(n)}::text' for n in names)}"
                             f" FROM {quoted(schema)}.{quoted(table)}"):
            yield tuple(None if cell is None else cell.encode() for cell in row)


class Column:
    """One column on both sides."""

    def __init__(self, number, source, target, kind, unit, wish):
        self.number, self.source, self.target = number, source, target
        self.kind, self.unit, self.wish = kind, unit, wish

    def of_source(self, cell):
        if isinstance(cell, Text) and cell.broken is None and bytes(cell) in self.wish.nulls:
            cell = None
        if cell is None and self.wish.fill is not None:
            cell = Text(self.wish.fill.encode())
            if self.kind == "double precision":
                cell = float(cell)
        return meaning.of_source(cell, self.kind, self.unit, self.wish.zone)


class Move:
    """One migration: what went where, as the journal and the report say."""

    def __init__(self, path, connection, report, plan):
        self.source, self.target, self.report = Source(path), Target(connection), report
        self.run = int(self.target.rows("SELECT max(run_id) FROM outgrow.runs")[0][0])
        self.places = {name: (schema, table) for name, schema, table in self.target.rows(
            "SELECT source_table, target_schema, target_table FROM outgrow.tables WHERE problem IS NULL"
            f" AND run_id = {self.run}")}
        self.said = {table["source"]: table for table in report["tables"]}
        self.plan, self.units = plan, plan.units()
        self.aside = collections.defaultdict(list)
        for table, row, column, altered, nulled, reason in self.target.rows(
                'SELECT source_table, "row", column_name, altered, nulled, reason FROM outgrow.set_aside '
                f"WHERE run_id = {self.run}"):
            key = tuple(map(aside_cell, json.loads(row).values()))
            self.aside[table].append((key, column, altered == "t", nulled == "t", reason))

    def columns(self, name):
        source = [column[0] for column in self.source.columns(name)]
        found = {row[0]: row for row in self.target.columns(*self.places[name])}
        added, out = self.plan.added(name), []
        for said in self.said[name]["columns"]:
            if said["name"] not in found:
                raise Difference(f"{name}: no column {said['name']!r} in PostgreSQL")
            if said["source"] is not None and said["source"] not in added:
                wish = self.plan.column(name, said["source"])
                out.append(Column(source.index(said["source"]), said["source"], said["name"], found[said["name"]][1],
                                  self.units.get((name, said["source"])), wish))
                self.is_as_asked(name, out[-1], wish)
        missing = {column for column in source if not self.plan.column(name, column).skipped} - {c.source for c in out}
        if missing:
            raise Difference(f"{name}: columns that did not come over: {missing}")
        return out

    @staticmethod
    def is_as_asked(name, column, wish):
        if wish.skipped:
            raise Difference(f"{name}.{column.source}: the plan leaves it out, and it is there")
        if wish.kind and column.kind != LONG_NAMES.get(wish.kind, wish.kind):
            raise Difference(f"{name}.{column.source}: is {column.kind}, the plan says {wish.kind}")
        if wish.name and column.target != wish.name:
            raise Difference(f"{name}.{column.source}: is named {column.target!r}, the plan says {wish.name!r}")

    def added(self, name):
        """Columns that only the plan has hold their default in every row."""
        for column, kind in self.plan.added(name).items():
            (wrong,), = self.target.rows(f"SELECT count(*) FROM {'.'.join(map(quoted, self.places[name]))} "
                                         f"WHERE {quoted(column)} IS DISTINCT FROM {literal(ADDED[kind])}::{kind}")
            if wrong != "0":
                raise Difference(f"{name}: {wrong} rows without the default of {column!r}")

    def compare(self):
        """All faults that are found, in words."""
        faults = []
        for name in self.source.tables():
            try:
                self.compare_table(name)
            except (Difference, AssertionError) as fault:
                faults.append(str(fault))
        return faults

    def compare_table(self, name):
        said = self.said.get(name)
        asked = self.plan.tables.get(name)
        if asked and asked.skipped:
            if said is None or not said["left_out"] or self.target.relation(*self.places.get(name, ("public", name))):
                raise Difference(f"{name!r}: the plan leaves it out, the report says {said}")
            return
        if said is None:
            raise Difference(f"{name!r}: not in the report")
        if said["problem"] is not None:
            if not self.is_unreadable(name):
                raise Difference(f"{name!r}: {said['problem']}")
            return
        if asked and asked.place and self.places[name] != asked.place:
            raise Difference(f"{name!r}: became {self.places[name]}, the plan says {asked.place}")
        columns = self.columns(name)
        self.added(name)
        gone, cleaned = collections.Counter(), collections.defaultdict(set)
        names = [column[0] for column in self.source.columns(name)]
        for key, column, altered, nulled, reason in self.aside[name]:
            if altered:
                cleaned[key].add((names.index(column), nulled))
            else:
                gone[key] += 1
        reasons = {key: reason for key, _, altered, _, reason in self.aside[name] if not altered}
        if said["rows_set_aside"] != sum(gone.values()):
            raise Difference(f"{name!r}: the report says {said['rows_set_aside']} rows set aside, "
                             f"the journal {sum(gone.values())}")
        expected, unfit = collections.Counter(), []
        for row in self.source.cells(name, names):
            key = tuple(lossless(cell, self.source.encoding) for cell in row)
            if gone[key] > 0:
                gone[key] -= 1
                self.justified(name, columns, row, reasons[key])
                continue
            try:
                expected[tuple(self.expected(c, row[c.number], cleaned.get(key, ())) for c in columns)] += 1
            except Unfit:
                unfit.append(row)
        if unfit:
            raise Difference(f"{name!r}: not set aside, "
                             f"though no {[c.kind for c in columns]} can hold {self.faulty(columns, unfit[0])}")
        if +gone:
            raise Difference(f"{name!r}: set aside, but not in the source: {list(+gone)[:3]}")
        self.settle(name, columns, expected)

    def settle(self, name, columns, expected):
        found = collections.Counter(tuple(meaning.of_target(cell, c.kind) for cell, c in zip(row, columns))
                                    for row in self.target.cells(*self.places[name], [c.target for c in columns]))
        missing, extra = expected - found, found - expected
        if missing or extra:
            shown = [f"{side} {str(row)[:600]}" for side, rows in (("missing", missing), ("extra", extra))
                     for row in list(rows)[:2]]
            raise Difference(f"{name!r}: {sum(missing.values())} rows missing, {sum(extra.values())} extra, of types "
                             f"{[c.kind for c in columns]}: {shown}")

    def expected(self, column, cell, cleaned):
        for number, nulled in cleaned:
            if number == column.number:
                cell = None if nulled else meaning.cleaned(cell, self.source.encoding)
        form = column.of_source(cell)
        return form.form if isinstance(form, Doubtful) else form

    def faulty(self, columns, row):
        for column in columns:
            try:
                column.of_source(row[column.number])
            except Unfit:
                return column.source, column.kind, row[column.number][:200] if isinstance(row[column.number],
                    bytes) else row[column.number]
        return None

    def justified(self, name, columns, row, reason):
        """A row is set aside only if a cell cannot be stored, or for what it is beside others."""
        if re.search(r"same key|same .* as|refers to|no row|is not unique|NULL", reason):
            return
        if "SQLSTATE 22003" in reason and any(hidden for *_, hidden in self.source.columns(name)):
            return  # what PostgreSQL would generate of it overflows
        for column in columns:
            try:
                if isinstance(column.of_source(row[column.number]), Doubtful):
                    return
            except Unfit:
                return
        raise Difference(f"{name!r}: set aside without need: {reason}: {str(row)[:300]}")

    def is_unreadable(self, name):
        try:
            collections.deque(self.source.cells(name, [column[0] for column in self.source.columns(name)]), 0)
        except sqlite3.Error:
            return True
        return False
