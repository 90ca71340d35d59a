/** The live check: the first call of the identity provider, the wait for it, or where it stopped. */
import type { Child } from 'hono/jsx'
import { tenantPath } from '../shell/context'
import { Ago, Time } from '../shell/time'
import type { Tenant } from '../../tenants/tenant'
import { callerOf } from '../guide/caller'
import { hasLiveCredential, type Progress } from '../guide/progress'

/** Reads of the configuration with nothing behind them that are no coincidence any more. */
export const manyReads = 3

/** Seconds between two reloads of the page. */
const interval = 5

/**
 * The state of the first call. While it is awaited the script reloads the page, unless its reader
 * has begun to use it; the page of a new token is not reloaded, because the token would be lost.
 */
export function LiveCheck(props: {
  readonly progress: Progress
  readonly hasNewToken: boolean
  /** What has arrived, and what was refused. */
  readonly children?: Child
}) {
  const { progress, hasNewToken } = props
  const { tenant, lastCall, now } = progress
  const isReady = tenant.enabled && hasLiveCredential(progress)
  const isStuck = isReady && lastCall !== undefined && lastCall.configReads >= manyReads
  const isWaiting = isReady && !lastCall && !hasNewToken
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
          data-state={isStuck ? 'warn' : lastCall ? 'good' : isReady ? 'warn' : 'idle'}
        ></span>
        {lastCall ? (
          <>
            {callerOf(tenant, lastCall)} connected <Ago at={lastCall.at} now={now} />{' '}
            <span class="hint">
              (<Time at={lastCall.at} />)
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
      {isStuck ? (
        <p>
          It has read the configuration {lastCall.configReads} times, and asked for no people and no
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
