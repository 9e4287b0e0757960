"""compare_existing: compare.py for tables that were there before. Columns are matched by name,
ignoring case; what the target has besides does not count. Shares nothing with outgrow."""
import collections

import compare
from compare import Difference, Source, quoted

KINDS = {"integer": "bigint", "smallint": "bigint", "real": "double"}


class Table(compare.Table):
    def __init__(self, source, target, name, place):
        self.source, self.target, self.name = source, target, name
        self.where = ".".join(map(quoted, place))
        there = {column.lower(): (column, kind) for column, kind in target.columns[place]}
        missing = [c for c in source.columns(name) if c.lower() not in there]
        if missing:
            raise Difference(f"{name}: columns {missing} are not in the target")
        self.declared = [there[column.lower()] for column in source.columns(name)]
        self.columns = [(column, self.kind(kind)) for column, kind in self.declared]
        self.units = compare.epoch_units(source, target, name, self.where, self.columns)
        self.gone, self.altered = collections.Counter(), collections.defaultdict(set)
        for row, column, altered in target.set_aside[name]:
            if not altered:
                self.gone[compare.set_aside_key(row)] += 1

    @staticmethod
    def kind(declared):
        """Enums, citext, inet: as the text that they show; arrays: as JSON."""
        if declared.endswith("[]"):
            return "jsonb"
        known = ("bytea", "text", "varchar", "json", "bpchar", "boolean", "bigint", "numeric",
                 "double", "uuid", "jsonb", "date", "time", "timestamp", "timestamptz")
        return KINDS.get(declared, declared if declared in known else "text")

    def target_rows(self):
        names = ", ".join(f"to_json({quoted(name)})" if kind.endswith("[]") else quoted(name)
                          for name, kind in self.declared)
        for row in self.target.copy(f"SELECT {names} FROM {self.where}"):
            yield tuple(compare.of_target(cell, kind)
                        for cell, (_, kind) in zip(row, self.columns))


def compare_existing(path, conninfo, left_alone=()):
    """Raises Difference. Returns {table: rows set aside}."""
    source, target = Source(path), compare.Target(path, conninfo).load()
    places = {table: place for table, place in target.places.items() if place[1] is not None}
    missing = set(source.tables()) - set(places) - set(left_alone)
    if missing:
        raise Difference(f"tables that did not come over: {sorted(missing)}")
    counts = {}
    for name in source.tables():
        if name in places:
            table = Table(source, target, name, places[name])
            table.run()
            counts[name] = sum(table.gone.values())
    return counts
