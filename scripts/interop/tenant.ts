/** A fresh tenant for a client, with what it signs in with. */
import { readText } from '../simulator/json.ts'

/** The administration API of a running gateway. */
export interface Operator {
  readonly url: string
  readonly token: string
}

export interface Tenant {
  readonly slug: string
  /** SCIM base URL. */
  readonly scim: string
  readonly token: string
  /** Base of the tenant in the application API. */
  readonly application: string
  readonly key: string
  /** An OAuth client with a secret. */
  readonly client: OAuthClient
}

export interface OAuthClient {
  readonly id: string
  readonly secret: string
  readonly tokenUrl: string
  readonly issuer: string
}

export async function makeTenant(
  operator: Operator,
  slug: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Tenant> {
  await ask(operator, 'tenants', { slug, name: slug, ...settings })
  const made = await ask(operator, `tenants/${slug}/tokens`, { label: slug })
  const client = await ask(operator, `tenants/${slug}/clients`, { label: slug, kind: 'secret' })
  const key = await ask(operator, `tenants/${slug}/keys`, { label: slug })
  return {
    slug,
    scim: readText(made, 'baseUrl') ?? '',
    token: readText(made, 'token') ?? '',
    application: `${operator.url}/api/v1/tenants/${slug}`,
    key: readText(key, 'key') ?? '',
    client: {
      id: readText(client, 'clientId') ?? '',
      secret: readText(client, 'clientSecret') ?? '',
      tokenUrl: readText(client, 'tokenUrl') ?? '',
      issuer: readText(client, 'issuer') ?? '',
    },
  }
}

export async function ask(operator: Operator, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${operator.url}/admin/api/${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${operator.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
