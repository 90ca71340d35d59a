/** Sessions of the console. */
import { and, desc, eq, gt, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { links, sessions, staff, staffRoles } from '../database/schema/access'
import { auditIfChanged, auditStatement, type Author, type Role } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, insertInto, select } from '../database/builder'
import { optional } from '../database/field'
import { columns, command, query, value } from '../database/statement'
import { tenants } from '../database/schema/tenants'
import { feedWebhooks, lanes } from '../database/schema/webhooks'
import { isLiveRow } from '../tokens/limited-credential'

/** Milliseconds that a session lasts, whatever happens in it. */
export const sessionLifetime = 8 * 60 * 60 * 1000

export interface Session {
  readonly actor: string
  readonly role: Role
  /** The only tenant of the session. */
  readonly tenant?: { readonly id: number; readonly slug: string }
  /** Address of the product, for a session through a link that has one. */
  readonly returnUrl?: string
  /** Number of webhooks of all tenants that fail, for an operator. */
  readonly failingWebhooks?: number
}

/** A session of an operator, as the list shows it. */
export interface OpenSession {
  readonly actor: string
  readonly role: Role
  readonly createdAt: number
  readonly expiresAt: number
}

export const sessionColumns = columns(
  sessions.hash,
  sessions.actor,
  sessions.role,
  sessions.tenantId,
  sessions.linkId,
  sessions.staffId,
  sessions.createdAt,
  sessions.expiresAt,
)

const insertSession = command(() =>
  insertInto(sessions).values({
    hash: value('hash'),
    actor: value('actor'),
    role: 'owner',
    createdAt: value('now'),
    expiresAt: value('expiresAt'),
  }),
)

/** Webhooks of all tenants that were paused by failures, or that some tenant waits for. */
const failingWebhooks = sql<number>`(select count(*) from ${feedWebhooks}
  where ${feedWebhooks.state} = 'failed' or ${feedWebhooks.failures} > 0 or exists (
    select 1 from ${lanes} where ${lanes.webhookId} = ${feedWebhooks.id} and ${lanes.failures} > 0))`

/** A session through a link holds as long as the link and its tenant do, one by a code as long as the code. */
const selectSession = query(
  {
    actor: sessions.actor,
    role: sessions.role,
    tenantId: sessions.tenantId,
    slug: optional(tenants.slug),
    returnUrl: optional(links.returnUrl),
    failingWebhooks,
  },
  (fields) =>
    select(fields)
      .from(sessions)
      .leftJoin(tenants, eq(tenants.id, sessions.tenantId))
      .leftJoin(links, eq(links.id, sessions.linkId))
      .leftJoin(staff, eq(staff.id, sessions.staffId))
      .where(
        and(
          eq(sessions.hash, value('hash')),
          gt(sessions.expiresAt, value('now')),
          or(isNull(sessions.tenantId), isNotNull(tenants.id)),
          or(isNull(sessions.linkId), isLiveRow(links)),
          or(isNull(sessions.staffId), isLiveRow(staff)),
        ),
      ),
)

const deleteSession = command(() => deleteFrom(sessions).where(eq(sessions.hash, value('hash'))))

const isOfOperator = inArray(sessions.role, staffRoles)

const selectOperators = query(
  {
    actor: sessions.actor,
    role: sessions.role,
    createdAt: sessions.createdAt,
    expiresAt: sessions.expiresAt,
  },
  (fields) =>
    select(fields)
      .from(sessions)
      .where(and(isOfOperator, gt(sessions.expiresAt, value('now'))))
      .orderBy(desc(sessions.createdAt))
      .limit(100),
)

const deleteOperators = command(() => deleteFrom(sessions).where(isOfOperator))

/** Signs in whoever has the operator's secret. */
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

/** Person and role of a session; undefined when it does not hold. */
export async function readSession(
  database: D1Database,
  hash: string,
): Promise<Result<Session | undefined, Refusal>> {
  const outcome = await readBatch(database, [selectSession(database, { hash, now: Date.now() })])
  if (!outcome.ok) return outcome
  const [[session]] = outcome.value
  if (!session) return ok(undefined)
  const { actor, role, tenantId: id, slug, returnUrl, failingWebhooks } = session
  if (id === null) return ok({ actor, role, failingWebhooks })
  const back = returnUrl === null ? {} : { returnUrl }
  return ok(slug === null ? undefined : { actor, role, tenant: { id, slug }, ...back })
}

export async function endSession(
  database: D1Database,
  hash: string,
): Promise<Result<undefined, Refusal>> {
  const outcome = await runBatch(database, [deleteSession(database, { hash })])
  return outcome.ok ? ok(undefined) : outcome
}

/** Operators who are signed in, the latest first. */
export async function listOperatorSessions(
  database: D1Database,
): Promise<Result<readonly OpenSession[], Refusal>> {
  const outcome = await readBatch(database, [selectOperators(database, { now: Date.now() })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
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
