/** Tenants in two databases: each is whole in its own, and neither sees the other. */
import { makeFormNumber } from '../../src/admin/shell/stale/form-number'
import {
  createExecutionContext,
  createScheduledController,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import { app } from '../../src/app'
import { forgetLocally } from '../../src/tokens/credential-cache'
import { hashToken, makeSecret } from '../../src/tokens/secret'
import worker from '../../src/index'
import { reservePlacement } from '../../src/database/placement-table'
import { disagreements, readContents } from '../support/agreement'
import { application, newKey } from '../support/application'
import { countDatabase, newCounts } from '../support/counting'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { groupUrn, patch, person, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

const two = (bindings as unknown as { readonly DB_TWO: D1Database }).DB_TWO
const names = ['DB', 'DB_TWO'] as const
type Name = (typeof names)[number]

const databaseOf = (name: Name) => (name === 'DB' ? bindings.DB : two)
const otherThan = (name: Name): Name => (name === 'DB' ? 'DB_TWO' : 'DB')

const newSlug = () => `s-${crypto.randomUUID().slice(0, 13)}`

async function rowsOf(database: D1Database, text: string, ...values: unknown[]) {
  return (
    await database
      .prepare(text)
      .bind(...values)
      .all<Record<string, any>>()
  ).results
}

async function idOf({ slug }: ScimClient, name: Name): Promise<number> {
  const [row] = await rowsOf(databaseOf(name), 'select id from tenants where slug = ?', slug)
  return Number(row?.['id'])
}

/** Rows of each table of a database that name this tenant. */
async function countRows(database: D1Database, tenantId: number) {
  const all = await rowsOf(database, `select name, sql from sqlite_master where type = 'table'`)
  const tables = all.flatMap(({ name, sql }) => {
    if (String(sql).includes('tenant_id')) return [{ name, key: 'tenant_id' }]
    return name === 'tenants' ? [{ name, key: 'id' }] : []
  })
  expect(tables.length).toBeGreaterThan(15)
  const counts = await database.batch<{ count: number }>(
    tables.map(({ name, key }) =>
      database.prepare(`select count(*) as count from ${name} where ${key} = ?`).bind(tenantId),
    ),
  )
  return Object.fromEntries(
    tables.flatMap(({ name }, index) => {
      const count = counts[index]?.results[0]?.count ?? 0
      return count > 0 ? [[String(name), count]] : []
    }),
  )
}

/** Calls the Worker with other bindings than the test's own. */
async function callWith(more: object, method: string, path: string, token: string, body?: unknown) {
  const context = createExecutionContext()
  const response = await app.fetch(
    new Request(`${origin}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    { ...bindings, ...more },
    context,
  )
  await waitOnExecutionContext(context)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Forgets a token in the isolate, or in KV too. */
async function makeCold({ token }: ScimClient, isInStore: boolean) {
  const hash = await hashToken(token)
  forgetLocally(hash)
  if (isInStore) await bindings.TOKENS.delete(`token:${hash}`)
}

async function inConsole(path: string, fields?: Record<string, string>, cookie = '') {
  const response = await exports.default.fetch(
    new Request(`${origin}/admin${path}`, {
      redirect: 'manual',
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin', Cookie: cookie },
      ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
    }),
  )
  const [set = ''] = (response.headers.get('Set-Cookie') ?? '').split(';')
  return {
    status: response.status,
    location: response.headers.get('Location'),
    cookie: set,
    text: await response.text(),
  }
}

async function run(cron: string, time = Date.now(), environment: object = bindings) {
  const controller = createScheduledController({ cron, scheduledTime: new Date(time) })
  await worker.scheduled(controller, environment as never)
}

const nightly = '17 3 * * *'
const sweep = '*/5 * * * *'

describe.each(names)('a tenant in %s', (name) => {
  it('has the whole of SCIM, and every row of it there', async () => {
    const scim = await tenant(undefined, name)
    const [ann, bob] = await Promise.all(
      [person(), person()].map((body) => scim.call('POST', '/Users', body)),
    )
    const team = await scim.call('POST', '/Groups', {
      schemas: [groupUrn],
      displayName: 'Sales',
      members: [{ value: ann?.body.id }],
    })
    expect(team.status).toBe(201)
    const changes = [
      patch({ op: 'add', path: 'members', value: [{ value: bob?.body.id }] }),
      patch({ op: 'replace', path: 'displayName', value: 'Support' }),
      patch({ op: 'remove', path: `members[value eq "${ann?.body.id}"]` }),
    ]
    for (const change of changes) {
      const changed = await scim.call('PATCH', `/Groups/${team.body.id}`, change)
      expect(changed.status).toBeLessThan(300)
    }
    const bulk = await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'a', data: person() },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'b',
          data: { displayName: 'Bulk', members: [{ value: 'bulkId:a' }] },
        },
        {
          method: 'PATCH',
          path: `/Users/${ann?.body.id}`,
          data: patch({ op: 'replace', value: { active: false } }),
        },
      ],
    })
    expect(bulk.body.Operations.map(({ status }: any) => status)).toEqual(['201', '201', '200'])
    const list = await scim.call('GET', '/Users?filter=userName sw "person"&sortBy=userName')
    expect(list.body.totalResults).toBe(3)
    const groups = await scim.call('GET', `/Groups/${team.body.id}`)
    expect(groups.body).toMatchObject({
      displayName: 'Support',
      members: [{ value: bob?.body.id }],
    })
    expect((await scim.call('DELETE', `/Users/${bob?.body.id}`)).status).toBe(204)
    expect((await scim.call('DELETE', `/Groups/${team.body.id}`)).status).toBe(204)
    expect((await scim.call('GET', '/Schemas')).status).toBe(200)
    // A refusal is noted after the answer.
    expect((await scim.call('PUT', `/Users/${ann?.body.id}`, {})).status).toBe(400)

    const contents = await readContents(databaseOf(name), scim.slug)
    expect(disagreements(contents)).toEqual([])
    const id = await idOf(scim, name)
    await expect
      .poll(() => countRows(databaseOf(name), id))
      .toMatchObject({
        tenants: 1,
        tokens: 1,
        users: 2,
        teams: 1,
        memberships: 1,
        refusals: 1,
        audit: 2,
      })
    expect(await countRows(databaseOf(otherThan(name)), id)).toEqual({})
    expect(
      await rowsOf(bindings.DB, 'select * from homes where slug = ?', scim.slug),
    ).toMatchObject(name === 'DB' ? [] : [{ id, database: name, deleting_at: null }])
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body).toMatchObject({
      slug: scim.slug,
      database: name,
      users: 2,
    })
  })

  it('is found with cold and with warm caches, and gone with its token', async () => {
    const scim = await tenant(undefined, name)
    const token = await hashToken(scim.token)
    for (const isInStore of [false, true, true]) {
      await makeCold(scim, isInStore)
      expect((await scim.call('GET', '/Users')).status).toBe(200)
    }
    await expect
      .poll(() => bindings.TOKENS.get<any>(`token:${token}`, 'json'))
      .toMatchObject({ slug: scim.slug, ...(name === 'DB' ? {} : { database: name }) })
    const kept = (await bindings.TOKENS.get<any>(`token:${token}`, 'json')).database
    expect(kept).toBe(name === 'DB' ? undefined : name)

    // Settings that changed are read anew in the same database.
    await admin.call('PATCH', `/tenants/${scim.slug}`, { 'rules.email': 'allow' })
    const capital = person({ emails: [{ value: 'Ann@Example.com', type: 'work', primary: true }] })
    const made = await scim.call('POST', '/Users', capital)
    expect(made.body.emails[0].value).toBe('Ann@Example.com')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { 'rules.email': 'reject' })
    expect((await scim.call('POST', '/Users', { ...capital, userName: 'other' })).status).toBe(400)

    const path = `/tenants/${scim.slug}/tokens/${scim.tokenId}`
    expect((await admin.call('DELETE', path)).status).toBe(204)
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    await makeCold(scim, true)
    expect((await scim.call('POST', '/Users', person())).status).toBe(401)
  })

  it('opens to its own token alone, with every cache cold', async () => {
    const scim = await tenant(undefined, name)
    const other = await tenant(undefined, otherThan(name))
    for (const path of ['/Users', '/Groups', '/Schemas']) {
      await makeCold(other, true)
      const url = `${scim.baseUrl}${path}`
      const headers = { Authorization: `Bearer ${other.token}` }
      expect((await send(new Request(url, { headers }))).status).toBe(401)
      await makeCold(other, true)
      expect((await other.call('GET', path)).status).toBe(200)
    }
  })

  it('is read by its application, whose keys open no other tenant', async () => {
    const scim = await tenant(undefined, name)
    const other = await tenant(undefined, otherThan(name))
    const ann = await scim.call('POST', '/Users', person())
    const key = await newKey(admin, scim.slug, { scope: 'read-ack' })
    const own = application(send, origin, scim.slug, key)
    const users = await own.call('GET', '/users')
    expect(users.body.users.map(({ id }: any) => id)).toEqual([ann.body.id])
    const events = await own.call('GET', '/events?after=0')
    expect(events.body.events).toMatchObject([{ type: 'user.created', seq: 1, tenant: scim.slug }])
    expect((await own.call('POST', '/events/ack', { seq: 1 })).body).toEqual({ seq: 1, asOf: 1 })
    const there = application(send, origin, other.slug, key)
    expect((await there.call('GET', '/users')).status).toBe(401)
    expect((await admin.call('GET', `/tenants/${scim.slug}/keys`)).body.readers).toMatchObject([
      { reader: key.id, seq: 1, behind: 0 },
    ])
  })

  it('ends a wait for events when the key of all tenants is revoked', async () => {
    const scim = await tenant(undefined, name)
    const key = await newKey(admin, undefined)
    const all = application(send, origin, scim.slug, key)
    const waiting = all.call('GET', '/events?after=latest&wait=30')
    await all.call('GET', '/users')
    expect((await admin.call('DELETE', `/keys/${key.id}`)).status).toBe(204)
    expect(await waiting).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
  })

  it('is read with a key of all tenants, until the key is revoked', async () => {
    const scim = await tenant(undefined, name)
    await scim.call('POST', '/Users', person())
    const [key, small] = [
      await newKey(admin, undefined, { scope: 'read-ack' }),
      await newKey(admin, undefined),
    ]
    const all = application(send, origin, scim.slug, key)
    expect((await all.call('GET', '/users')).body.users).toHaveLength(1)
    expect((await all.call('POST', '/events/ack', { seq: 1 })).status).toBe(200)
    expect(
      (await application(send, origin, scim.slug, small).call('POST', '/events/ack', { seq: 1 }))
        .status,
    ).toBe(403)
    const { readers } = (await admin.call('GET', `/tenants/${scim.slug}/keys`)).body
    expect(readers).toMatchObject([{ reader: key.id, seq: 1 }])
    await expect
      .poll(() => rowsOf(bindings.DB, 'select last_used_at from keys where id = ?', key.id))
      .toMatchObject([{ last_used_at: expect.any(Number) }])
    expect((await admin.call('DELETE', `/keys/${key.id}`)).status).toBe(204)
    expect((await all.call('GET', '/users')).status).toBe(401)
    const nowhere = application(send, origin, newSlug(), small)
    expect((await nowhere.call('GET', '/users')).status).toBe(404)
  })

  it('is read over a service binding', async () => {
    const scim = await tenant(undefined, name)
    const ann = await scim.call('POST', '/Users', person())
    const users = await exports.Directory.users(scim.slug)
    expect(users).toMatchObject({ ok: true, value: { users: [{ id: ann.body.id }] } })
    const done = await exports.Directory.acknowledge(scim.slug, 1)
    expect(done).toMatchObject({ ok: true, value: { seq: 1 } })
  })

  it('tells its webhooks, by the request, by an alarm alone and by the sweep', async () => {
    const scim = await tenant(undefined, name)
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const made = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
    expect(made.status).toBe(201)
    const seqs = async () =>
      (await (await fetch(url)).json<any[]>()).map(({ body }) => JSON.parse(body).seq)
    await scim.call('POST', '/Users', person())
    await expect.poll(seqs).toEqual([1])

    // An object that wakes from its sleep has nothing but what it has stored.
    const id = await idOf(scim, name)
    const object = bindings.DELIVERY.getByName(`${id}/${made.body.id}`)
    const hooks = `/tenants/${scim.slug}/webhooks/${made.body.id}`
    await admin.call('POST', `${hooks}/pause`)
    await scim.call('POST', '/Users', person())
    await databaseOf(name)
      .prepare(`update webhooks set state = 'active' where id = ?`)
      .bind(made.body.id)
      .run()
    expect(await seqs()).toEqual([1])
    await runInDurableObject(
      object as never,
      async (_: object, { storage }: DurableObjectState) => {
        expect(await storage.get('key')).toEqual({
          tenantId: id,
          id: made.body.id,
          ...(name === 'DB' ? {} : { database: name }),
        })
        await storage.setAlarm(Date.now())
      },
    )
    await expect.poll(seqs).toEqual([1, 2])

    await admin.call('POST', `${hooks}/pause`)
    await scim.call('POST', '/Users', person())
    await databaseOf(name)
      .prepare(`update webhooks set state = 'active' where id = ?`)
      .bind(made.body.id)
      .run()
    await run(sweep)
    await expect.poll(seqs).toEqual([1, 2, 3])
    expect((await admin.call('GET', hooks)).body).toMatchObject({ deliveredUpTo: 3, behind: 0 })
  })

  it('is visited by the night', async () => {
    const scim = await tenant(undefined, name)
    const id = await idOf(scim, name)
    await scim.call('POST', '/Users', person())
    await scim.call('POST', '/Users', person())
    const day = 24 * 60 * 60_000
    const expiresAt = new Date(Date.now() + 3 * day).toISOString()
    const soon = await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 's', expiresAt })
    await databaseOf(name)
      .prepare('update events set at = ? where tenant_id = ? and seq = 1')
      .bind(Date.now() - 100 * day, id)
      .run()
    await run(nightly)
    const events = await rowsOf(
      databaseOf(name),
      'select seq, type, resource_id from events where tenant_id = ? order by seq',
      id,
    )
    expect(events).toMatchObject([
      { seq: 2, type: 'user.created' },
      { seq: 3, type: 'token.expiring', resource_id: soon.body.id },
    ])
  })

  it('is deleted to its last row, and its slug is free for a tenant of any database', async () => {
    const scim = await tenant(undefined, name)
    const id = await idOf(scim, name)
    await scim.call('POST', '/Users', person())
    expect((await admin.call('DELETE', `/tenants/${scim.slug}`)).status).toBe(204)
    expect(await countRows(databaseOf(name), id)).toEqual({})
    expect(await rowsOf(bindings.DB, 'select * from homes where id = ?', id)).toEqual([])
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).status).toBe(404)
    const audit = await admin.call('GET', `/audit?limit=1&database=${name}`)
    expect(audit.body.entries).toMatchObject([{ action: 'tenant.deleted', subject: scim.slug }])
    const all = application(send, origin, scim.slug, await newKey(admin, undefined))
    expect((await all.call('GET', '/users')).status).toBe(404)
    for (const database of [otherThan(name), name]) {
      const input = { slug: scim.slug, name: 'Again', database }
      expect((await admin.call('POST', '/tenants', input)).status).toBe(201)
      const own = application(send, origin, scim.slug, await newKey(admin, scim.slug))
      for (const reader of [own, all]) expect((await reader.call('GET', '/users')).status).toBe(200)
      const made = await admin.call('POST', `/tenants/${scim.slug}/tokens`, {})
      const headers = { Authorization: `Bearer ${made.body.token}` }
      // The isolate still remembers where the tenant before lived.
      expect((await send(new Request(`${scim.baseUrl}/Users`, { headers }))).status).toBe(200)
      const again = await idOf(scim, database)
      expect(again).not.toBe(id)
      expect((await admin.call('DELETE', `/tenants/${scim.slug}`)).status).toBe(204)
    }
  })

  it('is visited beside one in another database, in one browser, which signs out of both', async () => {
    const tenants = [await tenant(undefined, name), await tenant(undefined, otherThan(name))]
    const expiresAt = new Date(Date.now() + 60 * 60_000).toISOString()
    const cookies: string[] = []
    for (const { slug } of tenants) {
      const link = await admin.call('POST', `/tenants/${slug}/links`, { role: 'setup', expiresAt })
      const code = link.body.url.split('#')[1]
      cookies.push((await inConsole('/open', { code }, cookies.join('; '))).cookie)
    }
    const cookie = cookies.join('; ')
    const statuses = () =>
      Promise.all(
        tenants.map(async ({ slug }) => {
          return (await inConsole(`/set-up/${slug}/status`, undefined, cookie)).status
        }),
      )
    expect(await statuses()).toEqual([200, 200])
    expect((await inConsole('/sign-out', {}, cookie)).status).toBe(303)
    expect(await statuses()).toEqual([303, 303])
  })

  it('is shown to whom a link was given, and to nobody else', async () => {
    const scim = await tenant(undefined, name)
    const other = await tenant(undefined, otherThan(name))
    const expiresAt = new Date(Date.now() + 60 * 60_000).toISOString()
    const link = await admin.call('POST', `/tenants/${scim.slug}/links`, {
      role: 'setup',
      expiresAt,
    })
    const [, code = ''] = link.body.url.split('#')
    expect(code.startsWith('DB_TWO.')).toBe(name === 'DB_TWO')
    const opened = await inConsole('/open', { code })
    expect(opened).toMatchObject({ status: 303, location: `/admin/set-up/${scim.slug}` })
    const { cookie } = opened
    expect((await inConsole(`/set-up/${scim.slug}/status`, undefined, cookie)).status).toBe(200)
    const token = await inConsole(
      `/set-up/${scim.slug}/steps/onelogin/configuration/token`,
      { days: '' },
      cookie,
    )
    expect(token.status).toBe(303)
    const ofOther = await inConsole(`/set-up/${other.slug}/status`, undefined, cookie)
    expect(ofOther.location).toContain('/admin/open?ended=1')
    expect((await inConsole('/tenants', undefined, cookie)).status).toBe(404)

    // The same secrets say nothing to another database.
    const bare = code.replace('DB_TWO.', '')
    const elsewhere = name === 'DB' ? `DB_TWO.${bare}` : bare
    for (const wrong of [elsewhere, `DB_THREE.${bare}`]) {
      expect((await inConsole('/open', { code: wrong })).status).toBe(403)
    }
    const moved = cookie.includes('DB_TWO.')
      ? cookie.replace('DB_TWO.', '')
      : cookie.replace(/=(\d+)\./, '=$1.DB_TWO.')
    expect(moved).not.toBe(cookie)
    for (const wrong of [moved, moved.replace(/(DB_TWO\.)?(\w{43})$/, 'DB_THREE.$2')]) {
      const page = await inConsole(`/tenants/${scim.slug}`, undefined, wrong)
      expect(page.location).toMatch(/sign-in/)
    }
    const revoked = await admin.call('DELETE', `/tenants/${scim.slug}/links/${link.body.id}`)
    expect(revoked.status).toBe(204)
    expect((await inConsole(`/tenants/${scim.slug}`, undefined, cookie)).status).toBe(303)
  })
})

describe('a session', () => {
  /** A session as it would stand in a database, and its cookie. */
  async function sessionIn(name: Name, tenantId: number | null) {
    const secret = makeSecret()
    const hash = await hashToken(`rollcall console session\n${bindings.ADMIN_TOKEN}\n${secret}`)
    await databaseOf(name)
      .prepare(
        `insert into sessions (hash, actor, role, tenant_id, created_at, expires_at)
         values (?, 'somebody', ?, ?, 1, ?)`,
      )
      .bind(hash, tenantId === null ? 'operator' : 'setup', tenantId, Date.now() + 60_000)
      .run()
    return `__Host-rollcall_console=${name === 'DB' ? '' : `${name}.`}${secret}`
  }

  it('of an operator holds in the main database alone', async () => {
    const { slug } = await tenant(undefined, 'DB_TWO')
    for (const path of ['/tenants', `/tenants/${slug}`]) {
      const here = await inConsole(path, undefined, await sessionIn('DB', null))
      expect(here.status).toBe(200)
      const there = await inConsole(path, undefined, await sessionIn('DB_TWO', null))
      expect(there.location).toMatch(/sign-in/)
    }
  })

  it('opens no tenant of the same name that another database has', async () => {
    const { slug } = await tenant(undefined, 'DB')
    // What a database that was put back to an earlier day could hold.
    const id = 1_000_000 + Math.floor(Math.random() * 1_000_000)
    await two
      .prepare(
        `insert into tenants (id, slug, name, settings, created_at) values (?, ?, '', '{}', 1)`,
      )
      .bind(id, slug)
      .run()
    const cookie = await sessionIn('DB_TWO', id)
    expect((await inConsole(`/set-up/${slug}`, undefined, cookie)).status).toBe(404)
    await two.prepare('delete from tenants where id = ?').bind(id).run()
  })
})

describe('the operator', () => {
  async function signedIn() {
    return (await inConsole('/sign-in', { secret: bindings.ADMIN_TOKEN })).cookie
  }

  it('makes no tenant anew by a form from before its deletion, in either database', async () => {
    for (const database of ['DB', 'DB_TWO']) {
      const cookie = await signedIn()
      const slug = `n-${crypto.randomUUID().slice(0, 13)}`
      const form = { name: 'Anew', slug, profile: 'auto', database, form: makeFormNumber() }
      expect((await inConsole('/tenants', form, cookie)).status).toBe(303)
      expect((await admin.call('DELETE', `/tenants/${slug}`)).status).toBe(204)
      expect((await inConsole('/tenants', form, cookie)).status).toBe(409)
      expect((await admin.call('GET', `/tenants/${slug}`)).status).toBe(404)
      const other = database === 'DB' ? 'DB_TWO' : 'DB'
      const input = { slug, name: 'Elsewhere', database: other }
      expect((await admin.call('POST', '/tenants', input)).status).toBe(201)
      await admin.call('DELETE', `/tenants/${slug}`)
    }
  })

  it('sees the tenants of all databases in one list, and makes one in either', async () => {
    const tenants = [await tenant(undefined, 'DB'), await tenant(undefined, 'DB_TWO')]
    await tenants[1]?.call('POST', '/Users', person())
    const list = (await admin.call('GET', '/tenants')).body.tenants
    expect(list.filter(({ slug }: any) => tenants.some((one) => one.slug === slug))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ slug: tenants[0]?.slug, database: 'DB', users: 0 }),
        expect.objectContaining({ slug: tenants[1]?.slug, database: 'DB_TWO', users: 1 }),
      ]),
    )
    const slugs = list.map(({ slug }: any) => slug)
    expect(slugs).toEqual([...slugs].sort())
    expect(new Set(slugs).size).toBe(slugs.length)
    const cookie = await signedIn()
    const page = await inConsole('', undefined, cookie)
    for (const { slug } of tenants) expect(page.text).toContain(`/admin/tenants/${slug}"`)
    expect(page.text).toMatch(/<select[^>]*name="database".*<option value="DB_TWO" selected/s)
    for (const database of names) {
      const slug = newSlug()
      const made = await inConsole('/tenants', { slug, name: 'Formed', database }, cookie)
      expect(made.location).toBe(`/admin/tenants/${slug}/connection`)
      expect((await inConsole(`/tenants/${slug}/connection`, undefined, cookie)).status).toBe(200)
      expect((await admin.call('GET', `/tenants/${slug}`)).body.database).toBe(database)
    }
    const audit = await inConsole('/audit?database=DB_TWO', undefined, cookie)
    expect(audit.text).toContain(tenants[1]?.slug)
    expect((await inConsole('/audit?database=DB_THREE', undefined, cookie)).status).toBe(404)
  })

  it('is told when no database has the name', async () => {
    for (const database of [
      'DB_THREE',
      'TOKENS',
      'DB_TWO ',
      '__proto__',
      'constructor',
      'ADMIN_TOKEN',
    ]) {
      const slug = newSlug()
      const made = await admin.call('POST', '/tenants', { slug, name: 'Nowhere', database })
      expect(made.status, database).toBe(400)
      expect(made.body.detail).toMatch(/NEW_TENANTS.*wrangler\.toml/)
      expect(await rowsOf(bindings.DB, 'select * from homes where slug = ?', slug)).toEqual([])
    }
    const input = { slug: newSlug(), name: 'Nowhere' }
    const wrong = { NEW_TENANTS: 'DB_THREE' }
    const path = '/admin/api/tenants'
    const refused = await callWith(wrong, 'POST', path, bindings.ADMIN_TOKEN, input)
    expect(refused).toMatchObject({ status: 400, body: { title: 'Unknown database' } })
    const usual = await callWith({ NEW_TENANTS: '' }, 'POST', path, bindings.ADMIN_TOKEN, input)
    expect(usual).toMatchObject({ status: 201, body: { database: 'DB' } })
  })

  it('gives a slug once, whatever the database', async () => {
    for (const name of names) {
      const { slug } = await tenant(undefined, name)
      for (const database of names) {
        const made = await admin.call('POST', '/tenants', { slug, name: 'Twice', database })
        expect(made, `${name} ${database}`).toMatchObject({
          status: 409,
          body: { title: 'Slug is taken' },
        })
      }
      expect((await admin.call('GET', `/tenants/${slug}`)).body).toMatchObject({
        name: `Test ${slug}`,
        database: name,
      })
    }
    const slug = newSlug()
    const both = await Promise.all(
      names.map((database) => admin.call('POST', '/tenants', { slug, name: database, database })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409])
    const made = both.find(({ status }) => status === 201)?.body
    expect((await admin.call('GET', `/tenants/${slug}`)).body).toEqual(made)
  })

  it('completes a tenant of which only the main database knows', async () => {
    const slug = newSlug()
    const input = { slug, name: 'Half', database: 'DB_TWO' }
    const broken = {
      DB_TWO: {
        prepare: (text: string) => two.prepare(text),
        batch: () => Promise.reject(new Error('D1_ERROR: D1 DB is overloaded.')),
      },
    }
    const path = '/admin/api/tenants'
    expect((await callWith(broken, 'POST', path, bindings.ADMIN_TOKEN, input)).status).toBe(503)
    const [kept] = await rowsOf(bindings.DB, 'select * from homes where slug = ?', slug)
    expect(kept).toMatchObject({ database: 'DB_TWO', deleting_at: null })
    expect((await admin.call('GET', `/tenants/${slug}`)).status).toBe(404)
    const elsewhere = await admin.call('POST', '/tenants', { ...input, database: 'DB' })
    expect(elsewhere.status).toBe(409)
    await run(nightly)
    expect((await admin.call('POST', '/tenants', input)).status).toBe(201)
    expect(await rowsOf(two, 'select id, name from tenants where slug = ?', slug)).toEqual([
      { id: kept?.['id'], name: 'Half' },
    ])
    expect((await admin.call('GET', `/tenants/${slug}/audit`)).body.entries).toHaveLength(1)
    expect((await admin.call('POST', '/tenants', input)).status).toBe(409)
  })

  it('gives every tenant an id of its own', async () => {
    const ids: number[] = []
    for (const name of ['DB', 'DB_TWO', 'DB_TWO', 'DB'] as const) {
      ids.push(await idOf(await tenant(undefined, name), name))
    }
    expect(new Set(ids).size).toBe(4)
    expect(ids).toEqual(ids.toSorted((one, other) => one - other))
  })
})

describe('a deletion that was cut off', () => {
  /** A tenant whose own row is gone, and of which the main database still knows. */
  async function remnant() {
    const scim = await tenant(undefined, 'DB_TWO')
    const id = await idOf(scim, 'DB_TWO')
    await scim.call('POST', '/Users', person())
    let calls = 0
    const DB = {
      prepare: (text: string) => bindings.DB.prepare(text),
      batch: (list: D1PreparedStatement[]) => {
        calls += 1
        // Where it lives; that it ends; and then nothing any more.
        return calls < 3
          ? bindings.DB.batch(list)
          : Promise.reject(new Error('D1_ERROR: D1 DB is overloaded.'))
      },
    }
    const path = `/admin/api/tenants/${scim.slug}`
    expect((await callWith({ DB }, 'DELETE', path, bindings.ADMIN_TOKEN)).status).toBe(503)
    expect(await countRows(two, id)).toEqual({})
    const kept = await rowsOf(bindings.DB, 'select * from homes where id = ?', id)
    expect(kept).toMatchObject([{ deleting_at: expect.any(Number) }])
    return { scim, id }
  }

  it('is finished by the night', async () => {
    const { id } = await remnant()
    await run(nightly)
    expect(await rowsOf(bindings.DB, 'select * from homes where id = ?', id)).toEqual([])
  })

  it('is finished by whoever makes the tenant again, under another id', async () => {
    const { scim, id } = await remnant()
    const input = { slug: scim.slug, name: 'Again', database: 'DB_TWO' }
    expect((await admin.call('POST', '/tenants', input)).status).toBe(201)
    expect(await idOf(scim, 'DB_TWO')).not.toBe(id)
  })

  it('goes on by night when its rows are still there', async () => {
    const scim = await tenant(undefined, 'DB_TWO')
    const id = await idOf(scim, 'DB_TWO')
    await scim.call('POST', '/Users', person())
    await two.prepare('update tenants set enabled = 0, deleting_at = 1 where id = ?').bind(id).run()
    await run(nightly)
    expect(await countRows(two, id)).toEqual({})
    expect(await rowsOf(bindings.DB, 'select * from homes where id = ?', id)).toEqual([])
  })
})

/** Both databases, of which every batch from a number on fails: undone, or done without an answer. */
function cutOff(left: number, isDone: boolean) {
  let count = 0
  const cut = (database: D1Database) => ({
    prepare: (text: string) => database.prepare(text),
    batch: async (list: D1PreparedStatement[]) => {
      count += 1
      if (count <= left) return database.batch(list)
      if (isDone && count === left + 1) await database.batch(list)
      throw new Error('D1_ERROR: D1 DB is overloaded.')
    },
  })
  return { DB: cut(bindings.DB), DB_TWO: cut(two) }
}

describe.each([false, true])('cut off after any batch (which was done: %s)', (isDone) => {
  it('a deletion is finished by the night, and never forgotten before its end', async () => {
    const statuses = new Set<number>()
    for (let left = 0; left < 8; left += 1) {
      const scim = await tenant(undefined, 'DB_TWO')
      const id = await idOf(scim, 'DB_TWO')
      await scim.call('POST', '/Users', person())
      const path = `/admin/api/tenants/${scim.slug}`
      const cut = await callWith(cutOff(left, isDone), 'DELETE', path, bindings.ADMIN_TOKEN)
      statuses.add(cut.status)
      const rows = await countRows(two, id)
      const homes = await rowsOf(bindings.DB, 'select * from homes where id = ?', id)
      if (homes.length === 0) expect(rows).toEqual({})
      // The night alone, or the operator once more before it.
      const isMarked = homes.some((home) => home['deleting_at'] !== null)
      const [row] = await rowsOf(two, 'select deleting_at from tenants where id = ?', id)
      if (!isMarked && (row?.['deleting_at'] ?? null) === null && homes.length > 0) {
        expect((await scim.call('GET', '/Users')).status).toBe(200)
        expect((await admin.call('DELETE', `/tenants/${scim.slug}`)).status).toBe(204)
      }
      await run(nightly)
      expect(await countRows(two, id)).toEqual({})
      expect(await rowsOf(bindings.DB, 'select * from homes where id = ?', id)).toEqual([])
      const input = { slug: scim.slug, name: 'Again', database: 'DB_TWO' }
      expect((await admin.call('POST', '/tenants', input)).status).toBe(201)
      expect(await idOf(scim, 'DB_TWO')).not.toBe(id)
    }
    expect([...statuses].sort()).toEqual([204, 503])
  })

  it('a tenant is made once by whoever repeats it', async () => {
    for (let left = 0; left < 3; left += 1) {
      const slug = newSlug()
      const input = { slug, name: 'Cut', database: 'DB_TWO' }
      const path = '/admin/api/tenants'
      const cut = await callWith(cutOff(left, isDone), 'POST', path, bindings.ADMIN_TOKEN, input)
      const repeated = await admin.call('POST', '/tenants', input)
      const wasMade = left === 2 || (isDone && left === 1)
      expect([cut.status, repeated.status]).toEqual([left === 2 ? 201 : 503, wasMade ? 409 : 201])
      const made = await rowsOf(two, 'select id from tenants where slug = ?', slug)
      expect(made).toHaveLength(1)
      expect(await rowsOf(bindings.DB, 'select id from homes where slug = ?', slug)).toEqual(made)
      expect((await admin.call('GET', `/tenants/${slug}/audit`)).body.entries).toHaveLength(1)
    }
  })
})

describe('when a database is away', () => {
  const away = {
    prepare: (text: string) => two.prepare(text),
    batch: () => Promise.reject(new Error('D1_ERROR: D1 DB is overloaded.')),
  }

  it('its tenants get 503, and the others are served', async () => {
    const [here, there] = [await tenant(undefined, 'DB'), await tenant(undefined, 'DB_TWO')]
    for (const environment of [{ DB_TWO: away }, { DB_TWO: undefined }]) {
      const path = (scim: ScimClient) => `/scim/v2/${scim.slug}/Users`
      expect((await callWith(environment, 'GET', path(there), there.token)).status).toBe(503)
      expect((await callWith(environment, 'POST', path(there), there.token, person())).status).toBe(
        503,
      )
      expect((await callWith(environment, 'GET', path(here), here.token)).status).toBe(200)
    }
    expect((await there.call('GET', '/Users')).status).toBe(200)
  })

  it('the night and the sweep go on with the others', async () => {
    const scim = await tenant(undefined, 'DB_TWO')
    const id = await idOf(scim, 'DB_TWO')
    await two.prepare('update tenants set enabled = 0, deleting_at = 1 where id = ?').bind(id).run()
    const broken = {
      prepare: () => {
        throw new Error('gone')
      },
      batch: () => Promise.reject(new Error('gone')),
    }
    const main = {
      prepare: (text: string) => bindings.DB.prepare(text),
      batch: (list: D1PreparedStatement[]) => bindings.DB.batch(list),
    }
    await expect(
      run(nightly, Date.now(), { ...bindings, DB_ONE: broken, DB: main }),
    ).rejects.toThrow('in part')
    await expect(run(sweep, Date.now(), { ...bindings, DB_ONE: broken })).rejects.toThrow('in part')
    expect(await countRows(two, id)).toEqual({})
  })

  it('health says so', async () => {
    expect((await callWith({}, 'GET', '/healthz', '')).status).toBe(200)
    const DB_EMPTY = {
      prepare: () => ({ bind: () => ({ run: () => Promise.reject(new Error('no such table')) }) }),
      batch: () => undefined,
    }
    expect((await callWith({ DB_EMPTY }, 'GET', '/healthz', '')).status).toBe(503)
  })
})

describe('round trips', () => {
  it('are as many in a further database, and one more where the isolate has forgotten', async () => {
    const scim = await tenant(undefined, 'DB_TWO')
    const counts = { main: newCounts(), home: newCounts() }
    const counted = {
      DB: countDatabase(bindings.DB, counts.main),
      DB_TWO: countDatabase(two, counts.home),
    }
    const cost = async () => {
      counts.main.d1 = counts.home.d1 = 0
      const answer = await callWith(counted, 'GET', `/scim/v2/${scim.slug}/Users`, scim.token)
      expect(answer.status).toBe(200)
      return [counts.main.d1, counts.home.d1]
    }
    // The first use of a token is noted, after the answer.
    await cost()
    expect(await cost()).toEqual([0, 1])
    await makeCold(scim, false)
    expect(await cost()).toEqual([0, 1])
    // Where the tenant lives is remembered for a minute, longer than its token here.
    await makeCold(scim, true)
    const [asked] = await cost()
    expect(asked).toBeLessThanOrEqual(1)
    await makeCold(scim, true)
    expect(await cost()).toEqual([0, 2])
  })

  it.each(['a token', 'a key', 'a binding'])(
    'lead %s to where a tenant lives, though the isolate remembers another place',
    async (how) => {
      const scim = await tenant(undefined, 'DB')
      const key = application(send, origin, scim.slug, await newKey(admin, scim.slug))
      const asked = async () => {
        await makeCold(scim, true)
        if (how === 'a binding') return (await exports.Directory.users(scim.slug)).ok
        return (await (how === 'a key' ? key.call('GET', '/users') : scim.call('GET', '/Users')))
          .status
      }
      const before = await asked()
      expect([200, true]).toContain(before)
      // Nothing of the Worker can do this: it stands for a tenant that others deleted and made anew.
      const id = await idOf(scim, 'DB')
      for (const [table, column] of [
        ['tenants', 'id'],
        ['tokens', 'tenant_id'],
        ['keys', 'tenant_id'],
      ] as const) {
        for (const row of await rowsOf(
          bindings.DB,
          `select * from ${table} where ${column} = ?`,
          id,
        )) {
          const places = Object.keys(row).map(() => '?')
          await two
            .prepare(`insert into ${table} (${Object.keys(row).join()}) values (${places.join()})`)
            .bind(...Object.values(row))
            .run()
        }
        await bindings.DB.prepare(`delete from ${table} where ${column} = ?`).bind(id).run()
      }
      await bindings.DB.prepare(`insert into homes values (?, ?, 'DB_TWO', null)`)
        .bind(scim.slug, id)
        .run()
      expect(await asked()).toBe(before)
    },
  )
})

it('a slug that is reserved twice keeps its first place, and leaves no tenant behind', async () => {
  const slug = newSlug()
  const first = await reservePlacement(bindings.DB, slug, 'DB_TWO')
  expect(await reservePlacement(bindings.DB, slug, 'DB')).toEqual(first)
  expect(await rowsOf(bindings.DB, 'select * from tenants where slug = ?', slug)).toEqual([])
})

describe('the feed of all tenants', () => {
  it('has the events of all databases, each log in its order, in pages of any size', async () => {
    const { key } = await newKey(admin, undefined, { label: 'All' })
    const get = async (path: string) => {
      const answer = await callWith({}, 'GET', `/api/v1${path}`, key)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return answer.body
    }
    const scims = [await tenant(undefined, 'DB'), await tenant(undefined, 'DB_TWO')]
    const tenants = (await get('/tenants?limit=1000')).tenants.map(({ slug }: any) => slug)
    expect(tenants).toEqual(expect.arrayContaining(scims.map(({ slug }) => slug)))
    const { after } = await get('/events?after=latest')
    for (let count = 0; count < 6; count += 1) {
      await scims[count % 2]?.call('POST', '/Users', person())
    }
    for (const limit of [1, 2, 5]) {
      const seen: any[] = []
      let place = after
      for (let number = 1; ; number = nextPage(number)) {
        const page = await get(`/events?after=${place}&limit=${limit}`)
        expect(page.events.length).toBeLessThanOrEqual(limit)
        seen.push(...page.events)
        place = page.after
        if (!page.hasMore) break
      }
      for (const { slug } of scims) {
        const own = seen.filter(({ tenant }) => tenant === slug)
        expect(own.map(({ seq }) => seq)).toEqual([1, 2, 3])
      }
      expect(seen).toHaveLength(6)
    }
    const own = await newKey(admin, scims[1]?.slug)
    const list = await callWith({}, 'GET', '/api/v1/tenants', own.key)
    expect(list.body.tenants.map(({ slug }: any) => slug)).toEqual([scims[1]?.slug])
  })

  it('is acknowledged in all databases with one call, each tenant up to what was read', async () => {
    const { id, key } = await newKey(admin, undefined, { label: 'All', scope: 'read-ack' })
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await callWith({}, method, `/api/v1${path}`, key, body)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return answer.body
    }
    const scims = [await tenant(undefined, 'DB'), await tenant(undefined, 'DB_TWO')]
    const { after: start } = await call('GET', '/events?after=latest')
    for (const scim of [...scims, ...scims]) await scim.call('POST', '/Users', person())
    const { events, after } = await call('GET', `/events?after=${start}&limit=3`)
    expect(events).toHaveLength(3)
    expect(await call('POST', '/events/ack', { after })).toMatchObject({ hasMore: false })
    for (const { slug } of scims) {
      const { body } = await admin.call('GET', `/tenants/${slug}/keys`)
      const read = body.readers.find(({ reader }: any) => reader === id)
      const seen = events.findLast((event: any) => event.tenant === slug)
      expect(read.seq).toBe(seen.seq)
    }
  })
})

describe('a webhook of all tenants', () => {
  it('gets the events of tenants of all databases, and is woken by each', async () => {
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const scims = [await tenant(undefined, 'DB'), await tenant(undefined, 'DB_TWO')]
    const made = await admin.call('POST', '/webhooks', { url })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const got = async () => {
      const list: { body: string }[] = await (await fetch(url)).json()
      return list.map(({ body }) => JSON.parse(body))
    }
    for (const scim of scims) {
      for (let count = 0; count < 2; count += 1) await scim.call('POST', '/Users', person())
      const own = async () =>
        (await got()).filter(({ tenant }) => tenant === scim.slug).map(({ seq }) => seq)
      await expect.poll(own).toEqual([1, 2])
    }
    const [row] = await rowsOf(two, 'select wakes from feeds')
    expect(row?.['wakes']).toContain(made.body.id)
    const slug = scims[1]?.slug
    const path = `/webhooks/${made.body.id}`
    const { body } = await admin.call('GET', `${path}/events?tenant=${slug}`)
    expect(body).toMatchObject({ deliveredUpTo: 2, behind: 0 })
    const { body: log } = await admin.call('GET', `${path}/deliveries`)
    expect(log.deliveries.map(({ tenant }: any) => tenant)).toContain(slug)
    expect((await admin.call('DELETE', path)).status).toBe(204)
    expect((await rowsOf(two, 'select wakes from feeds'))[0]?.['wakes']).toBeNull()
  })
})
