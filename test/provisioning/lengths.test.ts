/** Lengths of what is stored, by every way of writing, and what was stored before there were any. */
import { describe, expect, it } from 'vitest'
import { lengths, maximumEntries } from '../../src/scim/text/limits'
import { codeOf } from '../support/error-code'
import { admin, homeDatabase, tenant } from '../support/gateway'
import { bulky, enterpriseUrn, patch, person, type ScimClient } from '../support/tenant'

const declared = 'urn:example:params:scim:schemas:extension:declared:2.0:User'
const undeclared = 'urn:example:params:scim:schemas:extension:undeclared:2.0:User'

const extensions = [
  {
    resourceType: 'User',
    id: declared,
    name: 'Declared',
    attributes: [
      { name: 'motto' },
      { name: 'mottos', multiValued: true },
      {
        name: 'seat',
        type: 'complex',
        subAttributes: [{ name: 'note' }, { name: 'notes', multiValued: true }],
      },
    ],
  },
]

const x = (length: number) => 'x'.repeat(length)

/** Attributes with a text of a given length, the longest that is kept, and the path of the refusal. */
const texts: readonly (readonly [path: string, most: number, of: (text: string) => object])[] = [
  ['userName', lengths.name, (userName) => ({ userName })],
  ['externalId', lengths.name, (externalId) => ({ externalId })],
  ['displayName', lengths.name, (displayName) => ({ displayName })],
  ['name.givenName', lengths.name, (givenName) => ({ name: { givenName } })],
  ['emails.value', lengths.name, (text) => ({ emails: [{ value: `a@${text.slice(2)}` }] })],
  ['emails.display', lengths.name, (display) => ({ emails: [{ value: 'a@x.test', display }] })],
  ['title', lengths.name, (title) => ({ title })],
  ['profileUrl', lengths.reference, (profileUrl) => ({ profileUrl })],
  ['photos.value', lengths.binary, (value) => ({ photos: [{ value }] })],
  ['x509Certificates.value', lengths.binary, (value) => ({ x509Certificates: [{ value }] })],
  [
    'addresses.streetAddress',
    lengths.text,
    (streetAddress) => ({ addresses: [{ streetAddress }] }),
  ],
  ['roles.value', lengths.text, (value) => ({ roles: [{ value }] })],
  [
    `${enterpriseUrn}:department`,
    lengths.name,
    (department) => ({ [enterpriseUrn]: { department } }),
  ],
  [
    `${enterpriseUrn}:manager.value`,
    lengths.name,
    (value) => ({ [enterpriseUrn]: { manager: { value } } }),
  ],
  [`${declared}:motto`, lengths.text, (motto) => ({ [declared]: { motto } })],
  [`${declared}:mottos`, lengths.text, (motto) => ({ [declared]: { mottos: ['a', motto] } })],
  [`${declared}:seat.note`, lengths.text, (note) => ({ [declared]: { seat: { note } } })],
  [`${undeclared}:a.note`, lengths.text, (note) => ({ [undeclared]: { a: [{ note }] } })],
]

/** The refusal of a person with these attributes in each way of writing; undefined for 2xx. */
async function everyWay(scim: ScimClient, more: object): Promise<readonly unknown[]> {
  const fresh = person()
  const body = { userName: fresh['userName'], ...more }
  const ways = [
    { method: 'POST', path: '/Users', bulkId: 'a', data: body },
    { method: 'PUT', path: '/Users/{id}', data: body },
    { method: 'PATCH', path: '/Users/{id}', data: patch({ op: 'add', value: more }) },
  ]
  const outcomes: unknown[] = []
  for (const { path, ...way } of ways) {
    for (const isBulk of [false, true]) {
      const present =
        way.method === 'POST' ? undefined : (await scim.call('POST', '/Users', fresh)).body.id
      const to = path.replace('{id}', String(present))
      const bulk = { Operations: [{ ...way, path: to }] }
      const answer = isBulk
        ? (await scim.call('POST', '/Bulk', bulk)).body.Operations[0]
        : await scim.call(way.method, to, way.data)
      outcomes.push(Number(answer.status) < 300 ? undefined : (answer.response ?? answer.body))
      const made: string = answer.location ?? answer.body?.id ?? ''
      const id = present ?? made.slice(made.lastIndexOf('/') + 1)
      if (id !== '') await scim.call('DELETE', `/Users/${id}`)
    }
  }
  return outcomes
}

describe('a text', () => {
  it.each(texts)(
    'in %s of %i characters is kept, and one more is refused',
    async (path, most, of) => {
      const scim = await tenant({ extensions })
      expect(await everyWay(scim, of(x(most)))).toEqual(Array(6).fill(undefined))
      for (const refused of await everyWay(scim, of(x(most + 1)))) {
        expect(refused).toMatchObject({ status: '400', scimType: 'invalidValue' })
        const { detail } = refused as { readonly detail: string }
        expect(detail).toContain(`"${path}" has ${most + 1} characters, and may have ${most}.`)
      }
    },
  )

  it('counts characters by code points', async () => {
    const scim = await tenant({ 'rules.name': 'allow' })
    const made = await scim.call('POST', '/Users', person({ displayName: '😀'.repeat(256) }))
    expect(made.status).toBe(201)
    const refused = await scim.call('POST', '/Users', person({ displayName: '😀'.repeat(257) }))
    expect(refused.code).toBe('textTooLong')
    const team = await scim.call('POST', '/Groups', { displayName: '𠮷'.repeat(256) })
    expect(team.status).toBe(201)
  })

  it('that a rule makes longer is measured as it is kept', async () => {
    const scim = await tenant({ 'rules.email': 'lowercase' })
    const refused = await scim.call(
      'POST',
      '/Users',
      person({ userName: `${'İ'.repeat(200)}@x.test` }),
    )
    expect([refused.status, refused.code]).toEqual([400, 'textTooLong'])
  })
})

describe('the name of a team', () => {
  it('has at most 256 characters, by POST, PUT, PATCH and Bulk', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Groups', { displayName: x(256) })).body
    const displayName = x(257)
    const op = { op: 'replace', path: 'displayName', value: displayName }
    const Operations = [{ method: 'POST', path: '/Groups', bulkId: 'a', data: { displayName } }]
    const bulk = await scim.call('POST', '/Bulk', { Operations })
    for (const body of [
      (await scim.call('POST', '/Groups', { displayName })).body,
      (await scim.call('POST', '/Groups', { displayName: 'a', externalId: displayName })).body,
      (await scim.call('PUT', `/Groups/${id}`, { displayName })).body,
      (await scim.call('PATCH', `/Groups/${id}`, patch(op))).body,
      bulk.body.Operations[0].response,
    ]) {
      expect([body.status, codeOf(body)]).toEqual(['400', 'textTooLong'])
    }
    expect((await scim.call('GET', '/Groups')).body.totalResults).toBe(1)
  })
})

describe('a list', () => {
  const entries = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

  it.each([
    ['roles', (count: number) => ({ roles: entries(count).map((value) => ({ value })) })],
    [`${declared}:mottos`, (count: number) => ({ [declared]: { mottos: entries(count) } })],
    [
      `${declared}:seat.notes`,
      (count: number) => ({ [declared]: { seat: { notes: entries(count) } } }),
    ],
    [`${undeclared}:a.b`, (count: number) => ({ [undeclared]: { a: { b: entries(count) } } })],
  ])('%s has at most 1,000 entries', async (path, of) => {
    const scim = await tenant({ extensions })
    expect(await everyWay(scim, of(maximumEntries))).toEqual(Array(6).fill(undefined))
    for (const refused of await everyWay(scim, of(maximumEntries + 1))) {
      expect(refused).toMatchObject({ status: '400' })
      const { detail } = refused as { readonly detail: string }
      expect(detail).toContain(`"${path}" would have more than 1000 values.`)
    }
  })
})

describe('a person', () => {
  it('takes at most 64 KiB, and the refusal names where most of it is', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', person(bulky))).body
    const photos = Array.from({ length: 2 }, (_, index) => ({ value: `${index}${x(5_000)}` }))
    for (const answer of [
      await scim.call('POST', '/Users', person({ ...bulky, photos })),
      await scim.call('PATCH', `/Users/${id}`, patch({ op: 'add', value: { photos } })),
    ]) {
      expect([answer.status, answer.code]).toEqual([413, 'resourceTooLarge'])
      expect(answer.body.detail).toContain('more than 65536 bytes, most of them in "')
    }
    const patched = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'add', value: { photos } }),
    )
    expect(patched.body.detail).toContain('most of them in "photos"')
    expect((await scim.call('GET', `/Users/${id}`)).body.photos).toBeUndefined()
  })
})

describe('what was stored when no length was set', () => {
  /** A person as an older release could store one: a long text, a long extension, 100 KiB in all. */
  async function longPerson(profile: string) {
    const scim = await tenant({ profile, 'guard.deactivations': 1 })
    const body = person({ title: 'Boss' })
    const { id } = (await scim.call('POST', '/Users', body)).body
    const long = { title: x(60_000), nickName: x(300), [undeclared]: { note: x(40_000) } }
    await homeDatabase
      .prepare(
        `update users set attributes = json_patch(attributes, ?), updated_at = updated_at + 1
         where id = ?`,
      )
      .bind(JSON.stringify(long), id)
      .run()
    return { scim, id, body, long, path: `/Users/${id}` }
  }

  it.each(['auto', 'rfc'])(
    'is read, changed, deactivated and deleted as before (%s)',
    async (profile) => {
      const { scim, body, long, path } = await longPerson(profile)
      expect((await scim.call('GET', path)).body).toMatchObject(long)
      const other = patch({ op: 'replace', path: 'displayName', value: 'Ann' })
      expect((await scim.call('PATCH', path, other)).status).toBe(200)
      // The profile rfc takes no extension that no schema describes.
      const { [undeclared]: _, ...core } = long
      const held = profile === 'rfc' ? core : long
      const put = await scim.call('PUT', path, {
        ...body,
        ...held,
        displayName: 'Ann',
        active: false,
        schemas: [...(body['schemas'] as string[]), ...(profile === 'rfc' ? [] : [undeclared])],
      })
      expect([put.status, put.body.active]).toEqual([200, false])
      const on = patch({ op: 'replace', path: 'active', value: true })
      expect((await scim.call('PATCH', path, on)).status).toBe(200)
      const off = patch({ op: 'replace', path: 'active', value: false })
      expect((await scim.call('PATCH', path, off)).body).toMatchObject({ ...held, active: false })
      expect((await scim.call('DELETE', path)).status).toBe(204)
    },
  )

  it('does not grow, and gets no other long text', async () => {
    const { scim, path } = await longPerson('auto')
    const grown = await scim.call(
      'PATCH',
      path,
      patch({ op: 'add', value: { userType: 'Employee' } }),
    )
    expect([grown.status, grown.code]).toEqual([413, 'resourceTooLarge'])
    const other = await scim.call('PATCH', path, patch({ op: 'add', value: { title: x(50_000) } }))
    expect([other.status, other.code]).toEqual([400, 'textTooLong'])
    const less = await scim.call(
      'PATCH',
      path,
      patch({ op: 'replace', path: 'title', value: 'Dr' }),
    )
    expect([less.status, less.body.title]).toEqual([200, 'Dr'])
  })

  it('a deactivation does not wait for what is too long beside it', async () => {
    const scim = await tenant({ extensions, 'guard.deactivations': 1 })
    const photos = Array.from({ length: 5 }, (_, index) => ({ value: `${index}${x(15_000)}` }))
    for (const more of [
      { title: x(5_000) },
      { userName: x(300) },
      { photos },
      { [undeclared]: { note: x(5_000) } },
      { [`${undeclared}${x(300)}`]: { a: 1 } },
      { [declared]: { motto: x(5_000) } },
      { roles: Array.from({ length: 1_001 }, (_, index) => ({ value: `${index}` })) },
      { ...bulky, photos, title: x(5_000) },
    ]) {
      const body = person({ displayName: 'Old' })
      for (const method of ['PUT', 'PATCH']) {
        const { id } = (
          await scim.call('POST', '/Users', { ...body, userName: `u${crypto.randomUUID()}` })
        ).body
        const stored = (await scim.call('GET', `/Users/${id}`)).body
        const sent = { userName: stored.userName, displayName: 'New', active: false, ...more }
        const answer = await scim.call(
          method,
          `/Users/${id}`,
          method === 'PUT' ? sent : patch({ op: 'replace', value: sent }),
        )
        const names = Object.keys(more)
        expect([answer.status, answer.body.active, answer.body.displayName], names.join()).toEqual([
          200,
          false,
          'New',
        ])
        for (const name of names) {
          // As much as fits is taken.
          if (!(name in bulky)) expect(answer.body[name]).toEqual(stored[name])
        }
        // What could be no extension is passed over as that, beside a deactivation or not.
        expect(answer.headers.get('X-Passed-Over')).toMatch(/besideDeactivation=|unknownName=/)
      }
    }
  })
})

describe('/Schemas', () => {
  it('says how long each text may be that is kept, and how many entries a list may have', async () => {
    const scim = await tenant({ extensions })
    const { body } = await scim.call('GET', '/Schemas')
    const described = new Map<string, string>()
    const collect = (prefix: string, attribute: any) => {
      described.set(`${prefix}${attribute.name}`, attribute.description)
      expect(attribute).not.toHaveProperty('maximumLength')
      attribute.subAttributes?.forEach((sub: any) => collect(`${prefix}${attribute.name}.`, sub))
    }
    for (const schema of body.Resources) {
      const prefix = /:core:/.test(schema.id) && schema.name === 'User' ? '' : `${schema.id}:`
      for (const attribute of schema.attributes) collect(prefix, attribute)
    }
    for (const [path, most] of texts) {
      if (path === 'externalId' || path.startsWith(undeclared)) continue
      expect(described.get(path), path).toContain(`${most.toLocaleString('en')} characters.`)
    }
    expect(described.get('emails')).toMatch(/At most 1,000 entries\.$/)
    expect(described.get(`${declared}:mottos`)).toBe('At most 1,000 entries of 4,096 characters.')
    expect(described.get('urn:ietf:params:scim:schemas:core:2.0:Group:displayName')).toMatch(
      /At most 256 characters\.$/,
    )
    expect(described.get('active')).not.toContain('At most')
    expect(described.get('groups')).not.toContain('At most')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { extensions: [] })
  })
})
