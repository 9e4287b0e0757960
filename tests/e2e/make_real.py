"""make_real: databases as well-known applications make them, by their real schemas, filled by us."""
import datetime
import random
import sqlite3
import struct

CHINOOK = """
CREATE TABLE [Artist] ([ArtistId] INTEGER NOT NULL, [Name] NVARCHAR(120),
    CONSTRAINT [PK_Artist] PRIMARY KEY ([ArtistId]));
CREATE TABLE [Album] ([AlbumId] INTEGER NOT NULL, [Title] NVARCHAR(160) NOT NULL, [ArtistId] INTEGER NOT NULL,
    CONSTRAINT [PK_Album] PRIMARY KEY ([AlbumId]),
    FOREIGN KEY ([ArtistId]) REFERENCES [Artist] ([ArtistId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [Track] ([TrackId] INTEGER NOT NULL, [Name] NVARCHAR(200) NOT NULL, [AlbumId] INTEGER,
    [Milliseconds] INTEGER NOT NULL, [Bytes] INTEGER, [UnitPrice] NUMERIC(10,2) NOT NULL,
    CONSTRAINT [PK_Track] PRIMARY KEY ([TrackId]),
    FOREIGN KEY ([AlbumId]) REFERENCES [Album] ([AlbumId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [Playlist] ([PlaylistId] INTEGER NOT NULL, [Name] NVARCHAR(120),
    CONSTRAINT [PK_Playlist] PRIMARY KEY ([PlaylistId]));
CREATE TABLE [PlaylistTrack] ([PlaylistId] INTEGER NOT NULL, [TrackId] INTEGER NOT NULL,
    CONSTRAINT [PK_PlaylistTrack] PRIMARY KEY ([PlaylistId], [TrackId]),
    FOREIGN KEY ([PlaylistId]) REFERENCES [Playlist] ([PlaylistId]),
    FOREIGN KEY ([TrackId]) REFERENCES [Track] ([TrackId]));
CREATE TABLE [Employee] ([EmployeeId] INTEGER NOT NULL, [LastName] NVARCHAR(20) NOT NULL, [ReportsTo] INTEGER,
    [BirthDate] DATETIME, CONSTRAINT [PK_Employee] PRIMARY KEY ([EmployeeId]),
    FOREIGN KEY ([ReportsTo]) REFERENCES [Employee] ([EmployeeId]));
CREATE TABLE [Invoice] ([InvoiceId] INTEGER NOT NULL, [InvoiceDate] DATETIME NOT NULL,
    [BillingCity] NVARCHAR(40), [Total] NUMERIC(10,2) NOT NULL, CONSTRAINT [PK_Invoice] PRIMARY KEY ([InvoiceId]));
CREATE UNIQUE INDEX [IPK_PlaylistTrack] ON [PlaylistTrack]([PlaylistId], [TrackId]);
CREATE INDEX [IFK_TrackAlbumId] ON [Track] ([AlbumId]);
"""

# https://www.geopackage.org/spec/, annex C, with the R-tree extension's tables and triggers
GEOPACKAGE = """
PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84"]', NULL),
    ('Undefined', -1, 'NONE', -1, 'undefined', NULL);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE places (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT, name TEXT(50), height MEDIUMINT,
    area DOUBLE, capital BOOLEAN, seen DATE);
INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('places', 'features', 'places', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'POINT', 4326, 0, 0);
CREATE VIRTUAL TABLE rtree_places_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_places_geom_delete AFTER DELETE ON places WHEN old.geom NOT NULL
    BEGIN DELETE FROM rtree_places_geom WHERE id = OLD.fid; END;
"""

BROWSER = """
CREATE TABLE moz_origins (id INTEGER PRIMARY KEY, prefix TEXT NOT NULL, host TEXT NOT NULL, frecency INTEGER NOT NULL,
    UNIQUE (prefix, host));
CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, rev_host LONGVARCHAR,
    visit_count INTEGER DEFAULT 0, hidden INTEGER DEFAULT 0 NOT NULL, frecency INTEGER DEFAULT -1 NOT NULL,
    last_visit_date INTEGER, guid TEXT, url_hash INTEGER DEFAULT 0 NOT NULL,
    origin_id INTEGER REFERENCES moz_origins(id));
CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER,
    visit_type INTEGER, session INTEGER);
CREATE TABLE moz_meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, originAttributes TEXT NOT NULL DEFAULT '', name TEXT, value TEXT,
    host TEXT, path TEXT, expiry INTEGER, isSecure INTEGER, isHttpOnly INTEGER,
    CONSTRAINT moz_uniqueid UNIQUE (name, host, path, originAttributes));
CREATE INDEX moz_places_url_hashindex ON moz_places (url_hash);
CREATE UNIQUE INDEX moz_places_guid_uniqueindex ON moz_places (guid);
CREATE INDEX moz_places_lastvisitdateindex ON moz_places (last_visit_date DESC);
CREATE TRIGGER moz_places_afterdelete AFTER DELETE ON moz_places FOR EACH ROW
    BEGIN DELETE FROM moz_historyvisits WHERE place_id = OLD.id; END;
INSERT INTO moz_meta VALUES ('sync/bookmarks', 1), ('origin_frecency_sum', 17.5), ('guid', 'abc-d');
"""

PHONE = """
CREATE TABLE android_metadata (locale TEXT);
INSERT INTO android_metadata VALUES ('en_US');
CREATE TABLE accounts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_name TEXT, account_type TEXT);
CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER REFERENCES accounts(_id),
    sourceid TEXT, deleted INTEGER NOT NULL DEFAULT 0, display_name TEXT, photo BLOB, x_starred INTEGER,
    last_time_contacted INTEGER DEFAULT 0, phonetic_name TEXT COLLATE NOCASE);
CREATE TABLE threads (_id INTEGER PRIMARY KEY AUTOINCREMENT, date INTEGER DEFAULT 0, snippet TEXT,
    read INTEGER DEFAULT 1);
CREATE TABLE sms (_id INTEGER PRIMARY KEY, thread_id INTEGER, address TEXT, person INTEGER, date INTEGER,
    date_sent INTEGER DEFAULT 0, protocol INTEGER, read INTEGER DEFAULT 0, status INTEGER DEFAULT -1, type INTEGER,
    body TEXT, service_center TEXT, locked INTEGER DEFAULT 0);
CREATE INDEX threadIdDateIndex ON sms (thread_id, date);
CREATE VIEW view_raw_contacts AS SELECT _id, display_name FROM raw_contacts WHERE deleted = 0;
CREATE TRIGGER sms_words_delete AFTER DELETE ON sms BEGIN DELETE FROM threads WHERE _id = OLD.thread_id; END;
CREATE VIRTUAL TABLE words USING fts4(index_text TEXT, source_id INTEGER, table_to_use INTEGER);
"""


def many(db, table, rows):
    rows = list(rows)
    db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def fill_chinook(db, dice):
    many(db, "Artist", ((n, f"Artist \u00e9\u00f1 {n}") for n in range(1, 276)))
    many(db, "Album", ((n, f"Album '{n}'", n % 275 + 1) for n in range(1, 348)))
    many(db, "Track", ((n, f"Track {n}", n % 347 + 1, dice.randrange(10 ** 6), dice.randrange(10 ** 8),
                        (0.99, 1.99)[n % 9 == 0]) for n in range(1, 3504)))
    many(db, "Playlist", ((n, f"List {n}") for n in range(1, 19)))
    many(db, "PlaylistTrack", ((n % 18 + 1, n) for n in range(1, 3504)))
    many(db, "Employee", ((n, f"Name{n}", n // 2 or None, f"19{50 + n}-02-{n + 10} 00:00:00") for n in range(1, 9)))
    many(db, "Invoice", ((n, f"20{10 + n % 15}-{n % 12 + 1:02}-{n % 28 + 1:02} 00:00:00", "K\u00f6ln", n * 0.99)
                         for n in range(1, 413)))


def fill_geopackage(db, dice):
    for n in range(1, 501):
        x, y = dice.uniform(-180, 180), dice.uniform(-90, 90)
        geometry = b"GP\0\1" + struct.pack("<i", 4326) + struct.pack("<BIdd", 1, 1, x, y)
        db.execute("INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?)",
                   (n, geometry if n % 50 else None, f"place {n}", n, x * y, n % 2, f"2020-01-{n % 28 + 1:02}"))
        if n % 50:
            db.execute("INSERT INTO rtree_places_geom VALUES (?, ?, ?, ?, ?)", (n, x, x, y, y))


def fill_browser(db, dice):
    now = int(datetime.datetime(2024, 5, 1).timestamp()) * 1_000_000
    many(db, "moz_origins", ((n, "https://", f"h{n}.example.org", n) for n in range(1, 101)))
    many(db, "moz_places", ((n, f"https://h{n % 100 + 1}.example.org/{n}?q=%C3%A9", None if n % 7 else f"T {n}",
                             "gro.elpmaxe.", n % 5, n % 2, -1, now - n if n % 3 else None, f"guid{n:08}",
                             dice.getrandbits(48), n % 100 + 1) for n in range(1, 3001)))
    many(db, "moz_historyvisits", ((n, n - 1, n % 3000 + 1, now - n * 1000, 1, 0) for n in range(1, 9001)))
    many(db, "moz_cookies", ((n, "", f"c{n}", dice.randbytes(12).hex(), f".h{n}.example.org", "/", 2 ** 31 + n,
                              n % 2, 1) for n in range(1, 500)))


def fill_phone(db, dice):
    many(db, "accounts", [(1, "me@example.org", "com.google"), (2, None, None)])
    many(db, "raw_contacts", ((n, n % 2 + 1, f"{dice.getrandbits(64):x}", 0, f"Contact \U0001F600 {n}",
                               dice.randbytes(300) if n % 4 == 0 else None, n % 2, 0, "") for n in range(1, 301)))
    many(db, "threads", ((n, 1_700_000_000_000 + n, "hi \u2764\ufe0f", 1) for n in range(1, 51)))
    many(db, "sms", ((n, n % 50 + 1, f"+49151{n:07}", None, 1_700_000_000_000 + n * 997, 0, None, 1, -1, n % 2 + 1,
                      f"message {n}\nsecond line \U0001F602", None, 0) for n in range(1, 5001)))
    many(db, "words(index_text, source_id, table_to_use)", ((f"message {n}", n, 1) for n in range(1, 100)))


MAKERS = {"chinook": (CHINOOK, fill_chinook), "geopackage": (GEOPACKAGE, fill_geopackage),
          "browser": (BROWSER, fill_browser), "phone": (PHONE, fill_phone)}


def make(kind, path):
    schema, fill = MAKERS[kind]
    db = sqlite3.connect(path)
    db.executescript(schema)
    fill(db, random.Random(kind))
    db.commit()
    db.close()
    return path
