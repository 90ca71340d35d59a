import { app } from './app'

export { Team } from './team/team'

export default app
