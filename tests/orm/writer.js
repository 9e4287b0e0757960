// writer.js FILE NAME — an application on libsql, which has a SQLite of its own (and a fork): writes in every
// form of statement until its input ends or a write is refused, and then says what it saw.
'use strict'
const Database = require('better-sqlite3') // package.json says which one that is

const [file, name] = process.argv.slice(2)
const db = new Database(file, { timeout: 60000 })
db.exec('PRAGMA foreign_keys = ON')
const user = db.prepare('INSERT INTO users (name, score) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET score = excluded.score')
const order = db.prepare('UPDATE orders SET amount = ?, note = ? WHERE id = ?')
const kv = db.prepare('INSERT OR REPLACE INTO kv VALUES (?, ?)')
const event = db.prepare('INSERT INTO events VALUES (?, ?)')
const gone = db.prepare('DELETE FROM users WHERE id = ?')
const several = db.transaction((n) => { event.run(name, n); gone.run(n % 190); user.run(`${name} in one ${n}`, n) })
const forms = [
  (n) => user.run(`${name} ${n % 50}`, n / 7),
  (n) => order.run(n, `${name} ü ${n}`, n % 500 + 1),
  (n) => kv.run(`k${n % 99}`, Buffer.from([n % 256, 0, 255])),
  several
]

let over = false
let writes = 0
let refusal = null
process.stdin.on('end', () => { over = true }).resume()
function write () {
  try {
    forms[writes % forms.length](writes)
  } catch (error) {
    refusal = error.message
    over = true
  }
  if (!over) {
    writes += 1
    setTimeout(write, 2)
    if (writes === 100) process.stderr.write('100 writes\n')
    return
  }
  console.log(JSON.stringify({ writes, refusal, version: db.prepare('SELECT sqlite_version() AS v').get().v }))
  process.exit(0)
}
write()
