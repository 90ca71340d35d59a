/** Tenants that wait for a receiver, with their slugs. */
import { sql } from 'drizzle-orm'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList } from '../../database/field'
import { tenantDatabases, tenants } from '../../database/schema/tenants'
import { query, value } from '../../database/statement'
import { ok, type Result } from '../../result'
import type { Lane } from './store'

export type WaitingTenant = Lane & { readonly slug: string }

const selectSlugs = query(
  {
    id: sql<number>`wanted.value`,
    slug: sql<string | null>`coalesce(
    (select ${tenants.slug} from ${tenants} where ${tenants.id} = wanted.value),
    (select ${tenantDatabases.slug} from ${tenantDatabases} where ${tenantDatabases.id} = wanted.value))`,
  },
  (fields) => sql`select ${fieldList(fields)} from json_each(${value('ids')}) as wanted`,
)

/** Lanes with the slugs of their tenants; without those of tenants that were deleted. */
export async function readWaiting(
  main: D1Database,
  lanes: readonly Lane[],
): Promise<Result<readonly WaitingTenant[], Refusal>> {
  if (lanes.length === 0) return ok([])
  const ids = JSON.stringify(lanes.map(({ tenantId }) => tenantId))
  const read = await readBatch(main, [selectSlugs(main, { ids })])
  if (!read.ok) return read
  const slugs = new Map(read.value[0].map(({ id, slug }) => [id, slug]))
  return ok(
    lanes.flatMap((lane) => {
      const slug = slugs.get(lane.tenantId)
      return slug ? { ...lane, slug } : []
    }),
  )
}
