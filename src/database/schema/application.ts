/** Tables of the application's side: its keys, and how far it has read. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** Scopes of a key: reading, or reading and acknowledging. */
export const keyScopes = ['read', 'read-ack'] as const

/** Keys with which the application reads one tenant, or all of them. */

export const keys = sqliteTable(
  'keys',
  {
    id: text('id').primaryKey(),
    /** Null for a key that opens all tenants. */
    tenantId: integer('tenant_id'),
    /** SHA-256 of the key, in hex. The key itself is nowhere. */
    hash: text('hash').notNull(),
    scope: text('scope', { enum: keyScopes }).notNull(),
    label: text('label').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [uniqueIndex('keys_hash').on(table.hash), index('keys_tenant').on(table.tenantId)],
)

/** Number of the last event that a reader has taken over, for each tenant. */
export const acknowledgements = sqliteTable(
  'acknowledgements',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Id of a key, or `binding`. */
    reader: text('reader').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.reader] })],
)

/** Place in the feed of this database up to which a reader of all tenants has acknowledged. */
export const feedAcknowledgements = sqliteTable('feed_acknowledgements', {
  /** Id of a key, or `binding`. */
  reader: text('reader').primaryKey(),
  /** Name of the feed. */
  feed: text('feed').notNull(),
  position: integer('position').notNull(),
  /** Number up to which the events of the segment at `position` are acknowledged. */
  seq: integer('seq').notNull(),
})
