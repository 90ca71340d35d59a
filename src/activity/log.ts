/**
 * Reads the provisioning log of a tenant: every request for a change, whether it was made, refused, or made
 * with something passed over. `record.ts` writes what no event tells.
 */
import { and, eq, gt, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
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
import { select } from '../database/builder'
import { fieldList } from '../database/field'
import { isWithinBytes, listed, measured } from '../database/within-bytes'
import { eventColumns } from '../events/append'
import { query, tenant, value } from '../database/statement'
import { events, passedOver, refusals } from '../database/schema/events'

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
  const tables = [eventRows.map(asEvent), refusalRows.map(asRefusal), passedRows.map(asPassedOver)]
  const rows = merge(tables, 'earliest')
  // Behind an event that ends the page by its bytes comes nothing of the other tables.
  const isCut = eventRows.length < (eventRows[0]?.listed ?? 0)
  const end = isCut ? rows.findLastIndex(({ kind }) => kind === 'event') + 1 : rows.length
  const kept = rows.slice(0, Math.min(end, limit))
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

function lastOf(rows: readonly LogLine[], kind: LogLine['kind']): number | undefined {
  return rows.findLast((row) => row.kind === kind)?.seq
}
