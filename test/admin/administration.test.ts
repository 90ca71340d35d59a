import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import worker from '../../src/index'
import { subjectOf } from '../../src/activity/identity'
import { recordRefusals } from '../../src/activity/record'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { client, operator, person } from '../support/tenant'

function slug(): string {
  return `t-${crypto.randomUUID().slice(0, 13)}`
}

describe('the administration', () => {
  it('is closed without the operator secret, and with a tenant token', async () => {
    const scim = await tenant()
    for (const secret of [
      '',
      'wrong',
      bindings.ADMIN_TOKEN.slice(1),
      `${bindings.ADMIN_TOKEN}2`,
      scim.token,
    ]) {
      const stranger = operator(send, origin, secret)
      for (const [method, path] of [
        ['GET', '/tenants'],
        ['POST', '/tenants'],
        ['DELETE', `/tenants/${scim.slug}`],
        ['GET', '/nothing'],
      ] as const) {
        const answer = await stranger.call(
          method,
          path,
          method === 'POST' ? { slug: slug(), name: 'x' } : undefined,
        )
        expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
          401,
          'application/problem+json',
        ])
      }
    }
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })

  it('makes, shows, lists, changes and deletes tenants', async () => {
    const name = slug()
    const made = await admin.call('POST', '/tenants', { slug: name, name: 'Acme Corp.' })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      slug: name,
      name: 'Acme Corp.',
      enabled: true,
      users: 0,
      teams: 0,
      profile: 'auto',
      rules: { name: 'reject', email: 'reject' },
      guard: { deactivations: 0.2, teams: 'apply' },
    })
    expect((await admin.call('GET', `/tenants/${name}`)).body).toEqual(made.body)
    expect((await admin.call('GET', '/tenants')).body.tenants).toContainEqual(made.body)
    const changed = await admin.call('PATCH', `/tenants/${name}`, {
      name: 'Acme',
      rules: { email: 'lowercase' },
      'guard.teams': 'review',
      profile: 'onelogin',
    })
    expect(changed.body).toMatchObject({
      name: 'Acme',
      rules: { name: 'reject', email: 'lowercase' },
      guard: { deactivations: 0.2, teams: 'review' },
      profile: 'onelogin',
    })
    expect((await admin.call('DELETE', `/tenants/${name}`)).status).toBe(204)
    expect((await admin.call('GET', `/tenants/${name}`)).status).toBe(404)
  })

  it.each([
    [{}, 'reject'],
    [{ profile: 'okta' }, 'lowercase'],
    [{ profile: 'entra' }, 'lowercase'],
    [{ profile: 'onelogin' }, 'reject'],
    [{ profile: 'auto' }, 'reject'],
    [{ profile: 'rfc' }, 'reject'],
    [{ profile: 'okta', 'rules.email': 'reject' }, 'reject'],
    [{ profile: 'entra', rules: { email: 'allow', name: 'allow' } }, 'allow'],
    [{ profile: 'okta', rules: { name: 'allow' } }, 'lowercase'],
  ])('makes a tenant with %j, whose rule for e-mail addresses is %s', async (settings, email) => {
    const slug = `t-${crypto.randomUUID().slice(0, 13)}`
    const made = await admin.call('POST', '/tenants', { slug, name: 'Made', ...settings })
    expect([made.status, made.body.rules.email]).toEqual([201, email])
    const { entries } = (await admin.call('GET', `/tenants/${slug}/audit`)).body
    const after = email === 'reject' && !('rules.email' in settings) ? {} : { 'rules.email': email }
    expect(entries.at(-1)).toMatchObject({
      action: 'tenant.created',
      after: { name: 'Made', ...after },
    })
    // Another profile leaves the rule as it is.
    for (const profile of ['entra', 'auto', 'okta', 'rfc']) {
      const changed = await admin.call('PATCH', `/tenants/${slug}`, { profile })
      expect([changed.body.profile, changed.body.rules.email]).toEqual([profile, email])
    }
    expect((await admin.call('DELETE', `/tenants/${slug}`)).status).toBe(204)
  })

  it('makes no tenant with a setting that is none', async () => {
    const slug = `t-${crypto.randomUUID().slice(0, 13)}`
    for (const more of [{ profile: 'other' }, { rules: { email: 'x' } }, { enabled: false }]) {
      const refused = await admin.call('POST', '/tenants', { slug, name: 'x', ...more })
      expect(refused.status).toBe(400)
    }
    expect((await admin.call('GET', `/tenants/${slug}`)).status).toBe(404)
  })

  it('counts the users and teams of a tenant', async () => {
    const scim = await tenant()
    const users = await Promise.all([1, 2, 3].map(() => scim.call('POST', '/Users', person())))
    const team = await scim.call('POST', '/Groups', { displayName: 'Team' })
    await scim.call('POST', '/Groups', { displayName: 'Team' })
    await scim.call('POST', '/Users', users[0]?.body)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body).toMatchObject({
      users: 3,
      teams: 1,
    })
    await scim.call('DELETE', `/Users/${users[0]?.body.id}`)
    await scim.call('DELETE', `/Groups/${team.body.id}`)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body).toMatchObject({
      users: 2,
      teams: 0,
    })
  })

  it.each([
    ['', 400],
    ['A', 400],
    ['under_score', 400],
    ['-a', 400],
    ['a-', 400],
    ['a'.repeat(64), 400],
    ['é', 400],
    ['a/b', 400],
  ])('refuses the slug %j', async (bad, status) => {
    const answer = await admin.call('POST', '/tenants', { slug: bad, name: 'x' })
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([status, '/slug'])
  })

  it('refuses a slug that is taken, unknown settings, and what is no JSON', async () => {
    const scim = await tenant()
    expect((await admin.call('POST', '/tenants', { slug: scim.slug, name: 'x' })).status).toBe(409)
    for (const body of [
      { rules: { email: 'maybe' } },
      { nonsense: 1 },
      { rules: { colour: 'red' } },
      { guard: { deactivations: 7 } },
      { enabled: 'yes' },
      [],
    ]) {
      const answer = await admin.call('PATCH', `/tenants/${scim.slug}`, body)
      expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
        400,
        'application/problem+json',
      ])
    }
    expect((await admin.call('POST', '/tenants', '{')).status).toBe(400)
    expect((await admin.call('PATCH', '/tenants/no-such', { name: 'x' })).status).toBe(404)
  })

  it('shows a token once, never lists it, and allows five live ones', async () => {
    const scim = await tenant()
    const made = await admin.call('POST', `/tenants/${scim.slug}/tokens`, {
      label: 'OneLogin',
      expiresAt: '2999-01-01T00:00:00Z',
    })
    expect(made.status).toBe(201)
    expect(made.headers.get('Cache-Control')).toBe('no-store')
    expect(made.body).toMatchObject({
      label: 'OneLogin',
      expires: '2999-01-01T00:00:00.000Z',
      baseUrl: scim.baseUrl,
    })
    expect(
      (await client(send, made.body.baseUrl, made.body.token).call('GET', '/Users')).status,
    ).toBe(200)
    const list = await admin.call('GET', `/tenants/${scim.slug}/tokens`)
    expect(list.body.tokens).toHaveLength(2)
    expect(JSON.stringify(list.body)).not.toContain('rollcall_')
    for (let count = 0; count < 3; count += 1)
      await admin.call('POST', `/tenants/${scim.slug}/tokens`, {})
    expect((await admin.call('POST', `/tenants/${scim.slug}/tokens`, {})).status).toBe(409)
    expect(
      (await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${made.body.id}`)).status,
    ).toBe(204)
    expect((await admin.call('POST', `/tenants/${scim.slug}/tokens`, {})).status).toBe(201)
    expect(
      (
        await admin.call('POST', `/tenants/${scim.slug}/tokens`, {
          expiresAt: '2001-01-01T00:00:00Z',
        })
      ).status,
    ).toBe(400)
    expect(
      (
        await admin.call('POST', `/tenants/${scim.slug}/tokens`, {
          token: 'chosen-by-the-operator',
        })
      ).status,
    ).toBe(400)
    expect((await admin.call('DELETE', `/tenants/${scim.slug}/tokens/nobody`)).status).toBe(404)
  })

  it('cannot revoke the token of one tenant through another', async () => {
    const [mine, other] = [await tenant(), await tenant()]
    expect(
      (await admin.call('DELETE', `/tenants/${mine.slug}/tokens/${other.tokenId}`)).status,
    ).toBe(404)
    expect((await other.call('GET', '/Users')).status).toBe(200)
  })

  it('deletes a tenant with everything that it had, and nothing of others', async () => {
    const [gone, stays] = [await tenant(), await tenant()]
    for (const scim of [gone, stays]) {
      const user = await scim.call('POST', '/Users', person())
      await scim.call('POST', '/Groups', {
        displayName: 'Team',
        members: [{ value: user.body.id }],
      })
    }
    const before = (await stays.call('GET', '/Groups')).body
    const { id } = (await bindings.DB.prepare('select id from tenants where slug = ?')
      .bind(gone.slug)
      .first<{ id: number }>()) ?? { id: 0 }
    await admin.call('DELETE', `/tenants/${gone.slug}`)
    expect((await gone.call('GET', '/Users')).status).toBe(401)
    for (const table of ['users', 'user_emails', 'teams', 'memberships', 'events', 'tokens']) {
      const row = await bindings.DB.prepare(
        `select count(*) as count from ${table} where tenant_id = ?`,
      )
        .bind(id)
        .first()
      expect([table, row]).toEqual([table, { count: 0 }])
    }
    expect((await stays.call('GET', '/Groups')).body).toEqual(before)
  })

  it('leaves nothing of a deleted tenant in any table', async () => {
    const scim = await tenant()
    const known = await bindings.DB.prepare('select id from tenants where slug = ?')
      .bind(scim.slug)
      .first<{ id: number }>()
    const tables = await bindings.DB.prepare(
      `select name from sqlite_master where type = 'table' and sql like '%tenant_id%'`,
    ).all<{ name: string }>()
    const names = tables.results.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['users', 'events', 'tokens', 'audit']))
    const rowsOf = async () =>
      Promise.all(
        names.map(async (name) => {
          const counted = await bindings.DB.prepare(
            `select count(*) as count from "${name}" where tenant_id = ?`,
          )
            .bind(known?.id)
            .first<{ count: number }>()
          return [name, counted?.count ?? 0] as const
        }),
      )
    for (const name of names) await addRow(name, known?.id ?? 0, scim.slug)
    const before = await rowsOf()
    expect(before.filter(([, count]) => count === 0)).toEqual([])
    expect((await admin.call('DELETE', `/tenants/${scim.slug}`)).status).toBe(204)
    expect((await rowsOf()).filter(([, count]) => count > 0)).toEqual([])
  })
})

/** A row of a tenant in any table. Its texts are one, so that rows that name each other do. */
async function addRow(table: string, tenantId: number, slug: string): Promise<void> {
  const { results } = await bindings.DB.prepare(`pragma table_xinfo("${table}")`).all<{
    name: string
    type: string
    hidden: number
  }>()
  const columns = results.filter(({ hidden }) => hidden === 0)
  const values = columns.map(({ name, type }) => {
    if (name === 'tenant_id') return tenantId
    if (type.toLowerCase() !== 'integer') return JSON.stringify(slug)
    return Math.floor(Math.random() * 2 ** 40)
  })
  const list = columns.map(({ name }) => `"${name}"`).join(', ')
  const places = columns.map(() => '?').join(', ')
  // A row may be there already: the trigger of the feed writes one with each first event.
  await bindings.DB.prepare(
    `insert into "${table}" (${list}) values (${places}) on conflict do nothing`,
  )
    .bind(...values)
    .run()
}

describe('deleting a tenant that has much', () => {
  const tables = ['memberships', 'user_emails', 'users', 'teams', 'events', 'refusals', 'tokens']

  async function idOf(slug: string): Promise<number> {
    const row = await bindings.DB.prepare('select id from tenants where slug = ?')
      .bind(slug)
      .first<{ id: number }>()
    return row?.id ?? 0
  }

  async function left(id: number): Promise<number> {
    const results = await bindings.DB.batch<{ count: number }>(
      [...tables, 'links', 'sessions', 'audit'].map((table) =>
        bindings.DB.prepare(`select count(*) as count from ${table} where tenant_id = ?`).bind(id),
      ),
    )
    return results.reduce((sum, { results }) => sum + (results[0]?.count ?? 0), 0)
  }

  async function fill(id: number, count: number): Promise<void> {
    const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ?2)`
    await bindings.DB.batch(
      [
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
         ${numbers} select ?1, 'u' || i, '{}', json_object('userName', 'u' || i), 1, '', 0, 0 from n`,
        `insert into memberships (tenant_id, team_id, user_id) ${numbers} select ?1, 't', 'u' || i from n`,
        `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
         ${numbers} select ?1, i + 1000, 'user.updated', 'u' || i, 0, '{}', '{}', '{}' from n`,
      ].map((text) => bindings.DB.prepare(text).bind(id, count)),
    )
  }

  /** Deletes over a database that is lost after some batches; answers what one batch wrote at most. */
  async function remove(slug: string, batches: number) {
    let mostWritten = 0
    let count = 0
    const DB = {
      prepare: (text: string) => bindings.DB.prepare(text),
      batch: async (statements: D1PreparedStatement[]) => {
        count += 1
        if (count > batches) throw new Error('D1_ERROR: Network connection lost.')
        const results = await bindings.DB.batch(statements)
        const written = results.reduce((sum, { meta }) => sum + meta.rows_written, 0)
        mostWritten = Math.max(mostWritten, written)
        return results
      },
    }
    const answer = await app.fetch(
      new Request(`${origin}/admin/api/tenants/${slug}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${bindings.ADMIN_TOKEN}` },
      }),
      { ...bindings, DB } as Environment,
    )
    return { status: answer.status, mostWritten }
  }

  it('goes in batches of bounded size, and can be cut off anywhere and repeated', async () => {
    const [scim, stays] = [await tenant(), await tenant()]
    await stays.call('POST', '/Users', person())
    const id = await idOf(scim.slug)
    const other = await left(await idOf(stays.slug))
    await fill(id, 6_500)
    const statuses: number[] = []
    for (let batches = 0; batches < 12; batches += 1) {
      const { status, mostWritten } = await remove(scim.slug, batches)
      statuses.push(status)
      // Each deleted user also leaves six indexes.
      expect(mostWritten).toBeLessThan(30_000)
      if (batches >= 2 && status !== 204) {
        expect((await scim.call('GET', '/Users')).status).toBe(401)
        expect((await admin.call('GET', `/tenants/${scim.slug}`)).status).toBe(200)
      }
      if (status === 204) break
    }
    expect(statuses[0]).toBe(503)
    expect(statuses.at(-1)).toBe(204)
    expect(statuses.length).toBeGreaterThan(4)
    expect(await left(id)).toBe(0)
    expect(await left(await idOf(stays.slug))).toBe(other)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).status).toBe(404)
    const { entries } = (await admin.call('GET', '/audit?limit=1000')).body
    const told = entries.filter(({ subject }: any) => subject === scim.slug)
    expect(told.map(({ action }: any) => action)).toEqual(['tenant.deleted'])
  })

  it('is ended at night when nobody repeats it, and in between nothing can be changed', async () => {
    const scim = await tenant()
    const id = await idOf(scim.slug)
    await fill(id, 4_500)
    expect((await remove(scim.slug, 3)).status).toBe(503)
    const path = `/tenants/${scim.slug}`
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    const link = { role: 'view', expiresAt }
    for (const [method, below, body] of [
      ['PATCH', '', { enabled: true }],
      ['POST', '/tokens', {}],
      ['POST', '/links', link],
    ] as const) {
      const answer = await admin.call(method, `${path}${below}`, body)
      expect([below, answer.status, answer.body.title]).toEqual([below, 409, 'Being deleted'])
    }
    await worker.scheduled(createScheduledController({ scheduledTime: new Date() }), bindings)
    expect((await admin.call('GET', path)).status).toBe(404)
    expect(await left(id)).toBe(0)
  })

  it('leaves nothing behind of a refusal that was noted when the tenant was gone', async () => {
    const scim = await tenant()
    const id = await idOf(scim.slug)
    await admin.call('DELETE', `/tenants/${scim.slug}`)
    const refused = {
      tenantId: id,
      method: 'POST',
      path: '/Users',
      status: 400,
      code: 'emailCapitals',
      detail: '',
      subject: null,
      cause: { requestId: '', tokenId: '' },
      about: subjectOf('POST', '/Users', { userName: 'ann@example.com' }),
      exchange: { sent: '{}', answered: '{}' },
    }
    await recordRefusals(bindings.DB, [refused])
    expect(await left(id)).toBe(0)
  })
})

describe('the audit', () => {
  async function entries(path: string): Promise<any[]> {
    const answer = await admin.call('GET', path)
    expect([path, answer.status]).toEqual([path, 200])
    return answer.body.entries
  }

  it('tells who changed what of a tenant, before and after, the latest first', async () => {
    const scim = await tenant()
    const changed = await admin.call('PATCH', `/tenants/${scim.slug}`, {
      name: 'Renamed',
      'rules.email': 'allow',
    })
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    const list = await entries(`/tenants/${scim.slug}/audit`)
    expect(list.map(({ seq, action, subject }) => [seq, action, subject])).toEqual([
      [5, 'token.revoked', scim.tokenId],
      [4, 'tenant.changed', scim.slug],
      [3, 'tenant.changed', scim.slug],
      [2, 'token.created', scim.tokenId],
      [1, 'tenant.created', scim.slug],
    ])
    expect(list[2]).toMatchObject({
      tenant: scim.slug,
      actor: 'operator',
      role: 'owner',
      before: { name: `Test ${scim.slug}`, 'rules.email': 'reject' },
      after: { name: 'Renamed', 'rules.email': 'allow' },
      requestId: changed.headers.get('X-Request-Id'),
    })
    expect(list[1]).toMatchObject({ before: { enabled: true }, after: { enabled: false } })
    expect(list[3]).toMatchObject({ before: null, after: { label: 'test', expires: null } })
  })

  it('holds nothing of what changed nothing or was refused, and no secret', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}`
    expect((await admin.call('PATCH', path, { profile: 'auto' })).status).toBe(200)
    expect((await admin.call('DELETE', `${path}/tokens/nobody`)).status).toBe(404)
    await admin.call('DELETE', `${path}/tokens/${scim.tokenId}`)
    await admin.call('DELETE', `${path}/tokens/${scim.tokenId}`)
    for (let count = 0; count < 5; count += 1) await admin.call('POST', `${path}/tokens`, {})
    expect((await admin.call('POST', `${path}/tokens`, {})).status).toBe(409)
    const list = await entries(`${path}/audit`)
    expect(list.map(({ action }) => action)).toEqual([
      ...Array.from({ length: 5 }, () => 'token.created'),
      'token.revoked',
      'token.created',
      'tenant.created',
    ])
    const { results } = await bindings.DB.prepare('select hash from tokens').all<{ hash: string }>()
    const text = JSON.stringify(list)
    for (const secret of [scim.token, 'rollcall_', ...results.map(({ hash }) => hash)]) {
      expect(text).not.toContain(secret)
    }
  })

  it('keeps the deletion of a tenant, when all else of it is gone', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await admin.call('DELETE', `/tenants/${scim.slug}`)
    const found = (await entries('/audit')).filter(({ subject }) => subject === scim.slug)
    expect(found).toMatchObject([
      {
        action: 'tenant.deleted',
        tenant: null,
        before: { name: `Test ${scim.slug}`, users: 1, teams: 0 },
      },
    ])
    expect((await admin.call('GET', `/tenants/${scim.slug}/audit`)).status).toBe(404)
  })

  it('is read page by page, and shows nothing of another tenant in that of one', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    for (let count = 0; count < 5; count += 1) {
      await admin.call('PATCH', `/tenants/${scim.slug}`, { name: `Name ${count}` })
    }
    for (const path of [`/tenants/${scim.slug}/audit`, '/audit']) {
      const seen: any[] = []
      let before: number | null = Number.MAX_SAFE_INTEGER
      while (before !== null && seen.length < 12) {
        const page: any = await admin.call('GET', `${path}?limit=2&before=${before}`)
        seen.push(...page.body.entries)
        before = page.body.before
      }
      const whole = await entries(`${path}?limit=${seen.length}`)
      expect(seen).toEqual(whole)
      expect(new Set(seen.map(({ position }) => position)).size).toBe(seen.length)
    }
    const list = await entries(`/tenants/${scim.slug}/audit`)
    expect(list).toHaveLength(7)
    expect(JSON.stringify(list)).not.toContain(other.slug)
    expect((await admin.call('GET', '/audit?limit=0')).status).toBe(400)
  })

  it('loses no change of two at once, and tells both as they were', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}`
    const answers = await Promise.all([
      admin.call('PATCH', path, { 'rules.name': 'allow' }),
      admin.call('PATCH', path, { 'rules.email': 'allow' }),
      admin.call('PATCH', path, { profile: 'okta' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await admin.call('GET', path)).body).toMatchObject({
      rules: { name: 'allow', email: 'allow' },
      profile: 'okta',
    })
    const list = await entries(`${path}/audit`)
    const changes = list.filter(({ action }) => action === 'tenant.changed')
    expect(changes.map(({ after }) => Object.keys(after)).toSorted()).toEqual([
      ['profile'],
      ['rules.email'],
      ['rules.name'],
    ])
  })

  it('counts the live tokens where they are written: of many at once five are made', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}/tokens`
    const made = await Promise.all(Array.from({ length: 8 }, () => admin.call('POST', path, {})))
    const statuses = made.map(({ status }) => status).toSorted((left, right) => left - right)
    expect(statuses).toEqual([201, 201, 201, 201, 409, 409, 409, 409])
  })
})
