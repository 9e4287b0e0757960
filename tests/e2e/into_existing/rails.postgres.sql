-- As Rails 7 makes it on PostgreSQL.
CREATE TABLE "schema_migrations" ("version" character varying NOT NULL PRIMARY KEY);
CREATE TABLE "ar_internal_metadata" ("key" character varying NOT NULL PRIMARY KEY, "value" character varying, "created_at" timestamp(6) without time zone NOT NULL, "updated_at" timestamp(6) without time zone NOT NULL);
CREATE TABLE "articles" ("id" bigserial primary key, "title" character varying, "body" text, "rating" numeric(3,1), "published" boolean DEFAULT FALSE, "status" integer DEFAULT 0 NOT NULL, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE TABLE "comments" ("id" bigserial primary key, "article_id" bigint NOT NULL, "body" text, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE INDEX "index_comments_on_article_id" ON "comments" ("article_id");
ALTER TABLE "comments" ADD CONSTRAINT "fk_rails_3bf61a60d3" FOREIGN KEY ("article_id") REFERENCES "articles" ("id");
INSERT INTO "schema_migrations" VALUES ('20250101000000');
