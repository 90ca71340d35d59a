/** A Worker that makes the platform calls of the gateway's operations, and does nothing else. */
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

const script = `
import { DurableObject } from 'cloudflare:workers'

const write = (env, key) => env.DB.batch([
  env.DB.prepare('insert into rows (key, value) values (?, ?)').bind(key, 'x'.repeat(500)),
])

export class Floor extends DurableObject {
  async write(key) {
    await write(this.env, key)
    return { ok: true }
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    const key = crypto.randomUUID()
    if (pathname === '/read') {
      await env.KV.get('key')
      const { results } = await env.DB.prepare('select value from rows where key = ?').bind('first').all()
      return Response.json(results)
    }
    if (pathname === '/list') {
      await env.KV.get('key')
      const { results } = await env.DB.prepare('select value from rows limit 100').all()
      return Response.json(results)
    }
    if (pathname === '/write') await write(env, key)
    if (pathname === '/change') {
      await env.DB.prepare('select value from rows where key = ?').bind('first').all()
      await write(env, key)
    }
    if (pathname === '/object') await env.FLOOR.getByName('one').write(key)
    return Response.json({ ok: true })
  },
}`

export interface Floor {
  readonly url: string
  stop(): Promise<void>
}

export async function startFloor(stateDirectory: string): Promise<Floor> {
  const options = convertV4MiniflareOptions({
    name: 'floor',
    modules: true,
    script,
    compatibilityDate: '2026-10-01',
    d1Databases: { DB: 'floor' },
    kvNamespaces: { KV: 'floor' },
    durableObjects: { FLOOR: { className: 'Floor', useSQLite: true } },
    cf: false,
  })
  const [worker] = options.workers
  if (worker) {
    worker.dev = { ...worker.dev, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }
  }
  const miniflare = new Miniflare({
    ...options,
    logRequests: false,
    resourcePersistencePath: stateDirectory,
  })
  const database = await miniflare.getD1Database('DB')
  await database.batch([
    database.prepare('create table rows (key text primary key, value text) without rowid'),
    ...Array.from({ length: 200 }, (_, index) =>
      database
        .prepare('insert into rows (key, value) values (?, ?)')
        .bind(index === 0 ? 'first' : `row ${index}`, 'x'.repeat(500)),
    ),
  ])
  const store = await miniflare.getKVNamespace('KV')
  await store.put('key', JSON.stringify({ tenant: 1 }))
  const url = await miniflare.unsafeGetDirectURL()
  return { url: url.origin, stop: () => miniflare.dispose() }
}
