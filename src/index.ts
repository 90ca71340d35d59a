import { app } from './app'
import type { Environment } from './environment'
import { tellExpiry } from './store/expiry'
import { dropOld } from './store/retention'
import { finishDeletions } from './store/tenant-deletion'

export { Directory } from './application/directory'
export { Team } from './team/team'

/** What the clock of the platform starts, in this order. One that fails leaves the others their turn. */
const nightly = [tellExpiry, finishDeletions, dropOld]

export default {
  fetch: app.fetch,
  async scheduled(controller, environment) {
    const failures: unknown[] = []
    for (const job of nightly) {
      await job(environment.DB, controller.scheduledTime).catch((error) => failures.push(error))
    }
    if (failures.length > 0) throw new AggregateError(failures, 'The nightly run failed in part')
  },
} satisfies ExportedHandler<Environment>
