/** The last call of a tenant, as every page tells it, by whatever it came. */
import { describe, expect, it } from 'vitest'
import { words } from '../support/console'
import { admin, bindings, send, tenant } from '../support/gateway'
import { entraClaims, keyServer, sign, signingKey } from '../support/issuer'
import { open } from '../support/signed-in'
import { client, person, type ScimClient } from '../support/tenant'
import {
  askToken,
  assertionType,
  entraClient,
  grant,
  secretClient,
  withAccess,
} from '../support/token-request'

const page = async (path: string) => words(await (await open(path)).text())

/** How OAuth clients come to an access token. */
const ways = {
  'a client with a secret': async (scim: ScimClient) =>
    withAccess(scim, await secretClient(scim.slug)),
  'a workload identity': async (scim: ScimClient) => {
    const [keys, key] = [keyServer(), await signingKey('first')]
    await keys.serveKeys(key)
    const made = await entraClient(scim.slug, keys.url, { label: 'provisioning' })
    const { body } = await askToken(scim.slug, {
      ...grant,
      client_id: made.body.clientId,
      client_assertion_type: assertionType,
      client_assertion: await sign(key, entraClaims()),
    })
    return client(send, scim.baseUrl, body.access_token, { slug: scim.slug, tokenId: '' })
  },
}

describe.each(Object.entries(ways))('a tenant that calls by %s alone', (_, accessOf) => {
  async function calling() {
    const scim = await tenant()
    const access = await accessOf(scim)
    const headers = { 'User-Agent': 'Okta SCIM Client 1.0.0' }
    const { body } = await access.call('POST', '/Users', person(), headers)
    const { slug } = scim
    await expect
      .poll(() =>
        bindings.DB.prepare(
          `select last_agent from clients join tenants on tenants.id = tenant_id where slug = ?`,
        )
          .bind(slug)
          .first('last_agent'),
      )
      .toContain('Okta')
    return { scim, id: body.id, path: `/tenants/${slug}` }
  }

  it('has called, says the overview, and works', async () => {
    const { scim, path } = await calling()
    await admin.call('DELETE', `${path}/tokens/${scim.tokenId}`)
    const text = await page(path)
    expect(text).toContain('Okta last called')
    expect(text).toContain('Nothing does at the moment.')
    expect(await page(`?search=${scim.slug}`)).toMatch(/Working 1 0 \d+ s ago/)
  })

  it('is connected, says the live check', async () => {
    const { scim, path } = await calling()
    await admin.call('DELETE', `${path}/tokens/${scim.tokenId}`)
    const text = await page(`${path}/connection`)
    expect(text).toContain('Okta connected')
    expect(text).not.toContain('generate a token first')
    expect(await page(`/set-up/${scim.slug}/status`)).toContain('Okta is connected; last call')
  })

  it('is called by its provider’s name where somebody is looked for', async () => {
    const { scim, id, path } = await calling()
    expect(await page(`${path}/person?id=${id}`)).toContain('Okta said')
    const nobody = await page(`/search?q=zoe%40example.com&tenant=${scim.slug}`)
    expect(nobody).toContain('Okta has never')
  })
})

describe('a tenant whose OAuth client may sign in', () => {
  it('is not connected by a client that fetched an access token and did not call', async () => {
    const scim = await tenant()
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    const { id, clientId, clientSecret } = await secretClient(scim.slug)
    const given = { ...grant, client_id: clientId, client_secret: clientSecret }
    expect((await askToken(scim.slug, given)).status).toBe(200)
    const { body } = await admin.call('GET', `/tenants/${scim.slug}/clients`)
    expect(body.clients).toMatchObject([{ id, lastUsed: expect.any(String) }])
    expect(await page(`/set-up/${scim.slug}/status`)).not.toContain('is connected')
    expect(await page(`/tenants/${scim.slug}/connection`)).toContain('Waiting for the first call')
    expect(await page(`?search=${scim.slug}`)).toContain(`${scim.slug} Not called yet`)
  })

  it('is waited for by the live check, without a token', async () => {
    const scim = await tenant()
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    await secretClient(scim.slug)
    expect(await page(`/tenants/${scim.slug}/connection`)).toContain('Waiting for the first call')
  })

  it('can’t any more once its last secret has expired: the overview and the first page say so', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    const { id } = await secretClient(scim.slug)
    expect(await page(`/tenants/${scim.slug}`)).not.toContain('holds any more')
    expect(await page(`?search=${scim.slug}`)).not.toContain('No token')
    await bindings.DB.prepare('update client_secrets set expires_at = 1 where owner = ?')
      .bind(id)
      .run()
    expect(await page(`/tenants/${scim.slug}`)).toContain(
      'No token and no OAuth client holds any more.',
    )
    expect(await page(`?search=${scim.slug}`)).toContain('No token')
  })
})
