/** Limits of the token endpoint: of requests and of refusals, for one tenant and one network. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import { bindings, origin, tenant } from '../support/gateway'
import { basic, grant, secretClient } from '../support/token-request'

/** A limit of so many calls of each key; it keeps the keys. */
function limitOf(most: number) {
  const keys: string[] = []
  return {
    keys,
    limit: ({ key }: { readonly key: string }) => {
      keys.push(key)
      return Promise.resolve({ success: keys.filter((other) => other === key).length <= most })
    },
  }
}

async function ask(
  environment: Partial<Environment>,
  slug: string,
  secret: readonly [string, string],
  address = '192.0.2.7',
) {
  const context = createExecutionContext()
  const request = new Request(`${origin}/oauth/${slug}/token`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'CF-Connecting-IP': address,
      ...basic(...secret),
    },
    body: new URLSearchParams(grant).toString(),
  })
  const response = await app.fetch(request, { ...bindings, ...environment }, context)
  await waitOnExecutionContext(context)
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as any,
  }
}

describe('the limits of the token endpoint', () => {
  it('refuse too many requests of one network for one tenant, before anything is looked up', async () => {
    const [{ slug }, other] = [await tenant(), await tenant()]
    const { clientId, clientSecret } = await secretClient(slug)
    const mine = [clientId, clientSecret] as const
    const limits = { EXCHANGES: limitOf(2) }
    expect((await ask(limits, slug, mine)).status).toBe(200)
    expect((await ask(limits, slug, mine)).status).toBe(200)
    const third = await ask(limits, slug, mine)
    expect([third.status, third.body.error]).toEqual([429, 'temporarily_unavailable'])
    expect(third.headers.get('Retry-After')).toBe('60')
    const its = await secretClient(other.slug)
    const theirs = await ask(limits, other.slug, [its.clientId, its.clientSecret])
    expect(theirs.status).toBe(200)
  })

  it('let nobody guess: a network with too many refusals waits, for its own tenant alone', async () => {
    const [{ slug }, other] = [await tenant(), await tenant()]
    const { clientId, clientSecret } = await secretClient(slug)
    const its = await secretClient(other.slug)
    const limits = { REFUSALS: limitOf(0) }
    const address = '198.51.100.23'
    expect((await ask(limits, slug, [clientId, 'wrong'], address)).status).toBe(429)
    expect((await ask(limits, slug, [clientId, clientSecret], address)).status).toBe(429)
    const theirs = await ask(limits, other.slug, [its.clientId, its.clientSecret], address)
    expect(theirs.status).toBe(200)
  })

  it('count the two questions of a library that tries Basic and then the form as one', async () => {
    const { slug } = await tenant()
    const { clientId } = await secretClient(slug)
    const REFUSALS = limitOf(100)
    const both = [clientId, 'wrong'] as const
    await Promise.all([ask({ REFUSALS }, slug, both), ask({ REFUSALS }, slug, both)])
    // Two seconds may begin in between, no more.
    expect(REFUSALS.keys.length).toBeLessThanOrEqual(2)
    const many = await Promise.all(Array.from({ length: 20 }, () => ask({ REFUSALS }, slug, both)))
    expect(many.map(({ status }) => status)).toEqual(many.map(() => 401))
    expect(REFUSALS.keys.length).toBeLessThan(10)
  })
})
