/** People who seem to be back, as JSON. */
import type * as z from 'zod/mini'
import { findReturning } from '../../activity/returning'
import { idOf } from '../../http/id'
import type { AdminContext } from '../shell/context'
import { replyRefusal } from '../shell/problem'
import type { handOverForm } from './forms'
import { handOverTo } from './hand-over'

export async function getReturning(c: AdminContext): Promise<Response> {
  const found = await findReturning(c.env.DB, c.var.tenant.id)
  if (!found.ok) return replyRefusal(c, found.error)
  const people = found.value.map(({ latestAt, ...person }) => ({
    ...person,
    latest: new Date(latestAt).toISOString(),
  }))
  return c.json({ people })
}

export async function postHandOver(
  c: AdminContext,
  { externalId }: z.infer<typeof handOverForm>,
): Promise<Response> {
  const done = await handOverTo(c, idOf(c), externalId)
  return done.ok ? c.body(null, 204) : replyRefusal(c, done.error)
}
