/**
 * Notices: what needs somebody, in all tenants. Each is read with a few rows of its tenant, whatever
 * the number of its people; counts of what waits or was refused end at a hundred.
 */
import { sql, type Column, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { readBatch, type Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { fromEach, type Databases } from '../database/placement'
import { events, refusals } from '../database/schema/events'
import { holds, overlays, releaseChanges } from '../database/schema/guard'
import { clients, clientSecrets } from '../database/schema/oauth'
import { refusedCalls, tenants, tokens } from '../database/schema/tenants'
import { feedWebhooks, lanes, webhooks } from '../database/schema/webhooks'
import { columns, query, value } from '../database/statement'
import { ok, type Result } from '../result'
import { storedPercent } from '../tenants/growth'
import { day, dayNumber, startOfDay, useInterval } from '../time'
import { lastCallAt } from '../tokens/last-call'

/** Kinds of notices, the worst first. */
export const noticeOrder = [
  'hold',
  'feedPaused',
  'endpointPaused',
  'noToken',
  'full',
  'tokenRefused',
  'refused',
  'feedFailing',
  'endpointFailing',
  'silent',
  'nearlyFull',
  'tokenExpires',
  'secretExpires',
] as const

export type NoticeKind = (typeof noticeOrder)[number]

/** `feedPaused` and `feedFailing` are about endpoints of all tenants: tenant 0, with an empty slug. */
export interface Notice {
  readonly kind: NoticeKind
  readonly tenantId: number
  readonly slug: string
  readonly name: string
  /** Id of the hold, endpoint, token or client; the day of refusals; empty for others. */
  readonly subject: string
  /** Milliseconds since 1970: the beginning, the last call, the expiry that is to come, or now. */
  readonly at: number
  /** Number of what it is about, or of hundredths; at most `mostCounted`, 0 for nothing to count. */
  readonly count: number
}

/** Counts end here: more is not looked at. */
export const mostCounted = 100

/** Notices of one kind and database. */
const maximumNotices = 200

/** Days without a call after which a customer is taken to have stopped. */
export const silentDays = 7

/** Days before its end in which a token or a secret is pointed out. */
const expiryNotice = 30

/** Hundredths of its budget from which a tenant is nearly full. */
const nearlyFullPercent = 90

/** Counts of refused calls that are added up: of each token and reason there is one. */
const maximumRuns = 20

/** Milliseconds for which an endpoint may fail unnoticed: most receivers are back by then. */
const failingNotice = 10 * 60_000

const isInUse = sql`${tenants.deletingAt} is null and ${tenants.enabled} = 1`
const now = value<number>('now')
const newest = alias(refusals, 'newest')
const newer = alias(tokens, 'newer')
const other = alias(clientSecrets, 'other')

const isHolding = ({ revokedAt, expiresAt }: Readonly<Record<'revokedAt' | 'expiresAt', Column>>) =>
  sql`${revokedAt} is null and ifnull(${expiresAt} > ${now}, 1)`

const liveToken = (table: typeof tokens | typeof newer) =>
  sql`${table.clientId} is null and ${isHolding(table)}`

const latestRefusal = sql`(select ${newest.at} from ${refusals} as ${newest}
  where ${newest.tenantId} = ${tenants.id} order by ${newest.seq} desc limit 1)`

/**
 * What of the day's refused calls came with a token, after the last call that was let in. A call without
 * any token tells nothing of the customer: whoever opens the address makes one.
 */
const refusedNow = (what: SQL) => sql`(select ${what} from (
  select ${refusedCalls.calls}, ${refusedCalls.firstAt} from ${refusedCalls}
  where ${refusedCalls.tenantId} = ${tenants.id} and ${refusedCalls.reason} <> 'missing'
    and ${refusedCalls.latestAt} > max(${now} - ${day}, coalesce(${lastCallAt}, 0))
  limit ${maximumRuns}))`

/** Changes of a hold that are looked at, so that a large release that is not told yet costs each page little. */
const mostLookedAt = 1_000

const most = (number: number) => sql.raw(String(number))

const isOfHold = (hold: SQL | Column) =>
  sql`${overlays.tenantId} = ${tenants.id} and ${overlays.holdId} = ${hold} and ${overlays.state} = 'held'`

/** The changes that are looked at: those of a release that is not told yet need nobody any more. */
const lookedAt = (hold: SQL | Column) => sql`(select not exists (select 1 from ${releaseChanges}
    where ${releaseChanges.tenantId} = ${overlays.tenantId} and ${releaseChanges.teamId} = ${overlays.teamId}
      and ${releaseChanges.userId} = ${overlays.userId} and ${releaseChanges.version} = ${overlays.version}) as undecided
  from ${overlays} where ${isOfHold(hold)} limit ${most(mostLookedAt)})`

/** True where there are more of them, which count as undecided when all that are looked at are decided. */
const areMore = (hold: SQL | Column) =>
  sql`exists (select 1 from ${overlays} where ${isOfHold(hold)} limit 1 offset ${most(mostLookedAt)})`

/** Number of the changes on hold that nobody has decided about, up to a hundred. */
export function countUndecided(hold: SQL | Column): SQL<number> {
  const seen = sql`(select count(*) from (select 1 from ${lookedAt(hold)} where undecided limit ${most(mostCounted)}))`
  return sql`coalesce(nullif(${seen}, 0), iif(${areMore(hold)}, ${most(mostCounted)}, 0))`
}

/** True where there is such a change; looks no further than the first one. */
const hasUndecided = (hold: SQL | Column) =>
  sql`(exists (select 1 from ${lookedAt(hold)} where undecided) or ${areMore(hold)})`

interface Source {
  readonly subject: SQL
  readonly at: SQL
  readonly count?: SQL
  /** Tables that follow the tenant's row, and the condition. */
  readonly from: SQL
}

type FeedKind = 'feedPaused' | 'feedFailing'

const sources: Readonly<Record<Exclude<NoticeKind, FeedKind>, Source>> = {
  hold: {
    subject: sql`${holds.id}`,
    at: sql`${holds.openedAt}`,
    count: countUndecided(holds.id),
    from: sql`cross join ${holds} on ${holds.tenantId} = ${tenants.id} and ${holds.closedAt} is null
      where ${tenants.deletingAt} is null and ${hasUndecided(holds.id)}`,
  },
  endpointPaused: endpoints(sql`${webhooks.state} = 'failed'`, sql`${webhooks.stateAt}`),
  endpointFailing: endpoints(
    sql`${webhooks.state} = 'active' and ${webhooks.failures} > 0
      and ${webhooks.failingSince} <= ${now} - ${failingNotice}`,
    sql`${webhooks.failingSince}`,
  ),
  noToken: {
    subject: sql`''`,
    at: sql`(select coalesce(max(coalesce(${tokens.revokedAt}, ${tokens.expiresAt})), 0)
      from ${tokens} where ${tokens.tenantId} = ${tenants.id})`,
    from: sql`where ${isInUse} and ${tenants.userCount} > 0
      and not exists (select 1 from ${tokens} where ${tokens.tenantId} = ${tenants.id}
        and ${liveToken(tokens)})
      and not exists (select 1 from ${clients} where ${clients.tenantId} = ${tenants.id}
        and ${clients.revokedAt} is null and (${clients.kind} <> 'secret'
          or exists (select 1 from ${clientSecrets} where ${clientSecrets.owner} = ${clients.id}
            and ${isHolding(clientSecrets)})))`,
  },
  full: {
    subject: sql`''`,
    at: now,
    count: sql`min(${mostCounted}, ${storedPercent})`,
    from: sql`where ${isInUse} and ${tenants.full} = 1`,
  },
  tokenRefused: {
    subject: sql`''`,
    at: refusedNow(sql`min(${columns(refusedCalls.firstAt)})`),
    count: refusedNow(sql`min(${mostCounted}, sum(${columns(refusedCalls.calls)}))`),
    from: sql`where ${isInUse} and ${refusedNow(sql`count(*)`)} > 0`,
  },
  refused: {
    subject: value('today'),
    at: latestRefusal,
    count: sql`(select count(*) from ${refusals} where ${refusals.tenantId} = ${tenants.id}
      and ${refusals.seq} > (select max(${newest.seq}) from ${refusals} as ${newest}
        where ${newest.tenantId} = ${tenants.id}) - ${mostCounted}
      and ${refusals.at} >= ${value('since')})`,
    from: sql`where ${isInUse} and ${latestRefusal} >= ${value('since')}`,
  },
  silent: {
    subject: sql`''`,
    at: lastCallAt,
    from: sql`where ${isInUse} and ${tenants.userCount} > 0
      and ${lastCallAt} < ${now} - ${silentDays * day}`,
  },
  nearlyFull: {
    subject: sql`''`,
    at: now,
    count: storedPercent,
    from: sql`where ${isInUse} and ${tenants.full} = 0 and ${storedPercent} >= ${nearlyFullPercent}`,
  },
  tokenExpires: {
    subject: sql`${tokens.id}`,
    at: sql`${tokens.expiresAt}`,
    from: sql`cross join ${tokens} on ${tokens.tenantId} = ${tenants.id}
      where ${isInUse} and ${liveToken(tokens)} and ${tokens.expiresAt} < ${now} + ${expiryNotice * day}
        and not exists (select 1 from ${tokens} as ${newer} where ${newer.tenantId} = ${tenants.id}
          and ${newer.createdAt} > ${tokens.createdAt} and ${liveToken(newer)}
          and ${newer.lastUsedAt} > coalesce(${tokens.lastUsedAt} + ${useInterval}, 0))`,
  },
  secretExpires: {
    subject: sql`${clients.id}`,
    at: sql`${clientSecrets.expiresAt}`,
    from: sql`cross join ${clients} on ${clients.tenantId} = ${tenants.id}
      cross join ${clientSecrets} on ${clientSecrets.owner} = ${clients.id}
      where ${isInUse} and ${clients.revokedAt} is null and ${clientSecrets.revokedAt} is null
        and ${clientSecrets.expiresAt} > ${now}
        and ${clientSecrets.expiresAt} < ${now} + ${expiryNotice * day}
        and not exists (select 1 from ${clientSecrets} as ${other}
          where ${other.owner} = ${clients.id} and ${other.revokedAt} is null
            and ${other.expiresAt} > ${clientSecrets.expiresAt})`,
  },
}

function endpoints(isWanted: SQL, at: SQL): Source {
  return {
    subject: sql`${webhooks.id}`,
    at,
    count: sql`max(0, (select coalesce(max(${events.seq}), 0) from ${events}
      where ${events.tenantId} = ${tenants.id}) - ${webhooks.place})`,
    from: sql`cross join ${webhooks} on ${webhooks.tenantId} = ${tenants.id}
      where ${tenants.deletingAt} is null and ${isWanted}`,
  }
}

/** Tenants that an endpoint of all tenants fails for. */
const failingLanes = sql`from ${lanes}
  where ${lanes.webhookId} = ${feedWebhooks.id} and ${lanes.failures} > 0`

const feedSources: Readonly<Record<FeedKind, { readonly at: SQL; readonly isWanted: SQL }>> = {
  feedPaused: { at: sql`${feedWebhooks.stateAt}`, isWanted: sql`${feedWebhooks.state} = 'failed'` },
  feedFailing: {
    at: sql`(select min(${lanes.failingSince}) ${failingLanes})`,
    isWanted: sql`${feedWebhooks.state} = 'active' and exists (select 1 ${failingLanes}
      and ${lanes.failingSince} <= ${now} - ${failingNotice})`,
  },
}

function isOfFeed(kind: NoticeKind): kind is FeedKind {
  return kind === 'feedPaused' || kind === 'feedFailing'
}

const statements = noticeOrder.map((kind) => {
  if (isOfFeed(kind)) {
    const { at, isWanted } = feedSources[kind]
    return query(
      {
        tenantId: sql<number>`0`,
        slug: sql<string>`''`,
        name: sql<string>`'All tenants'`,
        subject: sql<string>`${feedWebhooks.id}`,
        at: sql<number>`${at}`,
        count: sql<number>`(select count(*) ${failingLanes})`,
      },
      (fields) => sql`select ${fieldList(fields)} from ${feedWebhooks} where ${isWanted}`,
    )
  }
  const { subject, at, count = sql`0`, from } = sources[kind]
  return query(
    {
      tenantId: tenants.id,
      slug: tenants.slug,
      name: tenants.name,
      subject: sql<string>`cast(${subject} as text)`,
      at: sql<number>`${at}`,
      count: sql<number>`${count}`,
    },
    (fields) => sql`select ${fieldList(fields)} from ${tenants} ${from} limit ${maximumNotices}`,
  )
})

/** The notices of all tenants, the worst kind first and of each the oldest, or the fullest. */
export async function readNotices(
  environment: Databases,
  time: number,
): Promise<Result<Notice[], Refusal>> {
  const values = { now: time, today: dayNumber(time), since: startOfDay(time) }
  const found = await fromEach(environment, async ({ DB }) => {
    const read = await readBatch(
      DB,
      statements.map((statement) => [statement(DB, values)]),
    )
    if (!read.ok) return read
    return ok(
      read.value.flatMap((rows, index) => {
        const kind = noticeOrder[index] ?? 'hold'
        return rows.flat().flatMap((row) => ({ ...row, kind }))
      }),
    )
  })
  if (!found.ok) return found
  return ok(
    found.value.toSorted(
      (left, right) =>
        noticeOrder.indexOf(left.kind) - noticeOrder.indexOf(right.kind) ||
        left.at - right.at ||
        right.count - left.count,
    ),
  )
}
