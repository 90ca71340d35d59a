/** Several databases in a running gateway: one more in wrangler.toml is all that it takes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { newTenant, person } from '../support/tenant.ts'

const further = `
[[d1_databases]]
binding = "DB_EU"
database_name = "rollcall-eu"
migrations_dir = "drizzle"
`

let folder: string
let server: Server

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-databases-'))
  const config = join(folder, 'wrangler.toml')
  const common = await readFile(join(root, 'wrangler.toml'), 'utf8')
  await writeFile(config, common.replace('NEW_TENANTS = "DB"', 'NEW_TENANTS = "DB_EU"') + further)
  server = await startServer(undefined, {}, config)
})

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

async function select(binding: string, text: string): Promise<unknown[]> {
  const database = await server.miniflare.getD1Database(binding)
  return (await database.prepare(text).all()).results
}

it('applies the migrations to every database of the configuration', async () => {
  const text = `select name, sql from sqlite_master where type = 'table' order by name`
  const tables = await select('DB', text)
  expect(tables).toContainEqual(expect.objectContaining({ name: 'homes' }))
  expect(await select('DB_EU', text)).toEqual(tables)
  const applied = 'select name from d1_migrations order by id'
  expect(await select('DB_EU', applied)).toEqual(await select('DB', applied))
})

it('puts new tenants where the configuration says, and serves those of each database', async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  for (const [wish, database] of [
    [undefined, 'DB_EU'],
    ['DB', 'DB'],
  ] as const) {
    const scim = await newTenant(fetch, server.url, adminToken, undefined, wish)
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
    expect((await scim.call('POST', '/Groups', { displayName: 'Team' })).status).toBe(201)
    expect(await select(database, 'select slug, user_count, team_count from tenants')).toEqual([
      { slug: scim.slug, user_count: 1, team_count: 1 },
    ])
  }
})
