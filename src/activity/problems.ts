/** Problems of a tenant: people and teams of whom a request was refused, and who are still missing or stale. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import { readGathered } from './departures'
import { isAnothers, isOver, presentId, shownName } from './problem-state'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList, flag, type RowOf } from '../database/field'
import { query, tenant, value, type BoundStatement } from '../database/statement'
import { exchanges, problems } from '../database/schema/support'

export const problemFields = {
  key: problems.key,
  kind: problems.kind,
  /** Id in the path of the request; null for somebody new. */
  resourceId: problems.resourceId,
  name: shownName,
  externalId: problems.externalId,
  /** Number, request and reason of the latest refusal. */
  seq: problems.seq,
  method: problems.method,
  path: problems.path,
  status: problems.status,
  code: problems.code,
  detail: problems.detail,
  cause: problems.cause,
  /** Times of the first and the latest refusal, in milliseconds since 1970. */
  firstAt: problems.firstAt,
  lastAt: problems.lastAt,
  /** Refusals since then. */
  tries: problems.tries,
  /** Id in the directory: what is there is stale, and what is not is missing. */
  presentId,
  /** True once the person or team has come. */
  isOver: flag(isOver),
}

/** A person or team of whom a request was refused, with the latest request. */
export type Problem = RowOf<typeof problemFields>

/** What was sent and answered with a refusal. */
export type Exchange = RowOf<typeof exchangeFields>

/** A place in the list, which has the latest first. */
export interface ProblemPlace {
  readonly lastAt: number
  readonly key: string
}

export interface ProblemPage {
  /** Those that are not over. */
  readonly problems: readonly Problem[]
  /** Begin of the older page; undefined on the last one. */
  readonly older: ProblemPlace | undefined
}

/** Rows that one page looks through; those that are over go with the night. */
const pageRows = 100

/** Rows that a count looks through: so many may be more. */
export const countedProblems = 1_000

const start: ProblemPlace = { lastAt: Number.MAX_SAFE_INTEGER, key: '' }

const selectPage = query(
  problemFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${problems}
  where ${problems.tenantId} = ${tenant}
    and (${problems.lastAt}, ${problems.key}) < (${value('lastAt')}, ${value('key')})
  order by ${problems.lastAt} desc, ${problems.key} desc limit ${value('limit')}`,
)

/** Ends at the problem that is the last to be counted: no more rows are looked at than it takes. */
const countOpen = query(
  { count: sql<number>`count(*)` },
  (fields) => sql`
  select ${fieldList(fields)} from (select 1 from (select ${isOver} as is_over from ${problems}
    where ${problems.tenantId} = ${tenant} order by ${problems.lastAt} desc limit ${value('limit')})
  where not is_over limit ${value('most')})`,
)

const selectProblem = query(
  problemFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${problems}
  where ${problems.tenantId} = ${tenant} and ${problems.key} = ${value('key')}`,
)

const selectAbout = query(
  problemFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${problems} where ${problems.tenantId} = ${tenant}
    and (${problems.key} = ${value('key')} or ((${problems.nameKey} = ${value('nameKey')}
      or ${problems.externalId} = ${value('externalId')}) and not ${isAnothers}))
    and ${problems.kind} = 'user' order by ${problems.lastAt} desc limit ${value('limit')}`,
)

const exchangeFields = { at: exchanges.at, sent: exchanges.sent, answered: exchanges.answered }

const selectExchanges = query(
  { seq: exchanges.seq, ...exchangeFields },
  (fields) => sql`
  select ${fieldList(fields)} from ${exchanges} where ${exchanges.tenantId} = ${tenant}
    and ${exchanges.seq} in (select value from json_each(${value('numbers')}))`,
)

/** A page of the problems, the latest refusal first: at most 100 or `limit`, fewer when some of them are over. */
export async function readProblems(
  database: D1Database,
  tenantId: number,
  before: ProblemPlace = start,
  limit = pageRows,
): Promise<Result<ProblemPage, Refusal>> {
  const values = { tenantId, ...before, limit }
  const read = await readGathered(database, tenantId, () =>
    readBatch(database, [selectPage(database, values)]),
  )
  if (!read.ok) return read
  const [rows] = read.value.found
  const last = rows.length === limit ? rows.at(-1) : undefined
  return ok({
    problems: rows.filter((row) => !row.isOver),
    older: last && { lastAt: last.lastAt, key: last.key },
  })
}

/**
 * A statement that answers the number of problems among the 1,000 latest ones, counted up to `most`; who was
 * deleted in the last minutes may count.
 */
export function openProblems(
  database: D1Database,
  tenantId: number,
  most: number,
): BoundStatement<{ readonly count: number }> {
  return countOpen(database, { tenantId, limit: countedProblems, most })
}

export async function countProblems(
  database: D1Database,
  tenantId: number,
): Promise<Result<number, Refusal>> {
  const read = await readBatch(database, [openProblems(database, tenantId, countedProblems)])
  return read.ok ? ok(read.value[0][0]?.count ?? 0) : read
}

/** One problem, also one that is over; undefined for none. */
export async function readProblem(
  database: D1Database,
  tenantId: number,
  key: string,
): Promise<Result<Problem | undefined, Refusal>> {
  const read = await readBatch(database, [selectProblem(database, { tenantId, key })])
  return read.ok ? ok(read.value[0][0]) : read
}

/** Problems of a person by id, user name and identifier, also those that are over; empty texts name nobody. */
export async function readProblemsAbout(
  database: D1Database,
  tenantId: number,
  person: { readonly id: string; readonly userName: string; readonly externalId: string },
): Promise<Result<readonly Problem[], Refusal>> {
  const read = await readBatch(database, [
    selectAbout(database, {
      tenantId,
      key: `user:id:${person.id}`,
      nameKey: fold(person.userName) || null,
      externalId: person.externalId || null,
      limit: 10,
    }),
  ])
  return read.ok ? ok(read.value[0]) : read
}

/** What was sent and answered, by the numbers of refusals, as far as it is kept. */
export async function readExchanges(
  database: D1Database,
  tenantId: number,
  numbers: readonly number[],
): Promise<Result<ReadonlyMap<number, Exchange>, Refusal>> {
  const values = { tenantId, numbers: JSON.stringify(numbers) }
  const read = await readBatch(database, [selectExchanges(database, values)])
  return read.ok ? ok(new Map(read.value[0].map(({ seq, ...rest }) => [seq, rest]))) : read
}
