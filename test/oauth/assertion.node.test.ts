/** Whatever comes as an assertion, it is verified or refused, and nothing throws. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audiencesOf, readClaimed, verifyAssertion, type Expected } from '../../src/oauth/assertion'
import { readKeySet } from '../../src/oauth/key-set'
import { sign, signingKey } from '../support/issuer'

const now = 1_800_000_000_000
const second = now / 1000

const expected: Expected = {
  issuer: 'https://issuer.example.com',
  subject: 'service',
  audiences: ['api://id', 'id'],
  audienceWords: 'id',
  directoryId: 'directory',
  maximumLife: 3_600,
  isSingleUse: true,
}

const right = {
  iss: 'https://issuer.example.com',
  sub: 'service',
  aud: 'api://id',
  tid: 'directory',
  jti: 'once',
  iat: second,
  exp: second + 60,
}

const key = await signingKey('k', 'ES256')
const keys = { keys: [key.publicKey] }

describe('an assertion', () => {
  it('that says what is expected is verified', async () => {
    const verified = await verifyAssertion(await sign(key, right), keys, expected, now)
    expect(verified).toEqual({ ok: true, value: { jti: 'once', expiresAt: now + 120_000 } })
  })

  it('with any claim that is otherwise, of whatever type, is refused', async () => {
    const exact = ['iss', 'sub', 'aud', 'tid'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...exact), fc.jsonValue(), async (claim, given) => {
        fc.pre(JSON.stringify([given].flat()) !== JSON.stringify([right[claim]]))
        fc.pre(claim !== 'aud' || given !== 'id')
        const assertion = await sign(key, { ...right, [claim]: given })
        expect((await verifyAssertion(assertion, keys, expected, now)).ok).toBe(false)
      }),
    )
  })

  it('is verified at the times that its claims allow, and at no other', async () => {
    const span = fc.integer({ min: -8_000, max: 8_000 })
    await fc.assert(
      fc.asyncProperty(span, span, fc.option(span), async (issued, life, begin) => {
        const iat = second + issued
        const exp = iat + life
        const nbf = begin === null ? {} : { nbf: second + begin }
        const assertion = await sign(key, { ...right, iat, exp, ...nbf })
        const isInTime =
          exp > second - 60 &&
          iat <= second + 60 &&
          life <= 3_600 &&
          (begin === null || begin <= 60)
        expect((await verifyAssertion(assertion, keys, expected, now)).ok).toBe(isInTime)
      }),
    )
  })

  it('that is any text, or a signed one with a letter changed, is refused and throws nothing', async () => {
    const signed = await sign(key, right)
    const changed = fc
      .tuple(fc.nat({ max: signed.length - 1 }), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([at, letter]) => `${signed.slice(0, at)}${letter}${signed.slice(at + 1)}`)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), changed), async (text) => {
        readClaimed(text)
        const verified = await verifyAssertion(text, keys, expected, now)
        // Bits at the end of base64 may mean nothing: the replay store goes by the claims alone.
        if (verified.ok) expect(verified.value.jti).toBe('once')
        else expect(['refused', 'unknownKey', 'otherKey']).toContain(verified.error.kind)
      }),
    )
  })

  it('with any header is verified by its own algorithm alone, and throws nothing', async () => {
    const [, claims = '', signature = ''] = (await sign(key, right)).split('.')
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (header) => {
        const head = Buffer.from(JSON.stringify(header)).toString('base64url')
        const verified = await verifyAssertion(
          `${head}.${claims}.${signature}`,
          keys,
          expected,
          now,
        )
        expect(verified.ok).toBe(false)
      }),
    )
  })
})

describe('a key set', () => {
  it('of whatever JSON is read without throwing, and no key of it is a secret one', async () => {
    const usual = fc.constantFrom('RSA', 'EC', 'OKP', 'oct', 'P-256', 'AQAB', 'sig')
    const entry = fc.oneof(
      fc.jsonValue(),
      fc.record(
        Object.fromEntries(
          ['kty', 'n', 'e', 'crv', 'x', 'y', 'd', 'k', 'alg', 'use'].map((name) => [
            name,
            fc.option(fc.oneof(usual, fc.jsonValue()), { nil: undefined }),
          ]),
        ),
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), fc.record({ keys: fc.array(entry) })),
        async (set) => {
          const { usable, fault } = await readKeySet(set)
          for (const usableKey of usable.keys) {
            expect(Object.keys(usableKey)).not.toContain('d')
            expect(Object.keys(usableKey)).not.toContain('k')
          }
          if (usable.keys.length === 0) expect(fault).toBeDefined()
        },
      ),
    )
  })

  it('keeps the usable keys, and tells what is wrong with the others', async () => {
    const good = key.publicKey
    const rsa = (await signingKey('r')).publicKey
    const faultOf = async (list: readonly unknown[]) => (await readKeySet({ keys: list })).fault
    expect(await faultOf([null, 7, { kty: 'future' }, good])).toBeUndefined()
    expect(await faultOf([good, { ...good, d: 'AQAB' }])).toBe('privateKey')
    expect(await faultOf([good, { ...rsa, n: rsa.n?.slice(0, 170) }])).toBe('shortKey')
    // What cannot be read as a number is no short one.
    expect(await faultOf([{ ...rsa, n: '!' }])).toBe('noUsableKey')
    expect(await faultOf([good, { ...rsa, n: [rsa.n] }])).toBeUndefined()
    expect(await faultOf([{ ...good, use: 'enc' }])).toBe('noUsableKey')
    expect(await faultOf([{ ...good, key_ops: ['sign'] }])).toBe('noUsableKey')
    expect(await faultOf([{ ...rsa, n: `${rsa.n}${rsa.n}${rsa.n}${rsa.n}${rsa.n}` }])).toBe(
      'noUsableKey',
    )
  })
})

describe('the audience of a federated client', () => {
  it.each([
    ['api://id/.default', ['api://id/.default', 'api://id', 'id']],
    ['api://id', ['api://id', 'id']],
    ['id', ['id']],
  ])('typed as %s is also %j', (typed, audiences) => {
    expect(audiencesOf(typed)).toEqual(audiences)
  })
})
