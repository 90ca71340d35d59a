/**
 * Changes that wait for the same team, carried out together: one batch, each with its own answer.
 */
import { err, ok, type Result } from '../result'
import type { ScimError } from '../scim/error'
import { groupType } from '../scim/group'
import type { MembershipChange } from '../memberships/store'
import { refusedAs } from '../directory/refusal'
import { updateTeam } from './write'
import { answered, changeTeam, writeOf, type TeamAnswer, type TeamRequest } from './commands'
import type { TeamPlan } from './plan'

/** A change as the team's object keeps it in line. */
export interface PlannedChange {
  readonly request: TeamRequest
  readonly plan: TeamPlan
}

export type ChangeOutcome = Result<TeamAnswer, ScimError>

export const maximumGroup = 64

/** Their lists travel as one parameter, of which D1 takes 2 MB. */
const maximumPeople = 5_000

/** One set of statements, and what each change wants of it. */
type Group = (PlannedChange & { readonly membership: MembershipChange })[]

/** Carries out blind changes: those that can't touch each other as one, in the order of arrival. */
export async function commitGroup(
  database: D1Database,
  list: readonly PlannedChange[],
): Promise<readonly ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = []
  for (const group of groupsOf(list)) {
    const shared = group.length > 1 ? await changeGroup(database, group) : undefined
    if (shared) outcomes.push(...shared)
    else {
      for (const { request, plan } of group)
        outcomes.push(await changeTeam(database, request, plan))
    }
  }
  return outcomes
}

/** Neighbours of one token of which each adds or removes, and no two name the same person. */
function groupsOf(list: readonly PlannedChange[]): Group[] {
  const groups: Group[] = []
  let people = new Set<string>()
  for (const change of list) {
    const membership = change.plan.membership(undefined)
    const named = [...membership.joins, ...membership.leaves]
    const group = groups.at(-1)
    const [first] = group ?? []
    const canJoin =
      first !== undefined &&
      isPlain(first.membership) &&
      isPlain(membership) &&
      hasSameCredential(first.request, change.request) &&
      people.size + named.length <= maximumPeople &&
      named.every((id) => !people.has(id))
    if (!canJoin) people = new Set()
    if (group && canJoin) group.push({ ...change, membership })
    else groups.push([{ ...change, membership }])
    for (const id of named) people.add(id)
  }
  return groups
}

/** True for a change that only adds or only removes, so that a refusal concerns all of it. */
function isPlain({ isReplacement, joins, leaves }: MembershipChange): boolean {
  return !isReplacement && (joins.length === 0 || leaves.length === 0)
}

function hasSameCredential(left: TeamRequest, right: TeamRequest): boolean {
  return (
    left.credential.hash === right.credential.hash &&
    left.credential.revision === right.credential.revision
  )
}

/** Undefined when the batch was refused: then each change is to be done by itself. */
async function changeGroup(
  database: D1Database,
  group: Group,
): Promise<ChangeOutcome[] | undefined> {
  const writes = group.map(({ request, plan, membership }) =>
    writeOf(request, plan, { known: undefined, membership }),
  )
  const [first] = writes
  const [{ request } = {}] = group
  if (!first || !request) return []
  const [cause] = first.causes
  const write = {
    ...first,
    causes: [cause, ...writes.slice(1).flatMap(({ causes }) => causes)] as const,
    membership: unite(group.map(({ membership }) => membership)),
    membersUpTo: Math.max(...writes.map(({ membersUpTo }) => membersUpTo)),
  }
  const written = await updateTeam(database, request.credential, write)
  if (!written.ok) {
    // D1 that does not answer one batch is not asked for sixty.
    const isOut = written.error.kind === 'unavailable'
    return isOut ? group.map(() => err(refusedAs(written.error, groupType))) : undefined
  }
  const state = written.value
  const unknown = new Set(state?.unknown)
  return group.map((change) => {
    const { joins } = change.membership
    const skipped = joins.filter((id) => unknown.has(id))
    if (joins.length > 0 && skipped.length === joins.length) {
      return err(refusedAs({ kind: 'members' }, groupType, joins))
    }
    const outcome = answered(change.request, change.plan, state)
    return outcome.ok ? ok({ ...outcome.value, skipped }) : outcome
  })
}

function unite(list: readonly MembershipChange[]): MembershipChange {
  const numbered = list.flatMap(({ joins, leaves }, index) =>
    [...joins, ...leaves].map((id) => [id, index] as const),
  )
  return {
    isReplacement: false,
    joins: list.flatMap(({ joins }) => joins),
    leaves: list.flatMap(({ leaves }) => leaves),
    causeOf: new Map(numbered),
  }
}
