/**
 * Writing users: lists of them, in one batch each. A single user is a list of one. Whether a name
 * is taken, a version is old or a user is gone is decided row by row inside the batch, and what it
 * answers tells which rows were written.
 */
import { sql, type SQL } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { isObject, type JsonObject } from '../scim/json'
import {
  requiring,
  requiredCredential,
  credentialIsRequired,
  isMet,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, writeFor, type Credential } from '../tokens/credential'
import { readBatch, repeatInterrupted, type Refusal } from '../database/batch'
import { eventColumns, lastSeq, type Cause, type Event } from '../events/append'
import { runBetween, type SurroundingStatements } from '../guard/overlay'
import { columns, statement, tenant, value, type BoundStatement } from '../database/statement'
import { overRows, type RowStatement } from '../database/over-rows'
import { fieldList, type RawRow } from '../database/field'
import { hasId, type Documents } from '../database/row'
import { userEmails, users } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'

/** A new user, or a new version of one. */
export interface UserWrite {
  readonly id: string
  /** The version that it replaces; 0 for a new user. */
  readonly version: number
  readonly documents: Documents
  /** The search document of the version before, for what follows from it. */
  readonly before: JsonObject | undefined
  readonly events: readonly Event[]
}

/** What every batch of writes is known by. */
export interface WriteContext {
  readonly cause: Cause
  readonly now: number
  /** Of its own for each list that is written; a repetition is told from the first try by more. */
  readonly operation: string
  /** Statements of the guard around those of the write. */
  readonly surrounding?: SurroundingStatements
}

const insertUsers = overRows(
  ['id', 'attributes', 'search'],
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
  select ${tenant}, ${fields.id}, ${fields.attributes}, ${fields.search}, 1, ${value('operation')},
    ${value('now')}, ${value('now')}
  ${from} where ${credentialIsRequired} ${inOrder} on conflict do nothing returning ${fieldList(written)}`,
)

/** A name that is taken leaves its row as it was. */
const updateUsers = overRows(
  ['id', 'version', 'attributes', 'search'],
  { id: users.id },
  ({ isSingle, fields, from }, written) =>
    isSingle
      ? sql`
  update or ignore ${users} set attributes = ${fields.attributes}, search = ${fields.search},
    version = version + 1, operation = ${value('operation')}, updated_at = ${value('now')}
  where tenant_id = ${tenantRequiring(requiredCredential)} and id = ${fields.id} and version = ${fields.version}
  returning ${fieldList(written)}`
      : // Found before, by an index: of `tenant_id = …` SQLite would think that it finds few, and walk the tenant.
        sql`
  with chosen as materialized (
    select present.position as position, ${fields.attributes} as attributes,
      ${fields.search} as search
    ${from} cross join ${users} as present
      on present.tenant_id = ${tenant} and present.id = ${fields.id}
    where ${credentialIsRequired} and present.version = ${fields.version})
  update or ignore ${users} set attributes = chosen.attributes, search = chosen.search,
    version = ${users.version} + 1, operation = ${value('operation')}, updated_at = ${value('now')}
  from chosen where ${users.position} = chosen.position
  returning ${fieldList(written)}`,
)

/** Whether the user of an item was written by this batch. */
const isWritten = (id: SQL) => sql`exists (select 1 from ${users} as written
  where written.tenant_id = ${tenant} and written.id = ${id}
    and written.operation = ${value('operation')})`

const countUsers = overRows(['id', 'userStep', 'activeStep'], {}, ({ isSingle, fields, from }) =>
  isSingle
    ? sql`
  update ${tenants} set user_count = user_count + ${fields.userStep},
    active_count = active_count + ${fields.activeStep}
  where ${tenants.id} = ${tenant} and ${isWritten(fields.id)}`
    : sql`
  update ${tenants} set user_count = user_count + step.users,
    active_count = active_count + step.active
  from (select sum(${fields.userStep}) as users, sum(${fields.activeStep}) as active
    ${from} where ${isWritten(fields.id)}) as step
  where ${tenants.id} = ${tenant} and step.users is not null`,
)

const recordEvents = overRows(
  ['resourceId', 'type', 'resource', 'changes'],
  {},
  ({ fields, from, number }) => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + ${number}, ${fields.type}, ${fields.resourceId},
    null, ${value('now')}, ${fields.resource}, ${fields.changes}, ${value('cause')}
  ${from} where ${isWritten(fields.resourceId)}`,
)

/** Whose further e-mail addresses change: `[{"id": …, "before": […], "after": […]}, …]`. */
const moved = sql`json_each(${value('moved')}) as moved`
const movedId = sql`moved.value ->> '$.id'`

export const emailKey = sql`(${columns(userEmails.tenantId, userEmails.value, userEmails.userId)})`

const removeEmails = statement(
  () => sql`
  delete from ${userEmails} where ${emailKey} in (
    select ${tenant}, email.value, ${movedId}
    from ${moved} cross join json_each(moved.value, '$.before') as email
    where ${isWritten(movedId)})`,
)

const addEmails = statement(
  () => sql`
  insert or ignore into ${userEmails} ${emailKey}
  select ${tenant}, email.value, ${movedId}
  from ${moved} cross join json_each(moved.value, '$.after') as email
  where ${isWritten(movedId)}`,
)

/**
 * The versions that users have now: tells a taken name from a lost race, and a write of an earlier
 * try from that of somebody else.
 */
const selectVersions = statement(
  () => sql`
  select ${users.id} as id, ${users.version} as version, ${users.operation} as operation
  from ${requiring(credentialIsRequired)} left join json_each(${value('ids')}) as wanted
    left join ${users} on ${users.tenantId} = ${tenant} and ${users.id} = wanted.value
  where ${isMet}`,
)

const selectTakenNames = statement(
  () => sql`
  select ${users.userName} as name from json_each(${value('names')}) as wanted
  cross join ${users} on ${users.tenantId} = ${tenant} and ${users.userName} = wanted.value`,
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
): Promise<Result<ReadonlySet<string>, Refusal>> {
  return repeatInterrupted(async (isRepeated) => {
    const more = isRepeated ? [versionsOf(database, credential, list)] : []
    const outcome = await runList(database, credential, context, list, insertUsers, more)
    if (!outcome.ok) return outcome
    return ok(idsIn(isRepeated ? outcome.value.at(-1)?.filter(hasId) : outcome.value[0]))
  })
}

/** What became of a list of new versions. */
export interface Updated {
  readonly written: ReadonlySet<string>
  /** The version that each of the others has now; users that are gone are missing. */
  readonly versions: ReadonlyMap<string, number>
}

/** Writes each new version over exactly the version that was read. */
export async function updateUserList(
  database: D1Database,
  credential: Credential,
  context: WriteContext,
  list: readonly UserWrite[],
): Promise<Result<Updated, Refusal>> {
  const outcome = await repeatInterrupted(() =>
    runList(database, credential, context, list, updateUsers),
  )
  if (!outcome.ok) return outcome
  const written = idsIn(outcome.value[0])
  const others = list.filter(({ id }) => !written.has(id))
  if (others.length === 0) return ok({ written, versions: new Map() })
  const read = await readBatch(database, [versionsOf(database, credential, others)])
  if (!read.ok) return read
  const rows = (read.value[0] ?? []).filter(hasId)
  const own = rows.filter(({ operation }) => String(operation).startsWith(context.operation))
  const versions = rows.map((row) => [String(row['id']), Number(row['version'])] as const)
  return ok({ written: new Set([...written, ...idsIn(own)]), versions: new Map(versions) })
}

function versionsOf(
  database: D1Database,
  credential: Credential,
  list: readonly UserWrite[],
): BoundStatement {
  const ids = JSON.stringify(list.map(({ id }) => id))
  return selectVersions(database, { ...credentialValues(credential), ids })
}

/**
 * Writes the rows and what follows from them: counts, further addresses, events. The first of the
 * statements checks the credential. A batch marks its rows as its own: what an earlier try has
 * written is not counted again.
 */
function runList(
  database: D1Database,
  credential: Credential,
  context: WriteContext,
  list: readonly UserWrite[],
  write: RowStatement<keyof ReturnType<typeof rowOf>, { readonly id: string }>,
  more: readonly BoundStatement[] = [],
): Promise<Result<readonly (readonly RawRow[])[], Refusal>> {
  const values = {
    ...credentialValues(credential),
    now: context.now,
    operation: `${context.operation}/${crypto.randomUUID()}`,
    cause: JSON.stringify(context.cause),
  }
  const steps = list.map(stepOf).filter(({ userStep, activeStep }) => userStep || activeStep)
  const moves = list.flatMap(moveOf)
  const moved = { ...values, moved: JSON.stringify(moves) }
  return runBetween(database, context.surrounding, [
    ...write(database, list.map(rowOf), values),
    ...countUsers(database, steps, values),
    ...(moves.some(({ before }) => before.length > 0) ? [removeEmails(database, moved)] : []),
    ...(moves.some(({ after }) => after.length > 0) ? [addEmails(database, moved)] : []),
    ...recordEvents(database, list.flatMap(eventRows), values),
    ...more,
  ])
}

function rowOf({ id, version, documents }: UserWrite) {
  return { id, version, attributes: documents.attributes, search: documents.search }
}

function eventRows(write: UserWrite) {
  return write.events.map(({ resourceId, type, resource, changes }) => ({
    resourceId,
    type,
    resource: JSON.stringify(resource),
    changes: JSON.stringify(changes),
  }))
}

/** How the counts of the tenant move with a user: active ones, too, become more or fewer. */
function stepOf({ id, before, documents }: UserWrite) {
  const isNew = before === undefined
  const activeStep = Number(isActive(documents.searchValues)) - Number(!isNew && isActive(before))
  return { id, userStep: Number(isNew), activeStep }
}

function isActive(search: JsonObject): boolean {
  return search['active'] !== false
}

/** The further addresses of a user where they change, before and after. */
function moveOf({ id, before: old, documents }: UserWrite) {
  const before = old ? furtherEmails(old) : []
  const after = furtherEmails(documents.searchValues)
  const isSameSet = before.length === after.length && before.every((email) => after.includes(email))
  return isSameSet ? [] : [{ id, before, after }]
}

/** The e-mail addresses of a search document behind the first one, which `users` knows. */
function furtherEmails(search: JsonObject): string[] {
  const emails = search['emails']
  const list = Array.isArray(emails) ? emails : []
  const values = list
    .slice(1)
    .flatMap((email) =>
      isObject(email) && typeof email['value'] === 'string' ? [email['value']] : [],
    )
  return Array.from(new Set(values))
}

/** Those of the (folded) names that users have. */
export async function findTakenNames(
  database: D1Database,
  credential: Credential,
  names: readonly string[],
): Promise<Result<ReadonlySet<string>, Refusal>> {
  const { tenantId } = credential
  const outcome = await writeFor(database, credential, [
    selectTakenNames(database, { tenantId, names: JSON.stringify(names) }),
  ])
  return outcome.ok
    ? ok(new Set((outcome.value[0] ?? []).map(({ name }) => String(name))))
    : outcome
}

export function idsIn(rows: readonly Readonly<Record<string, unknown>>[] | undefined): Set<string> {
  return new Set((rows ?? []).map(({ id }) => String(id)))
}
