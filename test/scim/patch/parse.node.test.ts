import { describe, expect, it } from 'vitest'
import { groupType } from '../../../src/scim/group'
import { isObject, type Json, type JsonObject } from '../../../src/scim/json'
import { maximumOperations, readPatch, type Change } from '../../../src/scim/patch/parse'
import { pathText } from '../../../src/scim/path'
import type { ResourceType } from '../../../src/scim/schema'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const core = 'urn:ietf:params:scim:schemas:core:2.0:User'

/** `replace emails[] = …`: brackets for a filter, nothing behind the name without a value. */
function show(change: Change): string {
  if (change.kind === 'stated') return `stated ${pathText(change.path)}`
  const where = `${pathText(change.path)}${change.filter ? '[]' : ''}`
  const value = change.value === undefined ? '' : ` = ${JSON.stringify(change.value)}`
  return `${change.op} ${where}${value}`
}

function patch(type: ResourceType, body: JsonObject) {
  const reading = startReading(type)
  const read = readPatch(reading, body)
  const applied = [...reading.applied].sort()
  return read.ok
    ? { changes: read.value.map(show), applied, error: undefined }
    : { changes: [], applied, error: read.error }
}

function user(...operations: Json[]) {
  return patch(userType, { Operations: operations })
}

function group(...operations: Json[]) {
  return patch(groupType, { Operations: operations })
}

describe('the envelope of a PATCH', () => {
  it('is read without schemas, and whatever else stands in it', () => {
    const operations = [{ op: 'replace', path: 'title', value: 'Boss', name: 'title' }]
    const expected = ['replace title = "Boss"']
    expect(patch(userType, { Operations: operations }).changes).toEqual(expected)
    expect(patch(userType, { schemas: ['nonsense'], Operations: operations }).changes).toEqual(
      expected,
    )
    expect(patch(userType, { id: '17', operations }).changes).toEqual(expected)
  })

  it('names its members in any case', () => {
    const body = { OPERATIONS: [{ Op: 'Replace', PATH: 'Title', Value: 'Boss' }] }
    const read = patch(userType, body)
    expect(read.changes).toEqual(['replace title = "Boss"'])
    expect(read.applied).toEqual(['operationInCapitals'])
  })

  it.each([
    ['no operations and other content', { active: false }],
    ['operations that are null beside content', { Operations: null, active: false }],
    ['a number', { Operations: 7 }],
    ['text', { Operations: 'remove title' }],
    ['an empty list beside content', { Operations: [], active: false }],
    ['an operation that is text', { Operations: ['remove title'] }],
    ['an operation that is null', { Operations: [null] }],
    ['an operation that is a list', { Operations: [[]] }],
  ])('is refused with %s', (_, body) => {
    expect(patch(userType, body).error?.code).toBe('invalidPatch')
  })

  it('holds at most a thousand operations', () => {
    const operations = (count: number) =>
      Array.from({ length: count }, () => ({ op: 'replace', path: 'title', value: 'x' }))
    expect(user(...operations(maximumOperations)).changes).toHaveLength(1_000)
    expect(user(...operations(maximumOperations + 1)).error).toEqual({
      code: 'tooManyOperations',
      values: { limit: 1_000 },
    })
  })

  it('cannot hide any number of changes in one operation', () => {
    const value = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`emails[value eq "${index}"].type`, 'work']),
    )
    expect(user({ op: 'add', value }).error?.code).toBe('tooManyOperations')
  })

  it.each([
    ['missing', {}, 'without an "op"'],
    ['null', { op: null }, 'without an "op"'],
    ['unknown', { op: 'move' }, '"move"'],
    ['a name of the prototype', { op: 'constructor' }, '"constructor"'],
  ])('refuses an op that is %s', (_, operation, shown) => {
    expect(user({ ...operation, path: 'title', value: 'x' }).error).toEqual({
      code: 'unknownOperation',
      values: { operation: shown },
    })
  })

  it('takes each op in any case', () => {
    const read = user(
      { op: 'ADD', path: 'title', value: 'a' },
      { op: 'Replace', path: 'title', value: 'b' },
      { op: 'reMove', path: 'title' },
    )
    expect(read.changes).toEqual(['add title = "a"', 'replace title = "b"', 'remove title'])
  })

  it('refuses a path that is not text', () => {
    expect(user({ op: 'replace', path: ['title'], value: 'x' }).error?.code).toBe('invalidPath')
  })
})

describe('an operation with a path', () => {
  it('names attributes in any case, with or without the URN of their schema', () => {
    const read = user(
      { op: 'replace', path: 'NAME.givenname', value: 'Ann' },
      { op: 'replace', path: `${core}:title`, value: 'Boss' },
      { op: 'replace', path: `${enterprise.toUpperCase()}:Department`, value: 'R&D' },
      { op: 'replace', path: `${core}:emails[type eq "work"].value`, value: 'a@x.test' },
    )
    expect(read.changes).toEqual([
      'replace name.givenName = "Ann"',
      'replace title = "Boss"',
      `replace ${enterprise}:department = "R&D"`,
      'replace emails.value[] = "a@x.test"',
    ])
    expect(read.applied).toEqual([])
  })

  it('reads values by the definition of what the path names', () => {
    const read = user(
      { op: 'replace', path: 'active', value: 'False' },
      { op: 'add', path: 'emails', value: 'a@x.test' },
      { op: 'replace', path: `${enterprise}:employeeNumber`, value: 701984 },
      { op: 'add', path: 'emails[type eq "work"].primary', value: 'True' },
    )
    expect(read.changes).toEqual([
      'replace active = false',
      'add emails = [{"value":"a@x.test"}]',
      `replace ${enterprise}:employeeNumber = "701984"`,
      'add emails.primary[] = true',
    ])
    expect(user({ op: 'replace', path: 'active', value: 'perhaps' }).error?.code).toBe('wrongType')
    expect(user({ op: 'replace', path: 'title', value: {} }).error?.code).toBe('wrongType')
    expect(user({ op: 'add', path: 'name', value: 'Ann' }).error?.code).toBe('wrongType')
  })

  it.each([
    'nonsense',
    'name.nonsense',
    'emails[type eq "work"',
    'emails.value.more',
    `${enterprise}:nonsense`,
    '__proto__',
    '__proto__.x',
    'constructor.prototype.x',
    'name.__proto__',
    'emails[type eq "work"].constructor',
  ])('refuses the path %s', (path) => {
    const read = user({ op: 'add', path, value: 'x' })
    expect(read.changes).toEqual([])
    expect(read.error?.code).toMatch(/^invalid(Path|Filter)$/)
  })

  it('refuses a filter on a single value', () => {
    const path = 'name[givenName eq "Ann"].familyName'
    expect(user({ op: 'replace', path, value: 'x' }).error?.code).toBe('noTarget')
  })

  it.each(['id', 'meta', 'meta.created', 'schemas', 'groups', `${enterprise}:manager.displayName`])(
    'refuses to change %s, which is read-only',
    (path) => {
      for (const op of ['add', 'replace', 'remove']) {
        expect(user({ op, path, value: 'x' }).error).toEqual({
          code: 'readOnly',
          values: { attribute: path },
        })
      }
    },
  )

  it('changes members as a whole, not by what identifies them', () => {
    for (const path of ['members.value', 'members[value eq "a"].value', 'members.display']) {
      for (const op of ['add', 'replace', 'remove']) {
        expect(group({ op, path, value: 'b' }).error?.code).toBe('readOnly')
      }
    }
  })

  it('accepts a password and forgets it', () => {
    const read = user(
      { op: 'replace', path: 'password', value: 't1meMa$heen' },
      { op: 'remove', path: 'password' },
      { op: 'add', value: { password: 't1meMa$heen' } },
    )
    expect(read).toEqual({ changes: [], applied: [], error: undefined })
  })

  it('needs a value unless it removes', () => {
    for (const op of ['add', 'replace']) {
      expect(user({ op, path: 'title' }).error).toEqual({
        code: 'missingValue',
        values: { operation: op, path: '"title"' },
      })
      expect(user({ op, path: enterprise }).error?.code).toBe('missingValue')
      expect(user({ op, path: 'urn:example:badge' }).error?.code).toBe('missingValue')
      expect(user({ op }).error?.code).toBe('missingRequiredValue')
      expect(user({ op, path: 'userName' }).error?.code).toBe('missingRequiredValue')
    }
  })

  it.each([null, '', ' ', []])('clears what is replaced by %j', (value) => {
    const read = user(
      { op: 'replace', path: 'title', value },
      { op: 'replace', path: 'name', value },
      { op: 'replace', path: 'name.givenName', value },
      { op: 'replace', path: 'emails[type eq "work"].value', value },
      { op: 'replace', path: 'emails[type eq "work"]', value },
      { op: 'replace', path: 'emails', value },
    )
    expect(read.changes).toEqual([
      'remove title',
      'remove name',
      'remove name.givenName',
      'remove emails.value[]',
      'remove emails[]',
      'replace emails = []',
    ])
  })

  it('adds nothing without clearing anything', () => {
    for (const value of [null, [], {}, [null], [{}], [{ type: 'work' }]]) {
      expect(user({ op: 'add', path: 'emails', value }).changes).toEqual([])
    }
    expect(group({ op: 'add', path: 'members', value: '' }).changes).toEqual([])
    expect(user({ op: 'add', path: 'title', value: null }).changes).toEqual([])
    expect(user({ op: 'add', path: 'name', value: { givenName: null } }).changes).toEqual([])
  })

  it('clears the parts that a replacement gives as empty, and those alone', () => {
    const value = { givenName: 'Ann', familyName: null, middleName: '', nonsense: null }
    expect(user({ op: 'replace', path: 'name', value }).changes).toEqual([
      'remove name.familyName',
      'remove name.middleName',
      'replace name = {"givenName":"Ann"}',
    ])
    expect(user({ op: 'replace', path: 'name', value: { givenName: '' } }).changes).toEqual([
      'remove name.givenName',
    ])
    expect(user({ op: 'replace', path: 'name', value: { nonsense: 1 } }).changes).toEqual([])
    expect(user({ op: 'replace', path: 'name', value: {} }).changes).toEqual(['remove name'])
  })

  it('takes a part of an element for the elements that a filter chose', () => {
    const path = 'emails[type eq "work"]'
    expect(
      user(
        { op: 'replace', path, value: { primary: true } },
        { op: 'replace', path, value: [{ value: 'a@x.test', display: null }] },
        { op: 'replace', path, value: 'b@x.test' },
      ).changes,
    ).toEqual([
      'replace emails[] = {"primary":true}',
      'remove emails.display[]',
      'replace emails[] = {"value":"a@x.test"}',
      'replace emails[] = {"value":"b@x.test"}',
    ])
    const two = [{ value: 'a@x.test' }, { value: 'b@x.test' }]
    expect(user({ op: 'replace', path, value: two }).error?.code).toBe('wrongType')
  })

  it('keeps required attributes', () => {
    const refused = { code: 'requiredAttribute', values: { attribute: 'userName' } }
    expect(user({ op: 'remove', path: 'userName' }).error).toEqual(refused)
    for (const value of [null, '', []]) {
      expect(user({ op: 'replace', path: 'userName', value }).error).toEqual(refused)
      expect(user({ op: 'replace', value: { UserName: value } }).error).toEqual(refused)
    }
    expect(group({ op: 'remove', path: 'displayName' }).error?.code).toBe('requiredAttribute')
  })

  it('answers the first problem and no change', () => {
    const read = user(
      { op: 'replace', path: 'title', value: 'Boss' },
      { op: 'replace', path: 'id', value: 'x' },
      { op: 'replace', path: 'active', value: 'perhaps' },
    )
    expect(read.changes).toEqual([])
    expect(read.error).toEqual({ code: 'readOnly', values: { attribute: 'id' } })
  })
})

describe('the URN of a schema as a path', () => {
  it('stands for each attribute in the value', () => {
    const value = { Department: 'R&D', division: null, manager: { value: '17' }, nonsense: 1 }
    expect(user({ op: 'replace', path: enterprise, value }).changes).toEqual([
      `replace ${enterprise}:department = "R&D"`,
      `remove ${enterprise}:division`,
      `replace ${enterprise}:manager = {"value":"17"}`,
    ])
    expect(user({ op: 'add', path: core, value: { title: 'Boss', id: '1' } }).changes).toEqual([
      'add title = "Boss"',
      'stated id',
    ])
  })

  it('is understood in the spellings of older clients', () => {
    const path = 'urn:scim:schemas:extension:enterprise:1.0'
    const read = user(
      { op: 'add', path, value: { department: 'R&D' } },
      { op: 'add', path: `${path}:division`, value: 'B' },
    )
    expect(read.changes).toEqual([
      `add ${enterprise}:department = "R&D"`,
      `add ${enterprise}:division = "B"`,
    ])
    expect(read.applied).toEqual(['legacyUrn'])
  })

  it.each([
    { op: 'remove', path: enterprise },
    { op: 'replace', path: enterprise, value: null },
    { op: 'replace', path: enterprise, value: {} },
    { op: 'replace', value: { [enterprise]: null } },
  ])('clears the whole extension with %j', (operation) => {
    expect(user(operation).changes).toEqual(
      userType.extensions.flatMap(({ id, attributes }) =>
        attributes.map(({ name }) => `remove ${id}:${name}`),
      ),
    )
  })

  it('cannot clear the core attributes all at once', () => {
    expect(user({ op: 'remove', path: core }).error?.code).toBe('noTarget')
    expect(user({ op: 'replace', path: core, value: null }).error?.code).toBe('noTarget')
  })

  it('takes objects only', () => {
    expect(user({ op: 'add', path: enterprise, value: 'R&D' }).error?.code).toBe('wrongType')
  })

  it('refuses a value in which no name is known', () => {
    const read = user({ op: 'add', path: enterprise, value: { nonsense: 1 } })
    expect(read.error?.code).toBe('invalidPath')
  })
})

describe('an extension that no schema describes', () => {
  const badge = 'urn:example:badge'

  it('is read by what it shows, by path and by key', () => {
    expect(
      user(
        { op: 'add', path: badge, value: { color: 'red', level: [1, null] } },
        { op: 'replace', path: 'urn:example:params:2.0:User:badge', value: 'B-1' },
        { op: 'replace', value: { [badge]: { color: 'blue' }, title: 'x' } },
        { op: 'add', path: `${badge}:level`, value: 2 },
        { op: 'remove', path: `${badge}:level`, value: [1] },
        { op: 'remove', path: badge },
      ).changes,
    ).toEqual([
      `add ${badge}:color = "red"`,
      `add ${badge}:level = [1]`,
      'replace urn:example:params:2.0:User:badge = "B-1"',
      `replace ${badge}:color = "blue"`,
      'replace title = "x"',
      `add ${badge}:level = [2]`,
      `remove ${badge}:level = [1]`,
      `remove ${badge}:color`,
      `remove ${badge}:level`,
    ])
  })

  it('has value filters once its list is known', () => {
    const phones = `${badge}:phones`
    expect(
      user(
        { op: 'add', path: phones, value: [{ value: '1', kind: 'work' }] },
        { op: 'replace', path: `${phones}[kind eq "work"].value`, value: '2' },
        { op: 'replace', path: `${phones}[kind eq "work"].note`, value: 'new' },
        { op: 'remove', path: `${phones}[value eq "1"]` },
      ).changes,
    ).toEqual([
      `add ${phones} = [{"value":"1","kind":"work"}]`,
      `replace ${phones}.value[] = "2"`,
      `replace ${phones}.note[] = "new"`,
      `remove ${phones}[]`,
    ])
  })

  it('is gone where nobody has seen it', () => {
    expect(user({ op: 'remove', path: badge }).changes).toEqual([])
    expect(user({ op: 'remove', path: `${badge}:color` }).changes).toEqual([])
    for (const value of [null, '', {}, []]) {
      expect(user({ op: 'replace', path: badge, value }).changes).toEqual([])
      expect(user({ op: 'add', path: badge, value }).changes).toEqual([])
    }
  })

  it('has no value filters, and no name that is not plain', () => {
    for (const path of ['urn:example:list[type eq "a"].value', 'urn:example:a b', 'urn:x']) {
      expect(user({ op: 'add', path, value: 'x' }).error?.code).toMatch(/^invalid/)
    }
  })

  it('is never taken for an unknown attribute of a schema', () => {
    const name = `${enterprise}:badge`
    expect(user({ op: 'add', path: name, value: 'x' }).error?.code).toBe('invalidPath')
    expect(user({ op: 'add', value: { [name]: 'x', title: 'y' } }).changes).toEqual([
      'add title = "y"',
    ])
  })
})

describe('an operation without a path', () => {
  it('changes each attribute that its value names', () => {
    const read = user({
      op: 'replace',
      value: {
        DisplayName: 'Ann',
        name: { givenName: 'Ann' },
        [enterprise]: { department: 'R&D' },
        costCenter: 'C1',
      },
    })
    expect(read.changes).toEqual([
      'replace displayName = "Ann"',
      'replace name = {"givenName":"Ann"}',
      `replace ${enterprise}:department = "R&D"`,
      `replace ${enterprise}:costCenter = "C1"`,
    ])
    expect(read.applied).toEqual(['extensionNameWithoutUrn'])
  })

  it('clears what is null in a replacement, and adds no null', () => {
    expect(user({ op: 'replace', value: { title: null, emails: [] } }).changes).toEqual([
      'remove title',
      'replace emails = []',
    ])
    expect(user({ op: 'add', value: { title: null, emails: [] } }).changes).toEqual([])
  })

  it('passes over what is read-only or unknown beside known names', () => {
    const value = { id: '17', meta: {}, schemas: [], groups: [], nonsense: 1, title: 'x' }
    const read = user({ op: 'replace', value })
    expect(read.changes).toEqual([
      'stated id',
      'stated meta',
      'stated schemas',
      'stated groups',
      'replace title = "x"',
    ])
    expect(read.applied).toEqual(['unknownName'])
    expect(user({ op: 'replace', value: { id: '17', nonsense: 1 } }).changes).toEqual(['stated id'])
    expect(group({ op: 'add', value: { 'members.value': 'a', id: '17' } }).changes).toEqual([
      'stated members.value',
      'stated id',
    ])
  })

  it('is refused when nobody knows any of its names', () => {
    const value = JSON.parse('{"__proto__": {"x": 1}, "constructor.prototype.x": 1}') as Json
    expect(user({ op: 'add', value }).error).toEqual({
      code: 'invalidPath',
      values: { path: '"__proto__"' },
    })
  })

  it('needs an object', () => {
    for (const value of ['text', 17, true, ['title']]) {
      expect(user({ op: 'replace', value }).error?.code).toBe('wrongType')
    }
    expect(user({ op: 'replace', value: null }).error?.code).toBe('missingRequiredValue')
    expect(user({ op: 'replace', value: {} }).changes).toEqual([])
  })

  it('cannot remove', () => {
    expect(user({ op: 'remove', value: { title: 'x' } }).error?.code).toBe('noTarget')
    expect(user({ op: 'remove', path: '', value: { title: 'x' } }).error?.code).toBe('noTarget')
  })
})

describe('removing from a list', () => {
  it('names everything without a value, and only what is listed with one', () => {
    const read = group(
      { op: 'remove', path: 'members' },
      { op: 'remove', path: 'members', value: [{ value: 'a' }, 'b'] },
      { op: 'remove', path: 'members', value: { value: 'c' } },
    )
    expect(read.changes).toEqual([
      'remove members',
      'remove members = [{"value":"a"},{"value":"b"}]',
      'remove members = [{"value":"c"}]',
    ])
    expect(read.applied).toContain('valueListOnRemove')
  })

  it.each([[null], [[]]])('removes nobody when the list is empty: %j', (value) => {
    const read = group({ op: 'remove', path: 'members', value })
    expect(read).toEqual({ changes: ['remove members = []'], applied: [], error: undefined })
  })

  it.each([[[null]], [[{}]], [{}], [''], [[{ display: 'Ann' }]]])(
    'is refused when an entry names nobody: %j',
    (value) => {
      const read = group({ op: 'remove', path: 'members', value })
      expect(read).toMatchObject({ changes: [], error: { code: 'memberUnnamed' } })
    },
  )

  it('ignores a value beside a single value without parts', () => {
    expect(user({ op: 'remove', path: 'title', value: 'other' }).changes).toEqual(['remove title'])
  })
})

describe('what identity providers send to groups', () => {
  const member = { value: 'u1' }

  it('OneLogin adds one member', () => {
    const read = patch(groupType, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'add', path: 'members', value: [member] }],
    })
    expect(read.changes).toEqual(['add members = [{"value":"u1"}]'])
    expect(read.applied).toEqual([])
  })

  it('OneLogin marks members as added and deleted with SCIM 1.1', () => {
    const read = patch(groupType, {
      schemas: ['urn:scim:schemas:core:1.0'],
      members: [
        { value: 'u1', operation: 'add' },
        { value: 'u2', operation: 'delete' },
        { value: 'u3' },
      ],
    })
    expect(read.changes).toEqual([
      'add members = [{"value":"u1"}]',
      'remove members = [{"value":"u2"}]',
      'add members = [{"value":"u3"}]',
    ])
    expect(read.applied).toContain('operationsOfVersion1')
  })

  it('Okta removes by filter and adds in one PATCH', () => {
    const read = group(
      { op: 'remove', path: 'members[value eq "u1"]' },
      { op: 'add', path: 'members', value: [{ value: 'u2', display: 'u2@example.test' }] },
    )
    expect(read.changes).toEqual(['remove members[]', 'add members = [{"value":"u2"}]'])
  })

  it('Okta replaces all members, also by none', () => {
    const members = [
      { value: 'u2', display: 'two' },
      { value: 'u3', display: 'three' },
    ]
    expect(group({ op: 'replace', path: 'members', value: members }).changes).toEqual([
      'replace members = [{"value":"u2"},{"value":"u3"}]',
    ])
    expect(group({ op: 'replace', path: 'members', value: [] }).changes).toEqual([
      'replace members = []',
    ])
  })

  it('Okta renames without a path, with id and members beside the name', () => {
    const value = { members: [], id: '17', displayName: 'Pilots' }
    expect(group({ op: 'replace', value }).changes).toEqual([
      'replace members = []',
      'stated id',
      'replace displayName = "Pilots"',
    ])
  })

  it('Entra adds and removes by lists with empty references', () => {
    const value = [{ $ref: null, value: 'u1' }]
    const read = group(
      { op: 'Add', path: 'members', value },
      { op: 'Remove', path: 'members', value },
    )
    expect(read.changes).toEqual([
      'add members = [{"value":"u1"}]',
      'remove members = [{"value":"u1"}]',
    ])
  })

  it('Entra names a member by plain text in its test collection', () => {
    expect(group({ op: 'Add', path: 'members', value: ['u1'] }).changes).toEqual([
      'add members = [{"value":"u1"}]',
    ])
  })

  it('authentik sends the whole group back, then one operation a member', () => {
    const value = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      id: '17',
      externalId: 'x17',
      displayName: 'Pilots',
    }
    expect(
      group(
        { op: 'replace', value },
        { op: 'add', path: 'members', value: [member] },
        { op: 'remove', path: 'members', value: [member] },
      ).changes,
    ).toEqual([
      'stated schemas',
      'stated id',
      'replace externalId = "x17"',
      'replace displayName = "Pilots"',
      'add members = [{"value":"u1"}]',
      'remove members = [{"value":"u1"}]',
    ])
  })

  it('Keycloak replaces the members, or removes them without a value', () => {
    expect(
      group(
        { op: 'replace', path: 'members', value: [{ value: 'u1', $ref: '/Users/u1' }] },
        { op: 'remove', path: 'members' },
        { op: 'replace', path: 'externalId', value: 'x17' },
      ).changes,
    ).toEqual([
      'replace members = [{"value":"u1"}]',
      'remove members',
      'replace externalId = "x17"',
    ])
  })
})

describe('hostile input', () => {
  const hostile = ['__proto__', 'constructor', 'prototype', 'toString', 'constructor.prototype.x']

  it.each(hostile)('%s never becomes a name of anything', (name) => {
    const inside = JSON.parse(`{"${name}": {"x": 1}, "value": "a@x.test"}`) as JsonObject
    const beside = JSON.parse(`{"${name}": {"x": 1}, "title": "x"}`) as JsonObject
    expect(user({ op: 'add', path: name, value: 'x' }).error?.code).toBe('invalidPath')
    expect(user({ op: 'add', path: 'emails', value: [inside] }).changes).toEqual([
      'add emails = [{"value":"a@x.test"}]',
    ])
    expect(user({ op: 'add', value: beside }).changes).toEqual(['add title = "x"'])
    expect(user({ op: 'add', path: core, value: beside }).changes).toEqual(['add title = "x"'])
    expect(patch(userType, JSON.parse(`{"${name}": [], "Operations": []}`) as JsonObject)).toEqual({
      changes: [],
      applied: [],
      error: expect.objectContaining({ code: 'invalidPatch' }),
    })
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it('takes no longer than its length', () => {
    const long = 'urn:a'.repeat(100_000)
    const colons = `urn:a${':'.repeat(400_000)}`
    for (const path of [long, colons, 'a.'.repeat(200_000), '['.repeat(400_000)]) {
      // Anything worse would not end before the test is stopped.
      expect(user({ op: 'add', path, value: 'x' }).error).toBeDefined()
      user({ op: 'add', value: { [path]: 'x', title: 'y' } })
      user({ op: 'add', value: { [enterprise]: { [path]: 'x' } } })
    }
  })

  it('is quoted in messages, and cut', () => {
    const error = user({ op: 'add', path: 'x'.repeat(1_000), value: 'x' }).error
    expect(String(error?.values['path']).length).toBeLessThan(100)
  })

  it('cannot be nested too deep to be walked', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as Json
    expect(user({ op: 'add', path: 'urn:example:x', value: deep }).error?.code).toBe(
      'undescribable',
    )
    for (const path of ['title', 'name', 'emails', 'emails[type eq "work"]']) {
      expect(user({ op: 'add', path, value: deep }).error?.code).toBe('wrongType')
      expect(user({ op: 'add', value: { [path]: [deep] } }).error?.code).toBe('wrongType')
    }
    expect(user({ op: deep, path: deep, value: deep }).error?.code).toBe('unknownOperation')
    expect(user({ op: 'add', path: deep, value: deep }).error?.code).toBe('invalidPath')
  })

  it('does not change the body', () => {
    const body = { Operations: [{ op: 'Add', path: 'members', value: ['u1', { value: 'u2' }] }] }
    const copy = structuredClone(body)
    patch(groupType, body)
    expect(isObject(body)).toBe(true)
    expect(body).toEqual(copy)
  })
})
