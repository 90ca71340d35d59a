/** Tenants: what the operator manages. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { isObject, isSame, type Json, type JsonObject } from '../scim/json'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { fromEach, mainName, type Databases } from '../database/placement'
import { isFree, reservePlacement } from '../database/placement-table'
import { parseSettings } from './settings'
import { columns, statement, tenant, value } from '../database/statement'
import { textOrNull, timeOrNull, type Row } from '../database/row'
import { holds } from '../database/schema/guard'
import { clearTenant } from './deletion'
import { tenants } from '../database/schema/tenants'
import type { ListedTenant, Tenant } from './tenant'

const insertTenant = statement(
  () => sql`
  insert into ${tenants}
    (${columns(tenants.id, tenants.slug, tenants.name, tenants.settings, tenants.createdAt)})
  select ${value('id')}, ${value('slug')}, ${value('name')}, '{}', ${value('now')} where ${isFree}
  on conflict do nothing returning 1`,
)

const tenantColumns = sql`${tenants}.*, (select ${holds.id} from ${holds}
  where ${holds.tenantId} = ${tenants.id} and ${holds.closedAt} is null) as open_hold`

const selectTenants = statement(
  () => sql`select ${tenantColumns} from ${tenants} order by ${tenants.slug}`,
)

const bySlug = sql`${tenants.slug} = ${value('slug')}`

const selectTenant = statement(() => sql`select ${tenantColumns} from ${tenants} where ${bySlug}`)

const updateTenant = statement(
  () => sql`
  update ${tenants} set name = ${value('name')}, enabled = ${value('enabled')},
    settings = ${value('settings')}, revision = revision + 1
  where ${tenants.id} = ${tenant} and ${tenants.revision} = ${value('revision')}
  returning 1`,
)

/** Makes a tenant in this database, or completes one whose making was cut off. */
export async function createTenant(
  home: Databases,
  slug: string,
  name: string,
  author: Author,
): Promise<Result<Tenant, Refusal>> {
  const id = await reserveId(home, slug)
  if (!id.ok) return id
  const database = home.DB
  const outcome = await runBatch(database, [
    insertTenant(database, { id: id.value, slug, name, now: Date.now() }),
    auditIfChanged(database, {
      tenant: { slug },
      author,
      action: 'tenant.created',
      subject: slug,
      after: { name },
    }),
    selectTenant(database, { slug }),
  ])
  if (!outcome.ok) return outcome
  const [made, , [row] = []] = outcome.value
  return made?.length === 1 && row ? ok(tenantOf(row)) : err({ kind: 'taken', what: 'slug' })
}

/** Null in the main database, which counts them itself. */
async function reserveId(home: Databases, slug: string): Promise<Result<number | null, Refusal>> {
  const { mainDatabase: main, databaseName: name } = home
  if (!main || name === undefined) return ok(null)
  const kept = await reservePlacement(main, slug, name)
  if (!kept.ok) return kept
  const { id, database, isEnding } = kept.value
  if (database !== name) return err({ kind: 'taken', what: 'slug' })
  if (!isEnding) return ok(id)
  // An id is not used twice: the tenant before goes first, to its end.
  const cleared = await clearTenant(home, id)
  if (!cleared.ok) return cleared
  return cleared.value ? reserveId(home, slug) : err({ kind: 'taken', what: 'slug' })
}

/** The tenants of all databases. */
export async function listTenants(
  environment: Databases,
): Promise<Result<ListedTenant[], Refusal>> {
  const found = await fromEach(environment, async ({ DB, databaseName: database = mainName }) => {
    const outcome = await readBatch(DB, [selectTenants(DB, {})])
    if (!outcome.ok) return outcome
    return ok((outcome.value[0] ?? []).map((row) => ({ ...tenantOf(row), database })))
  })
  return found.ok ? ok(found.value.sort((one, other) => (one.slug < other.slug ? -1 : 1))) : found
}

export async function findTenant(
  database: D1Database,
  slug: string,
): Promise<Result<Tenant, Refusal>> {
  const outcome = await readBatch(database, [selectTenant(database, { slug })])
  if (!outcome.ok) return outcome
  const row = outcome.value[0]?.[0]
  return row ? ok(tenantOf(row)) : err({ kind: 'target' })
}

/** Writes a tenant as it was read, with changes; refused when it was written in between. */
export async function saveTenant(
  database: D1Database,
  before: Tenant,
  after: Tenant,
  author: Author,
): Promise<Result<Tenant, Refusal>> {
  const outcome = await runBatch(database, [
    updateTenant(database, {
      tenantId: before.id,
      revision: before.revision,
      name: after.name,
      enabled: after.enabled ? 1 : 0,
      settings: JSON.stringify(after.settings),
    }),
    auditIfChanged(database, {
      tenant: before.id,
      author,
      action: 'tenant.changed',
      subject: before.slug,
      ...differenceOf(before, after),
    }),
    selectTenant(database, { slug: before.slug }),
  ])
  if (!outcome.ok) return outcome
  const [written, , [row] = []] = outcome.value
  if (!row || Number(row['id']) !== before.id) return err({ kind: 'target' })
  return written?.length === 1 ? ok(tenantOf(row)) : err({ kind: 'version' })
}

/** What of a tenant differs, by the names that the settings have outside. */
function differenceOf(before: Tenant, after: Tenant) {
  const [old, next] = [settable(before), settable(after)]
  const changed = [...next].filter(([key, setting]) => !isSame(old.get(key), setting))
  return {
    before: Object.fromEntries(changed.map(([key]) => [key, old.get(key)])),
    after: Object.fromEntries(changed),
  }
}

/** What an operator can set, for example `rules.email`. */
function settable({ name, enabled, settings }: Tenant): ReadonlyMap<string, Json> {
  const plain = JSON.parse(JSON.stringify(settings)) as JsonObject
  return new Map([
    ['name', name],
    ['enabled', enabled],
    ...Object.entries(plain).flatMap(([group, part]): [string, Json][] =>
      isObject(part)
        ? Object.entries(part).map(([key, setting]) => [`${group}.${key}`, setting])
        : [[group, part]],
    ),
  ])
}

function tenantOf(row: Row): Tenant {
  return {
    id: Number(row['id']),
    slug: String(row['slug']),
    name: String(row['name']),
    settings: parseSettings(String(row['settings'])),
    enabled: row['enabled'] === 1,
    revision: Number(row['revision']),
    isHolding: row['holding'] === 1,
    openHold: textOrNull(row['open_hold']),
    userCount: Number(row['user_count']),
    teamCount: Number(row['team_count']),
    createdAt: Number(row['created_at']),
    deletingAt: timeOrNull(row['deleting_at']),
  }
}
