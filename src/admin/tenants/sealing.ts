/** Rotation of a tenant's sealing keys, by the API. */
import type * as z from 'zod/mini'
import { forgetKeysBefore, rotateKey } from '../../sealing/commands'
import { resealTenant } from '../../webhooks/reseal'
import { authorOf, type AdminContext } from '../shell/context'
import { replyRefusal } from '../shell/problem'
import type { keyRotation } from './forms'

/**
 * Makes a new key for a purpose, and deletes those before it. Walks by cursor end with
 * `invalidCursor`; signing secrets of webhooks stay what they are, sealed anew.
 */
export async function postKeyRotation(
  c: AdminContext,
  { purpose }: z.infer<typeof keyRotation>,
): Promise<Response> {
  const { env, var: own } = c
  const number = await rotateKey(env.DB, own.tenant, purpose, authorOf(c))
  if (!number.ok) return replyRefusal(c, number.error)
  const sealed = purpose === 'webhooks' ? await resealTenant(env, own.tenant.id) : undefined
  if (sealed && !sealed.ok) return replyRefusal(c, sealed.error)
  const done = await forgetKeysBefore(env.DB, own.tenant, purpose, number.value)
  return done.ok ? c.json({ purpose, number: number.value }) : replyRefusal(c, done.error)
}
