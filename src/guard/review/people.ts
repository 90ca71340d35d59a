/** The changes of a hold by person, or by team where they are about nobody: pages of them. Reads only. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { rowsPerRead } from '../../limits'
import { ok, type Result } from '../../result'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList, flag } from '../../database/field'
import { teams, users } from '../../database/schema/directory'
import { overlays } from '../../database/schema/guard'
import { query, tenant, value } from '../../database/statement'
import { readChanges, type HeldChange } from '../changes'
import { overlay } from '../names/linked'
import { isOfProtected, isSelected, selectionValues, start, type Selection } from './selection'

/** Orders of a list: by name, by the time of the first change, by the number of changes. */
export const orders = ['name', 'since', 'changes'] as const

export interface PeoplePage {
  readonly order: (typeof orders)[number]
  /** 1 or more. */
  readonly page: number
  readonly size: number
}

/** A person with changes that wait, or a team with changes of its own. */
export interface Subject {
  /** Empty for a team. */
  readonly userId: string
  /** Empty for a person. */
  readonly teamId: string
  readonly name: string | null
  /** True when something of the person is in the directory. */
  readonly isInDirectory: boolean
  readonly isProtected: boolean
  /** Milliseconds since 1970. */
  readonly since: number
  readonly changes: readonly HeldChange[]
  /** Number of all changes that fit; at most 2,000 of a page are shown. */
  readonly count: number
}

export interface PeopleList {
  readonly subjects: readonly Subject[]
  /** Numbers of all that fit the filter. */
  readonly total: number
  readonly people: number
  readonly changes: number
}

const user = alias(users, 'user')
const team = alias(teams, 'team')
const seen = alias(overlays, 'seen')

const subject = {
  userId: sql<string>`subject.person_key`,
  teamId: sql<string>`subject.group_key`,
  name: sql<string | null>`subject.name`,
  isInDirectory: flag(sql`subject.is_known`),
  isProtected: flag(sql`subject.is_protected`),
  since: sql<number>`subject.since`,
  count: sql<number>`subject.changes`,
  total: sql<number>`subject.total`,
  people: sql<number>`subject.people`,
  allChanges: sql<number>`subject.all_changes`,
}

/** Protected people come first. Names are of the directory, or else what the application sees. */
const selectSubjects = query(
  subject,
  (fields) => sql`
  with waiting as materialized (
    select ${overlay.userId} as person_key,
      iif(${overlay.userId} = '', ${overlay.teamId}, '') as group_key,
      count(*) as changes, min(${overlay.at}) as since, max(${isOfProtected}) as is_protected
    from ${overlays} as ${overlay} where ${isSelected} group by 1, 2),
  subject as materialized (
    select waiting.*, coalesce(${user.id}, ${team.id}) is not null as is_known, coalesce(
        ${user.attributes} ->> '$.userName', ${team.attributes} ->> '$.displayName',
        ${seen.released} ->> '$.userName', ${seen.released} ->> '$.displayName') as name,
      count(*) over () as total, count(nullif(person_key, '')) over () as people,
      sum(changes) over () as all_changes
    from waiting
    left join ${users} as ${user} on ${user.tenantId} = ${tenant} and ${user.id} = person_key
    left join ${teams} as ${team} on ${team.tenantId} = ${tenant} and ${team.id} = group_key
    left join ${overlays} as ${seen} on ${seen.tenantId} = ${tenant}
      and ${seen.teamId} = group_key and ${seen.userId} = person_key)
  select ${fieldList(fields)} from subject
  order by is_protected desc,
    case ${value('order')} when 'since' then since when 'changes' then -changes end,
    lower(name), person_key, group_key
  limit ${value('limit')} offset ${value('offset')}`,
)

/** A page of the people and teams of a selection, each with the changes that fit. */
export async function listPeople(
  database: D1Database,
  tenantId: number,
  selection: Selection,
  { order, page, size }: PeoplePage,
): Promise<Result<PeopleList, Refusal>> {
  const values = selectionValues(tenantId, selection)
  const read = await readBatch(database, [
    selectSubjects(database, { ...values, order, limit: size, offset: (page - 1) * size }),
  ])
  if (!read.ok) return read
  const [found] = read.value
  const [first] = found
  if (!first) return ok({ subjects: [], total: 0, people: 0, changes: 0 })
  const some = {
    people: found.flatMap(({ userId }) => (userId === '' ? [] : [userId])),
    teams: [],
    changes: found.flatMap(({ teamId, userId }) => (userId === '' ? [{ teamId, userId }] : [])),
  }
  const options = { after: start, limit: rowsPerRead.changes }
  const changes = await readChanges(database, tenantId, { ...selection, some }, options)
  if (!changes.ok) return changes
  const byKey = Map.groupBy(changes.value, ({ userId, teamId }) =>
    userId === '' ? `/${teamId}` : userId,
  )
  return ok({
    subjects: found.map((one) => ({
      ...one,
      changes: byKey.get(one.userId === '' ? `/${one.teamId}` : one.userId) ?? [],
    })),
    total: first.total,
    people: first.people,
    changes: first.allChanges,
  })
}
