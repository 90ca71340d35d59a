/** What the event log promises to whoever reads it. */
import { describe, expect, it } from 'vitest'
import { eventShape, type WireEvent } from '../../src/events/catalog'
import { eventTypes } from '../../src/database/schema/event-types'
import { wireEvent } from '../../src/events/wire'
import { readEvents } from '../../src/events/log'
import { application, newKey } from '../support/application'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { bulky, patch, person, type ScimClient } from '../support/tenant'
import { nextPage } from '../support/pages'

async function tenantId({ slug }: ScimClient): Promise<number> {
  const row = await bindings.DB.prepare('select id from tenants where slug = ?')
    .bind(slug)
    .first<{ id: number }>()
  return Number(row?.id)
}

async function read(scim: ScimClient, after = 0, limit = 1_000): Promise<WireEvent[]> {
  const events = await readEvents(bindings.DB, await tenantId(scim), after, limit)
  if (!events.ok) throw new Error(events.error.kind)
  return events.value.map(wireEvent)
}

describe('the event log', () => {
  it('tells every kind of change in the shape of the catalogue, with cause, before and after', async () => {
    const scim = await tenant()
    const okta = { 'User-Agent': 'Okta SCIM Client 1.0.0' }
    const made = await scim.call('POST', '/Users', person(), okta)
    const ann = made.body.id
    await scim.call('PATCH', `/Users/${ann}`, patch({ op: 'replace', path: 'title', value: 'Dr' }))
    for (const active of [false, true]) {
      await scim.call('PATCH', `/Users/${ann}`, patch({ op: 'Replace', value: { active } }))
    }
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Red',
      members: [{ value: ann }],
    })
    const path = `/Groups/${team.body.id}`
    await scim.call('PATCH', path, patch({ op: 'replace', value: { displayName: 'Blue' } }))
    await scim.call('PATCH', path, patch({ op: 'add', value: { externalId: 'b' } }))
    await scim.call('PATCH', path, patch({ op: 'remove', path: `members[value eq "${ann}"]` }))
    await scim.call('DELETE', path)
    await scim.call('DELETE', `/Users/${ann}`)
    const events = await read(scim)
    for (const event of events) eventShape.parse(event)
    const types = events.map(({ type }) => type)
    expect(types).toEqual([
      'user.created',
      'user.updated',
      'user.deactivated',
      'user.reactivated',
      'team.created',
      'team.member_added',
      'team.renamed',
      'team.updated',
      'team.member_removed',
      'team.deleted',
      'user.deleted',
    ])
    const directory = eventTypes.filter((type) => /^(user|team)\./.test(type))
    expect(new Set(types)).toEqual(new Set(directory))
    expect(events.map(({ seq }) => seq)).toEqual(types.map((_, index) => index + 1))
    expect(new Set(events.map(({ id }) => id)).size).toBe(types.length)
    expect(events[0]).toMatchObject({
      tenant: scim.slug,
      cause: {
        requestId: made.headers.get('X-Request-Id'),
        provider: 'okta',
        token: { id: scim.tokenId, label: 'test' },
        tolerated: [],
      },
      resource: { id: ann, userName: made.body.userName, active: true },
      changes: {},
    })
    expect(events[1]?.changes).toEqual({ title: { before: null, after: 'Dr' } })
    expect(events[2]).toMatchObject({
      cause: { provider: 'entra', tolerated: ['operationInCapitals'] },
      resource: { id: ann, active: false, title: 'Dr' },
      changes: { active: { before: true, after: false } },
    })
    expect(events[5]).toMatchObject({
      resource: { id: team.body.id, displayName: 'Red' },
      member: { id: ann, userName: made.body.userName },
    })
    expect(events[6]?.changes).toEqual({ displayName: { before: 'Red', after: 'Blue' } })
    expect(events[8]).toMatchObject({ member: { id: ann, userName: made.body.userName } })
    expect(events[10]?.resource).toMatchObject({ id: ann, title: 'Dr' })
    expect(await read(scim, 4, 2)).toEqual(events.slice(4, 6))
  })

  it('has nothing to tell of a change that changes nothing', async () => {
    const scim = await tenant()
    const body = person()
    const ann = (await scim.call('POST', '/Users', body)).body.id
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Red',
      members: [{ value: ann }],
    })
    const before = await read(scim)
    const again = [
      await scim.call('PUT', `/Users/${ann}`, body),
      await scim.call('PATCH', `/Users/${ann}`, patch({ op: 'Replace', value: { active: true } })),
      await scim.call('PUT', `/Groups/${team.body.id}`, {
        displayName: 'Red',
        members: [{ value: ann }],
      }),
      await scim.call(
        'PATCH',
        `/Groups/${team.body.id}`,
        patch({ op: 'add', path: 'members', value: [{ value: ann }] }),
      ),
    ]
    for (const { status } of again) expect([200, 204]).toContain(status)
    expect(await read(scim)).toEqual(before)
  })

  it('ends a page early when its events are large, and goes on where it ended', async () => {
    const scim = await tenant()
    for (let index = 0; index < 80; index += 1) {
      const made = await scim.call('POST', '/Users', person(bulky))
      expect(made.status).toBe(201)
    }
    const first = await read(scim)
    expect(first.length).toBeGreaterThan(60)
    expect(first.length).toBeLessThan(80)
    const rest = await read(scim, first.at(-1)?.seq)
    expect([...first, ...rest].map(({ seq }) => seq)).toEqual(
      Array.from({ length: 80 }, (_, index) => index + 1),
    )
  })
})

describe('readers beside writers', () => {
  it('see every number in its order, and never a gap that is filled later', async () => {
    const scim = await tenant({ guard: { deactivations: 1 } })
    const key = await newKey(admin, scim.slug)
    const app = application(send, origin, scim.slug, key)
    const first = await scim.call('POST', '/Users', person())
    const teams = await Promise.all(
      ['Red', 'Blue'].map((displayName) => scim.call('POST', '/Groups', { displayName })),
    )
    const last = person()
    /** Follows the log up to the last person. */
    const follow = async (limit: number): Promise<any[]> => {
      const seen: any[] = []
      for (let number = 1; ; number = nextPage(number)) {
        const { seq: after = 0, log = '' } = seen.at(-1) ?? {}
        const known = after === 0 ? '' : `&log=${log}`
        const path = `/events?after=${after}${known}&limit=${limit}&wait=30`
        const page = await app.call('GET', path)
        expect(page.status).toBe(200)
        seen.push(...page.body.events)
        if (seen.at(-1)?.resource.userName === last['userName']) return seen
      }
    }
    const readers = [follow(3), follow(1_000)]
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; round < 6; round += 1) {
        const made = await scim.call('POST', '/Users', person())
        expect(made.status).toBe(201)
        const value = [{ value: made.body.id }, { value: first.body.id }]
        const team = `/Groups/${teams[(writer + round) % 2]?.body.id}`
        await scim.call('PATCH', team, patch({ op: 'add', path: 'members', value }))
        await scim.call('PATCH', team, patch({ op: 'remove', path: 'members', value }))
        if (round % 2 === 0) await scim.call('DELETE', `/Users/${made.body.id}`)
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, writer) => write(writer)))
    await scim.call('POST', '/Users', last)
    const [left = [], right = []] = await Promise.all(readers)
    const whole = await read(scim)
    expect(whole.length).toBeGreaterThan(200)
    expect(left).toEqual(whole)
    expect(right).toEqual(whole)
    expect(whole.map(({ seq }) => seq)).toEqual(whole.map((_, index) => index + 1))
  })
})
