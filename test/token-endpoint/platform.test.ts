/** What a token request costs, and what becomes of it when the platform fails. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { app } from '../../src/app'
import type { Environment } from '../../src/environment'
import { deleteExpired } from '../../src/retention'
import { d1Errors, Faults, unknownError } from '../support/faults'
import { admin, bindings, homeDatabase, origin, send, tenant } from '../support/gateway'
import { seconds, sign, signingKey } from '../support/issuer'
import { client } from '../support/tenant'
import { assertionType, basic, grant, secretClient, withAccess } from '../support/token-request'

async function fetchWith(environment: Environment, request: Request): Promise<Response> {
  const context = createExecutionContext()
  const response = await app.fetch(request, environment, context)
  await waitOnExecutionContext(context)
  return response
}

describe('a token request', () => {
  const failures = [
    ['D1 is lost before the batch', 'before', d1Errors.lost],
    ['D1 is lost after the commit', 'after', d1Errors.lost],
    ['D1 is overloaded', 'before', d1Errors.overloaded],
    ['D1 fails as never before', 'before', unknownError],
    ['D1 fails as never before after the commit', 'after', unknownError],
  ] as const

  async function scenes() {
    const scim = await tenant()
    const made = await secretClient(scim.slug)
    const key = await signingKey('k', 'ES256')
    const jwks = { keys: [key.publicKey] }
    const signer = await admin.call('POST', `/tenants/${scim.slug}/clients`, { kind: 'jwt', jwks })
    const { clientId } = signer.body
    const url = `${origin}/oauth/${scim.slug}/token`
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const withSecret = () =>
      new Request(url, {
        method: 'POST',
        headers: { ...headers, ...basic(made.clientId, made.clientSecret) },
        body: new URLSearchParams(grant).toString(),
      })
    const withAssertion = async () => {
      const now = seconds()
      const claims = { iss: clientId, sub: clientId, aud: url, iat: now, exp: now + 60 }
      const assertion = await sign(key, { ...claims, jti: crypto.randomUUID() })
      const form = { ...grant, client_assertion_type: assertionType, client_assertion: assertion }
      return new Request(url, {
        method: 'POST',
        headers,
        body: new URLSearchParams(form).toString(),
      })
    }
    return { scim, requests: [withSecret, withAssertion] }
  }

  it.each(failures)(
    'is answered with a token that works or with 503, at whichever call %s',
    async (_, moment, text) => {
      const { scim, requests } = await scenes()
      for (const make of requests) {
        const undisturbed = new Faults()
        expect((await fetchWith(undisturbed.bindings(bindings), await make())).status).toBe(200)
        expect(undisturbed.counts).toEqual({ DB: 2, TOKENS: 0, TEAM: 0 })
        for (let call = 0; call < undisturbed.counts.DB; call += 1) {
          const faults = new Faults({ binding: 'DB', moment, text, calls: (at) => at === call })
          const answer = await fetchWith(faults.bindings(bindings), await make())
          const body: any = await answer.json()
          if (answer.status === 200) {
            const access = client(send, scim.baseUrl, body.access_token)
            expect((await access.call('GET', '/Users')).status).toBe(200)
          } else {
            expect([answer.status, body.error]).toEqual([503, 'temporarily_unavailable'])
            expect(answer.headers.get('Retry-After')).toBe('5')
          }
          expect((await fetchWith(bindings, await make())).status).toBe(200)
        }
      }
    },
  )

  it('that was interrupted after its commit gives one token, for the same assertion', async () => {
    const { requests } = await scenes()
    const [, withAssertion] = requests
    const request = await withAssertion?.()
    if (!request) throw new Error('No request')
    const again = request.clone()
    const { lost } = d1Errors
    const faults = new Faults({
      binding: 'DB',
      moment: 'after',
      text: lost,
      calls: (at) => at === 1,
    })
    expect((await fetchWith(faults.bindings(bindings), request)).status).toBe(200)
    expect((await fetchWith(bindings, again)).status).toBe(401)
  })
})

describe('what the token endpoint has kept', () => {
  it('is deleted by the nightly run once it has expired', async () => {
    const scim = await tenant()
    const made = await secretClient(scim.slug)
    const [old, live] = [await withAccess(scim, made), await withAccess(scim, made)]
    await homeDatabase
      .prepare(`update tokens set expires_at = 1 where client_id = ? and id =
        (select min(id) from tokens where client_id = ?1)`)
      .bind(made.id)
      .run()
    await deleteExpired(homeDatabase, Date.now())
    const { results } = await homeDatabase
      .prepare('select count(*) as count from tokens where client_id = ?')
      .bind(made.id)
      .all()
    expect(results).toEqual([{ count: 1 }])
    const statuses = [await old.call('GET', '/Users'), await live.call('GET', '/Users')]
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 401])
  })
})
