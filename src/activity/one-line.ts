/** One line of the log by its name, with what is kept of it. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { passedOverName, subjectName } from './browse'
import {
  asEvent,
  asPassedOver,
  asRefusal,
  eventFields,
  joinChanges,
  passedOverFields,
  refusalFields,
  type Activity,
  type LineKey,
  type LogLine,
} from './rows'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { events, passedOver, refusals } from '../database/schema/events'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'

/** Events before and after the named one that are looked at for others of the same request. */
const around = 25

const named = alias(events, 'named')

const selectEvents = query(
  eventFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${events} where ${events.tenantId} = ${tenant}
    and ${events.seq} between ${value('seq')} - ${around + 1} and ${value('seq')} + ${around + 1}
    and ${events.cause} ->> '$.requestId' = (select ${named.cause} ->> '$.requestId'
      from ${events} as ${named} where ${named.tenantId} = ${tenant} and ${named.seq} = ${value('seq')})
  order by ${events.seq}`,
)

const selectRefusal = query(
  { ...refusalFields, subject: subjectName },
  (fields) => sql`
  select ${fieldList(fields)} from ${refusals}
  where ${refusals.tenantId} = ${tenant} and ${refusals.seq} = ${value('seq')}`,
)

const selectPassedOver = query(
  { ...passedOverFields, subject: passedOverName },
  (fields) => sql`
  select ${fieldList(fields)} from ${passedOver}
  where ${passedOver.tenantId} = ${tenant} and ${passedOver.seq} = ${value('seq')}`,
)

/**
 * A line of the log; undefined for one that is no longer kept. Of a request with many changes it has those
 * within 25 events of the named one.
 */
export async function readLine(
  database: D1Database,
  tenantId: number,
  { kind, seq }: LineKey,
): Promise<Result<Activity | undefined, Refusal>> {
  const values = { tenantId, seq }
  const lines = (rows: readonly LogLine[]) => joinChanges(rows.map(({ activity }) => activity))[0]
  if (kind === 'event') {
    const read = await readBatch(database, [selectEvents(database, values)])
    if (!read.ok) return read
    const all = read.value[0].map(asEvent)
    const near = all.filter((one) => Math.abs(one.seq - seq) <= around)
    const line = lines(near)
    return ok(line && near.length < all.length ? { ...line, isPart: true } : line)
  }
  const read = await readBatch(database, [
    selectRefusal(database, values),
    selectPassedOver(database, values),
  ])
  if (!read.ok) return read
  const [refused, passed] = read.value
  return ok(lines(kind === 'refusal' ? refused.map(asRefusal) : passed.map(asPassedOver)))
}
