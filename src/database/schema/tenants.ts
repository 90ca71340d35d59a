/** The tables of tenants and their tokens; see `directory.ts` for what all tables have in common. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const tenants = sqliteTable(
  'tenants',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    /** `TenantSettings` as JSON; only what differs from the defaults. */
    settings: text('settings').notNull(),
    /** Grows with every change of this row that a cached credential must not outlive. */
    revision: integer('revision').notNull().default(1),
    enabled: integer('enabled', { mode: 'boolean' }).notNull().default(true),
    userCount: integer('user_count').notNull().default(0),
    teamCount: integer('team_count').notNull().default(0),
    /** How many users are active. */
    activeCount: integer('active_count').notNull().default(0),
    /** True while the application sees something otherwise than the directory has it. */
    holding: integer('holding', { mode: 'boolean' }).notNull().default(false),
    createdAt: integer('created_at').notNull(),
    /** Since when it is being deleted: it is disabled, and its rows go in several batches. */
    deletingAt: integer('deleting_at'),
  },
  (table) => [uniqueIndex('tenants_slug').on(table.slug)],
)

/** In the main database: tenants that live in another one, where all their rows are. */
export const tenantDatabases = sqliteTable('homes', {
  slug: text('slug').primaryKey(),
  /** The tenant's id: made by the main database, so that no two tenants of a deployment share one. */
  id: integer('id').notNull(),
  /** Name of the database's binding. */
  database: text('database').notNull(),
  /** Set before the tenant's own row goes: what is left of it is this row. */
  deletingAt: integer('deleting_at'),
})

export const tokens = sqliteTable(
  'tokens',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    /** SHA-256 of the token, in hex. The token itself is nowhere. */
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    lastAddress: text('last_address'),
    lastAgent: text('last_agent'),
    /** The least number of days before the expiry that an event has told of. */
    notifiedDays: integer('notified_days'),
  },
  (table) => [uniqueIndex('tokens_hash').on(table.hash), index('tokens_tenant').on(table.tenantId)],
)

/** How often a token was used, by day (UTC, days since 1970). */
export const tokenDays = sqliteTable(
  'token_days',
  {
    tokenId: text('token_id').notNull(),
    day: integer('day').notNull(),
    requests: integer('requests').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.day] })],
)
