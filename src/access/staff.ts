/** People of the operator: a name, a role, and an access code of their own. In the main database alone. */
import { and, desc, eq, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select, update } from '../database/builder'
import { fieldList, type RowOf } from '../database/field'
import { sessions, staff, type staffRoles } from '../database/schema/access'
import { command, query, value } from '../database/statement'
import { isLive, isLiveRow, limitedCredential, type Ended } from '../tokens/limited-credential'
import { hashToken, makeAccessCode } from '../tokens/secret'
import { sessionColumns, sessionLifetime } from './sessions'

export type StaffRole = (typeof staffRoles)[number]

/** People of a deployment whose codes are live. */
export const maximumStaff = 100

const fields = {
  id: staff.id,
  label: staff.label,
  role: staff.role,
  createdBy: staff.createdBy,
  createdAt: staff.createdAt,
  expiresAt: staff.expiresAt,
  /** Time of the last sign-in. */
  lastUsedAt: staff.lastUsedAt,
  revokedAt: staff.revokedAt,
}

export type StaffRecord = RowOf<typeof fields>

const person = limitedCredential({
  name: 'person',
  table: staff,
  maximum: maximumStaff,
  canOwn: sql`true`,
  ownColumns: { role: staff.role, createdBy: staff.createdBy },
  fields,
})

const selectStaff = query(fields, (named) =>
  select(named).from(staff).orderBy(desc(staff.createdAt), staff.id).limit(300),
)

const isOpening = and(eq(staff.hash, value('codeHash')), isLiveRow(staff))

const selectOpening = query(fields, (named) => select(named).from(staff).where(isOpening))

/** The latest entry of an address decides, whatever became of older ones. */
const selectByAddress = query(
  fields,
  (named) => sql`
  select ${fieldList(named)} from ${staff} where lower(${staff.label}) = ${value('address')}
  order by ${staff.createdAt} desc, ${staff.id} limit 1`,
)

const insertSession = query(
  { hash: sessions.hash },
  (named) => sql`
  insert into ${sessions} (${sessionColumns})
  select ${value('hash')}, ${staff.label}, ${staff.role}, null, null, ${staff.id}, ${value('now')},
    min(ifnull(${staff.expiresAt}, ${value('expiresAt')}), ${value('expiresAt')})
  from ${staff} where ${isOpening}
  returning ${fieldList(named)}`,
)

const noteUse = command(() =>
  update(staff)
    .set({ lastUsedAt: value('now') })
    .where(isOpening),
)

const deleteSessions = command(() => deleteFrom(sessions).where(eq(sessions.staffId, value('id'))))

/**
 * Adds a person; `code` is answered here and kept nowhere. `expiresAt` is in milliseconds since 1970, null
 * for never. Undefined at the maximum. A `secret` that was given before adds nobody else.
 */
export async function addPerson(
  database: D1Database,
  input: { readonly label: string; readonly role: StaffRole; readonly expiresAt: number | null },
  author: Author,
  secret?: string,
): Promise<
  Result<{ readonly record: StaffRecord; readonly code: string } | undefined, Refusal | Ended>
> {
  const code = await makeAccessCode(secret)
  const values = { ...input, hash: await hashToken(code), createdBy: author.actor }
  const added = await person.add(database, null, values, author, input)
  if (!added.ok) return added
  return ok(added.value && { record: added.value, code })
}

/** People, the latest first. */
export async function listStaff(
  database: D1Database,
): Promise<Result<readonly StaffRecord[], Refusal>> {
  const outcome = await readBatch(database, [selectStaff(database, {})])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Ends a person's rights at once, and the sessions with them. */
export function revokePerson(
  database: D1Database,
  id: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  return person.revoke(database, null, id, author, [deleteSessions(database, { id })])
}

/** Opens a session by an access code; undefined for one that does not hold. */
export async function openByCode(
  database: D1Database,
  code: string,
  session: { readonly hash: string; readonly requestId: string },
): Promise<Result<true | undefined, Refusal>> {
  const now = Date.now()
  const codeHash = await hashToken(code)
  const found = await readBatch(database, [selectOpening(database, { codeHash, now })])
  if (!found.ok) return found
  const [[record]] = found.value
  if (!record) return ok(undefined)
  const { label: actor, role } = record
  const author = { actor, role, requestId: session.requestId }
  const values = { codeHash, hash: session.hash, now, expiresAt: now + sessionLifetime }
  const outcome = await runBatch(database, [
    insertSession(database, values),
    auditIfChanged(database, { tenant: 0, author, action: 'session.opened', subject: actor }),
    noteUse(database, { codeHash, now }),
  ])
  if (!outcome.ok) return outcome
  const [[opened]] = outcome.value
  return ok(opened && true)
}

/** What somebody who comes by Cloudflare Access may do, by the e-mail address; `unknown` for no entry. */
export async function roleOfAddress(
  database: D1Database,
  address: string,
): Promise<Result<StaffRole | 'nobody' | 'unknown', Refusal>> {
  const read = await readBatch(database, [
    selectByAddress(database, { address: address.toLowerCase() }),
  ])
  if (!read.ok) return read
  const [[record]] = read.value
  if (!record) return ok('unknown')
  return ok(isLive(record, Date.now()) ? record.role : 'nobody')
}
