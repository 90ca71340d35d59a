/** The provisioning log, and what is deleted with time. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { readActivityPage } from '../../src/activity/browse'
import type { ActivityPlace } from '../../src/activity/rows'
import worker from '../../src/index'
import { findTenant } from '../../src/tenants/store'
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

  it('tells each refused operation of a Bulk with its code, which the answer has no place for', async () => {
    const scim = await tenant()
    const make = (bulkId: string, data: unknown) => ({
      method: 'POST',
      path: '/Users',
      bulkId,
      data,
    })
    const answer = await scim.call('POST', '/Bulk', {
      Operations: [
        make('1', person()),
        make('2', person({ userName: 'Ann@Example.com' })),
        { method: 'patch', path: '/Users/nobody', data: patch({ op: 'remove', path: 'title' }) },
        { method: 'DELETE', path: '/Nothing/7' },
      ],
    })
    const refused = answer.body.Operations.slice(1).map(({ response }: any) => response)
    const { activity } = await log(scim, '?outcome=failed')
    expect(
      activity.map(({ method, path, code, subject, detail }: any) => [
        method,
        path,
        code,
        subject,
        detail,
      ]),
    ).toEqual([
      ['POST', '/Users', 'emailCapitals', 'Ann@Example.com', refused[0].detail],
      ['PATCH', '/Users/nobody', 'resourceNotFound', null, refused[1].detail],
      ['DELETE', '/Nothing/7', 'invalidBulk', null, refused[2].detail],
    ])
    expect(new Set(activity.map(({ requestId }: any) => requestId))).toEqual(
      new Set([answer.headers.get('X-Request-Id')]),
    )
  })

  it('tells of a Bulk a hundred refused operations, and counts the others', async () => {
    const scim = await tenant()
    const Operations = Array.from({ length: 120 }, (_, index) => ({
      method: 'DELETE',
      path: `/Nothing/${index}`,
    }))
    await scim.call('POST', '/Bulk', { Operations })
    const { activity } = await log(scim, '?outcome=failed&limit=500')
    expect(activity).toHaveLength(100)
    expect(activity[98].detail).not.toContain('further')
    expect(activity[99].detail).toContain('20 further operations were refused.')
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

  it('leaves no line out where clocks differ, from either end and in pages of any size', async () => {
    const scim = await tenant()
    for (let count = 0; count < 9; count += 1) {
      await scim.call('POST', '/Users', person(count % 2 === 0 ? {} : { displayName: 'a;b' }))
    }
    const found = await findTenant(bindings.DB, scim.slug)
    if (!found.ok) throw new Error('No tenant')
    const { id } = found.value
    // Times of a table fall and rise: 9, 5, 1, 7, 3 and 5, 1, 7, 3.
    for (const table of ['events', 'refusals']) {
      await bindings.DB.prepare(
        `update ${table} set at = 1000 + (seq * 6 + 3) % 10 where tenant_id = ?`,
      )
        .bind(id)
        .run()
    }
    const nameOf = ({ outcome, changes, requestId }: any) => [outcome, changes?.[0].seq, requestId]
    const all = (await log(scim)).activity.map(nameOf)
    expect(all).toHaveLength(9)
    for (const limit of [1, 2, 4]) {
      const seen: unknown[] = []
      for (
        let page = await log(scim, `?limit=${limit}`);
        page.activity.length > 0;
        page = await log(scim, `?limit=${limit}&after=${page.after}`)
      ) {
        seen.push(...page.activity.map(nameOf))
      }
      expect([limit, seen.toSorted()]).toEqual([limit, all.toSorted()])
      const latest: unknown[] = []
      let before: ActivityPlace | undefined = { event: 99, refusal: 99, passedOver: 99 }
      while (before) {
        const query = { tenantId: id, code: '', search: '', before, limit }
        const page = await readActivityPage(bindings.DB, query)
        if (!page.ok) throw new Error(page.error.kind)
        latest.push(...page.value.activity.map((one) => nameOf({ ...one, ...one.cause })))
        before = page.value.older
      }
      expect([limit, latest.toSorted()]).toEqual([limit, all.toSorted()])
    }
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

  it('keeps events and refusals as long as the settings of each tenant say', async () => {
    const day = 86_400_000
    const [short, long] = [await tenant(), await tenant()]
    await admin.call('PATCH', `/tenants/${short.slug}`, {
      'retention.events': 7,
      'retention.activity': 1,
    })
    await admin.call('PATCH', `/tenants/${long.slug}`, {
      retention: { events: 400, activity: 365 },
    })
    const ages = [500, 399, 91, 50, 8, 6, 2, 0].map((age) => Date.now() - age * day)
    for (const scim of [short, long]) {
      const of = `(select id from tenants where slug = '${scim.slug}')`
      await bindings.DB.batch([
        bindings.DB.prepare(
          `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
           select ${of}, key + 1, 'user.updated', '', value, '{}', '{}', '{}' from json_each(?)`,
        ).bind(JSON.stringify(ages)),
        bindings.DB.prepare(
          `insert into refusals (tenant_id, seq, at, method, path, status, code, detail, cause)
           select ${of}, key + 1, value, '', '', 400, '', '', '{}' from json_each(?)`,
        ).bind(JSON.stringify(ages)),
      ])
    }
    await worker.scheduled(createScheduledController({ scheduledTime: new Date() }), bindings)
    const kept = async (scim: ScimClient, table: string) => {
      const { results } = await bindings.DB.prepare(
        `select seq from ${table} where tenant_id = (select id from tenants where slug = ?)`,
      )
        .bind(scim.slug)
        .all<{ seq: number }>()
      return results.map(({ seq }) => seq)
    }
    expect(await kept(short, 'events')).toEqual([6, 7, 8])
    expect(await kept(short, 'refusals')).toEqual([8])
    expect(await kept(long, 'events')).toEqual([2, 3, 4, 5, 6, 7, 8])
    expect(await kept(long, 'refusals')).toEqual([3, 4, 5, 6, 7, 8])
  })

  it('deletes more than one batch can', async () => {
    const scim = await tenant()
    await bindings.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 12000)
       insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
       select (select id from tenants where slug = ?), i, 'user.updated', '', 1, '{}', '{}', '{}' from n`,
    )
      .bind(scim.slug)
      .run()
    await worker.scheduled(createScheduledController({ scheduledTime: new Date() }), bindings)
    expect((await eventsOf(scim)).map(({ seq }) => seq)).toEqual([12_000])
  })

  it('does the rest when a part of it fails, and says so', async () => {
    const scim = await tenant()
    for (let count = 0; count < 2; count += 1) await scim.call('POST', '/Users', person())
    const of = `tenant_id = (select id from tenants where slug = '${scim.slug}')`
    await bindings.DB.prepare(`update events set at = 1 where ${of}`).run()
    let isFirst = true
    const DB = {
      prepare: (text: string) => bindings.DB.prepare(text),
      batch: (statements: D1PreparedStatement[]) => {
        if (!isFirst) return bindings.DB.batch(statements)
        isFirst = false
        return Promise.reject(new Error('no such function'))
      },
    } as unknown as D1Database
    const run = worker.scheduled(createScheduledController({ scheduledTime: new Date() }), {
      ...bindings,
      DB,
    })
    await expect(run).rejects.toThrow('failed in part')
    expect((await eventsOf(scim)).map(({ seq }) => seq)).toEqual([2])
  })

  it('refuses a retention that is none', async () => {
    const scim = await tenant()
    for (const retention of [{ events: 6 }, { events: 3651 }, { activity: 0 }, { activity: 1.5 }]) {
      const { status } = await admin.call('PATCH', `/tenants/${scim.slug}`, { retention })
      expect([retention, status]).toEqual([retention, 400])
    }
  })
})

describe('a token that expires soon', () => {
  const day = 86_400_000

  async function run(scim: ScimClient, ...days: number[]): Promise<any[]> {
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/tokens`)
    const expires = Date.parse(body.tokens[0].expires)
    for (const left of days) {
      const scheduledTime = new Date(expires - left * day)
      await worker.scheduled(createScheduledController({ scheduledTime }), bindings)
    }
    return (await eventsOf(scim)).filter(({ type }) => type === 'token.expiring')
  }

  async function expiring(label: string): Promise<ScimClient> {
    const scim = await tenant()
    await bindings.DB.prepare('update tokens set expires_at = ?, label = ? where id = ?')
      .bind(Date.now() + 100 * day, label, scim.tokenId)
      .run()
    return scim
  }

  it('is told once for each of 30, 14, 7 and 1 days, numbered with the other events', async () => {
    const scim = await expiring('OneLogin')
    await scim.call('POST', '/Users', person())
    const told = await run(scim, 31, 30, 29, 29, 15, 14, 13, 7, 6.5, 2, 1, 0.5, 0, -1)
    expect(told.map(({ seq, resource }) => [seq, resource.days])).toEqual([
      [2, 30],
      [3, 14],
      [4, 7],
      [5, 1],
    ])
    expect(told[0]).toMatchObject({
      resource_id: scim.tokenId,
      resource: { id: scim.tokenId, label: 'OneLogin' },
      changes: {},
    })
    expect(told[0].resource.expires).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    await scim.call('POST', '/Users', person())
    expect((await eventsOf(scim)).at(-1)?.seq).toBe(6)
  })

  it('is told once when several of the days have passed, and not when it was revoked', async () => {
    const late = await expiring('late')
    expect((await run(late, 5)).map(({ resource }) => resource.days)).toEqual([7])
    const revoked = await expiring('revoked')
    await admin.call('DELETE', `/tenants/${revoked.slug}/tokens/${revoked.tokenId}`)
    expect(await run(revoked, 30, 5)).toEqual([])
  })

  it('is told for each of several tokens of several tenants', async () => {
    const [mine, other] = [await expiring('mine'), await expiring('other')]
    const expiresAt = new Date(Date.now() + 100 * day).toISOString()
    await admin.call('POST', `/tenants/${mine.slug}/tokens`, { label: 'second', expiresAt })
    const told = await run(mine, 29)
    expect(told.map(({ seq, resource }) => [seq, resource.label]).toSorted()).toEqual(
      [
        [1, told[0].resource.label],
        [2, told[1].resource.label],
      ].toSorted(),
    )
    expect(new Set(told.map(({ resource }) => resource.label))).toEqual(new Set(['mine', 'second']))
    expect((await run(other, 29)).map(({ resource }) => resource.label)).toEqual(['other'])
  })

  it('is a line of the log', async () => {
    const scim = await expiring('Spare')
    await run(scim, 10)
    const { activity } = await log(scim)
    expect(activity).toMatchObject([
      { outcome: 'changed', changes: [{ type: 'token.expiring', name: 'Spare' }] },
    ])
  })
})
