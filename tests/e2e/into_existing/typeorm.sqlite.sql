-- As TypeORM makes it on SQLite.
CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
CREATE TABLE "typeorm_metadata" ("type" varchar NOT NULL, "database" varchar, "schema" varchar, "table" varchar, "name" varchar, "value" text);
CREATE TABLE "photo" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "fileName" varchar(500) NOT NULL, "isPublished" boolean NOT NULL DEFAULT (0), "meta" text, "tags" text NOT NULL, "createdAt" datetime NOT NULL DEFAULT (datetime('now')), "ownerId" varchar);
CREATE TABLE "owner" ("id" varchar PRIMARY KEY NOT NULL, "name" varchar NOT NULL);

INSERT INTO "migrations" VALUES (1, 1700000000000, 'Init1700000000000');
INSERT INTO "owner" VALUES ('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'Ada');
INSERT INTO "photo" VALUES (1, 'a.png', 1, '{"w":1}', '["x","y z"]', '2025-01-01 10:11:12', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'), (5, 'b.png', 0, NULL, '[]', '2025-01-02 00:00:00', NULL);
