/**
 * Upgrades: a database that a release has filled is migrated, and today's Worker reads, changes and
 * lists what is in it. With ROLLBACK_TO as the checkout of a release (packages installed), the way
 * back is tried as well: its Worker runs on what today's has migrated and changed.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { FilledTenant } from '../../scripts/released/fill.ts'
import { buildWorker, startGateway, type Gateway } from '../../scripts/gateway.ts'
import { root } from '../../scripts/root.ts'
import { client, operator, patch, person } from '../support/tenant.ts'

interface Release {
  readonly version: string
  readonly migrations: readonly string[]
  readonly adminToken: string
  readonly tenants: readonly FilledTenant[]
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

/** 0.1.0 and 0.2.0 have the same migrations: what one has filled is a database of the other. */
const releases = ['0.2.0']

const previous = process.env['ROLLBACK_TO'] ?? ''

/** A database as the release left it, in a new folder of state. */
async function restore(text: string, folder: string): Promise<Release> {
  const release = JSON.parse(text) as Release
  const migrations = join(folder, 'migrations')
  for (const name of release.migrations) {
    await cp(join(root, 'drizzle', name), join(migrations, name))
  }
  const gateway = await startGateway({
    stateDirectory: join(folder, 'state'),
    port: 0,
    adminToken: release.adminToken,
    buildDirectory: inject('buildDirectory'),
    migrations,
  })
  const database = await gateway.miniflare.getD1Database('DB')
  for (const [table, rows] of Object.entries(release.tables)) {
    const names = Object.keys(rows[0] ?? {})
    const statement = database.prepare(
      `INSERT INTO "${table}" (${names.map((name) => `"${name}"`).join(', ')})
       VALUES (${names.map(() => '?').join(', ')})`,
    )
    await database.batch(rows.map((row) => statement.bind(...names.map((name) => row[name]))))
  }
  // The release may be years old by now.
  await database
    .prepare('UPDATE links SET expires_at = ?')
    .bind(Date.now() + 86_400_000)
    .run()
  await gateway.stop()
  return release
}

async function start(folder: string, adminToken: string, buildDirectory: string): Promise<Gateway> {
  return startGateway({
    stateDirectory: join(folder, 'state'),
    port: 0,
    adminToken,
    buildDirectory,
    variables: { WEBHOOK_LOOPBACK: 'true' },
  })
}

/** Times, counters and tags that move with use, and the expiry of links, which `restore` sets. */
const moving = new Set(['version', 'lastUsed', 'expires', 'requestsToday', 'behind', 'asOf'])

function settled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(settled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      moving.has(name) ? [] : [[name, settled(inner)]],
    ),
  )
}

describe.each(releases)('a database of release %s', (version) => {
  let folder: string
  let release: Release
  let gateway: Gateway
  let tenants: readonly FilledTenant[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-upgrade-'))
    const text = await readFile(
      join(root, 'test', 'support', 'releases', `${version}.json`),
      'utf8',
    )
    release = await restore(text, folder)
    gateway = await start(folder, release.adminToken, inject('buildDirectory'))
    tenants = (JSON.parse(text.replaceAll('https://rollcall.test', gateway.url)) as Release).tenants
  })

  afterAll(async () => {
    await gateway?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const admin = () => operator(fetch, gateway.url, release.adminToken)

  const scim = ({ slug, token }: FilledTenant) =>
    client(fetch, `${gateway.url}/scim/v2/${slug}`, token)

  async function ask(path: string, tenant: FilledTenant): Promise<unknown> {
    const secret = path.startsWith('/scim')
      ? tenant.token
      : path.startsWith('/api')
        ? tenant.key
        : release.adminToken
    const response = await fetch(`${gateway.url}${path}`, {
      headers: { Authorization: `Bearer ${secret}` },
    })
    expect(response.status, path).toBe(200)
    return response.json()
  }

  async function count(text: string): Promise<number> {
    const database = await gateway.miniflare.getD1Database('DB')
    return (await database.prepare(text).first<number>('n')) ?? -1
  }

  it('is migrated, and keeps every row', async () => {
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
    for (const [table, rows] of Object.entries(release.tables)) {
      expect(await count(`select count(*) as n from "${table}"`), table).toBe(rows.length)
    }
    expect(await count('select count(*) as n from d1_migrations')).toBeGreaterThan(
      release.migrations.length,
    )
  })

  it('is read as the release read it', async () => {
    for (const tenant of tenants) {
      for (const [path, before] of Object.entries(tenant.answers)) {
        expect(settled(await ask(path, tenant)), path).toMatchObject(settled(before) as object)
      }
    }
  })

  it('has its tokens, keys and links, and those that were revoked stay so', async () => {
    for (const tenant of tenants) {
      const revoked = client(fetch, `${gateway.url}/scim/v2/${tenant.slug}`, tenant.revokedToken)
      expect((await revoked.call('GET', '/Users')).status).toBe(401)
      const opened = await fetch(`${gateway.url}/admin/open`, {
        method: 'POST',
        headers: { Origin: gateway.url },
        body: new URLSearchParams({ code: new URL(tenant.link).hash.slice(1) }),
        redirect: 'manual',
      })
      expect(opened.status).toBe(303)
      expect(opened.headers.get('Set-Cookie')).toMatch(/=.+/)
    }
  })

  it('is found, changed and listed', async () => {
    for (const tenant of tenants) {
      const call = scim(tenant)
      const find = async (filter: string) =>
        (await call.call('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body
      const address = `person-5@${tenant.slug}.example.com`
      const found = await find(`userName eq "${address}"`)
      expect(found.totalResults).toBe(1)
      const [{ id }] = found.Resources
      for (const filter of [
        `emails.value eq "${address}"`,
        `emails.value eq "home-5@${tenant.slug}.example.com"`,
        'externalId eq "x-5"',
        'urn:acme:params:scim:schemas:extension:1.0:User:badge eq 5',
      ]) {
        expect((await find(filter)).Resources, filter).toMatchObject([{ id }])
      }
      expect((await call.call('POST', '/Users', found.Resources[0])).status).toBe(409)

      const [team] = (await call.call('GET', '/Groups?filter=displayName%20eq%20%22Sales%22')).body
        .Resources
      const made = await call.call('POST', '/Users', person())
      expect(made.status).toBe(201)
      const value = [{ value: made.body.id }]
      const joined = patch({ op: 'add', path: 'members', value })
      const left = patch({ op: 'remove', path: `members[value eq "${id}"]` })
      expect((await call.call('PATCH', `/Groups/${team.id}`, joined)).status).toBe(200)
      expect((await call.call('PATCH', `/Groups/${team.id}`, left)).status).toBe(200)
      const off = patch({ op: 'replace', path: 'active', value: false })
      expect((await call.call('PATCH', `/Users/${id}`, off)).body.active).toBe(false)
      const members = (await call.call('GET', `/Groups/${team.id}`)).body.members as {
        value: string
      }[]
      const before = team.members as { value: string }[]
      expect(members.map((member) => member.value).sort()).toEqual(
        [
          ...before.flatMap((member) => (member.value === id ? [] : [member.value])),
          made.body.id,
        ].sort(),
      )
      const renamed = patch({ op: 'replace', path: 'displayName', value: 'Sales EMEA' })
      expect((await call.call('PATCH', `/Groups/${team.id}`, renamed)).status).toBe(200)
    }
  })

  it('goes on with its log of events, without a gap', async () => {
    for (const tenant of tenants) {
      const path = `/api/v1/tenants/${tenant.slug}/events?limit=1000`
      const { events } = (await ask(path, tenant)) as { events: { seq: number; type: string }[] }
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      const before = (tenant.answers[path] as { events: unknown[] }).events.length
      expect(events.slice(before).map(({ type }) => type)).toEqual([
        'user.created',
        'team.member_added',
        'team.member_removed',
        'user.deactivated',
        'team.renamed',
      ])
    }
  })

  it('has its holds, which are released', async () => {
    for (const { slug } of tenants) {
      const { holds } = (await admin().call('GET', `/tenants/${slug}/holds`)).body
      const [{ id }] = holds
      const { changes } = (await admin().call('GET', `/tenants/${slug}/holds/${id}`)).body
      expect(changes).toHaveLength(1)
      const body = {
        confirm: changes.map((change: { person?: { id: string } }) => change.person?.id),
      }
      const released = await admin().call('POST', `/tenants/${slug}/holds/${id}/release`, body)
      expect(released.status, JSON.stringify(released.body)).toBe(200)
    }
  })

  it('has its webhooks, whose secrets the nightly job seals anew', async () => {
    const database = await gateway.miniflare.getD1Database('DB')
    const secrets = async () =>
      (await database.prepare('select secret from webhooks order by id').raw()).flat()
    const before = await secrets()
    const worker = await gateway.miniflare.getWorker()
    await worker.scheduled({ cron: '17 3 * * *' })
    const after = await secrets()
    expect(after).toHaveLength(before.length)
    for (const [index, secret] of after.entries()) expect(secret).not.toBe(before[index])
  })

  it.skipIf(previous === '')(
    'is served by the Worker of ROLLBACK_TO after a rollback',
    async () => {
      await gateway.stop()
      const build = join(folder, 'previous')
      await buildWorker(build, previous)
      gateway = await start(folder, release.adminToken, build)
      for (const tenant of tenants) {
        const call = scim(tenant)
        const list = await call.call('GET', '/Users?count=100')
        expect(list.status).toBe(200)
        expect(list.body.totalResults).toBe(await countOf('users', tenant.slug))
        const made = await call.call('POST', '/Users', person())
        expect(made.status).toBe(201)
        const [team] = (await call.call('GET', '/Groups?filter=displayName%20sw%20%22Sales%22'))
          .body.Resources
        const joined = patch({ op: 'add', path: 'members', value: [{ value: made.body.id }] })
        expect((await call.call('PATCH', `/Groups/${team.id}`, joined)).status).toBe(200)
        expect((await call.call('DELETE', `/Users/${made.body.id}`)).status).toBe(204)
        const path = `/api/v1/tenants/${tenant.slug}/events?limit=1000`
        const { events } = (await ask(path, tenant)) as { events: { seq: number }[] }
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      }

      function countOf(table: string, slug: string): Promise<number> {
        return count(
          `select count(*) as n from ${table} join tenants on tenants.id = tenant_id where slug = '${slug}'`,
        )
      }
    },
  )
})
