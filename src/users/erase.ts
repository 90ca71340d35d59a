/** Deleting users: lists of them, in one batch each, with everything that belongs to them. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../result'
import { writeFor, type Credential } from '../tokens/credential'
import type { Refusal } from '../database/batch'
import { eventColumns, lastSeq } from '../events/append'
import type { GuardContext } from '../guard/guarded-batch'
import { guardUserDeletions } from '../guard/user-deletion'
import { deletedUsers, leaveAllTeams, type UserDeletion } from '../memberships/remove-from-teams'
import { fieldList } from '../database/field'
import { columns, command, query, tenant, value } from '../database/statement'
import { userEmails, users } from '../database/schema/directory'
import { emailKey, idsIn, type WriteContext } from './write'
import { noteResourcesGone } from '../directory/growth'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

const recordDeletions = command(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + row_number() over (), 'user.deleted', ${users.id}, null,
    ${value('now')}, json_set(${users.attributes}, '$.id', ${users.id}), '{}', ${value('cause')}
  from ${deletedUsers} as deletion cross join ${users}
    on ${users.tenantId} = ${tenant} and ${users.id} = deletion.id`,
)

const deleteEmails = command(
  () => sql`
  delete from ${userEmails} where ${emailKey} in (
    select ${tenant}, email.value ->> '$.value', deletion.id
    from ${deletedUsers} as deletion cross join ${users} on ${users.position} = deletion.position
    cross join json_each(${users.search}, '$.emails') as email)`,
)

const deletedUser = alias(users, 'deleted')

const countDeletions = command(
  () => sql`
  update ${tenants} set ${columns(tenants.userCount)} = ${tenants.userCount} - (
      select count(*) from ${deletedUsers}),
    ${columns(tenants.activeCount)} = ${tenants.activeCount} - (
      select count(*) from ${deletedUsers} as deletion
      cross join ${users} as ${deletedUser} on ${deletedUser.position} = deletion.position
      where ${deletedUser.attributes} ->> '$.active' is not 0)
  where ${tenants.id} = ${tenant}`,
)

/** By position, or SQLite would walk all users of the tenant. */
const eraseUserRows = query(
  { id: users.id, bytes: sql<number>`octet_length(${users.attributes})` },
  (fields) => sql`
  delete from ${users} where ${users.position} in (select position from ${deletedUsers})
  returning ${fieldList(fields)}`,
)

/**
 * Deletes users with everything that belongs to them; answers the ids of those that were there. It
 * is never repeated: nothing would tell who is gone by it from who was never there.
 */
export async function eraseUsers(
  database: D1Database,
  credential: Credential,
  context: WriteContext & GuardContext,
  list: readonly UserDeletion[],
): Promise<Result<ReadonlySet<string>, Refusal>> {
  const values = {
    tenantId: credential.tenantId,
    now: context.now,
    operation: context.operation,
    cause: JSON.stringify(context.cause),
    items: JSON.stringify(list),
  }
  const { before, after } = guardUserDeletions(database, credential, context, list)
  const outcome = await writeFor(database, credential, [
    before,
    leaveAllTeams(database, values, deletedUsers),
    [deleteEmails, recordDeletions, countDeletions].map((make) => make(database, values)),
    eraseUserRows(database, values),
    after,
  ])
  if (!outcome.ok) return outcome
  const [, left, , erased] = outcome.value
  noteResourcesGone(credential, erased, left.flat())
  return ok(idsIn(erased))
}
