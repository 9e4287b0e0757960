// knex.js — the query builder with its own migrations: see common.js.
'use strict'
const makeKnex = require('knex')
const { run, connection, authors, posts, plain } = require('./common')

const migration = {
  getMigrations: async () => ['20240101000000_blog'],
  getMigrationName: (name) => name,
  getMigration: async () => ({
    up: async (knex) => {
      await knex.schema.createTable('authors', (t) => {
        t.increments('id')
        t.string('name', 80).notNullable().unique()
        t.string('email')
        t.boolean('active').notNullable().defaultTo(true)
        t.jsonb('settings').notNullable()
        t.timestamp('joined').notNullable()
      })
      await knex.schema.createTable('posts', (t) => {
        t.uuid('id').primary()
        t.integer('authorId').notNullable().references('authors.id').onDelete('CASCADE')
        t.text('title').notNullable()
        t.enu('state', ['draft', 'live', 'gone']).notNullable()
        t.bigInteger('views').notNullable()
        t.decimal('price', 12, 2).notNullable()
        t.double('rating')
        t.binary('picture')
        t.datetime('created').notNullable()
        t.index(['authorId', 'created'])
      })
    },
    down: async () => {}
  })
}

run(async ({ sqlite, where }) => {
  const knex = makeKnex(sqlite
    ? { client: 'better-sqlite3', connection: { filename: where }, useNullAsDefault: true }
    : { client: 'pg', connection: connection(where) })
  // Knex leaves SQLite's numbers as they are stored, also those of a boolean or a moment.
  const truth = (value) => value === 1 || value === true
  const moment = (value) => new Date(value)
  const document = (value) => typeof value === 'string' ? JSON.parse(value) : value
  return {
    make: () => knex.migrate.latest({ migrationSource: migration }),
    write: async () => {
      for (const author of authors) {
        await knex('authors').insert({ ...author, settings: JSON.stringify(author.settings) })
      }
      for (const post of posts) await knex('posts').insert(post)
    },
    read: async () => ({
      authors: (await knex('authors').orderBy('id')).map((row) => plain.author({
        ...row, active: truth(row.active), settings: document(row.settings), joined: moment(row.joined)
      })),
      posts: (await knex('posts').orderBy('id')).map((row) => plain.post({
        ...row, created: moment(row.created)
      }))
    }),
    more: () => knex('authors').insert({ ...authors[0], name: 'one more', settings: '{}' }),
    close: () => knex.destroy()
  }
})
