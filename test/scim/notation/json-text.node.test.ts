import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isExactNumber, readWithInexact } from '../../../src/scim/notation/json-text'
import { err, ok } from '../../../src/result'

function readJson(text: string) {
  const read = readWithInexact(text)
  if (!read.ok) return read
  const { json, problem } = read.value
  return problem ? err(problem) : ok(json)
}

function code(text: string): string | undefined {
  const read = readJson(text)
  return read.ok ? undefined : read.error.code
}

describe('JSON text', () => {
  it('is read as JSON.parse reads it, also behind a byte order mark', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const read = readJson(`\uFEFF${text}`)
        if (!read.ok) return
        expect(read.value).toEqual(JSON.parse(text))
      }),
    )
    expect(code('{')).toBe('malformedJson')
    expect(code('')).toBe('malformedJson')
  })

  it('is refused when it nests too deep, quotes aside', () => {
    expect(code('['.repeat(65) + ']'.repeat(65))).toBe('bodyTooDeep')
    expect(code('['.repeat(64) + ']'.repeat(64))).toBeUndefined()
    expect(code(JSON.stringify('['.repeat(100)))).toBeUndefined()
  })

  it.each([
    '12345678901234567890',
    '-9007199254740993',
    '0.12345678901234567890',
    '1.00000000000000000001',
    '1e400',
    `1${'0'.repeat(500)}`,
  ])('with the number %s is refused: its digits would be lost', (number) => {
    expect(isExactNumber(number)).toBe(false)
    expect(code(`{"a": [${number}]}`)).toBe('inexactNumber')
    expect(code(`{"a": "${number}"}`)).toBeUndefined()
  })

  it('has every number that would lose digits found, wherever it stands', () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/)
    const around = fc.tuple(space, space, fc.json({ maxDepth: 1 }), fc.nat(3))
    fc.assert(
      fc.property(fc.array(around, { maxLength: 6 }), (list) => {
        const text = list.reduce((inner, [before, after, other, place]) => {
          const value = `${before}${inner}${after}`
          return (
            [`[${value}]`, `{"a":${value}}`, `[${other},${value}]`, `[${value},${other}]`][place] ??
            ''
          )
        }, '-12345678901234567890')
        expect(code(text)).toBe('inexactNumber')
        expect(code(JSON.stringify(text))).toBeUndefined()
      }),
    )
  })

  it.each(['0', '-0', '0.0', '1.50', '1e2', '1E+2', '9007199254740991', '0.1', '1e21', '5e-324'])(
    'with the number %s is read',
    (number) => {
      expect(code(`{"a": ${number}}`)).toBeUndefined()
    },
  )

  it.each(['0.0', '-0', '1.50', '1e2', '1E+2', '100e-2', '2.0'])(
    'says that %s is not written as it is kept',
    (number) => {
      const read = readWithInexact(`[${number}, 7, 7.5, 1e+21, "1.0"]`)
      expect(read.ok && [...read.value.rewritten]).toEqual([Number(number) + 0])
    },
  )

  it('keeps the digits of every other number', () => {
    const digits = fc.stringMatching(/^[0-9.+eE-]{0,6}$/)
    fc.assert(
      fc.property(digits, (text) => {
        const read = readWithInexact(text)
        if (!read.ok || read.value.problem || read.value.rewritten.size > 0) return
        expect(String(read.value.json)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps every number that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(isExactNumber(String(number))).toBe(true)
      }),
    )
  })

  it('keeps two whole numbers apart, or refuses them', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 22n })
    fc.assert(
      fc.property(digits, fc.constantFrom(1n, 2n, 7n), (number, more) => {
        const [left, right] = [readJson(`${number}`), readJson(`${number + more}`)]
        if (!left.ok || !right.ok) return
        expect(left.value).not.toBe(right.value)
      }),
      { numRuns: 1_000 },
    )
  })
})
