/** The token endpoint of each tenant, and the metadata that leads to it. */
import { locateTenant } from '../database/placement'
import { logFailure } from '../failure'
import { takeBody } from '../http/body'
import { encodingOf } from '../http/body-encoding'
import { issuerFor } from '../http/path'
import { exceedsLimit, hasToWait } from '../http/rate-limit'
import { networkOf } from '../http/network'
import type { RequestContext, RequestTypes } from '../http/request-context'
import { newApp } from '../http/router'
import { unavailableFor } from '../oauth/kept-keys'
import type { Server } from '../oauth/names'
import type { Proof } from '../oauth/proof'
import { signIn, type Access } from '../oauth/sign-in'
import { notKept, oauthError, replyOAuthError, type OAuthError } from './error'
import { replyMetadata, scope } from './metadata'
import { refuseClient, tooMany } from './refusals'
import { readTokenRequest } from './request'

const maximumBodyBytes = 64 * 1024

export const tokenEndpoint = newApp<RequestTypes>()
export const serverMetadata = newApp<RequestTypes>()

tokenEndpoint.post(
  '/:tenant/token',
  takeBody(maximumBodyBytes, {
    tooLarge: (c) =>
      replyOAuthError(
        c,
        oauthError('invalid_request', 'A token request has at most 64 KiB.', { status: 413 }),
      ),
    brokenOff: (c) =>
      replyOAuthError(c, oauthError('invalid_request', 'The request broke off before its end.')),
  }),
  (c) => postToken(c),
)
tokenEndpoint.all('/:tenant/token', (c) =>
  replyOAuthError(
    c,
    oauthError('invalid_request', 'Tokens are asked for by POST.', { status: 405 }),
  ),
)
tokenEndpoint.get('/:tenant/.well-known/openid-configuration', getMetadata)
tokenEndpoint.all('*', replyNowhere)
tokenEndpoint.onError(function answerFailure(error, c) {
  logFailure('Request failed', c.get('requestId'), error)
  return replyOAuthError(c, unavailable())
})

/** The well-known name stands before the path of the issuer (RFC 8414 section 3.1). */
serverMetadata.get('/:tenant', getMetadata)

function unavailable(retryAfter = unavailableFor): OAuthError {
  return oauthError(
    'temporarily_unavailable',
    'The request cannot be decided at the moment. Try again after Retry-After seconds.',
    { retryAfter },
  )
}

const form = /^application\/x-www-form-urlencoded\s*(;|$)/i

async function postToken(c: RequestContext): Promise<Response> {
  const slug = slugOf(c)
  const address = c.req.header('CF-Connecting-IP')
  if (hasToWait(address, slug) || (await isTooOften(c, slug, address))) {
    return replyOAuthError(c, tooMany)
  }
  if (!form.test(c.req.header('Content-Type') ?? '') || encodingOf(c) !== undefined) {
    const wanted = 'Send the parameters as application/x-www-form-urlencoded, not encoded.'
    return replyOAuthError(c, oauthError('invalid_request', wanted))
  }
  const request = readTokenRequest(
    new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer())),
    c.req.header('Authorization'),
    new URL(c.req.url).searchParams,
  )
  if (!request.ok) return replyOAuthError(c, request.error)
  const access = await exchange(c, slug, request.value)
  if ('error' in access) return replyOAuthError(c, access)
  const body = {
    access_token: access.token,
    token_type: 'Bearer',
    expires_in: access.life,
    // Whatever was asked for, this is given, and the answer says so (RFC 6749 section 3.3).
    scope,
  }
  return c.json(body, 200, notKept)
}

async function exchange(
  c: RequestContext,
  slug: string,
  proof: Proof,
): Promise<Access | OAuthError> {
  const home = await locateTenant(c.env, slug)
  if (!home.ok) return unavailable()
  c.env = home.value
  const signed = await signIn(c.env, proof, {
    slug,
    server: serverOf(c),
    address: c.req.header('CF-Connecting-IP') ?? null,
    agent: c.req.header('User-Agent')?.slice(0, 200) ?? null,
    later: (work) => c.executionCtx.waitUntil(work.catch(() => undefined)),
  })
  if (signed.ok) return signed.value
  if (signed.error.kind === 'unavailable') return unavailable(signed.error.retryAfter)
  return refuseClient(c, slug, proof.clientId, signed.error)
}

async function isTooOften(
  c: RequestContext,
  slug: string,
  address: string | undefined,
): Promise<boolean> {
  if (address === undefined) return false
  return exceedsLimit(c.env.EXCHANGES, `${slug} ${networkOf(address)}`)
}

/** Slugs of tenants, as the administration takes them. */
const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function getMetadata(c: RequestContext): Response {
  return slugPattern.test(slugOf(c)) ? replyMetadata(c, serverOf(c)) : replyNowhere(c)
}

function serverOf(c: RequestContext): Server {
  const issuer = issuerFor(c.req.url, slugOf(c))
  return { issuer, tokenUrl: `${issuer}/token` }
}

function slugOf(c: RequestContext): string {
  return c.req.param('tenant') ?? ''
}

function replyNowhere(c: RequestContext): Response {
  const nowhere = 'There is nothing at this address. Tokens are asked for at /oauth/{tenant}/token.'
  return replyOAuthError(c, oauthError('invalid_request', nowhere, { status: 404 }))
}
