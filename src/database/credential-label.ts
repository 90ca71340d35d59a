/** Labels of the credentials that changes came with. */
import { sql, type Column, type SQL } from 'drizzle-orm'
import { clients } from './schema/oauth'
import { tokens } from './schema/tenants'

/** Label of the token or client of a tenant with an id; null for neither. */
export function credentialLabel(tenantId: Column | SQL, id: SQL): SQL<string | null> {
  return sql<string | null>`coalesce(
    (select ${tokens.label} from ${tokens}
      where ${tokens.tenantId} = ${tenantId} and ${tokens.id} = ${id}),
    (select ${clients.label} from ${clients}
      where ${clients.tenantId} = ${tenantId} and ${clients.id} = ${id}))`
}
