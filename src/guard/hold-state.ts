/** Opening and closing of holds, and the mark of tenants whose batches have to look at them. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { update } from '../database/builder'
import { holds, overlays } from '../database/schema/guard'
import { tenants } from '../database/schema/tenants'
import { columns, command, tenant, value, type Statement } from '../database/statement'
import { lastSeq } from '../events/append'
import { activeAtStart, allowed, lostSoFar } from './loss-window'
import { recordOpening } from './review/hold-events'

/** Id of the hold that is open, or of the one that this batch opens. */
export const openHold = sql`coalesce((select ${holds.id} from ${holds}
  where ${holds.tenantId} = ${tenant} and ${holds.closedAt} is null), ${value('holdId')})`

const losesTooMany = sql`${value('holdsLosses')} = 1`

/** Numbers of a hold that losses have opened, or joined. */
const threshold = {
  lossesAt: value('now'),
  lossesSeq: lastSeq,
  lost: lostSoFar,
  base: activeAtStart,
  allowed,
}

const openStatements: readonly Statement[] = [
  command(
    () => sql`insert into ${holds} (${columns(
      holds.tenantId,
      holds.id,
      holds.openedAt,
      holds.reason,
      holds.cause,
      holds.released,
      holds.discarded,
      holds.lossesAt,
      holds.lossesSeq,
      holds.lost,
      holds.base,
      holds.allowed,
    )})
    select ${tenant}, ${value('holdId')}, ${value('now')}, opened.first_reason, ${value('cause')}, 0, 0,
      ${sql.join(
        Object.values(threshold).map((number) => sql`iif(${losesTooMany}, ${number}, null)`),
        sql`, `,
      )}
    from (select min(${overlays.reason}) as first_reason from ${overlays}
      where ${overlays.tenantId} = ${tenant} and ${overlays.holdId} = ${value('holdId')}
        and ${overlays.state} = 'held') as opened
    where opened.first_reason is not null on conflict do nothing`,
  ),
  recordOpening,
  command(() =>
    update(holds)
      .set(threshold)
      .where(
        and(
          eq(holds.tenantId, tenant),
          isNull(holds.closedAt),
          isNull(holds.lossesAt),
          losesTooMany,
        ),
      ),
  ),
]

/** Closes holds in which nothing is pending any more. */
export const closeHolds: readonly Statement[] = [
  command(() =>
    update(holds)
      .set({ closedAt: value('now') })
      .where(
        and(
          eq(holds.tenantId, tenant),
          isNull(holds.closedAt),
          sql`not exists (select 1 from ${overlays} where ${overlays.tenantId} = ${tenant}
            and ${overlays.holdId} = ${holds.id} and ${overlays.state} = 'held')`,
        ),
      ),
  ),
  // The revision moves, so that cached credentials without the mark are refused. The nightly job
  // clears it: a tenant that goes to and fro would refuse them again and again.
  command(() =>
    update(tenants)
      .set({ holding: sql`1`, revision: sql`${tenants.revision} + 1` })
      .where(
        and(
          eq(tenants.id, tenant),
          sql`${tenants.holding} = 0`,
          sql`exists (select 1 from ${overlays} where ${overlays.tenantId} = ${tenant})`,
        ),
      ),
  ),
]

/** Opens a hold if this batch has held something first. Last in every batch that may hold. */
export const openHolds: readonly Statement[] = [...openStatements, ...closeHolds]

/** Clears the mark of tenants that have no overlay rows any more. */
export const clearHoldingFlags = command(() =>
  update(tenants)
    .set({ holding: sql`0`, revision: sql`${tenants.revision} + 1` })
    .where(
      and(
        sql`${tenants.holding} = 1`,
        sql`not exists (
          select 1 from ${overlays} where ${overlays.tenantId} = ${tenants.id})`,
      ),
    ),
)
