/** Guard of changes of people: those who are deactivated, and what is pending of the others. */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { forbid, preconditionStatement } from '../database/precondition'
import { users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { overlays, type HoldReason, type OverlayState } from '../database/schema/guard'
import { columns, command, tenant, value, type Statement } from '../database/statement'
import { eventColumns, lastSeq, type Event } from '../events/append'
import type { Credential } from '../tokens/credential'
import type { Difference } from './effects'
import { surround, type GuardContext, type SurroundingStatements } from './guarded-batch'
import { openHold } from './hold-state'
import {
  countWithin,
  isWatched,
  lossStatements,
  lossValues,
  readAllowance,
  selectFresh,
} from './loss-window'
import { bindProtected, protects } from './names/protected'
import { holderOf } from './names/seen'
import { firstVersion, isOverlayOf, overlayColumns, setPending, subjectOverlay } from './overlay'

/** A row that a change of a person leaves in the overlay. */
export interface UserRow {
  /** JSON of what the application sees; null when it does not know the person. */
  readonly released: string | null
  /** What makes it of the attributes that the same batch writes; null where it writes none. */
  readonly difference: Difference | null
  /** The folded name in it. */
  readonly name: string | null
  readonly state: OverlayState
  readonly reason: HoldReason
  /** The (folded) name in the directory, if Entra has made it unusable. */
  readonly unusableName: string | null
}

/** Effect of a change of a person on the overlay row of that person. */
export interface UserOverlay {
  readonly id: string
  /** Version of the row that was read; 0 when there was none. */
  readonly version: number
  /** `write` makes or replaces a row, `drop` ends it, `leave` does nothing. */
  readonly action: 'write' | 'drop' | 'leave'
  /** The row that is written; null for none. */
  readonly row: UserRow | null
  /** The (folded) name in the directory. */
  readonly nameKey: string
  /** Id of whom else the application was found to see by that name; empty for nobody. */
  readonly foundHolder: string
  /** The same, with what the batch itself changes. */
  readonly holder: string
  /** Name under which the person is listed if protected; as it is shown, and folded. */
  readonly protectedName: string
  readonly protectedKey: string
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

/** Condition that this very write has made the present version of a person, in whatever try. */
function isOwn(id: SQLWrapper): SQL {
  return sql`exists (select 1 from ${users} as ${user} where ${user.tenantId} = ${tenant}
    and ${user.id} = ${id} and substr(${user.operation}, 1, 36) = ${value('operation')})`
}

/** Condition that the change that an item belongs to was made: a name can be taken. */
const isDone = sql`(item.value ->> '$.isWritten' = 0 or ${isOwn(itemId)})`

const isOvertaken = sql`exists (select 1 from ${item}
  where (item.value ->> '$.version' <> coalesce((
      select ${subjectOverlay.version} from ${overlays} as ${subjectOverlay}
      where ${isOverlayOf({ userId: itemId })}), 0)
    or item.value ->> '$.foundHolder' <> coalesce(
      ${holderOf(sql`item.value ->> '$.nameKey'`, itemId)}, ''))
    and not (item.value ->> '$.isWritten' = 1 and ${isOwn(itemId)}))`

const rowsAreUnchanged = preconditionStatement(forbid(isOvertaken, 'version'))

/** A row that takes the place of the one that was read. */
const replacedRow = sql`on conflict do update set ${sql.join(
  [
    overlays.released,
    overlays.state,
    overlays.holdId,
    overlays.reason,
    overlays.cause,
    overlays.at,
    overlays.name,
    overlays.unusableName,
  ].map((column) => sql`${columns(column)} = excluded.${columns(column)}`),
  sql`, `,
)}, ${columns(overlays.version)} = ${overlays.version} + 1`

/** What the application sees: as it stands in the item, or as it differs from what was written before. */
const itemReleased = sql`iif(item.value ->> '$.row.isUnknown' = 1, null, coalesce(item.value ->> '$.row.released', (
  select json_patch(json_patch(${user.attributes}, item.value -> '$.row.difference.dropped'),
    item.value -> '$.row.difference.added')
  from ${users} as ${user} where ${user.tenantId} = ${tenant} and ${user.id} = ${itemId})))`

const isRowWritten = sql`item.value ->> '$.action' = 'write' and ${isDone}`
const isRowHeld = sql`item.value ->> '$.row.state' = 'held'`

const overlayStatements: readonly Statement[] = [
  () => sql`insert into ${overlays} (${overlayColumns}, ${columns(overlays.unusableName)})
    select ${tenant}, '', ${itemId}, 'user', null, ${itemReleased},
      item.value ->> '$.row.state', iif(${isRowHeld}, ${openHold}, ''),
      item.value ->> '$.row.reason', ${value('cause')}, ${value('now')}, ${firstVersion},
      item.value ->> '$.row.name', item.value ->> '$.row.unusableName'
    from ${item} where ${isRowWritten}
    ${replacedRow}`,
  // Somebody whom the application is not to know joins no team that it knows.
  () => sql`update ${overlays} set ${columns(overlays.state)} = 'kept',
      ${columns(overlays.version)} = ${overlays.version} + 1
    where ${overlays.tenantId} = ${tenant} and ${overlays.kind} = 'member'
      and ${overlays.change} = 'add' and ${overlays.state} = 'held'
      and ${overlays.userId} in (select ${itemId} from ${item} where ${isRowWritten}
        and item.value ->> '$.row.isUnknown' = 1)`,
  // Whom the application sees by the name waits together with whoever takes it.
  () => sql`update ${overlays} set ${setPending}
    where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = '' and ${overlays.state} <> 'held'
      and ${overlays.userId} in (select item.value ->> '$.holder' from ${item}
        where ${isRowWritten} and ${isRowHeld})`,
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

const bindStatements = bindProtected({
  rows: item,
  id: itemId,
  name: sql`(item.value ->> '$.protectedName')`,
  nameKey: sql`(item.value ->> '$.protectedKey')`,
  ownKey: sql`(item.value ->> '$.nameKey')`,
  isDone,
})

/** People who would be lost: `[[id, isWritten], …]`, with 1 or 0. */
const lostItem = sql`json_each(${value('lost')}) as lost_item`
const lostId = sql`(lost_item.value ->> 0)`

const lostPeople = sql`select ${lostId} as user_key from ${lostItem}`

/** Somebody whose new name is taken stays as before, and is not lost. */
const losses = lossStatements(
  lostPeople,
  (id) => sql`(${isOwn(id)}
    or ${id} in (select ${lostId} from ${lostItem} where lost_item.value ->> 1 = 0))`,
)

const selectFreshPeople = selectFresh(lostPeople)

/**
 * Answers how many of some changes of people, from the first one on, may be told. `lost` are the
 * ids of the people whom they would take from the application.
 */
export async function countAllowedChanges(
  database: D1Database,
  { tenantId, settings }: Credential,
  ids: readonly string[],
  lost: ReadonlySet<string>,
): Promise<Result<number, Refusal>> {
  const values = {
    tenantId,
    lost: JSON.stringify([...lost].map((id) => [id, 1])),
    ...lossValues(settings, Date.now()),
  }
  const allowance = await readAllowance(database, selectFreshPeople, values)
  return allowance.ok ? ok(countWithin(ids, allowance.value)) : allowance
}

/** JSON of an overlay as the batch gets it. */
export function boundOverlay({ row, isWritten, ...overlay }: UserOverlay): string {
  const bound = row && {
    ...row,
    released: row.difference ? null : row.released,
    isUnknown: row.released === null ? 1 : 0,
  }
  return JSON.stringify({ ...overlay, row: bound, isWritten: isWritten ? 1 : 0 })
}

/** Statements around new versions of people. */
export function guardUserChanges(
  database: D1Database,
  credential: Credential,
  context: GuardContext & { readonly operation: string },
  people: readonly GuardedUser[],
): SurroundingStatements {
  const lost = people.flatMap(({ isLost, overlay }) =>
    isLost ? [[overlay.id, Number(overlay.isWritten)]] : [],
  )
  const isLosing = lost.length > 0 && isWatched(credential.settings)
  return surround(database, credential, context, {
    values: () => ({
      operation: context.operation,
      lost: JSON.stringify(lost),
      overlay: `[${people.map(({ overlay }) => boundOverlay(overlay)).join()}]`,
    }),
    losses: isLosing ? { plain: losses, seen: losses } : undefined,
    countsAfter: true,
    preconditions: [rowsAreUnchanged],
    isOverlaying: people.some(({ overlay }) => overlay.action !== 'leave'),
    before: [],
    after: [...overlayStatements, ...(protects(credential) ? bindStatements : [])],
  })
}
