/**
 * Refused clients: slowed down, counted and noted in the audit. The length of the secrets prevents
 * guessing; this shows it, and keeps it from costing anything.
 */
import { refuseSlowly } from '../audit/refused'
import { BoundedMap } from '../bounded-map'
import { networkOf } from '../http/network'
import { exceedsRefusalLimit } from '../http/rate-limit'
import type { RequestContext } from '../http/request-context'
import type { SignInRefusal } from '../oauth/sign-in'
import { oauthError, type OAuthError } from './error'

/** Seconds of the windows of the limits in `wrangler.toml`. */
const window = 60

export const tooMany: OAuthError = oauthError(
  'temporarily_unavailable',
  'Too many requests came from this network. Try again after Retry-After seconds.',
  { status: 429, retryAfter: window },
)

type InvalidClient = Extract<SignInRefusal, { readonly kind: 'invalidClient' }>

/** The error of a refused client, half a second later. */
export async function refuseClient(
  c: RequestContext,
  slug: string,
  clientId: string,
  refusal: InvalidClient,
): Promise<OAuthError> {
  const address = c.req.header('CF-Connecting-IP')
  const isTrying =
    isCounted(`${slug} ${clientId} ${address ?? ''}`) &&
    (await exceedsRefusalLimit(c.env.REFUSALS, address, slug))
  await refuseSlowly(c.env.DB, {
    tenant: refusal.client?.tenantId ?? 0,
    network: address === undefined ? undefined : networkOf(address),
    requestId: c.get('requestId'),
    action: 'client.refused',
    subject: refusal.client?.id ?? slug.slice(0, 63),
    after: { reason: refusal.reason },
  })
  return isTrying ? tooMany : oauthError('invalid_client', refusal.reason)
}

const maximumRemembered = 10_000

/** The second in which a refusal of each client was counted last. */
const counted = new BoundedMap<string, number>(maximumRemembered)

/** A library asks twice when Basic is refused, once more with the secret in the form: that is one. */
function isCounted(key: string): boolean {
  const second = Math.floor(Date.now() / 1000)
  if (counted.get(key) === second) return false
  counted.set(key, second)
  return true
}
