/** What the parts of the search have in common: the tenant that is wanted, and texts that begin as asked. */
import { sql, type SQL } from 'drizzle-orm'
import { tenants } from '../database/schema/tenants'
import { value } from '../database/statement'

export const ofTenant = { slug: tenants.slug, tenantName: tenants.name }

export const isWanted = sql`(${value('slug')} = '' or ${tenants.slug} = ${value('slug')})`

/** A text that begins as the wanted one does. */
export const begins = (text: SQL | SQL.Aliased | object) =>
  sql`${text} >= ${value('folded')} and ${text} < ${value('end')}`

export const limit = value('limit')
