/** Rules of the RFCs that no other test is about; docs/conformance.md names them. */
import { describe, expect, it, vi } from 'vitest'
import { tenant } from '../support/gateway'
import { enterpriseUrn, patch, person, userUrn } from '../support/tenant'

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

describe('a resource', () => {
  it('that does not exist is 404 for every method, and PUT does not create it', async () => {
    const scim = await tenant()
    for (const endpoint of ['/Users', '/Groups']) {
      const address = `${endpoint}/${crypto.randomUUID()}`
      const answers = [
        await scim.call('GET', address),
        await scim.call('PUT', address, person()),
        await scim.call('PATCH', address, patch({ op: 'replace', path: 'externalId', value: 'x' })),
        await scim.call('DELETE', address),
      ]
      for (const { status, body } of answers) {
        expect([status, body.schemas, body.status]).toEqual([404, [errorUrn], '404'])
      }
      expect((await scim.call('GET', endpoint)).body.totalResults).toBe(0)
    }
  })

  it('keeps its id and time of creation, and moves its version and time of change', async () => {
    const scim = await tenant()
    const made = (await scim.call('POST', '/Users', person())).body
    await new Promise((resolve) => setTimeout(resolve, 5))
    const address = `/Users/${made.id}`
    const operation = patch({ op: 'replace', path: 'title', value: 'x' })
    const changed = (await scim.call('PATCH', address, operation)).body
    expect(changed.id).toBe(made.id)
    expect(changed.meta).toMatchObject({
      resourceType: 'User',
      created: made.meta.created,
      location: made.meta.location,
    })
    expect(changed.meta.version).not.toBe(made.meta.version)
    expect(Date.parse(changed.meta.lastModified)).toBeGreaterThan(
      Date.parse(made.meta.lastModified),
    )
  })

  it('is not touched by adding or replacing what it has', async () => {
    const scim = await tenant()
    const made = (await scim.call('POST', '/Users', person({ title: 'x' }))).body
    for (const op of ['add', 'replace']) {
      for (const [path, value] of [
        ['title', 'x'],
        ['emails', made.emails],
        ['name', made.name],
      ]) {
        const { status, body } = await scim.call(
          'PATCH',
          `/Users/${made.id}`,
          patch({ op, path, value }),
        )
        expect([status, body]).toEqual([200, made])
      }
    }
  })

  it('has nothing where null or an empty list was sent', async () => {
    const scim = await tenant()
    const { status, body } = await scim.call(
      'POST',
      '/Users',
      person({
        title: null,
        emails: [],
        name: { familyName: null },
        [enterpriseUrn]: { department: null },
      }),
    )
    expect(status).toBe(201)
    for (const name of ['title', 'emails', 'name', enterpriseUrn]) {
      expect(body).not.toHaveProperty([name])
    }
    expect(body.schemas).toEqual([userUrn])
  })

  it('names exactly the extensions that it has in schemas', async () => {
    const scim = await tenant()
    const extended = person({ [enterpriseUrn]: { department: 'x' } })
    const made = (await scim.call('POST', '/Users', extended)).body
    expect(made.schemas).toEqual([userUrn, enterpriseUrn])
    const address = `/Users/${made.id}`
    const path = `${enterpriseUrn}:department`
    const without = (await scim.call('PATCH', address, patch({ op: 'remove', path }))).body
    expect(without.schemas).toEqual([userUrn])
    expect(without).not.toHaveProperty([enterpriseUrn])
  })

  it('has one primary value at most, the one that was made primary last', async () => {
    const scim = await tenant()
    const made = (await scim.call('POST', '/Users', person())).body
    const added = { value: 'second@example.com', type: 'home', primary: true }
    const { body } = await scim.call(
      'PATCH',
      `/Users/${made.id}`,
      patch({ op: 'add', path: 'emails', value: [added] }),
    )
    expect(body.emails.filter(({ primary }: any) => primary === true)).toEqual([added])
    expect(body.emails).toHaveLength(2)
  })
})

describe('discovery', () => {
  const addresses = ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']

  it('refuses filters with 403, and passes over order, pages and projection', async () => {
    const scim = await tenant()
    for (const address of addresses) {
      const plain = await scim.call('GET', address)
      const query = 'sortBy=id&sortOrder=descending&startIndex=2&count=1&attributes=id'
      expect((await scim.call('GET', `${address}?${query}`)).body).toEqual(plain.body)
      const filtered = await scim.call('GET', `${address}?filter=id+pr`)
      expect([filtered.status, filtered.body.schemas]).toEqual([403, [errorUrn]])
    }
  })

  it('only reads', async () => {
    const scim = await tenant()
    for (const address of addresses) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await scim.call(method, address, {})
        expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET'])
      }
    }
  })

  it('describes resources and no messages, each schema under its URN', async () => {
    const scim = await tenant()
    const schemas = (await scim.call('GET', '/Schemas')).body.Resources
    for (const schema of schemas) {
      expect(schema.id).toMatch(/^urn:ietf:params:scim:schemas:/)
      expect(schema.schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:Schema'])
    }
    const types = (await scim.call('GET', '/ResourceTypes')).body.Resources
    const ids = new Set(schemas.map(({ id }: any) => id))
    for (const type of types) {
      for (const id of [type.schema, ...type.schemaExtensions.map((one: any) => one.schema)]) {
        expect(ids).toContain(id)
      }
      expect((await scim.call('GET', type.endpoint)).status).toBe(200)
    }
  })
})

describe('a page', () => {
  it('by cursor holds no more than was asked for, and the last has no nextCursor', async () => {
    const scim = await tenant()
    for (let index = 0; index < 3; index += 1) await scim.call('POST', '/Users', person())
    const first = (await scim.call('GET', '/Users?cursor=&count=2')).body
    expect(first).toMatchObject({ totalResults: 3, itemsPerPage: 2 })
    expect(first).not.toHaveProperty('previousCursor')
    const last = (await scim.call('GET', `/Users?cursor=${first.nextCursor}&count=2`)).body
    expect(last).toMatchObject({ totalResults: 3, itemsPerPage: 1 })
    expect(last).not.toHaveProperty('nextCursor')
  })

  it('goes by number when no way of paging is named, and never fails for that', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const { status, body } = await scim.call('GET', '/Users?count=1')
    expect([status, body.startIndex, body.itemsPerPage]).toEqual([200, 1, 1])
    expect(body).not.toHaveProperty('nextCursor')
  })

  it('by a cursor that is older than announced is refused as expiredCursor', async () => {
    const scim = await tenant()
    for (let index = 0; index < 2; index += 1) await scim.call('POST', '/Users', person())
    const { pagination } = (await scim.call('GET', '/ServiceProviderConfig?attributes=pagination'))
      .body
    const { nextCursor } = (await scim.call('GET', '/Users?cursor=&count=1')).body
    const address = `/Users?cursor=${nextCursor}&count=1`
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      vi.setSystemTime(now + (pagination.cursorTimeout - 60) * 1000)
      expect((await scim.call('GET', address)).status).toBe(200)
      vi.setSystemTime(now + (pagination.cursorTimeout + 60) * 1000)
      const { status, body } = await scim.call('GET', address)
      expect([status, body.scimType]).toEqual([400, 'expiredCursor'])
    } finally {
      vi.useRealTimers()
    }
  })
})
