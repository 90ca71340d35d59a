/** What a request asked for and did not get, although it was answered 2xx, is told. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { application, newKey } from '../support/application'
import { admin, bindings, eventsOf, homeDatabase, origin, send, tenant } from '../support/gateway'
import { enterpriseUrn, patch, person, type ScimClient } from '../support/tenant'

async function log(scim: ScimClient, query = ''): Promise<any> {
  const answer = await admin.call('GET', `/tenants/${scim.slug}/activity${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

async function passed(scim: ScimClient): Promise<any[]> {
  return (await log(scim, '?outcome=passedOver')).activity
}

const other = patch({ op: 'replace', value: { id: 'other' } })

describe('a request that changes nothing and passes something over', () => {
  it('is a line of the log with the names, what was passed over, and why', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const before = await eventsOf(scim)
    const answer = await scim.call('PATCH', `/Users/${made.body.id}`, other)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('X-Passed-Over')).toBe('readOnlyValue=1')
    expect(await eventsOf(scim)).toEqual(before)
    expect(await passed(scim)).toEqual([
      {
        outcome: 'passedOver',
        at: expect.any(String),
        requestId: answer.headers.get('X-Request-Id'),
        tokenId: scim.tokenId,
        tolerated: ['readOnlyValue'],
        passedOver: [
          {
            name: 'readOnlyValue',
            what: 'id',
            why: 'It can be read but not changed.',
            of: made.body.id,
          },
        ],
        method: 'PATCH',
        path: `/Users/${made.body.id}`,
        status: 200,
        subject: null,
      },
    ])
  })

  it('is none when an extension names itself once more, which asks for nothing', async () => {
    const scim = await tenant()
    const inside = { schemas: [enterpriseUrn], department: 'R&D' }
    const made = await scim.call('POST', '/Users', person({ [enterpriseUrn]: inside }))
    const address = `/Users/${made.body.id}`
    const add = patch({ op: 'add', path: enterpriseUrn, value: { ...inside, division: 'West' } })
    const changed = await scim.call('PATCH', address, add)
    const other = { ...inside, schemas: ['urn:example:other'] }
    const told = await scim.call('PUT', address, { ...made.body, [enterpriseUrn]: other })
    expect(
      [made, changed, told].map(({ status, headers }) => [status, headers.get('X-Passed-Over')]),
    ).toEqual([
      [201, null],
      [200, null],
      [200, 'unknownName=1'],
    ])
    expect(changed.body[enterpriseUrn]).toEqual({ department: 'R&D', division: 'West' })
  })

  it('is a line for a team, for members who were in already, and in a Bulk', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    const members = [{ value: ann.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Team', members })
    const path = `/Groups/${team.body.id}`
    const operations = [
      { op: 'add', path: 'members', value: members },
      { op: 'replace', value: { id: 'other' } },
    ]
    expect((await scim.call('PATCH', path, patch(...operations))).status).toBe(200)
    const bulk = await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'PATCH', path, data: other },
        { method: 'PATCH', path: `/Users/${ann.body.id}`, data: other },
      ],
    })
    expect(bulk.headers.get('X-Passed-Over')).toBe('readOnlyValue=2')
    expect((await passed(scim)).map(({ path, passedOver }) => [path, passedOver.length])).toEqual([
      [path, 1],
      ['/Bulk', 2],
    ])
  })

  it('is no line where nothing was passed over: forms that were understood are no news', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ active: true }))
    const again = patch({ op: 'Replace', path: 'active', value: 'True' })
    const answer = await scim.call('PATCH', `/Users/${made.body.id}`, again)
    expect([answer.status, answer.headers.get('X-Passed-Over')]).toEqual([200, null])
    expect(await passed(scim)).toEqual([])
  })

  it('is no line when it is refused', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const operations = [
      { op: 'replace', value: { id: 'other' } },
      { op: 'replace', path: 'userName', value: null },
    ]
    const answer = await scim.call('PATCH', `/Users/${made.body.id}`, patch(...operations))
    expect([answer.status, answer.headers.get('X-Passed-Over')]).toEqual([400, null])
    expect(await passed(scim)).toEqual([])
    expect((await log(scim, '?outcome=failed')).activity).toHaveLength(1)
  })
})

describe('a change that passes something over', () => {
  it('says in the cause of its own events what it was, each operation of a Bulk its own', async () => {
    const scim = await tenant()
    const data = (more: object) => ({ ...person(), ...more })
    const answer = await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: '1', data: data({ favoriteColor: 'red' }) },
        { method: 'POST', path: '/Users', bulkId: '2', data: data({ shoeSize: 44 }) },
      ],
    })
    expect(answer.headers.get('X-Passed-Over')).toContain('unknownName=2')
    const causes = (await eventsOf(scim)).map(({ cause }: any) => cause.passedOver)
    const names = causes.map((list: any[]) =>
      list.filter(({ name }) => name === 'unknownName').map(({ what }) => what),
    )
    expect(names).toEqual([['favoriteColor'], ['shoeSize']])
    expect(await passed(scim)).toEqual([])
    const [line] = (await log(scim, '?outcome=changed')).activity
    expect(line.passedOver.map(({ what }: any) => what)).toContain('shoeSize')
  })

  it('stays small, however much it passes over, and quotes no value', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const names = Array.from({ length: 300 }, (_, index) => `${index}${'x'.repeat(300)}`)
    const unknown = Object.fromEntries(names.map((name) => [name, 'S3cret']))
    const value = { ...unknown, id: 'other' }
    const path = `/Users/${made.body.id}`
    const answer = await scim.call('PATCH', path, patch({ op: 'replace', value }))
    expect(answer.headers.get('X-Passed-Over')).toContain('unknownName=300')
    const [line] = await passed(scim)
    expect(JSON.stringify(line).length).toBeLessThan(6_000)
    expect(JSON.stringify(line)).not.toContain('S3cret')
    expect(line.passedOver.at(-1)).toMatchObject({ what: 'others' })
  })

  it('tells readers of events the deviations, and not what they cost', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ favoriteColor: 'red' }))
    const reader = application(send, origin, scim.slug, await newKey(admin, scim.slug))
    const { body } = await reader.call('GET', '/events')
    expect(body.events[0].cause).toMatchObject({ tolerated: ['unknownName'] })
    expect(Object.keys(body.events[0].cause).toSorted()).toEqual([
      'provider',
      'requestId',
      'token',
      'tolerated',
    ])
  })
})

describe('the log of what was passed over', () => {
  it('is read page by page among the rest, each line once, also from a place of before', async () => {
    const scim = await tenant()
    for (let count = 0; count < 3; count += 1) {
      const made = await scim.call('POST', '/Users', person())
      await scim.call('PATCH', `/Users/${made.body.id}`, other)
      await scim.call('DELETE', '/Users/nobody')
    }
    const seen: unknown[] = []
    let page = await log(scim, '?limit=2')
    while (page.activity.length > 0) {
      seen.push(...page.activity)
      page = await log(scim, `?limit=2&after=${page.after}`)
    }
    expect(seen).toEqual((await log(scim)).activity)
    expect(seen.map(({ outcome }: any) => outcome)).toEqual(
      Array.from({ length: 3 }, () => ['changed', 'passedOver', 'failed']).flat(),
    )
    expect((await log(scim, '?after=3.3')).activity).toHaveLength(3)
  })

  it('goes with time like refusals, and with its tenant', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    for (let count = 0; count < 2; count += 1) {
      await scim.call('PATCH', `/Users/${made.body.id}`, other)
    }
    const of = `tenant_id = (select id from tenants where slug = '${scim.slug}')`
    await homeDatabase.prepare(`update passed_over set at = 1 where ${of}`).run()
    await worker.scheduled(createScheduledController({ scheduledTime: new Date() }), bindings)
    expect(await passed(scim)).toHaveLength(1)
    const tenantId = await homeDatabase
      .prepare(`select id from tenants where slug = ?`)
      .bind(scim.slug)
      .first<number>('id')
    await admin.call('DELETE', `/tenants/${scim.slug}`)
    const left = await homeDatabase
      .prepare('select 1 from passed_over where tenant_id = ?')
      .bind(tenantId)
      .all()
    expect(left.results).toEqual([])
  })
})
