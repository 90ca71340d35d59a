/** The Worker under test, called inside workerd. */
import { env, exports } from 'cloudflare:workers'
import type { Environment } from '../../src/environment'
import { inDatabase } from '../../src/database/placement'
import { afterAnswers } from './after-answers'
import { newTenant, operator, type ScimClient } from './tenant'

export const origin = 'https://rollcall.test'
export const bindings = env as unknown as Environment & { readonly ADMIN_TOKEN: string }

/** A request of the administration comes once what is written after earlier answers is there. */
export async function send(request: Request): Promise<Response> {
  if (new URL(request.url).pathname.startsWith('/admin')) await afterAnswers()
  return exports.default.fetch(request)
}

export const admin = operator(send, origin, bindings.ADMIN_TOKEN)

/** In the database that new tenants go to, or in that of this name. */
export function tenant(settings?: unknown, database?: string): Promise<ScimClient> {
  return newTenant(send, origin, bindings.ADMIN_TOKEN, settings, database)
}

export interface EventRow {
  readonly seq: number
  readonly type: string
  readonly resource_id: string
  readonly member_id: string | null
  readonly resource: any
  readonly changes: any
  readonly cause: any
}

/** The database in which new tenants live. */
export const homeDatabase = inDatabase(bindings, bindings.NEW_TENANTS)?.DB ?? bindings.DB

/** The events of a tenant, in their order, with the ids that the application knows. */
export async function eventsOf(client: ScimClient): Promise<EventRow[]> {
  const { results } = await homeDatabase
    .prepare(
      `select events.*, released_id from events join tenants on tenants.id = events.tenant_id
       left join released_ids on released_ids.tenant_id = tenants.id
         and released_ids.user_id = coalesce(member_id, resource_id)
       where tenants.slug = ? order by seq`,
    )
    .bind(client.slug)
    .all<Record<string, any>>()
  return results.map(({ released_id: id, ...row }) => {
    const isOfMember = row['member_id'] !== null
    const resource = JSON.parse(row['resource'])
    return {
      ...(row as EventRow),
      ...(id === null ? {} : { [isOfMember ? 'member_id' : 'resource_id']: id }),
      resource: id === null || isOfMember ? resource : { ...resource, id },
      changes: JSON.parse(row['changes']),
      cause: JSON.parse(row['cause']),
    }
  })
}
