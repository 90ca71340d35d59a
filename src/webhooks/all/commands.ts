/** Commands on the webhooks of all tenants for the operator, from the API and the console. */
import { auditIfChanged, auditStatement, unmadeStatement, type Author } from '../../audit/log'
import { runBatch, type Refusal } from '../../database/batch'
import type { Databases } from '../../database/placement'
import { readPlaces, writePlaces, type FeedRefusal, type Places } from '../../events/places'
import { err, ok, type Result } from '../../result'
import { noTenant } from '../../sealing/keys'
import { stateWords } from '../commands'
import {
  deleteEndpoint,
  editEndpoint,
  makeEndpoint,
  rotateEndpoint,
  tryEndpoint,
  type Difference,
  type Endpoints,
  type IsAsSeen,
  type IssuedOf,
  type WebhookInput,
  type WebhookRefusal,
  unlessIdle,
} from '../endpoint-commands'
import { attemptOf, type Answer, type SendingEnvironment } from '../send'
import { recheckFeed, type WakeBindings } from '../wake'
import { feedAttemptStatements } from './attempts'
import { endOfAll, placesSince } from './feed'
import {
  addFeedWebhook,
  changeFeedWebhook,
  findFeedWebhook,
  type FeedWebhook,
  type FeedWebhookChange,
} from './store'
import { tellDatabases } from './wakes'

/** The context of a command. `DB` is the main database. */
export interface DeploymentContext {
  readonly environment: WakeBindings & SendingEnvironment & Databases
  readonly author: Author
}

function endpointsOf(command: DeploymentContext): Endpoints<FeedWebhook> {
  const { environment, author } = command
  const { DB } = environment
  return {
    environment,
    tenantId: noTenant,
    find: async (id) => {
      const found = await findFeedWebhook(DB, id)
      return found.ok ? ok(found.value.webhook) : found
    },
    add: async (webhook, difference, isOnce) => {
      const end = await endOfAll(environment)
      if (!end.ok) return err(outageOf(end.error))
      const made = { action: 'webhook.created', subject: webhook.id }
      const audit = auditIfChanged(DB, { tenant: noTenant, author, ...made, ...difference })
      const once = isOnce ? unmadeStatement(DB, { tenantId: noTenant, ...made }) : undefined
      const place = writePlaces(end.value)
      const added = await addFeedWebhook(DB, { ...webhook, place }, [audit], once)
      if (added.ok) await tellDatabases(environment)
      return added
    },
    apply: (id, change, word, difference) => applyToFeed(command, id, change, word, difference),
  }
}

/** A feed that is not there yet is on its way: a backup was restored. */
export function outageOf(refusal: FeedRefusal): Refusal {
  return refusal.kind === 'feedAhead' ? { kind: 'unavailable', outage: 'overloaded' } : refusal
}

/** Adds an endpoint that gets the events of every tenant from now on, also of those made later. */
export function makeFeedWebhook(
  command: DeploymentContext,
  input: WebhookInput,
  given?: string,
): Promise<Result<IssuedOf<FeedWebhook>, WebhookRefusal>> {
  return makeEndpoint(endpointsOf(command), input, given)
}

/** Changes the address or the types of an endpoint, as long as it is what `isAsSeen` says of it. */
export function editFeedWebhook(
  command: DeploymentContext,
  id: string,
  input: Partial<WebhookInput>,
  isAsSeen?: IsAsSeen,
): Promise<Result<FeedWebhook, WebhookRefusal>> {
  return editEndpoint(endpointsOf(command), id, input, isAsSeen)
}

/** A new signing secret; those before it sign as well, each for a day. */
export function rotateFeedSecret(
  command: DeploymentContext,
  id: string,
  given?: string,
): Promise<Result<IssuedOf<FeedWebhook>, WebhookRefusal>> {
  return rotateEndpoint(endpointsOf(command), id, given)
}

/** Deletes an endpoint, as long as it is what `isAsSeen` says of it. */
export function removeFeedWebhook(
  command: DeploymentContext,
  id: string,
  isAsSeen?: IsAsSeen,
): Promise<Result<FeedWebhook, WebhookRefusal>> {
  return deleteEndpoint(endpointsOf(command), id, isAsSeen)
}

/** Pauses, resumes or retries an endpoint. */
export async function setFeedWebhookState(
  command: DeploymentContext,
  id: string,
  kind: keyof typeof stateWords,
): Promise<Result<FeedWebhook, WebhookRefusal>> {
  return unlessIdle(await applyToFeed(command, id, { kind }, stateWords[kind]))
}

/**
 * Delivers again, for all tenants, what happened at a time or later; what waits is delivered anyway. Reads
 * two rows of each segment of the feed that is kept. Refused with `nothingSince` where nothing was delivered.
 */
export async function replayFeedSince(
  command: DeploymentContext,
  id: string,
  since: number,
): Promise<Result<FeedWebhook, WebhookRefusal>> {
  const { environment } = command
  const places = await placesSince(environment, since)
  if (!places.ok) return places
  return whileMoved(async () => {
    const found = await findFeedWebhook(environment.DB, id)
    if (!found.ok) return found
    const { webhook } = found.value
    const present = readPlaces(webhook.place) ?? new Map()
    const place = writePlaces(earlier(present, places.value))
    if (place === writePlaces(present)) return err({ kind: 'nothingSince' })
    const change = { kind: 'replay', place, from: webhook } as const
    const after = { since: new Date(since).toISOString() }
    return applyToFeed(command, id, change, 'replayed', { after })
  })
}

/** Reads and changes of an endpoint whose delivery moves it meanwhile: tried again some times. */
const maximumTries = 5

export async function whileMoved<T>(
  work: () => Promise<Result<T, WebhookRefusal>>,
): Promise<Result<T, WebhookRefusal>> {
  for (let tries = 1; ; tries += 1) {
    const done = await work()
    const isMoved = !done.ok && done.error.kind === 'version'
    if (!isMoved || tries === maximumTries) return done
  }
}

/** Of two places in each feed the one that comes first; of another feed the present one. */
function earlier(present: Places, wanted: Places): Places {
  return new Map(
    Array.from(present, ([database, place]) => {
      const other = wanted.get(database)
      const isBefore = other?.name === place.name && other.position < place.position
      return [database, isBefore ? other : place]
    }),
  )
}

/** Sends a message that is no event, past the line of those that wait, and says what came of it. */
export async function tryFeedWebhook(
  command: DeploymentContext,
  id: string,
): Promise<Result<Answer, WebhookRefusal>> {
  const { environment, author } = command
  const { DB } = environment
  const tried = await tryEndpoint(endpointsOf(command), id, null)
  if (!tried.ok) return tried
  const { message, at, answer } = tried.value
  const attempt = { ...attemptOf(message, at, answer), tenantId: noTenant }
  const noted = await runBatch(DB, [
    ...feedAttemptStatements(DB, id, [attempt]),
    auditStatement(DB, { tenant: noTenant, author, action: 'webhook.tested', subject: id }),
  ])
  return noted.ok ? ok(answer) : noted
}

/** Changes an endpoint with an entry of the audit, `webhook.{word}`, and wakes its delivery. */
export async function applyToFeed(
  { environment, author }: DeploymentContext,
  id: string,
  change: FeedWebhookChange,
  word: string,
  difference: Difference = {},
): Promise<Result<FeedWebhook, Refusal>> {
  const { DB } = environment
  const entry = { action: `webhook.${word}`, subject: id, ...difference }
  const audit = auditStatement(DB, { tenant: noTenant, author, ...entry })
  const changed = await changeFeedWebhook(DB, id, change, [audit])
  if (!changed.ok) return changed
  await tellDatabases(environment)
  await recheckFeed(environment, id)
  return changed
}
