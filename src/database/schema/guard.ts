/**
 * Tables of the guard: what the application still sees where the identity provider has said
 * something else. A tenant without pending or discarded changes has no rows here but those that
 * count losses.
 */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { JsonObject } from '../../scim/json'
import type { auditRoles } from './access'
import type { Cause } from './events'

/**
 * Reasons for holding a change: too many losses, a team under review, a protected person; or
 * (`together`) nothing but another change that waits, whose name or team this one needs.
 */
const holdReasons = ['losses', 'review', 'protected', 'together'] as const

export type HoldReason = (typeof holdReasons)[number]

const overlayStates = ['held', 'drift', 'kept'] as const

export type OverlayState = (typeof overlayStates)[number]

/** Overlay: one row for each person, team or membership that the application sees otherwise. */
export const overlays = sqliteTable(
  'held',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Empty for a person. */
    teamId: text('team_id').notNull(),
    /** Empty for a team. */
    userId: text('user_id').notNull(),
    kind: text('kind', { enum: ['user', 'team', 'member'] }).notNull(),
    /**
     * Membership: `add` while the application does not see it yet, `remove` while it still does.
     */
    change: text('change', { enum: ['add', 'remove'] }),
    /** Attributes that the application sees; NULL when it does not know the resource. */
    released: text('released', { mode: 'json' }).$type<JsonObject>(),
    /**
     * `held`: the change is pending. `drift`: the operator has discarded it. `kept`: the application
     * was told everything but the name, which Entra made unusable by a soft delete.
     */
    state: text('state', { enum: overlayStates }).notNull(),
    /** Empty for what was never held. */
    holdId: text('hold_id').notNull(),
    reason: text('reason', { enum: holdReasons }).notNull(),
    cause: text('cause', { mode: 'json' }).$type<Cause>().notNull(),
    at: integer('at').notNull(),
    /** Grows with each write of the row, from the milliseconds since 1970 at the first one. */
    version: integer('version').notNull(),
    /** Name in `released`, folded as the directory folds it; NULL where there is none. */
    name: text('name'),
    /** Name in the directory, folded, that Entra made by a soft delete: it is never told. */
    unusableName: text('unusable_name'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.teamId, table.userId] }),
    index('held_user').on(table.tenantId, table.userId),
    index('held_hold').on(table.tenantId, table.holdId),
    index('held_name').on(table.tenantId, table.name),
    index('held_external_id')
      .on(table.tenantId, sql`released ->> '$.externalId'`)
      .where(sql`team_id = ''`),
  ],
)

/**
 * E-mail addresses of people in the overlay, ASCII folded; one with other characters counts as empty.
 * Written by triggers on the overlay.
 */
export const overlayEmails = sqliteTable(
  'held_emails',
  {
    tenantId: integer('tenant_id').notNull(),
    value: text('value').notNull(),
    userId: text('user_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.value, table.userId] })],
)

/** Holds: occasions on which changes were held back. A tenant has at most one that is open. */
export const holds = sqliteTable(
  'holds',
  {
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    openedAt: integer('opened_at').notNull(),
    /** NULL while it is open. */
    closedAt: integer('closed_at'),
    reason: text('reason', { enum: holdReasons }).notNull(),
    cause: text('cause', { mode: 'json' }).$type<Cause>().notNull(),
    /** Numbers of overlay rows that were released and discarded so far. */
    released: integer('released').notNull(),
    discarded: integer('discarded').notNull(),
    /** Number of losses that were told before the hold, and that the operator has taken back. */
    undone: integer('undone').notNull().default(0),
    /** Time and last event when the losses passed the threshold; NULL where they never did. */
    lossesAt: integer('losses_at'),
    lossesSeq: integer('losses_seq'),
    /** People lost within the hour at that time, of how many active ones, and the number allowed. */
    lost: integer('lost'),
    base: integer('base'),
    allowed: integer('allowed'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index('holds_open').on(table.tenantId, table.closedAt),
  ],
)

/** Releases that are not told yet, and can be taken back. */
export const releases = sqliteTable(
  'releases',
  {
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    /** NULL for discarded changes. */
    holdId: text('hold_id'),
    at: integer('at').notNull(),
    /** Time from which they are told. */
    tellAt: integer('tell_at').notNull(),
    author: text('author', { mode: 'json' }).$type<ReleaseAuthor>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index('releases_tell_at').on(table.tellAt),
  ],
)

/** Author of a decision, as the audit names one, and whose loss was confirmed with it. */
export interface ReleaseAuthor {
  readonly actor: string
  readonly role: (typeof auditRoles)[number]
  readonly requestId: string
  /** Ids of protected people whose loss was confirmed. */
  readonly confirmed?: readonly string[]
}

/** Changes of a release, as they were when it was decided: one with another version is another. */
export const releaseChanges = sqliteTable(
  'release_changes',
  {
    tenantId: integer('tenant_id').notNull(),
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
    releaseId: text('release_id').notNull(),
    version: integer('version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.teamId, table.userId, table.releaseId] }),
  ],
)

/** People whose loss always waits, and names that wait for somebody to have them. */
export const protectedPeople = sqliteTable(
  'protected_people',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Name that the person has in the directory, or had last; folded. */
    nameKey: text('name_key').notNull(),
    /** Empty while nobody has the name. */
    userId: text('user_id').notNull(),
    /** The name as it is shown. */
    name: text('name').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.nameKey, table.userId] }),
    index('protected_people_user').on(table.tenantId, table.userId),
  ],
)

/**
 * People whom the provider created anew while the application still had them: the id that the
 * application knows them by. A row stays as long as its tenant: the log names the person by it.
 */
export const releasedIds = sqliteTable(
  'released_ids',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Id in the directory, which the provider uses. */
    userId: text('user_id').notNull(),
    releasedId: text('released_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.userId] }),
    index('released_ids_released').on(table.tenantId, table.releasedId),
  ],
)

/** Latest loss of each person, in minutes since 1970: a person counts once an hour. */
export const losses = sqliteTable(
  'losses',
  {
    tenantId: integer('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    minute: integer('minute').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.userId] })],
)

/** Number of people lost in a minute: an hour is a sum of at most sixty rows. */
export const lossMinutes = sqliteTable(
  'loss_minutes',
  {
    tenantId: integer('tenant_id').notNull(),
    minute: integer('minute').notNull(),
    people: integer('people').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.minute] })],
)

/** Number of the last event before a guarded batch; it means nothing outside of that batch. */
export const batchMarks = sqliteTable('settling', {
  tenantId: integer('tenant_id').primaryKey(),
  seq: integer('seq').notNull(),
})
