#!/usr/bin/python3
"""make_nasty FILE [UTF-16le|UTF-16be]: one SQLite file with all that is known to trouble a move.

Every table says what it is about. Rows that no PostgreSQL text can hold are only in `bad_text` and
`wide_columns` (row 3), so that tests can count them."""
import pathlib
import sqlite3
import sys

LONG = "a_name_that_is_much_longer_than_the_sixty_three_bytes_that_postgresql_keeps_of_it"

NAMES = f"""
CREATE TABLE Users (Id INTEGER PRIMARY KEY, FullName TEXT, "createdAt" DATETIME);
INSERT INTO Users VALUES (1, 'Ann', '2024-01-02 03:04:05'), (2, 'Bo', NULL);
CREATE TABLE "camelTable" ("userId" INTEGER PRIMARY KEY, plain_Name TEXT);
INSERT INTO "camelTable" VALUES (7, 'x');
CREATE TABLE [select] ("order" INTEGER, `group` TEXT, [user] TEXT, "table" INT);
INSERT INTO [select] VALUES (1, 'g', 'u', 2);
CREATE TABLE "with space" ("a b", "q""uote" TEXT, "it's" TEXT, "back\\slash" TEXT, "tab\there" INT);
INSERT INTO "with space" VALUES (1, '"', '''', '\\', 4);
CREATE TABLE "emoji \U0001F9AB" ("\U0001F418" TEXT, "d\u00e9j\u00e0 vu" INT);
INSERT INTO "emoji \U0001F9AB" VALUES ('\U0001F418\U0001F9AB', 1);
CREATE TABLE {LONG}_1 ({LONG}_a INT, {LONG}_b INT);
INSERT INTO {LONG}_1 VALUES (1, 2);
CREATE TABLE {LONG}_2 ({LONG}_a INT);
INSERT INTO {LONG}_2 VALUES (3);
CREATE TABLE "{chr(0xe9) * 40}" (x INT);
CREATE TABLE system_columns (xmin INT, ctid TEXT, tableoid INT, cmax INT, oid INT, "XMAX" INT);
INSERT INTO system_columns VALUES (1, 'c', 3, 4, 5, 6);
CREATE TABLE users_pkey (id INTEGER PRIMARY KEY, v INT);
CREATE TABLE users_id_seq (id INTEGER PRIMARY KEY AUTOINCREMENT, v INT);
CREATE TABLE pg_like (id INTEGER PRIMARY KEY, "all" INT, "analyse" INT, "offset" INT);
"""

VALUES = """
CREATE TABLE integers (id INTEGER PRIMARY KEY, v INTEGER, small SMALLINT, big BIGINT, t TINYINT);
INSERT INTO integers VALUES (1, 9223372036854775807, 32768, -9223372036854775808, 300),
    (2, -9223372036854775808, -40000, 9223372036854775807, -1), (3, 2147483648, 0, 1, 0),
    (-9223372036854775808, 0, 0, 0, 0), (9223372036854775807, -1, 1, 1, 1), (-7, NULL, NULL, NULL, NULL);
CREATE TABLE reals (id INTEGER PRIMARY KEY, v REAL, d DOUBLE PRECISION, f FLOAT);
INSERT INTO reals VALUES (1, 0.1, 1e300, 123456789.123456789), (2, 9e999, -9e999, 16777217),
    (3, 5e-324, 1.7976931348623157e308, -0.0), (4, 1e15, 1e16, 9007199254740993),
    (5, 9e999 - 9e999, NULL, 2.5);
CREATE TABLE mixed (id INTEGER PRIMARY KEY, int_text INTEGER, int_real, big_real, int_blob, real_text,
    text_blob TEXT, all_five, decimal_text DECIMAL(10,2), only_null, bool_two BOOLEAN, date_text DATE);
INSERT INTO mixed VALUES
    (1, 1, 1, 9007199254740993, 1, 1.5, 'abc', 1, 1.25, NULL, 1, '2024-01-01'),
    (2, '12 apples', 2.5, 0.1, x'00ff', 'word', x'c3a9', 2.5, 'n/a', NULL, 2, 'soon'),
    (3, NULL, -3, -9223372036854775808, NULL, 1e300, x'ff00', 'text', 99999999.99, NULL, 't', 20240101),
    (4, 9223372036854775807, 1e3, 1e300, 7, '', '', x'00', 0, NULL, '', ''),
    (5, '', NULL, NULL, x'', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE decimals (id INTEGER PRIMARY KEY, fits DECIMAL(10,2), over DECIMAL(5,2), plain NUMERIC,
    money NUMERIC(12,4), scale_only NUMERIC(6));
INSERT INTO decimals VALUES (1, 12.5, 123456.789, 0.1, 3, 1), (2, -0.01, 1, 12345678901234567890, 1e-4, 2.5),
    (3, NULL, NULL, '1e5', '0.10', NULL);
CREATE TABLE booleans (id INTEGER PRIMARY KEY, num BOOLEAN, tf BOOLEAN, words BOOL, yes BOOLEAN DEFAULT TRUE,
    two BOOLEAN);
INSERT INTO booleans VALUES (1, 1, 't', 'true', 'yes', 0), (2, 0, 'f', 'FALSE', 'no', 1),
    (3, NULL, 'T', 'True', 'on', 2), (4, 1, 0, 1, 'off', NULL);
CREATE TABLE dates (id INTEGER PRIMARY KEY, day DATE, bad_day DATE, at DATETIME, zoned DATETIME,
    stamp TIMESTAMP, clock TIME, epoch_s DATETIME, epoch_ms TIMESTAMP, julian DATETIME, any_form DATETIME,
    tz TIMESTAMPTZ, minutes DATETIME, apart DATETIME);
INSERT INTO dates VALUES
    (1, '2024-02-29', '2024-02-30', '2024-01-02 03:04:05', '2024-01-02T03:04:05Z',
     '2024-01-02 03:04:05.123', '03:04', 1700000000, 1700000000123, 2460310.5, '2024-01-02',
     '2024-01-02 03:04:05+05:30', '2024-01-02 03:04', '2024-01-02 03:04:05.678 +00:00'),
    (2, '0001-01-01', '2024-01-01', '2024-01-02T03:04:05.000001', '2024-06-30 23:30:00+02:00',
     '1969-12-31 23:59:59.999999', '23:59:59.5', 0, -1, 0.0, '12:34', '2024-01-02T03:04:05.5Z',
     '2024-01-02T03:05', '2024-01-02 03:04:05.000 +00:00'),
    (3, '9999-12-31', 'now', '1900-01-01', '2024-01-02 03:04:05-11:00', '2000-01-01', '00:00:00', -1, 0, 2451545,
     1700000000, '2024-01-02', '1999-12-31 23:59:59', '2024-06-30 23:30:00 -0330'),
    (4, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '0000-00-00 00:00:00', NULL, NULL, NULL);
CREATE TABLE json_values (id INTEGER PRIMARY KEY, ok JSON, zero JSON, huge JSON, twice JSON, lone JSON,
    broken JSON, scalar JSON, empty JSON);
INSERT INTO json_values VALUES
    (1, '{"b": 1, "a": [1.50, null, true, "\\u00e9"]}', '{"z": "\\u0000"}', '[1e400000]', '{"a":1,"a":2}',
     '"\\ud800"', '{"a":', '12', ''),
    (2, ' [ ] ', '{}', '[123456789012345678901234567890.5]', '{"a":{"b":1},"c":2}', '"\\ud83e\\uddab"', '{}',
     '"s"', '[]'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, 'null', NULL);
CREATE TABLE uuids (id UUID PRIMARY KEY, bare UUID, raw BLOB, raw_uuid UUID, upper UUID, broken UUID);
INSERT INTO uuids VALUES
    ('6f1b2c3d-0000-4000-8000-00000000000a', '6f1b2c3d00004000800000000000000b', x'00112233445566778899aabbccddeeff',
     x'00112233445566778899aabbccddeeff', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{no uuid}'),
    ('6f1b2c3d-0000-4000-8000-00000000000c', NULL, x'ffffffffffffffffffffffffffffffff', NULL, NULL,
     '6f1b2c3d-0000-4000-8000-00000000000d');
CREATE TABLE texts (id INTEGER PRIMARY KEY, empty TEXT, short VARCHAR(5), long VARCHAR(3), odd TEXT, ch CHAR(4));
INSERT INTO texts VALUES (1, '', 'abcde', 'abcd', 'tab' || char(9) || 'nl' || char(10) || 'cr' || char(13) || '\\N \\.',
    'ab  '),
    (2, ' ', '\u00e9\u00e9\u00e9\u00e9\u00e9', '', '\\\\' || char(8, 12, 11, 127, 1), '    '),
    (3, NULL, '', '\U0001F418\U0001F418\U0001F418', '\ufeff bom \ue000 \U0010ffff', ''),
    (4, '''', NULL, NULL, NULL, NULL);
CREATE TABLE no_types (a, b, c);
INSERT INTO no_types VALUES (1, 'x', NULL), (2, 'y', x''), (3, '', x'01');
"""

# invalid UTF-8, embedded NUL: three rows that cannot be text, and two that can
BAD_TEXT = """
CREATE TABLE bad_text (id INTEGER PRIMARY KEY, body TEXT, note TEXT);
INSERT INTO bad_text VALUES (1, 'fine', 'good'), (2, CAST(x'61ff62' AS TEXT), 'not UTF-8'),
    (3, 'a' || char(0) || 'b', 'U+0000'), (4, CAST(x'eda080' AS TEXT), 'a surrogate'),
    (5, '', 'empty');
"""

TABLES = """
CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);
INSERT INTO counted VALUES (1, 'a'), (5, 'b'), (3, 'c');
UPDATE sqlite_sequence SET seq = 100 WHERE name = 'counted';
CREATE TABLE emptied (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);
INSERT INTO emptied VALUES (41, 'gone');
DELETE FROM emptied;
CREATE TABLE implicit_id (id INTEGER PRIMARY KEY, v TEXT);
INSERT INTO implicit_id (v) VALUES ('a'), ('b');
CREATE TABLE "no rowid" (b TEXT, v BLOB, a INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO "no rowid" VALUES ('x', x'01', 2), ('y', NULL, 1), ('x', x'', 1);
CREATE TABLE strict_any (id INTEGER PRIMARY KEY, anything ANY, n INT, r REAL, t TEXT, b BLOB) STRICT;
INSERT INTO strict_any VALUES (1, 1, 2, 3.0, 'four', x'05'), (2, '1', NULL, NULL, NULL, NULL),
    (3, x'01', 1, 2, '', x''), (4, 1.5, 1, 1, 'x', x'00');
CREATE TABLE generated (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, total INTEGER AS (a + b),
    stored TEXT GENERATED ALWAYS AS (upper(substr('text' || a, 1, 3))) STORED, ratio REAL AS (a / 2.0) VIRTUAL);
INSERT INTO generated (id, a, b) VALUES (1, 1, 2), (2, NULL, 3), (3, -5, 5);
CREATE TABLE checked (id INTEGER PRIMARY KEY, age INTEGER CHECK (age >= 0 AND age < 150),
    state TEXT NOT NULL CHECK (state IN ('on', 'off')), code TEXT CHECK (code GLOB '[A-Z]*'),
    CONSTRAINT both CHECK (age IS NOT NULL OR state = 'off'), CHECK (length(code) < 10));
INSERT INTO checked VALUES (1, 5, 'on', 'A1'), (2, NULL, 'off', NULL);
CREATE TABLE defaults (id INTEGER PRIMARY KEY, n INTEGER DEFAULT 42, neg INTEGER DEFAULT -1, r REAL DEFAULT 1.5,
    t TEXT DEFAULT 'it''s', e TEXT DEFAULT '', b BLOB DEFAULT x'00ff', yes BOOLEAN DEFAULT 1, f BOOLEAN DEFAULT FALSE,
    at DATETIME DEFAULT CURRENT_TIMESTAMP, day DATE DEFAULT CURRENT_DATE, clock TIME DEFAULT CURRENT_TIME,
    expr TEXT DEFAULT (lower('ABC')), now TEXT DEFAULT (datetime('now')), rnd BLOB DEFAULT (randomblob(4)),
    epoch INTEGER DEFAULT (strftime('%s', 'now')), nul TEXT DEFAULT NULL, word TEXT DEFAULT hello, j JSON DEFAULT '{}',
    numtext TEXT DEFAULT 12, "double" TEXT DEFAULT "quoted");
INSERT INTO defaults (id) VALUES (1);
CREATE TABLE indexed (id INTEGER PRIMARY KEY, a TEXT, b TEXT COLLATE NOCASE, c INTEGER, d TEXT UNIQUE,
    UNIQUE (a, c));
INSERT INTO indexed VALUES (1, 'A', 'x', 1, 'd1'), (2, 'a', 'X', 1, 'd2'), (3, NULL, NULL, NULL, NULL),
    (4, NULL, NULL, NULL, NULL);
CREATE INDEX idx_desc ON indexed (c DESC, a);
CREATE INDEX idx_partial ON indexed (a) WHERE c > 0;
CREATE UNIQUE INDEX idx_partial_unique ON indexed (b) WHERE c > 5;
CREATE INDEX idx_expr ON indexed (lower(a), c + 1);
CREATE INDEX idx_nocase ON indexed (a COLLATE NOCASE);
CREATE INDEX "idx Quoted" ON indexed (b);
CREATE INDEX idx_json ON json_values (json_extract(ok, '$.b'));
CREATE TABLE nullable_key (k TEXT PRIMARY KEY, v INT);
INSERT INTO nullable_key VALUES ('a', 1), (NULL, 2), (NULL, 3);
CREATE TABLE empty_table (id INTEGER PRIMARY KEY, v TEXT NOT NULL, f REAL, b BLOB, d DATE, j JSON, u UUID,
    n NUMERIC(8,2));
CREATE TABLE gaps (id INTEGER PRIMARY KEY, v INT);
INSERT INTO gaps VALUES (-1000000000000, 1), (-1, 2), (0, 3), (1, 4), (4611686018427387904, 5);
CREATE TABLE hidden_rowid (rowid TEXT, oid TEXT, _rowid_ TEXT);
INSERT INTO hidden_rowid VALUES ('a', 'b', 'c'), ('a', 'b', 'c');
CREATE TABLE no_key (v INT);
INSERT INTO no_key VALUES (1), (1), (NULL), (NULL);
"""

KEYS = """
CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES tree(id));
INSERT INTO tree VALUES (1, NULL), (3, 1), (2, 3);
CREATE TABLE parents (a INTEGER, b TEXT, v INT, PRIMARY KEY (a, b));
INSERT INTO parents VALUES (1, 'x', 1), (1, 'y', 2);
CREATE TABLE children (id INTEGER PRIMARY KEY, pa INTEGER, pb TEXT, FOREIGN KEY (pa, pb) REFERENCES parents (a, b)
    ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED);
INSERT INTO children VALUES (1, 1, 'x'), (2, NULL, 'y'), (3, 1, NULL);
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg(id));
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INTEGER REFERENCES hen(id));
INSERT INTO hen VALUES (1, 1), (2, NULL);
INSERT INTO egg VALUES (1, 2);
CREATE TABLE implicit_parent (id INTEGER PRIMARY KEY, tree INTEGER REFERENCES tree,
    counted INT REFERENCES COUNTED ( ID ));
INSERT INTO implicit_parent VALUES (1, 2, 5);
CREATE TABLE missing_parent (id INTEGER PRIMARY KEY, x INTEGER REFERENCES nowhere(id));
INSERT INTO missing_parent VALUES (1, 12);
CREATE TABLE orphans (id INTEGER PRIMARY KEY, tree INTEGER REFERENCES tree(id) ON DELETE CASCADE);
INSERT INTO orphans VALUES (1, 1), (2, 99), (3, NULL);
CREATE TABLE tied_types (id INTEGER PRIMARY KEY, user_id TEXT REFERENCES Users(Id));
INSERT INTO tied_types VALUES (1, '1'), (2, '2');
"""

OBJECTS = """
CREATE VIEW user_names AS SELECT FullName FROM Users;
CREATE TRIGGER counted_insert AFTER INSERT ON counted BEGIN UPDATE gaps SET v = v + 1 WHERE id = 0; END;
CREATE TRIGGER view_insert INSTEAD OF INSERT ON user_names BEGIN SELECT 1; END;
CREATE VIRTUAL TABLE search USING fts5(body);
INSERT INTO search VALUES ('find me');
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO boxes VALUES (1, 0, 10);
ANALYZE;
"""


def wide(db, megabytes):
    """Wide values, 1,500 columns; a row of 1,500 bigints does not fit into a page of 8 kB."""
    db.execute("CREATE TABLE wide_values (id INTEGER PRIMARY KEY, t TEXT, b BLOB)")
    db.execute("INSERT INTO wide_values VALUES (1, ?, zeroblob(?)), (2, 'small', x'00')",
               ("w\u00efde " * (megabytes * 1_000_000 // 6), megabytes * 1_000_000))
    count = 1500
    columns = ", ".join(f"c{n} INTEGER" for n in range(count))
    db.execute(f"CREATE TABLE wide_columns ({columns})")
    for number in (300, 10, count):
        cells = [n * 7 if n < number else None for n in range(count)]
        db.execute("INSERT INTO wide_columns SELECT " + ", ".join(
            f"json_extract(?1, '$[{n}]')" for n in range(count)), (str(cells).replace("None", "null"),))


def make(path, encoding="UTF-8", megabytes=1):
    pathlib.Path(path).unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA encoding = '{encoding}'")
    db.execute("PRAGMA synchronous = OFF")
    bad = BAD_TEXT if encoding == "UTF-8" else BAD_TEXT.replace("x'61ff62'", "x'00'")
    db.executescript("BEGIN;" + NAMES + VALUES + bad + TABLES + KEYS + "COMMIT;")
    wide(db, megabytes)
    db.executescript("BEGIN;" + OBJECTS + "COMMIT;")
    db.close()
    return path


if __name__ == "__main__":
    make(*sys.argv[1:])
