/** The people lost within the hour beside the number at which losses are held. */
import { sql } from 'drizzle-orm'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList } from '../../database/field'
import { lossMinutes } from '../../database/schema/guard'
import { tenants } from '../../database/schema/tenants'
import { query, value } from '../../database/statement'
import { ok, type Result } from '../../result'
import { completeSettings } from '../../tenants/settings'
import type { Tenant } from '../../tenants/tenant'
import { allowed, isWatched, lossValues, lossWindow, lostSoFar } from '../loss-window'

export interface Losses {
  readonly lost: number
  /** Undefined where any number may be lost. */
  readonly allowed: number | undefined
}

const selectLosses = query(
  { lost: sql<number>`${lostSoFar}`, allowed: sql<number>`${allowed}` },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** Tenants that are shown together. */
const maximumTenants = 20

const selectLosing = query(
  { id: tenants.id, slug: tenants.slug, name: tenants.name, settings: tenants.settings },
  (fields) => sql`
  select ${fieldList(fields)} from ${tenants}
  where exists (select 1 from ${lossMinutes} where ${lossMinutes.tenantId} = ${tenants.id}
    and ${lossMinutes.minute} > ${value('minute')} - ${lossWindow})
  limit ${maximumTenants}`,
)

export async function readLosses(
  database: D1Database,
  { id, settings }: Pick<Tenant, 'id' | 'settings'>,
  now: number,
): Promise<Result<Losses, Refusal>> {
  const values = { tenantId: id, ...lossValues(settings, now) }
  const read = await readBatch(database, [selectLosses(database, values)])
  if (!read.ok) return read
  const [[row]] = read.value
  return ok({ lost: row?.lost ?? 0, allowed: isWatched(settings) ? row?.allowed : undefined })
}

/** Tenants of a database that lost people within the hour, at most twenty. */
export async function listLosing(
  database: D1Database,
  now: number,
): Promise<Result<readonly (Losses & Pick<Tenant, 'slug' | 'name'>)[], Refusal>> {
  const found = await readBatch(database, [
    selectLosing(database, { minute: Math.floor(now / 60_000) }),
  ])
  if (!found.ok) return found
  const list: (Losses & Pick<Tenant, 'slug' | 'name'>)[] = []
  for (const { id, slug, name, settings } of found.value[0]) {
    const read = await readLosses(database, { id, settings: completeSettings(settings) }, now)
    if (!read.ok) return read
    if (read.value.lost > 0) list.push({ slug, name, ...read.value })
  }
  return ok(list)
}
