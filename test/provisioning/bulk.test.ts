import { describe, expect, it } from 'vitest'
import { callCounted } from '../support/counted-call'
import { onFreePlan, takeViolations } from '../support/documented-limits'
import { admin, eventsOf, homeDatabase, tenant } from '../support/gateway'
import { enterpriseUrn, patch, person, type ScimClient } from '../support/tenant'
import { versionOf } from '../support/tag'
import { codeOf } from '../support/error-code'

const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

async function bulk(
  scim: ScimClient,
  operations: readonly unknown[],
  more: object = {},
): Promise<any[]> {
  const answer = await scim.call('POST', '/Bulk', {
    schemas: [bulkUrn],
    Operations: operations,
    ...more,
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse'])
  return answer.body.Operations
}

const create = (bulkId: string, data: unknown) => ({ method: 'POST', path: '/Users', bulkId, data })

describe('POST /Bulk', () => {
  it('carries out every method on users and teams, and answers in the order of the request', async () => {
    const scim = await tenant()
    const old = (await scim.call('POST', '/Users', person())).body
    const gone = (await scim.call('POST', '/Users', person())).body
    const team = (await scim.call('POST', '/Groups', { displayName: 'Old' })).body
    const done = await bulk(scim, [
      create('ann', person()),
      { method: 'PUT', path: `/Users/${old.id}`, data: { ...old, title: 'Boss' } },
      { method: 'DELETE', path: `/Users/${gone.id}` },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'new',
        data: { displayName: 'New', members: [{ value: 'bulkId:ann' }, { value: old.id }] },
      },
      {
        method: 'patch',
        path: `/Groups/${team.id}`,
        data: patch({ op: 'add', path: 'members', value: [{ value: 'bulkId:ann' }] }),
      },
      {
        method: 'PATCH',
        path: '/Users/bulkId:ann',
        data: patch({ op: 'replace', path: 'title', value: 'New' }),
      },
    ])
    expect(done.map(({ method, bulkId, status }) => [method, bulkId, status])).toEqual([
      ['POST', 'ann', '201'],
      ['PUT', undefined, '200'],
      ['DELETE', undefined, '204'],
      ['POST', 'new', '201'],
      ['patch', undefined, '200'],
      ['PATCH', undefined, '200'],
    ])
    const [ann, , , created] = done
    const user = (await scim.call('GET', ann.location.slice(scim.baseUrl.length))).body
    expect(user).toMatchObject({
      title: 'New',
      groups: expect.arrayContaining([
        expect.objectContaining({ display: 'New' }),
        expect.objectContaining({ display: 'Old' }),
      ]),
    })
    const shown = (await scim.call('GET', created.location.slice(scim.baseUrl.length))).body
    expect(shown.members).toContainEqual(expect.objectContaining({ value: user.id }))
    // The answer of a Bulk does not show the members, and its tag does not cover their names.
    expect(versionOf(shown.meta.version)).toBe(versionOf(created.version))
    expect((await scim.call('GET', `/Users/${gone.id}`)).status).toBe(404)
    const seqs = (await eventsOf(scim)).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
  })

  it('resolves references forward and in circles', async () => {
    const scim = await tenant()
    const boss = { [enterpriseUrn]: { manager: { value: 'bulkId:b' } } }
    const done = await bulk(scim, [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'team',
        data: { displayName: 'Team', members: [{ value: 'bulkId:a' }, { value: 'bulkId:b' }] },
      },
      create('a', person(boss)),
      create('b', person({ [enterpriseUrn]: { manager: { value: 'bulkId:a' } } })),
    ])
    expect(done.map(({ status }) => status)).toEqual(['201', '201', '201'])
    const [team, a, b] = await Promise.all(
      done.map(
        async ({ location }) => (await scim.call('GET', location.slice(scim.baseUrl.length))).body,
      ),
    )
    expect(team.members.map(({ value }: any) => value).sort()).toEqual([a.id, b.id].sort())
    expect([a[enterpriseUrn].manager.value, b[enterpriseUrn].manager.value]).toEqual([b.id, a.id])
  })

  it('says what a circle leaves behind when a part of it fails', async () => {
    const scim = await tenant()
    const taken = (await scim.call('POST', '/Users', person())).body
    const boss = (bulkId: string) => ({
      [enterpriseUrn]: { manager: { value: `bulkId:${bulkId}` } },
    })
    const answer = await scim.call('POST', '/Bulk', {
      schemas: [bulkUrn],
      Operations: [
        create('a', person(boss('b'))),
        create('b', person({ ...boss('a'), userName: taken.userName })),
      ],
    })
    expect(answer.body.Operations.map(({ status }: any) => status)).toEqual(['201', '409'])
    expect(answer.headers.get('X-Passed-Over')).toBe('brokenReference=1')
    const log = await admin.call('GET', `/tenants/${scim.slug}/activity?outcome=passedOver`)
    const [line] = log.body.activity
    const of = answer.body.Operations[0].location.split('/').at(-1)
    expect(line.passedOver).toMatchObject([{ name: 'brokenReference', what: 'bulkId:b', of }])
  })

  it('makes nobody before the person referred to, whatever names they share', async () => {
    const scim = await tenant()
    const taken = (await scim.call('POST', '/Users', person())).body
    const boss = (bulkId: string) => ({
      [enterpriseUrn]: { manager: { value: `bulkId:${bulkId}` } },
    })
    const done = await bulk(scim, [
      create('ann', person(boss('boss'))),
      create('other', person({ ...boss('ann'), userName: taken.userName })),
      create('boss', person({ userName: taken.userName })),
    ])
    expect(done.map(({ status }) => status)).toEqual(['409', '409', '409'])
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
  })

  it('reports each failure with its error, and does the rest', async () => {
    const scim = await tenant()
    const taken = (await scim.call('POST', '/Users', person())).body
    const done = await bulk(scim, [
      create('1', { ...taken, id: undefined }),
      create('2', person({ displayName: '<script>' })),
      create('3', person()),
      create('4', person({ userName: 'twice' })),
      create('5', person({ userName: 'TWICE' })),
      {
        method: 'PATCH',
        path: '/Users/nobody',
        data: patch({ op: 'replace', path: 'title', value: 'x' }),
      },
      { method: 'PATCH', path: `/Users/${taken.id}`, data: patch({ op: 'jump', path: 'title' }) },
      { method: 'PUT', path: `/Users/${taken.id}`, version: 'W/"9"', data: taken },
      { method: 'DELETE', path: '/Users/nobody' },
      { method: 'DELETE', path: '/Groups/nobody' },
      { method: 'GET', path: '/Users' },
      { method: 'POST', path: '/Users', data: person() },
      { method: 'POST', path: '/Nothing', bulkId: 'x', data: {} },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'y',
        data: { displayName: 'Y', members: [{ value: 'bulkId:nobody' }] },
      },
      'nonsense',
    ])
    expect(done.map(({ status, response }) => [status, codeOf(response)])).toEqual([
      ['409', 'userNameTaken'],
      ['400', 'nameCharacters'],
      ['201', undefined],
      ['201', undefined],
      ['409', 'userNameTaken'],
      ['404', 'resourceNotFound'],
      ['400', 'unknownOperation'],
      ['412', 'versionMismatch'],
      ['404', 'resourceNotFound'],
      ['404', 'resourceNotFound'],
      ['400', 'invalidBulk'],
      ['400', 'invalidBulk'],
      ['400', 'invalidBulk'],
      ['400', 'unresolvedBulkId'],
      ['400', 'invalidBulk'],
    ])
    expect(done[0]).not.toHaveProperty('location')
    expect(done[7].location).toBe(taken.meta.location)
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(3)
  })

  it('refuses the second of two operations with one bulkId', async () => {
    const scim = await tenant()
    const done = await bulk(scim, [create('a', person()), create('a', person())])
    expect(done.map(({ status, response }) => [status, codeOf(response)])).toEqual([
      ['201', undefined],
      ['400', 'invalidBulk'],
    ])
  })

  it('stops at as many errors as failOnErrors allows', async () => {
    const scim = await tenant()
    const bad = () => person({ displayName: 'a;b' })
    const operations = [
      create('1', person()),
      create('2', bad()),
      create('3', person()),
      create('4', bad()),
      create('5', person()),
    ]
    const one = await bulk(scim, operations, { failOnErrors: 1 })
    expect(one.map(({ status }) => status)).toEqual(['201', '400'])
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
    const again = operations.map(({ data, ...rest }) => ({
      ...rest,
      data: { ...(data as object), userName: crypto.randomUUID(), emails: [] },
    }))
    const two = await bulk(scim, again, { failOnErrors: 2 })
    expect(two.map(({ status }) => status)).toEqual(['201', '400', '201', '400'])
    const taken = await bulk(scim, [...again.slice(0, 1), create('9', person())], {
      failOnErrors: 1,
    })
    expect(taken.map(({ status }) => status)).toEqual(['409'])
  })

  it('creates 1,000 users with few calls of D1, and changes and deletes them with few', async () => {
    const scim = await tenant({ guard: { deactivations: 1 } })
    await scim.call('GET', '/Users')
    const run = async (operations: readonly unknown[]) => {
      const body = { Operations: operations }
      const { whole, body: answered } = await callCounted(scim, 'POST', '/Bulk', body)
      return { done: answered.Operations as any[], calls: whole.d1 }
    }
    const made = await run(
      Array.from({ length: 1000 }, (_, index) => create(`u${index}`, person())),
    )
    expect(made.done.every(({ status }) => status === '201')).toBe(true)
    expect(made.calls).toBeLessThanOrEqual(4)
    expect((await scim.call('GET', '/Users?count=0')).body.totalResults).toBe(1000)
    expect(await eventsOf(scim)).toHaveLength(1000)
    const paths = made.done.map(({ location }) => location.slice(scim.baseUrl.length))
    const changed = await run(
      paths.map((path) => ({
        method: 'PATCH',
        path,
        data: patch({ op: 'replace', value: { active: false } }),
      })),
    )
    expect(
      changed.done.every(({ status, version }) => status === '200' && version === 'W/"2"'),
    ).toBe(true)
    expect(changed.calls).toBeLessThanOrEqual(4)
    const deleted = await run(paths.map((path) => ({ method: 'DELETE', path })))
    expect(deleted.done.every(({ status }) => status === '204')).toBe(true)
    expect(deleted.calls).toBeLessThanOrEqual(2)
    expect((await scim.call('GET', '/Users?count=0')).body.totalResults).toBe(0)
  })

  it('refuses more operations or bytes than it announces, and what is no bulk request', async () => {
    const scim = await tenant()
    const { bulk: limits } = (await scim.call('GET', '/ServiceProviderConfig')).body
    expect(limits).toEqual({ supported: true, maxOperations: 1000, maxPayloadSize: 1048576 })
    const many = await scim.call('POST', '/Bulk', {
      Operations: Array.from({ length: 1001 }, () => ({ method: 'DELETE', path: '/Users/x' })),
    })
    expect([many.status, many.code]).toEqual([413, 'tooManyOperations'])
    const large = await scim.call('POST', '/Bulk', {
      Operations: [create('a', person({ title: 'x'.repeat(1048576) }))],
    })
    expect([large.status, large.code]).toEqual([413, 'bodyTooLarge'])
    for (const body of [{}, { Operations: 'x' }, { Operations: [], failOnErrors: 'x' }]) {
      expect((await scim.call('POST', '/Bulk', body)).code).toBe('invalidBulk')
    }
    expect(await bulk(scim, [])).toEqual([])
  })

  it('is refused to a revoked token, whatever it holds', async () => {
    const scim = await tenant()
    await scim.call('GET', '/Users')
    await homeDatabase
      .prepare('update tokens set revoked_at = 1 where id = ?')
      .bind(scim.tokenId)
      .run()
    expect((await scim.call('POST', '/Bulk', { Operations: [create('a', person())] })).status).toBe(
      401,
    )
    expect((await scim.call('POST', '/Bulk', { Operations: ['nonsense'] })).status).toBe(401)
  })
})

describe('references in POST /Bulk', () => {
  const statusesOf = (done: readonly any[]) =>
    done.map(({ status, response }) => (response ? `${status} ${codeOf(response)}` : status))
  const show = async (scim: ScimClient, { location }: { readonly location: string }) =>
    (await scim.call('GET', location.slice(scim.baseUrl.length))).body
  const membersOf = async (scim: ScimClient, made: { readonly location: string }) =>
    (await show(scim, made)).members.map(({ value }: any) => value).sort()

  it.each([
    'Group:R&D/Core',
    'C# Devs',
    'a"b\\c',
    'two words?',
    '100%',
    '%2F',
    'bulkId:bulkId:',
    'ünï/',
    ' ',
    '__proto__',
  ])('may hold any character: %s', async (bulkId) => {
    const scim = await tenant()
    const encoded = encodeURIComponent(bulkId)
    const done = await bulk(scim, [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: `team ${bulkId}`,
        data: { displayName: 'Team', members: [{ value: `bulkId:${bulkId}` }] },
      },
      create(bulkId, person()),
      create('other', person({ [enterpriseUrn]: { manager: { value: `bulkId:${bulkId}` } } })),
      {
        method: 'PATCH',
        path: `/Users/bulkId:${bulkId}`,
        data: patch({ op: 'replace', path: 'title', value: 'Plain' }),
      },
      {
        method: 'PATCH',
        path: `/Users/bulkId:${encoded}`,
        data: patch({ op: 'replace', path: 'nickName', value: 'Encoded' }),
      },
    ])
    expect(statusesOf(done)).toEqual(['201', '201', '201', '200', '200'])
    const [team, made, other] = done
    const ann = await show(scim, made)
    expect(ann).toMatchObject({ title: 'Plain', nickName: 'Encoded' })
    expect(await membersOf(scim, team)).toEqual([ann.id])
    expect((await show(scim, other))[enterpriseUrn].manager.value).toBe(ann.id)
  })

  it('stand in the filters of paths, too', async () => {
    const scim = await tenant()
    const done = await bulk(scim, [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'team',
        data: { displayName: 'Team', members: [{ value: 'bulkId:a"b' }, { value: 'bulkId:c' }] },
      },
      create('a"b', person()),
      create('c', person()),
      {
        method: 'PATCH',
        path: '/Groups/bulkId:team',
        data: patch({ op: 'remove', path: 'members[value eq "bulkId:a\\"b"]' }),
      },
      {
        method: 'PATCH',
        path: '/Groups/bulkId:team',
        data: patch({ op: 'remove', path: 'members[value eq "bulkId:nobody"]' }),
      },
    ])
    expect(statusesOf(done)).toEqual(['201', '201', '201', '200', '400 unresolvedBulkId'])
    const [team, , c] = done
    expect(await membersOf(scim, team)).toEqual([(await show(scim, c)).id])
  })

  it('to what could not be created fail their operation, and what refers to that in turn', async () => {
    const scim = await tenant()
    const team = (await scim.call('POST', '/Groups', { displayName: 'Old' })).body
    const add = (value: string) => patch({ op: 'add', path: 'members', value: [{ value }] })
    const done = await bulk(scim, [
      create('good', person()),
      create('bad', person({ displayName: 'a;b' })),
      create('under bad', person({ [enterpriseUrn]: { manager: { value: 'bulkId:bad' } } })),
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'new',
        data: { displayName: 'New', members: [{ value: 'bulkId:good' }, { value: 'bulkId:bad' }] },
      },
      { method: 'PATCH', path: '/Groups/bulkId:new', data: add('bulkId:good') },
      { method: 'PATCH', path: `/Groups/${team.id}`, data: add('bulkId:under bad') },
      { method: 'PUT', path: '/Users/bulkId:bad', data: person() },
      { method: 'PATCH', path: `/Groups/${team.id}`, data: add('bulkId:good') },
    ])
    expect(statusesOf(done)).toEqual([
      '201',
      '400 nameCharacters',
      '409 failedReference',
      '409 failedReference',
      '409 failedReference',
      '409 failedReference',
      '409 failedReference',
      '200',
    ])
    expect(done[3].response.detail).toContain('"bad"')
    const [good] = done
    expect(await membersOf(scim, { location: team.meta.location })).toEqual([
      (await show(scim, good)).id,
    ])
    expect((await scim.call('GET', '/Groups')).body.totalResults).toBe(1)
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
  })

  it('fail with a taken name as they do with a bad one, also among people made together', async () => {
    const scim = await tenant()
    const taken = (await scim.call('POST', '/Users', person())).body
    const done = await bulk(scim, [
      create('twin', person({ userName: taken.userName })),
      create('other', person()),
      create('below', person({ [enterpriseUrn]: { manager: { value: 'bulkId:twin' } } })),
    ])
    expect(statusesOf(done)).toEqual(['409 userNameTaken', '201', '409 failedReference'])
  })

  it('count as errors for failOnErrors', async () => {
    const scim = await tenant()
    const operations = [
      create('bad', person({ displayName: 'a;b' })),
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'g',
        data: { displayName: 'G', members: [{ value: 'bulkId:bad' }] },
      },
      create('last', person()),
    ]
    const done = await bulk(scim, operations, { failOnErrors: 2 })
    expect(statusesOf(done)).toEqual(['400 nameCharacters', '409 failedReference'])
  })

  it.each(['before', 'behind'] as const)(
    'do not bring a name forward: DELETE old, POST new with its name, a team %s them',
    async (place) => {
      const scim = await tenant()
      const old = (await scim.call('POST', '/Users', person())).body
      const team = {
        method: 'POST',
        path: '/Groups',
        bulkId: 'team',
        data: { displayName: 'Team', members: [{ value: 'bulkId:new' }] },
      }
      const swap = [
        { method: 'DELETE', path: `/Users/${old.id}` },
        create('new', person({ userName: old.userName, emails: old.emails })),
      ]
      const done = await bulk(scim, place === 'before' ? [team, ...swap] : [...swap, team])
      const expected = place === 'before' ? ['201', '204', '201'] : ['204', '201', '201']
      expect(statusesOf(done)).toEqual(expected)
    },
  )

  it('let the first of two with one name win, although it has to wait', async () => {
    const scim = await tenant()
    const userName = 'Same'
    const done = await bulk(scim, [
      create('a', person({ userName, [enterpriseUrn]: { manager: { value: 'bulkId:boss' } } })),
      create('b', person({ userName: 'SAME' })),
      create('boss', person()),
    ])
    expect(statusesOf(done)).toEqual(['201', '409 userNameTaken', '201'])
  })
})

describe('an operation of a Bulk that cannot be taken whole', () => {
  const large = '9007199254740993'

  it('is refused alone for a number that cannot be kept', async () => {
    const scim = await tenant()
    const text = JSON.stringify({
      schemas: [bulkUrn],
      Operations: [
        create('a', person()),
        create('b', person({ externalId: '#' })),
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'c',
          data: { displayName: 'T', externalId: '#' },
        },
        create('d', person()),
      ],
    })
    const { status, body } = await scim.call('POST', '/Bulk', text.replaceAll('"#"', large))
    expect(status).toBe(200)
    expect(body.Operations.map((one: any) => [one.status, one.response?.detail])).toEqual([
      ['201', undefined],
      ['400', expect.stringContaining('The number in its data')],
      ['400', expect.stringContaining('The number in its data')],
      ['201', undefined],
    ])
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(2)
    const outside = text.replace('{', `{"failOnErrors": ${large},`)
    const refused = await scim.call('POST', '/Bulk', outside)
    expect([refused.status, refused.code]).toEqual([400, 'inexactNumber'])
  })

  it.each([
    ['a number that cannot be kept', { op: 'add', path: 'externalId', value: '#' }],
    ['a reference to nothing', { op: 'add', path: `${enterpriseUrn}:manager`, value: 'bulkId:x' }],
    ['another one', { op: 'add', value: { [enterpriseUrn]: { manager: { value: 'bulkId:x' } } } }],
  ])('takes access away beside %s, which is passed over', async (_, beside) => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', person())).body
    const send = async (...operations: unknown[]) => {
      const request = {
        schemas: [bulkUrn],
        Operations: [{ method: 'PATCH', path: `/Users/${id}`, data: patch(...operations) }],
      }
      const sent = JSON.stringify(request).replace('"#"', large)
      return (await scim.call('POST', '/Bulk', sent)).body.Operations[0]
    }
    expect((await send(beside)).status).toMatch(/^4/)
    expect((await send({ op: 'replace', path: 'active', value: true }, beside)).status).toMatch(
      /^4/,
    )
    const alone = await send(beside)
    if (JSON.stringify(beside).includes('#')) expect(alone.response.detail).toContain(large)
    const off = await send({ op: 'replace', path: 'active', value: false }, beside)
    expect(off.status).toBe('200')
    const { body } = await scim.call('GET', `/Users/${id}`)
    expect(body.active).toBe(false)
    expect(JSON.stringify(body)).not.toMatch(/bulkId|externalId|manager/)
    const event = (await eventsOf(scim)).at(-1)
    expect(event?.cause.passedOver).toMatchObject([{ name: 'besideDeactivation' }])
  })
})

describe('what a Bulk binds', () => {
  const partsOf = (bytes: number) =>
    Array.from({ length: bytes / 500 }, (_, part) => String(part).padEnd(490, 'x'))

  it.each([
    [1_000, 2_500],
    [100, 50_000],
  ])('is split by its bytes: %i PATCHes of people of %i bytes', async (count, bytes) => {
    const scim = await tenant()
    const extension = 'urn:example:params:scim:schemas:extension:long:2.0:User'
    const people = Array.from({ length: count }, (_, index) =>
      create(`p${index}`, person({ [extension]: { parts: partsOf(bytes) } })),
    )
    const size = Math.floor(900_000 / (bytes + 500))
    const ids: string[] = []
    for (let start = 0; start < count; start += size) {
      const created = await bulk(scim, people.slice(start, start + size))
      for (const { location } of created) ids.push(location.split('/').at(-1))
    }
    const change = patch({ op: 'replace', path: 'nickName', value: 'Changed' })
    const changed = await bulk(
      scim,
      ids.map((id) => ({ method: 'PATCH', path: `/Users/${id}`, data: change })),
    )
    expect(new Set(changed.map(({ status }) => status))).toEqual(new Set(['200']))
    const found = await scim.call('GET', '/Users?filter=nickName+eq+"Changed"&count=0')
    expect(found.body.totalResults).toBe(count)
  })
})

describe('a Bulk on the free plan', () => {
  it('says of each operation whether it was carried out, when the calls of a request are used up', async () => {
    const scim = await tenant()
    const operations = Array.from({ length: 60 }, (_, index) => ({
      method: 'POST',
      path: '/Groups',
      bulkId: `t${index}`,
      data: { displayName: `Team ${index}` },
    }))
    const done = await onFreePlan(() => bulk(scim, operations))
    takeViolations()
    expect(done).toHaveLength(60)
    const refused = done.filter(({ status }) => status !== '201')
    expect(refused.length).toBeGreaterThan(5)
    for (const { status, response } of refused) {
      expect(status).toBe('503')
      expect(response.detail).toContain('this was not carried out')
    }
    const { totalResults } = (await scim.call('GET', '/Groups')).body
    expect(totalResults).toBe(60 - refused.length)
    const again = await bulk(scim, operations.slice(60 - refused.length))
    expect(again.every(({ status }) => status === '201')).toBe(true)
  })
})
