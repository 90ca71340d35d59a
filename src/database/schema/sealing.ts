/** The table of sealing keys; see `directory.ts` for what all tables have in common. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Purposes of keys: cursors, which clients hold, and the signing secrets of webhooks. */
export const sealingPurposes = ['cursors', 'webhooks'] as const

/** Random keys, one of each purpose for a tenant, and those before it until nothing needs them. */
export const sealingKeys = sqliteTable(
  'sealing_keys',
  {
    tenantId: integer('tenant_id').notNull(),
    purpose: text('purpose', { enum: sealingPurposes }).notNull(),
    /** Number of the key among those of its purpose; the highest one seals. */
    number: integer('number').notNull(),
    /** 32 random bytes, in hexadecimal. */
    key: text('key').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.purpose, table.number] })],
)
