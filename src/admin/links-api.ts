/** Links for the customer's administrator, as JSON. */
import type { Context } from 'hono'
import type { AppTypes } from '../http/context'
import { listLinks, revokeLink, type LinkRecord } from '../store/links'
import { isoOrNull } from '../store/stored'
import { findTenant } from '../store/tenants'
import type { LinkWish } from './forms'
import { issueLink } from './links'
import { operatorAuthor, replyRefusal } from './problem'

export async function postLink(c: Context<AppTypes>, wish: LinkWish): Promise<Response> {
  const tenant = await findTenant(c.env.DB, c.req.param('slug') ?? '')
  if (!tenant.ok) return replyRefusal(c, tenant.error)
  const { origin } = new URL(c.req.url)
  const issued = await issueLink(c.env, tenant.value, wish, origin, operatorAuthor(c))
  if (!issued.ok) return replyRefusal(c, issued.error)
  const { record, url } = issued.value
  return c.json({ ...showLink(record), url }, 201, { 'Cache-Control': 'no-store' })
}

export async function getLinks(c: Context<AppTypes>): Promise<Response> {
  const tenant = await findTenant(c.env.DB, c.req.param('slug') ?? '')
  if (!tenant.ok) return replyRefusal(c, tenant.error)
  const found = await listLinks(c.env.DB, tenant.value)
  return found.ok ? c.json({ links: found.value.map(showLink) }) : replyRefusal(c, found.error)
}

export async function deleteLink(c: Context<AppTypes>): Promise<Response> {
  const tenant = await findTenant(c.env.DB, c.req.param('slug') ?? '')
  if (!tenant.ok) return replyRefusal(c, tenant.error)
  const id = c.req.param('id') ?? ''
  const revoked = await revokeLink(c.env.DB, tenant.value, id, operatorAuthor(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

function showLink(link: LinkRecord) {
  const { id, label, role, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt } = link
  return {
    id,
    label,
    role,
    createdBy,
    created: isoOrNull(createdAt),
    expires: isoOrNull(expiresAt),
    lastUsed: isoOrNull(lastUsedAt),
    revoked: isoOrNull(revokedAt),
  }
}
