/** What to enter where, so that a provider signs in by OAuth. */
import type { Child } from 'hono/jsx'
import type { ClientKind } from '../../oauth/store'
import type { Server } from '../../oauth/names'
import { Copyable } from '../guide/blocks'
import { useWords } from '../guide/words'

/** The values that a provider is given. The secret is known on the one page that shows it. */
export function Values(props: {
  readonly server: Server
  readonly baseUrl: string
  readonly clientId: string
}) {
  const { server, baseUrl, clientId } = props
  const words = useWords()
  return (
    <Fields
      rows={[
        [words.text('clients.baseUrl'), <Copyable id="base-url" value={baseUrl} />],
        [words.text('clients.tokenUrl'), <Copyable id="token-url" value={server.tokenUrl} />],
        [words.text('clients.clientId'), <Copyable id="client-id" value={clientId} />],
        [words.text('clients.issuerOfHere'), <Copyable id="issuer" value={server.issuer} />],
      ]}
    />
  )
}

/** Names with their values. */
export function Fields({ rows }: { readonly rows: readonly (readonly [string, Child])[] }) {
  return (
    <dl class="fields">
      {rows.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const steps: Readonly<Record<ClientKind, readonly string[]>> = {
  secret: ['clients.steps.secret.1', 'clients.steps.secret.2', 'clients.steps.secret.3'],
  federated: [
    'clients.steps.federated.1',
    'clients.steps.federated.2',
    'clients.steps.federated.3',
  ],
  jwt: ['clients.steps.jwt.1', 'clients.steps.jwt.2'],
}

/** Steps for the kind of client. */
export function Steps({ kind }: { readonly kind: ClientKind }) {
  const words = useWords()
  const example = 'https://login.microsoftonline.com/{directory}'
  const values = { issuer: `${example}/v2.0`, keys: `${example}/discovery/v2.0/keys` }
  return (
    <ol>
      {steps[kind].map((key) => (
        <li>{words.nodes(key, values)}</li>
      ))}
    </ol>
  )
}
