/** The proof kit's page: a tenant for tests beside the one that is looked at, and credentials for it. */
import { expect, it } from 'vitest'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { client } from '../support/tenant'
import { askToken, basic, grant } from '../support/token-request'

async function open(path: string, form?: Readonly<Record<string, string>>, cookie = '') {
  return send(
    new Request(`${origin}/admin${path}`, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        Cookie: cookie,
        'CF-Connecting-IP': '2001:db8:c11e:2::1',
        ...(form ? { Origin: origin, 'Sec-Fetch-Site': 'same-origin' } : {}),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    }),
  )
}

async function signIn(): Promise<string> {
  const signedIn = await open('/sign-in', { secret: bindings.ADMIN_TOKEN })
  return (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

/** What the page hands to its script. */
function factsIn(html: string): Readonly<Record<string, string>> {
  const found = html.matchAll(/ data-([a-z-]+)="([^"]*)"/g)
  return Object.fromEntries(Array.from(found, ([, name = '', value = '']) => [name, value]))
}

it('makes a tenant for tests with the same settings, beside the one that is looked at', async () => {
  const { slug } = await tenant({ profile: 'strict', rules: { name: 'allow' } })
  const cookie = await signIn()
  const shown = await (await open(`/tenants/${slug}/prove`, undefined, cookie)).text()
  expect(shown).toMatch(/<option[^>]*value="interop"[^>]*selected/)
  const made = await open(`/tenants/${slug}/prove`, { kit: 'interop' }, cookie)
  expect(made.status).toBe(201)
  const html = await made.text()
  expect(html).toContain('src="/admin/prove.js"')
  const facts = factsIn(html)
  expect(facts).toMatchObject({ kit: 'interop', url: `${origin}/scim/v2/${facts['slug']}` })
  const scim = client(send, facts['url'] ?? '', facts['token'] ?? '')
  const config = await scim.call('GET', '/ServiceProviderConfig')
  expect(config.body.interopProfileConformant).toBe(true)
  const list = (await admin.call('GET', '/tenants')).body.tenants
  const [own, other] = [slug, facts['slug']].map((one) => list.find((row: any) => row.slug === one))
  expect(other.name).toBe(`Proof of ${slug}`)
  expect(other.settings).toEqual(own.settings)
  expect(other.database).toBe(own.database)
  const tokens = (await admin.call('GET', `/tenants/${facts['slug']}/tokens`)).body.tokens
  const life = Date.parse(tokens[0].expires) - Date.parse(tokens[0].created)
  expect(life).toBeLessThanOrEqual(86_400_000)
  const gone = await open(
    (facts['deletion'] ?? '').replace('/admin', ''),
    { slug: facts['slug'] ?? '' },
    cookie,
  )
  expect(gone.headers.get('Location')).toBe('/admin?done=deleted')
  expect((await scim.call('GET', '/Users')).status).toBe(401)
})

it('gives the kit of Entra a client in place of a token', async () => {
  const { slug } = await tenant({ profile: 'entra' })
  const made = await open(`/tenants/${slug}/prove`, { kit: 'entra' }, await signIn())
  const facts = factsIn(await made.text())
  expect(facts).not.toHaveProperty('token')
  const { 'client-id': id = '', secret = '' } = facts
  expect((await askToken(facts['slug'] ?? '', grant, basic(id, secret))).status).toBe(200)
  expect(facts['token-url']).toBe(`${facts['issuer']}/token`)
})

it('makes nothing for a kit that there is none of', async () => {
  const { slug } = await tenant()
  const count = async () => (await admin.call('GET', '/tenants')).body.tenants.length
  const before = await count()
  const refused = await open(`/tenants/${slug}/prove`, { kit: 'google' }, await signIn())
  expect([refused.status, await count()]).toEqual([303, before])
})
