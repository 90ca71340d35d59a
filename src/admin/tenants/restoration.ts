/** The call that follows the restoration of a database, as JSON. */
import { eachDatabase, mainName } from '../../database/placement'
import { restartLogs } from '../../tenants/restoration'
import { forgetLanes } from '../../webhooks/all/store'
import { sweepDeliveries, sweepFeed } from '../../webhooks/wake'
import { authorOf, type AdminContext } from '../shell/context'
import { problems, replyProblem, replyRefusal } from '../shell/problem'

/** `database` is the one that was restored; without it all of them were. */
export async function postRestoration(
  c: AdminContext,
  { database }: { readonly database?: string | undefined },
): Promise<Response> {
  const all = eachDatabase(c.env)
  const restored = all.filter(
    ({ databaseName = mainName }) => database === undefined || databaseName === database,
  )
  if (restored.length === 0) return replyProblem(c, problems.unknownDatabase)
  let tenants = 0
  for (const home of restored) {
    const restarted = await restartLogs(home.DB, authorOf(c))
    if (!restarted.ok) return replyRefusal(c, restarted.error)
    tenants += restarted.value
    const forgotten = await forgetLanes(c.env.DB, home.databaseName ?? mainName)
    if (!forgotten.ok) return replyRefusal(c, forgotten.error)
    c.executionCtx.waitUntil(sweepDeliveries(home, Date.now()).catch(() => undefined))
  }
  c.executionCtx.waitUntil(sweepFeed(c.env, Date.now()).catch(() => undefined))
  return c.json({ tenants })
}
