import './words'
import { app } from './app'
import type { Environment } from './environment'
import { sweepDeliveries } from './events/wake'
import { tellExpiry } from './store/expiry'
import { dropOld } from './store/retention'
import { finishDeletions } from './store/tenant-deletion'

export { Directory } from './application/directory'
export { Delivery } from './events/delivery'
export { Team } from './team/team'

/** What the clock of the platform starts, in this order. One that fails leaves the others their turn. */
const nightly = [tellExpiry, finishDeletions, dropOld]

/** As in `wrangler.toml`; the other one is the nightly run. */
const sweepCron = '*/5 * * * *'

export default {
  fetch: app.fetch,
  async scheduled(controller, environment) {
    const { cron, scheduledTime } = controller
    if (cron === sweepCron) {
      await sweepDeliveries(environment, scheduledTime)
      return
    }
    const failures: unknown[] = []
    for (const job of nightly) {
      await job(environment.DB, scheduledTime).catch((error) => failures.push(error))
    }
    // The night may have written events.
    await sweepDeliveries(environment, scheduledTime).catch((error) => failures.push(error))
    if (failures.length > 0) throw new AggregateError(failures, 'The nightly run failed in part')
  },
} satisfies ExportedHandler<Environment>
