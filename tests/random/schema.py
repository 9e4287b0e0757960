"""Random SQLite databases: tables, keys, indexes, views and triggers under odd names, filled with
random values. What SQLite itself refuses is left out, so everything here may be tried."""
import dataclasses
import itertools
import shutil
import sqlite3

from values import FLAVOURS, STRICT_TYPES, Flavour, Raw, whole

LONG = "a_name_that_is_much_longer_than_the_sixty_three_bytes_that_postgresql_keeps"
NAMES = ("t", "Users", "users_pkey", "users_id_seq", "order", "select", "user", "group", "a b", "q\"uote", "it's",
         "back\\slash",
         "tab\there", "new\nline", "\u00e9", "\u00c9", "\u00df", "\u0130", "emoji \U0001F9AB", "x" * 62, "x" * 63,
         "x" * 64, LONG + "_1",
         LONG + "_2", LONG + "_" + "\u00e9" * 9, "\u00e9" * 40, "pg_like", "pg_class", "xmin", "ctid", "oid", "rowid",
         "_rowid_", "%s", "$1", "a.b",
         "public", "{x}", "--", "/*", ";", "-", "1", "1e5", "null", "true", "camelCase", "UPPER", "lower", "id", "name",
         "value",
         "created_at", "uuid", "data", "price", "is_ok", "parent_id", "json", "date", "time", "position", "`tick`",
         "[box]", "\ufeff",
         "trailing ", " leading", "\u4e2d\u6587", "key", "index", "table", "offset", "analyse", "all", "end", "row",
         "source_table",
         "e\u0301", "\x01", "sys", "excluded", "new", "old", "outgrow", "tableoid", "$", "a$b", "\u00aa", "constraint",
         "A", "B", "c", "d", "e", "f")
DEFAULTS = ("0", "1", "-1", "'x'", "''", "NULL", "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "(1+1)",
            "(datetime('now'))",
            "(lower('ABC'))", "x'00ff'", "1.5", "TRUE", "FALSE", "'[]'", "'{}'", "\"dq\"", "+5",
            "(strftime('%s','now'))", "1e3", "-0.0",
            "9223372036854775807", "'2024-01-02'", "(hex(randomblob(4)))", "(abs(-3))", "'it''s'", "0x10", "bareword",
            "(1/2)", "(5 % 3)",
            "('a' || 'b')", "(NULL)", "(1 = 1)", "(CAST('12' AS INTEGER))", "(round(2.5))", "(substr('hello', 2))",
            "(-7 / 2)", "(1 << 3)",
            "9e999", "'\\'", "'a\nb'", "(CASE WHEN 1 THEN 'y' END)", "(julianday('now'))", "(date('now', '+1 day'))")
CHECKS = ("{c} IS NOT NULL OR 1", "length({c}) < 1000000", "{c} >= -5 OR {c} IS NULL", "typeof({c}) <> 'blob'",
          "{c} <> ''", "{c} <> 'zzz'",
          "{c} BETWEEN -1e300 AND 1e300", "{c} NOT IN ('q', 'r')", "{c} IN (0, 1)", "{c} LIKE '%'", "length({c}) <= 20",
          "json_valid({c})",
          "{c} GLOB '*'", "{c} = {c}", "{c} > {d} OR 1", "{c} IS NULL OR {d} IS NULL OR {c} <> {d}", "abs({c}) < 1e300",
          "{c} < 100000",
          "({c} > 0) = ({c} > 0)", "NOT ({c} = 'nope')", "{c} COLLATE NOCASE <> 'ZZZ'", "coalesce({c}, 0) IS NOT NULL",
          "typeof({c}) IN ('integer', 'null')",
          "{c} || '' <> 'x9'", "{c} % 2 IN (0, 1, -1) OR 1", "{c} IS TRUE OR {c} IS NOT TRUE",
          "CAST({c} AS TEXT) <> 'q'", "date({c}) IS NOT NULL OR 1")
GENERATED = ("{c}", "{c} + 1", "{c} * 2", "lower({c})", "upper({c})", "length({c})", "{c} || 'x'", "{c} || {d}",
             "coalesce({c}, {d})", "typeof({c})",
             "abs({c})", "{c} IS NULL", "{c} > {d}", "substr({c}, 1, 3)", "trim({c})", "hex({c})", "round({c})",
             "round({c}, 1)", "{c} / 2", "{c} % 7",
             "-{c}", "CAST({c} AS TEXT)", "CAST({c} AS INTEGER)", "CAST({c} AS REAL)", "instr({c}, 'a')",
             "replace({c}, 'a', 'b')", "{c} & 3", "{c} = 1",
             "json_extract({c}, '$.a')", "date({c})", "iif({c}, 'y', 'n')",
             "CASE WHEN {c} > 5 THEN 'big' ELSE 'small' END", "min({c}, {d})",
             "ifnull({c}, 'none')", "{c} || ':' || {d}", "{c} + {d}", "{c} * 1.5", "nullif({c}, {d})", "quote({c})",
             "ltrim({c}, ' x')", "unicode({c})",
             "printf('%d', {c})", "{c} COLLATE NOCASE = 'a'", "{c} IN (1, 2, 3)", "{c} BETWEEN 1 AND 5", "{c} << 1",
             "~{c}", "NOT {c}", "{c} - {d}")
WHERES = ("{c} IS NOT NULL", "{c} > 5", "{c} = 'a'", "{c}", "{c} IS NULL", "typeof({c}) = 'integer'", "{c} LIKE 'a%'",
          "length({c}) > 2", "{c} <> ''",
          "{c} IN (1, 2)", "{c} AND {d}", "{c} IS NOT {d}")
VIEWS = ("SELECT * FROM {t}", "SELECT {c} FROM {t} WHERE {c} IS NOT NULL",
         "SELECT {c}, {d} FROM {t} WHERE {c} > 5 AND {d} IS NOT NULL",
         "SELECT count(*) AS n, max({c}) AS m FROM {t}", "SELECT {c}, count(*) FROM {t} GROUP BY {c}",
         "SELECT DISTINCT {c} FROM {t}",
         "SELECT {c} AS \"a b\", lower({d}) AS l FROM {t} ORDER BY {c}",
         "SELECT a.{c}, b.{d} FROM {t} a JOIN {t} b ON a.{c} = b.{c}",
         "SELECT {c} FROM {t} UNION SELECT {d} FROM {t}", "SELECT {c} FROM {t} UNION ALL SELECT {c} FROM {t}",
         "SELECT typeof({c}) AS k, length({d}) FROM {t}",
         "SELECT sum({c}), avg({d}), total({c}) FROM {t}", "SELECT {c} || '-' || {d} AS j FROM {t}",
         "SELECT {c} FROM {t} WHERE {d} LIKE 'a%'",
         "SELECT CASE WHEN {c} IS NULL THEN 'none' ELSE {c} END AS x FROM {t}",
         "SELECT {c} + 1, {c} / 2, -{c} FROM {t}", "SELECT rowid, {c} FROM {t}",
         "SELECT {c} FROM {t} WHERE {c} IN (1, 2, 'a')", "SELECT {c} FROM {t} WHERE {c} = {d}",
         "SELECT coalesce({c}, {d}) AS x FROM {t}",
         "SELECT {d}, min({c}) FROM {t} GROUP BY {d} HAVING count(*) > 1",
         "WITH w AS (SELECT {c} AS c FROM {t}) SELECT c FROM w",
         "SELECT a.{c} FROM {t} a LEFT JOIN {t} b ON a.{c} = b.{d} WHERE b.{d} IS NULL",
         "SELECT {c} FROM {t} WHERE {c}", "SELECT abs({c}), round({c}, 1) FROM {t}",
         "SELECT {c} FROM {t} EXCEPT SELECT {d} FROM {t}", "SELECT {c} > {d} AS g, {c} IS {d} AS s FROM {t}",
         "SELECT substr({c}, 2), trim({d}) FROM {t}",
         "SELECT {c} FROM {t} WHERE {c} BETWEEN 1 AND 50", "SELECT date({c}), strftime('%Y', {d}) FROM {t}",
         "SELECT CAST({c} AS TEXT), CAST({d} AS INTEGER) FROM {t}",
         "SELECT count({c}), count(DISTINCT {d}) FROM {t}", "SELECT ifnull({c}, 0) AS z, nullif({d}, '') FROM {t}",
         "SELECT {c} FROM {t} WHERE NOT {c}",
         "SELECT {c} FROM {t} WHERE {c} < {d} OR {c} IS NULL",
         "SELECT * FROM (SELECT {c} AS c, {d} AS d FROM {t}) WHERE c IS NOT NULL")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@dataclasses.dataclass
class Column:
    name: str
    flavour: Flavour
    type: str
    generated: str = ""
    refers: tuple = ()  # table, column: most values are taken from there


@dataclasses.dataclass
class Table:
    name: str
    columns: list
    strict: bool = False
    without_rowid: bool = False
    key: list = dataclasses.field(default_factory=list)
    serial: bool = False  # an INTEGER PRIMARY KEY

    def plain(self):
        return [c for c in self.columns if not c.generated]


class Generator:
    def __init__(self, rng, path):
        self.rng, self.path = rng, path
        self.encoding = rng.choice(("UTF-8",) * 6 + ("UTF-16le", "UTF-16be"))
        self.db = sqlite3.connect(path, isolation_level=None)
        self.tables, self.names, self.script = [], set(), []

    def run(self, sql):
        """Tries a statement; SQLite's refusal is no fault."""
        try:
            self.db.execute(sql)
        except (sqlite3.Error, sqlite3.Warning):
            return False
        self.script.append(sql)
        return True

    def name(self, taken):
        for tries in itertools.count():
            name = self.rng.choice(NAMES) if tries < 50 else f"n{self.rng.randrange(10**6)}"
            if self.rng.random() < .3:
                name = self.rng.choice((name.title(), f"{name}_{self.rng.randrange(9)}", name + " "))
            if name.lower() not in taken and not name.lower().startswith("sqlite_"):
                taken.add(name.lower())
                return name

    # --- tables ---------------------------------------------------------------------------------

    def column(self, taken, strict, only=None):
        flavour = Flavour(self.rng, self.encoding, only or (tuple(STRICT_TYPES) if strict else None))
        kind = STRICT_TYPES[flavour.name] if strict else self.rng.choice(flavour.types)
        if not strict and self.rng.random() < .08:
            kind = self.rng.choice(self.rng.choice(tuple(FLAVOURS.values()))[1])
        return Column(self.name(taken), flavour, kind)

    def width(self):
        return self.rng.choice((1, 2, 3, 4, 5, 6, 7, 8)) if self.rng.random() < .93 else self.rng.randrange(9, 61)

    def make_table(self, numbers=False):
        rng = self.rng
        table = Table(self.name(self.names), [], strict=rng.random() < .12)
        taken = set()
        only = ("whole", "small", "real", "boolean", "decimal") if numbers else None
        table.columns = [self.column(taken, table.strict, only) for _ in range(self.width())]
        self.choose_key(table)
        self.choose_references(table)
        parts = [self.column_sql(table, column) for column in table.columns]
        if not table.serial and rng.random() < .35:
            parts += self.generated(table, taken)
        parts += self.constraints(table)
        options = [o for o, on in (("STRICT", table.strict), ("WITHOUT ROWID", table.without_rowid)) if on]
        sql = f"CREATE TABLE {quoted(table.name)} ({', '.join(parts)}){', '.join(options)}"
        if self.run(sql):
            self.tables.append(table)
            return table
        return None

    def choose_key(self, table):
        roll = self.rng.random()
        if roll < .5:
            table.serial = True
            first = table.columns[0]
            first.type, first.flavour = "INTEGER", Flavour(self.rng, self.encoding, ("whole", "small"))
            first.flavour.odd = first.flavour.nulls = 0
        elif roll < .8:
            table.key = self.rng.sample(table.columns, min(len(table.columns), self.rng.choice((1, 1, 2, 3))))
            table.without_rowid = self.rng.random() < .4

    def choose_references(self, table):
        for column in table.columns[1:]:
            if self.rng.random() < .12:
                parent = self.rng.choice([*self.tables, table])
                target = self.rng.choice(parent.key or parent.columns[:1])
                column.refers = (parent.name, target.name)
                if self.rng.random() < .8:
                    column.type = target.type
                column.flavour = target.flavour

    def column_sql(self, table, column):
        rng = self.rng
        parts = [quoted(column.name), column.type]
        if table.serial and column is table.columns[0]:
            return " ".join([*parts, "PRIMARY KEY", rng.choice(("", "", "AUTOINCREMENT", "NOT NULL", "DESC"))])
        if rng.random() < .2:
            parts.append("NOT NULL" + rng.choice(("", "", " ON CONFLICT IGNORE", " ON CONFLICT REPLACE")))
        if rng.random() < .3:
            parts.append(f"DEFAULT {rng.choice(DEFAULTS)}")
        if rng.random() < .08:
            parts.append("UNIQUE" + rng.choice(("", "", " ON CONFLICT REPLACE")))
        if rng.random() < .12:
            parts.append("COLLATE " + rng.choice(("NOCASE", "RTRIM", "BINARY", "NOCASE")))
        if rng.random() < .12:
            parts.append(f"CHECK ({self.fill(rng.choice(CHECKS), table, column)})")
        if column.refers and rng.random() < .9:
            parts.append(f"REFERENCES {quoted(column.refers[0])}"
                         + (f"({quoted(column.refers[1])})" if rng.random() < .9 else "") + rng.choice(
                ("", "", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE ON DELETE SET DEFAULT",
                 " ON DELETE RESTRICT",
                 " DEFERRABLE INITIALLY DEFERRED", " MATCH FULL")))
        return " ".join(parts)

    def fill(self, template, table, column=None):
        c = column or self.rng.choice(table.columns)
        return template.format(c=quoted(c.name), d=quoted(self.rng.choice(table.columns).name), t=quoted(table.name))

    def generated(self, table, taken):
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            expression = self.fill(self.rng.choice(GENERATED), table)
            kind = "" if not table.strict else self.rng.choice(("TEXT", "ANY", "INTEGER"))
            kind = kind or self.rng.choice(("", "TEXT", "INTEGER", "REAL", "NUMERIC", "BOOLEAN", "BLOB"))
            column = Column(self.name(taken), table.columns[0].flavour, kind, expression)
            table.columns.append(column)
            yield f"{quoted(column.name)} {kind} {self.rng.choice(('AS', 'GENERATED ALWAYS AS'))} ({expression}) " \
                  + self.rng.choice(("STORED", "VIRTUAL", ""))

    def constraints(self, table):
        rng = self.rng
        if table.key:
            terms = [quoted(c.name) + rng.choice(("", "", "", " DESC", " COLLATE NOCASE")) for c in table.key]
            yield f"PRIMARY KEY ({', '.join(terms)})"
        if len(table.columns) > 2 and rng.random() < .12:
            yield f"UNIQUE ({', '.join(quoted(c.name) for c in rng.sample(table.columns, 2))})"
        if rng.random() < .15:
            yield f"CONSTRAINT {quoted(rng.choice(NAMES))} CHECK ({self.fill(rng.choice(CHECKS), table)})"
        parents = [t for t in self.tables if len(t.key) == 2]
        if parents and len(table.columns) > 2 and rng.random() < .4:
            parent = rng.choice(parents)
            children = rng.sample(table.columns, 2)
            for child, key in zip(children, parent.key):
                if not (table.serial and child is table.columns[0]):
                    child.refers = (parent.name, key.name)
            yield f"FOREIGN KEY ({', '.join(quoted(c.name) for c in children)}) REFERENCES {quoted(parent.name)}" \
                  + f"({', '.join(quoted(k.name) for k in parent.key)})" + rng.choice(("", " ON DELETE CASCADE",
                      " ON DELETE SET NULL"))

    # --- rows -----------------------------------------------------------------------------------

    def fill_table(self, table, count):
        columns = table.plain()
        places = ", ".join("?" for _ in columns)
        names = ", ".join(quoted(c.name) for c in columns)
        pools = {}
        for column in columns:
            if column.refers:
                try:
                    pools[id(column)] = [row[0] for row in self.raw_rows(column.refers)]
                except sqlite3.Error:
                    pools[id(column)] = []
        self.db.execute("BEGIN")
        for number in range(count):
            row = [self.cell(column, pools.get(id(column))) for column in columns]
            if table.serial:
                row[0] = self.serial(number)
            marks = ", ".join("CAST(? AS TEXT)" if isinstance(v, Raw) else "?" for v in row)
            values = marks if Raw in map(type, row) else places
            sql = f"INSERT OR IGNORE INTO {quoted(table.name)} ({names}) VALUES ({values})"
            try:
                self.db.execute(sql, [bytes(v) if isinstance(v, Raw) else v for v in row])
            except (sqlite3.Error, OverflowError):
                continue
        if self.db.in_transaction:
            self.db.execute("COMMIT")

    def raw_rows(self, place):
        table, column = place
        self.db.text_factory = lambda raw: raw.decode(errors="replace")
        rows = self.db.execute(f"SELECT {quoted(column)} FROM {quoted(table)} LIMIT 100").fetchall()
        self.db.text_factory = str
        return rows

    def cell(self, column, pool):
        if column.refers and pool and self.rng.random() < .97:
            return self.rng.choice(pool)
        return column.flavour.value(self.rng)

    def serial(self, number):
        roll = self.rng.random()
        return None if roll < .5 else number * 7 + 1 if roll < .9 else whole(self.rng)

    # --- what stands around them ----------------------------------------------------------------

    def make_index(self, table):
        rng = self.rng
        terms = []
        for column in rng.sample(table.columns, min(len(table.columns), rng.choice((1, 1, 1, 2, 3)))):
            term = quoted(column.name) if rng.random() < .75 else self.fill(rng.choice(GENERATED), table, column)
            terms.append(term + rng.choice(("", "", "", " COLLATE NOCASE", " COLLATE RTRIM"))
                         + rng.choice(("", "", " DESC", " ASC")))
        where = f" WHERE {self.fill(rng.choice(WHERES), table)}" if rng.random() < .25 else ""
        unique = "UNIQUE " if rng.random() < .25 else ""
        self.run(f"CREATE {unique}INDEX {quoted(self.name(self.names))} ON {quoted(table.name)} "
                 f"({', '.join(terms)}){where}")

    def make_view(self, relations):
        relation = self.rng.choice(relations)
        view = Table(self.name(self.names), [])
        if not self.run(f"CREATE VIEW {quoted(view.name)} AS {self.fill(self.rng.choice(VIEWS), relation)}"):
            return
        try:
            cursor = self.db.execute(f"SELECT * FROM {quoted(view.name)} LIMIT 0")
            view.columns = [Column(d[0], relation.columns[0].flavour, "") for d in cursor.description]
            relations.append(view)
        except sqlite3.Error:
            pass

    def make_trigger(self, table):
        self.run(f"CREATE TRIGGER {quoted(self.name(self.names))} AFTER "
                 f"{self.rng.choice(('INSERT', 'DELETE', 'UPDATE'))} ON "
                 f"{quoted(table.name)} BEGIN SELECT 1; END")

    def alter(self, table):
        """Later columns: rows that were there are short."""
        taken = {c.name.lower() for c in table.columns}
        column = self.column(taken, table.strict)
        default = self.rng.choice(("", " DEFAULT 5", " DEFAULT 'later'", " DEFAULT NULL", " NOT NULL DEFAULT 'n'",
                                   " DEFAULT 1.5"))
        if self.run(f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(column.name)} {column.type}{default}"):
            table.columns.append(column)

    def delete_some(self, table):
        self.run(f"DELETE FROM {quoted(table.name)} WHERE rowid % 3 = 0")

    def make(self):
        rng = self.rng
        self.run(f"PRAGMA encoding = '{self.encoding}'")
        self.run(f"PRAGMA page_size = {rng.choice((512, 1024, 4096, 4096, 8192, 65536))}")
        self.run(f"PRAGMA auto_vacuum = {rng.choice((0, 0, 1, 2))}")
        self.run("PRAGMA synchronous = OFF")
        self.run("PRAGMA recursive_triggers = OFF")
        wal = rng.random() < .35
        if wal:
            self.run("PRAGMA journal_mode = WAL")
        if rng.random() < .1:
            self.run("PRAGMA ignore_check_constraints = ON")
        wanted = rng.choice((1, 2, 2, 3, 4, 6))
        while wanted > 0 or not self.tables:  # SQLite does not take every one
            wanted -= 1
            table = self.make_table(numbers=rng.random() < .25)
            if table:
                self.fill_table(table, rng.choice((0, 1, 5, 20, 40, 80, 150)))
                if rng.random() < .15:
                    self.alter(table)
                    self.fill_table(table, 10)
        roll = rng.random()
        if roll < .12:
            self.make_many_numbers()
        elif roll < .18:
            self.make_many_rows()
        for table in list(self.tables):
            for _ in range(rng.choice((0, 0, 1, 2))):
                self.make_index(table)
            if rng.random() < .1:
                self.make_trigger(table)
            if rng.random() < .2:
                self.delete_some(table)
        relations = list(self.tables)
        for _ in range(rng.choice((0, 1, 2, 4)) if relations else 0):
            self.make_view(relations)
        return self.close(wal and rng.random() < .7)

    def make_many_numbers(self):
        """Enough that verify takes the server's sums."""
        table = Table(self.name(self.names), [])
        taken = set()
        table.columns = [self.column(taken, False, ("whole", "small", "real", "boolean")) for _ in range(4)]
        for column in table.columns:
            column.flavour.odd = column.flavour.bad = 0
        if self.run(f"CREATE TABLE {quoted(table.name)} "
                    f"({', '.join(f'{quoted(c.name)} {c.type}' for c in table.columns)})"):
            self.tables.append(table)
            self.fill_table(table, 9000)

    def make_many_rows(self):
        """Enough that the table is copied and compared in several pieces."""
        table = Table(self.name(self.names), [])
        taken = set()
        numbers = Flavour(self.rng, self.encoding, ("whole",))
        table.columns = [Column(self.name(taken), numbers, kind) for kind in ("INTEGER", "TEXT", "REAL")]
        key, word, number = (quoted(column.name) for column in table.columns)
        options = self.rng.choice(("", " WITHOUT ROWID"))
        step = self.rng.choice((1, 3, -1))
        if self.run(f"CREATE TABLE {quoted(table.name)} ({key} INTEGER PRIMARY KEY, {word} TEXT, "
                    f"{number} REAL){options}"):
            self.tables.append(table)
            table.serial = True
            self.run("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 40000) "
                     f"INSERT INTO {quoted(table.name)} SELECT i * {step}, 'word ' || (i * 7919 % 40000) || substr("
                     "'éxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 1, i % 60), i / 7.0 FROM r")

    def close(self, keep_wal):
        """With its changes still in the -wal, or closed in the ordinary way."""
        if keep_wal:
            self.run("PRAGMA wal_checkpoint(TRUNCATE)")
            self.run("PRAGMA wal_autocheckpoint = 0")
            for table in self.tables[:2]:
                self.fill_table(table, 15)
            for suffix in ("", "-wal"):
                shutil.copyfile(f"{self.path}{suffix}", f"{self.path}.copy{suffix}")
            self.db.close()
            for suffix in ("", "-wal"):
                shutil.move(f"{self.path}.copy{suffix}", f"{self.path}{suffix}")
        else:
            self.db.close()
        return self.script
