/** Two tenants with something of everything that is stored, and what is answered about them. */
import { readText } from '../simulator/json.ts'

export interface FilledTenant {
  readonly slug: string
  readonly token: string
  readonly revokedToken: string
  readonly key: string
  /** The link of a customer's administrator. */
  readonly link: string
  /** Answers of the release, by path below its address. */
  readonly answers: Readonly<Record<string, unknown>>
}

const people = 12
const schemas = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  own: 'urn:acme:params:scim:schemas:extension:1.0:User',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
}

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>

export async function fillTenants(
  url: string,
  adminToken: string,
): Promise<{ readonly tenants: readonly FilledTenant[] }> {
  const admin = caller(`${url}/admin/api`, adminToken)
  return { tenants: [await fillTenant(url, admin, 'acme'), await fillTenant(url, admin, 'beta')] }
}

async function fillTenant(url: string, admin: Call, slug: string): Promise<FilledTenant> {
  const own = {
    resourceType: 'User',
    id: schemas.own,
    name: 'Acme',
    attributes: [{ name: 'badge', type: 'integer' }],
  }
  await admin('POST', '/tenants', { slug, name: `Tenant ${slug}` })
  await admin('PATCH', `/tenants/${slug}`, {
    extensions: [own],
    guard: { deactivations: 1, protected: [`person-3@${slug}.example.com`] },
  })
  const at = `/tenants/${slug}`
  const token = await admin('POST', `${at}/tokens`, { label: 'Provider' })
  const revoked = await admin('POST', `${at}/tokens`, { label: 'Old provider' })
  await admin('DELETE', `${at}/tokens/${idOf(revoked)}`)
  const key = await admin('POST', `${at}/keys`, { label: 'Product', scope: 'read-ack' })
  const expiresAt = new Date(Date.now() + 80 * 86_400_000).toISOString()
  const link = await admin('POST', `${at}/links`, { role: 'setup', label: 'Ann', expiresAt })
  await admin('POST', `${at}/webhooks`, { url: 'http://127.0.0.1:9/rollcall' })

  const scim = caller(`${url}/scim/v2/${slug}`, secretOf(token))
  const ids: string[] = []
  for (let index = 0; index < people; index += 1)
    ids.push(idOf(await scim('POST', '/Users', person(slug, index))))
  const [one = '', two = '', three = '', protectedOne = '', gone = ''] = ids
  const sales = idOf(await scim('POST', '/Groups', team('Sales', ids.slice(0, 8))))
  const empty = idOf(await scim('POST', '/Groups', team('Empty', [])))
  await scim('POST', '/Groups', team('Deleted', [one])).then((made) =>
    scim('DELETE', `/Groups/${idOf(made)}`),
  )
  await scim(
    'PATCH',
    `/Groups/${empty}`,
    patch({ op: 'replace', path: 'displayName', value: 'Empty team' }),
  )
  await scim(
    'PATCH',
    `/Groups/${sales}`,
    patch({ op: 'remove', path: `members[value eq "${one}"]` }),
  )
  await scim('PATCH', `/Users/${two}`, patch({ op: 'replace', path: 'active', value: false }))
  await scim('PATCH', `/Users/${three}`, patch({ op: 'replace', value: { title: 'Director' } }))
  // Held: a protected person.
  await scim(
    'PATCH',
    `/Users/${protectedOne}`,
    patch({ op: 'replace', path: 'active', value: false }),
  )
  await scim('DELETE', `/Users/${gone}`)
  // Refused, for the log.
  await scim('POST', '/Users', { schemas: [schemas.user], userName: 'Bad@Example.com' }).catch(
    () => undefined,
  )

  const app = caller(`${url}/api/v1/tenants/${slug}`, secretOf(key))
  await app('POST', '/events/ack', { seq: 5 })
  const paths = ['/Users?count=100', '/Groups?count=100', `/Users/${three}`, `/Groups/${sales}`]
  const answers: Record<string, unknown> = {}
  for (const path of paths) answers[`/scim/v2/${slug}${path}`] = await scim('GET', path)
  for (const path of [
    '/users?limit=100',
    '/teams?limit=100',
    `/teams/${sales}/members?limit=100`,
    '/events?limit=1000',
  ]) {
    answers[`/api/v1/tenants/${slug}${path}`] = await app('GET', path)
  }
  for (const path of ['', '/tokens', '/keys', '/links', '/webhooks', '/holds']) {
    answers[`/admin/api${at}${path}`] = await admin('GET', `${at}${path}`)
  }
  return {
    slug,
    token: secretOf(token),
    revokedToken: secretOf(revoked),
    key: secretOf(key),
    link: readText(link, 'url') ?? '',
    answers,
  }
}

function person(slug: string, index: number) {
  const address = `person-${index}@${slug}.example.com`
  return {
    schemas: [schemas.user, schemas.enterprise, schemas.own],
    userName: address,
    externalId: `x-${index}`,
    name: { givenName: `Given${'abcdefghij'[index % 10]}`, familyName: 'O’Brien' },
    displayName: `Zoë ${'abcdefghij'[index % 10]}`,
    active: true,
    emails: [
      { value: address, type: 'work', primary: true },
      { value: `home-${index}@${slug}.example.com`, type: 'home' },
    ],
    phoneNumbers: [{ value: '+49 30 1234567', type: 'work' }],
    [schemas.enterprise]: { employeeNumber: String(1000 + index), department: 'Sales' },
    [schemas.own]: { badge: index },
  }
}

function team(displayName: string, members: readonly string[]) {
  return { schemas: [schemas.group], displayName, members: members.map((value) => ({ value })) }
}

function patch(...Operations: readonly object[]) {
  return { schemas: [schemas.patch], Operations }
}

function idOf(body: unknown): string {
  return readText(body, 'id') ?? ''
}

function secretOf(body: unknown): string {
  return readText(body, 'token') ?? readText(body, 'key') ?? ''
}

/** Answers the body; throws for whatever is no success. */
function caller(base: string, token: string): Call {
  return async (method, path, body) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${base}${path}: ${response.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
}
