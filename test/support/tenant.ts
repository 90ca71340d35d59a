/** A fresh tenant for each test, and a SCIM client for it. Works wherever `fetch` does. */

export type Send = (request: Request) => Promise<Response>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The code of a SCIM error, from the header `X-Error-Code`. */
  readonly code: string | undefined
  /** The parsed body; undefined when there is none. */
  readonly body: any
}

/** Whoever calls an API with a secret of its own. */
export interface Operator {
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
}

export interface ScimClient extends Operator {
  readonly slug: string
  readonly token: string
  readonly tokenId: string
  readonly baseUrl: string
}

export function operator(send: Send, origin: string, secret: string): Operator {
  return {
    call: (method, path, body, headers) =>
      sendJson(send, method, `${origin}/admin/api${path}`, body, {
        Authorization: `Bearer ${secret}`,
        'Content-Type': 'application/json',
        ...headers,
      }),
  }
}

/** Settings of a tenant from which any number of people may go at once. */
export const holdsNothing = { 'guard.deactivations': 1 }

export async function newTenant(
  send: Send,
  origin: string,
  secret: string,
  settings?: unknown,
  database?: string,
): Promise<ScimClient> {
  const admin = operator(send, origin, secret)
  const slug = `t-${crypto.randomUUID().slice(0, 13)}`
  const created = await admin.call('POST', '/tenants', { slug, name: `Test ${slug}`, database })
  if (created.status !== 201) throw new Error(`No tenant: ${JSON.stringify(created.body)}`)
  if (settings !== undefined) await admin.call('PATCH', `/tenants/${slug}`, settings)
  const made = await admin.call('POST', `/tenants/${slug}/tokens`, { label: 'test' })
  return client(send, made.body.baseUrl, made.body.token, { slug, tokenId: made.body.id })
}

/** A request of a tenant's provider, not sent yet. */
export function requestOf(
  scim: Pick<ScimClient, 'baseUrl' | 'token'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Request {
  return new Request(`${scim.baseUrl}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${scim.token}`,
      'Content-Type': 'application/scim+json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

export function client(
  send: Send,
  baseUrl: string,
  token: string,
  names: { readonly slug: string; readonly tokenId: string } = { slug: '', tokenId: '' },
): ScimClient {
  return {
    ...names,
    token,
    baseUrl,
    call: (method, path, body, headers) =>
      sendJson(send, method, `${baseUrl}${path}`, body, {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/scim+json' }),
        ...headers,
      }),
  }
}

export async function sendJson(
  send: Send,
  method: string,
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await send(
    new Request(url, {
      method,
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    code: response.headers.get('X-Error-Code') ?? undefined,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

/** A secret with another last character than it has. */
export function mistyped(secret: string): string {
  return `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`
}

export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

let count = 0

/** The body of a new person; each call another one. */
export function person(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  count += 1
  const userName = `person${count}.${crypto.randomUUID().slice(0, 8)}@example.com`
  return {
    schemas: [userUrn],
    userName,
    name: { givenName: 'Ann', familyName: 'Tester' },
    displayName: 'Ann Tester',
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
    ...more,
  }
}

/** As much more of a person as may be stored, nearly: 57 kB. */
export const bulky = {
  'urn:example:params:scim:schemas:extension:bulky:2.0:User': {
    pages: Array.from({ length: 14 }, (_, index) => `${index}`.padEnd(4_096, 'x')),
  },
}

export function patch(...Operations: readonly unknown[]): Record<string, unknown> {
  return { schemas: [patchUrn], Operations }
}
