/**
 * Signing secrets as D1 keeps them: encrypted with a key made of a secret of the Worker, and bound
 * to their endpoint. A copy of the database alone signs nothing.
 */
export interface SealingKeys {
  /** Its own secret, so that the operator's can be changed without losing what is sealed. */
  readonly WEBHOOK_KEY?: string
  readonly ADMIN_TOKEN?: string
}

const startLength = 12

/** Undefined when the Worker has no secret to make a key of. */
export async function sealSecret(
  keys: SealingKeys,
  webhookId: string,
  secret: string,
): Promise<string | undefined> {
  const [key] = keysOf(keys)
  if (key === undefined) return undefined
  const start = crypto.getRandomValues(new Uint8Array(startLength))
  const sealed = await crypto.subtle.encrypt(
    algorithm(start, webhookId),
    await cryptoKey(key),
    new TextEncoder().encode(secret),
  )
  return btoa(String.fromCharCode(...start, ...new Uint8Array(sealed)))
}

/** Undefined for what was sealed with a key that the Worker no longer has. */
export async function openSecret(
  keys: SealingKeys,
  webhookId: string,
  sealed: string,
): Promise<string | undefined> {
  const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0))
  const start = bytes.subarray(0, startLength)
  for (const key of keysOf(keys)) {
    try {
      const opened = await crypto.subtle.decrypt(
        algorithm(start, webhookId),
        await cryptoKey(key),
        bytes.subarray(startLength),
      )
      return new TextDecoder().decode(opened)
    } catch {
      // Sealed with another key.
    }
  }
  return undefined
}

/** The first one seals; what was sealed before WEBHOOK_KEY was set is opened with the other. */
function keysOf({ WEBHOOK_KEY, ADMIN_TOKEN }: SealingKeys): string[] {
  return [WEBHOOK_KEY, ADMIN_TOKEN].flatMap((key) => (key ? [key] : []))
}

function algorithm(start: Uint8Array, webhookId: string) {
  return { name: 'AES-GCM', iv: start, additionalData: new TextEncoder().encode(webhookId) }
}

async function cryptoKey(key: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`webhooks ${key}`))
  return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
}
