/** The application API as OpenAPI, from its definitions. */
import type { Schema } from './schemas.ts'
import { describeRequest, jsonAnswer, reference, type Described } from './operations.ts'

const { applicationErrors } = await import('../../src/application/error.ts')
const {
  acknowledgementBody,
  eventsQuery,
  feedAcknowledgementBody,
  feedQuery,
  listQuery,
  usersQuery,
} = await import('../../src/application/query.ts')

type Code = keyof typeof applicationErrors

interface Operation extends Described {
  readonly answer: string
  /** Beside those that every operation can give. */
  readonly refusals: readonly Code[]
}

const lists: readonly Code[] = ['invalidQuery', 'invalidCursor', 'expiredCursor', 'otherLog']

const operations: readonly Operation[] = [
  {
    path: '/tenants',
    method: 'get',
    operationId: 'listTenants',
    summary: 'Tenants that the key opens, in the order of their slugs.',
    answer: 'TenantPage',
    query: listQuery,
    refusals: ['invalidQuery', 'invalidCursor'],
  },
  {
    path: '/events',
    method: 'get',
    operationId: 'listFeed',
    summary:
      'Events of all tenants behind a place, for a key of all tenants; waits for one if asked to.',
    answer: 'FeedPage',
    query: feedQuery,
    refusals: ['invalidQuery', 'invalidCursor', 'keyOfOneTenant', 'feedAhead'],
  },
  {
    path: '/events/ack',
    method: 'post',
    operationId: 'acknowledgeFeed',
    summary: 'Notes that everything of all tenants before a place was taken over.',
    answer: 'FeedAcknowledgement',
    body: feedAcknowledgementBody,
    refusals: [
      'invalidFeedAcknowledgement',
      'invalidCursor',
      'bodyBrokenOff',
      'bodyTooLarge',
      'scopeTooSmall',
      'keyOfOneTenant',
      'feedAhead',
    ],
  },
  {
    path: '/tenants/{tenant}/users',
    method: 'get',
    operationId: 'listUsers',
    summary: 'Users in the order of their ids, or those with a name, address or identifier.',
    answer: 'UserPage',
    query: usersQuery,
    refusals: lists,
  },
  {
    path: '/tenants/{tenant}/users/{id}',
    method: 'get',
    operationId: 'getUser',
    summary: 'One user.',
    answer: 'User',
    refusals: ['userNotFound'],
  },
  {
    path: '/tenants/{tenant}/teams',
    method: 'get',
    operationId: 'listTeams',
    summary: 'Teams in the order of their ids.',
    answer: 'TeamPage',
    query: listQuery,
    refusals: lists,
  },
  {
    path: '/tenants/{tenant}/teams/{id}',
    method: 'get',
    operationId: 'getTeam',
    summary: 'One team.',
    answer: 'Team',
    refusals: ['teamNotFound'],
  },
  {
    path: '/tenants/{tenant}/teams/{id}/members',
    method: 'get',
    operationId: 'listMembers',
    summary: 'The members of a team in the order of their ids.',
    answer: 'MemberPage',
    query: listQuery,
    refusals: [...lists, 'teamNotFound'],
  },
  {
    path: '/tenants/{tenant}/events',
    method: 'get',
    operationId: 'listEvents',
    summary: 'Events behind a number, in their order; waits for one if asked to.',
    answer: 'EventPage',
    query: eventsQuery,
    refusals: ['invalidQuery', 'logMissing', 'eventsGone', 'eventsAhead', 'otherLog'],
  },
  {
    path: '/tenants/{tenant}/events/ack',
    method: 'post',
    operationId: 'acknowledgeEvents',
    summary: 'Notes up to which event the application has taken over what happened.',
    answer: 'Acknowledgement',
    body: acknowledgementBody,
    refusals: [
      'invalidBody',
      'bodyBrokenOff',
      'bodyTooLarge',
      'scopeTooSmall',
      'acknowledgedTooFar',
      'otherLog',
    ],
  },
]

const always: readonly Code[] = [
  'invalidQuery',
  'unauthorized',
  'tooManyRequests',
  'internalError',
  'unavailable',
]

/** Paths below `/api/v1`. */
export function applicationPaths(): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const path = `/api/v1${operation.path}`
    paths[path] = { ...paths[path], [operation.method]: describe(operation) }
  }
  return paths
}

function describe(operation: Operation) {
  const ofTenant: Code[] = operation.path.includes('{tenant}') ? ['tenantNotFound'] : []
  return {
    ...describeRequest(operation, 'Application'),
    security: [{ key: [] }],
    responses: {
      200: jsonAnswer(operation.summary, reference(operation.answer)),
      ...problems([...always, ...ofTenant, ...operation.refusals]),
    },
  }
}

/** One response for each status, naming the codes that it stands for. */
function problems(codes: readonly Code[]) {
  const statuses = new Map<number, Code[]>()
  for (const code of new Set(codes)) {
    const { status } = applicationErrors[code]
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  return Object.fromEntries(
    Array.from(statuses, ([status, list]) => {
      const reasons = list.map((code) => `${code}: ${applicationErrors[code].reason}`).join(' ')
      return [status, jsonAnswer(reasons, reference('Problem'), 'application/problem+json')]
    }),
  )
}

/** The messages of webhooks: events, and what is said beside them. */
export function webhooks(): Record<string, Schema> {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: true,
    description,
    schema: { type: 'string' },
  })
  return {
    event: {
      post: {
        operationId: 'receiveEvent',
        summary: 'An event, signed as Standard Webhooks 1.0.0 has it.',
        tags: ['Webhooks'],
        security: [],
        parameters: [
          header('webhook-id', 'Identifier of the message, the same at every attempt.'),
          header('webhook-timestamp', 'Time of the attempt, in seconds since 1970.'),
          header('webhook-signature', '"v1," and the signature in base64; several with blanks.'),
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { anyOf: [reference('Event'), message] } } },
        },
        responses: {
          '2XX': { description: 'Taken: the next event is sent.' },
          '4XX': { description: 'Not taken: sent again later; after 410 never.' },
        },
      },
    },
  }
}

const message = {
  type: 'object',
  description: 'A gap in the log (log.gap) or a test (webhook.test).',
  required: ['type', 'id'],
  properties: {
    type: { type: 'string', enum: ['log.gap', 'webhook.test'] },
    id: { type: 'string' },
  },
}
