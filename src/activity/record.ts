/**
 * Writes what the provisioning log of a tenant has beside its events: refused requests, each with the problem
 * that it is and what was sent and answered, and what was passed over. An isolate evaluates it when there is
 * something to write.
 */
import { sql, type Column } from 'drizzle-orm'
import { runBatch } from '../database/batch'
import { passedOver, refusals } from '../database/schema/events'
import { exchanges, otherNames, problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { columns, command, tenant, value, type BoundStatement } from '../database/statement'
import { isOver } from './problem-state'
import type { LoggedRequest, RefusedRequest } from './refused'

/** What is written comes after the answer; the tenant may have been deleted by then. */
const exists = sql`exists (select 1 from ${tenants} where ${tenants.id} = ${tenant})`

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
  having ${exists}`,
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
  having ${exists}`,
)

/** Writes what the cause says was passed over; nothing for a tenant that is deleted. */
export async function recordPassedOver(
  database: D1Database,
  { cause: given, ...values }: LoggedRequest,
): Promise<void> {
  const now = Date.now()
  const cause = JSON.stringify(given)
  await runBatch(database, [insertPassedOver(database, { ...values, now, cause })])
}

/** Number of the refusal that the same batch has written just before. */
const thisRefusal = sql`(select max(${refusals.seq}) from ${refusals}
  where ${refusals.tenantId} = ${tenant})`

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

/** Addresses after the first, by which somebody may be asked for. */
const insertOtherEmails = command(
  () => sql`
  insert into ${otherNames} (${columns(
    otherNames.nameKey,
    otherNames.tenantId,
    otherNames.kind,
    otherNames.subject,
    otherNames.at,
  )})
  select address.value, ${tenant}, 'refused', ${value('key')}, ${value('now')}
  from json_each(${value('addresses')}) as address where ${exists}
  on conflict do update set ${columns(otherNames.at)} = excluded.${columns(otherNames.at)}`,
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
function problemStatements(
  database: D1Database,
  refused: RefusedRequest,
  now: number,
): readonly (BoundStatement | undefined)[] {
  const { tenantId, method, path, status, code, detail, cause, about, exchange } = refused
  const { members, otherEmails, ...subject } = about
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
    isHarmless || otherEmails.length === 0
      ? undefined
      : insertOtherEmails(database, {
          tenantId,
          key: subject.key,
          now,
          addresses: JSON.stringify(otherEmails),
        }),
    exchange &&
      insertExchange(database, { tenantId, now, requestId: cause.requestId, ...exchange }),
    exchange && deleteSurplus(database, { tenantId, maximumExchanges }),
  ]
}
