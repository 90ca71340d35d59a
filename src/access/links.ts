/**
 * Links that an operator gives to a customer's administrator: they open the console for one tenant.
 */
import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { links, sessions, type linkRoles } from '../database/schema/access'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select, update } from '../database/builder'
import { fieldList, type RowOf } from '../database/field'
import { sessionColumns, sessionLifetime } from './sessions'
import { command, query, tenant, value } from '../database/statement'
import { isoOrNull } from '../time'
import { tenants } from '../database/schema/tenants'
import type { Tenant } from '../tenants/tenant'
import { isLiveRow, isStaying, limitedCredential } from '../tokens/limited-credential'

export type LinkRole = (typeof linkRoles)[number]

export type LinkRefusal = Refusal | { readonly kind: 'tooManyLinks' }

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
    slug: tenants.slug,
  },
  (named) =>
    select(named).from(links).innerJoin(tenants, eq(tenants.id, links.tenantId)).where(isOpening),
)

const insertSessionOfLink = query(
  { linkId: sessions.linkId },
  (named) => sql`
  insert into ${sessions} (${sessionColumns})
  select ${value('hash')}, ${value('actor')}, ${links.role}, ${links.tenantId}, ${links.id},
    null, ${value('now')}, min(${links.expiresAt}, ${value('expiresAt')})
  from ${links} where ${isOpening}
  returning ${fieldList(named)}`,
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
 * Opens a session through a link; answers its role and the slug of its tenant, or undefined when it is no
 * more.
 */
export async function openLink(
  database: D1Database,
  linkHash: string,
  session: { readonly hash: string; readonly requestId: string },
): Promise<Result<{ readonly slug: string; readonly role: LinkRole } | undefined, Refusal>> {
  const now = Date.now()
  const found = await readBatch(database, [selectOpening(database, { linkHash, now })])
  if (!found.ok) return found
  const [[opening]] = found.value
  if (!opening) return ok(undefined)
  const { id, label, role, tenantId, slug } = opening
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
  ])
  if (!outcome.ok) return outcome
  const [[opened]] = outcome.value
  return ok(opened && { slug, role })
}
