/** Tables of webhooks; see `directory.ts` for what all tables have in common. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { EventType } from './event-types'

/** States of an endpoint: `paused` by the operator, `failed` after too many failures. */
export const webhookStates = ['active', 'paused', 'failed'] as const

/**
 * Reasons why a delivery failed. `secret`: the signing secret can't be decrypted any more.
 * `address`: events may not be sent to the address.
 */
export const deliveryErrors = [
  'timeout',
  'connection',
  'redirect',
  'status',
  'secret',
  'address',
] as const

/** A sealed secret that was rotated away less than a day ago; `until` in milliseconds since 1970. */
export interface OlderSecret {
  readonly secret: string
  readonly until: number
}

/** Columns of an endpoint: where it is, how it is signed to, and what the operator has set. */
const endpointColumns = () => ({
  id: text('id').primaryKey(),
  url: text('url').notNull(),
  /** Types of events that are sent; null for all. */
  types: text('types', { mode: 'json' }).$type<readonly EventType[]>(),
  /** Encrypted with the key of the tenant, or of the deployment: `webhooks/secret.ts`. */
  secret: text('secret').notNull(),
  /** The secret before a rotation, which signs as well until then. */
  oldSecret: text('old_secret'),
  oldSecretUntil: integer('old_secret_until'),
  /** Secrets before the old one, which sign as well until their own times; null for none. */
  olderSecrets: text('older_secrets', { mode: 'json' }).$type<readonly OlderSecret[]>(),
  createdAt: integer('created_at').notNull(),
  state: text('state', { enum: webhookStates }).notNull(),
  stateAt: integer('state_at').notNull(),
  /** Version of what the operator has set: a delivery in flight must not undo a change. */
  revision: integer('revision').notNull(),
})

/** Columns of what came of the attempts to deliver to an endpoint. */
const outcomeColumns = () => ({
  lastSuccessAt: integer('last_success_at'),
  /** Failures since the last success, of any tenant's events. */
  failures: integer('failures').notNull(),
  failingSince: integer('failing_since'),
  /** Time of the next attempt; for the feed until which the receiver has asked for nothing more. */
  nextAttemptAt: integer('next_attempt_at'),
  /** Reason of the last failure, for example `timeout` or `status 500`. */
  lastError: text('last_error'),
})

/** Endpoints to which a tenant's events are sent, and the place of the delivery. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    ...endpointColumns(),
    tenantId: integer('tenant_id').notNull(),
    /** Number of the last event that is delivered; so are all before it. */
    place: integer('place').notNull(),
    ...outcomeColumns(),
  },
  (table) => [index('webhooks_tenant').on(table.tenantId)],
)

/** Attempts of delivery, numbered for each endpoint. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    webhookId: text('webhook_id').notNull(),
    number: integer('number').notNull(),
    tenantId: integer('tenant_id').notNull(),
    at: integer('at').notNull(),
    /** Number of the event; null for a test event. */
    seq: integer('seq'),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    /** HTTP status of the answer; null when there was none. */
    status: integer('status'),
    /** Milliseconds until the answer. */
    duration: integer('duration').notNull(),
    /** Null for a success. */
    error: text('error', { enum: deliveryErrors }),
    /** The beginning of the answer. */
    excerpt: text('excerpt').notNull(),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.number] })],
)

/** Endpoints to which the events of all tenants are sent; in the main database alone. */
export const feedWebhooks = sqliteTable('feed_webhooks', {
  ...endpointColumns(),
  /** Place in the feed (`events/places.ts`): what is before it is delivered, or is in a lane. */
  place: text('place').notNull(),
  /** Number of the delivery's writes: each follows the one that it has read. */
  step: integer('step').notNull(),
  ...outcomeColumns(),
})

/** Tenants of which an endpoint has not got everything before its place. */
export const lanes = sqliteTable(
  'feed_lanes',
  {
    webhookId: text('webhook_id').notNull(),
    tenantId: integer('tenant_id').notNull(),
    /** Name of the binding of the tenant's database. */
    database: text('database').notNull(),
    /** Number of the tenant's last event that is delivered. */
    place: integer('place').notNull(),
    /** Number of the tenant's last event before the endpoint's place. */
    upTo: integer('up_to').notNull(),
    failures: integer('failures').notNull(),
    failingSince: integer('failing_since'),
    nextAttemptAt: integer('next_attempt_at'),
    lastError: text('last_error'),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.tenantId] })],
)
