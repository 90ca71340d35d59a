/** One thing that a request says twice: nothing of it is left out without a word. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupType } from '../../src/scim/group'
import type { Json, JsonObject } from '../../src/scim/json'
import { applyChanges } from '../../src/scim/patch/apply'
import { readPatch } from '../../src/scim/patch/parse'
import { readResource } from '../../src/scim/resource'
import type { ResourceType } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** What becomes of an object as the body of a PUT or POST. */
function read(body: JsonObject, type: ResourceType = userType) {
  const reading = startReading(type)
  const resource = readResource(reading, body)
  return { ...resource, passed: reading.passed.map(({ what }) => what) }
}

/** The same as the value of a PATCH without path. */
function replaced(value: JsonObject, type: ResourceType = userType) {
  const reading = startReading(type)
  const changes = readPatch(reading, { Operations: [{ op: 'replace', value }] })
  return changes.ok ? applyChanges(reading, {}, changes.value, {}) : changes
}

const twice: readonly JsonObject[] = [
  { active: false, Active: true },
  { title: 'a', [`${core}:title`]: 'b' },
  { title: 'a', [core]: { Title: 'b' } },
  { name: { givenName: 'a', GivenName: 'b' } },
  { 'name.givenName': 'a', name: { givenName: 'b', familyName: 'c' } },
  { emails: [{ value: 'a@x.test' }], Emails: [{ value: 'b@x.test' }] },
  { department: 'a', [enterprise]: { department: 'b' } },
  { [`${enterprise}:manager`]: '17', [`${enterprise}:manager.value`]: '18' },
]

describe('an attribute that comes twice', () => {
  it.each(twice)('with different values is refused: %j', (body) => {
    for (const outcome of [read(body), replaced(body)]) {
      expect(outcome.ok ? undefined : outcome.error.code).toBe('namedTwice')
    }
  })

  it('names members once', () => {
    const body = { members: [{ value: 'a' }], Members: [{ value: 'b' }] }
    for (const outcome of [read(body, groupType), readPatchOf(body)]) {
      expect(outcome.ok ? undefined : outcome.error.code).toBe('namedTwice')
    }
  })

  it('with one value, or with other parts, is one', () => {
    const body = { title: 'a', TITLE: 'a', 'name.givenName': 'A', name: { familyName: 'B' } }
    const expected = { title: 'a', name: { givenName: 'A', familyName: 'B' } }
    expect(read(body)).toMatchObject({ value: expected })
    expect(replaced(body)).toMatchObject({ value: expected })
  })

  it('under another name as well is told', () => {
    const roles = [{ value: '1', display: 'a', displayName: 'b' }]
    expect(read({ roles })).toMatchObject({ passed: ['roles.displayName'] })
    expect(read({ roles: [{ value: '1', display: 'a', displayName: 'a' }] }).passed).toEqual([])
  })

  it('never loses a value of an object, whatever the case and form of its names', () => {
    const name = fc.constantFrom('title', 'TITLE', `${core}:title`, `${core}.Title`, 'nickName')
    const body = fc.dictionary(name, fc.constantFrom('a', 'b'), { minKeys: 1 })
    fc.assert(
      fc.property(body, (body) => {
        const outcome = read(body)
        if (!outcome.ok) return
        const kept = Object.values(outcome.value)
        for (const value of Object.values(body)) expect(kept).toContain(value)
      }),
    )
  })
})

function readPatchOf(value: JsonObject) {
  return readPatch(startReading(groupType), { Operations: [{ op: 'replace', value }] })
}

describe('a message', () => {
  const operation = { op: 'replace', path: 'title', value: 'a' }
  const patch = (body: JsonObject, type: ResourceType = userType) => {
    const reading = startReading(type)
    const outcome = readPatch(reading, body)
    return {
      code: outcome.ok ? undefined : outcome.error.code,
      passed: reading.passed.map(({ name, what }) => `${name} ${what}`),
    }
  }

  it.each<JsonObject>([
    { Operations: [operation], operations: [{ op: 'remove', path: 'title' }] },
    { Operations: [{ ...operation, Value: 'b' }] },
    { Operations: [{ ...operation, PATH: 'nickName' }] },
  ])('that names a part of it twice is refused: %j', (body) => {
    expect(patch(body).code).toBe('invalidPatch')
  })

  it('says what stands in it beside its parts', () => {
    expect(patch({ Operations: [operation], active: false }).passed).toEqual(['unknownName active'])
    expect(patch({ Operations: [{ ...operation, name: 'x', none: null }] }).passed).toEqual([
      'unknownName name',
    ])
  })

  it.each<Json>([[{ value: 'a' }], { value: 'a' }])(
    'never takes all because what is to go stands under another name: %j',
    (values) => {
      const Operations = [{ op: 'Remove', path: 'members', values }]
      expect(patch({ Operations }, groupType).code).toBe('invalidPatch')
    },
  )
})
