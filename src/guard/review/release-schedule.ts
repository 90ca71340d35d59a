/** Releases that are decided and not told yet: kept, listed, taken back. Reads and writes. */
import { and, asc, eq, lte, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../../result'
import { longBatchTime, readBatch, runBatch, type Refusal } from '../../database/batch'
import { deleteFrom, select } from '../../database/builder'
import { jsonLists } from '../../database/json-lists'
import { forbid, preconditionStatement } from '../../database/precondition'
import { overlays, releaseChanges, releases, type ReleaseAuthor } from '../../database/schema/guard'
import {
  columns,
  command,
  query,
  tenant,
  value,
  type BoundStatement,
} from '../../database/statement'

/** A release that is not told yet. */
export interface PlannedRelease {
  readonly tenantId: number
  readonly id: string
  /** Null for discarded changes. */
  readonly holdId: string | null
  /** Milliseconds since 1970: when it was decided, and from when on it is told. */
  readonly at: number
  readonly tellAt: number
  readonly author: ReleaseAuthor
  /** Numbers of its changes and people that have not changed since. */
  readonly changes: number
  readonly people: number
}

const insertRelease = command(
  () => sql`
  insert into ${releases} (${columns(
    releases.tenantId,
    releases.id,
    releases.holdId,
    releases.at,
    releases.tellAt,
    releases.author,
  )}) values (${tenant}, ${value('id')}, ${value('holdId')}, ${value('now')}, ${value('tellAt')},
    ${value('author')})`,
)

const insertChanges = command(
  () => sql`
  insert into ${releaseChanges} (${columns(
    releaseChanges.tenantId,
    releaseChanges.teamId,
    releaseChanges.userId,
    releaseChanges.releaseId,
    releaseChanges.version,
  )}) select ${tenant}, item.value ->> 0, item.value ->> 1, ${value('id')}, item.value ->> 2
  from json_each(${value('rows')}) as item where true on conflict do nothing`,
)

const planned = alias(releaseChanges, 'planned')

/** A change is another one by now, or of a release that somebody else has just decided; else `version`. */
const isOvertaken = sql`exists (select 1 from json_each(${value('rows')}) as item
  where not exists (select 1 from ${overlays} where ${overlays.tenantId} = ${tenant}
      and ${overlays.teamId} = item.value ->> 0 and ${overlays.userId} = item.value ->> 1
      and ${overlays.version} = item.value ->> 2)
    or exists (select 1 from ${releaseChanges} as ${planned} where ${planned.tenantId} = ${tenant}
      and ${planned.teamId} = item.value ->> 0 and ${planned.userId} = item.value ->> 1
      and ${planned.version} = item.value ->> 2))`

const areUnplanned = preconditionStatement(forbid(isOvertaken, 'version'))

const isOfRelease = and(
  eq(releaseChanges.tenantId, tenant),
  eq(releaseChanges.releaseId, value('id')),
)
const isRelease = and(eq(releases.tenantId, tenant), eq(releases.id, value('id')))

const deleteChanges = command(() => deleteFrom(releaseChanges).where(isOfRelease))
const deleteRelease = command(() => deleteFrom(releases).where(isRelease))

const count = (counted: typeof overlays.userId | undefined) => sql<number>`(
  select count(${counted ? sql`distinct nullif(${counted}, '')` : sql`*`})
  from ${releaseChanges} cross join ${overlays} on ${overlays.tenantId} = ${releases.tenantId}
    and ${overlays.teamId} = ${releaseChanges.teamId}
    and ${overlays.userId} = ${releaseChanges.userId}
    and ${overlays.version} = ${releaseChanges.version}
  where ${releaseChanges.tenantId} = ${releases.tenantId}
    and ${releaseChanges.releaseId} = ${releases.id})`

const fields = {
  tenantId: releases.tenantId,
  id: releases.id,
  holdId: releases.holdId,
  at: releases.at,
  tellAt: releases.tellAt,
  author: releases.author,
  changes: count(undefined),
  people: count(overlays.userId),
}

const selectReleases = query(fields, (named) =>
  select(named)
    .from(releases)
    .where(eq(releases.tenantId, tenant))
    .orderBy(asc(releases.tellAt))
    .limit(100),
)

const selectDue = query(fields, (named) =>
  select(named)
    .from(releases)
    .where(lte(releases.tellAt, value('now')))
    .orderBy(asc(releases.tellAt))
    .limit(sql.placeholder('limit')),
)

/** Keeps a release of changes as they were read; refused (`version`) when one was decided or changed since. */
export async function saveRelease(
  database: D1Database,
  release: Omit<PlannedRelease, 'changes' | 'people'>,
  rows: readonly { readonly teamId: string; readonly userId: string; readonly version: number }[],
  audit: BoundStatement,
): Promise<Result<unknown, Refusal>> {
  const { tenantId, id, holdId, at, tellAt, author } = release
  const values = { tenantId, id, holdId, now: at, tellAt, author: JSON.stringify(author) }
  const lists = jsonLists(rows.map(({ teamId, userId, version }) => [teamId, userId, version]))
  return runBatch(
    database,
    [
      lists.map((part) => areUnplanned(database, { tenantId, rows: part })),
      insertRelease(database, values),
      lists.map((part) => insertChanges(database, { tenantId, id, rows: part })),
      audit,
    ],
    longBatchTime,
  )
}

/** Forgets a release; `audit` counts the rows of the statement before it. */
export async function forgetRelease(
  database: D1Database,
  tenantId: number,
  id: string,
  audit?: BoundStatement,
): Promise<Result<unknown, Refusal>> {
  const values = { tenantId, id }
  return runBatch(
    database,
    [deleteChanges(database, values), deleteRelease(database, values), audit],
    longBatchTime,
  )
}

/** Releases of a tenant that have something to tell and have not told it yet, the next one first. */
export async function listReleases(
  database: D1Database,
  tenantId: number,
): Promise<Result<readonly PlannedRelease[], Refusal>> {
  const read = await readBatch(database, [selectReleases(database, { tenantId })])
  return read.ok ? ok(read.value[0].filter(({ changes }) => changes > 0)) : read
}

/** Releases of all tenants of a database whose time has come. */
export async function listDue(
  database: D1Database,
  now: number,
  limit: number,
): Promise<Result<readonly PlannedRelease[], Refusal>> {
  const read = await readBatch(database, [selectDue(database, { now, limit })])
  return read.ok ? ok(read.value[0]) : read
}
