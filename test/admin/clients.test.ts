/** OAuth clients in the console: made, rotated and revoked by a person who sets a provider up. */
import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import {
  entraAudience,
  entraDirectory,
  entraIssuer,
  keyServer,
  signingKey,
} from '../support/issuer'
import { openMade, valueOf } from '../support/console'
import { askToken, basic, grant } from '../support/token-request'

let cookie = ''

async function open(path: string, form?: Readonly<Record<string, string>>) {
  if (cookie === '') {
    const signedIn = await ask('/sign-in', { secret: bindings.ADMIN_TOKEN })
    cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  }
  return ask(path, form)
}

function ask(path: string, form?: Readonly<Record<string, string>>) {
  return send(
    new Request(`${origin}/admin${path}`, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        Cookie: cookie,
        'CF-Connecting-IP': '2001:db8:c11e:1::1',
        ...(form ? { Origin: origin, 'Sec-Fetch-Site': 'same-origin' } : {}),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    }),
  )
}

/** Sends a form that makes a secret, and opens the page that shows it. */
async function make(path: string, form: Readonly<Record<string, string>>): Promise<string> {
  await open('/')
  return openMade(path, { cookie, form })
}

describe('the page of OAuth clients', () => {
  it('makes a client with a secret, shows it once, and what goes where', async () => {
    const { slug } = await tenant()
    const path = `/tenants/${slug}`
    expect(await (await open(`${path}/clients`)).text()).toContain('There is no client yet')
    const html = await make(`${path}/new-client/secret`, { label: 'Entra', days: '365' })
    const [clientId, secret] = [valueOf(html, 'client-id'), valueOf(html, 'new-secret')]
    expect(valueOf(html, 'token-url')).toBe(`${origin}/oauth/${slug}/token`)
    expect(html).toContain('OAuth2 client credentials grant')
    expect((await askToken(slug, grant, basic(clientId, secret))).status).toBe(200)
    const list = await (await open(`${path}/clients`)).text()
    expect(list).toContain(clientId)
    expect(list).not.toContain(secret)
  })

  it('replaces a secret with overlap, and revokes the old one', async () => {
    const { slug } = await tenant()
    const made = await admin.call('POST', `/tenants/${slug}/clients`, { kind: 'secret' })
    const { id, clientId, clientSecret, secrets } = made.body
    const path = `/tenants/${slug}/clients/${id}`
    const next = valueOf(await make(`${path}/secrets`, { days: '90' }), 'new-secret')
    for (const secret of [clientSecret, next]) {
      expect((await askToken(slug, grant, basic(clientId, secret))).status).toBe(200)
    }
    const revoked = await open(`${path}/secrets/${secrets[0].id}/revoke`, {})
    expect([revoked.status, revoked.headers.get('Location')]).toEqual([
      303,
      `/admin${path}?done=revoked`,
    ])
    expect((await askToken(slug, grant, basic(clientId, clientSecret))).status).toBe(401)
    expect((await askToken(slug, grant, basic(clientId, next))).status).toBe(200)
    expect(await (await open(`${path}/revoke`)).text()).toContain('Revoke this client?')
    expect((await open(`${path}/revoke`, {})).status).toBe(303)
    expect((await askToken(slug, grant, basic(clientId, next))).status).toBe(401)
  })

  it('makes a federated client, or says at the field what is wrong and keeps what was typed', async () => {
    const { slug } = await tenant()
    const keys = keyServer()
    await keys.serveKeys(await signingKey('k'))
    const path = `/tenants/${slug}/new-client/federated`
    const form = {
      label: 'Entra',
      issuer: entraIssuer,
      jwksUrl: 'https://10.0.0.1/keys',
      subject: 'provisioning-service',
      audience: entraAudience,
      tenantId: entraDirectory,
    }
    const wrong = await open(path, form)
    expect(wrong.status).toBe(422)
    const html = await wrong.text()
    expect(html).toContain('This address is not public')
    expect(valueOf(html, 'audience')).toBe(entraAudience)
    const missing = await (await open(path, { ...form, tenantId: '' })).text()
    expect(missing).toContain('the id of yours is needed')
    expect(await make(path, { ...form, jwksUrl: keys.url })).toContain(
      'workload identity federation',
    )
  })

  it('makes a client of pasted keys, and refuses a text that is no key set', async () => {
    const { slug } = await tenant()
    const path = `/tenants/${slug}/new-client/jwt`
    const jwks = JSON.stringify({ keys: [(await signingKey('k')).publicKey] })
    expect((await open(path, { label: '', jwks })).status).toBe(303)
    for (const text of ['', 'no json', '{"keys":[]}']) {
      expect([text, (await open(path, { label: '', jwks: text })).status]).toEqual([text, 422])
    }
    expect((await open(`/tenants/${slug}/new-client/other`)).status).toBe(404)
  })
  it('refuses a private key, and shows it to nobody', async () => {
    const { slug } = await tenant()
    const { privateKey } = await signingKey('k')
    const { d, ...rest } = await exportJWK(privateKey)
    const jwks = JSON.stringify({ keys: [{ ...rest, d }] })
    const refused = await open(`/tenants/${slug}/new-client/jwt`, { label: 'Okta', jwks })
    expect(refused.status).toBe(422)
    const page = await refused.text()
    expect(page).toContain('There is a private or symmetric key in the set')
    expect(page).toContain('value="Okta"')
    expect(page).not.toContain(d)
  })
})
