/** Shapes of a value, a path and a list that builders of patches write, and that mean the plain one. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/scim/json'
import { readPatch } from '../../../src/scim/patch/parse'
import { readResource } from '../../../src/scim/resource'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'
import { resources } from '../../support/arbitraries'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** Changes of a body, and the tolerances that it needed beside those of the plain one. */
function read(Operations: Json, plain: readonly string[] = []) {
  const reading = startReading(userType)
  const changes = readPatch(reading, { Operations })
  const more = [...reading.applied].filter((name) => !plain.includes(name)).sort()
  return { changes: changes.ok ? changes.value : changes.error.code, applied: more }
}

describe('an object', () => {
  const shapes = fc.constantFrom<readonly [(object: Json) => Json, readonly string[]]>(
    [(object) => [object], ['listOfOneAsValue']],
    [(object) => JSON.stringify(object), ['jsonInText']],
    [(object) => [JSON.stringify(object)], ['jsonInText', 'listOfOneAsValue']],
  )

  it('means the same in a list of one and as JSON text: without a path, and at a URN', () => {
    const where = fc.constantFrom({}, { path: enterprise }, { path: core })
    fc.assert(
      fc.property(resources(userType), shapes, where, (resource, [shape, names], path) => {
        const at = (value: Json) => [{ op: 'replace', ...path, value }]
        const plainReading = startReading(userType)
        const plain = readPatch(plainReading, { Operations: at(resource) })
        const applied: readonly string[] = [...plainReading.applied]
        const shaped = read(at(shape(resource)), applied)
        expect(shaped.changes).toEqual(plain.ok ? plain.value : plain.error.code)
        const isNothing = Object.keys(resource).length === 0
        if (!isNothing)
          expect(shaped.applied).toEqual(names.filter((one) => !applied.includes(one)))
      }),
    )
  })

  it('means the same as an extension in a resource', () => {
    for (const value of [[{ department: 'D' }], '{"department":"D"}', ['{"department":"D"}']]) {
      const reading = startReading(userType)
      expect(readResource(reading, { [enterprise]: value })).toEqual({
        ok: true,
        value: { [enterprise]: { department: 'D' } },
      })
    }
  })

  it.each([
    ['a list of two', [{ title: 'T' }, { title: 'U' }]],
    ['a list of no object', ['T']],
    ['text that holds no JSON', '{title}'],
    ['text that holds a list', '[{"title":"T"}]'],
    ['text in text', '"{}"'],
  ])('is not %s', (_, value) => {
    expect(read([{ op: 'replace', value }]).changes).toBe('wrongType')
    expect(read([{ op: 'replace', path: enterprise, value }]).changes).toBe('wrongType')
  })
})

describe('a colon behind a URN', () => {
  it.each([
    [`${enterprise}:`, { department: 'D' }, ['colonAfterUrn']],
    [`${core}:`, { title: 'T' }, ['colonAfterUrn']],
    ['urn:scim:schemas:core:1.0:', { title: 'T' }, ['colonAfterUrn', 'legacyUrn']],
  ])('is dropped: %s', (path, value, applied) => {
    for (const op of ['add', 'replace', 'remove']) {
      const plain = read([{ op, path: path.slice(0, -1), value }])
      expect(read([{ op, path, value }])).toEqual({ changes: plain.changes, applied })
    }
    expect(read([{ op: 'add', value: { [path]: value } }]).applied).toEqual(applied)
  })

  it.each([`${enterprise}::`, `${core.slice(0, -5)}:`, `${enterprise}:department:`])(
    'is not dropped from %s, which names nothing',
    (path) => {
      const { changes } = read([{ op: 'replace', path, value: { department: 'D' } }])
      expect(['invalidPath', 'reservedPath']).toContain(changes)
    },
  )
})

describe('one operation', () => {
  it('is a list of one', () => {
    const operation = { op: 'replace', path: 'active', value: false }
    const { changes } = read([operation])
    expect(read(operation)).toEqual({ changes, applied: ['loneValueAsList'] })
  })

  it('is no text and no number', () => {
    for (const operations of ['replace', 7, true]) {
      expect(read(operations).changes).toBe('invalidPatch')
    }
  })
})
