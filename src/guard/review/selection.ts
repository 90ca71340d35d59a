/** Selections of changes: by themselves, by people and teams, by a filter, or by a release of them. */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { fold } from '../../scim/filter/match'
import { teams, users } from '../../database/schema/directory'
import { overlays, protectedPeople, releaseChanges } from '../../database/schema/guard'
import { tenant, value } from '../../database/statement'
import { plainSql } from '../../database/plain-spelling'
import { plain } from '../../scim/text/spelling'
import { overlay } from '../names/linked'

/** Place in the order of changes: that of teams and people. */
export interface Place {
  /** Empty for a person. */
  readonly teamId: string
  /** Empty for a team. */
  readonly userId: string
}

/** Place before all changes. */
export const start: Place = { teamId: '', userId: '' }

/** Kinds of changes that a filter knows. */
export const filterKinds = ['all', 'people', 'leaves', 'joins', 'teams', 'protected'] as const

export interface Filter {
  /** Part of the name of a person or a team, in any case; empty for all. */
  readonly search: string
  readonly kind: (typeof filterKinds)[number]
}

export const noFilter: Filter = { search: '', kind: 'all' }

/** Changes that are named: by themselves, or all of some people and teams. */
export interface Named {
  readonly people: readonly string[]
  readonly teams: readonly string[]
  readonly changes?: readonly Place[]
}

/** Changes of a hold: all, or those that are named; of these, those that fit a filter. */
export interface Selection {
  /** Undefined for the discarded changes of all holds. */
  readonly holdId: string | undefined
  readonly some: Named | undefined
  readonly filter?: Filter | undefined
  /** Those of a release that have not changed since. */
  readonly releaseId?: string | undefined
}

export function selectionValues(tenantId: number, selection: Selection) {
  const { holdId, some, filter = noFilter, releaseId } = selection
  return {
    tenantId,
    holdId: holdId ?? null,
    isAll: some === undefined ? 1 : 0,
    people: JSON.stringify(some?.people ?? []),
    teams: JSON.stringify(some?.teams ?? []),
    changes: JSON.stringify((some?.changes ?? []).map(({ teamId, userId }) => [teamId, userId])),
    search: plain(fold(filter.search)),
    kind: filter.kind,
    releaseId: releaseId ?? null,
  }
}

const named = alias(overlays, 'named')
const person = alias(users, 'person')
const group = alias(teams, 'group_found')

const contains = (folded: SQLWrapper) => sql`instr(${plainSql(folded)}, ${value('search')}) > 0`

/** Names are compared folded, in their plain spelling; only those of somebody who is gone have to be folded here, as SQLite does. */
const fitsSearch = sql`(${value('search')} = ''
  or exists (select 1 from ${users} as ${person} where ${person.tenantId} = ${tenant}
    and ${person.id} = ${overlay.userId}
    and (${contains(person.userName)} or ${contains(person.displayName)}))
  or exists (select 1 from ${teams} as ${group} where ${group.tenantId} = ${tenant}
    and ${group.id} = ${overlay.teamId} and ${contains(group.nameKey)})
  or exists (select 1 from ${overlays} as ${named} where ${named.tenantId} = ${tenant}
    and (${named.teamId} = '' and ${named.userId} = ${overlay.userId} and ${overlay.userId} <> ''
      or ${named.userId} = '' and ${named.teamId} = ${overlay.teamId} and ${overlay.teamId} <> '')
    and (${contains(named.name)}
      or ${contains(sql`lower(${named.released} ->> '$.displayName')`)})))`

/** Condition that `overlay` is of a person whose loss always waits. */
export const isOfProtected = sql`(${overlay.reason} = 'protected' or ${overlay.userId} <> ''
  and exists (select 1 from ${protectedPeople} where ${protectedPeople.tenantId} = ${tenant}
    and ${protectedPeople.userId} = ${overlay.userId}))`

const fitsKind = sql`case ${value('kind')} when 'all' then 1
  when 'people' then ${overlay.kind} = 'user'
  when 'teams' then ${overlay.kind} = 'team'
  when 'leaves' then ${overlay.kind} = 'member' and ${overlay.change} = 'remove'
  when 'joins' then ${overlay.kind} = 'member' and ${overlay.change} = 'add'
  else ${isOfProtected} end`

const isOfRelease = sql`(${value('releaseId')} is null or exists (
  select 1 from ${releaseChanges} where ${releaseChanges.tenantId} = ${tenant}
    and ${releaseChanges.teamId} = ${overlay.teamId}
    and ${releaseChanges.userId} = ${overlay.userId}
    and ${releaseChanges.releaseId} = ${value('releaseId')}
    and ${releaseChanges.version} = ${overlay.version}))`

/** Condition that `overlay` is in a selection. */
export const isSelected: SQL = sql`${overlay.tenantId} = ${tenant}
  and (${value('holdId')} is null and ${overlay.state} = 'drift'
    or ${overlay.holdId} = ${value('holdId')} and ${overlay.state} = 'held')
  and (${value('isAll')} = 1
    or ${overlay.userId} in (select value from json_each(${value('people')}))
    or ${overlay.teamId} in (select value from json_each(${value('teams')}))
    or (${overlay.teamId}, ${overlay.userId}) in (
      select value ->> 0, value ->> 1 from json_each(${value('changes')})))
  and ${fitsKind} and ${fitsSearch} and ${isOfRelease}`
