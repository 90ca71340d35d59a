/** The provisioning log as the console shows it: the latest first, counted and grouped. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import {
  asEvent,
  asRefusal,
  eventFields,
  joined,
  type Activity,
  type ActivityPlace,
  type LogLine,
} from './rows'
import { readBatch, type Refusal } from '../database/batch'
import { statement, tenant, value } from '../database/statement'
import type { Row } from '../database/row'
import { teams, users } from '../database/schema/directory'
import { events, refusals } from '../database/schema/events'

/** Rows of either table that one page looks through; the next page goes on from there. */
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
  /** Where the older page begins; undefined on the last one. */
  readonly older: ActivityPlace | undefined
}

/** The number after the last one, or the place where the page begins. */
const top = (table: typeof events | typeof refusals, before: string) => sql`min(${value(before)},
  (select coalesce(max(newest.seq), 0) + 1 from ${table} as newest
    where newest.tenant_id = ${tenant}))`

/** Whom a refused request was about: by the name that it gave, or by the id in its path. */
export const subjectOf = sql`coalesce(${refusals.subject},
  (select person.attributes ->> '$.userName' from ${users} as person where ${refusals.path}
    like '/Users/%' and person.tenant_id = ${tenant} and person.id = substr(${refusals.path}, 8)),
  (select team.attributes ->> '$.displayName' from ${teams} as team where ${refusals.path}
    like '/Groups/%' and team.tenant_id = ${tenant} and team.id = substr(${refusals.path}, 9)))`

/** SQLite folds ASCII alone; other letters are found as they were typed. */
const isNamed = (text: ReturnType<typeof sql>) => sql`(instr(${text}, ${value('search')}) > 0
  or instr(lower(${text}), ${value('folded')}) > 0)`

const eventNames = sql`(coalesce(${events.resource} ->> '$.userName', '') || ' '
  || coalesce(${events.resource} ->> '$.displayName', '') || ' '
  || coalesce(${events.changes} ->> '$.members.after.userName',
    ${events.changes} ->> '$.members.before.userName', ''))`

const selectEvents = statement(
  () => sql`
  select ${eventFields}
  from ${events} where ${events.tenantId} = ${tenant} and ${events.seq} < ${value('event')}
    and ${events.seq} >= ${top(events, 'event')} - ${value('scanLimit')}
    and (${value('search')} = '' or ${events.resourceId} = ${value('search')}
      or ${events.memberId} = ${value('search')} or ${isNamed(eventNames)})
  order by ${events.seq} desc limit ${value('limit')}`,
)

const selectRefusals = statement(
  () => sql`
  select ${refusals.seq} as seq, ${refusals.at} as at,
    ${refusals.method} as method, ${refusals.path} as path, ${refusals.status} as status,
    ${refusals.code} as code, ${refusals.detail} as detail, ${refusals.cause} as cause,
    ${subjectOf} as subject from ${refusals}
  where ${refusals.tenantId} = ${tenant} and ${refusals.seq} < ${value('refusal')}
    and ${refusals.seq} >= ${top(refusals, 'refusal')} - ${value('scanLimit')}
    and (${value('code')} = '' or ${refusals.code} = ${value('code')})
    and (${value('search')} = '' or substr(${refusals.path}, 8) = ${value('search')}
      or substr(${refusals.path}, 9) = ${value('search')} or ${isNamed(subjectOf)})
  order by ${refusals.seq} desc limit ${value('limit')}`,
)

const selectEnds = statement(
  () => sql`
  select ${top(events, 'event')} - ${value('scanLimit')} as event_floor,
    ${top(refusals, 'refusal')} - ${value('scanLimit')} as refusal_floor,
    (select min(seq) from ${events} where ${events.tenantId} = ${tenant}) as first_event,
    (select min(seq) from ${refusals} where ${refusals.tenantId} = ${tenant}) as first_refusal`,
)

/** One page of the log before a place, the latest first. */
export async function readActivityPage(
  database: D1Database,
  query: ActivityFilter & {
    readonly tenantId: number
    readonly before: ActivityPlace
    readonly limit: number
  },
): Promise<Result<ActivityPage, Refusal>> {
  const { tenantId, before, limit, code, search, outcome } = query
  const values = { tenantId, ...before, limit, code, search, folded: fold(search), scanLimit }
  // What changed has no code.
  const isEvents = outcome !== 'failed' && code === ''
  const isRefusals = outcome !== 'changed'
  const read = await readBatch(database, [
    selectEvents(database, isEvents ? values : { ...values, limit: 0 }),
    selectRefusals(database, isRefusals ? values : { ...values, limit: 0 }),
    selectEnds(database, values),
  ])
  if (!read.ok) return read
  const [eventRows = [], refusalRows = [], [ends = {}] = []] = read.value
  const kept = [...eventRows.map(asEvent), ...refusalRows.map(asRefusal)]
    .toSorted((left, right) => right.activity.at - left.activity.at || right.seq - left.seq)
    .slice(0, limit)
  /** Where reading goes on: after what is kept, or below what was looked through in vain. */
  const end = (kind: LogLine['kind'], rows: readonly Row[]): number => {
    const mine = kept.filter((row) => row.kind === kind)
    const floor = Number(ends[`${kind}_floor`])
    if (mine.length === rows.length && rows.length < limit) return floor
    return mine.at(-1)?.seq ?? floor + scanLimit
  }
  const older = { event: end('event', eventRows), refusal: end('refusal', refusalRows) }
  const hasMore =
    (isEvents && older.event > firstOf(ends, 'event')) ||
    (isRefusals && older.refusal > firstOf(ends, 'refusal'))
  return ok({
    activity: joined(kept.map(({ activity }) => activity)),
    older: hasMore
      ? { event: Math.max(older.event, 0), refusal: Math.max(older.refusal, 0) }
      : undefined,
  })
}

function firstOf(ends: Row, kind: LogLine['kind']): number {
  const first = ends[`first_${kind}`]
  return typeof first === 'number' ? first : Infinity
}
