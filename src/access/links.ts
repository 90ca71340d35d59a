/**
 * Links that an operator gives to a customer's administrator: they open the console for one tenant.
 */
import { and, desc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { links, sessions, type linkRoles } from '../database/schema/access'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select, update } from '../database/builder'
import { type RowOf } from '../database/field'
import { sessionColumns, sessionLifetime } from './sessions'
import { command, query, tenant, value } from '../database/statement'
import { isoOrNull } from '../time'
import { tenants } from '../database/schema/tenants'
import type { Tenant } from '../tenants/tenant'
import { isLiveRow, isStaying, limitedCredential, type Ended } from '../tokens/limited-credential'

export type LinkRole = (typeof linkRoles)[number]

export type LinkRefusal = Refusal | Ended | { readonly kind: 'tooManyLinks' }

/** Live links of one tenant that can still be opened. */
export const maximumLinks = 20

const fields = {
  id: links.id,
  label: links.label,
  role: links.role,
  createdBy: links.createdBy,
  createdAt: links.createdAt,
  expiresAt: links.expiresAt,
  /** Time of the last opening. */
  lastUsedAt: links.lastUsedAt,
  revokedAt: links.revokedAt,
  returnUrl: links.returnUrl,
  opensUntil: links.opensUntil,
}

export type LinkRecord = RowOf<typeof fields>

/** A link that opens once does so until it was opened, or its time is over. */
const mayOpen = or(isNull(links.opensUntil), gt(links.opensUntil, value('now'))) ?? sql`true`

const link = limitedCredential({
  name: 'link',
  table: links,
  maximum: maximumLinks,
  isCounted: mayOpen,
  canOwn: isStaying,
  ownColumns: {
    role: links.role,
    createdBy: links.createdBy,
    returnUrl: links.returnUrl,
    opensUntil: links.opensUntil,
  },
  fields,
})

const selectLinks = query(fields, (named) =>
  select(named)
    .from(links)
    .where(eq(links.tenantId, tenant))
    .orderBy(desc(links.createdAt), links.id)
    .limit(200),
)

const deleteSessionsOfLink = command(() =>
  deleteFrom(sessions).where(and(eq(sessions.tenantId, tenant), eq(sessions.linkId, value('id')))),
)

const isOpening = and(eq(links.hash, value('linkHash')), isLiveRow(links), mayOpen)

const selectOpening = query(
  {
    id: links.id,
    label: links.label,
    role: links.role,
    tenantId: links.tenantId,
  },
  (named) =>
    select(named).from(links).innerJoin(tenants, eq(tenants.id, links.tenantId)).where(isOpening),
)

const visitFields = { role: links.role, slug: tenants.slug }

/** Where a link has led: the tenant, and what may be done there. */
export type Visit = RowOf<typeof visitFields>

/** The visit of a session through a link, as long as both live. */
const selectVisit = query(visitFields, (named) =>
  select(named)
    .from(sessions)
    .innerJoin(links, eq(links.id, sessions.linkId))
    .innerJoin(tenants, eq(tenants.id, links.tenantId))
    .where(
      and(
        eq(sessions.hash, value('hash')),
        gt(sessions.expiresAt, value('now')),
        eq(links.hash, value('linkHash')),
        isLiveRow(links),
      ),
    ),
)

/** A live link that opens once, and the time at which it did; null before. */
const selectUse = query({ usedAt: links.lastUsedAt }, (named) =>
  select(named)
    .from(links)
    .where(and(eq(links.hash, value('linkHash')), isLiveRow(links), isNotNull(links.opensUntil))),
)

const insertSessionOfLink = command(
  () => sql`
  insert into ${sessions} (${sessionColumns})
  select ${value('hash')}, ${value('actor')}, ${links.role}, ${links.tenantId}, ${links.id},
    null, ${value('now')}, min(${links.expiresAt}, ${value('expiresAt')})
  from ${links} where ${isOpening}
  on conflict do nothing`,
)

const noteUse = command(() =>
  update(links)
    .set({
      lastUsedAt: value('now'),
      opensUntil: sql`iif(${links.opensUntil} is null, null, ${value('now')})`,
    })
    .where(isOpening),
)

/**
 * Adds a link. `expiresAt` is in milliseconds since 1970. Refused with `tooManyLinks` at the
 * maximum.
 */
export async function addLink(
  database: D1Database,
  tenant: Tenant,
  input: {
    readonly hash: string
    readonly label: string
    readonly role: LinkRole
    readonly expiresAt: number
    readonly returnUrl: string | null
    readonly opensUntil: number | null
  },
  author: Author,
): Promise<Result<LinkRecord, LinkRefusal>> {
  const { label, role, expiresAt, returnUrl } = input
  const back = returnUrl === null ? {} : { returnUrl }
  const after = { label, role, expires: isoOrNull(expiresAt), ...back }
  const values = { ...input, createdBy: author.actor }
  const added = await link.add(database, tenant.id, values, author, after)
  if (!added.ok) return added
  return added.value ? ok(added.value) : err({ kind: 'tooManyLinks' })
}

/** Links of a tenant, the latest first. */
export async function listLinks(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<readonly LinkRecord[], Refusal>> {
  const outcome = await readBatch(database, [selectLinks(database, { tenantId: tenant.id })])
  return outcome.ok ? ok(outcome.value[0]) : outcome
}

/** Revokes a link; the sessions that it opened end with it. */
export function revokeLink(
  database: D1Database,
  tenant: Tenant,
  id: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  const end = deleteSessionsOfLink(database, { tenantId: tenant.id, id })
  return link.revoke(database, tenant.id, id, author, [end])
}

/**
 * Opens a session through a link; answers the visit, or undefined when the link opens nothing more. A session
 * that it has opened is found again, also by a link that opens once: its hash is that of a secret which the
 * browser alone can send.
 */
export async function openLink(
  database: D1Database,
  linkHash: string,
  session: { readonly hash: string; readonly requestId: string },
): Promise<Result<Visit | undefined, Refusal>> {
  const now = Date.now()
  const visitValues = { linkHash, hash: session.hash, now }
  const found = await readBatch(database, [
    selectVisit(database, visitValues),
    selectOpening(database, { linkHash, now }),
  ])
  if (!found.ok) return found
  const [[visit], [opening]] = found.value
  if (visit || !opening) return ok(visit)
  const { id, label, role, tenantId } = opening
  const author = { actor: label || 'unnamed link', role, requestId: session.requestId }
  const outcome = await runBatch(database, [
    insertSessionOfLink(database, {
      linkHash,
      hash: session.hash,
      actor: author.actor,
      now,
      expiresAt: now + sessionLifetime,
    }),
    auditIfChanged(database, { tenant: tenantId, author, action: 'link.opened', subject: id }),
    noteUse(database, { linkHash, now }),
    // The same form that came at the same time may have been first.
    selectVisit(database, visitValues),
  ])
  return outcome.ok ? ok(outcome.value[3][0]) : outcome
}

/** The time at which a live link that opens once was opened, null before; undefined for any other. */
export async function readUse(
  database: D1Database,
  linkHash: string,
): Promise<Result<number | null | undefined, Refusal>> {
  const found = await readBatch(database, [selectUse(database, { linkHash, now: Date.now() })])
  return found.ok ? ok(found.value[0][0]?.usedAt) : found
}
