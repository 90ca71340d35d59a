/** The application API over HTTP, below `/api`. */
import { takeBody } from '../http/body'
import { faultOfMembers } from '../http/json-members'
import { exceedsLimit, exceedsRefusalLimit, hasToWait } from '../http/rate-limit'
import { bearerToken, hashToken, isPlausibleKey } from '../tokens/secret'
import type { RequestContext, RequestTypes } from '../http/request-context'
import { logFailure } from '../failure'
import { idOf } from '../http/id'
import { err, ok, type Result } from '../result'
import type { Databases } from '../database/placement'
import {
  findSharedKey,
  limitOf,
  noteKeyUse,
  rememberOwner,
  type Reader,
  type ReaderState,
} from './reader'
import { acknowledgeFeed } from './all/acknowledge'
import { pullFeed } from './all/feed'
import type { AllAccess } from './all/reader'
import { readTenants } from './all/tenants'
import { applicationError, type ApplicationError } from './error'
import { acknowledgeEvents, pullEvents } from './events'
import { readInTenantDatabase } from './tenant-database'
import {
  readMembers,
  readTeam,
  readTeams,
  readUser,
  readUsers,
  type Access,
  type Answer,
} from './read'
import { noQuery, readQuery } from './query'
import { refusedAs } from './refusal'
import { replyJson, replyProblem, replyTagged } from './reply'
import { newApp } from '../http/router'

type Handler = (c: RequestContext) => Promise<Response>

/** A place in the feed has up to 8,000 characters. */
const maximumBodyBytes = 10 * 1024

/** Every address, with its methods; those of one tenant stand below it. */
const routes: Routes = [
  ['/v1/tenants', { GET: ofAll(replyTagged, (access, c) => readTenants(access, addressOf(c))) }],
  [
    '/v1/events',
    { GET: ofAll(replyJson, (access, c) => pullFeed(access, addressOf(c), c.req.raw.signal)) },
  ],
  [
    '/v1/events/ack',
    {
      POST: ofAll(replyJson, async (access, c) => {
        const query = readQuery(noQuery, addressOf(c))
        return query.ok ? acknowledgeFeed(access, await bodyOf(c)) : query
      }),
    },
  ],
  ...ofTenant([
    ['/users', { GET: tagged((access, c) => readUsers(access, addressOf(c))) }],
    ['/users/:id', { GET: tagged(withoutQuery((access, c) => readUser(access, idOf(c)))) }],
    ['/teams', { GET: tagged((access, c) => readTeams(access, addressOf(c))) }],
    ['/teams/:id', { GET: tagged(withoutQuery((access, c) => readTeam(access, idOf(c)))) }],
    [
      '/teams/:id/members',
      { GET: tagged((access, c) => readMembers(access, idOf(c), addressOf(c))) },
    ],
    ['/events', { GET: plain((access, c) => pullEvents(access, addressOf(c), c.req.raw.signal)) }],
    [
      '/events/ack',
      {
        POST: plain(withoutQuery(async (access, c) => acknowledgeEvents(access, await bodyOf(c)))),
      },
    ],
  ]),
]

export const application = newApp<RequestTypes>()

application.use(
  takeBody(maximumBodyBytes, {
    tooLarge: (c) => replyProblem(c as RequestContext, applicationError('bodyTooLarge')),
    brokenOff: (c) => replyProblem(c as RequestContext, applicationError('bodyBrokenOff')),
  }),
)

for (const [whole, methods] of routes) {
  for (const [method, handler] of Object.entries(methods)) application.on(method, whole, handler)
  const names = Object.keys(methods)
  const allowed = (names.includes('GET') ? [...names, 'HEAD'] : names).join(', ')
  application.all(whole, (c) =>
    replyProblem(c, applicationError('methodNotAllowed'), { Allow: allowed }),
  )
}

application.all('*', (c) => replyProblem(c, applicationError('routeNotFound')))

application.onError(function answerFailure(error, c) {
  logFailure('Request failed', c.get('requestId'), error)
  return replyProblem(c, applicationError('internalError'))
})

function addressOf(c: RequestContext): URL {
  return new URL(c.req.url)
}

type Routes = readonly (readonly [string, Readonly<Record<string, Handler>>])[]

function ofTenant(routes: Routes): Routes {
  return routes.map(([path, methods]) => [`/v1/tenants/:tenant${path}`, methods])
}

type Read<T> = (access: Access, c: RequestContext) => Promise<Answer<T>>

/** A read without parameters in the address. */
function withoutQuery<T>(read: Read<T>): Read<T> {
  return async function readWithoutQuery(access, c) {
    const query = readQuery(noQuery, addressOf(c))
    return query.ok ? read(access, c) : query
  }
}

function tagged<T>(read: Read<T>): Handler {
  return async function answerTagged(c) {
    const answer = await asReader(c, read)
    return answer.ok ? replyTagged(c, answer.value) : replyProblem(c, answer.error)
  }
}

function plain<T>(read: Read<T>): Handler {
  return async function answerPlain(c) {
    const answer = await asReader(c, read)
    return answer.ok ? replyJson(c, answer.value) : replyProblem(c, answer.error)
  }
}

/**
 * The key is checked by D1 in the batch that reads: nothing about it is remembered here. For a
 * tenant in another database, the main one is asked for a key of all tenants when the tenant has no
 * such key.
 */
async function asReader<T>(c: RequestContext, read: Read<T>): Promise<Result<T, ApplicationError>> {
  const admitted = await admit(c)
  if (!admitted.ok) return admitted
  const hash = admitted.value
  const slug = c.req.param('tenant') ?? ''
  let note: (() => Promise<void>) | undefined
  const readIn = ({ DB }: Databases, reader: Reader, keysIn: D1Database) => {
    const onRead = (state: ReaderState) => {
      note = () => noteKeyUse(keysIn, state)
      rememberOwner(hash, state)
    }
    const confirm = reader.kind === 'key' ? undefined : () => findSharedKey(keysIn, hash)
    return read({ database: DB, reader, onRead, ...(confirm ? { confirm } : {}) }, c)
  }
  const answer = await readInTenantDatabase(c.env, slug, async (home) => {
    const own = await readIn(home, { kind: 'key', slug, hash }, home.DB)
    if (!home.mainDatabase || own.ok || own.error.code !== 'unauthorized') return own
    const found = await findSharedKey(home.mainDatabase, hash)
    if (!found.ok) return err(refusedAs(found.error))
    return found.value
      ? readIn(home, { kind: 'binding', slug, key: found.value }, home.mainDatabase)
      : own
  })
  if (!answer.ok && answer.error.code === 'unauthorized') return refused(c)
  // Worth doing, and not worth failing for.
  if (note) c.executionCtx.waitUntil(note().catch(() => undefined))
  return answer
}

/** The hash of the key, of one who has not asked too often. */
async function admit(c: RequestContext): Promise<Result<string, ApplicationError>> {
  const key = bearerToken(c.req.header('Authorization'))
  if (key === undefined || !isPlausibleKey(key)) return refused(c)
  if (hasToWait(c.req.header('CF-Connecting-IP'))) return err(applicationError('tooManyRequests'))
  const hash = await hashToken(key)
  if (await exceedsLimit(c.env.REQUESTS, limitOf(hash)))
    return err(applicationError('tooManyRequests'))
  return ok(hash)
}

/** A call that is about all tenants. */
function ofAll<T>(
  reply: (c: RequestContext, value: T) => Response | Promise<Response>,
  read: (access: AllAccess<Databases>, c: RequestContext) => Promise<Answer<T>>,
): Handler {
  return async function answerAll(c) {
    const admitted = await admit(c)
    if (!admitted.ok) return replyProblem(c, admitted.error)
    const notes = new Map<string, () => Promise<void>>()
    const answer = await read(
      {
        environment: c.env,
        reader: { kind: 'key', hash: admitted.value },
        onRead: (use, keysIn) => notes.set(use.keyId ?? '', () => noteKeyUse(keysIn, use)),
      },
      c,
    )
    for (const note of notes.values()) c.executionCtx.waitUntil(note().catch(() => undefined))
    if (answer.ok) return reply(c, answer.value)
    const isUnknown = answer.error.code === 'unauthorized'
    return replyProblem(c, isUnknown ? await refusalOf(c) : answer.error)
  }
}

async function refused(c: RequestContext): Promise<Result<never, ApplicationError>> {
  return err(await refusalOf(c))
}

async function refusalOf(c: RequestContext): Promise<ApplicationError> {
  const isTrying = await exceedsRefusalLimit(c.env.REFUSALS, c.req.header('CF-Connecting-IP'))
  return applicationError(isTrying ? 'tooManyRequests' : 'unauthorized')
}

async function bodyOf(c: RequestContext): Promise<unknown> {
  const text = await c.req.text()
  try {
    const body: unknown = JSON.parse(text)
    return faultOfMembers(text) ? undefined : body
  } catch {
    return undefined
  }
}
