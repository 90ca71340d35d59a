/** Guard of changes of people: those who are deactivated, and what is pending of the others. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import type { Refusal } from '../database/batch'
import { fieldList } from '../database/field'
import { forbid, preconditionStatement } from '../database/precondition'
import { users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { overlays } from '../database/schema/guard'
import { command, query, tenant, value, type Statement } from '../database/statement'
import { eventColumns, lastSeq, type Event } from '../events/append'
import { readFor, type Credential } from '../tokens/credential'
import { surround, type GuardContext, type SurroundingStatements } from './guarded-batch'
import { openHold } from './hold-state'
import { isWatched, lossStatements } from './loss-window'
import { isOverlayOf, overlayColumns, pendingAgain, subjectOverlay } from './overlay'

/** Overlay row of a person: what the application sees instead of what the directory has. */
export interface OverlayRow {
  /** Null when the application does not know the person. */
  readonly released: JsonObject | null
  readonly state: 'held' | 'drift'
  readonly version: number
}

const selectOverlayRows = query(
  {
    id: overlays.userId,
    released: overlays.released,
    state: overlays.state,
    version: overlays.version,
  },
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('ids')}) as wanted cross join ${overlays}
    on ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ''
      and ${overlays.userId} = wanted.value`,
)

/** Overlay rows of people, by their ids; reads nothing for a tenant that holds nothing. */
export async function findOverlayRows(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, OverlayRow>, Refusal>> {
  if (!credential.isHolding) return ok(new Map())
  const values = { tenantId: credential.tenantId, ids: JSON.stringify(ids) }
  const outcome = await readFor(database, credential, [selectOverlayRows(database, values)])
  if (!outcome.ok) return outcome
  const [found] = outcome.value.rows
  return ok(new Map(found.map((row) => [row.id, row])))
}

/** Effect of a change of a person on the overlay row of that person. */
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
  /** Events of a person whose row in the directory is not written. */
  readonly events: readonly Event[]
}

/** A changed person: what becomes of the overlay row, and whether the person counts as lost. */
export interface GuardedUser {
  readonly overlay: UserOverlay
  readonly isLost: boolean
}

const user = alias(users, 'user')

const item = sql`json_each(${value('overlay')}) as item`
const itemId = sql`(item.value ->> '$.id')`

/** Condition that this very write has made the present version of the person, in whatever try. */
const isOwn = sql`exists (select 1 from ${users} as ${user} where ${user.tenantId} = ${tenant}
  and ${user.id} = ${itemId} and substr(${user.operation}, 1, 36) = ${value('operation')})`

/** Condition that the change that an item belongs to was made: a name can be taken. */
const isDone = sql`(item.value ->> '$.isWritten' = 0 or ${isOwn})`

const isOvertaken = sql`exists (select 1 from ${item}
  where item.value ->> '$.version' <> coalesce((
    select ${subjectOverlay.version} from ${overlays} as ${subjectOverlay}
    where ${isOverlayOf({ userId: itemId })}), 0)
    and not (item.value ->> '$.isWritten' = 1 and ${isOwn}))`

const rowsAreUnchanged = preconditionStatement(forbid(isOvertaken, 'version'))

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
    select ${tenant}, ${lastSeq} + row_number() over (order by item.key, announced.key),
      announced.value ->> '$.type', ${itemId}, null, ${value('now')},
      announced.value -> '$.resource', announced.value -> '$.changes', ${value('cause')}
    from ${item} cross join json_each(item.value, '$.events') as announced
    where item.value ->> '$.isWritten' = 0`,
].map(command)

const losses = lossStatements(sql`select value as user_key from json_each(${value('lost')})`)

/** Statements around new versions of people. */
export function guardUserChanges(
  database: D1Database,
  credential: Credential,
  context: GuardContext & { readonly operation: string },
  people: readonly GuardedUser[],
): SurroundingStatements {
  const lost = people.flatMap(({ isLost, overlay }) => (isLost ? [overlay.id] : []))
  const isLosing = lost.length > 0 && isWatched(credential.settings)
  return surround(database, credential, context, {
    values: () => ({
      operation: context.operation,
      lost: JSON.stringify(lost),
      overlay: JSON.stringify(
        people.map(({ overlay }) => ({ ...overlay, isWritten: overlay.isWritten ? 1 : 0 })),
      ),
    }),
    losses: isLosing ? { plain: losses, seen: losses } : undefined,
    preconditions: [rowsAreUnchanged],
    before: [],
    after: overlayStatements,
  })
}
