/**
 * People and teams that were deleted, and names that people had before, findable by them: gathered from the
 * events by a job, and by whoever asks, so that no deletion and no rename waits for it.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { demandDone, longBatchTime, readBatch, runBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { personName } from '../database/person-name'
import { events } from '../database/schema/events'
import { departureMarks, departures, otherNames, type problems } from '../database/schema/support'
import { tenants } from '../database/schema/tenants'
import { columns, command, query, value } from '../database/statement'
import { allOk, ok, type Result } from '../result'
import { otherNamesOf, teamMark, type NamingEvent } from './other-names'

/** Tenants of one run, events of each that it looks at, and those among all that are read. */
const maximumTenants = 100
const maximumEvents = 1_000
const maximumRead = 1_000

/** Runs of whoever asks. */
const maximumRuns = 4

const ofTeam = sql.raw(`char(${teamMark.charCodeAt(0)})`)

const newest = alias(events, 'newest')

/** Number of the last event of a tenant that was looked at. */
const lookedAt = sql`coalesce((select ${departureMarks.seq} from ${departureMarks}
  where ${departureMarks.tenantId} = ${tenants.id}), 0)`

const lastOfTenant = sql`(select coalesce(max(${newest.seq}), 0) from ${events} as ${newest}
  where ${newest.tenantId} = ${tenants.id})`

/** Tenants with events that nobody has looked at, and the span that this run looks at. */
const due = sql`(select ${tenants.id} as tenant_key, ${lookedAt} as after_seq,
    min(${lastOfTenant}, ${lookedAt} + ${value('maximumEvents')}) as to_seq
  from ${tenants} where (${value('only')} = 0 or ${tenants.id} = ${value('only')})
    and ${lastOfTenant} > ${lookedAt} order by ${tenants.id} limit ${value('maximumTenants')})`

/** A span of the events of a tenant: behind one number, up to another. */
interface Span {
  readonly tenantId: number
  readonly after: number
  readonly to: number
}

const selectDue = query(
  { tenantId: sql<number>`tenant_key`, after: sql<number>`after_seq`, to: sql<number>`to_seq` },
  (fields) => sql`select ${fieldList(fields)} from ${due} as due`,
)

const isPerson = sql`${events.type} = 'user.deleted'`
const inResource = (path: string) =>
  sql<string | null>`${events.resource} ->> ${sql.raw(`'$.${path}'`)}`
const inChanges = (path: string) =>
  sql<string | null>`${events.changes} ->> ${sql.raw(`'$.${path}'`)}`

/** True for a text with letters that SQLite does not fold. */
const hasOthers = (text: SQL) => sql`coalesce(${text}, '') glob '*[^' || char(1) || '-~]*'`

const mayBeNamedOtherwise = sql`iif(${events.type} in ('user.deleted', 'team.deleted'),
  ${hasOthers(sql`${events.resource}`)} or json_array_length(${events.resource}, '$.emails') > 1,
  ${inChanges('userName')} is not null or ${inChanges('emails')} is not null)`

/** Events that tell of names which the statement of departures does not find. */
const selectNaming = query(
  {
    seq: events.seq,
    tenantId: events.tenantId,
    at: events.at,
    type: events.type,
    resourceId: events.resourceId,
    userName: inResource('userName'),
    displayName: inResource('displayName'),
    givenName: inResource('name.givenName'),
    familyName: inResource('name.familyName'),
    emails: inResource('emails'),
    formerName: inChanges('userName.before'),
    formerEmails: inChanges('emails.before'),
    laterEmails: inChanges('emails.after'),
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${due} as due cross join ${events}
    on ${events.tenantId} = due.tenant_key
    and ${events.seq} > due.after_seq and ${events.seq} <= due.to_seq
  where ${events.type} in ('user.updated', 'user.deactivated', 'user.reactivated', 'user.deleted',
    'team.deleted') and ${mayBeNamedOtherwise}
  order by ${events.tenantId}, ${events.seq} limit ${value('maximumRead')}`,
)

const userName = sql`coalesce(${inResource('userName')}, ${inResource('displayName')}, '')`
const externalId = sql`(${inResource('externalId')})`

/** Spans as they are bound: JSON of `[tenant, after, to]`. */
const spans = sql`json_each(${value('spans')}) as span`
const ofSpan = (place: number) => sql`(span.value ->> ${sql.raw(String(place))})`

/** Folded as SQLite does, which is ASCII alone; the table of other names has the rest. */
const insertDepartures = command(
  () => sql`
  insert into ${departures} (${columns(
    departures.tenantId,
    departures.seq,
    departures.userId,
    departures.at,
    departures.userName,
    departures.nameKey,
    departures.externalId,
    departures.emailKey,
    departures.displayKey,
  )})
  select ${events.tenantId}, ${events.seq}, ${events.resourceId}, ${events.at}, ${userName},
    iif(${isPerson}, lower(${userName}), ${ofTeam} || trim(lower(${userName}))),
    iif(${isPerson}, ${externalId}, ${ofTeam} || ${externalId}),
    iif(${isPerson}, lower(${inResource('emails[0].value')}), null),
    iif(${isPerson}, lower(${personName(events.resource)}), null)
  from ${spans} cross join ${events} on ${events.tenantId} = ${ofSpan(0)}
    and ${events.seq} > ${ofSpan(1)} and ${events.seq} <= ${ofSpan(2)}
  where ${events.type} in ('user.deleted', 'team.deleted')
  on conflict do nothing`,
)

const ofName = (place: number) => sql`(item.value ->> ${sql.raw(String(place))})`

const insertNames = command(
  () => sql`
  insert into ${otherNames} (${columns(
    otherNames.nameKey,
    otherNames.tenantId,
    otherNames.kind,
    otherNames.subject,
    otherNames.name,
    otherNames.at,
  )})
  select ${sql.join([0, 1, 2, 3, 4, 5].map(ofName), sql`, `)}
  from json_each(${value('names')}) as item where true
  on conflict do update set ${columns(otherNames.name)} = excluded.${columns(otherNames.name)},
    ${columns(otherNames.at)} = max(${otherNames.at}, excluded.${columns(otherNames.at)})`,
)

const moveMarks = command(
  () => sql`
  insert into ${departureMarks} (${columns(departureMarks.tenantId, departureMarks.seq)})
  select ${ofSpan(0)}, ${ofSpan(2)} from ${spans} where true
  on conflict do update set ${columns(departureMarks.seq)} =
    max(${departureMarks.seq}, excluded.${columns(departureMarks.seq)})`,
)

interface News {
  readonly due: readonly Span[]
  readonly naming: readonly (NamingEvent & { readonly seq: number })[]
}

async function readNews(database: D1Database, only: number): Promise<Result<News, Refusal>> {
  const values = { only, maximumTenants, maximumEvents, maximumRead }
  const read = await readBatch(database, [
    selectDue(database, values),
    selectNaming(database, values),
  ])
  return read.ok ? ok({ due: read.value[0], naming: read.value[1] }) : read
}

/** Events that were not read are left to the next run: spans end before them. */
function spansOf({ due, naming }: News): readonly Span[] {
  const last = naming.length === maximumRead ? naming.at(-1) : undefined
  if (!last) return due
  return due
    .filter(({ tenantId }) => tenantId <= last.tenantId)
    .map((span) => (span.tenantId === last.tenantId ? { ...span, to: last.seq } : span))
}

async function writeNews(database: D1Database, news: News) {
  const list = JSON.stringify(spansOf(news).map(({ tenantId, after, to }) => [tenantId, after, to]))
  const names = news.naming
    .flatMap(otherNamesOf)
    .map(({ nameKey, tenantId, kind, subject, name, at }) => {
      return [nameKey, tenantId, kind, subject, name, at]
    })
  return runBatch(
    database,
    [
      insertDepartures(database, { spans: list }),
      names.length > 0 ? insertNames(database, { names: JSON.stringify(names) }) : undefined,
      moveMarks(database, { spans: list }),
    ],
    longBatchTime,
  )
}

/** Looks at events that are new, of all tenants. */
export async function gatherDepartures(database: D1Database): Promise<void> {
  const news = demandDone(await readNews(database, 0))
  if (news.due.length > 0) demandDone(await writeNews(database, news))
}

/**
 * What a read finds once new events have been looked at, of the tenant with the id or, for 0, of all: one
 * call beside the read, and two more and the read again for each run where there is news, four at most.
 * `isWhole` is false where more is new than that.
 */
export async function readGathered<T>(
  database: D1Database,
  tenantId: number,
  read: () => Promise<Result<T, Refusal>>,
): Promise<Result<{ readonly found: T; readonly isWhole: boolean }, Refusal>> {
  for (let run = 0; ; run += 1) {
    const both = await allOk([readNews(database, tenantId), read()])
    if (!both.ok) return both
    const [news, found] = both.value
    const isWhole = news.due.length === 0
    if (isWhole || run === maximumRuns) return ok({ found, isWhole })
    const written = await writeNews(database, news)
    if (!written.ok) return written
  }
}

/**
 * True for the person or team of a problem that was deleted after its last refusal. The sign before the
 * tenant keeps SQLite from walking all who were deleted there: names and identifiers have indexes.
 */
export function hasDeparted(problem: typeof problems, of: 'user' | 'team'): SQL {
  const key = (column: SQL | object) =>
    of === 'user' ? sql`${column}` : sql`${ofTeam} || ${column}`
  return sql`(exists (select 1 from ${departures} where +${departures.tenantId} = ${problem.tenantId}
    and ${departures.at} > ${problem.lastAt} and (${departures.nameKey} = ${key(problem.nameKey)}
      or ${departures.externalId} = ${key(problem.externalId)}))
    or exists (select 1 from ${otherNames} where ${otherNames.nameKey} = ${key(problem.nameKey)}
      and ${otherNames.tenantId} = ${problem.tenantId} and ${otherNames.kind} = 'deleted'
      and ${otherNames.at} > ${problem.lastAt}))`
}
