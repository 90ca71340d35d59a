/** Tables of a tenant's OAuth clients and of the secrets of one. */
import { liveSecrets } from '../../oauth/live'
import type { ClientKind, ClientRecord, SecretRecord } from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { isLive } from '../../tokens/limited-credential'
import { useWords, When } from '../guide/words'
import { mayAct, useViewer } from '../shell/context'
import { Badge, Table } from '../shell/components'
import { useClientsPath } from './place'

/** Keys of the names of the kinds, and of what each is. */
export const kindTitles: Readonly<Record<ClientKind, string>> = {
  secret: 'clients.kind.secret',
  jwt: 'clients.kind.jwt',
  federated: 'clients.kind.federated',
}

export function Clients(props: {
  readonly tenant: Tenant
  readonly clients: readonly ClientRecord[]
  readonly now: number
}) {
  const { tenant, clients, now } = props
  const words = useWords()
  const pathTo = useClientsPath(tenant)
  if (clients.length === 0) return <p class="empty">{words.text('clients.none')}</p>
  const sorted = clients.toSorted(
    (left, right) => Number(left.revokedAt !== null) - Number(right.revokedAt !== null),
  )
  return (
    <Table
      caption={words.text('clients.title')}
      columns={[
        words.text('clients.label'),
        words.text('clients.clientId'),
        words.text('clients.kind'),
        words.text('people.state'),
        words.text('status.lastUsed'),
      ]}
      rows={sorted.map((client) => [
        <a href={pathTo(`/clients/${client.id}`)}>
          <bdi>{client.label || words.text('clients.unnamed')}</bdi>
        </a>,
        <code>{client.clientId}</code>,
        words.text(kindTitles[client.kind]),
        <State client={client} now={now} />,
        <Moment at={client.lastUsedAt} />,
      ])}
    />
  )
}

export function Moment({ at }: { readonly at: number | null }) {
  const words = useWords()
  return at === null ? <>{words.text('status.never')}</> : <When at={at} />
}

export function State({ client, now }: { readonly client: ClientRecord; readonly now: number }) {
  const words = useWords()
  if (client.revokedAt !== null) return <Badge state="bad">{words.text('status.revoked')}</Badge>
  if (client.kind !== 'secret') return <Badge state="good">{words.text('status.live')}</Badge>
  const live = liveSecrets(client, now).length
  return live === 0 ? (
    <Badge state="bad">{words.text('clients.noSecret')}</Badge>
  ) : (
    <Badge state="good">{words.counted('clients.secrets', live)}</Badge>
  )
}

/** The secrets of a client, the newest first, each with the button that revokes it. */
export function Secrets(props: {
  readonly tenant: Tenant
  readonly client: ClientRecord
  readonly now: number
}) {
  const { tenant, client, now } = props
  const words = useWords()
  const isRevocable = mayAct(useViewer(), 'setup') && client.revokedAt === null
  return (
    <Table
      caption={words.text('clients.secretsTitle')}
      columns={[
        words.text('status.created'),
        words.text('people.state'),
        words.text('clients.exchanged'),
        words.text('status.expires'),
        ...(isRevocable ? [words.text('status.revoke')] : []),
      ]}
      rows={client.secrets
        .toReversed()
        .map((secret) => [
          <When at={secret.createdAt} />,
          <SecretState secret={secret} now={now} />,
          <Moment at={secret.lastUsedAt} />,
          <Moment at={secret.expiresAt} />,
          ...(isRevocable
            ? [<Revoke tenant={tenant} client={client} secret={secret} now={now} />]
            : []),
        ])}
    />
  )
}

function SecretState({ secret, now }: { readonly secret: SecretRecord; readonly now: number }) {
  const words = useWords()
  if (secret.revokedAt !== null) return <Badge state="bad">{words.text('status.revoked')}</Badge>
  return isLive(secret, now) ? (
    <Badge state="good">{words.text('status.live')}</Badge>
  ) : (
    <Badge state="bad">{words.text('status.expired')}</Badge>
  )
}

function Revoke(props: {
  readonly tenant: Tenant
  readonly client: ClientRecord
  readonly secret: SecretRecord
  readonly now: number
}) {
  const { tenant, client, secret, now } = props
  const words = useWords()
  const pathTo = useClientsPath(tenant)
  if (!isLive(secret, now)) return <span class="hint">–</span>
  return (
    <form
      method="post"
      action={pathTo(`/clients/${client.id}/secrets/${secret.id}/revoke`)}
      data-once
    >
      <button type="submit" data-kind="danger">
        {words.text('status.revoke')}
        <span class="unseen"> {secret.id}</span>
      </button>
    </form>
  )
}
