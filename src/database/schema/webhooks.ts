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

/** Endpoints to which a tenant's events are sent, and the place of the delivery. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    url: text('url').notNull(),
    /** Types of events that are sent; null for all. */
    types: text('types', { mode: 'json' }).$type<readonly EventType[]>(),
    /** Encrypted: `webhooks/secret.ts`. */
    secret: text('secret').notNull(),
    /** The secret before a rotation, which signs as well until then. */
    oldSecret: text('old_secret'),
    oldSecretUntil: integer('old_secret_until'),
    /** Secrets before the old one, which sign as well until their own times; null for none. */
    olderSecrets: text('older_secrets', { mode: 'json' }).$type<readonly OlderSecret[]>(),
    createdAt: integer('created_at').notNull(),
    state: text('state', { enum: webhookStates }).notNull(),
    stateAt: integer('state_at').notNull(),
    /** Number of the last event that is delivered; so are all before it. */
    place: integer('place').notNull(),
    /** Version of what the operator has set: a delivery in flight must not undo a change. */
    revision: integer('revision').notNull(),
    lastSuccessAt: integer('last_success_at'),
    failures: integer('failures').notNull(),
    failingSince: integer('failing_since'),
    nextAttemptAt: integer('next_attempt_at'),
    /** Reason of the last failure, for example `timeout` or `status 500`. */
    lastError: text('last_error'),
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
