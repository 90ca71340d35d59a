/**
 * Writing users: lists of them, in one batch each. A single user is a list of one. Whether a name
 * is taken, a version is old or a user is gone is decided row by row inside the batch, and what it
 * answers tells which rows were written.
 */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { isObject, type JsonObject } from '../scim/json'
import { allowing, ifCredential, isAllowed } from './condition'
import { credentialValues, writeFor, type Credential } from './credentials'
import { readBatch, repeatInterrupted, type Refusal, type Rows } from './database'
import { eventColumns, lastSeq, type Cause, type Event } from './events'
import { noWrap, runWrapped, type Wrap } from './held'
import { leaveAllTeams } from './memberships'
import { columns, statement, value, type Statement } from './statement'
import { hasId, type Documents } from './stored'
import { events, tenants, userEmails, users } from './tables'

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

export interface UserDeletion {
  readonly id: string
  /** The version that it must have; undefined for any. */
  readonly version: number | undefined
}

/** What every batch of writes is known by. */
export interface WriteContext {
  readonly cause: Cause
  readonly now: number
  /** Of its own for each list that is written; a repetition is told from the first try by more. */
  readonly operation: string
  /** Statements of the guard around those of the write. */
  readonly wrap?: Wrap
}

const tenant = value('tenantId')
const item = sql`json_each(${value('items')}) as item`

const insertUsers = statement(sql`
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
  select ${tenant}, item.value ->> '$.id', item.value ->> '$.attributes',
    item.value ->> '$.search', 1, ${value('operation')}, ${value('now')}, ${value('now')}
  from ${allowing(ifCredential)} cross join ${item} where ${isAllowed} order by item.key
  on conflict do nothing returning id`)

/**
 * A name that is taken leaves its row as it was. The rows are found before, by an index: of
 * `tenant_id = …` SQLite would think that it finds few, and walk the whole tenant.
 */
const updateUsers = statement(sql`
  with chosen as materialized (
    select present.position as position, item.value as value
    from ${allowing(ifCredential)} cross join ${item} cross join ${users} as present
      on present.tenant_id = ${tenant} and present.id = item.value ->> '$.id'
    where ${isAllowed} and present.version = item.value ->> '$.version')
  update or ignore ${users} set attributes = chosen.value ->> '$.attributes',
    search = chosen.value ->> '$.search', version = ${users.version} + 1,
    operation = ${value('operation')}, updated_at = ${value('now')}
  from chosen where ${users.position} = chosen.position
  returning id`)

/** The items of this batch that were written. */
const written = sql`${item} cross join ${users} as written
  on written.tenant_id = ${tenant} and written.id = item.value ->> '$.id'
  and written.operation = ${value('operation')}`

const countNew = statement(sql`
  update ${tenants} set user_count = user_count + (select count(*) from ${written}),
    active_count = active_count + (select count(*) from ${written}
      where written.attributes ->> '$.active' is not 0)
  where ${tenants.id} = ${tenant}`)

const countActive = statement(sql`
  update ${tenants} set active_count = active_count + (
    select coalesce(sum(item.value ->> '$.activeStep'), 0) from ${written})
  where ${tenants.id} = ${tenant}`)

const emailKey = sql`(${columns(userEmails.tenantId, userEmails.value, userEmails.userId)})`

const removeEmails = statement(sql`
  delete from ${userEmails} where ${emailKey} in (
    select ${tenant}, email.value, written.id
    from ${written} cross join json_each(item.value, '$.oldEmails') as email)`)

const addEmails = statement(sql`
  insert or ignore into ${userEmails} (${columns(
    userEmails.tenantId,
    userEmails.value,
    userEmails.userId,
  )})
  select ${tenant}, email.value, written.id
  from ${written} cross join json_each(item.value, '$.emails') as email`)

const recordEvents = statement(sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + row_number() over (order by item.key, event.key),
    event.value ->> '$.type', event.value ->> '$.resourceId', null, ${value('now')},
    event.value -> '$.resource', event.value -> '$.changes', ${value('cause')}
  from ${written} cross join json_each(item.value, '$.events') as event`)

/**
 * The versions that users have now: tells a taken name from a lost race, and a write of an earlier
 * try from that of somebody else.
 */
const selectVersions = statement(sql`
  select ${users.id} as id, ${users.version} as version, ${users.operation} as operation
  from ${allowing(ifCredential)} left join ${item} left join ${users}
    on ${users.tenantId} = ${tenant} and ${users.id} = item.value ->> '$.id'
  where ${isAllowed}`)

const selectTakenNames = statement(sql`
  select ${users.userName} as name from json_each(${value('names')}) as wanted
  cross join ${users} on ${users.tenantId} = ${tenant} and ${users.userName} = wanted.value`)

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
    const outcome = await runList(database, credential, context, list, [
      insertUsers,
      countNew,
      ...(list.some(({ documents }) => emailsOf(documents.searchValues).length > 0)
        ? [addEmails]
        : []),
      recordEvents,
      ...(isRepeated ? [selectVersions] : []),
    ])
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
  const hasNewEmails = list.some((write) => emailChange(write) !== undefined)
  const outcome = await repeatInterrupted(() =>
    runList(database, credential, context, list, [
      updateUsers,
      ...(hasNewEmails ? [removeEmails, addEmails] : []),
      ...(list.some((write) => activeStep(write) !== 0) ? [countActive] : []),
      recordEvents,
    ]),
  )
  if (!outcome.ok) return outcome
  const written = idsIn(outcome.value[0])
  const others = list.flatMap(({ id }) => (written.has(id) ? [] : [{ id }]))
  if (others.length === 0) return ok({ written, versions: new Map() })
  const values = { ...credentialValues(credential), items: JSON.stringify(others) }
  const read = await readBatch(database, [selectVersions(database, values)])
  if (!read.ok) return read
  const rows = (read.value[0] ?? []).filter(hasId)
  const own = rows.filter(({ operation }) => String(operation).startsWith(context.operation))
  const versions = rows.map((row) => [String(row['id']), Number(row['version'])] as const)
  return ok({ written: new Set([...written, ...idsIn(own)]), versions: new Map(versions) })
}

/**
 * The first of the statements checks the credential. A batch marks its rows as its own: what an
 * earlier try has written is not counted again.
 */
function runList(
  database: D1Database,
  credential: Credential,
  context: WriteContext,
  list: readonly UserWrite[],
  statements: readonly Statement[],
): Promise<Result<Rows, Refusal>> {
  const values = {
    ...credentialValues(credential),
    now: context.now,
    operation: `${context.operation}/${crypto.randomUUID()}`,
    cause: JSON.stringify(context.cause),
    items: JSON.stringify(list.map(itemOf)),
  }
  return runWrapped(
    database,
    context.wrap,
    statements.map((make) => make(database, values)),
  )
}

/** 1 for a person who becomes active, -1 for one who no longer is. */
export function activeStep({ before, documents }: UserWrite): number {
  return Number(isActive(documents.searchValues)) - Number(before !== undefined && isActive(before))
}

function isActive(search: JsonObject): boolean {
  return search['active'] !== false
}

function itemOf(write: UserWrite): Readonly<Record<string, unknown>> {
  const { id, version, documents } = write
  const { attributes, search } = documents
  const change = emailChange(write)
  return {
    id,
    version,
    attributes,
    search,
    events: write.events,
    activeStep: activeStep(write),
    ...change,
  }
}

/** The addresses of a user whose addresses change, and those that go. */
function emailChange({ before, documents }: UserWrite) {
  const oldEmails = before ? emailsOf(before) : []
  const emails = emailsOf(documents.searchValues)
  const isSameSet =
    oldEmails.length === emails.length && oldEmails.every((email) => emails.includes(email))
  return isSameSet ? undefined : { emails, oldEmails }
}

/** The e-mail addresses of a search document, each once. */
function emailsOf(search: JsonObject): string[] {
  const emails = search['emails']
  const list = Array.isArray(emails) ? emails : []
  const values = list.flatMap((email) =>
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

/** The users of a list that will be deleted: those with the version that they must have. */
export const doomed = sql`(select person.id as id, person.position as position from ${item} cross join ${users} as person
  on person.tenant_id = ${tenant} and person.id = item.value ->> '$.id'
  where item.value ->> '$.version' is null or person.version = item.value ->> '$.version')`

const recordDeletions = statement(sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + row_number() over (), 'user.deleted', ${users.id}, null,
    ${value('now')}, json_set(${users.attributes}, '$.id', ${users.id}), '{}', ${value('cause')}
  from ${doomed} as doomed cross join ${users}
    on ${users.tenantId} = ${tenant} and ${users.id} = doomed.id`)

const deleteEmails = statement(sql`
  delete from ${userEmails} where ${emailKey} in (
    select ${tenant}, email.value ->> '$.value', doomed.id
    from ${doomed} as doomed cross join ${users} on ${users.position} = doomed.position
    cross join json_each(${users.search}, '$.emails') as email)`)

const countGone = statement(sql`
  update ${tenants} set user_count = user_count - (select count(*) from ${doomed}),
    active_count = active_count - (select count(*) from ${doomed} as doomed
      cross join ${users} as person on person.position = doomed.position
      where person.attributes ->> '$.active' is not 0)
  where ${tenants.id} = ${tenant}`)

/** By position, for the same reason. */
const deleteUsers = statement(sql`
  delete from ${users} where ${users.position} in (select position from ${doomed}) returning id`)

/**
 * Deletes users with everything that hangs on them; answers the ids of those that were there. It is
 * never repeated: nothing would tell who is gone by it from who was never there.
 */
export async function deleteUserList(
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
  const { before, after } = context.wrap ?? noWrap
  const changes = [
    ...before,
    ...leaveAllTeams(database, values, doomed),
    ...[deleteEmails, recordDeletions, countGone, deleteUsers].map((make) =>
      make(database, values),
    ),
  ]
  const outcome = await writeFor(database, credential, [...changes, ...after])
  return outcome.ok ? ok(idsIn(outcome.value[changes.length - 1])) : outcome
}

function idsIn(rows: readonly Readonly<Record<string, unknown>>[] | undefined): Set<string> {
  return new Set((rows ?? []).map(({ id }) => String(id)))
}
