/** Commands that endpoints of a tenant and those of all tenants have in common. */
import type { AuditEntry } from '../audit/log'
import { idWith } from '../bytes'
import type { Refusal } from '../database/batch'
import type { EventType } from '../database/schema/event-types'
import { checkTarget, isLoopbackAllowed, shownTarget, type TargetRefusal } from '../public-address'
import { err, ok, type Result } from '../result'
import { isFullOfSecrets } from './rotation'
import { openSecret, sealSecret, type SealingEnvironment } from './secret'
import { senderOf, type Answer, type SendingEnvironment } from './send'
import { makeSecret } from './signature'
import type { Webhook, WebhookChange } from './store'

export type WebhookRefusal =
  | Refusal
  | { readonly kind: 'tooManyWebhooks' }
  | { readonly kind: 'tooManyRotations' }
  /** The secret that a form makes was rotated away since, or its endpoint deleted. */
  | { readonly kind: 'ended' }
  /** The endpoint is no longer what the author of a change has seen. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'badTarget'; readonly reason: TargetRefusal }
  | { readonly kind: 'notDelivered'; readonly deliveredUpTo: number }
  /** Nothing was delivered from the time on that a replay names. */
  | { readonly kind: 'nothingSince' }
  /** Nothing is sent to the endpoint: there is nothing to try again. */
  | { readonly kind: 'notActive' }
  /** No such event in the log, or not the next one. */
  | { readonly kind: 'noEvent' | 'notNext' }

/** A change of the state is refused as `version` for a try of an endpoint that is not active. */
export function unlessIdle<T>(changed: Result<T, Refusal>): Result<T, WebhookRefusal> {
  if (changed.ok || changed.error.kind !== 'version') return changed
  return err({ kind: 'notActive' })
}

/** An endpoint with its signing secret: it is answered once, and not shown again. */
export interface IssuedOf<W> {
  readonly webhook: W
  readonly secret: string
}

export interface WebhookInput {
  readonly url: string
  /** Null for all. */
  readonly types: readonly EventType[] | null
}

/** What the endpoints of a tenant and those of all tenants both have. */
export type Endpoint = Pick<
  Webhook,
  'id' | 'url' | 'types' | 'secret' | 'oldSecret' | 'oldSecretUntil' | 'olderSecrets' | 'revision'
>

/** Whether an endpoint is still what the author of a change has seen. */
export type IsAsSeen<W extends Endpoint = Endpoint> = (present: W) => boolean | Promise<boolean>

/** An entry of the audit: what was before, and is after. */
export type Difference = Pick<AuditEntry, 'before' | 'after'>

/** The endpoints of an owner: a tenant, or with 0 the deployment. */
export interface Endpoints<W extends Endpoint> {
  readonly environment: SendingEnvironment
  readonly tenantId: number
  find(id: string): Promise<Result<W, Refusal>>
  add(
    webhook: Pick<Webhook, 'id' | 'url' | 'types' | 'secret'>,
    difference: Difference,
    /** True to refuse, as `target`, an id that there was before. */
    isOnce: boolean,
  ): Promise<Result<W, Refusal>>
  /** Changes an endpoint with an entry of the audit, and wakes its delivery. */
  apply(
    id: string,
    change: Extract<WebhookChange, { kind: 'address' | 'secret' | 'delete' }>,
    word: string,
    difference?: Difference,
  ): Promise<Result<W, Refusal>>
}

/**
 * Adds an endpoint and makes its secret. Refused with `badTarget` or `tooManyWebhooks`. With a text that
 * was `given` before, it answers the endpoint that this has made; refused with `ended` where that has another
 * secret by now, or was deleted.
 */
export async function makeEndpoint<W extends Endpoint>(
  endpoints: Endpoints<W>,
  input: WebhookInput,
  given?: string,
): Promise<Result<IssuedOf<W>, WebhookRefusal>> {
  const { environment, tenantId } = endpoints
  const target = checkTarget(input.url, isLoopbackAllowed(environment))
  if (!target.ok) return err({ kind: 'badTarget', reason: target.error })
  const id = await idWith(given)
  const sealed = await newSecret(environment, { tenantId, id }, given)
  if (!sealed.ok) return sealed
  const { href: url } = target.value
  const { types } = input
  const webhook = { id, url, types, secret: sealed.value.sealed }
  const after = { url: shownTarget(url), events: types ?? 'all' }
  const added = await endpoints.add(webhook, { after }, given !== undefined)
  const { secret } = sealed.value
  if (added.ok) return ok({ webhook: added.value, secret })
  const same = given === undefined ? added : await endpoints.find(id)
  if (same.ok) {
    const present = await openSecret(environment, { tenantId, id }, same.value.secret)
    if (!present.ok) return present
    return present.value === secret ? ok({ webhook: same.value, secret }) : err({ kind: 'ended' })
  }
  if (added.error.kind === 'version') return err({ kind: 'tooManyWebhooks' })
  return added.error.kind === 'target' ? err({ kind: 'ended' }) : added
}

/** Attempts of a change that meets others. */
const attempts = 5

/**
 * Changes the address or the types of an endpoint, as long as it is what `isAsSeen` says of it, else refused with
 * `stale`. Refused with `badTarget`, or `target` when there is none.
 */
export function editEndpoint<W extends Endpoint>(
  endpoints: Endpoints<W>,
  id: string,
  input: Partial<WebhookInput>,
  isAsSeen?: IsAsSeen<W>,
): Promise<Result<W, WebhookRefusal>> {
  return whileAsSeen(endpoints, id, isAsSeen, (before) => editFound(endpoints, before, input))
}

/** Deletes an endpoint, as long as it is what `isAsSeen` says of it, else refused with `stale`. */
export function deleteEndpoint<W extends Endpoint>(
  endpoints: Endpoints<W>,
  id: string,
  isAsSeen?: IsAsSeen<W>,
): Promise<Result<W, WebhookRefusal>> {
  const end = (read: { readonly revision?: number }) =>
    endpoints.apply(id, { kind: 'delete', ...read }, 'deleted')
  if (!isAsSeen) return end({})
  return whileAsSeen(endpoints, id, isAsSeen, ({ revision }) => end({ revision }))
}

/** Does something with an endpoint as it was read, again where it is refused as `version`. */
async function whileAsSeen<W extends Endpoint>(
  endpoints: Endpoints<W>,
  id: string,
  isAsSeen: IsAsSeen<W> | undefined,
  act: (before: W) => Promise<Result<W, WebhookRefusal>>,
): Promise<Result<W, WebhookRefusal>> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await endpoints.find(id)
    if (!found.ok) return found
    if (isAsSeen && !(await isAsSeen(found.value))) return err({ kind: 'stale' })
    const done = await act(found.value)
    if (done.ok || done.error.kind !== 'version' || attempt === attempts) return done
  }
}

async function editFound<W extends Endpoint>(
  endpoints: Endpoints<W>,
  before: W,
  input: Partial<WebhookInput>,
): Promise<Result<W, WebhookRefusal>> {
  // The address as it was shown, sent back, is the one that it stands for.
  const { url: wanted = before.url } = input
  const target = checkTarget(
    wanted === shownTarget(before.url) ? before.url : wanted,
    isLoopbackAllowed(endpoints.environment),
  )
  if (!target.ok) return err({ kind: 'badTarget', reason: target.error })
  const { href: url } = target.value
  const types = input.types === undefined ? before.types : input.types
  const change = { kind: 'address', url, types, revision: before.revision } as const
  return endpoints.apply(before.id, change, 'changed', {
    before: { url: shownTarget(before.url), events: before.types ?? 'all' },
    after: { url: shownTarget(url), events: types ?? 'all' },
  })
}

/**
 * A new signing secret; those before it sign as well, each for a day. A text that was `given` before makes
 * no second one; refused with `ended` where its secret was rotated away since and still signs. Refused with
 * `tooManyRotations` where a secret would have to end before its day.
 */
export async function rotateEndpoint<W extends Endpoint>(
  endpoints: Endpoints<W>,
  id: string,
  given?: string,
): Promise<Result<IssuedOf<W>, WebhookRefusal>> {
  const { environment, tenantId } = endpoints
  const key = { tenantId, id }
  const before = await secretNow()
  if (!before.ok) return before
  const sealed = await newSecret(environment, key, given)
  if (!sealed.ok) return sealed
  const { secret } = sealed.value
  const { webhook } = before.value
  if (before.value.secret === secret) return ok({ webhook, secret })
  if (given !== undefined && (await wasRotatedAway(webhook, secret))) return err({ kind: 'ended' })
  if (isFullOfSecrets(webhook, Date.now())) return err({ kind: 'tooManyRotations' })
  const follows = given === undefined ? {} : { before: webhook.secret }
  const change = { kind: 'secret', secret: sealed.value.sealed, ...follows } as const
  const changed = await endpoints.apply(id, change, 'rotated')
  if (changed.ok) return ok({ webhook: changed.value, secret })
  if (given === undefined || changed.error.kind !== 'version') return changed
  // The same form came at the same time, and was first.
  const after = await secretNow()
  if (!after.ok) return after
  return after.value.secret === secret ? ok({ webhook: after.value.webhook, secret }) : changed

  /** True for a secret that the endpoint had before. */
  async function wasRotatedAway(
    { oldSecret, olderSecrets }: Endpoint,
    wanted: string,
  ): Promise<boolean> {
    const sealedBefore = [oldSecret, ...(olderSecrets ?? []).map((older) => older.secret)]
    for (const sealed of sealedBefore) {
      const opened = sealed === null ? undefined : await openSecret(environment, key, sealed)
      if (opened?.ok && opened.value === wanted) return true
    }
    return false
  }

  async function secretNow(): Promise<
    Result<{ readonly webhook: W; readonly secret: string | undefined }, Refusal>
  > {
    const found = await endpoints.find(id)
    if (!found.ok) return found
    const opened = await openSecret(environment, key, found.value.secret)
    return opened.ok ? ok({ webhook: found.value, secret: opened.value }) : opened
  }
}

/** The message of a test, and what came of it. */
export interface Trial {
  readonly message: { readonly id: string; readonly type: string; readonly seq: null }
  readonly at: number
  readonly answer: Answer
}

/** Sends a message that is no event, past the line of those that wait. `tenant` is a slug, or null. */
export async function tryEndpoint(
  endpoints: Endpoints<Endpoint>,
  id: string,
  tenant: string | null,
): Promise<Result<Trial, Refusal>> {
  const { environment, tenantId } = endpoints
  const found = await endpoints.find(id)
  if (!found.ok) return found
  const message = { id: `evt_test_${crypto.randomUUID()}`, type: 'webhook.test', seq: null }
  const send = await senderOf(environment, { ...found.value, tenantId }, Date.now)
  if (!send.ok) return send
  const at = Date.now()
  const time = new Date(at).toISOString()
  const body = { type: message.type, id: message.id, tenant, time, resource: { id } }
  return ok({ message, at, answer: await send.value(message.id, JSON.stringify(body)) })
}

async function newSecret(
  environment: SealingEnvironment,
  endpoint: { readonly tenantId: number; readonly id: string },
  given: string | undefined,
): Promise<Result<{ readonly secret: string; readonly sealed: string }, Refusal>> {
  const secret = makeSecret(given)
  const sealed = await sealSecret(environment, endpoint, secret)
  return sealed.ok ? ok({ secret, sealed: sealed.value }) : sealed
}
