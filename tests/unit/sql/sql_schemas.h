/* sql_schemas.h — schemas as the usual tools, applications and people write
 * them, for tests of the SQL parser. Each is a script for an empty database. */
#ifndef SQL_SCHEMAS_H
#define SQL_SCHEMAS_H

/* A line here is a line of the schema, or a part of one. */
/* clang-format off */
static const char *const sql_schemas[] = {
    /* Django */
    "CREATE TABLE \"django_migrations\" (\"id\" integer NOT NULL PRIMARY KEY "
      "AUTOINCREMENT, \"app\" varchar(255) NOT NULL, \"name\" varchar(255) NOT NULL, "
      "\"applied\" datetime NOT NULL)",
    "CREATE TABLE \"auth_user\" (\"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "
      "\"password\" varchar(128) NOT NULL, \"last_login\" datetime NULL, \"is_superuser\" "
      "bool NOT NULL, \"username\" varchar(150) NOT NULL UNIQUE)",
    "CREATE TABLE \"auth_group_permissions\" (\"id\" integer NOT NULL PRIMARY KEY "
      "AUTOINCREMENT, \"group_id\" integer NOT NULL REFERENCES \"auth_group\" (\"id\") "
      "DEFERRABLE INITIALLY DEFERRED, \"permission_id\" integer NOT NULL REFERENCES "
      "\"auth_permission\" (\"id\") DEFERRABLE INITIALLY DEFERRED);\n"
      "CREATE UNIQUE INDEX \"auth_group_permissions_group_id_permission_id_0cd325b0_uniq\" "
      "ON \"auth_group_permissions\" (\"group_id\", \"permission_id\");\n"
      "CREATE INDEX \"auth_group_permissions_group_id_b120cbf9\" ON "
      "\"auth_group_permissions\" (\"group_id\")",
    "CREATE TABLE \"shop_item\" (\"id\" char(32) NOT NULL PRIMARY KEY, \"meta\" text NOT "
      "NULL CHECK ((JSON_VALID(\"meta\") OR \"meta\" IS NULL)), \"count\" integer unsigned "
      "NOT NULL CHECK (\"count\" >= 0), \"price\" decimal NOT NULL, CONSTRAINT "
      "\"price_positive\" CHECK (\"price\" > '0'), CONSTRAINT \"unique_meta\" UNIQUE "
      "(\"meta\", \"count\"));\n"
      "CREATE UNIQUE INDEX \"only_open\" ON \"shop_item\" (\"count\") WHERE (\"price\" > 1 "
      "AND NOT (\"meta\" = 'x'));\n"
      "CREATE INDEX \"upper_meta\" ON \"shop_item\" ((UPPER(\"meta\")) DESC, \"price\" "
      "COLLATE NOCASE)",
    /* SQLAlchemy, Alembic, Flask */
    "CREATE TABLE user (\n"
      "\tid INTEGER NOT NULL, \n"
      "\tusername VARCHAR(80) NOT NULL, \n"
      "\tcreated_at DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, \n"
      "\tactive BOOLEAN DEFAULT 1, \n"
      "\tPRIMARY KEY (id), \n"
      "\tUNIQUE (username), \n"
      "\tCHECK (active IN (0, 1))\n"
      ")",
    "CREATE TABLE orders (\n"
      "\tid INTEGER NOT NULL, \n"
      "\tuser_id INTEGER, \n"
      "\tkind VARCHAR(8), \n"
      "\ttotal NUMERIC(10, 2) DEFAULT '0.00' NOT NULL, \n"
      "\tCONSTRAINT pk_orders PRIMARY KEY (id), \n"
      "\tCONSTRAINT fk_orders_user FOREIGN KEY(user_id) REFERENCES user (id) ON DELETE "
      "CASCADE, \n"
      "\tCONSTRAINT ck_kind CHECK (kind IN ('a', 'b', 'it''s'))\n"
      ");\n"
      "CREATE INDEX ix_orders_user_id ON orders (user_id, total DESC)",
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT "
      "alembic_version_pkc PRIMARY KEY (version_num))",
    "CREATE TABLE link (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b), "
      "FOREIGN KEY(a) REFERENCES x (id), FOREIGN KEY(b) REFERENCES y (id) ON UPDATE SET "
      "DEFAULT)",
    /* Prisma */
    "CREATE TABLE \"Post\" (\n"
      "    \"id\" TEXT NOT NULL PRIMARY KEY,\n"
      "    \"createdAt\" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
      "    \"updatedAt\" DATETIME NOT NULL,\n"
      "    \"published\" BOOLEAN NOT NULL DEFAULT false,\n"
      "    \"authorId\" TEXT,\n"
      "    CONSTRAINT \"Post_authorId_fkey\" FOREIGN KEY (\"authorId\") REFERENCES \"User\" "
      "(\"id\") ON DELETE SET NULL ON UPDATE CASCADE\n"
      ");\n"
      "CREATE UNIQUE INDEX \"Post_authorId_key\" ON \"Post\"(\"authorId\");\n"
      "CREATE INDEX \"Post_createdAt_idx\" ON \"Post\"(\"createdAt\" ASC, \"published\" DESC)",
    "CREATE TABLE \"_CategoryToPost\" (\"A\" INTEGER NOT NULL, \"B\" TEXT NOT NULL, "
      "CONSTRAINT \"_A_fkey\" FOREIGN KEY (\"A\") REFERENCES \"Category\" (\"id\") ON DELETE "
      "CASCADE ON UPDATE CASCADE, CONSTRAINT \"_B_fkey\" FOREIGN KEY (\"B\") REFERENCES "
      "\"Post\" (\"id\") ON DELETE CASCADE ON UPDATE RESTRICT);\n"
      "CREATE UNIQUE INDEX \"_AB_unique\" ON \"_CategoryToPost\"(\"A\", \"B\")",
    /* Drizzle */
    "CREATE TABLE `users` (\n"
      "\t`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,\n"
      "\t`full_name` text,\n"
      "\t`created_at` integer DEFAULT (unixepoch()) NOT NULL,\n"
      "\t`role` text DEFAULT 'user' NOT NULL,\n"
      "\t`score` real DEFAULT 0.5,\n"
      "\tFOREIGN KEY (`role`) REFERENCES `roles`(`name`) ON UPDATE no action ON DELETE "
      "cascade\n"
      ");\n"
      "CREATE UNIQUE INDEX `users_full_name_unique` ON `users` (`full_name`);\n"
      "CREATE INDEX `lower_name` ON `users` (lower(`full_name`))",
    "CREATE TABLE `pair` (`a` integer NOT NULL, `b` integer NOT NULL, PRIMARY KEY(`a`, "
      "`b`), CONSTRAINT \"b_check\" CHECK(\"pair\".\"b\" > 21))",
    /* TypeORM */
    "CREATE TABLE \"photo\" (\"id\" varchar PRIMARY KEY NOT NULL, \"name\" varchar(100) "
      "NOT NULL, \"views\" bigint NOT NULL DEFAULT (0), \"kind\" varchar CHECK( \"kind\" IN "
      "('a','b') ) NOT NULL DEFAULT ('a'), \"createdAt\" datetime NOT NULL DEFAULT "
      "(datetime('now')), \"userId\" integer, CONSTRAINT \"UQ_1\" UNIQUE (\"name\"), "
      "CONSTRAINT \"REL_2\" UNIQUE (\"userId\"), CONSTRAINT \"FK_3\" FOREIGN KEY "
      "(\"userId\") REFERENCES \"user\" (\"id\") ON DELETE NO ACTION ON UPDATE NO ACTION)",
    /* Sequelize, Knex */
    "CREATE TABLE `Users` (`id` UUID UNIQUE PRIMARY KEY, `email` VARCHAR(255) UNIQUE, "
      "`data` JSON, `flag` TINYINT(1) DEFAULT 0, `createdAt` DATETIME NOT NULL, UNIQUE "
      "(`email`, `flag`))",
    "CREATE TABLE `knex` (`id` integer not null primary key autoincrement, `text` "
      "varchar(255) null default null, `n` float default '1.5', `b` boolean default '0', `t` "
      "datetime default CURRENT_TIMESTAMP, foreign key(`n`) references `p`(`q`) on delete "
      "SET NULL, constraint `c1` check (`n` in (1)))",
    /* Rails */
    "CREATE TABLE \"articles\" (\"id\" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "
      "\"title\" varchar DEFAULT NULL, \"body\" text, \"likes\" integer DEFAULT 0 NOT NULL, "
      "\"price\" decimal(8,2) DEFAULT '0.0', \"created_at\" datetime(6) NOT NULL, \"g\" "
      "varchar GENERATED ALWAYS AS (UPPER(title)) VIRTUAL, CONSTRAINT \"fk_rails_1\" FOREIGN "
      "KEY (\"likes\") REFERENCES \"people\" (\"id\"));\n"
      "CREATE UNIQUE INDEX \"index_articles_on_title\" ON \"articles\" (\"title\" COLLATE "
      "NOCASE) WHERE body IS NOT NULL",
    "CREATE TABLE \"schema_migrations\" (\"version\" varchar NOT NULL PRIMARY KEY)",
    /* Go: GORM; Rust: sqlx, Diesel */
    "CREATE TABLE `accounts` (`id` integer PRIMARY KEY AUTOINCREMENT,`created_at` "
      "datetime,`name` text NOT NULL DEFAULT \"anon\",`age` integer DEFAULT 18,CONSTRAINT "
      "`fk_a` FOREIGN KEY (`age`) REFERENCES `ages`(`id`),CONSTRAINT `uni_a` UNIQUE "
      "(`name`),CONSTRAINT `chk_a` CHECK (age > 13))",
    "CREATE TABLE _sqlx_migrations (\n"
      "    version BIGINT PRIMARY KEY,\n"
      "    description TEXT NOT NULL,\n"
      "    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
      "    success BOOLEAN NOT NULL,\n"
      "    checksum BLOB NOT NULL\n"
      ")",
    "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT "
      "NULL,run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    /* Entity Framework */
    "CREATE TABLE \"AspNetUsers\" (\n"
      "    \"Id\" TEXT NOT NULL CONSTRAINT \"PK_AspNetUsers\" PRIMARY KEY,\n"
      "    \"UserName\" TEXT NULL,\n"
      "    \"LockoutEnabled\" INTEGER NOT NULL DEFAULT 1,\n"
      "    \"RowVersion\" BLOB NULL DEFAULT (randomblob(8)),\n"
      "    \"OwnerId\" INTEGER NOT NULL CONSTRAINT \"FK_Owner\" REFERENCES \"Owners\" "
      "(\"Id\") ON DELETE RESTRICT\n"
      ");\n"
      "CREATE INDEX \"EmailIndex\" ON \"AspNetUsers\" (\"UserName\")",
    /* Browsers and phones */
    "CREATE TABLE moz_places (   id INTEGER PRIMARY KEY, url LONGVARCHAR, title "
      "LONGVARCHAR, rev_host LONGVARCHAR, visit_count INTEGER DEFAULT 0, hidden INTEGER "
      "DEFAULT 0 NOT NULL, typed INTEGER DEFAULT 0 NOT NULL, frecency INTEGER DEFAULT -1 NOT "
      "NULL, last_visit_date INTEGER , guid TEXT, foreign_count INTEGER DEFAULT 0 NOT NULL, "
      "url_hash INTEGER DEFAULT 0 NOT NULL , description TEXT, preview_image_url TEXT, "
      "site_name TEXT, origin_id INTEGER REFERENCES moz_origins(id), recalc_frecency INTEGER "
      "NOT NULL DEFAULT 0);\n"
      "CREATE UNIQUE INDEX moz_places_guid_uniqueindex ON moz_places (guid);\n"
      "CREATE INDEX moz_places_lastvisitdateindex ON moz_places (last_visit_date)",
    "CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, originAttributes TEXT NOT NULL "
      "DEFAULT '', name TEXT, value TEXT, host TEXT, path TEXT, CONSTRAINT moz_uniqueid "
      "UNIQUE (name, host, path, originAttributes))",
    "CREATE TABLE moz_keywords (  id INTEGER PRIMARY KEY AUTOINCREMENT, keyword TEXT "
      "UNIQUE, place_id INTEGER, post_data TEXT)",
    "CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,title "
      "LONGVARCHAR,visit_count INTEGER DEFAULT 0 NOT NULL,hidden INTEGER DEFAULT 0 NOT "
      "NULL);\n"
      "CREATE INDEX urls_url_index ON urls (url)",
    "CREATE TABLE cookies(creation_utc INTEGER NOT NULL,host_key TEXT NOT "
      "NULL,top_frame_site_key TEXT NOT NULL,name TEXT NOT NULL,encrypted_value BLOB NOT "
      "NULL,is_secure INTEGER NOT NULL,samesite INTEGER NOT NULL);\n"
      "CREATE UNIQUE INDEX cookies_unique_index ON cookies(host_key, top_frame_site_key, "
      "name)",
    "CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR)",
    "CREATE TABLE android_metadata (locale TEXT);\n"
      "CREATE TABLE sms (_id INTEGER PRIMARY KEY,thread_id INTEGER,date_sent INTEGER DEFAULT "
      "0,read INTEGER DEFAULT 0,status INTEGER DEFAULT -1,sub_id INTEGER DEFAULT -1, seen "
      "INTEGER DEFAULT 0)",
    "CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT "
      "NULL, text TEXT, replace INTEGER DEFAULT 0, handle_id INTEGER DEFAULT 0, date "
      "INTEGER);\n"
      "CREATE INDEX message_idx_handle ON message(handle_id, date)",
    /* Room and Core Data */
    "CREATE TABLE room_master_table (id INTEGER PRIMARY KEY,identity_hash TEXT);\n"
      "CREATE TABLE `WorkSpec` (`id` TEXT NOT NULL, `state` INTEGER NOT NULL, "
      "`run_in_foreground` INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(`id`));\n"
      "CREATE TABLE `Dependency` (`work_spec_id` TEXT NOT NULL, `prerequisite_id` TEXT NOT "
      "NULL, PRIMARY KEY(`work_spec_id`, `prerequisite_id`), FOREIGN KEY(`work_spec_id`) "
      "REFERENCES `WorkSpec`(`id`) ON UPDATE CASCADE ON DELETE CASCADE );\n"
      "CREATE INDEX `index_Dependency_work_spec_id` ON `Dependency` (`work_spec_id`)",
    "CREATE TABLE ZNOTE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZDATE "
      "TIMESTAMP, ZTITLE VARCHAR, ZBODY BLOB )",
    /* GeoPackage and SpatiaLite */
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL,srs_id INTEGER NOT NULL "
      "PRIMARY KEY,organization TEXT NOT NULL,organization_coordsys_id INTEGER NOT "
      "NULL,definition  TEXT NOT NULL,description TEXT);\n"
      "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY,data_type TEXT NOT "
      "NULL,identifier TEXT UNIQUE,description TEXT DEFAULT '',last_change DATETIME NOT NULL "
      "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),min_x DOUBLE, min_y DOUBLE,max_x "
      "DOUBLE, max_y DOUBLE,srs_id INTEGER,CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) "
      "REFERENCES gpkg_spatial_ref_sys(srs_id))",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL,column_name TEXT NOT "
      "NULL,geometry_type_name TEXT NOT NULL,srs_id INTEGER NOT NULL,z TINYINT NOT NULL,m "
      "TINYINT NOT NULL,CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, "
      "column_name),CONSTRAINT uk_gc_table_name UNIQUE (table_name),CONSTRAINT fk_gc_tn "
      "FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),CONSTRAINT fk_gc_srs "
      "FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))",
    "CREATE TABLE gpkg_extensions (table_name TEXT,column_name TEXT,extension_name TEXT "
      "NOT NULL,scope TEXT NOT NULL,CONSTRAINT ge_tce UNIQUE (table_name, column_name, "
      "extension_name))",
    "CREATE TABLE \"roads\" ( \"fid\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \"geom\" "
      "MULTILINESTRING, \"osm_id\" TEXT(10), \"layer\" MEDIUMINT, \"len\" REAL )",
    "CREATE TABLE geometry_columns (f_table_name TEXT NOT NULL, geometry_type INTEGER NOT "
      "NULL, CONSTRAINT pk_geom PRIMARY KEY (f_table_name), CONSTRAINT ck_gc CHECK "
      "(f_table_name <> '' AND geometry_type IN (0,1,2)))",
    /* Chinook, Northwind */
    "CREATE TABLE [Album]\n"
      "(\n"
      "    [AlbumId] INTEGER  NOT NULL,\n"
      "    [Title] NVARCHAR(160)  NOT NULL,\n"
      "    [ArtistId] INTEGER  NOT NULL,\n"
      "    CONSTRAINT [PK_Album] PRIMARY KEY  ([AlbumId]),\n"
      "    FOREIGN KEY ([ArtistId]) REFERENCES [Artist] ([ArtistId]) \n"
      "\t\tON DELETE NO ACTION ON UPDATE NO ACTION\n"
      ");\n"
      "CREATE UNIQUE INDEX [IPK_Album] ON [Album]([AlbumId])",
    "CREATE TABLE [Order Details]( [OrderID] INTEGER NOT NULL, [ProductID]INTEGER NOT "
      "NULL, [UnitPrice]NUMERIC NOT NULL DEFAULT 0, [Discount]REAL NOT NULL DEFAULT 0, "
      "PRIMARY KEY (\"OrderID\",\"ProductID\"), CHECK ([Discount]>=(0) AND [Discount]<=(1)), "
      "FOREIGN KEY ([OrderID]) REFERENCES [Orders] ([OrderID]))",
    /* By hand */
    "CREATE TABLE all_constraints(a INTEGER CONSTRAINT pk PRIMARY KEY DESC ON CONFLICT "
      "REPLACE, b TEXT CONSTRAINT nn NOT NULL ON CONFLICT IGNORE CONSTRAINT u UNIQUE ON "
      "CONFLICT ABORT CONSTRAINT d DEFAULT 'x' CONSTRAINT k CHECK (b <> '') CONSTRAINT c "
      "COLLATE nocase CONSTRAINT r REFERENCES p(q) MATCH FULL ON DELETE CASCADE NOT "
      "DEFERRABLE INITIALLY IMMEDIATE, c INT NULL ON CONFLICT FAIL)",
    "CREATE TABLE backwards(a COLLATE rtrim CHECK (a) REFERENCES p ON UPDATE SET NULL "
      "DEFAULT 5 UNIQUE NOT NULL, b REFERENCES backwards DEFERRABLE, c CONSTRAINT dangling)",
    "CREATE TABLE no_commas(a, b, c, CONSTRAINT p PRIMARY KEY (a, b) CONSTRAINT u UNIQUE "
      "(c COLLATE nocase DESC) CHECK (a > b) FOREIGN KEY (a, b) REFERENCES p (x, y) ON "
      "DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED FOREIGN KEY (c) REFERENCES q)",
    "CREATE TABLE defaults(a DEFAULT -1, b DEFAULT +1.5e-3, c DEFAULT - 7, d DEFAULT (1 + "
      "(2)), e DEFAULT word, f DEFAULT \"quoted\", g DEFAULT true, h DEFAULT NULL, i DEFAULT "
      "CURRENT_DATE, j DEFAULT current_time, k DEFAULT x'00fF', l DEFAULT 'it''s', m DEFAULT "
      "0x1F, n DEFAULT (lower('A') || 'b'), o DEFAULT .5, p DEFAULT 1., q DEFAULT [br], r "
      "DEFAULT (CASE WHEN 1 THEN 'a)' END), s DEFAULT '', t DEFAULT key)",
    "CREATE TABLE types(a UNSIGNED BIG INT, b DOUBLE PRECISION NOT NULL, c VARCHAR (255), "
      "d DECIMAL(10 , 5), e \"quoted type\", f 'string type'(3), g [bracket type], h NATIVE "
      "CHARACTER(70), i DECIMAL(+10,-2), j VARYING  CHARACTER\n"
      "\t(255), k, l NULL, m float(1.5), n \"a\" \"b\" (1), o TIMESTAMP WITHOUT, p LONG "
      "VARCHAR \"q\")",
    "CREATE TABLE generated(a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c AS (a || "
      "'x') NOT NULL, d TEXT GENERATED ALWAYS AS (lower(a)) VIRTUAL UNIQUE, e GENERATED "
      "ALWAYS AS (1), f INT AS (a + b) STORED CHECK (f > 0), g NOT NULL GENERATED ALWAYS AS "
      "(2), h generated always as (a) stored)",
    "CREATE TABLE without_rowid(k TEXT, n INT, v BLOB, PRIMARY KEY (k DESC, n)) WITHOUT "
      "ROWID;\n"
      "CREATE INDEX wr_v ON without_rowid(v, k)",
    "CREATE TABLE strict_one(a INT PRIMARY KEY, b ANY, c REAL NOT NULL) STRICT",
    "CREATE TABLE both(a TEXT PRIMARY KEY, b BLOB) without rowid, Strict",
    "CREATE TABLE both_again(a TEXT PRIMARY KEY NOT NULL, b INTEGER) STRICT,WITHOUT RowId",
    "CREATE TABLE /* one */ comments -- two\n"
      "( /* three */ a -- four\n"
      " INTEGER /* five */ PRIMARY /**/ KEY, -- six, with a ' quote\n"
      " b TEXT DEFAULT /* seven */ 'x' -- , c\n"
      ") -- eight",
    "CREATE TABLE \"odd \"\"names\"\"\"(\"a b\", `c``d`, [e f], 'g''h' TEXT NOT NULL, "
      "\"select\" INT, \"\", \"ümlaut\", größe, _x, a$b, \"x'y\" DEFAULT 'z\"w')",
    "CREATE TABLE keyword_names(abort, action, after, always, asc, attach, before, begin, "
      "by, cascade, cast, column, conflict, current, database, deferred, desc, do, each, "
      "end, exclude, explain, fail, filter, first, following, for, generated, glob, groups, "
      "if, ignore, immediate, initially, instead, key, last, like, match, materialized, no, "
      "nulls, of, offset, others, over, partition, plan, pragma, query, raise, range, "
      "recursive, regexp, reindex, release, rename, replace, restrict, rollback, row, rows, "
      "savepoint, temp, trigger, unbounded, vacuum, view, virtual, window, with, without, "
      "left, cross, natural, outer, indexed)",
    "CREATE TABLE string_keys(a, b, PRIMARY KEY ('a' COLLATE nocase, \"b\" DESC), UNIQUE "
      "('b'));\n"
      "CREATE INDEX string_index ON string_keys('a', 'b' COLLATE rtrim DESC)",
    "CREATE TABLE exprs(a, b, c TEXT COLLATE nocase);\n"
      "CREATE INDEX exprs_1 ON exprs(a + b, (c), lower(c) COLLATE binary DESC, c, a COLLATE "
      "rtrim, -a);\n"
      "CREATE INDEX exprs_2 ON exprs(a) WHERE a BETWEEN 1 AND 2 AND b NOT IN (1, 2) OR c "
      "LIKE 'x%' ESCAPE '\\' COLLATE nocase;\n"
      "CREATE UNIQUE INDEX IF NOT EXISTS main.exprs_3 ON exprs(CASE WHEN a THEN b ELSE c "
      "END, a || b || c ASC) WHERE c IS NOT 'x'",
    "CREATE TABLE altered(a INT, b TEXT, CONSTRAINT k PRIMARY KEY (a)); ALTER TABLE "
      "altered ADD COLUMN c REAL NOT NULL DEFAULT 1.5; ALTER TABLE altered ADD d REFERENCES "
      "other(x); ALTER TABLE altered RENAME COLUMN b TO \"B b\"; ALTER TABLE altered RENAME "
      "TO \"re named\"; CREATE INDEX ra ON \"re named\"(\"B b\"); ALTER TABLE \"re named\" "
      "RENAME TO plain",
    "CREATE TABLE altered_2(a INT) ; ALTER TABLE altered_2 ADD COLUMN b DEFAULT 'x)'; "
      "ALTER TABLE altered_2 ADD COLUMN c AS (a + 1) VIRTUAL; ALTER TABLE altered_2 DROP "
      "COLUMN b",
    "CREATE TABLE base(a INT, b VARCHAR(10) NOT NULL, c REAL); CREATE TABLE copied AS "
      "SELECT a, b, c + 1 AS \"sum of\", 'x' FROM base",
    "CREATE TABLE IF NOT EXISTS main.qualified(a)",
    "CREATE TABLE self(id INTEGER PRIMARY KEY, parent REFERENCES self ON DELETE CASCADE ON "
      "UPDATE CASCADE ON DELETE RESTRICT, other INT REFERENCES self(id) REFERENCES base(x))",
    "CREATE TABLE autoinc(a INTEGER, b, PRIMARY KEY (a AUTOINCREMENT))",
    "CREATE TABLE int_not_rowid(a INT PRIMARY KEY, b INTEGER UNIQUE)",
    "CREATE TABLE desc_key(a INTEGER PRIMARY KEY DESC)",
    "CREATE TABLE many_uniques(a UNIQUE, b UNIQUE, UNIQUE (a, b), UNIQUE (b, a) ON "
      "CONFLICT IGNORE)",
    "CREATE TABLE checks(a CHECK (a GLOB '[0-9]*' AND length(a) = 3), b CHECK (b IN ()), "
      "c, CHECK ((a, b) < (b, c)) ON CONFLICT FAIL, CONSTRAINT named CHECK (a IS NOT "
      "DISTINCT FROM b), CHECK (json_extract(c, '$.x') -> 'y' ->> 0 NOTNULL), CHECK (max(a, "
      "b) > 0 OR NOT CAST(c AS DECIMAL(10, 2)) BETWEEN -1 AND ~ 1))",
    "CREATE TABLE collations(a TEXT COLLATE NOCASE UNIQUE, b COLLATE \"rtrim\" PRIMARY "
      "KEY, c COLLATE binary COLLATE nocase UNIQUE, UNIQUE (a COLLATE binary))",
    "create temp table if not exists t(a); create table \"lower\"(Id integer primary key, "
      "\"CamelCase\" int, UPPER TEXT)",
    /* FTS5's own tables */
    "CREATE TABLE 'notes_data'(id INTEGER PRIMARY KEY, block BLOB);\n"
      "CREATE TABLE 'notes_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;\n"
      "CREATE TABLE 'notes_config'(k PRIMARY KEY, v) WITHOUT ROWID",
};
/* clang-format on */

#endif
