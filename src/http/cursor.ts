/**
 * Cursors (RFC 9865): where a page ended, sealed so that a client can neither read meaning into it
 * nor change it, and bound to tenant, resource type, filter and order.
 */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { Place } from '../store/page'

/** Seconds that a cursor can be used. */
export const cursorTimeout = 3_600

export interface CursorState {
  readonly place: Place
  readonly isBackwards: boolean
  readonly total: number
}

/** What a cursor belongs to; with any other request it is invalid. */
export type CursorScope = readonly (string | number | undefined)[]

export async function sealCursor(
  secret: string,
  scope: CursorScope,
  state: CursorState,
): Promise<string> {
  const { place, isBackwards, total } = state
  const issued = Math.floor(Date.now() / 1000)
  const content = [issued, isBackwards ? 1 : 0, total, place.position, place.key]
  const text = encode(new TextEncoder().encode(JSON.stringify(content)))
  return `${text}.${await seal(secret, scope, text)}`
}

export async function openCursor(
  secret: string,
  scope: CursorScope,
  cursor: string,
): Promise<Result<CursorState, ScimError>> {
  const [text = '', signature = ''] = cursor.split('.')
  const expected = await seal(secret, scope, text)
  if (!isEqual(signature, expected) || cursor.split('.').length !== 2) {
    return err(scimError('invalidCursor'))
  }
  // The seal was right, so this is what `sealCursor` wrote.
  const [issued, isBackwards, total, position, key] = JSON.parse(
    new TextDecoder().decode(decode(text)),
  ) as [number, number, number, number, Place['key']]
  if (issued + cursorTimeout < Date.now() / 1000) return err(scimError('expiredCursor'))
  return ok({ place: { position, key }, isBackwards: isBackwards === 1, total })
}

async function seal(secret: string, scope: CursorScope, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ])
  const content = encoder.encode(JSON.stringify([scope, text]))
  const signature = await crypto.subtle.sign(algorithm.name, key, content)
  return encode(new Uint8Array(signature).subarray(0, 16))
}

function isEqual(left: string, right: string): boolean {
  const encoder = new TextEncoder()
  const [a, b] = [encoder.encode(left), encoder.encode(right)]
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b)
}

/** base64url: the characters that RFC 9865 section 2 asks for. */
function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function decode(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
