/** Opening and closing of holds, and the mark of tenants whose batches have to look at them. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { update } from '../database/builder'
import { holds, overlays } from '../database/schema/guard'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { columns, command, tenant, value, type Statement } from '../database/statement'
import { eventColumns, lastSeq } from '../events/append'

/** Id of the hold that is open, or of the one that this batch opens. */
export const openHold = sql`coalesce((select ${holds.id} from ${holds}
  where ${holds.tenantId} = ${tenant} and ${holds.closedAt} is null), ${value('holdId')})`

/** The event belongs to the statement before it: a batch that is repeated opens nothing twice. */
const openStatements: readonly Statement[] = [
  () => sql`insert into ${holds} (${columns(
    holds.tenantId,
    holds.id,
    holds.openedAt,
    holds.reason,
    holds.cause,
    holds.released,
    holds.discarded,
  )})
    select ${tenant}, ${value('holdId')}, ${value('now')}, opened.first_reason, ${value('cause')}, 0, 0
    from (select min(${overlays.reason}) as first_reason from ${overlays}
      where ${overlays.tenantId} = ${tenant} and ${overlays.holdId} = ${value('holdId')}
        and ${overlays.state} = 'held') as opened
    where opened.first_reason is not null on conflict do nothing`,
  () => sql`insert into ${events} (${eventColumns})
    select ${tenant}, ${lastSeq} + 1, 'hold.opened', ${holds.id}, null, ${value('now')},
      json_object('id', ${holds.id}, 'reason', ${holds.reason}), '{}', ${value('cause')}
    from ${holds} where ${holds.tenantId} = ${tenant} and ${holds.id} = ${value('holdId')}
      and changes() > 0`,
].map(command)

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
