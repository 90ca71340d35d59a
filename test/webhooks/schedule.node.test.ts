/** Secrets, signatures, and when what failed is tried again. */
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { nextAttempt, patience, readRetryAfter, timingOf } from '../../src/webhooks/retry'
import { makeSecret, signedHeaders } from '../../src/webhooks/signature'

const hour = 3_600_000
const timing = timingOf({})

describe('a failed delivery', () => {
  it('is tried again with growing gaps over three days and then given up', () => {
    const since = 1_000_000
    const gaps: number[] = []
    let now = since
    for (let failures = 1; ; failures += 1) {
      const next = nextAttempt(timing, { failures, since }, now, undefined, 0.5)
      if (next === undefined) break
      gaps.push(next - now)
      now = next
    }
    expect(now - since).toBe(patience)
    expect(gaps.slice(0, 8)).toEqual([
      5_000,
      30_000,
      120_000,
      600_000,
      1_800_000,
      hour,
      2 * hour,
      4 * hour,
    ])
    expect(gaps.slice(8, -1).every((gap) => gap === 6 * hour)).toBe(true)
    expect(gaps.at(-1)).toBeLessThanOrEqual(6 * hour)
    expect(gaps.length).toBeGreaterThan(15)
  })

  it('is not tried again in step with others', () => {
    const failing = { failures: 1, since: 0 }
    const at = (random: number) => nextAttempt(timing, failing, 0, undefined, random)
    expect([at(0), at(0.5), at(1)]).toEqual([4_000, 5_000, 6_000])
  })

  it('waits as long as the receiver asks for, and at most six hours', () => {
    const at = (wish: number, failures = 1) =>
      nextAttempt(timing, { failures, since: 0 }, 0, wish, 0.5)
    expect(at(60_000)).toBe(60_000)
    expect(at(1_000)).toBe(5_000)
    expect(at(1_000, 6)).toBe(hour)
    expect(at(1e12)).toBe(6 * hour)
  })

  it.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 1969 00:00:00 GMT', 0],
    ['Thursday, 01-Jan-70 00:01:00 GMT', 60_000],
    ['Thu Jan  1 00:01:00 1970', 60_000],
    ['Tue, 31 Feb 1970 00:00:00 GMT', undefined],
    ['Sunday, 29-Feb-70 00:00:00 GMT', undefined],
    ['Fri Apr 31 00:00:00 1970', undefined],
    ['Thu, 01 Jan 1970 25:00:00 GMT', undefined],
    ['Foo 1', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['1e9', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads Retry-After: %j', (header, wait) => {
    expect(readRetryAfter(header, 0)).toBe(wait)
  })

  it('has other times in development alone', () => {
    const variables = { WEBHOOK_GAPS: '100,200', WEBHOOK_TIMEOUT: '300' }
    expect(timingOf(variables)).toEqual(timing)
    const loopback = { ...variables, WEBHOOK_LOOPBACK: 'true' }
    expect(timingOf(loopback)).toEqual({ gaps: [100, 200], timeout: 300 })
    const nonsense = { WEBHOOK_LOOPBACK: 'true', WEBHOOK_GAPS: 'x,-1', WEBHOOK_TIMEOUT: 'x' }
    expect(timingOf(nonsense)).toEqual(timing)
  })
})

describe('a signature', () => {
  const body = JSON.stringify({ type: 'user.created', resource: { displayName: 'Zoë 😀' } })

  it('is verified by another implementation, with either secret, and not with a third', async () => {
    const [secret, old, other] = [makeSecret(), makeSecret(), makeSecret()]
    const timestamp = Math.floor(Date.now() / 1000)
    const headers = { ...(await signedHeaders([secret, old], { id: 'evt_1_2', timestamp, body })) }
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(new Webhook(old).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Webhook(other).verify(body, headers)).toThrow(/No matching signature/)
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow(/No matching signature/)
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/)
  })

  it('is what the specification gives as an example', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330 }
    const headers = await signedHeaders([secret], { ...message, body: '{"test": 2432232314}' })
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('is made with 32 random bytes', () => {
    expect(makeSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(makeSecret()).not.toBe(makeSecret())
  })
})
