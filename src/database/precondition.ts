/**
 * Preconditions of a batch. A D1 batch cannot branch, so a failed precondition raises an error that
 * names it and rolls the batch back.
 */
import { sql, type SQL } from 'drizzle-orm'
import { fieldList } from './field'
import { query, tenant, value, type Statement } from './statement'
import { teams } from './schema/directory'
import { tenants, tokens } from './schema/tenants'

export type Condition = 'time' | 'credential' | 'target' | 'version' | 'members' | 'loss'

/** The token with the hash, while it is neither revoked nor expired. */
export const isValidToken = sql`${tokens.hash} = ${value('hash')} and ${tokens.revokedAt} is null
  and ifnull(${tokens.expiresAt} > ${value('now')}, 1)`

/** Two lookups in place of a join, which would take longer to plan than to carry out. */
const credentialHolds = sql`(
  exists (select 1 from ${tenants} where ${tenants.id} = ${tenant}
    and ${tenants.revision} = ${value('revision')} and ${tenants.enabled} = 1)
  and exists (select 1 from ${tokens} where ${isValidToken}
    and ${tokens.tenantId} = ${tenant}))`

const hasTarget = sql`exists (select 1 from ${teams}
  where ${teams.tenantId} = ${tenant} and ${teams.id} = ${value('teamId')})`

/** The version of the team; with null for the version, any. */
const hasVersion = sql`(${value('version')} is null or exists (select 1 from ${teams}
  where ${teams.tenantId} = ${tenant} and ${teams.id} = ${value('teamId')}
    and ${teams.version} = ${value('version')}))`

/**
 * A `case` branch that stops the batch if a condition fails. `json_extract` with an invalid path
 * raises an error that quotes the path; `database/batch.ts` reads the condition's name from it.
 */
export function forbid(fails: SQL, name: Condition): SQL {
  return sql`when ${fails} then json_extract('{}', ${sql.raw(`'guard_${name}'`)})`
}

/** A `case` branch that stops the batch unless a condition holds. */
export function demand(holds: SQL, name: Condition): SQL {
  return forbid(sql`not (${holds})`, name)
}

/** The time for which the Worker waits: no change is made late, over others made since. */
const isInTime = sql`unixepoch('subsec') * 1000 < ${value('until')}`

/** Branches for the time, the token, and the settings that the request was checked with. */
export const requiredCredential = sql`${demand(isInTime, 'time')} ${demand(credentialHolds, 'credential')}`

/** Branches for the credential, and for the team to exist. */
export const requiredTarget = sql`${requiredCredential} ${demand(hasTarget, 'target')}`

/** Branches for the credential, the team, and the version of it that was read. */
export const requiredTeam = sql`${requiredTarget} ${demand(hasVersion, 'version')}`

function unlessStopped<T>(stops: readonly SQL[], result: SQL<T>): SQL<T> {
  return sql<T>`case ${sql.join([...stops], sql` `)} else ${result} end`
}

/** 1, unless one of the branches stops the batch. */
export function allOf(...stops: readonly SQL[]): SQL<number> {
  return unlessStopped(stops, sql<number>`1`)
}

/** A statement that does nothing but check a precondition. */
export function preconditionStatement(stop: SQL): Statement<{ readonly isAllowed: number }> {
  return query({ isAllowed: allOf(stop) }, (fields) => sql`select ${fieldList(fields)}`)
}

export const credentialIsRequired = allOf(requiredCredential)

/**
 * The tenant, unless one of the branches stops the batch. A statement on one table
 * `where tenant_id = ${tenantRequiring(…)}` checks before it looks for anything, and takes less
 * to plan than one with a join.
 */
export function tenantRequiring(...stops: readonly SQL[]): SQL {
  return unlessStopped(stops, tenant)
}

/**
 * A condition as the first table of a query: `from ${requiring(…)} left join … where ${isMet}`.
 * It is checked first, even where the rest finds nothing. An inner join would do as well, but for
 * SQLite's short cut past a table that is empty.
 */
export function requiring(condition: SQL): SQL {
  return sql`(select ${condition} as is_allowed) as allowed`
}

export const isMet = sql`allowed.is_allowed`
