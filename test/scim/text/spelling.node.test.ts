/** Spellings of one name, as people look for it. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fold } from '../../../src/scim/filter/match'
import { beginnings, plain, spellings } from '../../../src/scim/text/spelling'

it('are the apostrophes and the sharp s, the text itself first', () => {
  expect(spellings('muller')).toEqual(['muller'])
  expect(spellings("o'brien")).toEqual(["o'brien", 'o’brien'])
  expect(spellings('größe')).toEqual(['größe', 'grösse'])
  expect(spellings('GRÖSSE').map(fold)).toEqual(['grösse', 'größe'])
  expect(spellings('weißgasse')).toContain('weissgaße')
  expect(spellings('weissgasse')).toContain('weißgasse')
})

it('are few, mean the same, and lead to each other', () => {
  const text = fc
    .array(fc.constantFrom('s', 'ss', 'ß', 'ẞ', "'", '’', 'a', ' '), { maxLength: 12 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (one) => {
      const all = spellings(one)
      expect(all[0]).toBe(one)
      expect(all.length).toBeLessThanOrEqual(8)
      expect(new Set(all).size).toBe(all.length)
      expect(
        all.map((other) => fold(plain(other))).filter((other) => other !== fold(plain(one))),
      ).toEqual([])
    }),
  )
})

it('of a beginning end within a sharp s where they end in an s', () => {
  expect(beginnings('weis').map(fold)).toEqual(['weis', 'weiß'])
  expect(beginnings('WEIS').map(fold)).toEqual(['weis', 'weiß'])
  expect(beginnings('weiss')).toEqual(spellings('weiss'))
  expect(beginnings('wei')).toEqual(['wei'])
  expect(beginnings("o'weis")).toEqual(["o'weis", 'o’weis', "o'weiß", 'o’weiß'])
})

it('of any beginning of a name with two sharp s find it both ways, and are few', () => {
  const part = fc.stringMatching(/^[ae']{0,3}$/)
  fc.assert(
    fc.property(part, part, fc.nat(10), (first, second, end) => {
      const ways = ['ß', 'ss'].map((sharp) => `Gr${first}${sharp}a${second}${sharp}`)
      for (const way of ways) {
        const begun = beginnings(way.slice(0, end))
        expect(begun.length).toBeLessThanOrEqual(12)
        for (const name of ways) {
          expect(begun.some((text) => name.startsWith(text))).toBe(true)
        }
      }
    }),
  )
})
