import { describe, expect, it } from 'vitest'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { client, operator, person } from '../support/tenant'

function slug(): string {
  return `t-${crypto.randomUUID().slice(0, 13)}`
}

describe('the administration', () => {
  it('is closed without the operator secret, and with a tenant token', async () => {
    const scim = await tenant()
    for (const secret of ['', 'wrong', 'admin-test-toke', 'admin-test-token2', scim.token]) {
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
})
