-- As Drizzle Kit makes it on SQLite: integer timestamps, JSON and booleans by mode.
CREATE TABLE `users` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `full_name` text(80), `active` integer DEFAULT true NOT NULL, `profile` text, `created_at` integer NOT NULL);
CREATE TABLE `sessions` (`id` text PRIMARY KEY NOT NULL, `user_id` integer NOT NULL, `expires_at` integer NOT NULL, `ip` text, FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade);
CREATE INDEX `sessions_user_idx` ON `sessions` (`user_id`);
CREATE TABLE "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric);

INSERT INTO users VALUES (1, 'Ada', 1, '{"a": 1}', 1735689600), (2, NULL, 0, NULL, 1740000000), (3, 'Söñ', 1, '[1, 2.50]', 1700000001);
INSERT INTO sessions VALUES ('s-1', 1, 1767225600, '10.0.0.1'), ('s-2', 3, 1767225601, NULL);
INSERT INTO __drizzle_migrations VALUES (NULL, 'abc', 1735689600000);
