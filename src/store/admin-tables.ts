/** Tables of the administration: who did what. */
import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

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
