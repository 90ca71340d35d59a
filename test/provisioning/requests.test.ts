/** Requests as a whole, as clients and browsers send them: addresses, media types, bodies. */
import { describe, expect, it } from 'vitest'
import { makeToken } from '../../src/tokens/secret'
import { admin, origin, send, tenant } from '../support/gateway'
import { groupUrn, patch, person, userUrn, type ScimClient } from '../support/tenant'

async function told(scim: ScimClient): Promise<string[]> {
  const { body } = await admin.call('GET', `/tenants/${scim.slug}/activity?outcome=passedOver`)
  return body.activity.flatMap(({ passedOver }: any) => passedOver.map(({ name }: any) => name))
}

async function setProfile(scim: ScimClient, profile: string): Promise<void> {
  await admin.call('PATCH', `/tenants/${scim.slug}`, { profile })
}

describe('the base URL', () => {
  it('answers what the root search answers', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'ann', title: 'x' }))
    await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'Sales' })
    for (const [query, search] of [
      ['', {}],
      ['?count=1', { count: 1 }],
      [
        '?count=1&startIndex=2&attributes=userName',
        { count: 1, startIndex: 2, attributes: 'userName' },
      ],
      ['?filter=title+pr', { filter: 'title pr' }],
      ['?filter=meta.resourceType+eq+"Group"', { filter: 'meta.resourceType eq "Group"' }],
      ['?filter=userName+eq+', { filter: 'userName eq ' }],
      [
        '?sortBy=displayName&sortOrder=descending',
        { sortBy: 'displayName', sortOrder: 'descending' },
      ],
    ] as const) {
      const wanted = await scim.call('POST', '/.search', search)
      for (const address of [query, `/${query}`]) {
        const { status, body } = await scim.call('GET', address)
        expect([query, status, body]).toEqual([query, wanted.status, wanted.body])
      }
    }
    expect((await scim.call('GET', '')).body.totalResults).toBe(2)
    const walked = (await scim.call('GET', '?cursor=&count=1')).body
    const next = (await scim.call('GET', `?cursor=${walked.nextCursor}&count=1`)).body
    expect([walked, next].map(({ Resources }) => Resources[0].id)).toHaveLength(2)
    const posted = await scim.call('POST', '', person())
    expect([posted.status, posted.headers.get('Allow')]).toEqual([405, 'GET'])
  })

  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const open = (url: string, headers: Record<string, string> = {}) =>
    send(new Request(url, { headers: { Accept: accept, ...headers } }))

  it('says to a browser what it is and where to paste it, whoever it belongs to', async () => {
    const scim = await tenant()
    const stranger = `${origin}/scim/v2/nobody-here`
    const pages = []
    for (const url of [scim.baseUrl, stranger]) {
      const answer = await open(`${url}/?token=secret-text`)
      const page = await answer.text()
      expect(page).toContain(`<code>${url}</code>`)
      expect(page).toMatch(/Tenant URL.*base URL/s)
      expect(page).not.toContain('secret-text')
      const { headers } = answer
      const requestId = headers.get('X-Request-Id') ?? ''
      pages.push({
        status: answer.status,
        page: page.replaceAll(url, ''),
        headers: JSON.stringify([...headers]).replace(requestId, ''),
      })
    }
    expect(pages[0]).toEqual(pages[1])
    expect(pages[0]?.status).toBe(401)
    expect(pages[0]?.headers).toContain('no-store')
    expect(pages[0]?.headers).toContain("default-src 'none'")
  })

  it('shows nothing of an address as anything but text', async () => {
    for (const name of [
      '<script>alert(1)</script>',
      '"onload="x',
      "'><img src=x>",
      '&lt;b&gt;',
      '%3Cb%3E',
    ]) {
      const page = await (await open(`${origin}/scim/v2/${name.replaceAll('/', '%2F')}`)).text()
      const shown = /<code>(.*)<\/code>/s.exec(page)?.[1] ?? ''
      expect(shown).toContain('/scim/v2/')
      expect(shown).not.toMatch(/[<>"']/)
      expect(page.match(/<\w+/g)).toEqual(
        (await (await open(`${origin}/scim/v2/a`)).text()).match(/<\w+/g),
      )
    }
  })

  it('is no page to a program, with a token of any kind, or at another address', async () => {
    const scim = await tenant()
    const authorized = { Authorization: `Bearer ${scim.token}` }
    const list = await open(scim.baseUrl, authorized)
    expect(await list.json()).toMatchObject({ totalResults: 0 })
    const wrong = { Authorization: `Bearer ${await makeToken(scim.slug)}` }
    for (const answer of [
      await open(scim.baseUrl, wrong),
      await open(`${scim.baseUrl}/Users`),
      await open(scim.baseUrl, { Accept: '*/*' }),
      await send(new Request(scim.baseUrl, { method: 'POST', headers: { Accept: accept } })),
    ]) {
      expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
        401,
        'application/scim+json',
      ])
    }
  })
})

describe('an address in another case', () => {
  it.each(['/users', '/USERS', '/%75sers', '//users/'])('%s is that of people', async (path) => {
    const scim = await tenant()
    const made = await scim.call('POST', path, person())
    expect(made.status).toBe(201)
    expect(made.body.meta.location).toBe(`${scim.baseUrl}/Users/${made.body.id}`)
    const one = await scim.call('GET', `${path}/${made.body.id}`)
    expect([one.status, one.headers.get('X-Passed-Over')]).toEqual([200, 'endpointInOtherCase=1'])
    const found = await scim.call('POST', `${path}/.search`, { filter: 'title pr' })
    expect([found.status, found.body.totalResults]).toEqual([200, 0])
    expect((await scim.call('DELETE', `${path}/${made.body.id}`)).status).toBe(204)
    expect(await told(scim)).toContain('endpointInOtherCase')
  })

  it('may be the one that Microsoft once gave the configuration, but in the profile rfc', async () => {
    const scim = await tenant()
    for (const path of ['/serviceConfiguration', '/ServiceConfiguration/']) {
      const { status, body, headers } = await scim.call('GET', path)
      expect([status, body.patch.supported]).toEqual([200, true])
      expect(headers.get('X-Passed-Over')).toBe('formerEndpoint=1')
    }
    expect(await told(scim)).toContain('formerEndpoint')
    await setProfile(scim, 'rfc')
    const { status, code } = await scim.call('GET', '/serviceConfiguration')
    expect([status, code]).toEqual([404, 'routeNotFound'])
  })

  it('leads to teams, discovery and Bulk, and in the profile rfc nowhere', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/groups', { schemas: [groupUrn], displayName: 'Sales' })
    const requests = [
      ['GET', '/groups', undefined],
      [
        'PATCH',
        `/gROUPS/${made.body.id}`,
        patch({ op: 'replace', path: 'externalId', value: '1' }),
      ],
      ['GET', '/schemas', undefined],
      ['GET', '/serviceproviderconfig', undefined],
      ['GET', '/resourceTypes/User', undefined],
      ['GET', `/Schemas/${userUrn}`, undefined],
    ] as const
    for (const [method, path, body] of requests) {
      const { status } = await scim.call(method, path, body)
      expect([path, status]).toEqual([path, 200])
    }
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    const operation = { method: 'POST', path: '/users', bulkId: 'a', data: person() }
    const inBulk = { schemas, Operations: [operation] }
    const done = await scim.call('POST', '/Bulk', inBulk)
    expect(done.body.Operations[0]).toMatchObject({ status: '201' })
    expect(done.body.Operations[0].location).toContain('/Users/')
    expect(done.headers.get('X-Passed-Over')).toContain('endpointInOtherCase=1')
    await setProfile(scim, 'rfc')
    for (const [method, path, body] of requests.slice(0, 5)) {
      const { status, code } = await scim.call(method, path, body)
      expect([path, status, code]).toEqual([path, 404, 'routeNotFound'])
    }
    const refused = await scim.call('POST', '/Bulk', inBulk)
    expect(refused.body.Operations[0]).toMatchObject({ status: '400' })
    expect((await scim.call('GET', `/Schemas/${userUrn}`)).status).toBe(200)
  })

  it('needs a token like every other, and is of no use to what is no endpoint', async () => {
    const scim = await tenant()
    expect((await send(new Request(`${scim.baseUrl}/users`))).status).toBe(401)
    for (const path of ['/user', '/userss', '/Users/x/y', '/me/x', '/SCIM/Users']) {
      expect((await scim.call('GET', path)).status).toBe(404)
    }
  })
})

describe('two media types', () => {
  it.each([
    ['application/scim+json, application/json', 201],
    ['application/json,application/json', 201],
    ['application/json; charset=utf-8, application/scim+json;charset="utf-8,x"', 201],
    ['application/json; x="a, text/plain"', 201],
    ['application/json, text/plain', 415],
    ['text/html, application/json', 415],
    ['application/json,', 415],
    [',', 415],
  ])('in one header are understood when both are JSON: %s', async (type, status) => {
    const scim = await tenant()
    const headers = { 'Content-Type': type }
    const answer = await scim.call('POST', '/Users', person(), headers)
    expect(answer.status).toBe(status)
    const isTold = answer.headers.get('X-Passed-Over') === 'severalMediaTypes=1'
    expect(isTold).toBe(status === 201 && !type.includes('text'))
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(status === 201 ? 1 : 0)
    if (!isTold) return
    expect(await told(scim)).toEqual(['severalMediaTypes'])
    await setProfile(scim, 'rfc')
    const refused = await scim.call('POST', '/Users', person(), headers)
    expect([refused.status, refused.code]).toEqual([400, 'notTolerated'])
  })
})

describe('a search without a body', () => {
  it('is an empty one, told as that, and refused in the profile rfc', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'Sales' })
    for (const [path, total] of [
      ['/Users/.search', 1],
      ['/Groups/.search', 1],
      ['/.search', 2],
    ] as const) {
      const { status, body, headers } = await scim.call('POST', path)
      expect([path, status, body.totalResults]).toEqual([path, 200, total])
      expect(headers.get('X-Passed-Over')).toBe('searchWithoutBody=1')
    }
    expect(await told(scim)).toEqual(['searchWithoutBody'])
    for (const query of ['filter=title+pr', '$filter=x', 'count=1;filter=x']) {
      const { status, body } = await scim.call('POST', `/Users/.search?${query}`)
      expect([query, status, body.scimType]).toEqual([query, 400, 'invalidFilter'])
    }
    expect((await scim.call('POST', '/Users/.search?count=0')).status).toBe(200)
    for (const body of [' ', '[]', 'null', '{']) {
      expect((await scim.call('POST', '/Users/.search', body)).status).toBe(400)
    }
    expect((await scim.call('POST', '/Users')).status).toBe(400)
    await setProfile(scim, 'rfc')
    expect((await scim.call('POST', '/Users/.search')).code).toBe('notTolerated')
  })
})
