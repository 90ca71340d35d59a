/** Messages to one receiver: signed with its secrets, and only to an address that is allowed. */
import type { Refusal } from '../database/batch'
import { ok, type Result } from '../result'
import type { Attempt } from './attempts'
import type { Webhook } from './store'
import { postMessage, unanswered, type Answer } from './post'
import { timingOf, type TimingVariables } from './retry'
import { openSecret, type SealingEnvironment } from './secret'
import { signedHeaders } from './signature'
import { checkTarget, isLoopbackAllowed } from '../public-address'

export type { Answer } from './post'

export type SendingEnvironment = SealingEnvironment & TimingVariables

/** Never rejects. */
export type Send = (id: string, body: string) => Promise<Answer>

export type Receiver = Pick<
  Webhook,
  'id' | 'tenantId' | 'url' | 'secret' | 'oldSecret' | 'oldSecretUntil' | 'olderSecrets'
>

/**
 * A function that sends to a receiver. With an address that is not allowed or a secret that cannot
 * be decrypted it sends nothing, and answers that error. An outage of D1 is a refusal.
 */
export async function senderOf(
  environment: SendingEnvironment,
  webhook: Receiver,
  now: () => number,
): Promise<Result<Send, Refusal>> {
  const target = checkTarget(webhook.url, isLoopbackAllowed(environment))
  if (!target.ok) return ok(() => Promise.resolve(unanswered('address')))
  const secrets = await secretsOf(environment, webhook, now())
  if (!secrets.ok) return secrets
  const [first] = secrets.value
  if (first === undefined) return ok(() => Promise.resolve(unanswered('secret')))
  const { timeout } = timingOf(environment)
  return ok(async function send(id, body) {
    const timestamp = Math.floor(now() / 1000)
    const headers = await signedHeaders(secrets.value, { id, timestamp, body })
    return postMessage(target.value, headers, body, timeout)
  })
}

/** The secret, and for a day those before it; none when the present one can't be decrypted. */
async function secretsOf(
  environment: SealingEnvironment,
  webhook: Receiver,
  now: number,
): Promise<Result<readonly string[], Refusal>> {
  const { secret, oldSecret, oldSecretUntil, olderSecrets } = webhook
  const rotated = [{ secret: oldSecret, until: oldSecretUntil ?? 0 }, ...(olderSecrets ?? [])]
  const valid = rotated.flatMap((old) => (old.secret !== null && old.until > now ? old.secret : []))
  const secrets: string[] = []
  for (const sealed of [secret, ...valid]) {
    const opened = await openSecret(environment, webhook, sealed)
    if (!opened.ok) return opened
    if (opened.value === undefined && sealed === secret) return ok([])
    if (opened.value !== undefined) secrets.push(opened.value)
  }
  return ok(secrets)
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
