/** Calls of the token endpoint, and clients to call it as. */
import { admin, origin, send } from './gateway'
import { entraAudience, entraDirectory, entraIssuer } from './issuer'
import { client, sendJson, type Answer, type ScimClient } from './tenant'

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Asks for a token; `form` is sent as it is. */
export function askToken(
  slug: string,
  form: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  return sendJson(send, 'POST', `${origin}/oauth/${slug}/token`, body, {
    'Content-Type': 'application/x-www-form-urlencoded',
    ...headers,
  })
}

export function basic(clientId: string, secret: string) {
  return { Authorization: `Basic ${btoa(`${clientId}:${secret}`)}` }
}

export const grant = { grant_type: 'client_credentials' }

export interface SecretClient {
  readonly id: string
  readonly clientId: string
  readonly clientSecret: string
  readonly secretId: string
}

export async function secretClient(slug: string): Promise<SecretClient> {
  const { status, body } = await admin.call('POST', `/tenants/${slug}/clients`, {
    label: 'provisioning',
    kind: 'secret',
  })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return { ...body, secretId: body.secrets[0].id }
}

/** Makes a client that signs in with tokens of Entra's, whose keys are served at an address. */
export function entraClient(
  slug: string,
  jwksUrl: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  return admin.call('POST', `/tenants/${slug}/clients`, {
    label: 'Entra',
    kind: 'federated',
    issuer: entraIssuer,
    jwksUrl,
    subject: 'provisioning-service',
    audience: entraAudience,
    tenantId: entraDirectory,
    ...more,
  })
}

/** A SCIM client with an access token that was asked for with a secret. */
export async function withAccess(
  scim: ScimClient,
  { clientId, clientSecret }: Pick<SecretClient, 'clientId' | 'clientSecret'>,
): Promise<ScimClient> {
  const form = { ...grant, client_id: clientId, client_secret: clientSecret }
  const { status, body } = await askToken(scim.slug, form)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return client(send, scim.baseUrl, body.access_token, { slug: scim.slug, tokenId: '' })
}
