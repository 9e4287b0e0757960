"""A plan file as outgrow wrote it, edited at random as a person would: tables and columns left out, renamed,
given other types, defaults and keys. What must come of it is said by docs/plan-file.md, and is kept
here for the oracle."""
import dataclasses
import json
import re

SCALAR = r'"(?:[^"\\]|\\.)*"|[^:{}]+?'
TABLE = re.compile(rf"  - from: ({SCALAR})\s*(?:#.*)?$")
COLUMN = re.compile(rf"      ({SCALAR}): \{{(.*?)\}}(?: *#.*)?$")
PAIR = re.compile(r'(\w+): ("(?:[^"\\]|\\.)*"|\{[^}]*\}|\[[^]]*\]|[^,]+)')
TYPES = ("bigint", "bigint", "integer", "smallint", "double precision", "real", "numeric", "numeric(10,2)",
         "numeric(6)",
         "boolean", "text", "text", "text", "varchar(20)", "char(5)", "bytea", "uuid", "jsonb", "json", "date", "time",
         "timestamp", "timestamptz", "text[]", "bigint[]", "integer[]")
MOMENTS = ("date", "timestamp", "timestamptz")
NEW_NAMES = ("renamed", "Re Named", "sel\"ect", "order by", "\u00fcber", "x" * 63, "a.b c", "user", "1st", "it's", "$2")
SCHEMAS = ("elsewhere", "Other Place", "select")
ZONES = ("Europe/Berlin", "America/New_York", "+02:00", "-03:30", "Asia/Kathmandu")
FILLS = {"bigint": ("7", "-1"), "integer": ("0",), "text": ("filled", ""), "boolean": ("true",), "double": ("1.5",)}
ADDED = {"bigint": "42", "text": "new", "boolean": "false", "jsonb": "{}", "date": "2024-02-29"}


def scalar(text):
    """A YAML scalar's value: in quotes much as JSON has it."""
    if not text.startswith('"'):
        return text
    return json.loads(re.sub(r"\\\\|\\x", lambda m: m[0].replace("\\x", "\\u00"), text))


def in_sqlite(name):
    return '"' + name.replace('"', '""') + '"'


def in_quotes(word):
    return json.dumps(word, ensure_ascii=True)


@dataclasses.dataclass
class Column:
    """What a line of the plan says of a column."""
    line: int
    key: str  # as YAML has it
    words: dict
    skipped: bool = False
    kind: str = ""  # the type asked for
    name: str = ""  # the name asked for
    zone: str = ""
    nulls: tuple = ()  # texts that mean NULL
    fill: str = None   # what stands in place of NULL

    @property
    def is_changed(self):
        """Whether the target's values mean something else than they would without the edit."""
        return bool(self.kind or self.nulls or self.zone or self.fill is not None)


@dataclasses.dataclass
class Table:
    line: int
    key: str
    columns: dict = dataclasses.field(default_factory=dict)
    to: int = 0  # the line
    skipped: bool = False
    place: tuple = ()  # schema and name asked for
    added: dict = dataclasses.field(default_factory=dict)  # name: type


AS_IT_IS = Column(0, "", {})


class Plan:
    """The lines of a plan file, and what they are about."""
    is_changed = False

    def __init__(self, text):
        self.lines = text.split("\n")
        self.tables, table = {}, None
        for number, line in enumerate(self.lines):
            if match := TABLE.match(line):
                table = Table(number, match[1])
                self.tables[scalar(match[1]).split(".", 1)[1]] = table
            elif table and line.startswith("    to: "):
                table.to = number
            elif table and (match := COLUMN.match(line)):
                table.columns[scalar(match[1])] = Column(number, match[1], dict(PAIR.findall(match[2])))

    def text(self):
        return "\n".join(line for line in self.lines if line is not None)

    def column(self, table, column):
        return self.tables[table].columns.get(column, AS_IT_IS) if table in self.tables else AS_IT_IS

    def added(self, table):
        """Columns that the source does not have, and their types."""
        return self.tables[table].added if table in self.tables else {}

    def units(self):
        """What numbers count in columns of moments."""
        return {(name, column): found.words["epoch"] for name, table in self.tables.items()
                for column, found in table.columns.items() if "epoch" in found.words}


class Edits(Plan):
    """Random edits of a plan, fitted to what `source` (an oracle.Source) declares."""

    def __init__(self, rng, text, source):
        super().__init__(text)
        self.rng, self.source = rng, source
        self.story = []
        self.defaults()
        self.referred = {(parent, column) for child in self.tables for _, _, parent, _, column, *_ in
                         source.db.execute(f"PRAGMA foreign_key_list({in_sqlite(child)})")}
        for name, table in self.tables.items():
            declared = source.columns(name)
            if rng.random() < .06:
                self.skip_table(name, table)
                continue
            if rng.random() < .15:
                self.rename_table(name, table, rng.choice(NEW_NAMES))
            if not any(hidden for *_, hidden in declared):  # what is generated is made of the others
                self.columns(name, table, {row[0]: row for row in declared})
            if rng.random() < .15:
                self.add(name, table)
        self.is_changed = any(column.is_changed for table in self.tables.values() for column in table.columns.values())

    def tell(self, *words):
        self.story.append("edited: " + " ".join(map(str, words)))

    def defaults(self):
        """orphans for all tables."""
        if self.rng.random() < .3:
            orphans = self.rng.choice(("keep", "set-aside", "null"))
            self.lines = [re.sub(r"^(defaults: \{)", rf"\1orphans: {orphans}, ", line) for line in self.lines]
            self.tell("orphans", orphans)

    def skip_table(self, name, table):
        table.skipped = True
        self.tell("skip", name)
        self.lines[table.line] = f"  - {{from: {table.key}, skip: true}}"
        for number in range(table.line + 1, len(self.lines)):
            if not self.lines[number].startswith("    "):
                break
            self.lines[number] = None

    def rename_table(self, name, table, new):
        places = {other.place for other in self.tables.values()}
        table.place = (self.rng.choice(SCHEMAS), new)
        if table.place in places:
            table.place = ()
            return
        self.lines[table.to] = f"    to: {in_quotes('.'.join(table.place))}"
        self.tell(name, "to", table.place)

    def add(self, name, table):
        kind = self.rng.choice(tuple(ADDED))
        table.added["added by the plan"] = kind
        default = self.value(ADDED[kind], kind)
        self.lines[table.line] += f"\n    add: {{added by the plan: {{type: {kind}, default: {default}}}}}"
        self.tell(name, "gets a column of", kind)

    @staticmethod
    def value(word, kind):
        return word if kind in ("bigint", "integer", "boolean", "jsonb", "double") else in_quotes(word)

    # --- columns --------------------------------------------------------------------------------

    def columns(self, name, table, declared):
        rng = self.rng
        keys = [column for column, row in declared.items() if row[4] or (name, column) in self.referred]
        left_out = []
        for column, found in table.columns.items():
            if rng.random() < .04 and len(left_out) + 1 < len(table.columns) and column not in keys:
                found.skipped = True
                left_out.append(found.key)
                self.lines[found.line] = None
                self.tell(name, "without", column)
                continue
            before = dict(found.words)
            if rng.random() < .15:
                self.retype(name, found, column in keys)
            if rng.random() < .08:
                self.rename(found, table)
            if rng.random() < .08 and "default" not in found.words:  # else that stands in for NULL
                found.nulls = tuple(rng.sample((b"", b"a", b"12", b"x", b"null", b"[]", b"true"), 2))
                found.words["null_texts"] = json.dumps([word.decode() for word in found.nulls])
            if rng.random() < .06 and column not in keys and scalar(found.words["type"]) in FILLS:
                self.fill(found)
            if found.words != before:
                words = ", ".join(f"{key}: {value}" for key, value in found.words.items())
                self.lines[found.line] = f"      {found.key}: {{{words}}}"
                self.tell(name, self.lines[found.line].strip())
        if left_out:
            self.lines[table.line] += f"\n    skip_columns: [{', '.join(left_out)}]"

    def retype(self, name, found, is_key):
        kind = self.rng.choice(TYPES)
        if kind == "uuid" and is_key:
            kind = "text"
        found.kind = kind
        found.words = {"type": kind if kind.isalnum() else in_quotes(kind),
                       **{k: v for k, v in found.words.items() if k in ("to", "not_null")}}
        if kind in MOMENTS and self.rng.random() < .7:
            found.words["epoch"] = self.rng.choice(("s", "ms", "us", "d", "julian"))
        if kind == "timestamptz" and self.rng.random() < .5:
            found.zone = self.rng.choice(ZONES)
            found.words["zone"] = f'"{found.zone}"'

    def rename(self, found, table):
        new = self.rng.choice(NEW_NAMES)
        if not any(new in (other.name, scalar(other.words.get("to", other.key))) for other in table.columns.values()):
            found.name = new
            found.words["to"] = in_quotes(new)

    def fill(self, found):
        kind = scalar(found.words["type"])
        fill = self.rng.choice(FILLS[kind])
        if fill.encode() in found.nulls:  # that would mean NULL again
            return
        found.fill = fill
        found.words["not_null"] = "true"
        found.words["default"] = self.value(found.fill, kind)
