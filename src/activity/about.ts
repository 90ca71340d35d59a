/** Lines of the log about one person or team, and about a connection that omits `active`. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { scanLimit } from './browse'
import { asPassedOver, passedOverFields, type Activity } from './rows'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { query, tenant, value } from '../database/statement'
import { events, passedOver } from '../database/schema/events'

/** Requests of a page. */
const maximumShown = 10

const newestPassed = alias(passedOver, 'newest_passed')
const newestEvent = alias(events, 'newest_event')

const isRecentlyPassed = sql`${passedOver.tenantId} = ${tenant} and ${passedOver.seq} >
  (select max(${newestPassed.seq}) from ${passedOver} as ${newestPassed}
    where ${newestPassed.tenantId} = ${tenant}) - ${value('scanLimit')}`

const selectAbout = query(
  passedOverFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${passedOver} where ${isRecentlyPassed}
    and (instr(${passedOver.cause}, '"of":"' || ${value('id')} || '"') > 0
      or exists (select 1 from json_each(${value('names')}) as called
        where instr(${passedOver.cause}, '"what":' || json_quote(called.value)) > 0))
  order by ${passedOver.seq} desc limit ${value('limit')}`,
)

/**
 * Requests about a person or team, or that call the person by one of the names, of which no event tells what was passed over, the latest first: at most
 * ten, among the latest of the tenant.
 */
export async function readPassedOver(
  database: D1Database,
  tenantId: number,
  id: string,
  names: readonly string[] = [],
): Promise<Result<readonly Activity[], Refusal>> {
  const values = { tenantId, id, names: JSON.stringify(names), limit: maximumShown, scanLimit }
  const read = await readBatch(database, [selectAbout(database, values)])
  return read.ok ? ok(read.value[0].map((row) => asPassedOver(row).activity)) : read
}

/** People of whom the requests of one token and method, PUT or POST, said or did not say `active`. */
export interface Silence {
  readonly tokenId: string
  /** People who came without `active`. */
  readonly silent: number
  /** Others, who came with `"active": true`. */
  readonly stated: number
}

const isSilent = (cause: typeof events.cause | typeof passedOver.cause) =>
  sql`instr(${cause}, '"name":"withoutActive"') > 0`

/**
 * Each person counts once, as silent when any of the latest requests was. What is told of a Bulk without
 * an event is left out.
 */
const selectSilence = query(
  {
    tokenId: sql<string>`connection`,
    silent: sql<number>`sum(is_silent)`,
    stated: sql<number>`sum(1 - is_silent)`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from (
    select connection, verb, who, max(is_silent) as is_silent from (
      select ${events.cause} ->> '$.tokenId' as connection, ${events.cause} ->> '$.method' as verb,
        ${events.resourceId} as who, ${isSilent(events.cause)} as is_silent
      from ${events} where ${events.tenantId} = ${tenant} and ${events.seq} >
        (select max(${newestEvent.seq}) from ${events} as ${newestEvent}
          where ${newestEvent.tenantId} = ${tenant}) - ${value('scanLimit')}
        and ${events.type} in ('user.created', 'user.updated', 'user.reactivated')
        and ${events.resource} ->> '$.active' = 1
        and ${events.cause} ->> '$.method' in ('PUT', 'POST')
      union all
      select ${passedOver.cause} ->> '$.tokenId', ${passedOver.method},
        substr(${passedOver.path}, 8), 1
      from ${passedOver} where ${isRecentlyPassed} and ${isSilent(passedOver.cause)}
        and ${passedOver.path} like '/Users/%')
    group by connection, verb, who)
  group by connection, verb order by sum(is_silent) desc`,
)

/** Changes, and requests that are no change, which are looked through for connections. */
const recentRequests = 1_000

/** Others who have to come with `active` before its absence is taken to mean something. */
const leastStated = 3

/**
 * The token whose requests say `"active": true` of everybody but a few, of whom they say nothing, which is
 * how clients that leave `false` out suspend: of one method, at least three people came with it, and not
 * more without it. Undefined where no token is like that.
 */
export async function findSilence(
  database: D1Database,
  tenantId: number,
): Promise<Result<Silence | undefined, Refusal>> {
  const read = await readBatch(database, [
    selectSilence(database, { tenantId, scanLimit: recentRequests }),
  ])
  if (!read.ok) return read
  return ok(
    read.value[0].find(
      ({ silent, stated }) => silent > 0 && stated >= leastStated && silent <= stated,
    ),
  )
}
