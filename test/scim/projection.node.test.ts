import { describe, expect, it } from 'vitest'
import { groupType } from '../../src/scim/group'
import type { JsonObject } from '../../src/scim/json'
import { findAttribute } from '../../src/scim/path'
import {
  everything,
  includes,
  projector,
  readProjection,
  type Projection,
} from '../../src/scim/projection'
import { attribute, type Attribute, type ResourceType } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const badge = 'urn:example:Badge'

const always = { schemas: [core, enterprise, badge], id: '17' }
const ann: JsonObject = {
  ...always,
  userName: 'ann',
  name: { givenName: 'Ann', familyName: 'Low' },
  emails: [{ value: 'a@x.test', type: 'work' }, { value: 'b@x.test' }],
  [enterprise]: { department: 'R&D', manager: { value: '18', $ref: '/Users/18' } },
  [badge]: { color: 'red' },
  meta: { resourceType: 'User', version: 'W/"1"' },
}

type Names = string | readonly string[]

function projection(
  attributes?: Names,
  excluded?: Names,
  type: ResourceType = userType,
): Projection {
  const read = readProjection(startReading(type), attributes, excluded)
  if (!read.ok) throw new Error(read.error.code)
  return read.value
}

function show(attributes?: Names, excluded?: Names, resource = ann, type: ResourceType = userType) {
  return projector(type, projection(attributes, excluded, type))(resource)
}

function without(...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(ann).filter(([name]) => !names.includes(name)))
}

describe('an answer', () => {
  it('is the whole resource by default', () => {
    for (const empty of [undefined, '', ' , ', []]) expect(show(empty, empty)).toEqual(ann)
    expect(projector(userType, everything)(ann)).toEqual(ann)
  })

  it('does not change the resource', () => {
    const copy = structuredClone(ann)
    show('emails.value')
    show(undefined, 'emails.value')
    expect(ann).toEqual(copy)
  })

  it('never shows what is never returned, not even when asked', () => {
    const secret = { ...ann, password: 'x' }
    expect(show(undefined, undefined, secret)).toEqual(ann)
    expect(show('password', undefined, secret)).toEqual(always)
    expect(show(undefined, 'title', secret)).toEqual(ann)
  })

  it('leaves out what no schema knows', () => {
    expect(show(undefined, undefined, { ...ann, nonsense: 1 })).toEqual(ann)
  })
})

describe('attributes', () => {
  it('name what is shown beside what is always returned', () => {
    expect(show('userName')).toEqual({ ...always, userName: 'ann' })
    expect(show(' USERNAME , meta ')).toEqual({ ...always, userName: 'ann', meta: ann['meta'] })
    expect(show(['userName', 'title'])).toEqual({ ...always, userName: 'ann' })
    expect(show(`${core}:userName`)).toEqual({ ...always, userName: 'ann' })
  })

  it('name parts, in lists as well', () => {
    expect(show('name.givenName')).toEqual({ ...always, name: { givenName: 'Ann' } })
    expect(show('emails.type')).toEqual({ ...always, emails: [{ type: 'work' }] })
    expect(show('emails.primary')).toEqual(always)
    expect(show('emails.type,emails.value')).toEqual({ ...always, emails: ann['emails'] })
    expect(show('name.givenName,name')).toEqual({ ...always, name: ann['name'] })
  })

  it.each([
    ['emails[type eq "work"]', ann['emails']],
    ['emails[type eq "work"].value', [{ value: 'a@x.test' }, { value: 'b@x.test' }]],
    ['emails[value eq "a,b]"].type, emails[primary eq true].type', [{ type: 'work' }]],
    [`${core}:emails[type eq "work"]`, ann['emails']],
  ])('may hold a filter, and show all entries then: %s', (name, emails) => {
    expect(show(name)).toEqual({ ...always, emails })
    expect(show([name.split(', ')[0] ?? ''])).toEqual({ ...always, emails })
    expect(show(`userName,${name}`)).toEqual({ ...always, userName: 'ann', emails })
    // What is left out has to be named exactly.
    expect(show(undefined, name)).toEqual(ann)
    const reading = startReading(userType, 'rfc')
    const strict = readProjection(reading, name, undefined)
    expect(strict.ok && projector(userType, strict.value)(ann)).toEqual(always)
    expect([...reading.applied]).toEqual([])
  })

  it.each(['emails[type eq "work"', 'emails]', '[type eq "work"]', 'emails[x][y'])(
    'that are no names add nothing: %s',
    (name) => {
      expect(show(name)).toEqual(always)
    },
  )

  it('name extensions and what is in them', () => {
    expect(show(enterprise.toUpperCase())).toEqual({ ...always, [enterprise]: ann[enterprise] })
    expect(show(`${enterprise}:department`)).toEqual({
      ...always,
      [enterprise]: { department: 'R&D' },
    })
    expect(show('manager.value')).toEqual({
      ...always,
      [enterprise]: { manager: { value: '18' } },
    })
    expect(show('urn:EXAMPLE:badge')).toEqual({ ...always, [badge]: { color: 'red' } })
  })

  it('that nobody knows add nothing', () => {
    for (const name of ['nonsense', 'name.nonsense', '__proto__', 'constructor', 'urn:example:x']) {
      expect(show(name)).toEqual(always)
    }
  })

  it('win over excluded ones', () => {
    expect(show('userName', 'userName')).toEqual({ ...always, userName: 'ann' })
  })
})

describe('a name that names nothing', () => {
  const refusal = (attributes?: Names, excluded?: Names, others: readonly ResourceType[] = []) => {
    const read = readProjection(startReading(userType), attributes, excluded, others)
    return read.ok ? undefined : [read.error.code, read.error.values['parameter']]
  }
  const reserved = [
    `${core}s:userName`,
    `${core}:favoriteColor`,
    `${enterprise}:badge`,
    'urn:ietf:params:scim:schemas:core:2.0:Group:members',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0',
    'urn:ietf:params:scim:api:messages:2.0:PatchOp:userName',
    'urn:scim:schemas:other',
  ]

  it.each(reserved)('is refused as %s, which begins like a schema of SCIM', (name) => {
    expect(refusal(`userName,${name}`)).toEqual(['invalidQuery', 'attributes'])
    expect(refusal(undefined, [name])).toEqual(['invalidQuery', 'excludedAttributes'])
  })

  it('is ignored where it is plain, or of an extension that nobody has declared', () => {
    for (const name of ['nonsense', 'name.nonsense', 'urn:example:x', 'urn:example:x:y', 'urn:']) {
      expect(refusal(name)).toBeUndefined()
      expect(refusal(undefined, name)).toBeUndefined()
    }
  })

  it('may be of another type that is listed as well', () => {
    const name = 'urn:ietf:params:scim:schemas:core:2.0:Group:members'
    expect(refusal(name, undefined, [groupType])).toBeUndefined()
    expect(refusal(`${name}s`, undefined, [groupType])).toEqual(['invalidQuery', 'attributes'])
  })
})

describe('excluded attributes', () => {
  it('are left out of the default', () => {
    expect(show(undefined, 'emails, NAME')).toEqual(without('emails', 'name'))
    expect(show(undefined, 'nonsense,__proto__')).toEqual(ann)
  })

  it('may be parts', () => {
    expect(show(undefined, 'name.givenName')).toEqual({ ...ann, name: { familyName: 'Low' } })
    expect(show(undefined, 'emails.value')).toEqual({ ...ann, emails: [{ type: 'work' }] })
    expect(show(undefined, 'name.givenName,name.familyName')).toEqual(without('name'))
  })

  it('may be extensions and what is in them', () => {
    expect(show(undefined, enterprise)).toEqual(without(enterprise))
    expect(show(undefined, badge)).toEqual(without(badge))
    expect(show(undefined, `${enterprise}:manager`)).toEqual({
      ...ann,
      [enterprise]: { department: 'R&D' },
    })
    expect(show(undefined, 'manager,department')).toEqual(without(enterprise))
  })

  it('cannot be those that are always returned', () => {
    expect(show(undefined, ['id', 'schemas'])).toEqual(ann)
  })
})

describe('what a projection includes', () => {
  const members = findAttribute(groupType.schema.attributes, 'members')
  const has = (attributes?: Names, excluded?: Names) =>
    members && includes(projection(attributes, excluded, groupType), members)

  it('tells whether members must be read', () => {
    expect(has()).toBe(true)
    expect(has('displayName')).toBe(false)
    expect(has('members')).toBe(true)
    expect(has('Members.value')).toBe(true)
    expect(has(undefined, 'members')).toBe(false)
    expect(has(undefined, 'members.display')).toBe(true)
    expect(has(undefined, 'displayName')).toBe(true)
  })
})

describe('attributes that are returned on request', () => {
  const part = (name: string, returned: Attribute['returned']) =>
    attribute(name, 'A part.', { returned })
  const parts = [part('plain', 'default'), part('asked', 'request'), part('secret', 'never')]
  const lists = attribute('lists', 'A list.', {
    type: 'complex',
    multiValued: true,
    subAttributes: [...parts, part('kept', 'always')],
  })
  const type: ResourceType = {
    ...userType,
    schema: { ...userType.schema, attributes: [...parts, lists] },
    extensions: [{ id: enterprise, name: 'x', description: 'x', attributes: [...parts] }],
  }
  const values = { plain: 'p', asked: 'a', secret: 's' }
  const resource: JsonObject = {
    ...values,
    lists: [{ ...values, kept: 'k' }],
    [enterprise]: { ...values },
  }

  it('are shown only then', () => {
    expect(show(undefined, undefined, resource, type)).toEqual({
      plain: 'p',
      lists: [{ plain: 'p', kept: 'k' }],
      [enterprise]: { plain: 'p' },
    })
    expect(show(['asked', 'secret', 'lists.asked'], undefined, resource, type)).toEqual({
      asked: 'a',
      lists: [{ asked: 'a', kept: 'k' }],
    })
    expect(show(undefined, 'lists.plain', resource, type)).toEqual({
      plain: 'p',
      lists: [{ kept: 'k' }],
      [enterprise]: { plain: 'p' },
    })
  })

  it('are shown with the extension that was asked for whole', () => {
    expect(show(enterprise, undefined, resource, type)).toEqual({
      [enterprise]: { plain: 'p', asked: 'a' },
    })
  })
})
