import { describe, expect, it } from 'vitest'
import { groupType } from '../../src/scim/group'
import {
  coreAttributes,
  findAttribute,
  findSchema,
  findSubAttribute,
  isDeclared,
  pathText,
  resolvePath,
  target,
} from '../../src/scim/path'
import type { ResourceType } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { enterpriseSchema, userSchema, userType } from '../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const core = 'urn:ietf:params:scim:schemas:core:2.0:User'

function resolve(text: string, type: ResourceType = userType) {
  const reading = startReading(type)
  const path = resolvePath(reading, text)
  return { path: path && pathText(path), applied: [...reading.applied] }
}

describe('a path', () => {
  it('leads to every attribute and sub-attribute of a schema, whatever the case', () => {
    for (const type of [userType, groupType]) {
      const schemas = [{ prefix: '', attributes: coreAttributes(type) }].concat(
        type.extensions.map(({ id, attributes }) => ({ prefix: `${id}:`, attributes })),
      )
      for (const { prefix, attributes } of schemas) {
        for (const attribute of attributes) {
          const name = `${prefix}${attribute.name}`
          const paths = [
            name,
            ...(attribute.subAttributes ?? []).map((sub) => `${name}.${sub.name}`),
          ]
          for (const path of paths) {
            for (const text of [path, path.toUpperCase(), path.toLowerCase()]) {
              expect(resolve(text, type)).toEqual({ path, applied: [] })
            }
          }
        }
      }
    }
  })

  it('may name the core schema, and the common attributes behind it', () => {
    expect(resolve(`${core}:name.givenName`).path).toBe('name.givenName')
    expect(resolve(`${core}:externalId`).path).toBe('externalId')
    expect(resolve(`${core}:userName`, groupType).path).toBeUndefined()
  })

  it('ends at the attribute or at its part', () => {
    const reading = startReading(userType)
    const whole = resolvePath(reading, 'name')
    const part = resolvePath(reading, 'name.givenName')
    expect(whole && target(whole).name).toBe('name')
    expect(part && target(part).name).toBe('givenName')
    expect(part?.attribute).toBe(whole?.attribute)
    expect(resolvePath(reading, `${enterprise}:department`)?.extension).toBe(enterpriseSchema)
  })

  it.each([
    '',
    '.',
    ':',
    'nonsense',
    'name.',
    '.givenName',
    'name.nonsense',
    'name.givenName.more',
    'userName.value',
    ' name',
    'urn:',
    core,
    `${core}:`,
    `${core}:nonsense`,
    `${core}:department`,
    `${core}::userName`,
    `${core}:x:userName`,
    `${enterprise}:userName`,
    'urn:example:userName',
    '__proto__',
    'constructor',
    'toString',
    'name.__proto__',
    'constructor.prototype.x',
    `${core}:__proto__`,
  ])('does not lead anywhere: %j', (text) => {
    expect(resolve(text)).toEqual({ path: undefined, applied: [] })
  })

  it('may leave out the URN of an extension, where the name is in no other schema', () => {
    expect(resolve('department')).toEqual({
      path: `${enterprise}:department`,
      applied: ['extensionNameWithoutUrn'],
    })
    expect(resolve('Manager.Value').path).toBe(`${enterprise}:manager.value`)
    expect(resolve('department', groupType).path).toBeUndefined()
    expect(resolve('manager.nonsense')).toEqual({ path: undefined, applied: [] })
  })

  it('may name an extension by an older URN', () => {
    for (const urn of [
      'urn:scim:schemas:extension:enterprise:1.0',
      'urn:scim:schemas:extension:enterprise:2.0',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0User',
    ]) {
      expect(resolve(`${urn}:department`)).toEqual({
        path: `${enterprise}:department`,
        applied: ['legacyUrn'],
      })
    }
  })

  it('may call the value of a manager managerId', () => {
    expect(resolve(`${enterprise}:manager.managerId`)).toEqual({
      path: `${enterprise}:manager.value`,
      applied: ['managerIdAsValue'],
    })
  })

  it('takes no longer than it is long', () => {
    for (const text of [':', 'urn:', 'a.', 'a'].map((part) => part.repeat(500_000))) {
      expect(resolve(text).path).toBeUndefined()
      expect(resolve(`urn:${text}`).path).toBeUndefined()
    }
  })
})

describe('a schema', () => {
  it('is found by its URN in any case', () => {
    const reading = startReading(userType)
    expect(findSchema(reading, core.toUpperCase())).toBe(userSchema)
    expect(findSchema(reading, enterprise.toLowerCase())).toBe(enterpriseSchema)
    expect(findSchema(reading, 'urn:example:badge')).toBeUndefined()
    expect(findSchema(startReading(groupType), enterprise)).toBeUndefined()
    expect([...reading.applied]).toEqual([])
  })

  it('declares what stands behind its URN, known or not', () => {
    const reading = startReading(userType)
    expect(isDeclared(reading, `${enterprise}:nonsense`)).toBe(true)
    expect(isDeclared(reading, 'urn:scim:schemas:extension:enterprise:1.0:x')).toBe(true)
    expect(isDeclared(reading, 'urn:example:badge:x')).toBe(false)
    expect(isDeclared(reading, 'userName')).toBe(false)
  })
})

describe('a definition', () => {
  it('is found among others by its name in any case', () => {
    expect(findAttribute(userSchema.attributes, 'USERNAME')?.name).toBe('userName')
    expect(findAttribute(userSchema.attributes, 'nonsense')).toBeUndefined()
    expect(findAttribute(undefined, 'value')).toBeUndefined()
  })

  it('has sub-attributes of its own only', () => {
    const reading = startReading(userType)
    const emails = findAttribute(userSchema.attributes, 'emails')
    const userName = findAttribute(userSchema.attributes, 'userName')
    expect(emails && findSubAttribute(reading, emails, 'Value')?.name).toBe('value')
    expect(emails && findSubAttribute(reading, emails, 'givenName')).toBeUndefined()
    expect(userName && findSubAttribute(reading, userName, 'value')).toBeUndefined()
  })
})
