/** What needs somebody, and the addresses that are told of it, as JSON. */
import type * as z from 'zod/mini'
import { readNotices } from '../../attention/notices'
import { shownNotice } from '../../attention/send'
import { addTarget, listTargets, removeTarget } from '../../attention/targets'
import { idOf } from '../../http/id'
import { isLoopbackAllowed, shownTarget } from '../../public-address'
import { isoOrNull } from '../../time'
import { authorOf, type AdminContext } from '../shell/context'
import { problems, replyFault, replyProblem, replyRefusal } from '../shell/problem'
import { targetTexts } from '../webhooks/forms'
import type { newNoticeTarget } from './forms'

export async function getNotices(c: AdminContext): Promise<Response> {
  const now = Date.now()
  const found = await readNotices(c.env, now)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({ notices: found.value.map((notice) => shownNotice(notice, now)) })
}

export async function getNoticeTargets(c: AdminContext): Promise<Response> {
  const found = await listTargets(c.env.DB)
  if (!found.ok) return replyRefusal(c, found.error)
  const targets = found.value.map(({ id, kind, url, createdAt, lastAt, lastError }) => ({
    id,
    kind,
    url: shownTarget(url),
    created: isoOrNull(createdAt),
    lastSent: isoOrNull(lastAt),
    lastError,
  }))
  return c.json({ targets })
}

export async function postNoticeTarget(
  c: AdminContext,
  input: z.output<typeof newNoticeTarget>,
): Promise<Response> {
  const added = await addTarget(c.env, input, authorOf(c), isLoopbackAllowed(c.env))
  if (added.ok) return c.json(added.value, 201, { 'Cache-Control': 'no-store' })
  const { error } = added
  if (error.kind === 'badTarget') return replyFault(c, '/url', targetTexts[error.reason])
  if (error.kind === 'tooManyTargets') return replyProblem(c, problems.tooManyNoticeTargets)
  return replyRefusal(c, error)
}

export async function deleteNoticeTarget(c: AdminContext): Promise<Response> {
  const removed = await removeTarget(c.env.DB, idOf(c), authorOf(c))
  return removed.ok ? c.body(null, 204) : replyRefusal(c, removed.error)
}
