/** Assertions that a client signs with its own private key (RFC 7523 section 2.2). */
import { importJWK, importPKCS8, SignJWT } from 'jose'
import { isObject, parse, readText } from '../simulator/json.ts'
import type { Signer } from './sign-in.ts'

/** `key` is a JWK, or PKCS #8 in PEM for RS256. */
export function signerOf(clientId: string, key: string): Signer {
  return async (audience) => {
    const { value, kid, algorithm } = await readKey(key)
    return new SignJWT({})
      .setProtectedHeader({ alg: algorithm, ...(kid === undefined ? {} : { kid }) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('60s')
      .setJti(crypto.randomUUID())
      .sign(value)
  }
}

async function readKey(text: string) {
  const { body } = parse(text)
  if (!isObject(body)) {
    return { value: await importPKCS8(text, 'RS256'), kid: undefined, algorithm: 'RS256' }
  }
  const curves: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384' }
  const byCurve = curves[readText(body, 'crv') ?? '']
  const byType = readText(body, 'kty') === 'OKP' ? 'EdDSA' : 'RS256'
  const algorithm = readText(body, 'alg') ?? byCurve ?? byType
  return { value: await importJWK(body, algorithm), kid: readText(body, 'kid'), algorithm }
}
