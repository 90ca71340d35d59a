/** The provisioning log as the console shows it: the latest first, counted and grouped. */
import { plainSql } from '../database/plain-spelling'
import { plain } from '../scim/text/spelling'
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import {
  asEvent,
  asPassedOver,
  asRefusal,
  eventFields,
  joinChanges,
  merge,
  passedOverFields,
  refusalFields,
  type Activity,
  type ActivityPlace,
  type LogLine,
  type Outcome,
} from './rows'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { query, tenant, value } from '../database/statement'
import { teams, users } from '../database/schema/directory'
import { events, passedOver, refusals } from '../database/schema/events'

/** Rows of each table that one page looks through; the next page continues below them. */
export const scanLimit = 5_000

export interface ActivityFilter {
  readonly outcome?: Outcome | undefined
  /** A code of the errors, or empty. */
  readonly code: string
  /** An id, or a part of a name, or empty. */
  readonly search: string
}

export interface ActivityPage {
  readonly activity: readonly Activity[]
  /** Begin of the older page; undefined on the last one. */
  readonly older: ActivityPlace | undefined
}

type LogTable = typeof events | typeof refusals | typeof passedOver

/** The lowest number that a page looks at, below its place and the last number. */
function floor(table: LogTable, before: string): SQL<number> {
  const newest = alias(table, 'newest')
  return sql`min(${value(before)}, (select coalesce(max(${newest.seq}), 0) + 1
    from ${table} as ${newest} where ${newest.tenantId} = ${tenant})) - ${value('scanLimit')}`
}

const eventFloor = floor(events, 'event')
const refusalFloor = floor(refusals, 'refusal')
const passedOverFloor = floor(passedOver, 'passedOver')

const subjectUser = alias(users, 'subject_user')
const subjectTeam = alias(teams, 'subject_team')

/** Name of a request's person or team: as the request gave it, or by the id in its path. */
function nameIn({ subject, path }: typeof refusals | typeof passedOver) {
  return sql<string | null>`coalesce(${subject},
  (select ${subjectUser.attributes} ->> '$.userName' from ${users} as ${subjectUser}
    where ${path} like '/Users/%' and ${subjectUser.tenantId} = ${tenant}
      and ${subjectUser.id} = substr(${path}, 8)),
  (select ${subjectTeam.attributes} ->> '$.displayName' from ${teams} as ${subjectTeam}
    where ${path} like '/Groups/%' and ${subjectTeam.tenantId} = ${tenant}
      and ${subjectTeam.id} = substr(${path}, 9)))`
}

/** Name of a refused request's person or team. */
export const subjectName = nameIn(refusals)

export const passedOverName = nameIn(passedOver)

/**
 * Names are matched without case in ASCII, which is what SQLite folds, and however they are spelled; other
 * letters as typed.
 */
const isNamed = (text: SQL) => sql`(instr(${text}, ${value('search')}) > 0
  or instr(lower(${plainSql(text)}), ${value('folded')}) > 0)`

const eventNames = sql`(coalesce(${events.resource} ->> '$.userName', '') || ' '
  || coalesce(${events.resource} ->> '$.displayName', '') || ' '
  || coalesce(${events.changes} ->> '$.members.after.userName',
    ${events.changes} ->> '$.members.before.userName', ''))`

const selectEvents = query(
  eventFields,
  (fields) => sql`
  select ${fieldList(fields)}
  from ${events} where ${events.tenantId} = ${tenant} and ${events.seq} < ${value('event')}
    and ${events.seq} >= ${eventFloor}
    and (${value('search')} = '' or ${events.resourceId} = ${value('search')}
      or ${events.memberId} = ${value('search')} or ${isNamed(eventNames)})
  order by ${events.seq} desc limit ${value('limit')}`,
)

const selectRefusals = query(
  { ...refusalFields, subject: subjectName },
  (fields) => sql`
  select ${fieldList(fields)} from ${refusals}
  where ${refusals.tenantId} = ${tenant} and ${refusals.seq} < ${value('refusal')}
    and ${refusals.seq} >= ${refusalFloor}
    and (${value('code')} = '' or ${refusals.code} = ${value('code')})
    and (${value('search')} = '' or substr(${refusals.path}, 8) = ${value('search')}
      or substr(${refusals.path}, 9) = ${value('search')} or ${isNamed(subjectName)})
  order by ${refusals.seq} desc limit ${value('limit')}`,
)

const selectPassedOver = query(
  { ...passedOverFields, subject: passedOverName },
  (fields) => sql`
  select ${fieldList(fields)} from ${passedOver}
  where ${passedOver.tenantId} = ${tenant} and ${passedOver.seq} < ${value('passedOver')}
    and ${passedOver.seq} >= ${passedOverFloor}
    and (${value('search')} = '' or instr(${passedOver.path}, '/' || ${value('search')}) > 0
      or instr(${passedOver.cause}, '"of":"' || ${value('search')} || '"') > 0
      or ${isNamed(passedOverName)})
  order by ${passedOver.seq} desc limit ${value('limit')}`,
)

const selectEnds = query(
  {
    eventFloor,
    refusalFloor,
    passedOverFloor,
    requestBefore: sql<string | null>`(select ${events.cause} ->> '$.requestId' from ${events}
      where ${events.tenantId} = ${tenant} and ${events.seq} = ${value('event')})`,
    firstEvent: sql<number | null>`(select min(${events.seq}) from ${events}
      where ${events.tenantId} = ${tenant})`,
    firstRefusal: sql<number | null>`(select min(${refusals.seq}) from ${refusals}
      where ${refusals.tenantId} = ${tenant})`,
    firstPassedOver: sql<number | null>`(select min(${passedOver.seq}) from ${passedOver}
      where ${passedOver.tenantId} = ${tenant})`,
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** One page of the log before a place, the latest first. */
export async function readActivityPage(
  database: D1Database,
  request: ActivityFilter & {
    readonly tenantId: number
    readonly before: ActivityPlace
    readonly limit: number
  },
): Promise<Result<ActivityPage, Refusal>> {
  const { tenantId, before, limit, code, search, outcome } = request
  const folded = plain(fold(search))
  const values = { tenantId, ...before, limit, code, search, folded, scanLimit }
  // What was done has no code.
  const isWanted = (of: Outcome) =>
    (outcome === undefined || outcome === of) && (of === 'failed' || code === '')
  // One event more than is shown tells whether its request goes on behind them.
  const rowsOf = (of: Outcome) => (of === 'changed' ? limit + 1 : limit)
  const valuesFor = (of: Outcome) => ({ ...values, limit: isWanted(of) ? rowsOf(of) : 0 })
  const read = await readBatch(database, [
    selectEvents(database, valuesFor('changed')),
    selectRefusals(database, valuesFor('failed')),
    selectPassedOver(database, valuesFor('passedOver')),
    selectEnds(database, values),
  ])
  if (!read.ok) return read
  const [eventRows, refusalRows, passedRows, [ends]] = read.value
  const tables = [eventRows.map(asEvent), refusalRows.map(asRefusal), passedRows.map(asPassedOver)]
  const lines = merge(tables, 'latest').slice(0, limit)
  /**
   * The number below which reading of one kind continues: that of its last line shown, or the end
   * of the scan when all that was found is shown.
   */
  const endOf = (kind: LogLine['kind'], rowCount: number, floor = 0): number => {
    const shown = lines.filter((line) => line.kind === kind)
    if (shown.length === rowCount && rowCount < limit) return floor
    return shown.at(-1)?.seq ?? floor + scanLimit
  }
  const older = {
    event: endOf('event', eventRows.length, ends?.eventFloor),
    refusal: endOf('refusal', refusalRows.length, ends?.refusalFloor),
    passedOver: endOf('passedOver', passedRows.length, ends?.passedOverFloor),
  }
  const hasMore =
    (isWanted('changed') && older.event > (ends?.firstEvent ?? Infinity)) ||
    (isWanted('failed') && older.refusal > (ends?.firstRefusal ?? Infinity)) ||
    (isWanted('passedOver') && older.passedOver > (ends?.firstPassedOver ?? Infinity))
  const shown = lines.filter(({ kind }) => kind === 'event')
  const behind = eventRows[shown.length]
  const beyond = new Set([ends?.requestBefore, behind && asEvent(behind).activity.cause.requestId])
  const marked = ({ kind, activity }: LogLine): Activity =>
    kind === 'event' && beyond.has(activity.cause.requestId)
      ? { ...activity, isPart: true }
      : activity
  return ok({
    activity: joinChanges(lines.map(marked)),
    older: hasMore
      ? {
          event: Math.max(older.event, 0),
          refusal: Math.max(older.refusal, 0),
          passedOver: Math.max(older.passedOver, 0),
        }
      : undefined,
  })
}
