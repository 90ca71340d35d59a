/** Links that an operator gives to a customer's administrator: they open the console for one tenant. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { links, sessions } from '../database/schema/access'
import { auditIfChanged, type Author, type Role } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { sessionColumns, sessionLifetime } from './sessions'
import { columns, statement, tenant, value } from '../database/statement'
import { isoOrNull, timeOrNull, type Row } from '../database/row'
import { tenants } from '../database/schema/tenants'
import type { Tenant } from '../tenants/tenant'

export type LinkRole = Exclude<Role, 'operator'>

export interface LinkRecord {
  readonly id: string
  readonly label: string
  readonly role: LinkRole
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  /** When it was last opened. */
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
}

export type LinkRefusal = Refusal | { readonly kind: 'tooManyLinks' }

/** As many links of one tenant may be open at once. */
export const maximumLinks = 20

const isLive = sql`${links.revokedAt} is null and ${links.expiresAt} > ${value('now')}`

const insertLink = statement(
  () => sql`
  insert into ${links} (${columns(
    links.id,
    links.tenantId,
    links.hash,
    links.label,
    links.role,
    links.createdBy,
    links.createdAt,
    links.expiresAt,
  )})
  select ${value('id')}, ${tenants.id}, ${value('hash')}, ${value('label')}, ${value('role')},
    ${value('createdBy')}, ${value('now')}, ${value('expiresAt')}
  from ${tenants} where ${tenants.id} = ${tenant} and ${tenants.deletingAt} is null
    and ${value('most')} > (
    select count(*) from ${links} where ${links.tenantId} = ${tenant} and ${isLive})
  returning 1`,
)

const selectLinks = statement(
  () => sql`
  select * from ${links} where ${links.tenantId} = ${tenant}
  order by ${links.createdAt} desc, ${links.id} limit 200`,
)

const isLink = sql`${links.tenantId} = ${tenant} and ${links.id} = ${value('id')}`

const revokeLinkRow = statement(
  () => sql`
  update ${links} set revoked_at = ${value('now')} where ${isLink} and ${links.revokedAt} is null`,
)

const deleteSessionsOfLink = statement(
  () => sql`
  delete from ${sessions} where ${sessions.tenantId} = ${tenant}
    and ${sessions.linkId} = ${value('id')}`,
)

const selectLink = statement(() => sql`select 1 from ${links} where ${isLink}`)

const selectByHash = statement(
  () => sql`
  select ${links}.*, ${tenants.slug} as slug
  from ${links} join ${tenants} on ${tenants.id} = ${links.tenantId}
  where ${links.hash} = ${value('linkHash')} and ${isLive}`,
)

const insertSessionOfLink = statement(
  () => sql`
  insert into ${sessions} (${sessionColumns})
  select ${value('hash')}, ${value('actor')}, ${links.role}, ${links.tenantId}, ${links.id},
    ${value('now')}, min(${links.expiresAt}, ${value('expiresAt')})
  from ${links} where ${links.hash} = ${value('linkHash')} and ${isLive}
  returning 1`,
)

const noteUse = statement(
  () => sql`
  update ${links} set last_used_at = ${value('now')}
  where ${links.hash} = ${value('linkHash')} and ${isLive}`,
)

export async function addLink(
  database: D1Database,
  tenant: Tenant,
  link: {
    readonly hash: string
    readonly label: string
    readonly role: LinkRole
    readonly expiresAt: number
  },
  author: Author,
): Promise<Result<LinkRecord, LinkRefusal>> {
  const { hash, ...input } = link
  const made = { id: crypto.randomUUID(), ...input, createdBy: author.actor }
  const now = Date.now()
  const outcome = await runBatch(database, [
    insertLink(database, { ...made, hash, tenantId: tenant.id, now, most: maximumLinks }),
    auditIfChanged(database, {
      tenant: tenant.id,
      author,
      action: 'link.created',
      subject: made.id,
      after: { label: input.label, role: input.role, expires: isoOrNull(input.expiresAt) },
    }),
  ])
  if (!outcome.ok) return outcome
  if (outcome.value[0]?.length !== 1) return err({ kind: 'tooManyLinks' })
  return ok({ ...made, createdAt: now, lastUsedAt: null, revokedAt: null })
}

/** The links of a tenant, the latest first. */
export async function listLinks(
  database: D1Database,
  tenant: Tenant,
): Promise<Result<LinkRecord[], Refusal>> {
  const outcome = await readBatch(database, [selectLinks(database, { tenantId: tenant.id })])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(linkOf)) : outcome
}

/** Revokes a link; the sessions that it opened end with it. */
export async function revokeLink(
  database: D1Database,
  tenant: Tenant,
  id: string,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const values = { tenantId: tenant.id, id }
  const outcome = await runBatch(database, [
    revokeLinkRow(database, { ...values, now: Date.now() }),
    auditIfChanged(database, { tenant: tenant.id, author, action: 'link.revoked', subject: id }),
    deleteSessionsOfLink(database, values),
    selectLink(database, values),
  ])
  if (!outcome.ok) return outcome
  return outcome.value[3]?.length === 1 ? ok(undefined) : err({ kind: 'target' })
}

/** Opens a session through a link; answers the slug of its tenant, or undefined when it is no more. */
export async function openLink(
  database: D1Database,
  linkHash: string,
  session: { readonly hash: string; readonly requestId: string },
): Promise<Result<string | undefined, Refusal>> {
  const now = Date.now()
  const found = await readBatch(database, [selectByHash(database, { linkHash, now })])
  if (!found.ok) return found
  const row = found.value[0]?.[0]
  if (!row) return ok(undefined)
  const link = linkOf(row)
  const author = {
    actor: link.label || 'unnamed link',
    role: link.role,
    requestId: session.requestId,
  }
  const outcome = await runBatch(database, [
    insertSessionOfLink(database, {
      linkHash,
      hash: session.hash,
      actor: author.actor,
      now,
      expiresAt: now + sessionLifetime,
    }),
    auditIfChanged(database, {
      tenant: Number(row['tenant_id']),
      author,
      action: 'link.opened',
      subject: link.id,
    }),
    noteUse(database, { linkHash, now }),
  ])
  if (!outcome.ok) return outcome
  return ok(outcome.value[0]?.length === 1 ? String(row['slug']) : undefined)
}

function linkOf(row: Row): LinkRecord {
  return {
    id: String(row['id']),
    label: String(row['label']),
    role: row['role'] as LinkRole,
    createdBy: String(row['created_by']),
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
    lastUsedAt: timeOrNull(row['last_used_at']),
    revokedAt: timeOrNull(row['revoked_at']),
  }
}
