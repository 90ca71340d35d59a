import { describe, expect, it } from 'vitest'
import { eventsOf, homeDatabase, tenant } from '../support/gateway'
import { enterpriseUrn, patch, person, userUrn } from '../support/tenant'
import { versionOf } from '../support/tag'

const everyAttribute = {
  schemas: [userUrn, enterpriseUrn, 'urn:example:params:scim:custom:1.0:User'],
  userName: 'full@example.com',
  externalId: 'ext-1',
  name: {
    formatted: 'Dr. Ann Q. Tester III',
    familyName: 'Tester',
    givenName: 'Ann',
    middleName: 'Q.',
    honorificPrefix: 'Dr.',
    honorificSuffix: 'III',
  },
  displayName: 'Ann Tester',
  nickName: 'Annie',
  profileUrl: 'https://example.com/ann',
  title: 'Engineer',
  userType: 'Employee',
  preferredLanguage: 'de-AT, en;q=0.8',
  locale: 'de-AT',
  timezone: 'Europe/Vienna',
  active: true,
  emails: [
    { value: 'full@example.com', type: 'work', primary: true, display: 'Work' },
    { value: 'ann@home.example', type: 'home' },
  ],
  phoneNumbers: [{ value: '+43 1 234', type: 'work' }],
  ims: [{ value: 'ann', type: 'xmpp' }],
  photos: [{ value: 'https://example.com/ann.jpg', type: 'photo' }],
  addresses: [
    {
      formatted: '1 Long Road\nVienna',
      streetAddress: '1 Long Road',
      locality: 'Vienna',
      region: 'W',
      postalCode: '1010',
      country: 'AT',
      type: 'work',
      primary: true,
    },
  ],
  entitlements: [{ value: 'reports' }],
  roles: [{ value: 'admin', primary: true }],
  x509Certificates: [{ value: 'TUlJ' }],
  [enterpriseUrn]: {
    employeeNumber: '701',
    costCenter: '4130',
    organization: 'Example',
    division: 'Theme Park',
    department: 'Tours',
    manager: { value: '26118915', $ref: '../Users/26118915' },
  },
  'urn:example:params:scim:custom:1.0:User': {
    badge: 7,
    tags: ['a', 'b'],
    nested: { C: true },
  },
}

describe('POST /Users', () => {
  it('keeps and returns every attribute of the core and enterprise schemas as sent', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', everyAttribute)
    expect(made.status).toBe(201)
    const { id, meta, ...rest } = made.body
    expect(rest).toEqual(everyAttribute)
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(meta).toEqual({
      resourceType: 'User',
      created: meta.created,
      lastModified: meta.created,
      location: `${scim.baseUrl}/Users/${id}`,
      version: 'W/"1"',
    })
    expect(made.headers.get('Location')).toBe(meta.location)
    expect(made.headers.get('Content-Location')).toBe(meta.location)
    expect(made.headers.get('ETag')).toBe(meta.version)
    const read = await scim.call('GET', `/Users/${id}`)
    expect(read.body).toEqual(made.body)
    expect(read.headers.get('Content-Location')).toBe(meta.location)
  })

  it('has its address in Location on every answer about it: GET, PUT, PATCH, and 304', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const address = `/Users/${made.body.id}`
    const title = patch({ op: 'replace', path: 'title', value: 'Boss' })
    const unchanged = { 'If-None-Match': '*' }
    const answers = [
      made,
      await scim.call('GET', address),
      await scim.call('GET', address, undefined, unchanged),
      await scim.call('GET', `${address}?attributes=userName`),
      await scim.call('PUT', address, made.body),
      await scim.call('PATCH', address, title),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 304, 200, 200, 200])
    for (const { headers } of answers) {
      expect(headers.get('Location')).toBe(`${scim.baseUrl}${address}`)
    }
  })

  it('refuses a userName that differs in case alone, and returns the first as it was sent', async () => {
    const scim = await tenant({ rules: { email: 'allow' } })
    const first = await scim.call('POST', '/Users', person({ userName: 'Ann.Übel@Example.com' }))
    expect(first.body.userName).toBe('Ann.Übel@Example.com')
    const second = await scim.call('POST', '/Users', person({ userName: 'ann.üBEL@example.COM' }))
    expect([second.status, second.code]).toEqual([409, 'userNameTaken'])
    expect(second.body).toMatchObject({ scimType: 'uniqueness', status: '409' })
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
  })

  it('lets exactly one of many simultaneous requests for a userName through', async () => {
    const scim = await tenant()
    const body = person()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => scim.call('POST', '/Users', body)),
    )
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
  })

  it('accepts a password and keeps no trace of it', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ password: 'Sup3r-s3cret' }))
    expect(made.status).toBe(201)
    await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch({ op: 'replace', path: 'password', value: 'An0ther-s3cret' }),
    )
    const tables = await Promise.all(
      ['users', 'events', 'user_emails'].map((table) =>
        homeDatabase.prepare(`select * from ${table}`).all(),
      ),
    )
    const kept = JSON.stringify([made.body, tables.map(({ results }) => results)])
    expect(kept).not.toMatch(/s3cret/)
    expect(made.body).not.toHaveProperty('password')
  })

  it('makes a person active who is not said to be otherwise', async () => {
    const scim = await tenant()
    const { active: _, ...silent } = person()
    expect((await scim.call('POST', '/Users', silent)).body.active).toBe(true)
    expect((await scim.call('POST', '/Users', person({ active: false }))).body.active).toBe(false)
  })

  it('takes nothing from id, meta, groups and schemas that a client sends', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', {
      ...person(),
      id: '1',
      schemas: ['urn:made:up'],
      groups: [{ value: 'x' }],
      meta: { created: '2001-01-01T00:00:00Z', version: 'mine' },
    })
    expect(made.status).toBe(201)
    expect(made.body.id).not.toBe('1')
    expect(made.body.schemas).toEqual([userUrn])
    expect(made.body).not.toHaveProperty('groups')
    expect(made.body.meta.version).toBe('W/"1"')
    expect((await scim.call('GET', '/Users/1')).status).toBe(404)
  })

  it.each([
    ['no userName', { userName: undefined }, 'missingAttribute'],
    ['an empty userName', { userName: '' }, 'missingAttribute'],
    ['a list as userName', { userName: ['a', 'b'] }, 'wrongType'],
    ['an object as userName', { userName: { a: 1 } }, 'wrongType'],
    ['text as name', { name: 'Ann' }, 'wrongType'],
    ['a word as active', { active: 'perhaps' }, 'wrongType'],
    ['a NUL character', { title: 'a\u0000b' }, 'forbiddenCharacter'],
    [
      'a list of more than 1,000 values',
      { roles: Array.from({ length: 1001 }, (_, index) => ({ value: `r${index}` })) },
      'tooManyValues',
    ],
    ['half a surrogate pair', { title: 'a\ud800b' }, 'forbiddenCharacter'],
    ['a huge attribute', { title: 'x'.repeat(600_000) }, 'resourceTooLarge'],
  ])('refuses %s with a code and a remedy, and keeps nothing', async (_, more, code) => {
    const scim = await tenant()
    const refused = await scim.call('POST', '/Users', person(more))
    expect(refused.status).toBe(code === 'resourceTooLarge' ? 413 : 400)
    expect(refused.code).toBe(code)
    expect(refused.body.detail).toMatch(/^.+\. .+\.$/)
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(0)
    expect(await eventsOf(scim)).toEqual([])
  })
})

describe('PUT /Users/{id}', () => {
  it('replaces the user, and clears what the body leaves out', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', everyAttribute)).body
    const put = await scim.call('PUT', `/Users/${id}`, {
      userName: 'full@example.com',
      title: 'Boss',
    })
    expect(put.status).toBe(200)
    const { meta, ...rest } = put.body
    expect(rest).toEqual({
      schemas: [userUrn],
      id,
      userName: 'full@example.com',
      title: 'Boss',
      active: true,
    })
    expect(meta.version).toBe('W/"2"')
    expect((await scim.call('GET', `/Users/${id}`)).body).toEqual(put.body)
  })

  it('leaves active alone when the body is silent about it', async () => {
    const scim = await tenant()
    const body = person({ active: false })
    const { id } = (await scim.call('POST', '/Users', body)).body
    const { active: _, ...silent } = body
    expect((await scim.call('PUT', `/Users/${id}`, silent)).body.active).toBe(false)
    expect((await scim.call('PUT', `/Users/${id}`, { ...silent, active: null })).body.active).toBe(
      false,
    )
    expect((await scim.call('PUT', `/Users/${id}`, body)).body.active).toBe(false)
  })

  it('moves no version and writes no event when nothing changes', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', everyAttribute)
    const put = await scim.call('PUT', `/Users/${made.body.id}`, made.body)
    expect(put.status).toBe(200)
    expect(put.body).toEqual(made.body)
    expect(await eventsOf(scim)).toHaveLength(1)
  })

  it('refuses the userName of another user and keeps both as they were', async () => {
    const scim = await tenant()
    const [first, second] = [person(), person()]
    await scim.call('POST', '/Users', first)
    const made = await scim.call('POST', '/Users', second)
    const put = await scim.call('PUT', `/Users/${made.body.id}`, {
      ...second,
      userName: first['userName'],
    })
    expect(put.status).toBe(409)
    expect((await scim.call('GET', `/Users/${made.body.id}`)).body).toEqual(made.body)
  })

  it('lets the userName change, and finds the user by the new one alone', async () => {
    const scim = await tenant()
    const body = person()
    const { id } = (await scim.call('POST', '/Users', body)).body
    const userName = 'renamed@example.com'
    await scim.call('PUT', `/Users/${id}`, { ...body, userName, emails: [{ value: userName }] })
    const find = async (filter: string) =>
      (await scim.call('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults
    expect(await find(`userName eq "${userName}"`)).toBe(1)
    expect(await find(`userName eq "${body['userName']}"`)).toBe(0)
    expect(await find(`emails eq "${userName}"`)).toBe(1)
    expect(await find(`emails eq "${body['userName']}"`)).toBe(0)
  })
})

describe('PATCH /Users/{id}', () => {
  it('answers 200 with the changed user', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', everyAttribute)).body
    const changed = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch(
        { op: 'replace', path: 'name.familyName', value: 'Changed' },
        {
          op: 'add',
          path: 'emails',
          value: [{ value: 'third@example.com', type: 'other', primary: true }],
        },
        { op: 'remove', path: 'phoneNumbers' },
        { op: 'replace', value: { title: 'Boss', [enterpriseUrn]: { department: 'Board' } } },
      ),
    )
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({
      name: { ...everyAttribute.name, familyName: 'Changed' },
      title: 'Boss',
      [enterpriseUrn]: { ...everyAttribute[enterpriseUrn], department: 'Board' },
    })
    expect(changed.body.emails.filter(({ primary }: any) => primary)).toEqual([
      { value: 'third@example.com', type: 'other', primary: true },
    ])
    expect(changed.body).not.toHaveProperty('phoneNumbers')
    expect((await scim.call('GET', `/Users/${id}`)).body).toEqual(changed.body)
  })

  it('does all of its operations or none', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', everyAttribute)
    const refused = await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch(
        { op: 'replace', path: 'title', value: 'Boss' },
        { op: 'replace', path: `${userUrn}s:nickName`, value: 'x' },
      ),
    )
    expect(refused.status).toBe(400)
    expect(refused.body.scimType).toBe('invalidPath')
    expect((await scim.call('GET', `/Users/${made.body.id}`)).body).toEqual(made.body)
  })

  it('loses none of many simultaneous changes of one user', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', person({ emails: [] }))).body
    const answers = await Promise.all(
      ['title', 'nickName', 'locale', 'timezone'].map((path) =>
        scim.call('PATCH', `/Users/${id}`, patch({ op: 'replace', path, value: path })),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { body } = await scim.call('GET', `/Users/${id}`)
    expect(body).toMatchObject({
      title: 'title',
      nickName: 'nickName',
      locale: 'locale',
      timezone: 'timezone',
    })
    expect(body.meta.version).toBe('W/"5"')
  })
})

describe('deactivation', () => {
  it('keeps the user, the teams and the id, and finds the person as before', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const { id, userName } = made.body
    const team = await scim.call('POST', '/Groups', {
      displayName: 'Team',
      members: [{ value: id }],
    })
    const off = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'Replace', path: 'active', value: 'False' }),
    )
    expect(off.body).toMatchObject({ id, active: false, groups: [{ value: team.body.id }] })
    const found = await scim.call('GET', `/Users?filter=userName eq "${userName}"`)
    expect(found.body.Resources[0]).toEqual(off.body)
    expect((await scim.call('GET', `/Groups/${team.body.id}`)).body.members).toHaveLength(1)
    const on = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', value: { active: true } }),
    )
    expect(on.body).toMatchObject({ id, active: true, groups: [{ value: team.body.id }] })
    expect((await eventsOf(scim)).map(({ type }) => type)).toEqual([
      'user.created',
      'team.created',
      'team.member_added',
      'user.deactivated',
      'user.reactivated',
    ])
  })
})

describe('DELETE /Users/{id}', () => {
  it('answers 204, then 404 everywhere, and frees the name', async () => {
    const scim = await tenant()
    const body = person()
    const { id } = (await scim.call('POST', '/Users', body)).body
    const gone = await scim.call('DELETE', `/Users/${id}`)
    expect([gone.status, gone.body]).toEqual([204, undefined])
    expect((await scim.call('GET', `/Users/${id}`)).status).toBe(404)
    expect((await scim.call('DELETE', `/Users/${id}`)).status).toBe(404)
    expect((await scim.call('PUT', `/Users/${id}`, body)).status).toBe(404)
    expect(
      (
        await scim.call(
          'PATCH',
          `/Users/${id}`,
          patch({ op: 'replace', path: 'title', value: 'x' }),
        )
      ).status,
    ).toBe(404)
    for (const filter of [
      `userName eq "${body['userName']}"`,
      `id eq "${id}"`,
      `emails eq "${body['userName']}"`,
    ]) {
      expect((await scim.call('GET', `/Users?filter=${filter}`)).body.totalResults).toBe(0)
    }
    expect((await scim.call('GET', '/Users')).body).toMatchObject({
      totalResults: 0,
      Resources: [],
    })
    const again = await scim.call('POST', '/Users', body)
    expect(again.status).toBe(201)
    expect(again.body.id).not.toBe(id)
  })

  it('takes the person out of every team in the same step and moves those teams alone', async () => {
    const scim = await tenant()
    const [ann, bob] = await Promise.all([
      scim.call('POST', '/Users', person()),
      scim.call('POST', '/Users', person()),
    ])
    const members = [{ value: ann.body.id }, { value: bob.body.id }]
    const one = await scim.call('POST', '/Groups', { displayName: 'One', members })
    const two = await scim.call('POST', '/Groups', { displayName: 'Two', members })
    const other = await scim.call('POST', '/Groups', {
      displayName: 'Other',
      members: [{ value: bob.body.id }],
    })
    await scim.call('DELETE', `/Users/${ann.body.id}`)
    for (const team of [one, two]) {
      const { body } = await scim.call('GET', `/Groups/${team.body.id}`)
      expect(body.members.map(({ value }: any) => value)).toEqual([bob.body.id])
      expect(versionOf(body.meta.version)).toBe(2)
    }
    expect((await scim.call('GET', `/Groups/${other.body.id}`)).body).toEqual(other.body)
    const events = (await eventsOf(scim)).slice(-3)
    expect(events.map(({ type }) => type)).toEqual([
      'team.member_removed',
      'team.member_removed',
      'user.deleted',
    ])
    expect(events[0]).toMatchObject({
      member_id: ann.body.id,
      changes: { members: { after: null, before: { value: ann.body.id } } },
    })
    expect(events[2]).toMatchObject({
      resource_id: ann.body.id,
      resource: { id: ann.body.id, userName: ann.body.userName },
    })
  })
})

describe('events of users', () => {
  it('are numbered without gaps and tell what was before and after, and why', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ title: 'Engineer' }))
    const changed = await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch({ op: 'replace', value: { title: 'Boss', active: false } }),
    )
    const events = await eventsOf(scim)
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(events.map(({ type }) => type)).toEqual([
      'user.created',
      'user.updated',
      'user.deactivated',
    ])
    expect(events[1]).toMatchObject({
      resource_id: made.body.id,
      resource: { id: made.body.id, title: 'Boss' },
      changes: { title: { before: 'Engineer', after: 'Boss' } },
      cause: { requestId: changed.headers.get('X-Request-Id'), tokenId: scim.tokenId },
    })
    expect(events[2]?.changes).toEqual({ active: { before: true, after: false } })
  })

  it('are not written for what changes nothing or is refused', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch({ op: 'replace', path: 'active', value: true }),
    )
    await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch({ op: 'replace', path: 'userName', value: '' }),
    )
    await scim.call('POST', '/Users', made.body)
    expect(await eventsOf(scim)).toHaveLength(1)
  })
})
