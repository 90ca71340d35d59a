import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdsFilter, isLikeFilter } from '../../../src/scim/query/look-alike'
import {
  joinAttributes,
  queryOf,
  readPairs,
  readParameters,
} from '../../../src/scim/query/parameters'
import { startReading, type ProfileName } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

/** The parameters of a query, or the code of the refusal, and what the reading of it needed. */
function read(query: string, profile: ProfileName = 'auto') {
  const reading = startReading(userType, profile)
  const parameters = readParameters(reading, readPairs(query).pairs)
  return {
    found: parameters.ok ? parameters.value : parameters.error.code,
    applied: [...reading.applied],
  }
}

function filterOf(query: string): string | undefined {
  return new Map(readPairs(query).pairs).get('filter')
}

describe('a plus in a query', () => {
  it.each([
    ['filter=userName%20eq%20%22ann+test@example.com%22', 'userName eq "ann+test@example.com"'],
    ['filter=userName%20eq%20ann+test@example.com', 'userName eq ann+test@example.com'],
    ['count=1&filter=userName%20eq%20"a%2Bb+c"', 'userName eq "a+b+c"'],
    ['filter=userName+eq+"ann+low"', 'userName eq "ann low"'],
    ['filter=userName+eq+"ann%2Btest"', 'userName eq "ann+test"'],
    ['filter=userName+eq+%22Ann%20Low%22', 'userName eq "Ann Low"'],
    [
      'filter=emails[type+eq+"work"+and+value+eq+"a%20b"]',
      'emails[type eq "work" and value eq "a b"]',
    ],
    ['filter=userName+pr&attributes=a%20b', 'userName pr'],
  ])('%s means %s', (query, filter) => {
    expect(filterOf(query)).toBe(filter)
  })

  it('is one wherever blanks are written as %20', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '@', ' ', '+', '%', 'é', '&', '=') })
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeURIComponent(value).replaceAll('%2B', '+')
        expect(filterOf(`filter=userName%20eq%20%22${encoded}%22`)).toBe(`userName eq "${value}"`)
      }),
    )
  })

  it('is lost where it may have been one only when no blank is written as %20', () => {
    expect(readPairs('filter=a+b').isPlusBlank).toBe(true)
    expect(readPairs('filter=a%20b+c').isPlusBlank).toBe(false)
    expect(readPairs('filter=a').isPlusBlank).toBe(false)
  })
})

describe('a parameter that is there twice', () => {
  it.each(['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor'])(
    'is refused where %s says two things, in every profile, and the same thing is said once',
    (name) => {
      for (const profile of ['auto', 'rfc'] as const) {
        const code = name === 'filter' ? 'invalidFilter' : 'invalidQuery'
        expect(read(`${name}=1&${name}=2`, profile).found).toBe(code)
        expect(read(`x=1&${name}=1&${name}=1`, profile).found).toEqual({ [name]: ['1', '1'] })
      }
      const other = name === 'filter' ? 'Filter' : name.toUpperCase()
      expect(read(`${name}=1&${other}=2`).found).toBe(read(`${name}=1&${name}=2`).found)
    },
  )
})

describe('a query', () => {
  const unit = fc.constantFrom(
    'a',
    'Z',
    '7',
    '.',
    '~',
    '-',
    '_',
    '=',
    '&',
    '%',
    '2',
    'B',
    '"',
    'é',
    '?',
  )

  it('is read as the platform reads it, whether there is something to decode or not', () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (query) => {
        expect(readPairs(query).pairs).toEqual([...new URLSearchParams(`?${query}`)])
      }),
      { numRuns: 2_000 },
    )
  })

  it('is taken from an address as it is written there', () => {
    const parts = fc.constantFrom('?', '#', '+', '%20', '%2B', "'", '\\', '|', '/', ':', '😀')
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(unit, parts), maxLength: 12 }), (rest) => {
        const address = `https://rollcall.test/scim/v2/acme/Users${rest}`
        const { search } = new URL(address)
        expect(readPairs(queryOf(address))).toEqual(readPairs(search.slice(1)))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the name of a parameter', () => {
  it.each([
    ['Filter=x', { filter: ['x'] }, ['parameterInOtherCase']],
    ['FILTER=x&startindex=2', { filter: ['x'], startIndex: ['2'] }, ['parameterInOtherCase']],
    ['%24filter=x', { filter: ['x'] }, ['dollarFilter']],
    ['$Filter=x', { filter: ['x'] }, ['dollarFilter']],
    ['filter=x&Filter=x', { filter: ['x', 'x'] }, ['parameterInOtherCase']],
    ['filter=x&unknown=y&$top=1', { filter: ['x'] }, []],
  ])('%s is read', (query, found, applied) => {
    expect(read(query)).toEqual({ found, applied })
  })

  it('is read in any case, whichever it is', () => {
    const names = fc.constantFrom('filter', 'count', 'startIndex', 'sortBy', 'excludedAttributes')
    const cases = fc.infiniteStream(fc.boolean())
    fc.assert(
      fc.property(names, cases, (name, isUpper) => {
        const written = Array.from(name, (letter) => {
          const { value } = isUpper.next()
          return value === true ? letter.toUpperCase() : letter.toLowerCase()
        }).join('')
        expect(read(`${written}=x`).found).toEqual({ [name]: ['x'] })
      }),
    )
  })

  it.each([
    'filters=x',
    'filer=x',
    'fliter=x',
    'filtr=x',
    'fillter=x',
    'fulter=x',
    '_filter=x',
    'filter[]=x',
    'filter%3A=x',
    '?filter=x',
    'amp;filter=x',
    'filterBy=x',
    'search.filter=x',
    '$$filter=x',
    '%EF%BD%86%EF%BD%89%EF%BD%8C%EF%BD%94%EF%BD%85%EF%BD%92=x',
    'Filter%20=x',
    'count=1?filter=x',
    'attributes=id;filter=x',
    'unknown=1&other=a?$Filter=x',
    'filter=x&filter=y',
    'filter=x&Filter=y',
  ])('%s is refused: it would find everybody', (query) => {
    expect(read(query).found).toMatch(/^(unknownFilter|invalidFilter)$/)
  })

  it.each([
    'unknown=x',
    'f=x',
    'fitler2x=x',
    'title=filter',
    'q=userName+eq+x',
    '=x',
    'api-version=2',
  ])('%s is ignored', (query) => {
    expect(read(query)).toEqual({ found: {}, applied: [] })
  })

  it('is the one of the RFC in the profile rfc: others are ignored, and filters refused', () => {
    expect(read('Count=1&filter=x', 'rfc')).toEqual({ found: { filter: ['x'] }, applied: [] })
    for (const query of ['Filter=x', '$filter=x']) {
      expect(read(query, 'rfc').found).toBe('unknownFilter')
    }
  })

  it('finds a slip of one letter, and takes other words for other words', () => {
    const letter = fc.constantFrom(...Array.from('abefilrtxz'))
    fc.assert(
      fc.property(fc.nat(6), letter, (at, other) => {
        const [before, after] = ['filter'.slice(0, at), 'filter'.slice(at)]
        expect(isLikeFilter(`${before}${other}${after}`)).toBe(true)
        expect(isLikeFilter(`${before}${other}${after.slice(1)}`)).toBe(true)
        if (after !== '') expect(isLikeFilter(`${before}${after.slice(1)}`)).toBe(true)
      }),
    )
    for (const word of ['', 'sort', 'folder', 'flt', 'fields', 'page', 'files']) {
      expect([word, isLikeFilter(word)]).toEqual([word, false])
    }
    expect(holdsFilter('userName eq "filter"')).toBe(false)
  })
})

describe('a list of attributes', () => {
  it('that comes in several parameters is one, but for the profile rfc', () => {
    const reading = startReading(userType)
    expect(joinAttributes(reading, 'attributes', ['a', 'b,c'])).toBe('a,b,c')
    expect([...reading.applied]).toEqual(['repeatedAttributes'])
    expect(joinAttributes(startReading(userType, 'rfc'), 'attributes', ['a', 'b'])).toBe('a')
    expect(joinAttributes(reading, 'attributes', undefined)).toBeUndefined()
  })
})
