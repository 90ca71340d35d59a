/** Tables of a tenant's OAuth clients and of the secrets of one. */
import type { ClientKind, ClientRecord, SecretRecord } from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { isLive } from '../../tokens/limited-credential'
import { mayAct, tenantPath, useViewer } from '../shell/context'
import { ago, Badge, LiveBadge, plural, Table, Time } from '../shell/components'

export const kindTitles: Readonly<Record<ClientKind, string>> = {
  secret: 'Client id and secret',
  jwt: 'Keys of its own',
  federated: 'Federation',
}

/** Secrets that are neither revoked nor expired. */
export function liveSecrets({ secrets }: ClientRecord, now: number): readonly SecretRecord[] {
  return secrets.filter((secret) => isLive(secret, now))
}

export function Clients(props: {
  readonly tenant: Tenant
  readonly clients: readonly ClientRecord[]
  readonly now: number
}) {
  const { tenant, clients, now } = props
  if (clients.length === 0) return <p class="empty">There is no client yet.</p>
  const sorted = clients.toSorted(
    (left, right) => Number(left.revokedAt !== null) - Number(right.revokedAt !== null),
  )
  return (
    <Table
      caption="OAuth clients"
      columns={['Label', 'Client id', 'Signs in by', 'State', 'Last used']}
      rows={sorted.map((client) => [
        <a href={tenantPath(tenant, `/clients/${client.id}`)}>
          {client.label || 'Without a label'}
        </a>,
        <code>{client.clientId}</code>,
        kindTitles[client.kind],
        <State client={client} now={now} />,
        client.lastUsedAt === null ? 'Never' : ago(client.lastUsedAt, now),
      ])}
    />
  )
}

export function State({ client, now }: { readonly client: ClientRecord; readonly now: number }) {
  if (client.revokedAt !== null) return <Badge state="bad">Revoked</Badge>
  if (client.kind !== 'secret') return <Badge state="good">Live</Badge>
  const live = liveSecrets(client, now).length
  return live === 0 ? (
    <Badge state="bad">No live secret</Badge>
  ) : (
    <Badge state="good">{plural(live, 'live secret')}</Badge>
  )
}

/** The secrets of a client, the newest first, each with the button that revokes it. */
export function Secrets(props: {
  readonly tenant: Tenant
  readonly client: ClientRecord
  readonly now: number
}) {
  const { tenant, client, now } = props
  const isRevocable = mayAct(useViewer(), 'setup') && client.revokedAt === null
  return (
    <Table
      caption="Secrets"
      columns={[
        'Created',
        'State',
        'Last exchanged',
        'Expires',
        ...(isRevocable ? ['Revoke'] : []),
      ]}
      rows={client.secrets
        .toReversed()
        .map((secret) => [
          <Time at={secret.createdAt} />,
          <LiveBadge of={secret} now={now} />,
          secret.lastUsedAt === null ? 'Never' : ago(secret.lastUsedAt, now),
          <Time at={secret.expiresAt} />,
          ...(isRevocable
            ? [<Revoke tenant={tenant} client={client} secret={secret} now={now} />]
            : []),
        ])}
    />
  )
}

function Revoke(props: {
  readonly tenant: Tenant
  readonly client: ClientRecord
  readonly secret: SecretRecord
  readonly now: number
}) {
  const { tenant, client, secret, now } = props
  if (!isLive(secret, now)) return <span class="hint">–</span>
  const action = tenantPath(tenant, `/clients/${client.id}/secrets/${secret.id}/revoke`)
  return (
    <form method="post" action={action}>
      <button type="submit" data-kind="danger">
        Revoke<span class="unseen"> the secret {secret.id}</span>
      </button>
    </form>
  )
}
