/** What a batch wants to be so. A batch can't branch; what it can do is stop, and say why. */
import { sql, type SQL } from 'drizzle-orm'
import { value } from './statement'
import { teams, tenants, tokens } from './tables'

export type Condition = 'credential' | 'target' | 'version' | 'members'

/** A token that holds: neither revoked nor expired. */
export const isValidToken = sql`${tokens.hash} = ${value('hash')} and ${tokens.revokedAt} is null
  and (${tokens.expiresAt} is null or ${tokens.expiresAt} > ${value('now')})`

const credentialHolds = sql`exists (
  select 1 from ${tokens} join ${tenants} on ${tenants.id} = ${tokens.tenantId}
  where ${isValidToken} and ${tenants.enabled} = 1
    and ${tenants.id} = ${value('tenantId')} and ${tenants.revision} = ${value('revision')})`

const hasTarget = sql`exists (select 1 from ${teams}
  where ${teams.tenantId} = ${value('tenantId')} and ${teams.id} = ${value('teamId')})`

/** Whatever the version, when none is wanted. */
const hasVersion = sql`(${value('version')} is null or exists (select 1 from ${teams}
  where ${teams.tenantId} = ${value('tenantId')} and ${teams.id} = ${value('teamId')}
    and ${teams.version} = ${value('version')}))`

/**
 * `case` branches that stop the batch. Reading JSON by a path that is none fails, and the error
 * quotes the path: `store/database.ts` reads the name of the condition from it.
 */
export function orStop(holds: SQL, name: Condition): SQL {
  return sql`when not (${holds}) then json_extract('{}', ${sql.raw(`'guard_${name}'`)})`
}

/** 1, or the end of the batch: the token and the settings that a request was checked with hold. */
export const ifCredential = sql`case ${orStop(credentialHolds, 'credential')} else 1 end`

/**
 * A condition as the first table of a query: `from ${allowing(…)} left join … where ${isAllowed}`.
 * It is asked first, even where the rest finds nothing. An inner join would do as well, but for
 * SQLite's short cut past a table that is empty.
 */
export function allowing(condition: SQL): SQL {
  return sql`(select ${condition} as is_allowed) as allowed`
}

export const isAllowed = sql`allowed.is_allowed`

/** The same, and there is the team, with the version that was read. */
export const ifTeam = sql`case ${orStop(credentialHolds, 'credential')}
  ${orStop(hasTarget, 'target')} ${orStop(hasVersion, 'version')} else 1 end`

/** The same, and one thing more. */
export function ifTeamAnd(holds: SQL, name: Condition): SQL {
  return sql`case ${orStop(credentialHolds, 'credential')} ${orStop(hasTarget, 'target')}
    ${orStop(hasVersion, 'version')} ${orStop(holds, name)} else 1 end`
}

export function ifCredentialAnd(holds: SQL, name: Condition): SQL {
  return sql`case ${orStop(credentialHolds, 'credential')} ${orStop(holds, name)} else 1 end`
}
