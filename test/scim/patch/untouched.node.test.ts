/** What a PATCH does not name stays as it was. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../../src/scim/patch/apply'
import { seenIn } from '../../../src/scim/observed/observe'
import { readPatch } from '../../../src/scim/patch/parse'
import type { Json, JsonObject } from '../../../src/scim/json'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const core = 'urn:ietf:params:scim:schemas:core:2.0'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const undeclared = 'urn:example:params:2.0:User'

const ann: JsonObject = {
  userName: 'ann',
  active: true,
  title: 'Boss',
  name: { givenName: 'Ann', familyName: 'Low' },
  emails: [
    { value: 'a@x.test', type: 'work', primary: true },
    { value: 'b@x.test', type: 'home' },
  ],
  roles: [{ value: '25' }],
  [enterprise]: { department: 'R&D', manager: { value: '17' } },
  [undeclared]: { badge: 'B-1' },
}

/** Each attribute by the name that a request would have to write, and what it holds. */
function attributesOf(resource: JsonObject): [string, Json | undefined][] {
  const members = (urn: string) => (resource[urn] ?? {}) as JsonObject
  return [
    ...['userName', 'active', 'title', 'name', 'emails', 'roles'].map(
      (name): [string, Json | undefined] => [name, resource[name]],
    ),
    ['department', members(enterprise)['department']],
    ['manager', members(enterprise)['manager']],
    ['badge', members(undeclared)['badge']],
  ]
}

const names = fc.constantFrom(
  'active',
  'title',
  'name',
  'name.givenName',
  'emails',
  'emails.value',
  'roles',
  'photos',
  'department',
  'manager',
  'manager.value',
  'nonsense',
  'id',
  'groups',
  'schemas',
  '',
)
const path = fc.oneof(
  names,
  fc
    .tuple(
      fc.constantFrom(`${core}:User`, `${core}:Users`, `${core}:Group`, core, enterprise),
      fc.constantFrom(':', '.'),
      names,
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom('emails', 'roles'),
      fc.constantFrom('type eq "work"', 'value ne "25"', 'primary eq true', 'type eq "other"'),
      fc.constantFrom('', '.value', '.display', '.primary'),
    )
    .map(([list, filter, part]) => `${list}[${filter}]${part}`),
  fc.constantFrom(enterprise, undeclared, `${undeclared}:badge`, `${core}:User`, 'urn:x:y'),
)
const value = fc.oneof(
  fc.constantFrom<Json>(null, '', [], {}, 'x', 17, false, 'False', '{"value":"x"}'),
  fc.constantFrom<Json>([{ value: 'x' }], [{ value: '25' }, null], { primary: true }, [{}], [[]]),
)
const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'remove', 'Replace'), path, value }),
  fc.record({ op: fc.constant('remove'), path }),
  fc.record({ op: fc.constantFrom('add', 'replace'), value: fc.dictionary(path, value) }),
)

describe('any PATCH', () => {
  it('leaves every attribute alone that it does not name', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
        const reading = startReading(seenIn(userType, ann))
        const read = readPatch(reading, { Operations: operations })
        const changed = read.ok ? applyChanges(reading, ann, read.value, { id: '17' }) : read
        if (!changed.ok) return
        const said = JSON.stringify(operations).toLowerCase()
        const now = new Map(attributesOf(changed.value))
        for (const [name, before] of attributesOf(ann)) {
          const urns = name === 'badge' ? [undeclared] : [enterprise, `${core}:User`]
          const isNamed = [name, ...urns].some((text) => said.includes(text.toLowerCase()))
          if (!isNamed) expect(now.get(name), name).toEqual(before)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('that names the URN of a schema for a member of it touches that member alone', () => {
    const member = fc.constantFrom('department', 'costCenter', 'division', 'nonsense')
    fc.assert(
      fc.property(member, fc.constantFrom(':', '.'), value, (name, separator, value) => {
        const reading = startReading(userType)
        const operations = [{ op: 'replace', path: `${enterprise}${separator}${name}`, value }]
        const read = readPatch(reading, { Operations: operations })
        const changed = read.ok ? applyChanges(reading, ann, read.value, {}) : read
        if (!changed.ok) return
        const { [enterprise]: after = {}, ...others } = changed.value
        const { [enterprise]: before, ...same } = ann
        expect(others).toEqual(same)
        expect({ ...(after as JsonObject), [name]: 0 }).toEqual({
          ...(before as JsonObject),
          [name]: 0,
        })
      }),
    )
  })
})
