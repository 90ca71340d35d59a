/**
 * Writes `docs/openapi.json` from the definitions of the application API; with `--check` says
 * whether it is current.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import * as z from 'zod'
import { root } from './root.ts'

// The sources name each other without endings, as their bundler wants it.
registerHooks({
  resolve: (specifier, context, next) =>
    next(/^\.\.?\/(?!.*\.[jt]s$)/.test(specifier) ? `${specifier}.ts` : specifier, context),
})

// Registers the shapes of all answers.
await import('../src/application/answers.ts')
const { applicationErrors } = await import('../src/application/error.ts')
const { acknowledgementBody, eventsQuery, listQuery } = await import('../src/application/query.ts')

type Code = keyof typeof applicationErrors
type Schema = Readonly<Record<string, unknown>>

interface Operation {
  readonly path: string
  readonly method: 'get' | 'post'
  readonly summary: string
  readonly answer: string
  readonly query?: z.core.$ZodType
  readonly body?: z.core.$ZodType
  /** Beside those that every operation can give. */
  readonly refusals: readonly Code[]
}

const lists: readonly Code[] = ['invalidQuery', 'invalidCursor', 'expiredCursor']

const operations: readonly Operation[] = [
  {
    path: '/users',
    method: 'get',
    summary: 'Users in the order of their ids.',
    answer: 'UserPage',
    query: listQuery,
    refusals: lists,
  },
  {
    path: '/users/{id}',
    method: 'get',
    summary: 'One user.',
    answer: 'User',
    refusals: ['userNotFound'],
  },
  {
    path: '/teams',
    method: 'get',
    summary: 'Teams in the order of their ids.',
    answer: 'TeamPage',
    query: listQuery,
    refusals: lists,
  },
  {
    path: '/teams/{id}',
    method: 'get',
    summary: 'One team.',
    answer: 'Team',
    refusals: ['teamNotFound'],
  },
  {
    path: '/teams/{id}/members',
    method: 'get',
    summary: 'The members of a team in the order of their ids.',
    answer: 'MemberPage',
    query: listQuery,
    refusals: [...lists, 'teamNotFound'],
  },
  {
    path: '/events',
    method: 'get',
    summary: 'Events behind a number, in their order; waits for one if asked to.',
    answer: 'EventPage',
    query: eventsQuery,
    refusals: ['invalidQuery', 'eventsGone', 'eventsAhead'],
  },
  {
    path: '/events/ack',
    method: 'post',
    summary: 'Notes up to which event the application has taken over what happened.',
    answer: 'Acknowledgement',
    body: acknowledgementBody,
    refusals: ['invalidBody', 'bodyTooLarge', 'scopeTooSmall', 'acknowledgedTooFar'],
  },
]

const always: readonly Code[] = [
  'unauthorized',
  'tenantNotFound',
  'tooManyRequests',
  'internalError',
  'unavailable',
]

const file = join(root, 'docs', 'openapi.json')
const wanted = `${JSON.stringify(describe(), null, 2)}\n`

if (process.argv.includes('--check')) {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present !== wanted) {
    console.error('docs/openapi.json is not what src/application says. Run: npm run openapi')
    process.exit(1)
  }
} else await writeFile(file, wanted)

function describe() {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const path = `/api/v1/tenants/{tenant}${operation.path}`
    paths[path] = { ...paths[path], [operation.method]: describeOperation(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollcall: the application API',
      version: '1',
      description:
        'What the application reads of a tenant. Read the number of the last event first, then the ' +
        'lists, and then every event behind the number. Generated: npm run openapi.',
    },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key of the tenant or of all tenants.',
        },
      },
      schemas: schemas(),
    },
  }
}

function describeOperation({ summary, answer, query, body, path, refusals }: Operation) {
  const names = ['tenant', ...(path.includes('{id}') ? ['id'] : [])]
  const inPath = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  return {
    summary,
    parameters: [...inPath, ...(query ? parameters(query) : [])],
    ...(body
      ? {
          requestBody: { required: true, content: { 'application/json': { schema: plain(body) } } },
        }
      : {}),
    responses: {
      200: {
        description: summary,
        content: { 'application/json': { schema: reference(answer) } },
      },
      ...problems([...always, ...refusals]),
    },
  }
}

/** One response for each status, naming the codes that it stands for. */
function problems(codes: readonly Code[]) {
  const statuses = new Map<number, Code[]>()
  for (const code of codes) {
    const { status } = applicationErrors[code]
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  return Object.fromEntries(
    Array.from(statuses, ([status, list]) => [
      status,
      {
        description: list.map((code) => `${code}: ${applicationErrors[code].reason}`).join(' '),
        content: { 'application/problem+json': { schema: reference('Problem') } },
      },
    ]),
  )
}

function parameters(query: z.core.$ZodType) {
  const { properties = {} } = plain(query) as { properties?: Record<string, Schema> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

function plain(shape: z.core.$ZodType): Schema {
  return bare(z.toJSONSchema(shape))
}

function schemas(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    uri: (id) => `#/components/schemas/${id}`,
  })
  return Object.fromEntries(
    Object.entries(schemas)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([id, schema]) => [id, bare(schema)]),
  )
}

/** Without what only a schema in a file of its own needs. */
function bare(schema: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'),
  )
}

function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}
