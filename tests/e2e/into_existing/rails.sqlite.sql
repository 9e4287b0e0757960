-- As Rails 7 makes it on SQLite.
CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE TABLE "articles" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "title" varchar, "body" text, "rating" decimal(3,1), "published" boolean DEFAULT 0, "status" integer DEFAULT 0 NOT NULL, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
CREATE TABLE "comments" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "article_id" integer NOT NULL, "body" text, "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL, CONSTRAINT "fk_rails_3bf61a60d3" FOREIGN KEY ("article_id") REFERENCES "articles" ("id"));
CREATE INDEX "index_comments_on_article_id" ON "comments" ("article_id");
CREATE INDEX "index_articles_on_status" ON "articles" ("status");

INSERT INTO "schema_migrations" VALUES ('20250101000000');
INSERT INTO "ar_internal_metadata" VALUES ('environment', 'development', '2025-01-01 00:00:00.000001', '2025-01-01 00:00:00.000001');
INSERT INTO "articles" VALUES (1, 'T', 'B', 4.5, 1, 2, '2025-01-01 00:00:00.123456', '2025-01-01 00:00:00.123456'), (3, NULL, '', NULL, 0, 0, '2025-01-01 00:00:01', '2025-01-02 00:00:00');
INSERT INTO "comments" VALUES (1, 1, 'c', '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'), (2, 3, NULL, '2025-01-01 00:00:00.5', '2025-01-01 00:00:00.5');
