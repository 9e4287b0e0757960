// typeorm.js — entities with relations, tables by synchronize: see common.js.
'use strict'
require('reflect-metadata')
const { DataSource, EntitySchema } = require('typeorm')
const { run, connection, authors, posts, plain } = require('./common')

const entities = (sqlite) => [
  new EntitySchema({
    name: 'Author',
    tableName: 'author',
    columns: {
      id: { type: 'int', primary: true, generated: 'increment' },
      name: { type: 'varchar', length: 80, unique: true },
      email: { type: 'varchar', nullable: true },
      active: { type: 'boolean', default: true },
      settings: { type: sqlite ? 'simple-json' : 'jsonb' },
      joined: { type: sqlite ? 'datetime' : 'timestamptz' }
    },
    relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author' } }
  }),
  new EntitySchema({
    name: 'Post',
    tableName: 'post',
    columns: {
      id: { type: sqlite ? 'varchar' : 'uuid', primary: true, generated: 'uuid' },
      authorId: { type: 'int' },
      title: { type: 'text' },
      state: { type: sqlite ? 'simple-enum' : 'enum', enum: ['draft', 'live', 'gone'] },
      views: { type: 'bigint' },
      price: { type: 'decimal', precision: 12, scale: 2 },
      rating: { type: sqlite ? 'double' : 'double precision', nullable: true },
      picture: { type: sqlite ? 'blob' : 'bytea', nullable: true },
      created: { type: sqlite ? 'datetime' : 'timestamptz' }
    },
    relations: {
      author: {
        type: 'many-to-one', target: 'Author', inverseSide: 'posts', onDelete: 'CASCADE', joinColumn: { name: 'authorId' }
      }
    },
    indices: [{ columns: ['authorId', 'created'] }]
  })
]

run(async ({ sqlite, where }) => {
  const source = new DataSource({
    ...(sqlite
      ? { type: 'sqljs', location: where, autoSave: false, useLocalForage: false }
      : { type: 'postgres', ...connection(where), username: connection(where).user }),
    entities: entities(sqlite)
  })
  await source.initialize()
  const all = async (name, make) => (await source.getRepository(name).find({ order: { id: 'ASC' } })).map(make)
  return {
    make: () => source.synchronize(),
    write: async () => {
      await source.getRepository('Author').save(authors)
      await source.getRepository('Post').save(posts)
    },
    read: async () => ({ authors: await all('Author', plain.author), posts: await all('Post', plain.post) }),
    more: () => source.getRepository('Author').save({ ...authors[0], name: 'one more' }),
    close: async () => {
      if (sqlite) await source.sqljsManager.saveDatabase(where)
      await source.destroy()
    }
  }
})
