/**
 * Deleting a tenant with all it has, in batches of bounded size. The first one disables it, so that
 * nothing is added any more; the last one takes its row. A run that was cut off is simply repeated.
 */
import { sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { audit, links, sessions } from '../database/schema/access'
import { auditIfChanged, type Author } from '../audit/log'
import { longBatchTime, readBatch, runBatch, type Refusal } from '../database/batch'
import type { Databases } from '../database/placement'
import { acknowledgements, keys } from '../database/schema/application'
import { overlays, holds, losses, lossMinutes, batchMarks } from '../database/schema/guard'
import { deletePlacement, listEnding, markEnding } from '../database/placement-table'
import { columns, statement, tenant, value, type Statement } from '../database/statement'
import { memberships, teams, userEmails, users } from '../database/schema/directory'
import { deliveries, webhooks } from '../database/schema/webhooks'
import { events, refusals } from '../database/schema/events'
import { tenants, tokenDays, tokens } from '../database/schema/tenants'
import type { Tenant } from './tenant'

/** Everything that belongs to a tenant and can be much, each with its primary key. */
const large = [
  [memberships, columns(memberships.tenantId, memberships.teamId, memberships.userId)],
  [userEmails, columns(userEmails.tenantId, userEmails.value, userEmails.userId)],
  [users, columns(users.position)],
  [teams, columns(teams.position)],
  [events, columns(events.tenantId, events.seq)],
  [refusals, columns(refusals.tenantId, refusals.seq)],
  [overlays, columns(overlays.tenantId, overlays.teamId, overlays.userId)],
  [losses, columns(losses.tenantId, losses.userId)],
] as const

/** What is little, and goes with the tenant's row. */
const small = [
  links,
  sessions,
  audit,
  webhooks,
  tokens,
  keys,
  acknowledgements,
  holds,
  lossMinutes,
  batchMarks,
] as const

/** Rows of each table that one batch deletes. */
const most = 2_000

/** Batches of one request; the operator or the nightly run goes on from there. */
const maximumRounds = 100

const ofTenant = sql`tenant_id = ${tenant}`

const clearSome: readonly Statement[] = large.map(([table, key]) =>
  statement(
    () => sql`
    delete from ${table} where (${key}) in (
      select ${key} from ${table} where ${ofTenant} limit ${value('most')})`,
  ),
)

const selectRest = statement(
  () =>
    sql`select ${sql.join(
      large.map(([table]) => sql`exists (select 1 from ${table} where ${ofTenant})`),
      sql` or `,
    )} as is_left`,
)

const markTenant = statement(
  () => sql`
  update ${tenants} set enabled = 0, revision = revision + 1, deleting_at = ${value('now')}
  where ${tenants.id} = ${tenant} and ${tenants.deletingAt} is null`,
)

const selectHashes = statement(
  () => sql`
  select ${tokens.hash} as hash from ${tokens} where ${tokens.tenantId} = ${tenant}`,
)

const clearTokenDays = statement(
  () => sql`
  delete from ${tokenDays} where ${tokenDays.tokenId} in (
    select ${tokens.id} from ${tokens} where ${tokens.tenantId} = ${tenant})`,
)

/** The log of each of its few endpoints is bounded. */
const clearDeliveries = statement(
  () => sql`
  delete from ${deliveries} where ${deliveries.webhookId} in (
    select ${webhooks.id} from ${webhooks} where ${webhooks.tenantId} = ${tenant})`,
)

const clearSmall = small.map((table) =>
  statement(() => sql`delete from ${table} where ${ofTenant}`),
)

const deleteTenantRow = statement(() => sql`delete from ${tenants} where ${tenants.id} = ${tenant}`)

const selectMarked = statement(
  () => sql`
  select ${tenants.id} as id from ${tenants} where ${tenants.deletingAt} is not null`,
)

export interface Deletion {
  /** False when there was too much for one request: it is to be asked again, or the night does it. */
  readonly isComplete: boolean
  /** Hashes of the tenant's tokens, so that the caller can clear the caches. */
  readonly hashes: readonly string[]
}

/** Disables the tenant and deletes what it has. The audit tells of the beginning. */
export async function deleteTenant(
  home: Databases,
  tenant: Tenant,
  author: Author,
): Promise<Result<Deletion, Refusal>> {
  const database = home.DB
  const tenantId = tenant.id
  const marked = await runBatch(database, [
    markTenant(database, { tenantId, now: Date.now() }),
    auditIfChanged(database, {
      tenant: 0,
      author,
      action: 'tenant.deleted',
      subject: tenant.slug,
      before: { name: tenant.name, users: tenant.userCount, teams: tenant.teamCount },
    }),
    selectHashes(database, { tenantId }),
  ])
  if (!marked.ok) return marked
  const hashes = (marked.value[2] ?? []).map(({ hash }) => String(hash))
  const cleared = await clearTenant(home, tenantId)
  return cleared.ok ? ok({ isComplete: cleared.value, hashes }) : cleared
}

/** Goes on with deletions that were cut off; called by the clock of the platform. */
export async function finishDeletions(home: Databases): Promise<void> {
  const { DB: database, mainDatabase: main, databaseName: name = '' } = home
  const found = await readBatch(database, [selectMarked(database, {})])
  if (!found.ok) return
  const marked = (found.value[0] ?? []).map(({ id }) => Number(id))
  const ending = main ? await listEnding(main, name) : []
  for (const id of new Set([...marked, ...ending])) await clearTenant(home, id)
}

/**
 * True when nothing is left. The main database is told before the last rows of a tenant elsewhere
 * go, and forgets it after them: whatever is cut off, one of both knows of the rest.
 */
export async function clearTenant(
  { DB: database, mainDatabase: main }: Databases,
  tenantId: number,
): Promise<Result<boolean, Refusal>> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const statements = [
      ...clearSome.map((clear) => clear(database, { tenantId, most })),
      selectRest(database, { tenantId }),
    ]
    const outcome = await runBatch(database, statements, longBatchTime)
    if (!outcome.ok) return outcome
    if (outcome.value.at(-1)?.[0]?.['is_left'] !== 0) continue
    const told = main ? await markEnding(main, tenantId) : ok(undefined)
    if (!told.ok) return told
    const ended = await runBatch(
      database,
      [
        clearTokenDays(database, { tenantId }),
        clearDeliveries(database, { tenantId }),
        ...clearSmall.map((clear) => clear(database, { tenantId })),
        deleteTenantRow(database, { tenantId }),
      ],
      longBatchTime,
    )
    const forgotten = ended.ok && main ? await deletePlacement(main, tenantId) : ended
    return forgotten.ok ? ok(true) : forgotten
  }
  return ok(false)
}
