/**
 * Cursors (RFC 9865): where a page ended, encrypted so that a client can neither read nor change
 * it, and bound to tenant, resource type, filter and order.
 */
import { fromBase64, toBase64 } from '../bytes'
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import { open, seal } from '../sealing/seal'

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

/** Encrypts the state of a page as a cursor (base64url), bound to its scope. */
export async function sealCursor(
  key: string,
  scope: CursorScope,
  state: CursorState,
): Promise<string> {
  const { place, isBackwards, total } = state
  const issued = Math.floor(Date.now() / 1000)
  const content: Content = [issued, isBackwards ? 1 : 0, total, place.position, place.key]
  return encode(await seal(key, JSON.stringify(scope), JSON.stringify(content)))
}

/**
 * Decrypts a cursor. Refused with `invalidCursor` for another scope or key, with `expiredCursor`
 * after an hour.
 */
export async function openCursor(
  key: string,
  scope: CursorScope,
  cursor: string,
): Promise<Result<CursorState, ScimError>> {
  const bytes = decode(cursor)
  const opened = bytes && (await open(key, JSON.stringify(scope), bytes))
  if (opened === undefined) return err(scimError('invalidCursor'))
  const [issued, isBackwards, total, position, sortKey] = JSON.parse(opened) as Content
  if (issued + cursorTimeout < Date.now() / 1000) return err(scimError('expiredCursor'))
  return ok({ place: { position, key: sortKey }, isBackwards: isBackwards === 1, total })
}

/** base64url: the characters that RFC 9865 section 2 asks for. */
function encode(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined for all but exactly what `encode` writes: another spelling is another text. */
function decode(text: string): Uint8Array | undefined {
  const bytes = fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
  return bytes && encode(bytes) === text ? bytes : undefined
}

/** A text as an opaque cursor that holds no secret: the reader may see everything that it names. */
export function encodeText(text: string): string {
  return encode(new TextEncoder().encode(text))
}

/** The text of a cursor; undefined for what `encodeText` has not written. */
export function decodeText(cursor: string): string | undefined {
  const bytes = decode(cursor)
  const text = bytes && new TextDecoder().decode(bytes)
  return text !== undefined && encodeText(text) === cursor ? text : undefined
}
