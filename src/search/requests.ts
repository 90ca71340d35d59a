/** The search for a request by its id: what was changed, refused or passed over. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { fieldList } from '../database/field'
import { events, passedOver, refusals } from '../database/schema/events'
import { exchanges, problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { query, value } from '../database/statement'
import { isWanted, limit, ofTenant } from './wanted'

/** Lines of the log that are looked through for a request: of so many tenants, so many of each kind. */
export const scannedTenants = 25
export const scannedEvents = 400

/** Numbers of the lines that fit among the latest of a table, in the tenants that changed last. */
function linesIn(
  table: typeof events | typeof refusals | typeof passedOver,
  isLooking: SQL,
  isFound: SQL,
): SQL {
  const last = alias(table, 'last_line')
  return sql`select * from (select ${table.tenantId} as tenant_key, ${table.seq} as seq_key from (
    select owner_key, last_seq from (
      select ${tenants.id} as owner_key, (select max(${last.seq}) from ${table} as ${last}
        where ${last.tenantId} = ${tenants.id}) as last_seq from ${tenants}
      where ${isWanted} and ${isLooking})
    where last_seq is not null order by (select ${last.at} from ${table} as ${last}
      where ${last.tenantId} = owner_key and ${last.seq} = last_seq) desc
    limit ${value('scannedTenants')}) as latest
  cross join ${table} on ${table.tenantId} = latest.owner_key
    and ${table.seq} > latest.last_seq - ${value('scannedEvents')}
  where ${isFound} limit ${limit})`
}

/** False for texts that are no id of a request: they are not looked for among lines. */
const isRequest = sql`${value('isRequest')}`

const isOf = ({ cause }: typeof events | typeof refusals | typeof passedOver) =>
  sql`${cause} ->> '$.requestId' = ${value('text')}`

const found = (table: typeof events | typeof refusals | typeof passedOver) => sql`
  cross join ${table} on ${table.tenantId} = found.tenant_key and ${table.seq} = found.seq_key
  cross join ${tenants} on ${tenants.id} = found.tenant_key limit ${limit}`

/** Refusals whose bodies are kept have an index by their requests. */
export const selectRefusedRequests = query(
  {
    ...ofTenant,
    at: refusals.at,
    /** Number of the refusal. */
    seq: refusals.seq,
    key: sql<string | null>`(select ${problems.key} from ${problems}
      where ${problems.tenantId} = ${refusals.tenantId} and ${problems.seq} = ${refusals.seq} limit 1)`,
  },
  (fields) => sql`
  with found(tenant_key, seq_key) as (
    select * from (select ${exchanges.tenantId}, ${exchanges.seq} from ${exchanges}
      cross join ${tenants} on ${tenants.id} = ${exchanges.tenantId}
      where ${isWanted} and ${exchanges.requestId} = ${value('text')} limit ${limit})
    union ${linesIn(refusals, isRequest, isOf(refusals))})
  select ${fieldList(fields)} from found ${found(refusals)}`,
)

export const selectRequests = query(
  {
    ...ofTenant,
    /** Number of the event. */
    seq: events.seq,
    at: events.at,
    type: events.type,
    id: events.resourceId,
    memberId: events.memberId,
  },
  (fields) => sql`
  with found(tenant_key, seq_key) as (${linesIn(events, isRequest, isOf(events))})
  select ${fieldList(fields)} from found ${found(events)}`,
)

/** Requests that no event tells of, by their id, or by whom or what they passed over. */
export const selectPassedOver = query(
  {
    ...ofTenant,
    seq: passedOver.seq,
    at: passedOver.at,
    method: passedOver.method,
    path: passedOver.path,
    subject: passedOver.subject,
  },
  (fields) => sql`
  with found(tenant_key, seq_key) as (${linesIn(
    passedOver,
    sql`true`,
    sql`(${isOf(passedOver)}
      or instr(${passedOver.cause}, '"what":' || json_quote(${value('text')})) > 0)`,
  )})
  select ${fieldList(fields)} from found ${found(passedOver)}`,
)
