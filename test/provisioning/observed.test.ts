/** Extensions that no schema describes: what they can do, and what is announced of them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callCounted } from '../support/counted-call'
import { discover, undescribed } from '../support/described'
import { admin, eventsOf, homeDatabase, tenant } from '../support/gateway'
import { groupUrn, patch, person, type ScimClient } from '../support/tenant'

const urn = 'urn:example:params:2.0:User'
const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

async function newUser(scim: ScimClient, more = {}): Promise<any> {
  const made = await scim.call('POST', '/Users', person(more))
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body
}

async function changed(scim: ScimClient, address: string, ...operations: unknown[]): Promise<any> {
  const answer = await scim.call('PATCH', address, patch(...operations))
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

/** The attributes that are announced under a URN, as `name type`, with brackets for a list. */
async function announced(scim: ScimClient, id = urn): Promise<string[] | number> {
  const { status, body } = await scim.call('GET', `/Schemas/${id}`)
  const show = ({ name, type, multiValued, subAttributes = [] }: any): string[] => [
    `${name} ${type}${multiValued ? '[]' : ''}`,
    ...subAttributes.flatMap((part: any) => show(part).map((text) => `${name}.${text}`)),
  ]
  return status === 200 ? body.attributes.flatMap(show) : status
}

async function extensionsOf(scim: ScimClient, type: string): Promise<string[]> {
  const { body } = await scim.call('GET', `/ResourceTypes/${type}`)
  return body.schemaExtensions.map(({ schema }: any) => schema)
}

describe('an extension that nobody has declared', () => {
  it.each(['auto', 'onelogin', 'okta', 'entra', 'aws'])(
    'has lists that are joined and left, in the profile %s',
    async (profile) => {
      const scim = await tenant({ profile })
      const { id } = await newUser(scim, { [urn]: { otherMails: ['d1', 'd2', 'd3'] } })
      const user = `/Users/${id}`
      const mails = async (...operations: unknown[]) =>
        (await changed(scim, user, ...operations))[urn]?.otherMails
      const path = `${urn}:otherMails`
      expect(await mails({ op: 'add', path, value: ['d4'] })).toEqual(['d1', 'd2', 'd3', 'd4'])
      expect(await mails({ op: 'remove', path, value: ['d1', 'd4'] })).toEqual(['d2', 'd3'])
      expect(await mails({ op: 'add', value: { [urn]: { otherMails: ['d3', 'd5'] } } })).toEqual([
        'd2',
        'd3',
        'd5',
      ])
      expect(await mails({ op: 'add', path: urn, value: { otherMails: ['d6'] } })).toEqual([
        'd2',
        'd3',
        'd5',
        'd6',
      ])
      expect(await mails({ op: 'remove', path })).toBeUndefined()
    },
  )

  it('is filtered, sorted and projected like a declared one', async () => {
    const scim = await tenant()
    const ann = await newUser(scim, { [urn]: { floor: 3, phones: [{ value: '1', kind: 'work' }] } })
    const ben = await newUser(scim, { [urn]: { floor: 1, phones: [{ value: '2', kind: 'home' }] } })
    const found = async (query: string) => {
      const { status, body, code } = await scim.call('GET', `/Users?${query}`)
      return status === 200 ? body.Resources.map(({ id }: any) => id) : code
    }
    const filter = (text: string) => found(`filter=${encodeURIComponent(text)}`)
    expect(await filter(`${urn}:floor gt 2`)).toEqual([ann.id])
    expect(await filter(`${urn}:phones[value eq "2" and kind eq "home"]`)).toEqual([ben.id])
    expect(await filter(`${urn}:phones.kind eq "work"`)).toEqual([ann.id])
    expect(await filter(`${urn}:unseen eq "x"`)).toBe('invalidFilter')
    expect(await found(`sortBy=${urn}:floor`)).toEqual([ben.id, ann.id])
    const part = await scim.call('GET', `/Users/${ann.id}?attributes=${urn}:floor`)
    expect(part.body[urn]).toEqual({ floor: 3 })
    const rest = await scim.call('GET', `/Users/${ann.id}?excludedAttributes=${urn}:floor`)
    expect(rest.body[urn]).toEqual({ phones: [{ value: '1', kind: 'work' }] })
    const path = `${urn}:phones[kind eq "work"].value`
    const after = await changed(scim, `/Users/${ann.id}`, { op: 'replace', path, value: '9' })
    expect(after[urn].phones).toEqual([{ value: '9', kind: 'work' }])
  })

  it('is announced as it was seen, with the request that shows it', async () => {
    const scim = await tenant()
    expect(await announced(scim)).toBe(404)
    const { id } = await newUser(scim, {
      [urn]: { badge: 'B-1', floor: 3, isNew: true, level: { name: 'x', tags: ['a'] } },
    })
    const first = ['badge string', 'floor integer', 'isNew boolean', 'level complex']
    const level = ['level.name string', 'level.tags string[]']
    expect(await announced(scim)).toEqual([...first, ...level])
    expect(await extensionsOf(scim, 'User')).toContain(urn)
    expect(await extensionsOf(scim, 'Group')).not.toContain(urn)
    const { body } = await scim.call('GET', `/Schemas/${urn}`)
    expect(body.description).toMatch(/^Observed/)
    await changed(scim, `/Users/${id}`, { op: 'replace', path: `${urn}:floor`, value: 3.5 })
    await changed(scim, `/Users/${id}`, { op: 'add', path: `${urn}:level.rank`, value: 1 })
    expect(await announced(scim)).toEqual([
      'badge string',
      'floor decimal',
      'isNew boolean',
      'level complex',
      ...level,
      'level.rank integer',
    ])
    const team = await scim.call('POST', '/Groups', {
      schemas: [groupUrn],
      displayName: 'T',
      [urn]: { color: 'red' },
    })
    expect([team.status, team.body[urn]]).toEqual([201, { color: 'red' }])
    expect(await announced(scim)).toContain('color string')
    expect(await extensionsOf(scim, 'Group')).toContain(urn)
    const address = `/Groups/${team.body.id}`
    const more = await changed(scim, address, { op: 'add', path: `${urn}:tags`, value: ['a'] })
    const joined = await changed(scim, address, { op: 'add', path: `${urn}:tags`, value: ['b'] })
    expect([more[urn].tags, joined[urn].tags]).toEqual([['a'], ['a', 'b']])
    expect(await announced(scim)).toContain('tags string[]')
  })

  it('announces nothing of a request that was refused', async () => {
    const scim = await tenant()
    const ann = await newUser(scim)
    const taken = person({ userName: ann.userName, [urn]: { badge: 'B-1' } })
    expect((await scim.call('POST', '/Users', taken)).status).toBe(409)
    const wrong = person({ displayName: 5.5, [urn]: { badge: 'B-1' } })
    expect((await scim.call('POST', '/Users', wrong)).status).toBe(400)
    expect(await announced(scim)).toBe(404)
  })

  it('has one type for everybody', async () => {
    const scim = await tenant()
    await newUser(scim, { [urn]: { level: 3, tags: ['a'] } })
    for (const value of [{ level: 'high' }, { level: [1, 2] }, { tags: [{ a: 1 }] }]) {
      const refused = await scim.call('POST', '/Users', person({ [urn]: value }))
      expect([refused.status, refused.code]).toEqual([400, 'seenOtherwise'])
      expect(refused.body.detail).toContain('declare the schema')
    }
    expect((await newUser(scim, { [urn]: { level: '4', tags: 'b' } }))[urn]).toEqual({
      level: 4,
      tags: ['b'],
    })
  })

  it('has one type within a Bulk', async () => {
    const scim = await tenant()
    const data = (level: unknown) => person({ [urn]: { level } })
    const { body } = await scim.call('POST', '/Bulk', {
      schemas: [bulkUrn],
      Operations: [3, 'high', 4].map((level, index) => ({
        method: 'POST',
        path: '/Users',
        bulkId: String(index),
        data: data(level),
      })),
    })
    expect(body.Operations.map(({ status }: any) => status)).toEqual(['201', '400', '201'])
    expect(body.Operations[1].response.detail).toContain('declare the schema')
    expect(await announced(scim)).toEqual(['level integer'])
    const ids = (await scim.call('GET', '/Users')).body.Resources.map(({ id }: any) => id)
    const both = await scim.call('POST', '/Bulk', {
      schemas: [bulkUrn],
      Operations: ['x', 7].map((value, index) => ({
        method: 'PATCH',
        path: `/Users/${ids[index]}`,
        data: patch({ op: 'add', path: `${urn}:rank`, value }),
      })),
    })
    expect(both.body.Operations.map(({ status }: any) => status)).toEqual(['200', '400'])
    expect(await announced(scim)).toEqual(['level integer', 'rank string'])
  })

  it('is kept to a hundred attributes of a tenant, and the rest is passed over by name', async () => {
    const scim = await tenant()
    const many = (count: number, letter: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${letter}${index}`, 'x']))
    await newUser(scim, { [urn]: many(70, 'a') })
    const made = await scim.call('POST', '/Users', person({ 'urn:example:b': many(60, 'b') }))
    expect(made.status).toBe(201)
    expect(Object.keys(made.body['urn:example:b'])).toHaveLength(30)
    expect(made.headers.get('X-Passed-Over')).toBe('unknownName=30')
    const [, event] = await eventsOf(scim)
    expect(event?.cause.passedOver[0].why).toContain('100 attributes')
    const address = `/Users/${made.body.id}`
    const operation = { op: 'add', path: 'urn:example:c:c', value: 'x' }
    const refused = await scim.call('PATCH', address, patch(operation))
    expect([refused.status, refused.code]).toEqual([400, 'undescribable'])
    expect(refused.body.detail).toContain('100 attributes')
    expect(await announced(scim, 'urn:example:b')).toHaveLength(30)
    expect(await announced(scim, 'urn:example:c')).toBe(404)
    const discovery = await discover(scim)
    for (const user of (await scim.call('GET', '/Users')).body.Resources) {
      expect(undescribed(discovery, user)).toEqual([])
    }
  })

  it('is refused by the profile rfc, which shows what there is', async () => {
    const scim = await tenant()
    const { id } = await newUser(scim, { [urn]: { tags: ['a'] } })
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'rfc' })
    const address = `/Users/${id}`
    const value = { [urn]: { tags: ['b'] } }
    for (const [method, at, body] of [
      ['POST', '/Users', person(value)],
      ['POST', '/Users', person({ 'urn:example:new': { a: 1 } })],
      ['PUT', address, person(value)],
      ['PATCH', address, patch({ op: 'add', path: `${urn}:tags`, value: ['b'] })],
      ['PATCH', address, patch({ op: 'add', value })],
      ['POST', '/Groups', { schemas: [groupUrn], displayName: 'T', ...value }],
    ] as const) {
      const refused = await scim.call(method, at, body)
      expect([refused.status, refused.code]).toEqual([400, 'notTolerated'])
      expect(refused.body.detail).toContain('an extension that no schema describes')
    }
    expect((await scim.call('GET', address)).body[urn]).toEqual({ tags: ['a'] })
    expect(await announced(scim)).toEqual(['tags string[]'])
    const removed = await changed(scim, address, { op: 'remove', path: urn })
    expect(removed).not.toHaveProperty([urn])
  })

  it('goes on as it was when it is declared, and when it no longer is', async () => {
    const scim = await tenant()
    const { id } = await newUser(scim, { [urn]: { tags: ['a'], floor: 3 } })
    const schema = {
      resourceType: 'User',
      id: urn,
      name: 'Own',
      attributes: [
        { name: 'tags', multiValued: true },
        { name: 'floor', type: 'integer' },
      ],
    }
    const settings = (extensions: unknown[]) =>
      admin.call('PATCH', `/tenants/${scim.slug}`, { extensions })
    expect((await settings([schema])).status).toBe(200)
    const operation = { op: 'add', path: `${urn}:tags`, value: ['b'] }
    expect((await changed(scim, `/Users/${id}`, operation))[urn].tags).toEqual(['a', 'b'])
    const shown = (await scim.call('GET', '/Schemas')).body.Resources.filter(
      (one: any) => one.id === urn,
    )
    expect(shown).toMatchObject([{ name: 'Own' }])
    expect((await settings([])).status).toBe(200)
    expect((await scim.call('GET', `/Users/${id}`)).body[urn]).toEqual({
      tags: ['a', 'b'],
      floor: 3,
    })
    expect(await announced(scim)).toEqual(['tags string[]', 'floor integer'])
  })
})

describe('an observation', () => {
  it('takes no round trip of its own, nor does what was observed', async () => {
    const scim = await tenant()
    const run = async (method: string, address: string, body?: unknown) => {
      const { before, body: answered } = await callCounted(scim, method, address, body)
      return { trips: before.d1, body: answered }
    }
    await run('GET', '/Users')
    const made = await run('POST', '/Users', person({ [urn]: { tags: ['a'] } }))
    expect(made.trips).toBe(1)
    const address = `/Users/${made.body.id}`
    expect((await run('GET', address)).trips).toBe(1)
    expect((await run('GET', '/Users')).trips).toBe(1)
    const add = (name: string) => patch({ op: 'add', path: `${urn}:${name}`, value: ['b'] })
    const joined = await run('PATCH', address, add('tags'))
    expect([joined.trips, joined.body[urn]]).toEqual([1, { tags: ['a', 'b'] }])
    const more = await run('PATCH', address, add('more'))
    expect([more.trips, more.body[urn]]).toEqual([1, { tags: ['a', 'b'], more: ['b'] }])
    expect((await run('GET', '/Schemas')).trips).toBe(1)
    expect((await run('POST', '/Users', person({ [urn]: { tags: ['a'] } }))).trips).toBe(1)
  })

  it('loses nothing to another that is made at the same time', async () => {
    const scim = await tenant()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const made = await Promise.all(
      names.map((name) => scim.call('POST', '/Users', person({ [urn]: { [name]: 'x' } }))),
    )
    expect(made.map(({ status }) => status)).toEqual(names.map(() => 201))
    const seen = await announced(scim)
    expect(seen).toHaveLength(names.length)
    expect(seen).toEqual(expect.arrayContaining(names.map((name) => `${name} string`)))
  })

  it('is made of what an older release has stored, when it is first shown', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const other = await newUser(scim)
    const store = async (id: string, held: object) => {
      const row = await homeDatabase
        .prepare('select attributes from users where id = ?')
        .bind(id)
        .first<string>('attributes')
      const attributes = JSON.stringify({ ...JSON.parse(row ?? '{}'), ...held })
      await homeDatabase
        .prepare('update users set attributes = ?, updated_at = updated_at + 1 where id = ?')
        .bind(attributes, id)
        .run()
    }
    await store(user.id, {
      [urn]: { tags: ['a', 'b'], deep: { a: { b: 1 } }, mixed: [1, 'x'] },
      [`${urn}:tag`]: 'x',
    })
    await store(other.id, { [urn]: { tags: [7] } })
    const address = `/Users/${user.id}`
    // Before anybody has seen it.
    const path = `${urn}:tags`
    const after = await changed(scim, address, { op: 'add', path, value: ['c'] })
    expect(after[urn]).toEqual({ tags: ['a', 'b', 'c'] })
    expect((await scim.call('GET', address)).body[urn]).toEqual({ tags: ['a', 'b', 'c'] })
    const list = (await scim.call('GET', '/Users')).body.Resources
    const discovery = await discover(scim)
    expect(list.flatMap((one: any) => undescribed(discovery, one))).toEqual([])
    await store(other.id, { 'urn:example:late': { a: 'x' } })
    expect((await scim.call('GET', `/Users/${other.id}`)).body['urn:example:late']).toEqual({
      a: 'x',
    })
    await expect.poll(() => announced(scim, 'urn:example:late')).toEqual(['a string'])
    const gone = await changed(scim, address, { op: 'remove', path: urn })
    expect(gone.schemas).not.toContain(urn)
  })
})

describe('any answer', () => {
  it('names nothing that discovery does not describe', async () => {
    const scim = await tenant()
    const name = fc.constantFrom(
      'a',
      'b',
      'B',
      'c',
      'value',
      'type',
      '$ref',
      'a b',
      'toString',
      '1',
    )
    const plain = fc.constantFrom<unknown>('x', '', 'Y', 1, 1.5, true, null)
    const part = fc.dictionary(name, fc.oneof(plain, fc.array(plain, { maxLength: 2 })), {
      maxKeys: 3,
    })
    const value = fc.oneof(
      { weight: 4, arbitrary: plain },
      { weight: 3, arbitrary: fc.array(plain, { maxLength: 3 }) },
      { weight: 3, arbitrary: part },
      { weight: 2, arbitrary: fc.array(part, { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    )
    const id = fc.constantFrom(urn, urn.toUpperCase(), 'urn:example:other', 'urn:example:x/y')
    const extension = fc.dictionary(name, value, { maxKeys: 3 })
    const body = fc.oneof(
      fc.dictionary(id, fc.oneof({ weight: 5, arbitrary: extension }, value), { maxKeys: 2 }),
      fc.dictionary(
        fc.tuple(id, name).map(([prefix, member]) => `${prefix}:${member}`),
        value,
        { maxKeys: 2 },
      ),
    )
    const operation = fc.oneof(
      fc.record({ op: fc.constantFrom('add', 'replace'), value: body }),
      fc.record({
        op: fc.constantFrom('add', 'replace', 'remove'),
        path: fc.tuple(id, name).map(([prefix, member]) => `${prefix}:${member}`),
        value,
      }),
    )
    const made = await newUser(scim)
    const team = (await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'T' }))
      .body
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          body.map((more) => ['POST', '/Users', person(more)] as const),
          body.map((more) => ['PUT', `/Users/${made.id}`, person(more)] as const),
          fc
            .tuple(fc.boolean(), fc.array(operation, { minLength: 1, maxLength: 3 }))
            .map(
              ([isUser, list]) =>
                [
                  'PATCH',
                  isUser ? `/Users/${made.id}` : `/Groups/${team.id}`,
                  patch(...list),
                ] as const,
            ),
        ),
        async ([method, address, sent]) => {
          const answer = await scim.call(method, address, sent)
          expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
          if (answer.status >= 300 || answer.status === 204) return
          expect(undescribed(await discover(scim), answer.body)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
    const discovery = await discover(scim)
    const lists = [await scim.call('GET', '/Users'), await scim.call('GET', '/Groups')]
    const shown = lists.flatMap(({ body }) => body.Resources)
    expect(shown.length).toBeGreaterThan(50)
    expect(shown.flatMap((one: any) => undescribed(discovery, one))).toEqual([])
    expect(shown.some((one: any) => one.schemas.length > 1)).toBe(true)
  })
})
