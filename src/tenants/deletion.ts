/**
 * Deletion of a tenant with all its rows, in batches of bounded size. The first batch disables the
 * tenant, so that nothing is added any more; the last one deletes its row. A run that was
 * interrupted is repeated.
 */
import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { audit, links, sessions } from '../database/schema/access'
import { tenantDays } from '../database/schema/attention'
import { auditIfChanged, type Author } from '../audit/log'
import { demandDone, longBatchTime, readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select, update } from '../database/builder'
import { fieldList, flag } from '../database/field'
import type { Databases } from '../database/placement'
import { acknowledgements, keys } from '../database/schema/application'
import {
  batchMarks,
  holds,
  overlayEmails,
  releases,
  losses,
  lossMinutes,
  overlays,
  protectedPeople,
  releaseChanges,
  releasedIds,
} from '../database/schema/guard'
import { deletePlacement, listEnding, markEnding } from '../database/placement-table'
import { demand, preconditionStatement } from '../database/precondition'
import { columns, command, query, tenant, value } from '../database/statement'
import { memberships, namedPeople, teams, userEmails, users } from '../database/schema/directory'
import { deliveries, feedWebhooks, lanes, webhooks } from '../database/schema/webhooks'
import { events, passedOver, refusals } from '../database/schema/events'
import { assertions, clients, clientSecrets } from '../database/schema/oauth'
import {
  departureMarks,
  departures,
  exchanges,
  otherNames,
  problems,
} from '../database/schema/support'
import { dueTenants, formerDueTenants, segments } from '../database/schema/feed'
import { sealingKeys } from '../database/schema/sealing'
import { refusedCalls, setUps, tenants, tokenDays, tokens } from '../database/schema/tenants'
import type { Tenant } from './tenant'

/** Tables in which a tenant may have many rows, each with its primary key. */
const largeTables = [
  [memberships, columns(memberships.tenantId, memberships.teamId, memberships.userId)],
  [userEmails, columns(userEmails.tenantId, userEmails.value, userEmails.userId)],
  [users, columns(users.position)],
  [teams, columns(teams.position)],
  [events, columns(events.tenantId, events.seq)],
  [refusals, columns(refusals.tenantId, refusals.seq)],
  [passedOver, columns(passedOver.tenantId, passedOver.seq)],
  [problems, columns(problems.tenantId, problems.key)],
  [exchanges, columns(exchanges.tenantId, exchanges.seq)],
  [departures, columns(departures.tenantId, departures.seq)],
  [
    otherNames,
    columns(otherNames.tenantId, otherNames.nameKey, otherNames.kind, otherNames.subject),
  ],
  [overlays, columns(overlays.tenantId, overlays.teamId, overlays.userId)],
  [overlayEmails, columns(overlayEmails.tenantId, overlayEmails.value, overlayEmails.userId)],
  [
    releaseChanges,
    columns(
      releaseChanges.tenantId,
      releaseChanges.teamId,
      releaseChanges.userId,
      releaseChanges.releaseId,
    ),
  ],
  [losses, columns(losses.tenantId, losses.userId)],
  [releasedIds, columns(releasedIds.tenantId, releasedIds.userId)],
  [assertions, columns(assertions.owner, assertions.jti)],
] as const

/** Tables with few rows of a tenant, deleted in one batch with the tenant's own row. */
const smallTables = [
  links,
  sessions,
  audit,
  webhooks,
  lanes,
  tokens,
  keys,
  acknowledgements,
  holds,
  releases,
  lossMinutes,
  batchMarks,
  protectedPeople,
  namedPeople,
  sealingKeys,
  clients,
  clientSecrets,
  dueTenants,
  formerDueTenants,
  segments,
  tenantDays,
  refusedCalls,
  setUps,
  departureMarks,
] as const

/** Rows of each large table that one batch deletes. */
const maximumRows = 2_000

/** Batches of one request; the operator or the nightly job continues from there. */
const maximumRounds = 100

const clearLarge = largeTables.map(([table, key]) =>
  command(
    () => sql`
    delete from ${table} where (${key}) in (
      select ${key} from ${table} where ${table.tenantId} = ${tenant} limit ${value('maximumRows')})`,
  ),
)

const selectRest = query(
  {
    isLeft: flag(
      sql.join(
        largeTables.map(
          ([table]) => sql`exists (select 1 from ${table} where ${table.tenantId} = ${tenant})`,
        ),
        sql` or `,
      ),
    ),
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** With a `revision`, the tenant as it was read; else `version`. */
const isAsRead = sql`(${value('revision')} is null or exists (select 1 from ${tenants}
  where ${tenants.id} = ${tenant} and ${tenants.revision} = ${value('revision')}))`
const checkRead = preconditionStatement(demand(isAsRead, 'version'))

const markTenant = command(() =>
  update(tenants)
    .set({ enabled: false, revision: sql`${tenants.revision} + 1`, deletingAt: value('now') })
    .where(and(eq(tenants.id, tenant), isNull(tenants.deletingAt))),
)

const selectTokens = query({ hash: tokens.hash }, (fields) =>
  select(fields)
    .from(tokens)
    .where(and(eq(tokens.tenantId, tenant), isNull(tokens.clientId))),
)

const clearTokenDays = command(() =>
  deleteFrom(tokenDays).where(
    sql`${tokenDays.tokenId} in (
      select ${tokens.id} from ${tokens} where ${tokens.tenantId} = ${tenant} union all
      select ${clients.id} from ${clients} where ${clients.tenantId} = ${tenant})`,
  ),
)

/**
 * Attempts of the tenant's webhooks, and those of its events at endpoints of all tenants: their number
 * is bounded for each endpoint, and there are few.
 */
const clearDeliveries = command(() =>
  deleteFrom(deliveries).where(
    sql`${deliveries.webhookId} in (
      select ${webhooks.id} from ${webhooks} where ${webhooks.tenantId} = ${tenant}
      union all select ${feedWebhooks.id} from ${feedWebhooks})
      and ${deliveries.tenantId} = ${tenant}`,
  ),
)

const clearSmall = smallTables.map((table) =>
  command(() => deleteFrom(table).where(eq(table.tenantId, tenant))),
)

const deleteTenantRow = command(() => deleteFrom(tenants).where(eq(tenants.id, tenant)))

const selectMarked = query({ id: tenants.id }, (fields) =>
  select(fields).from(tenants).where(isNotNull(tenants.deletingAt)),
)

export interface Deletion {
  /** False when rows are left, for a repeated call or the nightly job to delete. */
  readonly isComplete: boolean
  /** Hashes of the tokens that an operator made, so that the caller can clear the caches. */
  readonly hashes: readonly string[]
}

/**
 * Disables the tenant and deletes its rows. The audit has an entry of the beginning. With a `revision`, that of the tenant
 * as it was read, it is refused as `version` when the tenant has another one.
 */
export async function deleteTenant(
  home: Databases,
  tenant: Tenant,
  author: Author,
  revision: number | null,
): Promise<Result<Deletion, Refusal>> {
  const database = home.DB
  const tenantId = tenant.id
  const marked = await runBatch(database, [
    checkRead(database, { tenantId, revision }),
    markTenant(database, { tenantId, now: Date.now() }),
    auditIfChanged(database, {
      tenant: 0,
      author,
      action: 'tenant.deleted',
      subject: tenant.slug,
      before: { name: tenant.name, users: tenant.userCount, teams: tenant.teamCount },
    }),
    selectTokens(database, { tenantId }),
  ])
  if (!marked.ok) return marked
  const hashes = marked.value[3].map(({ hash }) => hash)
  const cleared = await clearTenant(home, tenantId)
  return cleared.ok ? ok({ isComplete: cleared.value, hashes }) : cleared
}

/** Continues interrupted deletions; called by the nightly job. */
export async function finishDeletions(home: Databases): Promise<void> {
  const { DB: database, mainDatabase: main, databaseName: name = '' } = home
  const found = await readBatch(database, [selectMarked(database, {})])
  const marked = demandDone(found)[0].map(({ id }) => id)
  const ending = main ? await listEnding(main, name) : []
  const outcomes: Result<boolean, Refusal>[] = []
  for (const id of new Set([...marked, ...ending])) outcomes.push(await clearTenant(home, id))
  outcomes.forEach(demandDone)
}

/**
 * Deletes the rows of a tenant; true when none is left. For a tenant of a further database the main
 * one is marked before the last rows are deleted, and its own row is deleted after them, so that an
 * interrupted deletion is known to one of both.
 */
export async function clearTenant(
  { DB: database, mainDatabase: main }: Databases,
  tenantId: number,
): Promise<Result<boolean, Refusal>> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const outcome = await runBatch(
      database,
      [
        clearLarge.map((clear) => clear(database, { tenantId, maximumRows })),
        selectRest(database, { tenantId }),
      ],
      longBatchTime,
    )
    if (!outcome.ok) return outcome
    const [, [rest]] = outcome.value
    if (rest?.isLeft !== false) continue
    const marked = main ? await markEnding(main, tenantId) : ok(undefined)
    if (!marked.ok) return marked
    const ended = await runBatch(
      database,
      [
        clearTokenDays(database, { tenantId }),
        clearDeliveries(database, { tenantId }),
        clearSmall.map((clear) => clear(database, { tenantId })),
        deleteTenantRow(database, { tenantId }),
      ],
      longBatchTime,
    )
    const finished = ended.ok && main ? await deletePlacement(main, tenantId) : ended
    return finished.ok ? ok(true) : finished
  }
  return ok(false)
}
