/**
 * `/Groups`, which the product calls teams. Reads go to D1, changes to the team's Durable Object
 * (RFC 7644 sections 3.3 to 3.6).
 */
import { withCredential } from './authenticate'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { groupSchema, groupType } from '../scim/group'
import type { JsonObject } from '../scim/json'
import { includes, projector, type Projection } from '../scim/projection'
import { locationOf, representTeam, teamTag, type StoredTeam } from '../scim/representation'
import type { ResourceType } from '../scim/schema'
import { refusedAs } from '../directory/refusal'
import { groupTypeOf } from '../tenants/settings'
import { findTeam, listTeams } from '../teams/store'
import type { TeamAnswer, TeamRequest } from '../teams/commands'
import { readBody } from './body'
import type { AppContext } from './context'
import { idOf, isPossibleId } from '../http/id'
import type { Listing } from './list'
import { projectionQuery } from './messages'
import { replyEmpty, replyError, replyResource } from './reply'
import { callTeam, teamRequest } from './team-call'

const all = Number.MAX_SAFE_INTEGER
const members = groupSchema.attributes.find((attribute) => attribute.name === 'members')

export const groupListing: Listing = {
  name: 'Group',
  type: typeOf,
  async find(c, page, projection) {
    const list = await listTeams(c.env.DB, c.get('credential'), page, wantsMembers(projection))
    if (!list.ok) return err(refusedAs(list.error, groupType))
    const show = presenter(c, projection)
    const resources = list.value.resources.map(show)
    return ok({ ...list.value, resources })
  },
}

export async function getGroup(c: AppContext): Promise<Response> {
  const projection = projectionQuery(c, typeOf(c))
  const membersUpTo = wantsMembers(projection) ? all : 0
  const found = await withCredential(c, async () => {
    const state = await findTeam(c.env.DB, c.get('credential'), idOf(c), membersUpTo)
    if (!state.ok) return err(refusedAs(state.error, groupType))
    return state.value ? ok(state.value.team) : err(notFound())
  })
  return found.ok ? answer(c, 200, found.value, projection) : replyError(c, found.error)
}

export async function postGroup(c: AppContext): Promise<Response> {
  const body = await readBody(c)
  if (!body.ok) return replyError(c, body.error)
  const projection = projectionQuery(c, typeOf(c))
  const teamId = crypto.randomUUID()
  const created = await withCredential(c, () =>
    callTeam(
      c,
      teamRequest(c, teamId, wantsMembers(projection) ? 'all' : 'none'),
      (team, request) => team.create(request, body.value),
    ),
  )
  return replyTeam(c, 201, created, projection)
}

export async function putGroup(c: AppContext): Promise<Response> {
  const projection = projectionQuery(c, typeOf(c))
  return changeGroup(
    c,
    projection,
    wantsMembers(projection) ? 'all' : 'none',
    (team, request, body) => team.replace(request, body),
  )
}

export async function patchGroup(c: AppContext): Promise<Response> {
  const projection = projectionQuery(c, typeOf(c))
  // Who says what to return gets it; else the answer is kept small (RFC 7644 section 3.5.2).
  const shown = projection.mode === 'default' ? 'few' : wantsMembers(projection) ? 'all' : 'none'
  return changeGroup(c, projection, shown, (team, request, body) => team.patch(request, body))
}

type TeamObject = Parameters<Parameters<typeof callTeam<TeamAnswer>>[2]>[0]

async function changeGroup(
  c: AppContext,
  projection: Projection,
  shown: TeamRequest['members'],
  command: (
    team: TeamObject,
    request: TeamRequest,
    body: JsonObject,
  ) => Promise<Result<TeamAnswer, ScimError>>,
): Promise<Response> {
  const body = await readBody(c)
  if (!body.ok) return replyError(c, body.error)
  const id = idOf(c)
  if (!isPossibleId(id)) return replyError(c, notFound())
  const changed = await withCredential(c, () =>
    callTeam(c, teamRequest(c, id, shown), (team, request) => command(team, request, body.value)),
  )
  return replyTeam(c, 200, changed, projection)
}

export async function deleteGroup(c: AppContext): Promise<Response> {
  const id = idOf(c)
  if (!isPossibleId(id)) return replyError(c, notFound())
  const deleted = await withCredential(c, () =>
    callTeam(c, teamRequest(c, id, 'none'), (team, request) => team.delete(request)),
  )
  return deleted.ok ? replyEmpty() : replyError(c, deleted.error)
}

function replyTeam(
  c: AppContext,
  status: 200 | 201,
  outcome: Result<TeamAnswer, ScimError>,
  projection: Projection,
): Response {
  if (!outcome.ok) return replyError(c, outcome.error)
  const { team, hasBody, skipped } = outcome.value
  if (skipped.length > 0) logSkipped(c, team.id, skipped)
  const isComplete = team.members !== undefined || projection.mode !== 'default'
  if (!hasBody || !isComplete) {
    return replyEmpty({
      ETag: teamTag(team),
      'Content-Location': locationOf(groupType, team.id, c.get('baseUrl')),
    })
  }
  return answer(c, status, team, projection)
}

/** Providers assign people before they provision them, and do not repeat what was refused. */
function logSkipped(c: AppContext, teamId: string, skipped: readonly string[]): void {
  console.log(
    JSON.stringify({
      message: 'Members that do not exist were skipped',
      requestId: c.get('requestId'),
      tenant: c.get('credential').slug,
      team: teamId,
      count: skipped.length,
      members: skipped.slice(0, 20),
    }),
  )
}

function wantsMembers(projection: Projection): boolean {
  return members !== undefined && includes(projection, members)
}

function answer(
  c: AppContext,
  status: 200 | 201,
  team: StoredTeam,
  projection: Projection,
): Response {
  return replyResource(c, status, {
    body: presenter(c, projection)(team),
    location: locationOf(groupType, team.id, c.get('baseUrl')),
    tag: teamTag(team),
  })
}

/** How teams are shown in an answer; made once for all of a list. */
function presenter(c: AppContext, projection: Projection): (team: StoredTeam) => JsonObject {
  const project = projector(typeOf(c), projection)
  const baseUrl = c.get('baseUrl')
  return (team) => project(representTeam(team, baseUrl))
}

function notFound(): ScimError {
  return scimError('resourceNotFound', { resourceType: groupType.name })
}

function typeOf(c: AppContext): ResourceType {
  return groupTypeOf(c.get('credential').settings)
}
