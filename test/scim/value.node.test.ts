import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupType, members } from '../../src/scim/group'
import type { Json } from '../../src/scim/json'
import { findAttribute } from '../../src/scim/path'
import { attribute, type Attribute } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'
import { instant } from '../../src/scim/notation/instant'
import { isReadable, readElement, readValue, saysSomething } from '../../src/scim/value'

const floor = attribute('floor', 'A number.', { type: 'integer' })
const rate = attribute('rate', 'A number.', { type: 'decimal' })
const since = attribute('since', 'A time.', { type: 'dateTime' })
const picture = attribute('picture', 'Bytes.', { type: 'binary' })
const tags = attribute('tags', 'Simple values.', { multiValued: true })

function named(name: string): Attribute {
  const all = [
    ...userType.schema.attributes,
    ...groupType.schema.attributes,
    ...userType.extensions.flatMap(({ attributes }) => attributes),
  ]
  return findAttribute(all, name) ?? attribute('missing', 'There is no such attribute.')
}

/** The value, or the code of the refusal in capitals of its own kind: `!wrongType`. */
function read(definition: Attribute, json: Json) {
  const reading = startReading(userType)
  const outcome = readValue(reading, definition, json, definition.name)
  return {
    value: outcome.ok ? outcome.value : `!${outcome.error.code}`,
    applied: [...reading.applied],
  }
}

describe('a value that means no value', () => {
  it.each([null, '', ' \t ', [], [null], [''], [[null]].flat()])(
    'is undefined for every attribute: %j',
    (json) => {
      for (const name of ['title', 'active', 'name', 'manager', 'emails', 'addresses']) {
        expect(read(named(name), json).value).toBeUndefined()
      }
    },
  )

  it('is an object without parts, or a list of such objects', () => {
    for (const name of ['name', 'manager', 'emails']) {
      expect(read(named(name), {}).value).toBeUndefined()
      expect(read(named(name), { nonsense: 1, value: null, formatted: '' }).value).toBeUndefined()
    }
    expect(read(named('emails'), [{ type: 'work', primary: true, display: 'x' }, {}]).value).toBe(
      undefined,
    )
  })
})

describe('the value of members', () => {
  it.each([null, [[]]].flat())('is a list of nobody: %j', (json) => {
    expect(read(members, json)).toEqual({ value: [], applied: [] })
  })

  it('names a user with every entry, whatever else stands there', () => {
    const list = [{ value: 'a', type: 'User', display: 'Ann', $ref: '/Users/b' }, 'b', { value: 7 }]
    expect(read(members, list).value).toEqual([{ value: 'a' }, { value: 'b' }, { value: '7' }])
    expect(read(members, [{ value: 'a' }, { Value: 'a' }, 'a']).value).toEqual([{ value: 'a' }])
  })

  it('is refused with an entry that identifies nobody', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1, maxLength: 3 }),
        (list) => {
          const { value } = read(members, list as Json[])
          const named = Array.isArray(value) ? value.length : 0
          expect(typeof value === 'string' || named > 0).toBe(true)
        },
      ),
    )
    for (const entry of [null, '', ' ', {}, [], true, { value: '' }, { display: 'x' }]) {
      expect(read(members, [{ value: 'a' }, entry]).value).toBe('!memberUnnamed')
    }
  })
})

describe('text', () => {
  it('is kept byte for byte', () => {
    for (const text of ['Ann', ' Ann ', 'e\u0301', '\u00e9', '漢字', '👩🏽‍🚀', 'a\nb', '"\\']) {
      expect(read(named('title'), text).value).toBe(text)
    }
  })

  it('may come as a number', () => {
    expect(read(named('employeeNumber'), 701984)).toEqual({
      value: '701984',
      applied: ['numberAsText'],
    })
    expect(read(named('emails'), [{ value: 17 }]).value).toEqual([{ value: '17' }])
  })

  it('holds no NUL and no half of a surrogate pair', () => {
    for (const text of ['a\u0000b', '\ud83d', 'x\ude00', '\ude00\ud83d']) {
      expect(isReadable(text)).toBe(false)
      expect(read(named('title'), text).value).toBe('!forbiddenCharacter')
      expect(read(named('emails'), [{ value: text }]).value).toBe('!forbiddenCharacter')
    }
    expect(isReadable('\ud83d\ude00')).toBe(true)
  })

  it('is no truth value, no object and no list of several', () => {
    for (const json of [true, { a: 1 }, ['a', 'b'], [['a']]]) {
      expect(read(named('title'), json).value).toBe('!wrongType')
    }
  })

  it('may come as a list of one', () => {
    expect(read(named('title'), ['Boss'])).toEqual({ value: 'Boss', applied: ['listOfOneAsValue'] })
  })
})

describe('a truth value', () => {
  it('may come as text', () => {
    for (const [text, value] of [
      ['True', true],
      ['False', false],
      [' TRUE ', true],
    ] as const) {
      expect(read(named('active'), text)).toEqual({ value, applied: ['booleanAsText'] })
    }
    expect(read(named('active'), false)).toEqual({ value: false, applied: [] })
  })

  it('is nothing else', () => {
    for (const json of [0, 1, 'yes', 'truthy', '1', {}]) {
      expect(read(named('active'), json).value).toBe('!wrongType')
    }
  })
})

describe('a number', () => {
  it('may come as text', () => {
    expect(read(floor, '12')).toEqual({ value: 12, applied: ['textAsNumber'] })
    expect(read(rate, '-1.5e2')).toEqual({ value: -150, applied: ['textAsNumber'] })
    expect(read(rate, 0.5)).toEqual({ value: 0.5, applied: [] })
  })

  it('is whole where the schema says integer, and small enough to be kept', () => {
    for (const json of [1.5, '1.5', 2 ** 53, Infinity])
      expect(read(floor, json).value).toBe('!wrongType')
    for (const json of [Infinity, -Infinity, '1e999', '0x10', '1,5', 'NaN', true]) {
      expect(read(rate, json).value).toBe('!wrongType')
    }
  })
})

describe('a time', () => {
  it.each([
    ['2026-11-24T09:30:00Z', Date.UTC(2026, 10, 24, 9, 30)],
    ['2026-11-24T09:30:00.250Z', Date.UTC(2026, 10, 24, 9, 30, 0, 250)],
    ['2026-11-24T10:30:00+01:00', Date.UTC(2026, 10, 24, 9, 30)],
    ['2026-11-24T09:30:00', Date.UTC(2026, 10, 24, 9, 30)],
    ['2024-02-29T23:59:59-10:00', Date.UTC(2024, 2, 1, 9, 59, 59)],
    // As xsd:dateTime has the end of a day, digits of a second without an end, and no time zone.
    ['2026-11-24T24:00:00Z', Date.UTC(2026, 10, 25)],
    ['2000-02-29T00:00:00.123456789+14:00', Date.UTC(2000, 1, 28, 10, 0, 0, 123)],
    ['2026-11-24T09:30:00.5', Date.UTC(2026, 10, 24, 9, 30, 0, 500)],
  ])('is an instant: %s', (text, milliseconds) => {
    expect(instant(text)).toBe(milliseconds)
    expect(read(since, text).value).toBe(text)
  })

  it.each([
    '2026-11-24',
    '2026-11-24 09:30:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-02-31T00:00:00Z',
    '2026-04-31T00:00:00',
    '1900-02-29T00:00:00Z',
    '2026-11-00T00:00:00Z',
    '2026-11-24T24:00:01Z',
    '2026-11-24T09:30Z',
    '2026-11-24T09:30',
    '2026-11-24T25:00:00Z',
    '2026-11-24T09:30:00+99:00',
    'Tue, 24 Nov 2026 09:30:00 GMT',
    'now',
    1_800_000_000,
  ])('is not %s', (json) => {
    expect(instant(json)).toBeUndefined()
    expect(read(since, json).value).toBe('!wrongType')
  })
})

describe('binary data', () => {
  it('is base64 of either alphabet, with or without line ends', () => {
    for (const text of ['TWFu', 'TWE=', 'TQ==', 'a-_b', 'TW\r\nFu']) {
      expect(read(picture, text).value).toBe(text)
    }
    for (const json of ['TW!u', '=', 'a===', 17, true]) {
      expect(read(picture, json).value).toBe('!wrongType')
    }
  })
})

describe('a complex value', () => {
  it('is read by names in any case, and keeps the spelling of the schema', () => {
    expect(read(named('name'), { GIVENNAME: 'Ann', familyname: 'Low' }).value).toEqual({
      givenName: 'Ann',
      familyName: 'Low',
    })
  })

  it('loses unknown and read-only parts', () => {
    expect(read(named('manager'), { value: '17', displayName: 'Kim', x: 1 }).value).toEqual({
      value: '17',
    })
    expect(read(named('members'), [{ value: 'a', display: 'Ann', $ref: null }]).value).toEqual([
      { value: 'a' },
    ])
  })

  it('may be text that means its value', () => {
    expect(read(named('manager'), '17')).toEqual({
      value: { value: '17' },
      applied: ['textAsComplexValue'],
    })
    expect(read(named('members'), ['a', { value: 'b' }]).value).toEqual([
      { value: 'a' },
      { value: 'b' },
    ])
    expect(read(named('name'), 'Ann').value).toBe('!wrongType')
    expect(read(named('addresses'), ['1 Long Road']).value).toBe('!wrongType')
  })

  it('may call the value of a manager managerId', () => {
    expect(read(named('manager'), { managerId: 17 })).toEqual({
      value: { value: '17' },
      applied: ['managerIdAsValue', 'numberAsText'],
    })
    expect(read(named('emails'), [{ managerId: 'a@x.test' }]).value).toBeUndefined()
  })

  it('names the part that is wrong', () => {
    const reading = startReading(userType)
    const outcome = readValue(reading, named('emails'), [{ primary: 'maybe' }], 'emails')
    expect(outcome).toEqual({
      ok: false,
      error: {
        code: 'wrongType',
        values: { attribute: 'emails.primary', expected: 'true or false' },
      },
    })
  })

  it('takes no hostile name', () => {
    const json = JSON.parse('{"__proto__": {"x": 1}, "constructor": 1, "givenName": "Ann"}') as Json
    const { value } = read(named('name'), json)
    expect(value).toEqual({ givenName: 'Ann' })
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('a list', () => {
  it('may be a lone value', () => {
    const email = { value: 'a@x.test', type: 'work' }
    expect(read(named('emails'), email)).toEqual({ value: [email], applied: ['loneValueAsList'] })
    expect(read(tags, 'a').value).toEqual(['a'])
  })

  it('loses elements without a value', () => {
    const list = [null, {}, { type: 'work', value: '' }, { value: 'a@x.test' }]
    expect(read(named('emails'), list).value).toEqual([{ value: 'a@x.test' }])
    expect(read(tags, ['a', '', null, 'b']).value).toEqual(['a', 'b'])
  })

  it('has one primary element, the first that says so', () => {
    const list = ['a', 'b', 'c'].map((name, index) => ({ value: name, primary: index > 0 }))
    expect(read(named('emails'), list)).toEqual({
      value: [
        { value: 'a', primary: false },
        { value: 'b', primary: true },
        { value: 'c', primary: false },
      ],
      applied: ['severalPrimaries'],
    })
  })

  it('holds no lists', () => {
    expect(read(named('emails'), [[{ value: 'a' }]]).value).toBe('!wrongType')
  })
})

describe('an element', () => {
  it('says something when it has more than a type and marks', () => {
    expect(saysSomething(named('emails'), { type: 'work', primary: true, display: 'x' })).toBe(
      false,
    )
    expect(saysSomething(named('emails'), { value: 'a' })).toBe(true)
    expect(saysSomething(named('addresses'), { country: 'AT' })).toBe(true)
    expect(saysSomething(named('name'), { formatted: 'Ann' })).toBe(true)
    expect(saysSomething(named('name'), {})).toBe(false)
  })

  it('is read without the list around it', () => {
    const reading = startReading(userType)
    expect(readElement(reading, named('emails'), { value: 'a' }, 'emails')).toEqual({
      ok: true,
      value: { value: 'a' },
    })
    expect(readElement(reading, named('emails'), [{ value: 'a' }], 'emails').ok).toBe(false)
  })
})

describe('any JSON', () => {
  it('is read the same when it is read again', () => {
    const definitions = [...userType.schema.attributes, ...groupType.schema.attributes, tags, rate]
    const part = fc.constantFrom('value', 'type', 'primary', 'givenName', 'country', '$ref', 'x')
    const json = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(fc.dictionary(part, fc.jsonValue({ maxDepth: 1 }))),
    )
    fc.assert(
      fc.property(fc.constantFrom(...definitions), json, (definition, value) => {
        const once = readValue(startReading(userType), definition, value as Json, 'x')
        if (!once.ok || once.value === undefined) return
        const reading = startReading(userType)
        expect(readValue(reading, definition, once.value, 'x')).toEqual(once)
        expect([...reading.applied]).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})
