/**
 * `/Groups`, which the product calls teams. Reads go to D1, changes to the team's Durable Object
 * (RFC 7644 sections 3.3 to 3.6).
 */
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from '../scim/error'
import { groupType, members } from '../scim/group'
import type { JsonObject } from '../scim/json'
import { showsMembersInLists } from '../scim/profile'
import { includes, withoutUnless, type Projection } from '../scim/projection'
import {
  locationOf,
  representTeam,
  shownMembers,
  teamTag,
  type StoredTeam,
} from '../scim/representation'
import type { ResourceType } from '../scim/schema'
import { refusedAs } from '../directory/refusal'
import { groupTypeOf } from '../tenants/settings'
import { passedByTeam } from '../teams/passed'
import { findTeam, listTeams } from '../teams/store'
import type { TeamAnswer, TeamRequest } from '../teams/commands'
import { readBody } from './body'
import type { ScimContext } from './context'
import { idOf } from '../http/id'
import { isPossibleId } from '../scim/notation/id'
import type { Listing } from './list'
import { projectionQuery } from './messages'
import { notePassedOver } from './record'
import { headersOf, replyEmpty, replyResource } from './reply'
import { callTeam, teamRequest } from './team-call'
import { changing, handler } from './handler'
import { noteObserved, startShowing } from './show'

export const groupListing: Listing = {
  name: 'Group',
  type: typeOf,
  async find(c, page, projection) {
    const credential = c.get('credential')
    const shown = showsMembersInLists(credential.settings.profile)
      ? projection
      : withoutUnless(projection, members)
    const withMembers = wantsMembers(shown)
    const asked = { withMembers, baseUrl: c.get('baseUrl') }
    const list = await listTeams(c.env.DB, credential, page, asked)
    if (!list.ok) return err(refusedAs(list.error, groupType))
    const tooLarge = list.value.resources.find((team) => withMembers && !hasMembers(team))
    if (tooLarge && page.count > 0) return err(teamTooLarge(tooLarge))
    const show = presenter(c, shown)
    const resources = list.value.resources.map((team) => JSON.stringify(show(team)))
    return ok({ ...list.value, resources })
  },
}

export const getGroup = handler({
  read: (c) => ok(idOf(c)),
  async run(c, id) {
    const asked = projectionQuery(c, typeOf(c))
    if (!asked.ok) return asked
    const projection = asked.value
    const upTo = wantsMembers(projection) ? shownMembers : 0
    const state = await findTeam(c.env.DB, c.get('credential'), id, { upTo })
    if (!state.ok) return err(refusedAs(state.error, groupType))
    if (!state.value) return err(notFound())
    const { team } = state.value
    return upTo === 0 || hasMembers(team) ? ok({ team, projection }) : err(teamTooLarge(team))
  },
  reply: (c, { team, projection }) => replyWhole(c, 200, team, projection),
})

export const postGroup = commandOnTeam(
  201,
  () => crypto.randomUUID(),
  wholeOrNone,
  (team, request, body) => team.create(request, body),
)

export const putGroup = commandOnTeam(200, idOf, wholeOrNone, (team, request, body) =>
  team.replace(request, body),
)

export const patchGroup = commandOnTeam(
  200,
  idOf,
  // A request that names attributes gets them; other answers are kept small (RFC 7644 section
  // 3.5.2).
  (projection) => (projection.mode === 'default' ? 'few' : wholeOrNone(projection)),
  (team, request, body) => team.patch(request, body),
)

export const deleteGroup = changing({
  read: (c) => possibleId(idOf(c)),
  run: (c, id) => callTeam(c, teamRequest(c, id, 'none'), (team, request) => team.delete(request)),
  reply: (c) => replyEmpty(c),
})

type TeamObject = Parameters<Parameters<typeof callTeam<TeamAnswer>>[2]>[0]

/**
 * A route whose body goes to the team's object; `shown` says how much of the members comes back.
 */
function commandOnTeam(
  status: 200 | 201,
  teamId: (c: ScimContext) => string,
  shown: (projection: Projection) => TeamRequest['members'],
  command: (
    team: TeamObject,
    request: TeamRequest,
    body: JsonObject,
  ) => Promise<Result<TeamAnswer, ScimError>>,
) {
  return changing({
    async read(c) {
      const body = await readBody(c)
      if (!body.ok) return body
      const id = possibleId(teamId(c))
      return id.ok ? ok({ id: id.value, body: body.value }) : id
    },
    async run(c, { id, body }) {
      const asked = projectionQuery(c, typeOf(c))
      if (!asked.ok) return asked
      const projection = asked.value
      const request = teamRequest(c, id, shown(projection))
      const answer = await callTeam(c, request, (team, sent) => command(team, sent, body))
      return answer.ok ? ok({ ...answer.value, projection }) : answer
    },
    reply: (c, answer) => replyTeam(c, status, answer),
  })
}

function replyTeam(
  c: ScimContext,
  status: 200 | 201,
  answer: TeamAnswer & { readonly projection: Projection },
): Response {
  const { team, hasBody, projection, observed } = answer
  noteObserved(c, observed)
  notePassedOver(c, passedByTeam(answer))
  const isComplete = hasMembers(team) || !wantsMembers(projection)
  if (hasBody && isComplete) return replyWhole(c, status, team, projection)
  return replyEmpty(c, headersOf(addressOf(c, team)))
}

function addressOf(c: ScimContext, team: StoredTeam) {
  return { location: locationOf(groupType, team.id, c.get('baseUrl')), tag: teamTag(team) }
}

/** False for a team whose members were not read. */
function hasMembers(team: StoredTeam): boolean {
  return team.members !== undefined
}

/** No client is shown some of the members as if they were all. */
function teamTooLarge({ id, memberCount }: StoredTeam): ScimError {
  return scimError('teamTooLarge', { team: quote(id), count: memberCount, limit: shownMembers })
}

function wantsMembers(projection: Projection): boolean {
  return includes(projection, members)
}

function wholeOrNone(projection: Projection): TeamRequest['members'] {
  return wantsMembers(projection) ? 'all' : 'none'
}

/** An id that no object can have is not looked for. */
function possibleId(id: string): Result<string, ScimError> {
  return isPossibleId(id) ? ok(id) : err(notFound())
}

function replyWhole(
  c: ScimContext,
  status: 200 | 201,
  team: StoredTeam,
  projection: Projection,
): Response {
  return replyResource(c, status, {
    text: JSON.stringify(presenter(c, projection)(team)),
    ...addressOf(c, team),
  })
}

/** A function that shows a team; made once for all teams of a list. */
function presenter(c: ScimContext, projection: Projection): (team: StoredTeam) => JsonObject {
  return startShowing(c, typeOf, projection, representTeam)
}

function notFound(): ScimError {
  return scimError('resourceNotFound', { resourceType: groupType.name })
}

function typeOf(c: ScimContext): ResourceType {
  return groupTypeOf(c.get('credential'))
}
