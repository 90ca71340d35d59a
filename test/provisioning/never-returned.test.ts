/** Values that are never returned (RFC 7643 section 7), asked for in every way and looked for in whole answers. */
import * as fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { holdsNothing, patch, person, type Answer, type ScimClient } from '../support/tenant'

const badge = 'urn:acme:params:scim:custom:1.0:User'
const site = 'urn:acme:params:scim:custom:1.0:Group'

const attributes = [
  { name: 'plain' },
  { name: 'secret', returned: 'never' },
  { name: 'secrets', returned: 'never', multiValued: true },
  { name: 'asked', returned: 'request' },
  { name: 'pin', mutability: 'writeOnly' },
  {
    name: 'vault',
    type: 'complex',
    returned: 'always',
    subAttributes: [
      { name: 'plain' },
      { name: 'secret', returned: 'never' },
      { name: 'pin', mutability: 'writeOnly' },
    ],
  },
  {
    name: 'keys',
    type: 'complex',
    multiValued: true,
    subAttributes: [{ name: 'plain' }, { name: 'secret', returned: 'never' }],
  },
  { name: 'box', type: 'complex', returned: 'never', subAttributes: [{ name: 'plain' }] },
]

const hidden = 'never-to-be-seen'

const values = {
  plain: 'p',
  secret: hidden,
  secrets: [hidden],
  asked: 'a',
  pin: hidden,
  vault: { plain: 'p', secret: hidden, pin: hidden },
  keys: [{ plain: 'p', secret: hidden }, { secret: hidden }],
  box: { plain: hidden },
}

const extensions = [
  { resourceType: 'User', id: badge, name: 'Badge', attributes },
  { resourceType: 'Group', id: site, name: 'Site', attributes },
]

const names = fc.constantFrom(
  ...[badge, site].flatMap((urn) => [
    urn,
    urn.toUpperCase(),
    `${urn}:`,
    ...attributes.flatMap(({ name, subAttributes }) => [
      `${urn}:${name}`,
      `${urn}.${name.toUpperCase()}`,
      ...(subAttributes ?? []).map((part) => `${urn}:${name}.${part.name}`),
    ]),
  ]),
  ...attributes.flatMap(({ name, subAttributes }) => [
    name,
    ...(subAttributes ?? []).map((part) => `${name}.${part.name}`),
  ]),
  'urn:ietf:params:scim:schemas:core:2.0:User',
  'password',
  'urn:ietf:params:scim:schemas:core:2.0:User:password',
  'userName',
  'emails.value',
)

const query = fc.record(
  {
    attributes: fc.array(names, { minLength: 1, maxLength: 4 }),
    excludedAttributes: fc.array(names, { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [] },
)

interface Scene {
  readonly scim: ScimClient
  readonly user: string
  readonly team: string
}

interface Query {
  readonly attributes?: readonly string[]
  readonly excludedAttributes?: readonly string[]
}

type Ask = (scene: Scene, query: string, body: Query) => Promise<Answer>

const whole = (urn: string, more: object) => ({ ...more, [urn]: values })
const inPerson = () => person(whole(badge, { password: hidden }))
const inTeam = () => whole(site, { displayName: `Team ${crypto.randomUUID()}` })
const addKey = (urn: string) =>
  patch({ op: 'add', path: `${urn}:keys`, value: [{ plain: 'p', secret: hidden }] })

const asks: readonly (readonly [string, Ask])[] = [
  ['a person', ({ scim, user }, query) => scim.call('GET', `${user}?${query}`)],
  ['a team', ({ scim, team }, query) => scim.call('GET', `${team}?${query}`)],
  ['people', ({ scim }, query) => scim.call('GET', `/Users?${query}`)],
  ['teams', ({ scim }, query) => scim.call('GET', `/Groups?${query}`)],
  ['a search for people', ({ scim }, _, body) => scim.call('POST', '/Users/.search', body)],
  ['a search for all', ({ scim }, _, body) => scim.call('POST', '/.search', body)],
  ['a new person', ({ scim }, query) => scim.call('POST', `/Users?${query}`, inPerson())],
  ['a new team', ({ scim }, query) => scim.call('POST', `/Groups?${query}`, inTeam())],
  [
    'a replaced person',
    async ({ scim, user }, query) => {
      const { userName } = (await scim.call('GET', user)).body
      return scim.call('PUT', `${user}?${query}`, { ...inPerson(), userName })
    },
  ],
  ['a replaced team', ({ scim, team }, query) => scim.call('PUT', `${team}?${query}`, inTeam())],
  [
    'a changed person',
    ({ scim, user }, query) => scim.call('PATCH', `${user}?${query}`, addKey(badge)),
  ],
  [
    'a changed team',
    ({ scim, team }, query) => scim.call('PATCH', `${team}?${query}`, addKey(site)),
  ],
  [
    'a Bulk',
    ({ scim }) =>
      scim.call('POST', '/Bulk', {
        Operations: [
          { method: 'POST', path: '/Users', bulkId: 'a', data: inPerson() },
          { method: 'POST', path: '/Groups', bulkId: 'b', data: inTeam() },
        ],
      }),
  ],
]

async function setScene(): Promise<Scene> {
  const scim = await tenant({ extensions, ...holdsNothing })
  const user = await scim.call('POST', '/Users', inPerson())
  const team = await scim.call('POST', '/Groups', inTeam())
  expect([user.status, team.status]).toEqual([201, 201])
  return { scim, user: `/Users/${user.body.id}`, team: `/Groups/${team.body.id}` }
}

function addressed({ attributes, excludedAttributes }: Query): string {
  const parameters = new URLSearchParams()
  if (attributes) parameters.set('attributes', attributes.join(','))
  if (excludedAttributes) parameters.set('excludedAttributes', excludedAttributes.join(','))
  return parameters.toString()
}

/** A whole answer: status line, headers and body. */
function textOf({ status, headers, body }: Answer): string {
  return JSON.stringify([status, ...headers, body])
}

/** Answered, or refused for a name that is of the other type, or of none. */
function isAnswered({ status, code }: Answer): boolean {
  return status < 300 || (status === 400 && code === 'invalidQuery')
}

describe('a value that is never returned', () => {
  it('is in no answer, whatever is asked for and however', async () => {
    const scene = await setScene()
    const [seed, runs] = [inject('fuzzSeed'), Math.max(inject('fuzzRuns'), 60)]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...asks), query, async ([, ask], query) => {
        const answer = await ask(scene, addressed(query), query)
        expect(isAnswered(answer), textOf(answer)).toBe(true)
        expect(textOf(answer)).not.toContain(hidden)
      }),
      { seed, numRuns: runs },
    )
  })

  it.each(asks)('is not in the answer of %s that names its whole schema', async (_, ask) => {
    const scene = await setScene()
    for (const name of [badge, site, badge.toUpperCase(), 'password', `${badge}:keys`]) {
      const query = { attributes: [name] }
      const answer = await ask(scene, addressed(query), query)
      expect(isAnswered(answer), textOf(answer)).toBe(true)
      expect(textOf(answer)).not.toContain(hidden)
    }
  })

  it('is told by no filter and by no order', async () => {
    const { scim } = await setScene()
    for (const name of ['secret', 'secrets', 'pin', 'box.plain', 'vault.secret', 'vault.pin']) {
      for (const filter of [`${badge}:${name} sw "n"`, `${badge}:${name} pr`]) {
        const found = await scim.call('GET', `/Users?${new URLSearchParams({ filter }).toString()}`)
        expect([filter, found.status, found.code]).toEqual([filter, 400, 'invalidFilter'])
      }
      const sorted = await scim.call('GET', `/Users?sortBy=${badge}:${name}`)
      expect([name, sorted.status, sorted.code]).toEqual([name, 400, 'invalidQuery'])
    }
    const filter = `${badge}:keys[secret sw "n"]`
    const found = await scim.call('POST', '/Users/.search', { filter })
    expect([found.status, found.code]).toEqual([400, 'invalidFilter'])
  })

  it('is kept, and in no answer either when it was stored before its schema was declared', async () => {
    const scim = await tenant()
    const spelled = badge.toUpperCase().replace('URN', 'urn')
    const { id } = (await scim.call('POST', '/Users', person({ [spelled]: values }))).body
    const listed = person({ [badge]: [values] })
    const other = (await scim.call('POST', '/Users', listed)).body
    const before = await scim.call('GET', `/Users/${id}`)
    expect(textOf(before)).toContain(hidden)
    expect((await admin.call('PATCH', `/tenants/${scim.slug}`, { extensions })).status).toBe(200)
    for (const query of ['', `?attributes=${badge}`, `?attributes=${badge}:keys`]) {
      for (const path of [`/Users/${id}`, `/Users/${other.id}`, '/Users']) {
        expect(textOf(await scim.call('GET', `${path}${query}`))).not.toContain(hidden)
      }
    }
  })
})
