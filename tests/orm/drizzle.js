// drizzle.js — tables in TypeScript's words, migrations by drizzle-kit: see common.js.
'use strict'
const fs = require('fs')
const { asc } = require('drizzle-orm')
const lite = require('drizzle-orm/sqlite-core')
const pg = require('drizzle-orm/pg-core')
const kit = require('drizzle-kit/api')
const { run, connection, authors, posts, plain } = require('./common')

const sqliteTables = () => {
  const authors = lite.sqliteTable('authors', {
    id: lite.integer('id').primaryKey({ autoIncrement: true }),
    name: lite.text('name').notNull().unique(),
    email: lite.text('email'),
    active: lite.integer('active', { mode: 'boolean' }).notNull().default(true),
    settings: lite.text('settings', { mode: 'json' }).notNull(),
    joined: lite.integer('joined', { mode: 'timestamp_ms' }).notNull()
  })
  const posts = lite.sqliteTable('posts', {
    id: lite.text('id').primaryKey(),
    authorId: lite.integer('author_id').notNull().references(() => authors.id, { onDelete: 'cascade' }),
    title: lite.text('title').notNull(),
    state: lite.text('state', { enum: ['draft', 'live', 'gone'] }).notNull(),
    views: lite.integer('views').notNull(),
    price: lite.real('price').notNull(),
    rating: lite.real('rating'),
    picture: lite.blob('picture', { mode: 'buffer' }),
    created: lite.integer('created', { mode: 'timestamp_ms' }).notNull()
  }, (t) => [lite.index('posts_by_author').on(t.authorId, t.created)])
  return { authors, posts }
}

const postgresTables = () => {
  const state = pg.pgEnum('post_state', ['draft', 'live', 'gone'])
  const bytea = pg.customType({ dataType: () => 'bytea' })
  const authors = pg.pgTable('authors', {
    id: pg.bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    name: pg.varchar('name', { length: 80 }).notNull().unique(),
    email: pg.text('email'),
    active: pg.boolean('active').notNull().default(true),
    settings: pg.jsonb('settings').notNull(),
    joined: pg.timestamp('joined', { withTimezone: true, precision: 3 }).notNull()
  })
  const posts = pg.pgTable('posts', {
    id: pg.uuid('id').primaryKey(),
    authorId: pg.bigint('author_id', { mode: 'number' }).notNull()
      .references(() => authors.id, { onDelete: 'cascade' }),
    title: pg.text('title').notNull(),
    state: state('state').notNull(),
    views: pg.bigint('views', { mode: 'number' }).notNull(),
    price: pg.numeric('price', { precision: 12, scale: 2 }).notNull(),
    rating: pg.doublePrecision('rating'),
    picture: bytea('picture'),
    created: pg.timestamp('created', { withTimezone: true }).notNull()
  }, (t) => [pg.index('posts_by_author').on(t.authorId, t.created)])
  return { state, authors, posts }
}

async function openSqlite (path) {
  const { drizzle } = require('drizzle-orm/sql-js')
  const sql = await require('sql.js')()
  const file = new sql.Database(fs.existsSync(path) ? fs.readFileSync(path) : undefined)
  const tables = sqliteTables()
  return {
    db: drizzle(file),
    tables,
    make: async () => {
      const statements = await kit.generateSQLiteMigration(
        await kit.generateSQLiteDrizzleJson({}), await kit.generateSQLiteDrizzleJson(tables))
      for (const statement of statements) file.run(statement)
    },
    close: () => { fs.writeFileSync(path, file.export()); file.close() }
  }
}

async function openPostgres (url) {
  const { drizzle } = require('drizzle-orm/node-postgres')
  const pool = new (require('pg').Pool)(connection(url))
  const tables = postgresTables()
  return {
    db: drizzle(pool),
    tables,
    make: async () => {
      const statements = await kit.generateMigration(kit.generateDrizzleJson({}), kit.generateDrizzleJson(tables))
      for (const statement of statements) await pool.query(statement)
    },
    close: () => pool.end()
  }
}

run(async ({ sqlite, where }) => {
  const { db, tables, make, close } = await (sqlite ? openSqlite : openPostgres)(where)
  return {
    make,
    close,
    write: async () => {
      for (const author of authors) await db.insert(tables.authors).values(author)
      for (const post of posts) await db.insert(tables.posts).values(post)
    },
    read: async () => ({
      authors: (await db.select().from(tables.authors).orderBy(asc(tables.authors.id))).map(plain.author),
      posts: (await db.select().from(tables.posts).orderBy(asc(tables.posts.id))).map(plain.post)
    }),
    more: () => db.insert(tables.authors).values({ ...authors[0], name: 'one more' })
  }
})
