/** The live check: the first call of the identity provider, the wait for it, or where it stopped. */
import type { Child } from 'hono/jsx'
import { detectProvider, providerIn } from '../../scim/profile'
import type { TokenRecord } from '../../tokens/store'
import { tenantPath } from '../shell/context'
import { ago, Time } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { providerNames } from '../shell/values'
import { isLive } from '../../tokens/limited-credential'

/** Reads of the configuration with nothing behind them that are no coincidence any more. */
export const manyReads = 3

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
  const provider = detectProvider(
    tenant.settings.profile,
    agent,
    new Set(),
    providerIn(token.label),
  )
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
  /** What has arrived, and what was refused. */
  readonly children?: Child
}) {
  const { tenant, tokens, hasNewToken, now } = props
  const used = lastUsed(tokens)
  const at = used?.lastUsedAt ?? null
  const isReady = tenant.enabled && tokens.some((token) => isLive(token, now))
  const isStuck = isReady && used !== undefined && used.configReads >= manyReads
  const isWaiting = isReady && at === null && !hasNewToken
  return (
    <section
      class="card"
      aria-labelledby="check"
      {...(isWaiting ? { 'data-reload': interval } : {})}
    >
      <h2 id="check">Live check</h2>
      <p>
        <span
          class="light"
          data-state={isStuck ? 'warn' : at !== null ? 'good' : isReady ? 'warn' : 'idle'}
        ></span>
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
      {used && isStuck ? (
        <p>
          It has read the configuration {used.configReads} times, and asked for no people and no
          teams. Some programs that do not understand the configuration stop there without an error:
          look into the log of the identity provider, and whether anybody is assigned.
        </p>
      ) : null}
      {props.children}
    </section>
  )
}

function notReady(tenant: Tenant): string {
  return tenant.enabled
    ? 'No call can succeed yet: generate a token first.'
    : 'No call can succeed while provisioning is off.'
}
