/** The provisioning log as the console shows it: the latest first, counted and grouped. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import {
  asEvent,
  asRefusal,
  eventFields,
  joinChanges,
  refusalFields,
  type Activity,
  type ActivityPlace,
  type LogLine,
} from './rows'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { query, tenant, value } from '../database/statement'
import { teams, users } from '../database/schema/directory'
import { events, refusals } from '../database/schema/events'

/** Rows of either table that one page looks through; the next page continues below them. */
export const scanLimit = 5_000

export interface ActivityFilter {
  readonly outcome?: 'changed' | 'failed' | undefined
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

/** The lowest number that a page looks at, below its place and the last number. */
function floor(table: typeof events | typeof refusals, before: string): SQL<number> {
  const newest = alias(table, 'newest')
  return sql`min(${value(before)}, (select coalesce(max(${newest.seq}), 0) + 1
    from ${table} as ${newest} where ${newest.tenantId} = ${tenant})) - ${value('scanLimit')}`
}

const eventFloor = floor(events, 'event')
const refusalFloor = floor(refusals, 'refusal')

const subjectUser = alias(users, 'subject_user')
const subjectTeam = alias(teams, 'subject_team')

/** Name of a refused request's person or team: as the request gave it, or by the id in its path. */
export const subjectName = sql<string | null>`coalesce(${refusals.subject},
  (select ${subjectUser.attributes} ->> '$.userName' from ${users} as ${subjectUser}
    where ${refusals.path} like '/Users/%' and ${subjectUser.tenantId} = ${tenant}
      and ${subjectUser.id} = substr(${refusals.path}, 8)),
  (select ${subjectTeam.attributes} ->> '$.displayName' from ${teams} as ${subjectTeam}
    where ${refusals.path} like '/Groups/%' and ${subjectTeam.tenantId} = ${tenant}
      and ${subjectTeam.id} = substr(${refusals.path}, 9)))`

/** Names are matched without case in ASCII, which is what SQLite folds; other letters as typed. */
const isNamed = (text: SQL) => sql`(instr(${text}, ${value('search')}) > 0
  or instr(lower(${text}), ${value('folded')}) > 0)`

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

const selectEnds = query(
  {
    eventFloor,
    refusalFloor,
    firstEvent: sql<number | null>`(select min(${events.seq}) from ${events}
      where ${events.tenantId} = ${tenant})`,
    firstRefusal: sql<number | null>`(select min(${refusals.seq}) from ${refusals}
      where ${refusals.tenantId} = ${tenant})`,
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
  const values = { tenantId, ...before, limit, code, search, folded: fold(search), scanLimit }
  // Changes have no code.
  const isEvents = outcome !== 'failed' && code === ''
  const isRefusals = outcome !== 'changed'
  const read = await readBatch(database, [
    selectEvents(database, isEvents ? values : { ...values, limit: 0 }),
    selectRefusals(database, isRefusals ? values : { ...values, limit: 0 }),
    selectEnds(database, values),
  ])
  if (!read.ok) return read
  const [eventRows, refusalRows, [ends]] = read.value
  const lines = [...eventRows.map(asEvent), ...refusalRows.map(asRefusal)]
    .toSorted((left, right) => right.activity.at - left.activity.at || right.seq - left.seq)
    .slice(0, limit)
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
  }
  const hasMore =
    (isEvents && older.event > (ends?.firstEvent ?? Infinity)) ||
    (isRefusals && older.refusal > (ends?.firstRefusal ?? Infinity))
  return ok({
    activity: joinChanges(lines.map(({ activity }) => activity)),
    older: hasMore
      ? { event: Math.max(older.event, 0), refusal: Math.max(older.refusal, 0) }
      : undefined,
  })
}
