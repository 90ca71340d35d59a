/** Names in requests, and what a 2xx of theirs means. */
import { describe, expect, it } from 'vitest'
import { application, newKey } from '../support/application'
import { admin, eventsOf, homeDatabase, origin, send, tenant } from '../support/gateway'
import {
  enterpriseUrn,
  groupUrn,
  patch,
  patchUrn,
  person,
  userUrn,
  type ScimClient,
} from '../support/tenant'

const core = 'urn:ietf:params:scim:schemas:core:2.0'

async function newUser(scim: ScimClient, more = {}): Promise<any> {
  const made = await scim.call('POST', '/Users', person(more))
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body
}

async function newTeam(scim: ScimClient): Promise<any> {
  const body = { schemas: [groupUrn], displayName: `Team ${crypto.randomUUID().slice(0, 8)}` }
  return (await scim.call('POST', '/Groups', body)).body
}

function membersOf(scim: ScimClient, team: any): Promise<string[]> {
  return scim
    .call('GET', `/Groups/${team.id}`)
    .then(({ body }) => body.members.map(({ value }: any) => value))
}

describe('a user, named with a URN', () => {
  it.each([
    `${core}:User.active`,
    'urn:scim:schemas:core:2.0:User:active',
    'urn:scim:schemas:core:1.0:active',
  ])('replace %s false makes the person inactive', async (path) => {
    const scim = await tenant()
    const user = await newUser(scim)
    for (const operation of [
      { op: 'replace', path, value: false },
      { op: 'replace', value: { [path]: false } },
    ]) {
      await scim.call(
        'PATCH',
        `/Users/${user.id}`,
        patch({ op: 'replace', path: 'active', value: true }),
      )
      const changed = await scim.call('PATCH', `/Users/${user.id}`, patch(operation))
      expect([changed.status, changed.body.active, changed.body.schemas]).toEqual([
        200,
        false,
        [userUrn],
      ])
    }
    const { active: _, ...silent } = person()
    const put = await scim.call('PUT', `/Users/${user.id}`, { ...silent, [path]: false })
    expect([put.status, put.body.active]).toEqual([200, false])
  })

  it.each([
    `${core}:Users:active`,
    `${core}:Group:active`,
    `${core}:active`,
    'urn:ietf:params:scim:api:messages:2.0:PatchOp:active',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0',
  ])('replace %s false is refused and leaves nothing', async (path) => {
    const scim = await tenant()
    const user = await newUser(scim)
    for (const operation of [
      { op: 'replace', path, value: false },
      { op: 'add', path, value: { active: false } },
      { op: 'remove', path },
    ]) {
      const refused = await scim.call('PATCH', `/Users/${user.id}`, patch(operation))
      expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidPath'])
    }
    for (const [method, address, body] of [
      ['PATCH', `/Users/${user.id}`, patch({ op: 'replace', value: { [path]: false } })],
      ['PUT', `/Users/${user.id}`, { ...person(), [path]: { active: false } }],
      ['POST', '/Users', person({ [path]: false })],
    ] as const) {
      const refused = await scim.call(method, address, body)
      expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidSyntax'])
    }
    expect((await scim.call('GET', `/Users/${user.id}`)).body).toEqual(user)
  })

  it('has the cost center that Grouper gives it with a dot', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const path = `${enterpriseUrn}.costCenter`
    const changed = await scim.call(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'replace', path, value: 'CC1' }),
    )
    expect(changed.body[enterpriseUrn]).toEqual({ costCenter: 'CC1' })
    expect(changed.body.schemas).toEqual([userUrn, enterpriseUrn])
    const made = await scim.call('POST', '/Users', person({ [path]: 'CC' }))
    expect([made.status, made.body[enterpriseUrn]]).toEqual([201, { costCenter: 'CC' }])
    const events = await eventsOf(scim)
    expect(events.at(-1)?.cause.tolerated).toContain('dotAfterUrn')
  })

  it('is filtered, sorted and shown by such names', async () => {
    const scim = await tenant()
    await newUser(scim, { title: 'B', [enterpriseUrn]: { costCenter: 'CC' } })
    await newUser(scim, { title: 'A' })
    for (const name of [`${userUrn}.title`, 'urn:scim:schemas:core:1.0:title']) {
      const found = await scim.call('GET', `/Users?filter=${name}+eq+"b"`)
      expect(found.body.totalResults).toBe(1)
      const sorted = await scim.call('GET', `/Users?sortBy=${name}&attributes=${name}`)
      expect(sorted.body.Resources.map(({ title }: any) => title)).toEqual(['A', 'B'])
      expect(Object.keys(sorted.body.Resources[0]).toSorted()).toEqual(['id', 'schemas', 'title'])
    }
    const found = await scim.call('GET', `/Users?filter=${enterpriseUrn}.costCenter+eq+"CC"`)
    expect(found.body.totalResults).toBe(1)
    for (const name of [`${core}:Users:title`, `${core}:title`]) {
      expect((await scim.call('GET', `/Users?filter=${name}+pr`)).status).toBe(400)
      expect((await scim.call('GET', `/Users?sortBy=${name}`)).status).toBe(400)
    }
  })
})

describe('a team, named with a URN', () => {
  it('takes members in by its own URN and a dot, and nobody by that of a user', async () => {
    const scim = await tenant()
    const [user, team] = [await newUser(scim), await newTeam(scim)]
    const value = [{ value: user.id }]
    const refused = await scim.call(
      'PATCH',
      `/Groups/${team.id}`,
      patch({ op: 'add', path: `${core}:User:members`, value }),
    )
    expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidPath'])
    expect(await membersOf(scim, team)).toEqual([])
    const joined = await scim.call(
      'PATCH',
      `/Groups/${team.id}`,
      patch({ op: 'add', path: `${core}:Group.members`, value }),
    )
    expect(joined.status).toBe(200)
    expect(await membersOf(scim, team)).toEqual([user.id])
  })

  it('holds nothing of a user, whatever its URN', async () => {
    const scim = await tenant({
      extensions: [
        { resourceType: 'User', id: 'urn:acme:User', name: 'A', attributes: [{ name: 'badge' }] },
      ],
    })
    for (const urn of [userUrn, enterpriseUrn, 'urn:acme:User']) {
      const body = { schemas: [groupUrn], displayName: 'T', [urn]: { badge: 'x' } }
      const refused = await scim.call('POST', '/Groups', body)
      expect([refused.status, refused.code]).toEqual([400, 'reservedUrn'])
    }
    const key = await scim.call('POST', '/Users', person({ [groupUrn]: { members: [] } }))
    expect([key.status, key.body.scimType]).toEqual([400, 'invalidSyntax'])
  })
})

describe('a name of what to show that names nothing of SCIM', () => {
  const unknown = `${core}:Users:active`

  it('is refused like in a filter, and nothing is done', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const team = await newTeam(scim)
    const title = patch({ op: 'add', path: 'title', value: 'Boss' })
    const rename = patch({ op: 'replace', path: 'displayName', value: 'Other' })
    for (const [method, address, body] of [
      ['GET', '/Users'],
      ['GET', `/Users/${user.id}`],
      ['POST', '/Users', person()],
      ['PUT', `/Users/${user.id}`, person()],
      ['PATCH', `/Users/${user.id}`, title],
      ['GET', `/Groups/${team.id}`],
      ['POST', '/Groups', { schemas: [groupUrn], displayName: 'New' }],
      ['PATCH', `/Groups/${team.id}`, rename],
    ] as const) {
      for (const parameter of ['attributes', 'excludedAttributes']) {
        const query = `${parameter}=${encodeURIComponent(`id,${unknown}`)}`
        const refused = await scim.call(method, `${address}?${query}`, body)
        expect([refused.status, refused.code], `${method} ${address}`).toEqual([
          400,
          'invalidQuery',
        ])
        expect(refused.body.detail).toContain(unknown)
      }
    }
    expect((await scim.call('GET', '/Users')).body.Resources).toEqual([user])
    expect((await scim.call('GET', '/Groups')).body.Resources).toEqual([team])
    expect((await scim.call('DELETE', `/Users/${user.id}?attributes=${unknown}`)).status).toBe(204)
  })

  it('may be of either type in a search of both', async () => {
    const scim = await tenant()
    await newUser(scim)
    await newTeam(scim)
    const search = (name: string) =>
      scim.call('POST', '/.search', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        attributes: [name],
      })
    expect((await search(`${core}:Group:displayName`)).body.totalResults).toBe(2)
    expect((await search('nonsense')).body.totalResults).toBe(2)
    expect((await search(unknown)).status).toBe(400)
  })
})

describe('an extension of anybody', () => {
  it.each([
    'urn:ietf:params:scim:schemas:extension:workspace:2.0:User',
    'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User',
    'urn:ietf:params:scim:schemas:zivver:0.1:User',
  ])('%s is kept undeclared, and can be declared', async (urn) => {
    const scim = await tenant()
    const user = await newUser(scim, { [urn]: { tag: 'x' } })
    expect(user[urn]).toEqual({ tag: 'x' })
    const schema = { resourceType: 'User', id: urn, name: 'Own', attributes: [{ name: 'tag' }] }
    const declared = await admin.call('PATCH', `/tenants/${scim.slug}`, { extensions: [schema] })
    expect(declared.status, JSON.stringify(declared.body)).toBe(200)
    expect((await scim.call('GET', `/Schemas/${urn}`)).status).toBe(200)
    const changed = await scim.call(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'replace', path: `${urn}:tag`, value: 'y' }),
    )
    expect(changed.body[urn]).toEqual({ tag: 'y' })
  })

  it.each([
    enterpriseUrn,
    userUrn,
    'urn:ietf:params:scim:schemas:core:2.0:Device',
    'urn:ietf:params:scim:api:messages:2.0:Own',
    'urn:ietf:params:scim:schemas:extension',
  ])('cannot be declared as %s, which SCIM has taken', async (urn) => {
    const scim = await tenant()
    const schema = { resourceType: 'User', id: urn, name: 'Own', attributes: [{ name: 'tag' }] }
    const refused = await admin.call('PATCH', `/tenants/${scim.slug}`, { extensions: [schema] })
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      expect.toSatisfy((status: number) => status === 400 || status === 422),
      expect.stringContaining('SCIM itself'),
    ])
  })
})

describe('what an older release stored under a reserved URN', () => {
  it('is not shown, and gone with the next change', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    const stored = () =>
      homeDatabase
        .prepare('select attributes from users where id = ?')
        .bind(user.id)
        .first<string>('attributes')
    const junk = 'urn:ietf:params:scim:schemas:core:2.0:Users'
    const attributes = {
      ...(JSON.parse((await stored()) ?? '{}') as object),
      [junk]: { active: false },
    }
    await homeDatabase
      .prepare('update users set attributes = ? where id = ?')
      .bind(JSON.stringify(attributes), user.id)
      .run()
    expect((await scim.call('GET', `/Users/${user.id}`)).body).toEqual(user)
    const list = await scim.call('GET', '/Users')
    expect(list.body.Resources).toEqual([user])
    const key = await newKey(admin, scim.slug)
    const reader = application(send, origin, scim.slug, key)
    expect(JSON.stringify((await reader.call('GET', '/users')).body)).not.toContain(junk)
    expect((await reader.call('GET', `/users/${user.id}`)).body).toMatchObject({ id: user.id })
    expect((await reader.call('GET', `/users/${user.id}`)).body).not.toHaveProperty([junk])
    const changed = await scim.call(
      'PATCH',
      `/Users/${user.id}`,
      patch({ op: 'replace', path: 'title', value: 'Boss' }),
    )
    expect([changed.status, changed.body.schemas]).toEqual([200, [userUrn]])
    expect(await stored()).not.toContain(junk)
    expect((await eventsOf(scim)).at(-1)?.changes).toEqual({
      title: { before: null, after: 'Boss' },
    })
  })
})

describe('a name that no schema describes', () => {
  it('is passed over by POST, PUT and both kinds of PATCH, and the log says so', async () => {
    const scim = await tenant()
    const user = await newUser(scim, { favoriteColor: 'red' })
    const address = `/Users/${user.id}`
    const title = (value: string) => ({ op: 'replace', path: 'title', value })
    for (const [method, body] of [
      ['PUT', person({ userName: user.userName, favoriteColor: 'red', title: 'A' })],
      ['PATCH', patch({ op: 'replace', value: { favoriteColor: 'red', title: 'B' } })],
      ['PATCH', patch(title('C'), { op: 'add', path: 'favoriteColor', value: 'red' })],
      ['PATCH', patch({ op: 'add', path: 'favoriteColor', value: 'red' }, title('D'))],
    ] as const) {
      const changed = await scim.call(method, address, body)
      expect(changed.status, JSON.stringify(changed.body)).toBe(200)
      expect(changed.body).not.toHaveProperty('favoriteColor')
    }
    const events = await eventsOf(scim)
    expect(events).toHaveLength(5)
    for (const { cause } of events) expect(cause.tolerated).toContain('unknownName')
  })

  it('is refused by a PATCH of nothing else, and by rfc', async () => {
    const scim = await tenant()
    const { id } = await newUser(scim)
    const unknown = { op: 'add', path: 'favoriteColor', value: 'red' }
    const alone = await scim.call('PATCH', `/Users/${id}`, patch(unknown))
    expect([alone.status, alone.body.scimType]).toEqual([400, 'invalidPath'])
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'rfc' })
    const title = { op: 'replace', path: 'title', value: 'x' }
    for (const [method, address, body] of [
      ['POST', '/Users', person({ favoriteColor: 'red' })],
      ['PUT', `/Users/${id}`, person({ favoriteColor: 'red' })],
      ['PATCH', `/Users/${id}`, patch(title, unknown)],
      ['PATCH', `/Users/${id}`, patch({ op: 'add', value: { favoriteColor: 'red', title: 'x' } })],
    ] as const) {
      const refused = await scim.call(method, address, body)
      expect([refused.status, refused.code]).toEqual([400, 'notTolerated'])
    }
  })
})

describe('active', () => {
  it.each(['auto', 'rfc', 'entra', 'okta', 'onelogin'])(
    'cannot be taken away by silence, under the profile %s',
    async (profile) => {
      const scim = await tenant({ profile })
      const user = await newUser(scim)
      for (const operation of [
        { op: 'remove', path: 'active' },
        { op: 'replace', path: 'active', value: null },
        { op: 'replace', path: 'active', value: '' },
        { op: 'replace', path: 'active', value: [] },
        { op: 'replace', value: { active: null } },
        { op: 'replace', path: 'active' },
      ]) {
        const refused = await scim.call('PATCH', `/Users/${user.id}`, patch(operation))
        expect(refused.status, JSON.stringify(operation)).toBe(400)
        expect(refused.body.detail).toContain('Send "active": false')
        expect(refused.body.detail).not.toContain('remove')
      }
      expect((await scim.call('GET', `/Users/${user.id}`)).body).toEqual(user)
    },
  )

  it('has a remedy that can be followed, and so has what is required', async () => {
    const scim = await tenant()
    const { id } = await newUser(scim)
    const refused = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'userName' }),
    )
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.not.stringMatching('remove'),
    ])
  })
})

describe('a PATCH that is no list of operations', () => {
  it('asks for nothing where it names none', async () => {
    const scim = await tenant()
    const user = await newUser(scim)
    for (const body of [
      { schemas: [patchUrn] },
      { schemas: [patchUrn], Operations: [] },
      { schemas: [patchUrn], Operations: null },
    ]) {
      const answer = await scim.call('PATCH', `/Users/${user.id}`, body)
      expect([answer.status, answer.body]).toEqual([200, user])
    }
    const team = await newTeam(scim)
    const answer = await scim.call('PATCH', `/Groups/${team.id}`, {
      schemas: [patchUrn],
      Operations: [],
    })
    expect([answer.status, answer.body]).toEqual([200, team])
  })

  it('may be the resource itself: ConnId suspends so, and changes a team', async () => {
    const scim = await tenant()
    const [user, team] = [await newUser(scim), await newTeam(scim)]
    const off = await scim.call('PATCH', `/Users/${user.id}`, {
      schemas: [userUrn],
      id: user.id,
      active: false,
    })
    expect([off.status, off.body.active, off.body.userName]).toEqual([200, false, user.userName])
    const joined = await scim.call('PATCH', `/Groups/${team.id}`, {
      schemas: [groupUrn],
      members: [{ value: user.id }],
    })
    expect(joined.status).toBe(200)
    expect(await membersOf(scim, team)).toEqual([user.id])
    expect((await eventsOf(scim)).at(-1)?.cause.tolerated).toContain('resourceAsPatch')
  })
})

describe('what is read-only in a PATCH without path', () => {
  it('passes where it is the resource’s own, under every profile', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const [user, team] = [await newUser(scim), await newTeam(scim)]
    for (const [address, own] of [
      [`/Users/${user.id}`, user],
      [`/Groups/${team.id}`, team],
    ]) {
      const value = { id: own.id, meta: own.meta, schemas: own.schemas, externalId: 'x' }
      const changed = await scim.call('PATCH', address, patch({ op: 'replace', value }))
      expect([changed.status, changed.body.externalId]).toEqual([200, 'x'])
    }
  })

  it('is refused by rfc where it is another, and said in the log elsewhere', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const [user, team] = [await newUser(scim), await newTeam(scim)]
    const body = patch({ op: 'replace', value: { id: 'other', externalId: 'x' } })
    for (const address of [`/Users/${user.id}`, `/Groups/${team.id}`]) {
      const refused = await scim.call('PATCH', address, body)
      expect([refused.status, refused.body.scimType]).toEqual([400, 'mutability'])
    }
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'auto' })
    for (const address of [`/Users/${user.id}`, `/Groups/${team.id}`]) {
      expect((await scim.call('PATCH', address, body)).status).toBe(200)
      expect((await eventsOf(scim)).at(-1)?.cause.tolerated).toContain('readOnlyValue')
    }
  })
})

describe('numbers, lists and text', () => {
  it('gives no two people one identifier', async () => {
    const scim = await tenant()
    const externalId = (number: string) =>
      JSON.stringify(person({ externalId: '#' })).replace('"#"', number)
    const refused = await scim.call('POST', '/Users', externalId('12345678901234567890'))
    expect([refused.status, refused.code]).toEqual([400, 'inexactNumber'])
    expect(refused.body.detail).toContain('12345678901234567890')
    const made = await scim.call('POST', '/Users', externalId('701984'))
    expect([made.status, made.body.externalId]).toEqual([201, '701984'])
    for (const number of ['1.10', '1.0', '1e3', '-0', '701984.0']) {
      const lost = await scim.call('POST', '/Users', externalId(number))
      expect([number, lost.status, lost.code]).toEqual([number, 400, 'wrongType'])
    }
    const inside = JSON.stringify(person({ 'urn:example:x': { a: '#' } }))
    const undeclared = await scim.call('POST', '/Users', inside.replace('"#"', '9007199254740993'))
    expect([undeclared.status, undeclared.code]).toEqual([400, 'inexactNumber'])
  })

  it('keeps the digits of numbers for a person, a team and its members, by every method', async () => {
    const scim = await tenant()
    const [user, team] = [await newUser(scim), await newTeam(scim)]
    const written = (body: unknown) => JSON.stringify(body).replaceAll('"#"', '1.0')
    const value = '#'
    const replace = patch({ op: 'replace', path: 'externalId', value })
    const bulk = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [{ method: 'PATCH', path: `/Groups/${team.id}`, data: replace }],
    }
    for (const [method, address, body] of [
      ['PATCH', `/Users/${user.id}`, replace],
      ['PUT', `/Users/${user.id}`, { ...user, externalId: value }],
      ['PATCH', `/Groups/${team.id}`, replace],
      ['PUT', `/Groups/${team.id}`, { ...team, externalId: value }],
      ['POST', '/Groups', { ...team, displayName: 'Other', externalId: value }],
      ['PATCH', `/Groups/${team.id}`, patch({ op: 'remove', path: 'members', value: [value] })],
    ] as const) {
      const refused = await scim.call(method, address, written(body))
      expect([method, address, refused.status]).toEqual([method, address, 400])
    }
    const [operation] = (await scim.call('POST', '/Bulk', written(bulk))).body.Operations
    expect(operation.status).toBe('400')
    expect((await scim.call('GET', `/Users/${user.id}`)).body.externalId).toBeUndefined()
    const inside = written({ ...user, 'urn:example:x': { a: value } })
    const kept = await scim.call('PUT', `/Users/${user.id}`, inside)
    expect(kept.body['urn:example:x']).toEqual({ a: 1 })
  })

  it('takes no text that begins like JSON for an e-mail address', async () => {
    const scim = await tenant({ rules: { email: 'allow' } })
    for (const value of ['{"scope":1}', '{', ' {a@example.com}']) {
      const refused = await scim.call('POST', '/Users', person({ emails: [{ value }] }))
      expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidValue'])
    }
  })

  it('finds by ne whoever has another value', async () => {
    const scim = await tenant()
    const emails = ['a@example.com', 'b@example.com'].map((value) => ({ value }))
    const both = await newUser(scim, { emails })
    await newUser(scim, { emails: emails.slice(0, 1) })
    await newUser(scim, { emails: [] })
    const found = await scim.call('GET', '/Users?filter=emails+ne+"a@example.com"')
    expect(found.body.Resources.map(({ id }: any) => id)).toEqual([both.id])
  })
})
