/** Long work of a tenant as JSON. */
import { readWork } from '../../attention/work'
import { isoOrNull } from '../../time'
import type { AdminContext } from '../shell/context'
import { replyRefusal } from '../shell/problem'

export async function getWork(c: AdminContext): Promise<Response> {
  const found = await readWork(c.env.DB, c.var.tenant.id, Date.now())
  if (!found.ok) return replyRefusal(c, found.error)
  const work = found.value.map(({ kind, subject, done, total, since }) => ({
    kind,
    subject,
    done,
    total,
    since: isoOrNull(since),
  }))
  return c.json({ work })
}
