/** Links for the customer's administrator as JSON. */
import type { LinkInput } from '../../access/commands'
import { listLinks, revokeLink, type LinkRecord } from '../../access/links'
import { isoOrNull } from '../../time'
import { idOf } from '../../http/id'
import { authorOf, type AdminContext } from '../shell/context'
import { replyRefusal } from '../shell/problem'
import { shareLink } from './share'

export async function postLink(c: AdminContext, input: LinkInput): Promise<Response> {
  const issued = await shareLink(c, input)
  if (!issued.ok) return replyRefusal(c, issued.error)
  const { record, url } = issued.value
  return c.json({ ...showLink(record), url }, 201, { 'Cache-Control': 'no-store' })
}

export async function getLinks(c: AdminContext): Promise<Response> {
  const found = await listLinks(c.env.DB, c.var.tenant)
  return found.ok ? c.json({ links: found.value.map(showLink) }) : replyRefusal(c, found.error)
}

export async function deleteLink(c: AdminContext): Promise<Response> {
  const revoked = await revokeLink(c.env.DB, c.var.tenant, idOf(c), authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

function showLink(link: LinkRecord) {
  const { id, label, role, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt } = link
  const { returnUrl, opensUntil } = link
  return {
    id,
    label,
    role,
    createdBy,
    created: isoOrNull(createdAt),
    expires: isoOrNull(expiresAt),
    lastUsed: isoOrNull(lastUsedAt),
    revoked: isoOrNull(revokedAt),
    returnUrl,
    opensUntil: isoOrNull(opensUntil),
  }
}
