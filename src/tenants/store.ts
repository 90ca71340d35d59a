/** Tenants of a database: making, listing, finding and changing them. */
import { and, eq, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../result'
import { isObject, isSame, type Json, type JsonObject } from '../scim/json'
import { auditIfChanged, undeletedStatement, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import { fieldList, flag, type RowOf } from '../database/field'
import { fromEach, mainName, type Databases } from '../database/placement'
import { isFree, reservePlacement } from '../database/placement-table'
import { completeSettings, startingSettings, type SettingsChange } from './settings'
import { columns, query, tenant, value } from '../database/statement'
import { holds } from '../database/schema/guard'
import { clearTenant } from './deletion'
import { markTenantFull } from './growth'
import { newLogId } from './log-id'
import { setUps, tenants } from '../database/schema/tenants'
import { inListedOrder, protectedNames, saveProtected, startProtected } from './protected'
import type { ListedTenant, Tenant } from './tenant'

const insertTenant = query(
  { id: tenants.id },
  (fields) => sql`
  insert into ${tenants}
    (${columns(
      tenants.id,
      tenants.slug,
      tenants.name,
      tenants.settings,
      tenants.logId,
      tenants.createdAt,
      tenants.directoryBytes,
      tenants.logBytes,
    )})
  select ${value('id')}, ${value('slug')}, ${value('name')}, ${value('settings')}, ${newLogId},
    ${value('now')}, 0, 0
  where ${isFree}
  on conflict do nothing returning ${fieldList(fields)}`,
)

const openHold = sql`select ${holds.id} from ${holds}
  where ${holds.tenantId} = ${tenants.id} and ${holds.closedAt} is null`

function setUpOf(column: typeof setUps.guide | typeof setUps.doneAt) {
  return sql`select ${column} from ${setUps} where ${setUps.tenantId} = ${tenants.id}`
}

const tenantFields = {
  id: tenants.id,
  slug: tenants.slug,
  name: tenants.name,
  settings: tenants.settings,
  protectedNames,
  observed: tenants.observed,
  enabled: tenants.enabled,
  // A release before the two switches knows only one.
  operatorOff: flag(sql`(${tenants.enabled} = 0
    and (${tenants.operatorOff} = 1 or ${tenants.customerOff} = 0))`),
  customerOff: flag(sql`(${tenants.enabled} = 0 and ${tenants.customerOff} = 1)`),
  revision: tenants.revision,
  isHolding: tenants.holding,
  openHold: sql<string | null>`(${openHold})`,
  userCount: tenants.userCount,
  teamCount: tenants.teamCount,
  directoryBytes: tenants.directoryBytes,
  logBytes: tenants.logBytes,
  isFull: tenants.full,
  createdAt: tenants.createdAt,
  guide: sql<string | null>`(${setUpOf(setUps.guide)})`,
  setUpAt: sql<number | null>`(${setUpOf(setUps.doneAt)})`,
  deletingAt: tenants.deletingAt,
}

const selectTenants = query(tenantFields, (fields) =>
  select(fields).from(tenants).orderBy(tenants.slug),
)

const selectTenant = query(tenantFields, (fields) =>
  select(fields)
    .from(tenants)
    .where(eq(tenants.slug, value('slug'))),
)

const updateTenant = query({ id: tenants.id }, (fields) =>
  update(tenants)
    .set({
      name: value('name'),
      enabled: value('enabled'),
      operatorOff: value('operatorOff'),
      customerOff: value('customerOff'),
      settings: value('settings'),
      revision: sql`${tenants.revision} + 1`,
    })
    .where(and(eq(tenants.id, tenant), eq(tenants.revision, value('revision'))))
    .returning(fields),
)

/** Refused with `deletedSince` is a form that was opened before a tenant with this slug was deleted. */
export type CreationRefusal = Refusal | { readonly kind: 'deletedSince' }

/**
 * Creates a tenant in this database, or completes one whose creation was interrupted. `openedAt` is the time at which the
 * form was opened that asks for it: what it may have made before, and was deleted, it makes no second time.
 */
export async function createTenant(
  home: Databases,
  { slug, name, settings }: Pick<Tenant, 'slug' | 'name'> & { readonly settings: SettingsChange },
  author: Author,
  openedAt?: number,
): Promise<Result<Tenant, CreationRefusal>> {
  const database = home.DB
  const check = () =>
    openedAt === undefined ? undefined : undeletedStatement(database, { slug, since: openedAt })
  // In a further database nothing is reserved for what is refused.
  const isApart = home.mainDatabase !== undefined && openedAt !== undefined
  const checked = isApart ? await runBatch(database, [check()]) : ok(undefined)
  if (!checked.ok) return refusedCreation(checked.error)
  const id = await reserveId(home, slug)
  if (!id.ok) return id
  const started = startingSettings(settings)
  const starting = JSON.stringify(started)
  const outcome = await runBatch(database, [
    insertTenant(database, { id: id.value, slug, name, settings: starting, now: Date.now() }),
    auditIfChanged(database, {
      tenant: { slug },
      author,
      action: 'tenant.created',
      subject: slug,
      after: { name, ...Object.fromEntries(settingsByName(JSON.parse(starting) as JsonObject)) },
    }),
    startProtected(database, slug, started.guard?.protected ?? []),
    selectTenant(database, { slug }),
    check(),
  ])
  if (!outcome.ok) return refusedCreation(outcome.error)
  const [[created], , , [row]] = outcome.value
  return created && row ? ok(tenantOf(row)) : err({ kind: 'taken', what: 'slug' })
}

function refusedCreation(refusal: Refusal): Result<never, CreationRefusal> {
  return err(refusal.kind === 'target' ? { kind: 'deletedSince' } : refusal)
}

/** An id of the main database's; null for a tenant in that one, where the insertion makes it. */
async function reserveId(home: Databases, slug: string): Promise<Result<number | null, Refusal>> {
  const { mainDatabase: main, databaseName: name } = home
  if (!main || name === undefined) return ok(null)
  const kept = await reservePlacement(main, slug, name)
  if (!kept.ok) return kept
  const { id, database, isEnding } = kept.value
  if (database !== name) return err({ kind: 'taken', what: 'slug' })
  if (!isEnding) return ok(id)
  // An id is not used twice: the deletion of the tenant before is finished first.
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
    return ok(outcome.value[0].map((row) => ({ ...tenantOf(row), database })))
  })
  return found.ok ? ok(found.value.sort((left, right) => (left.slug < right.slug ? -1 : 1))) : found
}

/** Finds a tenant of this database by its slug. Refused with `target` when there is none. */
export async function findTenant(
  database: D1Database,
  slug: string,
): Promise<Result<Tenant, Refusal>> {
  const outcome = await readBatch(database, [selectTenant(database, { slug })])
  if (!outcome.ok) return outcome
  const [[row]] = outcome.value
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
      operatorOff: after.operatorOff ? 1 : 0,
      customerOff: after.customerOff ? 1 : 0,
      settings: JSON.stringify(after.settings),
    }),
    auditIfChanged(database, {
      tenant: before.id,
      author,
      action: 'tenant.changed',
      subject: before.slug,
      ...differenceOf(before, after),
    }),
    saveProtected(database, before, after),
    markTenantFull(database, { tenantId: before.id }),
    selectTenant(database, { slug: before.slug }),
  ])
  if (!outcome.ok) return outcome
  const [[updated], , , , [row]] = outcome.value
  if (row?.id !== before.id) return err({ kind: 'target' })
  return updated ? ok(tenantOf(row)) : err({ kind: 'version' })
}

/** Differences between two states of a tenant, by the names that the settings have outside. */
function differenceOf(before: Tenant, after: Tenant) {
  const [old, next] = [settable(before), settable(after)]
  const changed = [...next].filter(([key, setting]) => !isSame(old.get(key), setting))
  return {
    before: Object.fromEntries(changed.map(([key]) => [key, old.get(key)])),
    after: Object.fromEntries(changed),
  }
}

/** Values that an operator can set, by name, for example `rules.email`. */
function settable({ name, operatorOff, customerOff, settings }: Tenant): ReadonlyMap<string, Json> {
  const plain = JSON.parse(JSON.stringify(settings)) as JsonObject
  return new Map([
    ['name', name],
    ['enabled', !operatorOff],
    ['customerEnabled', !customerOff],
    ...settingsByName(plain),
  ])
}

function settingsByName(settings: JsonObject): [string, Json][] {
  return Object.entries(settings).flatMap(([group, part]): [string, Json][] =>
    isObject(part)
      ? Object.entries(part).map(([key, setting]) => [`${group}.${key}`, setting])
      : [[group, part]],
  )
}

function tenantOf({ protectedNames: names, ...row }: RowOf<typeof tenantFields>): Tenant {
  const settings = completeSettings(row.settings)
  const { guard } = settings
  const listed = inListedOrder(names, guard.protected)
  return {
    ...row,
    settings: { ...settings, guard: { ...guard, protected: listed } },
    observed: row.observed ?? [],
  }
}
