-- As TypeORM makes it on PostgreSQL.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timestamp" bigint NOT NULL, "name" character varying NOT NULL, CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY ("id"));
CREATE TABLE "typeorm_metadata" ("type" character varying NOT NULL, "database" character varying, "schema" character varying, "table" character varying, "name" character varying, "value" text);
CREATE TABLE "owner" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "name" citext NOT NULL, CONSTRAINT "PK_owner" PRIMARY KEY ("id"));
CREATE TABLE "photo" ("id" SERIAL NOT NULL, "fileName" character varying(500) NOT NULL, "isPublished" boolean NOT NULL DEFAULT false, "meta" jsonb, "tags" text array NOT NULL, "createdAt" TIMESTAMP NOT NULL DEFAULT now(), "ownerId" uuid, CONSTRAINT "PK_photo" PRIMARY KEY ("id"));
ALTER TABLE "photo" ADD CONSTRAINT "FK_photo_owner" FOREIGN KEY ("ownerId") REFERENCES "owner"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."createdAt" := now(); RETURN NEW; END $$;
CREATE TRIGGER photo_touched BEFORE INSERT OR UPDATE ON "photo" FOR EACH ROW EXECUTE FUNCTION touched();
