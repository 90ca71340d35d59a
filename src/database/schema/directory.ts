/**
 * Tables of users, teams and memberships. All tables have in common: `docs/storage.md` names the
 * writer of each and the reasons for its shape; times are milliseconds since 1970; there are no
 * foreign keys, as a cascade would delete rows without an event.
 */
import { sql } from 'drizzle-orm'
import {
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { JsonObject } from '../../scim/json'
import type { Resource } from '../../scim/resource'

export const users = sqliteTable(
  'users',
  {
    /** Place in the order of creation, which lists follow. */
    position: integer('position').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    /** The resource as it is returned, without `id`, `schemas`, `meta` and `groups`. */
    attributes: text('attributes', { mode: 'json' }).$type<Resource>().notNull(),
    /** The values of `attributes` in the form that filters compare. */
    search: text('search', { mode: 'json' }).$type<JsonObject>().notNull(),
    version: integer('version').notNull(),
    /** Id of the request that wrote this version: a repeated write recognizes itself. */
    operation: text('operation').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    userName: text('user_name').generatedAlwaysAs(sql`json_extract(search, '$.userName')`, {
      mode: 'virtual',
    }),
    externalId: text('external_id').generatedAlwaysAs(sql`json_extract(search, '$.externalId')`, {
      mode: 'virtual',
    }),
    displayName: text('display_name').generatedAlwaysAs(
      sql`json_extract(search, '$.displayName')`,
      { mode: 'virtual' },
    ),
    /**
     * The first address; `userEmails` has the others. Most people have one, which costs no further
     * statement.
     */
    firstEmail: text('first_email').generatedAlwaysAs(
      sql`json_extract(search, '$.emails[0].value')`,
      { mode: 'virtual' },
    ),
  },
  (table) => [
    uniqueIndex('users_id').on(table.tenantId, table.id),
    uniqueIndex('users_user_name').on(table.tenantId, table.userName),
    index('users_external_id').on(table.tenantId, table.externalId),
    index('users_display_name').on(table.tenantId, table.displayName),
    index('users_first_email').on(table.tenantId, table.firstEmail),
    index('users_order').on(table.tenantId),
  ],
)

/**
 * E-mail addresses of users after the first one, folded, so that a filter on them finds an index.
 */
export const userEmails = sqliteTable(
  'user_emails',
  {
    tenantId: integer('tenant_id').notNull(),
    value: text('value').notNull(),
    userId: text('user_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.value, table.userId] })],
)

export const teams = sqliteTable(
  'teams',
  {
    position: integer('position').primaryKey(),
    tenantId: integer('tenant_id').notNull(),
    id: text('id').notNull(),
    /** displayName folded and trimmed: no two teams of a tenant have the same. */
    nameKey: text('name_key').notNull(),
    /** The resource as it is returned, without `id`, `schemas`, `meta` and `members`. */
    attributes: text('attributes', { mode: 'json' }).$type<Resource>().notNull(),
    search: text('search', { mode: 'json' }).$type<JsonObject>().notNull(),
    version: integer('version').notNull(),
    operation: text('operation').notNull(),
    memberCount: integer('member_count').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    externalId: text('external_id').generatedAlwaysAs(sql`json_extract(search, '$.externalId')`, {
      mode: 'virtual',
    }),
  },
  (table) => [
    uniqueIndex('teams_id').on(table.tenantId, table.id),
    uniqueIndex('teams_name').on(table.tenantId, table.nameKey),
    index('teams_external_id').on(table.tenantId, table.externalId),
    index('teams_order').on(table.tenantId),
  ],
)

export const memberships = sqliteTable(
  'memberships',
  {
    tenantId: integer('tenant_id').notNull(),
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.teamId, table.userId] }),
    index('memberships_user').on(table.tenantId, table.userId),
  ],
)

/** People whom a change of many members names; empty outside of its batch. */
export const namedPeople = sqliteTable(
  'named_people',
  {
    tenantId: integer('tenant_id').notNull(),
    list: text('list', { enum: ['joins', 'leaves'] }).notNull(),
    userId: text('user_id').notNull(),
    /** Number of the cause among those of the change. */
    cause: integer('cause').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.list, table.userId] })],
)

/**
 * Always empty. A batch inserts a 0 here when a condition does not hold; the named check then
 * fails and rolls the whole batch back.
 */
export const guards = sqliteTable(
  'guards',
  {
    credential: integer('credential'),
    target: integer('target'),
    version: integer('version'),
    members: integer('members'),
  },
  (table) => [
    check('guard_credential', sql`${table.credential} = 1`),
    check('guard_target', sql`${table.target} = 1`),
    check('guard_version', sql`${table.version} = 1`),
    check('guard_members', sql`${table.members} = 1`),
  ],
)
