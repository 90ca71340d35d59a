/** Verification of webhooks (Standard Webhooks 1.0.0), for receivers. */
import type { Result } from '../result'
import type { FeedEvent } from './gateway.ts'

export interface WebhookError {
  /**
   * `headers`: one of the three is missing or wrong. `time`: signed too long ago, or later than now.
   * `signature`: none of the signatures is of a secret that was given. `secret`: a secret is none.
   * `body`: the body is no JSON object.
   */
  readonly code: 'headers' | 'time' | 'signature' | 'secret' | 'body'
  readonly reason: string
}

export interface WebhookMessage {
  /** `webhook-id`: the same at every attempt; store it, and ignore a message that is stored. */
  readonly id: string
  readonly event: FeedEvent | TestEvent
}

/** The message of *Send a test*. */
export interface TestEvent {
  readonly type: 'webhook.test'
  readonly id: string
}

export interface VerifyOptions {
  /** The endpoint's secret (`whsec_…`), or several while it is changed. */
  readonly secret: string | readonly string[]
  /** Seconds that the signature may be away from now; 300 when absent. */
  readonly tolerance?: number
  /** Milliseconds since 1970; the clock when absent. */
  readonly now?: number
}

type HeadersOf = { get(name: string): string | null } | Readonly<Record<string, unknown>>

/** Verifies a message over the bytes of its body as they came, and reads it. */
export async function verifyWebhook(
  headers: HeadersOf,
  body: string | Uint8Array,
  { secret, tolerance = 300, now = Date.now() }: VerifyOptions,
): Promise<Result<WebhookMessage, WebhookError>> {
  const id = header(headers, 'webhook-id')
  const timestamp = header(headers, 'webhook-timestamp')
  const signature = header(headers, 'webhook-signature')
  if (!id || !signature || !/^\d{1,12}$/.test(timestamp)) {
    return refuse('headers', 'webhook-id, webhook-timestamp or webhook-signature is missing.')
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > tolerance) {
    return refuse('time', 'The signature is too old, or the clock is wrong.')
  }
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const content = bytesOf(`${id}.${timestamp}.`, body)
  for (const one of typeof secret === 'string' ? [secret] : secret) {
    const key = await keyOf(one)
    if (!key) return refuse('secret', 'A secret is "whsec_" and base64.')
    for (const part of signature.split(' ')) {
      const bytes = part.startsWith('v1,') ? decode(part.slice(3)) : undefined
      // `verify` compares in constant time.
      if (bytes && (await crypto.subtle.verify('HMAC', key, bytes, content))) return read(id, text)
    }
  }
  return refuse('signature', 'No signature is of this secret.')
}

function read(id: string, text: string): Result<WebhookMessage, WebhookError> {
  const event = parse(text)
  if (typeof event !== 'object' || event === null) return refuse('body', 'The body is no JSON.')
  return { ok: true, value: { id, event: event as WebhookMessage['event'] } }
}

function refuse(code: WebhookError['code'], reason: string) {
  return { ok: false, error: { code, reason } } as const
}

function header(headers: HeadersOf, name: string): string {
  const found = typeof headers.get === 'function' ? headers.get(name) : Reflect.get(headers, name)
  return typeof found === 'string' ? found : ''
}

function bytesOf(start: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(start)
  const rest = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const bytes = new Uint8Array(head.length + rest.length)
  bytes.set(head)
  bytes.set(rest, head.length)
  return bytes
}

async function keyOf(secret: string): Promise<CryptoKey | undefined> {
  const bytes = decode(secret.replace(/^whsec_/, ''))
  if (!bytes || bytes.length === 0) return undefined
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
