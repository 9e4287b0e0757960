-- As Django 4.2 makes it: manage.py migrate on SQLite, and rows as the ORM writes them.
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "first_name" varchar(150) NOT NULL);
CREATE TABLE "shop_category" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(80) NOT NULL, "parent_id" bigint NULL REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "shop_product" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token" char(32) NOT NULL UNIQUE, "title" varchar(200) NOT NULL, "price" decimal NOT NULL, "weight" real NULL, "attributes" text NOT NULL CHECK ((JSON_VALID("attributes") OR "attributes" IS NULL)), "picture" BLOB NULL, "stock" integer unsigned NOT NULL CHECK ("stock" >= 0), "released" date NULL, "opens" time NULL, "address" char(39) NULL, "category_id" bigint NOT NULL REFERENCES "shop_category" ("id") DEFERRABLE INITIALLY DEFERRED, "owner_id" integer NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX "shop_product_category_id_14d7eea8" ON "shop_product" ("category_id");
CREATE INDEX "shop_product_owner_id_6bd7a1c5" ON "shop_product" ("owner_id");

INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0001_initial', '2025-01-01 10:00:00');
INSERT INTO django_content_type VALUES (1, 'auth', 'user'), (2, 'shop', 'product');
INSERT INTO auth_user VALUES (1, 'pbkdf2_sha256$600000$x$y', '2025-03-01 09:08:07.123456', 1, 'admin', '', 'a@example.org', 1, 1, '2024-12-31 23:59:59', 'Ada'),
    (2, '!', NULL, 0, 'Grace', 'Hopper', '', 0, 1, '2025-01-02 03:04:05.600000', '');
INSERT INTO shop_category VALUES (2, 'child', 1), (1, 'root', NULL);
INSERT INTO shop_product VALUES
    (1, '0b9d5c1e6f3a4d2c8e7b1a2f3c4d5e6f', 'Tee', '12.50', 0.25, '{"size": ["s", "m"], "n": 1.0}', x'00ff10', 3, '2025-02-28', '09:30:00', '192.168.0.1', 2, 1),
    (2, 'ffffffffffff4fff8fffffffffffffff', 'Größe "XL"', 7, NULL, '{}', NULL, 0, NULL, NULL, '2001:db8::1', 1, NULL),
    (7, '00000000000040008000000000000000', 'last', 0.1, 1e-3, '[]', x'', 10, '2024-02-29', '23:59:59.999999', NULL, 1, 2);
DELETE FROM shop_product WHERE id = 99;
