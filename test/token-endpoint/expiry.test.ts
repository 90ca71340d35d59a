/** Secrets of OAuth clients that expire soon: told by an event, and shown in the console. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { admin, bindings, eventsOf, origin, send, tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'

const day = 86_400_000

interface Scene {
  readonly scim: ScimClient
  readonly clientId: string
  readonly secretId: string
}

/** A tenant with a client whose secret ends in so many days. */
async function expiring(label: string, days: number): Promise<Scene> {
  const scim = await tenant()
  const expiresAt = new Date(Date.now() + days * day).toISOString()
  const body = { kind: 'secret', label, expiresAt }
  const made = await admin.call('POST', `/tenants/${scim.slug}/clients`, body)
  const listed = await admin.call('GET', `/tenants/${scim.slug}/clients`)
  const [client] = listed.body.clients
  return { scim, clientId: made.body.id, secretId: client.secrets[0].id }
}

/** Runs the job of the night, this many days before the end of a secret that ends in 100 days. */
async function run({ scim }: Scene, ...days: number[]): Promise<any[]> {
  for (const left of days) {
    const scheduledTime = new Date(Date.now() + (100 - left) * day)
    await worker.scheduled(createScheduledController({ scheduledTime }), bindings)
  }
  return (await eventsOf(scim)).filter(({ type }) => type.endsWith('.expiring'))
}

async function overview({ scim }: Scene): Promise<string> {
  const form = new URLSearchParams({ secret: bindings.ADMIN_TOKEN })
  const headers = { Origin: origin, 'CF-Connecting-IP': '2001:db8:99::1' }
  const url = `${origin}/admin/sign-in`
  const signed = await send(
    new Request(url, { method: 'POST', body: form, headers, redirect: 'manual' }),
  )
  const Cookie = (signed.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  const path = `${origin}/admin/tenants/${scim.slug}`
  return (await send(new Request(path, { headers: { ...headers, Cookie } }))).text()
}

describe('a secret of an OAuth client that expires soon', () => {
  it('is told once for each of 30, 14, 7 and 1 days, numbered with the other events', async () => {
    const scene = await expiring('Entra', 100)
    await scene.scim.call('POST', '/Users', person())
    const told = await run(scene, 31, 29.5, 29.5, 15, 13.5, 13, 6.5, 2, 0.5, -1)
    expect(told.map(({ seq, type, resource }) => [seq, type, resource.days])).toEqual([
      [2, 'secret.expiring', 30],
      [3, 'secret.expiring', 14],
      [4, 'secret.expiring', 7],
      [5, 'secret.expiring', 1],
    ])
    expect(told[0].resource).toEqual({
      id: scene.secretId,
      label: 'Entra',
      days: 30,
      expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
    const { body } = await admin.call('GET', `/tenants/${scene.scim.slug}/activity`)
    expect(body.activity.at(-1)).toMatchObject({
      changes: [{ type: 'secret.expiring', name: 'Entra' }],
    })
  })

  it('is not told when the secret or its client was revoked', async () => {
    const revoked = await expiring('secret', 100)
    const path = `/tenants/${revoked.scim.slug}/clients/${revoked.clientId}`
    await admin.call('DELETE', `${path}/secrets/${revoked.secretId}`)
    const gone = await expiring('client', 100)
    await admin.call('DELETE', `/tenants/${gone.scim.slug}/clients/${gone.clientId}`)
    expect(await run(revoked, 29)).toEqual([])
    expect(await run(gone, 28)).toEqual([])
  })

  it('is shown on the overview with what to do', async () => {
    const soon = await expiring('Entra', 6)
    expect(await overview(soon)).toMatch(/A secret of the OAuth client “Entra” expires in 6 days/)
    const later = await expiring('Entra', 40)
    expect(await overview(later)).not.toContain('A secret of the OAuth client')
  })
})

it('a tenant that signs in as an OAuth client alone is not asked for a token', async () => {
  const scene = await expiring('Entra', 100)
  await admin.call('DELETE', `/tenants/${scene.scim.slug}/tokens/${scene.scim.tokenId}`)
  expect(await overview(scene)).not.toContain('holds any more')
  await admin.call('DELETE', `/tenants/${scene.scim.slug}/clients/${scene.clientId}`)
  expect(await overview(scene)).toContain('No token and no OAuth client holds any more')
})
