import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChanges, differences } from '../../../src/scim/patch/apply'
import { groupType } from '../../../src/scim/group'
import type { Json, JsonObject } from '../../../src/scim/json'
import { seenIn } from '../../../src/scim/observed/observe'
import { readPatch } from '../../../src/scim/patch/parse'
import { attribute, type ResourceType } from '../../../src/scim/schema'
import { startReading, type ProfileName } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** How answers show the resource: what is read-only in it. */
const shown: JsonObject = {
  schemas: [userType.schema.id],
  id: '17',
  meta: { resourceType: 'User', version: 'x', location: '/Users/17' },
}

function attempt(
  resource: JsonObject,
  operations: readonly Json[],
  type: ResourceType = userType,
  profile: ProfileName = 'auto',
) {
  const reading = startReading(seenIn(type, resource), profile)
  const changes = readPatch(reading, { Operations: [...operations] })
  if (!changes.ok) return { error: changes.error, applied: reading.applied }
  const changed = applyChanges(reading, resource, changes.value, shown)
  return changed.ok
    ? { resource: changed.value, applied: reading.applied }
    : { error: changed.error, applied: reading.applied }
}

/** The resource after the operations; the one before must stay as it is. */
function change(resource: JsonObject, ...operations: readonly Json[]): JsonObject {
  const copy = structuredClone(resource)
  const outcome = attempt(resource, operations)
  expect(resource).toEqual(copy)
  expect(outcome.error).toBeUndefined()
  return outcome.resource ?? {}
}

function refusal(resource: JsonObject, ...operations: readonly Json[]) {
  const copy = structuredClone(resource)
  const outcome = attempt(resource, operations)
  expect(resource).toEqual(copy)
  return outcome.error?.code
}

const work = { value: 'a@x.test', type: 'work', primary: true }
const home = { value: 'b@x.test', type: 'home' }
const ann: JsonObject = {
  userName: 'ann',
  name: { givenName: 'Ann', familyName: 'Low' },
  emails: [work, home],
  [enterprise]: { department: 'R&D', manager: { value: '17', $ref: '/Users/17' } },
}

describe('the only e-mail', () => {
  const address = 'new@x.test'
  const replace = (path: string, value: Json = address) => ({ op: 'replace', path, value })

  it.each([
    ['emails[primary eq true].value', { value: 'a@x.test' }, { primary: true }],
    ['emails[primary eq "True"].value', { value: 'a@x.test', type: 'home' }, { primary: true }],
    ['emails[type eq "work"].value', { value: 'a@x.test' }, { type: 'work' }],
    ['emails[type eq "Work"].value', { value: 'a@x.test', primary: true }, { type: 'work' }],
    [
      'emails[type eq "work" and primary eq true].value',
      { value: 'a@x.test', type: 'Work' },
      { primary: true },
    ],
  ])('is changed by %s when it lacks the mark, and has it then', (path, email, mark) => {
    const outcome = attempt({ userName: 'ann', emails: [email] }, [replace(path)])
    expect(outcome.resource).toEqual({
      userName: 'ann',
      emails: [{ ...email, ...mark, value: address }],
    })
    expect([...outcome.applied]).toContain('onlyEmailWithoutMark')
    expect(change(outcome.resource ?? {}, replace(path, 'c@x.test'))).toEqual({
      userName: 'ann',
      emails: [{ ...email, ...mark, value: 'c@x.test' }],
    })
  })

  it.each([
    ['says that it is another', 'emails[type eq "work"].value', [{ value: 'a', type: 'home' }]],
    ['says that it is not', 'emails[primary eq true].value', [{ value: 'a', primary: false }]],
    ['is one of two', 'emails[type eq "work"].value', [{ value: 'a' }, { value: 'b' }]],
    ['is asked for by its value', 'emails[value eq "b"].type', [{ value: 'a' }]],
  ])('stays as it is when it %s', (_, path, emails) => {
    const { emails: after } = change({ userName: 'ann', emails }, replace(path, 'other')) as {
      emails: Json[]
    }
    expect(after.slice(0, emails.length)).toEqual(emails)
    expect(after).toHaveLength(emails.length + 1)
  })

  it('stays as it is by add and remove, and in the profile rfc', () => {
    const before = { userName: 'ann', emails: [{ value: 'a@x.test' }] }
    const path = 'emails[type eq "work"].value'
    expect(change(before, { op: 'remove', path })).toEqual(before)
    expect(change(before, { ...replace(path), op: 'add' })['emails']).toHaveLength(2)
    const outcome = attempt(before, [replace(path)], userType, 'rfc')
    expect([...outcome.applied]).toEqual(['entryMadeByFilter'])
  })
})

describe('an entry of a plain list', () => {
  const type: ResourceType = {
    ...userType,
    extensions: [
      {
        id: 'urn:example:Desk',
        name: 'Desk',
        description: '',
        attributes: [attribute('tags', 'Tags.', { multiValued: true })],
      },
    ],
  }
  const before = { userName: 'ann', 'urn:example:Desk': { tags: ['red', 'blue'] } }
  const tagsAfter = (operation: Json) => {
    const { resource, error } = attempt(before, [operation], type)
    return error?.code ?? (resource?.['urn:example:Desk'] as JsonObject | undefined)?.['tags']
  }
  const path = 'urn:example:Desk:tags[value eq "RED"]'

  it('is the value that a path asks for', () => {
    expect(tagsAfter({ op: 'remove', path })).toEqual(['blue'])
    expect(tagsAfter({ op: 'replace', path, value: 'green' })).toEqual(['green', 'blue'])
    expect(tagsAfter({ op: 'replace', path: `${path}.value`, value: 'x' })).toEqual(['x', 'blue'])
    expect(tagsAfter({ op: 'replace', path, value: '' })).toEqual(['blue'])
    expect(tagsAfter({ op: 'remove', path: 'urn:example:Desk:tags[value sw "x"]' })).toEqual(
      before['urn:example:Desk'].tags,
    )
  })

  it('is not replaced by add, nor made by replace', () => {
    expect(tagsAfter({ op: 'add', path, value: 'green' })).toBe('noTarget')
    const other = 'urn:example:Desk:tags[value eq "x"]'
    expect(tagsAfter({ op: 'replace', path: other, value: 'green' })).toBe('noTarget')
    expect(tagsAfter({ op: 'replace', path, value: ['a', 'b'] })).toBe('wrongType')
  })
})

describe('a single value', () => {
  it('is set by add and by replace, and goes with remove', () => {
    for (const op of ['add', 'replace']) {
      expect(change(ann, { op, path: 'title', value: 'Boss' })).toEqual({ ...ann, title: 'Boss' })
      expect(change(ann, { op, path: 'userName', value: 'Ann' })['userName']).toBe('Ann')
    }
    expect(change({ ...ann, title: 'Boss' }, { op: 'remove', path: 'title' })).toEqual(ann)
  })

  it('is removed without complaint when it is not there', () => {
    const paths = [
      'title',
      'name.middleName',
      `${enterprise}:costCenter`,
      'photos',
      'urn:example:x',
    ]
    expect(change(ann, ...paths.map((path) => ({ op: 'remove', path })))).toEqual(ann)
  })

  it('keeps the parts that an operation does not name', () => {
    for (const op of ['add', 'replace']) {
      const expected = { ...ann, name: { givenName: 'Anna', familyName: 'Low' } }
      expect(change(ann, { op, path: 'name', value: { givenName: 'Anna' } })).toEqual(expected)
      expect(change(ann, { op, path: 'name.givenName', value: 'Anna' })).toEqual(expected)
      expect(change(ann, { op, value: { 'name.givenName': 'Anna' } })).toEqual(expected)
      expect(change(ann, { op, value: { name: { givenName: 'Anna' } } })).toEqual(expected)
    }
  })

  it('goes with its last part', () => {
    const after = change(
      ann,
      { op: 'remove', path: 'name.givenName' },
      { op: 'replace', path: 'name', value: { familyName: '' } },
    )
    expect(after).not.toHaveProperty('name')
  })

  it('makes what holds it, and an extension goes with its last attribute', () => {
    const path = `${enterprise}:manager.value`
    const after = change({ userName: 'ann' }, { op: 'add', path, value: '17' })
    expect(after).toEqual({ userName: 'ann', [enterprise]: { manager: { value: '17' } } })
    expect(change(after, { op: 'remove', path })).toEqual({ userName: 'ann' })
    expect(change(ann, { op: 'remove', path: enterprise })).not.toHaveProperty([enterprise])
  })

  it('loses the reference that went with another value', () => {
    const manager = (after: JsonObject) => (after[enterprise] as JsonObject)['manager']
    const path = `${enterprise}:manager`
    for (const [way, value] of [
      [path, '18'],
      [path, { value: '18' }],
      [`${path}.value`, '18'],
    ] as const) {
      expect(manager(change(ann, { op: 'replace', path: way, value }))).toEqual({ value: '18' })
    }
    expect(manager(change(ann, { op: 'add', path, value: '17' }))).toEqual({
      value: '17',
      $ref: '/Users/17',
    })
    expect(manager(change(ann, { op: 'remove', path: `${path}.value` }))).toBeUndefined()
  })
})

describe('adding to a list', () => {
  const add = (value: Json) => ({ op: 'add', path: 'emails', value })

  it('appends what is not there', () => {
    const other = { value: 'c@x.test', type: 'other' }
    expect(change(ann, add([other]))['emails']).toEqual([work, home, other])
    expect(change({ userName: 'ann' }, add([other]))['emails']).toEqual([other])
  })

  it('knows an element by its value and its type, whatever the case', () => {
    const told = { value: 'B@X.test', type: 'HOME', display: 'Ann' }
    expect(change(ann, add([told]))['emails']).toEqual([work, told])
    expect(change(ann, add([{ value: 'b@x.test', type: 'work' }]))['emails']).toHaveLength(3)
  })

  it('keeps elements that differ in their type, also where one has none', () => {
    const untyped = { value: 'b@x.test' }
    expect(change(ann, add([untyped]))['emails']).toEqual([work, home, untyped])
    const before = { userName: 'ann', emails: [untyped] }
    expect(change(before, add([home]))['emails']).toEqual([untyped, home])
    expect(change(before, add([home]), add([{ ...untyped, display: 'B' }]))['emails']).toEqual([
      { ...untyped, display: 'B' },
      home,
    ])
  })

  it('respects case where the schema does', () => {
    const photos = [{ value: 'https://x.test/a' }]
    const value = [{ value: 'https://x.test/A' }]
    const after = change({ userName: 'ann', photos }, { op: 'add', path: 'photos', value })
    expect(after['photos']).toHaveLength(2)
  })

  it('knows an element without a value by all of its parts but the primary mark', () => {
    const address = { type: 'work', streetAddress: '1 Long Road' }
    const before = { userName: 'ann', addresses: [address] }
    const path = 'addresses'
    const value = [{ streetAddress: '1 long road', type: 'work', primary: true }]
    expect(change(before, { op: 'add', path, value })['addresses']).toEqual(value)
    const other = [{ streetAddress: '2 Long Road', type: 'work' }]
    expect(change(before, { op: 'add', path, value: other })['addresses']).toHaveLength(2)
  })

  it('makes a new primary the only one', () => {
    const value = [{ value: 'c@x.test', primary: true }]
    expect(change(ann, add(value))['emails']).toEqual([{ ...work, primary: false }, home, ...value])
    expect(change(ann, add([{ ...home, primary: 'True' }]))['emails']).toEqual([
      { ...work, primary: false },
      { ...home, primary: true },
    ])
  })
})

describe('replacing a list', () => {
  it('leaves nothing of what was there', () => {
    const value = [{ value: 'c@x.test' }]
    expect(change(ann, { op: 'replace', path: 'emails', value })['emails']).toEqual(value)
    expect(change(ann, { op: 'replace', value: { emails: value } })['emails']).toEqual(value)
    expect(change(ann, { op: 'replace', path: 'emails', value: [] })).not.toHaveProperty('emails')
  })

  it('keeps one of two equal elements', () => {
    const value = [home, home, { ...home, value: 'B@x.test' }]
    expect(change(ann, { op: 'replace', path: 'emails', value })['emails']).toEqual([
      { ...home, value: 'B@x.test' },
    ])
  })
})

describe('removing from a list', () => {
  it('takes everything without a filter or a value', () => {
    expect(change(ann, { op: 'remove', path: 'emails' })).not.toHaveProperty('emails')
  })

  it('takes what the filter matches', () => {
    const remove = (filter: string) =>
      change(ann, { op: 'remove', path: `emails[${filter}]` })['emails']
    expect(remove('type eq "WORK"')).toEqual([home])
    expect(remove('value co "@x.test"')).toBeUndefined()
    expect(remove('type eq "work" and value eq "b@x.test"')).toEqual([work, home])
    expect(remove('type eq "work" or not (primary pr)')).toBeUndefined()
    expect(remove('type eq "other"')).toEqual([work, home])
  })

  it('takes the elements that a value lists, whatever else they hold', () => {
    const remove = (value: Json) => change(ann, { op: 'remove', path: 'emails', value })['emails']
    expect(remove([{ value: 'A@x.test' }])).toEqual([home])
    expect(remove([{ value: 'a@x.test', display: 'x', type: 'work' }, 'b@x.test'])).toBeUndefined()
    expect(remove([{ value: 'a@x.test', type: 'home' }])).toEqual([work, home])
    expect(remove([])).toEqual([work, home])
    const untyped = { userName: 'ann', emails: [{ value: 'a@x.test' }] }
    expect(change(untyped, { op: 'remove', path: 'emails', value: [work] })).toEqual({
      userName: 'ann',
    })
  })

  it('takes one part of the matching elements', () => {
    expect(change(ann, { op: 'remove', path: 'emails[type eq "work"].primary' })['emails']).toEqual(
      [{ value: 'a@x.test', type: 'work' }, home],
    )
    expect(change(ann, { op: 'remove', path: 'emails.type' })['emails']).toEqual([
      { value: 'a@x.test', primary: true },
      { value: 'b@x.test' },
    ])
  })

  it('takes an element whose value goes, for a type and a mark say nothing', () => {
    for (const operation of [
      { op: 'remove', path: 'emails[type eq "work"].value' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: '' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: null },
      { op: 'replace', path: 'emails[type eq "work"]', value: { value: '' } },
    ]) {
      expect(change(ann, operation)['emails']).toEqual([home])
    }
  })
})

describe('a value filter', () => {
  it('sets one part of the matching elements', () => {
    for (const op of ['add', 'replace']) {
      const path = 'emails[type eq "work"].value'
      expect(change(ann, { op, path, value: 'n@x.test' })['emails']).toEqual([
        { ...work, value: 'n@x.test' },
        home,
      ])
      const whole = { op, path: 'emails[value co "x.test"].display', value: 'Ann' }
      expect(change(ann, whole)['emails']).toEqual([
        { ...work, display: 'Ann' },
        { ...home, display: 'Ann' },
      ])
    }
  })

  it('merges into the element with add', () => {
    const value = { display: 'Ann' }
    expect(change(ann, { op: 'add', path: 'emails[type eq "work"]', value })['emails']).toEqual([
      { ...work, display: 'Ann' },
      home,
    ])
  })

  it('replaces the element but for what the filter calls it', () => {
    const path = 'emails[type eq "WORK" and primary eq true]'
    const value = { value: 'n@x.test', display: 'Ann' }
    expect(change(ann, { op: 'replace', path, value })['emails']).toEqual([
      { ...value, type: 'work', primary: true },
      home,
    ])
    expect(
      change(ann, { op: 'replace', path: 'emails[value sw "a"]', value: 'n@x.test' })['emails'],
    ).toEqual([{ value: 'n@x.test' }, home])
  })

  it('sets a mark on the element that it chose, which replaces nothing', () => {
    for (const op of ['add', 'replace']) {
      const operation = { op, path: 'emails[type eq "home"]', value: { primary: true } }
      expect(change(ann, operation)['emails']).toEqual([
        { ...work, primary: false },
        { ...home, primary: true },
      ])
    }
    const path = 'emails[type eq "home"].primary'
    expect(change(ann, { op: 'replace', path, value: 'True' })['emails']).toEqual([
      { ...work, primary: false },
      { ...home, primary: true },
    ])
  })

  it('leaves the primary alone when another part of it changes', () => {
    const path = 'emails[value pr].display'
    expect(change(ann, { op: 'replace', path, value: 'x' })['emails']).toEqual([
      { ...work, display: 'x' },
      { ...home, display: 'x' },
    ])
  })

  it('that matches nothing makes the entry that it describes', () => {
    const before = { userName: 'ann' }
    for (const op of ['add', 'replace']) {
      const made = (path: string, value: Json) => change(before, { op, path, value })
      expect(made('emails[type eq "work"].value', 'n@x.test')).toEqual({
        userName: 'ann',
        emails: [{ type: 'work', value: 'n@x.test' }],
      })
      expect(made('phoneNumbers[type eq "MOBILE"]', { value: '1' })['phoneNumbers']).toEqual([
        { type: 'mobile', value: '1' },
      ])
      expect(made('emails[primary eq true].value', 'n@x.test')['emails']).toEqual([
        { primary: true, value: 'n@x.test' },
      ])
      expect(
        made('emails[type eq "work" and primary eq "True"].value', 'n@x.test')['emails'],
      ).toEqual([{ type: 'work', primary: true, value: 'n@x.test' }])
    }
    const path = 'members[value eq "u1" and type eq "user"]'
    const team = attempt({}, [{ op: 'add', path, value: { value: 'u1' } }], groupType).resource
    expect(team).toEqual({ members: [{ value: 'u1', type: 'User' }] })
    const outcome = attempt(before, [
      { op: 'add', path: 'emails[type eq "work"].value', value: 'n@x.test' },
    ])
    expect([...outcome.applied]).toEqual(['entryMadeByFilter'])
  })

  it('that matches nothing and describes no entry has no target', () => {
    for (const filter of [
      'type ne "work"',
      'type eq "other" or type eq "pager"',
      'value co "zzz"',
      'not (value pr)',
      'type eq "other" and not (primary pr)',
    ]) {
      const path = `emails[${filter}].value`
      const before: JsonObject = { userName: 'ann', emails: [work] }
      expect(refusal(before, { op: 'replace', path, value: 'n@x.test' })).toBe('noTarget')
      expect(change(before, { op: 'remove', path })).toEqual(before)
    }
  })

  it('that makes a primary takes the mark from the others', () => {
    const path = 'emails[type eq "other" and primary eq true].value'
    expect(change(ann, { op: 'add', path, value: 'c@x.test' })['emails']).toEqual([
      { ...work, primary: false },
      home,
      { type: 'other', primary: true, value: 'c@x.test' },
    ])
  })

  it('may fill a new entry part by part, the value last', () => {
    const value = (part: string, text: string) => ({
      op: 'Add',
      path: `roles[primary eq "True"].${part}`,
      value: text,
    })
    const before = { userName: 'ann' }
    const after = change(before, value('display', 'Admin'), value('type', 'x'), value('value', 'a'))
    expect(after['roles']).toEqual([{ primary: true, display: 'Admin', type: 'x', value: 'a' }])
    expect(refusal(before, value('display', 'Admin'))).toBe('noTarget')
  })
})

describe('a part of a list without a filter', () => {
  it('is that of the only element, or of a new one', () => {
    const one: JsonObject = { userName: 'ann', emails: [work] }
    for (const op of ['add', 'replace']) {
      const operation = { op, path: 'emails.value', value: 'n@x.test' }
      expect(change(one, operation)['emails']).toEqual([{ ...work, value: 'n@x.test' }])
      expect(change({ userName: 'ann' }, operation)['emails']).toEqual([{ value: 'n@x.test' }])
    }
  })

  it('has no target among several', () => {
    const operation = { op: 'replace', path: 'emails.value', value: 'n@x.test' }
    expect(refusal(ann, operation)).toBe('noTarget')
  })
})

describe('an undeclared extension', () => {
  const badge = 'urn:example:params:2.0:User'
  const held: JsonObject = { userName: 'ann', [badge]: { badge: 'B-1', level: { name: 'x' } } }

  it('takes whole values, which merge', () => {
    const value = { color: 'red', badge: null }
    expect(change({ userName: 'ann' }, { op: 'add', path: badge, value })).toEqual({
      userName: 'ann',
      [badge]: { color: 'red' },
    })
    expect(change(held, { op: 'add', path: badge, value })[badge]).toEqual({
      badge: 'B-1',
      level: { name: 'x' },
      color: 'red',
    })
    expect(change(held, { op: 'replace', path: badge.toUpperCase(), value })).toEqual({
      userName: 'ann',
      [badge]: { level: { name: 'x' }, color: 'red' },
    })
    expect(change(held, { op: 'remove', path: badge })).toEqual({ userName: 'ann' })
  })

  it('takes one member behind its last colon', () => {
    const set = (member: string, value: Json) => ({
      op: 'replace',
      path: `${badge}:${member}`,
      value,
    })
    expect(change(held, set('badge', 'B-2'))[badge]).toEqual({ badge: 'B-2', level: { name: 'x' } })
    expect(change(held, set('tags', ['a']))[badge]).toMatchObject({ tags: ['a'] })
    expect(change(held, set('level', { name: 'y' }))[badge]).toMatchObject({ level: { name: 'y' } })
    expect(change(held, set('level.name', 'y'))[badge]).toMatchObject({ level: { name: 'y' } })
    expect(change({ userName: 'ann' }, set('badge', 'B-2'))).toEqual({
      userName: 'ann',
      [badge]: { badge: 'B-2' },
    })
  })

  it('loses one member, and goes with the last', () => {
    const after = change(
      held,
      { op: 'remove', path: `${badge}:badge` },
      { op: 'replace', path: `${badge}:level.name`, value: '' },
    )
    expect(after).toEqual({ userName: 'ann' })
  })

  it('is one extension however its URN and its names are written', () => {
    const after = change(
      { userName: 'ann' },
      { op: 'add', path: badge, value: { badge: 'B-1' } },
      { op: 'add', path: badge.toUpperCase(), value: { color: 'red', BADGE: 'B-2' } },
    )
    expect(after).toEqual({ userName: 'ann', [badge]: { badge: 'B-2', color: 'red' } })
    const path = `${badge}:tag`
    expect(change(held, { op: 'add', path, value: { level: 1 } })[badge]).toMatchObject({
      tag: { level: 1 },
    })
  })

  it('is not taken for a member when its URN has no name at its end', () => {
    const path = 'urn:example:params:2.0'
    expect(refusal({ userName: 'ann' }, { op: 'add', path, value: 'x' })).toBe('undescribable')
  })

  it('joins what is added to a list, and loses what a removal lists', () => {
    const mails = `${badge}:otherMails`
    const before: JsonObject = { userName: 'ann', [badge]: { otherMails: ['d1', 'd2', 'd3'] } }
    const after = (...operations: readonly Json[]) => change(before, ...operations)[badge]
    const four = { otherMails: ['d1', 'd2', 'd3', 'd4'] }
    expect(after({ op: 'Add', path: mails, value: ['d4'] })).toEqual(four)
    expect(after({ op: 'add', path: mails, value: 'd4' })).toEqual(four)
    expect(after({ op: 'add', path: badge, value: { otherMails: ['d2', 'd4'] } })).toEqual(four)
    expect(after({ op: 'add', value: { [badge]: { otherMails: ['d4'] } } })).toEqual(four)
    expect(after({ op: 'add', value: { [mails]: ['d4'] } })).toEqual(four)
    expect(after({ op: 'replace', path: mails, value: ['d4'] })).toEqual({ otherMails: ['d4'] })
    expect(after({ op: 'remove', path: mails, value: ['d1', 'd3', 'd9'] })).toEqual({
      otherMails: ['d2'],
    })
    expect(after({ op: 'remove', path: mails, value: ['D1'] })).toEqual(before[badge])
    expect(after({ op: 'remove', path: mails })).toBeUndefined()
  })

  it('has entries that a filter chooses', () => {
    const phones = `${badge}:phones`
    const one = { value: '1', kind: 'work' }
    const two = { value: '2', kind: 'home' }
    const before: JsonObject = { userName: 'ann', [badge]: { phones: [one, two] } }
    const after = (...operations: readonly Json[]) => change(before, ...operations)[badge]
    expect(after({ op: 'remove', path: `${phones}[kind eq "work"]` })).toEqual({ phones: [two] })
    expect(after({ op: 'replace', path: `${phones}[kind eq "home"].value`, value: '3' })).toEqual({
      phones: [one, { ...two, value: '3' }],
    })
    expect(after({ op: 'add', path: `${phones}[kind eq "fax"].value`, value: '4' })).toEqual({
      phones: [one, two, { kind: 'fax', value: '4' }],
    })
    expect(
      refusal(before, { op: 'replace', path: `${phones}[kind sw "x"].value`, value: '4' }),
    ).toBe('noTarget')
  })

  it('keeps nothing under a name that every object has', () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "a": 1}') as Json
    const after = change({ userName: 'ann' }, { op: 'add', path: badge, value })
    expect(JSON.stringify(after[badge])).toBe('{"a":1}')
    for (const name of ['__proto__', 'constructor', 'constructor.prototype', 'toString']) {
      const operation = { op: 'add', path: `${badge}:${name}`, value: 'x' }
      expect(refusal(after, operation)).toBe('undescribable')
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('several operations', () => {
  it('are applied in their order', () => {
    const after = change(
      { userName: 'ann', externalId: 'zero' },
      { op: 'remove', path: 'externalId' },
      { op: 'add', path: 'externalId', value: 'one' },
      { op: 'replace', path: 'externalId', value: 'two' },
      { op: 'add', path: 'emails', value: [work] },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'n@x.test' },
      { op: 'remove', path: 'emails[primary eq true].primary' },
    )
    expect(after).toEqual({
      userName: 'ann',
      externalId: 'two',
      emails: [{ value: 'n@x.test', type: 'work' }],
    })
  })

  it('find what earlier ones have added, moved and changed', () => {
    const add = (value: string) => ({ op: 'add', path: 'emails', value: [{ value }] })
    const after = change(
      { userName: 'ann' },
      add('a'),
      add('b'),
      { op: 'remove', path: 'emails[value eq "a"]' },
      add('c'),
      add('b'),
      { op: 'replace', path: 'emails[value eq "c"].value', value: 'd' },
      add('c'),
      { op: 'remove', path: 'emails', value: ['b'] },
      add('d'),
      add('b'),
    )
    expect(after['emails']).toEqual([{ value: 'd' }, { value: 'c' }, { value: 'b' }])
  })

  it('are applied all or not at all', () => {
    const first = [
      { op: 'replace', path: 'title', value: 'Boss' },
      { op: 'remove', path: 'emails[type eq "work"]' },
      { op: 'replace', path: 'name.givenName', value: 'Anna' },
      { op: 'remove', path: enterprise },
    ]
    const target = { op: 'replace', path: 'emails[type co "zz"].value', value: 'x' }
    expect(refusal(ann, ...first, target)).toBe('noTarget')
    expect(refusal(ann, ...first, { op: 'remove', path: 'userName' })).toBe('requiredAttribute')
  })

  it('share nothing with what they were made of', () => {
    const frozen = deepFreeze(structuredClone(ann))
    const operations = deepFreeze([
      { op: 'add', path: 'emails', value: [{ value: 'c@x.test', primary: true }] },
      { op: 'replace', path: 'emails[type eq "home"].display', value: 'Home' },
      { op: 'add', path: 'urn:example:x', value: { a: { b: 1 } } },
      { op: 'replace', path: 'urn:example:x:a.b', value: 2 },
      { op: 'remove', path: 'emails', value: ['c@x.test'] },
      { op: 'remove', path: `${enterprise}:manager.value` },
    ])
    expect(change(frozen, ...operations)).toMatchObject({ 'urn:example:x': { a: { b: 2 } } })
  })
})

describe('what identity providers send to users', () => {
  it('Okta switches people off and on', () => {
    const off = change(ann, { op: 'replace', value: { active: false } })
    expect(off).toEqual({ ...ann, active: false })
    expect(change(off, { op: 'replace', value: { active: true } })).toEqual({
      ...ann,
      active: true,
    })
  })

  it('Okta and authentik send the whole resource back', () => {
    const value = {
      ...ann,
      id: '17',
      meta: { version: 'x' },
      groups: [],
      schemas: [],
      password: 'x',
    }
    expect(change(ann, { op: 'replace', value })).toEqual(ann)
  })

  it('Entra switches people off by text', () => {
    expect(change(ann, { op: 'Replace', path: 'active', value: 'False' })['active']).toBe(false)
    expect(change(ann, { op: 'Replace', path: 'active', value: 'True' })['active']).toBe(true)
  })

  it('Entra updates with one operation an attribute', () => {
    const after = change(
      ann,
      { op: 'Replace', path: 'displayName', value: 'Pat Low' },
      { op: 'Replace', path: 'emails[type eq "work"].value', value: 'new@x.test' },
      { op: 'Replace', path: 'name.givenName', value: 'Pat' },
      { op: 'Replace', path: 'externalId', value: 'X1' },
      { op: 'Replace', path: `${enterprise}:employeeNumber`, value: 'E-77' },
    )
    expect(after).toEqual({
      ...ann,
      displayName: 'Pat Low',
      emails: [{ ...work, value: 'new@x.test' }, home],
      name: { givenName: 'Pat', familyName: 'Low' },
      externalId: 'X1',
      [enterprise]: { ...(ann[enterprise] as JsonObject), employeeNumber: 'E-77' },
    })
  })

  it('Entra updates with one value of dotted and URN keys', () => {
    const value = {
      'name.givenName': 'Pat',
      'name.formatted': 'Pat Low',
      'emails[type eq "work"].value': 'new@x.test',
      'phoneNumbers[type eq "mobile"].value': '+1 555 0100',
      [`${enterprise}:department`]: 'Sales',
      [`${enterprise}:manager.value`]: '18',
      'urn:ietf:params:scim:schemas:extension:Custom:2.0:User:tag': '701984',
    }
    expect(change(ann, { op: 'replace', value })).toEqual({
      ...ann,
      name: { givenName: 'Pat', familyName: 'Low', formatted: 'Pat Low' },
      emails: [{ ...work, value: 'new@x.test' }, home],
      phoneNumbers: [{ type: 'mobile', value: '+1 555 0100' }],
      [enterprise]: { department: 'Sales', manager: { value: '18' } },
      'urn:ietf:params:scim:schemas:extension:Custom:2.0:User': { tag: '701984' },
    })
  })

  it('Entra adds to entries that are not there, beside other changes', () => {
    const after = change(
      { userName: 'ann' },
      { op: 'Add', path: 'emails[type eq "work"].value', value: 'n@x.test' },
      { op: 'Add', path: 'addresses[type eq "work"].formatted', value: '1 Long Road' },
      { op: 'Add', path: 'addresses[type eq "work"].country', value: 'AT' },
      { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1 555 0100' },
      { op: 'Replace', path: 'name.familyName', value: 'Low' },
    )
    expect(after).toEqual({
      userName: 'ann',
      emails: [{ type: 'work', value: 'n@x.test' }],
      addresses: [{ type: 'work', formatted: '1 Long Road', country: 'AT' }],
      phoneNumbers: [{ type: 'work', value: '+1 555 0100' }],
      name: { familyName: 'Low' },
    })
  })

  it('Entra names the manager in four ways and clears it by empty text', () => {
    const manager = (after: JsonObject) => (after[enterprise] as JsonObject)['manager']
    const reference = { $ref: 'https://x.test/Users/18', value: '18' }
    const add = (path: string, value: Json) => manager(change(ann, { op: 'Add', path, value }))
    expect(add('manager', [reference])).toEqual(reference)
    expect(add(`${enterprise}:manager`, reference)).toEqual(reference)
    expect(add(`${enterprise}:manager`, '18')).toEqual({ value: '18' })
    expect(add(`${enterprise}:Manager.Value`, '18')).toEqual({ value: '18' })
    for (const op of ['Add', 'Replace']) {
      const after = change(ann, { op, path: `${enterprise}:manager`, value: '' })
      expect(manager(after)).toBeUndefined()
    }
  })

  it('Entra clears by empty text or remove', () => {
    const before = { ...ann, title: 'Boss', phoneNumbers: [{ type: 'work', value: '1' }] }
    const after = change(
      before,
      { op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '' },
      { op: 'replace', path: `${enterprise}:department`, value: '' },
      { op: 'remove', path: 'title' },
    )
    expect(after).toEqual({ ...ann, [enterprise]: { manager: { value: '17', $ref: '/Users/17' } } })
  })

  it('Entra names the primary role by text, and roles may be JSON inside text', () => {
    const role = '{"id":"18","value":"25","displayName":"Admin"}'
    const before = { userName: 'ann', roles: [{ value: 'User', primary: true }] }
    const operation = { op: 'Replace', path: 'roles[primary eq "True"].value', value: role }
    const expected = [{ value: '25', display: 'Admin', primary: true }]
    expect(change(before, operation)['roles']).toEqual(expected)
    expect(change({ userName: 'ann' }, operation)['roles']).toEqual(expected)
  })

  it('Entra changes e-mail by a bare text', () => {
    const operation = { op: 'Replace', path: 'emails', value: 'new@x.test' }
    expect(change(ann, operation)['emails']).toEqual([{ value: 'new@x.test' }])
  })

  it("Microsoft's test collection writes names in capitals", () => {
    const after = change(
      { userName: 'ann' },
      { op: 'Add', path: 'Emails', value: [{ Primary: 'True', Type: 'work', Value: 'a@x.test' }] },
      { op: 'Add', value: { [enterprise]: { Department: 'R&D', Manager: { Value: '17' } } } },
      {
        op: 'Replace',
        path: 'emails[Type EQ "work" And Primary Eq True].Value',
        value: 'n@x.test',
      },
    )
    expect(after).toEqual({
      userName: 'ann',
      emails: [{ primary: true, type: 'work', value: 'n@x.test' }],
      [enterprise]: { department: 'R&D', manager: { value: '17' } },
    })
  })

  it('OneLogin writes the manager and a lone e-mail in its own way', () => {
    const value = {
      emails: { value: 'a@x.test', type: 'work' },
      'urn:scim:schemas:extension:enterprise:1.0': {
        manager: { managerId: '17', displayName: 'Kim Boss' },
      },
    }
    expect(change({ userName: 'ann' }, { op: 'replace', value })).toEqual({
      userName: 'ann',
      emails: [{ value: 'a@x.test', type: 'work' }],
      [enterprise]: { manager: { value: '17' } },
    })
  })

  it('PingOne marks two e-mail addresses as primary: the first stays it', () => {
    const value = [
      { value: 'a@x.test', primary: true },
      { value: 'b@x.test', primary: true },
    ]
    expect(change(ann, { op: 'replace', path: 'emails', value })['emails']).toEqual([
      { value: 'a@x.test', primary: true },
      { value: 'b@x.test', primary: false },
    ])
  })

  it('groups are renamed with a path, without one, and beside their id', () => {
    const rename = (operation: Json) =>
      attempt({ displayName: 'Old' }, [operation], groupType).resource
    const renamed = { displayName: 'New' }
    expect(rename({ op: 'Replace', path: 'displayName', value: 'New' })).toEqual(renamed)
    expect(rename({ op: 'replace', value: { id: '17', displayName: 'New' } })).toEqual(renamed)
    expect(
      rename({ op: 'replace', value: { schemas: [], displayName: 'New', externalId: 'x' } }),
    ).toEqual({ ...renamed, externalId: 'x' })
  })
})

describe('differences', () => {
  it('are none between equal resources, whatever the order of their members', () => {
    expect(differences(ann, structuredClone(ann))).toEqual({})
    expect(differences({ a: { b: 1, c: 2 }, d: 1 }, { d: 1, a: { c: 2, b: 1 } })).toEqual({})
    expect(differences({}, {})).toEqual({})
  })

  it('name each attribute with its value before and after', () => {
    const after = change(
      ann,
      { op: 'add', path: 'title', value: 'Boss' },
      { op: 'remove', path: 'emails' },
      { op: 'replace', path: 'name.givenName', value: 'Anna' },
      { op: 'replace', path: `${enterprise}:department`, value: 'Sales' },
      { op: 'add', path: 'urn:example:badge', value: { color: 'red' } },
      { op: 'add', path: 'urn:example:badge:tags', value: ['x'] },
    )
    expect(differences(ann, after)).toEqual({
      title: { before: null, after: 'Boss' },
      emails: { before: [work, home], after: null },
      name: {
        before: { givenName: 'Ann', familyName: 'Low' },
        after: { givenName: 'Anna', familyName: 'Low' },
      },
      [`${enterprise}:department`]: { before: 'R&D', after: 'Sales' },
      'urn:example:badge:color': { before: null, after: 'red' },
      'urn:example:badge:tags': { before: null, after: ['x'] },
    })
  })
})

describe('many operations', () => {
  const many = 500
  const emails = Array.from({ length: many }, (_, index) => ({
    value: `user${index}@x.test`,
    type: 'other',
  }))

  it.each([
    [
      'adding what is there',
      (index: number) => ({
        op: 'add',
        path: 'emails',
        value: [{ value: `USER${index}@x.test` }],
      }),
    ],
    [
      'adding what is new',
      (index: number) => ({
        op: 'add',
        path: 'emails',
        value: [{ value: `new${index}@x.test`, primary: true }],
      }),
    ],
    [
      'replacing by filter',
      (index: number) => ({
        op: 'replace',
        path: `emails[value eq "user${index}@x.test"].display`,
        value: 'x',
      }),
    ],
    [
      'removing by filter',
      (index: number) => ({
        op: 'remove',
        path: `emails[value eq "user${index}@x.test"]`,
      }),
    ],
    [
      'removing by list',
      (index: number) => ({
        op: 'remove',
        path: 'emails',
        value: [`user${index}@x.test`],
      }),
    ],
  ])('on a long list take moderate time: %s', (_, operation) => {
    const operations = Array.from({ length: many }, (_item, index) => operation(index))
    // Anything worse would not end before the test is stopped.
    expect(attempt({ userName: 'ann', emails }, operations).error).toBeUndefined()
  })

  it('on elements that differ in nothing but their type take moderate time', () => {
    const value = Array.from({ length: 1_000 }, (_, index) => ({ value: 'a', type: `t${index}` }))
    const outcome = attempt({ userName: 'ann' }, [
      { op: 'add', path: 'emails', value },
      { op: 'add', path: 'emails', value },
      { op: 'remove', path: 'emails', value: value.slice(1) },
    ])
    expect(outcome.resource?.['emails']).toEqual([{ value: 'a', type: 't0' }])
  })

  it('on long lists of extensions take moderate time', () => {
    const value = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`urn:example:params:m${index}`, index]),
    )
    const outcome = attempt({ userName: 'ann' }, [{ op: 'add', value }])
    expect(outcome.error).toBeUndefined()
  })
})

const someEmail = fc.record(
  {
    value: fc.constantFrom('a@x.test', 'A@x.test', 'b@x.test', 'c@x.test'),
    type: fc.constantFrom('work', 'home', 'Work'),
    display: fc.constantFrom('one', 'two'),
    primary: fc.boolean(),
  },
  { requiredKeys: ['value'] },
)
const someEmails = fc.array(someEmail, { maxLength: 5 })

describe('for any lists', () => {
  it('adding once more changes nothing', () => {
    fc.assert(
      fc.property(someEmails, someEmails, (before, added) => {
        const operation = { op: 'add', path: 'emails', value: added }
        const start = change({ userName: 'ann' }, { op: 'add', path: 'emails', value: before })
        const once = change(start, operation)
        expect(change(once, operation)).toEqual(once)
      }),
    )
  })

  it('what was added is there, and what is removed by list is not', () => {
    fc.assert(
      fc.property(someEmails, someEmails, (before, listed) => {
        const start = change({ userName: 'ann' }, { op: 'replace', path: 'emails', value: before })
        const values = (resource: JsonObject) =>
          (resource['emails'] as JsonObject[] | undefined)?.map(({ value }) =>
            String(value).toLowerCase(),
          ) ?? []
        const added = change(start, { op: 'add', path: 'emails', value: listed })
        for (const { value } of listed) expect(values(added)).toContain(value.toLowerCase())
        const ids = listed.map(({ value }) => value)
        const removed = change(added, { op: 'remove', path: 'emails', value: ids })
        for (const { value } of listed) expect(values(removed)).not.toContain(value.toLowerCase())
      }),
    )
  })

  it('at most one element is primary after any operations', () => {
    const someOperation = fc.oneof(
      fc.record({
        op: fc.constantFrom('add', 'replace'),
        path: fc.constantFrom('emails', 'emails[type eq "work"]', 'emails[value sw "a"]'),
        value: fc.oneof(someEmail, fc.record({ primary: fc.boolean() })),
      }),
      fc.record({
        op: fc.constantFrom('add', 'replace', 'remove'),
        path: fc.constantFrom('emails[type eq "home"].primary', 'emails[primary eq true].primary'),
        value: fc.boolean(),
      }),
      fc.record({ op: fc.constant('add'), path: fc.constant('emails'), value: someEmails }),
    )
    fc.assert(
      fc.property(fc.array(someOperation, { maxLength: 8 }), (operations) => {
        const outcome = attempt({ userName: 'ann' }, [
          { op: 'remove', path: 'title' },
          ...operations,
        ])
        const emails = (outcome.resource?.['emails'] ?? []) as JsonObject[]
        expect(emails.filter(({ primary }) => primary === true).length).toBeLessThan(2)
        expect(emails.every(({ value }) => value !== undefined)).toBe(true)
      }),
    )
  })
})

/** PATCH in the fewest words, to compare with: values only, no types, no tolerance. */
type Model = Map<string, string | Map<string, string>>

function modelOf(resource: JsonObject): Model {
  const model: Model = new Map()
  for (const [name, value] of Object.entries(resource)) {
    if (typeof value === 'string') model.set(name, value)
    else if (Array.isArray(value)) {
      const list = value as { value: string; display: string }[]
      model.set(name, new Map(list.map((element) => [element.value, element.display])))
    } else model.set(name, new Map(Object.entries(value as Record<string, string>)))
  }
  return model
}

function applyToModel(model: Model, { op, path, value }: ModelOperation): void {
  const [, name = '', key, sub] = /^(\w+)(?:\[value eq "(\w+)"\])?(?:\.(\w+))?$/.exec(path) ?? []
  const present = model.get(name)
  const inner = new Map(present instanceof Map ? present : [])
  const place = key ?? sub
  if (place !== undefined) {
    if (op === 'remove') inner.delete(place)
    else if (typeof value === 'string') inner.set(place, value)
  } else if (Array.isArray(value)) {
    if (op === 'replace') inner.clear()
    for (const element of value) {
      if (op === 'remove') inner.delete(element.value)
      else inner.set(element.value, element.display)
    }
  } else if (op === 'remove') {
    model.delete(name)
    return
  } else if (typeof value === 'string') {
    model.set(name, value)
    return
  }
  if (inner.size > 0) model.set(name, inner)
  else model.delete(name)
}

interface ModelOperation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: string | { value: string; display: string }[]
}

describe('any operations', () => {
  it('have the effect that a simple model of RFC 7644 section 3.5.2 predicts', () => {
    const op = fc.constantFrom('add' as const, 'replace' as const, 'remove' as const)
    const set = fc.constantFrom('add' as const, 'replace' as const)
    const text = fc.constantFrom('x', 'y', 'z')
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const elements = fc.uniqueArray(fc.record({ value: key, display: text }), {
      selector: ({ value }) => value,
      minLength: 1,
      maxLength: 4,
    })
    const list = fc.constantFrom('emails', 'roles')
    const someOperation: fc.Arbitrary<ModelOperation> = fc.oneof(
      fc.record({
        op: set,
        path: fc.constantFrom('title', 'name.givenName', 'name.familyName'),
        value: text,
      }),
      fc.record({
        op: fc.constant('remove' as const),
        path: fc.oneof(
          fc.constantFrom('title', 'name', 'name.givenName', 'name.familyName', 'emails', 'roles'),
          fc.tuple(list, key).map(([name, value]) => `${name}[value eq "${value}"]`),
        ),
      }),
      fc.record({ op, path: list, value: elements }),
      fc.record({
        op: set,
        path: fc.tuple(list, key).map(([name, value]) => `${name}[value eq "${value}"].display`),
        value: text,
      }),
    )
    fc.assert(
      fc.property(fc.array(someOperation, { minLength: 1, maxLength: 20 }), (operations) => {
        const before: JsonObject = { userName: 'ann', title: 'x', name: { givenName: 'x' } }
        const model = modelOf(before)
        for (const operation of operations) applyToModel(model, operation)
        const after = change(before, ...(operations as unknown as Json[]))
        expect(modelOf(after)).toEqual(model)
      }),
      { numRuns: 1_000 },
    )
  })

  it('never change what they are given, nor anything beyond', () => {
    const name = fc.oneof(
      fc.constantFrom('title', 'emails', 'name', enterprise, '__proto__', 'constructor', 'urn:a:b'),
      fc.string(),
    )
    const path = fc.oneof(
      name,
      fc.tuple(name, name).map((parts) => parts.join('.')),
      fc.tuple(name, name).map((parts) => parts.join(':')),
      name.map((text) => `emails[type eq "work"].${text}`),
    )
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(path, fc.jsonValue()))
    const operation = fc.record({ op: fc.constantFrom('add', 'replace', 'remove'), path, value })
    const frozen = deepFreeze(structuredClone(ann))
    const bare = Object.getOwnPropertyNames(Object.prototype).join()
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4 }), (operations) => {
        const outcome = attempt(frozen, operations as Json[])
        expect(outcome.error === undefined).toBe(outcome.resource !== undefined)
        expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(bare)
        const known = [...userType.schema.attributes.map((item) => item.name), 'externalId']
        for (const key of Object.keys(outcome.resource ?? {})) {
          expect(known.includes(key) || /^urn:/i.test(key)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}
