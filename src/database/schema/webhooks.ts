/** The tables of webhooks; see `directory.ts` for what all tables have in common. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Where a tenant's events are sent to, and how far that is. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    url: text('url').notNull(),
    /** JSON: the types of events that are sent; null for all. */
    types: text('types'),
    /** Encrypted: `webhooks/secret.ts`. */
    secret: text('secret').notNull(),
    /** The secret before, which signs as well until then. */
    oldSecret: text('old_secret'),
    oldSecretUntil: integer('old_secret_until'),
    createdAt: integer('created_at').notNull(),
    state: text('state', { enum: ['active', 'paused', 'failed'] }).notNull(),
    stateAt: integer('state_at').notNull(),
    /** Number of the event up to which everything is delivered. */
    place: integer('place').notNull(),
    /** Grows with each change by the operator: a delivery in flight must not undo it. */
    revision: integer('revision').notNull(),
    lastSuccessAt: integer('last_success_at'),
    failures: integer('failures').notNull(),
    failingSince: integer('failing_since'),
    nextAttemptAt: integer('next_attempt_at'),
    /** Why the last attempt failed. */
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
    /** Why it failed; null for a success. */
    error: text('error'),
    /** The beginning of the answer. */
    excerpt: text('excerpt').notNull(),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.number] })],
)
