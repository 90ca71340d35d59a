/** Releasing and discarding of pending changes: one batch each. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { longBatchTime, runBatch, type Refusal } from '../database/batch'
import { update } from '../database/builder'
import { fieldList } from '../database/field'
import { jsonLists } from '../database/json-lists'
import { forbid, preconditionStatement } from '../database/precondition'
import { teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { holds, overlays, protectedPeople } from '../database/schema/guard'
import {
  columns,
  command,
  query,
  tenant,
  value,
  type BoundStatement,
  type Statement,
} from '../database/statement'
import { eventColumns, lastSeq, type Cause } from '../events/append'
import type { EventType } from '../database/schema/event-types'
import { isSelected, selectionValues, type Selection } from './review/selection'
import { closeHolds } from './hold-state'
import { selectHold, type Decided, type Hold } from './holds'
import { chosenWith, overlay } from './names/linked'
import { unbindProtected } from './names/protected'
import { recordSeenMemberships } from './withhold'

export interface ReleasedEvent {
  readonly type: EventType
  readonly changes: JsonObject
  /** Absent for that of the directory. */
  readonly resource?: JsonObject
}

/** An overlay row as it was read, and what becomes of it. */
export interface ReleasedRow {
  readonly teamId: string
  readonly userId: string
  readonly version: number
  /** Version in the directory; null where the row is gone there, or is a membership. */
  readonly directoryVersion: number | null
  /**
   * `add` and `remove` for memberships, `leave` for those that end with their person or team. For
   * people and teams: `go` when the directory does not have them, else `stay`, or `keep` where the
   * application keeps a name; `standIn` is a step before one of these.
   */
  readonly change: 'add' | 'remove' | 'leave' | 'stay' | 'keep' | 'standIn' | 'go'
  /** Events of a person or a team that stays. */
  readonly events: readonly ReleasedEvent[]
  /** The row that is left of a `keep`: JSON of what the application sees, and its (folded) name. */
  readonly kept: { readonly released: string; readonly name: string } | null
}

const item = sql`json_each(${value('rows')}) as item`
const itemTeam = sql`(item.value ->> '$.teamId')`
const itemUser = sql`(item.value ->> '$.userId')`
const isChange = (...names: readonly string[]) =>
  sql`item.value ->> '$.change' in (${sql.raw(names.map((name) => `'${name}'`).join(', '))})`

const user = alias(users, 'user')
const team = alias(teams, 'team')

/** Condition that `overlay` is the row of an item. */
const isOfItem = sql`${overlay.tenantId} = ${tenant} and ${overlay.teamId} = ${itemTeam}
  and ${overlay.userId} = ${itemUser}`

const isOvertaken = sql`exists (select 1 from ${item} where not exists (
      select 1 from ${overlays} as ${overlay}
      where ${isOfItem} and ${overlay.version} = item.value ->> '$.version')
    or ${isChange('stay', 'keep', 'standIn', 'go')} and coalesce(item.value ->> '$.directoryVersion', 0) <> coalesce(
      case when ${itemTeam} = '' then (select ${user.version} from ${users} as ${user}
        where ${user.tenantId} = ${tenant} and ${user.id} = ${itemUser})
      else (select ${team.version} from ${teams} as ${team}
        where ${team.tenantId} = ${tenant} and ${team.id} = ${itemTeam}) end, 0))`

/** The rows are those that were read, and so is what the directory has of them. */
const rowsAreUnchanged = preconditionStatement(forbid(isOvertaken, 'version'))

/** Events of teams or of people that stay, with their attributes in the directory. */
function recordChanges(table: typeof users | typeof teams, id: SQL): SQL {
  return sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by item.key, announced.key),
      announced.value ->> '$.type', ${id}, null, ${value('now')},
      coalesce(announced.value -> '$.resource', json_set(${table.attributes}, '$.id', ${id})),
      announced.value -> '$.changes', ${value('cause')}
    from ${item} cross join json_each(item.value, '$.events') as announced
    cross join ${table} on ${table.tenantId} = ${tenant} and ${table.id} = ${id}
    where ${isChange('stay', 'keep', 'standIn')}`
}

const itemKeys = (...names: readonly string[]) => sql`
  select ${itemTeam} as team_key, ${itemUser} as user_key from ${item} where ${isChange(...names)}`

const deleteRows = (...names: readonly string[]) => sql`
  delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and (${overlays.teamId}, ${overlays.userId}) in (${itemKeys(...names)})`

/** Events of teams or of people that go; those that the application never knew have none. */
function recordDeletions(type: SQL, id: SQL, isOfKind: SQL): SQL {
  return sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by item.key), ${type}, ${id}, null,
      ${value('now')}, json_set(${overlay.released}, '$.id', ${id}), '{}', ${value('cause')}
    from ${item} cross join ${overlays} as ${overlay} on ${isOfItem}
    where ${isChange('go')} and ${isOfKind} and ${overlay.released} is not null`
}

const keepNames = () => sql`
  update ${overlays} set (${columns(overlays.released, overlays.name)}) = (
      select item.value ->> '$.kept.released', item.value ->> '$.kept.name' from ${item}
      where ${isChange('keep')} and ${itemUser} = ${overlays.userId}),
    ${columns(overlays.state)} = 'kept', ${columns(overlays.holdId)} = '',
    ${columns(overlays.reason)} = 'together', ${columns(overlays.version)} = ${overlays.version} + 1
  where ${overlays.tenantId} = ${tenant}
    and (${overlays.teamId}, ${overlays.userId}) in (${itemKeys('keep')})`

const unbindGone = () =>
  unbindProtected(sql`${protectedPeople.userId} in (select ${itemUser} from ${item}
    where ${isChange('go')} and ${itemTeam} = '')`)

/**
 * Order: no team or person goes before the memberships, names are free before somebody gets them, and
 * nobody joins a team that is not there yet.
 */
const phases: readonly Statement[] = [
  () => recordSeenMemberships('remove', itemKeys('leave')),
  () => recordDeletions(sql`'team.deleted'`, itemTeam, sql`${itemUser} = ''`),
  () => recordDeletions(sql`'user.deleted'`, itemUser, sql`${itemTeam} = ''`),
  () => deleteRows('leave', 'go'),
  unbindGone,
  () => recordChanges(teams, itemTeam),
  () => recordChanges(users, itemUser),
  () => deleteRows('stay'),
  keepNames,
  () => recordSeenMemberships('add', itemKeys('add')),
  () => recordSeenMemberships('remove', itemKeys('remove')),
  () => deleteRows('add', 'remove'),
].map(command)

const isThisHold = and(eq(holds.tenantId, tenant), eq(holds.id, value('holdId')))

const countReleased = command(() =>
  update(holds)
    .set({ released: sql`${holds.released} + ${value('count')}` })
    .where(isThisHold),
)

/** Context of a batch that ends pending changes. */
export interface Ending {
  readonly tenantId: number
  readonly cause: Cause
  /** Milliseconds since 1970. */
  readonly now: number
  /** Audit entry, for the same batch; it counts the rows of the statement right before it. */
  readonly audit: readonly BoundStatement[]
  /** Events of the decision itself, before those that it causes. */
  readonly announced?: readonly BoundStatement[]
}

/** Releases exactly the rows that were read; refused (`version`) when one of them has changed. */
export async function releaseRows(
  database: D1Database,
  { tenantId, cause, now, audit, announced = [] }: Ending,
  selection: Selection,
  rows: readonly ReleasedRow[],
): Promise<Result<Hold | undefined, Refusal>> {
  const values = { tenantId, now, cause: JSON.stringify(cause), holdId: selection.holdId ?? '' }
  const parts = jsonLists(rows)
  const forEach = (make: Statement): BoundStatement[] =>
    parts.map((part) => make(database, { ...values, rows: part }))
  const statements = [
    ...forEach(rowsAreUnchanged),
    ...announced,
    ...phases.flatMap(forEach),
    countReleased(database, {
      ...values,
      count: rows.filter(({ change }) => change !== 'standIn').length,
    }),
    ...closeHolds.map((make) => make(database, values)),
    ...audit,
  ]
  const outcome = await runBatch(
    database,
    [statements, selectHold(database, values)],
    longBatchTime,
  )
  if (!outcome.ok) return outcome
  const [, [hold]] = outcome.value
  return ok(hold)
}

/** Condition that `overlay` is discarded: it is selected, or waits together with what is. */
const isDiscarded = sql`${overlay.tenantId} = ${tenant} and ${overlay.state} = 'held'
  and (${overlay.teamId}, ${overlay.userId}) in (select team_key, user_key from chosen)`

const countDiscarded = command(
  () => sql`
  with recursive ${chosenWith(isSelected)}
  update ${holds} set ${columns(holds.discarded)} = ${holds.discarded} + (
    select count(*) from ${overlays} as ${overlay} where ${isDiscarded})
  where ${isThisHold}`,
)

/** Directly after the statement that discards. */
const selectNumber = query(
  { decided: sql<number>`changes()` },
  (fields) => sql`select ${fieldList(fields)}`,
)

const markDiscarded = command(
  () => sql`
  with recursive ${chosenWith(isSelected)}
  update ${overlays} as ${overlay} set ${columns(overlays.state)} = 'drift',
    ${columns(overlays.version)} = ${overlay.version} + 1 where ${isDiscarded}`,
)

/** Discards a selection: the application keeps what it sees. */
export async function discardRows(
  database: D1Database,
  { tenantId, now, audit }: Omit<Ending, 'cause'>,
  selection: Selection & { readonly holdId: string },
): Promise<Result<Decided, Refusal>> {
  const values = { ...selectionValues(tenantId, selection), now, holdId: selection.holdId }
  const outcome = await runBatch(
    database,
    [
      countDiscarded(database, values),
      markDiscarded(database, values),
      selectNumber(database, values),
      audit,
      closeHolds.map((make) => make(database, values)),
      selectHold(database, values),
    ],
    longBatchTime,
  )
  if (!outcome.ok) return outcome
  const [, , [counted], , , [hold]] = outcome.value
  return ok({ hold, decided: counted?.decided ?? 0 })
}
