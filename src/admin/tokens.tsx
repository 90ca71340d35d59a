/** The tokens of a tenant: whose they are, whether they hold, when they were used. */
import type { Tenant, TokenRecord } from '../store/tenants'
import { isLive } from './commands'
import { tenantPath } from './context'
import { Badge, Table, Time } from './pieces'

/** An expiry is pointed out this many milliseconds ahead. */
const notice = 30 * 24 * 60 * 60 * 1000

export function Tokens(props: {
  readonly tenant: Tenant
  readonly tokens: readonly TokenRecord[]
  readonly now: number
}) {
  const { tenant, tokens, now } = props
  if (tokens.length === 0) {
    return <p class="empty">There is no token yet. Generate the first one below.</p>
  }
  // What holds comes first, and of that the newest.
  const sorted = tokens.toSorted(
    (left, right) =>
      Number(isLive(right, now)) - Number(isLive(left, now)) || right.createdAt - left.createdAt,
  )
  return (
    <Table
      caption="Tokens"
      columns={['Label', 'State', 'Created', 'Last used', 'Expires', 'Revoke']}
      rows={sorted.map((token) => [
        token.label || <span class="hint">Without a label</span>,
        <State token={token} now={now} />,
        <Time at={token.createdAt} />,
        token.lastUsedAt === null ? 'Never' : <Time at={token.lastUsedAt} />,
        token.expiresAt === null ? 'Never' : <Time at={token.expiresAt} />,
        isLive(token, now) ? (
          <a href={tenantPath(tenant, `/tokens/${token.id}/revoke`)}>
            Revoke<span class="unseen"> {token.label || 'the token without a label'}</span>
          </a>
        ) : (
          <span class="hint">–</span>
        ),
      ])}
    />
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
  if (token.expiresAt !== null && token.expiresAt - now < notice) {
    return <Badge state="warn">Expires soon</Badge>
  }
  return token.lastUsedAt === null ? (
    <Badge state="idle">Not used yet</Badge>
  ) : (
    <Badge state="good">In use</Badge>
  )
}
