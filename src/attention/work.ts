/**
 * Long work that is going on, of a tenant or of all: read from what it leaves behind, so that whoever
 * left it finds it again.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { overlays, releaseChanges, releases } from '../database/schema/guard'
import { tenants } from '../database/schema/tenants'
import { webhooks } from '../database/schema/webhooks'
import { query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'

/**
 * `sync`: the provider sends many changes; `done` people so far, of a number that nobody knows, and
 * `since` is the time of the change a hundred before the last. `release`: changes that are told from
 * `since` on. `deletion`: people that are gone. `delivery`: events that a receiver has got.
 */
export type WorkKind = 'sync' | 'release' | 'deletion' | 'delivery'

export interface Work {
  readonly kind: WorkKind
  readonly slug: string
  readonly name: string
  /** Id of the release or the endpoint; empty for others. */
  readonly subject: string
  readonly done: number
  /** Null where nobody knows. */
  readonly total: number | null
  /** Milliseconds since 1970. */
  readonly since: number
}

/** Changes that tell a stream from a trickle, within ten minutes; and events that are many. */
export const streamLength = 100
const streamTime = 10 * 60_000

/** Rows that one piece of work is counted by: more are not counted, and then nobody knows how far it is. */
export const mostCounted = 20_000

/** Pieces of work of one kind. */
const maximumWorks = 50

const first = alias(events, 'first')
const last = alias(events, 'last')
const lastSeq = sql`(select coalesce(max(${last.seq}), 0) from ${events} as ${last}
  where ${last.tenantId} = ${tenants.id})`
const firstSeq = sql`(select coalesce(min(${first.seq}), 1) from ${events} as ${first}
  where ${first.tenantId} = ${tenants.id})`

const isWanted = sql`(${tenant} = 0 or ${tenants.id} = ${tenant})`

const streamBegan = sql`(select ${events.at} from ${events} where ${events.tenantId} = ${tenants.id}
  and ${events.seq} = ${lastSeq} - ${streamLength})`

const isOfRelease = sql`${releaseChanges.tenantId} = ${releases.tenantId}
  and ${releaseChanges.releaseId} = ${releases.id}`

interface Source {
  readonly subject: SQL
  readonly done: SQL
  readonly total: SQL
  readonly since: SQL
  readonly from: SQL
}

const countOfRelease = sql`(select count(*) from (select 1 from ${releaseChanges}
  where ${isOfRelease} limit ${mostCounted}))`

/** People of a tenant who are left, as far as they are counted. */
const peopleLeft = sql`(select count(*) from (select 1 from ${users}
  where ${users.tenantId} = ${tenants.id} limit ${mostCounted}))`

const sources: Readonly<Record<WorkKind, Source>> = {
  sync: {
    subject: sql`''`,
    done: sql`${tenants.userCount}`,
    total: sql`null`,
    since: streamBegan,
    from: sql`where ${isWanted} and ${tenants.deletingAt} is null
      and ${streamBegan} > ${value('now')} - ${streamTime}`,
  },
  release: {
    subject: sql`${releases.id}`,
    done: sql`${countOfRelease} - (select count(*) from (select 1 from ${releaseChanges}
      cross join ${overlays} on ${overlays.tenantId} = ${releases.tenantId}
        and ${overlays.teamId} = ${releaseChanges.teamId}
        and ${overlays.userId} = ${releaseChanges.userId}
        and ${overlays.version} = ${releaseChanges.version}
      where ${isOfRelease} limit ${mostCounted}))`,
    total: sql`nullif(${countOfRelease}, ${mostCounted})`,
    since: sql`${releases.tellAt}`,
    from: sql`cross join ${releases} on ${releases.tenantId} = ${tenants.id} where ${isWanted}`,
  },
  deletion: {
    subject: sql`''`,
    done: sql`iif(${peopleLeft} = ${mostCounted}, 0, ${tenants.userCount} - ${peopleLeft})`,
    total: sql`iif(${peopleLeft} = ${mostCounted}, null, ${tenants.userCount})`,
    since: sql`${tenants.deletingAt}`,
    from: sql`where ${isWanted} and ${tenants.deletingAt} is not null`,
  },
  delivery: {
    subject: sql`${webhooks.id}`,
    done: sql`max(0, ${webhooks.place} - ${firstSeq} + 1)`,
    total: sql`${lastSeq} - ${firstSeq} + 1`,
    since: sql`coalesce(${webhooks.lastSuccessAt}, ${webhooks.stateAt})`,
    from: sql`cross join ${webhooks} on ${webhooks.tenantId} = ${tenants.id}
      where ${isWanted} and ${webhooks.state} = 'active' and ${webhooks.failures} = 0
        and ${webhooks.place} <= ${lastSeq} - ${streamLength}`,
  },
}

const kinds: readonly WorkKind[] = ['sync', 'release', 'deletion', 'delivery']

const statements = kinds.map((kind) => {
  const { subject, done, total, since, from } = sources[kind]
  return query(
    {
      slug: tenants.slug,
      name: tenants.name,
      subject: sql<string>`${subject}`,
      done: sql<number>`${done}`,
      total: sql<number | null>`${total}`,
      since: sql<number>`${since}`,
    },
    (fields) => sql`select ${fieldList(fields)} from ${tenants} ${from} limit ${maximumWorks}`,
  )
})

/** What is going on in a tenant, or with 0 in all of the database. */
export async function readWork(
  database: D1Database,
  tenantId: number,
  now: number,
): Promise<Result<Work[], Refusal>> {
  const read = await readBatch(
    database,
    statements.map((statement) => [statement(database, { tenantId, now })]),
  )
  if (!read.ok) return read
  return ok(
    read.value.flatMap((rows, index) => {
      const kind = kinds[index] ?? 'sync'
      return rows
        .flat()
        .map((row) => ({ ...row, kind }))
        .filter((work) => !isNothing(work))
    }),
  )
}

/** True for a release that has nothing left to tell: its changes were discarded, or said anew. */
function isNothing({ kind, done, total }: Work): boolean {
  return kind === 'release' && done === total
}

/** Changes a minute of a stream. */
export function perMinute({ since }: Work, now: number): number {
  return Math.round((streamLength * 60_000) / Math.max(now - since, 1_000))
}
