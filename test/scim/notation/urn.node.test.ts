import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupType } from '../../../src/scim/group'
import {
  cutUrn,
  isReservedUrn,
  isStrayUrn,
  isTakenUrn,
  isUrn,
} from '../../../src/scim/notation/urn'
import { isReserved, pathText, resolvePath } from '../../../src/scim/path'
import type { ResourceType, Schema } from '../../../src/scim/schema'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const core = 'urn:ietf:params:scim:schemas:core:2.0'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

function resolve(text: string, type: ResourceType = userType) {
  const reading = startReading(type)
  const path = resolvePath(reading, text)
  return { path: path && pathText(path), applied: [...reading.applied].toSorted() }
}

describe('a URN before a name', () => {
  it.each([
    [userType, `${core}:User:active`, 'active', []],
    [userType, `${core}:User.active`, 'active', ['dotAfterUrn']],
    [userType, `${core.toUpperCase()}:USER.Name.GivenName`, 'name.givenName', ['dotAfterUrn']],
    [userType, `${enterprise}.costCenter`, `${enterprise}:costCenter`, ['dotAfterUrn']],
    [userType, `${enterprise}.manager.value`, `${enterprise}:manager.value`, ['dotAfterUrn']],
    [userType, 'urn:scim:schemas:core:1.0:active', 'active', ['legacyUrn']],
    [userType, 'urn:scim:schemas:core:2.0:active', 'active', ['legacyUrn']],
    [userType, 'urn:scim:schemas:core:2.0:User:active', 'active', ['legacyUrn']],
    [userType, 'urn:scim:schemas:core:2.0:User.active', 'active', ['dotAfterUrn', 'legacyUrn']],
    [
      userType,
      'urn:scim:schemas:extension:enterprise:2.0:User:division',
      `${enterprise}:division`,
      ['legacyUrn'],
    ],
    [groupType, `${core}:Group.members`, 'members', ['dotAfterUrn']],
    [groupType, 'urn:scim:schemas:core:1.0:members', 'members', ['legacyUrn']],
    [groupType, 'urn:scim:schemas:core:2.0:Group:displayName', 'displayName', ['legacyUrn']],
  ] as const)('names the attribute: %#', (type, text, path, applied) => {
    expect(resolve(text, type)).toEqual({ path, applied })
  })

  it('is the longest that fits, and the name holds no colon', () => {
    const schema = (id: string): Schema => ({ ...userType.schema, id })
    const type: ResourceType = {
      ...userType,
      extensions: ['urn:acme:2', 'urn:acme:2.0', 'urn:acme:2.0:User'].map(schema),
    }
    expect(cutUrn(type, 'urn:acme:2.0:User:title')).toMatchObject({ urn: 'urn:acme:2.0:user' })
    expect(cutUrn(type, 'urn:acme:2.0:title')).toMatchObject({ urn: 'urn:acme:2.0' })
    expect(cutUrn(type, 'urn:acme:2.0')).toBeUndefined()
    expect(cutUrn(type, 'urn:acme:2.0:Users:title')).toBeUndefined()
  })

  it('with either separator names every attribute that the schema has', () => {
    const attributes = [userType.schema, ...userType.extensions].flatMap(({ id, attributes }) =>
      attributes.map(({ name }) => ({ id, name })),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...attributes),
        fc.constantFrom(':', '.'),
        fc.boolean(),
        ({ id, name }, separator, isUpper) => {
          const text = `${id}${separator}${name}`
          const plain = id === userType.schema.id ? name : `${id}:${name}`
          expect(resolve(isUpper ? text.toUpperCase() : text).path).toBe(plain)
        },
      ),
    )
  })
})

describe('a reserved URN', () => {
  const reading = startReading(userType)

  it.each([
    core,
    `${core}:Users:active`,
    `${core}:Group:active`,
    `${core}:Group`,
    `${core}:active`,
    'urn:ietf:params:scim:api:messages:2.0:PatchOp:active',
    'urn:scim:schemas:core:3.0:active',
    'urn:ietf:params:scim:schemas',
    'urn:ietf:params:scim:schemas:extension',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:Users:costCenter',
    'URN:IETF:PARAMS:SCIM:SCHEMAS:CORE:2.0:Group',
  ])('is %s', (text) => {
    expect(isReserved(reading, text)).toBe(true)
    expect(isTakenUrn(text)).toBe(true)
    expect(isStrayUrn(text)).toBe(true)
  })

  it.each([
    'urn:ietf:params:scim:schemas:extension:workspace:2.0:User',
    'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User',
    'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:badge',
    'urn:ietf:params:scim:schemas:zivver:0.1:User',
    'urn:ietf:params:scim:schemas:coreless:1.0',
    'urn:okta:example:1.0:user:custom',
    'urn:example',
    'active',
  ])('is not %s', (text) => {
    expect(isReserved(reading, text)).toBe(false)
    expect(isStrayUrn(text)).toBe(false)
  })

  it('is no URN that a schema of the type answers to, with any name behind it', () => {
    expect(isReserved(reading, `${core}:User:nonsense`)).toBe(false)
    expect(isReserved(reading, enterprise)).toBe(false)
    expect(isStrayUrn(enterprise)).toBe(false)
  })

  it('is that of a schema of the other resource type, or of a declared one cut short', () => {
    const type: ResourceType = {
      ...userType,
      extensions: [{ ...userType.schema, id: 'urn:acme:params:2.0:User' }],
      foreign: ['urn:acme:params:2.0:Group'],
    }
    expect(isReservedUrn(type, 'urn:acme:params:2.0:Group')).toBe(true)
    expect(isReservedUrn(type, 'urn:acme:params:2.0:Group:color')).toBe(true)
    expect(isReservedUrn(type, 'urn:acme:params:2.0')).toBe(true)
    expect(isReservedUrn(type, 'urn:acme:params:3.0')).toBe(false)
    expect(isReservedUrn(userType, 'urn:acme:params:2.0:Group')).toBe(false)
  })

  it('never becomes an extension, whatever stands behind what is taken', () => {
    const taken = fc.constantFrom(
      'urn:ietf:params:scim:schemas:core',
      'urn:ietf:params:scim:api',
      'urn:ietf:params:scim:schemas:extension:enterprise',
      'urn:scim:schemas',
    )
    const part = fc.constantFrom('2.0', 'User', 'Group', 'active', '1.0', 'x', '2.0User')
    fc.assert(
      fc.property(taken, fc.array(part, { maxLength: 4 }), (start, parts) => {
        const text = [start, ...parts].join(':')
        const known = resolve(text).path !== undefined
        expect(isUrn(text)).toBe(true)
        expect(known || isTakenUrn(text)).toBe(true)
      }),
    )
  })
})
