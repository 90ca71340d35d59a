/** Under the profile rfc, a body that is taken is kept whole: nothing of it is dropped as empty. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/scim/json'
import { refusedTolerance } from '../../src/scim/profile'
import { readResource } from '../../src/scim/resource'
import { startReading } from '../../src/scim/tolerance/reading'
import { enterpriseSchema, userType } from '../../src/scim/user'

const scalar = fc.constantFrom<Json>('', ' ', 'x', 'work', true, false, 'true', 1, null)

const part: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom<Json>([], {}, ['x'], [null]) },
)

const parts = fc.dictionary(
  fc.constantFrom('value', 'type', 'primary', 'display', 'givenName', 'familyName', 'country'),
  part,
  { maxKeys: 3 },
)

const value: fc.Arbitrary<Json> = fc.oneof(
  part,
  parts,
  fc.array(fc.oneof(part, parts), { maxLength: 3 }),
)

const names = ['userName', 'title', 'active', 'name', 'emails', 'addresses', 'roles']

const bodies = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 }),
    fc.option(fc.dictionary(fc.constantFrom('department', 'manager'), value, { maxKeys: 2 })),
  )
  .map(([core, extension]) => ({
    ...core,
    ...(extension ? { [enterpriseSchema.id]: extension } : {}),
  }))

/** What stands where; the places within a list do not count, since equal entries are one. */
function leavesOf(json: Json, place = ''): string[] {
  if (json === null) return []
  if (Array.isArray(json)) {
    return json.length === 0 ? [] : json.flatMap((item) => leavesOf(item, `${place}[]`))
  }
  if (typeof json !== 'object') return [`${place}=${JSON.stringify(json)}`]
  return Object.entries(json).flatMap(([name, item]) => leavesOf(item, `${place}.${name}`))
}

/** Lists of nothing, and entries of nothing. */
function hollowsOf(body: JsonObject): boolean {
  return Object.values(body).some(
    (json) =>
      Array.isArray(json) && json.some((item) => item === null || leavesOf(item).length === 0),
  )
}

describe('a body under the profile rfc', () => {
  it('is refused, or kept with every value that it has', () => {
    let taken = 0
    fc.assert(
      fc.property(bodies, (body) => {
        const reading = startReading(userType, 'rfc')
        const read = readResource(reading, body)
        if (!read.ok || refusedTolerance(reading)) return
        taken += 1
        expect(leavesOf(read.value)).toEqual(expect.arrayContaining(leavesOf(body)))
        expect(hollowsOf(body)).toBe(false)
        expect(body['active']).not.toEqual([])
      }),
      { seed: 20261124, numRuns: 5_000 },
    )
    expect(taken).toBeGreaterThan(500)
  })
})
