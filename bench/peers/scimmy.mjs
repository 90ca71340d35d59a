/**
 * SCIMMY with its routers, as its pages show it. `STORE` is `memory` (a Map) or `disk` (SQLite, one
 * transaction for each write). A look-up by userName goes to an index, as an application would write it.
 */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import express from 'express'
import SCIMMY from 'scimmy'
import SCIMMYRouters from 'scimmy-routers'

const token = crypto.randomUUID()

function memory() {
  const byId = new Map()
  const idsByName = new Map()
  return {
    get: (id) => byId.get(id),
    find: (name) => byId.get(idsByName.get(name)),
    all: () => [...byId.values()],
    page: (start, count) => byId.values().drop(start).take(count).toArray(),
    count: () => byId.size,
    put(id, name, resource) {
      const before = byId.get(id)
      if (before) idsByName.delete(before.userName?.toLowerCase())
      byId.set(id, resource)
      idsByName.set(name, id)
    },
    delete: (id) => byId.delete(id),
  }
}

function disk(database, table) {
  database.exec(`create table ${table} (id text primary key, name text, document text) without rowid;
    create index ${table}_name on ${table} (name)`)
  const get = database.prepare(`select document from ${table} where id = ?`)
  const find = database.prepare(`select document from ${table} where name = ?`)
  const all = database.prepare(`select document from ${table}`)
  const page = database.prepare(`select document from ${table} order by id limit ? offset ?`)
  const count = database.prepare(`select count(*) as total from ${table}`)
  const put = database.prepare(`insert or replace into ${table} values (?, ?, ?)`)
  const remove = database.prepare(`delete from ${table} where id = ?`)
  const read = (row) => row && JSON.parse(row.document)
  return {
    get: (id) => read(get.get(id)),
    find: (name) => read(find.get(name)),
    all: () => all.all().map(read),
    page: (start, most) => page.all(most, start).map(read),
    count: () => count.get().total,
    put: (id, name, resource) => put.run(id, name ?? null, JSON.stringify(resource)),
    delete: (id) => remove.run(id),
  }
}

function stores() {
  if (process.env.STORE === 'memory') return { users: memory(), groups: memory() }
  const database = new DatabaseSync(join(process.env.FOLDER, 'scimmy.db'))
  database.exec('pragma journal_mode = wal')
  return { users: disk(database, 'users'), groups: disk(database, 'groups') }
}

function declare(type, store, nameOf) {
  SCIMMY.Resources.declare(type)
    .ingress((resource, data) => {
      const id = resource.id ?? crypto.randomUUID()
      const now = new Date().toISOString()
      const before = resource.id ? store.get(id) : undefined
      if (resource.id && !before) throw new Error('Not found')
      const name = nameOf(data)
      const other = name === undefined ? undefined : store.find(name)
      if (other && other.id !== id) throw new SCIMMY.Types.Error(409, 'uniqueness', 'Taken')
      const meta = { created: before?.meta?.created ?? now, lastModified: now }
      const written = { ...JSON.parse(JSON.stringify(data)), id, meta }
      store.put(id, name, written)
      return written
    })
    .egress((resource) => {
      if (resource.id) {
        const found = store.get(resource.id)
        if (!found) throw new Error('Not found')
        return found
      }
      if (!resource.filter) {
        const { startIndex = 1, count = 20 } = resource.constraints ?? {}
        // A page alone is read and represented when the total is said.
        resource.constraints = { startIndex, count, totalResults: store.count() }
        return store.page(startIndex - 1, count)
      }
      const [only, ...others] = resource.filter
      const named = others.length === 0 ? (only?.userName ?? only?.username) : undefined
      if (named?.[0] === 'eq') return [store.find(String(named[1]).toLowerCase())].filter(Boolean)
      return resource.filter.match(store.all())
    })
    .degress((resource) => void store.delete(resource.id))
}

const { users, groups } = stores()
declare(SCIMMY.Resources.User, users, ({ userName }) => userName?.toLowerCase())
declare(SCIMMY.Resources.Group, groups, () => undefined)

const handler = (request) => {
  if (request.header('Authorization') !== `Bearer ${token}`) throw new Error('Unauthorized')
  return 'peer'
}
const application = express()
application.use('/scim', new SCIMMYRouters({ type: 'bearer', handler }))
const server = application.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ baseUrl: `http://127.0.0.1:${server.address().port}/scim`, token }))
})
// The servers take turns: a connection outlives those of the others.
server.keepAliveTimeout = 600_000
