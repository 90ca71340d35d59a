/**
 * Holding back: what all batches of a tenant that may hold something have in common. Each consists
 * of statements before the change, the change as everybody makes it, and statements that settle it:
 * events of what is held go again, and rows of `held` say what the application still sees.
 * See docs/decisions/0008-holding-is-an-overlay.md.
 */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { fold } from '../scim/filter/match'
import type { Credential } from '../tokens/credential'
import { runBatch, type Answers, type Part, type Refusal } from '../database/batch'
import { eventColumns, lastSeq, type Cause } from '../events/append'
import { overlays, holds, batchMarks } from '../database/schema/guard'
import { lossValues } from './loss-window'
import {
  columns,
  statement,
  tenant,
  value,
  type Statement,
  type Values,
  type BoundStatement,
} from '../database/statement'
import { teams, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

/** Statements around those of a change, in the same batch. */
export interface SurroundingStatements {
  readonly before: readonly BoundStatement[]
  readonly after: readonly BoundStatement[]
}

export const noSurrounding: SurroundingStatements = { before: [], after: [] }

/** Answers the rows of the statements that are wrapped. */
export async function runBetween<const Parts extends readonly Part[]>(
  database: D1Database,
  { before, after }: SurroundingStatements = noSurrounding,
  parts: Parts,
): Promise<Result<Answers<Parts>, Refusal>> {
  const all: readonly Part[] = [...before, ...parts, ...after]
  const outcome = await runBatch(database, all)
  if (!outcome.ok) return outcome
  const own = outcome.value.slice(before.length, before.length + parts.length)
  return ok(own as unknown as Answers<Parts>)
}

/** What every guarded batch is known by. */
export interface GuardContext {
  readonly cause: Cause
  readonly now: number
  /** True after a batch was refused because more people would be lost than may be. */
  readonly holdsLosses: boolean
}

/** True for a tenant whose batches have to look at what is held. All others pay nothing. */
export function mayHold({ isHolding, settings }: Credential): boolean {
  return isHolding || settings.guard.teams === 'review' || settings.guard.protected.length > 0
}

export function guardValues(credential: Credential, context: GuardContext) {
  const { guard } = credential.settings
  return {
    tenantId: credential.tenantId,
    now: context.now,
    cause: JSON.stringify(context.cause),
    holdId: crypto.randomUUID(),
    holdsLosses: context.holdsLosses ? 1 : 0,
    review: guard.teams === 'review' ? 1 : 0,
    protected: JSON.stringify(guard.protected.map(fold)),
    ...lossValues(credential.settings, context.now),
  }
}

/** The hold that is open, or the one that this batch opens. */
export const openHold = sql`coalesce((select ${holds.id} from ${holds}
  where ${holds.tenantId} = ${tenant} and ${holds.closedAt} is null), ${value('holdId')})`

export const overlayColumns = columns(
  overlays.tenantId,
  overlays.teamId,
  overlays.userId,
  overlays.kind,
  overlays.change,
  overlays.released,
  overlays.state,
  overlays.holdId,
  overlays.reason,
  overlays.cause,
  overlays.at,
  overlays.version,
)

/** A row that is there already keeps what the application sees. */
export const pendingAgain = sql`on conflict do update set state = 'held',
  hold_id = excluded.hold_id, cause = excluded.cause, at = excluded.at, version = version + 1,
  reason = case when ${overlays.state} = 'held' then ${overlays.reason} else excluded.reason end`

/** Whether there is a row of a subject, and more about it as `mine`. */
export function isOverlaid(teamId: SQL, userId: SQL, more: SQL = sql`true`): SQL {
  return sql`exists (select 1 from ${overlays} as mine where mine.tenant_id = ${tenant}
    and mine.team_id = ${teamId} and mine.user_id = ${userId} and ${more})`
}

export const none = sql`''`
export const isPending = sql`mine.state = 'held'`

/** Whether the application sees the user, a row of `users`, as active. */
export function isSeenActive(person: SQL): SQL {
  return sql`coalesce((select mine.released ->> '$.active' from ${overlays} as mine
    where mine.tenant_id = ${tenant} and mine.team_id = '' and mine.user_id = ${person}.id),
    ${person}.attributes ->> '$.active', 1) <> 0`
}

export function isProtected(person: SQL): SQL {
  return sql`${person}.user_name in (select value from json_each(${value('protected')}))`
}

/** Why the loss of a person is held. */
export function reasonOf(person: SQL): SQL {
  return sql`case when ${isProtected(person)} then 'protected' else 'losses' end`
}

/** Whether a membership that starts (`add`) or ends (`remove`) has to wait. */
export function hasToWait(change: SQL, teamId: SQL, userId: SQL): SQL {
  return sql`(${value('review')} = 1
    or ${isOverlaid(teamId, none, sql`mine.released is null`)}
    or ${change} = 'remove' and (
      ${isOverlaid(none, userId, isPending)}
      or ${isOverlaid(teamId, none, isPending)} and not exists (select 1 from ${teams} as present
        where present.tenant_id = ${tenant} and present.id = ${teamId})
      or exists (select 1 from ${users} as person
        where person.tenant_id = ${tenant} and person.id = ${userId}
          and (${isProtected(sql`person`)}
            or ${value('holdsLosses')} = 1 and ${isSeenActive(sql`person`)}))))`
}

/** Why a membership waits. */
export function memberReason(userId: SQL): SQL {
  return sql`case when ${value('review')} = 1 then 'review' else coalesce((
    select ${reasonOf(sql`person`)} from ${users} as person
    where person.tenant_id = ${tenant} and person.id = ${userId}), 'losses') end`
}

/** Events of memberships that `rows` (with `team_id` and `user_id`) name, as the application knows them. */
export function memberEvents(change: 'add' | 'remove', rows: SQL): SQL {
  const shown = sql`json_object('value', moved.user_id, 'userName', coalesce(
    (select mine.released ->> '$.userName' from ${overlays} as mine where mine.tenant_id = ${tenant}
      and mine.team_id = '' and mine.user_id = moved.user_id),
    (select person.attributes ->> '$.userName' from ${users} as person
      where person.tenant_id = ${tenant} and person.id = moved.user_id)))`
  const members =
    change === 'add'
      ? sql`json_object('before', null, 'after', ${shown})`
      : sql`json_object('before', ${shown}, 'after', null)`
  return sql`
    insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + row_number() over (order by moved.team_id, moved.user_id),
      ${change === 'add' ? sql`'team.member_added'` : sql`'team.member_removed'`}, moved.team_id,
      moved.user_id, ${value('now')}, json_object('id', moved.team_id, 'displayName', coalesce(
        (select mine.released ->> '$.displayName' from ${overlays} as mine
          where mine.tenant_id = ${tenant} and mine.team_id = moved.team_id and mine.user_id = ''),
        (select team.attributes ->> '$.displayName' from ${teams} as team
          where team.tenant_id = ${tenant} and team.id = moved.team_id))),
      json_object('members', ${members}), ${value('cause')}
    from (${rows}) as moved`
}

const markStart = statement(
  () => sql`
  insert into ${batchMarks} (${columns(batchMarks.tenantId, batchMarks.seq)})
  values (${tenant}, ${lastSeq}) on conflict do update set seq = excluded.seq`,
)

/** First of all statements that write events: what follows is of this batch. */
export function markBatchStart(database: D1Database, values: Values): BoundStatement {
  return markStart(database, values)
}

const ofThisBatch = sql`event.tenant_id = ${tenant} and event.seq > (
  select ${batchMarks.seq} from ${batchMarks} where ${batchMarks.tenantId} = ${tenant})`

const eventChange = sql`case event.type when 'team.member_added' then 'add' else 'remove' end`
const eventTeam = sql`event.resource_id`
const eventUser = sql`event.member_id`

/** A team that the application does not know, by the operator's word: so are its new members. */
const memberState = sql`coalesce((select mine.state from ${overlays} as mine
  where mine.tenant_id = ${tenant} and mine.team_id = event.resource_id and mine.user_id = ''
    and mine.released is null), 'held')`

const withholdStatements: readonly Statement[] = [
  // Memberships that have to wait.
  () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, event.resource_id, event.member_id, 'member', ${eventChange}, null,
      ${memberState}, ${openHold}, ${memberReason(eventUser)}, event.cause, event.at, 1
    from ${events} as event where ${ofThisBatch} and event.member_id is not null
      and not ${isOverlaid(eventTeam, eventUser)}
      and ${hasToWait(eventChange, eventTeam, eventUser)}
    on conflict do nothing`,
  // What is taken back before the application saw it never was.
  () => sql`update ${events} as event set type = 'void' where ${ofThisBatch}
    and event.member_id is not null
    and ${isOverlaid(eventTeam, eventUser, sql`mine.change <> ${eventChange}`)}`,
  () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and (${overlays.teamId}, ${overlays.userId}) in (select event.resource_id, event.member_id
      from ${events} as event where ${ofThisBatch} and event.type = 'void')`,
  () => sql`delete from ${events} as event where ${ofThisBatch} and (event.type = 'void'
    or event.member_id is not null and ${isOverlaid(eventTeam, eventUser)}
    or event.member_id is null and event.type in ('team.created', 'team.renamed', 'team.updated',
      'team.deleted') and ${isOverlaid(eventTeam, none)}
    or event.type = 'user.deleted' and ${isOverlaid(none, eventTeam)})`,
  // Numbers without gaps, by way of negative ones: no two rows may share a number meanwhile.
  () => sql`update ${events} set seq = -renumbered.seq
    from (select event.seq as old, row_number() over (order by event.seq) + (
        select ${batchMarks.seq} from ${batchMarks} where ${batchMarks.tenantId} = ${tenant}) as seq
      from ${events} as event where ${ofThisBatch}) as renumbered
    where ${events.tenantId} = ${tenant} and ${events.seq} = renumbered.old
      and renumbered.old <> renumbered.seq`,
  () =>
    sql`update ${events} set seq = -seq where ${events.tenantId} = ${tenant} and ${events.seq} < 0`,
].map(statement)

/** Takes the events back that are held, and remembers what they told. */
export function withholdEvents(database: D1Database, values: Values): BoundStatement[] {
  return withholdStatements.map((make) => make(database, values))
}

const isOfHold = sql`${overlays.tenantId} = ${tenant} and ${overlays.holdId} = ${value('holdId')}`

/** The event belongs to the statement before it: a batch that is repeated opens nothing twice. */
const openStatements: readonly Statement[] = [
  () => sql`insert into ${holds} (${columns(
    holds.tenantId,
    holds.id,
    holds.openedAt,
    holds.reason,
    holds.cause,
    holds.released,
    holds.discarded,
  )})
    select ${tenant}, ${value('holdId')}, ${value('now')}, opened.reason, ${value('cause')}, 0, 0
    from (select min(${overlays.reason}) as reason from ${overlays}
      where ${isOfHold} and ${overlays.state} = 'held') as opened
    where opened.reason is not null on conflict do nothing`,
  () => sql`insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + 1, 'hold.opened', ${holds.id}, null, ${value('now')},
      json_object('id', ${holds.id}, 'reason', ${holds.reason}), '{}', ${value('cause')}
    from ${holds} where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')}
      and changes() > 0`,
].map(statement)

const rowsLeft = sql`exists (select 1 from ${overlays} where ${overlays.tenantId} = ${tenant})`

const closeStatements: readonly Statement[] = [
  () => sql`update ${holds} set closed_at = ${value('now')}
    where ${holds.tenantId} = ${tenant} and ${holds.closedAt} is null and not exists (
      select 1 from ${overlays} where ${overlays.tenantId} = ${tenant} and ${overlays.holdId} = ${holds.id}
        and ${overlays.state} = 'held')`,
  // Cached credentials that know it otherwise are refused from now on. The night takes it back:
  // a tenant that goes to and fro would refuse them again and again.
  () => sql`update ${tenants} set holding = 1, revision = revision + 1
    where ${tenants.id} = ${tenant} and ${tenants.holding} = 0 and ${rowsLeft}`,
].map(statement)

/** Tenants of which nothing is held any more need not look. */
export const clearHoldingFlags = statement(
  () => sql`
  update ${tenants} set holding = 0, revision = revision + 1
  where ${tenants.holding} = 1 and not exists (
    select 1 from ${overlays} where ${overlays.tenantId} = ${tenants.id})`,
)

/** Opens a hold when this batch has held something first. Last in every batch that may hold. */
export function openHolds(database: D1Database, values: Values): BoundStatement[] {
  return [...openStatements.map((make) => make(database, values)), ...closeHolds(database, values)]
}

/** Closes a hold in which nothing is left. */
export function closeHolds(database: D1Database, values: Values): BoundStatement[] {
  return closeStatements.map((make) => make(database, values))
}
