/** Holding back what happens to teams: who leaves or joins, and the teams themselves. */
import { sql, type SQL } from 'drizzle-orm'
import type { Credential } from '../tokens/credential'
import { overlays } from '../database/schema/guard'
import {
  openHolds,
  guardValues,
  hasToWait,
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
  withholdEvents,
  markBatchStart,
  type GuardContext,
  type SurroundingStatements,
} from './overlay'
import { isWatched, lossStatements } from './loss-window'
import type { MembershipChange } from '../memberships/store'
import { ofThisTeam } from '../memberships/membership-sets'
import { statement, tenant, value, type Statement } from '../database/statement'
import { memberships, teams, users } from '../database/schema/directory'

const team = sql`${value('teamId')}`
const person = sql`person`

const listed = sql`in (select value from json_each(${value('leaving')}))`
const others = sql`not in (select value from json_each(${value('staying')}))`

const leavingListed = sql`json_each(${value('leaving')}) as unwanted
  cross join ${memberships} as membership
    on ${ofThisTeam} and membership.user_id = unwanted.value
  cross join ${users} as person on person.tenant_id = ${tenant} and person.id = membership.user_id`

const members = sql`${memberships} as membership cross join ${users} as person
  on person.tenant_id = ${tenant} and person.id = membership.user_id`

const leavingOthers = sql`${members}
  and ${ofThisTeam} and membership.user_id ${others}`

const dissolving = sql`${members} and ${ofThisTeam}`

/** Members by the operator's word, which the directory does not have. */
const drifting = sql`${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ${team}
  and ${overlays.kind} = 'member' and ${overlays.state} = 'drift'`

function driftingLosers(whom: SQL): SQL {
  return sql`select person.id as id from ${overlays} cross join ${users} as person
    on person.tenant_id = ${tenant} and person.id = ${overlays.userId}
    where ${drifting} and ${overlays.change} = 'remove' and ${overlays.userId} ${whom}
      and ${isSeenActive(person)}`
}

const anybody = sql`is not null`

function plainLosses(leaving: SQL) {
  return lossStatements(sql`select person.id as id from ${leaving}
    where person.attributes ->> '$.active' is not 0`)
}

function seenLosses(leaving: SQL, whom: SQL) {
  return lossStatements(sql`select person.id as id from ${leaving} where ${isSeenActive(person)}
    union ${driftingLosers(whom)}`)
}

/** What the provider says again about those of whom the operator decided otherwise. */
function restatements(change: 'add' | 'remove', whom: SQL): Statement[] {
  const theirs = sql`${drifting} and ${overlays.change} = ${sql.raw(`'${change}'`)}
    and ${overlays.userId} ${whom}`
  return [
    () => sql`update ${overlays} set state = 'held', hold_id = ${openHold}, cause = ${value('cause')},
        at = ${value('now')}, version = version + 1
      where ${theirs} and ${hasToWait(sql`${overlays.change}`, sql`${overlays.teamId}`, sql`${overlays.userId}`)}`,
    () =>
      memberEvents(
        change,
        sql`select ${overlays.teamId} as team_id, ${overlays.userId} as user_id from ${overlays} where ${theirs}`,
      ),
    () => sql`delete from ${overlays} where ${theirs}`,
  ].map(statement)
}

const rejoining = restatements('add', sql`in (select value from json_each(${value('staying')}))`)

/** How the people who leave are named: one by one, or as all who are not named. */
const ways = {
  listed: {
    plain: plainLosses(leavingListed),
    seen: seenLosses(leavingListed, listed),
    leaving: restatements('remove', listed),
  },
  others: {
    plain: plainLosses(leavingOthers),
    seen: seenLosses(leavingOthers, others),
    leaving: restatements('remove', others),
  },
}

const captureTeam = (condition: SQL) =>
  statement(
    () => sql`
    insert into ${overlays} (${overlayColumns})
    select ${tenant}, ${teams.id}, '', 'team', null, ${teams.attributes}, 'held', ${openHold},
      case when ${value('review')} = 1 then 'review' else 'losses' end,
      ${value('cause')}, ${value('now')}, 1
    from ${teams} where ${teams.tenantId} = ${tenant} and ${teams.id} = ${team} and ${condition}
    ${pendingAgain}`,
  )

const ofTheTeam = isOverlaid(team, none)

/** New attributes: they wait for a review, or with what waits already. */
const captureChange = captureTeam(sql`(${value('review')} = 1 or ${ofTheTeam})`)

/** Attributes that are again what the application sees. */
const dropUnchanged = statement(
  () => sql`
  delete from ${overlays} where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ${team}
    and ${overlays.userId} = '' and ${overlays.released} = (select ${teams.attributes} from ${teams}
      where ${teams.tenantId} = ${tenant} and ${teams.id} = ${team})`,
)

export interface GuardedTeamChange {
  readonly teamId: string
  /** True when the attributes of the team are written. */
  readonly hasAttributes: boolean
  readonly membership: MembershipChange
}

/** Around a change of a team. */
export function guardTeamChange(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  { teamId, hasAttributes, membership }: GuardedTeamChange,
): SurroundingStatements {
  const isHolding = mayHold(credential) || context.holdsLosses
  const isLeaving = membership.isReplacement || membership.leaves.length > 0
  const { settings } = credential
  // What waits for a review is not lost.
  const isLosing = isLeaving && isWatched(settings) && settings.guard.teams === 'apply'
  if (!isHolding && !isLosing) return noSurrounding
  const values = {
    ...guardValues(credential, context),
    teamId,
    leaving: JSON.stringify(membership.leaves),
    staying: JSON.stringify(membership.joins),
  }
  const way = membership.isReplacement ? ways.others : ways.listed
  const found = isHolding ? way.seen : way.plain
  const guards = isLosing && !context.holdsLosses ? [found.guard] : []
  const before = [...guards, ...(isLosing ? found.count : [])]
  if (!isHolding) return { before: before.map((make) => make(database, values)), after: [] }
  const bind = (make: Statement) => make(database, values)
  return {
    before: [
      ...before.map(bind),
      markBatchStart(database, values),
      ...(hasAttributes ? [captureChange] : []).map(bind),
      ...(isLeaving ? way.leaving : []).map(bind),
      ...(membership.joins.length > 0 ? rejoining : []).map(bind),
    ],
    after: [
      ...withholdEvents(database, values),
      ...(hasAttributes ? [dropUnchanged] : []).map(bind),
      ...openHolds(database, values),
    ],
  }
}

const rememberNew = statement(
  () => sql`
  insert into ${overlays} (${overlayColumns})
  values (${tenant}, ${team}, '', 'team', null, null, 'held', ${openHold}, 'review',
    ${value('cause')}, ${value('now')}, 1) on conflict do nothing`,
)

/** Around a new team: it waits for a review, or for nothing. */
export function guardNewTeam(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  teamId: string,
): SurroundingStatements {
  const values = { ...guardValues(credential, context), teamId }
  if (values.review === 0) return noSurrounding
  return {
    before: [markBatchStart(database, values), rememberNew(database, values)],
    after: [...withholdEvents(database, values), ...openHolds(database, values)],
  }
}

const waits = sql`(${isProtected(person)} or ${isOverlaid(none, sql`person.id`, isPending)})`

/** Of those whom the application alone sees in the team, some have to wait. */
const someoneWaits = sql`exists (select 1 from ${overlays} as other
  left join ${users} as person on person.tenant_id = ${tenant} and person.id = other.user_id
  where other.tenant_id = ${tenant} and other.team_id = ${team} and other.kind = 'member'
    and other.change = 'remove' and (other.state = 'held' or ${waits}))`

/**
 * A team that is not known to the application goes as it came. One of whose members something is
 * held stays with them: it can't go before those who are in it.
 */
const captureDeletion = captureTeam(sql`
  not ${isOverlaid(team, none, sql`mine.released is null`)} and (${value('review')} = 1
    or ${value('holdsLosses')} = 1 or ${isOverlaid(team, none, isPending)} or ${someoneWaits}
    or exists (select 1 from ${dissolving} where ${waits}))`)

const isCaptured = isOverlaid(team, none, sql`${isPending} and mine.released is not null`)

const dissolution = {
  plain: plainLosses(dissolving),
  seen: seenLosses(dissolving, anybody),
}

const deletionStatements: readonly Statement[] = [
  captureDeletion,
  statement(
    () => sql`
    update ${overlays} set state = 'held', hold_id = ${openHold}, version = version + 1
    where ${drifting} and ${overlays.change} = 'remove' and ${isCaptured}`,
  ),
  statement(() =>
    memberEvents(
      'remove',
      sql`select ${overlays.teamId} as team_id, ${overlays.userId} as user_id from ${overlays}
        where ${drifting} and ${overlays.change} = 'remove'`,
    ),
  ),
  statement(() => sql`delete from ${overlays} where ${drifting} and ${overlays.change} = 'remove'`),
  statement(
    () => sql`
    delete from ${overlays} where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ${team}
      and ${overlays.userId} = '' and ${overlays.state} = 'drift' and ${overlays.released} is not null`,
  ),
]

const forgetUnknown = statement(
  () => sql`
  delete from ${overlays} where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ${team}
    and ${overlays.userId} = '' and ${overlays.released} is null`,
)

/** Around the deletion of a team. */
export function guardTeamDeletion(
  database: D1Database,
  credential: Credential,
  context: GuardContext,
  teamId: string,
): SurroundingStatements {
  const isHolding = mayHold(credential) || context.holdsLosses
  const { settings } = credential
  const isLosing = isWatched(settings) && settings.guard.teams === 'apply'
  if (!isHolding && !isLosing) return noSurrounding
  const values = { ...guardValues(credential, context), teamId }
  const found = isHolding ? dissolution.seen : dissolution.plain
  const guards = isLosing && !context.holdsLosses ? [found.guard] : []
  const before = [...guards, ...(isLosing ? found.count : [])]
  const bind = (make: Statement) => make(database, values)
  if (!isHolding) return { before: before.map(bind), after: [] }
  return {
    before: [
      ...before.map(bind),
      markBatchStart(database, values),
      ...deletionStatements.map(bind),
    ],
    after: [
      ...withholdEvents(database, values),
      forgetUnknown(database, values),
      ...openHolds(database, values),
    ],
  }
}
