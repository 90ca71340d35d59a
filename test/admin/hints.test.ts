/** What the log of tolerances knows of a connection, on the overview of its tenant. */
import { describe, expect, it } from 'vitest'
import { admin, bindings, eventsOf, send, tenant } from '../support/gateway'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { client, patch, person } from '../support/tenant'

async function overview(slug: string): Promise<string> {
  return words(await (await open(`/tenants/${slug}`)).text())
}

describe('the overview', () => {
  it('says nothing of a connection without a peculiarity', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    expect(await overview(scim.slug)).toContain('Nothing does at the moment.')
  })

  it('says that the configuration is read and nothing else', async () => {
    const scim = await tenant()
    await bindings.DB.prepare('update tokens set config_reads = 5, last_used_at = ? where id = ?')
      .bind(Date.now(), scim.tokenId)
      .run()
    const text = await overview(scim.slug)
    expect(text).toContain('reads the configuration and never goes on: 5 times')
  })

  it('says that teams come inside people, and what to do', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ groups: [{ value: 'x' }] }))
    expect(await overview(scim.slug)).toContain(
      'Teams come inside people, where they change nothing',
    )
  })

  it('says that a filter asks the same thing twice', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    const members = [{ value: ann.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Team', members })
    const one = `value eq "${ann.body.id}"`
    const remove = patch({ op: 'remove', path: `members[${one} or ${one}]` })
    expect((await scim.call('PATCH', `/Groups/${team.body.id}`, remove)).status).toBe(200)
    expect(await overview(scim.slug)).toContain('A filter asks the same thing twice')
  })
})

describe('OneLogin, which sends no User-Agent', () => {
  it('is recognized by the label of its token, whatever a request says of itself', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const made = await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 'OneLogin' })
    const silent = client(send, scim.baseUrl, made.body.token)
    await silent.call('POST', '/Users', person())
    await silent.call('POST', '/Users', person(), { 'User-Agent': 'Okta SCIM Client' })
    await scim.call('POST', '/Users', person(), { 'User-Agent': 'Okta SCIM Client' })
    const providers = (await eventsOf(scim)).map(({ cause }) => cause.provider)
    expect(providers).toEqual([undefined, 'onelogin', 'onelogin', 'okta'])
    expect(await overview(scim.slug)).not.toContain('The identity provider last called')
    const kept = await bindings.TOKENS.list()
    const texts = await Promise.all(kept.keys.map(({ name }) => bindings.TOKENS.get(name)))
    expect(texts.join('')).not.toContain('"label"')
  })

  it('is recognized by the guide that was opened in the set-up', async () => {
    const scim = await tenant()
    const made = await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 'Okta' })
    const silent = client(send, scim.baseUrl, made.body.token)
    await silent.call('POST', '/Users', person())
    await open(`/set-up/${scim.slug}/choose`, { guide: 'onelogin' })
    await silent.call('POST', '/Users', person())
    const providers = (await eventsOf(scim)).map(({ cause }) => cause.provider)
    expect(providers).toEqual(['okta', 'onelogin'])
    const page = async (path: string) => words(await (await open(path)).text())
    expect(await overview(scim.slug)).toContain('OneLogin last called')
    expect(await page(`/tenants/${scim.slug}/connection`)).toContain('OneLogin connected')
    expect(await page(`/set-up/${scim.slug}/steps/okta/connection`)).toContain(
      'OneLogin is connected; last call',
    )
    const { resource_id: id } = (await eventsOf(scim))[0] ?? { resource_id: '' }
    expect(await page(`/tenants/${scim.slug}/person?id=${id}`)).toContain('OneLogin said')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'entra' })
    expect(await overview(scim.slug)).toContain('Microsoft Entra ID last called')
  })
})
