/**
 * The nightly count of what each tenant stores: it makes up for what isolates had noted when they
 * ended, and for what retention has deleted. A database is read in steps, each with a bound.
 */
import { sql, type Column, type SQL } from 'drizzle-orm'
import { demandDone, longBatchTime, runBatch } from '../database/batch'
import { select } from '../database/builder'
import { fieldList } from '../database/field'
import { jsonLists } from '../database/json-lists'
import { teams, users } from '../database/schema/directory'
import { events, passedOver, refusals } from '../database/schema/events'
import { exchanges, problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { columns, command, query, value } from '../database/statement'
import { eventSize, markAllFull, sizes } from './growth'

/** Rows of one step, which has half a minute; and steps of a table in one night. */
const stepRows = 50_000
const maximumSteps = 200

/** What each tenant has in one table: bytes, and its highest number there. */
type Count = ReadonlyMap<number, { readonly bytes: number; readonly number: number | string }>

/** The order in which a table is read, and the condition that a row comes after those of a step. */
interface Order {
  readonly tenantId: Column
  /** The position of people and teams, the number of lines of a log, the key of problems. */
  readonly number: Column
  readonly order: SQL
  readonly isNext: SQL
}

const inDirectory = ({ tenantId, position: number }: typeof users | typeof teams): Order => ({
  tenantId,
  number,
  order: sql`${number}`,
  isNext: sql`${number} > ${value('last')}`,
})

const byTenant = (tenantId: Column, number: Column): Order => ({
  tenantId,
  number,
  order: sql`${tenantId}, ${number}`,
  isNext: sql`(${tenantId}, ${number}) > (${value('owner')}, ${value('last')})`,
})

type Log = typeof events | typeof refusals | typeof passedOver | typeof exchanges

const inLog = ({ tenantId, seq }: Log): Order => byTenant(tenantId, seq)

/** Sums a table by tenant, step by step. */
function counting({ tenantId, number, order, isNext }: Order, size: SQL) {
  const countStep = query(
    {
      owner: sql<number>`owner`,
      bytes: sql<number>`sum(bytes)`,
      last: sql<number | string>`max(number)`,
      rows: sql<number>`count(*)`,
    },
    (fields) => sql`
    select ${fieldList(fields)} from (
      select ${tenantId} as owner, ${size} as bytes, ${number} as number from ${tenantId.table}
      where ${isNext} order by ${order} limit ${value('limit')})
    group by owner order by owner`,
  )
  const isByPosition = number.name === 'position'
  return async function countTable(database: D1Database, limit: number): Promise<Count> {
    const count = new Map<number, { readonly bytes: number; readonly number: number | string }>()
    let place: { readonly owner: number; readonly last: number | string } = { owner: 0, last: 0 }
    for (let steps = 0; steps < maximumSteps; steps += 1) {
      const outcome = await runBatch(
        database,
        [countStep(database, { ...place, limit })],
        longBatchTime,
      )
      const [found] = demandDone(outcome)
      for (const { owner, bytes, last } of found) {
        count.set(owner, { bytes: bytes + (count.get(owner)?.bytes ?? 0), number: last })
      }
      if (found.reduce((sum, { rows }) => sum + rows, 0) < limit) return count
      const { owner = 0, last = 0 } = found.at(-1) ?? {}
      const furthest = () => Math.max(...found.map((counted) => Number(counted.last)))
      place = { owner, last: isByPosition ? furthest() : last }
    }
    throw new Error('A table has more rows than are counted in a night')
  }
}

const countPeople = counting(inDirectory(users), sizes.resource(users.attributes))
const countTeams = counting(inDirectory(teams), sizes.team)
const countEvents = counting(inLog(events), eventSize)
const countRefusals = counting(inLog(refusals), sizes.line(refusals.detail, refusals.cause))
const countPassedOver = counting(inLog(passedOver), sizes.line(passedOver.cause))
const countExchanges = counting(inLog(exchanges), sizes.line(exchanges.sent, exchanges.answered))
const countProblems = counting(
  byTenant(problems.tenantId, problems.key),
  sizes.line(problems.detail, problems.cause),
)

const selectTenants = query({ id: tenants.id, before: tenants.directoryBytes }, (fields) =>
  select(fields).from(tenants),
)

const counted = (name: string) => sql`(item.value ->> ${sql.raw(`'$.${name}'`)})`

/** What isolates have counted since the count began is added to it. */
const saveCounts = command(
  () => sql`
  update ${tenants} set ${columns(tenants.directoryBytes)} = ${counted('directory')}
      + coalesce(${tenants.directoryBytes} - ${counted('before')}, 0),
    ${columns(tenants.logBytes)} = ${counted('log')}, ${columns(tenants.countedSeq)} = ${counted('seq')}
  from json_each(${value('counts')}) as item where ${tenants.id} = ${counted('id')}`,
)

/**
 * Counts what each tenant of a database stores, and marks those that are over their budget. Throws,
 * and leaves the estimates, for a table of more than ten million rows.
 */
export async function countStored(database: D1Database, limit = stepRows): Promise<void> {
  const [found] = demandDone(await runBatch(database, [selectTenants(database, {})]))
  const people = await countPeople(database, limit)
  const teamsOf = await countTeams(database, limit)
  const changes = await countEvents(database, limit)
  const lines = [
    await countRefusals(database, limit),
    await countPassedOver(database, limit),
    await countExchanges(database, limit),
    await countProblems(database, limit),
  ]
  const sum = (counts: readonly Count[], id: number) =>
    counts.reduce((bytes, count) => bytes + (count.get(id)?.bytes ?? 0), 0)
  const counts = found.map(({ id, before }) => ({
    id,
    before,
    directory: sum([people, teamsOf], id),
    log: sum([changes, ...lines], id),
    seq: changes.get(id)?.number ?? 0,
  }))
  const parts = jsonLists(counts).map((part) => saveCounts(database, { counts: part }))
  demandDone(await runBatch(database, [parts, markAllFull(database, {})]))
}
