/** The effect of a request on the members of a team, as sets. Pure. */
import { comparedBytes } from '../limits'
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from '../scim/error'
import { members } from '../scim/group'
import { isObject, type Json } from '../scim/json'
import { candidatesOf, idsOf } from '../scim/members/filter'
import type { Filter } from '../scim/filter/tree'
import { spend, startBudget } from '../scim/patch/budget'
import type { AttributeChange, Change } from '../scim/patch/parse'
import type { Reference } from '../scim/representation'
import type { MembershipChange } from '../memberships/store'
import type { FoundTeam } from './store'
import { memberTest } from './member-filter'

export interface TeamChanges {
  readonly attributes: readonly Change[]
  readonly members: readonly AttributeChange[]
}

/** Members are rows, everything else is in the document. */
export function splitChanges(changes: readonly Change[]): TeamChanges {
  const attributes: Change[] = []
  const ofMembers: AttributeChange[] = []
  for (const change of changes) {
    if (change.kind === 'attribute' && change.path.attribute === members) ofMembers.push(change)
    else attributes.push(change)
  }
  return { attributes, members: ofMembers }
}

/** Members that have to be read before a change can be planned. */
export interface PeopleToRead {
  /** True for every member of the team. */
  readonly everybody: boolean
  /** Ids of others, members or not. */
  readonly named: readonly string[]
}

/** Undefined when the changes say all by themselves: lists of ids that join, leave or are the team. */
export function peopleToRead(changes: readonly AttributeChange[]): PeopleToRead | undefined {
  const filtered = changes.flatMap(({ op, filter }) => {
    const isList = filter && op === 'remove' && idsOf(filter) !== undefined
    return filter && op !== 'add' && !isList ? [filter] : []
  })
  if (filtered.length === 0) return undefined
  const candidates = filtered.map(candidatesOf)
  const given = changes.flatMap(({ op, value }) => (op === 'remove' ? [] : memberIds(value)))
  return {
    everybody: candidates.includes(undefined),
    named: [...new Set([...given, ...candidates.flatMap((ids) => ids ?? [])])],
  }
}

/** People as they were read for a plan. */
export interface KnownPeople {
  /** The base URL of the tenant, as the client reached it. */
  readonly baseUrl: string
  /** Names by id, of all members or of those who were asked for. */
  readonly members: ReadonlyMap<string, string>
  /** Names by id, of users who were asked for and are no members. */
  readonly others: ReadonlyMap<string, string>
}

export const nobodyKnown: KnownPeople = { baseUrl: '', members: new Map(), others: new Map() }

/** People as they were read with the team. */
export function knownPeople(baseUrl: string, { team, people }: FoundTeam): KnownPeople {
  const names = (list: readonly Reference[]) =>
    list.map(({ id, display }) => [id, display ?? ''] as const)
  const inTeam = people.filter(({ isMember }) => isMember === 1)
  const others = people.filter(({ isMember }) => isMember !== 1)
  return {
    baseUrl,
    // Of those who were asked for, the name is known in its full length.
    members: new Map([...names(team.members ?? []), ...names(inTeam)]),
    others: new Map(names(others)),
  }
}

/** False for names that were left out, because they would have been more than a step may have in memory. */
export function hasNames({ everybody }: PeopleToRead, { team, people }: FoundTeam): boolean {
  const isWhole = !everybody || team.members !== undefined
  return isWhole && people.every(({ display }) => display !== null)
}

/** The refusal of filters that would compare more names than a step may have in memory. */
export function namesTooLong(): Result<never, ScimError> {
  const limit = `${comparedBytes / 1024 / 1024} MiB of ids and names of members`
  return err(scimError('patchTooCostly', { limit }))
}

/** The net effect of several operations, in their order (RFC 7644 section 3.5.2). */
export function planMembership(
  changes: readonly AttributeChange[],
  known: KnownPeople,
): Result<MembershipChange, ScimError> {
  const team = new PlannedTeam(known)
  const budget = startBudget()
  for (const change of changes) {
    const { op, filter, value } = change
    const given = memberIds(value)
    if (!filter) {
      const isWhole = op === 'replace' || (op === 'remove' && value === undefined)
      if (isWhole) team.empty()
      if (op === 'remove') team.takeOut(given)
      else team.takeIn(given)
      continue
    }
    if (op === 'add') {
      // What is added beside others is named by the value; a path can only say the same once more.
      if (!given.every((id) => idsOf(filter)?.includes(id))) return notOfFilter()
      team.takeIn(given)
      continue
    }
    const listed = op === 'remove' ? idsOf(filter) : undefined
    const candidates = listed ? [] : team.candidates(filter)
    const tooCostly = spend(budget, filter, candidates.length)
    if (tooCostly) return err(tooCostly)
    const meant = listed ?? team.matching(filter, candidates)
    if (op === 'remove' && value !== undefined) {
      // Who goes is named by the path and by the value; where they disagree somebody else is meant.
      const both = new Set(meant)
      if (!given.every((id) => both.has(id))) return notOfFilter()
      team.takeOut(given)
      continue
    }
    if (op === 'replace') {
      const problem = replacementProblem(team, meant, given)
      if (problem) return err(problem)
    }
    team.takeOut(meant)
    if (op === 'replace') team.takeIn(given)
  }
  return ok(team.change())
}

function notOfFilter(): Result<never, ScimError> {
  const expected = 'one of the members whom the path names'
  return err(scimError('wrongType', { attribute: 'members', expected }))
}

/**
 * Somebody takes the place of those who are meant (RFC 7644 section 3.5.2.3). Who is in already can't:
 * UnboundID's `JsonUtils.diff` says "E leaves" as "F in place of E, G in place of F, …", after which
 * everybody from E on would be out.
 */
function replacementProblem(
  team: PlannedTeam,
  meant: readonly string[],
  given: readonly string[],
): ScimError | undefined {
  const [first] = meant
  if (first === undefined) {
    return scimError('noTarget', { problem: 'No member of the team is matched by the path.' })
  }
  const present = given.find((id) => !meant.includes(id) && team.has(id))
  return present === undefined
    ? undefined
    : scimError('memberAlreadyIn', {
        member: quote(present),
        path: `members[value eq ${quote(first)}]`,
      })
}

/** The members of a team on the way through the operations of a request. */
class PlannedTeam {
  readonly #known: KnownPeople
  #isReplacement = false
  readonly #joins = new Set<string>()
  readonly #leaves = new Set<string>()

  constructor(known: KnownPeople) {
    this.#known = known
  }

  empty(): void {
    this.#isReplacement = true
    this.#joins.clear()
    this.#leaves.clear()
  }

  takeIn(ids: readonly string[]): void {
    for (const id of ids) {
      this.#joins.add(id)
      this.#leaves.delete(id)
    }
  }

  takeOut(ids: readonly string[]): void {
    for (const id of ids) {
      this.#joins.delete(id)
      this.#leaves.add(id)
    }
  }

  /** Joiners count as well, if there is such a user. */
  has(id: string): boolean {
    const { members, others } = this.#known
    if (this.#joins.has(id)) return members.has(id) || others.has(id)
    return !this.#isReplacement && members.has(id) && !this.#leaves.has(id)
  }

  /** Ids among which are all members, at this point of the request, that the filter can be about. */
  candidates(filter: Filter): readonly string[] {
    const ids = candidatesOf(filter) ?? [...this.#known.members.keys(), ...this.#joins]
    return [...new Set(ids)]
  }

  /** The members among candidates for whom the filter is true. */
  matching(filter: Filter, candidates: readonly string[]): string[] {
    const { baseUrl, members, others } = this.#known
    const isMeant = memberTest(filter, baseUrl)
    return candidates.filter((id) => {
      const display = members.get(id) ?? others.get(id) ?? ''
      return this.has(id) && isMeant({ id, display })
    })
  }

  change(): MembershipChange {
    const leaves = this.#isReplacement ? [] : [...this.#leaves]
    return { isReplacement: this.#isReplacement, joins: [...this.#joins], leaves }
  }
}

/** The ids in a list of members as it was read. */
export function memberIds(list: Json | undefined): string[] {
  const ids = new Set<string>()
  for (const member of Array.isArray(list) ? list : []) {
    const id = isObject(member) ? member['value'] : undefined
    if (typeof id === 'string') ids.add(shortened(id))
  }
  return [...ids]
}

/** Longer than the ids that the gateway makes: who is named so is nobody here. */
const maximumIdLength = 64

/** No id is this long; the limit bounds what is sent to D1. */
function shortened(id: string): string {
  return id.length > maximumIdLength ? id.slice(0, maximumIdLength) : id
}
