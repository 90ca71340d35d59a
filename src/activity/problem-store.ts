/** Writes the problem that a refusal is, and what was sent and answered. */
import { sql, type Column } from 'drizzle-orm'
import { columns, command, tenant, value, type BoundStatement } from '../database/statement'
import { refusals } from '../database/schema/events'
import { exchanges, problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import type { RefusedRequest } from './refused'
import { isOver } from './problem-state'

/** Number of the refusal that the same batch has written just before. */
const thisRefusal = sql`(select max(${refusals.seq}) from ${refusals}
  where ${refusals.tenantId} = ${tenant})`

const exists = sql`exists (select 1 from ${tenants} where ${tenants.id} = ${tenant})`

const latest = [
  problems.seq,
  problems.method,
  problems.path,
  problems.status,
  problems.code,
  problems.detail,
  problems.cause,
  problems.lastAt,
  problems.members,
]

const known = [
  problems.name,
  problems.nameKey,
  problems.externalId,
  problems.emailKey,
  problems.displayKey,
]

const excluded = (column: Column) => sql`excluded.${columns(column)}`

const setLatest = sql.join(
  [
    ...latest.map((column) => sql`${columns(column)} = ${excluded(column)}`),
    ...known.map((column) => sql`${columns(column)} = coalesce(${excluded(column)}, ${column})`),
  ],
  sql`, `,
)

/** Somebody who had come and is refused again is a new problem. */
const upsertProblem = command(
  () => sql`
  insert into ${problems} (${columns(
    problems.tenantId,
    problems.key,
    problems.kind,
    problems.resourceId,
    problems.name,
    problems.nameKey,
    problems.externalId,
    problems.emailKey,
    problems.displayKey,
    problems.members,
    problems.seq,
    problems.method,
    problems.path,
    problems.status,
    problems.code,
    problems.detail,
    problems.cause,
    problems.firstAt,
    problems.lastAt,
    problems.tries,
  )})
  select ${tenant}, ${value('key')}, ${value('kind')}, ${value('resourceId')}, ${value('name')},
    ${value('nameKey')}, ${value('externalId')}, ${value('emailKey')}, ${value('displayKey')},
    ${value('members')}, ${thisRefusal}, ${value('method')}, ${value('path')}, ${value('status')},
    ${value('code')}, ${value('detail')}, ${value('cause')}, ${value('now')}, ${value('now')}, 1
  where ${exists}
  on conflict (${columns(problems.tenantId, problems.key)}) do update set
    ${columns(problems.firstAt)} = iif(${isOver}, ${excluded(problems.firstAt)}, ${problems.firstAt}),
    ${columns(problems.tries)} = iif(${isOver}, 1, ${problems.tries} + 1), ${setLatest}`,
)

const insertExchange = command(
  () => sql`
  insert into ${exchanges} (${columns(
    exchanges.tenantId,
    exchanges.seq,
    exchanges.at,
    exchanges.requestId,
    exchanges.sent,
    exchanges.answered,
  )})
  select ${tenant}, ${thisRefusal}, ${value('now')}, ${value('requestId')}, ${value('sent')},
    ${value('answered')}
  where ${exists}`,
)

/** Refusals of a tenant, the latest ones, of which the bodies are kept. */
const maximumExchanges = 2_000

/** Whoever is refused without end stores no more than so much. */
const deleteSurplus = command(
  () => sql`
  delete from ${exchanges} where ${exchanges.tenantId} = ${tenant}
    and ${exchanges.seq} <= ${thisRefusal} - ${value('maximumExchanges')}`,
)

/**
 * Statements that follow the one of the refusal in its batch. Deleting what is not there leaves nothing
 * missing: it is no problem.
 */
export function problemStatements(
  database: D1Database,
  refused: RefusedRequest,
  now: number,
): readonly (BoundStatement | undefined)[] {
  const { tenantId, method, path, status, code, detail, cause, about, exchange } = refused
  const { members, ...subject } = about
  const isHarmless = method === 'DELETE' && code === 'resourceNotFound'
  return [
    isHarmless
      ? undefined
      : upsertProblem(database, {
          ...subject,
          tenantId,
          method,
          path,
          status,
          code,
          detail,
          now,
          cause: JSON.stringify(cause),
          members: members && JSON.stringify(members),
        }),
    exchange &&
      insertExchange(database, { tenantId, now, requestId: cause.requestId, ...exchange }),
    exchange && deleteSurplus(database, { tenantId, maximumExchanges }),
  ]
}
