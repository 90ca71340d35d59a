/** The live check: the first call of the identity provider, or the wait for it. */
import { detectProvider } from '../../scim/profile'
import type { TokenRecord } from '../../tokens/store'
import { tenantPath } from '../shell/context'
import { ago, Time } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { providerNames } from '../shell/values'
import { isLive } from '../../tokens/limited-credential'

/** Seconds between two reloads of the page. */
const interval = 5

/** The token that was used last. */
export function lastUsed(tokens: readonly TokenRecord[]): TokenRecord | undefined {
  return tokens
    .filter(({ lastUsedAt }) => lastUsedAt !== null)
    .toSorted((left, right) => (right.lastUsedAt ?? 0) - (left.lastUsedAt ?? 0))[0]
}

/** The provider that used a token, by what it called itself. */
export function callerOf(tenant: Tenant, token: TokenRecord): string {
  const agent = token.lastAgent ?? undefined
  const provider = detectProvider(tenant.settings.profile, agent, new Set())
  return provider ? providerNames[provider] : 'The identity provider'
}

/**
 * The state of the first call. While it is awaited the script reloads the page, unless its reader
 * has begun to use it; the page of a new token is not reloaded, because the token would be lost.
 */
export function LiveCheck(props: {
  readonly tenant: Tenant
  readonly tokens: readonly TokenRecord[]
  readonly hasNewToken: boolean
  readonly now: number
}) {
  const { tenant, tokens, hasNewToken, now } = props
  const used = lastUsed(tokens)
  const at = used?.lastUsedAt ?? null
  const isReady = tenant.enabled && tokens.some((token) => isLive(token, now))
  const isWaiting = isReady && at === null && !hasNewToken
  return (
    <section
      class="card"
      aria-labelledby="check"
      {...(isWaiting ? { 'data-reload': interval } : {})}
    >
      <h2 id="check">Live check</h2>
      <p>
        <span class="light" data-state={at !== null ? 'good' : isReady ? 'warn' : 'idle'}></span>
        {used && at !== null ? (
          <>
            {callerOf(tenant, used)} connected {ago(at, now)}{' '}
            <span class="hint">
              (<Time at={at} />)
            </span>
          </>
        ) : isReady ? (
          'Waiting for the first call …'
        ) : (
          notReady(tenant)
        )}
        {hasNewToken ? null : (
          <>
            {' · '}
            <a href={tenantPath(tenant, '/connection#check')}>Check again</a>
          </>
        )}
      </p>
    </section>
  )
}

function notReady(tenant: Tenant): string {
  return tenant.enabled
    ? 'No call can succeed yet: generate a token first.'
    : 'No call can succeed while provisioning is off.'
}
