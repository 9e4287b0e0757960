-- As Drizzle Kit makes it on PostgreSQL: GENERATED ALWAYS identities.
CREATE SCHEMA drizzle;
CREATE TABLE drizzle."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
CREATE TABLE "users" ("id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1), "full_name" varchar(80), "active" boolean DEFAULT true NOT NULL, "profile" jsonb, "created_at" timestamp with time zone NOT NULL, "name_length" integer GENERATED ALWAYS AS (length("full_name")) STORED);
CREATE TABLE "sessions" ("id" text PRIMARY KEY NOT NULL, "user_id" integer NOT NULL, "expires_at" timestamp NOT NULL, "ip" inet);
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "sessions_user_idx" ON "sessions" USING btree ("user_id");
