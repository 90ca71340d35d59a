/** Access is taken away whatever stands beside it in the request. */
import { describe, expect, it } from 'vitest'
import { admin, eventsOf, tenant } from '../support/gateway'
import { enterpriseUrn, groupUrn, patch, person, userUrn, type ScimClient } from '../support/tenant'

const core = 'urn:ietf:params:scim:schemas:core:2.0'

/** Forms in which a PATCH makes a person inactive; the first is Entra's. */
const deactivations = [
  { op: 'Replace', path: 'active', value: 'False' },
  { op: 'replace', path: 'active', value: false },
  { op: 'replace', value: { active: false } },
  { op: 'replace', path: `${core}:User.active`, value: false },
]

/** What cannot be taken: each is refused, or passed over, when it stands alone. */
const companions: readonly (readonly [string, unknown])[] = [
  ['a name with a sign', { op: 'replace', path: 'displayName', value: 'Ben | Oak' }],
  ['a part of a name with a sign', { op: 'replace', path: 'name.familyName', value: 'O|k' }],
  ['a whole name with a sign', { op: 'replace', path: 'name', value: { familyName: 'O@k' } }],
  ['a nickname with an emoji', { op: 'add', value: { nickName: 'Ben 😀' } }],
  [
    'an address in capitals',
    { op: 'replace', path: 'emails[type eq "work"].value', value: 'B@X.TEST' },
  ],
  ['addresses in capitals', { op: 'replace', path: 'emails', value: [{ value: 'B@X.TEST' }] }],
  ['JSON for an address', { op: 'replace', path: 'emails', value: [{ value: '{"a":1}' }] }],
  ['a userName in capitals', { op: 'replace', path: 'userName', value: 'Ben@Example.com' }],
  ['a userName that is taken', { op: 'replace', path: 'userName', value: 'taken' }],
  ['no userName', { op: 'remove', path: 'userName' }],
  ['an empty userName', { op: 'replace', value: { userName: '' } }],
  ['an unknown path with a URN', { op: 'add', path: `${core}:User:role`, value: 'admin' }],
  ['an unknown path', { op: 'replace', path: 'favoriteColor', value: 'red' }],
  ['a path below a URN cut short', { op: 'replace', path: `${core}:Users:title`, value: 'Boss' }],
  ['read-only teams', { op: 'replace', path: 'groups', value: [{ value: '1' }] }],
  ['a read-only id', { op: 'replace', path: 'id', value: 'other' }],
  ['a read-only time', { op: 'replace', path: 'meta.created', value: '2026-01-01T00:00:00Z' }],
  ['no certificate', { op: 'add', path: 'x509Certificates', value: [{ value: '#no base64#' }] }],
  [
    'a filter that finds nothing',
    { op: 'replace', path: 'phoneNumbers[type eq "fax"].display', value: 'x' },
  ],
  ['a mark for nobody', { op: 'replace', path: 'emails[type eq "home"].primary', value: true }],
  ['a fraction for text', { op: 'replace', path: 'title', value: 1.5 }],
  ['an object for text', { op: 'replace', path: 'title', value: { a: 1 } }],
  ['no value', { op: 'replace', path: 'title' }],
  ['an unknown operation', { op: 'modify', path: 'title', value: 'Boss' }],
  ['no operation', 'title'],
  ['unreadable text', { op: 'replace', path: 'title', value: 'a\u0000b' }],
  [
    'a list that is too long',
    {
      op: 'add',
      path: 'photos',
      value: Array.from({ length: 1_001 }, (_, index) => ({ value: `https://x.test/${index}` })),
    },
  ],
  [
    'two managers',
    { op: 'replace', path: `${enterpriseUrn}:manager`, value: [{ value: '1' }, { value: '2' }] },
  ],
  ['text for an extension', { op: 'replace', path: enterpriseUrn, value: 'text' }],
  [
    'a filter on a single value',
    { op: 'replace', path: 'name[type eq "x"]', value: { familyName: 'Oak' } },
  ],
  ['a removal of nothing', { op: 'remove' }],
]

async function newUser(scim: ScimClient, more = {}): Promise<any> {
  const made = await scim.call('POST', '/Users', person(more))
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body
}

function plain(user: any) {
  return { ...user, meta: undefined, groups: undefined }
}

describe('a PATCH that makes a person inactive', () => {
  it.each(companions)('does so beside %s, which it passes over and tells', async (_, companion) => {
    const scim = await tenant()
    await newUser(scim, { userName: 'taken' })
    for (const [index, deactivation] of deactivations.entries()) {
      const user = await newUser(scim)
      const path = `/Users/${user.id}`
      const alone = await scim.call('PATCH', path, patch(companion))
      const isTold = alone.headers.has('X-Passed-Over')
      expect(isTold || alone.status >= 400, JSON.stringify(alone.body)).toBe(true)
      const operations = index % 2 === 0 ? [deactivation, companion] : [companion, deactivation]
      const locale = { op: 'add', path: 'locale', value: 'de-DE' }
      const answer = await scim.call('PATCH', path, patch(...operations, locale))
      expect([answer.status, answer.body.detail]).toEqual([200, undefined])
      expect(plain(answer.body)).toEqual({ ...plain(user), locale: 'de-DE', active: false })
      const event = (await eventsOf(scim)).findLast(({ type }) => type === 'user.deactivated')
      const told = event?.cause.passedOver.map(({ name, why, of }: any) => [name, why !== '', of])
      expect(told.length).toBeGreaterThan(0)
      for (const entry of told) {
        expect(entry).toEqual([
          expect.stringMatching(/^(besideDeactivation|unknownName|readOnlyValue)$/),
          true,
          user.id,
        ])
      }
      expect(event?.cause.tolerated).toContain(told[0][0])
      // Entra sends the same again and again.
      const again = await scim.call('PATCH', path, patch(...operations))
      expect([again.status, again.body.active]).toEqual([200, false])
    }
  })

  it.each(companions)('is refused beside %s under the profile rfc', async (_, companion) => {
    const scim = await tenant({ profile: 'rfc' })
    await newUser(scim, { userName: 'taken' })
    const user = await newUser(scim)
    const answer = await scim.call(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'replace', path: 'active', value: false }, companion),
    )
    expect([answer.status, (await scim.call('GET', `/Users/${user.id}`)).body.active]).toEqual([
      answer.status === 409 ? 409 : answer.status === 413 ? 413 : 400,
      true,
    ])
  })

  it('does so under the profiles of providers, whose own refusals concern their part alone', async () => {
    for (const profile of ['okta', 'onelogin', 'entra']) {
      const scim = await tenant({ profile })
      const user = await newUser(scim)
      const managerId = {
        op: 'replace',
        path: `${enterpriseUrn}:manager`,
        value: { managerId: '1' },
      }
      const name = { op: 'replace', path: 'displayName', value: 'Ben | Oak' }
      const answer = await scim.call(
        'PATCH',
        `/Users/${user.id}`,
        patch({ op: 'replace', path: 'active', value: false }, managerId, name),
      )
      expect([profile, answer.status, answer.body.active]).toEqual([profile, 200, false])
      expect([profile, answer.body[enterpriseUrn]?.manager.value]).toEqual([
        profile,
        profile === 'onelogin' ? '1' : undefined,
      ])
    }
  })

  it('takes the rest, and shows what it passed over in the log', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const answer = await scim.call(
      'PATCH',
      `/Users/${user.id}`,
      patch(
        { op: 'Replace', path: 'active', value: 'False' },
        { op: 'Replace', path: 'displayName', value: 'Ben | Oak' },
        { op: 'Replace', path: 'title', value: 'Boss' },
      ),
    )
    expect(answer.body).toMatchObject({ active: false, title: 'Boss', displayName: 'Ann Tester' })
    expect(answer.headers.get('X-Passed-Over')).toBe('besideDeactivation=1')
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/activity`)
    expect(body.activity.at(-1)).toMatchObject({
      outcome: 'changed',
      tolerated: expect.arrayContaining(['besideDeactivation']),
      passedOver: [
        {
          name: 'besideDeactivation',
          what: 'displayName',
          why: '"displayName" holds characters that are not allowed in a name: |.',
          of: user.id,
        },
      ],
    })
  })

  it('that switches the person on again is refused as before', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const name = { op: 'replace', path: 'displayName', value: 'Ben | Oak' }
    for (const operations of [
      [{ op: 'replace', path: 'active', value: true }, name],
      [
        { op: 'replace', path: 'active', value: false },
        { op: 'replace', path: 'active', value: true },
        name,
      ],
      [name],
    ]) {
      const answer = await scim.call('PATCH', `/Users/${user.id}`, patch(...operations))
      expect([answer.status, answer.code]).toEqual([400, 'nameCharacters'])
    }
    expect(await eventsOf(scim)).toHaveLength(1)
  })

  it('does so beside a number that cannot be kept', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const number = '12345678901234567890'
    const operations = (value: string) =>
      `{"Operations": [{"op": "replace", "path": "externalId", "value": ${number}},
        {"op": "replace", "path": "urn:example:1.0:User", "value": {"a": [${number}]}},
        {"op": "replace", "path": "active", "value": ${value}}]}`
    const on = await scim.call('PATCH', `/Users/${user.id}`, operations('true'))
    expect([on.status, on.code]).toEqual([400, 'inexactNumber'])
    const off = await scim.call('PATCH', `/Users/${user.id}`, operations('false'))
    expect(off.status).toBe(200)
    expect(plain(off.body)).toEqual({ ...plain(user), active: false })
    expect(off.headers.get('X-Passed-Over')).toBe('besideDeactivation=2')
  })

  it('does so of a person whose stored attributes break a rule that came later', async () => {
    const scim = await tenant({ 'rules.name': 'allow', 'rules.email': 'allow' })
    const urn = 'urn:example:params:2.0:User'
    const stored = {
      displayName: 'Ben @ Oak',
      emails: [{ value: 'B@X.TEST' }],
      [urn]: { site: 'x' },
    }
    const people = await Promise.all([
      newUser(scim, stored),
      newUser(scim, stored),
      newUser(scim, stored),
    ])
    const attributes = [{ name: 'badge', required: true }, { name: 'site' }]
    await admin.call('PATCH', `/tenants/${scim.slug}`, {
      rules: { name: 'reject', email: 'reject' },
      extensions: [{ resourceType: 'User', id: urn, name: 'Own', attributes }],
    })
    const [first, second, third] = people
    const off = { op: 'replace', path: 'active', value: false }
    const title = { op: 'replace', path: 'title', value: 'Boss' }
    const byPatch = await scim.call('PATCH', `/Users/${first.id}`, patch(off, title))
    expect([byPatch.status, byPatch.body.active, byPatch.body.title]).toEqual([200, false, 'Boss'])
    const { id: _, ...whole } = plain(second)
    const byPut = await scim.call('PUT', `/Users/${second.id}`, { ...whole, active: false })
    expect([byPut.status, byPut.body.active, byPut.body.displayName]).toEqual([
      200,
      false,
      'Ben @ Oak',
    ])
    const name = { op: 'replace', path: 'displayName', value: 'Ben @@ Oak' }
    const renamed = await scim.call('PATCH', `/Users/${third.id}`, patch(off, name))
    expect([renamed.status, renamed.body.active, renamed.body.displayName]).toEqual([
      200,
      false,
      'Ben @ Oak',
    ])
  })
})

describe('a PUT that makes a person inactive', () => {
  it.each([
    ['a name with a sign', { displayName: 'Ben Oak@Home' }],
    ['a part of a name with a sign', { name: { familyName: 'O|k' } }],
    ['addresses in capitals', { emails: [{ value: 'B@X.TEST', type: 'work' }] }],
    ['a userName that is taken', { userName: 'taken' }],
    ['no userName', { userName: null }],
    ['an unknown name', { favoriteColor: 'red' }],
    ['a URN cut short', { [`${core}:Users`]: { title: 'Boss' } }],
    ['no certificate', { x509Certificates: [{ value: '#no base64#' }] }],
    ['a fraction for text', { title: 1.5 }],
    ['text for an extension', { [enterpriseUrn]: 'text' }],
    ['an unusable part of an extension', { [enterpriseUrn]: { department: { a: 1 } } }],
    [
      'a list that is too long',
      {
        photos: Array.from({ length: 1_001 }, (_, index) => ({ value: `https://x.test/${index}` })),
      },
    ],
  ])('does so beside %s, which it passes over and tells', async (_, more: any) => {
    const scim = await tenant()
    await newUser(scim, { userName: 'taken' })
    const user = await newUser(scim, { title: 'Boss', [enterpriseUrn]: { department: 'R&D' } })
    const { id: __, ...whole } = plain(user)
    const path = `/Users/${user.id}`
    const body = { ...whole, nickName: 'Oak', ...more, active: false }
    const answer = await scim.call('PUT', path, body)
    expect([answer.status, answer.body.detail]).toEqual([200, undefined])
    expect(plain(answer.body)).toEqual({ ...plain(user), nickName: 'Oak', active: false })
    expect(answer.headers.get('X-Passed-Over')).toMatch(/^(besideDeactivation|unknownName)=1$/)
    const on = await scim.call('PUT', path, { ...body, active: true })
    const isTaken = on.headers.get('X-Passed-Over') === 'unknownName=1'
    expect(isTaken || on.status >= 400).toBe(true)
  })

  it.each(['userame', 'nickName'])(
    'is refused when it does not even name the userName, but %s: it is no whole person',
    async (name) => {
      const scim = await tenant()
      const user = await newUser(scim)
      const body = { schemas: [`${core}:User`], [name]: 'Ben', active: false }
      const answer = await scim.call('PUT', `/Users/${user.id}`, body)
      expect([answer.status, answer.code]).toEqual([400, 'missingAttribute'])
      expect((await scim.call('GET', `/Users/${user.id}`)).body).toEqual(user)
      for (const key of ['USERNAME', `${core}:User:userName`]) {
        const other = await newUser(scim)
        const named = { schemas: [`${core}:User`], [key]: null, active: false }
        const done = await scim.call('PUT', `/Users/${other.id}`, named)
        expect([done.status, done.body.active, done.body.userName]).toEqual([
          200,
          false,
          other.userName,
        ])
      }
    },
  )

  it('is refused under the profile rfc', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const user = await newUser(scim)
    const { id: _, ...whole } = plain(user)
    const body = { ...whole, displayName: 'Ben Oak@Home', active: false }
    const answer = await scim.call('PUT', `/Users/${user.id}`, body)
    expect([answer.status, answer.code]).toEqual([400, 'nameCharacters'])
  })
})

describe('a Bulk that makes people inactive', () => {
  it('does so beside what it passes over, and refuses the other operations by themselves', async () => {
    const scim = await tenant()
    await newUser(scim, { userName: 'taken' })
    const people = await Promise.all(Array.from({ length: 4 }, () => newUser(scim)))
    const name = { op: 'replace', path: 'displayName', value: 'Ben | Oak' }
    const taken = { op: 'replace', path: 'userName', value: 'taken' }
    const off = { op: 'replace', path: 'active', value: false }
    const { id: _, ...whole } = plain(people[1])
    const data = [
      patch(off, name),
      { ...whole, displayName: 'Ben Oak@Home', active: false },
      patch(off, taken),
      patch(name),
    ]
    const answer = await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: people.map(({ id }, index) => ({
        method: index === 1 ? 'PUT' : 'PATCH',
        path: `/Users/${id}`,
        data: data[index],
      })),
    })
    expect(answer.body.Operations.map(({ status }: any) => status)).toEqual([
      '200',
      '200',
      '200',
      '400',
    ])
    expect(answer.headers.get('X-Passed-Over')).toBe('besideDeactivation=3')
    for (const [index, { id, userName }] of people.entries()) {
      const { body } = await scim.call('GET', `/Users/${id}`)
      expect([body.active, body.displayName, body.userName]).toEqual([
        index === 3,
        'Ann Tester',
        userName,
      ])
    }
    const told = (await eventsOf(scim))
      .filter(({ type }) => type === 'user.deactivated')
      .map(({ resource_id, cause }) => [resource_id, cause.passedOver.map(({ what }: any) => what)])
    expect(new Map(told as any)).toEqual(
      new Map([
        [people[0].id, ['displayName']],
        [people[1].id, ['displayName']],
        [people[2].id, ['userName']],
      ]),
    )
  })
})

describe('a deactivation that waits', () => {
  it('is released after a rule came that the stored name breaks', async () => {
    const scim = await tenant({
      'rules.name': 'allow',
      'guard.protected': ['boss'],
      'guard.delay': 0,
    })
    const user = await newUser(scim, { userName: 'boss', displayName: 'Ben @ Oak' })
    await admin.call('PATCH', `/tenants/${scim.slug}`, { 'rules.name': 'reject' })
    const off = { op: 'replace', path: 'active', value: false }
    const name = { op: 'replace', path: 'displayName', value: 'Ben @@ Oak' }
    const answer = await scim.call('PATCH', `/Users/${user.id}`, patch(off, name))
    expect([answer.status, answer.body.active]).toEqual([200, false])
    expect(await eventsOf(scim)).toHaveLength(2)
    const log = await admin.call('GET', `/tenants/${scim.slug}/activity?outcome=passedOver`)
    expect(log.body.activity.map(({ passedOver }: any) => passedOver[0].what)).toEqual([
      'displayName',
    ])
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/holds`)
    const hold = body.holds[0].id
    const released = await admin.call('POST', `/tenants/${scim.slug}/holds/${hold}/release`, {
      people: [user.id],
      confirm: [user.id],
    })
    expect(released.status, JSON.stringify(released.body)).toBe(200)
    expect((await eventsOf(scim)).at(-1)).toMatchObject({
      type: 'user.deactivated',
      resource_id: user.id,
      resource: { displayName: 'Ben @ Oak', active: false },
    })
  })
})

describe('a person who came without active', () => {
  const silent = (more = {}) => {
    const { active: _, ...body } = person(more)
    return body
  }

  it('stays active, and the log says so', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const { active: _, meta: __, groups: ___, ...body } = user
    const path = `/Users/${user.id}`
    const answer = await scim.call('PUT', path, body)
    expect([answer.status, answer.body.active]).toEqual([200, true])
    expect(answer.headers.get('X-Passed-Over')).toBe('withoutActive=1')
    const log = await admin.call('GET', `/tenants/${scim.slug}/activity?outcome=passedOver`)
    expect(log.body.activity).toMatchObject([
      {
        path,
        passedOver: [
          {
            name: 'withoutActive',
            what: 'active',
            why: 'The request came without "active": the person stays active.',
          },
        ],
      },
    ])
    const made = await scim.call('POST', '/Users', silent())
    expect([made.status, made.body.active]).toEqual([201, true])
    expect((await eventsOf(scim)).at(-1)?.cause.passedOver[0].name).toBe('withoutActive')
  })

  it('is inactive where the setting says so, and nothing is said of others', async () => {
    const scim = await tenant({ withoutActive: 'inactive' })
    const user = await newUser(scim)
    const { active: _, meta: __, groups: ___, ...body } = user
    const stated = await scim.call('PUT', `/Users/${user.id}`, { ...body, active: true })
    expect([stated.body.active, stated.headers.get('X-Passed-Over')]).toEqual([true, null])
    const renamed = patch({ op: 'replace', path: 'title', value: 'Boss' })
    expect((await scim.call('PATCH', `/Users/${user.id}`, renamed)).body.active).toBe(true)
    const off = await scim.call('PUT', `/Users/${user.id}`, { ...body, displayName: 'Ben | Oak' })
    expect([off.status, off.body.active, off.body.displayName]).toEqual([200, false, 'Ann Tester'])
    const made = await scim.call('POST', '/Users', silent())
    expect([made.status, made.body.active]).toEqual([201, false])
    const types = (await eventsOf(scim)).map(({ type }) => type)
    expect(types).toEqual([
      'user.created',
      'user.updated',
      // The PUT takes the title away as well.
      'user.updated',
      'user.deactivated',
      'user.created',
    ])
  })

  it('is told of neither a PATCH nor somebody who is inactive', async () => {
    const scim = await tenant()
    const user = await newUser(scim, { active: false })
    const { active: _, meta: __, groups: ___, ...body } = user
    const put = await scim.call('PUT', `/Users/${user.id}`, body)
    expect([put.body.active, put.headers.get('X-Passed-Over')]).toEqual([false, null])
    const resource = { schemas: [userUrn], title: 'Boss' }
    const patched = await scim.call('PATCH', `/Users/${user.id}`, resource)
    expect([patched.status, patched.headers.get('X-Passed-Over')]).toEqual([200, null])
  })
})

describe('what is read-only in a whole resource', () => {
  const why = 'This connection sends teams inside people: set updateGroupMethod to PATCH.'

  it('is told where a person comes with teams that she is not in', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ groups: [{ value: 'Admins' }] }))
    expect([made.status, made.headers.get('X-Passed-Over')]).toEqual([201, 'groupsInUser=1'])
    const members = [{ value: made.body.id }]
    await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'Team', members })
    const { body: user } = await scim.call('GET', `/Users/${made.body.id}`)
    expect(user.groups).toHaveLength(1)
    const same = await scim.call('PUT', `/Users/${user.id}`, user)
    expect([same.status, same.headers.get('X-Passed-Over')]).toEqual([200, null])
    for (const groups of [[{ value: 'Admins' }], [...user.groups, { value: 'Admins' }], []]) {
      const other = await scim.call('PUT', `/Users/${user.id}`, { ...user, groups })
      expect([other.status, other.headers.get('X-Passed-Over')]).toEqual([200, 'groupsInUser=1'])
      expect(other.body.groups).toEqual(user.groups)
    }
    const log = await admin.call('GET', `/tenants/${scim.slug}/activity?outcome=passedOver`)
    expect(log.body.activity.map(({ passedOver }: any) => passedOver[0].why)).toEqual([
      why,
      why,
      why,
    ])
    const resource = { schemas: [userUrn], groups: [{ value: 'Admins' }] }
    const patched = await scim.call('PATCH', `/Users/${user.id}`, resource)
    expect([patched.status, patched.headers.get('X-Passed-Over')]).toEqual([200, 'readOnlyValue=1'])
  })

  it('is allowed by the RFC, and told under the profile rfc as well', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const made = await scim.call('POST', '/Users', person({ groups: [{ value: 'Admins' }] }))
    expect([made.status, made.headers.get('X-Passed-Over')]).toEqual([201, 'groupsInUser=1'])
  })

  it('is told where it is the id of another', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ id: 'own' }))
    expect([made.status, made.headers.get('X-Passed-Over')]).toEqual([201, 'idInBody=1'])
    const put = await scim.call('PUT', `/Users/${made.body.id}`, { ...made.body, id: 'own' })
    expect([put.status, put.headers.get('X-Passed-Over')]).toEqual([200, 'idInBody=1'])
    const team = { schemas: [groupUrn], displayName: 'Team', id: 'own' }
    const group = await scim.call('POST', '/Groups', team)
    expect([group.status, group.headers.get('X-Passed-Over')]).toEqual([201, 'idInBody=1'])
    const replaced = await scim.call('PUT', `/Groups/${group.body.id}`, team)
    expect([replaced.status, replaced.headers.get('X-Passed-Over')]).toEqual([200, 'idInBody=1'])
  })
})

describe('a filter that names the same comparison twice', () => {
  it('is done, and warned of', async () => {
    const scim = await tenant()
    const [first, second] = [await newUser(scim), await newUser(scim)]
    const members = [first, second].map(({ id }) => ({ value: id }))
    const team = await scim.call('POST', '/Groups', {
      schemas: [groupUrn],
      displayName: 'Team',
      members,
    })
    const path = `members[value eq "${first.id}" or value eq "${first.id}"]`
    for (const outcome of ['done', 'repeated']) {
      const answer = await scim.call(
        'PATCH',
        `/Groups/${team.body.id}`,
        patch({ op: 'remove', path }),
      )
      expect([outcome, answer.status]).toEqual([outcome, 200])
      expect(answer.headers.get('X-Passed-Over')).toBe('repeatedComparison=1')
      expect(answer.body.members).toHaveLength(1)
    }
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/activity`)
    expect(body.activity.slice(-2)).toMatchObject(
      ['changed', 'passedOver'].map((outcome) => ({
        outcome,
        passedOver: [
          {
            name: 'repeatedComparison',
            what: 'members',
            why: `The filter holds members.value eq "${first.id}" twice: something else was probably meant as well.`,
          },
        ],
      })),
    )
    const other = `members[value eq "${first.id}" or value eq "${second.id}"]`
    const both = await scim.call(
      'PATCH',
      `/Groups/${team.body.id}`,
      patch({ op: 'remove', path: other }),
    )
    expect([both.status, both.headers.get('X-Passed-Over')]).toEqual([200, null])
  })
})
