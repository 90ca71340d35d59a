import { app } from './app'
import type { Environment } from './environment'
import { tellExpiry } from './store/expiry'
import { dropOld } from './store/retention'
import { finishDeletions } from './store/tenant-deletion'

export { Team } from './team/team'

export default {
  fetch: app.fetch,
  async scheduled(controller, environment) {
    await tellExpiry(environment.DB, controller.scheduledTime)
    await finishDeletions(environment.DB)
    await dropOld(environment.DB, controller.scheduledTime)
  },
} satisfies ExportedHandler<Environment>
