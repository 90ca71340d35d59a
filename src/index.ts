import { app } from './app'
import type { Environment } from './environment'

export { Directory } from './application/service-binding'
export { Delivery } from './webhooks/delivery'
export { Team } from './teams/team'

/** Schedule of the sweep, as in `wrangler.toml`; the other schedule is that of the nightly run. */
const sweepCron = '*/5 * * * *'

export default {
  fetch: app.fetch,
  async scheduled(controller, environment) {
    const { runJobs } = await import('./jobs')
    const which = controller.cron === sweepCron ? 'sweep' : 'night'
    await runJobs(which, environment, controller.scheduledTime)
  },
} satisfies ExportedHandler<Environment>
