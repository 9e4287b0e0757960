-- As Prisma 5 makes it: prisma migrate on SQLite; DateTime is milliseconds, enums are text.
CREATE TABLE "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE "User" ("id" TEXT NOT NULL PRIMARY KEY, "email" TEXT NOT NULL, "displayName" TEXT, "role" TEXT NOT NULL DEFAULT 'MEMBER', "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" DATETIME NOT NULL);
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL, "published" BOOLEAN NOT NULL DEFAULT false, "views" BIGINT NOT NULL DEFAULT 0, "score" REAL, "price" DECIMAL, "body" BLOB, "authorId" TEXT NOT NULL, CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);
CREATE TABLE "_PostToTag" ("A" INTEGER NOT NULL, "B" TEXT NOT NULL, CONSTRAINT "_PostToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "Post" ("id") ON DELETE CASCADE ON UPDATE CASCADE, CONSTRAINT "_PostToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "Tag" ("id") ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE "Tag" ("id" TEXT NOT NULL PRIMARY KEY);
CREATE UNIQUE INDEX "_PostToTag_AB_unique" ON "_PostToTag"("A", "B");
CREATE INDEX "_PostToTag_B_index" ON "_PostToTag"("B");

INSERT INTO "_prisma_migrations" VALUES ('m1', 'c', 1735689600000, '20250101_init', NULL, NULL, 1735689600000, 1);
INSERT INTO "User" VALUES ('clx1', 'a@example.org', 'Ada', 'ADMIN', 1735689600000, 1735689600123), ('clx2', 'b@example.org', NULL, 'MEMBER', 1740000000001, 1740000000002);
INSERT INTO "Tag" VALUES ('c'), ('sql');
INSERT INTO "Post" VALUES (1, 'Hello', 1, 9007199254740993, 0.5, 19.99, x'0001', 'clx1'), (2, 'Draft', 0, 0, NULL, NULL, NULL, 'clx2'), (41, '', 1, -1, 3, 2, x'', 'clx1');
INSERT INTO "_PostToTag" VALUES (1, 'c'), (41, 'sql');
