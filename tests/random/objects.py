"""What stands around the rows: keys, indexes, constraints, defaults, views, sequences. Each is in
PostgreSQL, or the report says that it is not."""
import collections
import json
import random
import sqlite3
import struct

import libpq
import meaning
from meaning import Doubtful, Unfit
from oracle import literal, quoted
from seeds import happened

ACTIONS = {"NO ACTION": "a", "RESTRICT": "r", "CASCADE": "c", "SET NULL": "n", "SET DEFAULT": "d"}
KEYS = """SELECT i.indisunique, i.indisprimary, i.indpred IS NOT NULL, i.indisvalid, array_to_json(ARRAY(SELECT
    (SELECT attname FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = k)
        FROM unnest(i.indkey) WITH ORDINALITY AS u(k, n)
    WHERE n <= i.indnkeyatts ORDER BY n))::text FROM pg_index i WHERE i.indrelid = {table}::regclass"""
CONSTRAINTS = """SELECT contype, confrelid::regclass::text, confdeltype, array_to_json(ARRAY(SELECT attname
    FROM unnest(conkey) WITH ORDINALITY
    AS u(k, n) JOIN pg_attribute ON attrelid = conrelid AND attnum = k ORDER BY n))::text, confrelid FROM pg_constraint
        WHERE conrelid = {table}::regclass"""

INTEGERS = (-100000, -6, -5, 0, 1, 2, 7, 99999, 100000, None)
REALS = (-6.5, -5.0, 0.5, 7.25, 99999.5, 100000.0, 1e300, 1.5e300, -1.5e300, None)
TEXTS = ("", "a", "q", "r", "zzz", "ZZZ", "nope", "x" * 20, "x" * 21, "[]", "{", "\u00e9" * 20, "\u00e9" * 21, None)
CANDIDATES = {"bigint": INTEGERS, "integer": INTEGERS, "double precision": REALS, "text": TEXTS}


class Objects:
    def __init__(self, move):
        self.move, self.source, self.target = move, move.source, move.target
        report = move.report
        self.notes = [(note["kind"], note["name"], note["reason"]) for part in ("not_carried", "changed")
                      for note in report[part]]
        self.gone = {(note["kind"], note["name"]) for note in report["not_carried"]}
        self.failed = [step["step"] for step in [*report["failed_steps"], *report["not_valid"]]]
        self.faults = []

    def told(self, kind, *names):
        return any(k.startswith(kind) and (name in names) for k, name, _ in self.notes)

    def told_of(self, kind, table):
        """Constraints are told as TABLE (NAME), by the name that they would have."""
        return any(k.startswith(kind) and name.startswith(f"{table} (") for k, name, _ in self.notes)

    def must(self, holds, *words):
        if not holds:
            self.faults.append(" ".join(map(str, words)))

    def compare(self):
        for name in self.move.places:
            if self.move.said[name]["left_out"]:
                continue
            self.table = f"{literal('.'.join(map(quoted, self.move.places[name])))}"
            self.names = {column["source"]: column for column in self.move.said[name]["columns"]}
            self.columns(name)
            self.indexes(name)
            self.foreign_keys(name)
            self.checks(name)
            self.sequences(name)
        self.others()
        return self.faults

    def mapped(self, columns):
        return [self.names[column]["name"] if column in self.names else None for column in columns]

    def columns(self, table):
        found = {row[0]: row for row in self.target.columns(*self.move.places[table])}
        for name, _, not_null, default, key, hidden in self.source.columns(table):
            asked = self.move.plan.column(table, name)
            if asked.skipped:
                continue
            _, kind, is_not_null, generated, identity, number = found[self.names[name]["name"]]
            if asked.fill is not None:
                self.must(is_not_null == "t", f"{table}.{name}: the plan says NOT NULL")
            if not_null:
                self.must(is_not_null == "t" or self.told("not null", f"{table}.{name}")
                          or any("not null" in f.lower() for f in self.failed),
                          f"{table}.{name}: NOT NULL is gone")
            if hidden in (2, 3):
                self.must(generated == "s" or self.told("generated column", f"{table}.{name}"),
                          f"{table}.{name}: neither generated nor told")
            elif default is not None and not asked.is_changed:
                self.default(table, name, kind, default, number, identity)

    def default(self, table, name, kind, sql, number, identity):
        there = self.target.rows("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
                                 f" WHERE adrelid = {self.table}::regclass AND adnum = {number}")
        if not there:
            self.must(identity or sql.upper().strip("()") == "NULL" or self.told("default", f"{table}.{name}"),
                      f"{table}.{name}: DEFAULT {sql} is gone")
            return
        if any(word in sql.lower() for word in ("now", "current", "random")):
            return
        # what SQLite itself makes of it in a column declared alike
        declared = next(column[1] for column in self.source.columns(table) if column[0] == name)
        db = sqlite3.connect(":memory:")
        strict = "STRICT" if self.source.is_strict(table) else ""
        try:
            db.execute(f"CREATE TABLE d (x {declared} DEFAULT ({sql})) {strict}")
        except sqlite3.Error:  # a bare word
            db.execute(f"CREATE TABLE d (x {declared} DEFAULT {sql}) {strict}")
        try:
            db.execute("INSERT INTO d DEFAULT VALUES")
        except sqlite3.IntegrityError:  # a STRICT table refuses it: no row has it by default
            return
        value, storage = db.execute("SELECT CASE typeof(x) WHEN 'text' THEN CAST(x AS BLOB) ELSE x END, typeof(x)"
                                    " FROM d").fetchone()
        cell = meaning.text_of(value, "UTF-8") if storage == "text" else value
        (got,), = self.target.rows(f"SELECT ({there[0][0]})::{kind}::text")
        try:
            expected = self.loose(meaning.of_source(cell, kind, self.move.units.get((table, name))))
        except Unfit:
            expected = "nothing that the type holds"
        found = meaning.of_target(None if got is None else got.encode(), kind)
        self.must(found == expected or self.told("default", f"{table}.{name}"),
                  f"{table}.{name} {declared} {kind}: DEFAULT {sql} gives {got}, not {cell!r}")

    @staticmethod
    def loose(form):
        return form.form if isinstance(form, Doubtful) else form

    def indexes(self, table):
        there = [(unique == "t", primary == "t", partial == "t", json.loads(columns)) for unique, primary, partial,
                 valid, columns
                 in self.target.rows(KEYS.format(table=self.table))]
        key = [c[0] for c in sorted((c for c in self.source.columns(table) if c[4]), key=lambda c: c[4])]
        if key:
            self.must(any(primary and sorted(columns) == sorted(self.mapped(key)) for _, primary, _, columns in there)
                      or self.told("primary key", table) or any(f.startswith("key ") for f in self.failed),
                      f"{table}: no primary key {key}: {there}")
        indexes = self.source.db.execute(f"PRAGMA index_list({quoted(table)})").fetchall()
        for _, name, unique, origin, partial in sorted(indexes, key=lambda index: index[3] == "c"):
            if origin == "pk":
                continue
            wanted = [row[2] for row in self.source.db.execute(f"PRAGMA index_xinfo({quoted(name)})") if row[5]]
            if ("index", name) in self.gone or any(self.move.plan.column(table, c).skipped for c in wanted):
                continue
            match = max((index for index in there if self.matches(index, unique, partial, wanted)), default=None,
                        key=lambda index: sum(column == name for column, name in zip(index[3], self.mapped(wanted))))
            if match and not match[1]:
                there.remove(match)
            self.must(match or self.told("index", name) or self.told("unique", table, name)
                      or self.told_of("unique", table)
                      or any(f.startswith(("index ", "unique ", "key ")) for f in self.failed),
                      f"{table}: index {name} {wanted} is neither there nor told")

    def matches(self, index, unique, partial, wanted):
        is_unique, _, is_partial, columns = index
        return is_unique == bool(unique) and is_partial == bool(partial) and len(columns) == len(wanted) and all(
            have is None or want is None or (want in self.names and have == self.names[want]["name"]) for have,
            want in zip(columns, wanted))

    def foreign_keys(self, table):
        there = [(json.loads(columns), action) for kind, parent, action, columns,
                 _ in self.target.rows(CONSTRAINTS.format(table=self.table))
                 if kind == "f"]
        keys = collections.defaultdict(list)
        declared = self.source.db.execute(f"PRAGMA foreign_key_list({quoted(table)})").fetchall()
        for number, _, parent, child, _, _, on_delete, _ in declared:
            keys[number, parent, on_delete].append(child)
        for (_, parent, on_delete), columns in keys.items():
            found = (self.mapped(columns), ACTIONS[on_delete])
            self.must(found in there or any(k.startswith("foreign key") and name.startswith(table) for k, name,
                                            _ in self.notes)
                      or any(f.startswith("foreign key ") for f in self.failed),
                      f"{table}: foreign key {columns} to {parent} is neither there nor told: {there}")

    def checks(self, table):
        sql = self.source.value("SELECT sql FROM sqlite_schema WHERE type = 'table'"
                                f" AND name = {sqlite_literal(table)}")
        there = sum(row[0] == "c" for row in self.target.rows(CONSTRAINTS.format(table=self.table)))
        told = sum(kind == "check" and (name == table or name.startswith(table + ".") or True) for kind, name,
                   _ in self.notes)
        failed = sum(f.startswith("check ") for f in self.failed)
        self.must(there + told + failed >= sql.count("CHECK ("),
                  f"{table}: {sql.count('CHECK (')} checks, {there} are there, {told} told, {failed} failed")
        if 0 < there == sql.count("CHECK ("):
            self.try_checks(table)

    def try_checks(self, table):
        """The same rows pass on both sides, and the same are refused."""
        rng = random.Random(table)
        kinds = {row[0]: row[1] for row in self.target.columns(*self.move.places[table])}
        columns = [(row[0], self.names[row[0]]["name"]) for row in self.source.columns(table)
                   if not row[5] and row[0] in self.names]
        tried = [(source, target, CANDIDATES[kinds[target]]) for source, target in columns
                 if kinds[target] in CANDIDATES]
        if not tried or any(self.move.plan.column(table, source).is_changed
                            or self.told("default", f"{table}.{source}") for source, _ in columns):
            return
        source = sqlite3.connect(":memory:", isolation_level=None)
        self.source.db.backup(source)
        for _ in range(12):
            row = [rng.choice(values) for _, _, values in tried]
            verdicts = self.sqlite_verdict(source, table, tried, row), self.target_verdict(table, tried, row)
            if not {"passes", "refused"}.issuperset(verdicts):
                continue
            happened[f"a CHECK is tried: {verdicts[0]}"] += 1
            self.must(verdicts[0] == verdicts[1],
                      f"{table}: {[c for c, _, _ in tried]} = {row}: {verdicts[0]} in SQLite, "
                      f"{verdicts[1]} in PostgreSQL")
        source.close()

    @staticmethod
    def sqlite_verdict(db, table, tried, row):
        db.execute("BEGIN")
        try:
            db.execute(f"INSERT OR ABORT INTO {quoted(table)} ({', '.join(quoted(c) for c, _, _ in tried)}) "
                       f"VALUES ({', '.join('?' for _ in row)})", row)
        except sqlite3.IntegrityError as error:
            return ("refused" if str(error).startswith("CHECK") else "NULL" if str(error).startswith("NOT NULL")
                    else "passes" if str(error).startswith("UNIQUE") else "another type")
        except sqlite3.Error:
            return "another fault"
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
        return "passes"

    def target_verdict(self, table, tried, row):
        self.target.rows("BEGIN")
        try:
            values = ", ".join("NULL" if value is None else literal(str(value)) for value in row)
            self.target.rows(f"INSERT INTO {'.'.join(map(quoted, self.move.places[table]))} "
                             f"({', '.join(quoted(c) for _, c, _ in tried)}) OVERRIDING SYSTEM VALUE VALUES ({values})")
        except libpq.Error as error:
            return {"23514": "refused", "23505": "passes", "23503": "passes"}.get(error.state, error.state)
        finally:
            self.target.rows("ROLLBACK")
        return "passes"

    def sequences(self, table):
        place = self.move.places[table]
        for name, kind, *_, identity, _ in self.target.columns(*place):
            if not identity:
                continue
            largest = 2**meaning.RANGES[kind] - 1
            (top,), = self.target.rows(f"SELECT max({quoted(name)}) FROM {'.'.join(map(quoted, place))}")
            top = int(top or 0)
            own = next((source for source, column in self.names.items() if column["name"] == name), None)
            if own is not None:  # a number counts that is the source's alone, of a row that was set aside
                there = self.source.value(f"SELECT max({quoted(own)}) FROM {quoted(table)}")
                top = max(top, there if isinstance(there, int) else 0)
            try:
                given = self.source.value(f"SELECT seq FROM sqlite_sequence WHERE name = {sqlite_literal(table)}") or 0
            except sqlite3.Error:
                given = 0
            try:
                (after,), = self.target.rows(f"SELECT nextval(pg_get_serial_sequence({self.table}, {literal(name)}))")
            except libpq.Error as error:
                self.must(max(top, given) >= largest and "reached maximum" in str(error),
                          f"{table}.{name}: {error}; the largest is {top}")
                continue
            self.must(int(after) > max(top, given),
                      f"{table}.{name}: the next number is {after}, there is {top}, {given} was given")

    def others(self):
        """Triggers and views."""
        clean = not any(self.move.aside.values()) and not self.move.plan.is_changed
        others = self.source.db.execute("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view')")
        for kind, name in others.fetchall():
            if self.told(kind, name):
                continue
            self.must(kind == "view", f"{kind} {name}: neither there nor told")
            if kind == "view" and clean:
                self.view(name)

    def view(self, name):
        said = self.move.report["renamed"]
        renamed = next((note["reason"] for note in said if note["kind"] == "view" and note["name"] == name), None)
        views = self.target.rows("SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
                                 "WHERE relkind = 'v' AND nspname NOT IN ('pg_catalog', 'information_schema', "
                                 "'outgrow')")
        candidates = [row for row in views
                      if row[1] == name or row[1].lower() == name.lower() or (renamed and row[1] in renamed)]
        if not candidates or any("view" in f for f in self.failed):
            self.must(any("view" in f for f in self.failed), f"view {name}: neither there nor told")
            return
        schema, view = max(candidates, key=lambda row: (row[1] == name, row[1].lower() == name.lower(), len(row[1])))
        names = [d[0] for d in self.source.db.execute(f"SELECT * FROM {quoted(name)} LIMIT 0").description]
        columns = self.target.columns(schema, view)
        self.must(len(names) == len(columns), f"view {name}: {names} became {columns}")
        if len(set(map(str.lower, names))) < len(names):
            return
        units = [None, *meaning.UNITS, "julian"]
        found = sorted(repr(tuple(self.rounded(meaning.of_target(cell, c[1]), c[1]) for cell, c in zip(row, columns)))
                       for row in self.target.cells(schema, view, [c[0] for c in columns]))
        for unit in units:
            try:
                rows = sorted(repr(tuple(self.rounded(self.loose(meaning.of_source(cell, c[1], unit)), c[1]) for cell,
                                         c in zip(row, columns)))
                              for row in self.source.cells(name, names))
            except Unfit as fault:
                rows = [f"unfit {fault}"]
            except sqlite3.Error:
                return
            if rows == found:
                return
        sql = self.source.value(f"SELECT sql FROM sqlite_schema WHERE name = {sqlite_literal(name)}")
        self.must(False, f"view {name}: {sql}\n{[c[1] for c in columns]}: gives {found[:4]}, not {rows[:4]}")

    @staticmethod
    def rounded(form, kind):
        """Sums of doubles depend on the order of the rows."""
        return f"{struct.unpack('>d', form)[0]:.9g}" if kind == "double precision" and form is not None else form


def sqlite_literal(text):
    return "'" + text.replace("'", "''") + "'"
