/**
 * Tables of the feed: the events of all tenants of a database in one order. The feed is written when
 * it is read: a trigger notes which tenants have events that are not in it yet.
 */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The feed of this database: one row, made by the migration. */
export const feeds = sqliteTable('feeds', {
  id: integer('id').primaryKey(),
  /** Random name; another one after a restored backup. */
  name: text('name').notNull(),
  /** Position of the last segment; it never goes back. */
  last: integer('last').notNull(),
  /** Position after which the feed began again under its name; 0 for one that never did. */
  start: integer('start').notNull(),
  /** Names of the deliveries to wake for new events of any tenant; null for none. */
  wakes: text('wakes', { mode: 'json' }).$type<readonly string[]>(),
})

/** Segments of the feed: the events `first` to `last` of a tenant's log, in the order of `position`. */
export const segments = sqliteTable(
  'feed_segments',
  {
    position: integer('position').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    first: integer('first').notNull(),
    last: integer('last').notNull(),
  },
  (table) => [index('feed_segments_tenant').on(table.tenantId, table.position)],
)

/** Tenants with events after `after` that are in no segment; written by the trigger `feed_has_news`. */
export const dueTenants = sqliteTable('feed_news', {
  tenantId: integer('tenant_id').primaryKey(),
  after: integer('after').notNull(),
})

/** Table that nobody writes any more. An older Worker still reads it while it is replaced. */
export const formerDueTenants = sqliteTable('feed_due', {
  tenantId: integer('tenant_id').primaryKey(),
  after: integer('after').notNull(),
})
