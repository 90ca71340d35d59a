/** What happened and what was refused; see `directory.ts` for what all tables have in common. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { ProviderName } from '../../scim/profile'
import type { ToleranceName } from '../../scim/tolerance'

/** Cause of a change, quoted in every event of it. */
export interface Cause {
  readonly requestId: string
  readonly tokenId: string
  readonly provider?: ProviderName
  readonly tolerated?: readonly ToleranceName[]
}

/** What happened, numbered for each tenant without gaps in the order of commit. */
export const events = sqliteTable(
  'events',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    type: text('type').notNull(),
    resourceId: text('resource_id').notNull(),
    /** The person of a membership event. */
    memberId: text('member_id'),
    at: integer('at').notNull(),
    /** JSON: the resource after the change. */
    resource: text('resource').notNull(),
    /** JSON: what changed, `{"attribute": {"before": …, "after": …}}`. */
    changes: text('changes').notNull(),
    /** JSON: request id, token and provider that caused it. */
    cause: text('cause').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)

/** Requests that were to change something and were refused. What succeeds is in `events`. */
export const refusals = sqliteTable(
  'refusals',
  {
    tenantId: integer('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    method: text('method').notNull(),
    /** Below the base URL of the tenant. */
    path: text('path').notNull(),
    status: integer('status').notNull(),
    code: text('code').notNull(),
    detail: text('detail').notNull(),
    /** The name of the person or team that the request gave, if it gave one. */
    subject: text('subject'),
    /** JSON: request id, token, provider. */
    cause: text('cause').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
)
