/** The statements that give a person another identifier. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { fieldList } from '../database/field'
import { users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { columns, command, query, tenant, value } from '../database/statement'
import { eventColumns, lastSeq } from '../events/append'
import { isOverlaid } from '../guard/overlay'

const other = alias(users, 'other')

/** Writes an inactive person over the version that was read, unless another has the identifier. */
export const replaceIdentifier = query(
  { id: users.id },
  (fields) => sql`
  update ${users} set ${columns(users.attributes)} = ${value('attributes')},
    ${columns(users.search)} = ${value('search')}, ${columns(users.version)} = ${users.version} + 1,
    ${columns(users.operation)} = ${value('operation')}, ${columns(users.updatedAt)} = ${value('now')}
  where ${users.tenantId} = ${tenant} and ${users.id} = ${value('id')}
    and ${users.version} = ${value('version')} and ${users.attributes} ->> '$.active' = 0
    and not exists (select 1 from ${users} as ${other} where ${other.tenantId} = ${tenant}
      and ${other.externalId} = ${value('externalId')} and ${other.id} <> ${value('id')})
  returning ${fieldList(fields)}`,
)

/** What waits in a hold is told with it: the application sees the person as before. */
export const recordOwnEvents = command(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + announced.key + 1, announced.value ->> '$.type', ${value('id')}, null,
    ${value('now')}, announced.value -> '$.resource', announced.value -> '$.changes', ${value('cause')}
  from json_each(${value('events')}) as announced
  where exists (select 1 from ${users} as ${other} where ${other.tenantId} = ${tenant}
      and ${other.id} = ${value('id')} and ${other.operation} = ${value('operation')})
    and not ${isOverlaid({ userId: value('id') })}
  order by announced.key`,
)
