/** Limits of the plan that requests have met: the console tells the operator of them. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import { readMetLimits } from '../../src/http/met-limits'
import { d1Errors, Faults } from '../support/faults'
import { bindings, origin, send, tenant } from '../support/gateway'
import { groupUrn, requestOf } from '../support/tenant'

const limits = ['daily', 'calls', 'full'] as const

const clock = Date.now
let hours = 0

beforeEach(() => {
  // An isolate notes a limit once an hour, and files before this one have met some.
  hours += 2
  const ahead = hours * 3_600_000
  vi.spyOn(Date, 'now').mockImplementation(() => clock() + ahead)
})

afterEach(async () => {
  vi.restoreAllMocks()
  for (const limit of limits) await bindings.TOKENS.delete(`limit:${limit}`)
})

async function tenantsPage(): Promise<string> {
  const address = { 'CF-Connecting-IP': `2001:db8:${crypto.randomUUID().slice(0, 4)}::1` }
  const signedIn = await send(
    new Request(`${origin}/admin/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin', ...address },
      body: new URLSearchParams({ secret: bindings.ADMIN_TOKEN }),
    }),
  )
  const [cookie = ''] = (signedIn.headers.get('Set-Cookie') ?? '').split(';')
  const answer = await send(new Request(`${origin}/admin`, { headers: { Cookie: cookie } }))
  return answer.text()
}

describe('the list of tenants', () => {
  it('says nothing of limits that nobody has met', async () => {
    expect(await tenantsPage()).not.toContain('Requests were refused')
  })

  it('says when a request has used up the rows of a day', async () => {
    const answer = await meet('daily', 'GET', '/Users', bindings)
    expect(answer.status).toBe(503)
    await expectTold('daily', 'as many rows as D1 allows in a day')
  })

  it('says when the object of a team has met a limit, in whichever isolate it runs', async () => {
    const refused = { ok: false, error: { code: 'databaseFull', values: {} } }
    const TEAM = { getByName: () => ({ create: async () => refused }) }
    const environment = { ...bindings, TEAM: TEAM as unknown as Environment['TEAM'] }
    expect((await ask('POST', '/Groups', environment)).status).toBe(507)
    await expectTold('full', 'D1 holds no more in this database')
  })

  it('is told by a later request where the one that met the limit has no call left', async () => {
    const TOKENS = {
      get: () => Promise.resolve(null),
      put: () => Promise.reject(new Error('Too many subrequests by single Worker invocation.')),
    }
    const answer = await meet('calls', 'POST', '/Users', {
      ...bindings,
      TOKENS: TOKENS as unknown as KVNamespace,
    })
    expect(answer.status).toBe(503)
    expect(await readMetLimits(bindings)).toEqual([])
    await send(new Request(`${origin}/healthz`))
    await expect.poll(() => readMetLimits(bindings)).toMatchObject([{ limit: 'calls' }])
    expect(await tenantsPage()).toContain('allows no more calls in one request')
  })
})

async function expectTold(limit: string, text: string): Promise<void> {
  const [met, ...others] = await readMetLimits(bindings)
  expect([met?.limit, others]).toEqual([limit, []])
  expect(Date.now() - (met?.at ?? 0)).toBeLessThan(600_000)
  const page = await tenantsPage()
  expect(page).toContain('Requests were refused about')
  expect(page).toContain(text)
}

/** A request of which D1 refuses each call for a limit. */
function meet(
  limit: (typeof limits)[number],
  method: string,
  path: string,
  environment: Environment,
): Promise<Response> {
  const calls = () => true
  const faults = new Faults({ binding: 'DB', moment: 'before', text: d1Errors[limit], calls })
  const { TOKENS } = environment
  return ask(method, path, { ...faults.bindings(environment), TOKENS })
}

async function ask(method: string, path: string, environment: Environment): Promise<Response> {
  const scim = await tenant()
  const body = { schemas: [groupUrn], displayName: 'Ops' }
  const context = createExecutionContext()
  const request = requestOf(scim, method, path, method === 'POST' ? body : undefined)
  const answer = await app.fetch(request, environment, context)
  await answer.text()
  await waitOnExecutionContext(context)
  return answer
}
