/** The provisioning log, and what is deleted with time. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { admin, bindings, eventsOf, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

async function log(scim: ScimClient, query = ''): Promise<any> {
  const answer = await admin.call('GET', `/tenants/${scim.slug}/activity${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

describe('the activity of a tenant', () => {
  it('tells what changed, and what failed with code, reason and remedy, in their order', async () => {
    const scim = await tenant()
    const okta = { 'User-Agent': 'Okta SCIM Client 1.0.0' }
    const made = await scim.call('POST', '/Users', person(), okta)
    const refused = await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }), okta)
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Team',
      members: [{ value: made.body.id }],
    })
    await scim.call('DELETE', '/Users/nobody')
    await scim.call('GET', '/Users/nobody')
    const { activity, hasMore } = await log(scim)
    expect(hasMore).toBe(false)
    expect(
      activity.map(({ outcome, code, changes }: any) => [
        outcome,
        code,
        changes?.map(({ type }: any) => type),
      ]),
    ).toEqual([
      ['changed', undefined, ['user.created']],
      ['failed', 'emailCapitals', undefined],
      ['changed', undefined, ['team.created', 'team.member_added']],
      ['failed', 'resourceNotFound', undefined],
    ])
    expect(activity[1]).toMatchObject({
      method: 'POST',
      path: '/Users',
      status: 400,
      subject: 'Ann@Example.com',
      detail: refused.body.detail,
      requestId: refused.headers.get('X-Request-Id'),
      tokenId: scim.tokenId,
      provider: 'okta',
    })
    expect(activity[2].changes[1]).toMatchObject({
      resourceId: team.body.id,
      memberId: made.body.id,
      name: 'Team',
    })
    expect(activity[3]).toMatchObject({ method: 'DELETE', path: '/Users/nobody', status: 404 })
    expect((await log(scim, '?outcome=failed')).activity).toHaveLength(2)
    expect((await log(scim, '?outcome=changed')).activity).toHaveLength(2)
  })

  it('is read page by page, each line once', async () => {
    const scim = await tenant()
    for (let count = 0; count < 7; count += 1) {
      await scim.call('POST', '/Users', person(count % 2 === 0 ? {} : { displayName: 'a;b' }))
    }
    const seen: unknown[] = []
    let page = await log(scim, '?limit=2')
    while (page.activity.length > 0) {
      seen.push(...page.activity)
      page = await log(scim, `?limit=2&after=${page.after}`)
    }
    expect(seen).toEqual((await log(scim)).activity)
    expect(seen).toHaveLength(7)
  })

  it('holds no secret, and nothing of other tenants', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    await scim.call('POST', '/Users', person({ password: 'S3cret', displayName: 'a;b' }))
    await other.call('PATCH', '/Groups/nobody', patch({ op: 'remove', path: 'members' }))
    const { activity } = await log(scim)
    expect(activity).toHaveLength(1)
    expect(JSON.stringify(activity)).not.toContain('S3cret')
    expect(JSON.stringify(activity)).not.toContain(scim.token)
  })

  it('refuses a wrong query, and a stranger', async () => {
    const scim = await tenant()
    for (const query of ['?after=x', '?limit=0', '?outcome=maybe']) {
      expect((await admin.call('GET', `/tenants/${scim.slug}/activity${query}`)).status).toBe(400)
    }
    expect((await admin.call('GET', '/tenants/no-such/activity')).status).toBe(404)
    expect((await scim.call('GET', '/Users')).status).toBe(200)
  })
})

describe('a token', () => {
  it('shows when, from where and by what it was last used, and how often today', async () => {
    const scim = await tenant()
    await scim.call('GET', '/Users', undefined, {
      'CF-Connecting-IP': '192.0.2.7',
      'User-Agent': 'OneLogin',
    })
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/tokens`)
    expect(body.tokens[0]).toMatchObject({
      lastAddress: '192.0.2.7',
      lastAgent: 'OneLogin',
      requestsToday: 1,
    })
  })
})

describe('the nightly run', () => {
  it('deletes old events and refusals, and numbers the next event after the last', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await scim.call('POST', '/Users', person({ displayName: 'a;b' }))
    await scim.call('POST', '/Users', person({ displayName: 'c;d' }))
    const { body } = await scim.call('POST', '/Users', person())
    const of = `tenant_id = (select id from tenants where slug = '${scim.slug}')`
    await bindings.DB.batch([
      bindings.DB.prepare(`update events set at = 1 where ${of}`),
      bindings.DB.prepare(`update refusals set at = 1 where ${of}`),
    ])
    await worker.scheduled(createScheduledController({ scheduledTime: new Date() }), bindings)
    expect((await eventsOf(scim)).map(({ seq }) => seq)).toEqual([2])
    expect((await log(scim, '?outcome=failed')).activity).toHaveLength(1)
    await scim.call('DELETE', `/Users/${body.id}`)
    expect((await eventsOf(scim)).map(({ seq }) => seq)).toEqual([2, 3])
  })
})
