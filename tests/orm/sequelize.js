// sequelize.js — models with associations, tables by sync: see common.js.
'use strict'
const { Sequelize, DataTypes } = require('sequelize')
const { run, connection, authors, posts, plain } = require('./common')

// Sequelize speaks to the package sqlite3, which has to be compiled: as much of it as Sequelize
// uses, on the driver that the other programs use.
class Database {
  constructor (path, mode, done) {
    this.filename = path
    this.driver = new (require('better-sqlite3'))(path)
    setImmediate(done, null)
  }

  serialize (work) { work() }
  run (...call) { this.execute(...call) }
  all (...call) { this.execute(...call) }

  execute (sql, ...rest) {
    const done = rest.find((one) => typeof one === 'function') ?? (() => {})
    const parameters = typeof rest[0] === 'object' ? rest[0] : {}
    const values = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [
      name.slice(1), typeof value === 'boolean' ? Number(value) : value]))
    let result
    try {
      const statement = this.driver.prepare(sql)
      const bound = Object.keys(values).length > 0 ? [values] : []
      if (statement.reader) {
        result = [{}, null, statement.all(...bound)]
      } else {
        const { lastInsertRowid, changes } = statement.run(...bound)
        result = [{ lastID: Number(lastInsertRowid), changes }, null, []]
      }
    } catch (error) {
      result = [{}, error]
    }
    setImmediate(() => done.call(...result))
  }

  close (done) { this.driver.close(); setImmediate(done, null) }
}
const sqlite3 = { Database, OPEN_READWRITE: 2, OPEN_CREATE: 4 }

const define = (sequelize, sqlite) => {
  const options = { timestamps: false }
  const Author = sequelize.define('Author', {
    name: { type: DataTypes.STRING(80), allowNull: false, unique: true },
    email: DataTypes.STRING,
    active: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
    settings: { type: sqlite ? DataTypes.JSON : DataTypes.JSONB, allowNull: false },
    joined: { type: DataTypes.DATE, allowNull: false }
  }, options)
  const Post = sequelize.define('Post', {
    id: { type: DataTypes.UUID, primaryKey: true },
    title: { type: DataTypes.TEXT, allowNull: false },
    state: { type: DataTypes.ENUM('draft', 'live', 'gone'), allowNull: false },
    views: { type: DataTypes.BIGINT, allowNull: false },
    price: { type: DataTypes.DECIMAL(12, 2), allowNull: false },
    rating: DataTypes.DOUBLE,
    picture: DataTypes.BLOB,
    created: { type: DataTypes.DATE, allowNull: false }
  }, { ...options, indexes: [{ fields: ['authorId', 'created'] }] })
  Author.hasMany(Post, { foreignKey: { name: 'authorId', allowNull: false }, onDelete: 'CASCADE' })
  Post.belongsTo(Author, { foreignKey: { name: 'authorId', allowNull: false } })
  return { Author, Post }
}

run(async ({ sqlite, where }) => {
  const sequelize = new Sequelize(sqlite
    ? { dialect: 'sqlite', dialectModule: sqlite3, storage: where, logging: false }
    : { dialect: 'postgres', logging: false, ...connection(where), username: connection(where).user })
  const { Author, Post } = define(sequelize, sqlite)
  const read = async (model) => (await model.findAll({ order: ['id'] })).map((row) => row.get({ plain: true }))
  return {
    make: () => sequelize.sync(),
    write: async () => {
      for (const author of authors) await Author.create(author)
      await Post.bulkCreate(posts)
    },
    read: async () => ({
      authors: (await read(Author)).map(plain.author),
      posts: (await read(Post)).map(plain.post)
    }),
    more: () => Author.create({ ...authors[0], name: 'one more' }),
    close: () => sequelize.close()
  }
})
