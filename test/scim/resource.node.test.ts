import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupType } from '../../src/scim/group'
import { isEmpty, type Json, type JsonObject } from '../../src/scim/json'
import { resolvePath } from '../../src/scim/path'
import {
  extensionsOf,
  getAttribute,
  missingAttribute,
  readResource,
  schemasOf,
  setAttribute,
} from '../../src/scim/resource'
import type { AttributePath, ResourceType } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { isUrn } from '../../src/scim/notation/urn'
import { userType } from '../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const core = 'urn:ietf:params:scim:schemas:core:2.0:User'

function read(body: JsonObject, type: ResourceType = userType) {
  const reading = startReading(type)
  const copy = structuredClone(body)
  const outcome = readResource(reading, body)
  expect(body).toEqual(copy)
  return {
    resource: outcome.ok ? outcome.value : undefined,
    error: outcome.ok ? undefined : outcome.error,
    applied: [...reading.applied].sort(),
  }
}

function path(text: string): AttributePath {
  const found = resolvePath(startReading(userType), text)
  if (!found) throw new Error(`${text} is no path`)
  return found
}

describe('the body of a user', () => {
  it('is read by names in any case', () => {
    expect(read({ USERNAME: 'ann', Name: { GivenName: 'Ann' }, EMAILS: [{ Value: 'a' }] })).toEqual(
      {
        resource: { userName: 'ann', name: { givenName: 'Ann' }, emails: [{ value: 'a' }] },
        error: undefined,
        applied: [],
      },
    )
  })

  it('loses what is read-only, secret, unknown or empty', () => {
    const body = {
      schemas: [core],
      id: '17',
      meta: { resourceType: 'User' },
      groups: [{ value: 'g' }],
      password: 't1meMa$heen',
      nonsense: 1,
      userName: 'ann',
      title: null,
      nickName: '',
      roles: [],
      name: {},
    }
    expect(read(body).resource).toEqual({ userName: 'ann' })
  })

  it('is refused with a value of the wrong type, under its full name', () => {
    expect(read({ userName: { a: 1 } }).error?.values['attribute']).toBe('userName')
    expect(read({ emails: [{ primary: 'x' }] }).error?.values['attribute']).toBe('emails.primary')
    expect(read({ [enterprise]: { manager: { value: [1, 2] } } }).error?.values['attribute']).toBe(
      `${enterprise}:manager.value`,
    )
    expect(read({ [enterprise]: 'R&D' }).error).toEqual({
      code: 'wrongType',
      values: { attribute: enterprise, expected: 'an object' },
    })
  })

  it('may hold extensions under any of their URNs, as object or as paths', () => {
    const resource = { [enterprise]: { department: 'R&D' } }
    for (const body of [
      resource,
      { [enterprise.toUpperCase()]: { DEPARTMENT: 'R&D' } },
      { [`${enterprise}:department`]: 'R&D' },
      { 'urn:scim:schemas:extension:enterprise:1.0': { department: 'R&D' } },
      { department: 'R&D' },
    ]) {
      expect(read(body).resource).toEqual(resource)
    }
    expect(read({ [enterprise]: null }).resource).toEqual({})
    expect(
      read({ [enterprise]: { division: '', x: 1 }, [core]: { title: 'Boss' } }).resource,
    ).toEqual({ title: 'Boss' })
  })

  it('may hold parts under dotted keys, before and behind the rest', () => {
    const name = { givenName: 'Ann', familyName: 'Low' }
    expect(read({ 'name.givenName': 'Ann', name: { familyName: 'Low' } }).resource).toEqual({
      name,
    })
    expect(read({ name: { familyName: 'Low' }, 'name.givenName': 'Ann' }).resource).toEqual({
      name,
    })
    expect(read({ 'name.givenName': 'Ann' }).applied).toEqual(['dottedKeys'])
  })

  it('does not turn a list into its parts', () => {
    const emails = [{ value: 'a@x.test' }]
    expect(read({ emails, 'emails.value': 'b@x.test', 'emails.type': 'work' }).resource).toEqual({
      emails,
    })
    expect(read({ 'emails.value': 'b@x.test' }).resource).toEqual({})
  })

  it('keeps extensions that nobody has declared, as objects or as paths', () => {
    const custom = 'urn:okta:example:1.0:user:custom'
    const body = {
      userName: 'ann',
      [custom]: { badge: ['B-1', 'B-2'], level: { name: 'x', rank: 1.5 }, isNew: true },
      'urn:example:2.0:User:tag': 'x',
      'urn:example:2.0:User:shelf.row': 3,
      'urn:example:empty': {},
      'urn:example:none': null,
    }
    expect(read(body)).toEqual({
      resource: {
        userName: 'ann',
        [custom]: body[custom],
        'urn:example:2.0:User': { tag: 'x', shelf: { row: 3 } },
      },
      error: undefined,
      applied: ['undeclaredExtension'],
    })
  })

  it('does not take an unknown attribute of a schema for an extension', () => {
    for (const urn of [enterprise, core, 'urn:scim:schemas:extension:enterprise:1.0']) {
      expect(read({ userName: 'ann', [`${urn}:nonsense`]: 'x' }).resource).toEqual({
        userName: 'ann',
      })
    }
  })

  it('has no name that a client made up', () => {
    const text = `{"__proto__": {"x": 1}, "constructor": {"prototype": {"x": 1}}, "toString": 1,
      "constructor.prototype.x": 1, "__proto__.x": 1, "name.__proto__": {"x": 1},
      "name": {"__proto__": {"x": 1}, "givenName": "Ann"},
      "${enterprise}": {"__proto__": {"x": 1}, "department": "R&D"}}`
    const { resource } = read(JSON.parse(text) as JsonObject)
    expect(resource).toEqual({ name: { givenName: 'Ann' }, [enterprise]: { department: 'R&D' } })
    expect(Object.getPrototypeOf(resource)).toBe(Object.prototype)
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it('takes nothing for an attribute with which an extension names itself', () => {
    const own = 'urn:example:x'
    const { resource, applied } = read({ [own]: { schemas: [own], a: 1 } })
    expect(resource).toEqual({ [own]: { a: 1 } })
    expect(applied).toEqual(['schemasInsideExtension', 'undeclaredExtension'])
  })

  it('passes over what no schema could describe in an undeclared extension', () => {
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json
    for (const value of [nested(2), nested(64), [1, 'a'], [{ a: 1 }, 'a'], { a: { b: 1 } }]) {
      const outcome = read({ 'urn:example:x': { a: value, b: 'x' } })
      expect(outcome).toEqual({
        resource: { 'urn:example:x': { b: 'x' } },
        error: undefined,
        applied: ['undeclaredExtension', 'unknownName'],
      })
    }
  })

  it('takes no longer than it is long', () => {
    const body = Object.fromEntries(
      ['urn:', ':', 'a.', 'x'].map((part) => [`urn:a:${part.repeat(200_000)}`, 'x']),
    )
    // Anything worse would not end before the test is stopped.
    expect(read({ ...body, [enterprise]: body })).toBeDefined()
  })
})

describe('what identity providers send', () => {
  it('OneLogin, enterprise template of SCIM 1.1', () => {
    const { resource, applied } = read({
      schemas: ['urn:scim:schemas:core:1.0', 'urn:scim:schemas:extension:enterprise:1.0'],
      userName: 'ann@x.test',
      name: { givenName: 'Ann', familyName: ' Low', formatted: '' },
      title: '',
      emails: { value: 'ann@x.test', type: 'work', primary: true },
      'urn:scim:schemas:extension:enterprise:1.0': {
        department: 'R&D',
        manager: { managerId: '17', displayName: ' ' },
      },
    })
    expect(resource).toEqual({
      userName: 'ann@x.test',
      name: { givenName: 'Ann', familyName: ' Low' },
      emails: [{ value: 'ann@x.test', type: 'work', primary: true }],
      [enterprise]: { department: 'R&D', manager: { value: '17' } },
    })
    expect(applied).toEqual([
      'emptyTextIsNoValue',
      'legacyUrn',
      'loneValueAsList',
      'managerIdAsValue',
    ])
  })

  it('Okta, with a password and empty groups', () => {
    expect(
      read({
        schemas: [core],
        userName: 'ann@x.test',
        name: { givenName: 'Ann', familyName: 'Low' },
        emails: [{ primary: true, value: 'ann@x.test', type: 'work' }],
        displayName: 'Ann Low',
        locale: 'en-US',
        externalId: '00u1',
        groups: [],
        password: '1mz050nq',
        active: true,
      }),
    ).toMatchObject({
      error: undefined,
      applied: [],
      resource: { active: true, externalId: '00u1' },
    })
  })

  it('Entra, with nulls and enterprise attributes at the root', () => {
    expect(
      read({
        schemas: [core, enterprise],
        externalId: 'x',
        userName: 'ann',
        active: 'True',
        addresses: null,
        displayName: null,
        department: 'R&D',
        manager: null,
        meta: { resourceType: 'User' },
        roles: [],
      }).resource,
    ).toEqual({
      externalId: 'x',
      userName: 'ann',
      active: true,
      [enterprise]: { department: 'R&D' },
    })
  })

  it('any of them, for groups', () => {
    expect(
      read(
        {
          schemas: ['http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
          externalId: 'x',
          displayName: 'Pilots',
          members: [{ value: 'u1', display: 'Ann', $ref: null }, 'u2'],
        },
        groupType,
      ).resource,
    ).toEqual({
      externalId: 'x',
      displayName: 'Pilots',
      members: [{ value: 'u1' }, { value: 'u2' }],
    })
  })
})

describe('a required attribute', () => {
  it('is named when it is missing', () => {
    expect(missingAttribute(userType, {})).toEqual({
      code: 'missingAttribute',
      values: { attribute: 'userName' },
    })
    expect(missingAttribute(userType, { userName: 'ann' })).toBeUndefined()
    expect(missingAttribute(groupType, { userName: 'ann' })?.values).toEqual({
      attribute: 'displayName',
    })
  })
})

describe('an attribute of a resource', () => {
  it('is set and read by its path, and goes with what becomes empty', () => {
    for (const text of [
      'title',
      'name.givenName',
      `${enterprise}:department`,
      `${enterprise}:manager.value`,
    ]) {
      const resource: JsonObject = {}
      setAttribute(resource, path(text), 'x')
      expect(getAttribute(resource, path(text))).toBe('x')
      setAttribute(resource, path(text), undefined)
      expect(resource).toEqual({})
    }
  })

  it('leaves its neighbours and the objects that held it alone', () => {
    const before = { name: { givenName: 'Ann' }, [enterprise]: { manager: { value: '17' } } }
    const resource: JsonObject = { ...before }
    setAttribute(resource, path('name.familyName'), 'Low')
    setAttribute(resource, path(`${enterprise}:manager.$ref`), '/Users/17')
    setAttribute(resource, path(`${enterprise}:division`), 'B')
    expect(resource).toEqual({
      name: { givenName: 'Ann', familyName: 'Low' },
      [enterprise]: { manager: { value: '17', $ref: '/Users/17' }, division: 'B' },
    })
    expect(before).toEqual({
      name: { givenName: 'Ann' },
      [enterprise]: { manager: { value: '17' } },
    })
  })

  it('is absent where nothing can hold it', () => {
    expect(getAttribute({}, path(`${enterprise}:department`))).toBeUndefined()
    expect(getAttribute({ [enterprise]: 'x' }, path(`${enterprise}:department`))).toBeUndefined()
    expect(getAttribute({ name: 'x' }, path('name.givenName'))).toBeUndefined()
  })
})

describe('the schemas of a resource', () => {
  it('are its own and those of extensions with values', () => {
    const resource = { userName: 'ann', 'urn:example:badge': 1, [enterprise]: { department: 'x' } }
    expect(extensionsOf(resource)).toEqual(['urn:example:badge', enterprise])
    expect(schemasOf(userType, resource)).toEqual([core, 'urn:example:badge', enterprise])
    expect(schemasOf(groupType, {})).toEqual([groupType.schema.id])
  })

  it('are named by URNs', () => {
    for (const text of [core, 'URN:Example:x', 'urn:a1-b:c']) expect(isUrn(text)).toBe(true)
    for (const text of ['urn:', 'urn:x', 'urn::x', 'urn:-a:b', 'http://x.test', 'a urn:a:b', '']) {
      expect(isUrn(text)).toBe(false)
    }
  })
})

describe('emptiness', () => {
  it('is null, no elements or no members', () => {
    for (const json of [undefined, null, [], {}]) expect(isEmpty(json)).toBe(true)
    for (const json of [0, false, '', [null], { a: null }]) expect(isEmpty(json)).toBe(false)
  })
})

describe('any body', () => {
  it('is read the same when it is read again', () => {
    const name = fc.oneof(
      fc.constantFrom('userName', 'Name', 'emails', 'active', 'manager', enterprise, core),
      fc.constantFrom('name.givenName', 'emails.value', 'urn:example:x', `${enterprise}:x`),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue({ maxDepth: 3 })), (body) => {
        const once = read(body as Record<string, Json>)
        if (!once.resource) return
        const { resource, error, applied } = read(once.resource)
        expect([resource, error]).toEqual([once.resource, undefined])
        expect(applied.filter((tolerance) => tolerance !== 'undeclaredExtension')).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})
