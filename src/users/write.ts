/**
 * Writing users: lists of them, in one batch each. A single user is a list of one. The batch
 * decides row by row whether a name is taken, a version is old or a user is gone, and answers which
 * rows were written.
 */
import { sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { err, ok, type Result } from '../result'
import type { SeenSchema } from '../scim/schema'
import {
  requiring,
  requiredCredential,
  credentialIsRequired,
  isMet,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, type Credential } from '../tokens/credential'
import { readBatch, repeatInterrupted, runBatch, type Refusal } from '../database/batch'
import { eventColumns, lastSeq } from '../events/append'
import {
  noSurrounding,
  type GuardContext,
  type SurroundingStatements,
} from '../guard/guarded-batch'
import { guardUserChanges, type GuardedUser } from '../guard/users'
import { columns, command, hasWritten, query, tenant, value } from '../database/statement'
import { jsonLists } from '../database/json-lists'
import { overRows, type Item, type RowStatement } from '../database/rows/over-rows'
import { fieldList, optional, type Fields, type Named } from '../database/field'
import { observation } from '../tenants/observed'
import { userEmails, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import type { StoredUser } from '../scim/representation'
import { attributesOf, searchOf } from './bound-documents'
import { groupsField, isFound } from './store'
import { changedEmailsOf, deltaOf, eventRows, rowOf, type UserWrite } from './write-rows'

/** The time and operation of a batch of writes. */
export interface WriteContext {
  readonly now: number
  /** Unique for each list that is written; each try appends more to it. */
  readonly operation: string
  /** What the tenant's resources have shown with this write; undefined for nothing new. */
  readonly observed?: readonly SeenSchema[] | undefined
}

const insertUsers = overRows(
  ['id', 'attributes', 'search', 'isPatch'],
  { id: users.id },
  ({ fields, from, inOrder }, written) => sql`
  insert into ${users} (${columns(
    users.tenantId,
    users.id,
    users.attributes,
    users.search,
    users.version,
    users.operation,
    users.createdAt,
    users.updatedAt,
  )})
  select ${tenant}, ${fields.id}, ${attributesOf(fields)}, ${searchOf(fields)}, 1, ${value('operation')},
    ${value('now')}, ${value('now')}
  ${from} where ${credentialIsRequired} ${inOrder} on conflict do nothing returning ${fieldList(written)}`,
)

const present = alias(users, 'present')

const nextVersion = sql`${columns(users.version)} = ${users.version} + 1,
  ${columns(users.operation)} = ${value('operation')}, ${columns(users.updatedAt)} = ${value('now')}`

const updateNames = ['id', 'version', 'updatedAt', 'attributes', 'search', 'isPatch'] as const

/** A name that is taken leaves its row as it was. */
function updateRows<F extends Fields>(
  { isSingle, fields, from }: Item<(typeof updateNames)[number]>,
  written: Named<F>,
): SQL {
  return isSingle
    ? sql`
  update or ignore ${users} set ${columns(users.attributes)} = ${attributesOf(fields)},
    ${columns(users.search)} = ${searchOf(fields)}, ${nextVersion}
  where ${users.tenantId} = ${tenantRequiring(requiredCredential)} and ${users.id} = ${fields.id}
    and ${users.version} = ${fields.version} and ${users.updatedAt} = ${fields.updatedAt}
  returning ${fieldList(written)}`
    : // Rows are found by an index first: SQLite would walk all rows of the tenant.
      sql`
  with chosen as materialized (
    select ${present.position} as place, ${attributesOf(fields)} as newAttributes,
      ${searchOf(fields)} as newSearch
    ${from} cross join ${users} as ${present}
      on ${present.tenantId} = ${tenant} and ${present.id} = ${fields.id}
    where ${credentialIsRequired} and ${present.version} = ${fields.version}
      and ${present.updatedAt} = ${fields.updatedAt})
  update or ignore ${users} set ${columns(users.attributes)} = chosen.newAttributes,
    ${columns(users.search)} = chosen.newSearch, ${nextVersion}
  from chosen where ${users.position} = chosen.place
  returning ${fieldList(written)}`
}

const updateUsers = overRows(updateNames, { id: users.id }, updateRows)

/** The same of somebody who was remembered: answers the teams, too, which others may have changed since. */
const updateRemembered = overRows(updateNames, { id: users.id, groups: groupsField }, updateRows)

const writtenUser = alias(users, 'written')

/** True when the user of an item was written by this batch. */
const isWritten = (id: SQL) => sql`exists (select 1 from ${users} as ${writtenUser}
  where ${writtenUser.tenantId} = ${tenant} and ${writtenUser.id} = ${id}
    and ${writtenUser.operation} = ${value('operation')})`

/** The same of a single item. Where it is all of the batch, the statement before says so, unread. */
const isItemWritten = ({ isSingle }: { readonly isSingle: boolean }, id: SQL) =>
  isSingle ? sql`iif(${value('isAlone')} = 1, ${hasWritten}, ${isWritten(id)})` : isWritten(id)

/** Directly after the write. */
const countUsers = overRows(['id', 'userDelta', 'activeDelta'], {}, ({ isSingle, fields, from }) =>
  isSingle
    ? sql`
  update ${tenants} set ${columns(tenants.userCount)} = ${tenants.userCount} + ${fields.userDelta},
    ${columns(tenants.activeCount)} = ${tenants.activeCount} + ${fields.activeDelta}
  where ${tenants.id} = ${tenant} and ${isItemWritten({ isSingle }, fields.id)}`
    : sql`
  update ${tenants} set ${columns(tenants.userCount)} = ${tenants.userCount} + delta.users,
    ${columns(tenants.activeCount)} = ${tenants.activeCount} + delta.active
  from (select sum(${fields.userDelta}) as users, sum(${fields.activeDelta}) as active
    ${from} where ${isWritten(fields.id)}) as delta
  where ${tenants.id} = ${tenant} and delta.users is not null`,
)

/** Where nobody was written, nothing was shown. */
const observe = overRows(['id'], {}, ({ isSingle, fields, from }) =>
  observation(
    isSingle ? isWritten(fields.id) : sql`exists (select 1 ${from} where ${isWritten(fields.id)})`,
  ),
)

/** A person as an event tells of it. */
const asWritten = (id: SQL) => sql`(
  select '{"id":"' || ${writtenUser.id} || '",' || substr(${writtenUser.attributes}, 2)
  from ${users} as ${writtenUser}
  where ${writtenUser.tenantId} = ${tenant} and ${writtenUser.id} = ${id})`

/** Directly after the write, or its counts. */
const recordEvents = overRows(
  ['resourceId', 'type', 'resource', 'changes', 'cause'],
  {},
  ({ isSingle, fields, from, number }) => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + ${number}, ${fields.type}, ${fields.resourceId},
    null, ${value('now')}, ifnull(${fields.resource}, ${asWritten(fields.resourceId)}),
    ${fields.changes}, ${fields.cause}
  ${from} where ${isItemWritten({ isSingle }, fields.resourceId)}`,
)

/** Changes of addresses after the first: `[{"id": …, "before": […], "after": […]}, …]`. */
const changedEmails = sql`json_each(${value('changedEmails')}) as changed`
const changedId = sql`changed.value ->> '$.id'`

export const emailKey = sql`(${columns(userEmails.tenantId, userEmails.value, userEmails.userId)})`

const removeEmails = command(
  () => sql`
  delete from ${userEmails} where ${emailKey} in (
    select ${tenant}, email.value, ${changedId}
    from ${changedEmails} cross join json_each(changed.value, '$.before') as email
    where ${isWritten(changedId)})`,
)

const addEmails = command(
  () => sql`
  insert or ignore into ${userEmails} ${emailKey}
  select ${tenant}, email.value, ${changedId}
  from ${changedEmails} cross join json_each(changed.value, '$.after') as email
  where ${isWritten(changedId)}`,
)

/**
 * The versions that users have now: tells a taken name from a lost race, and a write of an earlier
 * try from that of somebody else.
 */
const selectVersions = query(
  { id: optional(users.id), version: users.version, operation: users.operation },
  (fields) => sql`
  select ${fieldList(fields)}
  from ${requiring(credentialIsRequired)} left join json_each(${value('ids')}) as wanted
    left join ${users} on ${users.tenantId} = ${tenant} and ${users.id} = wanted.value
  where ${isMet}`,
)

/**
 * Adds users; answers the ids of those whose name was free. The ids are the gateway's own, so that
 * whoever has one after a repetition was added by it or by the try before.
 */
export async function insertUserList(
  database: D1Database,
  credential: Credential,
  context: WriteContext,
  list: readonly UserWrite[],
  surrounding: SurroundingStatements,
): Promise<Result<ReadonlySet<string>, Refusal>> {
  return repeatInterrupted(async (isRepeated) => {
    const versions = isRepeated ? versionsOf(database, credential, list) : undefined
    const companions = { surrounding, versions }
    const outcome = await runList(database, credential, context, list, insertUsers, companions)
    if (!outcome.ok) return refusedAfter(isRepeated, context, outcome)
    const { written, found } = outcome.value
    return ok(idsIn(found?.filter(isFound) ?? written))
  })
}

/** The outcome of a list of new versions. */
export interface Updated {
  readonly written: ReadonlySet<string>
  /** Teams of those written who were remembered. */
  readonly groups: ReadonlyMap<string, StoredUser['groups']>
  /** The version that each of the others has now; users that are gone are missing. */
  readonly versions: ReadonlyMap<string, number>
}

/**
 * Writes each new version over exactly the version that was read. `people` are those of the list,
 * and others of whom the guard alone has to know. `isUnread` for somebody who was remembered: what is
 * not written then says nothing of the reason.
 */
export async function updateUserList(
  database: D1Database,
  credential: Credential,
  context: WriteContext & GuardContext & { readonly isUnread: boolean },
  list: readonly UserWrite[],
  people: readonly GuardedUser[],
): Promise<Result<Updated, Refusal>> {
  const surrounding = guardUserChanges(database, credential, context, people)
  let mayBeDone = false
  const outcome = await repeatInterrupted(async (isRepeated) => {
    mayBeDone = isRepeated
    const write = context.isUnread ? updateRemembered : updateUsers
    const tried = await runList(database, credential, context, list, write, { surrounding })
    return tried.ok ? tried : refusedAfter(isRepeated, context, tried)
  })
  if (!outcome.ok) return outcome
  const written = idsIn(outcome.value.written)
  const groups = groupsIn(outcome.value.written)
  const others = list.filter(({ id }) => !written.has(id))
  if (others.length === 0 || (context.isUnread && !mayBeDone)) {
    return ok({ written, groups, versions: new Map() })
  }
  const read = await readBatch(database, [versionsOf(database, credential, others)])
  // A try before may have written what the last one found changed.
  const isOut = !read.ok && read.error.kind === 'unavailable'
  if (isOut) return err({ kind: 'unavailable', outage: 'interrupted' })
  if (!read.ok) return read
  const [rows] = read.value
  const found = rows.filter(isFound)
  const own = found.filter(({ operation }) => operation.startsWith(context.operation))
  const versions = found.map(({ id, version }) => [id, version] as const)
  const all = new Set([...written, ...idsIn(own)])
  return ok({ written: all, groups, versions: new Map(versions) })
}

/**
 * The refusal of a try. The try before may have come through, and moved with its observation the
 * revision that this one requires.
 */
function refusedAfter(
  isRepeated: boolean,
  { observed }: WriteContext,
  refused: { readonly ok: false; readonly error: Refusal },
): { readonly ok: false; readonly error: Refusal } {
  const mayBeDone = isRepeated && observed !== undefined && refused.error.kind === 'credential'
  return mayBeDone ? err({ kind: 'unavailable', outage: 'interrupted' }) : refused
}

function versionsOf(database: D1Database, credential: Credential, list: readonly UserWrite[]) {
  const ids = JSON.stringify(list.map(({ id }) => id))
  return selectVersions(database, { ...credentialValues(credential), ids })
}

/** Statements that share the batch of a write. */
interface Companions {
  readonly surrounding?: SurroundingStatements
  readonly versions?: ReturnType<typeof versionsOf> | undefined
}

/** A row that was written, with the teams of the person where they were asked for. */
interface WrittenRow {
  readonly id: string
  readonly groups?: StoredUser['groups']
}

interface Written {
  readonly written: readonly WrittenRow[]
  /** Rows that `versions` answered. */
  readonly found: readonly { readonly id: string | null }[] | undefined
}

/**
 * Writes the rows and what follows from them: counts, further addresses, events. The first of the
 * statements checks the credential. A batch marks its rows as its own: what an earlier try has
 * written is not counted again. `versions` are read last.
 */
async function runList(
  database: D1Database,
  credential: Credential,
  context: WriteContext,
  list: readonly UserWrite[],
  write: RowStatement<keyof ReturnType<typeof rowOf>, WrittenRow>,
  { surrounding = noSurrounding, versions }: Companions,
): Promise<Result<Written, Refusal>> {
  const values = {
    ...credentialValues(credential),
    now: context.now,
    operation: `${context.operation}/${crypto.randomUUID()}`,
    isAlone: list.length === 1 ? 1 : 0,
  }
  const counts = list.map(deltaOf).filter(({ userDelta, activeDelta }) => userDelta || activeDelta)
  const emails = list.flatMap(changedEmailsOf)
  const changed = (make: typeof removeEmails) =>
    jsonLists(emails).map((part) => make(database, { ...values, changedEmails: part }))
  const outcome = await runBatch(database, [
    surrounding.before,
    write(database, list.map(rowOf), values),
    countUsers(database, counts, values),
    recordEvents(database, list.flatMap(eventRows), values),
    emails.some(({ before }) => before.length > 0) ? changed(removeEmails) : undefined,
    emails.some(({ after }) => after.length > 0) ? changed(addEmails) : undefined,
    versions,
    observe(database, context.observed ? list.map(({ id }) => ({ id })) : [], {
      ...values,
      observed: JSON.stringify(context.observed ?? []),
    }),
    surrounding.after,
  ])
  if (!outcome.ok) return outcome
  const [, written, , , , , found] = outcome.value
  return ok({ written: written.flat(), found })
}

function groupsIn(rows: readonly WrittenRow[]): Updated['groups'] {
  return new Map(rows.flatMap(({ id, groups }) => (groups ? [[id, groups] as const] : [])))
}

export function idsIn(rows: readonly { readonly id: string }[]): Set<string> {
  return new Set(rows.map(({ id }) => id))
}
