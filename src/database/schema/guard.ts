/**
 * The tables of the guard: what the application still sees where the identity provider has said
 * something else. A tenant with nothing held has no rows here but those that count losses.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One subject that the application sees otherwise than the directory has it. */
export const overlays = sqliteTable(
  'held',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Empty for a person. */
    teamId: text('team_id').notNull(),
    /** Empty for a team. */
    userId: text('user_id').notNull(),
    kind: text('kind', { enum: ['user', 'team', 'member'] }).notNull(),
    /** Of members: `add` while the application does not see them yet, `remove` while it still does. */
    change: text('change', { enum: ['add', 'remove'] }),
    /** JSON: the attributes that the application sees; NULL when it does not know the resource. */
    released: text('released'),
    /** `drift`: the operator has discarded the change. */
    state: text('state', { enum: ['held', 'drift'] }).notNull(),
    holdId: text('hold_id').notNull(),
    reason: text('reason', { enum: ['losses', 'review', 'protected'] }).notNull(),
    cause: text('cause').notNull(),
    at: integer('at').notNull(),
    /** Grows with each write of the row. */
    version: integer('version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.teamId, table.userId] }),
    index('held_user').on(table.tenantId, table.userId),
    index('held_hold').on(table.tenantId, table.holdId),
  ],
)

/** An occasion on which something was held. A tenant has at most one that is open. */
export const holds = sqliteTable(
  'holds',
  {
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    openedAt: integer('opened_at').notNull(),
    /** NULL while it is open. */
    closedAt: integer('closed_at'),
    reason: text('reason', { enum: ['losses', 'review', 'protected'] }).notNull(),
    cause: text('cause').notNull(),
    /** How many subjects were released and discarded so far. */
    released: integer('released').notNull(),
    discarded: integer('discarded').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index('holds_open').on(table.tenantId, table.closedAt),
  ],
)

/** Who was lost last in which minute (since 1970): a person counts once an hour. */
export const losses = sqliteTable(
  'losses',
  {
    tenantId: integer('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    minute: integer('minute').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.userId] })],
)

/** How many people were lost in a minute: an hour is a sum of at most sixty rows. */
export const lossMinutes = sqliteTable(
  'loss_minutes',
  {
    tenantId: integer('tenant_id').notNull(),
    minute: integer('minute').notNull(),
    people: integer('people').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.minute] })],
)

/** The last event before the batch that is being settled; means nothing outside of it. */
export const batchMarks = sqliteTable('settling', {
  tenantId: integer('tenant_id').primaryKey(),
  seq: integer('seq').notNull(),
})
