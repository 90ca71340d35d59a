/**
 * SCIM tokens: `rollcall_<tenant>_<43 letters and digits: 256 random bits>_<CRC-32 in hex>`.
 * Prefix and checksum let secret scanners recognize one, and let typing errors be refused unread.
 * The gateway keeps the SHA-256 alone: the secret is random, so a slow hash would add nothing.
 */
import { toHex } from '../bytes.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secretLength = 43
const pattern = /^(rollcall_[a-z0-9-]{1,63}_[0-9A-Za-z]{43})_([0-9a-f]{8})$/

/** Makes a token for the tenant with a slug. */
export async function makeToken(slug: string, secret = makeSecret()): Promise<string> {
  const start = `rollcall_${slug}_${secret}`
  return `${start}_${checksum(start)}`
}

/** A key of the application: `rollcall_key_…`, made the same way. */
export function makeKey(secret?: string): Promise<string> {
  return makeToken('key', secret)
}

/** A token of an operator: `rollcall_operator_…`, made the same way. */
export function makeOperatorToken(secret?: string): Promise<string> {
  return makeToken('operator', secret)
}

/** True for a text with the form and the checksum of an operator token. */
export function isOperatorToken(token: string): boolean {
  return token.startsWith('rollcall_operator_') && pattern.test(token) && isPlausibleToken(token)
}

/** The access code of one of the operator's people: `rollcall_person_…`, made the same way. */
export function makeAccessCode(secret?: string): Promise<string> {
  return makeToken('person', secret)
}

/** True for a text with the form and the checksum of an access code. */
export function isAccessCode(code: string): boolean {
  return code.startsWith('rollcall_person_') && pattern.test(code) && isPlausibleToken(code)
}

export function isPlausibleKey(key: string): boolean {
  return key.startsWith('rollcall_key_') && pattern.test(key) && isPlausibleToken(key)
}

/** False for a text that has the form of a Rollcall token and another checksum: it is mistyped. */
export function isPlausibleToken(token: string): boolean {
  if (token === '' || token.length > 200) return false
  const match = pattern.exec(token)
  return match === null || match[2] === checksum(match[1] ?? '')
}

/** The token of an `Authorization` header (RFC 6750 section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
}

/** SHA-256 in hex. */
export async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return toHex(new Uint8Array(digest))
}

/** 256 random bits in letters and digits. */
export function makeSecret(): string {
  return lettersOf(crypto.getRandomValues(new Uint8Array(32)))
}

/** A secret that follows from a key and a text: 256 bits in letters and digits. */
export async function secretOf(key: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = (of: string) => new TextEncoder().encode(of)
  const imported = await crypto.subtle.importKey('raw', bytes(key), algorithm, false, ['sign'])
  return lettersOf(new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes(text))))
}

function lettersOf(bytes: Uint8Array): string {
  let number = 0n
  for (const byte of bytes) number = number * 256n + BigInt(byte)
  let secret = ''
  for (let index = 0; index < secretLength; index += 1) {
    secret = `${alphabet[Number(number % 62n)]}${secret}`
    number /= 62n
  }
  return secret
}

function checksum(text: string): string {
  let remainder = 0xffffffff
  for (const byte of new TextEncoder().encode(text)) {
    remainder = afterHalf(remainder, byte)
    remainder = afterHalf(remainder, byte >>> 4)
  }
  return ((remainder ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}

function afterHalf(remainder: number, half: number): number {
  return (remainder >>> 4) ^ (remainders[(remainder ^ half) & 0xf] ?? 0)
}

/** CRC-32 of each half of a byte, as in zip files: those of whole bytes would keep an isolate's start waiting. */
const remainders = Array.from({ length: 16 }, (_, half) => {
  let remainder = half
  for (let bit = 0; bit < 4; bit += 1) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
  }
  return remainder
})
