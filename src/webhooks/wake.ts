/** Calls to deliveries that have something to deliver. The sweep repeats a call that was lost. */
import { demandDone } from '../database/batch'
import type { Databases } from '../database/placement'
import { objectNamed, type ObjectLocation } from '../object-location'
import { noTenant } from '../sealing/keys'
import { listFeedWebhooks } from './all/store'
import { idOfWake, repeatWakes, wakeName } from './all/wakes'
import { listActive, listOverdue } from './attempts'
import type { Delivery } from './delivery'
import type { Webhook } from './store'

export interface WakeBindings extends ObjectLocation, Pick<Databases, 'DB' | 'databaseName'> {
  readonly DELIVERY: DurableObjectNamespace<Delivery>
}

/** Endpoints of one sweep; the next one comes in minutes. */
const maximumSwept = 200
const sideBySide = 20

/**
 * Wakes the endpoints of a tenant, and those of all tenants, after events were written; in `waitUntil`,
 * so that nobody waits for it. Without ids, D1 is asked for the active ones.
 */
export async function wakeDeliveries(
  bindings: WakeBindings,
  tenantId: number,
  ids?: readonly string[],
): Promise<void> {
  if (ids) {
    await Promise.all(ids.map((id) => call(bindings, { tenantId, id }, false)))
    return
  }
  const active = await listActive(bindings.DB, tenantId)
  if (active.ok) await wakeDeliveries(bindings, tenantId, active.value)
}

/** Wakes an endpoint that the operator has changed, even while it waits for its next attempt. */
export function recheckDelivery(
  bindings: WakeBindings,
  webhook: Pick<Webhook, 'tenantId' | 'id'>,
): Promise<void> {
  return call(bindings, webhook, true)
}

/** Wakes the endpoints of a database that are behind the log and wait for no time. */
export async function sweepDeliveries(bindings: WakeBindings, now: number): Promise<void> {
  const overdue = await listOverdue(bindings.DB, now, maximumSwept)
  const list = demandDone(overdue)
  for (let next = 0; next < list.length; next += sideBySide) {
    const some = list.slice(next, next + sideBySide)
    await Promise.all(some.map((webhook) => call(bindings, webhook, true)))
  }
}

/** Wakes the delivery of an endpoint of all tenants that the operator has changed. */
export function recheckFeed(bindings: WakeBindings, id: string): Promise<void> {
  return call(bindings, { tenantId: noTenant, id: wakeName(id) }, true)
}

/**
 * Wakes the endpoints of all tenants, once for all databases, and repeats which they are. Each looks into
 * the feeds, which costs the same for any number of tenants.
 */
export async function sweepFeed(bindings: WakeBindings, now: number): Promise<void> {
  await repeatWakes(bindings)
  for (const { id, state, nextAttemptAt } of demandDone(await listFeedWebhooks(bindings.DB))) {
    if (state === 'active' && (nextAttemptAt ?? 0) <= now) await recheckFeed(bindings, id)
  }
}

async function call(
  bindings: WakeBindings,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  isUrgent: boolean,
): Promise<void> {
  const { databaseName } = bindings
  const ofAll = idOfWake(id)
  try {
    const database = databaseName === undefined ? {} : { database: databaseName }
    const key =
      ofAll === undefined ? { tenantId, id, ...database } : { tenantId: noTenant, id: ofAll }
    const name = ofAll === undefined ? `${tenantId}/${id}` : id
    const delivery = objectNamed(bindings.DELIVERY, name, bindings)
    await delivery.wake(key, isUrgent)
  } catch {
    // The object was reset under the call, or is busy: the sweep comes.
  }
}
