import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorBody } from '../../../src/scim/error-body'
import {
  maximumFilterDepth,
  maximumFilterLength,
  maximumFilterTerms,
  parseFilter,
} from '../../../src/scim/filter/parse'
import type { Filter } from '../../../src/scim/filter/tree'
import { groupType } from '../../../src/scim/group'
import { pathText } from '../../../src/scim/path'
import type { ResourceType } from '../../../src/scim/schema'
import type { ToleranceName } from '../../../src/scim/tolerance/names'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'
import { formatFilter } from '../../support/arbitraries'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

function read(text: string, type: ResourceType = userType): Filter {
  const filter = parseFilter(startReading(type), text)
  if (!filter.ok) throw new Error(`${text}: ${errorBody(filter.error).detail}`)
  return filter.value
}

/** The tree in its plainest spelling: names of the schema, `value` written out. */
function plain(text: string, type: ResourceType = userType): string {
  return formatFilter(read(text, type))
}

function problem(text: string, type: ResourceType = userType): string {
  const filter = parseFilter(startReading(type), text)
  return filter.ok ? 'none' : `${filter.error.code}: ${errorBody(filter.error).detail}`
}

function tolerances(text: string, type: ResourceType = userType): ToleranceName[] {
  const reading = startReading(type)
  expect(parseFilter(reading, text).ok, text).toBe(true)
  return [...reading.applied]
}

describe('a comparison', () => {
  it.each(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])(
    'knows the operator %s',
    (name) => {
      expect(plain(`title ${name} "a"`)).toBe(`title ${name} "a"`)
    },
  )

  it('asks for presence with pr', () => {
    expect(plain('title pr')).toBe('title pr')
  })

  it('does not regard case in names, operators and keywords', () => {
    expect(plain('USERNAME Eq "ann" AND NOT (Active EQ TRUE OR title PR)')).toBe(
      'userName eq "ann" and not (active eq true or title pr)',
    )
  })

  it('folds text unless the attribute is case exact', () => {
    expect(plain('userName eq "ÄNN"')).toBe('userName eq "änn"')
    expect(plain('externalId eq "ÄNN"')).toBe('externalId eq "ÄNN"')
  })

  it('decodes text as JSON does', () => {
    const filter = read(String.raw`externalId eq "a\\b\"c\u00e9\ud83d\ude00\n\/"`)
    expect(filter).toMatchObject({ value: 'a\\b"cé\u{1F600}\n/' })
  })

  it('keeps brackets, quotes and keywords inside text', () => {
    expect(plain('externalId eq "a] or (b \\" and [c"')).toBe('externalId eq "a] or (b \\" and [c"')
  })

  it('compares times as instants', () => {
    const time = Date.parse('2026-01-01T00:00:00Z')
    expect(read('meta.created ge "2026-01-01T01:00:00+01:00"')).toMatchObject({ value: time })
  })

  it('takes null for the absence of a value', () => {
    expect(plain('title eq null or title ne NULL')).toBe('title eq null or title ne null')
    expect(problem('title gt null')).toMatch(/^invalidFilter: .*null/)
  })

  it('means the value of a complex attribute', () => {
    expect(plain('emails eq "a"')).toBe('emails.value eq "a"')
    expect(plain('emails co "a"')).toBe('emails.value co "a"')
    expect(plain('emails pr')).toBe('emails.value pr')
    expect(plain('manager eq "7"')).toBe(`${enterprise}:manager.value eq "7"`)
    expect(plain('members eq "7"', groupType)).toBe('members.value eq "7"')
  })

  it('asks only for presence of a complex attribute without value', () => {
    expect(plain('name pr and addresses pr and meta pr')).toBe(
      'name pr and addresses pr and meta pr',
    )
    expect(problem('name eq "a"')).toMatch(/^invalidFilter: .*"name" has parts/)
    expect(problem('addresses co "a"')).toMatch(/^invalidFilter: .*"addresses" has parts/)
  })

  it('reads names that a schema URN qualifies', () => {
    expect(plain(`${enterprise}:department eq "R"`)).toBe(`${enterprise}:department eq "r"`)
    expect(plain(`${enterprise.toUpperCase()}:Manager.Value eq "R"`)).toBe(
      `${enterprise}:manager.value eq "R"`,
    )
    expect(plain('urn:ietf:params:scim:schemas:core:2.0:User:name.familyName sw "b"')).toBe(
      'name.familyName sw "b"',
    )
    expect(plain('urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"]')).toBe(
      'emails[type eq "work"]',
    )
  })

  it('names its attribute by definition, not by text', () => {
    const filter = read('MANAGER.displayname eq "Kim"')
    expect(filter.kind === 'compare' && pathText(filter.path)).toBe(
      `${enterprise}:manager.displayName`,
    )
  })
})

describe('a logical expression', () => {
  it('binds not before and, and and before or', () => {
    expect(read('title pr or not (title pr) and title pr or title pr')).toMatchObject({
      kind: 'or',
      operands: [
        { kind: 'present' },
        { kind: 'and', operands: [{ kind: 'not' }, { kind: 'present' }] },
        { kind: 'present' },
      ],
    })
  })

  it('follows parentheses', () => {
    expect(plain('(title pr or nickName pr) and not(((active eq true)))')).toBe(
      '(title pr or nickName pr) and not (active eq true)',
    )
  })

  it('needs no blanks where a sign separates', () => {
    expect(plain(' ( title eq"a" )and(nickName pr)\t')).toBe('title eq "a" and nickName pr')
  })
})

describe('a value path', () => {
  it('compares within one element', () => {
    expect(plain('emails[type eq "work" and value co "@x" or not (primary eq true)]')).toBe(
      'emails[type eq "work" and value co "@x" or not (primary eq true)]',
    )
  })

  it('stands among other terms', () => {
    expect(plain('title pr and emails[type eq "work"] or ims[value sw "a"]')).toBe(
      'title pr and emails[type eq "work"] or ims[value sw "a"]',
    )
  })

  it('works on a single complex value', () => {
    expect(plain('name[familyName eq "b"] and meta[created pr]')).toBe(
      'name[familyName eq "b"] and meta[created pr]',
    )
  })

  it('may be followed by a comparison of the same element', () => {
    const text = 'emails[type eq "work"].value eq "A"'
    expect(plain(text)).toBe('emails[type eq "work" and value eq "a"]')
    expect(tolerances(text)).toEqual(['pathAfterValueFilter'])
    expect(plain('emails[type eq "work" or primary eq true].value pr')).toBe(
      'emails[(type eq "work" or primary eq true) and value pr]',
    )
  })

  it('may be followed by ne, which any such element satisfies, or by the absence of all', () => {
    expect(plain('emails[type eq "work"].value ne "a"')).toBe(
      'emails[type eq "work" and value ne "a"]',
    )
    expect(plain('emails[type eq "work"].value eq null')).toBe(
      'not (emails[type eq "work" and value pr])',
    )
  })

  it('may be written with the type as part of the path', () => {
    const text = 'emails.work.value eq "A"'
    expect(plain(text)).toBe('emails[type eq "work" and value eq "a"]')
    expect(tolerances(text)).toEqual(['typeInPath'])
    expect(plain('EMAILS.Work.VALUE pr and title pr')).toBe(
      'emails[type eq "work" and value pr] and title pr',
    )
    expect(plain(`${core}:emails.home.value eq null`)).toBe(
      'not (emails[type eq "home" and value pr])',
    )
    expect(plain('addresses.work.locality sw "w"')).toBe(
      'addresses[type eq "work" and locality sw "w"]',
    )
    for (const path of ['emails.work', 'name.work.givenName', 'emails.work.x']) {
      expect(problem(`${path} eq "a"`)).toMatch(/^invalidFilter: .*no attribute/)
    }
  })

  it('of a list without parts has the value as its only part', () => {
    const text = 'schemas[value eq "a"]'
    expect(tolerances(text)).toEqual(['valueOfPlainList'])
    expect(plain(text)).toBe(text)
    expect(problem('schemas[type eq "a"]')).toContain('no attribute "type"')
    expect(problem('schemas[schemas eq "a"]')).toContain('no attribute "schemas"')
  })

  it.each([
    ['userName[value eq "a"]', '"userName" has no elements'],
    ['emails.value[value eq "a"]', '"emails.value" has no elements'],
    ['emails[ims[value eq "a"]]', 'no attribute "ims"'],
    ['emails[type[value eq "a"]]', 'has no elements'],
    ['emails[department eq "a"]', 'no attribute "department"'],
    ['emails[type eq "work"].colour eq "a"', 'no sub-attribute ".colour"'],
    ['emails[type eq "work"', 'a bracket does not close'],
    ['emails[type eq "work")', 'a bracket does not close'],
    ['emails[]', 'stands where an attribute should'],
  ])('%s is refused', (text, expected) => {
    expect(problem(text)).toMatch(/^invalidFilter: /)
    expect(problem(text)).toContain(expected)
  })
})

describe('types', () => {
  it.each([
    'active gt true',
    'active co "t"',
    'active eq 1',
    'active eq "yes"',
    'emails.primary le false',
    'x509Certificates.value gt "a"',
    'meta.created co "2026"',
    'meta.created eq "yesterday"',
    'meta.created eq "2026-13-01T00:00:00Z"',
    'meta.created gt "2026-02-31T00:00:00Z"',
    'meta.lastModified le "2025-02-29T00:00:00Z"',
    'meta.created eq 5',
    'userName ne true',
    'userName gt 5',
    'userName eq -5 and title pr',
  ])('%s is refused', (text) => {
    expect(problem(text)).toMatch(/^invalidFilter: /)
  })

  it('reads numbers anywhere, also negative ones', () => {
    const type: ResourceType = {
      ...userType,
      extensions: [
        {
          id: 'urn:example:Desk',
          name: 'Desk',
          description: '',
          attributes: [{ ...numberOf('floor'), type: 'integer' }, numberOf('height')],
        },
      ],
    }
    expect(plain('(floor eq -5) and height lt 1.5e2 or floor ge 0', type)).toBe(
      'urn:example:Desk:floor eq -5 and urn:example:Desk:height lt 150 or urn:example:Desk:floor ge 0',
    )
    expect(problem('floor co 5', type)).toMatch(/^invalidFilter/)
    expect(problem('floor eq "high"', type)).toMatch(/^invalidFilter/)
    expect(problem('floor eq 1e999', type)).toMatch(/^invalidFilter/)
  })

  it('takes truth values as text', () => {
    expect(plain('active eq "False" or emails[primary eq "True"]')).toBe(
      'active eq false or emails[primary eq true]',
    )
    expect(tolerances('active eq "False"')).toEqual(['booleanTextInFilter'])
    expect(tolerances('active eq False')).toEqual([])
  })

  it('takes a bare word for text', () => {
    expect(plain('externalId eq jYoung and userName sw Ann@example.com')).toBe(
      'externalId eq "jYoung" and userName sw "ann@example.com"',
    )
    expect(tolerances('externalId eq jyoung')).toEqual(['bareWordInFilter'])
    expect(problem("externalId eq 'a'")).toMatch(/^invalidFilter/)
  })

  it.each([
    ['displayName Eq Sales Team', 'displayName eq "sales team"'],
    ['displayName Eq  Sales  Team ', 'displayName eq "sales  team"'],
    ['displayName Eq PRIMARY/system', 'displayName eq "primary/system"'],
    ['displayName eq Sales and Marketing', 'displayName eq "sales and marketing"'],
    ['displayName eq Sales (EMEA)', 'displayName eq "sales (emea)"'],
    ['displayName co R&D [old]', 'displayName co "r&d [old]"'],
    ["userName Eq o'brien@example.com", 'userName eq "o\'brien@example.com"'],
    ['userName Eq 12345', 'userName eq "12345"'],
    ['userName eq true', 'userName eq "true"'],
    ['externalId eq a;b', 'externalId eq "a;b"'],
    [String.raw`externalId eq CORP\jdoe`, String.raw`externalId eq "CORP\\jdoe"`],
    [`${enterprise}:department sw R & D`, `${enterprise}:department sw "r & d"`],
    ['emails.value eq ann+test x@example.com', 'emails.value eq "ann+test x@example.com"'],
    ['emails.work.value eq ann x@a.test', 'emails[type eq "work" and value eq "ann x@a.test"]'],
  ])('takes the rest of one comparison for text: %s', (text, meant) => {
    expect(plain(text)).toBe(meant)
    expect(tolerances(text)).toContain('bareWordInFilter')
  })

  it.each([
    'userName eq ann or (userName pr',
    'userName eq ann smith or userName pr',
    'userName eq ann smith and not (active eq false)',
    'userName ne ann smith',
    'userName gt 5 6',
    'not userName eq ann smith',
    '(userName eq ann smith)',
    'userName eq ann "smith"',
    'userName eq ()',
    'active eq true or so',
    'nothing eq ann smith',
    'password eq ann smith',
    `userName eq ${'x y'.repeat(100)}`,
  ])('takes the rest for no text where more may have been meant: %s', (text) => {
    expect(problem(text)).toMatch(/^invalidFilter: /)
  })

  it('takes what stands behind one comparison for its text, whole, or refuses it', () => {
    const pieces = ['and', 'or', 'not', 'a', 'B.', '(', ')', '"', 'eq', 'pr', 'title', '[', '5']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 7 }), (words) => {
        fc.pre(words[0] !== '"')
        const filter = parseFilter(startReading(userType), `userName eq ${words.join(' ')}`)
        if (!filter.ok || filter.value.kind !== 'compare') return
        expect(filter.value.value).toBe(words.join(' ').toLowerCase())
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    [String.raw`externalId eq "CORP\jdoe"`, String.raw`CORP\jdoe`],
    [String.raw`externalId eq "a\qb"`, String.raw`a\qb`],
    [String.raw`externalId eq "CORP\ann \"x\" \\ \u0041 \u12"`, String.raw`CORP\ann "x" \ A \u12`],
  ])('takes a lone backslash for itself: %s', (text, value) => {
    expect(read(text)).toMatchObject({ value })
    expect(tolerances(text)).toEqual(['loneBackslash'])
    expect(tolerances(String.raw`externalId eq "CORP\\jdoe"`)).toEqual([])
  })

  it('reads text that is quoted without escapes as it stands', () => {
    const plainText = fc.string({ unit: fc.constantFrom('a', 'Z', '\\', ' ', '/', '1', 'é') })
    fc.assert(
      fc.property(plainText, (text) => {
        // Before these, a backslash is an escape.
        fc.pre(!/\\([/\\]|$)/.test(text))
        expect(read(`externalId eq "${text}"`)).toMatchObject({ value: text })
      }),
    )
  })
})

function numberOf(name: string) {
  const [first] = userType.schema.attributes
  if (!first) throw new Error('The schema is empty')
  return { ...first, name, type: 'decimal' as const }
}

describe('what cannot be asked for', () => {
  it.each([
    'password eq "a"',
    'password pr',
    'meta.location eq "a"',
    'meta.version pr',
    'meta[version eq "a"]',
    'groups.$ref eq "a"',
  ])('%s is refused for users', (text) => {
    expect(problem(text)).toMatch(/^invalidFilter: .*cannot be used in a filter/)
  })

  it.each(['members.display eq "a"', 'members.$ref pr', 'members[display eq "a"]'])(
    '%s is refused for groups',
    (text) => {
      expect(problem(text, groupType)).toMatch(/^invalidFilter: .*cannot be used in a filter/)
    },
  )
})

describe('bad filters', () => {
  it.each([
    '',
    ' ',
    'userName',
    'userName eq',
    'userName eq )',
    'userName is "a"',
    'userName "a"',
    'userName "eq" "a"',
    'eq "a"',
    '"userName" eq "a"',
    'userName eq "a" title pr',
    'userName eq "a" and',
    'userName eq "a" xor title pr',
    'and title pr',
    'not title pr',
    'not (title pr',
    '(title pr))',
    'title pr)',
    'title pr "a"',
    '()',
    'name. eq "a"',
    'name.familyName.x eq "a"',
    'unknown eq "a"',
    'userName.value eq "a"',
    `${enterprise}:userName eq "a"`,
    `${enterprise} pr`,
    'urn:example:unknown:floor eq "a"',
    '__proto__ eq "x"',
    'constructor.prototype pr',
    'name.__proto__ eq "x"',
    'emails[__proto__ eq "x"]',
    'userName eq "a\u0000b"',
    String.raw`userName eq "a\u0000b"`,
    String.raw`userName eq "a\ud800b"`,
    String.raw`userName eq "a\"`,
    'userName eq "a\nb"',
    'userName eq "a',
    'userName eq a"',
    "userName eq 'a'",
  ])('%j is refused', (text) => {
    expect(problem(text)).toMatch(/^invalidFilter: The filter cannot be used/)
  })

  it('is answered with 400 and invalidFilter', () => {
    const filter = parseFilter(startReading(userType), 'colour eq "red"')
    expect(!filter.ok && errorBody(filter.error)).toMatchObject({
      status: '400',
      scimType: 'invalidFilter',
      detail: expect.stringContaining('there is no attribute "colour"'),
    })
  })
})

describe('bounds', () => {
  const term = 'title pr'
  const terms = (count: number) => Array.from({ length: count }, () => term).join(' or ')
  const nested = (levels: number) => '('.repeat(levels) + term + ')'.repeat(levels)

  it('allows filters up to each bound', () => {
    expect(problem(terms(maximumFilterTerms))).toBe('none')
    expect(problem(nested(maximumFilterDepth))).toBe('none')
    expect(problem(term.padEnd(maximumFilterLength))).toBe('none')
  })

  it.each([
    [terms(maximumFilterTerms + 1), '50 terms'],
    [`emails[${'type pr and '.repeat(49)}type pr].value eq "a"`, '50 terms'],
    [nested(maximumFilterDepth + 1), '20 levels of nesting'],
    ['not ('.repeat(21) + term + ')'.repeat(21), '20 levels of nesting'],
    [`${'('.repeat(20)}emails[type pr]${')'.repeat(20)}`, '20 levels of nesting'],
    [term.padEnd(maximumFilterLength + 1), '4096 characters'],
  ])('refuses what is larger', (text, limit) => {
    expect(problem(text)).toMatch(/^filterTooLong: /)
    expect(problem(text)).toContain(`more than ${limit}`)
  })

  it('counts depth, not the number of parentheses', () => {
    expect(problem(Array.from({ length: 30 }, () => nested(3)).join(' and '))).toBe('none')
  })

  it.each([
    ['20,000 parentheses', '('.repeat(20_000)],
    ['4,000 parentheses', '('.repeat(4_000)],
    ['an open quote and newlines', `userName eq "${'\n'.repeat(4_000)}`],
    ['an open quote and backslashes', `userName eq "${'\\'.repeat(4_001)}`],
    ['an open quote and escapes', `userName eq "${'\\n'.repeat(2_000)}`],
    ['many open quotes', `userName eq ${'" '.repeat(2_001)}`],
    ['blanks', `userName${' '.repeat(4_000)}"`],
    ['a long URN', `urn${':a'.repeat(2_000)} pr`],
    ['a long name', `${'a.'.repeat(2_000)} pr`],
    ['nots', 'not '.repeat(1_000)],
    ['digits', `userName eq ${'1'.repeat(4_000)}`],
    ['letters', `externalId eq ${'a'.repeat(4_000)};`],
  ])('answers %s at once', (_, text) => {
    expect(problem(text)).toMatch(/^(invalidFilter|filterTooLong): /)
  })
})
