import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter, parsePatchPath } from '../../../src/scim/filter/parse'
import { groupType } from '../../../src/scim/group'
import { isObject, type Json, type JsonObject } from '../../../src/scim/json'
import {
  fold,
  matches,
  matchesElement,
  searchDocument,
  searchElement,
} from '../../../src/scim/filter/match'
import type { ResourceType } from '../../../src/scim/schema'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'
import { filters, resources, text } from '../../support/arbitraries'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const ann: JsonObject = {
  schemas: [userType.schema.id, enterprise],
  id: 'Ab1',
  externalId: 'E-7',
  userName: 'Ann@Example.com',
  name: { familyName: 'Ärmel', givenName: 'Ann' },
  active: true,
  title: '',
  emails: [
    { value: 'Ann@work.example', type: 'work', primary: true },
    { value: 'ann@home.example', type: 'home' },
  ],
  addresses: [{ locality: 'Wien' }],
  photos: [{ value: 'https://example.com/A' }],
  meta: {
    resourceType: 'User',
    created: '2026-01-01T00:00:00Z',
    lastModified: '2026-01-02T00:00:00+02:00',
  },
  [enterprise]: { department: 'R&D', manager: { value: 'M1' } },
  'urn:example:other': { floor: 3 },
}

function isTrue(
  filter: string,
  resource: JsonObject = ann,
  type: ResourceType = userType,
): boolean {
  const parsed = parseFilter(startReading(type), filter)
  if (!parsed.ok) throw new Error(`${filter}: ${JSON.stringify(parsed.error)}`)
  return matches(parsed.value, searchDocument(type, resource))
}

function isTrueOf(path: string, element: Json, type: ResourceType = userType): boolean {
  const parsed = parsePatchPath(startReading(type), path)
  if (!parsed.ok || !parsed.value.filter) throw new Error(path)
  const searched = searchElement(parsed.value.path.attribute, element)
  return isObject(searched) && matchesElement(parsed.value.filter, searched)
}

describe('a search document', () => {
  it('folds text unless case counts, and holds times as milliseconds', () => {
    expect(searchDocument(userType, ann)).toEqual({
      schemas: ann['schemas'],
      id: 'Ab1',
      externalId: 'E-7',
      userName: 'ann@example.com',
      name: { familyName: 'ärmel', givenName: 'ann' },
      active: true,
      title: '',
      emails: [
        { value: 'ann@work.example', type: 'work', primary: true },
        { value: 'ann@home.example', type: 'home' },
      ],
      addresses: [{ locality: 'wien' }],
      photos: [{ value: 'https://example.com/A' }],
      meta: {
        resourceType: 'User',
        created: Date.parse('2026-01-01T00:00:00Z'),
        lastModified: Date.parse('2026-01-01T22:00:00Z'),
      },
      [enterprise]: { department: 'r&d', manager: { value: 'M1' } },
    })
  })

  it('leaves out undeclared extensions, unknown names and secrets', () => {
    const resource = { userName: 'a', password: 'P', colour: 'red', emails: [{ value: 'b', x: 1 }] }
    expect(searchDocument(userType, resource)).toEqual({ userName: 'a', emails: [{ value: 'b' }] })
  })

  it('leaves out values of another type, and what holds no value', () => {
    const resource = {
      userName: 5,
      active: 'true',
      name: [],
      nickName: null,
      emails: [null, 'a', {}, { type: 7 }, { value: 'b', primary: 'yes' }],
      ims: { value: 'a' },
      roles: [],
      meta: { created: 'yesterday' },
      [enterprise]: { manager: {} },
    }
    expect(searchDocument(userType, resource)).toEqual({ emails: [{ value: 'b' }] })
  })

  it('does not change the resource', () => {
    const before = structuredClone(ann)
    searchDocument(userType, ann)
    expect(ann).toEqual(before)
  })
})

describe('folding', () => {
  it.each([
    ['Ä', 'a\u0308'],
    ['ΟΔΟΣ', 'οδος'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['ẞ', 'ß'],
    ['J\u030c', 'ǰ'],
    ['İ', 'i\u0307'],
    ['\u212A', 'k'],
  ])('makes %s and %s the same', (left, right) => {
    expect(fold(left)).toBe(fold(right))
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (value) => {
        expect(fold(fold(value))).toBe(fold(value))
      }),
    )
  })
})

describe('a filter on a resource', () => {
  it.each([
    ['userName eq "ANN@example.COM"', true],
    ['externalId eq "e-7"', false],
    ['id eq "Ab1"', true],
    ['name.familyName sw "ä"', true],
    ['name.familyName sw "A\u0308"', true],
    ['name.familyName ew "MEL"', true],
    ['name.familyName co "rm"', true],
    ['name.familyName co ""', true],
    ['name.middleName co ""', false],
    ['active eq true', true],
    ['active eq false', false],
    ['emails eq "ann@home.example"', true],
    ['emails co "WORK"', true],
    ['emails.type eq "home"', true],
    ['photos eq "https://example.com/a"', false],
    ['manager eq "M1"', true],
    [`${enterprise}:department eq "r&d"`, true],
    ['meta.created eq "2026-01-01T01:00:00.000+01:00"', true],
    ['meta.lastModified gt "2026-01-01T21:59:59Z"', true],
    ['meta.lastModified gt "2026-01-01T22:00:00Z"', false],
    ['meta.resourceType eq "User"', true],
    [`schemas eq "${enterprise}"`, true],
    ['userName gt "ann@" and userName lt "anne"', true],
    ['userName ge "ann@example.com" and userName le "ann@example.com"', true],
    ['name[familyName eq "ärmel" and givenName eq "ann"]', true],
    ['ims[not (type eq "aim")]', false],
    ['name[not (middleName pr)]', true],
  ])('%s is %s', (filter, expected) => {
    expect(isTrue(filter)).toBe(expected)
  })

  it('takes ne for the opposite of eq, and for any value of a list', () => {
    expect(isTrue('emails.type ne "work"')).toBe(true)
    expect(isTrue('emails.type ne "other"')).toBe(true)
    expect(isTrue('nickName ne "a"')).toBe(true)
    expect(isTrue('ims ne "a"')).toBe(false)
    expect(isTrue('emails[type ne "work"]')).toBe(true)
    expect(isTrue('emails ne "ann@home.example"')).toBe(true)
    expect(isTrue('emails ne "a"', { emails: [{ value: 'A' }] })).toBe(false)
    expect(isTrue('not (emails eq "ann@home.example")')).toBe(false)
    expect(isTrue('emails.type ne "work"', { emails: [{ value: 'a' }] })).toBe(true)
    expect(isTrue('emails ne null')).toBe(true)
    expect(isTrue('ims ne null')).toBe(false)
  })

  it('keeps the terms in brackets to one element', () => {
    expect(isTrue('emails[type eq "work" and value sw "ann@home"]')).toBe(false)
    expect(isTrue('emails.type eq "work" and emails.value sw "ann@home"')).toBe(true)
    expect(isTrue('emails[type eq "home" and value sw "ann@home"]')).toBe(true)
    expect(isTrue('emails[type eq "home"].value sw "ann@home"')).toBe(true)
    expect(isTrue('emails[type eq "work"].value ne "ann@work.example"')).toBe(false)
  })

  it.each([
    ['title', { title: '' }],
    ['title', { title: null }],
    ['emails', { emails: [] }],
    ['emails', { emails: [{}] }],
    ['emails', { emails: [{ type: 'work' }] }],
    ['emails', { emails: [{ value: '' }] }],
    ['name', { name: {} }],
    ['name', { name: { familyName: '' } }],
    ['addresses', { addresses: [{ locality: '' }] }],
    ['manager', { [enterprise]: { manager: { displayName: 'Kim' } } }],
  ])('takes %s of %j for absent', (name, resource: JsonObject) => {
    expect(isTrue(`${name} pr`, resource)).toBe(false)
  })

  it('takes false and zero for present', () => {
    expect(isTrue('active pr', { active: false })).toBe(true)
    expect(isTrue('meta.created pr', { meta: { created: '1970-01-01T00:00:00Z' } })).toBe(true)
  })

  it('takes null for the absence of a value', () => {
    expect(isTrue('nickName eq null')).toBe(true)
    expect(isTrue('userName eq null')).toBe(false)
    expect(isTrue('userName ne null and emails ne null')).toBe(true)
    expect(isTrue('emails[display eq null]')).toBe(true)
    expect(isTrue('ims[display eq null]')).toBe(false)
  })

  it('orders text by code point, as the store does', () => {
    expect(isTrue('userName gt "\uFB00"', { userName: '\u{1F600}' })).toBe(true)
    expect(isTrue('userName lt "\u{1F600}"', { userName: '\uFB00' })).toBe(true)
    fc.assert(
      fc.property(text, text, (left, right) => {
        const order = Buffer.compare(Buffer.from(fold(left)), Buffer.from(fold(right)))
        const quoted = JSON.stringify(right)
        fc.pre(right.isWellFormed())
        expect(isTrue(`userName lt ${quoted}`, { userName: left })).toBe(order < 0)
        expect(isTrue(`userName ge ${quoted}`, { userName: left })).toBe(order >= 0)
      }),
    )
  })

  it('finds groups by their members', () => {
    const group = { displayName: 'Sales', members: [{ value: 'U1', type: 'User' }] }
    expect(isTrue('members eq "U1"', group, groupType)).toBe(true)
    expect(isTrue('members eq "u1"', group, groupType)).toBe(false)
    expect(isTrue('members[value eq "U1" and type eq "user"]', group, groupType)).toBe(true)
  })

  it('never throws, whatever the resource is like', () => {
    const anything = fc.dictionary(
      fc.constantFrom('userName', 'name', 'emails', 'active', 'meta', 'schemas', enterprise),
      fc.jsonValue() as fc.Arbitrary<Json>,
    )
    fc.assert(
      fc.property(filters(userType), anything, (filter, resource) => {
        expect(typeof matches(filter, searchDocument(userType, resource))).toBe('boolean')
        expect(typeof matches(filter, resource)).toBe('boolean')
      }),
    )
  })

  it('is the opposite under not', () => {
    fc.assert(
      fc.property(filters(userType), resources(userType), (operand, resource) => {
        const document = searchDocument(userType, resource)
        expect(matches({ kind: 'not', operand }, document)).toBe(!matches(operand, document))
      }),
    )
  })
})

describe('a filter on one element', () => {
  const work = { value: 'Ann@work.example', type: 'work', primary: true }

  it('compares its sub-attributes', () => {
    expect(isTrueOf('emails[type eq "WORK" and value sw "ann"]', work)).toBe(true)
    expect(isTrueOf('emails[type ne "work"]', work)).toBe(false)
    expect(isTrueOf('emails[not (display pr)]', work)).toBe(true)
    expect(isTrueOf('emails[primary eq "True"]', work)).toBe(true)
    expect(isTrueOf('members[value eq "a"]', { value: 'A' }, groupType)).toBe(false)
  })

  it('is not true of what is no element', () => {
    expect(isTrueOf('emails[not (type eq "home")]', 'ann')).toBe(false)
    expect(isTrueOf('emails[not (type eq "home")]', null)).toBe(false)
    expect(isTrueOf('emails[not (type eq "home")]', {})).toBe(true)
  })
})
