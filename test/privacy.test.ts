/** Personal data stands in D1 alone: what is written elsewhere is searched for the addresses used. */
import { createScheduledController } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { app } from '../src/app'
import type { Environment } from '../src/environment'
import worker from '../src/index'
import { newKey } from './support/application'
import { admin, bindings, origin, tenant } from './support/gateway'
import { patch, person } from './support/tenant'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Every key of KV with its value, and everything that was written to the log. */
async function written(lines: readonly unknown[][]): Promise<string> {
  const { keys } = await bindings.TOKENS.list()
  const values = await Promise.all(keys.map(async ({ name }) => bindings.TOKENS.get(name)))
  return [...keys.map(({ name }) => name), ...values, ...lines.flat().map(String)].join('\n')
}

function recordLog(): unknown[][] {
  const lines: unknown[][] = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => {
      lines.push(parts)
    })
  }
  return lines
}

describe('a person', () => {
  it('is in no value of KV and in no line of the log, whatever happens to her', async () => {
    const lines = recordLog()
    const domain = `${crypto.randomUUID()}.example`
    const address = `zoe@${domain}`
    const scim = await tenant({
      'guard.protected': [address, `nobody@${domain}`],
      'guard.deactivations': 0.01,
    })
    const zoe = await scim.call('POST', '/Users', person({ userName: address, externalId: domain }))
    expect(zoe.status).toBe(201)
    await scim.call('POST', '/Users', person({ userName: `Capital@${domain}` }))
    await scim.call('GET', `/Users?filter=${encodeURIComponent(`userName eq "${address}"`)}`)
    await scim.call('GET', `/Users?filter=${encodeURIComponent(`userName xx "${address}"`)}`)
    const members = [{ value: zoe.body.id }, { value: address }, { value: `ghost@${domain}` }]
    const team = await scim.call('POST', '/Groups', { displayName: `Team ${domain}`, members })
    await scim.call(
      'PATCH',
      `/Groups/${team.body.id}`,
      patch({ op: 'add', path: 'members', value: members }),
    )
    await scim.call(
      'PATCH',
      `/Users/${zoe.body.id}`,
      patch({ op: 'replace', path: 'active', value: false }),
    )
    await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: address, data: { userName: address } },
      ],
    })
    await scim.call('POST', '/Users', `{"userName": "${address}"`)
    await scim.call('GET', `/Users/${address}`)
    const key = await newKey(admin, scim.slug)
    const get = (path: string, environment: object = bindings, token = scim.token) =>
      app.fetch(
        new Request(`${origin}${path}`, { headers: { Authorization: `Bearer ${token}` } }),
        environment as Environment,
      )
    await get(`/api/v1/tenants/${scim.slug}/users?limit=1`, bindings, key.key)
    // Failures that nobody foresaw: their texts hold what was bound.
    const broken = {
      prepare: () => {
        throw new Error(`cannot bind ${address}`)
      },
    }
    for (const path of [
      `/scim/v2/${scim.slug}/Users/${zoe.body.id}`,
      `/scim/v2/${scim.slug}/Users?filter=${encodeURIComponent(`userName eq "${address}"`)}`,
      `/api/v1/tenants/${scim.slug}/users`,
    ]) {
      const token = path.startsWith('/api') ? key.key : scim.token
      const answer = await get(path, { ...bindings, DB: broken }, token)
      expect(answer.status).toBeGreaterThanOrEqual(500)
    }
    const sweep = createScheduledController({ cron: '*/5 * * * *', scheduledTime: Date.now() })
    await worker.scheduled(sweep, bindings)
    await scim.call('GET', '/Users')
    const text = await written(lines)
    expect(text).toContain('token:')
    expect(text).toContain('Request failed')
    expect(text).not.toContain(domain)
  })
})
