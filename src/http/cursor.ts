/**
 * Cursors (RFC 9865): where a page ended, encrypted so that a client can neither read nor change
 * it, and bound to tenant, resource type, filter and order.
 */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'

/** Seconds that a cursor can be used. */
export const cursorTimeout = 3_600

/** The last resource of a page: where it stands, and what it is sorted by. */
interface Place {
  readonly position: number
  readonly key: string | number | null
}

export interface CursorState {
  readonly place: Place
  readonly isBackwards: boolean
  readonly total: number
}

/** The request that a cursor belongs to; for any other request it is invalid. */
export type CursorScope = readonly (string | number | undefined)[]

type Content = readonly [number, number, number, number, Place['key']]

const startLength = 12

/** Encrypts the state of a page as a cursor (AES-GCM, base64url), bound to its scope. */
export async function sealCursor(
  secret: string,
  scope: CursorScope,
  state: CursorState,
): Promise<string> {
  const { place, isBackwards, total } = state
  const issued = Math.floor(Date.now() / 1000)
  const content: Content = [issued, isBackwards ? 1 : 0, total, place.position, place.key]
  const start = crypto.getRandomValues(new Uint8Array(startLength))
  const sealed = await crypto.subtle.encrypt(
    algorithm(start, scope),
    await keyOf(secret),
    new TextEncoder().encode(JSON.stringify(content)),
  )
  const bytes = new Uint8Array(startLength + sealed.byteLength)
  bytes.set(start)
  bytes.set(new Uint8Array(sealed), startLength)
  return encode(bytes)
}

/**
 * Decrypts a cursor. Refused with `invalidCursor` for another scope, with `expiredCursor` after an
 * hour.
 */
export async function openCursor(
  secret: string,
  scope: CursorScope,
  cursor: string,
): Promise<Result<CursorState, ScimError>> {
  const content = await decrypt(secret, scope, cursor)
  if (!content) return err(scimError('invalidCursor'))
  const [issued, isBackwards, total, position, key] = content
  if (issued + cursorTimeout < Date.now() / 1000) return err(scimError('expiredCursor'))
  return ok({ place: { position, key }, isBackwards: isBackwards === 1, total })
}

/** Undefined for what was not sealed here, or for another list. */
async function decrypt(
  secret: string,
  scope: CursorScope,
  cursor: string,
): Promise<Content | undefined> {
  try {
    const bytes = decode(cursor)
    const start = bytes.subarray(0, startLength)
    const sealed = bytes.subarray(startLength)
    const opened = await crypto.subtle.decrypt(algorithm(start, scope), await keyOf(secret), sealed)
    return JSON.parse(new TextDecoder().decode(opened)) as Content
  } catch {
    return undefined
  }
}

function algorithm(start: Uint8Array, scope: CursorScope) {
  const additionalData = new TextEncoder().encode(JSON.stringify(scope))
  return { name: 'AES-GCM', iv: start, additionalData }
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`cursor ${secret}`))
  return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** base64url: the characters that RFC 9865 section 2 asks for. */
function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Exactly what `encode` writes: another spelling of the same bytes is another text. */
function decode(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  if (encode(bytes) !== text) throw new Error('Another spelling')
  return bytes
}
