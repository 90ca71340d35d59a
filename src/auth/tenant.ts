/** From the bearer token to the tenant: the only way in which a request gets one. */
import { createMiddleware } from 'hono/factory'
import { scimError, type ErrorCode, type ScimError } from '../scim/error'
import { recordUse, type Credential } from '../store/credentials'
import { err, type Result } from '../result'
import type { AppContext, AppTypes } from '../http/context'
import { baseUrlOf } from '../http/path'
import { replyError } from '../http/reply'
import { forgetLocally, refreshCredential, resolveCredential } from './cache'
import { networkOf } from './network'
import { hashToken, isPlausibleToken } from './token'

/** A token's use is written down at most this often by one isolate. */
const useInterval = 60_000
const lastWritten = new Map<string, number>()

/**
 * Every reason to refuse a token looks the same from outside: missing, mistyped, unknown, expired,
 * revoked, or of another tenant than the one in the address.
 */
export const authenticateTenant = createMiddleware<AppTypes>(
  async function authenticateTenant(c, next) {
    const token = bearerToken(c.req.header('Authorization'))
    if (token === undefined || !isPlausibleToken(token)) return refuse(c)
    const hash = await hashToken(token)
    const found = await resolveCredential(c.env, hash, (work) => later(c, work))
    if (!found.ok) return replyError(c, scimError('unavailable'))
    const credential = found.value
    if (!credential || credential.slug !== c.req.param('tenant')) return refuse(c)
    if (await isOver(c.env.REQUESTS, credential.tokenId)) return tooMany(c)
    c.set('credential', credential)
    c.set('isConfirmed', false)
    c.set('baseUrl', baseUrlOf(c.req.raw, c.env))
    await next()
    if (!c.var.isConfirmed && !(await isStillValid(c, credential))) {
      // Hono would keep the headers of the answer that is replaced.
      c.res = undefined
      c.res = unauthorized(c)
    }
    if (c.res.status === 401) forgetLocally(hash)
    else noteUse(c, credential)
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
): Promise<Result<T, ScimError>> {
  const first = await command()
  if (first.ok || decidedByD1.has(first.error.code)) c.set('isConfirmed', true)
  if (first.ok || !decidedBySettings.has(first.error.code)) return first
  const before = c.var.credential
  const found = await refreshCredential(c.env, before.hash, (work) => later(c, work))
  if (!found.ok) return err(scimError('unavailable'))
  if (found.value?.slug !== before.slug) return err(scimError('unauthorized'))
  c.set('isConfirmed', true)
  if (found.value.revision === before.revision && first.error.code !== 'unauthorized') return first
  c.set('credential', found.value)
  return command()
}

/** For answers that no batch was needed for, such as a refused body or an unknown address. */
async function isStillValid(c: AppContext, credential: Credential): Promise<boolean> {
  const found = await refreshCredential(c.env, credential.hash, (work) => later(c, work))
  return !found.ok || found.value?.slug === credential.slug
}

function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
}

function unauthorized(c: AppContext): Response {
  return replyError(c, scimError('unauthorized'))
}

/** Who tries tokens is slowed down; who is told apart by nothing, as on this machine, is not. */
async function refuse(c: AppContext): Promise<Response> {
  const address = c.req.header('CF-Connecting-IP')
  const isLimited = address !== undefined && (await isOver(c.env.REFUSALS, networkOf(address)))
  return isLimited ? tooMany(c) : unauthorized(c)
}

async function isOver(limit: RateLimit | undefined, key: string): Promise<boolean> {
  return limit !== undefined && !(await limit.limit({ key })).success
}

function tooMany(c: AppContext): Response {
  return replyError(c, scimError('tooManyRequests'))
}

function noteUse(c: AppContext, credential: Credential): void {
  const now = Date.now()
  if (now - (lastWritten.get(credential.tokenId) ?? 0) < useInterval) return
  lastWritten.set(credential.tokenId, now)
  later(c, recordUse(c.env.DB, credential.tokenId))
}

function later(c: AppContext, work: Promise<unknown>): void {
  // What is done after the answer is worth doing, and not worth failing for.
  c.executionCtx.waitUntil(work.catch(() => undefined))
}
