#!/usr/bin/python3
"""docs/same.md and docs/conversions.md, line by line: which values a type takes, which count as the same, and how
they come back."""
import sqlite3

from back import rows, switched
from harness import check, equal, run, test

ID = "12345678-1234-5678-1234-567812345abc"
HEX = ID.replace("-", "")
OTHER = ID.replace("1", "2")
BERLIN = ", zone: Europe/Berlin"

# The column's type and what else its plan says, a value of SQLite, and what PostgreSQL then shows; None: set aside.
STORED = [
    ("bigint", "5", "5"), ("bigint", "2.0", "2"), ("bigint", "2.5", None), ("bigint", "'12'", "12"),
    ("bigint", "'12.0'", None),
    ("bigint", "'+7'", None), ("bigint", "' 7'", None), ("bigint", "'007'", None), ("bigint", "'1e3'", None),
    ("bigint", "x'31'", None),
    ("bigint", "9.3e18", None), ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("bigint", "'9223372036854775808'", None),
    ("integer", "2147483648", None), ("integer", "3.0", "3"), ("integer", "'44'", "44"), ("smallint", "32768", None),
    ("smallint", "'-5'", "-5"),
    ("double precision", "5", "5"), ("double precision", "9007199254740993", None), ("double precision", "0.1", "0.1"),
    ("double precision", "-0.0", "-0"), ("double precision", "9e999", "Infinity"), ("double precision", "'1.5'", None),
    ("double precision", "x'00'", None), ("real", "16777217", None), ("real", "16777216", "1.6777216e+07"),
    ("real", "0.5", "0.5"), ("real", "0.1", None),
    ("numeric", "0.1", "0.1"), ("numeric", "'1.50'", "1.50"), ("numeric", "'1e3'", None), ("numeric", "'abc'", None),
    ("numeric", "x'31'", None),
    ("numeric", "'NaN'", None), ("numeric(5,2)", "1.5", "1.50"), ("numeric(5,2)", "1.555", None),
    ("numeric(5,2)", "1000", None),
    ("boolean", "0", "false"), ("boolean", "1", "true"), ("boolean", "2", None), ("boolean", "1.0", None),
    ("boolean", "0.5", None),
    *(("boolean", f"'{word}'", str(word.lower() in ("t", "true", "y", "yes", "on", "1")).lower())
      for word in "t f true false y n yes no on off 1 0 TRUE tRuE oN".split()),
    ("boolean", "'maybe'", None), ("boolean", "' t'", None), ("boolean", "x'31'", None),
    *((kind, *case) for kind in ("text", "varchar(20)", "json", "citext", "character(20)")
      for case in (("12", "12"), ("2.5", "2.5"), ("3.0", "3.0"), ("1e20", "1e+20"), ("1.5e-5", "1.5e-05"),
                   ("-0.0", "-0.0"), ("x'41'", None))),
    ("text", "9e999", "Infinity"), ("json", "9e999", None), ("text", "'a  '", "a  "), ("varchar(3)", "'abcd'", None),
    ("varchar(3)", "'abc '", None),
    ("character(3)", "'a'", "a"), ("character(3)", "'abcd'", None), ("character(3)", "'abc  '", "abc"),
    ("bytea", "12", r"\x3132"), ("bytea", "2.5", r"\x322e35"), ("bytea", "'é'", r"\xc3a9"),
    ("bytea", "x'00ff'", r"\x00ff"),
    ("uuid", "1", None), ("uuid", "1.5", None), ("uuid", f"'{ID}'", ID), ("uuid", f"'{HEX.upper()}'", ID),
    ("uuid", f"x'{HEX}'", ID),
    ("uuid", f"'{{{ID}}}'", None), ("uuid", "x'1234'", None),
    ("jsonb", "5", "5"), ("jsonb", "2.5", "2.5"), ("jsonb", '\'{"b":1,"a": 1e2}\'', '{"a": 100, "b": 1}'),
    ("jsonb", '\'{"a":1,"a":2}\'', None),
    ("jsonb", '\'"\\u0061"\'', '"a"'), ("jsonb", '\'"\\u0000"\'', None), ("jsonb", '\'"\\ud800"\'', None),
    ("jsonb", "'nope'", None),
    ("jsonb", "x'31'", None), ("jsonb", "'" + "[" * 1001 + "]" * 1001 + "'", None),
    ("date", "'2024-02-29'", "2024-02-29"), ("date", "'2023-02-30'", None), ("date", "5", None),
    ("date", "'2024-02-29 00:00:00'", None),
    ("date", "'0000-01-01'", None), ("date", "'10000-01-01'", None), ("date", "'infinity'", None),
    ("date", "'2024-2-9'", None),
    ("date, epoch: s", "1700006400", "2023-11-15"), ("date, epoch: s", "1700006401", None),
    ("time", "'10:20'", "10:20:00"), ("time", "'10:20:30.5'", "10:20:30.5"), ("time", "'24:00'", None),
    ("time", "'10:20:30.1234567'", None),
    ("time", "'10:20:30.1234560'", "10:20:30.123456"), ("time", "5", None), ("time", "0.5", None),
    ("timestamp", "'2024-02-29'", "2024-02-29 00:00:00"), ("timestamp", "'2024-02-29T10:00'", "2024-02-29 10:00:00"),
    ("timestamp", "1700000000", None), ("timestamp", "'2024-02-29 10:00:00Z'", None),
    ("timestamp, epoch: s", "1700000000", "2023-11-14 22:13:20"),
    ("timestamp, epoch: s", "1700000000.5", "2023-11-14 22:13:20.5"),
    ("timestamp, epoch: s", "1700000000.1234567", None),
    ("timestamp, epoch: s", "'2024-02-29 10:00'", "2024-02-29 10:00:00"),
    ("timestamp, epoch: ms", "1700000000123", "2023-11-14 22:13:20.123"),
    ("timestamp, epoch: us", "1700000000123456", "2023-11-14 22:13:20.123456"),
    ("timestamp, epoch: d", "19000", "2022-01-08 00:00:00"),
    ("timestamp, epoch: julian", "2460000.5", "2023-02-25 00:00:00"),
    ("timestamp(3)", "'2024-01-01 10:00:00.123'", "2024-01-01 10:00:00.123"),
    ("timestamp(3)", "'2024-01-01 10:00:00.1234'", None),
    ("timestamptz", "'2024-02-29 10:00'", "2024-02-29 10:00:00+00"),
    ("timestamptz", "'2024-02-29T10:00:00Z'", "2024-02-29 10:00:00+00"),
    ("timestamptz", "'2024-02-29 10:00:00 +0130'", "2024-02-29 08:30:00+00"),
    ("timestamptz", "'2024-02-29 10:00:00-02'", "2024-02-29 12:00:00+00"),
    ("timestamptz", "'2024-02-29 10:00:00+01:00'", "2024-02-29 09:00:00+00"),
    ("timestamptz" + BERLIN, "'2024-03-31 02:30'", None),
    ("timestamptz" + BERLIN, "'2024-07-01 12:00'", "2024-07-01 10:00:00+00"),
    ("timestamptz" + BERLIN, "'2024-10-27 02:30'", "2024-10-27 00:30:00+00"),
    ("inet", "'10.0.0.1'", "10.0.0.1/32"), ("inet", "'2001:DB8::1/64'", "2001:db8::1/64"), ("inet", "5", None),
    ("inet", "x'0a000001'", None),
    ("cidr", "'10.0.0.1/8'", None), ("cidr", "'10.0.0.0/8'", "10.0.0.0/8"),
    ("interval", "'P1DT2H'", "1 day 02:00:00"), ("interval", "'26:00:00'", "26:00:00"),
    ("interval", "'1 day 02:00:00'", "1 day 02:00:00"),
    ("interval", "'PT90M'", "01:30:00"), ("interval", "5", None), ("interval, unit: s", "90", "00:01:30"),
    ("interval, unit: s", "1.5", "00:00:01.5"),
    ("text[]", '\'["a", null, "b"]\'', "{a,NULL,b}"), ("text[]", "'[1]'", None), ("text[]", "5", None),
    ("text[]", '\'[["a"]]\'', None),
    ("bigint[]", "'[1, null, 2]'", "{1,NULL,2}"), ("bigint[]", "'[1.5]'", None), ("integer[]", "'[2147483648]'", None),
    ("bigint[]", "x'5b315d'", None),
]

# What somebody put there: is it the same?
COMPARED = [
    *((kind, value, stored, True) for kind, value, stored in STORED if stored is not None),
    ("bigint", "'12.0'", "12", True), ("bigint", "'+7'", "7", True), ("bigint", "'007'", "7", True),
    ("bigint", "'1e3'", "1000", True),
    ("bigint", "' 7'", "7", False), ("bigint", "x'31'", "1", False), ("bigint", "2.5", "2", False),
    ("boolean", "1.0", "true", True),
    ("boolean", "0.0", "false", True), ("boolean", "2", "true", False), ("double precision", "'1.5'", "1.5", False),
    ("double precision", "-0.0", "0", False), ("real", "-0.0", "0", False), ("real", "0.1", "0.1", False),
    ("numeric", "'1.50'", "1.5", True),
    ("numeric", "'1e3'", "1000", True), ("numeric", "'NaN'", "NaN", False), ("numeric(5,2)", "1.555", "1.56", False),
    ("text", "'a '", "a", False),
    ("text", "'É'", "é", False), ("text", "'é'", "e\u0301", False), ("citext", "'A'", "a", False),
    ("character(5)", "'a   '", "a", True),
    ("uuid", f"'{{{ID}}}'", ID, False), ("json", "'[1, 2]'", "[1,2]", False),
    ("jsonb", '\'{"a":1,"a":2}\'', '{"a":2}', True),
    ("jsonb", '\'{"a":1,"a":2}\'', '{"a":1}', False), ("jsonb", "'[1,2]'", "[2,1]", False),
    ("jsonb", "'1e2'", "100.0", True),
    ("date", "'infinity'", "infinity", False), ("date", "'2024-02-29 00:00:00'", "2024-02-29", False),
    ("time", "'24:00'", "24:00", False),
    ("timestamp", "'2024-02-29 10:00:00Z'", "2024-02-29 10:00", False), ("cidr", "'10.0.0.1/8'", "10.0.0.0/8", False),
    ("interval", "'24:00:00'", "1 day", False), ("text[]", "'[1]'", "{1}", False), ("text", "NULL", "", False),
    ("text", "''", None, False),
    ("bytea", "x''", None, False), ("bytea", "NULL", "", False), ("jsonb", "NULL", "null", False),
    ("jsonb", "'null'", None, False), ("jsonb", "NULL", None, True),
]

# The plan's type, how most of a column's values are written, and others: as what they come back; all of the first come
# back as they were, but for those that stand among the others.
BACK = [
    *((kind, *case) for kind in ("bigint", "integer", "smallint")
      for case in (("1 2 3", {"5.0": "5", "'7'": "7"}), ("1.0 2.0 3.0", {"-0.0": "0.0", "5": "5.0"}),
                   ("'1' '2' '3'", {"5": "'5'"}))),
    *((kind, *case) for kind in ("double precision", "real") for case
      in (("1 2 3", {"5.5": "5.5", "6.0": "6"}), ("1.5 -0.0 3.0", {"7": "7.0"}))),
    ("numeric", "1 2 3", {"5.5": "5.5"}), ("numeric", "1.5 2.5 3.0", {"-0.0": "0.0", "7": "7.0"}),
    ("numeric", "'1.50' '2.00' '3' '-0.5'", {}),
    ("numeric(10,2)", "1.5 2.5 3.0", {"-0.0": "0.0"}), ("numeric(10,2)", "'1.50' '2.00'", {"'1.5'": "'1.50'"}),
    ("numeric(10,2)", "1 2 3", {}),
    ("boolean", "0 1 1", {}), ("boolean", "'yes' 'no'", {"'true'": "'yes'", "1": "'yes'"}), ("boolean", "'T' 'F'", {}),
    ("boolean", "'Yes' 'No'", {}),
    ("boolean", "'true' 'false'", {"'tRuE'": "'true'"}),
    *((kind, *case) for kind in ("text", "varchar(30)", "citext", "json")
      for case in (("1 2 3", {"'5'": "5"}), ("1.5 2.0 1e20 -0.0", {}), ("'1' '2' '3'", {"5": "'5'"}))),
    ("character(5)", "'ab' 'abc' 'abcde'", {"'a  '": "'a'"}), ("bytea", "x'00ff' x'' x'31'", {"'abc'": "x'616263'"}),
    ("bytea", "'abc' 'é' ''", {}),
    ("bytea", "1 2 3", {}), ("bytea", "1.5 2.5 3.0", {}), ("uuid", f"'{ID}' '{OTHER}'", {f"'{HEX}'": f"'{ID}'"}),
    ("uuid", f"'{ID.upper()}' '{OTHER.upper()}'", {}),
    ("uuid", f"'{HEX}'", {}), ("uuid", f"x'{HEX}'", {}),
    ("jsonb", '\'{"a":1}\' \'[1,2]\' \'"x"\'', {'\'{"b":1,"a":1e2}\'': '\'{"a":100,"b":1}\''}),
    ("jsonb", "1 2 3", {}), ("jsonb", "1.5 2.5 3.0", {}), ("date", "'2024-01-01' '2024-02-29'", {}),
    ("date, epoch: d", "19000 19001", {}),
    *((f"{kind}, epoch: {unit}", values, {}) for kind in ("timestamp", "timestamptz") for unit, values in (
        ("s", "1700000000 1700000001"), ("ms", "1700000000123 1700000000124"),
        ("us", "1700000000123456 1700000000123457"), ("d", "19000 19001"),
        ("s", "1700000000.5 1700000001.25"), ("julian", "2460000.5 2460001.25"))),
    ("timestamp, epoch: s", "1.5 2.5", {"-0.0": "0.0"}),
    ("timestamp, epoch: s, round: true", "1.5 2.5", {"1.0000001": "1.0"}),
    ("time", "'10:00' '11:30'", {"'10:00:05'": "'10:00:05'"}), ("time", "'10:00:00.500' '11:30:01.250'", {}),
    ("timestamp", "'2024-01-01|10:00:00' '2024-01-02|11:00:00'", {"'2024-01-01T10:00'": "'2024-01-01|10:00:00'"}),
    ("timestamp", "'2024-01-01T10:00:00.123'", {}),
    ("timestamp", "'2024-01-01' '2024-01-02'", {}),
    ("timestamp", "'2024-01-01|10:00:00.123456'", {"'2024-01-01|10:00:00.1234560'": "'2024-01-01|10:00:00.123456'"}),
    ("timestamptz", "'2024-01-01T10:00:00Z' '2024-01-02T10:00:00Z'",
     {"'2024-01-01T10:00:00+02:00'": "'2024-01-01T08:00:00Z'"}),
    ("timestamptz", "'2024-01-01|10:00:00'", {}), ("timestamptz", "'2024-01-01|10:00:00+0200'", {}),
    ("timestamptz", "'2024-01-01|10:00:00|+02:00'", {}),
    ("timestamptz" + BERLIN, "'2024-01-01|10:00:00' '2024-07-02|10:00:00' '2024-10-27|02:30:00'", {}),
    ("interval", "'P1DT2H' 'PT3M' 'P1Y2M'", {"'PT90M'": "'PT1H30M'", "'P2W'": "'P14D'"}),
    ("interval", "'26:00:00' '01:30:00'", {}), ("interval, unit: s", "90 120", {}),
    ("interval, unit: s", "1.5 2.5", {"-0.0": "0.0"}),
    ("inet", "'10.0.0.1' '10.0.0.2'", {"'2001:DB8:0:0:0:0:0:1'": "'2001:db8::1'"}), ("cidr", "'10.0.0.0/8'", {}),
    ("text[]", "'[\"a\",\"b\"]' '[]' '[null]'", {"'[\"c\",|\"d\"]'": "'[\"c\",\"d\"]'"}),
    ("bigint[]", "'[1,2]' '[3]'", {}), ("integer[]", "'[1,|2]' '[3,|4]'", {}),
]


def plan_of(kinds):
    """A table for each, t0 and on, with one column of that type."""
    lines = ["version: 1", "sources: {app: app.db}", "tables:"]
    for number, kind in enumerate(kinds):
        name, _, more = kind.partition(", ")
        lines.append(f"  - {{from: t{number}, columns: {{v: {{type: '{name}'{', ' + more if more else ''}}}}}}}")
    return "\n".join(lines) + "\n"


def tables_of(values):
    return "".join(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, v);"
                   + "".join(f"INSERT INTO t{number} (v) VALUES ({value});" for value in of)
                   for number, of in enumerate(values))


@test("a value arrives as docs/same.md says of its type, or is set aside")
def _(t):
    t.psql("CREATE EXTENSION citext")
    t.sqlite("app.db", tables_of([value] for _, value, _ in STORED))
    (t.folder / "plan.yaml").write_text(plan_of(kind for kind, _, _ in STORED))
    t.outgrow("migrate", "--plan", t.folder / "plan.yaml", t.target).expect(7)
    aside = {table for table, in t.rows("SELECT DISTINCT source_table FROM outgrow.set_aside WHERE NOT altered")}
    shown = t.psql("".join(f"SELECT {n}, v::text FROM t{n};" for n in range(len(STORED))), "-F", "\t")
    found = dict(line.split("\t") for line in shown.split("\n"))
    for number, (kind, value, stored) in enumerate(STORED):
        equal((found.get(str(number)), f"t{number}" in aside), (stored, stored is None), (kind, value[:60]))


@test("what counts as the same, and what does not, is what docs/same.md says, whoever put it there")
def _(t):
    t.psql("CREATE EXTENSION citext")
    t.sqlite("app.db", tables_of([value] for _, value, _, _ in COMPARED))
    (t.folder / "plan.yaml").write_text(plan_of(kind for kind, _, _, _ in COMPARED))
    for number, (kind, _, there, _) in enumerate(COMPARED):
        quoted = "NULL" if there is None else "'" + there.replace("'", "''") + "'"
        t.psql(f"CREATE TABLE t{number} (id bigint PRIMARY KEY, "
               f"v {kind.partition(',')[0] if kind[0] != 'n' else kind});"
               f"SET timezone = UTC; INSERT INTO t{number} VALUES (1, {quoted})")
    report = t.outgrow("verify", "--json", "--plan", t.folder / "plan.yaml", t.target).expect(6).json()
    differs = {d["table"] for d in report["differences"] if d["kind"] == "value"}
    for number, (kind, value, there, same) in enumerate(COMPARED):
        equal(f"public.t{number}" not in differs, same, (kind, value[:60], there))


@test("what comes back from PostgreSQL is written as docs/conversions.md says of its type")
def _(t):
    t.psql("CREATE EXTENSION citext")
    cases = [(kind, [v.replace("|", " ") for v in most.split(" ")],
              {k.replace("|", " "): v.replace("|", " ") for k, v in others.items()})
             for kind, most, others in BACK]
    path, driver = switched(t, tables_of(most * 4 + list(others) for _, most, others in cases),
                            plan=plan_of(kind for kind, _, _ in cases))
    equal(t.psql("SELECT count(*) FROM outgrow.set_aside WHERE NOT altered"), "0")
    t.psql("".join(f"CREATE TABLE kept{n} AS SELECT id, v FROM t{n}; UPDATE t{n} SET v = NULL;" for n
                   in range(len(cases))))
    driver.say("round")
    equal(rows(path, " UNION ALL ".join(f"SELECT v FROM t{n} WHERE v NOT NULL" for n in range(9))), [],
          "all are gone from SQLite")
    t.psql("".join(f"UPDATE t{n} SET v = k.v FROM kept{n} k WHERE k.id = t{n}.id;" for n in range(len(cases))))
    check("refused=0 altered=0" in driver.say("round"), "not as they are")
    literal = sqlite3.connect(":memory:")
    for number, (kind, most, others) in enumerate(cases):
        expected = [literal.execute(f"SELECT typeof({v}), quote({v})").fetchone() for v in most * 4
                    + list(others.values())]
        equal(rows(path, f"SELECT typeof(v), quote(v) FROM t{number} ORDER BY id"), expected, (kind, most))
    driver.close()


run()
