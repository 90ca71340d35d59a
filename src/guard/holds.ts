/** Holds as the operator sees them: what waits, of whom, and why. Reads only. */
import { sql, type SQL } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import type { JsonObject } from '../scim/json'
import { readBatch, type Refusal } from '../database/batch'
import type { Cause } from '../events/append'
import { overlays, holds } from '../database/schema/guard'
import { statement, tenant, value } from '../database/statement'
import { objectOf, textOrNull, type Row } from '../database/row'
import { teams, users } from '../database/schema/directory'

export type HoldReason = 'losses' | 'review' | 'protected'

export interface Hold {
  readonly id: string
  readonly reason: HoldReason
  readonly openedAt: number
  /** Null while it is open. */
  readonly closedAt: number | null
  readonly cause: Cause
  /** Of how many people something waits, and of how many teams. */
  readonly people: number
  readonly teams: number
  /** How many changes wait, were released, were discarded. */
  readonly waiting: number
  readonly released: number
  readonly discarded: number
}

/** One change that waits, or that was discarded and stays undone. */
export interface HeldChange {
  readonly kind: 'user' | 'team' | 'member'
  readonly change: 'add' | 'remove' | null
  readonly state: 'held' | 'drift'
  /** Empty for a person. */
  readonly teamId: string
  /** Empty for a team. */
  readonly userId: string
  readonly userName: string | null
  readonly teamName: string | null
  readonly reason: HoldReason
  readonly cause: Cause
  readonly at: number
  readonly version: number
  /** What the application sees; undefined when it does not know the resource. */
  readonly released: JsonObject | undefined
  /** What the directory has, and in which version; undefined when it is gone. */
  readonly directory: JsonObject | undefined
  readonly directoryVersion: number | null
}

/** Which of the changes are meant: all, or those of some people and teams. */
export interface Selection {
  /** Undefined for the changes that were discarded, of whatever hold. */
  readonly holdId: string | undefined
  readonly some:
    | { readonly people: readonly string[]; readonly teams: readonly string[] }
    | undefined
}

export function selectionValues(tenantId: number, { holdId, some }: Selection) {
  return {
    tenantId,
    holdId: holdId ?? null,
    isAll: some === undefined ? 1 : 0,
    people: JSON.stringify(some?.people ?? []),
    teams: JSON.stringify(some?.teams ?? []),
  }
}

/** Rows of `held`, as `row`, that a selection means. */
export const isSelected: SQL = sql`row.tenant_id = ${tenant}
  and (${value('holdId')} is null and row.state = 'drift'
    or row.hold_id = ${value('holdId')} and row.state = 'held')
  and (${value('isAll')} = 1
    or row.user_id in (select value from json_each(${value('people')}))
    or row.team_id in (select value from json_each(${value('teams')})))`

const numbers = sql`
  (select count(distinct row.user_id) from ${overlays} as row where row.tenant_id = ${tenant}
    and row.hold_id = ${holds.id} and row.state = 'held' and row.user_id <> '') as people,
  (select count(distinct row.team_id) from ${overlays} as row where row.tenant_id = ${tenant}
    and row.hold_id = ${holds.id} and row.state = 'held' and row.team_id <> '') as teams,
  (select count(*) from ${overlays} as row where row.tenant_id = ${tenant}
    and row.hold_id = ${holds.id} and row.state = 'held') as waiting`

const selectHolds = statement(
  () => sql`
  select ${holds}.*, ${numbers} from ${holds} where ${holds.tenantId} = ${tenant}
  order by ${holds.closedAt} is not null, ${holds.openedAt} desc, ${holds.id} limit 100`,
)

export const selectHold = statement(
  () => sql`
  select ${holds}.*, ${numbers} from ${holds}
  where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')}`,
)

const shownColumns = sql`row.*,
  coalesce(person.attributes ->> '$.userName', case when row.kind = 'user'
    then row.released ->> '$.userName' end, (select gone.released ->> '$.userName'
      from ${overlays} as gone where gone.tenant_id = row.tenant_id and gone.team_id = ''
        and gone.user_id = row.user_id)) as user_name,
  coalesce(team.attributes ->> '$.displayName', (select gone.released ->> '$.displayName'
    from ${overlays} as gone where gone.tenant_id = row.tenant_id and gone.team_id = row.team_id
      and gone.user_id = '')) as team_name,
  case row.kind when 'user' then person.attributes when 'team' then team.attributes end as directory,
  case row.kind when 'user' then person.version when 'team' then team.version end as directory_version`

const withDirectory = sql`
  left join ${users} as person on person.tenant_id = row.tenant_id and person.id = row.user_id
  left join ${teams} as team on team.tenant_id = row.tenant_id and team.id = row.team_id`

const page = sql`and (row.team_id, row.user_id) > (${value('afterTeam')}, ${value('afterUser')})
  order by row.team_id, row.user_id limit ${value('limit')}`

const selectPage = statement(
  () => sql`
  select ${shownColumns} from ${overlays} as row ${withDirectory} where ${isSelected} ${page}`,
)

/**
 * The same with what follows: who is deleted leaves the teams that the operator let them stay in,
 * and nobody can join a team that the application does not know.
 */
const selectWhole = statement(
  () => sql`
  with chosen as materialized (
    select row.team_id, row.user_id, row.kind, row.released from ${overlays} as row where ${isSelected}),
  gone as materialized (
    select chosen.team_id, chosen.user_id from chosen where chosen.kind = 'user'
      and not exists (select 1 from ${users} as person
        where person.tenant_id = ${tenant} and person.id = chosen.user_id)
    union all
    select chosen.team_id, chosen.user_id from chosen where chosen.kind = 'team'
      and not exists (select 1 from ${teams} as team
        where team.tenant_id = ${tenant} and team.id = chosen.team_id)),
  whole as materialized (
    select team_id, user_id from chosen
    union
    select row.team_id, row.user_id from gone cross join ${overlays} as row
      on row.tenant_id = ${tenant} and row.user_id = gone.user_id
      where gone.team_id = '' and row.kind = 'member'
    union
    select row.team_id, row.user_id from gone cross join ${overlays} as row
      on row.tenant_id = ${tenant} and row.team_id = gone.team_id
      where gone.user_id = '' and row.kind = 'member')
  select ${shownColumns} from whole cross join ${overlays} as row
    on row.tenant_id = ${tenant} and row.team_id = whole.team_id and row.user_id = whole.user_id
  ${withDirectory}
  where not (row.kind = 'member' and row.change = 'add' and exists (
    select 1 from ${overlays} as unknown where unknown.tenant_id = ${tenant}
      and unknown.team_id = row.team_id and unknown.user_id = '' and unknown.released is null
      and not exists (select 1 from chosen
        where chosen.team_id = row.team_id and chosen.user_id = ''))) ${page}`,
)

/** The latest hundred holds, what is open first. */
export async function listHolds(
  database: D1Database,
  tenantId: number,
): Promise<Result<Hold[], Refusal>> {
  const outcome = await readBatch(database, [selectHolds(database, { tenantId })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(holdOf)) : outcome
}

export async function findHold(
  database: D1Database,
  tenantId: number,
  holdId: string,
): Promise<Result<Hold, Refusal>> {
  const outcome = await readBatch(database, [selectHold(database, { tenantId, holdId })])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return row ? ok(holdOf(row)) : err({ kind: 'target' })
}

export interface Place {
  readonly teamId: string
  readonly userId: string
}

/** Before all rows. */
export const start: Place = { teamId: '', userId: '' }

/** What a selection means, in the order of teams and people. */
export async function readChanges(
  database: D1Database,
  tenantId: number,
  selection: Selection,
  {
    after,
    limit,
    isWhole,
  }: { readonly after: Place; readonly limit: number; readonly isWhole: boolean },
): Promise<Result<HeldChange[], Refusal>> {
  const values = {
    ...selectionValues(tenantId, selection),
    afterTeam: after.teamId,
    afterUser: after.userId,
    limit,
  }
  const select = isWhole ? selectWhole : selectPage
  const outcome = await readBatch(database, [select(database, values)])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(changeOf)) : outcome
}

export function holdOf(row: Row): Hold {
  return {
    id: String(row['id']),
    reason: row['reason'] as HoldReason,
    openedAt: Number(row['opened_at']),
    closedAt: row['closed_at'] === null ? null : Number(row['closed_at']),
    cause: JSON.parse(String(row['cause'])) as Cause,
    people: Number(row['people']),
    teams: Number(row['teams']),
    waiting: Number(row['waiting']),
    released: Number(row['released']),
    discarded: Number(row['discarded']),
  }
}

function changeOf(row: Row): HeldChange {
  return {
    kind: row['kind'] as HeldChange['kind'],
    change: row['change'] as HeldChange['change'],
    state: row['state'] as HeldChange['state'],
    teamId: String(row['team_id']),
    userId: String(row['user_id']),
    userName: textOrNull(row['user_name']),
    teamName: textOrNull(row['team_name']),
    reason: row['reason'] as HoldReason,
    cause: JSON.parse(String(row['cause'])) as Cause,
    at: Number(row['at']),
    version: Number(row['version']),
    released: objectOf(row['released']),
    directory: objectOf(row['directory']),
    directoryVersion: row['directory_version'] === null ? null : Number(row['directory_version']),
  }
}
