/** Protected people of a tenant: the names that an operator lists, and whom they are. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { fold } from '../scim/filter/match'
import { json } from '../database/field'
import {
  columns,
  command,
  hasWritten,
  tenant,
  value,
  type BoundStatement,
} from '../database/statement'
import { users } from '../database/schema/directory'
import { overlays, protectedPeople } from '../database/schema/guard'
import { tenants } from '../database/schema/tenants'
import type { Tenant } from './tenant'

/** The names that the protected people of the tenant of a row have now, and those that nobody has. */
export const protectedNames = json<string[]>(sql`(
  select json_group_array(${protectedPeople.name}) from ${protectedPeople}
  where ${protectedPeople.tenantId} = ${tenants.id})`)

/** Names in the order in which they were listed; people who were renamed since come last. */
export function inListedOrder(names: readonly string[], listed: readonly string[]): string[] {
  const present = new Set(names)
  const first = listed.filter((name) => present.has(name))
  const others = [...present].filter((name) => !first.includes(name))
  return [...first, ...others.toSorted()]
}

const item = sql`json_each(${value('names')}) as item`
const itemKey = sql`(item.value ->> '$.key')`

/** Condition that these settings were written by this batch. */
const isSaved = sql`exists (select 1 from ${tenants} where ${tenants.id} = ${tenant}
  and ${tenants.revision} = ${value('revision')} + 1 and ${tenants.settings} = ${value('settings')})`

const removeOthers = command(
  () => sql`
  delete from ${protectedPeople} where ${protectedPeople.tenantId} = ${tenant} and ${isSaved}
    and ${protectedPeople.nameKey} not in (select ${itemKey} from ${item})`,
)

const user = alias(users, 'user')
const known = alias(protectedPeople, 'known')

const owner = sql`(select ${user.id} from ${users} as ${user}
  where ${user.tenantId} = ${tenant} and ${user.userName} = ${itemKey})`

/**
 * Whoever has the name: in the directory, or else for the application. A name may stand for somebody
 * whose deletion is pending, and for who has it since.
 */
const addNew = command(
  () => sql`
  insert or ignore into ${protectedPeople} (${columns(
    protectedPeople.tenantId,
    protectedPeople.nameKey,
    protectedPeople.userId,
    protectedPeople.name,
  )})
  select ${tenant}, ${itemKey}, coalesce(${owner},
      (select ${overlays.userId} from ${overlays} where ${overlays.tenantId} = ${tenant}
        and ${overlays.name} = ${itemKey} and ${overlays.kind} = 'user'), ''),
    item.value ->> '$.name'
  from ${item} where ${isSaved} and not exists (select 1 from ${protectedPeople} as ${known}
    where ${known.tenantId} = ${tenant} and ${known.nameKey} = ${itemKey}
      and ${known.userId} = coalesce(${owner}, ${known.userId}))`,
)

/** Names that wait for somebody, in a tenant that the statements before have made. */
const addFirst = command(
  () => sql`
  insert into ${protectedPeople} (${columns(
    protectedPeople.tenantId,
    protectedPeople.nameKey,
    protectedPeople.userId,
    protectedPeople.name,
  )})
  select ${tenants.id}, ${itemKey}, '', item.value ->> '$.name'
  from ${item} cross join ${tenants} where ${hasWritten} and ${tenants.slug} = ${value('slug')}
  on conflict do nothing`,
)

const boundNames = (names: readonly string[]) =>
  JSON.stringify(names.map((name) => ({ name, key: fold(name) })))

/** Statement directly after those that make a tenant: nobody has the listed names yet. */
export function startProtected(
  database: D1Database,
  slug: string,
  names: readonly string[],
): BoundStatement<never>[] {
  return names.length === 0 ? [] : [addFirst(database, { slug, names: boundNames(names) })]
}

/**
 * Statements after the one that saves a tenant: whoever is listed by the present name stays
 * protected, and of a new name whoever has it. None when the list is what it was.
 */
export function saveProtected(
  database: D1Database,
  before: Tenant,
  after: Tenant,
): BoundStatement<never>[] {
  const { protected: names } = after.settings.guard
  if (names.join('\n') === before.settings.guard.protected.join('\n')) return []
  const values = {
    tenantId: before.id,
    revision: before.revision,
    settings: JSON.stringify(after.settings),
    names: boundNames(names),
  }
  return [removeOthers, addNew].map((make) => make(database, values))
}
