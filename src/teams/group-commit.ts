/**
 * Changes that wait for the same team, carried out together: one batch, each with its own answer.
 */
import { groupPeople } from '../limits'
import { err, ok, type Result } from '../result'
import { logFailure } from '../failure'
import { scimError, type ScimError } from '../scim/error'
import { groupType } from '../scim/group'
import { noMembershipChange, type MembershipChange } from '../memberships/store'
import { refusedAs } from '../directory/refusal'
import { updateTeam } from './write'
import { nobodyKnown } from './membership'
import {
  answered,
  changeTeam,
  refuseExpired,
  writeOf,
  type TeamAnswer,
  type TeamRequest,
} from './commands'
import type { TeamPlan } from './plan'

/** A change as the team's object keeps it in line. */
export interface PlannedChange {
  readonly request: TeamRequest
  readonly plan: TeamPlan
  readonly membership: MembershipChange
}

export function plannedChange(request: TeamRequest, plan: TeamPlan): PlannedChange {
  const planned = plan.membership(nobodyKnown)
  // Refused when it is carried out, alone.
  return { request, plan, membership: planned.ok ? planned.value : noMembershipChange }
}

export type ChangeOutcome = Result<TeamAnswer, ScimError>

export const maximumGroup = 64

/**
 * Carries out blind changes: those that can't touch each other as one, in the order of arrival. A
 * failure belongs to the changes of its own batch; those before and after it have their answers.
 */
export async function commitGroup(
  database: D1Database,
  list: readonly PlannedChange[],
): Promise<readonly ChangeOutcome[]> {
  const outcomes: ChangeOutcome[] = []
  for (const group of groupsOf(list)) outcomes.push(...(await commitOne(database, group)))
  return outcomes
}

async function commitOne(
  database: D1Database,
  group: readonly PlannedChange[],
): Promise<ChangeOutcome[]> {
  const outcomes = new Map<PlannedChange, ChangeOutcome>()
  const together = group.filter(({ request }) => !refuseExpired(request))
  if (together.length > 1) {
    const shared = await attempt(together, () => changeGroup(database, together))
    together.forEach((change, index) => {
      const outcome = shared?.[index]
      if (outcome) outcomes.set(change, outcome)
    })
  }
  const done: ChangeOutcome[] = []
  for (const change of group)
    done.push(outcomes.get(change) ?? (await commitAlone(database, change)))
  return done
}

async function commitAlone(database: D1Database, change: PlannedChange): Promise<ChangeOutcome> {
  const { request, plan } = change
  const expired = refuseExpired(request)
  if (expired) return err(expired)
  const [outcome] = await attempt([change], async () => [await changeTeam(database, request, plan)])
  return outcome ?? err(scimError('unforeseen'))
}

/** The outcomes of a batch; `unforeseen` for each of its changes when it throws. */
async function attempt<T extends readonly ChangeOutcome[] | undefined>(
  group: readonly PlannedChange[],
  commit: () => Promise<T>,
): Promise<T | ChangeOutcome[]> {
  try {
    return await commit()
  } catch (error) {
    logFailure('A change of a team failed', group[0]?.request.requestId, error)
    return group.map(() => err(scimError('unforeseen')))
  }
}

/** Neighbours of one token of which each adds or removes, and no two name the same person. */
function groupsOf(list: readonly PlannedChange[]): PlannedChange[][] {
  const groups: PlannedChange[][] = []
  let people = new Set<string>()
  for (const change of list) {
    const { membership } = change
    const named = [...membership.joins, ...membership.leaves]
    const group = groups.at(-1)
    const [first] = group ?? []
    const canJoin =
      first !== undefined &&
      isPlain(first.membership) &&
      isPlain(membership) &&
      hasSameCredential(first.request, change.request) &&
      people.size + named.length <= groupPeople &&
      named.every((id) => !people.has(id))
    if (!canJoin) people = new Set()
    if (group && canJoin) group.push(change)
    else groups.push([change])
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
  group: readonly PlannedChange[],
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
  // Whoever has the least time left says until when D1 may begin.
  const until = Math.min(
    ...group.map((change) => change.request.credential.until ?? Number.MAX_SAFE_INTEGER),
  )
  const written = await updateTeam(database, { ...request.credential, until }, write)
  if (!written.ok) {
    // D1 that does not answer one batch is not asked for sixty; some may have more time than others.
    const isOut = written.error.kind === 'unavailable' && written.error.outage !== 'overdue'
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
    return outcome.ok ? ok({ ...outcome.value, skipped, skippedCount: skipped.length }) : outcome
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
