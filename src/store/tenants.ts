/** Tenants: what the operator manages. */
import { sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { isObject, isSame, type Json, type JsonObject } from '../scim/json'
import { auditIfChanged, auditStatement, type Author } from './audit'
import { readBatch, runBatch, type Refusal } from './database'
import { parseSettings, type TenantSettings } from './settings'
import { columns, statement, value } from './statement'
import { textOrNull, timeOrNull, type Row } from './stored'
import { holds } from './guard-tables'
import { tenants } from './tables'

export interface Tenant {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly settings: TenantSettings
  readonly enabled: boolean
  readonly revision: number
  /** True while the application sees something otherwise than the directory has it. */
  readonly isHolding: boolean
  /** The hold that waits for a decision. */
  readonly openHold: string | null
  readonly userCount: number
  readonly teamCount: number
  readonly createdAt: number
  /** Since when it is being deleted; null for all others. */
  readonly deletingAt: number | null
}

const insertTenant = statement(sql`
  insert into ${tenants} (${columns(tenants.slug, tenants.name, tenants.settings, tenants.createdAt)})
  values (${value('slug')}, ${value('name')}, '{}', ${value('now')})`)

const tenantColumns = sql`${tenants}.*, (select ${holds.id} from ${holds}
  where ${holds.tenantId} = ${tenants.id} and ${holds.closedAt} is null) as open_hold`

const selectTenants = statement(
  sql`select ${tenantColumns} from ${tenants} order by ${tenants.slug}`,
)

const bySlug = sql`${tenants.slug} = ${value('slug')}`

const selectTenant = statement(sql`select ${tenantColumns} from ${tenants} where ${bySlug}`)

const updateTenant = statement(sql`
  update ${tenants} set name = ${value('name')}, enabled = ${value('enabled')},
    settings = ${value('settings')}, revision = revision + 1
  where ${tenants.id} = ${value('tenantId')} and ${tenants.revision} = ${value('revision')}
  returning 1`)

export async function createTenant(
  database: D1Database,
  slug: string,
  name: string,
  author: Author,
): Promise<Result<Tenant, Refusal>> {
  const outcome = await runBatch(database, [
    insertTenant(database, { slug, name, now: Date.now() }),
    auditStatement(database, {
      tenant: { slug },
      author,
      action: 'tenant.created',
      subject: slug,
      after: { name },
    }),
    selectTenant(database, { slug }),
  ])
  if (!outcome.ok) return outcome
  const row = outcome.value[2]?.[0]
  return row ? ok(tenantOf(row)) : err({ kind: 'target' })
}

export async function listTenants(database: D1Database): Promise<Result<Tenant[], Refusal>> {
  const outcome = await readBatch(database, [selectTenants(database, {})])
  return outcome.ok ? ok((outcome.value[0] ?? []).map(tenantOf)) : outcome
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
