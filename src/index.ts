import './zod-locale'
import { app } from './app'
import type { Environment } from './environment'
import { countDays } from './attention/days'
import { sendNotices } from './attention/send'
import { resealAll } from './webhooks/reseal'
import { sweepDeliveries } from './webhooks/wake'
import { eachDatabase } from './database/placement'
import { announceExpiring } from './tokens/expiry'
import { gatherDepartures } from './activity/departures'
import { tellDueReleases } from './guard/review/delay'
import { deleteExpired } from './retention'
import { countStored } from './tenants/count'
import { finishDeletions } from './tenants/deletion'

export { Directory } from './application/service-binding'
export { Delivery } from './webhooks/delivery'
export { Team } from './teams/team'

type Job = (home: Environment, now: number) => Promise<void>

/** Jobs of each sweep. The first writes events, which the second delivers. */
const frequent: readonly Job[] = [
  ({ DB }, now) => tellDueReleases(DB, now),
  sweepDeliveries,
  finishDeletions,
  ({ DB }) => gatherDepartures(DB),
]

/** Jobs of the nightly run, carried out in this order in each database. */
const nightly: readonly Job[] = [
  ({ DB }, now) => announceExpiring(DB, now),
  ({ DB }, now) => countDays(DB, now),
  ({ DB }, now) => deleteExpired(DB, now),
  resealAll,
  ...frequent,
  ({ DB }) => countStored(DB),
]

/** Schedule of the sweep, as in `wrangler.toml`; the other schedule is that of the nightly run. */
const sweepCron = '*/5 * * * *'

export default {
  fetch: app.fetch,
  async scheduled(controller, environment) {
    const jobs = controller.cron === sweepCron ? frequent : nightly
    const failures: unknown[] = []
    // One that fails leaves the others, and the other databases, their turn.
    for (const home of eachDatabase(environment)) {
      for (const job of jobs) {
        await job(home, controller.scheduledTime).catch((error) => failures.push(error))
      }
    }
    // Once for all databases: notices are about all tenants.
    await sendNotices(environment, controller.scheduledTime).catch((error) => failures.push(error))
    if (failures.length > 0) throw new AggregateError(failures, 'A scheduled run failed in part')
  },
} satisfies ExportedHandler<Environment>
