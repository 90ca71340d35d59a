/** Tables of the administration: who may look in, and who did what. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** What operators and customers' administrators changed. Never holds a secret or its hash. */
export const audit = sqliteTable(
  'audit',
  {
    /** Order of all entries, whatever their tenant. */
    position: integer('position').primaryKey(),
    /** 0 for what is about no tenant, or about one that is gone. */
    tenantId: integer('tenant_id').notNull(),
    /** Numbers the entries of a tenant. */
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    role: text('role').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    /** JSON, or null. */
    before: text('before'),
    after: text('after'),
    requestId: text('request_id').notNull(),
  },
  (table) => [uniqueIndex('audit_seq').on(table.tenantId, table.seq)],
)

/** Who is signed in to the console. */
export const sessions = sqliteTable('sessions', {
  /** SHA-256 of the cookie's secret and the operator's secret, in hex. */
  hash: text('hash').primaryKey(),
  actor: text('actor').notNull(),
  role: text('role').notNull(),
  /** The only tenant of this session; null for all of them. */
  tenantId: integer('tenant_id'),
  /** The link that the session came through; it ends with it. */
  linkId: text('link_id'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

/** Links that open the console for one tenant. */
export const links = sqliteTable(
  'links',
  {
    id: text('id').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    /** SHA-256 of the link's secret, in hex. The secret itself is nowhere. */
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    role: text('role').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [uniqueIndex('links_hash').on(table.hash), index('links_tenant').on(table.tenantId)],
)
