#!/usr/bin/python3
"""Databases as real applications make them: every cell arrives, in either mode of types."""
import sqlite3

from compare import compare
from harness import check, equal, run, test
from make_real import MAKERS, make


def in_sqlite(path, question):
    """A number there that is more than none."""
    db = sqlite3.connect(path)
    (found,), = db.execute(question)
    db.close()
    check(found > 0, question, "finds nothing")
    return found


for kind in MAKERS:
    for types in ("faithful", "evolve"):
        @test(f"a {kind} database arrives cell by cell with --types {types}")
        def _(t, kind=kind, types=types):
            path = make(kind, t.folder / f"{kind}.db")
            t.migrate(path, "--types", types).expect(0)
            counts = compare(path, t.target)
            check(counts and not any(counts.values()), counts)
            t.outgrow("verify", path, t.target).expect(0)


@test("Chinook keeps its keys, lengths, precision and unquoted use in SQL")
def _(t):
    path = make("chinook", t.folder / "c.db")
    t.migrate(path, "--names", "fold").expect(0)
    join = "SELECT count(*) FROM Track JOIN Album USING (AlbumId) WHERE UnitPrice = 0.99 AND Milliseconds > 0"
    equal(int(t.psql(join)), in_sqlite(path, join), join)
    equal(t.psql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                 "'track'::regclass AND attname IN ('name', 'unitprice') ORDER BY attnum"),
          "character varying(200)\nnumeric(10,2)", "types")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated "
                 "AND connamespace = 'public'::regnamespace"), "5", "foreign keys")
    equal(t.psql("SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace"),
          "7", "primary keys")


@test("the GeoPackage's geometries arrive as bytes, and its R-tree is listed as not carried")
def _(t):
    result = t.migrate(make("geopackage", t.folder / "g.gpkg")).expect(0)
    check("rtree_places_geom" in result.out + result.err, "the R-tree is not mentioned", result.out)
    equal(t.psql("SELECT count(*), sum(length(geom)) FROM places WHERE geom IS NOT NULL"), "490|14210", "geometries")
    equal(t.psql("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'rtree%'"), "0", "shadow tables")
    t.psql("INSERT INTO places (name) VALUES ('next')")
    equal(t.psql("SELECT fid FROM places WHERE name = 'next'"), "501", "the next id")


@test("the browser's and the phone's triggers and full-text tables are listed by name, a plain view arrives")
def _(t):
    for kind, names in (("browser", ["moz_places_afterdelete"]),
                        ("phone", ["sms_words_delete", "words"])):
        result = t.migrate(make(kind, t.folder / f"{kind}.db")).expect(0)
        for name in names:
            check(name in result.out, name, "is not in the report:", result.out)
    view = "SELECT count(*) FROM view_raw_contacts"
    equal(int(t.psql(view)), in_sqlite(t.folder / "phone.db", view), view)


run()
