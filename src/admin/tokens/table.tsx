/** The table of a tenant's tokens: label, state, use and expiry. */
import { useInterval } from '../../time'
import type { TokenRecord } from '../../tokens/store'
import { day } from '../../time'
import { mayAct, tenantPath, useViewer } from '../shell/context'
import { Badge, plural, Table } from '../shell/components'
import { Ago, Time } from '../shell/time'
import type { Tenant } from '../../tenants/tenant'
import { isLive } from '../../tokens/limited-credential'

/** An expiry is pointed out this many days ahead, and as urgent in the last ones. */
const noticeDays = 30
const urgentDays = 7

/** When a token, or the secret of an OAuth client, was made and used, and when it ends. */
type Life = Pick<TokenRecord, 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'revokedAt'>

/** The expiry of one as text, when it is within 30 days; else undefined. */
export function expiryOf(
  { expiresAt }: Pick<Life, 'expiresAt'>,
  now: number,
): { readonly text: string; readonly state: 'warn' | 'bad' } | undefined {
  if (expiresAt === null || expiresAt <= now) return undefined
  const days = Math.ceil((expiresAt - now) / day)
  if (days > noticeDays) return undefined
  return {
    text: days === 1 ? 'expires within a day' : `expires in ${plural(days, 'day')}`,
    state: days <= urgentDays ? 'bad' : 'warn',
  }
}

/** True when a newer one has taken over: it was used after the last use of this one. */
export function isReplaced(token: Life, tokens: readonly Life[], now: number): boolean {
  const lastUse = token.lastUsedAt === null ? 0 : token.lastUsedAt + useInterval
  return tokens.some(
    (other) =>
      other.createdAt > token.createdAt && isLive(other, now) && (other.lastUsedAt ?? 0) > lastUse,
  )
}

/** The advice about a token that expires soon. */
export function adviceOf(token: TokenRecord, tokens: readonly TokenRecord[], now: number): string {
  return isReplaced(token, tokens, now)
    ? 'A newer token has taken over: revoke this one.'
    : 'Generate another one, enter it in the identity provider, and then revoke this one.'
}

export function Tokens(props: {
  readonly tenant: Tenant
  readonly tokens: readonly TokenRecord[]
  readonly now: number
}) {
  const { tokens, now } = props
  if (tokens.length === 0) {
    return <p class="empty">There is no token yet. Generate the first one below.</p>
  }
  // Live tokens come first, and the newest of them at the top.
  const sorted = tokens.toSorted(
    (left, right) =>
      Number(isLive(right, now)) - Number(isLive(left, now)) || right.createdAt - left.createdAt,
  )
  const isRevocable = mayAct(useViewer(), 'setup')
  return (
    <Table
      caption="Tokens"
      columns={[
        'Label',
        'State',
        'Created',
        'Last used',
        'Expires',
        ...(isRevocable ? ['Revoke'] : []),
      ]}
      rows={sorted.map((token) => [
        token.label || <span class="hint">Without a label</span>,
        <State token={token} now={now} />,
        <Time at={token.createdAt} />,
        <Use token={token} now={now} />,
        <Expiry token={token} now={now} />,
        ...(isRevocable ? [<Revoke {...props} token={token} />] : []),
      ])}
    />
  )
}

function Revoke(props: {
  readonly tenant: Tenant
  readonly tokens: readonly TokenRecord[]
  readonly token: TokenRecord
  readonly now: number
}) {
  const { tenant, tokens, token, now } = props
  if (!isLive(token, now)) return <span class="hint">–</span>
  return (
    <span>
      <a href={tenantPath(tenant, `/tokens/${token.id}/revoke`)}>
        Revoke<span class="unseen"> {token.label || 'the token without a label'}</span>
      </a>
      {isReplaced(token, tokens, now) ? (
        <>
          {' '}
          <Badge state="good">Safe to revoke</Badge>
        </>
      ) : null}
    </span>
  )
}

function Use({ token, now }: { readonly token: TokenRecord; readonly now: number }) {
  const { lastUsedAt, lastAddress, lastAgent, requestsToday } = token
  if (lastUsedAt === null) return <span>Never</span>
  return (
    <span>
      <Ago at={lastUsedAt} now={now} />
      {lastAddress === null ? null : ` from ${lastAddress}`}
      <span class="hint">
        {lastAgent === null ? ' ' : ` ${lastAgent} · `}
        at least {plural(requestsToday, 'request')} today
      </span>
    </span>
  )
}

function Expiry({ token, now }: { readonly token: TokenRecord; readonly now: number }) {
  if (token.expiresAt === null) return <span>Never</span>
  const expiry = isLive(token, now) ? expiryOf(token, now) : undefined
  return (
    <span>
      <Time at={token.expiresAt} />
      {expiry ? (
        <>
          {' '}
          <Badge state={expiry.state}>{expiry.text}</Badge>
        </>
      ) : null}
    </span>
  )
}

function State({ token, now }: { readonly token: TokenRecord; readonly now: number }) {
  if (token.revokedAt !== null) {
    return (
      <span>
        <Badge state="bad">Revoked</Badge> <Time at={token.revokedAt} />
      </span>
    )
  }
  if (!isLive(token, now)) return <Badge state="bad">Expired</Badge>
  return token.lastUsedAt === null ? (
    <Badge state="idle">Not used yet</Badge>
  ) : (
    <Badge state="good">In use</Badge>
  )
}
