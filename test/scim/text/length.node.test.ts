/** Lengths of the texts of any resource, whatever was stored before. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject, type Json, type JsonObject } from '../../../src/scim/json'
import { groupType } from '../../../src/scim/group'
import { coreAttributes } from '../../../src/scim/path'
import type { Attribute } from '../../../src/scim/schema'
import { isLongerThan, lengthOf, overlong } from '../../../src/scim/text/length'
import { lengths, maximumEntries } from '../../../src/scim/text/limits'
import { userType } from '../../../src/scim/user'
import { resources } from '../../support/arbitraries'

const longest = Math.max(...Object.values(lengths))

/** The longest text, list and name of a value. */
function measure(json: Json): { text: number; entries: number; name: number } {
  if (typeof json === 'string') return { text: Array.from(json).length, entries: 0, name: 0 }
  if (typeof json !== 'object' || json === null) return { text: 0, entries: 0, name: 0 }
  const inner = Object.values(json).map(measure)
  const most = (key: 'text' | 'entries' | 'name') => Math.max(0, ...inner.map((one) => one[key]))
  return {
    text: most('text'),
    entries: Math.max(most('entries'), Array.isArray(json) ? json.length : 0),
    name: Math.max(
      most('name'),
      ...(isObject(json) ? Object.keys(json).map(({ length }) => length) : []),
    ),
  }
}

/** A resource some of whose texts, at any depth, are made much longer. */
const lengthened = fc
  .tuple(resources(userType), fc.infiniteStream(fc.constantFrom(0, 0, 0, 1, 2_000)))
  .map(([resource, stream]) => {
    const lengthen = (json: Json): Json => {
      if (typeof json === 'string')
        return json.padEnd(json.length + (stream.next().value ?? 0) * 10, '😀')
      if (Array.isArray(json)) return json.map(lengthen)
      if (!isObject(json)) return json
      return Object.fromEntries(
        Object.entries(json).map(([name, inner]) => [name, lengthen(inner)]),
      )
    }
    return lengthen(resource) as JsonObject
  })

describe('a resource', () => {
  it('that is taken has no text longer than any may be', () => {
    fc.assert(
      fc.property(lengthened, (resource) => {
        const problem = overlong(userType, undefined, resource)
        const { text, entries } = measure(resource)
        if (!problem) expect(text <= longest && entries <= maximumEntries).toBe(true)
        else
          expect(Number(problem.values['length'])).toBeGreaterThan(Number(problem.values['limit']))
      }),
      { numRuns: 500 },
    )
  })

  it('that is stored may keep all that is too long, whatever else changes', () => {
    fc.assert(
      fc.property(lengthened, resources(userType), (before, given) => {
        const title = { ...before, title: 'Boss', active: false }
        expect(overlong(userType, before, title)).toBeUndefined()
        const emails = [before['emails'], given['emails']].flatMap((list) => list ?? [])
        expect(overlong(userType, before, { ...before, emails })).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('that is stored gets no further text that is too long', () => {
    const long = 'x'.repeat(lengths.text + 1)
    fc.assert(
      fc.property(lengthened, (before) => {
        const after = { ...before, title: long }
        expect(overlong(userType, before, after)?.values['attribute']).toBe('title')
      }),
      { numRuns: 200 },
    )
  })
})

describe('every attribute that is kept', () => {
  const kept = ({ mutability }: Attribute) =>
    mutability === 'readWrite' || mutability === 'immutable'
  const holders = [userType, groupType].flatMap((type) => [
    ...coreAttributes(type).map((attribute) => ({ type, attribute, urn: undefined })),
    ...type.extensions.flatMap(({ id, attributes }) =>
      attributes.map((attribute) => ({ type, attribute, urn: id })),
    ),
  ])
  const texts = holders
    .filter(({ attribute }) => kept(attribute))
    .flatMap(({ type, attribute, urn }) =>
      [attribute, ...(attribute.subAttributes ?? [])]
        .filter((part) => kept(part) && lengthOf(part) !== undefined)
        .map((part) => ({ type, attribute, part, urn })),
    )

  it.each(texts)(
    'of text has a length, at which it is taken: $attribute.name $part.name',
    ({ type, attribute, part, urn }) => {
      const limit = lengthOf(part) ?? 0
      expect(limit).toBeGreaterThan(0)
      const resource = (length: number): JsonObject => {
        const text = 'x'.repeat(length)
        const value = part === attribute ? text : { [part.name]: text }
        const whole = { [attribute.name]: attribute.multiValued ? [value] : value }
        return urn === undefined ? whole : { [urn]: whole }
      }
      expect(overlong(type, undefined, resource(limit))).toBeUndefined()
      const problem = overlong(type, undefined, resource(limit + 1))
      expect(problem).toMatchObject({ code: 'textTooLong', values: { length: limit + 1, limit } })
      expect(String(problem?.values['attribute']).endsWith(part.name)).toBe(true)
    },
  )
})

it('characters are counted as code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(40), (text, most) => {
      expect(isLongerThan(text, most)).toBe(Array.from(text).length > most)
    }),
  )
})
