/** The application's keys as JSON: of one tenant, or of all tenants. */
import * as z from 'zod/mini'
import { hashToken, makeKey } from '../../tokens/secret'
import { ok, type Result } from '../../result'
import type { Author } from '../../audit/log'
import type { Refusal } from '../../database/batch'
import {
  addKey,
  listKeys,
  listReaders,
  revokeKey,
  type KeyRecord,
  type Progress,
} from '../../application/keys'
import type { KeyScope } from '../../application/reader'
import { isoOrNull } from '../../database/row'
import { idOf } from '../../http/id'
import { operatorAuthor, type ApiContext } from '../shell/api-context'
import { futureTime, label } from '../shell/forms'
import { problems, replyInvalid, replyProblem, replyRefusal } from '../shell/problem'

const newKey = z.strictObject({
  label: z._default(label, ''),
  scope: z._default(z.enum(['read', 'read-ack']), 'read'),
  expiresAt: z.nullish(futureTime),
})

export interface IssuedKey {
  readonly record: KeyRecord
  /** The key itself: it is answered here and kept nowhere. */
  readonly key: string
}

export interface KeyWish {
  readonly label: string
  readonly scope: KeyScope
  readonly expiresAt: number | null
}

/** Makes a key; undefined when there are as many as may be. `tenantId` is null for all tenants. */
export async function issueKey(
  database: D1Database,
  tenantId: number | null,
  wish: KeyWish,
  author: Author,
): Promise<Result<IssuedKey | undefined, Refusal>> {
  const key = await makeKey()
  const added = await addKey(database, tenantId, { hash: await hashToken(key), ...wish }, author)
  if (!added.ok) return added
  return ok(added.value && { record: added.value, key })
}

export function isLiveKey({ revokedAt, expiresAt }: KeyRecord, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}

export async function postKey(c: ApiContext): Promise<Response> {
  const given = await c.req.json<unknown>().catch(() => undefined)
  if (given === undefined) return replyProblem(c, problems.malformedJson)
  const body = newKey.safeParse(given)
  if (!body.success) return replyInvalid(c, body.error)
  const { label, scope, expiresAt } = body.data
  const wish = { label, scope, expiresAt: expiresAt ?? null }
  const issued = await issueKey(c.env.DB, ownerOf(c), wish, operatorAuthor(c))
  if (!issued.ok) return replyRefusal(c, issued.error)
  if (!issued.value) return replyProblem(c, problems.tooManyKeys)
  const { record, key } = issued.value
  return c.json({ ...showKey(record), key }, 201, { 'Cache-Control': 'no-store' })
}

export async function getKeys(c: ApiContext): Promise<Response> {
  const owner = ownerOf(c)
  if (owner === null) {
    const keys = await listKeys(c.env.DB, null)
    return keys.ok ? c.json({ keys: keys.value.map(showKey) }) : replyRefusal(c, keys.error)
  }
  const found = await listReaders(c.env, owner)
  if (!found.ok) return replyRefusal(c, found.error)
  const { keys, progress } = found.value
  const own = keys.filter(({ isForAll }) => !isForAll)
  return c.json({ keys: own.map(showKey), readers: progress.map(showProgress) })
}

export async function deleteKey(c: ApiContext): Promise<Response> {
  const revoked = await revokeKey(c.env.DB, ownerOf(c), idOf(c), operatorAuthor(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

/** The tenant in the address, or null for all tenants. */
function ownerOf(c: ApiContext): number | null {
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
