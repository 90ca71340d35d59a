/**
 * A Worker that makes the platform calls of the gateway's operations, and does nothing else. It
 * runs beside the gateway in the same process, is sent the same requests, and answers as many
 * bytes. A batch that writes has as many statements as the address says.
 */
import { convertV4MiniflareOptions, type Miniflare } from 'miniflare'

const script = `
import { DurableObject } from 'cloudflare:workers'

const write = (env, value, statements) => env.DB.batch(
  Array.from({ length: statements }, () =>
    env.DB.prepare('insert into rows (key, value) values (?, ?)').bind(crypto.randomUUID(), value)),
)

export class Floor extends DurableObject {
  async write(value, statements) {
    await write(this.env, value, statements)
    return { ok: true }
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    const statements = Number(searchParams.get('statements'))
    const body = request.body ? await request.json() : undefined
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
    if (pathname === '/object') {
      await env.FLOOR.getByName('one').write(JSON.stringify(body), statements)
      return new Response(null, { status: 204 })
    }
    if (pathname === '/change') {
      await env.DB.prepare('select value from rows where key = ?').bind('first').all()
    }
    const value = 'x'.repeat(500)
    await write(env, value, statements)
    return Response.json({ value })
  },
}`

const name = 'floor'

/** The floor as a Worker beside another one, with its own database, KV and objects. */
export function floorWorkers() {
  const { workers } = convertV4MiniflareOptions({
    name,
    modules: true,
    script,
    compatibilityDate: '2026-10-01',
    d1Databases: { DB: 'floor' },
    kvNamespaces: { KV: 'floor' },
    durableObjects: { FLOOR: { className: 'Floor', useSQLite: true } },
  })
  for (const worker of workers) {
    worker.dev = { ...worker.dev, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }
  }
  return workers
}

/** Gives the floor something to read; answers where it is served. */
export async function fillFloor(miniflare: Miniflare): Promise<string> {
  const database = await miniflare.getD1Database('DB', name)
  await database.batch([
    database.prepare('create table rows (key text primary key, value text) without rowid'),
    ...Array.from({ length: 200 }, (_, index) =>
      database
        .prepare('insert into rows (key, value) values (?, ?)')
        .bind(index === 0 ? 'first' : `row ${index}`, 'x'.repeat(500)),
    ),
  ])
  const store = await miniflare.getKVNamespace('KV', name)
  await store.put('key', JSON.stringify({ tenant: 1 }))
  return (await miniflare.unsafeGetDirectURL(name)).origin
}
