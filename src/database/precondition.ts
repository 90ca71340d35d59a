/** What a batch wants to be so. A batch can't branch; what it can do is stop, and say why. */
import { sql, type SQL } from 'drizzle-orm'
import { statement, tenant, value, type Statement } from './statement'
import { teams } from './schema/directory'
import { tenants, tokens } from './schema/tenants'

export type Condition = 'time' | 'credential' | 'target' | 'version' | 'members' | 'loss'

/** A token that holds: neither revoked nor expired. */
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

/** Whatever the version, when none is wanted. */
const hasVersion = sql`(${value('version')} is null or exists (select 1 from ${teams}
  where ${teams.tenantId} = ${tenant} and ${teams.id} = ${value('teamId')}
    and ${teams.version} = ${value('version')}))`

/**
 * A `case` branch that stops the batch. Reading JSON by a path that is none fails, and the error
 * quotes the path: `database/batch.ts` reads the name of the condition from it.
 */
export function forbid(fails: SQL, name: Condition): SQL {
  return sql`when ${fails} then json_extract('{}', ${sql.raw(`'guard_${name}'`)})`
}

/** The same for what has to hold. */
export function demand(holds: SQL, name: Condition): SQL {
  return forbid(sql`not (${holds})`, name)
}

/** What nobody waits for any more is not done late, over changes that were made since. */
const isInTime = sql`unixepoch('subsec') * 1000 < ${value('until')}`

/** In time, and the token and the settings that a request was checked with hold. */
export const requiredCredential = sql`${demand(isInTime, 'time')} ${demand(credentialHolds, 'credential')}`

/** The same, and there is the team. */
export const requiredTarget = sql`${requiredCredential} ${demand(hasTarget, 'target')}`

/** The same, with the version that was read. */
export const requiredTeam = sql`${requiredTarget} ${demand(hasVersion, 'version')}`

function unlessStopped(stops: readonly SQL[], result: unknown): SQL {
  return sql`case ${sql.join([...stops], sql` `)} else ${result} end`
}

/** 1, or the end of the batch. */
export function allOf(...stops: readonly SQL[]): SQL {
  return unlessStopped(stops, sql`1`)
}

/** A statement that does nothing but stop the batch. */
export function preconditionStatement(stop: SQL): Statement {
  return statement(() => sql`select ${allOf(stop)} as is_allowed`)
}

export const credentialIsRequired = allOf(requiredCredential)

/**
 * The tenant, or the end of the batch. A statement on one table `where tenant_id = ${tenantIf(…)}`
 * asks before it looks for anything, and takes less to plan than one with a join.
 */
export function tenantRequiring(...stops: readonly SQL[]): SQL {
  return unlessStopped(stops, tenant)
}

/**
 * A condition as the first table of a query: `from ${allowing(…)} left join … where ${isAllowed}`.
 * It is asked first, even where the rest finds nothing. An inner join would do as well, but for
 * SQLite's short cut past a table that is empty.
 */
export function requiring(condition: SQL): SQL {
  return sql`(select ${condition} as is_allowed) as allowed`
}

export const isMet = sql`allowed.is_allowed`
