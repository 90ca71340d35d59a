/** Which changes of a release that was decided before are told. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { PendingChange } from '../../src/guard/changes'
import { chosenOf } from '../../src/guard/review/planned'

const common = {
  state: 'held',
  userName: null,
  teamName: null,
  isProtected: false,
  isNameUnusable: false,
  weight: 0,
  at: 0,
  version: 1,
  directoryVersion: 1,
  tellAt: null,
} as const

type Reason = PendingChange['reason']

/** A person by a name that the application sees, who has another one; null for nobody, or gone. */
function renamed(userId: string, from: string | null, to: string | null, reason: Reason) {
  const named = (userName: string | null) => (userName === null ? null : { userName })
  const names = { released: named(from), directory: named(to) }
  return { ...common, kind: 'user', change: null, teamId: '', userId, reason, ...names } as const
}

function membership(teamId: string, userId: string, change: 'add' | 'remove', reason: Reason) {
  const none = { released: null, directory: null }
  return { ...common, kind: 'member', change, teamId, userId, reason, ...none } as const
}

const placeOf = ({ teamId, userId }: PendingChange) => `${teamId}.${userId}`

/** What must wait, one after the other, until nothing more must: the rules as they are said. */
function toldSlowly(changes: readonly PendingChange[], chosen: ReadonlySet<string>): string[] {
  const isFree = (one: PendingChange) => one.reason === 'together' || one.kind === 'member'
  let told = changes.filter((one) => isFree(one) || chosen.has(placeOf(one)))
  const find = (list: readonly PendingChange[], place: string) =>
    list.find((one) => placeOf(one) === place)
  for (;;) {
    const isOut = (place: string) => find(changes, place) && !find(told, place)
    const isGoing = (place: string) => find(told, place)?.directory === null
    const next = told.filter((one) => {
      if (one.kind === 'member') {
        const isLate = one.change === 'add' && isOut(`.${one.userId}`)
        return !isLate && (chosen.has(placeOf(one)) || isGoing(`.${one.userId}`))
      }
      const holder = changes.find(
        (other) =>
          other.kind === 'user' &&
          other.released?.['userName'] === (one.directory?.['userName'] ?? ''),
      )
      const isTaken = holder && holder.userId !== one.userId && isOut(placeOf(holder))
      const isKept = changes.some(
        (other) =>
          other.kind === 'member' &&
          other.change === 'remove' &&
          other.userId === one.userId &&
          isOut(placeOf(other)),
      )
      return !isTaken && !(one.directory === null && isKept)
    })
    if (next.length === told.length) return told.map(placeOf)
    told = next
  }
}

const ids = ['a', 'b', 'c', 'd', 'e']
const reason = fc.constantFrom<Reason>('losses', 'together')

it('are those that need nothing that is not told', () => {
  const people = fc
    .shuffledSubarray(ids, { minLength: 5 })
    .chain((to) =>
      fc.tuple(
        ...ids.map((id, index) =>
          fc
            .record({ reason, isGone: fc.boolean(), isKnown: fc.boolean() })
            .map(({ reason: why, isGone, isKnown }) =>
              renamed(id, isKnown || isGone ? id : null, isGone ? null : (to[index] ?? null), why),
            ),
        ),
      ),
    )
  const members = fc.uniqueArray(
    fc
      .record({
        team: fc.constantFrom('x', 'y'),
        who: fc.constantFrom(...ids),
        change: fc.constantFrom('add' as const, 'remove' as const),
        reason,
      })
      .map(({ team, who, change, reason: why }) => membership(team, who, change, why)),
    { selector: placeOf, maxLength: 6 },
  )
  const places = fc.subarray([...ids.map((id) => `.${id}`), ...ids.map((id) => `x.${id}`)])
  fc.assert(
    fc.property(people, members, places, (persons, list, picked) => {
      const changes: PendingChange[] = [...persons, ...list]
      const chosen = new Set(picked)
      const told = chosenOf(changes, (one) => chosen.has(placeOf(one)))
      expect(told.map(placeOf)).toEqual(toldSlowly(changes, chosen))
    }),
    { numRuns: 500 },
  )
})

it.each(['forwards', 'backwards'])(
  'are found by a few looks at each, in a chain of 3,000 names %s',
  (direction) => {
    const count = 3_000
    let looks = 0
    const chain = Array.from({ length: count }, (_, index): PendingChange => {
      const { directory, ...rest } = renamed(
        `p${index}`,
        `name${index}`,
        `name${index + 1}`,
        index === count - 1 ? 'losses' : 'together',
      )
      return Object.defineProperty({ ...rest } as unknown as PendingChange, 'directory', {
        get: () => ((looks += 1), directory),
      })
    })
    const changes = direction === 'forwards' ? chain : chain.toReversed()
    expect(chosenOf(changes, () => false)).toEqual([])
    expect(looks).toBeLessThan(10 * count)
  },
)
