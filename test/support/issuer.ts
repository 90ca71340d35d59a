/**
 * An issuer that signs tokens for workloads, as Entra does: its keys are served by the sink, and it
 * can change them. Also a signer for clients that use keys of their own.
 */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { inject } from 'vitest'
import type { Received, Reply } from './sink'

export interface SigningKey {
  readonly kid: string | undefined
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly publicKey: JWK
}

/** A new pair of keys. Without a `kid` its tokens name no key. */
export async function signingKey(kid?: string, algorithm = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const exported = await exportJWK(publicKey)
  const named = kid === undefined ? exported : { ...exported, kid }
  return { kid, algorithm, privateKey, publicKey: named }
}

/** A signed JWT with exactly these claims. */
export function sign(
  key: SigningKey,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const kid = key.kid === undefined ? {} : { kid: key.kid }
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: key.algorithm, ...kid, ...header })
    .sign(key.privateKey)
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** A place of the sink that serves keys. */
export interface KeyServer {
  readonly url: string
  serve(...replies: readonly Reply[]): Promise<void>
  serveKeys(...keys: readonly SigningKey[]): Promise<void>
  readings(): Promise<readonly Received[]>
}

export function keyServer(): KeyServer {
  const origin = inject('sinkUrl')
  const path = `/served/${crypto.randomUUID()}`
  async function serve(...replies: readonly Reply[]) {
    await fetch(`${origin}${path}`, { method: 'PUT', body: JSON.stringify(replies) })
  }
  return {
    url: `${origin}${path}`,
    serve,
    serveKeys: (...keys) =>
      serve({
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ keys: keys.map(({ publicKey }) => publicKey) }),
      }),
    async readings() {
      const answer = await fetch(`${origin}/received${path}`)
      return answer.json()
    },
  }
}

export const entraDirectory = '11111111-2222-4333-8444-555555555555'
export const entraIssuer = `https://login.microsoftonline.com/${entraDirectory}/v2.0`
export const entraAudience = 'api://66666666-7777-4888-9999-000000000000/.default'

/** The claims of an Entra token, as its guide of June 2026 shows them; the names are made up. */
export function entraClaims(more: Readonly<Record<string, unknown>> = {}) {
  const now = seconds()
  return {
    aud: entraAudience.replace('/.default', ''),
    iss: entraIssuer,
    iat: now,
    nbf: now,
    exp: now + 3_900,
    appid: '99999999-8888-4777-8666-555555555555',
    appidacr: '2',
    idp: entraIssuer,
    oid: 'provisioning-service',
    sub: 'provisioning-service',
    tid: entraDirectory,
    ver: '2.0',
    ...more,
  }
}
