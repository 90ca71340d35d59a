/** The order of new names: nobody gets one before it is free. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderRenamings, type Renaming } from '../../src/guard/names/order'

/** People with different names before and different names after, some of them unknown before. */
const renamings: fc.Arbitrary<Renaming[]> = fc
  .record({
    before: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]),
    after: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 8 }),
    unknown: fc.uniqueArray(fc.nat(7)),
  })
  .map(({ before, after, unknown }) =>
    before.map((name, index) => ({
      id: `id ${name}`,
      from: unknown.includes(name) ? null : `name ${name}`,
      to: `name ${after[index]}`,
    })),
  )

describe('new names', () => {
  it('are each free when they are given, and all given in the end', () => {
    fc.assert(
      fc.property(renamings, (list) => {
        const names = new Map(list.flatMap(({ id, from }) => (from === null ? [] : [[id, from]])))
        const steps = orderRenamings(list)
        for (const { id, isStandIn } of steps) {
          const one = list.find((renaming) => renaming.id === id)
          const name = isStandIn ? `former ${id}` : (one?.to ?? '')
          const owner = [...names].find(([, known]) => known === name)?.[0] ?? id
          expect(owner).toBe(id)
          names.set(id, name)
        }
        expect(names).toEqual(new Map(list.map(({ id, to }) => [id, to])))
        expect(steps.filter(({ isStandIn }) => !isStandIn)).toHaveLength(list.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('need a stand-in only in a circle, and one for each', () => {
    const steps = (...pairs: [string, string][]) =>
      orderRenamings(pairs.map(([from, to]) => ({ id: from, from, to })))
        .filter(({ isStandIn }) => isStandIn)
        .map(({ id }) => id)
    expect(steps(['a', 'b'], ['b', 'c'], ['c', 'd'])).toEqual([])
    expect(steps(['a', 'a'])).toEqual([])
    expect(steps(['a', 'b'], ['b', 'a'])).toHaveLength(1)
    expect(steps(['a', 'b'], ['b', 'c'], ['c', 'a'], ['d', 'e'], ['e', 'd'])).toHaveLength(2)
  })
})
