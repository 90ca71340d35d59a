/**
 * Tables for whoever is asked where somebody is: who is missing and why, what was sent, and who was
 * deleted. See `directory.ts` for what all tables have in common.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Cause } from './events'

/** People, teams, and requests that name neither. */
const problemKinds = ['user', 'team', 'request'] as const

/**
 * People and teams of whom a request was refused, each once, with the latest request. Whether somebody is
 * still missing or stale is seen by what the directory has now.
 */
export const problems = sqliteTable(
  'problems',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Names whom it is about: an id, a name or an identifier, with its kind before it. */
    key: text('key').notNull(),
    kind: text('kind', { enum: problemKinds }).notNull(),
    /** Id in the path of the request; null for somebody new. */
    resourceId: text('resource_id'),
    /** userName or displayName as it was sent; null where the request has none. */
    name: text('name'),
    /** The name as the directory compares it. */
    nameKey: text('name_key'),
    externalId: text('external_id'),
    /** First address, folded. */
    emailKey: text('email_key'),
    /** Name of a person for people, folded. */
    displayKey: text('display_key'),
    /** Ids of people who were to join the team; null for none. */
    members: text('members', { mode: 'json' }).$type<readonly string[]>(),
    /** Of the latest request: its number among the refusals, and what they say of it. */
    seq: integer('seq').notNull(),
    method: text('method').notNull(),
    path: text('path').notNull(),
    status: integer('status').notNull(),
    code: text('code').notNull(),
    detail: text('detail').notNull(),
    cause: text('cause', { mode: 'json' }).$type<Cause>().notNull(),
    firstAt: integer('first_at').notNull(),
    lastAt: integer('last_at').notNull(),
    tries: integer('tries').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.key] }),
    index('problems_last').on(table.tenantId, table.lastAt),
    index('problems_name').on(table.nameKey),
    index('problems_external').on(table.externalId),
    index('problems_email').on(table.emailKey),
    index('problems_display').on(table.displayKey),
  ],
)

/** What was sent and answered when a request was refused: cut and without secrets, for some days. */
export const exchanges = sqliteTable(
  'exchanges',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Number of the refusal. */
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    requestId: text('request_id').notNull(),
    sent: text('sent').notNull(),
    answered: text('answered').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.seq] }),
    index('exchanges_request').on(table.requestId),
  ],
)

/** People who were deleted, by their names at that time; made from the events by a job. */
export const departures = sqliteTable(
  'departures',
  {
    tenantId: integer('tenant_id').notNull(),
    /** Number of the event. */
    seq: integer('seq').notNull(),
    userId: text('user_id').notNull(),
    at: integer('at').notNull(),
    userName: text('user_name').notNull(),
    nameKey: text('name_key').notNull(),
    externalId: text('external_id'),
    emailKey: text('email_key'),
    displayKey: text('display_key'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.seq] }),
    index('departures_user').on(table.userId),
    index('departures_name').on(table.nameKey),
    index('departures_external').on(table.externalId),
    index('departures_email').on(table.emailKey),
    index('departures_display').on(table.displayKey),
  ],
)

/** Whose a name is, beside those that the other tables find. */
const otherNameKinds = ['former', 'deleted', 'refused'] as const

/**
 * Names and addresses by which the other tables do not find somebody: those that a person had before a
 * change; those of whoever was deleted that SQLite cannot fold, and addresses after the first; addresses
 * after the first of a refused person. Folded, and found by their beginning in all tenants.
 */
export const otherNames = sqliteTable(
  'other_names',
  {
    tenantId: integer('tenant_id').notNull(),
    nameKey: text('name_key').notNull(),
    kind: text('kind', { enum: otherNameKinds }).notNull(),
    /** Id of the person or team; of who is refused, the key of the problem. */
    subject: text('subject').notNull(),
    /** The former name as it was written; the user name of who was deleted; null for refusals. */
    name: text('name'),
    at: integer('at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.nameKey, table.kind, table.subject] }),
    index('other_names_name').on(table.nameKey),
  ],
)

/** Number of the last event of each tenant that the job has looked at. */
export const departureMarks = sqliteTable('departure_marks', {
  tenantId: integer('tenant_id').primaryKey(),
  seq: integer('seq').notNull(),
})
