/** The fields of a team that statements on its members, too, answer. */
import type { RowOf } from '../database/field'
import { resourceFields } from '../database/resource'
import { teams } from '../database/schema/directory'

/** A row of these fields is a `StoredTeam` whose members were not read. */
export const shownTeamFields = { ...resourceFields(teams), memberCount: teams.memberCount }

/** With the request that wrote the version. */
export const teamFields = { ...shownTeamFields, operation: teams.operation }

export type TeamRow = RowOf<typeof teamFields>
