/** Changes that wait, as pages about something else show them: by person or team, the latest, of the deleted. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../../result'
import { fold } from '../../scim/filter/match'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList } from '../../database/field'
import { overlays } from '../../database/schema/guard'
import { query, tenant, value } from '../../database/statement'
import { plainSql } from '../../database/plain-spelling'
import { plain } from '../../scim/text/spelling'
import { headsWithCause, team, user, wholeFields, withDirectory, type HeldChange } from '../changes'
import { overlay } from '../names/linked'

const selectAbout = query(
  wholeFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${overlay.tenantId} = ${tenant}
    and (${overlay.teamId} = ${value('id')} or ${overlay.userId} = ${value('id')})
  order by ${overlay.kind} = 'member', ${overlay.at} desc limit ${value('limit')}`,
)

/** Changes of a person or a team, in whatever state: its own first and whole, at most `limit`. */
export async function readAbout(
  database: D1Database,
  tenantId: number,
  id: string,
  limit: number,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const outcome = await readBatch(database, [selectAbout(database, { tenantId, id, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const selectLatest = query(
  headsWithCause,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${overlay.tenantId} = ${tenant} and ${overlay.state} = 'held'
  order by ${overlay.at} desc, ${overlay.teamId}, ${overlay.userId} limit ${value('limit')}`,
)

/** The latest changes that wait. */
export async function readLatest(
  database: D1Database,
  tenantId: number,
  limit: number,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const outcome = await readBatch(database, [selectLatest(database, { tenantId, limit })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const selectGone = query(
  headsWithCause,
  (fields) => sql`
  select ${fieldList(fields)} from ${overlays} as ${overlay} ${withDirectory}
  where ${overlay.tenantId} = ${tenant} and ${overlay.kind} = ${value('kind')}
    and ${overlay.released} is not null and coalesce(${user.id}, ${team.id}) is null
    and (${value('search')} = '' or instr(${plainSql(sql`coalesce(${overlay.name}, '')
      || ' ' || lower(coalesce(${overlay.released} ->> '$.displayName', ''))`)}, ${value('search')}) > 0)
  order by ${overlay.name} limit ${value('limit')}`,
)

/** People (`user`) or teams that the directory does not have any more, and the application still has. */
export async function readGone(
  database: D1Database,
  tenantId: number,
  kind: 'user' | 'team',
  search: string,
  limit: number,
): Promise<Result<readonly HeldChange[], Refusal>> {
  const values = { tenantId, kind, search: plain(fold(search)), limit }
  const outcome = await readBatch(database, [selectGone(database, values)])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

const first = alias(overlays, 'first')

const selectOfTeams = query(
  headsWithCause,
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('ids')}) as wanted
  cross join ${overlays} as ${overlay} on ${overlay.tenantId} = ${tenant}
    and ${overlay.teamId} = wanted.value and ${overlay.userId} = (
      select ${first.userId} from ${overlays} as ${first} where ${first.tenantId} = ${tenant}
        and ${first.teamId} = wanted.value and ${first.userId} <> '' and ${first.state} = 'held'
      limit 1)
  ${withDirectory}`,
)

/** Of each team one change of who is in it that waits; none of the others. */
export async function readOfTeams(
  database: D1Database,
  tenantId: number,
  teamIds: readonly string[],
): Promise<Result<readonly HeldChange[], Refusal>> {
  const values = { tenantId, ids: JSON.stringify(teamIds) }
  const outcome = await readBatch(database, [selectOfTeams(database, values)])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}
