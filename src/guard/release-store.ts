/** Ending what waits: the application is told, or it never is. One batch each, whatever the size. */
import { sql, type SQL } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { preconditionStatement, forbid } from '../database/precondition'
import { longBatchTime, runBatch, type Refusal } from '../database/batch'
import type { EventType } from '../database/schema/event-types'
import { eventColumns, lastSeq, type Cause } from '../events/append'
import { overlays, holds } from '../database/schema/guard'
import { closeHolds, memberEvents } from './overlay'
import { holdOf, isSelected, selectHold, selectionValues, type Hold, type Selection } from './holds'
import {
  statement,
  tenant,
  value,
  type Statement,
  type Values,
  type BoundStatement,
} from '../database/statement'
import { teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'

/** A row of `held` as it was read, and what the application is to be told of it. */
export interface ReleasedRow {
  readonly teamId: string
  readonly userId: string
  readonly version: number
  /** Version in the directory; null where the row is gone there, or is a membership. */
  readonly directoryVersion: number | null
  readonly change: 'add' | 'remove' | 'stay' | 'go'
  /** Of a person or a team that stays. The resource itself is in the directory. */
  readonly events: readonly { readonly type: EventType; readonly changes: JsonObject }[]
}

/** Characters of JSON in one parameter. */
const partSize = 1_000_000

const item = sql`json_each(${value('rows')}) as item`
const itemTeam = sql`(item.value ->> '$.teamId')`
const itemUser = sql`(item.value ->> '$.userId')`
const isChange = (...names: readonly string[]) =>
  sql`item.value ->> '$.change' in (${sql.raw(names.map((name) => `'${name}'`).join(', '))})`

const isOvertaken = sql`exists (select 1 from ${item} where not exists (
      select 1 from ${overlays} as row where row.tenant_id = ${tenant} and row.team_id = ${itemTeam}
        and row.user_id = ${itemUser} and row.version = item.value ->> '$.version')
    or ${isChange('stay', 'go')} and coalesce(item.value ->> '$.directoryVersion', 0) <> coalesce(
      case when ${itemTeam} = '' then (select person.version from ${users} as person
        where person.tenant_id = ${tenant} and person.id = ${itemUser})
      else (select team.version from ${teams} as team
        where team.tenant_id = ${tenant} and team.id = ${itemTeam}) end, 0))`

/** The rows are those that were read, and so is the directory behind them. */
const unchanged = preconditionStatement(forbid(isOvertaken, 'version'))

/** New attributes of teams or of people, as the directory has them. */
function tellChanges(table: typeof users | typeof teams, id: SQL): SQL {
  return sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by item.key, event.key),
      event.value ->> '$.type', ${id}, null, ${value('now')},
      json_set(${table.attributes}, '$.id', ${id}), event.value -> '$.changes', ${value('cause')}
    from ${item} cross join json_each(item.value, '$.events') as event
    cross join ${table} on ${table.tenantId} = ${tenant} and ${table.id} = ${id}
    where ${isChange('stay')}`
}

const chosen = (...names: readonly string[]) => sql`
  select ${itemTeam} as team_id, ${itemUser} as user_id from ${item} where ${isChange(...names)}`

const rowsOf = (...names: readonly string[]) => sql`
  delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and (${overlays.teamId}, ${overlays.userId}) in (${chosen(...names)})`

function tellDeletions(type: SQL, id: SQL, isOne: SQL): SQL {
  return sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by item.key), ${type}, ${id}, null,
      ${value('now')}, json_set(row.released, '$.id', ${id}), '{}', ${value('cause')}
    from ${item} cross join ${overlays} as row on row.tenant_id = ${tenant}
      and row.team_id = ${itemTeam} and row.user_id = ${itemUser}
    where ${isChange('go')} and ${isOne} and row.released is not null`
}

/** Nobody joins what is not there yet, and nothing goes before those who are in it. */
const phases: readonly Statement[] = [
  () => tellChanges(teams, itemTeam),
  () => tellChanges(users, itemUser),
  () => rowsOf('stay'),
  () => memberEvents('add', chosen('add')),
  () => memberEvents('remove', chosen('remove')),
  () => tellDeletions(sql`'team.deleted'`, itemTeam, sql`${itemUser} = ''`),
  () => tellDeletions(sql`'user.deleted'`, itemUser, sql`${itemTeam} = ''`),
  () => rowsOf('add', 'remove', 'go'),
].map(statement)

const countReleased = statement(
  () => sql`
  update ${holds} set released = released + ${value('count')}
  where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')}`,
)

export interface Ending {
  readonly tenantId: number
  readonly cause: Cause
  readonly now: number
  /** The entry of the audit, for the same batch; what is discarded stands right before it. */
  readonly audit: readonly BoundStatement[]
}

/** Releases exactly the rows that were read; refused (`version`) when one of them is another by now. */
export async function releaseRows(
  database: D1Database,
  { tenantId, cause, now, audit }: Ending,
  selection: Selection,
  rows: readonly ReleasedRow[],
): Promise<Result<Hold | undefined, Refusal>> {
  const values = { tenantId, now, cause: JSON.stringify(cause), holdId: selection.holdId ?? '' }
  const parts = partsOf(rows)
  const forEach = (make: Statement): BoundStatement[] =>
    parts.map((part) => make(database, { ...values, rows: part }))
  return endWith(database, values, [
    ...forEach(unchanged),
    ...phases.flatMap(forEach),
    countReleased(database, { ...values, count: rows.length }),
    ...closeHolds(database, values),
    ...audit,
  ])
}

const countDiscarded = statement(
  () => sql`
  update ${holds} set discarded = discarded + (
    select count(*) from ${overlays} as row where ${isSelected})
  where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')}`,
)

const markDiscarded = statement(
  () => sql`
  update ${overlays} as row set state = 'drift', version = version + 1 where ${isSelected}`,
)

/** Leaves the application with what it sees. */
export async function discardRows(
  database: D1Database,
  { tenantId, now, audit }: Omit<Ending, 'cause'>,
  selection: Selection & { readonly holdId: string },
): Promise<Result<Hold | undefined, Refusal>> {
  const values = { ...selectionValues(tenantId, selection), now, holdId: selection.holdId }
  return endWith(database, values, [
    countDiscarded(database, values),
    markDiscarded(database, values),
    ...audit,
    ...closeHolds(database, values),
  ])
}

async function endWith(
  database: D1Database,
  values: Values,
  statements: readonly BoundStatement[],
): Promise<Result<Hold | undefined, Refusal>> {
  const outcome = await runBatch(
    database,
    [...statements, selectHold(database, values)],
    longBatchTime,
  )
  if (!outcome.ok) return err(outcome.error)
  const row = outcome.value.at(-1)?.[0]
  return ok(row && holdOf(row))
}

function partsOf(rows: readonly ReleasedRow[]): string[] {
  const parts: string[][] = []
  let size = partSize
  for (const row of rows) {
    const text = JSON.stringify(row)
    size += text.length
    if (size >= partSize) {
      parts.push([])
      size = text.length
    }
    parts.at(-1)?.push(text)
  }
  return parts.map((part) => `[${part.join(',')}]`)
}
