#!/usr/bin/python3
"""`outgrow report`, `migrate --report` and `--profile`: the page against the database it speaks of."""
import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

from harness import check, equal, run, test

SHOP = """CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seen);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, total REAL);
CREATE INDEX orders_by_customer ON orders (customer);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
  INSERT INTO customers SELECT i, 'name ' || i, CASE WHEN i = 7 THEN 'never' ELSE i END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
  INSERT INTO orders SELECT i, i % 300 + 1, i / 4.0 FROM n;
INSERT INTO customers VALUES (301, CAST(x'61ff' AS TEXT), 1);
CREATE VIEW big AS SELECT customer, group_concat(id) AS ids FROM orders GROUP BY customer;"""


class Page(HTMLParser):
    """What a browser would make of the page: its elements, and the words in them."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(text)
        self.tree = ElementTree.fromstring(text.split("\n", 1)[1])  # without the doctype

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)

    def text(self):
        return "".join(self.words)

    def rows(self, section):
        """The rows of a section's tables as {label: words}, however they are folded."""
        found = self.tree.find(f".//section[@id='{section}']")
        return [{td.get("data-label"): "".join(td.itertext()) for td in tr.findall("td")}
                for tr in found.iter("tr") if tr.find("td") is not None]


def number(words):
    return int(words.replace(",", ""))


def page_of(t, *arguments):
    path = t.folder / "report.html"
    t.outgrow("report", *arguments, "-o", path).expect(0)
    return Page(path.read_text())


def states(report):
    return {check_["name"]: check_["state"] for item in report["checklist"] for check_ in item["checks"]}


def report_json(t):
    return t.outgrow("report", "--json", t.target).expect(0).json()


@test("the page's rows, bytes, cells, types and exceptions are those of the database and its journal")
def _(t):
    path = t.sqlite("shop.db", SHOP)
    file = t.folder / "now.html"
    result = t.migrate(path, "--report", file).expect(7)
    check("report written to" in result.err, result.err)
    page = Page(file.read_text())
    for row in page.rows("tables"):
        equal(number(row["Rows"]), int(t.psql(f"SELECT count(*) FROM {row['Table']}")), row["Table"])
    report = report_json(t)
    for table in report["tables"]:
        sent, busy = t.psql(f"SELECT bytes_sent, busy_us FROM outgrow.chunks WHERE source_table = '{table['source']}'"
                            ).split("|")
        equal(table["bytes"], int(sent), "bytes of " + table["source"])
        equal(round(table["copy_seconds"] * 1e6), int(busy), "copying " + table["source"])
        columns = int(t.psql("SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND attrelid = "
                             f"'{table['target']}'::regclass"))
        equal(table["cells"], table["rows_target"] * columns, "cells of " + table["source"])
        least, most = map(int, t.psql("SELECT pg_relation_size(r) + pg_indexes_size(r), pg_total_relation_size(r)"
                                      " FROM "
                                      f"(VALUES ('{table['target']}'::regclass)) AS t (r)").split("|"))
        check(0 < least <= table["target_bytes"] <= most, table, least, most)  # autovacuum may have added a map since
    steps = float(t.psql("SELECT sum(busy_us) FROM outgrow.steps WHERE step ~ '^(key|index|foreign key)'")) / 1e6
    equal(round(sum(table["finish_seconds"] for table in report["tables"]), 4), round(steps, 4), "steps")
    figures = "".join(page.tree.find(".//dl[@class='figures']").itertext())
    check(f"{report['totals']['cells']:,}" in figures, report["totals"]["cells"], figures)
    decided = {row["Column"]: (row["In PostgreSQL"], row["Decided by"]) for row in page.rows("types")}
    equal(decided["customers.seen"], ("text", "row 7: 'never'"), "the type that a value decided")
    aside = page.rows("look")[0]
    equal((aside["Table"], aside["Row"], aside["Column"]), ("customers", "301", "name"), "set aside")
    check("outgrow status --set-aside" in page.text(), "how to list all")
    check("view big" in page.text(), "what does not come over")
    check(str(path) in page.text() and t.database in page.text(), "from and to")


@test("the page loads nothing, runs nothing, and is XML as well")
def _(t):
    t.migrate(t.sqlite("shop.db", SHOP)).expect(7)
    page = page_of(t, t.target)
    for tag, attributes in page.elements:
        check(tag not in ("script", "link", "img", "iframe", "object", "embed", "base", "form"), tag)
        for name, value in attributes.items():
            check(name not in ("src", "href", "srcset", "action", "style") and not name.startswith("on"), tag, name)
            check(name != "http-equiv", value)
    style = page.tree.find(".//style").text
    for outside in ("url(", "@import", "http", "//"):
        check(outside not in style, "the style sheet holds", outside)
    for what in ("prefers-color-scheme:dark", "@media print", "max-width:40rem"):
        check(what in style, what)
    for svg in page.tree.iter("svg"):
        ids = svg.get("aria-labelledby").split()
        equal([e.get("id") for e in (svg.find("title"), svg.find("desc"))], ids, "what the chart is called")
    equal(len(list(page.tree.iter("svg"))), 2, "charts")
    widths = [float(rect.get("width")[:-1]) for rect in page.tree.iter("rect")]
    check(widths and all(0 <= width <= 100.001 for width in widths), widths)


@test("names and values that look like markup are words")
def _(t):
    evil = ["<script>alert(1)</script>", "\"onload='x'", "&lt;b&gt;", "]]>", "</style></table>", "tab\tnew\nline",
            "\u202eright", "\uffff", "a\x01b", "\U0001f600"]
    script = "".join(f'CREATE TABLE "{name.replace(chr(34), chr(34) * 2)}" (id INTEGER PRIMARY KEY, '
                     f'"{name.replace(chr(34), chr(34) * 2)}");' for name in evil)
    path = t.sqlite("<b>&'.db", script + "CREATE TABLE v (a INTEGER); "
                                         "INSERT INTO v VALUES (1), (2), (3), ('</td><script>');")
    t.migrate(path).expect(0)
    page = page_of(t, t.target)
    check("<b>&'.db" in page.text(), "the title")
    for name in evil[:5]:
        check(name in page.text().replace('""', '"'), name, "is not on the page")
    check("</td><script>" in page.text(), "the value that decided a type")
    check(not any(tag == "script" for tag, _ in page.elements), "a script")


@test("two thousand tables and more make a page of bounded size, the largest in sight and the rest folded")
def _(t):
    script = "".join(f"CREATE TABLE t{i} (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t{i} VALUES (1, 'x');"
                     for i in range(2100)) + "INSERT INTO t77 VALUES (2, 'y'), (3, 'y');"
    t.migrate(t.sqlite("many.db", script)).expect(0)
    page = page_of(t, t.target)
    size = (t.folder / "report.html").stat().st_size
    check(size < 4_000_000, size, "bytes")
    rows = page.rows("tables")
    equal((rows[0]["Table"], len(rows)), ("public.t77", 2000), "tables on the page")
    folded = page.tree.find(".//section[@id='tables']/details")
    equal(len(list(folded.iter("tr"))) - 1, 1975, "folded")
    check("and 100 more" in page.text(), "that there are more")


@test("a box is ticked only by a check of its own, and opens again when the fact is gone")
def _(t):
    path = t.sqlite("shop.db", SHOP)
    t.migrate(path).expect(7)
    archives = t.folder / "archives"

    def found():
        return states(t.outgrow("report", "--json", "--archive-directory", archives, t.target).expect(0).json())

    before = found()
    for name in ("start of each service", "health checks of the services", "your documents", "row-level security",
                 "backup of PostgreSQL", "hash chains"):
        equal(before[name], "yours", name)
    for name in ("owner of the tables", "a role for the application", "archive of the source",
                 "statistics of statements", "slow statements are logged"):
        equal(before[name], "open", name)
    for name in ("the database answers", "statistics for the planner", "autovacuum", "backup of the source",
                 "encryption", "rights of everybody (PUBLIC)", "how passwords are kept"):
        equal(before[name], "passed", name)
    t.psql(f"CREATE ROLE owner_{t.database}; CREATE ROLE app_{t.database} LOGIN;"
           f"ALTER TABLE customers OWNER TO owner_{t.database}; ALTER TABLE orders OWNER TO owner_{t.database};"
           f"GRANT USAGE ON SCHEMA public TO app_{t.database}; GRANT SELECT ON orders TO app_{t.database};"
           "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; GRANT SELECT ON customers TO PUBLIC;"
           f"ALTER DATABASE {t.database} SET log_min_duration_statement = '500ms';"
           "INSERT INTO outgrow.chain_state (schema_name, table_name, links, integrity_status, source_links,"
           " source_status) VALUES ('public', 'orders', 5000, 'intact', 5000, 'intact')")
    t.outgrow("archive", "--archive-directory", archives, path, t.target).expect(0)
    after = found()
    for name in ("owner of the tables", "a role for the application", "row-level security", "archive of the source",
                 "slow statements are logged", "hash chains"):
        equal(after[name], "passed", name)
    equal(after["rights of everybody (PUBLIC)"], "open", "after a GRANT to PUBLIC")
    t.psql("UPDATE outgrow.chain_state SET integrity_status = 'broken', first_broken = '17'")
    archive = next(archives.glob("*.tar.zst"))
    archive.write_bytes(archive.read_bytes() + b"x")
    snapshot = t.psql("SELECT snapshot_path FROM outgrow.runs")
    broken = found()
    equal((broken["hash chains"], broken["archive of the source"]), ("open", "open"), "broken")
    check("orders at 17" in t.outgrow("report", t.target).expect(0).out, "the broken link")
    t.folder.joinpath(snapshot).unlink()
    equal(found()["backup of the source"], "open", "the backup is gone")
    t.psql(f"DROP OWNED BY owner_{t.database}, app_{t.database}; DROP ROLE owner_{t.database}, app_{t.database}")


@test("a backup that is not what it was at the migration is found out by its digest")
def _(t):
    t.migrate(t.sqlite("shop.db", SHOP), "--report", t.folder / "r.html").expect(7)
    equal(states(report_json(t))["backup of the source"], "passed", "the backup")
    with open(t.psql("SELECT snapshot_path FROM outgrow.runs"), "r+b") as file:
        file.seek(5000)
        file.write(b"?")
    equal(states(report_json(t))["backup of the source"], "open", "one byte later")


@test("a password is nowhere in page, JSON or text")
def _(t):
    target = t.target.replace("tester@", "tester:sesame@")
    t.outgrow("migrate", t.sqlite("shop.db", SHOP), target, "--report", t.folder / "r.html").expect(7)
    for words in ((t.folder / "r.html").read_text(), t.outgrow("report", target).out,
                  t.outgrow("report", "--json", target).out):
        check("sesame" not in words)


@test("an earlier report is replaced, and any other file never")
def _(t):
    path = t.sqlite("shop.db", SHOP)
    other = t.folder / "letter.html"
    other.write_text("<!DOCTYPE html>\n<html lang=\"en\">mine</html>")
    t.migrate(path, "--report", other).expect(2)
    equal(t.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'outgrow'"), "0", "nothing was begun")
    t.migrate(path).expect(7)
    for file in (other, path, t.folder):
        result = t.outgrow("report", t.target, "-o", file).expect(2)
        check("is no report" in result.err, result.err)
    check("mine" in other.read_text())
    t.outgrow("report", t.target, "-o", t.folder / "no/such/folder.html").expect(5)
    for more in ((), ("--json",)):
        for _ in range(2):
            t.outgrow("report", t.target, "-o", t.folder / "r", *more).expect(0)
    equal(json.loads((t.folder / "r").read_text())["run"], 1, "the JSON in the file")
    equal([p.name for p in t.folder.glob("*.partial")], [], "left behind")


@test("--profile shows phases and tables from the same figures as the JSON")
def _(t):
    path = t.sqlite("shop.db", SHOP)
    text = t.migrate(path, "--profile").expect(7).out
    report = report_json(t)
    names = [phase["name"] for phase in report["phases"]]
    equal(names, ["connect", "backup", "check", "inspect", "create", "copy", "finish", "verify"], "phases")
    for phase in report["phases"]:
        check(re.search(rf"^ +{phase['name']} +{phase['seconds']:.3f} ", text, re.M), phase, text)
    for table in report["tables"]:
        line = re.search(rf"^ +{table['target']} +(\S+) +\S+ +(\S+) +\S+ +(\S+) +(\S+)$", text, re.M)
        equal(line.groups(), (f"{table['rows_copied']:,}", f"{table['copy_seconds']:.3f}",
                              f"{table['finish_seconds']:.3f}", f"{table['verify_seconds']:.3f}"), table["target"])
    equal({kind["name"] for kind in report["finish_work"]},
          {"primary keys", "indexes", "foreign keys", "statistics (ANALYZE)"} |
          {kind["name"] for kind in report["finish_work"] if kind["name"] == "sequences"}, "behind the rows")


@test("the report is found by source, also when that is gone; there is none of what was never moved")
def _(t):
    first = t.sqlite("first.db", "CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    second = t.sqlite("second.db", "CREATE TABLE b (x); INSERT INTO b VALUES (1);")
    t.outgrow("report", t.target).expect(2)
    t.migrate(first).expect(0)
    t.migrate(second).expect(0)
    first.unlink()
    for arguments, source in (((first, t.target), first), (("first.db", t.target), first), ((t.target,), second)):
        found = t.outgrow("report", "--json", *arguments).expect(0).json()
        equal(found["source"]["path"], str(source), arguments)
    result = t.outgrow("report", t.sqlite("third.db", "CREATE TABLE c (x)"), t.target).expect(2)
    check("third.db" in result.err, result.err)
    t.outgrow("report").expect(4)  # no private server is made for a look


@test("what a later verification found is said")
def _(t):
    path = t.sqlite("shop.db", SHOP)
    t.migrate(path).expect(7)
    t.psql("UPDATE orders SET total = 0 WHERE id = 9")
    t.outgrow("verify", path, t.target).expect(6)
    check("a later outgrow verify recorded 1 difference" in page_of(t, t.target).text())


run()
