/**
 * Names and secrets of OAuth clients: letters and digits alone, so that HTTP Basic carries them in
 * the same form whether a client escapes them (RFC 6749 section 2.3.1) or not.
 */
import { makeSecret } from '../tokens/secret'

/** A public name: 119 random bits. */
export function makeClientId(text = makeSecret()): string {
  return text.slice(-20)
}

/** A secret: 256 random bits behind a name that scanners recognize. */
export function makeClientSecret(secret = makeSecret()): string {
  return `rollcall${secret}`
}

/** Addresses of a tenant's authorization server, as the client reached it. */
export interface Server {
  readonly issuer: string
  readonly tokenUrl: string
}
