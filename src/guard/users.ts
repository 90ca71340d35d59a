/** Holding back what happens to people: who is deactivated or deleted, and what follows from it. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { preconditionStatement, forbid } from '../database/precondition'
import { readFor, type Credential } from '../tokens/credential'
import type { Refusal } from '../database/batch'
import { eventColumns, lastSeq, type Event } from '../events/append'
import { overlays } from '../database/schema/guard'
import {
  openHolds,
  guardValues,
  pendingAgain,
  overlayColumns,
  isPending,
  isOverlaid,
  isProtected,
  isSeenActive,
  mayHold,
  memberEvents,
  none,
  noSurrounding,
  openHold,
  reasonOf,
  withholdEvents,
  markBatchStart,
  type GuardContext,
  type SurroundingStatements,
} from './overlay'
import { isWatched, lossStatements } from './loss-window'
import { statement, tenant, value, type Statement } from '../database/statement'
import { objectOf } from '../database/row'
import { users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { doomed, type UserDeletion } from '../memberships/remove-from-teams'

/** What the application sees of a person instead of what the directory has. */
export interface OverlayRow {
  /** Undefined when the application does not know the person. */
  readonly released: JsonObject | undefined
  readonly state: 'held' | 'drift'
  readonly version: number
}

const selectOverlayRows = statement(
  () => sql`
  select ${overlays.userId} as id, ${overlays.released} as released, ${overlays.state} as state,
    ${overlays.version} as version
  from json_each(${value('ids')}) as wanted cross join ${overlays}
    on ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = '' and ${overlays.userId} = wanted.value`,
)

/** Those of the people of whom something is held; asks nobody when the tenant holds nothing. */
export async function findOverlayRows(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, OverlayRow>, Refusal>> {
  if (!credential.isHolding) return ok(new Map())
  const values = { tenantId: credential.tenantId, ids: JSON.stringify(ids) }
  const outcome = await readFor(database, credential, [selectOverlayRows(database, values)])
  if (!outcome.ok) return err(outcome.error)
  const rows = (outcome.value.rows[0] ?? []).map((row): [string, OverlayRow] => [
    String(row['id']),
    {
      released: objectOf(row['released']),
      state: row['state'] === 'drift' ? 'drift' : 'held',
      version: Number(row['version']),
    },
  ])
  return ok(new Map(rows))
}

/** What a change of a person does to what is held of them. */
export interface UserOverlay {
  readonly id: string
  /** Version of the row that was read; 0 when there was none. */
  readonly version: number
  /** `hold` makes or keeps a row, `drop` ends it, `leave` is for those who have none. */
  readonly action: 'hold' | 'drop' | 'leave'
  /** JSON of what the application sees, for a new row. */
  readonly released: string | undefined
  readonly reason: 'losses' | 'protected'
  /** True when the person's row in the directory is written in the same batch. */
  readonly isWritten: boolean
  /** Of a person whose row is not written: what the application is told. */
  readonly events: readonly Event[]
}

const item = sql`json_each(${value('overlay')}) as item`
const itemId = sql`(item.value ->> '$.id')`

/** Whether this very write has made the present version of the person, in whatever try. */
const isOwn = sql`exists (select 1 from ${users} as person where person.tenant_id = ${tenant}
  and person.id = ${itemId} and substr(person.operation, 1, 36) = ${value('operation')})`

/** Whether the change that an item belongs to was made: a name can be taken. */
const isDone = sql`(item.value ->> '$.isWritten' = 0 or ${isOwn})`

const isOvertaken = sql`exists (select 1 from ${item}
  where item.value ->> '$.version' <> coalesce((
    select mine.version from ${overlays} as mine where mine.tenant_id = ${tenant}
      and mine.team_id = '' and mine.user_id = ${itemId}), 0)
    and not (item.value ->> '$.isWritten' = 1 and ${isOwn}))`

const unchangedGuard = preconditionStatement(forbid(isOvertaken, 'version'))

const overlayStatements: readonly Statement[] = [
  () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, '', ${itemId}, 'user', null, item.value ->> '$.released', 'held', ${openHold},
      item.value ->> '$.reason', ${value('cause')}, ${value('now')}, 1
    from ${item} where item.value ->> '$.action' = 'hold' and ${isDone}
    ${pendingAgain}`,
  () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ''
    and ${overlays.userId} in (select ${itemId} from ${item}
      where item.value ->> '$.action' = 'drop' and ${isDone})`,
  () => sql`insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by item.key, event.key),
      event.value ->> '$.type', ${itemId}, null, ${value('now')},
      event.value -> '$.resource', event.value -> '$.changes', ${value('cause')}
    from ${item} cross join json_each(item.value, '$.events') as event
    where item.value ->> '$.isWritten' = 0`,
].map(statement)

const named = sql`select value as id from json_each(${value('lost')})`
const namedLosses = lossStatements(named)

/** Around new versions of people, of whom `lost` are no longer active. */
export function guardUserChanges(
  database: D1Database,
  credential: Credential,
  context: GuardContext & { readonly operation: string },
  lost: readonly string[],
  overlay: readonly UserOverlay[],
): SurroundingStatements {
  const isHolding = mayHold(credential) || context.holdsLosses
  const isLosing = lost.length > 0 && isWatched(credential.settings)
  if (!isHolding && !isLosing) return noSurrounding
  const values = {
    ...guardValues(credential, context),
    operation: context.operation,
    lost: JSON.stringify(lost),
    overlay: JSON.stringify(overlay.map((one) => ({ ...one, isWritten: one.isWritten ? 1 : 0 }))),
  }
  const guards = isLosing && !context.holdsLosses ? [namedLosses.guard] : []
  const before = [...guards, ...(isLosing ? namedLosses.count : [])]
  if (!isHolding) return { before: before.map((make) => make(database, values)), after: [] }
  return {
    before: [unchangedGuard, ...before].map((make) => make(database, values)),
    after: [
      ...overlayStatements.map((make) => make(database, values)),
      ...openHolds(database, values),
    ],
  }
}

const person = sql`person`
const theDoomed = sql`${doomed} as doomed cross join ${users} as person
  on person.tenant_id = ${tenant} and person.id = doomed.id`

/** Of whom something is held already, their deletion waits with it. */
const waits = sql`(${isOverlaid(none, sql`person.id`, isPending)} or exists (
  select 1 from ${overlays} as mine where mine.tenant_id = ${tenant} and mine.user_id = person.id
    and mine.kind = 'member' and mine.change = 'remove' and mine.state = 'held'))`

const doomedLosses = lossStatements(sql`select person.id as id from ${theDoomed}
  where ${isSeenActive(person)} and not ${waits}`)

/** The same for a tenant that holds nothing. */
const plainLosses = lossStatements(sql`select person.id as id from ${theDoomed}
  where person.attributes ->> '$.active' is not 0`)

/** Memberships that the operator let the application keep, of people who go now. */
const drifting = sql`${overlays.tenantId} = ${tenant} and ${overlays.kind} = 'member'
  and ${overlays.state} = 'drift' and ${overlays.change} = 'remove'
  and ${overlays.userId} in (select id from ${doomed})`

const captureStatements: readonly Statement[] = [
  () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, '', person.id, 'user', null, person.attributes, 'held', ${openHold},
      ${reasonOf(person)}, ${value('cause')}, ${value('now')}, 1
    from ${theDoomed} where ${isProtected(person)} or ${waits}
      or ${value('holdsLosses')} = 1 and ${isSeenActive(person)}
    ${pendingAgain}`,
  () => sql`update ${overlays} set state = 'held', hold_id = ${openHold}, version = version + 1
    where ${drifting} and ${overlays.userId} in (select mine.user_id from ${doomed} as doomed
      cross join ${overlays} as mine on mine.tenant_id = ${tenant} and mine.team_id = ''
        and mine.user_id = doomed.id and ${isPending})`,
  () =>
    memberEvents(
      'remove',
      sql`select ${overlays.teamId} as team_id, ${overlays.userId} as user_id from ${overlays} where ${drifting}`,
    ),
  () => sql`delete from ${overlays} where ${drifting}`,
  () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ''
    and ${overlays.state} = 'drift' and ${overlays.userId} in (select id from ${doomed})`,
].map(statement)

/** Around the deletion of people. */
export function guardUserDeletions(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  list: readonly UserDeletion[],
): SurroundingStatements {
  const isHolding = mayHold(credential) || context.holdsLosses
  const isLosing = isWatched(credential.settings)
  // Who leaves a team because of being deleted waits with the deletion, not for a review.
  const values = {
    ...guardValues(credential, context),
    review: 0,
    items: JSON.stringify(list),
  }
  const found = isHolding ? doomedLosses : plainLosses
  const guards = isLosing && !context.holdsLosses ? [found.guard] : []
  const before = [...guards, ...(isLosing ? found.count : [])]
  if (!isHolding) return { before: before.map((make) => make(database, values)), after: [] }
  return {
    before: [
      ...before.map((make) => make(database, values)),
      markBatchStart(database, values),
      ...captureStatements.map((make) => make(database, values)),
    ],
    after: [...withholdEvents(database, values), ...openHolds(database, values)],
  }
}
