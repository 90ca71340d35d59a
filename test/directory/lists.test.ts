import { describe, expect, it } from 'vitest'
import { tenant } from '../support/gateway'
import { enterpriseUrn, groupUrn, person, userUrn, type ScimClient } from '../support/tenant'

async function find(scim: ScimClient, path: string, filter: string): Promise<string[]> {
  const answer = await scim.call('GET', `${path}?filter=${encodeURIComponent(filter)}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.body.totalResults).toBe(answer.body.Resources.length)
  return answer.body.Resources.map((resource: any) => resource.userName ?? resource.displayName)
}

async function refusal(scim: ScimClient, filter: string): Promise<unknown> {
  const answer = await scim.call('GET', `/Users?filter=${encodeURIComponent(filter)}`)
  return [answer.status, answer.body.scimType]
}

describe('a list', () => {
  it('of nothing is an empty ListResponse', async () => {
    const scim = await tenant()
    expect((await scim.call('GET', '/Users')).body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    })
  })

  it('is in order of creation, and its pages join without gap or overlap', async () => {
    const scim = await tenant()
    const names: string[] = []
    for (let index = 0; index < 7; index += 1) {
      names.push((await scim.call('POST', '/Users', person())).body.userName)
    }
    const seen: string[] = []
    for (let startIndex = 1; startIndex <= 7; startIndex += 3) {
      const { body } = await scim.call('GET', `/Users?startIndex=${startIndex}&count=3`)
      expect(body).toMatchObject({
        totalResults: 7,
        startIndex,
        itemsPerPage: Math.min(3, 8 - startIndex),
      })
      seen.push(...body.Resources.map(({ userName }: any) => userName))
    }
    expect(seen).toEqual(names)
  })

  it.each([
    ['count=0', { totalResults: 3, itemsPerPage: 0, Resources: [] }],
    ['count=-5', { totalResults: 3, itemsPerPage: 0, Resources: [] }],
    ['count=99999999', { totalResults: 3, itemsPerPage: 3 }],
    ['startIndex=0', { totalResults: 3, startIndex: 1, itemsPerPage: 3 }],
    ['startIndex=-3&count=1', { totalResults: 3, startIndex: 1, itemsPerPage: 1 }],
    ['startIndex=4', { totalResults: 3, startIndex: 4, itemsPerPage: 0, Resources: [] }],
    ['count=&startIndex=', { totalResults: 3, startIndex: 1, itemsPerPage: 3 }],
    ['itemsPerPage=1&unknown=x&&', { totalResults: 3, itemsPerPage: 3 }],
    ['filter=userName+pr&count=0', { totalResults: 3, itemsPerPage: 0 }],
    [
      'filter=userName+pr&count=1&startIndex=3',
      { totalResults: 3, startIndex: 3, itemsPerPage: 1 },
    ],
  ])('understands %s', async (query, expected) => {
    const scim = await tenant()
    for (let index = 0; index < 3; index += 1) await scim.call('POST', '/Users', person())
    expect((await scim.call('GET', `/Users?${query}`)).body).toMatchObject(expected)
  })

  it.each(['count=many', 'startIndex=1.5', 'count=1e3'])('refuses %s', async (query) => {
    const scim = await tenant()
    const answer = await scim.call('GET', `/Users?${query}`)
    expect([answer.status, answer.code]).toEqual([400, 'invalidQuery'])
  })

  it('refuses an empty filter, which would find everybody, wherever it stands', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    for (const query of [
      'filter=',
      'filter=%20%20',
      'filter',
      '$filter=',
      'count=0&filter=',
      'cursor&filter=',
    ]) {
      for (const list of ['/Users', '/Groups', '/']) {
        const answer = await scim.call('GET', `${list}?${query}`)
        expect([answer.status, answer.code], `${list}?${query}`).toEqual([400, 'invalidFilter'])
        expect(answer.body.detail).toContain('it is empty')
      }
    }
    const urn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'
    const search = (more: object) => scim.call('POST', '/.search', { schemas: [urn], ...more })
    expect((await search({ filter: ' ' })).code).toBe('invalidFilter')
    // Null is no value (RFC 7643 section 2.5).
    expect((await search({ filter: null })).body.totalResults).toBe(1)
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
  })

  it('shows the teams of each user, and the members of each team unless they are excluded', async () => {
    const scim = await tenant()
    const ids: string[] = []
    for (let index = 0; index < 3; index += 1)
      ids.push((await scim.call('POST', '/Users', person())).body.id)
    const one = (
      await scim.call('POST', '/Groups', {
        displayName: 'One',
        members: ids.map((value) => ({ value })),
      })
    ).body
    const two = (
      await scim.call('POST', '/Groups', { displayName: 'Two', members: [{ value: ids[0] }] })
    ).body
    const users = (await scim.call('GET', '/Users')).body.Resources
    expect(
      users.map(({ groups }: any) => groups.map(({ display }: any) => display).sort()),
    ).toEqual([['One', 'Two'], ['One'], ['One']])
    const teams = (await scim.call('GET', '/Groups')).body.Resources
    expect(teams).toEqual([one, two])
    const without = (await scim.call('GET', '/Groups?excludedAttributes=members')).body.Resources
    expect(without.every((team: any) => !('members' in team))).toBe(true)
  })
})

describe('attributes and excludedAttributes', () => {
  it.each([
    ['attributes=userName', ['schemas', 'id', 'userName']],
    ['attributes=USERNAME,name.familyName,nonsense', ['schemas', 'id', 'userName', 'name']],
    ['attributes=emails.value', ['schemas', 'id', 'emails']],
    [`attributes=${enterpriseUrn}:department`, ['schemas', 'id', enterpriseUrn]],
    [`attributes=${userUrn}:title`, ['schemas', 'id', 'title']],
    ['attributes=password', ['schemas', 'id']],
    [
      'excludedAttributes=id,schemas,name,emails,meta,active,title',
      ['schemas', 'id', 'userName', 'displayName', enterpriseUrn],
    ],
  ])('%s shows %j', async (query, names) => {
    const scim = await tenant()
    const { id } = (
      await scim.call(
        'POST',
        '/Users',
        person({ title: 'x', [enterpriseUrn]: { department: 'D', division: 'V' } }),
      )
    ).body
    const one = (await scim.call('GET', `/Users/${id}?${query}`)).body
    expect(Object.keys(one).sort()).toEqual([...names].sort())
    expect((await scim.call('GET', `/Users?${query}`)).body.Resources).toEqual([one])
    if (query.includes('familyName')) expect(one.name).toEqual({ familyName: 'Tester' })
    if (query.includes('department')) expect(one[enterpriseUrn]).toEqual({ department: 'D' })
  })

  it('work on the answers of POST, PUT and PATCH', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users?attributes=userName', person())
    expect(Object.keys(made.body).sort()).toEqual(['id', 'schemas', 'userName'])
    const put = await scim.call(
      'PUT',
      `/Users/${made.body.id}?excludedAttributes=name,emails`,
      person(),
    )
    expect(put.body).not.toHaveProperty('name')
  })
})

describe('a filter', () => {
  async function directory(): Promise<ScimClient> {
    const scim = await tenant()
    const people = [
      {
        userName: 'ann',
        title: 'Engineer',
        active: true,
        externalId: 'A1',
        emails: [
          { value: 'ann@x.com', type: 'work' },
          { value: 'ann@home.org', type: 'home' },
        ],
        [enterpriseUrn]: { department: 'R&D', manager: { value: 'm-1' } },
      },
      {
        userName: 'bob',
        title: 'engineer',
        active: false,
        externalId: 'a1',
        emails: [{ value: 'bob@x.com', type: 'home' }],
        name: { familyName: 'O’Brien' },
      },
      { userName: 'ÄNNE', emails: [{ value: 'änne@x.com' }], locale: 'de-AT' },
    ]
    for (const body of people) expect((await scim.call('POST', '/Users', body)).status).toBe(201)
    return scim
  }

  it.each([
    ['userName eq "ANN"', ['ann']],
    ['userName eq "änne"', ['ÄNNE']],
    ['USERNAME EQ "bob"', ['bob']],
    [`${userUrn}:userName eq "bob"`, ['bob']],
    ['externalId eq "A1"', ['ann']],
    ['externalId eq "a1"', ['bob']],
    ['title eq "engineer"', ['ann', 'bob']],
    ['title ne "engineer"', ['ÄNNE']],
    ['title pr', ['ann', 'bob']],
    ['not (title pr)', ['ÄNNE']],
    ['title eq null', ['ÄNNE']],
    ['active eq true', ['ann', 'ÄNNE']],
    ['active eq "False"', ['bob']],
    ['userName sw "a" or userName ew "B"', ['ann', 'bob']],
    ['userName co "NN" and not (userName eq "ann")', ['ÄNNE']],
    ['userName gt "ann" and userName lt "c"', ['bob']],
    ['emails eq "bob@x.com"', ['bob']],
    ['emails.value co "x.com"', ['ann', 'bob', 'ÄNNE']],
    ['emails[type eq "work" and value co "@x.com"]', ['ann']],
    ['emails[type eq "home" and value eq "bob@x.com"]', ['bob']],
    ['emails[type eq "home"].value eq "ann@home.org"', ['ann']],
    ['emails.type eq "work" and emails.value eq "ann@home.org"', ['ann']],
    ['emails[type eq "work" and value eq "ann@home.org"]', []],
    ['name.familyName eq "o’brien"', ['bob']],
    [`${enterpriseUrn}:department eq "r&d"`, ['ann']],
    [`${enterpriseUrn}:manager eq "m-1"`, ['ann']],
    [`${enterpriseUrn}:manager.value eq "M-1"`, []],
    ['meta.resourceType eq "User" and locale eq "de-at"', ['ÄNNE']],
    [
      'meta.created gt "2020-01-01T00:00:00Z" and meta.lastModified le "2999-01-01T00:00:00+02:00"',
      ['ann', 'bob', 'ÄNNE'],
    ],
    ['schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"', ['ann']],
    ['userName eq "ann" or userName eq "bob" and active eq true', ['ann']],
    ['(userName eq "ann" or userName eq "bob") and active eq false', ['bob']],
  ])('%s finds %j', async (filter, names) => {
    expect(await find(await directory(), '/Users', filter)).toEqual(names)
  })

  it.each([
    'userName',
    'userName eq',
    'userName eq "a',
    'userName xx "a"',
    'nonsense eq "a"',
    'name eq "a"',
    'active gt true',
    'active co "r"',
    'userName ne 5',
    'password eq "x"',
    'meta.version eq "1"',
    'userName eq "a" and',
    '(userName eq "a"',
    'userName eq "a")',
    'emails[type eq "work"',
    'emails[]',
    '__proto__ eq "x"',
    'constructor.prototype eq "x"',
    'userName eq "a" ; drop table users',
    `${'('.repeat(3000)}userName pr`,
    Array.from({ length: 60 }, () => 'title pr').join(' or '),
    `userName eq "${'x'.repeat(5000)}"`,
  ])('%s is refused as invalidFilter', async (filter) => {
    expect(await refusal(await tenant(), filter)).toEqual([400, 'invalidFilter'])
  })

  it('of as many terms as are allowed works', async () => {
    const scim = await directory()
    const terms = (join: string) =>
      Array.from({ length: 50 }, (_, index) => `emails[type eq "work" and value sw "ann${index}"]`)
        .slice(0, 25)
        .join(join)
    expect(await find(scim, '/Users', terms(' or '))).toEqual([])
    const simple = Array.from(
      { length: 50 },
      (_, index) => `userName ew "n${index === 7 ? '' : index}"`,
    ).join(' or ')
    expect(await find(scim, '/Users', simple)).toEqual(['ann'])
  })

  it('on groups.value and members.value goes by who is in which team', async () => {
    const scim = await directory()
    const users = (await scim.call('GET', '/Users')).body.Resources
    const made = await scim.call('POST', '/Groups', {
      displayName: 'Team #1',
      externalId: 'T',
      members: [{ value: users[0].id }],
    })
    await scim.call('POST', '/Groups', { displayName: 'Other' })
    expect(await find(scim, '/Users', `groups.value eq "${made.body.id}"`)).toEqual(['ann'])
    expect(await find(scim, '/Users', `groups eq "${made.body.id}"`)).toEqual(['ann'])
    expect(await find(scim, '/Users', 'groups.display sw "team"')).toEqual(['ann'])
    expect(await find(scim, '/Users', 'groups pr')).toEqual(['ann'])
    expect(await find(scim, '/Users', 'not (groups pr)')).toEqual(['bob', 'ÄNNE'])
    expect(await find(scim, '/Groups', `members.value eq "${users[0].id}"`)).toEqual(['Team #1'])
    expect(await find(scim, '/Groups', `members[value eq "${users[0].id}"]`)).toEqual(['Team #1'])
    expect(await find(scim, '/Groups', `members eq "${users[1].id}"`)).toEqual([])
    expect(await find(scim, '/Groups', 'displayName eq "TEAM #1"')).toEqual(['Team #1'])
    expect(await find(scim, '/Groups', 'externalId eq "T"')).toEqual(['Team #1'])
    expect(await find(scim, '/Groups', `schemas eq "${groupUrn}"`)).toEqual(['Team #1', 'Other'])
  })
})
