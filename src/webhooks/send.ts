/** Messages to one receiver: signed with its secrets, and only to an address that is allowed. */
import type { Attempt } from './attempts'
import type { Webhook } from './store'
import { postMessage, unanswered, type Answer } from './post'
import { isLoopbackAllowed, timingOf, type TimingVariables } from './retry'
import { openSecret, type SealingKeys } from './secret'
import { signedHeaders } from './signature'
import { checkTarget } from './target'

export type { Answer } from './post'

export type SendingEnvironment = SealingKeys & TimingVariables

/** Never rejects. */
export type Send = (id: string, body: string) => Promise<Answer>

type Receiver = Pick<Webhook, 'id' | 'url' | 'secret' | 'oldSecret' | 'oldSecretUntil'>

/**
 * A function that sends to a receiver. With an address that is not allowed or a secret that cannot
 * be read it sends nothing, and answers that error.
 */
export async function senderOf(
  environment: SendingEnvironment,
  webhook: Receiver,
  now: () => number,
): Promise<Send> {
  const target = checkTarget(webhook.url, isLoopbackAllowed(environment))
  if (!target.ok) return () => Promise.resolve(unanswered('address'))
  const secrets = await secretsOf(environment, webhook, now())
  if (!secrets) return () => Promise.resolve(unanswered('secret'))
  const { timeout } = timingOf(environment)
  return async function send(id, body) {
    const timestamp = Math.floor(now() / 1000)
    const headers = await signedHeaders(secrets, { id, timestamp, body })
    return postMessage(target.value, headers, body, timeout)
  }
}

/** The secret, and for a while the one before it; undefined when it can't be read. */
async function secretsOf(
  keys: SealingKeys,
  { id, secret, oldSecret, oldSecretUntil }: Receiver,
  now: number,
): Promise<readonly string[] | undefined> {
  const current = await openSecret(keys, id, secret)
  if (current === undefined) return undefined
  const isOverlapping = oldSecret !== null && (oldSecretUntil ?? 0) > now
  const old = isOverlapping ? await openSecret(keys, id, oldSecret) : undefined
  return old === undefined ? [current] : [current, old]
}

/** The entry of the log for an attempt. */
export function attemptOf(
  message: { readonly id: string; readonly type: string; readonly seq: number | null },
  at: number,
  { status, duration, error, excerpt }: Answer,
): Attempt {
  const { id: eventId, type, seq } = message
  return { at, seq, eventId, type, status, duration, error, excerpt }
}
