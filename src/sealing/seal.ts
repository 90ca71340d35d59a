/** Sealing: text encrypted and authenticated (AES-GCM) with a random key, bound to its context. */
import { toHex } from '../bytes'

const startLength = 12

/** 32 random bytes, in hexadecimal. */
export function makeKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(32)))
}

/** Encrypts a text; only `open` with the same key and context gives it back. */
export async function seal(key: string, context: string, text: string): Promise<Uint8Array> {
  const start = crypto.getRandomValues(new Uint8Array(startLength))
  const sealed = await crypto.subtle.encrypt(
    algorithm(start, context),
    await importKey(key),
    new TextEncoder().encode(text),
  )
  const bytes = new Uint8Array(startLength + sealed.byteLength)
  bytes.set(start)
  bytes.set(new Uint8Array(sealed), startLength)
  return bytes
}

/** Decrypts; undefined for what was not sealed with this key and context. */
export async function open(
  key: string,
  context: string,
  bytes: Uint8Array,
): Promise<string | undefined> {
  try {
    const opened = await crypto.subtle.decrypt(
      algorithm(bytes.subarray(0, startLength), context),
      await importKey(key),
      bytes.subarray(startLength),
    )
    return new TextDecoder().decode(opened)
  } catch {
    return undefined
  }
}

function algorithm(start: Uint8Array, context: string) {
  return { name: 'AES-GCM', iv: start, additionalData: new TextEncoder().encode(context) }
}

/** Any text makes a key; those of `makeKey` have 256 random bits. */
async function importKey(key: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
}
