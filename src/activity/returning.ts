/** Inactive people whom an identity provider tries to create anew, as their user names tell. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { scanLimit } from './browse'
import { readBatch, type Refusal } from '../database/batch'
import { users } from '../database/schema/directory'
import { refusals } from '../database/schema/events'
import { fieldList } from '../database/field'
import { query, tenant, value } from '../database/statement'

/** An inactive person, and the identifier under which the provider tries to create the same one. */
export interface Returning {
  readonly id: string
  readonly userName: string
  /** Identifier that the person has from the provider; null for none. */
  readonly externalId: string | null
  /** Identifier in the refused requests. */
  readonly offered: string
  /** Refused requests since the person was last changed. */
  readonly attempts: number
  /** Time of the latest, in milliseconds since 1970. */
  readonly latestAt: number
}

/** Refused requests from which on a person seems to be back: one may be a mistake. */
const leastAttempts = 2

/** People of one answer. */
const maximumReturning = 50

const newest = alias(refusals, 'newest')
const holder = alias(users, 'holder')
const offered = sql<string>`${refusals.cause} ->> '$.taken.externalId'`
const present = sql<string | null>`${holder.attributes} ->> '$.externalId'`

const selectReturning = query(
  {
    id: holder.id,
    userName: sql<string>`coalesce(${holder.attributes} ->> '$.userName', '')`,
    externalId: present,
    offered,
    attempts: sql<number>`count(*)`,
    latestAt: sql<number>`max(${refusals.at})`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${refusals} cross join ${users} as ${holder}
    on ${holder.tenantId} = ${tenant} and ${holder.userName} = ${refusals.cause} ->> '$.taken.userName'
  where ${refusals.tenantId} = ${tenant} and ${refusals.code} = 'userNameTaken'
    and ${refusals.seq} > (select max(${newest.seq}) from ${refusals} as ${newest}
      where ${newest.tenantId} = ${tenant}) - ${value('scanLimit')}
    and ${refusals.at} >= ${holder.updatedAt} and ${holder.attributes} ->> '$.active' = 0
    and ${offered} is not ${present} and (${value('id')} = '' or ${holder.id} = ${value('id')})
  group by ${holder.id}, ${offered} having count(*) >= ${value('leastAttempts')}
  order by max(${refusals.at}) desc limit ${value('limit')}`,
)

/**
 * Finds the people who seem to be back, the latest first: all of the tenant, or the one with the id.
 * At least two requests since their last change, among the latest refusals, tried to create a person of
 * the same user name under one other identifier.
 */
export async function findReturning(
  database: D1Database,
  tenantId: number,
  id = '',
): Promise<Result<readonly Returning[], Refusal>> {
  const values = { tenantId, id, scanLimit, leastAttempts, limit: maximumReturning }
  const read = await readBatch(database, [selectReturning(database, values)])
  return read.ok ? ok(read.value[0]) : read
}
