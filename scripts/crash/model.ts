/**
 * A model of the part of a directory that one client has made, by names. Clients share the teams
 * `shared 0` to `shared 3`, and change only the memberships of their own people in them.
 */
import type { Contents } from '../../test/support/agreement.ts'

export interface Part {
  readonly users: Map<string, Person>
  /** The client's own people in each team: its own teams, and those that are shared. */
  readonly teams: Map<string, Set<string>>
}

interface Person {
  readonly title: string
  readonly isActive: boolean
}

export const sharedTeams = ['shared 0', 'shared 1', 'shared 2', 'shared 3']

export function newPart(): Part {
  return { users: new Map(), teams: new Map(sharedTeams.map((name) => [name, new Set()])) }
}

/** A change of a part; several for a Bulk request, of which any number may have been done. */
export type Step = (part: Part) => void

export const steps = {
  create:
    (name: string): Step =>
    (part) =>
      part.users.set(name, { title: '', isActive: true }),
  entitle:
    (name: string, title: string): Step =>
    (part) => {
      const person = part.users.get(name)
      if (person) part.users.set(name, { ...person, title })
    },
  replace:
    (name: string, title: string, isActive: boolean): Step =>
    (part) =>
      part.users.set(name, { title, isActive }),
  remove:
    (name: string): Step =>
    (part) => {
      part.users.delete(name)
      for (const members of part.teams.values()) members.delete(name)
    },
  found:
    (team: string, members: readonly string[]): Step =>
    (part) =>
      part.teams.set(team, new Set(members)),
  rename:
    (team: string, name: string): Step =>
    (part) => {
      part.teams.set(name, part.teams.get(team) ?? new Set())
      part.teams.delete(team)
    },
  compose:
    (team: string, name: string, members: readonly string[]): Step =>
    (part) => {
      part.teams.delete(team)
      part.teams.set(name, new Set(members))
    },
  dissolve:
    (team: string): Step =>
    (part) =>
      part.teams.delete(team),
  move:
    (team: string, joins: readonly string[], leaves: readonly string[]): Step =>
    (part) => {
      const members = part.teams.get(team)
      for (const name of joins) members?.add(name)
      for (const name of leaves) members?.delete(name)
    },
}

export function copy(part: Part): Part {
  return {
    users: new Map(part.users),
    teams: new Map(Array.from(part.teams, ([name, members]) => [name, new Set(members)])),
  }
}

/** The part of a client as the tables show it; names of its own begin with `{prefix}.`. */
export function partOf(contents: Contents, prefix: string): Part {
  const isOwn = (name: string) => name.startsWith(`${prefix}.`)
  const part = newPart()
  const names = new Map<string, string>()
  for (const { id, attributes } of contents.users) {
    const { userName, title = '', active } = JSON.parse(attributes)
    if (!isOwn(userName)) continue
    names.set(id, userName)
    part.users.set(userName, { title, isActive: active })
  }
  for (const { id, attributes } of contents.teams) {
    const { displayName } = JSON.parse(attributes)
    if (!isOwn(displayName) && !sharedTeams.includes(displayName)) continue
    const members = contents.memberships.filter(({ team_id }) => team_id === id)
    part.teams.set(displayName, new Set(members.flatMap(({ user_id }) => names.get(user_id) ?? [])))
  }
  return part
}

/** A part as text; equal parts have equal texts. */
export function textOf({ users, teams }: Part): string {
  const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) =>
    left < right ? -1 : 1
  return JSON.stringify({
    users: [...users].toSorted(byName),
    teams: Array.from(
      teams,
      ([name, members]) => [name, [...members].toSorted()] as const,
    ).toSorted(byName),
  })
}
