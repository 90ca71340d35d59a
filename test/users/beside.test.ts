/** Whatever stands beside the deactivation of a person, the person is inactive after it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/scim/json'
import type { StoredUser } from '../../src/scim/representation'
import type { ProfileName } from '../../src/scim/tolerance/reading'
import { defaultSettings } from '../../src/tenants/settings'
import { readChange } from '../../src/users/read-change'
import { resources } from '../support/arbitraries'
import { userType } from '../../src/scim/user'

const core = 'urn:ietf:params:scim:schemas:core:2.0'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const undeclared = 'urn:example:params:2.0:User'

const ben: StoredUser = {
  id: '17',
  version: 1,
  createdAt: 0,
  updatedAt: 0,
  groups: [{ id: '18', display: 'Team' }],
  attributes: {
    userName: 'ben',
    active: true,
    displayName: 'Ben Oak',
    name: { givenName: 'Ben', familyName: 'Oak' },
    emails: [
      { value: 'a@x.test', type: 'work', primary: true },
      { value: 'b@x.test', type: 'home' },
    ],
    [enterprise]: { department: 'R&D', manager: { value: '17' } },
    [undeclared]: { badge: 'B-1' },
  },
}

const names = fc.constantFrom(
  'userName',
  'displayName',
  'DISPLAYNAME',
  'name',
  'name.familyName',
  'emails',
  'emails.value',
  'photos',
  'x509Certificates',
  'department',
  'manager',
  'nonsense',
  'id',
  'groups',
  'meta',
  'schemas',
  '',
  'emails[type eq "home"].primary',
  'emails[type eq "other"].value',
  'roles[x',
  'title',
  `${core}:User:Title`,
  enterprise,
  `${enterprise}.department`,
  undeclared,
  `${undeclared}:badge`,
  'urn:x:y',
  core,
  `${core}:User`,
  `${core}:Users:title`,
  `${core}:Group:members`,
  `${core}:User.title`,
)
const value = fc.oneof(
  fc.constantFrom<Json>(null, '', [], {}, 'x', 'O|k', 'A@X.TEST', 17, 1.5, Infinity, false),
  fc.constantFrom<Json>([{ value: 'A@X.TEST' }], [{ value: '#' }, null], { primary: true }, [[]]),
  fc.constantFrom<Json>({ familyName: 'O|k' }, '{"value":"{"}', 'a\u0000b', [1, 2], {
    a: { b: 1 },
  }),
)
const op = fc.constantFrom('add', 'replace', 'remove', 'Replace', 'modify', null)
const operation: fc.Arbitrary<Json> = fc.oneof(
  fc.record({ op, path: names, value }),
  fc.record({ op, path: names }),
  fc.record({ op, value: fc.dictionary(names, value) }),
  value,
)
const off = fc.constantFrom<Json>(
  { op: 'replace', path: 'active', value: false },
  { op: 'add', value: { active: 'False' } },
  { op: 'replace', path: `${core}:User.active`, value: 'false' },
)

/** The person after a change, or undefined for one that is refused. */
function changed(
  method: 'PUT' | 'PATCH',
  body: JsonObject,
  profile: ProfileName = 'auto',
  before = ben,
): JsonObject | undefined {
  const settings = { ...defaultSettings, profile }
  const credential = { settings } as unknown as Parameters<typeof readChange>[0]['credential']
  const request = {
    credential,
    operation: '',
    requestId: '',
    userAgent: undefined,
    ifMatch: undefined,
  }
  const change = readChange(request, { id: before.id, ifMatch: undefined, method, body })
  const result = change.problem ? undefined : change.apply(before, false)
  return result?.ok ? result.value.attributes : undefined
}

describe('any request that makes a person inactive', () => {
  it('does so by PATCH, wherever the deactivation stands', () => {
    const companions = fc.array(operation, { maxLength: 4 })
    fc.assert(
      fc.property(companions, off, companions, (before, deactivation, after) => {
        const operations = [...before, deactivation, ...after]
        expect(changed('PATCH', { Operations: operations })?.['active']).toBe(false)
      }),
      { numRuns: 3_000 },
    )
  })

  it('does so where something else comes twice with different values', () => {
    const twice = { active: false, title: 'a', TITLE: 'b' }
    const requests: readonly (readonly ['PUT' | 'PATCH', JsonObject])[] = [
      ['PUT', { userName: 'ben', ...twice }],
      ['PATCH', { Operations: [{ op: 'replace', value: twice }] }],
      ['PATCH', { schemas: [`${core}:User`], ...twice }],
    ]
    for (const [method, body] of requests) {
      expect(changed(method, body)?.['active']).toBe(false)
      expect(changed(method, body, 'rfc')).toBeUndefined()
    }
  })

  it('does so by PUT', () => {
    fc.assert(
      fc.property(fc.dictionary(names, value), (body) => {
        const whole = { userName: 'ben', ...body, active: false }
        expect(changed('PUT', whole)?.['active']).toBe(false)
      }),
      { numRuns: 3_000 },
    )
  })

  it('does so of any person, whatever is stored', () => {
    fc.assert(
      fc.property(
        resources(userType),
        fc.array(operation, { maxLength: 2 }),
        (attributes, list) => {
          const { id: _, meta: __, groups: ___, ...stored } = attributes
          const person = { ...ben, attributes: { ...stored, active: true } }
          const Operations = [{ op: 'replace', path: 'active', value: false }, ...list]
          expect(changed('PATCH', { Operations }, 'auto', person)?.['active']).toBe(false)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('leaves alone what it does not name, also where something is passed over', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 3 }), off, (companions, deactivation) => {
        const operations = [deactivation, ...companions]
        const after = changed('PATCH', { Operations: operations }) ?? {}
        const said = JSON.stringify(companions).toLowerCase()
        for (const [name, before] of Object.entries(ben.attributes)) {
          const isNamed = [name, `${core}:User`].some((text) => said.includes(text.toLowerCase()))
          const isBare = name === enterprise && /department|manager/.test(said)
          if (!isNamed && !isBare && name !== 'active') expect(after[name], name).toEqual(before)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('is refused under the profile rfc where any other change would be', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 3 }), (companions) => {
        const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
        const locale = { op: 'replace', path: 'locale', value: 'de' }
        const alone = changed('PATCH', { schemas, Operations: [...companions, locale] }, 'rfc')
        const active = { op: 'replace', path: 'active', value: false }
        const beside = changed('PATCH', { schemas, Operations: [...companions, active] }, 'rfc')
        expect(beside === undefined).toBe(alone === undefined)
      }),
      { numRuns: 3_000 },
    )
  })
})
