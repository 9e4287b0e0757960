#!/usr/bin/python3
"""Real ORMs: tables made by the ORM on both sides, rows written through it into SQLite, moved by
--into-existing, read back through it from PostgreSQL, and compared with what it reads from SQLite.

What is missing skips its tests: see npm.py."""
import json
import subprocess

from npm import HERE, NODE_ENVIRONMENT, missing, node_program
from harness import TIMEOUT_S, check, equal, run, test  # npm knows where

PYTHON = "/usr/bin/python3"


class Orm:
    """One program of this folder, which makes, writes and reads by its ORM."""

    def __init__(self, t, *command, env=None):
        self.t, self.command, self.env = t, command, t.environment | (env or {})
        self.path = t.folder / "app.db"

    def step(self, what, where):
        done = subprocess.run([*self.command, what, where], env=self.env, cwd=self.t.folder, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)
        check(done.returncode == 0, self.command, what, "\n", done.stdout[-2000:], done.stderr[-4000:])
        return done.stdout

    def make_both(self):
        """An application that has lived on SQLite; an empty PostgreSQL made by the same ORM."""
        for what in ("make", "write"):
            self.step(what, f"sqlite:{self.path}")
        self.step("make", self.t.target)

    def compare(self, rows_at_least):
        before = json.loads(self.step("read", f"sqlite:{self.path}"))
        after = json.loads(self.step("read", self.t.target))
        equal(sorted(after), sorted(before), "tables")
        for table, rows in before.items():
            equal(len(after[table]), len(rows), f"rows of {table}")
            for found, expected in zip(after[table], rows):
                equal(found, expected, table)
        check(sum(map(len, before.values())) >= rows_at_least, "the ORM wrote too little to compare:",
              {table: len(rows) for table, rows in before.items()})

    def moves(self, *options, rows_at_least):
        """There and proven; then the ORM goes on by itself, and its keys do not collide."""
        self.t.migrate(self.path, "--into-existing", *options).expect(0)
        self.compare(rows_at_least)
        self.t.outgrow("verify", self.path, self.t.target).expect(0)
        self.step("more", self.t.target)


def npm_program(t, name):
    return Orm(t, *node_program(name), env=NODE_ENVIRONMENT)


def django_project(t):
    for module in ("django", "psycopg2"):
        if subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True).returncode:
            missing(f"{PYTHON} has no {module}: install python3-django and python3-psycopg2")
    return Orm(t, PYTHON, str(HERE / "django_project" / "manage.py"))


@test("Django: what it wrote into SQLite it reads from PostgreSQL, with users, rights and its own tables")
def _(t):
    orm = django_project(t)
    orm.make_both()
    (t.folder / "plan.yaml").write_text(
        "version: 1\nsources: {app: app.db}\ninto_existing: true\ndefaults: {on_conflict: update}\n"
        "tables:\n  - from: shop_product\n    columns:\n      delivery: {type: interval, unit: us}\n")
    orm.moves("--plan", "plan.yaml", rows_at_least=1000)


@test("Knex: what it wrote into SQLite it reads from PostgreSQL; its record of migrations is left alone")
def _(t):
    orm = npm_program(t, "knex")
    orm.make_both()
    before = t.rows("SELECT * FROM knex_migrations")
    orm.moves(rows_at_least=540)
    equal(t.rows("SELECT * FROM knex_migrations"), before, "what Knex knows of its migrations")


@test("Drizzle: what it wrote into SQLite it reads from PostgreSQL, through enums and GENERATED ALWAYS keys")
def _(t):
    orm = npm_program(t, "drizzle")
    orm.make_both()
    orm.moves(rows_at_least=540)


@test("Sequelize: what it wrote into SQLite it reads from PostgreSQL, moments with a zone and enums among it")
def _(t):
    orm = npm_program(t, "sequelize")
    orm.make_both()
    orm.moves(rows_at_least=540)


@test("TypeORM: what it wrote into SQLite it reads from PostgreSQL, whatever the case of its names")
def _(t):
    orm = npm_program(t, "typeorm")
    orm.make_both()
    orm.moves(rows_at_least=540)


run()
