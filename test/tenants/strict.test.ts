/** The profile `strict`: what the SCIM 2.0 Interoperability Profile forbids and RFC 7644 allows. */
import { describe, expect, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { enterpriseUrn, groupUrn, patch, person, type ScimClient } from '../support/tenant'

const strict = () => tenant({ profile: 'strict' })

async function make(scim: ScimClient, more: object = {}): Promise<string> {
  const made = await scim.call('POST', '/Users', person(more as Record<string, unknown>))
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.id
}

describe('the profile strict', () => {
  const two = [
    { value: 'a@example.com', type: 'work' },
    { value: 'b@example.com', type: 'work' },
  ]
  const phones = [
    { value: '1', type: 'work' },
    { value: '2', type: 'work' },
  ]

  it.each<[string, string, string, unknown, string, string]>([
    ['an unknown attribute', 'POST', '/Users', { nosuch: 1 }, 'notTolerated', 'invalidSyntax'],
    [
      'an unknown attribute of nothing',
      'POST',
      '/Users',
      { nosuch: null },
      'notTolerated',
      'invalidSyntax',
    ],
    [
      'an unknown part',
      'POST',
      '/Users',
      { name: { nosuch: 'x' } },
      'notTolerated',
      'invalidSyntax',
    ],
    [
      'an unknown attribute of an extension',
      'POST',
      '/Users',
      { [enterpriseUrn]: { nosuch: 'x' } },
      'notTolerated',
      'invalidSyntax',
    ],
    [
      'an unknown schema',
      'POST',
      '/Users',
      { 'urn:example:params:scim:schemas:own:2.0:User': { a: 'x' } },
      'notTolerated',
      'invalidSyntax',
    ],
    ['an unknown attribute', 'PUT', '/Users/ID', { nosuch: 'x' }, 'notTolerated', 'invalidSyntax'],
    [
      'an unknown path alone',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'nosuch', value: 'x' }),
      'notTolerated',
      'invalidSyntax',
    ],
    [
      'an unknown path beside a known one',
      'PATCH',
      '/Users/ID',
      patch(
        { op: 'replace', path: 'title', value: 'x' },
        { op: 'add', path: 'nosuch', value: 'x' },
      ),
      'notTolerated',
      'invalidSyntax',
    ],
    [
      'the removal of what no schema knows',
      'PATCH',
      '/Users/ID',
      patch({ op: 'remove', path: 'urn:example:own:2.0:User:a' }),
      'notTolerated',
      'invalidSyntax',
    ],
    ['a password', 'POST', '/Users', { password: 'secret' }, 'notTolerated', 'invalidSyntax'],
    [
      'a password in a PATCH',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'password', value: 'secret' }),
      'notTolerated',
      'invalidSyntax',
    ],
    [
      'a replace without a path',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', value: { active: false } }),
      'pathMissing',
      'invalidSyntax',
    ],
    [
      'a remove without a path',
      'PATCH',
      '/Users/ID',
      patch({ op: 'remove' }),
      'pathMissing',
      'invalidSyntax',
    ],
    [
      'an add without a path to a team',
      'PATCH',
      '/Groups/TEAM',
      patch({ op: 'add', value: { members: [] } }),
      'pathMissing',
      'invalidSyntax',
    ],
    [
      'a whole entry as target',
      'PATCH',
      '/Users/ID',
      patch({
        op: 'replace',
        path: 'phoneNumbers[value eq "1"]',
        value: { value: '3', type: 'home' },
      }),
      'pathOfEntry',
      'invalidPath',
    ],
    [
      'the removal of a whole entry',
      'PATCH',
      '/Users/ID',
      patch({ op: 'remove', path: 'phoneNumbers[value eq "1"]' }),
      'pathOfEntry',
      'invalidPath',
    ],
    [
      'a filter that matches several',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '3' }),
      'severalEntries',
      'invalidFilter',
    ],
    [
      'a type that its list does not declare',
      'POST',
      '/Users',
      { roles: [{ value: 'boss', type: 'strange' }] },
      'wrongType',
      'invalidValue',
    ],
    [
      'such a type in a PATCH',
      'PATCH',
      '/Users/ID',
      patch({ op: 'replace', path: 'phoneNumbers[value eq "1"].type', value: 'strange' }),
      'wrongType',
      'invalidValue',
    ],
    [
      'a filter on what no schema knows',
      'GET',
      '/Users?filter=nosuch+eq+"x"',
      undefined,
      'invalidFilter',
      'invalidFilter',
    ],
    [
      'a filter on what no schema of a team knows',
      'GET',
      '/Groups?filter=userName+eq+"x"',
      undefined,
      'invalidFilter',
      'invalidFilter',
    ],
    [
      'a filter on a password',
      'GET',
      '/Users?filter=password+eq+"x"',
      undefined,
      'invalidFilter',
      'invalidFilter',
    ],
  ])(
    'refuses %s by %s %s, and stores nothing of it',
    async (_, method, path, body, code, scimType) => {
      const scim = await strict()
      const id = await make(scim, { phoneNumbers: phones })
      const team = (
        await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'Team' })
      ).body.id
      const before = await scim.call('GET', `/Users/${id}`)
      const sent =
        method === 'POST' || method === 'PUT' ? person(body as Record<string, unknown>) : body
      const refused = await scim.call(method, path.replace('ID', id).replace('TEAM', team), sent)
      expect([refused.status, refused.code, refused.body.scimType]).toEqual([400, code, scimType])
      expect((await scim.call('GET', `/Users/${id}`)).body).toEqual(before.body)
      expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
    },
  )

  it('replaces a complex attribute as a whole, and adds to one', async () => {
    const scim = await strict()
    const id = await make(scim, {
      name: { givenName: 'Ann', familyName: 'Tester', middleName: 'M.' },
    })
    const change = (...operations: readonly unknown[]) =>
      scim.call('PATCH', `/Users/${id}`, patch(...operations))
    const replaced = await change({
      op: 'replace',
      path: 'name',
      value: { givenName: 'Eve', familyName: 'New' },
    })
    expect(replaced.body.name).toEqual({ givenName: 'Eve', familyName: 'New' })
    const added = await change({ op: 'add', path: 'name', value: { middleName: 'B.' } })
    expect(added.body.name).toEqual({ givenName: 'Eve', familyName: 'New', middleName: 'B.' })
    const manager = `${enterpriseUrn}:manager`
    await change({ op: 'add', path: manager, value: { value: '1', $ref: '../Users/1' } })
    const moved = await change({ op: 'replace', path: manager, value: { value: '2' } })
    expect(moved.body[enterpriseUrn].manager).toEqual({ value: '2' })
    const gone = await change({ op: 'replace', path: 'name', value: {} })
    expect(gone.body.name).toBeUndefined()
  })

  it('keeps the parts of a complex attribute under other profiles, as RFC 7644 says', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const id = await make(scim, { name: { givenName: 'Ann', familyName: 'Tester' } })
    const kept = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'name', value: { givenName: 'Eve' } }),
    )
    expect(kept.body.name).toEqual({ givenName: 'Eve', familyName: 'Tester' })
  })

  it('takes what the profile allows: parts by a filter, lists as a whole, members one by one', async () => {
    const scim = await strict()
    const id = await make(scim, { phoneNumbers: [{ value: '1', type: 'work' }] })
    const change = (...operations: readonly unknown[]) =>
      scim.call('PATCH', `/Users/${id}`, patch(...operations))
    const part = await change({
      op: 'replace',
      path: 'phoneNumbers[type eq "work"].value',
      value: '2',
    })
    expect(part.body.phoneNumbers).toEqual([{ value: '2', type: 'work' }])
    const removed = await change({ op: 'remove', path: 'phoneNumbers[type eq "work"].value' })
    expect(removed.body.phoneNumbers).toBeUndefined()
    expect((await change({ op: 'replace', path: 'emails', value: two })).body.emails).toHaveLength(
      2,
    )
    const role = { value: 'boss', type: 'Other' }
    expect((await change({ op: 'add', path: 'roles', value: [role] })).body.roles).toEqual([role])
    const team = await scim.call('POST', '/Groups', {
      schemas: [groupUrn],
      displayName: 'Team',
      members: [{ value: id }],
    })
    const left = await scim.call(
      'PATCH',
      `/Groups/${team.body.id}`,
      patch({ op: 'remove', path: `members[value eq "${id}"]` }),
    )
    expect([left.status, left.body.members ?? []]).toEqual([200, []])
  })

  it('describes types for every list, pages, and no password; and says that it keeps the profile', async () => {
    const scim = await strict()
    const config = (await scim.call('GET', '/ServiceProviderConfig')).body
    expect(config.interopProfileConformant).toBe(true)
    expect(config.pagination).toMatchObject({ cursor: true, index: true })
    const schemas = (await scim.call('GET', '/Schemas')).body.Resources
    const attributes = schemas.flatMap((schema: any) => schema.attributes)
    expect(attributes.map(({ name }: any) => name)).not.toContain('password')
    const types = attributes
      .filter(({ multiValued }: any) => multiValued)
      .flatMap(({ subAttributes = [] }: any) =>
        subAttributes.filter(({ name }: any) => name === 'type'),
      )
    expect(types.length).toBeGreaterThan(8)
    for (const type of types) expect(type.canonicalValues.length).toBeGreaterThan(0)
  })

  it.each(['auto', 'onelogin', 'okta', 'entra', 'aws', 'rfc'])(
    'is the only one that says so: %s does not',
    async (profile) => {
      const scim = await tenant({ profile })
      const config = (await scim.call('GET', '/ServiceProviderConfig')).body
      expect(config).not.toHaveProperty('interopProfileConformant')
      const user = (await scim.call('GET', '/Schemas/urn:ietf:params:scim:schemas:core:2.0:User'))
        .body
      expect(user.attributes.map(({ name }: any) => name)).toContain('password')
    },
  )

  it('does not say so where a schema of the tenant leaves out the types of a list', async () => {
    const scim = await strict()
    const attributes = (type: object) => ({
      extensions: [
        {
          resourceType: 'User',
          id: 'urn:acme:params:scim:schemas:extension:1.0:User',
          name: 'Acme',
          attributes: [
            {
              name: 'desks',
              type: 'complex',
              multiValued: true,
              subAttributes: [{ name: 'value' }, { name: 'type', ...type }],
            },
          ],
        },
      ],
    })
    const says = async () =>
      (await scim.call('GET', '/ServiceProviderConfig')).body.interopProfileConformant
    await admin.call('PATCH', `/tenants/${scim.slug}`, attributes({}))
    expect(await says()).toBeUndefined()
    await admin.call('PATCH', `/tenants/${scim.slug}`, attributes({ canonicalValues: ['left'] }))
    expect(await says()).toBe(true)
  })

  it('does not say so while a schema is described that was observed under another profile', async () => {
    const scim = await tenant({ profile: 'auto' })
    await make(scim, { 'urn:example:params:scim:schemas:own:2.0:User': { badge: 'x' } })
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'strict' })
    const config = (await scim.call('GET', '/ServiceProviderConfig')).body
    expect(config).not.toHaveProperty('interopProfileConformant')
  })

  it('takes names and addresses with capitals, which are the same as without them', async () => {
    const made = await admin.call('POST', '/tenants', {
      slug: `s-${crypto.randomUUID().slice(0, 8)}`,
      name: 'S',
      profile: 'strict',
    })
    expect(made.body.rules ?? made.body.settings?.rules).toMatchObject({ email: 'lowercase' })
    const scim = await strict()
    await make(scim, { userName: 'jsmith' })
    const again = await scim.call('POST', '/Users', person({ userName: 'JSmith' }))
    expect([again.status, again.body.scimType]).toEqual([409, 'uniqueness'])
  })
})
