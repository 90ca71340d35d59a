/** From the bearer token to the tenant: the only way in which a request gets one. */
import { createMiddleware } from 'hono/factory'
import { scimError, type ScimError } from '../scim/error'
import { recordUse, type Credential } from '../store/credentials'
import type { Result } from '../result'
import type { AppContext, AppTypes } from '../http/context'
import { baseUrlOf } from '../http/path'
import { replyError } from '../http/reply'
import { forgetLocally, refreshCredential, resolveCredential } from './cache'
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
    if (token === undefined || !isPlausibleToken(token)) return unauthorized(c)
    const hash = await hashToken(token)
    const found = await resolveCredential(c.env, hash, (work) => later(c, work))
    if (!found.ok) return replyError(c, scimError('unavailable'))
    const credential = found.value
    if (!credential || credential.slug !== c.req.param('tenant')) return unauthorized(c)
    c.set('credential', credential)
    c.set('baseUrl', baseUrlOf(c.req.raw, c.env))
    await next()
    if (c.res.status === 401) forgetLocally(hash)
    else noteUse(c, credential)
    return undefined
  },
)

/**
 * Runs a command; when D1 refuses the remembered credential, asks who the token belongs to now.
 * Changed settings make the command run again with them, a revoked token stays refused.
 */
export async function withCredential<T>(
  c: AppContext,
  command: () => Promise<Result<T, ScimError>>,
): Promise<Result<T, ScimError>> {
  const first = await command()
  if (first.ok || first.error.code !== 'unauthorized') return first
  const before = c.var.credential
  const found = await refreshCredential(c.env, before.hash, (work) => later(c, work))
  if (!found.ok || !found.value || found.value.slug !== before.slug) return first
  c.set('credential', found.value)
  return command()
}

function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
}

function unauthorized(c: AppContext): Response {
  return replyError(c, scimError('unauthorized'))
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
