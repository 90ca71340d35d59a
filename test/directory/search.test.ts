/** Sorting, cursors and `.search`. */
import { describe, expect, it } from 'vitest'
import { bindings, tenant } from '../support/gateway'
import { enterpriseUrn, person, type ScimClient } from '../support/tenant'

async function directory(bodies: readonly Record<string, unknown>[]): Promise<ScimClient> {
  const scim = await tenant({ rules: { name: 'allow', email: 'allow' } })
  for (const body of bodies) {
    const made = await scim.call('POST', '/Users', body)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
  }
  return scim
}

async function names(scim: ScimClient, query: string): Promise<string[]> {
  const { status, body } = await scim.call('GET', `/Users?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.Resources.map(({ userName }: any) => userName)
}

describe('sortBy', () => {
  const people = [
    {
      userName: 'carl',
      title: 'b',
      externalId: 'B',
      emails: [{ value: 'z@x.com' }, { value: 'a@x.com', primary: true }],
    },
    {
      userName: 'Ann',
      title: 'A',
      externalId: 'a',
      emails: [{ value: 'c@x.com' }, { value: 'b@x.com' }],
    },
    { userName: 'bob', externalId: 'C', name: { familyName: 'Zorn' }, active: false },
    { userName: 'Ärne', title: 'a', [enterpriseUrn]: { department: 'Q' } },
  ]

  it.each([
    ['sortBy=userName', ['Ann', 'bob', 'carl', 'Ärne']],
    ['sortBy=USERNAME&sortOrder=descending', ['Ärne', 'carl', 'bob', 'Ann']],
    // Equal keys stay in order of creation; what has no value comes last, or first when descending.
    ['sortBy=title', ['Ann', 'Ärne', 'carl', 'bob']],
    ['sortBy=title&sortOrder=descending', ['bob', 'carl', 'Ann', 'Ärne']],
    // caseExact: capitals before small letters.
    ['sortBy=externalId', ['carl', 'bob', 'Ann', 'Ärne']],
    // The primary value counts, else the first.
    ['sortBy=emails', ['carl', 'Ann', 'bob', 'Ärne']],
    ['sortBy=emails.value&sortOrder=descending', ['bob', 'Ärne', 'Ann', 'carl']],
    ['sortBy=name.familyName', ['bob', 'carl', 'Ann', 'Ärne']],
    [`sortBy=${enterpriseUrn}:department`, ['Ärne', 'carl', 'Ann', 'bob']],
    ['sortBy=active', ['bob', 'carl', 'Ann', 'Ärne']],
    ['sortBy=schemas', ['carl', 'Ann', 'bob', 'Ärne']],
    ['sortBy=meta.created&sortOrder=descending&count=4', ['carl', 'Ann', 'bob', 'Ärne']],
    ['sortBy=id&filter=userName+eq+"bob"', ['bob']],
    ['sortBy=userName&startIndex=2&count=2', ['bob', 'carl']],
    ['sortBy=', ['carl', 'Ann', 'bob', 'Ärne']],
  ])('%s gives %j', async (query, expected) => {
    const scim = await directory(people)
    if (query.includes('meta.created')) {
      await bindings.DB.prepare(
        'update users set created_at = 1 where tenant_id = (select id from tenants where slug = ?)',
      )
        .bind(scim.slug)
        .run()
    }
    expect(await names(scim, query)).toEqual(expected)
  })

  it.each([
    'sortBy=nonsense',
    'sortBy=name',
    'sortBy=password',
    'sortBy=groups',
    'sortBy=meta.version',
    'sortBy=userName&sortOrder=sideways',
  ])('%s is refused', async (query) => {
    const { status, code } = await (await tenant()).call('GET', `/Users?${query}`)
    expect([status, code]).toEqual([400, 'invalidQuery'])
  })
})

describe('cursors', () => {
  async function walk(scim: ScimClient, path: string, query: string): Promise<any[]> {
    const pages: any[] = []
    let cursor: string | undefined = ''
    while (cursor !== undefined) {
      const { status, body } = await scim.call('GET', `${path}?${query}&cursor=${cursor}`)
      expect(status, JSON.stringify(body)).toBe(200)
      pages.push(body)
      cursor = body.nextCursor
    }
    return pages
  }

  it.each([
    'count=3',
    'count=3&sortBy=title',
    'count=3&sortBy=title&sortOrder=descending',
    'count=3&sortBy=emails.value&filter=active+eq+true',
    'count=100',
  ])('walk everybody once by %s, forth and back', async (query) => {
    const scim = await directory(
      Array.from({ length: 10 }, (_, index) =>
        person({
          ...(index % 3 === 0 ? {} : { title: `Title ${index % 4}` }),
          ...(index % 4 === 0 ? { emails: [] } : {}),
        }),
      ),
    )
    const plain = (await scim.call('GET', `/Users?${query.replace('count=3', 'count=100')}`)).body
    const pages = await walk(scim, '/Users', query)
    expect(pages.flatMap(({ Resources }) => Resources)).toEqual(plain.Resources)
    for (const page of pages) {
      expect(page).toMatchObject({ totalResults: 10, itemsPerPage: page.Resources.length })
      expect(page).not.toHaveProperty('startIndex')
    }
    expect(pages[0]).not.toHaveProperty('previousCursor')
    let back = pages.at(-1)
    for (let index = pages.length - 2; index >= 0; index -= 1) {
      back = (await scim.call('GET', `/Users?${query}&cursor=${back.previousCursor}`)).body
      expect(back.Resources).toEqual(pages[index].Resources)
      expect(
        (await scim.call('GET', `/Users?${query}&cursor=${back.nextCursor}`)).body.Resources,
      ).toEqual(pages[index + 1].Resources)
    }
    expect(back).not.toHaveProperty('previousCursor')
  })

  it('skip nobody who was there throughout, whoever comes and goes meanwhile', async () => {
    const scim = await directory(Array.from({ length: 12 }, () => person()))
    const all = (await scim.call('GET', '/Users')).body.Resources.map(({ id }: any) => id)
    const seen: string[] = []
    let cursor: string | undefined = ''
    while (cursor !== undefined) {
      const { body }: { body: any } = await scim.call('GET', `/Users?count=3&cursor=${cursor}`)
      seen.push(...body.Resources.map(({ id }: any) => id))
      cursor = body.nextCursor
      // One who was seen and one who was not yet are deleted, and one is new.
      const [first] = seen
      await scim.call('DELETE', `/Users/${all[0] === first ? all.shift() : seen[0]}`)
      await scim.call('POST', '/Users', person())
      if (seen.length > 20) break
    }
    for (const id of all.slice(0, 12)) expect(seen).toContain(id)
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('are refused when they are changed, or used with another tenant, filter, order or type', async () => {
    const scim = await directory([person(), person(), person()])
    await scim.call('POST', '/Groups', { displayName: 'One' })
    await scim.call('POST', '/Groups', { displayName: 'Two' })
    const { nextCursor } = (await scim.call('GET', '/Users?count=1&cursor=')).body
    expect(nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/)
    expect(atob(nextCursor.replaceAll('-', '+').replaceAll('_', '/'))).not.toMatch(/\[\d+,/)
    const refused = async (client: ScimClient, path: string) => {
      const { status, body } = await client.call('GET', path)
      return [status, body.scimType]
    }
    const invalid = [400, 'invalidCursor']
    expect(await refused(scim, `/Users?cursor=${nextCursor}x`)).toEqual(invalid)
    expect(await refused(scim, `/Users?cursor=x${nextCursor}`)).toEqual(invalid)
    expect(await refused(scim, '/Users?cursor=nonsense')).toEqual(invalid)
    expect(await refused(scim, `/Users?cursor=${nextCursor}.x`)).toEqual(invalid)
    expect(await refused(scim, `/Users?cursor=${nextCursor}&filter=title+pr`)).toEqual(invalid)
    expect(await refused(scim, `/Users?cursor=${nextCursor}&sortBy=title`)).toEqual(invalid)
    expect(await refused(scim, `/Groups?cursor=${nextCursor}`)).toEqual(invalid)
    expect(await refused(await tenant(), `/Users?cursor=${nextCursor}`)).toEqual(invalid)
    expect(await refused(scim, `/Users?cursor=${nextCursor}&count=many`)).toEqual([
      400,
      'invalidCount',
    ])
    expect((await scim.call('GET', `/Users?cursor=${nextCursor}&startIndex=1`)).status).toBe(400)
    expect(
      (await scim.call('GET', `/Users?cursor=${nextCursor}&count=2`)).body.Resources,
    ).toHaveLength(2)
  })

  const pagination = {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: 1000,
    maxPageSize: 1000,
    cursorTimeout: 3600,
  }
  const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

  it.each([
    ['auto', 'attributes=pagination'],
    ['okta', 'attributes=patch,%20PAGINATION.cursor'],
    ['entra', `attributes=${configUrn}:pagination`],
    ['rfc', ''],
    ['rfc', 'excludedAttributes=patch'],
    ['rfc', 'attributes=pagination&excludedAttributes=pagination'],
  ])('are announced under the profile %s, asked with "%s"', async (profile, query) => {
    const scim = await tenant({ profile })
    const { body } = await scim.call('GET', `/ServiceProviderConfig?${query}`)
    expect(body).toMatchObject({ sort: { supported: true }, pagination })
  })

  it.each([
    ['auto', ''],
    ['onelogin', 'excludedAttributes=patch'],
    ['okta', 'attributes=patch'],
    ['entra', 'attributes='],
    ['rfc', 'excludedAttributes=pagination'],
    ['rfc', 'attributes=patch'],
  ])('are not announced to older clients: profile %s, asked with "%s"', async (profile, query) => {
    const scim = await tenant({ profile })
    const { body } = await scim.call('GET', `/ServiceProviderConfig?${query}`)
    expect(body).toMatchObject({ sort: { supported: true } })
    expect(body).not.toHaveProperty('pagination')
    expect((await scim.call('GET', '/Users?cursor=&count=1')).status).toBe(200)
  })
})

describe('POST .search', () => {
  const searchUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

  it('answers like a GET with the same parameters', async () => {
    const scim = await directory([
      { userName: 'ann', title: 'x' },
      { userName: 'bob', title: 'y' },
      { userName: 'carl' },
    ])
    const body = {
      schemas: [searchUrn],
      filter: 'title pr',
      sortBy: 'userName',
      sortOrder: 'descending',
      startIndex: 1,
      count: 1,
      attributes: ['userName'],
    }
    const found = await scim.call('POST', '/Users/.search', body)
    expect(found.status).toBe(200)
    expect(found.body).toEqual(
      (
        await scim.call(
          'GET',
          '/Users?filter=title+pr&sortBy=userName&sortOrder=descending&startIndex=1&count=1&attributes=userName',
        )
      ).body,
    )
    const first = await scim.call('POST', '/Users/.search', {
      schemas: [searchUrn],
      cursor: '',
      count: 2,
    })
    const second = await scim.call('POST', '/Users/.search', {
      schemas: [searchUrn],
      cursor: first.body.nextCursor,
      count: 2,
    })
    expect(
      [...first.body.Resources, ...second.body.Resources].map(({ userName }: any) => userName),
    ).toEqual(['ann', 'bob', 'carl'])
    expect((await scim.call('POST', '/Users/.search', { filter: 7 })).code).toBe('invalidQuery')
    expect(
      (await scim.call('POST', '/Users/.search', { filter: 'nonsense eq 1' })).body.scimType,
    ).toBe('invalidFilter')
    expect((await scim.call('POST', '/Users/.search', {})).body.totalResults).toBe(3)
  })

  it('at the root goes through users and teams, by page and by cursor', async () => {
    const scim = await directory([{ userName: 'ann', externalId: 'one' }, { userName: 'bob' }])
    await scim.call('POST', '/Groups', { displayName: 'Team', externalId: 'two' })
    const search = async (body: unknown) => {
      const answer = await scim.call('POST', '/.search', body)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return answer.body
    }
    const shown = ({ Resources }: any) =>
      Resources.map((resource: any) => resource.userName ?? resource.displayName)
    expect(shown(await search({}))).toEqual(['ann', 'bob', 'Team'])
    expect(shown(await search({ startIndex: 2, count: 2 }))).toEqual(['bob', 'Team'])
    expect(await search({ startIndex: 3, count: 5 })).toMatchObject({
      totalResults: 3,
      startIndex: 3,
      itemsPerPage: 1,
    })
    expect(shown(await search({ filter: 'externalId pr' }))).toEqual(['ann', 'Team'])
    expect(shown(await search({ filter: 'userName eq "bob"' }))).toEqual(['bob'])
    expect(shown(await search({ filter: 'meta.resourceType eq "Group"' }))).toEqual(['Team'])
    expect(shown(await search({ sortBy: 'userName', sortOrder: 'descending' }))).toEqual([
      'bob',
      'ann',
      'Team',
    ])
    expect((await scim.call('POST', '/.search', { filter: 'nonsense pr' })).status).toBe(400)
    const seen: string[] = []
    let cursor: string | undefined = ''
    while (cursor !== undefined && seen.length < 10) {
      const page: any = await search({ cursor, count: 1 })
      seen.push(...shown(page))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(['ann', 'bob', 'Team'])
  })
})
