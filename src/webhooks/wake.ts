/** Telling deliveries that there is something to deliver. A call that is lost is found by the sweep. */
import type { Databases } from '../database/placement'
import { listActive, listForgotten } from './attempts'
import type { Delivery } from './delivery'
import type { Webhook } from './store'

export interface WakeBindings extends Pick<Databases, 'DB' | 'databaseName'> {
  readonly DELIVERY: DurableObjectNamespace<Delivery>
}

/** Endpoints that one sweep calls; the next one comes in minutes. */
const maximumSwept = 200
const sideBySide = 20

/**
 * After events were written: call this in `waitUntil`, so that nobody waits for it. Without ids,
 * D1 is asked for the active endpoints of the tenant.
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

/** After the operator has changed an endpoint: what it waits for may be over. */
export function recheckDelivery(
  bindings: WakeBindings,
  webhook: Pick<Webhook, 'tenantId' | 'id'>,
): Promise<void> {
  return call(bindings, webhook, true)
}

/** Calls each endpoint of a database that is behind and waits for no time, whoever forgot it. */
export async function sweepDeliveries(bindings: WakeBindings, now: number): Promise<void> {
  const forgotten = await listForgotten(bindings.DB, now, maximumSwept)
  if (!forgotten.ok) return
  for (let next = 0; next < forgotten.value.length; next += sideBySide) {
    const some = forgotten.value.slice(next, next + sideBySide)
    await Promise.all(some.map((webhook) => call(bindings, webhook, true)))
  }
}

async function call(
  { DELIVERY, databaseName }: WakeBindings,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  isUrgent: boolean,
): Promise<void> {
  try {
    const key = { tenantId, id, ...(databaseName === undefined ? {} : { database: databaseName }) }
    await DELIVERY.getByName(`${tenantId}/${id}`).wake(key, isUrgent)
  } catch {
    // The object was reset under the call, or is busy: the sweep comes.
  }
}
