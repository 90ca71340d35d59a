/** Wrong codes of links, and wrong secrets of operators: each is limited, and neither limits the other. */
import { createExecutionContext } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { app } from '../../src/app'
import { newAddress } from '../support/console'
import { admin, bindings, origin, tenant } from '../support/gateway'
import { makeLink } from '../support/link'

/** The statuses of what one network sends to a deployment. */
function networkOf(environment: object) {
  const address = newAddress()
  const ask = async (path: string, more: RequestInit, headers: Record<string, string>) => {
    const sent = { ...headers, 'CF-Connecting-IP': address }
    const request = new Request(`${origin}/admin${path}`, {
      ...more,
      headers: sent,
      redirect: 'manual',
    })
    const answer = await app.fetch(request, environment as never, createExecutionContext())
    return answer.status
  }
  const submit = (path: string, form: Record<string, string>) =>
    ask(path, { method: 'POST', body: new URLSearchParams(form) }, { Origin: origin })
  return {
    open: (code: string) => submit('/open', { code }),
    signIn: (secret: string) => submit('/sign-in', { secret }),
    call: (secret: string) => ask('/api/tenants', {}, { Authorization: `Bearer ${secret}` }),
  }
}

type Network = ReturnType<typeof networkOf>

/** What is counted within one minute of the clock, with which the binding begins anew. */
async function withinMinute<T>(attempt: () => Promise<T>): Promise<T> {
  const minute = () => Math.floor(Date.now() / 60_000)
  for (;;) {
    const begun = minute()
    const answer = await attempt()
    if (minute() === begun) return answer
  }
}

const tenTimes = (guess: () => Promise<number>) =>
  Promise.all(Array.from({ length: 10 }, () => guess()))

describe('wrong codes of links', () => {
  it('use up no entry of the audit that tells of a wrong secret', async () => {
    // Entries of a minute are limited in an isolate: those of other tests are another minute's.
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 200_000)
    const waves = Array.from({ length: 40 }, () => networkOf(bindings))
    await Promise.all(waves.map((network) => network.open('nonsense')))
    const { entries } = (await admin.call('GET', '/audit?limit=1000')).body
    const before = entries.filter(({ subject }: any) => subject === 'api').length
    expect(await networkOf(bindings).call('wrong')).toBe(401)
    clock.mockRestore()
    const after = (await admin.call('GET', '/audit?limit=1000')).body.entries
    expect(after.filter(({ subject }: any) => subject === 'api').length).toBe(before + 1)
  })
})

describe.each([
  ['with the binding', bindings],
  ['without the binding', { ...bindings, SIGN_INS: undefined }],
])('attempts to get in, %s', (_, environment) => {
  const secret = bindings.ADMIN_TOKEN

  it('with wrong codes of links keep nobody waiting but who opens links there', async () => {
    const { body } = await makeLink(await tenant())
    const code = new URL(body.url).hash.slice(1)
    const answers = await withinMinute(async () => {
      const network = networkOf(environment)
      const wrong = await tenTimes(() => network.open(`link_${'0'.repeat(43)}`))
      return [
        wrong,
        await network.open(code),
        await network.call(secret),
        await network.signIn(secret),
      ]
    })
    expect(answers).toEqual([Array.from({ length: 10 }, () => 403), 429, 200, 303])
  })

  it.each([
    ['at the API', 401, (network: Network) => network.call('wrong')],
    ['in the console', 403, (network: Network) => network.signIn('wrong')],
  ])(
    'as an operator, %s, keep operators waiting everywhere, and no link',
    async (_, status, guess) => {
      const { body } = await makeLink(await tenant())
      const code = new URL(body.url).hash.slice(1)
      const answers = await withinMinute(async () => {
        const network = networkOf(environment)
        const wrong = await tenTimes(() => guess(network))
        const further = await guess(network)
        return [
          wrong,
          further,
          await network.signIn(secret),
          await network.call(secret),
          await network.open(code),
        ]
      })
      expect(answers).toEqual([Array.from({ length: 10 }, () => status), 429, 429, 429, 303])
    },
  )
})
