/** What to enter where, so that a provider signs in by OAuth. */
import type { ClientKind } from '../../oauth/store'
import type { Server } from '../../oauth/names'
import { CopyField } from '../shell/components'

/** The values that a provider is given. The secret is known on the one page that shows it. */
export function Values(props: {
  readonly server: Server
  readonly baseUrl: string
  readonly clientId: string
}) {
  const { server, baseUrl, clientId } = props
  return (
    <>
      <CopyField id="base-url" label="SCIM base URL" value={baseUrl} />
      <CopyField id="token-url" label="Token endpoint" value={server.tokenUrl} />
      <CopyField id="client-id" label="Client id" value={clientId} />
      <CopyField id="issuer" label="Issuer" value={server.issuer} />
    </>
  )
}

/** Steps for the kind of client. */
export function Steps({ kind }: { readonly kind: ClientKind }) {
  if (kind === 'secret') return <SecretSteps />
  return kind === 'federated' ? <FederationSteps /> : <KeySteps />
}

function SecretSteps() {
  return (
    <ol>
      <li>
        <b>Microsoft Entra ID:</b> under <b>Provisioning → Connectivity</b> choose{' '}
        <b>OAuth2 client credentials grant</b>. Enter the base URL as <b>Tenant URL</b>, and token
        endpoint, client id and secret as they are here.
      </li>
      <li>
        <b>Others:</b> choose the grant <code>client_credentials</code> with the scope{' '}
        <code>scim</code>. The secret may be sent with HTTP Basic or in the form.
      </li>
      <li>
        <b>Another secret, before this one expires:</b> make it here, enter it in the provider, and
        revoke the old one once the list shows that the new one was exchanged. Both work meanwhile.
      </li>
    </ol>
  )
}

function FederationSteps() {
  return (
    <ol>
      <li>
        <b>Microsoft Entra ID:</b> under <b>Provisioning → Connectivity</b> choose{' '}
        <b>workload identity federation</b>. Enter the base URL as <b>Tenant URL</b>, and token
        endpoint and client id as they are here; there is no secret.
      </li>
      <li>
        Copy what Entra shows there into the client: audience and subject as they stand, the
        directory's id, the issuer{' '}
        <code>https://login.microsoftonline.com/&#123;directory id&#125;/v2.0</code> and the key set{' '}
        <code>https://login.microsoftonline.com/&#123;directory id&#125;/discovery/v2.0/keys</code>.
      </li>
      <li>
        <b>Other issuers:</b> enter what their tokens say in <code>iss</code>, <code>sub</code> and{' '}
        <code>aud</code>, letter by letter. The tokens are exchanged as{' '}
        <code>client_assertion</code>.
      </li>
    </ol>
  )
}

function KeySteps() {
  return (
    <ol>
      <li>
        The program signs a JWT with its private key for each token: <code>iss</code> and{' '}
        <code>sub</code> are the client id, <code>aud</code> is the issuer or the token endpoint,{' '}
        <code>jti</code> another one each time, <code>exp</code> at most an hour after{' '}
        <code>iat</code>. Libraries call it <code>private_key_jwt</code>.
      </li>
      <li>
        Keys are replaced with overlap: publish the new one beside the old one, sign with it, and
        take the old one out. Pasted keys are replaced by a new client.
      </li>
    </ol>
  )
}
