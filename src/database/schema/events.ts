/** The tables of events and refusals; see `directory.ts` for what all tables have in common. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { JsonObject } from '../../scim/json'
import type { ProviderName } from '../../scim/profile'
import type { ToleranceName } from '../../scim/tolerance/names'
import type { PassedOver } from '../../scim/tolerance/reading'
import { eventTypes } from './event-types'

/** Cause of a change, quoted in every event of it. */
export interface Cause {
  readonly requestId: string
  readonly tokenId: string
  readonly provider?: ProviderName
  /** HTTP method of the request, or of the operation of a Bulk. */
  readonly method?: string
  /** Decision of an operator, as in “undo of hold …”. */
  readonly decision?: string
  /** Deviations from SCIM that the request needed. */
  readonly tolerated?: readonly ToleranceName[]
  /** Parts of the request that were passed over; for the log alone. */
  readonly passedOver?: readonly PassedOver[]
  /**
   * The user name (folded) that a refused new person wanted and another has, and the identifier that
   * came with it; for refusals alone.
   */
  readonly taken?: { readonly userName: string; readonly externalId: string }
}

/** Changes of the directory, numbered for each tenant without gaps in the order of commit. */
export const events = sqliteTable(
  'events',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    type: text('type', { enum: eventTypes }).notNull(),
    resourceId: text('resource_id').notNull(),
    /** The person of a membership event. */
    memberId: text('member_id'),
    at: integer('at').notNull(),
    /** The resource after the change, or before its deletion. */
    resource: text('resource', { mode: 'json' }).$type<JsonObject>().notNull(),
    /** Differences by attribute: `{"attribute": {"before": …, "after": …}}`. */
    changes: text('changes', { mode: 'json' }).$type<JsonObject>().notNull(),
    cause: text('cause', { mode: 'json' }).$type<Cause>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)

/** Requests for a change that were refused. What succeeds is in `events`. */
export const refusals = sqliteTable(
  'refusals',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    method: text('method').notNull(),
    /** Path below the base URL of the tenant. */
    path: text('path').notNull(),
    status: integer('status').notNull(),
    code: text('code').notNull(),
    detail: text('detail').notNull(),
    /** Name of the person or team, where the request gave one. */
    subject: text('subject'),
    cause: text('cause', { mode: 'json' }).$type<Cause>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)

/** Requests that were done, and of which no event tells what was passed over. */
export const passedOver = sqliteTable(
  'passed_over',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    method: text('method').notNull(),
    /** Path below the base URL of the tenant. */
    path: text('path').notNull(),
    status: integer('status').notNull(),
    /** Name of the person or team, where the request gave one. */
    subject: text('subject'),
    /** Names what was passed over, with the reasons. */
    cause: text('cause', { mode: 'json' }).$type<Cause>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)
