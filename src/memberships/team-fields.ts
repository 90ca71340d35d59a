/** A team as its row tells of it. */
import { sql, type SQL } from 'drizzle-orm'
import type { Reference, StoredTeam } from '../scim/representation'
import { storedResource, type Row } from '../database/row'
import { teams } from '../database/schema/directory'

export const teamColumns: SQL = sql`${teams.id} as id, ${teams.attributes} as attributes,
  ${teams.version} as version, ${teams.memberCount} as member_count,
  ${teams.operation} as operation, ${teams.createdAt} as created_at,
  ${teams.updatedAt} as updated_at`

export function storedTeam(row: Row, members: readonly Reference[] | undefined): StoredTeam {
  const team = { ...storedResource(row), memberCount: Number(row['member_count']) }
  return members ? { ...team, members } : team
}

export function reference(row: Row): Reference {
  return {
    id: String(row['user_id']),
    display: typeof row['display'] === 'string' ? row['display'] : '',
  }
}
