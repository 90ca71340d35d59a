/** Events of a hold: how many changes and people it is about, who they are, and the threshold. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { textOf, type JsonObject } from '../../scim/json'
import { users } from '../../database/schema/directory'
import { events } from '../../database/schema/events'
import type { holdEvents } from '../../database/schema/event-types'
import { holds, overlays, releasedIds } from '../../database/schema/guard'
import { tenants } from '../../database/schema/tenants'
import { command, hasWritten, tenant, value, type BoundStatement } from '../../database/statement'
import { eventColumns, lastSeq, type Cause } from '../../events/append'

/** People whom an event of a hold names at most. */
const namedPeople = 20

const row = alias(overlays, 'row_of_hold')
const seen = alias(overlays, 'seen')
const user = alias(users, 'user')

/** What a hold is about, from its rows: `{people, changes, who}`, by the names that the application sees. */
const summaryOfHold = sql`(select json_object(
    'people', count(distinct nullif(${row.userId}, '')), 'changes', count(*),
    'who', (select json_group_array(json_object('id', first.id, 'userName', first.name)) from (
      select ${row.userId} as id, coalesce((
          select ${seen.released} ->> '$.userName' from ${overlays} as ${seen}
          where ${seen.tenantId} = ${tenant} and ${seen.teamId} = ''
            and ${seen.userId} = ${row.userId}), max(${user.attributes} ->> '$.userName')) as name
      from ${overlays} as ${row} left join ${users} as ${user}
        on ${user.tenantId} = ${tenant} and ${user.id} = ${row.userId}
      where ${row.tenantId} = ${tenant} and ${row.holdId} = ${holds.id} and ${row.userId} <> ''
      group by ${row.userId} order by ${row.userId} limit ${namedPeople}) as first))
  from ${overlays} as ${row}
  where ${row.tenantId} = ${tenant} and ${row.holdId} = ${holds.id} and ${row.state} = 'held')`

/** People of a summary with the ids by which the application knows them. */
const withReleasedIds = (summary: SQL) => sql`(
  select json_group_array(json_object('id', coalesce((
      select ${releasedIds.releasedId} from ${releasedIds} where ${releasedIds.tenantId} = ${tenant}
        and ${releasedIds.userId} = person.value ->> '$.id'), person.value ->> '$.id'),
    'userName', person.value ->> '$.userName'))
  from json_each(${summary}, '$.who') as person)`

/** The event's resource. The link is a path of this gateway. */
function resource(summary: SQL): SQL {
  return sql`json_set(json_patch(json_object('id', ${holds.id}, 'reason', ${holds.reason},
      'threshold', iif(${holds.allowed} is null, null, json_object('lost', ${holds.lost},
        'active', ${holds.base}, 'allowed', ${holds.allowed})),
      'link', '/admin/tenants/' || (select ${tenants.slug} from ${tenants}
        where ${tenants.id} = ${tenant}) || '/holds'), ${summary}), '$.who', json(${withReleasedIds(summary)}))`
}

function holdEvent(type: SQL, summary: SQL, condition: SQL) {
  return command(
    () => sql`insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + 1, ${type}, ${holds.id}, null, ${value('now')},
      ${resource(summary)}, '{}', ${value('cause')}
    from ${holds} where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')}
      and ${condition}`,
  )
}

/** Event of a hold that the statement before has opened: a batch that is repeated opens nothing twice. */
export const recordOpening = holdEvent(sql`'hold.opened'`, summaryOfHold, hasWritten)

const recordDecision = holdEvent(
  value('eventType'),
  value('summary'),
  sql`(${value('isCertain')} = 1 or ${hasWritten})`,
)

/** What a decision is about. */
export interface Summary {
  readonly people: number
  readonly changes: number
  /** The first of the people. */
  readonly who: readonly { readonly id: string; readonly userName: string | null }[]
}

/** A change as far as a summary tells of it. */
interface Summarized {
  readonly kind: 'user' | 'team' | 'member'
  /** Empty for a team. */
  readonly userId: string
  readonly userName: string | null
  /** What the application sees of the person. */
  readonly released: JsonObject | null
}

/** What changes are about, with the names that the application sees. */
export function summaryOf(changes: readonly Summarized[]): Summary {
  const people = new Map<string, string | null>()
  for (const { userId, userName, kind, released } of changes) {
    if (userId === '' || (people.has(userId) && kind !== 'user')) continue
    people.set(userId, (released && textOf(released['userName'])) || userName)
  }
  const who = [...people].slice(0, namedPeople).map(([id, userName]) => ({ id, userName }))
  return { people: people.size, changes: changes.length, who }
}

/**
 * Event of a decision on a hold. Unless `isCertain`, it is written only when the statement before
 * it in the batch has changed something.
 */
export function holdDecision(
  database: D1Database,
  values: { readonly tenantId: number; readonly holdId: string; readonly now: number },
  type: Exclude<(typeof holdEvents)[number], 'hold.opened'>,
  decision: { readonly cause: Cause; readonly summary: Summary; readonly isCertain: boolean },
): BoundStatement<never> {
  return recordDecision(database, {
    ...values,
    eventType: type,
    cause: JSON.stringify(decision.cause),
    summary: JSON.stringify(decision.summary),
    isCertain: decision.isCertain ? 1 : 0,
  })
}
