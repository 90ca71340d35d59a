/**
 * Acknowledging the feed of all tenants: the number of each tenant rises to what the place covers. Each
 * database keeps how far a reader has acknowledged, so that a call reads the segments since then.
 */
import { sql } from 'drizzle-orm'
import { columns, command, query, value, type BoundStatement } from '../../database/statement'
import { fieldList, type RowOf } from '../../database/field'
import { runBatch } from '../../database/batch'
import { eachDatabase, mainName, type Databases } from '../../database/placement'
import { acknowledgements, feedAcknowledgements, keys } from '../../database/schema/application'
import { feeds, segments } from '../../database/schema/feed'
import { tenants } from '../../database/schema/tenants'
import type { FeedPlace } from '../../events/feed'
import { beginning, isAhead } from '../../events/places'
import { err, ok } from '../../result'
import type { FeedAcknowledgement } from '../answers'
import { applicationError } from '../error'
import { feedAcknowledgementBody } from '../query'
import type { Answer } from '../read'
import { bindingReader, isLiveKey, key } from '../reader'
import { refusedAs } from '../refusal'
import { openPlaces } from './feed'
import { keyValues, readWithKey, refusalOf, type AllAccess, type FoundKey } from './reader'

/** Segments that one batch covers, and batches of each database in one call. */
const maximumSegments = 1_000
const maximumRounds = 10
/** Calls of D1 in one call of the API, of the fifty that the free plan of Workers makes. */
const maximumCalls = 40

const reader = sql`coalesce((select ${key.id} from ${keys} as ${key} where ${isLiveKey}), ${value('reader')})`

const isAllowed = sql`(${value('isBinding')} = 1 or exists (select 1 from ${keys} as ${key}
  where ${isLiveKey} and ${key.tenantId} is null and ${key.scope} = 'read-ack'))`

/** Whether the place is one that this feed has come to. */
const isKnown = sql`${feeds.name} = ${value('name')} and ${value('position')} <= ${feeds.last}`

const reached = {
  position: sql<number>`coalesce(${feedAcknowledgements.position}, ${feeds.start})`,
  seq: sql<number>`coalesce(${feedAcknowledgements.seq}, ${Number.MAX_SAFE_INTEGER})`,
}

/** The feed, and how far the reader has acknowledged it; nothing for a place of another feed. */
const fromReached = sql`${feeds} left join ${feedAcknowledgements}
  on ${feedAcknowledgements.reader} = ${reader} and ${feedAcknowledgements.feed} = ${feeds.name}`

/** Segments behind what is acknowledged, up to the place: so many as one batch covers. */
const covered = sql`(
  select ${segments.position} as position, ${segments.tenantId} as tenant_key,
    ${segments.first} as first_number,
    iif(${segments.position} = ${value('position')}, min(${segments.last}, ${value('seq')}), ${segments.last}) as reaching
  from ${fromReached} cross join ${segments}
  where ${isKnown} and ${isAllowed} and ${segments.position} >= ${reached.position}
    and ${segments.position} <= ${value('position')}
    and (${segments.position} > ${reached.position} or ${segments.last} > ${reached.seq})
  order by ${segments.position} limit ${maximumSegments})`

const newSeq = sql`excluded.${columns(acknowledgements.seq)}`

const raiseNumbers = query(
  { tenantId: acknowledgements.tenantId },
  (fields) => sql`
  insert into ${acknowledgements} (${columns(
    acknowledgements.tenantId,
    acknowledgements.reader,
    acknowledgements.seq,
    acknowledgements.at,
  )})
  select tenant_key, ${reader}, max(reaching), ${value('now')} from ${covered} as covered
  where reaching >= first_number and exists (select 1 from ${tenants}
    where ${tenants.id} = tenant_key and ${tenants.deletingAt} is null)
  group by tenant_key
  on conflict do update set ${columns(acknowledgements.seq)} = ${newSeq},
    ${columns(acknowledgements.at)} = excluded.${columns(acknowledgements.at)}
    where ${newSeq} > ${acknowledgements.seq}
  returning ${columns(acknowledgements.tenantId)} as ${sql.identifier(fields.tenantId.fieldAlias)}`,
)

const newPosition = sql`excluded.${columns(feedAcknowledgements.position)}`
const newNumber = sql`excluded.${columns(feedAcknowledgements.seq)}`

/** The place, or the end of the last segment that this batch has covered. */
const moveReached = command(
  () => sql`
  insert into ${feedAcknowledgements} (${columns(
    feedAcknowledgements.reader,
    feedAcknowledgements.feed,
    feedAcknowledgements.position,
    feedAcknowledgements.seq,
  )})
  select ${reader}, ${feeds.name},
    iif(page.count < ${maximumSegments}, ${value('position')}, page.last_position),
    iif(page.count < ${maximumSegments} or page.last_position = ${value('position')},
      ${value('seq')}, ${Number.MAX_SAFE_INTEGER})
  from ${feeds} cross join (
    select count(*) as count, max(position) as last_position from ${covered} as covered) as page
  where ${isKnown} and ${isAllowed}
  on conflict do update set ${columns(feedAcknowledgements.feed)} = excluded.${columns(feedAcknowledgements.feed)},
    ${columns(feedAcknowledgements.position)} = ${newPosition},
    ${columns(feedAcknowledgements.seq)} = ${newNumber}
    where excluded.${columns(feedAcknowledgements.feed)} <> ${feedAcknowledgements.feed}
      or ${newPosition} > ${feedAcknowledgements.position}
      or ${newPosition} = ${feedAcknowledgements.position} and ${newNumber} > ${feedAcknowledgements.seq}`,
)

const reachedFields = { name: feeds.name, last: feeds.last, ...reached }

const selectReached = query(
  reachedFields,
  (fields) => sql`select ${fieldList(fields)} from ${fromReached}`,
)

type Reached = RowOf<typeof reachedFields>

/** One batch of a database: tenants whose number has risen, and how far the reader is then. */
function statements(
  database: D1Database,
  { name, position, seq }: FeedPlace,
  who: {
    readonly hash: string
    readonly now: number
    readonly isBinding: number
    readonly reader: string
  },
) {
  const values = { name, position, seq, ...who }
  return [
    raiseNumbers(database, values),
    moveReached(database, values),
    selectReached(database, values),
  ] as const satisfies readonly BoundStatement[]
}

/** Notes that a reader of all tenants has taken over everything before a place. */
export async function acknowledgeFeed(
  access: AllAccess<Databases>,
  input: unknown,
): Promise<Answer<FeedAcknowledgement>> {
  const body = feedAcknowledgementBody.safeParse(input)
  if (!body.success) return err(applicationError('invalidFeedAcknowledgement'))
  const places = openPlaces(body.data.after)
  if (!places) return err(applicationError('invalidCursor'))
  const { environment, onRead } = access
  const [{ DB: main }, ...others] = eachDatabase(environment) as [Databases, ...Databases[]]
  const risen = new Set<number>()
  let hasMore = true
  const rounds = Math.min(
    maximumRounds,
    Math.max(1, Math.floor(maximumCalls / (others.length + 1))),
  )
  for (let round = 0; round < rounds && hasMore; round += 1) {
    const place = places.get(mainName) ?? beginning
    const isBinding = access.reader.kind === 'binding' ? 1 : 0
    const who = { ...keyValues(access.reader), isBinding, reader: bindingReader }
    const first = await readWithKey(main, access.reader, statements(main, place, who))
    if (!first.ok) return first
    const refusal = refusalOf(access.reader, first.value.key) ?? scopeRefusal(first.value.key)
    if (refusal) return err(refusal)
    if (first.value.key) onRead(first.value.key, main)
    const there = { ...who, isBinding: 1, reader: first.value.key?.keyId ?? bindingReader }
    const answers = [
      { place, rows: first.value.rows },
      ...(await Promise.all(
        others.map(async ({ DB, databaseName = '' }) => {
          const own = places.get(databaseName) ?? beginning
          const done = await runBatch(DB, statements(DB, own, there))
          return done.ok ? { place: own, rows: done.value } : done
        }),
      )),
    ]
    hasMore = false
    for (const answer of answers) {
      if ('error' in answer) return err(refusedAs(answer.error))
      const [raised, , [state]] = answer.rows
      for (const { tenantId } of raised) risen.add(tenantId)
      if (state && isAhead(state, answer.place)) return err(applicationError('feedAhead'))
      hasMore ||= state !== undefined && isBehind(state, answer.place)
    }
  }
  return ok({ tenants: risen.size, hasMore })
}

/** True while a batch has not come to the place, because there were too many segments. */
function isBehind(state: Reached, place: FeedPlace): boolean {
  if (state.name !== place.name) return false
  return (
    state.position < place.position || (state.position === place.position && state.seq < place.seq)
  )
}

function scopeRefusal(found: FoundKey | undefined) {
  return found && found.scope !== 'read-ack' ? applicationError('scopeTooSmall') : undefined
}
