/** A whole selection of changes: with who waits together with it, and what follows when it is told. */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { rowsPerRead } from '../../limits'
import { ok, type Result } from '../../result'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList } from '../../database/field'
import { teams, users } from '../../database/schema/directory'
import { overlays } from '../../database/schema/guard'
import { query, tenant, value } from '../../database/statement'
import {
  headFields,
  page,
  partValues,
  readHeads,
  team,
  user,
  withDirectory,
  type Part,
  type PendingChange,
} from '../changes'
import { chosenWith, overlay } from '../names/linked'
import { isSelected, start, type Selection } from './selection'

const unknown = alias(overlays, 'unknown')

/** Condition that nobody can join: the application does not know a team or a person, and will not. */
function isUnknownAfter(teamId: SQL, userId: SQL): SQL {
  return sql`exists (select 1 from ${overlays} as ${unknown} where ${unknown.tenantId} = ${tenant}
    and ${unknown.teamId} = ${teamId} and ${unknown.userId} = ${userId} and ${unknown.released} is null
    and not exists (select 1 from chosen
      where chosen.team_key = ${teamId} and chosen.user_key = ${userId}))`
}

const noId = sql`''`

/**
 * A selection and who waits together with it. With the value `follows`, also what follows when it is
 * told: a person who is deleted leaves the teams in which the operator had kept the person, and nobody
 * joins a team that the application does not know.
 */
const wholeWith = (fields: SQL, joined: SQL) => sql`
  with recursive ${chosenWith(isSelected)},
  deleted as materialized (
    select chosen.team_key, chosen.user_key from chosen where chosen.subject = 'user'
      and not exists (select 1 from ${users} as ${user}
        where ${user.tenantId} = ${tenant} and ${user.id} = chosen.user_key)
    union all
    select chosen.team_key, chosen.user_key from chosen where chosen.subject = 'team'
      and not exists (select 1 from ${teams} as ${team}
        where ${team.tenantId} = ${tenant} and ${team.id} = chosen.team_key)),
  whole as materialized (
    select team_key, user_key from chosen
    union
    select ${overlay.teamId}, ${overlay.userId} from deleted cross join ${overlays} as ${overlay}
      on ${overlay.tenantId} = ${tenant} and ${overlay.userId} = deleted.user_key
      where ${value('follows')} = 1 and deleted.team_key = '' and ${overlay.kind} = 'member'
    union
    select ${overlay.teamId}, ${overlay.userId} from deleted cross join ${overlays} as ${overlay}
      on ${overlay.tenantId} = ${tenant} and ${overlay.teamId} = deleted.team_key
      where ${value('follows')} = 1 and deleted.user_key = '' and ${overlay.kind} = 'member')
  select ${fields} from whole cross join ${overlays} as ${overlay}
    on ${overlay.tenantId} = ${tenant} and ${overlay.teamId} = whole.team_key
      and ${overlay.userId} = whole.user_key
  ${joined}
  where not (${value('follows')} = 1 and ${overlay.kind} = 'member' and ${overlay.change} = 'add'
    and (${isUnknownAfter(sql`${overlay.teamId}`, noId)}
      or ${isUnknownAfter(noId, sql`${overlay.userId}`)})) ${page}`

const selectAll = query(headFields, (fields) => wholeWith(fieldList(fields), withDirectory))

const selectPlaces = query({ teamId: overlay.teamId, userId: overlay.userId }, (fields) =>
  wholeWith(fieldList(fields), sql``),
)

/**
 * All changes of a selection and who waits together with it, in order; with `follows` also the
 * memberships that end with a deletion. It is worked out once or, for more than a part, twice.
 */
export async function readAll(
  database: D1Database,
  tenantId: number,
  selection: Selection,
  { follows }: { readonly follows: boolean },
): Promise<Result<readonly PendingChange[], Refusal>> {
  const partSize = rowsPerRead.changes
  const valuesOf = (part: Part) => ({
    ...partValues(tenantId, selection, part),
    follows: follows ? 1 : 0,
  })
  const first = await readBatch(database, [
    selectAll(database, valuesOf({ after: start, limit: partSize })),
  ])
  if (!first.ok) return first
  const changes = [...first.value[0]]
  const last = changes.at(-1)
  if (!last || changes.length < partSize) return ok(changes)
  const others = await readBatch(database, [
    selectPlaces(database, valuesOf({ after: last, limit: -1 })),
  ])
  if (!others.ok) return others
  const [places] = others.value
  for (let next = 0; next < places.length; next += partSize) {
    const part = await readHeads(database, tenantId, places.slice(next, next + partSize))
    if (!part.ok) return part
    changes.push(...part.value)
  }
  return ok(changes)
}
