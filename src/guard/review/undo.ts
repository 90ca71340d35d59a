/**
 * Undo of losses that the application was told of within the hour before its tenant lost too many
 * people: the application has them again, as if the operator had discarded them, until the provider
 * speaks of them. What it has spoken of since is left as it is.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../../result'
import { auditIfChanged, type Author } from '../../audit/log'
import { longBatchTime, readBatch, runBatch, type Refusal } from '../../database/batch'
import { fieldList, flag } from '../../database/field'
import { jsonLists } from '../../database/json-lists'
import { memberships, teams, users } from '../../database/schema/directory'
import { events } from '../../database/schema/events'
import { holds, overlays } from '../../database/schema/guard'
import { columns, command, query, tenant, value } from '../../database/statement'
import { eventColumns, lastSeq } from '../../events/append'
import { closeHolds } from '../hold-state'
import type { Hold } from '../holds'
import { firstVersion, overlayColumns } from '../overlay'
import { membershipsOf, recordSeenMemberships } from '../withhold'
import { holdDecision, type Summary } from './hold-events'
import { readTold } from './told-events'
import type { ToldLoss } from './told-losses'

const event = alias(events, 'event')
const user = alias(users, 'user')
const taken = alias(overlays, 'taken')

const item = sql`json_each(${value('items')}) as item`
const kind = sql`(item.value ->> '$.kind')`
const teamId = sql`(item.value ->> '$.teamId')`
const userId = sql`(item.value ->> '$.userId')`
const name = sql`(item.value ->> '$.name')`

/** What the application had of somebody, or of a team, that is gone: the event of the deletion has it. */
const former = sql`(select json_remove(iif(${kind} = 'user',
    json_set(${event.resource}, '$.active', json('true')), ${event.resource}), '$.id')
  from ${events} as ${event} where ${event.tenantId} = ${tenant}
    and ${event.seq} = item.value ->> '$.seq')`

const overlaid = (team: SQL, person: SQL, more: SQL = sql`true`) => sql`exists (
  select 1 from ${overlays} as ${taken} where ${taken.tenantId} = ${tenant}
    and ${taken.teamId} = ${team} and ${taken.userId} = ${person} and ${more})`

const none = sql`''`

const inDirectory = {
  user: (more: SQL) => sql`exists (select 1 from ${users} where ${users.tenantId} = ${tenant}
    and ${more})`,
  team: (more: SQL) => sql`exists (select 1 from ${teams} where ${teams.tenantId} = ${tenant}
    and ${more})`,
}

const isNameFree = sql`not exists (select 1 from ${overlays} as ${taken}
  where ${taken.tenantId} = ${tenant} and ${taken.name} = ${name} and ${taken.kind} = ${kind})`

/** Condition that the provider has not spoken of an item since. */
const isAsTold = sql`not ${overlaid(teamId, userId)} and case ${kind}
  when 'team' then ${isNameFree} and not ${inDirectory.team(
    sql`(${teams.id} = ${teamId} or ${teams.nameKey} = ${name})`,
  )}
  when 'user' then case item.value ->> '$.loss'
    when 'deactivated' then ${inDirectory.user(
      sql`${users.id} = ${userId} and ${users.attributes} ->> '$.active' = 0`,
    )}
    else ${isNameFree} and not ${inDirectory.user(
      sql`(${users.id} = ${userId} or ${users.userName} = ${name})`,
    )} end
  else not exists (select 1 from ${memberships} where ${memberships.tenantId} = ${tenant}
      and ${memberships.teamId} = ${teamId} and ${memberships.userId} = ${userId}) end`

/** Condition that the application has the team, and the person, of a membership. */
const hasTeam = sql`(${inDirectory.team(sql`${teams.id} = ${teamId}`)}
    and not ${overlaid(teamId, none, sql`${taken.released} is null`)}
    or ${overlaid(teamId, none, sql`${taken.released} is not null`)})`
const hasPerson = sql`(${inDirectory.user(sql`${users.id} = ${userId}`)}
    and not ${overlaid(none, userId, sql`${taken.released} is null`)}
    or ${overlaid(none, userId, sql`${taken.released} is not null`)})`

const selectUndoable = query(
  {
    position: sql<number>`item.value ->> '$.position'`,
    hasTeam: flag(hasTeam),
    hasPerson: flag(hasPerson),
  },
  (fields) => sql`select ${fieldList(fields)} from ${item} where ${isAsTold}`,
)

/** Rows of what is undone: discarded losses. A deactivated person is seen with what the directory has. */
function restore(kindName: 'team' | 'user' | 'member', more: SQL = sql`true`) {
  return command(
    () => sql`
    insert into ${overlays} (${overlayColumns})
    select ${tenant}, ${teamId}, ${userId}, ${kind}, iif(${kind} = 'member', 'remove', null),
      coalesce(${former}, (
        select json_set(${user.attributes}, '$.active', json('true')) from ${users} as ${user}
        where ${kind} = 'user' and ${user.tenantId} = ${tenant} and ${user.id} = ${userId})),
      'drift', ${value('holdId')}, 'losses', ${value('cause')}, ${value('now')}, ${firstVersion},
      coalesce(${name}, (select ${user.userName} from ${users} as ${user}
        where ${kind} = 'user' and ${user.tenantId} = ${tenant} and ${user.id} = ${userId}))
    from ${item} where ${kind} = ${sql.raw(`'${kindName}'`)} and ${isAsTold} and ${more}`,
  )
}

/** Condition that a row of the overlay was made by this undo. */
const isUndone = sql`${overlays.tenantId} = ${tenant} and ${overlays.state} = 'drift'
  and ${overlays.holdId} = ${value('holdId')} and ${overlays.cause} = ${value('cause')}`

function announce(type: SQL, id: SQL, changes: SQL, condition: SQL) {
  return command(
    () => sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by ${id}), ${type}, ${id}, null,
      ${value('now')}, json_set(${overlays.released}, '$.id', ${id}), ${changes}, ${value('cause')}
    from ${overlays} where ${isUndone} and ${condition}`,
  )
}

const isKnown = inDirectory.user(sql`${users.id} = ${overlays.userId}`)
const isPerson = sql`${overlays.kind} = 'user'`
const nothing = sql`'{}'`

/** Each for all lists of losses before the next: no membership is there before its person and team. */
const restoreStatements = [
  restore('team'),
  restore('user'),
  restore('member', sql`${hasTeam} and ${hasPerson}`),
]

const tellStatements = [
  announce(sql`'team.created'`, sql`${overlays.teamId}`, nothing, sql`${overlays.kind} = 'team'`),
  announce(
    sql`'user.created'`,
    sql`${overlays.userId}`,
    nothing,
    sql`${isPerson} and not ${isKnown}`,
  ),
  announce(
    sql`'user.reactivated'`,
    sql`${overlays.userId}`,
    sql`'{"active":{"before":false,"after":true}}'`,
    sql`${isPerson} and ${isKnown}`,
  ),
  command(() =>
    recordSeenMemberships('add', membershipsOf(sql`${isUndone} and ${overlays.kind} = 'member'`)),
  ),
]

const countUndone = command(
  () => sql`
  update ${holds} set ${columns(holds.undone)} = ${holds.undone} + undone.count
  from (select count(*) as count from ${overlays} where ${isUndone}) as undone
  where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')} and undone.count > 0`,
)

/** Losses that the application was told of in the hour before a hold. */
export interface ToldLosses {
  /** Number of people whom it lost, or who lost a team. */
  readonly people: number
  /** What can be taken back of it: the provider has not spoken of it since. */
  readonly undoable: Summary
}

const noLosses: ToldLosses = { people: 0, undoable: { people: 0, changes: 0, who: [] } }

/** A loss that can be taken back by itself, and whether the application has the ends of a membership. */
interface Undoable {
  readonly position: number
  readonly hasTeam: boolean
  readonly hasPerson: boolean
}

/** The losses of a list, without memberships of a person or in a team that do not come back. */
function withEnds(told: readonly ToldLoss[], list: readonly Undoable[]): ToldLoss[] {
  const found = list.flatMap((one) => {
    const loss = told[one.position]
    return loss ? [{ ...one, loss }] : []
  })
  const back = new Set(
    found.flatMap(({ loss: { kind, teamId, userId } }) =>
      kind === 'member' ? [] : [`${teamId}/${userId}`],
    ),
  )
  return found.flatMap(({ loss, ...has }) => {
    const hasEnds =
      (has.hasTeam || back.has(`${loss.teamId}/`)) && (has.hasPerson || back.has(`/${loss.userId}`))
    return loss.kind !== 'member' || hasEnds ? [loss] : []
  })
}

/** Reads what went through before a hold. */
export async function readToldLosses(
  database: D1Database,
  tenantId: number,
  hold: Hold,
): Promise<Result<ToldLosses, Refusal>> {
  const told = await readTold(database, tenantId, hold)
  if (!told.ok) return told
  if (told.value.length === 0) return ok(noLosses)
  const lists = jsonLists(told.value.map((loss, position) => ({ ...loss, position })))
  const read = await readBatch(database, [
    lists.map((items) => selectUndoable(database, { tenantId, items })),
  ])
  if (!read.ok) return read
  const people = new Set(told.value.flatMap(({ userId }) => (userId === '' ? [] : [userId])))
  const left = withEnds(told.value, read.value[0].flat())
  const who = new Map(
    left.flatMap((one) => (one.userId === '' ? [] : [[one.userId, one.shownName]])),
  )
  return ok({
    people: people.size,
    undoable: {
      people: who.size,
      changes: left.length,
      who: [...who].slice(0, 20).map(([id, userName]) => ({ id, userName })),
    },
  })
}

/** Takes back, on the application's side, what it was told of in the hour before a hold. */
export async function undoTold(
  database: D1Database,
  tenantId: number,
  hold: Hold,
  author: Author,
): Promise<Result<ToldLosses, Refusal>> {
  const [told, losses] = [
    await readTold(database, tenantId, hold),
    await readToldLosses(database, tenantId, hold),
  ]
  if (!told.ok) return told
  if (!losses.ok || losses.value.undoable.changes === 0) return losses
  const cause = { requestId: author.requestId, tokenId: '', decision: `undo of hold ${hold.id}` }
  const base = { tenantId, holdId: hold.id, now: Date.now() }
  const values = { ...base, cause: JSON.stringify(cause) }
  const lists = jsonLists(told.value)
  const { who: _, ...after } = losses.value.undoable
  const done = await runBatch(
    database,
    [
      restoreStatements.flatMap((make) =>
        lists.map((items) => make(database, { ...values, items })),
      ),
      tellStatements.map((make) => make(database, values)),
      countUndone(database, values),
      auditIfChanged(database, {
        tenant: tenantId,
        author,
        action: 'hold.undone',
        subject: hold.id,
        after,
      }),
      holdDecision(database, base, 'hold.undone', {
        cause,
        summary: losses.value.undoable,
        isCertain: false,
      }),
      closeHolds.map((make) => make(database, values)),
    ],
    longBatchTime,
  )
  return done.ok ? losses : done
}
