/** What a deployment says of itself, where its objects are, and the commands on its pages. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import { locationHints, type LocationHint, type ObjectLocation } from '../../src/object-location'
import { recheckDelivery } from '../../src/webhooks/wake'
import { admin, bindings, origin, tenant } from '../support/gateway'
import { person } from '../support/tenant'

/** A namespace that notes which jurisdictions and places were asked for; workerd itself has none. */
function noting<T extends object>(namespace: T, asked: string[]): T {
  return new Proxy(namespace, {
    get: (target, name, noted) => {
      const value: unknown = Reflect.get(target, name)
      if (name === 'jurisdiction') {
        return (jurisdiction: string) => {
          asked.push(jurisdiction)
          return noted
        }
      }
      if (name === 'getByName' && typeof value === 'function') {
        return (object: string, options?: { readonly locationHint?: string }) => {
          if (options?.locationHint !== undefined) asked.push(`near ${options.locationHint}`)
          return value.call(target, object, options)
        }
      }
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function ask(environment: object, path: string, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext()
  const response = await app.fetch(
    new Request(`${origin}${path}`, init),
    environment as Environment,
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

async function changeTeamIn(variables: ObjectLocation): Promise<string[]> {
  const asked: string[] = []
  const scim = await tenant()
  const environment = { ...bindings, TEAM: noting(bindings.TEAM, asked), ...variables }
  const made = await ask(environment, new URL(`${scim.baseUrl}/Groups`).pathname, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${scim.token}`,
      'Content-Type': 'application/scim+json',
    },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'Sales',
    }),
  })
  expect(made.status).toBe(201)
  return asked
}

describe('the jurisdiction of a deployment', () => {
  it('is where the objects of its teams are', async () => {
    expect(await changeTeamIn({ JURISDICTION: 'eu' })).toEqual(['eu'])
  })

  it.each([{}, { JURISDICTION: '' }])('is none for the variables %j', async (none) => {
    expect(await changeTeamIn(none)).toEqual([])
  })

  it('is where the objects of its deliveries are', async () => {
    const asked: string[] = []
    const environment = {
      ...bindings,
      DELIVERY: noting(bindings.DELIVERY, asked),
      JURISDICTION: 'fedramp',
    }
    await recheckDelivery(environment, { tenantId: 1, id: crypto.randomUUID() })
    expect(asked).toEqual(['fedramp'])
  })
})

describe('the location hint of a deployment', () => {
  it.each([
    ['is where objects of teams are made', { LOCATION_HINT: 'weur' }, ['near weur']],
    [
      'is not given in a jurisdiction, which decides alone',
      { LOCATION_HINT: 'weur', JURISDICTION: 'eu' },
      ['eu'],
    ],
    ['is none when it is empty', { LOCATION_HINT: '' }, []],
    [
      'is none, and changes go on, when the platform does not have it',
      { LOCATION_HINT: 'WEUR' },
      [],
    ],
  ])('%s', async (_, variables, asked) => {
    expect(await changeTeamIn(variables)).toEqual(asked)
  })

  it('is where objects of deliveries are made', async () => {
    const asked: string[] = []
    const environment = {
      ...bindings,
      DELIVERY: noting(bindings.DELIVERY, asked),
      LOCATION_HINT: 'apac-ne',
    }
    await recheckDelivery(environment, { tenantId: 1, id: crypto.randomUUID() })
    expect(asked).toEqual(['near apac-ne'])
  })

  it('may be each of those that the platform has', () => {
    expectTypeOf<LocationHint>().toEqualTypeOf<DurableObjectLocationHint>()
    expect(new Set(locationHints).size).toBe(locationHints.length)
  })
})

describe('GET /deployment', () => {
  it('says what the deployment is made of, and no secret', async () => {
    const { status, body } = await admin.call('GET', '/deployment')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      tenant: null,
      worker: null,
      jurisdiction: null,
      locationHint: null,
      newTenants: 'DB',
      secrets: { ADMIN_TOKEN: 'strong', WEBHOOK_KEY: 'missing' },
      bindings: { TOKENS: true, TEAM: true, DELIVERY: true, REQUESTS: true },
      flags: { global_fetch_strictly_public: true },
    })
    expect(JSON.stringify(body)).not.toContain(bindings.ADMIN_TOKEN)
    const [main] = body.databases
    expect(main.name).toBe('DB')
    expect(main.migrations).toContain('0000_initial.sql')
    expect(Math.abs(main.clockAhead)).toBeLessThan(8_000)
  })

  it('tells a weak secret, a binding that is missing and a database without tables', async () => {
    const ADMIN_TOKEN = 'hunter2'
    const broken = {
      prepare: () => ({ all: () => Promise.reject(new Error('no such table')) }),
    }
    const response = await ask(
      { ...bindings, ADMIN_TOKEN, WEBHOOK_KEY: 'abc', DELIVERY: undefined, DB: broken },
      '/admin/api/deployment',
      { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } },
    )
    expect(await response.json()).toMatchObject({
      secrets: { ADMIN_TOKEN: 'weak', WEBHOOK_KEY: 'weak' },
      bindings: { DELIVERY: false },
      databases: [{ name: 'DB', migrations: null, clockAhead: null, region: null }],
    })
  })

  it('is for operators alone', async () => {
    expect((await ask(bindings, '/admin/api/deployment')).status).toBe(401)
    const scim = await tenant()
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
    const headers = { Authorization: `Bearer ${scim.token}` }
    expect((await ask(bindings, '/admin/api/deployment', { headers })).status).toBe(401)
  })
})

describe('a deployment without the operator secret', () => {
  it.each([
    [
      'rollcall-acme',
      'openssl rand -hex 32 | tee /dev/stderr | npx wrangler secret put ADMIN_TOKEN --name rollcall-acme',
    ],
    // Deployed with wrangler alone: without a name the command would change the common Worker.
    [
      undefined,
      'openssl rand -hex 32 | tee /dev/stderr | npx wrangler secret put ADMIN_TOKEN --name WORKER',
    ],
  ])('shows the command for its own Worker, %s', async (WORKER, command) => {
    const page = await ask({ ...bindings, ADMIN_TOKEN: undefined, WORKER }, '/admin/sign-in')
    expect(page.status).toBe(503)
    const text = await page.text()
    expect(text).toContain(`Set one: ${command}<`)
  })
})

describe('the strength of the secrets', () => {
  const probe = 'p'.repeat(64)
  const health = async (environment: object, token?: string) => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    return (await ask({ ...bindings, ...environment }, '/healthz', { headers })).json()
  }

  it('is told to whoever has the text of the deployment, and to nobody else', async () => {
    const weak = { ADMIN_TOKEN: 'secret', WEBHOOK_KEY: undefined, DEPLOYMENT: probe }
    const told = { secrets: { ADMIN_TOKEN: 'weak', WEBHOOK_KEY: 'missing' } }
    expect(await health(weak, probe)).toEqual(told)
    for (const token of [undefined, '', 'secret', `${probe}p`]) {
      expect(await health(weak, token)).toEqual({ status: 'ok' })
    }
    expect(await health({ ...weak, DEPLOYMENT: '' }, probe)).toEqual({ status: 'ok' })
    expect(await health({ ...weak, DEPLOYMENT: undefined }, '')).toEqual({ status: 'ok' })
  })
})
