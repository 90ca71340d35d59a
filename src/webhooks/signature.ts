/**
 * Signatures of webhooks as the Standard Webhooks specification 1.0.0 has them: HMAC-SHA256 over
 * `{id}.{timestamp}.{body}`, one signature for each secret, so that secrets can be changed without
 * a gap.
 */
import { toBase64 } from '../bytes'

const prefix = 'whsec_'
const secretBytes = 32

/** A new secret as receivers know it: `whsec_` and 32 random bytes in base64, or those of a random text. */
export function makeSecret(given?: string): string {
  const bytes =
    given === undefined
      ? crypto.getRandomValues(new Uint8Array(secretBytes))
      : new TextEncoder().encode(given)
  return `${prefix}${toBase64(bytes)}`
}

export interface Message {
  /** Id of the message, equal at every attempt: receivers recognize a repetition by it. */
  readonly id: string
  /** Seconds since 1970, of this attempt. */
  readonly timestamp: number
  readonly body: string
}

/** The three headers of a message that is signed with each of the secrets. */
export async function signedHeaders(
  secrets: readonly string[],
  message: Message,
): Promise<Readonly<Record<string, string>>> {
  const content = `${message.id}.${message.timestamp}.${message.body}`
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)))
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  }
}

async function sign(secret: string, content: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.slice(prefix.length)), (character) =>
    character.charCodeAt(0),
  )
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(content))
  return toBase64(new Uint8Array(signature))
}
