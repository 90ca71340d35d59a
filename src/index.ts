import { app } from './app'
import type { Environment } from './environment'
import { dropOld } from './store/retention'

export { Team } from './team/team'

export default {
  fetch: app.fetch,
  async scheduled(controller, environment) {
    await dropOld(environment.DB, controller.scheduledTime)
  },
} satisfies ExportedHandler<Environment>
