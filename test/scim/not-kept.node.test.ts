/** Values that nobody keeps: accepted, and told. */
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/scim/json'
import { readPatch } from '../../src/scim/patch/parse'
import { readResource } from '../../src/scim/resource'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** What is told of a body, and of a PATCH with the same value, in the strict profile. */
function told(value: JsonObject): readonly string[][] {
  const put = startReading(userType, 'rfc')
  const pathless = startReading(userType, 'rfc')
  expect(readResource(put, value).ok).toBe(true)
  expect(readPatch(pathless, { Operations: [{ op: 'replace', value }] }).ok).toBe(true)
  for (const { applied } of [put, pathless]) expect([...applied]).toEqual([])
  return [put, pathless].map(({ passed }) => passed.map(({ name, what }) => `${name} ${what}`))
}

describe('a value that is not kept', () => {
  it('is a password', () => {
    const note = ['valueNotKept password']
    expect(told({ password: 'secret', title: 'x' })).toEqual([note, note])
    const reading = startReading(userType)
    const Operations = [{ op: 'replace', path: 'password', value: 'secret' }]
    expect(readPatch(reading, { Operations }).ok).toBe(true)
    expect(JSON.stringify(reading.passed)).not.toContain('secret')
    expect(reading.passed).toHaveLength(1)
  })

  it('is what is read-only, where it stands alone', () => {
    const note = [`valueNotKept ${enterprise}:manager.displayName`]
    const manager = { displayName: 'Kim' }
    expect(told({ [enterprise]: { manager } })).toEqual([note, note])
    expect(told({ [enterprise]: { manager: { ...manager, value: '17' } } })).toEqual([[], []])
  })

  it.each<Json>([null, [], {}])('is none: %j', (password) => {
    expect(told({ password, [enterprise]: { manager: { displayName: null } } })).toEqual([[], []])
  })
})
