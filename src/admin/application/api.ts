/** The application's keys as JSON: of one tenant, or of all tenants. */
import type * as z from 'zod/mini'
import {
  listReaders,
  listSharedKeys,
  revokeKey,
  type KeyRecord,
  type Progress,
} from '../../application/keys'
import { isoOrNull } from '../../time'
import { idOf } from '../../http/id'
import { authorOf, type AdminContext } from '../shell/context'
import { problems, replyProblem, replyRefusal } from '../shell/problem'
import { issueKey } from '../../application/key-commands'
import type { newKey } from './forms'

export async function postKey(c: AdminContext, input: z.output<typeof newKey>): Promise<Response> {
  const issued = await issueKey(c.env.DB, ownerOf(c), input, authorOf(c))
  if (!issued.ok) return replyRefusal(c, issued.error)
  if (!issued.value) return replyProblem(c, problems.tooManyKeys)
  const { record, key } = issued.value
  return c.json({ ...showKey(record), key }, 201, { 'Cache-Control': 'no-store' })
}

export async function getKeys(c: AdminContext): Promise<Response> {
  const owner = ownerOf(c)
  if (owner === null) {
    const keys = await listSharedKeys(c.env.DB)
    return keys.ok ? c.json({ keys: keys.value.map(showKey) }) : replyRefusal(c, keys.error)
  }
  const found = await listReaders(c.env, owner)
  if (!found.ok) return replyRefusal(c, found.error)
  const { keys, progress } = found.value
  const own = keys.filter(({ isForAll }) => !isForAll)
  return c.json({ keys: own.map(showKey), readers: progress.map(showProgress) })
}

export async function deleteKey(c: AdminContext): Promise<Response> {
  const revoked = await revokeKey(c.env.DB, ownerOf(c), idOf(c), authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

/** The tenant in the address, or null for all tenants. */
function ownerOf(c: AdminContext): number | null {
  return c.req.param('slug') === undefined ? null : c.var.tenant.id
}

function showKey(key: KeyRecord) {
  return {
    id: key.id,
    label: key.label,
    scope: key.scope,
    tenants: key.isForAll ? 'all' : 'one',
    created: isoOrNull(key.createdAt),
    lastUsed: isoOrNull(key.lastUsedAt),
    expires: isoOrNull(key.expiresAt),
    revoked: isoOrNull(key.revokedAt),
  }
}

function showProgress({ reader, seq, at, lastSeq }: Progress) {
  return { reader, seq, at: isoOrNull(at), behind: lastSeq - seq }
}
