-- As SQLAlchemy and Alembic make it on SQLite.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE account (id INTEGER NOT NULL, name VARCHAR(40) NOT NULL, balance NUMERIC(10, 2) NOT NULL, opened DATE NOT NULL, kind VARCHAR(8) NOT NULL, settings JSON, CONSTRAINT pk_account PRIMARY KEY (id), CONSTRAINT uq_account_name UNIQUE (name), CONSTRAINT ck_account_kind CHECK (kind IN ('PRIVATE', 'BUSINESS')));
CREATE TABLE entry (account_id INTEGER NOT NULL, number SMALLINT NOT NULL, amount FLOAT NOT NULL, at DATETIME NOT NULL, uid CHAR(32) NOT NULL, CONSTRAINT pk_entry PRIMARY KEY (account_id, number), CONSTRAINT fk_entry_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE);
CREATE INDEX ix_entry_at ON entry (at);

INSERT INTO alembic_version VALUES ('1a2b3c');
INSERT INTO account VALUES (1, 'a', 10.25, '2020-02-29', 'PRIVATE', '{"x": null}'), (2, 'b', -0.5, '1999-12-31', 'BUSINESS', 'null');
INSERT INTO entry VALUES (1, 1, 0.1, '2025-01-01 00:00:00.000000', '0123456789abcdef0123456789abcdef'), (1, 2, 1e10, '2025-06-30 12:00:00.250000', 'fedcba9876543210fedcba9876543210'), (2, 1, -1, '1970-01-01 00:00:00.000000', '00000000000000000000000000000001');
