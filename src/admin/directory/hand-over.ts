/** Reads of people who seem to be back, and handing their accounts over, for pages and JSON alike. */
import { findReturning } from '../../activity/returning'
import { readUser } from '../../directory/browse'
import type { Refusal } from '../../database/batch'
import { err, ok, type Result } from '../../result'
import { handOver } from '../../users/hand-over'
import { wakeDeliveries } from '../../webhooks/wake'
import { authorOf, type AdminContext } from '../shell/context'

/** Attempts of a change that meets concurrent ones. */
const attempts = 5

/** `notBack`: the person is active again, or no refused requests have offered the identifier. */
export type HandOverRefusal = Refusal | { readonly kind: 'notBack' }

/** Gives the identifier, under which the provider tries to create the person anew, to the person. */
export async function handOverTo(
  c: AdminContext,
  id: string,
  externalId: string,
): Promise<Result<undefined, HandOverRefusal>> {
  const { tenant } = c.var
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await readUser(c.env.DB, tenant, id)
    if (!found.ok) return found
    if (!found.value) return err({ kind: 'target' })
    const returning = await findReturning(c.env.DB, tenant.id, id)
    if (!returning.ok) return returning
    if (!returning.value.some(({ offered }) => offered === externalId)) {
      return err({ kind: 'notBack' })
    }
    const { user } = found.value
    const done = await handOver(c.env.DB, tenant, user, externalId, authorOf(c))
    if (!done.ok) return done
    if (done.value) {
      c.executionCtx.waitUntil(wakeDeliveries(c.env, tenant.id))
      return ok(undefined)
    }
  }
  return err({ kind: 'notBack' })
}
