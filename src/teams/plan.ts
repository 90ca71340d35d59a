/** Plans of changes of a team, made before the request waits for its turn. Pure. */
import { err, ok, type Result } from '../result'
import { applyChanges } from '../scim/patch/apply'
import type { ScimError } from '../scim/error'
import type { Json, JsonObject } from '../scim/json'
import { readPatch, type Change } from '../scim/patch/parse'
import { answersTeamPatch, messageUrns, noteSchemas, refusedTolerance } from '../scim/profile'
import { representTeam, type StoredTeam } from '../scim/representation'
import { readResource, type Resource } from '../scim/resource'
import { remarkStated } from '../scim/passed-over/stated'
import { startReading, type Reading } from '../scim/tolerance'
import { noMembershipChange, type MembershipChange } from '../memberships/store'
import { groupTypeOf, type TenantSettings } from '../tenants/settings'
import { memberIds, needsPresentMembers, planMembership, splitChanges } from './membership'

export interface TeamPlan {
  /** New attributes from those that the team has; undefined leaves them alone. */
  readonly change: ((before: StoredTeam) => Result<Resource, ScimError>) | undefined
  readonly needsMembers: boolean
  readonly membership: (team: StoredTeam | undefined) => MembershipChange
  /** False for an answer without the resource. */
  readonly hasBody: boolean
  readonly reading: Reading
}

/** Plans a PATCH (RFC 7644 section 3.5.2). Refused for a body that is wrong in itself. */
export function planPatch(settings: TenantSettings, body: JsonObject): Result<TeamPlan, ScimError> {
  const reading = startTeamReading(settings)
  noteSchemas(reading, body, messageUrns.patch)
  const read = readPatch(reading, body)
  if (!read.ok) return read
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  const { attributes, members } = splitChanges(read.value)
  return ok({
    change: attributes.length > 0 ? changeBy(reading, attributes) : undefined,
    needsMembers: needsPresentMembers(members),
    membership: (team) => planMembership(members, team?.members ?? []),
    hasBody: answersTeamPatch(reading),
    reading,
  })
}

function changeBy(reading: Reading, changes: readonly Change[]) {
  return function change(before: StoredTeam): Result<Resource, ScimError> {
    const shown = representTeam(before, '')
    const changed = applyChanges(reading, before.attributes, changes, shown)
    const refused = refusedTolerance(reading)
    return changed.ok && refused ? err(refused) : changed
  }
}

/** PUT: `members` that are not in the body stay as they are. */
export function planReplacement(
  settings: TenantSettings,
  body: JsonObject,
): Result<TeamPlan, ScimError> {
  const read = readTeam(settings, body)
  if (!read.ok) return read
  const { attributes, members, reading } = read.value
  return ok({
    change: (before) => {
      remarkStated(reading, representTeam(before, ''))
      return ok(attributes)
    },
    needsMembers: false,
    membership: () =>
      members === undefined
        ? noMembershipChange
        : { isReplacement: true, joins: memberIds(members), leaves: [] },
    hasBody: true,
    reading,
  })
}

export interface ReadTeam {
  readonly attributes: Resource
  /** Undefined when the body does not name the attribute, else a list. */
  readonly members: Json | undefined
  readonly reading: Reading
}

export function readTeam(settings: TenantSettings, body: JsonObject): Result<ReadTeam, ScimError> {
  const reading = startTeamReading(settings)
  noteSchemas(reading, body, reading.type.schema.id)
  const read = readResource(reading, body)
  if (!read.ok) return read
  const refused = refusedTolerance(reading)
  if (refused) return err(refused)
  const { members, ...attributes } = read.value
  const isMentioned = Object.entries(body).some(
    ([name, value]) => name.toLowerCase() === 'members' && value !== null,
  )
  return ok({ attributes, members: isMentioned ? (members ?? []) : undefined, reading })
}

function startTeamReading(settings: TenantSettings): Reading {
  return startReading(groupTypeOf(settings), settings.profile)
}
