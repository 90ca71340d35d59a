/** Steps of provider and operator, at random. */
import * as fc from 'fast-check'

/** Few names, so that they are given away and taken again; some differ in their case alone. */
export const userNames = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay', 'Ann', 'gus', 'hal', 'BEN']
export const teamNames = ['Red', 'Blue', 'Green', 'red', 'Gold']

const who = fc.nat(12)
const some = fc.array(who, { maxLength: 5 })
const title = fc.constantFrom('Boss', 'Clerk', 'Chief')
const name = fc.nat(userNames.length - 1)
const teamName = fc.nat(teamNames.length - 1)
const mostlyActive = fc.constantFrom(true, true, true, false)

const kind = <K extends string>(one: K) => fc.constant(one)

export const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: kind('createUser'), name, active: mostlyActive }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('recreate'), who, active: mostlyActive }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('renameUser'), who, name }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('swapUsers'), who, other: who }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('softDelete'), who }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('return'), who }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('active'), who, value: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('title'), who, value: title }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('putUser'), who, active: fc.boolean(), title }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('deleteUser'), who }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('bulk'), whom: some, deletes: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('bulkRename'),
      list: fc.array(fc.record({ who, name, active: fc.boolean() }), { maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('createTeam'), name: teamName, whom: some }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('members'),
      team: who,
      whom: some,
      op: fc.constantFrom('add', 'remove', 'replace'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('renameTeam'), team: who, name: teamName }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('swapTeams'), team: who, other: who }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('putTeam'), team: who, name: teamName, whom: some }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('deleteTeam'), team: who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('release' as const, 'discard' as const, 'releaseDrift' as const),
      whom: some,
      teams: some,
      all: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('delay'), minutes: fc.constantFrom(0, 10) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('tellDue') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('takeBack'), which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('undo'), which: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('review'), value: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('protect'), whom: some, name }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('losses'), people: fc.constantFrom(0, 1_000) }),
  },
)

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
