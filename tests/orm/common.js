// common.js — what the npm programs share: the command line, the rows, and values as JSON.
'use strict'

// program.js make|write|read|more sqlite:PATH|URL
exports.run = async function run (open) {
  const [what, where] = process.argv.slice(2)
  const sqlite = where.startsWith('sqlite:')
  const program = await open({ sqlite, where: sqlite ? where.slice('sqlite:'.length) : where })
  const result = await program[what]()
  if (what === 'read') process.stdout.write(JSON.stringify(result))
  await program.close()
}

// node-postgres takes a socket's folder from ?host=, but wants a host in the URL.
exports.connection = function connection (url) {
  const parsed = new URL(url.replace('@/', '@localhost/'))
  return {
    host: parsed.searchParams.get('host'),
    user: parsed.username,
    database: parsed.pathname.slice(1)
  }
}

const TEXTS = ['plain', '', 'ÄÖ "quoted" \'n\' \\ \n two', '日本 😀']
const START = Date.UTC(2021, 11, 31, 23, 30, 0, 123)

exports.authors = Array.from({ length: 40 }, (_, i) => ({
  name: `author ${i} ${TEXTS[i % 4]}`,
  email: i % 5 === 0 ? null : `a${i}@example.org`,
  active: i % 3 === 0,
  settings: [{}, { a: [1, 2.5, null], 'ü': { x: true } }, []][i % 3],
  joined: new Date(START + i * 86400123)
}))

exports.posts = Array.from({ length: 500 }, (_, i) => ({
  id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
  authorId: i % 40 + 1,
  title: TEXTS[i % 4],
  state: ['draft', 'live', 'gone'][i % 3],
  views: i % 2 ? Number.MAX_SAFE_INTEGER - i : -i,
  price: i * 7 / 100,
  rating: i % 4 === 0 ? null : i / 7,
  picture: i % 6 === 0 ? null : Buffer.from(Array.from({ length: i % 300 }, (_, k) => (i + k) % 256)),
  created: new Date(START + i * 60123)
}))

// Drivers give one value in different clothes: a bigint as a text, a decimal as a number.
exports.plain = {
  author: (row) => ({
    id: Number(row.id),
    name: row.name,
    email: row.email,
    active: row.active,
    settings: row.settings,
    joined: row.joined.toISOString()
  }),
  post: (row) => ({
    id: row.id,
    authorId: Number(row.authorId),
    title: row.title,
    state: row.state,
    views: String(row.views),
    price: Number(row.price).toFixed(2),
    rating: row.rating,
    picture: row.picture === null ? null : Buffer.from(row.picture).toString('hex'),
    created: row.created.toISOString()
  })
}
