/** Commands on one team, as its Durable Object runs them, one after the other. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { groupType } from '../scim/group'
import { isSame, type JsonObject } from '../scim/json'
import { shownMembers, type StoredTeam } from '../scim/representation'
import type { Resource } from '../scim/resource'
import type { SeenSchema } from '../scim/schema'
import { passedIn, type Passed } from '../scim/passed-over/notes'
import { remarkStated } from '../scim/passed-over/stated'
import { maximumComparisons } from '../scim/patch/budget'
import type { Reading } from '../scim/tolerance/reading'
import { holdsForVersion } from '../scim/version'
import type { Event } from '../events/append'
import { teamEvents } from '../guard/effects'
import type { Refusal } from '../database/batch'
import { guarded, mayHold } from '../guard/guarded-batch'
import { settleHeld } from '../guard/names/settle-held'
import { changesMembers, type MembershipChange } from '../memberships/store'
import { untilNotOvertaken } from '../directory/contention'
import { settle } from '../directory/observe'
import { refusedAs } from '../directory/refusal'
import { causeOf, timeLeft, type DirectoryRequest } from '../directory/request'
import { groupTypeOf } from '../tenants/settings'
import { findTeam, type FoundTeam, type TeamState, type WantedMembers } from './store'
import { eraseTeam, insertTeam, updateTeam, type TeamWrite } from './write'
import { hasNames, knownPeople, memberIds, namesTooLong, nobodyKnown } from './membership'
import { prepare, type Prepared } from './prepare'
import { readTeam, type TeamPlan } from './plan'
import { refuseJoining } from './full'

export interface TeamRequest extends DirectoryRequest {
  readonly teamId: string
  /** The base URL of the tenant, as the client reached it. */
  readonly baseUrl: string
  /**
   * Members that the caller wants to see: none, all, or (`few`) all of at most `inlineMemberLimit`.
   * `few` is for answers that may leave the resource out.
   */
  readonly members: 'none' | 'few' | 'all'
  /** True when an earlier call with the same operation may have been carried out. */
  readonly isRepeated: boolean
}

export interface TeamAnswer {
  readonly team: StoredTeam
  /** False for an answer without the resource. */
  readonly hasBody: boolean
  /** Ids that were to join and that nobody has: skipped. At most 5,000 of them are named. */
  readonly skipped: readonly string[]
  readonly skippedCount: number
  /** People who left because a PUT named no members. */
  readonly removed: number
  readonly passed: Passed
  /** What was observed with it, if anything new. */
  readonly observed?: readonly SeenSchema[] | undefined
}

/** A team of more members than this is not sent back after each PATCH. */
export const inlineMemberLimit = 100

/**
 * Creates a team with its members, in one batch. Refused with `teamNameTaken`, or `unknownMembers`
 * when no user has any of the ids.
 */
export async function createTeam(
  database: D1Database,
  request: TeamRequest,
  body: JsonObject,
): Promise<Result<TeamAnswer, ScimError>> {
  const read = readTeam(request.credential, body, request.rewritten)
  if (!read.ok) return read
  const prepared = prepare(request.credential, read.value.reading, undefined, read.value.attributes)
  if (!prepared.ok) return prepared
  const { attributes, documents, observed } = prepared.value
  remarkStated(read.value.reading, () => ({}))
  const joins = memberIds(read.value.members)
  const write = {
    ...base(request, read.value.reading),
    documents,
    observed,
    version: undefined,
    membership: { isReplacement: false, joins, leaves: [] },
    membersUpTo: membersUpTo(request),
    events: [createdEvent(request.teamId, attributes)],
  }
  const written = await insertTeam(database, request.credential, write)
  if (written.ok) {
    await settleHeld(database, request.credential, causeOf(request))
    const answer = answerOf(request, read.value.reading, written.value, true)
    return answer.ok ? ok({ ...answer.value, observed }) : answer
  }
  const { error } = written
  if (mayBeDone(request, error)) return err(scimError('interrupted'))
  if (error.kind === 'taken' && request.isRepeated) {
    return answerRepeated(database, request, read.value.reading, error)
  }
  return err(refusedAs(error, groupType, joins))
}

/**
 * The refusal of a request whose time was over before its turn came; undefined for one in time.
 * An earlier call of it may have been carried out.
 */
export function refuseExpired(request: TeamRequest): ScimError | undefined {
  if (timeLeft(request) > 0) return undefined
  return scimError(request.isRepeated ? 'interrupted' : 'unavailable')
}

/** A change that reads nothing first. Those that wait for the same team can share a batch. */
export function needsNoRead({ credential, ifMatch }: TeamRequest, plan: TeamPlan): boolean {
  return !plan.change && !plan.people && ifMatch === undefined && !credential.isFull
}

/**
 * Changes a team by a plan, anew while other writers come between: those outside its object (a user
 * who is deleted) can move the version between two calls. Refused with `resourceNotFound`,
 * `versionMismatch`, `teamNameTaken`, `unknownMembers`, or `unavailable` when they do not end.
 */
export async function changeTeam(
  database: D1Database,
  request: TeamRequest,
  plan: TeamPlan,
): Promise<Result<TeamAnswer, ScimError>> {
  const outcome = await untilNotOvertaken(request, () => changeOnce(database, request, plan))
  return outcome ?? err(scimError('unavailable'))
}

/** True for an answer with the team: the profile wants it, or the request says what to return. */
function hasBody({ members }: TeamRequest, plan: TeamPlan): boolean {
  return plan.hasBody || members !== 'few'
}

/** An answer without the team needs no members. */
function askedBy(request: TeamRequest, plan: TeamPlan): TeamRequest {
  return hasBody(request, plan) ? request : { ...request, members: 'none' }
}

/** Undefined when another writer was faster, and the change has to be made anew. */
async function changeOnce(
  database: D1Database,
  request: TeamRequest,
  plan: TeamPlan,
): Promise<Result<TeamAnswer, ScimError> | undefined> {
  if (needsNoRead(request, plan)) {
    const membership = plan.membership(nobodyKnown)
    if (!membership.ok) return membership
    return write(database, request, plan, { known: undefined, membership: membership.value })
  }
  const found = await readForChange(
    database,
    request,
    plan.people?.everybody
      ? { upTo: maximumComparisons, isByName: true, named: plan.people.named }
      : { upTo: membersUpTo(askedBy(request, plan)), named: plan.people?.named },
  )
  if (!found.ok) return found
  if (plan.people && !hasNames(plan.people, found.value)) return namesTooLong()
  const team = settle(groupTypeOf(request.credential), found.value.team)
  const before = team.attributes
  const changed = plan.change?.(team) ?? ok(before)
  if (!changed.ok) return changed
  const prepared = prepare(request.credential, plan.reading, before, changed.value)
  if (!prepared.ok) return prepared
  const planned = plan.membership(knownPeople(request.baseUrl, found.value))
  if (!planned.ok) return planned
  const membership = planned.value
  const isSameTeam = isSame(prepared.value.attributes, before)
  if (isSameTeam && !changesMembers(membership)) return answered(request, plan, found.value)
  const known = { before: team, after: isSameTeam ? undefined : prepared.value }
  const refused = await refuseJoining(database, request, membership.joins)
  if (refused) return err(refused)
  return write(database, request, plan, { known, membership })
}

interface PlannedWrite {
  /** The team as it was read, and its new attributes if they change. */
  readonly known: { readonly before: StoredTeam; readonly after: Prepared | undefined } | undefined
  readonly membership: MembershipChange
}

async function write(
  database: D1Database,
  request: TeamRequest,
  plan: TeamPlan,
  planned: PlannedWrite,
): Promise<Result<TeamAnswer, ScimError> | undefined> {
  const wanted = writeOf(request, plan, planned)
  let isHeld = false
  const written = await guarded((holdsLosses) => {
    isHeld = holdsLosses
    return updateTeam(database, request.credential, { ...wanted, holdsLosses })
  })
  if (written.ok) {
    if (wanted.documents) await settleHeld(database, request.credential, causeOf(request))
    const answer = answered(request, plan, written.value, isHeld)
    const removed = plan.isSilentOnMembers ? (planned.known?.before.memberCount ?? 0) : 0
    const observed = planned.known?.after?.observed
    return answer.ok ? ok({ ...answer.value, removed, observed }) : answer
  }
  return written.error.kind === 'version'
    ? undefined
    : err(refusedAs(written.error, groupType, planned.membership.joins))
}

/** The write of a planned change. */
export function writeOf(
  request: TeamRequest,
  plan: TeamPlan,
  { known, membership }: PlannedWrite,
): TeamWrite {
  const after = known?.after
  return {
    ...base(request, plan.reading),
    version: known?.before.version,
    documents: after?.documents,
    replaced: known && JSON.stringify(known.before.attributes),
    observed: after?.observed,
    events:
      known && after ? teamEvents(request.teamId, known.before.attributes, after.attributes) : [],
    membership,
    membersUpTo: membersUpTo(askedBy(request, plan)),
  }
}

/**
 * Deletes a team and its memberships, in one batch. Refused with `resourceNotFound` or
 * `versionMismatch`.
 */
export async function deleteTeam(
  database: D1Database,
  request: TeamRequest,
): Promise<Result<undefined, ScimError>> {
  let version: number | undefined
  if (request.ifMatch !== undefined) {
    const found = await readForChange(database, request, { upTo: 0 })
    const isGone = !found.ok && found.error.code === 'resourceNotFound'
    if (isGone && request.isRepeated) return ok(undefined)
    if (!found.ok) return found
    version = found.value.team.version
  }
  const deleted = await guarded((holdsLosses) =>
    eraseTeam(database, request.credential, { ...base(request), version, holdsLosses }),
  )
  if (deleted.ok) {
    await settleHeld(database, request.credential, causeOf(request))
    return ok(undefined)
  }
  const isDone = request.isRepeated && deleted.error.kind === 'target'
  return isDone ? ok(undefined) : err(refusedAs(deleted.error, groupType))
}

async function readForChange(
  database: D1Database,
  request: TeamRequest,
  members: WantedMembers,
): Promise<Result<FoundTeam, ScimError>> {
  const { credential, teamId, ifMatch, isRepeated, operation } = request
  const found = await findTeam(database, credential, teamId, members)
  if (!found.ok && mayBeDone(request, found.error)) return err(scimError('interrupted'))
  if (!found.ok) return err(refusedAs(found.error, groupType))
  const state = found.value
  if (!state) return err(scimError('resourceNotFound', { resourceType: groupType.name }))
  // A version that this request wrote before its answer was lost satisfies its own If-Match.
  const isOwn = isRepeated && state.operation === operation
  if (ifMatch !== undefined && !isOwn && !holdsForVersion(ifMatch, state.team.version)) {
    return err(scimError('versionMismatch'))
  }
  return ok(state)
}

/** True where an earlier call may have come through, and moved the revision that this one requires. */
function mayBeDone({ isRepeated }: TeamRequest, { kind }: Refusal): boolean {
  return isRepeated && kind === 'credential'
}

async function answerRepeated(
  database: D1Database,
  request: TeamRequest,
  reading: Reading,
  refusal: { readonly kind: 'taken'; readonly what: 'userName' | 'teamName' | 'slug' | 'id' },
): Promise<Result<TeamAnswer, ScimError>> {
  const { credential, teamId } = request
  const found = await findTeam(database, credential, teamId, {
    upTo: membersUpTo(request),
  })
  // The name may belong to this very team; without a read, a conflict would be a guess.
  if (!found.ok) return err(scimError('interrupted'))
  return found.value
    ? answerOf(request, reading, found.value, true)
    : err(refusedAs(refusal, groupType))
}

/** The answer to a planned change; `isHeld` when its events were held back as too great a loss. */
export function answered(
  request: TeamRequest,
  plan: TeamPlan,
  state: TeamState | undefined,
  isHeld = false,
): Result<TeamAnswer, ScimError> {
  return answerOf(request, plan.reading, state, hasBody(request, plan), isHeld)
}

function answerOf(
  request: TeamRequest,
  reading: Reading,
  state: TeamState | undefined,
  hasBody: boolean,
  isHeld = false,
): Result<TeamAnswer, ScimError> {
  if (!state) return err(scimError('resourceNotFound', { resourceType: groupType.name }))
  const { team, unknown, unknownCount, operation } = state
  // A write that changed nothing leaves the operation of the one before, and has no events.
  const isTold = operation === request.operation && !isHeld && !mayHold(request.credential)
  return ok({
    team,
    hasBody,
    skipped: unknown,
    skippedCount: unknownCount,
    removed: 0,
    passed: passedIn(reading, team.id, isTold),
  })
}

function membersUpTo({ members }: TeamRequest): number {
  switch (members) {
    case 'none':
      return 0
    case 'few':
      return inlineMemberLimit
    case 'all':
      return shownMembers
  }
}

function base(request: TeamRequest, reading?: Reading) {
  const { teamId, operation } = request
  return {
    teamId,
    operation,
    causes: [causeOf(request, reading, teamId)] as const,
    now: Date.now(),
    holdsLosses: false,
  }
}

function createdEvent(id: string, attributes: Resource): Event {
  return { type: 'team.created', resourceId: id, resource: { id, ...attributes }, changes: {} }
}
