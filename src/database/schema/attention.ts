/** Tables of what needs somebody, and of what days were like; see `directory.ts` for all tables. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const noticeKinds = ['webhook', 'slack'] as const

/** Addresses of the operator that notices are sent to; in the main database alone. */
export const noticeTargets = sqliteTable('notice_targets', {
  id: text('id').primaryKey(),
  kind: text('kind', { enum: noticeKinds }).notNull(),
  url: text('url').notNull(),
  /** A random key, and the signing secret that is sealed with it; empty for a `slack` address. */
  key: text('key').notNull(),
  secret: text('secret').notNull(),
  createdAt: integer('created_at').notNull(),
  createdBy: text('created_by').notNull(),
  /** Time of the last message, and why it failed; null for none, and for a success. */
  lastAt: integer('last_at'),
  lastError: text('last_error'),
})

/** Notices that a target has been sent: each once, until there is nothing to be told any more. */
export const sentNotices = sqliteTable(
  'sent_notices',
  {
    /** `notice_targets.id`, or `email`. */
    target: text('target').notNull(),
    /** `kind tenant subject`, without anything personal. */
    notice: text('notice').notNull(),
    at: integer('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.target, table.notice] })],
)

/** Numbers of people and teams at the end of a day (UTC, days since 1970). */
export const tenantDays = sqliteTable(
  'tenant_days',
  {
    /** 0 for all tenants of the database together. */
    tenantId: integer('tenant_id').notNull(),
    day: integer('day').notNull(),
    people: integer('people').notNull(),
    teams: integer('teams').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.day] })],
)
