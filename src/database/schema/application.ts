/** The tables of the application's side: its keys, and how far it has read. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const keys = sqliteTable(
  'keys',
  {
    id: text('id').primaryKey(),
    /** Null for a key that opens all tenants. */
    tenantId: integer('tenant_id'),
    /** SHA-256 of the key, in hex. The key itself is nowhere. */
    hash: text('hash').notNull(),
    scope: text('scope', { enum: ['read', 'read-ack'] }).notNull(),
    label: text('label').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [uniqueIndex('keys_hash').on(table.hash), index('keys_tenant').on(table.tenantId)],
)

/** Up to which event a reader has taken over what happened. */
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
