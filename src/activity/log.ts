/**
 * The provisioning log of a tenant: every request for a change, whether it was made, refused, or made
 * with something passed over.
 */
import { and, eq, gt, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import {
  asEvent,
  asPassedOver,
  asRefusal,
  eventFields,
  joinChanges,
  passedOverFields,
  refusalFields,
  type Activity,
  type ActivityPlace,
  type LogLine,
  type Outcome,
} from './rows'
import { problemStatements } from './problem-store'
import type { LoggedRequest, RefusedRequest } from './refused'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select } from '../database/builder'
import { fieldList } from '../database/field'
import { isWithinBytes, listed, measured } from '../database/within-bytes'
import { eventColumns } from '../events/append'
import { columns, command, query, tenant, value } from '../database/statement'
import { events, passedOver, refusals } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { lineBytes, noteGrowth } from '../tenants/growth'

/** A refusal is written after the answer; the tenant may have been deleted by then. */
const insertRefusal = command(
  () => sql`
  insert into ${refusals} (${columns(
    refusals.tenantId,
    refusals.seq,
    refusals.at,
    refusals.method,
    refusals.path,
    refusals.status,
    refusals.code,
    refusals.detail,
    refusals.subject,
    refusals.cause,
  )})
  select ${tenant}, coalesce(max(${refusals.seq}), 0) + 1, ${value('now')}, ${value('method')},
    ${value('path')}, ${value('status')}, ${value('code')}, ${value('detail')},
    ${value('subject')}, ${value('cause')}
  from ${refusals} where ${refusals.tenantId} = ${tenant}
  having exists (select 1 from ${tenants} where ${tenants.id} = ${tenant})`,
)

/** Writes refused changes and their problems; none for a tenant that has been deleted meanwhile. */
export async function recordRefusals(
  database: D1Database,
  refused: readonly RefusedRequest[],
): Promise<void> {
  const now = Date.now()
  const statements = refused.flatMap((request) => {
    const { tenantId, method, path, status, code, detail, subject } = request
    const values = { tenantId, method, path, status, code, detail, subject, now }
    const cause = JSON.stringify(request.cause)
    const { exchange } = request
    const kept = exchange ? lineBytes(exchange.sent, exchange.answered) : 0
    noteGrowth(tenantId, { lines: lineBytes(detail, cause) + kept })
    return [
      insertRefusal(database, { ...values, cause }),
      ...problemStatements(database, request, now),
    ]
  })
  await runBatch(database, statements)
}

const insertPassedOver = command(
  () => sql`
  insert into ${passedOver} (${columns(
    passedOver.tenantId,
    passedOver.seq,
    passedOver.at,
    passedOver.method,
    passedOver.path,
    passedOver.status,
    passedOver.subject,
    passedOver.cause,
  )})
  select ${tenant}, coalesce(max(${passedOver.seq}), 0) + 1, ${value('now')}, ${value('method')},
    ${value('path')}, ${value('status')}, ${value('subject')}, ${value('cause')}
  from ${passedOver} where ${passedOver.tenantId} = ${tenant}
  having exists (select 1 from ${tenants} where ${tenants.id} = ${tenant})`,
)

/** Writes what the cause says was passed over; nothing for a tenant that is deleted. */
export async function recordPassedOver(
  database: D1Database,
  { cause: given, ...values }: LoggedRequest,
): Promise<void> {
  const now = Date.now()
  const cause = JSON.stringify(given)
  noteGrowth(values.tenantId, { lines: lineBytes(cause) })
  await runBatch(database, [insertPassedOver(database, { ...values, now, cause })])
}

export interface ActivityQuery {
  readonly tenantId: number
  readonly after: ActivityPlace
  /** Rows that are read of each table. */
  readonly limit: number
  readonly outcome: Outcome | undefined
}

/** A change can have a long value, before and after. */
const selectEvents = query(
  { ...eventFields, listed },
  (fields) => sql`
  select ${fieldList(fields)} from ${measured(
    events,
    sql`select ${eventColumns} from ${events} where ${events.tenantId} = ${tenant}
      and ${events.seq} > ${value('event')} order by ${events.seq} limit ${value('limit')}`,
    sql`octet_length(${events.changes}) + octet_length(${events.cause})`,
    sql`${events.seq}`,
  )} where ${isWithinBytes} order by ${events.seq}`,
)

const selectRefusals = query(refusalFields, (fields) =>
  select(fields)
    .from(refusals)
    .where(and(eq(refusals.tenantId, tenant), gt(refusals.seq, value('refusal'))))
    .orderBy(refusals.seq)
    .limit(sql.placeholder('limit')),
)

const selectPassedOver = query(passedOverFields, (fields) =>
  select(fields)
    .from(passedOver)
    .where(and(eq(passedOver.tenantId, tenant), gt(passedOver.seq, value('passedOver'))))
    .orderBy(passedOver.seq)
    .limit(sql.placeholder('limit')),
)

/** The log in the order of time, from a place on, and the place where the answer ends. */
export async function readActivity(
  database: D1Database,
  { tenantId, after, limit, outcome }: ActivityQuery,
): Promise<Result<{ activity: Activity[]; end: ActivityPlace; hasMore: boolean }, Refusal>> {
  const valuesFor = (of: Outcome) => {
    const isWanted = outcome === undefined || outcome === of
    return { tenantId, ...after, limit: isWanted ? limit : 0 }
  }
  const read = await readBatch(database, [
    selectEvents(database, valuesFor('changed')),
    selectRefusals(database, valuesFor('failed')),
    selectPassedOver(database, valuesFor('passedOver')),
  ])
  if (!read.ok) return read
  const [eventRows, refusalRows, passedRows] = read.value
  const rows = [
    ...eventRows.map(asEvent),
    ...refusalRows.map(asRefusal),
    ...passedRows.map(asPassedOver),
  ].toSorted(byTime)
  // Behind an event that ends the page by its bytes comes nothing of the other tables.
  const isCut = eventRows.length < (eventRows[0]?.listed ?? 0)
  const end = isCut ? eventRows.at(-1)?.at : undefined
  const kept = rows
    .filter(({ kind, activity }) => kind === 'event' || end === undefined || activity.at <= end)
    .slice(0, limit)
  return ok({
    activity: joinChanges(kept.map(({ activity }) => activity)),
    end: {
      event: lastOf(kept, 'event') ?? after.event,
      refusal: lastOf(kept, 'refusal') ?? after.refusal,
      passedOver: lastOf(kept, 'passedOver') ?? after.passedOver,
    },
    hasMore:
      isCut ||
      rows.length > kept.length ||
      read.value.some((tableRows) => tableRows.length === limit),
  })
}

function byTime(left: LogLine, right: LogLine): number {
  return (
    left.activity.at - right.activity.at || (left.kind === right.kind ? left.seq - right.seq : 0)
  )
}

function lastOf(rows: readonly LogLine[], kind: LogLine['kind']): number | undefined {
  return rows.findLast((row) => row.kind === kind)?.seq
}
