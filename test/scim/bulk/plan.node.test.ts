import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/scim/json'
import { planBulk } from '../../../src/scim/bulk/plan'

function planOf(Operations: JsonObject[]) {
  let count = 0
  const plan = planBulk({ Operations }, () => `id-${count++}`, {
    takesOtherCase: () => false,
    inexact: undefined,
  })
  if (!plan.ok) throw new Error(plan.error.code)
  return plan.value.operations
}

const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 })

const post = (bulkId: string, data: JsonObject = {}): JsonObject => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data,
})

describe('references of a bulk request', () => {
  it('find what they name, whatever characters that has', () => {
    fc.assert(
      fc.property(anyText, (bulkId) => {
        const reference = `bulkId:${bulkId}`
        const quoted = JSON.stringify(reference)
        const planned = planOf([
          {
            method: 'PATCH',
            path: `/Users/${reference}`,
            data: { Operations: [{ op: 'remove', path: `members[value eq ${quoted}]` }] },
          },
          { method: 'PUT', path: `/Groups/x`, data: { members: [{ value: reference }] } },
          post(bulkId),
        ])
        expect(planned.map(({ index }) => index)).toEqual([2, 0, 1])
        const [made, changed, team] = planned.map((one) => (one.ok ? one.value : undefined))
        expect(changed?.id).toBe(made?.id)
        expect(changed?.data).toEqual({
          Operations: [{ op: 'remove', path: `members[value eq "${made?.id}"]` }],
        })
        expect(team?.data).toEqual({ members: [{ value: made?.id }] })
      }),
    )
  })

  it('that are percent-encoded in an address name the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), (bulkId) => {
        const path = `/Users/bulkId:${encodeURIComponent(bulkId)}`
        const [made, changed] = planOf([post(bulkId), { method: 'DELETE', path }])
        expect(changed?.ok && changed.value.id).toBe(made?.ok && made.value.id)
      }),
    )
  })
})

describe('an operation of a bulk request', () => {
  it('names its parts in any case', () => {
    const data = { title: 'x' }
    const [change] = planOf([{ Method: 'patch', PATH: '/Users/17', Data: data, Version: 'W/"3"' }])
    expect(change).toMatchObject({ value: { method: 'PATCH', id: '17', data, version: 'W/"3"' } })
    const [made] = planOf([{ Method: 'POST', Path: '/Users', BulkID: 'a', Data: data }])
    expect(made).toMatchObject({ value: { method: 'POST', bulkId: 'a', data } })
  })

  it.each<JsonObject>([
    { method: 'PATCH', path: '/Users/17' },
    { method: 'PUT', path: '/Groups/17', data: null },
    { method: 'POST', path: '/Users', bulkId: 'a', content: {} },
    { method: 'PATCH', path: '/Users/17', data: {}, version: 3 },
  ])('that says nothing is not done: %j', (operation) => {
    expect(planOf([operation])).toMatchObject([{ ok: false, error: { code: 'invalidBulk' } }])
  })
})

/** An operation in short: who it is, whom it refers to, the name that it takes. */
interface Sketch {
  readonly bulkId: string
  readonly manager: string | undefined
  readonly userName: string
  readonly isDeletion: boolean
}

const sketches = fc.array(
  fc.record({
    bulkId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    manager: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: undefined }),
    userName: fc.constantFrom('n1', 'n2', 'n3', 'n4', 'n5', 'n6'),
    isDeletion: fc.boolean(),
  }),
  { maxLength: 12 },
)

function written({ bulkId, manager, userName, isDeletion }: Sketch): JsonObject {
  if (isDeletion) return { method: 'DELETE', path: `/Users/${userName}` }
  const boss = manager === undefined ? {} : { manager: { value: `bulkId:${manager}` } }
  return post(bulkId, { userName, ...boss })
}

describe('the order of a bulk request', () => {
  it('is that of the request where nothing refers to what comes later', () => {
    fc.assert(
      fc.property(sketches, (list) => {
        const seen = new Set<string>()
        const backward = list.map((sketch) => {
          const isKnown = sketch.manager !== undefined && seen.has(sketch.manager)
          if (!sketch.isDeletion) seen.add(sketch.bulkId)
          return written(isKnown ? sketch : { ...sketch, manager: undefined })
        })
        expect(planOf(backward).map(({ index }) => index)).toEqual(list.map((_, index) => index))
      }),
    )
  })

  it('has creators first, whatever names they share, but in a circle of references', () => {
    const taken = (bulkId: string, boss?: string) =>
      post(bulkId, { userName: 'taken', ...(boss ? { manager: { value: `bulkId:${boss}` } } : {}) })
    const ann = post('ann', { userName: 'ann', manager: { value: 'bulkId:boss' } })
    const order = planOf([ann, taken('first', 'ann'), taken('boss')])
    expect(order.map(({ index }) => index)).toEqual([2, 0, 1])
    fc.assert(
      fc.property(sketches, (list) => {
        const planned = planOf(list.map(written))
        const place = new Map(planned.map(({ index }, at) => [index, at]))
        const needs = new Map(planned.map((one) => [one.index, one.needs]))
        const isInCircle = (start: number): boolean => {
          const reached = new Set<number>()
          const open = [...(needs.get(start) ?? [])]
          for (let next = open.pop(); next !== undefined; next = open.pop()) {
            if (reached.has(next)) continue
            reached.add(next)
            open.push(...(needs.get(next) ?? []))
          }
          return reached.has(start)
        }
        for (const { index } of planned) {
          if (isInCircle(index)) continue
          for (const other of needs.get(index) ?? []) {
            expect(place.get(other)).toBeLessThan(place.get(index) ?? -1)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is found for a circle of a thousand operations, and for a team of them all', () => {
    const boss = (place: number) => ({ manager: { value: `bulkId:${(place + 1) % 999}` } })
    const circle = Array.from({ length: 999 }, (_, place) =>
      post(String(place), { userName: 'one', ...boss(place) }),
    )
    const members = circle.map((_, place) => ({ value: `bulkId:${place}` }))
    const team = { method: 'POST', path: '/Groups', bulkId: 'team', data: { members } }
    expect(planOf([team, ...circle])).toHaveLength(1_000)
  })

  it('has each operation once, creators first, and one name in the order of the request', () => {
    fc.assert(
      fc.property(sketches, (list) => {
        const planned = planOf(list.map(written))
        const order = planned.map(({ index }) => index)
        expect(order.toSorted((left, right) => left - right)).toEqual(list.map((_, index) => index))
        const place = new Map(order.map((index, at) => [index, at]))
        const at = (index: number) => place.get(index) ?? -1
        const before = (index: number): number[] => {
          const one = planned.find((other) => other.index === index)
          const twins = planned.flatMap((other) => {
            const isEarlier = other.index < index && other.ok && one?.ok
            return isEarlier && isTwin(list[other.index], list[index]) ? [other.index] : []
          })
          const needs = one?.needs ?? []
          return [...needs, ...twins]
        }
        const isInCircle = (start: number): boolean => {
          const reached = new Set<number>()
          const open = before(start)
          for (let next = open.pop(); next !== undefined; next = open.pop()) {
            if (reached.has(next)) continue
            reached.add(next)
            open.push(...before(next))
          }
          return reached.has(start)
        }
        order.forEach((index) => {
          if (isInCircle(index)) return
          for (const other of before(index)) expect(at(other)).toBeLessThan(at(index))
        })
      }),
    )
  })

  /** True for two of the same resource, or with the same name. */
  function isTwin(left: Sketch | undefined, right: Sketch | undefined): boolean {
    if (!left || !right) return false
    if (left.isDeletion || right.isDeletion) {
      return left.isDeletion && right.isDeletion && left.userName === right.userName
    }
    return left.userName === right.userName
  }

  it('puts a thousand operations that refer to each other in order without delay', () => {
    const chain = Array.from({ length: 1_000 }, (_, index) =>
      post(`${index}`, { userName: `n${index}`, manager: { value: `bulkId:${index + 1}` } }),
    )
    const planned = planOf([...chain.slice(0, -1), post('999')])
    expect(planned.map(({ index }) => index)).toEqual(chain.map((_, index) => 999 - index))
  })
})
