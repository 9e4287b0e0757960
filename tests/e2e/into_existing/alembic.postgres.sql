-- As SQLAlchemy and Alembic make it on PostgreSQL.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version (version_num) VALUES ('1a2b3c');
CREATE TYPE accountkind AS ENUM ('PRIVATE', 'BUSINESS');
CREATE TABLE account (id SERIAL NOT NULL, name VARCHAR(40) NOT NULL, balance NUMERIC(10, 2) NOT NULL, opened DATE NOT NULL, kind accountkind NOT NULL, settings JSON, CONSTRAINT pk_account PRIMARY KEY (id), CONSTRAINT uq_account_name UNIQUE (name));
CREATE TABLE entry (account_id INTEGER NOT NULL, number SMALLINT NOT NULL, amount FLOAT NOT NULL, at TIMESTAMP WITHOUT TIME ZONE NOT NULL, uid UUID NOT NULL, CONSTRAINT pk_entry PRIMARY KEY (account_id, number), CONSTRAINT fk_entry_account_id_account FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE);
CREATE INDEX ix_entry_at ON entry (at);
