/** Sessions of the console: who is signed in, until when. */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { links, sessions } from '../database/schema/access'
import { auditIfChanged, auditStatement, type Author, type Role } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { columns, statement, value } from '../database/statement'
import type { Row } from '../database/row'
import { tenants } from '../database/schema/tenants'

/** Milliseconds that a session lasts, whatever happens in it. */
export const sessionLifetime = 8 * 60 * 60 * 1000

export interface Session {
  readonly actor: string
  readonly role: Role
  /** The only tenant of the session. */
  readonly tenant?: { readonly id: number; readonly slug: string }
}

/** A session of an operator, as the list shows it. */
export interface OpenSession {
  readonly actor: string
  readonly createdAt: number
  readonly expiresAt: number
}

export const sessionColumns = columns(
  sessions.hash,
  sessions.actor,
  sessions.role,
  sessions.tenantId,
  sessions.linkId,
  sessions.createdAt,
  sessions.expiresAt,
)

const insertSession = statement(
  () => sql`
  insert into ${sessions} (${sessionColumns})
  values (${value('hash')}, ${value('actor')}, 'operator', null, null, ${value('now')},
    ${value('expiresAt')})`,
)

/** A session through a link holds as long as the link and its tenant do. */
const selectSession = statement(
  () => sql`
  select ${sessions.actor} as actor, ${sessions.role} as role,
    ${sessions.tenantId} as tenant_id, ${tenants.slug} as slug
  from ${sessions} left join ${tenants} on ${tenants.id} = ${sessions.tenantId}
    left join ${links} on ${links.id} = ${sessions.linkId}
  where ${sessions.hash} = ${value('hash')} and ${sessions.expiresAt} > ${value('now')}
    and (${sessions.tenantId} is null or ${tenants.id} is not null)
    and (${sessions.linkId} is null
      or (${links.revokedAt} is null and ${links.expiresAt} > ${value('now')}))`,
)

const deleteSession = statement(
  () => sql`
  delete from ${sessions} where ${sessions.hash} = ${value('hash')}`,
)

const selectOperators = statement(
  () => sql`
  select ${sessions.actor} as actor, ${sessions.createdAt} as created_at,
    ${sessions.expiresAt} as expires_at
  from ${sessions} where ${sessions.role} = 'operator' and ${sessions.expiresAt} > ${value('now')}
  order by ${sessions.createdAt} desc limit 100`,
)

const deleteOperators = statement(
  () => sql`delete from ${sessions} where ${sessions.role} = 'operator'`,
)

/** Signs an operator in. */
export async function addSession(
  database: D1Database,
  hash: string,
  author: Author,
): Promise<Result<true, Refusal>> {
  const now = Date.now()
  const outcome = await runBatch(database, [
    insertSession(database, { hash, actor: author.actor, now, expiresAt: now + sessionLifetime }),
    auditStatement(database, {
      tenant: 0,
      author,
      action: 'session.opened',
      subject: author.actor,
    }),
  ])
  return outcome.ok ? ok(true) : outcome
}

/** Whose session it is; undefined when it does not hold. */
export async function readSession(
  database: D1Database,
  hash: string,
): Promise<Result<Session | undefined, Refusal>> {
  const outcome = await readBatch(database, [selectSession(database, { hash, now: Date.now() })])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return ok(row && sessionOf(row))
}

export async function endSession(
  database: D1Database,
  hash: string,
): Promise<Result<undefined, Refusal>> {
  const outcome = await runBatch(database, [deleteSession(database, { hash })])
  return outcome.ok ? ok(undefined) : outcome
}

/** The operators who are signed in, the latest first. */
export async function listOperatorSessions(
  database: D1Database,
): Promise<Result<OpenSession[], Refusal>> {
  const outcome = await readBatch(database, [selectOperators(database, { now: Date.now() })])
  if (!outcome.ok) return outcome
  return ok(
    (outcome.value[0] ?? []).map((row) => ({
      actor: String(row['actor']),
      createdAt: Number(row['created_at']),
      expiresAt: Number(row['expires_at']),
    })),
  )
}

/** Signs every operator out, wherever. */
export async function endOperatorSessions(
  database: D1Database,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const outcome = await runBatch(database, [
    deleteOperators(database, {}),
    auditIfChanged(database, { tenant: 0, author, action: 'sessions.ended', subject: 'operators' }),
  ])
  return outcome.ok ? ok(undefined) : outcome
}

function sessionOf(row: Row): Session {
  const common = { actor: String(row['actor']), role: row['role'] as Role }
  return row['tenant_id'] === null
    ? common
    : { ...common, tenant: { id: Number(row['tenant_id']), slug: String(row['slug']) } }
}
