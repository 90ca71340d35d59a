/** The provisioning log as the console shows it: the latest first, counted and grouped. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { fold } from '../scim/match'
import type { Activity, ActivityPlace } from './activity'
import { runBatch, type Refusal } from './database'
import type { Cause } from './events'
import { statement, value } from './statement'
import type { Row } from './stored'
import { events, refusals, teams, tenants, tokens, users } from './tables'

const day = 86_400_000

/** Rows of either table that one page looks through; the next page goes on from there. */
const reach = 5_000

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

export interface FailureCount {
  readonly count: number
  /** How many different people and teams the failures were about. */
  readonly people: number
  readonly teams: number
}

/** Failures of one kind. */
export interface FailureGroup extends FailureCount {
  readonly code: string
  readonly latestAt: number
  /** What the latest of them was answered. */
  readonly detail: string
}

export interface DayCount {
  /** When the day begins, in UTC. */
  readonly at: number
  readonly changes: number
  readonly failures: number
}

/** How a tenant is doing, for the list of tenants. */
export interface Pulse {
  readonly lastUsedAt: number | null
  readonly failuresToday: number
}

const tenant = value('tenantId')

/** The number after the last one, or the place where the page begins. */
const top = (table: typeof events | typeof refusals, before: string) => sql`min(${value(before)},
  (select coalesce(max(newest.seq), 0) + 1 from ${table} as newest
    where newest.tenant_id = ${tenant}))`

/** Whom a refused request was about: by the name that it gave, or by the id in its path. */
const target = sql`coalesce(${refusals.subject},
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

const selectEvents = statement(sql`
  select ${events.seq} as seq, ${events.at} as at, ${events.type} as type,
    ${events.resourceId} as resource_id, ${events.memberId} as member_id,
    coalesce(${events.resource} ->> '$.userName', ${events.resource} ->> '$.displayName') as name,
    ${events.changes} as changes, ${events.cause} as cause
  from ${events} where ${events.tenantId} = ${tenant} and ${events.seq} < ${value('event')}
    and ${events.seq} >= ${top(events, 'event')} - ${value('reach')}
    and (${value('search')} = '' or ${events.resourceId} = ${value('search')}
      or ${events.memberId} = ${value('search')} or ${isNamed(eventNames)})
  order by ${events.seq} desc limit ${value('limit')}`)

const selectRefusals = statement(sql`
  select ${refusals}.*, ${target} as target from ${refusals}
  where ${refusals.tenantId} = ${tenant} and ${refusals.seq} < ${value('refusal')}
    and ${refusals.seq} >= ${top(refusals, 'refusal')} - ${value('reach')}
    and (${value('code')} = '' or ${refusals.code} = ${value('code')})
    and (${value('search')} = '' or substr(${refusals.path}, 8) = ${value('search')}
      or substr(${refusals.path}, 9) = ${value('search')} or ${isNamed(target)})
  order by ${refusals.seq} desc limit ${value('limit')}`)

const selectEnds = statement(sql`
  select ${top(events, 'event')} - ${value('reach')} as event_floor,
    ${top(refusals, 'refusal')} - ${value('reach')} as refusal_floor,
    (select min(seq) from ${events} where ${events.tenantId} = ${tenant}) as first_event,
    (select min(seq) from ${refusals} where ${refusals.tenantId} = ${tenant}) as first_refusal`)

const lateFailures = sql`(select ${refusals.code}, ${refusals.at}, ${refusals.detail},
    ${refusals.path}, coalesce(${target}, ${refusals.path}) as target
  from ${refusals} where ${refusals.tenantId} = ${tenant} and ${refusals.at} >= ${value('since')}
    and ${refusals.seq} > (select max(newest.seq) from ${refusals} as newest
      where newest.tenant_id = ${tenant}) - ${value('reach')})`

const counts = sql`count(*) as count,
  count(distinct case when path like '/Users%' then target end) as people,
  count(distinct case when path like '/Groups%' then target end) as teams`

/** Beside the maximum SQLite takes the other columns from the row that has it. */
const selectGroups = statement(sql`
  select code, max(at) as latest_at, detail, ${counts} from ${lateFailures}
  group by code order by count desc, code`)

const countFailures = statement(sql`select ${counts} from ${lateFailures}`)

/**
 * The number of the first row of each day. Numbers have no gaps and grow with time, so a search by
 * halves finds it with a few rows, however many there are; differences are counts.
 */
const selectBounds = (table: typeof events | typeof refusals) => {
  const isBefore = sql`(select ${table.at} from ${table} where ${table.tenantId} = ${tenant}
    and ${table.seq} >= (low + high) / 2 order by ${table.seq} limit 1) < day`
  // Two selects: one that asks for both would read every row.
  const extreme = (name: 'min' | 'max') => sql`(select ${sql.raw(name)}(${table.seq})
    from ${table} where ${table.tenantId} = ${tenant})`
  return statement(sql`
    with recursive bounds(day, low, high) as (
      select days.value, first, last + 1 from json_each(${value('days')}) as days,
        (select coalesce(${extreme('min')}, 1) as first, coalesce(${extreme('max')}, 0) as last)
      union all
      select day, iif(${isBefore}, (low + high) / 2 + 1, low),
        iif(${isBefore}, high, (low + high) / 2)
      from bounds where low < high)
    select day, low from bounds where low = high order by day`)
}

const selectEventBounds = selectBounds(events)
const selectRefusalBounds = selectBounds(refusals)

const selectPulses = statement(sql`
  select ${tenants.id} as id, (select max(${tokens.lastUsedAt}) from ${tokens}
      where ${tokens.tenantId} = ${tenants.id}) as last_used_at,
    (select count(*) from ${refusals} where ${refusals.tenantId} = ${tenants.id}
      and ${refusals.at} >= ${value('since')} and ${refusals.seq} > (select max(newest.seq)
        from ${refusals} as newest where newest.tenant_id = ${tenants.id}) - ${value('reach')}
    ) as failures
  from ${tenants}`)

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
  const values = { tenantId, ...before, limit, code, search, folded: fold(search), reach }
  // What changed has no code.
  const isEvents = outcome !== 'failed' && code === ''
  const isRefusals = outcome !== 'changed'
  const read = await runBatch(database, [
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
  const end = (kind: Placed['kind'], rows: readonly Row[]): number => {
    const mine = kept.filter((row) => row.kind === kind)
    const floor = Number(ends[`${kind}_floor`])
    if (mine.length === rows.length && rows.length < limit) return floor
    return mine.at(-1)?.seq ?? floor + reach
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

/** The failures since a time: all of them, and by their code with the most frequent first. */
export async function readFailures(
  database: D1Database,
  tenantId: number,
  since: number,
): Promise<Result<{ all: FailureCount; groups: FailureGroup[] }, Refusal>> {
  const values = { tenantId, since, reach }
  const read = await runBatch(database, [
    selectGroups(database, values),
    countFailures(database, values),
  ])
  if (!read.ok) return read
  const [groups = [], [all = {}] = []] = read.value
  return ok({
    all: countOf(all),
    groups: groups.map((row) => ({
      ...countOf(row),
      code: String(row['code']),
      latestAt: Number(row['latest_at']),
      detail: String(row['detail']),
    })),
  })
}

function countOf(row: Row): FailureCount {
  return {
    count: Number(row['count']),
    people: Number(row['people']),
    teams: Number(row['teams']),
  }
}

/** Changes and failures of each of the latest days, today last. */
export async function readDays(
  database: D1Database,
  tenantId: number,
  count: number,
): Promise<Result<DayCount[], Refusal>> {
  const today = Math.floor(Date.now() / day) * day
  // One more: a day ends where the next begins.
  const days = Array.from({ length: count + 1 }, (_, index) => today - (count - 1 - index) * day)
  const values = { tenantId, days: JSON.stringify(days) }
  const read = await runBatch(database, [
    selectEventBounds(database, values),
    selectRefusalBounds(database, values),
  ])
  if (!read.ok) return read
  const [changes, failures] = read.value.map((rows) => rows.map((row) => Number(row['low'])))
  const difference = (bounds: readonly number[] = [], index: number) =>
    (bounds[index + 1] ?? 0) - (bounds[index] ?? 0)
  return ok(
    days.slice(0, count).map((at, index) => ({
      at,
      changes: difference(changes, index),
      failures: difference(failures, index),
    })),
  )
}

/** How every tenant is doing, by its id. */
export async function readPulses(
  database: D1Database,
): Promise<Result<ReadonlyMap<number, Pulse>, Refusal>> {
  const since = Math.floor(Date.now() / day) * day
  const read = await runBatch(database, [selectPulses(database, { since, reach })])
  if (!read.ok) return read
  return ok(
    new Map(
      (read.value[0] ?? []).map((row) => [
        Number(row['id']),
        {
          lastUsedAt: row['last_used_at'] === null ? null : Number(row['last_used_at']),
          failuresToday: Number(row['failures']),
        },
      ]),
    ),
  )
}

interface Placed {
  readonly kind: 'event' | 'refusal'
  readonly seq: number
  readonly activity: Activity
}

function firstOf(ends: Row, kind: Placed['kind']): number {
  const first = ends[`first_${kind}`]
  return typeof first === 'number' ? first : Infinity
}

function asEvent(row: Row): Placed {
  const seq = Number(row['seq'])
  const change = {
    seq,
    type: String(row['type']),
    resourceId: String(row['resource_id']),
    memberId: textOrNull(row['member_id']),
    name: textOrNull(row['name']) ?? '',
    changes: JSON.parse(String(row['changes'])) as JsonObject,
  }
  return {
    kind: 'event',
    seq,
    activity: { outcome: 'changed', ...common(row), changes: [change] },
  }
}

function asRefusal(row: Row): Placed {
  const failure = {
    method: String(row['method']),
    path: String(row['path']),
    status: Number(row['status']),
    code: String(row['code']),
    detail: String(row['detail']),
    subject: textOrNull(row['target']),
  }
  return {
    kind: 'refusal',
    seq: Number(row['seq']),
    activity: { outcome: 'failed', ...common(row), failure },
  }
}

function common(row: Row): { at: number; cause: Cause } {
  return { at: Number(row['at']), cause: JSON.parse(String(row['cause'])) as Cause }
}

function textOrNull(field: unknown): string | null {
  return typeof field === 'string' ? field : null
}

/** The changes of one request that follow each other are one line, in the order they were made. */
function joined(list: readonly Activity[]): Activity[] {
  const result: Activity[] = []
  for (const one of list) {
    const last = result.at(-1)
    const isSame = last?.changes && one.changes && last.cause.requestId === one.cause.requestId
    if (isSame) {
      const changes = [...(one.changes ?? []), ...(last.changes ?? [])]
      result[result.length - 1] = { ...last, changes }
    } else result.push(one)
  }
  return result
}
