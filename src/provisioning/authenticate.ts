/** From the bearer token to the tenant: the only way in which a request gets one. */
import { createMiddleware } from 'hono/factory'
import { errorBody, scimError, statusOf, type ErrorCode, type ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { noteSchemas, refusedTolerance } from '../scim/profile'
import { startReading } from '../scim/tolerance'
import { userType } from '../scim/user'
import { recordRefusal } from '../activity/log'
import { recordUse, useInterval, type Credential } from '../tokens/credential'
import { inDatabase } from '../database/placement'
import { causeOf } from '../directory/request'
import { err, ok, type Result } from '../result'
import type { AppContext, AppTypes } from './context'
import { baseUrlOf, pathBelow } from '../http/path'
import { replyError } from './reply'
import { forgetLocally, refreshCredential, resolveCredential } from '../tokens/credential-cache'
import { exceedsRefusalLimit, exceedsLimit } from '../http/rate-limit'
import { bearerToken, hashToken, isPlausibleToken } from '../tokens/secret'
import { directoryRequest } from './request'

/** Requests of each token that its row in D1 does not count yet. */
const unwritten = new Map<string, { at: number; requests: number }>()

/**
 * Every reason to refuse a token looks the same from outside: missing, mistyped, unknown, expired,
 * revoked, or of another tenant than the one in the address.
 */
export const authenticateTenant = createMiddleware<AppTypes>(
  async function authenticateTenant(c, next) {
    const token = bearerToken(c.req.header('Authorization'))
    if (token === undefined || !isPlausibleToken(token)) return refuse(c)
    const hash = await hashToken(token)
    const slug = c.req.param('tenant') ?? ''
    const found = await resolveCredential(c.env, hash, slug, (work) => afterResponse(c, work))
    if (!found.ok) return replyError(c, scimError('unavailable'))
    const credential = found.value
    if (!credential || credential.slug !== slug) return refuse(c)
    const home = inDatabase(c.env, credential.database)
    if (!home) return replyError(c, scimError('unavailable'))
    c.env = home
    if (await exceedsLimit(c.env.REQUESTS, credential.tokenId)) return tooMany(c)
    c.set('credential', credential)
    c.set('isConfirmed', false)
    c.set('baseUrl', baseUrlOf(c.req.raw, c.env, credential.slug))
    await next()
    if (!c.get('isConfirmed') && !(await isStillValid(c, credential))) {
      // Hono would keep the headers of the answer that is replaced.
      c.res = undefined
      c.res = unauthorized(c)
    }
    if (c.res.status === 401) forgetLocally(hash)
    else {
      noteUse(c, credential)
      noteRefusal(c, credential)
    }
    return undefined
  },
)

/** Refusals that came from D1, in a batch that checked the token as well. */
const decidedByD1: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'resourceNotFound',
  'userNameTaken',
  'teamNameTaken',
  'unknownMembers',
  'versionMismatch',
])

/** Refusals that other settings would not give. */
const decidedBySettings: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unauthorized',
  'nameCharacters',
  'emailCapitals',
  'notTolerated',
  'invalidFilter',
  'invalidPath',
  'invalidQuery',
  'missingAttribute',
])

/**
 * Runs a command; when it was refused because of what a cache remembers, asks D1 who the token
 * belongs to now. Changed settings make it run again with them, a revoked token stays refused.
 */
export async function withCredential<T>(
  c: AppContext,
  command: () => Promise<Result<T, ScimError>>,
  tries = 3,
): Promise<Result<T, ScimError>> {
  const first = await command()
  if (first.ok || decidedByD1.has(first.error.code)) c.set('isConfirmed', true)
  if (first.ok || !decidedBySettings.has(first.error.code)) return first
  const before = c.get('credential')
  const found = await refreshCredential(c.env, before.hash, (work) => afterResponse(c, work))
  if (!found.ok) return err(scimError('unavailable'))
  if (found.value?.slug !== before.slug) return err(scimError('unauthorized'))
  c.set('isConfirmed', true)
  if (found.value.revision === before.revision && first.error.code !== 'unauthorized') return first
  c.set('credential', found.value)
  // They may change once more while it runs.
  return tries > 1 ? withCredential(c, command, tries - 1) : command()
}

/** Refuses a message that does not say what it is, where the profile wants it to. */
export async function checkMessage(
  c: AppContext,
  body: JsonObject,
  urn: string,
): Promise<Result<undefined, ScimError>> {
  const checked = await withCredential(c, () => {
    const reading = startReading(userType, c.get('credential').settings.profile)
    noteSchemas(reading, body, urn)
    const refused = refusedTolerance(reading)
    return Promise.resolve(refused ? err(refused) : ok(undefined))
  })
  // No batch of D1 was part of this.
  c.set('isConfirmed', false)
  return checked
}

/** For answers that no batch was needed for, such as a refused body or an unknown address. */
async function isStillValid(c: AppContext, credential: Credential): Promise<boolean> {
  const found = await refreshCredential(c.env, credential.hash, (work) => afterResponse(c, work))
  return !found.ok || found.value?.slug === credential.slug
}

function unauthorized(c: AppContext): Response {
  return replyError(c, scimError('unauthorized'))
}

async function refuse(c: AppContext): Promise<Response> {
  const isTrying = await exceedsRefusalLimit(c.env.REFUSALS, c.req.header('CF-Connecting-IP'))
  return isTrying ? tooMany(c) : unauthorized(c)
}

function tooMany(c: AppContext): Response {
  return replyError(c, scimError('tooManyRequests'))
}

function noteUse(c: AppContext, { tokenId }: Credential): void {
  const now = Date.now()
  const known = unwritten.get(tokenId) ?? { at: 0, requests: 0 }
  const requests = known.requests + 1
  if (now - known.at < useInterval) {
    unwritten.set(tokenId, { at: known.at, requests })
    return
  }
  unwritten.set(tokenId, { at: now, requests: 0 })
  const address = c.req.header('CF-Connecting-IP') ?? null
  const agent = c.req.header('User-Agent')?.slice(0, 200) ?? null
  afterResponse(c, recordUse(c.env.DB, { tokenId, requests, address, agent }))
}

/** Keeps a refused change for the log. What succeeded is told by its events. */
function noteRefusal(c: AppContext, credential: Credential): void {
  const [refused, subject] = [c.get('refused'), c.get('subject')]
  if (!refused || c.req.method === 'GET' || c.req.method === 'HEAD') return
  const { detail, code } = errorBody(refused)
  const record = {
    tenantId: credential.tenantId,
    method: c.req.method,
    path: pathBelow(c.req.path).slice(0, 200),
    status: statusOf(refused),
    code,
    detail: detail.slice(0, 1_000),
    subject: subject ?? null,
    cause: causeOf({ ...directoryRequest(c), credential }),
  }
  afterResponse(c, recordRefusal(c.env.DB, record))
}

function afterResponse(c: AppContext, work: Promise<unknown>): void {
  // What is done after the answer is worth doing, and not worth failing for.
  c.executionCtx.waitUntil(work.catch(() => undefined))
}
