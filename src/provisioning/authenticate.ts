/** From the bearer token to the tenant: the only way in which a request gets one. */
import { createMiddleware } from 'hono/factory'
import { inDatabase } from '../database/placement'
import { refusedAs } from '../directory/refusal'
import { baseUrlOf } from '../http/path'
import { exceedsLimit, exceedsRefusalLimit, hasToWait } from '../http/rate-limit'
import { ok } from '../result'
import { scimError } from '../scim/error'
import { userType } from '../scim/user'
import type { Credential } from '../tokens/credential'
import {
  forgetLocally,
  hasExpired,
  recallCredential,
  refreshCredential,
  resolveCredential,
} from '../tokens/credential-cache'
import { noteRefusedCall } from '../tokens/refused-counts'
import { bearerToken, hashToken, isPlausibleToken } from '../tokens/secret'
import { isBrowserAtBase, replyBasePage } from './base-page'
import { afterResponse, type ScimContext, type ScimTypes } from './context'
import { countWritten, noteRefusal, noteUse, tellPassedOver } from './record'
import { replyError } from './reply'
import { recordShown } from './show'

/**
 * Every reason to refuse a token looks the same from outside: missing, mistyped, unknown, expired,
 * revoked, or of another tenant than the one in the address.
 */
export const authenticateTenant = createMiddleware<ScimTypes>(
  async function authenticateTenant(c, next) {
    const token = bearerToken(c.req.header('Authorization'))
    if (token === undefined) return refuse(c, 'missing')
    const hash = await hashToken(token)
    const recalled = recallCredential(hash)
    if (!recalled) {
      if (!isPlausibleToken(token)) return refuse(c, 'malformed')
      // What this isolate knows goes on: an address may be that of many customers' provider.
      if (hasToWait(c.req.header('CF-Connecting-IP'))) return tooMany(c)
    }
    const slug = c.req.param('tenant') ?? ''
    const found = recalled
      ? ok(recalled)
      : await resolveCredential(c.env, hash, slug, (work) => afterResponse(c, work))
    if (!found.ok) return replyError(c, refusedAs(found.error, userType))
    const credential = found.value
    const isValid = credential?.slug === slug && !hasExpired(credential)
    if (!isValid) return refuse(c, hash)
    const environment = inDatabase(c.env, credential.database)
    if (!environment) return replyError(c, scimError('unavailable'))
    c.env = environment
    if (await exceedsLimit(c.env.REQUESTS, `tenant ${credential.tenantId}`)) return tooMany(c)
    c.set('credential', credential)
    c.set('isConfirmed', false)
    c.set('baseUrl', baseUrlOf(c.req.raw, c.env, credential.slug))
    await next()
    if (!c.get('isConfirmed') && !(await isStillValid(c, credential))) {
      // Hono would keep the headers of the answer that is replaced.
      c.res = undefined
      c.res = unauthorized(c)
    }
    if (c.res.status === 401) {
      forgetLocally(hash)
      noteCall(c, hash)
    } else {
      noteUse(c, credential)
      noteRefusal(c, credential)
      tellPassedOver(c, credential)
      recordShown(c, c.get('credential'))
      await countWritten(c, c.get('credential'))
    }
    return undefined
  },
)

/** For answers that no batch was needed for, such as a refused body or an unknown address. */
async function isStillValid(c: ScimContext, credential: Credential): Promise<boolean> {
  const found = await refreshCredential(c.env, credential.hash, (work) => afterResponse(c, work))
  return !found.ok || found.value?.slug === credential.slug
}

function unauthorized(c: ScimContext): Response {
  return replyError(c, scimError('unauthorized'))
}

/** `kind` is the hash of the token, or what it lacks (`tokens/refused-counts.ts`). */
async function refuse(c: ScimContext, kind: string): Promise<Response> {
  const isTrying = await exceedsRefusalLimit(c.env.REFUSALS, c.req.header('CF-Connecting-IP'))
  if (isTrying) return tooMany(c)
  if (isBrowserAtBase(c)) return replyBasePage(c)
  noteCall(c, kind)
  return unauthorized(c)
}

function noteCall(c: ScimContext, kind: string): void {
  noteRefusedCall(c.env, c.req.param('tenant') ?? '', kind, (work) => afterResponse(c, work))
}

function tooMany(c: ScimContext): Response {
  return replyError(c, scimError('tooManyRequests'))
}
