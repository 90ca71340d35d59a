/** Users whose stored text goes into an answer as it is, beside those that are parsed and shown. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/scim/json'
import { isoTime } from '../../src/scim/notation/instant'
import { everything, projector, wholeShown, type Projection } from '../../src/scim/projection'
import { representUser, userWriter, type StoredUser } from '../../src/scim/representation'
import { attribute, type ResourceType } from '../../src/scim/schema'
import { userType, userTypeWithoutPassword } from '../../src/scim/user'
import { ids, resources, text } from '../support/arbitraries'

const baseUrl = 'https://rollcall.test/scim/v2/acme'
const badge = 'urn:example:Badge'

const time = fc.integer({ min: 0, max: 4_102_444_800_000 })

const references = fc.array(
  fc.record({ id: fc.constantFrom(...ids), display: fc.oneof(text, fc.constant(null)) }),
  { maxLength: 3 },
)

/** What no answer shows, or what only a schema says how to show. */
const others = fc.oneof(
  { weight: 4, arbitrary: fc.constant<JsonObject>({}) },
  fc.constantFrom<JsonObject>(
    { password: 'secret' },
    { [badge]: { color: 'red' } },
    { 'URN:Example:Badge': { color: 'red' } },
    { [userType.extensions[0]?.id ?? '']: { department: 'R&D' } },
  ),
)

/** What is not among the stored attributes, and extensions, which `others` has. */
const isApart = /^(id|schemas|meta|urn:.*)$/

const users: fc.Arbitrary<StoredUser> = fc
  .record({
    id: fc.oneof(fc.uuid(), text),
    attributes: fc.tuple(resources(userType), others),
    groups: references,
    version: fc.integer({ min: 1, max: 1_000 }),
    createdAt: time,
    updatedAt: time,
  })
  .map(({ attributes: [own, more], ...user }) => {
    const attributes = Object.entries(own).filter(([name]) => !isApart.test(name))
    return { ...user, attributes: { ...Object.fromEntries(attributes), ...more } }
  })

function shown(type: ResourceType, projection: Projection, user: StoredUser): string {
  return JSON.stringify(projector(type, projection)(representUser(user, baseUrl)))
}

function isWhole(type: ResourceType, projection: Projection, user: StoredUser): boolean {
  return wholeShown(type, projection)(JSON.stringify(user.attributes))
}

describe('a user whose text goes into the answer as it is', () => {
  it('is shown byte for byte as one that is parsed', () => {
    let whole = 0
    fc.assert(
      fc.property(users, fc.constantFrom(userType, userTypeWithoutPassword), (user, type) => {
        if (!isWhole(type, everything, user)) return
        whole += 1
        const written = { ...user, attributes: JSON.stringify(user.attributes) }
        expect(userWriter(baseUrl)(written)).toBe(shown(type, everything, user))
      }),
      { numRuns: 2_000 },
    )
    expect(whole).toBeGreaterThan(500)
  })

  const plain = { id: '1', groups: [], version: 1, createdAt: 0, updatedAt: 0 }
  const ann = { ...plain, attributes: { userName: 'ann', name: { givenName: 'Ann' } } }

  it.each<[string, JsonObject]>([
    ['a password', { password: 'secret' }],
    ['an extension', { [badge]: { color: 'red' } }],
    ['an extension in capitals', { 'URN:Example:Badge': { color: 'red' } }],
  ])('does not hold %s', (_, more) => {
    expect(isWhole(userType, everything, ann)).toBe(true)
    expect(
      isWhole(userType, everything, { ...ann, attributes: { ...ann.attributes, ...more } }),
    ).toBe(false)
  })

  it('is asked for without a choice of attributes', () => {
    expect(isWhole(userType, { ...everything, mode: 'without' }, ann)).toBe(false)
    expect(isWhole(userType, { ...everything, mode: 'only' }, ann)).toBe(false)
  })

  it('has nothing that its schema shows on request alone', () => {
    const quiet = attribute('nickName', 'Quiet.', { returned: 'request' })
    const schema = { ...userType.schema, attributes: [...userType.schema.attributes, quiet] }
    const named = { ...ann, attributes: { nickName: 'A' } }
    expect(isWhole(userType, everything, named)).toBe(true)
    expect(isWhole({ ...userType, schema }, everything, named)).toBe(false)
  })
})

describe('a time', () => {
  it('is written as the platform writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 8.64e15 }), time, (one, other) => {
        for (const at of [one, other, one + 1]) {
          expect(isoTime(at)).toBe(new Date(at).toISOString())
        }
      }),
    )
  })
})
