/** Plans of changes of a team, made before the request waits for its turn. Pure. */
import { err, ok, type Result } from '../result'
import { applyChanges } from '../scim/patch/apply'
import type { ScimError } from '../scim/error'
import { seenIn } from '../scim/observed/observe'
import type { Json, JsonObject } from '../scim/json'
import { readPatch, type Change } from '../scim/patch/parse'
import { answersTeamPatch, notePatchSchemas, noteSchemas, refusedTolerance } from '../scim/profile'
import { representTeam, type StoredTeam } from '../scim/representation'
import { renameByPut } from '../scim/members/tolerance'
import { readResource, type Resource } from '../scim/resource'
import { remarkStated } from '../scim/passed-over/stated'
import { startReading, type Reading } from '../scim/tolerance/reading'
import { noMembershipChange, type MembershipChange } from '../memberships/store'
import { groupTypeOf, type Described, type TenantSettings } from '../tenants/settings'
import {
  memberIds,
  nobodyKnown,
  peopleToRead,
  planMembership,
  splitChanges,
  type KnownPeople,
  type PeopleToRead,
} from './membership'

export interface TeamPlan {
  /** New attributes from those that the team has; undefined leaves them alone. */
  readonly change: ((before: StoredTeam) => Result<Resource, ScimError>) | undefined
  /** People who have to be read for it; undefined for a plan that is made without a look. */
  readonly people: PeopleToRead | undefined
  readonly membership: (known: KnownPeople) => Result<MembershipChange, ScimError>
  /** True for a PUT that names no members, and so takes everybody out. */
  readonly isSilentOnMembers: boolean
  /** False for an answer without the resource. */
  readonly hasBody: boolean
  readonly reading: Reading
}

/** Plans a PATCH (RFC 7644 section 3.5.2). Refused for a body that is wrong in itself. */
export function planPatch(
  described: Described,
  body: JsonObject,
  rewritten?: ReadonlySet<number>,
): Result<TeamPlan, ScimError> {
  const reading = startTeamReading(described, rewritten)
  const read = readPatch(reading, body)
  if (!read.ok) return read
  notePatchSchemas(reading, body)
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  const { attributes, members } = splitChanges(read.value)
  const people = peopleToRead(members)
  const blind = people ? undefined : planMembership(members, nobodyKnown)
  if (blind && !blind.ok) return blind
  return ok({
    change: attributes.length > 0 ? changeBy(reading, body, attributes) : undefined,
    people,
    membership: (known) => blind ?? planMembership(members, known),
    isSilentOnMembers: false,
    hasBody: answersTeamPatch(reading),
    reading,
  })
}

function changeBy(reading: Reading, body: JsonObject, changes: readonly Change[]) {
  return function change(before: StoredTeam): Result<Resource, ScimError> {
    const shown = representTeam(before, '')
    // What a team holds that was never seen can be changed like all the rest.
    const type = seenIn(reading.type, before.attributes)
    const isKnown = type === reading.type
    reading.type = type
    const read = isKnown ? ok(changes) : readPatch(reading, body)
    if (!read.ok) return read
    const { attributes } = splitChanges(read.value)
    const changed = applyChanges(reading, before.attributes, attributes, shown)
    const refused = refusedTolerance(reading)
    return changed.ok && refused ? err(refused) : changed
  }
}

/** Plans a PUT (RFC 7644 section 3.5.1). Refused for a body that is wrong in itself. */
export function planReplacement(
  described: Described,
  body: JsonObject,
  rewritten?: ReadonlySet<number>,
): Result<TeamPlan, ScimError> {
  const { settings } = described
  const read = readTeam(described, body, rewritten)
  if (!read.ok) return read
  const { attributes, members, reading } = read.value
  const isSilent = members === undefined
  const isKept = isSilent && keepsMembers(reading, settings, body)
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  const change = isKept
    ? noMembershipChange
    : { isReplacement: true, joins: memberIds(members), leaves: [] }
  return ok({
    change: (before) => {
      remarkStated(reading, () => representTeam(before, ''))
      return ok(attributes)
    },
    people: undefined,
    membership: () => ok(change),
    isSilentOnMembers: isSilent && !isKept,
    hasBody: true,
    reading,
  })
}

/**
 * Whether a PUT that names no members leaves them in. With `schemas` it is the whole resource, and
 * says that nobody is in (RFC 7644 section 3.5.1): most clients have no other way to say it. Without
 * it, and with nothing but names of the team, it is a rename.
 */
function keepsMembers(reading: Reading, settings: TenantSettings, body: JsonObject): boolean {
  switch (settings.putWithoutMembers) {
    case 'keep':
      return true
    case 'empty':
      return false
    case 'body': {
      const isRename = renameByPut(body)
      if (isRename) reading.applied.add('renameByPut')
      return isRename
    }
  }
}

export interface ReadTeam {
  readonly attributes: Resource
  /** Undefined when the body does not name the attribute, else a list. */
  readonly members: Json | undefined
  readonly reading: Reading
}

export function readTeam(
  described: Described,
  body: JsonObject,
  rewritten?: ReadonlySet<number>,
): Result<ReadTeam, ScimError> {
  const reading = startTeamReading(described, rewritten)
  noteSchemas(reading, body, reading.type.schema.id)
  const read = readResource(reading, body)
  if (!read.ok) return read
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  const { members, ...attributes } = read.value
  return ok({ attributes, members, reading })
}

function startTeamReading(
  described: Described,
  rewritten: ReadonlySet<number> | undefined,
): Reading {
  return startReading(groupTypeOf(described), described.settings.profile, rewritten)
}
