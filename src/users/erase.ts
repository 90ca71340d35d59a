/** Deleting users: lists of them, in one batch each, with everything that hangs on them. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { writeFor, type Credential } from '../tokens/credential'
import type { Refusal } from '../database/batch'
import { eventColumns, lastSeq } from '../events/append'
import { noSurrounding } from '../guard/overlay'
import { doomed, leaveAllTeams, type UserDeletion } from '../memberships/remove-from-teams'
import { statement, tenant, value } from '../database/statement'
import { userEmails, users } from '../database/schema/directory'
import { emailKey, idsIn, type WriteContext } from './write'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

const recordDeletions = statement(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + row_number() over (), 'user.deleted', ${users.id}, null,
    ${value('now')}, json_set(${users.attributes}, '$.id', ${users.id}), '{}', ${value('cause')}
  from ${doomed} as doomed cross join ${users}
    on ${users.tenantId} = ${tenant} and ${users.id} = doomed.id`,
)

const deleteEmails = statement(
  () => sql`
  delete from ${userEmails} where ${emailKey} in (
    select ${tenant}, email.value ->> '$.value', doomed.id
    from ${doomed} as doomed cross join ${users} on ${users.position} = doomed.position
    cross join json_each(${users.search}, '$.emails') as email)`,
)

const countGone = statement(
  () => sql`
  update ${tenants} set user_count = user_count - (select count(*) from ${doomed}),
    active_count = active_count - (select count(*) from ${doomed} as doomed
      cross join ${users} as person on person.position = doomed.position
      where person.attributes ->> '$.active' is not 0)
  where ${tenants.id} = ${tenant}`,
)

/** By position, for the same reason. */
const eraseUserRows = statement(
  () => sql`
  delete from ${users} where ${users.position} in (select position from ${doomed}) returning id`,
)

/**
 * Deletes users with everything that hangs on them; answers the ids of those that were there. It is
 * never repeated: nothing would tell who is gone by it from who was never there.
 */
export async function eraseUsers(
  database: D1Database,
  credential: Credential,
  context: WriteContext,
  list: readonly UserDeletion[],
): Promise<Result<ReadonlySet<string>, Refusal>> {
  const values = {
    tenantId: credential.tenantId,
    now: context.now,
    operation: context.operation,
    cause: JSON.stringify(context.cause),
    items: JSON.stringify(list),
  }
  const { before, after } = context.surrounding ?? noSurrounding
  const changes = [
    ...before,
    ...leaveAllTeams(database, values, doomed),
    ...[deleteEmails, recordDeletions, countGone, eraseUserRows].map((make) =>
      make(database, values),
    ),
  ]
  const outcome = await writeFor(database, credential, [...changes, ...after])
  return outcome.ok ? ok(idsIn(outcome.value[changes.length - 1])) : outcome
}
